//! What users delete here to have room, and what the report and an export say then. PROTOCOL.md §22.2.

use std::collections::BTreeSet;

use tacita_core::client::Engine;
use tacita_core::client::view::{Direction, MessageBody, MessageView};

use crate::observe::{DELIVERED, WAITING, rank};
use crate::play::Play;
use crate::rule::{Broken, Rule, hold};

/// Messages of one step of an export.
const EXPORT_STEP: u32 = 200;
/// Batches of one clean-up at most.
const MOST_BATCHES: usize = 200;

/// What must become of a row that a user asked to delete.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Goes,
    Stays,
    /// As the outbox has it, which is not shown.
    Either,
}

fn fate(row: &MessageView) -> Fate {
    match (row.direction, &row.body, rank(row.delivery)) {
        // It may still be filled.
        (_, MessageBody::Missing, _) => Fate::Stays,
        (Direction::Incoming, ..) => Fate::Goes,
        // It may have to be sent again.
        (_, _, WAITING) => Fate::Stays,
        (_, _, DELIVERED..) => Fate::Goes,
        _ => Fate::Either,
    }
}

impl Play {
    /// Deletes messages one by one, or what is older than a time.
    pub(super) fn act_tidy(&mut self) -> Result<(), Broken> {
        let Some((who, other)) = self.draw_talk() else {
            return Ok(());
        };
        self.look(who)?;
        if !self.knows(who, other) {
            return Ok(());
        }
        let before = self.rows(who, other)?;
        let kept = self.count_kept(who, other)?;
        let _ = self.tidied.insert(who);
        let (asked, deleted) = match self.dice().percent(60) {
            true => self.delete_some(who, other, &before)?,
            false => self.clean_up(who, other, &before)?,
        };
        let after: BTreeSet<u64> = self.rows(who, other)?.iter().map(|row| row.place).collect();
        for row in &before {
            let fate = match asked.contains(&row.place) {
                true => fate(row),
                false => Fate::Stays,
            };
            let is_there = after.contains(&row.place);
            hold!(
                fate == Fate::Either || is_there == (fate == Fate::Stays),
                Tidy,
                "{who} cleaned up, and what stood at place {} with {other} {}",
                row.place,
                if is_there { "is there" } else { "is gone" }
            );
        }
        let left = self.count_kept(who, other)?;
        hold!(
            left + deleted == kept,
            Tidy,
            "{who} had {kept} messages with {other}, deleted {deleted}, and is told {left}"
        );
        let talk = self.model.talk(who, other);
        talk.own.retain(|(place, _)| after.contains(place));
        talk.rows.retain(|place, _| after.contains(place));
        self.check_export(who, other)
    }

    fn delete_some(
        &mut self,
        who: usize,
        other: usize,
        before: &[MessageView],
    ) -> Result<(BTreeSet<u64>, u64), Broken> {
        let mut asked = BTreeSet::new();
        for _ in 0..self.dice().between(1, 6) {
            if let Some(row) = self.dice().pick(before) {
                let _ = asked.insert(row.place);
            }
        }
        let places: Vec<u64> = asked.iter().copied().collect();
        let id = self.id_of(other);
        self.world
            .note(format_args!("{who} deletes places {places:?} with {other}"));
        let done = self.unharmed_with(who, |engine, now, rng| {
            engine.delete_messages(id, &places, now, rng)
        });
        let Some(Ok(deleted)) = done else {
            return failed(who, &format!("{done:?}"));
        };
        Ok((asked, deleted.into()))
    }

    /// In batches, between which other things happen.
    fn clean_up(
        &mut self,
        who: usize,
        other: usize,
        before: &[MessageView],
    ) -> Result<(BTreeSet<u64>, u64), Broken> {
        let id = self.id_of(other);
        let (mut from, mut deleted) = (None, 0);
        self.world
            .note(format_args!("{who} cleans up the talk with {other}"));
        for _ in 0..MOST_BATCHES {
            let done = self.unharmed_with(who, |engine, now, rng| {
                engine.clean_up(Some(id), u64::MAX, from, now, rng)
            });
            let Some(Ok(progress)) = done else {
                return failed(who, &format!("{done:?}"));
            };
            deleted += u64::from(progress.deleted);
            from = progress.next;
            if from.is_none() {
                break;
            }
        }
        hold!(from.is_none(), Tidy, "{who} cleans up and comes to no end");
        Ok((before.iter().map(|row| row.place).collect(), deleted))
    }

    /// How many messages the report says that a talk has.
    fn count_kept(&self, who: usize, other: usize) -> Result<u64, Broken> {
        let storage = self.engine(who)?.storage();
        let storage =
            storage.map_err(|error| Broken::new(Rule::Calls, format!("report: {error:?}")))?;
        let id = self.id_of(other);
        let found = storage.conversations.iter().find(|talk| talk.id == id);
        Ok(found.map_or(0, |talk| talk.messages))
    }

    /// An export has what is shown, and says how much that is.
    fn check_export(&mut self, who: usize, other: usize) -> Result<(), Broken> {
        let (id, kept) = (self.id_of(other), self.count_kept(who, other)?);
        let shown = self.rows(who, other)?;
        let engine = self.engine(who)?;
        let failed = |error| Broken::new(Rule::Calls, format!("export: {error:?}"));
        let heading = engine.export_heading(id).map_err(failed)?;
        let (mut exported, mut after) = (Vec::new(), 0);
        loop {
            let page = engine
                .messages_after(id, after, EXPORT_STEP)
                .map_err(failed)?;
            let last = page.messages.last().map(|row| row.place);
            exported.extend(page.messages);
            if !page.more {
                break;
            }
            after = last.unwrap_or(after + u64::from(EXPORT_STEP));
        }
        let nickname = &self.model.minds[who].talks[&other].nickname;
        hold!(
            exported == shown && heading.messages == kept && heading.nickname == *nickname,
            Tidy,
            "{who} exports {} messages with {other}, of {}, and is shown {}",
            exported.len(),
            heading.messages,
            shown.len()
        );
        Ok(())
    }

    /// The engine of a process that runs.
    pub(super) fn engine(&self, who: usize) -> Result<&Engine, Broken> {
        let engine = self.world.devices[who].engine.as_ref();
        engine.ok_or_else(|| Broken::new(Rule::Calls, "no engine".to_owned()))
    }
}

fn failed<T>(who: usize, what: &str) -> Result<T, Broken> {
    Err(Broken::new(
        Rule::Calls,
        format!("{who} could not clean up: {what}"),
    ))
}
