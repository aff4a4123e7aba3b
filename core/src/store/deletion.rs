//! Deleting messages: of places, or older than a time in batches. What may still be needed stays.

use rusqlite::params;

use super::error::StoreError;
use super::model::{Direction, StoredBody, StoredDelivery};
use super::sabotage::{Breakage, is};
use super::texts::read_body;
use super::tx::{Columns, Tx, capped, stored};
use crate::protocol::ids::{ConversationId, DeviceNumber};

/// Messages deleted in one batch; their words take the time.
const DELETE_BATCH: usize = 25;
/// Rows looked at in one batch.
const LOOK_BATCH: u32 = 500;

/// How far a clean-up has come; one that goes on there leaves nothing out, whatever came between.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CleanUpPlace {
    /// The number of the conversation in this store.
    pub conversation: u64,
    /// The last place that was looked at.
    pub place: u64,
}

/// What one batch of a clean-up did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CleanUpBatch {
    /// Rows that were looked at.
    pub looked_at: u32,
    /// Rows that were deleted.
    pub deleted: u32,
    /// The conversations that they stood in.
    pub changed: Vec<ConversationId>,
    /// Where to go on; `None` at the end.
    pub next: Option<CleanUpPlace>,
}

/// A row that may be deleted.
struct Candidate {
    conversation: i64,
    place: u64,
    direction: Direction,
    device: DeviceNumber,
    counter: u64,
    delivery: StoredDelivery,
    stored_ms: u64,
    text_row: Option<i64>,
    body: StoredBody,
}

/// The columns are in the order `conversation, place, direction, device, counter, delivery, stored_ms, text_row, kind,
/// data`.
fn read_candidate(columns: &Columns<'_>) -> Result<Candidate, StoreError> {
    Ok(Candidate {
        conversation: columns.i64(0)?,
        place: columns.u64(1)?,
        direction: columns.code(2)?,
        device: DeviceNumber(columns.u32(3)?),
        counter: columns.u64(4)?,
        delivery: columns.code(5)?,
        stored_ms: columns.u64(6)?,
        text_row: columns.optional(7, Columns::i64)?,
        body: read_body(columns, 8)?,
    })
}

impl Tx<'_> {
    /// Deletes what stands at these places, here only; returns how many rows went. What is of no use to delete stays:
    /// what is still on its way to the contact, because it may have to be sent again, and the kind `kept`, which keeps
    /// a place for what may still come. A place that holds nothing is no error.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn delete_messages(
        &self,
        conversation: ConversationId,
        places: &[u64],
        kept: u16,
    ) -> Result<u32, StoreError> {
        let mut deleted = 0;
        for &place in places {
            let found = self.find(
                "SELECT conversation, place, direction, device, counter, delivery, stored_ms, text_row,
                   kind, data FROM messages
                 WHERE conversation = (SELECT key FROM conversations WHERE account = ?1)
                   AND place = ?2",
                params![conversation.0.0, capped(place)],
                read_candidate,
            )?;
            if let Some(row) = found
                && self.may_go(&row, kept)?
            {
                self.delete_row(&row)?;
                deleted += 1;
            }
        }
        Ok(deleted)
    }

    /// One batch of a clean-up: deletes what was stored before a time, in one conversation or in all, as
    /// [`Tx::delete_messages`] does.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn delete_older(
        &self,
        within: Option<ConversationId>,
        before_ms: u64,
        from: CleanUpPlace,
        kept: u16,
    ) -> Result<CleanUpBatch, StoreError> {
        let mut from = (stored(from.conversation)?, from.place);
        let mut last_conversation = i64::MAX;
        if let Some(id) = within {
            let Some(key) = self.conversation_key(id)? else {
                return Ok(CleanUpBatch::default());
            };
            last_conversation = key;
            from = from.max((key, 0));
        }
        let rows = self.list(
            "SELECT conversation, place, direction, device, counter, delivery, stored_ms, text_row,
               kind, data FROM messages
             WHERE (conversation, place) > (?1, ?2) AND conversation <= ?3
             ORDER BY conversation, place LIMIT ?4",
            params![from.0, stored(from.1)?, last_conversation, LOOK_BATCH],
            read_candidate,
        )?;
        let mut batch = CleanUpBatch::default();
        let is_full = rows.len() == usize::try_from(LOOK_BATCH).unwrap_or(usize::MAX);
        let mut keys: Vec<i64> = Vec::new();
        let mut deleted = 0_usize;
        for row in &rows {
            batch.looked_at += 1;
            if row.stored_ms < before_ms && self.may_go(row, kept)? {
                self.delete_row(row)?;
                deleted += 1;
                if keys.last() != Some(&row.conversation) {
                    keys.push(row.conversation);
                }
            }
            let at = CleanUpPlace {
                conversation: row.conversation.unsigned_abs(),
                place: row.place,
            };
            batch.next = Some(at);
            if deleted == DELETE_BATCH {
                break;
            }
        }
        if deleted < DELETE_BATCH && !is_full {
            batch.next = None;
        }
        batch.deleted = u32::try_from(deleted).map_err(|_| StoreError::Failed)?;
        for key in keys {
            batch.changed.extend(self.find(
                "SELECT account FROM conversations WHERE key = ?1",
                [key],
                |columns| columns.conversation(0),
            )?);
        }
        Ok(batch)
    }

    fn may_go(&self, row: &Candidate, kept: u16) -> Result<bool, StoreError> {
        if row.body.kind == kept {
            return Ok(false);
        }
        match (row.direction, row.delivery) {
            (Direction::Incoming, _) | (_, StoredDelivery::Delivered) => Ok(true),
            _ if is(Breakage::CleanUpTakesUnsent) => Ok(true),
            (_, StoredDelivery::Waiting) => Ok(false),
            _ => Ok(!self.is_in_outbox(row)?),
        }
    }

    fn is_in_outbox(&self, row: &Candidate) -> Result<bool, StoreError> {
        self.find_one(
            "SELECT EXISTS (SELECT 1 FROM outbox_by_peer
             WHERE of_account = (SELECT account FROM conversations WHERE key = ?1)
               AND of_device = ?2 AND of_counter = ?3)",
            params![row.conversation, row.device.0, stored(row.counter)?],
            |columns| columns.bool(0),
        )
    }

    fn delete_row(&self, row: &Candidate) -> Result<(), StoreError> {
        self.forget_message((row.conversation, row.place), row.text_row, &row.body)
    }

    /// Deletes what stands at a place, with its words in the index, and counts one less.
    pub(super) fn forget_message(
        &self,
        (conversation, place): (i64, u64),
        text_row: Option<i64>,
        body: &StoredBody,
    ) -> Result<(), StoreError> {
        self.forget_text(conversation, text_row, body)?;
        self.owe_gaps()?;
        self.execute_one(
            "DELETE FROM messages WHERE conversation = ?1 AND place = ?2",
            params![conversation, stored(place)?],
        )?;
        if is(Breakage::CountKeepsDeleted) {
            return Ok(());
        }
        self.execute_one(
            "UPDATE conversations SET messages = messages - 1, message_bytes = message_bytes - ?2
             WHERE key = ?1",
            params![conversation, body.stored_bytes()?],
        )
    }
}

const _: () = assert!(DELETE_BATCH < LOOK_BATCH as usize);
