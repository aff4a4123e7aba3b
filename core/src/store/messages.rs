//! Messages, clustered by conversation and place: a page of history is a few pages of the file.

use rusqlite::params;

use super::error::StoreError;
use super::model::{Direction, StoredBody, StoredCode, StoredDelivery};
use super::texts::read_body;
use super::tx::{Columns, Tx, capped, stored};
use crate::protocol::ids::{ConversationId, Counter, DeviceNumber};

/// One place of a conversation and what stands there.
#[derive(Clone, PartialEq, Eq)]
pub struct MessageRow {
    /// Its conversation.
    pub conversation: ConversationId,
    /// Its place, from 1; given by [`Tx::append_message`], never changed.
    pub place: u64,
    /// Which way it went.
    pub direction: Direction,
    /// The other end's device, whichever the direction.
    pub device: DeviceNumber,
    /// Its counter in that direction of the device pair; 0 if it has none.
    pub counter: Counter,
    /// What it holds.
    pub body: StoredBody,
    /// The sender's clock when it was written, in milliseconds since 1970; kept up to 2^63-1.
    pub sent_ms: u64,
    /// Our clock when it was stored, in milliseconds since 1970.
    pub stored_ms: u64,
    /// How far it is.
    pub delivery: StoredDelivery,
}

/// The columns are in the order `place, direction, device, counter, kind, data, sent_ms, stored_ms, delivery`.
pub(super) fn read_message(
    conversation: ConversationId,
    columns: &Columns<'_>,
) -> Result<MessageRow, StoreError> {
    read_message_at(conversation, columns, 0)
}

/// The same columns, from this one on.
pub(super) fn read_message_at(
    conversation: ConversationId,
    columns: &Columns<'_>,
    index: usize,
) -> Result<MessageRow, StoreError> {
    Ok(MessageRow {
        conversation,
        place: columns.u64(index)?,
        direction: columns.code(index + 1)?,
        device: DeviceNumber(columns.u32(index + 2)?),
        counter: columns.u64(index + 3)?,
        body: read_body(columns, index + 4)?,
        sent_ms: columns.u64(index + 6)?,
        stored_ms: columns.u64(index + 7)?,
        delivery: columns.code(index + 8)?,
    })
}

