//! How much is stored, cleaning up, and export.

use crate::protocol::ids::ConversationId;
use crate::store::CleanUpPlace;

/// How much is stored, by kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageView {
    /// Each conversation, the largest first.
    pub conversations: Vec<ConversationStorage>,
    /// Messages of all conversations.
    pub messages: u64,
    /// Bytes of their contents.
    pub message_bytes: u64,
    /// Bytes of what waits to be delivered.
    pub outbox_bytes: u64,
    /// Bytes of keys, sessions and what certifies them.
    pub key_bytes: u64,
    /// Bytes of profile pictures.
    pub picture_bytes: u64,
    /// Bytes of the search index, and of what keeps rows in order.
    pub index_bytes: u64,
    /// Bytes that are free in the file; `shrink` gives them back.
    pub free_bytes: u64,
    /// Bytes of the log of what was written lately.
    pub log_bytes: u64,
    /// Bytes of databases that were found damaged and moved aside.
    pub damaged_bytes: u64,
    /// Bytes of all files in the store's directory, the ones above among them.
    pub total_bytes: u64,
    /// Bytes that are free on the disk for this process, where the system says so.
    pub disk_free_bytes: Option<u64>,
}

/// What one conversation holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversationStorage {
    /// Which.
    pub id: ConversationId,
    /// Its messages, places that hold nothing to show among them.
    pub messages: u64,
    /// Bytes of their contents.
    pub bytes: u64,
}

/// How far a clean-up has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CleanUpProgress {
    /// Messages that this batch looked at.
    pub looked_at: u32,
    /// Messages that it deleted.
    pub deleted: u32,
    /// What to go on with; `None` at the end.
    pub next: Option<CleanUpPlace>,
}

/// What an export says of a conversation before its messages.
#[derive(Clone, PartialEq, Eq)]
pub struct ExportHeading {
    /// The name that the contact gave.
    pub name: String,
    /// The user's own name for the contact; empty for none.
    pub nickname: String,
    /// Messages that are stored, places that hold nothing to show among them.
    pub messages: u64,
}

impl ExportHeading {
    /// The name that is shown.
    #[must_use]
    pub fn shown_name(&self) -> &str {
        if self.nickname.is_empty() {
            &self.name
        } else {
            &self.nickname
        }
    }
}

impl std::fmt::Debug for ExportHeading {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ExportHeading(redacted)")
    }
}

/// How far an export has come.
#[derive(Clone, PartialEq, Eq)]
pub struct ExportProgress {
    /// Messages that are written.
    pub written: u64,
    /// About how many there are.
    pub messages: u64,
    /// The folder, once it is whole; its name is the contact's, without what file systems do not take.
    pub folder: Option<String>,
}

impl std::fmt::Debug for ExportProgress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The folder tells a contact's name.
        f.write_str("ExportProgress(redacted)")
    }
}
