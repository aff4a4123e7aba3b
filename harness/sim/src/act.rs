//! What users do, one function an action. Each makes a call, and tells the model what must have come of it.

mod again;
mod decide;
mod meet;
mod month;
mod outbox;
mod read;
pub mod screens;
mod second;
mod tidy;
mod write;

use chacha20::ChaCha20Rng;
use tacita_core::client::Engine;
use tacita_core::client::input::Now;
use tacita_core::client::view::{ConversationId, MessageView};

use super::observe::{self, list};
use super::plan::Action;
use super::play::Play;
use super::rule::{Broken, Rule};
use super::search::{check_pages, check_search};
use super::world::{DAY_MS, HOUR_MS, MINUTE_MS};

/// Words that texts are made of, and searched by.
pub const WORDS: [&str; 12] = [
    "apple", "apricot", "bridge", "Brücke", "candle", "dawn", "élan", "river", "riven", "stone",
    "wolf", "zebra",
];

impl Play {
    /// Does one thing.
    pub fn act(&mut self, action: Action) -> Result<(), Broken> {
        match action {
            Action::Text => self.act_text(1),
            Action::Burst => {
                let most = if self.dice().percent(10) { 40 } else { 8 };
                let count = self.dice().between(2, most);
                self.act_text(count)
            }
            Action::Outbox => self.act_outbox(),
            Action::Read => self.act_read(),
            Action::Typing => self.act_typing(),
            Action::LateWord => self.act_late_word(),
            Action::Decide => self.act_decide(),
            Action::Block => self.act_block(),
            Action::DeleteTalk => self.act_delete(),
            Action::Settings => self.act_settings(),
            Action::Invite => self.act_invite(),
            Action::Revoke => self.act_revoke(),
            Action::Accept => self.act_accept(),
            Action::Answer => self.act_answer(),
            Action::Leave => self.act_leave(),
            Action::Search => match self.draw_talk() {
                Some((who, _)) => check_search(self, who),
                None => Ok(()),
            },
            Action::Pages => match self.draw_talk() {
                Some((who, other)) => check_pages(self, who, other),
                None => Ok(()),
            },
            Action::Tidy => self.act_tidy(),
            Action::Screen => self.act_screen(),
            Action::Second => self.act_second(),
            Action::MeetAgain => self.act_meet_again(),
            Action::Month => self.act_month(),
            Action::Wait => {
                let ms = match self.dice().below(6) {
                    0 => self.dice().between(1, 100),
                    1..4 => self.dice().between(100, 3_000),
                    4 => self.dice().between(3_000, 2 * MINUTE_MS),
                    _ => self.dice().between(MINUTE_MS, 20 * MINUTE_MS),
                };
                self.world.run_for(ms);
                Ok(())
            }
            Action::WaitLong => {
                let days = self.world.dice.below(self.plan.longest_days);
                let ms = days * DAY_MS + self.dice().below(DAY_MS);
                self.world
                    .note(format_args!("everybody sleeps for {} h", ms / HOUR_MS));
                self.world.sleep(ms);
                self.world.run_for(1);
                Ok(())
            }
            Action::Offline => {
                let who = self.world.dice.index(self.plan.devices);
                let is_online = self.world.devices[who].online;
                if is_online && self.dice().percent(30) {
                    self.world.lose_network(who);
                } else {
                    self.world.set_online(who, !is_online);
                }
                Ok(())
            }
            Action::Kill
            | Action::Lose
            | Action::Copy
            | Action::PutBack
            | Action::Clock
            | Action::Lies
            | Action::Weather => self.harm(action),
        }
    }

    /// A talk that somebody has, by what is known of it.
    pub fn draw_talk(&mut self) -> Option<(usize, usize)> {
        let talks: Vec<(usize, usize)> = self
            .model
            .minds
            .iter()
            .enumerate()
            .filter(|(who, _)| self.world.devices[*who].engine.is_some())
            .flat_map(|(who, mind)| mind.talks.keys().map(move |other| (who, *other)))
            .collect();
        self.dice().pick(&talks).copied()
    }

    pub fn id_of(&self, who: usize) -> ConversationId {
        ConversationId(self.model.accounts[who].expect("has an account"))
    }

    pub fn look(&mut self, who: usize) -> Result<(), Broken> {
        let lenient = self.leniency();
        let is_dirty = self.world.devices[who].dirty;
        observe::observe(&mut self.world, &mut self.model, who, lenient)?;
        match is_dirty {
            true => self.check_screens(who),
            false => Ok(()),
        }
    }

    /// A call in which the process is not killed, so that nobody is in doubt of what came of it.
    fn unharmed<T>(&mut self, who: usize, call: impl FnOnce(&mut Engine, Now) -> T) -> Option<T> {
        self.unharmed_with(who, |engine, now, _| call(engine, now))
    }

    /// As [`Play::unharmed`], for calls that need chance.
    fn unharmed_with<T>(
        &mut self,
        who: usize,
        call: impl FnOnce(&mut Engine, Now, &mut ChaCha20Rng) -> T,
    ) -> Option<T> {
        let doomed = std::mem::take(&mut self.world.devices[who].doomed);
        let value = self.world.call(who, call);
        self.world.devices[who].doomed = doomed;
        value
    }

    /// The list of a talk as it is shown now.
    pub fn rows(&self, who: usize, other: usize) -> Result<Vec<MessageView>, Broken> {
        let engine = self.world.devices[who].engine.as_ref();
        let engine = engine.ok_or_else(|| Broken::new(Rule::Calls, "no engine".to_owned()))?;
        list(engine, self.id_of(other))
    }
}
