//! The conversation list as a screen holds it: rows in order, and what changed since they were given.

use std::collections::{BTreeMap, BTreeSet};

use super::changed_behind;
use super::given::{Asked, Given};
use super::steps::{Step, steps};
use super::update::{ListChange, ListCounts, ListFilter, ListUpdate};
use crate::client::engine::Engine;
use crate::client::error::ClientError;
use crate::client::lines::Line;
use crate::client::view::{ConversationId, ConversationState, ConversationView};
use crate::store::Tx;
use crate::store::sabotage::{Breakage, is};

/// Changed lines from which on all are read by one statement.
const MANY_LINES: usize = 32;
/// Steps of one update; beyond, the list is given as a whole.
const MOST_STEPS: usize = 200;

/// A conversation list that somebody shows.
pub(crate) struct ListScreen {
    filter: ListFilter,
    given: Given<ListUpdate>,
    held: Held,
}

/// What the list was when it was given last.
#[derive(Default)]
struct Held {
    cursor: u64,
    queue_changes: u64,
    lines: BTreeMap<ConversationId, Line>,
    shown: Vec<ConversationId>,
    counts: ListCounts,
}

impl ListScreen {
    pub(crate) fn new(filter: ListFilter) -> Self {
        let given = Given::default();
        let held = Held::default();
        Self {
            filter,
            given,
            held,
        }
    }

    /// What is to be given to a caller that was given the update of this number last; `None`: nothing yet.
    pub(crate) fn next(
        &mut self,
        engine: &Engine,
        tx: &Tx<'_>,
        seen: u64,
    ) -> Result<Option<ListUpdate>, ClientError> {
        let changes = match self.given.ask(seen) {
            Asked::Again(update) => return Ok(Some(update)),
            Asked::Whole => {
                self.held = Held::load(engine, tx, self.filter)?;
                vec![self.held.whole()]
            }
            Asked::News => match self.held.follow(engine, tx, self.filter)? {
                Some(changes) => changes,
                None => return Ok(None),
            },
        };
        let counts = self.held.counts;
        Ok(Some(self.given.give(|number| ListUpdate {
            number,
            changes,
            counts,
        })))
    }
}

impl Held {
    fn load(engine: &Engine, tx: &Tx<'_>, filter: ListFilter) -> Result<Self, ClientError> {
        let lines = engine.lines(tx)?;
        let mut held = Self {
            cursor: tx.change_number()?,
            queue_changes: engine.queue_changes,
            lines: lines.into_iter().map(|line| (line.view.id, line)).collect(),
            ..Self::default()
        };
        held.shown = held.order(filter);
        held.counts = held.count();
        Ok(held)
    }

    fn whole(&self) -> ListChange {
        let lines = self.shown.iter().filter_map(|id| self.lines.get(id));
        ListChange::Reset {
            rows: lines.map(|line| line.view.clone()).collect(),
        }
    }

    /// Takes in what has changed; what is to be given, if anything.
    fn follow(
        &mut self,
        engine: &Engine,
        tx: &Tx<'_>,
        filter: ListFilter,
    ) -> Result<Option<Vec<ListChange>>, ClientError> {
        let (mut changed, cursor) = changed_behind(tx, self.cursor)?;
        if self.queue_changes != engine.queue_changes {
            let queued = self.lines.values().filter(|line| line.is_queued());
            changed.extend(queued.map(|line| line.view.id));
        }
        let news = self.read(engine, tx, &changed)?;
        self.cursor = cursor;
        self.queue_changes = engine.queue_changes;
        if news.is_empty() {
            return Ok(None);
        }
        let mut redrawn = BTreeSet::new();
        for (id, line) in news {
            let view = line.as_ref().map(|line| line.view.clone());
            let old = match line {
                Some(line) => self.lines.insert(id, line),
                None => self.lines.remove(&id),
            };
            if old.map(|old| old.view) != view && !is(Breakage::ListRowStale) {
                redrawn.insert(id);
            }
        }
        let (order, counts) = (self.order(filter), self.count());
        let changes = self.changes(&order, &redrawn);
        let is_news =
            changes.as_ref().is_none_or(|changes| !changes.is_empty()) || counts != self.counts;
        self.shown = order;
        self.counts = counts;
        Ok(is_news.then(|| changes.unwrap_or_else(|| vec![self.whole()])))
    }

    /// The lines among these that are not as they were.
    fn read(
        &self,
        engine: &Engine,
        tx: &Tx<'_>,
        changed: &BTreeSet<ConversationId>,
    ) -> Result<Vec<(ConversationId, Option<Line>)>, ClientError> {
        let mut all = BTreeMap::new();
        let are_many = changed.len() > MANY_LINES;
        if are_many {
            let lines = engine.lines(tx)?.into_iter();
            all.extend(lines.map(|line| (line.view.id, line)));
        }
        let mut news = Vec::new();
        for id in changed {
            let line = if are_many {
                all.remove(id)
            } else {
                engine.line(tx, *id)?
            };
            if line.as_ref() != self.lines.get(id) {
                news.push((*id, line));
            }
        }
        Ok(news)
    }

    fn order(&self, filter: ListFilter) -> Vec<ConversationId> {
        let lines = self.lines.values();
        let mut shown: Vec<&Line> = lines.filter(|line| shows(filter, &line.view)).collect();
        shown.sort_by_cached_key(|line| line.rank());
        shown.into_iter().map(|line| line.view.id).collect()
    }

    /// What leads from the rows that are shown to these; `None` if that is too much.
    fn changes(
        &self,
        order: &[ConversationId],
        redrawn: &BTreeSet<ConversationId>,
    ) -> Option<Vec<ListChange>> {
        let row = |id: &ConversationId| Some(self.lines.get(id)?.view.clone());
        let mut inserted = BTreeSet::new();
        let mut changes = Vec::new();
        for step in steps(&self.shown, order, MOST_STEPS)? {
            changes.push(match step {
                Step::Insert { at, key } => {
                    inserted.insert(key);
                    let (at, row) = (index(at)?, row(&key)?);
                    ListChange::Insert { at, row }
                }
                Step::Move { from, to } => ListChange::Move {
                    from: index(from)?,
                    to: index(to)?,
                },
                Step::Remove { at } => ListChange::Remove { at: index(at)? },
            });
        }
        for (at, id) in order.iter().enumerate() {
            if redrawn.contains(id) && !inserted.contains(id) {
                let (at, row) = (index(at)?, row(id)?);
                changes.push(ListChange::Update { at, row });
            }
        }
        Some(changes)
    }

    fn count(&self) -> ListCounts {
        let mut counts = ListCounts::default();
        for Line { view, .. } in self.lines.values() {
            if shows(ListFilter::Requests, view) {
                counts.requests = counts.requests.saturating_add(1);
            } else if view.archived {
                counts.archived = counts.archived.saturating_add(1);
                let unread = u32::from(view.unread > 0);
                counts.archived_unread = counts.archived_unread.saturating_add(unread);
            } else if !view.blocked && view.muted_until_ms.is_none() {
                counts.unread = counts.unread.saturating_add(view.unread);
            }
        }
        counts
    }
}

fn shows(filter: ListFilter, view: &ConversationView) -> bool {
    let is_request = view.state == ConversationState::Request;
    match filter {
        ListFilter::All => true,
        ListFilter::Main => !is_request && !view.archived,
        ListFilter::Archived => !is_request && view.archived,
        ListFilter::Requests => is_request,
    }
}

fn index(at: usize) -> Option<u32> {
    u32::try_from(at).ok()
}
