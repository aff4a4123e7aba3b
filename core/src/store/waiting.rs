//! Messages of ours that have not left: those that wait to be encrypted, and all that is not at a relay.

use std::collections::BTreeMap;

use rusqlite::params;

use super::error::StoreError;
use super::messages::{MessageRow, read_message};
use super::texts::read_body;
use super::tx::{Columns, Tx, capped};
use crate::protocol::ids::{AccountId, ConversationId, DeviceAddress};

/// What has not left in one conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueRow {
    /// The conversation.
    pub conversation: ConversationId,
    /// Messages that wait to be encrypted.
    pub waiting: u32,
    /// Messages that are encrypted and not at the relay.
    pub queued: u32,
    /// When the oldest of them was stored, in milliseconds since 1970.
    pub oldest_ms: u64,
}

// The literals of `delivery` 2 (queued), 3 (waiting) and 5 (delivered), and of `direction` 2 (outgoing), are those of
// store/model.rs; 3 is also that of the index messages_waiting, which is used for that.
impl Tx<'_> {
    /// The first `limit` messages that wait to be encrypted for a device, in the order in which they were written.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn waiting_messages(
        &self,
        peer: DeviceAddress,
        limit: u32,
    ) -> Result<Vec<MessageRow>, StoreError> {
        let conversation = ConversationId(peer.account);
        self.list(
            "SELECT place, direction, device, counter, kind, data, sent_ms, stored_ms, delivery
             FROM messages
             WHERE conversation = (SELECT key FROM conversations WHERE account = ?1)
               AND device = ?2 AND delivery = 3 ORDER BY place LIMIT ?3",
            params![peer.account.0, peer.device.0, limit],
            |columns| read_message(conversation, columns),
        )
    }

    /// Whether a message waits to be encrypted for a device.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn has_waiting(&self, peer: DeviceAddress) -> Result<bool, StoreError> {
        self.find_one(
            "SELECT EXISTS (SELECT 1 FROM messages
               WHERE conversation = (SELECT key FROM conversations WHERE account = ?1)
                 AND device = ?2 AND delivery = 3)",
            params![peer.account.0, peer.device.0],
            |columns| columns.bool(0),
        )
    }

    /// The devices for which messages wait.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn waiting_peers(&self) -> Result<Vec<DeviceAddress>, StoreError> {
        self.list(
            "SELECT DISTINCT account, device FROM messages JOIN conversations ON conversation = key
             WHERE delivery = 3 ORDER BY account, device",
            [],
            |columns| columns.device(0),
        )
    }

    /// What has not left, by conversation, the one with the oldest message first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn list_queue(&self) -> Result<Vec<QueueRow>, StoreError> {
        let read = |columns: &Columns<'_>| {
            let account = AccountId(columns.array(0)?);
            Ok((account, columns.u32(1)?, columns.u64(2)?))
        };
        let waiting = self.list(
            "SELECT account, count(*), min(stored_ms)
             FROM messages JOIN conversations ON conversation = key
             WHERE delivery = 3 GROUP BY account",
            [],
            read,
        )?;
        let queued = self.list(
            "SELECT outbox.account, count(*), min(stored_ms)
             FROM outbox_unput CROSS JOIN outbox USING (id)
               JOIN conversations ON conversations.account = outbox.account
               JOIN messages ON conversation = key AND messages.place = outbox.place
             WHERE delivery = 2 GROUP BY outbox.account",
            [],
            read,
        )?;
        let mut rows: BTreeMap<AccountId, QueueRow> = BTreeMap::new();
        let all = waiting.into_iter().map(|row| (row, true));
        for ((account, count, oldest_ms), waits) in
            all.chain(queued.into_iter().map(|row| (row, false)))
        {
            let row = rows.entry(account).or_insert(QueueRow {
                conversation: ConversationId(account),
                waiting: 0,
                queued: 0,
                oldest_ms,
            });
            row.oldest_ms = row.oldest_ms.min(oldest_ms);
            let counted = if waits {
                &mut row.waiting
            } else {
                &mut row.queued
            };
            *counted = count;
        }
        let mut rows: Vec<QueueRow> = rows.into_values().collect();
        rows.sort_by_key(|row| row.oldest_ms);
        Ok(rows)
    }

    /// The first `limit` messages of a conversation that have not left, by place.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn queued_messages(
        &self,
        conversation: ConversationId,
        limit: u32,
    ) -> Result<Vec<MessageRow>, StoreError> {
        let read = |columns: &Columns<'_>| read_message(conversation, columns);
        let mut rows = self.list(
            "SELECT messages.place, direction, messages.device, messages.counter, kind, data,
               sent_ms, stored_ms, delivery
             FROM outbox_by_peer CROSS JOIN outbox USING (id) JOIN messages
               ON conversation = (SELECT key FROM conversations WHERE account = ?1)
               AND messages.place = outbox.place
             WHERE of_account = ?1 AND put IS NULL AND delivery = 2
             ORDER BY messages.place LIMIT ?2",
            params![conversation.0.0, limit],
            read,
        )?;
        rows.extend(self.list(
            "SELECT place, direction, device, counter, kind, data, sent_ms, stored_ms, delivery
             FROM messages
             WHERE conversation = (SELECT key FROM conversations WHERE account = ?1)
               AND delivery = 3 ORDER BY place LIMIT ?2",
            params![conversation.0.0, limit],
            read,
        )?);
        rows.sort_by_key(|row| row.place);
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(rows)
    }

    /// The first `limit` messages of ours in a conversation that its contact does not have, at the relay or not, by place.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn undelivered_messages(
        &self,
        conversation: ConversationId,
        limit: u32,
    ) -> Result<Vec<MessageRow>, StoreError> {
        self.list(
            "SELECT place, direction, device, counter, kind, data, sent_ms, stored_ms, delivery
             FROM messages
             WHERE conversation = (SELECT key FROM conversations WHERE account = ?1)
               AND direction = 2 AND delivery <> 5 ORDER BY place LIMIT ?2",
            params![conversation.0.0, limit],
            |columns| read_message(conversation, columns),
        )
    }

    /// How many messages of ours in a conversation its contact does not have, those at the relay among the queued ones;
    /// nothing if there are none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn undelivered_queue(
        &self,
        conversation: ConversationId,
    ) -> Result<Option<QueueRow>, StoreError> {
        self.find(
            "SELECT count(*) FILTER (WHERE delivery = 3), count(*) FILTER (WHERE delivery <> 3),
               min(stored_ms)
             FROM messages
             WHERE conversation = (SELECT key FROM conversations WHERE account = ?1)
               AND direction = 2 AND delivery <> 5 GROUP BY conversation",
            [conversation.0.0],
            |columns| {
                Ok(QueueRow {
                    conversation,
                    waiting: columns.u32(0)?,
                    queued: columns.u32(1)?,
                    oldest_ms: columns.u64(2)?,
                })
            },
        )
    }

    /// Deletes a message that waits to be encrypted, with its words in the index. Its place stays empty.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Failed`] if no such message waits.
    pub fn delete_waiting(
        &self,
        conversation: ConversationId,
        place: u64,
    ) -> Result<(), StoreError> {
        let found = self.find(
            "SELECT conversation, text_row, kind, data FROM messages
             WHERE conversation = (SELECT key FROM conversations WHERE account = ?1)
               AND place = ?2 AND delivery = 3",
            params![conversation.0.0, capped(place)],
            |columns| {
                let row = columns.optional(1, Columns::i64)?;
                Ok((columns.i64(0)?, row, read_body(columns, 2)?))
            },
        )?;
        let (key, row, body) = found.ok_or(StoreError::Failed)?;
        self.forget_message((key, place), row, &body)
    }
}
