//! Messages of ours that are taken back from the outbox, and places of what could not be opened.

use rusqlite::params;

use super::error::StoreError;
use super::messages::{MessageRow, read_message};
use super::model::{StoredBody, StoredCode, StoredDelivery};
use super::tx::{Tx, capped};
use crate::protocol::ids::{ConversationId, Counter, DeviceNumber};

impl Tx<'_> {
    /// The last place in a conversation that stands for something that could not be opened.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn last_unopened(
        &self,
        conversation: ConversationId,
    ) -> Result<Option<MessageRow>, StoreError> {
        self.find(
            // 3 is StoredBody::UNOPENED, by its number because the index has it.
            "SELECT place, direction, device, counter, kind, data, sent_ms, stored_ms, delivery
             FROM messages
             WHERE conversation = (SELECT key FROM conversations WHERE account = ?1) AND kind = 3
             ORDER BY place DESC LIMIT 1",
            [conversation.0.0],
            |columns| read_message(conversation, columns),
        )
    }

    /// Notes that a message of ours waits again and has no counter: it is encrypted anew when it may leave.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn set_waiting(&self, conversation: ConversationId, place: u64) -> Result<(), StoreError> {
        self.execute(
            "UPDATE messages SET delivery = ?3, counter = 0
             WHERE conversation = (SELECT key FROM conversations WHERE account = ?1)
               AND place = ?2",
            params![
                conversation.0.0,
                capped(place),
                StoredDelivery::Waiting.code()
            ],
        )
        .map(drop)
    }

    /// Notes that texts of ours wait again which count as delivered to a device under these counters: of those stored since
    /// a time, in milliseconds since 1970, the newest `most`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn doubt_delivered(
        &self,
        conversation: ConversationId,
        device: DeviceNumber,
        (first, last): (Counter, Counter),
        since_ms: u64,
        most: u32,
    ) -> Result<(), StoreError> {
        self.execute(
            "UPDATE messages SET delivery = ?7, counter = 0
             WHERE conversation = (SELECT key FROM conversations WHERE account = ?1)
               AND place IN (
                 SELECT place FROM messages
                 WHERE conversation = (SELECT key FROM conversations WHERE account = ?1)
                   AND direction = 2 AND device = ?2 AND delivery = 5 AND kind = ?8
                   AND counter > 0 AND counter BETWEEN ?3 AND ?4 AND stored_ms >= ?5
                 ORDER BY place DESC LIMIT ?6)",
            params![
                conversation.0.0,
                device.0,
                capped(first),
                capped(last),
                capped(since_ms),
                most,
                StoredDelivery::Waiting.code(),
                StoredBody::TEXT
            ],
        )
        .map(drop)
    }

    /// Takes an envelope out of the outbox; no error if it is gone already.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn delete_outbox(&self, id: i64) -> Result<(), StoreError> {
        self.execute("DELETE FROM outbox WHERE id = ?1", [id])
            .map(drop)
    }
}
