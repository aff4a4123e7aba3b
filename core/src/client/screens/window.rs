//! A window of one conversation as a screen holds it: messages in order, and what changed since they were given.

use std::collections::BTreeMap;

use super::changed_behind;
use super::given::{Asked, Given};
use super::steps::{Step, steps};
use super::update::{MessageChange, MessageUpdate, WindowMove, WindowOf, WindowStart};
use crate::client::body::UNREADABLE;
use crate::client::engine::Engine;
use crate::client::error::ClientError;
use crate::client::lines::Line;
use crate::client::view::{ConversationId, MessageView};
use crate::client::views::MAX_PAGE;
use crate::store::sabotage::{Breakage, is};
use crate::store::{MessageRow, Tx};

/// Messages of a window at most. One that grows beyond loses those at its other end.
const MAX_WINDOW: u32 = 2000;
/// Steps of one update; beyond, the window is given as a whole.
const MOST_STEPS: usize = 200;

/// A window of a conversation that somebody shows.
pub(crate) struct MessageScreen {
    of: WindowOf,
    given: Given<MessageUpdate>,
    /// What it spans; `None` until it is opened.
    span: Option<Span>,
    held: Option<Held>,
}

/// From which place to which; without a last one, to whatever comes.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Span {
    first: u64,
    last: Option<u64>,
}

/// What the window was when it was given last.
#[derive(PartialEq, Eq)]
struct Held {
    cursor: u64,
    queue_changes: u64,
    span: Span,
    line: Line,
    rows: Vec<MessageView>,
    first_unread: Option<u64>,
    older: bool,
    newer: bool,
}

impl MessageScreen {
    pub(crate) fn new(of: WindowOf) -> Self {
        let given = Given::default();
        Self {
            of,
            given,
            span: None,
            held: None,
        }
    }

    /// What is to be given to a caller that was given the update of this number last; `None`: nothing yet.
    pub(crate) fn next(
        &mut self,
        engine: &Engine,
        tx: &Tx<'_>,
        seen: u64,
    ) -> Result<Option<MessageUpdate>, ClientError> {
        let is_whole = match self.given.ask(seen) {
            Asked::Again(update) => return Ok(Some(update)),
            Asked::Whole => true,
            Asked::News => false,
        };
        let span = match self.span {
            Some(span) => span,
            None => Span::open(tx, self.of)?,
        };
        let cursor = match &mut self.held {
            Some(held) if !is_whole => {
                let (changed, cursor) = changed_behind(tx, held.cursor)?;
                let is_told = changed.contains(&self.of.id)
                    || span != held.span
                    || (engine.queue_changes != held.queue_changes && held.is_queued());
                if !is_told {
                    held.cursor = cursor;
                    held.queue_changes = engine.queue_changes;
                    return Ok(None);
                }
                cursor
            }
            _ => tx.change_number()?,
        };
        let now = match Held::load(engine, tx, self.of.id, span, cursor) {
            Err(ClientError::NotFound) => {
                // Should it come again, it is another one.
                (self.span, self.held) = (None, None);
                return Err(ClientError::NotFound);
            }
            now => now?,
        };
        let held = self.held.take();
        let changes = match &held {
            Some(held) if !is_whole => now.changes_since(held),
            _ => vec![now.whole()],
        };
        let is_same = held
            .filter(|_| !is_whole)
            .is_some_and(|held| changes.is_empty() && now.shows_the_same(&held));
        self.span = Some(now.span);
        let (conversation, first_unread) = (now.line.view.clone(), now.first_unread);
        let (older, newer) = (now.older, now.newer);
        self.held = Some(now);
        if is_same {
            return Ok(None);
        }
        Ok(Some(self.given.give(|number| MessageUpdate {
            number,
            conversation,
            changes,
            first_unread,
            older,
            newer,
        })))
    }

    /// Moves the window; what that changes is given by the next update.
    pub(crate) fn shift(&mut self, tx: &Tx<'_>, by: WindowMove) -> Result<(), ClientError> {
        let span = match self.span {
            Some(span) => span,
            None => Span::open(tx, self.of)?,
        };
        self.span = Some(match by {
            WindowMove::Older { count } => span.older(tx, self.of.id, count)?,
            WindowMove::Newer { count } => span.newer(tx, self.of.id, count)?,
            WindowMove::To { start } => Span::open(tx, WindowOf { start, ..self.of })?,
        });
        Ok(())
    }
}

impl Span {
    fn open(tx: &Tx<'_>, of: WindowOf) -> Result<Self, ClientError> {
        let known = tx.load_conversation(of.id)?.ok_or(ClientError::NotFound)?;
        let limit = of.limit.clamp(1, MAX_PAGE);
        let place = match of.start {
            WindowStart::Newest => None,
            WindowStart::FirstUnread => {
                tx.first_incoming_after(of.id, known.read_up_to, UNREADABLE)?
            }
            WindowStart::Around { place } => Some(place),
        };
        let (behind, last) = match place {
            None => (limit, None),
            Some(place) => {
                let behind = limit.div_ceil(2);
                let from = place.saturating_sub(1);
                let (rows, more) = tx.page_after(of.id, from, behind)?;
                let last = rows.last().filter(|_| more).map(|last| last.place);
                // What there is less of behind the place, there is more of before it.
                (limit.saturating_sub(count(&rows)), last)
            }
        };
        let before = place.or(last);
        let (rows, more) = tx.page_before(of.id, before, behind.max(1))?;
        let first = rows.first().filter(|_| more).map_or(0, |row| row.place);
        Ok(Self { first, last })
    }

