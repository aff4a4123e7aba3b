//! What users write: texts, and that they are writing.

use tacita_core::client::view::ConversationState;

use super::WORDS;
use crate::play::Play;
use crate::rule::{Broken, hold};
use crate::world::MINUTE_MS;

impl Play {
    pub(super) fn act_text(&mut self, count: u64) -> Result<(), Broken> {
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
        let is_disturbed = self.disturbed.contains_key(&(who, other));
        let is_mistaken = self.may_be_mistaken(who, other);
        let pair = self.model.pair(who, other).clone();
        let text = &mut self.model.texts[id];
        text.is_kept = true;
        text.unordered = is_disturbed;
        text.excuse = pair.broken;
        text.dropped = pair.is_in_doubt;
        if is_mistaken {
            text.dropped = true;
        }
        if is_blocked_there {
            text.dropped = true;
            text.excuse = Some("its writer is blocked");
        }
        let talk = self.model.talk(who, other);
        talk.own.push((place, id));
        talk.draft.clear();
    }

    pub(super) fn act_typing(&mut self) -> Result<(), Broken> {
        let Some((who, other)) = self.draw_talk() else {
            return Ok(());
        };
        let writing = self.dice().percent(75);
        self.say_writing(who, other, writing)
    }

    /// Word of writing comes to one who was away for minutes.
    pub(super) fn act_late_word(&mut self) -> Result<(), Broken> {
        let Some((who, other)) = self.draw_talk() else {
            return Ok(());
        };
        self.world.set_online(who, true);
        self.world.set_online(other, false);
        self.say_writing(who, other, true)?;
        let ms = self.dice().between(3 * MINUTE_MS, 10 * MINUTE_MS);
        self.world.run_for(ms);
        self.world.set_online(other, true);
        for _ in 0..4 {
            self.world.run_for(1_500);
            self.resolve_doubts()?;
            self.look(other)?;
        }
        Ok(())
    }

    fn say_writing(&mut self, who: usize, other: usize, writing: bool) -> Result<(), Broken> {
        let id = self.id_of(other);
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
}
