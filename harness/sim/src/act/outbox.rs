//! What has not left: texts that are edited, dropped and retried. PROTOCOL.md §16.4.

use tacita_core::client::ClientError;
use tacita_core::client::view::ConversationState;

use crate::observe::{QUEUED, SENT, WAITING, is_in_vain};
use crate::play::Play;
use crate::rule::{Broken, hold};

/// Milliseconds within which what is retried is at its relay, where nothing is in the way.
const RETRIED_MS: u64 = 5_000;

impl Play {
    /// Writes without a network, changes what waits, and has it tried again.
    pub(super) fn act_outbox(&mut self) -> Result<(), Broken> {
        let Some((who, other)) = self.draw_talk() else {
            return Ok(());
        };
        let loses_network = self.dice().percent(70);
        if loses_network {
            self.world.lose_network(who);
        }
        for _ in 0..self.dice().between(1, 5) {
            self.send(who, other)?;
        }
        self.resolve_doubts()?;
        self.look(who)?;
        self.check_queue(who, other)?;
        for _ in 0..self.dice().between(1, 3) {
            match self.dice().percent(60) {
                true => self.edit(who, other)?,
                false => self.drop_text(who, other)?,
            }
            self.look(who)?;
            self.check_queue(who, other)?;
        }
        match self.dice().below(5) {
            0 if loses_network => self.block(who, other)?,
            1 => {
                let ms = self.dice().below(90_000);
                self.world.run_for(ms);
                self.resolve_doubts()?;
            }
            _ => {}
        }
        if loses_network && self.dice().percent(80) {
            // The network is back, and nobody says so but the user.
            self.world.devices[who].online = true;
            if !self.retry(who, other)? {
                // Nobody at all: then the system, in the end.
                self.world.devices[who].online = false;
                self.world.set_online(who, true);
            }
        }
        Ok(())
    }

    /// The lists of what has not left say what the rows say.
    fn check_queue(&mut self, who: usize, other: usize) -> Result<(), Broken> {
        let id = self.id_of(other);
        let Some(engine) = &self.world.devices[who].engine else {
            return Ok(());
        };
        let Some(talk) = self.model.minds[who].talks.get(&other) else {
            return Ok(());
        };
        let at = |rank: u8| -> Vec<u64> {
            let own = talk.own.iter().map(|(place, _)| *place);
            own.filter(|place| talk.rows.get(place).map_or(0, |row| row.rank) == rank)
                .collect()
        };
        let (waiting, queued) = (at(WAITING), at(QUEUED));
        let mut expected = [waiting.clone(), queued.clone()].concat();
        expected.sort_unstable();
        let listed = engine.queued(id);
        hold!(
            listed.is_ok(),
            Calls,
            "{who} could not list what is queued: {listed:?}"
        );
        let mut listed: Vec<u64> = listed
            .unwrap_or_default()
            .iter()
            .map(|row| row.place)
            .collect();
        listed.sort_unstable();
        hold!(
            listed == expected,
            Outbox,
            "{who} has {expected:?} for {other} that did not leave, and is told {listed:?}"
        );
        let outbox = engine.outbox();
        hold!(outbox.is_ok(), Calls, "{who} has no outbox: {outbox:?}");
        let outbox = outbox.unwrap_or_default();
        let counts = outbox
            .conversations
            .iter()
            .find(|view| view.conversation == id)
            .map_or((0, 0), |view| (view.waiting, view.queued));
        hold!(
            counts == (waiting.len() as u32, queued.len() as u32),
            Outbox,
            "{who} has {} and {} for {other}, and is told {counts:?}",
            waiting.len(),
            queued.len()
        );
        Ok(())
    }

    /// One of the last texts of a talk with its place, and what a call that changes it must say.
    fn draw_own(&mut self, who: usize, other: usize) -> Option<(u64, usize, bool)> {
        let talk = self.model.minds[who].talks.get(&other)?;
        let late = talk.own.len().saturating_sub(6);
        let own = talk.own[late..].to_vec();
        let (place, id) = self.world.dice.pick(&own).copied()?;
        let rank = talk.rows.get(&place).map_or(0, |row| row.rank);
        Some((place, id, rank == WAITING))
    }

