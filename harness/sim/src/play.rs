//! One run, from its seed: people meet, talk under faults, and the faults end.

use std::collections::{BTreeMap, BTreeSet};

use tacita_core::client::effect::CallOutcome;
use tacita_core::client::view::{ConversationState, InvitationKind};

use super::act::screens::Screens;
use super::device::Driver;
use super::dice::Dice;
use super::finish;
use super::harm::Copy;
use super::home::Home;
use super::model::{Mind, Model};
use super::observe::{Leniency, QUEUED, check_claims};
use super::plan::Plan;
use super::rule::{Broken, Rule, hold};
use super::trace::Trace;
use super::world::{MINUTE_MS, World};

/// Envelopes with initial fields in one session. PROTOCOL.md §12.
const INITIAL_ENVELOPES: usize = 20;

/// A run while it is played.
pub struct Play {
    pub world: World,
    pub model: Model,
    pub plan: Plan,
    /// Texts of processes that were killed while they stored them.
    pub in_doubt: Vec<(usize, usize, usize)>,
    /// Directions in which a store that was put back writes, until something that it wrote since has arrived with all before. By
    /// the number of texts that there were then.
    pub disturbed: BTreeMap<(usize, usize), usize>,
    pub copies: BTreeMap<usize, Copy>,
    pub screens: BTreeMap<usize, Screens>,
    /// When a store was last put back.
    pub put_back_ms: BTreeMap<usize, u64>,
    /// Who has cleaned up.
    pub tidied: BTreeSet<usize>,
    /// Removed with all stores in it.
    pub directory: Option<tempfile::TempDir>,
    /// Whether anything was done so far that makes places missing or unreadable for good.
    pub holes_may_stay: bool,
}

/// What a run came to.
pub struct Outcome {
    pub broken: Option<Broken>,
    pub hash: u64,
    pub events: u64,
    pub texts: u64,
    pub steps: u64,
    /// Mailboxes that were replaced, as their writers saw it.
    pub moves: u64,
}

/// Plays the run of a seed; ends at the first rule that is broken. `most_steps` cuts it short.
pub fn play(seed: u64, most_steps: Option<u64>, shown: bool) -> Outcome {
    play_with(seed, most_steps, shown, Driver::Right)
}

/// As [`play`], with a network layer that does something wrong.
pub fn play_with(seed: u64, most_steps: Option<u64>, shown: bool, driver: Driver) -> Outcome {
    let mut dice = Dice::new(seed);
    let mut plan = Plan::draw(&mut dice);
    if let Some(most) = most_steps {
        plan.steps = plan.steps.min(most);
    }
    let mut world = World::new(plan.relays, dice, Trace::new(shown));
    world.driver = driver;
    let mut play = Play {
        world,
        model: Model::default(),
        plan,
        in_doubt: Vec::new(),
        disturbed: BTreeMap::new(),
        copies: BTreeMap::new(),
        put_back_ms: BTreeMap::new(),
        tidied: BTreeSet::new(),
        screens: BTreeMap::new(),
        directory: None,
        holes_may_stay: false,
    };
    let mut steps = 0;
    let broken = play.run(seed, &mut steps).err();
    Outcome {
        broken,
        hash: play.world.trace.hash(),
        events: play.world.trace.events(),
        texts: play.model.texts.len() as u64,
        moves: play.world.traffic.moves(),
        steps,
    }
}

impl Play {
    pub fn dice(&mut self) -> &mut Dice {
        &mut self.world.dice
    }

    pub fn leniency(&self) -> Leniency {
        Leniency {
            sessions_break: self.plan.lies
                || self.plan.put_backs
                || self.plan.clocks
                || self.plan.months
                || self.plan.longest_days > 20,
        }
    }

    fn run(&mut self, seed: u64, steps: &mut u64) -> Result<(), Broken> {
        self.set_up(seed)?;
        self.world.weather = self.plan.weather;
        for step in 0..self.plan.steps {
            *steps = step + 1;
            let action = self.world.dice.weighted(&self.plan.weights);
            self.act(action)?;
            self.resolve_doubts()?;
            self.note_blinded();
            if let Some(error) = self.world.take_error() {
                return Err(Broken::new(Rule::Calls, error));
            }
            if step % 8 == 7 {
                self.look_at_all()?;
            }
        }
        finish::finish(self)
    }

