//! Calls about what is stored: report, deletion, room given back, export.

use std::path::PathBuf;

use tokio::sync::oneshot;

use super::Messenger;
use crate::client::ClientError;
use crate::client::view::{
    CleanUpPlace, CleanUpProgress, ConversationId, ExportProgress, StorageView,
};
use crate::net::disk::free_bytes;
use crate::net::system::{system_now, system_rng};

/// Messages deleted in one transaction.
const DELETE_BATCH: usize = 25;

impl Messenger {
    /// How much is stored, by kind. Short, whatever is stored.
    ///
    /// # Errors
    /// A store error.
    pub async fn storage(&self) -> Result<StorageView, ClientError> {
        let view = self.call(|engine| engine.storage()).await?;
        Ok(StorageView {
            disk_free_bytes: free_bytes(&self.directory),
            ..view
        })
    }

    /// Deletes messages here; the contact keeps them. Returns how many went: what is on its way to the contact stays,
    /// and so does a missing place that may still be filled. Twenty-five at a time, each twenty-five whole or not at all.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], or a store error.
    pub async fn delete_messages(
        &self,
        id: ConversationId,
        places: Vec<u64>,
    ) -> Result<u32, ClientError> {
        let mut deleted = 0_u32;
        for batch in places.chunks(DELETE_BATCH) {
            let batch = batch.to_vec();
            let count = self
                .call(move |engine| {
                    engine.delete_messages(id, &batch, system_now(), &mut system_rng())
                })
                .await?;
            deleted = deleted.saturating_add(count);
        }
        Ok(deleted)
    }

    /// One batch of a clean-up: deletes here what was stored before a time (milliseconds since 1970), in one
    /// conversation or in all. Go on with `next` until there is none; to cancel, do not go on.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], or a store error.
    pub async fn clean_up(
        &self,
        within: Option<ConversationId>,
        before_ms: u64,
        from: Option<CleanUpPlace>,
    ) -> Result<CleanUpProgress, ClientError> {
        self.call(move |engine| {
            engine.clean_up(within, before_ms, from, system_now(), &mut system_rng())
        })
        .await
    }

    /// Gives up to a mebibyte of what is free in the store's file back to the disk; returns how many bytes are left to
    /// give. Go on until that is 0; to cancel, do not go on.
    ///
    /// # Errors
    /// [`ClientError::DiskFull`], or a store error; nothing is lost.
    pub async fn shrink_store(&self) -> Result<u64, ClientError> {
        self.call(|engine| engine.shrink_store()).await
    }

    /// Begins to write a conversation into a new folder inside `folder`, named after the contact: `messages.html` for
    /// people, `messages.json` for programs. **They are not encrypted.** Nothing is there under that name until
    /// [`ConversationExport::step`] has written all; dropped before, the export leaves nothing behind.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], [`ClientError::ExportExists`], [`ClientError::ExportFailed`],
    /// [`ClientError::DiskFull`], or a store error.
    pub async fn export_conversation(
        &self,
        id: ConversationId,
        folder: PathBuf,
    ) -> Result<ConversationExport, ClientError> {
        let (reply, answer) = oneshot::channel();
        self.post(Box::new(move |worker| {
            let begun = worker.begin_export(id, &folder);
            // A caller that has stopped waiting will not end it.
            if let Err(Ok(number)) = reply.send(begun) {
                worker.drop_export(number);
            }
        }))?;
        let number = match answer.await {
            Ok(begun) => begun?,
            Err(_) => return Err(self.ended().await),
        };
        Ok(ConversationExport {
            messenger: self.clone(),
            number,
        })
    }
}

/// An export that is under way. Dropped before its end, it deletes what it has written.
pub struct ConversationExport {
    messenger: Messenger,
    number: u64,
}

impl ConversationExport {
    /// Writes the next messages. The export is whole when this gives its folder; to cancel, drop it.
    ///
    /// # Errors
    /// As [`Messenger::export_conversation`]; the export is over then and nothing of it is left.
    /// [`ClientError::ExportFailed`] after its end.
    pub async fn step(&self) -> Result<ExportProgress, ClientError> {
        let number = self.number;
        self.messenger
            .call_worker(move |worker| worker.step_export(number))
            .await
    }
}

impl Drop for ConversationExport {
    fn drop(&mut self) {
        let number = self.number;
        // A worker that has ended has dropped it.
        let _ = self
            .messenger
            .post(Box::new(move |worker| worker.drop_export(number)));
    }
}
