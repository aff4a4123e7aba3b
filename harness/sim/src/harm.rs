//! What happens to devices, the network and relays: kills, stores put back, clocks set, lies, weather.

use tacita_core::client::view::InvitationKind;

use super::home::Files;
use super::lies::Lies;
use super::model::Mind;
use super::plan::Action;
use super::play::Play;
use super::rule::Broken;
use super::weather::Weather;
use super::world::{DAY_MS, HOUR_MS, MINUTE_MS};

/// Milliseconds after which nothing is on its way any more that was said before a store was put back, where nobody is away.
const BELIEVED_MS: u64 = 6 * MINUTE_MS;

/// The age of a copy from which on nothing is promised: the keys in it, which were weeks old perhaps, are kept for 62 days. PROTOCOL.md §19.
const OLDEST_COPY_MS: u64 = 40 * DAY_MS;

/// A copy of a store, and what its user knew then.
pub struct Copy {
    files: Files,
    mind: Mind,
    texts: usize,
    at_ms: u64,
}

impl Play {
    pub fn harm(&mut self, action: Action) -> Result<(), Broken> {
        let who = self.world.dice.index(self.plan.devices);
        match action {
            Action::Kill => self.harm_by_kill(who),
            Action::Lose => self.lose_mailbox(),
            Action::Copy => self.copy(who)?,
            Action::PutBack => self.put_back(who)?,
            Action::Clock if self.dice().percent(30) => self.leap(who)?,
            Action::Clock => self.set_clock(who),
            Action::Lies => {
                let at = self.world.dice.index(self.plan.relays);
                let mut lies = match self.dice().percent(40) {
                    true => Lies::default(),
                    false => Lies::draw(self.dice()),
                };
                if !self.plan.forges {
                    (lies.forges, lies.misroutes) = (0, 0);
                }
                self.world.has_lied = true;
                self.holes_may_stay |= lies.breaks_sessions();
                self.world
                    .note(format_args!("relay {at} behaves otherwise"));
                self.world.relays[at].lies = lies;
            }
            _ => self.world.weather = Weather::draw(self.dice()),
        }
        Ok(())
    }

    /// A relay loses a mailbox with all that is in it, and says so.
    fn lose_mailbox(&mut self) {
        let at = self.world.dice.index(self.plan.relays);
        let ids: Vec<_> = self.world.relays[at].mailboxes.keys().copied().collect();
        let Some(id) = self.dice().pick(&ids).copied() else {
            return;
        };
        self.world.has_lied = true;
        let lost = self.world.relays[at].mailboxes.remove(&id);
        self.world.note(format_args!(
            "relay {at} loses a mailbox of {}",
            lost.map_or(0, |lost| lost.owner)
        ));
        self.world.wake_readers(id);
    }

    fn harm_by_kill(&mut self, who: usize) {
        if self.dice().percent(30) {
            self.world.kill(who);
        } else {
            self.world
                .note(format_args!("{who} will be killed in the next call"));
            self.world.devices[who].doomed = true;
        }
    }

    fn copy(&mut self, who: usize) -> Result<(), Broken> {
        self.look(who)?;
        if self.world.devices[who].engine.is_none() {
            return Ok(());
        }
        let Some(files) = self.world.devices[who].home.copy() else {
            return Ok(());
        };
        self.world
            .note(format_args!("the store of {who} is copied"));
        let copy = Copy {
            files,
            mind: self.model.minds[who].clone(),
            texts: self.model.texts.len(),
            at_ms: self.world.now_ms,
        };
        let _ = self.copies.insert(who, copy);
        Ok(())
    }

