//! Where a contact's device read before it moved, and for how long it has been silent since.

use rusqlite::params;
use tacita_wire::{Encode, MailboxId};

use super::error::StoreError;
use super::seal::SealedCell;
use super::tx::{Columns, Tx, capped, stored};
use crate::protocol::descriptor::Descriptor;
use crate::protocol::ids::{AccountId, Counter, DeviceAddress, Hour};

/// Since when a device does not have the oldest content that waits for its acknowledgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SilenceRow {
    /// Which device.
    pub peer: DeviceAddress,
    /// The counter of that content.
    pub counter: Counter,
    /// Since when it is the oldest.
    pub since: Hour,
    /// When the device's earlier mailboxes were last tried, if they were.
    pub tried: Option<Hour>,
}

/// The key of a row: the device's address and the mailbox.
fn key(peer: DeviceAddress, mailbox: MailboxId) -> Vec<u8> {
    [peer.to_bytes().as_slice(), &mailbox.0].concat()
}

fn cell(key: &[u8]) -> SealedCell<'_> {
    SealedCell {
        table: "earlier_descriptors",
        column: "descriptor",
        key,
    }
}

impl Tx<'_> {
    /// Keeps the descriptor of a mailbox that a device has left at a time, in milliseconds since 1970, and of all
    /// such ones of this device the newest `most`.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Failed`] if there is no such device.
    pub fn insert_earlier(
        &self,
        peer: DeviceAddress,
        descriptor: &Descriptor,
        left_ms: u64,
        most: u32,
    ) -> Result<(), StoreError> {
        let sealed = self.seal_value(&cell(&key(peer, descriptor.mailbox)), descriptor);
        self.execute_one(
            "INSERT INTO earlier_descriptors (account, device, mailbox, descriptor, left_ms)
             VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (account, device, mailbox) DO UPDATE SET
               descriptor = excluded.descriptor, left_ms = excluded.left_ms",
            params![
                peer.account.0,
                peer.device.0,
                descriptor.mailbox.0,
                sealed,
                capped(left_ms)
            ],
        )?;
        self.execute(
            "DELETE FROM earlier_descriptors WHERE account = ?1 AND device = ?2 AND mailbox NOT IN (
               SELECT mailbox FROM earlier_descriptors WHERE account = ?1 AND device = ?2
               ORDER BY left_ms DESC, mailbox LIMIT ?3)",
            params![peer.account.0, peer.device.0, most],
        )
        .map(drop)
    }

    /// Where a device read before, the mailbox that it left last first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn earlier_descriptors(&self, peer: DeviceAddress) -> Result<Vec<Descriptor>, StoreError> {
        self.list(
            "SELECT mailbox, descriptor FROM earlier_descriptors
             WHERE account = ?1 AND device = ?2 ORDER BY left_ms DESC, mailbox",
            params![peer.account.0, peer.device.0],
            |columns| {
                let mailbox = MailboxId(columns.array(0)?);
                self.open_value(&cell(&key(peer, mailbox)), columns.blob(1)?)
            },
        )
    }

    /// The devices that have not acknowledged everything that was put for them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn unacknowledged_peers(&self) -> Result<Vec<DeviceAddress>, StoreError> {
        self.list(
            "SELECT DISTINCT account, device FROM outbox WHERE put IS NOT NULL AND counter > 0
             ORDER BY account, device",
            [],
            |columns| columns.device(0),
        )
    }

    /// A device reads this mailbox (again): it is no earlier one. No error if it was none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn delete_earlier(
        &self,
        peer: DeviceAddress,
        mailbox: MailboxId,
    ) -> Result<(), StoreError> {
        self.execute(
            "DELETE FROM earlier_descriptors WHERE account = ?1 AND device = ?2 AND mailbox = ?3",
            params![peer.account.0, peer.device.0, mailbox.0],
        )
        .map(drop)
    }

    /// Forgets the mailboxes that were left before a time, in milliseconds since 1970.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn expire_earlier(&self, before_ms: u64) -> Result<(), StoreError> {
        self.execute(
            "DELETE FROM earlier_descriptors WHERE left_ms < ?1",
            [capped(before_ms)],
        )
        .map(drop)
    }

    /// Forgets where an account's devices read before.
    pub(super) fn forget_earlier(&self, account: AccountId) -> Result<(), StoreError> {
        self.execute("DELETE FROM silences WHERE account = ?1", [account.0])?;
        self.execute(
            "DELETE FROM earlier_descriptors WHERE account = ?1",
            [account.0],
        )
        .map(drop)
    }

    /// The counters of the oldest and of the newest content that is on its way to a device or waits for its
    /// acknowledgement; with the newest one's place, if it is a message.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn undelivered(
        &self,
        peer: DeviceAddress,
    ) -> Result<Option<(Counter, Counter, Option<u64>)>, StoreError> {
        let newest = self.find(
            "SELECT counter, place FROM outbox_by_peer CROSS JOIN outbox USING (id)
             WHERE of_account = ?1 AND of_device = ?2 AND of_counter > 0
             ORDER BY of_counter DESC LIMIT 1",
            params![peer.account.0, peer.device.0],
            |columns| Ok((columns.u64(0)?, columns.optional(1, Columns::u64)?)),
        )?;
        let Some((newest, place)) = newest else {
            return Ok(None);
        };
        let oldest = self.find_one(
            "SELECT min(of_counter) FROM outbox_by_peer
             WHERE of_account = ?1 AND of_device = ?2 AND of_counter > 0",
            params![peer.account.0, peer.device.0],
            |columns| columns.u64(0),
        )?;
        Ok(Some((oldest, newest, place)))
    }

    /// What is known of a device's silence.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn load_silence(&self, peer: DeviceAddress) -> Result<Option<SilenceRow>, StoreError> {
        self.find(
            "SELECT counter, since, tried FROM silences WHERE account = ?1 AND device = ?2",
            params![peer.account.0, peer.device.0],
            |columns| {
                Ok(SilenceRow {
                    peer,
                    counter: columns.u64(0)?,
                    since: columns.hour(1)?,
                    tried: columns.optional(2, Columns::hour)?,
                })
            },
        )
    }

    /// Writes what is known of a device's silence.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Failed`] if there is no such device.
    pub fn save_silence(&self, row: &SilenceRow) -> Result<(), StoreError> {
        self.execute_one(
            "INSERT INTO silences (account, device, counter, since, tried)
             VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (account, device) DO UPDATE SET counter = excluded.counter,
               since = excluded.since, tried = excluded.tried",
            params![
                row.peer.account.0,
                row.peer.device.0,
                stored(row.counter)?,
                row.since.0,
                row.tried.map(|hour| hour.0)
            ],
        )
    }
}