impl Tx<'_> {
    /// Puts a message behind all others of its conversation and returns its place; `row.place` is not read.
    /// The conversation's activity moves on to `row.stored_ms`.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Failed`] if there is no such conversation, or an incoming message with this
    /// device and counter.
    pub fn append_message(&self, row: &MessageRow) -> Result<u64, StoreError> {
        let (key, place) = self.find_one(
            "UPDATE conversations SET last_place = last_place + 1, messages = messages + 1,
               message_bytes = message_bytes + ?3, activity_ms = max(activity_ms, ?2)
             WHERE account = ?1 RETURNING key, last_place",
            params![
                row.conversation.0.0,
                capped(row.stored_ms),
                row.body.stored_bytes()?
            ],
            |columns| Ok((columns.i64(0)?, columns.u64(1)?)),
        )?;
        let text_row = self.index_text((key, place), &row.body)?;
        self.execute_one(
            "INSERT INTO messages (conversation, place, direction, device, counter, kind, data,
               sent_ms, stored_ms, delivery, text_row)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            params![
                key,
                stored(place)?,
                row.direction.code(),
                row.device.0,
                stored(row.counter)?,
                row.body.kind,
                row.body.data,
                capped(row.sent_ms),
                capped(row.stored_ms),
                row.delivery.code(),
                text_row,
            ],
        )?;
        Ok(place)
    }

    /// What stands at a place.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn message_at(
        &self,
        conversation: ConversationId,
        place: u64,
    ) -> Result<Option<MessageRow>, StoreError> {
        self.find(
            "SELECT place, direction, device, counter, kind, data, sent_ms, stored_ms, delivery
             FROM messages
             WHERE conversation = (SELECT key FROM conversations WHERE account = ?1)
               AND place = ?2",
            params![conversation.0.0, capped(place)],
            |columns| read_message(conversation, columns),
        )
    }

    /// The incoming message with a counter; never one without (0).
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn incoming_by_counter(
        &self,
        conversation: ConversationId,
        device: DeviceNumber,
        counter: Counter,
    ) -> Result<Option<MessageRow>, StoreError> {
        let Ok(counter) = stored(counter) else {
            // Such a counter was never stored.
            return Ok(None);
        };
        self.find(
            "SELECT place, direction, device, counter, kind, data, sent_ms, stored_ms, delivery
             FROM messages
             WHERE conversation = (SELECT key FROM conversations WHERE account = ?1)
               AND direction = 1 AND device = ?2 AND counter = ?3 AND counter > 0",
            params![conversation.0.0, device.0, counter],
            |columns| read_message(conversation, columns),
        )
    }

    /// Puts content into a place that has none yet, or replaces it.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Failed`] if there is no such place.
    pub fn fill_message(
        &self,
        conversation: ConversationId,
        place: u64,
        body: &StoredBody,
        sent_ms: u64,
    ) -> Result<(), StoreError> {
        let found = self.find(
            "SELECT conversation, text_row, kind, data FROM messages
             WHERE conversation = (SELECT key FROM conversations WHERE account = ?1)
               AND place = ?2",
            params![conversation.0.0, capped(place)],
            |columns| {
                let row = columns.optional(1, Columns::i64)?;
                Ok((columns.i64(0)?, row, read_body(columns, 2)?))
            },
        )?;
        let (key, row, old) = found.ok_or(StoreError::Failed)?;
        let text_row = self.index_text_again((key, place), (row, &old), body)?;
        self.execute_one(
            "UPDATE conversations SET message_bytes = message_bytes + ?2 WHERE key = ?1",
            params![key, body.stored_bytes()? - old.stored_bytes()?],
        )?;
        self.execute_one(
            "UPDATE messages SET kind = ?3, data = ?4, sent_ms = ?5, text_row = ?6
             WHERE conversation = ?1 AND place = ?2",
            params![
                key,
                stored(place)?,
                body.kind,
                body.data,
                capped(sent_ms),
                text_row
            ],
        )
    }

    /// Notes that a message of ours was encrypted under a counter and is in the outbox.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Failed`] if it is gone.
    pub fn set_queued(
        &self,
        conversation: ConversationId,
        place: u64,
        counter: Counter,
    ) -> Result<(), StoreError> {
        self.execute_one(
            "UPDATE messages SET delivery = ?3, counter = ?4
             WHERE conversation = (SELECT key FROM conversations WHERE account = ?1)
               AND place = ?2",
            params![
                conversation.0.0,
                capped(place),
                StoredDelivery::Queued.code(),
                stored(counter)?
            ],
        )
    }

    /// Notes that a message of ours is at the contact's relay, unless it has come further already.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn set_sent_if_queued(
        &self,
        conversation: ConversationId,
        place: u64,
    ) -> Result<(), StoreError> {
        self.execute(
            "UPDATE messages SET delivery = ?3
             WHERE conversation = (SELECT key FROM conversations WHERE account = ?1)
               AND place = ?2 AND delivery = ?4",
            params![
                conversation.0.0,
                capped(place),
                StoredDelivery::Sent.code(),
                StoredDelivery::Queued.code()
            ],
        )
        .map(drop)
    }

    /// The last `limit` messages before a place (`None`: of all), oldest first, and whether there are earlier ones.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn page_before(
        &self,
        conversation: ConversationId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<(Vec<MessageRow>, bool), StoreError> {
        let mut rows = self.list(
            "SELECT place, direction, device, counter, kind, data, sent_ms, stored_ms, delivery
             FROM messages
             WHERE conversation = (SELECT key FROM conversations WHERE account = ?1)
               AND place < ?2 ORDER BY place DESC LIMIT ?3",
            params![
                conversation.0.0,
                before.map_or(i64::MAX, capped),
                i64::from(limit) + 1
            ],
            |columns| read_message(conversation, columns),
        )?;
        let more = cut_page(&mut rows, limit);
        rows.reverse();
        Ok((rows, more))
    }

    /// The first `limit` messages after a place (0: of all), oldest first, and whether there are later ones.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn page_after(
        &self,
        conversation: ConversationId,
        after: u64,
        limit: u32,
    ) -> Result<(Vec<MessageRow>, bool), StoreError> {
        let mut rows = self.list(
            "SELECT place, direction, device, counter, kind, data, sent_ms, stored_ms, delivery
             FROM messages
             WHERE conversation = (SELECT key FROM conversations WHERE account = ?1)
               AND place > ?2 ORDER BY place LIMIT ?3",
            params![conversation.0.0, capped(after), i64::from(limit) + 1],
            |columns| read_message(conversation, columns),
        )?;
        let more = cut_page(&mut rows, limit);
        Ok((rows, more))
    }

    /// What stands from one place to another, both included, oldest first; of more than `limit` the last ones.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn messages_between(
        &self,
        conversation: ConversationId,
        (first, last): (u64, u64),
        limit: u32,
    ) -> Result<Vec<MessageRow>, StoreError> {
        let mut rows = self.list(
            "SELECT place, direction, device, counter, kind, data, sent_ms, stored_ms, delivery
             FROM messages
             WHERE conversation = (SELECT key FROM conversations WHERE account = ?1)
               AND place BETWEEN ?2 AND ?3 ORDER BY place DESC LIMIT ?4",
            params![conversation.0.0, capped(first), capped(last), limit],
            |columns| read_message(conversation, columns),
        )?;
        rows.reverse();
        Ok(rows)
    }

    /// The first incoming message behind a place, without those of the kinds named.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn first_incoming_after(
        &self,
        conversation: ConversationId,
        place: u64,
        [first, second]: [u16; 2],
    ) -> Result<Option<u64>, StoreError> {
        self.find(
            "SELECT place FROM messages
             WHERE conversation = (SELECT key FROM conversations WHERE account = ?1)
               AND place > ?2 AND direction = 1 AND kind <> ?3 AND kind <> ?4
             ORDER BY place LIMIT 1",
            params![conversation.0.0, capped(place), first, second],
            |columns| columns.u64(0),
        )
    }

    /// Marks as delivered what a device says it has, up to a counter; returns how many messages changed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn deliver_up_to(
        &self,
        conversation: ConversationId,
        device: DeviceNumber,
        up_to: Counter,
    ) -> Result<u32, StoreError> {
        self.deliver_range(conversation, device, (1, up_to))
    }

    /// As [`Tx::deliver_up_to`], for ranges (first, last) of a receipt.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn deliver_ranges(
        &self,
        conversation: ConversationId,
        device: DeviceNumber,
        ranges: &[(Counter, Counter)],
    ) -> Result<u32, StoreError> {
        let mut changed = 0;
        for &range in ranges {
            changed += self.deliver_range(conversation, device, range)?;
        }
        Ok(changed)
    }

    fn deliver_range(
        &self,
        conversation: ConversationId,
        device: DeviceNumber,
        (first, last): (Counter, Counter),
    ) -> Result<u32, StoreError> {
        // One that waits was never sent, whatever the peer says.
        let changed = self.execute(
            "UPDATE messages SET delivery = 5
             WHERE conversation = (SELECT key FROM conversations WHERE account = ?1)
               AND device = ?2 AND direction = 2 AND delivery <> 5 AND delivery <> ?5
               AND counter > 0 AND counter BETWEEN ?3 AND ?4",
            params![
                conversation.0.0,
                device.0,
                capped(first),
                capped(last),
                StoredDelivery::Waiting.code()
            ],
        )?;
        u32::try_from(changed).map_err(|_| StoreError::Failed)
    }
}

/// Takes away the row beyond the page that was read to see whether there is one.
fn cut_page(rows: &mut Vec<MessageRow>, limit: u32) -> bool {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    more
}