    /// The store is as it was when it was copied. PROTOCOL.md §16.1.
    fn put_back(&mut self, who: usize) -> Result<(), Broken> {
        let Some(copy) = self.copies.remove(&who) else {
            return self.copy(who);
        };
        for other in 0..self.plan.devices {
            self.look(other)?;
        }
        self.world
            .note(format_args!("the store of {who} is put back"));
        self.holes_may_stay = true;
        let run = &mut self.world.devices[who];
        run.kill(Some(&copy.files));
        run.was_put_back = true;
        let before = std::mem::replace(&mut self.model.minds[who], copy.mind.clone());
        let _ = self.model.put_back.insert(who);
        // What the copy does not have is lost to its user, and where that was sent it may or may not arrive.
        for (id, text) in self.model.texts.iter_mut().enumerate() {
            let is_lost = id >= copy.texts;
            let has_again = !is_lost && copy.mind.has_written(text.to, id);
            text.is_kept |= text.from == who && has_again;
            if text.from == who && is_lost && text.is_kept {
                text.is_kept = false;
                let _ = text.excuse.get_or_insert("its writer's store was put back");
            }
            if text.from == who {
                text.unordered = true;
            }
            if text.to == who {
                // Had come, and is acknowledged: nobody sends it again. Or it comes again, under another counter.
                text.unordered = true;
                if text.received {
                    let _ = text.excuse.get_or_insert("its reader's store was put back");
                }
            }
        }
        for other in 0..self.plan.devices {
            if other == who {
                continue;
            }
            if self.model.put_back.contains(&other) {
                // What the other was about to say of used counters may be lost with this store.
                self.model.doubt_pair(who, other);
            }
            let since = self.model.texts.len();
            let _ = self.disturbed.insert((who, other), since);
            let _ = self.disturbed.insert((other, who), since);
            let established = Some(tacita_core::client::view::ConversationState::Established);
            let state =
                |mind: &Mind, other: usize| mind.talks.get(&other).and_then(|talk| talk.state);
            let is_known = state(&copy.mind, other) == established
                && state(&before, other) == established
                && state(&self.model.minds[other], who) == established;
            if !is_known {
                self.model.break_pair(
                    who,
                    other,
                    "the copy does not know of what came between them",
                );
            }
            if self.world.now_ms - copy.at_ms > OLDEST_COPY_MS {
                self.model
                    .break_pair(who, other, "the copy knows no keys that are still kept");
            }
        }
        self.world.start(who);
        let _ = self.put_back_ms.insert(who, self.world.now_ms);
        match self.dice().percent(60) {
            true => self.write_on(who),
            false => Ok(()),
        }
    }

    /// Writes under counters and keys that its store does not know to be used, at once or after a while.
    fn write_on(&mut self, who: usize) -> Result<(), Broken> {
        if self.dice().percent(70) {
            self.world.run_for(BELIEVED_MS + MINUTE_MS);
            self.resolve_doubts()?;
        }
        let others: Vec<usize> = self.model.minds[who].talks.keys().copied().collect();
        for other in others {
            for _ in 0..self.dice().between(1, 3) {
                self.send(who, other)?;
            }
        }
        Ok(())
    }

    /// A clock is years ahead for some seconds, and an invitation from before still works. PROTOCOL.md §22.2.
    fn leap(&mut self, who: usize) -> Result<(), Broken> {
        let Some(at) = self.invite(who, InvitationKind::Personal)? else {
            return Ok(());
        };
        self.world.run_for(3_000);
        let step = self.dice().between(70 * DAY_MS, 2000 * DAY_MS) as i64;
        for step in [step, -step] {
            let now_ms = self.world.now_ms;
            let device = &mut self.world.devices[who];
            device.ahead_ms = device.ahead_ms.saturating_add(step);
            // Systems wake an app whose clock was set.
            device.wake_ms = device.wake_ms.map(|_| now_ms + 1);
            let ahead = device.ahead_ms / 1000;
            self.world
                .note(format_args!("the clock of {who} is {ahead} s ahead"));
            self.world.run_for(4_000);
        }
        self.resolve_doubts()?;
        let strangers: Vec<usize> = (0..self.plan.devices)
            .filter(|other| *other != who && !self.knows(who, *other) && !self.knows(*other, who))
            .collect();
        if let Some(guest) = self.dice().pick(&strangers).copied() {
            let _ = self.accept(guest, at)?;
        }
        Ok(())
    }

    /// Whether what is written now may be taken for what was written under its counter before the store was put back: by word of
    /// that which is still on its way. It is shown as delivered then, before it is.
    pub fn may_be_mistaken(&self, who: usize, other: usize) -> bool {
        let is_reached = |one: usize| {
            let device = &self.world.devices[one];
            // One that was told that there is no network holds back what it has to say.
            device.online && device.is_up() && !device.streams.is_empty()
        };
        let since = self.put_back_ms.get(&who).copied().unwrap_or(0);
        self.disturbed.contains_key(&(who, other))
            && (self.plan.lies
                || self.world.now_ms - since < BELIEVED_MS
                || !is_reached(who)
                || !is_reached(other))
    }

    fn set_clock(&mut self, who: usize) {
        let step = match self.dice().below(8) {
            0 => self.dice().below(HOUR_MS) as i64,
            1 => self.dice().below(3 * DAY_MS) as i64,
            2 => self.dice().below(2000 * DAY_MS) as i64,
            3 => -(self.dice().below(HOUR_MS) as i64),
            4 => -(self.dice().below(3 * DAY_MS) as i64),
            // Right again.
            _ => -self.world.devices[who].ahead_ms,
        };
        let device = &mut self.world.devices[who];
        device.ahead_ms = device.ahead_ms.saturating_add(step);
        let ahead = device.ahead_ms;
        if device.wake_ms.is_some() {
            // Systems wake an app whose clock was set.
            device.wake_ms = Some(self.world.now_ms + 1);
        }
        self.world.note(format_args!(
            "the clock of {who} is {} s ahead",
            ahead / 1000
        ));
    }
}
