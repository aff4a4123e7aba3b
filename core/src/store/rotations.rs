//! Pair mailboxes of ours as they are replaced: how much came, when the next one is due, when a former one may go.

use rusqlite::params;
use tacita_wire::MailboxId;

use super::error::StoreError;
use super::mailboxes::MailboxRow;
use super::tx::{Columns, Tx, capped};
use crate::protocol::ids::{Counter, DeviceAddress, Hour};

/// A pair mailbox that a device of a contact writes into, or did until another took its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RotationRow {
    /// Which mailbox.
    pub id: MailboxId,
    /// Who writes into it.
    pub peer: DeviceAddress,
    /// How many envelopes came in it; only receiving counts them.
    pub received: u32,
    /// When the last of them came.
    pub heard: Hour,
    /// From which hour on it is replaced; 0 if that was not drawn yet.
    pub replace_after: Hour,
    /// After how many envelopes it is replaced.
    pub replace_at: u32,
    /// When another took its place.
    pub retired: Option<Hour>,
    /// The counter of the content that names the other one.
    pub told: Option<Counter>,
    /// When the peer was known to have that content.
    pub acknowledged: Option<Hour>,
    /// From which hour on it may go.
    pub delete_after: Option<Hour>,
}

impl Tx<'_> {
    /// Every mailbox that a peer has, by peer: former ones first, in the order in which they were replaced.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn list_rotations(&self) -> Result<Vec<RotationRow>, StoreError> {
        self.list_readable(
            "SELECT id, account, device, received, heard, replace_after, replace_at, retired, told,
               acknowledged, delete_after
             FROM mailboxes WHERE account IS NOT NULL
             ORDER BY account, device, retired IS NULL, retired, id",
            [],
            |columns| {
                Ok(RotationRow {
                    id: MailboxId(columns.array(0)?),
                    peer: columns.device(1)?,
                    received: columns.u32(3)?,
                    heard: columns.hour(4)?,
                    replace_after: columns.hour(5)?,
                    replace_at: columns.u32(6)?,
                    retired: columns.optional(7, Columns::hour)?,
                    told: columns.optional(8, Columns::u64)?,
                    acknowledged: columns.optional(9, Columns::hour)?,
                    delete_after: columns.optional(10, Columns::hour)?,
                })
            },
        )
    }

    /// Writes how far the replacing of a mailbox is; `peer`, `received` and `heard` are not written.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Failed`] if it is gone.
    pub fn save_rotation(&self, row: &RotationRow) -> Result<(), StoreError> {
        self.execute_one(
            "UPDATE mailboxes SET replace_after = ?2, replace_at = ?3, retired = ?4, told = ?5,
               acknowledged = ?6, delete_after = ?7 WHERE id = ?1",
            params![
                row.id.0,
                row.replace_after.0,
                row.replace_at,
                row.retired.map(|hour| hour.0),
                row.told.map(capped),
                row.acknowledged.map(|hour| hour.0),
                row.delete_after.map(|hour| hour.0),
            ],
        )
    }

    /// A content with this counter names the mailbox that the peer is to use: it counts for each former one whose
    /// successor was not told yet.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn note_told(&self, peer: DeviceAddress, counter: Counter) -> Result<(), StoreError> {
        self.execute(
            "UPDATE mailboxes SET told = ?3 WHERE account = ?1 AND device = ?2
               AND retired IS NOT NULL AND told IS NULL",
            params![peer.account.0, peer.device.0, capped(counter)],
        )
        .map(drop)
    }

    /// What the peer was told counts no more: it has to be told again before a former mailbox may go.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn forget_told(&self, peer: DeviceAddress) -> Result<(), StoreError> {
        self.execute(
            "UPDATE mailboxes SET told = NULL, acknowledged = NULL, delete_after = NULL
             WHERE account = ?1 AND device = ?2 AND retired IS NOT NULL",
            params![peer.account.0, peer.device.0],
        )
        .map(drop)
    }

    /// The mailboxes made ahead, live or not, by id; with how many envelopes came in each.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn list_spares(&self) -> Result<Vec<(MailboxRow, u32)>, StoreError> {
        self.list_readable(
            "SELECT id, read_key, write_key, kind, address, root, live, cursor, account, device,
               invitation, renew_after, received
             FROM mailboxes WHERE kind = 1 AND account IS NULL ORDER BY id",
            [],
            |columns| Ok((self.read_mailbox(columns)?, columns.u32(12)?)),
        )
    }
}
