//! Screens: lists and windows that are told what changed; what they were told must add up to what there is. Decision 0015.

use std::collections::BTreeMap;

use tacita_core::client::ClientError;
use tacita_core::client::screens::ScreenId;
use tacita_core::client::screens::update::{
    ListCounts, ListFilter, MessageUpdate, WindowMove, WindowOf, WindowStart,
};
use tacita_core::client::view::{ConversationState, ConversationView, MessageView};

use crate::observe::list;
use crate::play::Play;
use crate::rule::{Broken, Rule, hold};

/// Screens that a user has open at once.
const MOST_SCREENS: usize = 4;
/// Updates that one look takes at most.
const MOST_UPDATES: usize = 50;

/// A conversation list that a user has open.
struct List {
    filter: ListFilter,
    seen: u64,
    rows: Vec<ConversationView>,
    counts: ListCounts,
}

/// A window of a conversation that a user has open.
struct Window {
    of: WindowOf,
    seen: u64,
    rows: Vec<MessageView>,
    last: Option<MessageUpdate>,
}

/// What one user has open, by the number of the screen.
#[derive(Default)]
pub struct Screens {
    lists: BTreeMap<u64, List>,
    windows: BTreeMap<u64, Window>,
    next: u64,
}

impl Play {
    /// Opens a screen, moves a window or closes a screen.
    pub(super) fn act_screen(&mut self) -> Result<(), Broken> {
        let Some((who, other)) = self.draw_talk() else {
            return Ok(());
        };
        let id = self.id_of(other);
        let screens = self.screens.entry(who).or_default();
        let number = screens.next;
        let has_room = screens.lists.len() + screens.windows.len() < MOST_SCREENS;
        match self.world.dice.below(4) {
            0 if has_room => {
                let filters = [
                    ListFilter::All,
                    ListFilter::Main,
                    ListFilter::Archived,
                    ListFilter::Requests,
                ];
                let at = self.world.dice.index(filters.len());
                screens.next += 1;
                let list = List {
                    filter: filters[at],
                    seen: 0,
                    rows: Vec::new(),
                    counts: ListCounts::default(),
                };
                let _ = screens.lists.insert(number, list);
            }
            1 if has_room => {
                screens.next += 1;
                let start = draw_start(&mut self.world.dice);
                let limit = self.world.dice.between(1, 30) as u32;
                let window = Window {
                    of: WindowOf { id, start, limit },
                    seen: 0,
                    rows: Vec::new(),
                    last: None,
                };
                let _ = screens.windows.insert(number, window);
            }
            2 => {
                let open: Vec<u64> = screens.windows.keys().copied().collect();
                let by = match self.world.dice.below(3) {
                    0 => WindowMove::Older { count: 4 },
                    1 => WindowMove::Newer { count: 4 },
                    _ => WindowMove::To {
                        start: draw_start(&mut self.world.dice),
                    },
                };
                if let Some(number) = self.world.dice.pick(&open).copied() {
                    let of = screens.windows[&number].of;
                    let _ = self.unharmed(who, |engine, _| {
                        // Its conversation may be deleted.
                        engine.move_window(ScreenId(number), of, by)
                    });
                }
            }
            _ => {
                let lists = screens.lists.keys();
                let all: Vec<u64> = lists.chain(screens.windows.keys()).copied().collect();
                if let Some(number) = self.world.dice.pick(&all).copied() {
                    let _ = screens.lists.remove(&number);
                    let _ = screens.windows.remove(&number);
                    let _ = self.unharmed(who, |engine, _| engine.close_screen(ScreenId(number)));
                }
            }
        }
        self.look(who)?;
        self.check_screens(who)
    }

    /// Gives the open screens of a device what is new, and compares them with what there is.
    pub(super) fn check_screens(&mut self, who: usize) -> Result<(), Broken> {
        let woken = std::mem::take(&mut self.world.devices[who].changed);
        let Some(mut screens) = self.screens.remove(&who) else {
            return Ok(());
        };
        let checked = self
            .check_lists(who, &mut screens, woken)
            .and_then(|()| self.check_windows(who, &mut screens, woken));
        let _ = self.screens.insert(who, screens);
        checked
    }

