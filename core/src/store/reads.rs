//! How far either side of a conversation has read, by device: one counter says it for all before.

use rusqlite::params;

use super::error::StoreError;
use super::tx::{Tx, capped, stored};
use crate::protocol::ids::{ConversationId, Counter, DeviceAddress, DeviceNumber};

impl Tx<'_> {
    /// What each device of a contact says that its user has read of what we sent to it, as last counters.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn reads_of(
        &self,
        conversation: ConversationId,
    ) -> Result<Vec<(DeviceNumber, Counter)>, StoreError> {
        self.list(
            "SELECT device, theirs FROM reads WHERE account = ?1 AND theirs > 0",
            [conversation.0.0],
            |columns| Ok((DeviceNumber(columns.u32(0)?), columns.u64(1)?)),
        )
    }

    /// Notes that a contact has read what we sent up to a counter; false if that is no news.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Failed`] if there is no such device.
    pub fn note_read_by(&self, peer: DeviceAddress, up_to: Counter) -> Result<bool, StoreError> {
        let changed = self.execute(
            "INSERT INTO reads (account, device, theirs, told, owed) VALUES (?1, ?2, ?3, 0, 0)
             ON CONFLICT (account, device) DO UPDATE SET theirs = excluded.theirs
               WHERE theirs < excluded.theirs",
            params![peer.account.0, peer.device.0, stored(up_to)?],
        )?;
        Ok(changed > 0)
    }

    /// Notes that the devices of a contact are owed word of what was read.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn owe_read(&self, conversation: ConversationId) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO reads (account, device, theirs, told, owed)
             SELECT account, device, 0, 0, 1 FROM peers WHERE account = ?1
             ON CONFLICT (account, device) DO UPDATE SET owed = 1",
            [conversation.0.0],
        )
        .map(drop)
    }

    /// The devices that are owed word of what was read.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn owed_reads(&self) -> Result<Vec<DeviceAddress>, StoreError> {
        self.list(
            "SELECT account, device FROM reads WHERE owed = 1 ORDER BY account, device",
            [],
            |columns| columns.device(0),
        )
    }

    /// A device is owed nothing any more.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn settle_read(&self, peer: DeviceAddress) -> Result<(), StoreError> {
        self.execute(
            "UPDATE reads SET owed = 0 WHERE account = ?1 AND device = ?2",
            params![peer.account.0, peer.device.0],
        )
        .map(drop)
    }

    /// The last counter up to which a device was told that its content was read; 0 if it never was.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn told_read(&self, peer: DeviceAddress) -> Result<Counter, StoreError> {
        let told = self.find(
            "SELECT told FROM reads WHERE account = ?1 AND device = ?2",
            params![peer.account.0, peer.device.0],
            |columns| columns.u64(0),
        )?;
        Ok(told.unwrap_or(0))
    }

    /// What a device was told of our reading may not have come: it is owed all of it again.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn owe_read_again(&self, peer: DeviceAddress) -> Result<(), StoreError> {
        self.execute(
            "UPDATE reads SET owed = 1, told = 0
             WHERE account = ?1 AND device = ?2 AND told > 0",
            params![peer.account.0, peer.device.0],
        )
        .map(drop)
    }

    /// Notes up to which counter a device was told.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn set_told_read(&self, peer: DeviceAddress, up_to: Counter) -> Result<(), StoreError> {
        self.execute(
            "UPDATE reads SET told = ?3 WHERE account = ?1 AND device = ?2",
            params![peer.account.0, peer.device.0, stored(up_to)?],
        )
        .map(drop)
    }

    /// The counter of the last content of a device at or before a place; 0 if there is none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn counter_before(&self, from: DeviceAddress, place: u64) -> Result<Counter, StoreError> {
        let counter = self.find(
            "SELECT counter FROM messages
             WHERE conversation = (SELECT key FROM conversations WHERE account = ?1)
               AND place <= ?3 AND direction = 1 AND device = ?2 AND counter > 0
             ORDER BY place DESC LIMIT 1",
            params![from.account.0, from.device.0, capped(place)],
            |columns| columns.u64(0),
        )?;
        Ok(counter.unwrap_or(0))
    }
}
