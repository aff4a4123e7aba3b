//! How much is stored, by kind: from counters that are kept, the numbers of pages, and the sizes of the files.

use super::error::StoreError;
use super::store::Store;
use super::tx::Tx;
use crate::protocol::ids::ConversationId;

/// What one conversation holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConversationSize {
    /// Which.
    pub id: ConversationId,
    /// Rows, those too that only keep a place.
    pub messages: u64,
    /// Bytes of their contents.
    pub bytes: u64,
}

/// How many bytes lie where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoreSizes {
    /// Envelopes that have not been delivered, and jobs for relays.
    pub outbox_bytes: u64,
    /// Sessions, skipped keys, prekeys, device logs and reconnect records.
    pub key_bytes: u64,
    /// Pictures of profiles, ours and those of contacts.
    pub picture_bytes: u64,
    /// The database, with what is free in it; the log is apart.
    pub database_bytes: u64,
    /// What is free in the database; [`Store::shrink`] gives it back.
    pub free_bytes: u64,
    /// The log of what was written lately.
    pub log_bytes: u64,
    /// Databases that were found damaged and moved aside.
    pub damaged_bytes: u64,
    /// Every file of the store's directory; the three above are among them.
    pub total_bytes: u64,
}

impl Tx<'_> {
    /// What each conversation holds, the largest first. Costs one row a conversation, however long they are.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn conversation_sizes(&self) -> Result<Vec<ConversationSize>, StoreError> {
        self.list(
            "SELECT account, messages, message_bytes FROM conversations
             ORDER BY message_bytes DESC, messages DESC, key",
            [],
            |columns| {
                Ok(ConversationSize {
                    id: columns.conversation(0)?,
                    messages: columns.u64(1)?,
                    bytes: columns.u64(2)?,
                })
            },
        )
    }

    /// What one conversation holds.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Failed`] if there is no such conversation.
    pub fn conversation_size(&self, id: ConversationId) -> Result<ConversationSize, StoreError> {
        self.find_one(
            "SELECT messages, message_bytes FROM conversations WHERE account = ?1",
            [id.0.0],
            |columns| {
                Ok(ConversationSize {
                    id,
                    messages: columns.u64(0)?,
                    bytes: columns.u64(1)?,
                })
            },
        )
    }

    /// Bytes of what waits to be delivered. An envelope's length is read, not the envelope.
    fn outbox_bytes(&self) -> Result<u64, StoreError> {
        self.find_one(
            "SELECT (SELECT coalesce(sum(length(envelope)), 0) FROM outbox JOIN outbox_slots USING (slot))
               + (SELECT coalesce(sum(length(request)), 0) FROM jobs)",
            [],
            |columns| columns.u64(0),
        )
    }

    /// Bytes of keys and what certifies them; some kilobytes a contact.
    fn key_bytes(&self) -> Result<u64, StoreError> {
        self.find_one(
            "SELECT (SELECT coalesce(sum(length(state) + ifnull(length(initial), 0)), 0) FROM sessions)
               + (SELECT coalesce(sum(length(key)), 0) FROM skipped_keys)
               + (SELECT coalesce(sum(length(public) + length(secret)), 0) FROM prekeys)
               + (SELECT coalesce(sum(length(record)), 0) FROM peer_records)
               + (SELECT coalesce(sum(length(log)), 0) FROM conversations)",
            [],
            |columns| columns.u64(0),
        )
    }
}

impl Store {
    /// How many bytes lie where. Reads the contacts' keys and the outbox, no message: below a millisecond for hundreds
    /// of contacts, whatever was written with them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn sizes(&self) -> Result<StoreSizes, StoreError> {
        let mut sizes = match self.files() {
            Some(files) => files.sizes()?,
            None => StoreSizes::default(),
        };
        self.read(|tx| {
            sizes.outbox_bytes = tx.outbox_bytes()?;
            sizes.key_bytes = tx.key_bytes()?;
            sizes.picture_bytes = tx.picture_bytes()?;
            Ok::<_, StoreError>(())
        })?;
        let database = self.database_bytes()?;
        sizes.database_bytes = database.all;
        sizes.free_bytes = database.free;
        Ok(sizes)
    }
}