    fn home(&mut self, who: usize) -> Home {
        if !self.plan.files {
            return Home::Memory;
        }
        let directory = self.directory.get_or_insert_with(|| {
            let shared = std::path::Path::new("/dev/shm");
            let made = match shared.is_dir() {
                true => tempfile::tempdir_in(shared),
                false => tempfile::tempdir(),
            };
            made.expect("a directory for stores")
        });
        Home::Directory(directory.path().join(format!("store{who}")))
    }

    /// Accounts, and invitations that some of the others accept.
    fn set_up(&mut self, seed: u64) -> Result<(), Broken> {
        let count = self.plan.devices;
        for who in 0..count {
            let home = self.home(who);
            let inbox = match &self.directory {
                Some(directory) if self.plan.inboxes => {
                    Some(directory.path().join(format!("inbox{who}")))
                }
                _ => None,
            };
            let _ = self.world.add(seed, home, inbox);
            self.model.minds.push(Mind::default());
            let link = self.world.relays[who % self.plan.relays].link.to_string();
            let name = format!("Person {who}");
            let call = self.world.call(who, |engine, now, rng| {
                engine.create_account(&link, &name, now, rng)
            });
            self.world.run_for(2_000);
            let outcome = call
                .and_then(Result::ok)
                .and_then(|call| self.world.end_of(who, call));
            let id = match outcome {
                Some(Ok(CallOutcome::Account(created))) => created.account.id,
                other => {
                    return Err(Broken::new(
                        Rule::Calls,
                        format!("no account for {who}: {other:?}"),
                    ));
                }
            };
            self.model.accounts.push(Some(id));
        }
        // A line of people who know each other, and now and then one more.
        for who in 1..count {
            let by = self.world.dice.index(who);
            let kind = match self.world.dice.percent(25) {
                true => InvitationKind::Public,
                false => InvitationKind::Personal,
            };
            if let Some(at) = self.invite(by, kind)? {
                self.world.run_for(3_000);
                let met = self.accept(who, at)?;
                hold!(
                    met,
                    Calls,
                    "{who} could not accept an invitation of {by}, and nothing was wrong"
                );
                if self.world.dice.percent(60) {
                    self.world.run_for(MINUTE_MS);
                }
            }
        }
        Ok(())
    }

    /// Compares everything that is shown with the model.
    pub fn look_at_all(&mut self) -> Result<(), Broken> {
        for who in 0..self.plan.devices {
            self.look(who)?;
        }
        check_claims(&self.world, &self.model)?;
        self.check_quiet_ones()?;
        self.check_window()?;
        self.calm_down();
        if self.plan.is_calm() {
            self.check_bytes()?;
        }
        Ok(())
    }

    /// Strangers and blocked contacts get no answer. What was on its way to the relay when one was blocked may still come to
    /// it, with two contents that are not shown. §16.6.
    fn check_quiet_ones(&mut self) -> Result<(), Broken> {
        for who in 0..self.plan.devices {
            for other in 0..self.plan.devices {
                let talk = self.model.minds[who].talks.get(&other);
                let is_request =
                    talk.is_some_and(|talk| talk.state == Some(ConversationState::Request));
                let is_blocked = talk.is_some_and(|talk| talk.blocked);
                if !is_request && !is_blocked {
                    let _ = self.model.quiet.remove(&(who, other));
                    continue;
                }
                let count = self.world.traffic.put_to(who, other);
                let on_the_way = talk.map_or(0, |talk| {
                    talk.rows.values().filter(|row| row.rank == QUEUED).count()
                });
                let more = if is_blocked { on_the_way + 2 } else { 0 };
                // What was counted for a stranger does not count for one who was accepted, and blocked then.
                let known = self.model.quiet.get(&(who, other)).copied();
                let most = match known {
                    Some((most, was_blocked)) if was_blocked == is_blocked => most,
                    _ => count + more,
                };
                let _ = self.model.quiet.insert((who, other), (most, is_blocked));
                let may_clock = self.plan.clocks
                    || self.model.put_back.contains(&who)
                    || self.model.pair(who, other).met_again;
                hold!(
                    count <= most || may_clock,
                    NoAnswer,
                    "{who} answers {other}, who is {}",
                    if is_blocked { "blocked" } else { "a stranger" }
                );
            }
        }
        Ok(())
    }

