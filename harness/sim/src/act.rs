//! What users do, one function an action. Each makes a call, and tells the model what must have come of it.

use tacita_core::client::input::Now;
use tacita_core::client::view::{ConversationId, ConversationState, InvitationKind};
use tacita_core::client::{ClientError, Engine, effect::CallOutcome};

use super::model::{Link, Shown};
use super::observe::{self, list};
use super::plan::Action;
use super::play::Play;
use super::rule::{Broken, Rule, hold};
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
            Action::Read => self.act_read(),
            Action::Typing => self.act_typing(),
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
                let online = !self.world.devices[who].online;
                self.world.set_online(who, online);
                Ok(())
            }
            Action::Kill
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
        observe::observe(&mut self.world, &mut self.model, who, lenient)
    }

    fn act_text(&mut self, count: u64) -> Result<(), Broken> {
        let Some((who, other)) = self.draw_talk() else {
            return Ok(());
        };
        for _ in 0..count {
            self.send(who, other)?;
        }
        Ok(())
    }

    /// Writes a text. The model learns whether it is stored.
    pub fn send(&mut self, who: usize, other: usize) -> Result<(), Broken> {
        self.look(who)?;
        let Some(talk) = self.model.minds[who].talks.get(&other) else {
            return Ok(());
        };
        let is_open = !talk.blocked
            && !self.model.leaving.contains(&who)
            && !matches!(
                talk.state,
                Some(ConversationState::Request | ConversationState::Left)
            );
        let mut words = String::new();
        for _ in 0..self.dice().below(4) {
            let word = *self.dice().pick(&WORDS).unwrap_or(&"dawn");
            words.push_str(word);
            words.push(' ');
        }
        if self.dice().percent(3) {
            words.push_str(&"long ".repeat(self.world.dice.between(300, 3000) as usize));
        }
        let sent_ms = self.world.devices[who].now(self.world.now_ms).ms;
        let (id, body) = self
            .model
            .compose(who, other, &words, (sent_ms, self.world.now_ms));
        let to = self.id_of(other);
        self.world
            .note(format_args!("{who} writes t{id} to {other}"));
        let sent = self.world.call(who, |engine, now, rng| {
            engine.send_text(to, &body, now, rng)
        });
        match sent {
            Some(Ok(view)) => {
                hold!(is_open, Calls, "{who} could write to {other}");
                self.note_written(who, other, id, view.place);
            }
            Some(Err(error)) => hold!(
                !is_open,
                Calls,
                "{who} could not write to {other}: {error:?}"
            ),
            // Killed: whether it is stored shows when the process is back.
            None => self.in_doubt.push((who, other, id)),
        }
        Ok(())
    }

    pub fn note_written(&mut self, who: usize, other: usize, id: usize, place: u64) {
        let is_blocked_there = self.model.minds[other]
            .talks
            .get(&who)
            .is_some_and(|talk| talk.blocked);
        let is_disturbed = self.disturbed.contains(&(who, other));
        let pair = self.model.pair(who, other).clone();
        let text = &mut self.model.texts[id];
        text.is_kept = true;
        text.unordered = is_disturbed;
        text.excuse = pair.broken;
        text.dropped = pair.is_in_doubt;
        if is_blocked_there {
            text.dropped = true;
            text.excuse = Some("its writer is blocked");
        }
        let talk = self.model.talk(who, other);
        talk.own.push((place, id));
        talk.draft.clear();
    }

    fn act_read(&mut self) -> Result<(), Broken> {
        let Some((who, other)) = self.draw_talk() else {
            return Ok(());
        };
        self.look(who)?;
        let places: Vec<u64> = match self.model.minds[who].talks.get(&other) {
            Some(talk) => talk.rows.keys().copied().collect(),
            None => return Ok(()),
        };
        let place = match self.dice().percent(60) {
            true => places.last().copied(),
            false => self.dice().pick(&places).copied(),
        };
        let Some(place) = place else { return Ok(()) };
        let id = self.id_of(other);
        self.world.note(format_args!(
            "{who} reads what {other} wrote up to place {place}"
        ));
        let doomed = std::mem::take(&mut self.world.devices[who].doomed);
        let done = self.world.call(who, |engine, now, rng| {
            engine.mark_read(id, place, now, rng)
        });
        self.world.devices[who].doomed = doomed;
        hold!(
            done == Some(Ok(())),
            Calls,
            "{who} could not read: {done:?}"
        );
        self.note_read(who, other, place);
        Ok(())
    }

    pub fn note_read(&mut self, who: usize, other: usize, place: u64) {
        let talk = self.model.talk(who, other);
        talk.read_up_to = talk.read_up_to.max(place);
        let up_to = talk.read_up_to;
        let read: Vec<usize> = talk
            .rows
            .range(..=up_to)
            .filter_map(|(_, row)| match row.shown {
                Shown::Text(id) => Some(id),
                _ => None,
            })
            .collect();
        // One counter says it for all before, also for what a deleted talk had. §16.2.
        let last = read
            .into_iter()
            .filter(|id| self.model.texts[*id].to == who)
            .max();
        for text in &mut self.model.texts[..last.map_or(0, |last| last + 1)] {
            text.read |= text.to == who && text.from == other && text.received;
        }
    }

    fn act_typing(&mut self) -> Result<(), Broken> {
        let Some((who, other)) = self.draw_talk() else {
            return Ok(());
        };
        let (id, writing) = (self.id_of(other), self.dice().percent(75));
        let now_ms = self.world.now_ms;
        self.world.note(format_args!(
            "{who} {} to {other}",
            if writing {
                "is writing"
            } else {
                "stops writing"
            }
        ));
        let done = self.world.call(who, |engine, now, rng| {
            engine.set_typing(id, writing, now, rng)
        });
        hold!(
            !matches!(done, Some(Err(_))),
            Calls,
            "{who} could not type: {done:?}"
        );
        if writing {
            let _ = self.model.typed.insert((who, other), now_ms);
        }
        Ok(())
    }

    fn act_decide(&mut self) -> Result<(), Broken> {
        let Some((who, other)) = self.draw_talk() else {
            return Ok(());
        };
        self.look(who)?;
        if !self.model.minds[who].talks.contains_key(&other) {
            return Ok(());
        }
        let id = self.id_of(other);
        let word = *self.dice().pick(&WORDS).unwrap_or(&"dawn");
        let flag = self.dice().percent(50);
        let what = self.dice().below(5);
        self.world.note(format_args!(
            "{who} decides something ({what}) about {other}"
        ));
        let done = self.unharmed(who, |engine, now| match what {
            0 => engine.save_draft(id, word),
            1 => engine.set_nickname(id, word),
            2 => engine.set_pinned(id, flag),
            3 => engine.set_archived(id, flag),
            _ => engine.set_muted(id, flag.then_some(1_900_000_000_000), now),
        });
        hold!(
            done == Some(Ok(())),
            Calls,
            "{who} could not decide: {done:?}"
        );
        let talk = self.model.talk(who, other);
        match what {
            0 => word.clone_into(&mut talk.draft),
            1 => word.clone_into(&mut talk.nickname),
            2 => talk.pinned = flag,
            3 => {}
            _ => talk.muted_until_ms = flag.then_some(1_900_000_000_000),
        }
        Ok(())
    }

    /// A call in which the process is not killed, so that nobody is in doubt of what came of it.
    fn unharmed<T>(&mut self, who: usize, call: impl FnOnce(&mut Engine, Now) -> T) -> Option<T> {
        let doomed = std::mem::take(&mut self.world.devices[who].doomed);
        let value = self.world.call(who, |engine, now, _| call(engine, now));
        self.world.devices[who].doomed = doomed;
        value
    }

    fn act_block(&mut self) -> Result<(), Broken> {
        let Some((who, other)) = self.draw_talk() else {
            return Ok(());
        };
        self.look(who)?;
        let Some(talk) = self.model.minds[who].talks.get(&other) else {
            return Ok(());
        };
        let blocked = !talk.blocked;
        let id = self.id_of(other);
        self.world.note(format_args!(
            "{who} {} {other}",
            if blocked { "blocks" } else { "unblocks" }
        ));
        let done = self.unharmed(who, |engine, _| engine.set_blocked(id, blocked));
        hold!(
            done == Some(Ok(())),
            Calls,
            "{who} could not block: {done:?}"
        );
        self.model.talk(who, other).blocked = blocked;
        if blocked {
            self.drop_on_the_way(who, other, "its writer was blocked");
        }
        Ok(())
    }

    /// What is on its way to somebody may come and be dropped.
    fn drop_on_the_way(&mut self, who: usize, other: usize, why: &'static str) {
        for text in &mut self.model.texts {
            if text.from == other && text.to == who && !text.received {
                text.dropped = true;
                let _ = text.excuse.get_or_insert(why);
            }
        }
    }

    fn act_delete(&mut self) -> Result<(), Broken> {
        let Some((who, other)) = self.draw_talk() else {
            return Ok(());
        };
        self.look(who)?;
        if !self.model.minds[who].talks.contains_key(&other) {
            return Ok(());
        }
        let id = self.id_of(other);
        self.world
            .note(format_args!("{who} deletes the talk with {other}"));
        let doomed = std::mem::take(&mut self.world.devices[who].doomed);
        let done = self.world.call(who, |engine, now, rng| {
            engine.delete_conversation(id, now, rng)
        });
        self.world.devices[who].doomed = doomed;
        hold!(
            done == Some(Ok(())),
            Calls,
            "{who} could not delete: {done:?}"
        );
        let _ = self.model.minds[who].talks.remove(&other);
        self.drop_on_the_way(who, other, "its reader had deleted the talk");
        self.model
            .break_pair(who, other, "one of them deleted the talk");
        Ok(())
    }

    fn act_settings(&mut self) -> Result<(), Broken> {
        let who = self.world.dice.index(self.plan.devices);
        self.look(who)?;
        let mut settings = self.model.minds[who].settings;
        match self.dice().below(3) {
            0 => settings.delivery_receipts = !settings.delivery_receipts,
            1 => settings.read_receipts = !settings.read_receipts,
            _ => settings.typing = !settings.typing,
        }
        self.world.note(format_args!("{who} sets {settings:?}"));
        let doomed = std::mem::take(&mut self.world.devices[who].doomed);
        let done = self.world.call(who, |engine, now, rng| {
            engine.set_privacy_settings(settings, now, rng)
        });
        self.world.devices[who].doomed = doomed;
        if done == Some(Ok(())) {
            self.model.minds[who].settings = settings;
        } else {
            hold!(done.is_none(), Calls, "{who} could not set: {done:?}");
        }
        Ok(())
    }

    fn act_invite(&mut self) -> Result<(), Broken> {
        let who = self.world.dice.index(self.plan.devices);
        let kind = match self.dice().percent(30) {
            true => InvitationKind::Public,
            false => InvitationKind::Personal,
        };
        self.invite(who, kind).map(drop)
    }

    /// Makes an invitation; gives its number among the links, if it came to be.
    pub fn invite(&mut self, who: usize, kind: InvitationKind) -> Result<Option<usize>, Broken> {
        if self.model.leaving.contains(&who) {
            return Ok(None);
        }
        self.world
            .note(format_args!("{who} makes a {kind:?} invitation"));
        let doomed = std::mem::take(&mut self.world.devices[who].doomed);
        let call = self.world.call(who, |engine, now, rng| {
            engine.create_invitation(kind, now, rng)
        });
        self.world.devices[who].doomed = doomed;
        let Some(call) = call else { return Ok(None) };
        hold!(call.is_ok(), Calls, "{who} could not invite: {call:?}");
        let known: Vec<_> = self.model.links.iter().map(|link| link.id).collect();
        let views = self
            .world
            .call(who, |engine, now, rng| engine.invitations(now, rng));
        let Some(Ok(views)) = views else {
            return Ok(None);
        };
        let new = views
            .into_iter()
            .find(|view| !known.contains(&view.id) && view.kind == kind);
        hold!(new.is_some(), Calls, "{who} does not see the invitation");
        let Some(view) = new else { return Ok(None) };
        self.model.links.push(Link {
            by: who,
            id: view.id,
            kind,
            text: view.link,
            revoked: false,
            accepted_by: Default::default(),
        });
        Ok(Some(self.model.links.len() - 1))
    }

    fn act_revoke(&mut self) -> Result<(), Broken> {
        let live: Vec<usize> = (0..self.model.links.len())
            .filter(|at| !self.model.links[*at].revoked)
            .collect();
        let Some(at) = self.dice().pick(&live).copied() else {
            return Ok(());
        };
        let (who, id) = (self.model.links[at].by, self.model.links[at].id);
        self.world
            .note(format_args!("{who} revokes invitation {at}"));
        let doomed = std::mem::take(&mut self.world.devices[who].doomed);
        let call = self.world.call(who, |engine, now, rng| {
            engine.revoke_invitation(id, now, rng)
        });
        self.world.devices[who].doomed = doomed;
        if call.is_some() {
            self.model.links[at].revoked = true;
            // Who claimed before and has not been heard gets no answer. §17.
            for guest in self.model.links[at].accepted_by.clone() {
                let state = self.model.minds[who]
                    .talks
                    .get(&guest)
                    .and_then(|talk| talk.state);
                // A relay that only says that it deletes keeps a mailbox that nobody reads.
                let is_lost = self.plan.lies && state != Some(ConversationState::Established);
                if !self.knows(who, guest) || is_lost {
                    self.model
                        .break_pair(who, guest, "the invitation was revoked");
                }
            }
        }
        Ok(())
    }

    /// Whether somebody has a talk with another.
    pub fn knows(&self, who: usize, other: usize) -> bool {
        self.model.minds[who].talks.contains_key(&other)
    }

    fn act_accept(&mut self) -> Result<(), Broken> {
        let count = self.model.links.len();
        if count == 0 {
            return Ok(());
        }
        let at = self.dice().index(count);
        let who = self.world.dice.index(self.plan.devices);
        self.accept(who, at).map(drop)
    }

    /// Accepts an invitation and waits for the outcome for a while; true if there is a talk now.
    pub fn accept(&mut self, who: usize, at: usize) -> Result<bool, Broken> {
        let link = &self.model.links[at];
        let (by, text, kind) = (link.by, link.text.clone(), link.kind);
        if self.model.leaving.contains(&who) || self.model.accounts[who].is_none() {
            return Ok(false);
        }
        self.look(who)?;
        let had_talk = self.knows(who, by);
        self.world
            .note(format_args!("{who} accepts invitation {at} of {by}"));
        let doomed = std::mem::take(&mut self.world.devices[who].doomed);
        let call = self.world.call(who, |engine, now, rng| {
            engine.accept_invitation(&text, now, rng)
        });
        self.world.devices[who].doomed = doomed;
        let Some(call) = call else { return Ok(false) };
        if who == by {
            hold!(
                call == Err(ClientError::OwnInvitation),
                Calls,
                "{who} could accept an own invitation"
            );
            return Ok(false);
        }
        hold!(call.is_ok(), Calls, "{who} could not accept: {call:?}");
        let Ok(call) = call else { return Ok(false) };
        let is_known = had_talk || self.knows(by, who);
        let pair = self.model.pair(who, by);
        pair.met_again |= pair.met || is_known;
        pair.met = true;
        if kind == InvitationKind::Public {
            let _ = pair.public_of.insert(by);
        }
        let _ = self.model.links[at].accepted_by.insert(who);
        for _ in 0..4 {
            self.world.run_for(5_000);
            if let Some(outcome) = self.world.end_of(who, call) {
                let is_ok = matches!(outcome, Ok(CallOutcome::Conversation(_)));
                self.world.note(format_args!(
                    "{who} has accepted: {:?}",
                    outcome.as_ref().err()
                ));
                if is_ok && !had_talk {
                    self.note_new_talk(who, by, at);
                }
                return Ok(is_ok);
            }
            if self.world.devices[who].engine.is_none() {
                break;
            }
        }
        // It may still end well; then the talk is there.
        self.model
            .pair(who, by)
            .broken
            .get_or_insert("an invitation was accepted, and how it ended is not known");
        Ok(false)
    }

    fn note_new_talk(&mut self, who: usize, by: usize, at: usize) {
        let link = &self.model.links[at];
        let is_used_up = link.kind == InvitationKind::Personal && link.accepted_by.len() > 1;
        if link.revoked || is_used_up || self.model.put_back.contains(&by) {
            self.model
                .break_pair(who, by, "nobody answers by this invitation");
        }
    }

    fn act_answer(&mut self) -> Result<(), Broken> {
        let requests: Vec<(usize, usize)> = self.requests();
        let Some((who, other)) = self.dice().pick(&requests).copied() else {
            return Ok(());
        };
        let accepts = self.dice().percent(80);
        self.answer(who, other, accepts)
    }

    pub fn requests(&self) -> Vec<(usize, usize)> {
        let up = |who: &usize| self.world.devices[*who].engine.is_some();
        self.model
            .minds
            .iter()
            .enumerate()
            .filter(|(who, _)| up(who))
            .flat_map(|(who, mind)| {
                let is_request = |state| state == Some(ConversationState::Request);
                mind.talks
                    .iter()
                    .filter(move |(_, talk)| is_request(talk.state))
                    .map(move |(other, _)| (who, *other))
            })
            .collect()
    }

    pub fn answer(&mut self, who: usize, other: usize, accepts: bool) -> Result<(), Broken> {
        self.look(who)?;
        if !self.requests().contains(&(who, other)) {
            return Ok(());
        }
        let id = self.id_of(other);
        self.world.note(format_args!(
            "{who} {} the request of {other}",
            if accepts { "accepts" } else { "declines" }
        ));
        let doomed = std::mem::take(&mut self.world.devices[who].doomed);
        let done = self.world.call(who, |engine, now, rng| match accepts {
            true => engine.accept_request(id, now, rng),
            false => engine.decline_request(id, now, rng),
        });
        self.world.devices[who].doomed = doomed;
        hold!(
            done == Some(Ok(())),
            Calls,
            "{who} could not answer: {done:?}"
        );
        if !accepts {
            let _ = self.model.minds[who].talks.remove(&other);
            self.drop_on_the_way(who, other, "its writer was declined");
            self.model.break_pair(who, other, "one declined the other");
        }
        Ok(())
    }

    fn act_leave(&mut self) -> Result<(), Broken> {
        let who = self.world.dice.index(self.plan.devices);
        if !self.model.leaving.is_empty() || self.plan.put_backs {
            return Ok(());
        }
        self.look(who)?;
        self.world.note(format_args!("{who} deletes the account"));
        let doomed = std::mem::take(&mut self.world.devices[who].doomed);
        let done = self
            .world
            .call(who, |engine, now, rng| engine.delete_account(now, rng));
        self.world.devices[who].doomed = doomed;
        if matches!(done, Some(Ok(_))) {
            let _ = self.model.leaving.insert(who);
            for other in 0..self.plan.devices {
                if other != who {
                    self.model.break_pair(who, other, "one of them left");
                }
            }
        }
        Ok(())
    }

    /// The list of a talk as it is shown now.
    pub fn rows(
        &self,
        who: usize,
        other: usize,
    ) -> Result<Vec<tacita_core::client::view::MessageView>, Broken> {
        let engine = self.world.devices[who].engine.as_ref();
        let engine = engine.ok_or_else(|| Broken::new(Rule::Calls, "no engine".to_owned()))?;
        list(engine, self.id_of(other))
    }
}