    /// Writes another text in the place of one, which works if it waits.
    fn edit(&mut self, who: usize, other: usize) -> Result<(), Broken> {
        let Some((place, id, waits)) = self.draw_own(who, other) else {
            return Ok(());
        };
        let has_left = self.model.minds[who].talks[&other].state == Some(ConversationState::Left);
        let word = *self.dice().pick(&super::WORDS).unwrap_or(&"dawn");
        let body = self.model.texts[id].other_body(id, word);
        let to = self.id_of(other);
        self.world.note(format_args!(
            "{who} edits t{id} to {other}, waiting: {waits}"
        ));
        let done = self.unharmed_with(who, |engine, now, rng| {
            engine.edit_queued(to, place, &body, now, rng).map(drop)
        });
        let Some(done) = done else { return Ok(()) };
        match (waits, has_left) {
            (true, false) => {
                hold!(
                    done == Ok(()),
                    Calls,
                    "{who} could not edit t{id}: {done:?}"
                );
                self.model.texts[id].edit(body);
            }
            (true, true) => hold!(
                done == Err(ClientError::WrongState),
                Calls,
                "{who} edited t{id} for one who has left: {done:?}"
            ),
            (false, _) => hold!(
                done == Err(ClientError::TooLate),
                Calls,
                "{who} edited t{id}, which is encrypted: {done:?}"
            ),
        }
        Ok(())
    }

    /// Drops a text, which works if it waits; then it never arrives.
    fn drop_text(&mut self, who: usize, other: usize) -> Result<(), Broken> {
        let Some((place, id, is_written)) = self.draw_own(who, other) else {
            return Ok(());
        };
        let to = self.id_of(other);
        let waits = is_written || self.is_request_expired(who, other);
        self.world.note(format_args!(
            "{who} drops t{id} to {other}, waiting: {waits}"
        ));
        let done = self.unharmed_with(who, |engine, now, rng| {
            engine.drop_queued(to, place, now, rng)
        });
        let Some(done) = done else { return Ok(()) };
        if !waits {
            hold!(
                done == Err(ClientError::TooLate),
                Calls,
                "{who} dropped t{id}, which is encrypted: {done:?}"
            );
            return Ok(());
        }
        hold!(
            done == Ok(()),
            Calls,
            "{who} could not drop t{id}: {done:?}"
        );
        let talk = self.model.talk(who, other);
        talk.own.retain(|(_, own)| *own != id);
        let _ = talk.rows.remove(&place);
        let text = &mut self.model.texts[id];
        // Of an expired request somebody may have read it in time.
        text.is_kept &= !is_written;
        let _ = text.excuse.get_or_insert("its writer dropped it");
        Ok(())
    }

    /// The user has everything tried again that did not leave; whether the engine did.
    fn retry(&mut self, who: usize, other: usize) -> Result<bool, Broken> {
        self.look(who)?;
        let id = self.id_of(other);
        let run = self.world.devices[who].run;
        self.world
            .note(format_args!("{who} retries what is for {other}"));
        let has_left = self.model.minds[who].talks[&other].state == Some(ConversationState::Left);
        // What has been asked already is asked again when it has had no answer for a while.
        let is_asking = self.world.devices[who].asked > 0;
        let done = self.unharmed_with(who, |engine, now, rng| engine.retry_now(id, now, rng));
        let expected = match (has_left, self.is_request_expired(who, other)) {
            (true, _) => Err(ClientError::WrongState),
            (false, true) => Err(ClientError::InvitationGone),
            (false, false) => Ok(()),
        };
        hold!(
            done.is_none() || done == Some(expected),
            Calls,
            "{who} retried, and is told {done:?}"
        );
        let is_told = done == Some(Ok(()));
        if done.is_none() || is_asking || !self.is_way_clear(who, other) {
            return Ok(is_told);
        }
        self.world.run_for(RETRIED_MS);
        if self.world.devices[who].run != run || !self.is_way_clear(who, other) {
            return Ok(is_told);
        }
        self.look(who)?;
        let talk = &self.model.minds[who].talks[&other];
        for (place, id) in &talk.own {
            let rank = talk.rows.get(place).map_or(0, |row| row.rank);
            hold!(
                rank >= SENT || self.model.texts[*id].excuse.is_some(),
                Outbox,
                "t{id} of {who} was retried and is at {rank}, with nothing in its way"
            );
        }
        Ok(is_told)
    }

    /// Whether a request of one to another is said to have expired.
    fn is_request_expired(&self, who: usize, other: usize) -> bool {
        let engine = self.world.devices[who].engine.as_ref();
        let listed = engine.and_then(|engine| engine.queued(self.id_of(other)).ok());
        listed.is_some_and(|rows| rows.iter().any(|row| is_in_vain(row.delivery)))
    }

    /// Whether nothing but the network can keep texts of one from the relay of the other.
    fn is_way_clear(&self, who: usize, other: usize) -> bool {
        let pair = self.model.pairs.get(&(who.min(other), who.max(other)));
        let is_whole = pair.is_some_and(|pair| pair.broken.is_none() && !pair.met_again);
        let talk = self.model.minds[who].talks.get(&other);
        let is_open = talk.is_some_and(|talk| {
            talk.state == Some(ConversationState::Established) && !talk.blocked
        });
        self.plan.is_calm() && self.plan.is_fair && is_whole && is_open
    }
}
