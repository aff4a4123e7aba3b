//! What screens are given: rows, and changes that turn the rows of before into those of now.

use crate::client::view::{ConversationId, ConversationView, MessageView};

/// Which conversations a list shows. Each is in one of the last three.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
#[derive(Clone, Debug, PartialEq, Eq)]
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListUpdate {
    /// Its number. Asking with it says that this update is dealt with.
    pub number: u64,
    /// What turns the list of before into that of now; empty if only the counts changed.
    pub changes: Vec<ListChange>,
    /// The counts as they are now.
    pub counts: ListCounts,
}

impl ListUpdate {
    /// Turns the rows of before (none at first) into those of now.
    pub fn apply(&self, rows: &mut Vec<ConversationView>) {
        for change in self.changes.iter().cloned() {
            match change {
                ListChange::Reset { rows: all } => *rows = all,
                ListChange::Insert { at, row } => insert(rows, at, row),
                ListChange::Update { at, row } => replace(rows, at, row),
                ListChange::Move { from, to } => {
                    if let Some(row) = remove(rows, from) {
                        insert(rows, to, row);
                    }
                }
                ListChange::Remove { at } => drop(remove(rows, at)),
            }
        }
    }
}

/// Where a window of a conversation begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
#[derive(Clone, Debug, PartialEq, Eq)]
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
#[derive(Clone, Debug, PartialEq, Eq)]
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

impl MessageUpdate {
    /// Turns the messages of before (none at first) into those of now.
    pub fn apply(&self, rows: &mut Vec<MessageView>) {
        for change in self.changes.iter().cloned() {
            match change {
                MessageChange::Reset { rows: all } => *rows = all,
                MessageChange::Insert { at, row } => insert(rows, at, row),
                MessageChange::Update { at, row } => replace(rows, at, row),
                MessageChange::Remove { at } => drop(remove(rows, at)),
            }
        }
    }
}

// An update of another list does what it can: it is not told what is wrong by a panic.

fn insert<T>(rows: &mut Vec<T>, at: u32, row: T) {
    rows.insert(index(at).min(rows.len()), row);
}

fn replace<T>(rows: &mut [T], at: u32, row: T) {
    if let Some(old) = rows.get_mut(index(at)) {
        *old = row;
    }
}

fn remove<T>(rows: &mut Vec<T>, at: u32) -> Option<T> {
    (index(at) < rows.len()).then(|| rows.remove(index(at)))
}

fn index(at: u32) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}

/// A window of a conversation, as it is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowOf {
    /// The conversation.
    pub id: ConversationId,
    /// Where it begins.
    pub start: WindowStart,
    /// How many messages, 1 to 500.
    pub limit: u32,
}

/// How a window of a conversation is moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
