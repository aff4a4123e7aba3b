//! Handles of lists and windows that somebody shows: each waits for what changes, and closes when it is dropped.

use std::sync::atomic::Ordering;

use tokio::sync::watch;

use super::Messenger;
use crate::client::screens::ScreenId;
use crate::client::view::{
    ConversationId, ListFilter, ListUpdate, MessageUpdate, WindowMove, WindowOf, WindowStart,
};
use crate::client::{ClientError, Engine};

impl Messenger {
    /// The conversation list, for a screen. Nothing is read before [`ConversationList::next`] asks.
    #[must_use]
    pub fn conversation_list(&self, filter: ListFilter) -> ConversationList {
        let screen = Screen::new(self);
        ConversationList { screen, filter }
    }

    /// A window of a conversation, for a screen: of `limit` messages at first, 1 to 500. Nothing is read before
    /// [`MessageList::next`] asks.
    #[must_use]
    pub fn message_list(&self, id: ConversationId, start: WindowStart, limit: u32) -> MessageList {
        let screen = Screen::new(self);
        let of = WindowOf { id, start, limit };
        MessageList { screen, of }
    }
}

/// The conversation list as a screen shows it. What is held for it goes when this is dropped.
#[derive(Debug)]
pub struct ConversationList {
    screen: Screen,
    filter: ListFilter,
}

impl ConversationList {
    /// What changed since the update of number `seen`; at first (0) all rows. Waits until there is something; `None`
    /// only after [`ConversationList::interrupt`]. The same `seen` gives the same again, so that a caller who was
    /// cancelled loses nothing and gets nothing twice.
    ///
    /// # Errors
    /// [`ClientError::TooManyScreens`], a store error, [`ClientError::Closed`] or [`ClientError::Reopen`].
    pub async fn next(&self, seen: u64) -> Result<Option<ListUpdate>, ClientError> {
        let (id, filter) = (self.screen.id, self.filter);
        let ask = move |engine: &mut Engine| engine.next_list(id, filter, seen);
        self.screen.wait(ask).await
    }

    /// Ends every [`ConversationList::next`] of this list that waits.
    pub fn interrupt(&self) {
        self.screen.interrupt();
    }
}

/// A window of a conversation as a screen shows it. What is held for it goes when this is dropped.
#[derive(Debug)]
pub struct MessageList {
    screen: Screen,
    of: WindowOf,
}

impl MessageList {
    /// As [`ConversationList::next`].
    ///
    /// # Errors
    /// [`ClientError::NotFound`] if there is no such conversation (any more), and as [`ConversationList::next`].
    pub async fn next(&self, seen: u64) -> Result<Option<MessageUpdate>, ClientError> {
        let (id, of) = (self.screen.id, self.of);
        let ask = move |engine: &mut Engine| engine.next_messages(id, of, seen);
        self.screen.wait(ask).await
    }

    /// Adds older or newer messages, or goes somewhere else; [`MessageList::next`] says what that changes. A window
    /// of more than 2,000 messages loses those at its other end.
    ///
    /// # Errors
    /// As [`MessageList::next`].
    pub async fn shift(&self, by: WindowMove) -> Result<(), ClientError> {
        let (id, of) = (self.screen.id, self.of);
        let messenger = &self.screen.messenger;
        messenger
            .call(move |engine| engine.move_window(id, of, by))
            .await
    }

    /// Ends every [`MessageList::next`] of this window that waits.
    pub fn interrupt(&self) {
        self.screen.interrupt();
    }
}

/// What both kinds have in common.
struct Screen {
    messenger: Messenger,
    id: ScreenId,
    interrupts: watch::Sender<u64>,
}

impl Screen {
    fn new(messenger: &Messenger) -> Self {
        Self {
            messenger: messenger.clone(),
            id: ScreenId(messenger.screens.fetch_add(1, Ordering::Relaxed)),
            interrupts: watch::Sender::new(0),
        }
    }

    async fn wait<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&mut Engine) -> Result<Option<T>, ClientError> + Clone + Send + 'static,
    ) -> Result<Option<T>, ClientError> {
        let mut changes = self.messenger.changes.clone();
        let mut interrupts = self.interrupts.subscribe();
        loop {
            changes.borrow_and_update();
            if let Some(news) = self.messenger.call(ask.clone()).await? {
                return Ok(Some(news));
            }
            tokio::select! {
                changed = changes.changed() => {
                    if changed.is_err() {
                        return Err(self.messenger.ended().await);
                    }
                }
                _ = interrupts.changed() => return Ok(None),
            }
        }
    }

    fn interrupt(&self) {
        self.interrupts
            .send_modify(|count| *count = count.wrapping_add(1));
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let id = self.id;
        // A worker that has ended holds nothing any more.
        let _ = self.messenger.post(Box::new(move |worker| {
            let _ = worker.with_engine(|engine| {
                engine.close_screen(id);
                Ok(())
            });
        }));
    }
}

impl std::fmt::Debug for Screen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Screen")
    }
}
