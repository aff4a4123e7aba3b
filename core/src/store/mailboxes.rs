//! Our mailboxes, with both capabilities of each.

use rusqlite::params;
use tacita_wire::{MailboxId, MailboxKind, ReadKey, RelayAddress, RelayRootHash, WriteKey};

use super::error::StoreError;
use super::model::StoredCode;
use super::sabotage::{Breakage, is};
use super::seal::SealedCell;
use super::tx::{Columns, Tx, capped, stored};
use crate::protocol::ids::{DeviceAddress, Hour, InvitationId};

/// One mailbox of ours.
#[derive(Clone, PartialEq, Eq)]
pub struct MailboxRow {
    /// Its id.
    pub id: MailboxId,
    /// R; sealed.
    pub read: ReadKey,
    /// W; sealed.
    pub write: WriteKey,
    /// What it is for.
    pub kind: MailboxKind,
    /// Where its relay is.
    pub address: RelayAddress,
    /// That relay's root hash.
    pub root: RelayRootHash,
    /// Whether the relay has made it.
    pub live: bool,
    /// The last sequence number that was processed.
    pub cursor: u64,
    /// The only device that may write into it, if it is a pair mailbox.
    pub peer: Option<DeviceAddress>,
    /// The invitation that leads to it, if it is a contact mailbox of one.
    pub invitation: Option<InvitationId>,
    /// The hour from which it is to be renewed at the relay.
    pub renew_after: Hour,
}

fn cell<'a>(column: &'static str, id: &'a MailboxId) -> SealedCell<'a> {
    SealedCell {
        table: "mailboxes",
        column,
        key: &id.0,
    }
}

impl Tx<'_> {
    pub(super) fn read_mailbox(&self, columns: &Columns<'_>) -> Result<MailboxRow, StoreError> {
        let id = MailboxId(columns.array(0)?);
        Ok(MailboxRow {
            id,
            read: self.open_value(&cell("read_key", &id), columns.blob(1)?)?,
            write: self.open_value(&cell("write_key", &id), columns.blob(2)?)?,
            kind: columns.code(3)?,
            address: columns.address(4)?,
            root: RelayRootHash(columns.array(5)?),
            live: columns.bool(6)?,
            cursor: columns.u64(7)?,
            peer: columns.optional(8, Columns::device)?,
            invitation: columns.optional(10, Columns::invitation)?,
            renew_after: columns.hour(11)?,
        })
    }

    /// Writes a new mailbox.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Failed`] if there is one with this id.
    pub fn insert_mailbox(&self, row: &MailboxRow) -> Result<(), StoreError> {
        self.execute_one(
            "INSERT INTO mailboxes (id, read_key, write_key, kind, address, root, live, cursor,
               account, device, invitation, renew_after)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            params![
                row.id.0,
                self.seal(&cell("read_key", &row.id), row.read.expose()),
                self.seal(&cell("write_key", &row.id), row.write.expose()),
                row.kind.code(),
                row.address.as_str(),
                row.root.0,
                row.live,
                stored(row.cursor)?,
                row.peer.map(|peer| peer.account.0),
                row.peer.map(|peer| peer.device.0),
                row.invitation.map(|id| id.0),
                row.renew_after.0,
            ],
        )
    }

    /// Writes a mailbox in place of what it was.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Failed`] if it is gone.
    pub fn save_mailbox(&self, row: &MailboxRow) -> Result<(), StoreError> {
        self.execute_one(
            "UPDATE mailboxes SET read_key = ?2, write_key = ?3, kind = ?4, address = ?5, root = ?6,
               live = ?7, cursor = ?8, account = ?9, device = ?10, invitation = ?11,
               renew_after = ?12 WHERE id = ?1",
            params![
                row.id.0,
                self.seal(&cell("read_key", &row.id), row.read.expose()),
                self.seal(&cell("write_key", &row.id), row.write.expose()),
                row.kind.code(),
                row.address.as_str(),
                row.root.0,
                row.live,
                stored(row.cursor)?,
                row.peer.map(|peer| peer.account.0),
                row.peer.map(|peer| peer.device.0),
                row.invitation.map(|id| id.0),
                row.renew_after.0,
            ],
        )
    }

    /// Sets the last sequence number that was processed, which never goes back, and counts the envelopes that were
    /// new among those, which came in this hour.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Failed`] if the mailbox is gone.
    pub fn set_mailbox_cursor(
        &self,
        id: MailboxId,
        cursor: u64,
        came: u32,
        hour: Hour,
    ) -> Result<(), StoreError> {
        if is(Breakage::HighNumberUndoes) && i64::try_from(cursor).is_err() {
            return Err(StoreError::Failed);
        }
        self.execute_one(
            "UPDATE mailboxes SET cursor = max(cursor, ?2), received = received + ?3,
               heard = iif(?3 > 0, ?4, heard) WHERE id = ?1",
            // A relay chose it: a number that is too high must not undo what came with it.
            params![id.0, capped(cursor), came, hour.0],
        )
    }

    /// Whether the mailbox of ours that a peer writes into exists at its relay; none if it has none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn is_our_mailbox_live(&self, peer: DeviceAddress) -> Result<Option<bool>, StoreError> {
        self.find(
            "SELECT live FROM peers JOIN mailboxes ON mailboxes.id = our_mailbox
             WHERE peers.account = ?1 AND peers.device = ?2",
            params![peer.account.0, peer.device.0],
            |columns| columns.bool(0),
        )
    }

    /// A mailbox, if it is still there.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn load_mailbox(&self, id: MailboxId) -> Result<Option<MailboxRow>, StoreError> {
        self.find(
            "SELECT id, read_key, write_key, kind, address, root, live, cursor, account, device,
               invitation, renew_after FROM mailboxes WHERE id = ?1",
            [id.0],
            |columns| self.read_mailbox(columns),
        )
    }

    /// Every mailbox: those in use by id, then those that were replaced and those made ahead; without those whose rows
    /// do not read back.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn list_mailboxes(&self) -> Result<Vec<MailboxRow>, StoreError> {
        self.list_readable(
            "SELECT id, read_key, write_key, kind, address, root, live, cursor, account, device,
               invitation, renew_after FROM mailboxes
             ORDER BY retired IS NOT NULL OR (kind = 1 AND account IS NULL), id",
            [],
            |columns| self.read_mailbox(columns),
        )
    }

    /// The mailboxes, live or not, whose `renew_after` is `hour` or earlier, or later than `furthest`, where no clock that
    /// was right has put it; without those whose rows do not read back.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn mailboxes_due(&self, hour: Hour, furthest: Hour) -> Result<Vec<MailboxRow>, StoreError> {
        self.list_readable(
            "SELECT id, read_key, write_key, kind, address, root, live, cursor, account, device,
               invitation, renew_after FROM mailboxes WHERE renew_after <= ?1 OR renew_after > ?2
             ORDER BY renew_after, id",
            [hour.0, furthest.0],
            |columns| self.read_mailbox(columns),
        )
    }

    /// Deletes a mailbox; no error if it is gone already.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn delete_mailbox(&self, id: MailboxId) -> Result<(), StoreError> {
        self.execute("DELETE FROM mailboxes WHERE id = ?1", [id.0])
            .map(drop)
    }
}
