//! Lists that screens show: two objects that wait for what changes, and what they give.

use std::sync::Arc;

use tacita_core::client::view::{
    ConversationId, ConversationView, ListChange, ListCounts, ListFilter, ListUpdate,
    MessageChange, MessageUpdate, MessageView, WindowMove, WindowStart,
};
use tacita_core::net;

use crate::client::Client;
use crate::error::ClientError;

/// Which conversations a list shows. Each is in one of the last three.
#[uniffi::remote(Enum)]
pub enum ListFilter {
    /// Every conversation.
    All,
    /// Neither archived nor a message request.
    Main,
    /// Archived.
    Archived,
    /// Message requests.
    Requests,
}

/// How many there are of what a list does not show by itself; the same whatever its filter.
#[uniffi::remote(Record)]
pub struct ListCounts {
    /// Unread messages for the number on the app's icon: without those of conversations that are muted, archived,
    /// blocked, or requests.
    pub unread: u32,
    /// Archived conversations.
    pub archived: u32,
    /// Archived conversations with unread messages.
    pub archived_unread: u32,
    /// Message requests.
    pub requests: u32,
}

/// One change of a list. Changes are applied in their order, each to the list that the one before left.
#[uniffi::remote(Enum)]
pub enum ListChange {
    /// The whole list is this.
    Reset {
        /// All rows.
        rows: Vec<ConversationView>,
    },
    /// A row comes in.
    Insert {
        /// Where it then stands, from 0.
        at: u32,
        /// The row.
        row: ConversationView,
    },
    /// A row shows something else and stays where it is.
    Update {
        /// Where, from 0.
        at: u32,
        /// The row as it is now.
        row: ConversationView,
    },
    /// A row moves: it is taken out, and then put in.
    Move {
        /// Where it stands, from 0.
        from: u32,
        /// Where it then stands, from 0, in the list without it.
        to: u32,
    },
    /// A row goes.
    Remove {
        /// Where it stands, from 0.
        at: u32,
    },
}

/// What changed in a list since the update before.
#[uniffi::remote(Record)]
pub struct ListUpdate {
    /// Its number. Asking with it says that this update is dealt with.
    pub number: u64,
    /// What turns the list of before into that of now; empty if only the counts changed.
    pub changes: Vec<ListChange>,
    /// The counts as they are now.
    pub counts: ListCounts,
}

/// Where a window of a conversation begins.
#[uniffi::remote(Enum)]
pub enum WindowStart {
    /// At the newest messages.
    Newest,
    /// Around the first unread message; at the newest ones if there is none.
    FirstUnread,
    /// Around a place, such as that of a hit.
    Around {
        /// The place.
        place: u64,
    },
}

/// One change of a window. Changes are applied in their order, each to the window that the one before left.
#[uniffi::remote(Enum)]
pub enum MessageChange {
    /// The whole window is this.
    Reset {
        /// All messages, oldest first.
        rows: Vec<MessageView>,
    },
    /// A message comes in.
    Insert {
        /// Where it then stands, from 0.
        at: u32,
        /// The message.
        row: MessageView,
    },
    /// A message shows something else: it was delivered, or its place was filled.
    Update {
        /// Where it stands, from 0.
        at: u32,
        /// The message as it is now.
        row: MessageView,
    },
    /// A message leaves the window.
    Remove {
        /// Where it stands, from 0.
        at: u32,
    },
}

/// What changed in a window of a conversation since the update before.
#[uniffi::remote(Record)]
pub struct MessageUpdate {
    /// Its number. Asking with it says that this update is dealt with.
    pub number: u64,
    /// The conversation as it is now: for the title, the draft, and whether somebody writes.
    pub conversation: ConversationView,
    /// What turns the messages of before into those of now.
    pub changes: Vec<MessageChange>,
    /// The place of the first unread message, shown or not.
    pub first_unread: Option<u64>,
    /// Whether there are messages before the window.
    pub older: bool,
    /// Whether there are messages behind the window. If not, it grows with what comes.
    pub newer: bool,
}

/// How a window of a conversation is moved.
#[uniffi::remote(Enum)]
pub enum WindowMove {
    /// Older messages are added before it.
    Older {
        /// How many, 1 to 500.
        count: u32,
    },
    /// Newer messages are added behind it.
    Newer {
        /// How many, 1 to 500.
        count: u32,
    },
    /// It is opened anew somewhere else, with as many messages as at first.
    To {
        /// Where.
        start: WindowStart,
    },
}

#[uniffi::export]
impl Client {
    /// The conversation list, for a screen. Its first `next` gives all rows.
    pub fn conversation_list(
        &self,
        filter: ListFilter,
    ) -> Result<Arc<ConversationList>, ClientError> {
        let list = self.messenger.conversation_list(filter);
        Ok(Arc::new(ConversationList { list }))
    }

    /// A window of a conversation, for a screen: of `limit` messages at first, 1 to 500. Its first `next` gives them.
    pub fn message_list(
        &self,
        id: ConversationId,
        start: WindowStart,
        limit: u32,
    ) -> Result<Arc<MessageList>, ClientError> {
        let list = self.messenger.message_list(id, start, limit);
        Ok(Arc::new(MessageList { list }))
    }
}

/// The conversation list as a screen shows it. Let go of it when the screen is gone: 64 may be open.
#[derive(uniffi::Object)]
pub struct ConversationList {
    list: net::ConversationList,
}

#[uniffi::export]
impl ConversationList {
    /// What changed since the update of number `seen`; at first (0) all rows. Waits until there is something; nothing
    /// comes back only after `interrupt`. The same `seen` gives the same again, so that a call that was cancelled loses
    /// nothing and gives nothing twice.
    ///
    /// Fails with `TooManyScreens`.
    pub async fn next(&self, seen: u64) -> Result<Option<ListUpdate>, ClientError> {
        self.list.next(seen).await
    }

    /// Makes every `next` of this list that waits now return nothing.
    pub fn interrupt(&self) -> Result<(), ClientError> {
        self.list.interrupt();
        Ok(())
    }
}

/// A window of a conversation as a screen shows it. Let go of it when the screen is gone: 64 may be open.
#[derive(uniffi::Object)]
pub struct MessageList {
    list: net::MessageList,
}

#[uniffi::export]
impl MessageList {
    /// As `ConversationList.next`. Fails with `NotFound` when the conversation is deleted, and with `TooManyScreens`.
    pub async fn next(&self, seen: u64) -> Result<Option<MessageUpdate>, ClientError> {
        self.list.next(seen).await
    }

    /// Adds older or newer messages, or goes somewhere else; `next` says what that changes. A window of more than
    /// 2,000 messages loses those at its other end.
    ///
    /// Fails with `NotFound` and `TooManyScreens`.
    pub async fn shift(&self, by: WindowMove) -> Result<(), ClientError> {
        self.list.shift(by).await
    }

    /// Makes every `next` of this window that waits now return nothing.
    pub fn interrupt(&self) -> Result<(), ClientError> {
        self.list.interrupt();
        Ok(())
    }
}
