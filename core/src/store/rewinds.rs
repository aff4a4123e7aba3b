//! Stores that were put back: their devices may write new content under counters that came before.

use rusqlite::params;

use super::error::StoreError;
use super::messages::read_message;
use super::model::{Direction, StoredBody, StoredCode};
use super::tx::{Tx, capped, stored};
use crate::protocol::ids::{ConversationId, Counter, DeviceAddress, Hour, TranscriptHash};

/// A session in which a key was used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RewindRow {
    /// With which device.
    pub peer: DeviceAddress,
    /// Which session.
    pub th: TranscriptHash,
    /// Whether it was our store that was put back.
    pub ours: bool,
    /// Whether the device that was put back does not know yet, so that none of its counters is acknowledged.
    pub open: bool,
}

impl Tx<'_> {
    /// Writes down that a store was put back, or how far that is known.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn save_rewind(&self, row: &RewindRow, hour: Hour) -> Result<(), StoreError> {
        self.execute_one(
            "INSERT INTO rewinds (account, device, th, ours, open, seen)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (account, device, th, ours) DO UPDATE SET open = excluded.open,
               seen = excluded.seen",
            params![
                row.peer.account.0,
                row.peer.device.0,
                row.th.0,
                row.ours,
                row.open,
                hour.0
            ],
        )
    }

    /// What is known of stores that were put back, ours or this device's, in the talk with it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn rewinds_of(&self, peer: DeviceAddress) -> Result<Vec<RewindRow>, StoreError> {
        self.list(
            "SELECT th, ours, open FROM rewinds WHERE account = ?1 AND device = ?2
             ORDER BY seen, th, ours",
            params![peer.account.0, peer.device.0],
            |columns| {
                Ok(RewindRow {
                    peer,
                    th: TranscriptHash(columns.array(0)?),
                    ours: columns.bool(1)?,
                    open: columns.bool(2)?,
                })
            },
        )
    }

    /// Forgets what was put back before an hour. What a device of a session that is still there was never told stays: its
    /// counters must not be acknowledged, however long nobody writes to it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn expire_rewinds(&self, before: Hour) -> Result<(), StoreError> {
        self.execute(
            "DELETE FROM rewinds WHERE seen < ?1
               AND (open = 0 OR ours = 1 OR th NOT IN (SELECT th FROM sessions))",
            [before.0],
        )
        .map(drop)
    }

    /// Notes a counter under which a device sent content that is not shown; of each device the `keep` highest are kept.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Failed`] if there is no such device.
    pub fn note_hidden(
        &self,
        peer: DeviceAddress,
        counter: Counter,
        keep: u32,
    ) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO hidden_counters (account, device, counter) VALUES (?1, ?2, ?3)
             ON CONFLICT DO NOTHING",
            params![peer.account.0, peer.device.0, stored(counter)?],
        )?;
        self.execute(
            "DELETE FROM hidden_counters WHERE account = ?1 AND device = ?2 AND counter <= (
               SELECT counter FROM hidden_counters WHERE account = ?1 AND device = ?2
               ORDER BY counter DESC LIMIT 1 OFFSET ?3)",
            params![peer.account.0, peer.device.0, keep],
        )
        .map(drop)
    }

    /// Whether content that is not shown is known to have come from a device under a counter.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn is_hidden(&self, peer: DeviceAddress, counter: Counter) -> Result<bool, StoreError> {
        self.find_one(
            "SELECT EXISTS (SELECT 1 FROM hidden_counters
               WHERE account = ?1 AND device = ?2 AND counter = ?3)",
            params![peer.account.0, peer.device.0, capped(counter)],
            |columns| columns.bool(0),
        )
    }

    /// Whether this very content came before, written at this time of the sender's clock, in the last
    /// `look` places of the conversation.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn has_come_before(
        &self,
        conversation: ConversationId,
        body: &StoredBody,
        sent_ms: u64,
        look: u32,
    ) -> Result<bool, StoreError> {
        Ok(self
            .find(
                "SELECT place, direction, device, counter, kind, data, sent_ms, stored_ms, delivery
                 FROM messages JOIN conversations ON key = conversation
                 WHERE account = ?1 AND place > last_place - ?2 AND direction = ?3
                   AND sent_ms = ?4 AND kind = ?5 AND data = ?6
                 LIMIT 1",
                params![
                    conversation.0.0,
                    look,
                    Direction::Incoming.code(),
                    capped(sent_ms),
                    body.kind,
                    body.data
                ],
                |columns| read_message(conversation, columns),
            )?
            .is_some())
    }
}
