//! Lists as screens show them: opened by one call, and then what changed, never lost and never doubled.

mod given;
mod list;
mod steps;
pub mod update;
mod window;

use std::collections::{BTreeMap, BTreeSet};

use self::list::ListScreen;
use self::update::{ListFilter, ListUpdate, MessageUpdate, WindowMove, WindowOf};
use self::window::MessageScreen;
use super::effect::{Effect, RelayLocator};
use super::engine::Engine;
use super::error::ClientError;
use super::view::{ConversationId, QueueReason};
use crate::protocol::ids::{AccountId, DeviceAddress};
use crate::store::{CHANGED_CONVERSATION, Tx};

/// Screens that may be open at a time. One is closed when its handle goes.
const MAX_SCREENS: usize = 64;
/// Changes read at once.
const CHANGES: u32 = 1000;

/// Numbers a screen within one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ScreenId(pub u64);

/// The screens that are open.
#[derive(Default)]
pub(crate) struct Screens {
    lists: BTreeMap<ScreenId, ListScreen>,
    windows: BTreeMap<ScreenId, MessageScreen>,
}

impl Screens {
    fn check_room(&self) -> Result<(), ClientError> {
        if self.lists.len().saturating_add(self.windows.len()) < MAX_SCREENS {
            Ok(())
        } else {
            Err(ClientError::TooManyScreens)
        }
    }

    fn take_list(&mut self, id: ScreenId, filter: ListFilter) -> Result<ListScreen, ClientError> {
        if let Some(known) = self.lists.remove(&id) {
            return Ok(known);
        }
        self.check_room()?;
        Ok(ListScreen::new(filter))
    }

    fn take_window(&mut self, id: ScreenId, of: WindowOf) -> Result<MessageScreen, ClientError> {
        if let Some(known) = self.windows.remove(&id) {
            return Ok(known);
        }
        self.check_room()?;
        Ok(MessageScreen::new(of))
    }
}

impl Engine {
    /// What a conversation list is to be told that was told the update of number `seen` last: 0 opens it, and gives all
    /// its rows. The same `seen` gives the same again, so that nothing is lost with a caller that was cancelled;
    /// another one than the last or the one before gives all rows. `None`: nothing has changed yet; ask again after
    /// [`Effect::Changed`].
    ///
    /// # Errors
    /// [`ClientError::TooManyScreens`], or a store error, after which it is asked again.
    pub fn next_list(
        &mut self,
        id: ScreenId,
        filter: ListFilter,
        seen: u64,
    ) -> Result<Option<ListUpdate>, ClientError> {
        let mut screen = self.screens.take_list(id, filter)?;
        let update = self.store.read(|tx| screen.next(self, tx, seen));
        self.screens.lists.insert(id, screen);
        update
    }

    /// As [`Engine::next_list`], for a window of a conversation.
    ///
    /// # Errors
    /// [`ClientError::NotFound`] if there is no such conversation (any more), [`ClientError::TooManyScreens`], or a
    /// store error, after which it is asked again.
    pub fn next_messages(
        &mut self,
        id: ScreenId,
        of: WindowOf,
        seen: u64,
    ) -> Result<Option<MessageUpdate>, ClientError> {
        let mut screen = self.screens.take_window(id, of)?;
        let update = self.store.read(|tx| screen.next(self, tx, seen));
        self.screens.windows.insert(id, screen);
        update
    }

    /// Moves a window of a conversation. What that changes is told by the next update.
    ///
    /// # Errors
    /// As [`Engine::next_messages`].
    pub fn move_window(
        &mut self,
        id: ScreenId,
        of: WindowOf,
        by: WindowMove,
    ) -> Result<(), ClientError> {
        let mut screen = self.screens.take_window(id, of)?;
        let moved = self.store.read(|tx| screen.shift(tx, by));
        self.screens.windows.insert(id, screen);
        self.effects.push_back(Effect::Changed);
        moved
    }

    /// Lets go of what is held for a screen.
    pub fn close_screen(&mut self, id: ScreenId) {
        self.screens.lists.remove(&id);
        self.screens.windows.remove(&id);
    }

    /// Notices when messages may be queued for another reason than before, which stands in no row.
    pub(crate) fn note_queue_state(&mut self) {
        let holds = self.holds.iter().map(|(key, (_, reason))| (*key, *reason));
        let relays = self.relays.iter();
        let state = QueueState {
            is_offline: self.is_offline,
            holds: holds.collect(),
            relays: relays
                .map(|(locator, _)| (locator.clone(), self.relays.obstacle(locator)))
                .collect(),
            asides: self.asides.reasons().collect(),
            drain: self.drain.clone(),
            busy: self.busy.clone(),
        };
        if state != self.queue_state {
            self.queue_state = state;
            self.queue_changes = self.queue_changes.wrapping_add(1);
            self.effects.push_back(Effect::Changed);
        }
    }
}

/// What decides why messages are queued, of what stands in no row.
#[derive(Default, PartialEq, Eq)]
pub(crate) struct QueueState {
    is_offline: bool,
    holds: Vec<([u8; 32], QueueReason)>,
    relays: Vec<(RelayLocator, Option<QueueReason>)>,
    asides: Vec<(i64, QueueReason)>,
    drain: BTreeSet<DeviceAddress>,
    busy: BTreeSet<[u8; 32]>,
}

/// The conversations that changed behind a cursor, and the cursor to go on with.
fn changed_behind(
    tx: &Tx<'_>,
    mut cursor: u64,
) -> Result<(BTreeSet<ConversationId>, u64), ClientError> {
    let mut changed = BTreeSet::new();
    loop {
        let (things, next) = tx.changes_after(cursor, CHANGES)?;
        cursor = next;
        let are_all = u32::try_from(things.len()).is_ok_and(|read| read < CHANGES);
        for (kind, key) in things {
            if kind == CHANGED_CONVERSATION {
                let key = key.try_into().map_err(|_| ClientError::StoreFailed)?;
                changed.insert(ConversationId(AccountId(key)));
            }
        }
        if are_all {
            return Ok((changed, cursor));
        }
    }
}
