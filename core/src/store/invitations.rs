//! Our invitations.

use rusqlite::params;
use tacita_wire::{MailboxId, OwnerKey, RelayAddress, RelayRootHash};

use super::error::StoreError;
use super::model::{InvitationKind, InvitationState, StoredCode};
use super::seal::SealedCell;
use super::tx::{Columns, Tx, stored};
use crate::crypto::Secret;
use crate::protocol::ids::{Hour, InvitationId};

/// One invitation of ours.
#[derive(Clone, PartialEq, Eq)]
pub struct InvitationRow {
    /// Its id; known to this device only.
    pub id: InvitationId,
    /// Who it is for.
    pub kind: InvitationKind,
    /// How far it is.
    pub state: InvitationState,
    /// S, the link's secret; sealed.
    pub secret: Secret<32>,
    /// O, which fills and deletes the pile; sealed.
    pub owner: OwnerKey,
    /// The relay of pile and mailbox.
    pub address: RelayAddress,
    /// That relay's root hash.
    pub root: RelayRootHash,
    /// The contact mailbox that the link leads to.
    pub mailbox: MailboxId,
    /// When it was made, in milliseconds since 1970.
    pub created_ms: u64,
    /// When its pile and mailbox were last renewed.
    pub renewed: Hour,
}

fn cell<'a>(column: &'static str, id: &'a InvitationId) -> SealedCell<'a> {
    SealedCell {
        table: "invitations",
        column,
        key: &id.0,
    }
}

impl Tx<'_> {
    fn read_invitation(&self, columns: &Columns<'_>) -> Result<InvitationRow, StoreError> {
        let id = columns.invitation(0)?;
        let secret = self.open(&cell("secret", &id), columns.blob(3)?)?;
        Ok(InvitationRow {
            id,
            kind: columns.code(1)?,
            state: columns.code(2)?,
            secret: Secret::from_bytes(secret.as_slice().try_into().map_err(|_| StoreError::Row)?),
            owner: self.open_value(&cell("owner", &id), columns.blob(4)?)?,
            address: columns.address(5)?,
            root: RelayRootHash(columns.array(6)?),
            mailbox: MailboxId(columns.array(7)?),
            created_ms: columns.u64(8)?,
            renewed: columns.hour(9)?,
        })
    }

    /// Writes a new invitation.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Failed`] if there is one with this id or mailbox.
    pub fn insert_invitation(&self, row: &InvitationRow) -> Result<(), StoreError> {
        self.execute_one(
            "INSERT INTO invitations
               (id, kind, state, secret, owner, address, root, mailbox, created_ms, renewed)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            params![
                row.id.0,
                row.kind.code(),
                row.state.code(),
                self.seal(&cell("secret", &row.id), row.secret.expose()),
                self.seal(&cell("owner", &row.id), row.owner.expose()),
                row.address.as_str(),
                row.root.0,
                row.mailbox.0,
                stored(row.created_ms)?,
                row.renewed.0,
            ],
        )
    }

    /// Writes an invitation in place of what it was.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Failed`] if it is gone.
    pub fn save_invitation(&self, row: &InvitationRow) -> Result<(), StoreError> {
        self.execute_one(
            "UPDATE invitations SET kind = ?2, state = ?3, secret = ?4, owner = ?5, address = ?6,
               root = ?7, mailbox = ?8, created_ms = ?9, renewed = ?10 WHERE id = ?1",
            params![
                row.id.0,
                row.kind.code(),
                row.state.code(),
                self.seal(&cell("secret", &row.id), row.secret.expose()),
                self.seal(&cell("owner", &row.id), row.owner.expose()),
                row.address.as_str(),
                row.root.0,
                row.mailbox.0,
                stored(row.created_ms)?,
                row.renewed.0,
            ],
        )
    }

    /// An invitation, if it is still there.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn load_invitation(&self, id: InvitationId) -> Result<Option<InvitationRow>, StoreError> {
        self.find(
            "SELECT id, kind, state, secret, owner, address, root, mailbox, created_ms, renewed
             FROM invitations WHERE id = ?1",
            [id.0],
            |columns| self.read_invitation(columns),
        )
    }

    /// Every invitation, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn list_invitations(&self) -> Result<Vec<InvitationRow>, StoreError> {
        self.list(
            "SELECT id, kind, state, secret, owner, address, root, mailbox, created_ms, renewed
             FROM invitations ORDER BY created_ms DESC, id",
            [],
            |columns| self.read_invitation(columns),
        )
    }

    /// Deletes an invitation; no error if it is gone already.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn delete_invitation(&self, id: InvitationId) -> Result<(), StoreError> {
        self.execute("DELETE FROM invitations WHERE id = ?1", [id.0])
            .map(drop)
    }
}
