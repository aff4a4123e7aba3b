//! What is stored: report, deletion, room given back, export.

use std::path::PathBuf;
use std::sync::Arc;

use tacita_core::client::view::{
    CleanUpPlace, CleanUpProgress, ConversationId, ConversationStorage, ExportProgress, StorageView,
};
use tacita_core::net;

use crate::client::Client;
use crate::error::ClientError;

/// How much is stored, by kind.
#[uniffi::remote(Record)]
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
    /// Bytes that are free in the file; `shrink_store` gives them back.
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
#[uniffi::remote(Record)]
pub struct ConversationStorage {
    /// Which.
    pub id: ConversationId,
    /// Its messages, places that hold nothing to show among them.
    pub messages: u64,
    /// Bytes of their contents.
    pub bytes: u64,
}

/// Where a clean-up goes on.
#[uniffi::remote(Record)]
pub struct CleanUpPlace {
    /// The number of the conversation in this store.
    pub conversation: u64,
    /// The last place that was looked at.
    pub place: u64,
}

/// How far a clean-up has come.
#[uniffi::remote(Record)]
pub struct CleanUpProgress {
    /// Messages that this batch looked at.
    pub looked_at: u32,
    /// Messages that it deleted.
    pub deleted: u32,
    /// What to go on with; nothing at the end.
    pub next: Option<CleanUpPlace>,
}

/// How far an export has come.
#[uniffi::remote(Record)]
pub struct ExportProgress {
    /// Messages that are written.
    pub written: u64,
    /// About how many there are.
    pub messages: u64,
    /// The folder, once it is whole; its name is the contact's, without what file systems do not take.
    pub folder: Option<String>,
}

#[uniffi::export]
impl Client {
    /// How much is stored, by kind. Short, whatever is stored.
    pub async fn storage(&self) -> Result<StorageView, ClientError> {
        self.messenger.storage().await
    }

    /// Deletes messages here, by their places; the contact keeps them. Returns how many went: what is on its way to the
    /// contact stays, and so does a missing place that may still be filled.
    pub async fn delete_messages(
        &self,
        id: ConversationId,
        places: Vec<u64>,
    ) -> Result<u32, ClientError> {
        self.messenger.delete_messages(id, places).await
    }

    /// One batch of a clean-up: deletes here what was stored before a time (milliseconds since 1970), in one
    /// conversation or in all. Go on with its `next` until there is none; to cancel, do not go on.
    pub async fn clean_up(
        &self,
        within: Option<ConversationId>,
        before_ms: u64,
        from: Option<CleanUpPlace>,
    ) -> Result<CleanUpProgress, ClientError> {
        self.messenger.clean_up(within, before_ms, from).await
    }

    /// Gives up to a mebibyte of what is free in the store's file back to the disk; returns how many bytes are left to
    /// give. Go on until that is 0; to cancel, do not go on.
    pub async fn shrink_store(&self) -> Result<u64, ClientError> {
        self.messenger.shrink_store().await
    }

    /// Begins to write a conversation into a new folder inside `folder`, named after the contact: `messages.html` for
    /// people, `messages.json` for programs. They are not encrypted: warn the user, and delete them when they have
    /// served. Nothing is there under that name until all is written.
    ///
    /// Fails with `ExportExists` or `ExportFailed`.
    pub async fn export_conversation(
        &self,
        id: ConversationId,
        folder: String,
    ) -> Result<Arc<ConversationExport>, ClientError> {
        let folder = PathBuf::from(folder);
        let export = self.messenger.export_conversation(id, folder).await?;
        Ok(Arc::new(ConversationExport { export }))
    }
}

/// An export that is under way. Let go of before its end, it deletes what it has written.
#[derive(uniffi::Object)]
pub struct ConversationExport {
    export: net::ConversationExport,
}

#[uniffi::export]
impl ConversationExport {
    /// Writes the next messages. The export is whole when this gives its folder; to cancel, let go of it.
    ///
    /// After an error the export is over and nothing of it is left. Fails with `ExportExists` or `ExportFailed`.
    pub async fn step(&self) -> Result<ExportProgress, ClientError> {
        self.export.step().await
    }
}