    fn check_window(&mut self) -> Result<(), Broken> {
        let Some((who, other, count)) = self.world.traffic.most_initial() else {
            return Ok(());
        };
        let may_be_more =
            self.model.put_back.contains(&who) || self.model.pair(who, other).met_again;
        hold!(
            count <= INITIAL_ENVELOPES || may_be_more,
            Window,
            "{who} put {count} envelopes for {other}, who has not answered"
        );
        Ok(())
    }

    /// What was not answered was asked again in the same bytes, unless a session came in the place of another.
    fn check_bytes(&mut self) -> Result<(), Broken> {
        for (who, mailbox) in std::mem::take(&mut self.world.traffic.altered) {
            let owner = self.world.traffic.owners.get(&mailbox).copied();
            let Some(owner) = owner else { continue };
            let pair = self.model.pair(who, owner);
            // What was not put when a contact left its mailbox is encrypted anew for the next one. §16.5.
            let may_differ = pair.met_again || pair.broken.is_some() || self.plan.months;
            hold!(
                may_differ,
                SameBytes,
                "{who} put other bytes for {owner} than those that were not answered"
            );
        }
        Ok(())
    }

    /// Whoever wrote out of order writes in order again once everything has arrived.
    fn calm_down(&mut self) {
        let model = &self.model;
        let is_over = |who: usize, other: usize, since: usize| {
            model.minds[who].talks.get(&other).is_none_or(|talk| {
                let rank = |place| talk.rows.get(place).map_or(0, |row| row.rank);
                let mut own = talk.own.iter();
                own.all(|(place, _)| rank(place) >= super::observe::DELIVERED)
                    && talk.own.last().is_some_and(|(_, id)| *id >= since)
            })
        };
        self.disturbed
            .retain(|(who, other), since| !is_over(*who, *other, *since));
    }

    /// Of a mailbox whose relay gave a number that is too high nothing more is read.
    fn note_blinded(&mut self) {
        for mailbox in std::mem::take(&mut self.world.blinded) {
            let Some(who) = self.world.traffic.owners.get(&mailbox).copied() else {
                continue;
            };
            for other in (0..self.plan.devices).filter(|other| *other != who) {
                let why = "a relay gave a number that hides what follows";
                self.model.break_pair(who, other, why);
            }
        }
    }

    /// Whether the texts of killed processes are stored shows as soon as these are back.
    pub fn resolve_doubts(&mut self) -> Result<(), Broken> {
        let doubts = std::mem::take(&mut self.in_doubt);
        for (who, other, id) in doubts {
            for _ in 0..20 {
                if self.world.devices[who].engine.is_some() {
                    break;
                }
                self.world.run_for(MINUTE_MS);
            }
            let rows = self.rows(who, other)?;
            let stored = rows.iter().find(|row| {
                matches!(&row.body, tacita_core::client::view::MessageBody::Text { text } if *text == self.model.texts[id].body)
            });
            if let Some(place) = stored.map(|row| row.place) {
                self.note_written(who, other, id, place);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::play;

    #[test]
    fn the_same_seed_gives_the_same_run_and_another_another() {
        for seed in 1..=12 {
            let [one, again] = [play(seed, None, false), play(seed, None, false)];
            assert!(one.events > 100, "seed {seed}");
            assert_eq!(
                (one.hash, one.events),
                (again.hash, again.events),
                "seed {seed}"
            );
        }
        assert_ne!(play(1, Some(5), false).hash, play(2, Some(5), false).hash);
    }
}