    fn older(self, tx: &Tx<'_>, id: ConversationId, limit: u32) -> Result<Self, ClientError> {
        let (rows, more) = tx.page_before(id, Some(self.first), limit.clamp(1, MAX_PAGE))?;
        let first = rows.first().filter(|_| more).map_or(0, |row| row.place);
        let (rows, more) = tx.page_after(id, first.saturating_sub(1), MAX_WINDOW)?;
        let most = rows.last().filter(|_| more).map(|row| row.place);
        let last = match (self.last, most) {
            (Some(last), Some(most)) => Some(last.min(most)),
            (last, most) => last.or(most),
        };
        Ok(Self { first, last })
    }

    fn newer(self, tx: &Tx<'_>, id: ConversationId, limit: u32) -> Result<Self, ClientError> {
        let Some(last) = self.last else {
            return Ok(self);
        };
        let (rows, more) = tx.page_after(id, last, limit.clamp(1, MAX_PAGE))?;
        let last = rows.last().filter(|_| more).map(|row| row.place);
        // Loading it cuts off what is too much at the old end.
        Ok(Self { last, ..self })
    }
}

impl Held {
    fn load(
        engine: &Engine,
        tx: &Tx<'_>,
        id: ConversationId,
        span: Span,
        cursor: u64,
    ) -> Result<Self, ClientError> {
        let line = engine.line(tx, id)?.ok_or(ClientError::NotFound)?;
        let between = (span.first, span.last.unwrap_or(u64::MAX));
        let rows = tx.messages_between(id, between, MAX_WINDOW)?;
        let first = match rows.first() {
            Some(first) if count(&rows) == MAX_WINDOW => first.place,
            _ => span.first,
        };
        let before = first.saturating_sub(1);
        let older = !tx.messages_between(id, (0, before), 1)?.is_empty();
        let newer = match span.last {
            Some(last) => !tx.page_after(id, last, 1)?.0.is_empty(),
            None => false,
        };
        // One that has reached the end follows it from now on.
        let last = span.last.filter(|_| newer);
        Ok(Self {
            cursor,
            queue_changes: engine.queue_changes,
            span: Span { first, last },
            first_unread: tx.first_incoming_after(id, line.read_up_to, UNREADABLE)?,
            rows: engine.shown(tx, id, rows)?,
            line,
            older,
            newer,
        })
    }

    fn is_queued(&self) -> bool {
        self.line.is_queued() || self.rows.iter().any(|row| row.delivery.is_queued())
    }

    fn whole(&self) -> MessageChange {
        let rows = self.rows.clone();
        MessageChange::Reset { rows }
    }

    /// Whether all is the same but the messages, which are compared already.
    fn shows_the_same(&self, other: &Self) -> bool {
        self.line.view == other.line.view
            && self.first_unread == other.first_unread
            && (self.older, self.newer) == (other.older, other.newer)
    }

    fn changes_since(&self, held: &Self) -> Vec<MessageChange> {
        self.try_changes_since(held)
            .unwrap_or_else(|| vec![self.whole()])
    }

    /// `None` if it is too much, or the two have nothing in common.
    fn try_changes_since(&self, held: &Self) -> Option<Vec<MessageChange>> {
        let places = |rows: &[MessageView]| rows.iter().map(|row| row.place).collect::<Vec<_>>();
        let before: BTreeMap<u64, &MessageView> =
            held.rows.iter().map(|row| (row.place, row)).collect();
        let now: BTreeMap<u64, &MessageView> =
            self.rows.iter().map(|row| (row.place, row)).collect();
        let is_elsewhere = !before.is_empty() && !before.keys().any(|at| now.contains_key(at));
        if is_elsewhere {
            return None;
        }
        let mut changes = Vec::new();
        for step in steps(&places(&held.rows), &places(&self.rows), MOST_STEPS)? {
            changes.push(match step {
                Step::Insert { at, key } => MessageChange::Insert {
                    at: u32::try_from(at).ok()?,
                    row: (*now.get(&key)?).clone(),
                },
                Step::Remove { at } => MessageChange::Remove {
                    at: u32::try_from(at).ok()?,
                },
                // Places are in order, and stay.
                Step::Move { .. } => return None,
            });
        }
        for (at, row) in self.rows.iter().enumerate() {
            let is_other = before.get(&row.place).is_some_and(|old| *old != row);
            if is_other && !is(Breakage::WindowRowStale) {
                changes.push(MessageChange::Update {
                    at: u32::try_from(at).ok()?,
                    row: row.clone(),
                });
            }
        }
        Some(changes)
    }
}

fn count(rows: &[MessageRow]) -> u32 {
    u32::try_from(rows.len()).unwrap_or(u32::MAX)
}
