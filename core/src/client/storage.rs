//! What is stored and how much it takes; deleting messages here, and giving room back.

use rand_core::CryptoRng;

use super::body::MISSING;
use super::engine::Engine;
use super::error::ClientError;
use super::input::Now;
use super::step::{Changed, touch};
use super::view::{
    CleanUpProgress, ConversationId, ConversationStorage, ExportHeading, StorageView,
};
use crate::store::{CleanUpPlace, StoreSizes};

/// Milliseconds after a deletion before the index is written anew: more may be deleted until then.
const SWEEP_AFTER_MS: u64 = 1000;
/// Milliseconds between two slices of that, so that what a user does comes first.
const SWEEP_PAUSE_MS: u64 = 100;

impl Engine {
    /// What is stored, by kind. Reads counters that are kept and the sizes of files: below a millisecond for hundreds
    /// of conversations of any length.
    ///
    /// # Errors
    /// A store error.
    pub fn storage(&self) -> Result<StorageView, ClientError> {
        let StoreSizes {
            outbox_bytes,
            key_bytes,
            picture_bytes,
            database_bytes,
            free_bytes,
            log_bytes,
            damaged_bytes,
            total_bytes,
        } = self.store.sizes()?;
        let conversations: Vec<ConversationStorage> = self
            .store
            .read(|tx| tx.conversation_sizes())?
            .into_iter()
            .map(|size| ConversationStorage {
                id: size.id,
                messages: size.messages,
                bytes: size.bytes,
            })
            .collect();
        let messages = conversations.iter().map(|each| each.messages).sum();
        let message_bytes = conversations.iter().map(|each| each.bytes).sum();
        Ok(StorageView {
            conversations,
            messages,
            message_bytes,
            outbox_bytes,
            key_bytes,
            picture_bytes,
            index_bytes: database_bytes
                .saturating_sub(free_bytes)
                .saturating_sub(message_bytes)
                .saturating_sub(outbox_bytes)
                .saturating_sub(key_bytes)
                .saturating_sub(picture_bytes),
            free_bytes,
            log_bytes,
            damaged_bytes,
            total_bytes,
            disk_free_bytes: None,
        })
    }

    /// What an export says of a conversation before its messages.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], or a store error.
    pub fn export_heading(&self, id: ConversationId) -> Result<ExportHeading, ClientError> {
        self.store.read(|tx| {
            let row = tx.load_conversation(id)?.ok_or(ClientError::NotFound)?;
            Ok(ExportHeading {
                name: row.name,
                nickname: tx.load_arrangement(id)?.nickname,
                messages: tx.conversation_size(id)?.messages,
            })
        })
    }

    /// Deletes messages here; the contact keeps them. Returns how many went, in one transaction: what is on its way to
    /// the contact stays, because it may have to be sent again, and so does a missing place that may still be filled.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], or a store error.
    pub fn delete_messages(
        &mut self,
        id: ConversationId,
        places: &[u64],
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<u32, ClientError> {
        let deleted = self.step(now, rng, |step| {
            step.tx
                .load_conversation(id)?
                .ok_or(ClientError::NotFound)?;
            let deleted = step.tx.delete_messages(id, places, MISSING)?;
            if deleted > 0 {
                touch(step.tx, Changed::Conversation(id))?;
            }
            Ok(deleted)
        })?;
        if deleted > 0 {
            self.sweep_due_ms = Some(now.ms.saturating_add(SWEEP_AFTER_MS));
        }
        self.settle(now, rng);
        Ok(deleted)
    }

    /// One batch of a clean-up: deletes here what was stored before a time, in one conversation or in all, as
    /// [`Engine::delete_messages`] does, in one transaction. Whoever stops between two batches has deleted what the
    /// batches before say.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], or a store error.
    pub fn clean_up(
        &mut self,
        within: Option<ConversationId>,
        before_ms: u64,
        from: Option<CleanUpPlace>,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<CleanUpProgress, ClientError> {
        let batch = self.step(now, rng, |step| {
            if let Some(id) = within {
                step.tx
                    .load_conversation(id)?
                    .ok_or(ClientError::NotFound)?;
            }
            let from = from.unwrap_or_default();
            let batch = step.tx.delete_older(within, before_ms, from, MISSING)?;
            for id in &batch.changed {
                touch(step.tx, Changed::Conversation(*id))?;
            }
            Ok(batch)
        })?;
        if batch.deleted > 0 {
            self.sweep_due_ms = Some(now.ms.saturating_add(SWEEP_AFTER_MS));
        }
        self.settle(now, rng);
        Ok(CleanUpProgress {
            looked_at: batch.looked_at,
            deleted: batch.deleted,
            next: batch.next,
        })
    }

    /// Gives up to a mebibyte of what is free in the store's file back to the disk; returns how many bytes are left to
    /// give. Call it until that is 0.
    ///
    /// # Errors
    /// A store error; nothing is lost.
    pub fn shrink_store(&mut self) -> Result<u64, ClientError> {
        let left = self.store.shrink()?;
        self.store.empty_log()?;
        Ok(left)
    }

    /// What deletions have left to do, a slice at a time.
    pub(crate) fn sweep(&mut self, now: Now) -> Result<(), ClientError> {
        if self.sweep_due_ms.is_none_or(|due| due > now.ms) {
            return Ok(());
        }
        if self.store.scrub()? {
            self.sweep_due_ms = Some(now.ms.saturating_add(SWEEP_PAUSE_MS));
        } else {
            self.store.empty_log()?;
            self.sweep_due_ms = None;
        }
        Ok(())
    }

    /// Something was deleted: it leaves the log now, and signposts of the index a little later.
    pub(crate) fn note_deleted(&mut self, now: Now) {
        self.has_deleted = true;
        self.sweep_due_ms = Some(now.ms.saturating_add(SWEEP_AFTER_MS));
    }
}
