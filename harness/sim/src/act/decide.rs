//! What users decide: about a contact, and switches for all.

use tacita_core::client::view::ConversationState;

use super::WORDS;
use crate::play::Play;
use crate::rule::{Broken, hold};

/// A time that no clock of a run comes to, in milliseconds since 1970.
const MUTED_UNTIL_MS: u64 = 4_000_000_000_000;

impl Play {
    pub(super) fn act_decide(&mut self) -> Result<(), Broken> {
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
            _ => engine.set_muted(id, flag.then_some(MUTED_UNTIL_MS), now),
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
            _ => talk.muted_until_ms = flag.then_some(MUTED_UNTIL_MS),
        }
        Ok(())
    }

    pub(super) fn act_block(&mut self) -> Result<(), Broken> {
        match self.draw_talk() {
            Some((who, other)) => self.block(who, other),
            None => Ok(()),
        }
    }

    /// Blocks a contact, or ends that.
    pub(super) fn block(&mut self, who: usize, other: usize) -> Result<(), Broken> {
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
    pub(super) fn drop_on_the_way(&mut self, who: usize, other: usize, why: &'static str) {
        for text in &mut self.model.texts {
            if text.from == other && text.to == who && !text.received {
                text.dropped = true;
                let _ = text.excuse.get_or_insert(why);
            }
        }
    }

    pub(super) fn act_delete(&mut self) -> Result<(), Broken> {
        match self.draw_talk() {
            Some((who, other)) => self.delete(who, other),
            None => Ok(()),
        }
    }

    /// Deletes a talk with all that is kept of the contact.
    pub(super) fn delete(&mut self, who: usize, other: usize) -> Result<(), Broken> {
        self.look(who)?;
        if !self.model.minds[who].talks.contains_key(&other) {
            return Ok(());
        }
        let id = self.id_of(other);
        self.world
            .note(format_args!("{who} deletes the talk with {other}"));
        let done = self.unharmed_with(who, |engine, now, rng| {
            engine.delete_conversation(id, now, rng)
        });
        hold!(
            done == Some(Ok(())),
            Calls,
            "{who} could not delete: {done:?}"
        );
        let talk = self.model.minds[who].talks.remove(&other);
        if talk.is_some_and(|talk| talk.state == Some(ConversationState::Request)) {
            self.model.forget_received(other, who);
        }
        self.drop_on_the_way(who, other, "its reader had deleted the talk");
        self.model
            .break_pair(who, other, "one of them deleted the talk");
        Ok(())
    }

    pub(super) fn act_settings(&mut self) -> Result<(), Broken> {
        let who = self.world.dice.index(self.plan.devices);
        self.look(who)?;
        let mut settings = self.model.minds[who].settings;
        match self.dice().below(3) {
            0 => settings.delivery_receipts = !settings.delivery_receipts,
            1 => settings.read_receipts = !settings.read_receipts,
            _ => settings.typing = !settings.typing,
        }
        self.world.note(format_args!("{who} sets {settings:?}"));
        let done = self.unharmed_with(who, |engine, now, rng| {
            engine.set_privacy_settings(settings, now, rng)
        });
        if done == Some(Ok(())) {
            self.model.minds[who].settings = settings;
        } else {
            hold!(done.is_none(), Calls, "{who} could not set: {done:?}");
        }
        Ok(())
    }
}