    fn check_lists(
        &mut self,
        who: usize,
        screens: &mut Screens,
        woken: bool,
    ) -> Result<(), Broken> {
        let Some(engine) = &mut self.world.devices[who].engine else {
            return Ok(());
        };
        let failed = |error| Broken::new(Rule::Calls, format!("list of a screen: {error:?}"));
        let all = engine.conversations().map_err(failed)?;
        for (number, screen) in &mut screens.lists {
            for _ in 0..MOST_UPDATES {
                let id = ScreenId(*number);
                let update = engine
                    .next_list(id, screen.filter, screen.seen)
                    .map_err(failed)?;
                let Some(update) = update else { break };
                hold!(
                    woken || screen.seen == 0,
                    Screens,
                    "nobody woke the list of {who} for {} changes",
                    update.changes.len()
                );
                // Now and then its caller is cancelled, and asks again.
                if self.world.dice.percent(15) {
                    continue;
                }
                update.apply(&mut screen.rows);
                (screen.counts, screen.seen) = (update.counts, update.number);
            }
            let expected: Vec<_> = all
                .iter()
                .filter(|line| shows(screen.filter, line))
                .collect();
            hold!(
                screen.rows.iter().collect::<Vec<_>>() == expected,
                Screens,
                "the list {:?} of {who} shows {} rows that are not those of {}",
                screen.filter,
                screen.rows.len(),
                expected.len()
            );
            hold!(
                screen.counts == count(&all),
                Screens,
                "the list {:?} of {who} is told {:?}, and there are {:?}",
                screen.filter,
                screen.counts,
                count(&all)
            );
        }
        Ok(())
    }

    fn check_windows(
        &mut self,
        who: usize,
        screens: &mut Screens,
        woken: bool,
    ) -> Result<(), Broken> {
        let Some(engine) = &mut self.world.devices[who].engine else {
            return Ok(());
        };
        let mut gone = Vec::new();
        for (number, screen) in &mut screens.windows {
            for _ in 0..MOST_UPDATES {
                let update = match engine.next_messages(ScreenId(*number), screen.of, screen.seen) {
                    Ok(Some(update)) => update,
                    Ok(None) => break,
                    Err(ClientError::NotFound) => {
                        gone.push(*number);
                        break;
                    }
                    Err(error) => {
                        return Err(Broken::new(Rule::Calls, format!("window: {error:?}")));
                    }
                };
                hold!(
                    woken || screen.seen == 0,
                    Screens,
                    "nobody woke a window of {who} for {} changes",
                    update.changes.len()
                );
                if self.world.dice.percent(15) {
                    continue;
                }
                update.apply(&mut screen.rows);
                screen.seen = update.number;
                screen.last = Some(update);
            }
            if gone.contains(number) {
                continue;
            }
            let all = list(engine, screen.of.id)?;
            let Some(last) = &screen.last else { continue };
            let from = match screen.rows.first() {
                Some(first) => all.iter().position(|row| row.place == first.place),
                None => Some(all.len()),
            };
            let span = from.and_then(|from| all.get(from..from + screen.rows.len()));
            hold!(
                span == Some(screen.rows.as_slice()),
                Screens,
                "a window of {who} shows what is not there now, in {} rows",
                screen.rows.len()
            );
            let from = from.unwrap_or_default();
            let ends = (from == 0, from + screen.rows.len() == all.len());
            hold!(
                ends == (!last.older, !last.newer) || screen.rows.is_empty(),
                Screens,
                "a window of {who} is told wrong where it ends"
            );
            let line = engine.conversations();
            let line = line.map_err(|e| Broken::new(Rule::Calls, format!("lines: {e:?}")))?;
            hold!(
                line.contains(&last.conversation),
                Screens,
                "the title of a window of {who} is not that of its line"
            );
        }
        for number in gone {
            let known = self.model.who(screens.windows[&number].of.id.0);
            let is_there = known.is_some_and(|other| self.knows(who, other));
            hold!(!is_there, Screens, "{who} has a window of no conversation");
            let _ = screens.windows.remove(&number);
        }
        Ok(())
    }
}

fn draw_start(dice: &mut crate::dice::Dice) -> WindowStart {
    match dice.below(4) {
        0 => WindowStart::FirstUnread,
        1 => WindowStart::Around {
            place: dice.below(40),
        },
        _ => WindowStart::Newest,
    }
}

fn shows(filter: ListFilter, line: &ConversationView) -> bool {
    let is_request = line.state == ConversationState::Request;
    match filter {
        ListFilter::All => true,
        ListFilter::Main => !line.archived && !is_request,
        ListFilter::Archived => line.archived && !is_request,
        ListFilter::Requests => is_request,
    }
}

/// The counts as an app would make them of all lines.
fn count(all: &[ConversationView]) -> ListCounts {
    let mut counts = ListCounts::default();
    for line in all {
        if line.state == ConversationState::Request {
            counts.requests += 1;
        } else if line.archived {
            counts.archived += 1;
            counts.archived_unread += u32::from(line.unread > 0);
        } else if !line.blocked && line.muted_until_ms.is_none() {
            counts.unread += line.unread;
        }
    }
    counts
}
