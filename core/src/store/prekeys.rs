//! Our prekeys with their private halves.

use rusqlite::params;
use zeroize::Zeroizing;

use super::error::StoreError;
use super::model::StoredCode;
use super::seal::SealedCell;
use super::tx::{Columns, Tx};
use crate::protocol::ids::{Hour, InvitationId};
use crate::protocol::prekey::PrekeyKind;

/// One prekey of ours.
#[derive(Clone, PartialEq, Eq)]
pub struct PrekeyRow {
    /// What it is for.
    pub kind: PrekeyKind,
    /// Its number within its kind.
    pub id: u32,
    /// The signed prekey as it is sent.
    pub public: Vec<u8>,
    /// The private half; sealed.
    pub secret: Zeroizing<Vec<u8>>,
    /// The invitation in whose pile it lies, if in one.
    pub invitation: Option<InvitationId>,
    /// When it was made.
    pub created: Hour,
    /// The hour after which the private half is deleted.
    pub delete_after: Hour,
}

fn cell_key(kind: PrekeyKind, id: u32) -> [u8; 5] {
    let [a, b, c, d] = id.to_be_bytes();
    [kind.code(), a, b, c, d]
}

fn cell(key: &[u8; 5]) -> SealedCell<'_> {
    SealedCell {
        table: "prekeys",
        column: "secret",
        key,
    }
}

impl Tx<'_> {
    fn read_prekey(&self, columns: &Columns<'_>) -> Result<PrekeyRow, StoreError> {
        let kind = columns.code(0)?;
        let id = columns.u32(1)?;
        Ok(PrekeyRow {
            kind,
            id,
            public: columns.bytes(2)?,
            secret: self.open(&cell(&cell_key(kind, id)), columns.blob(3)?)?,
            invitation: columns.optional(4, Columns::invitation)?,
            created: columns.hour(5)?,
            delete_after: columns.hour(6)?,
        })
    }

    /// A number that no prekey of this kind has had, from 1.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Failed`] after 2^32-1 numbers.
    pub fn next_prekey_id(&self, kind: PrekeyKind) -> Result<u32, StoreError> {
        let counter = match kind {
            PrekeyKind::Signed => "prekey-signed",
            PrekeyKind::OneTime => "prekey-one-time",
            PrekeyKind::OneTimeKem => "prekey-one-time-kem",
            PrekeyKind::LastResort => "prekey-last-resort",
            PrekeyKind::Contact => "prekey-contact",
        };
        u32::try_from(self.next_number(counter)?).map_err(|_| StoreError::Failed)
    }

    /// Writes a new prekey.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Failed`] if its kind has this number already.
    pub fn insert_prekey(&self, row: &PrekeyRow) -> Result<(), StoreError> {
        let sealed = self.seal(&cell(&cell_key(row.kind, row.id)), &row.secret);
        self.execute_one(
            "INSERT INTO prekeys (kind, id, public, secret, invitation, created, delete_after)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                row.kind.code(),
                row.id,
                row.public,
                sealed,
                row.invitation.map(|id| id.0),
                row.created.0,
                row.delete_after.0,
            ],
        )
    }

    /// A prekey, if it is still there.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn load_prekey(&self, kind: PrekeyKind, id: u32) -> Result<Option<PrekeyRow>, StoreError> {
        self.find(
            "SELECT kind, id, public, secret, invitation, created, delete_after
             FROM prekeys WHERE kind = ?1 AND id = ?2",
            params![kind.code(), id],
            |columns| self.read_prekey(columns),
        )
    }

    /// The newest prekey of a kind that belongs to no invitation.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn newest_prekey(&self, kind: PrekeyKind) -> Result<Option<PrekeyRow>, StoreError> {
        self.find(
            "SELECT kind, id, public, secret, invitation, created, delete_after
             FROM prekeys WHERE kind = ?1 AND invitation IS NULL ORDER BY id DESC LIMIT 1",
            [kind.code()],
            |columns| self.read_prekey(columns),
        )
    }

    /// Every contact key, newest first: an initial envelope does not say which one it is sealed to.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn contact_prekeys(&self) -> Result<Vec<PrekeyRow>, StoreError> {
        self.list(
            "SELECT kind, id, public, secret, invitation, created, delete_after
             FROM prekeys WHERE kind = ?1 ORDER BY id DESC",
            [PrekeyKind::Contact.code()],
            |columns| self.read_prekey(columns),
        )
    }

    /// Deletes a prekey; no error if it is gone already.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn delete_prekey(&self, kind: PrekeyKind, id: u32) -> Result<(), StoreError> {
        self.execute(
            "DELETE FROM prekeys WHERE kind = ?1 AND id = ?2",
            params![kind.code(), id],
        )
        .map(drop)
    }

    /// Deletes the prekeys of an invitation.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn delete_prekeys_of(&self, invitation: InvitationId) -> Result<(), StoreError> {
        self.execute("DELETE FROM prekeys WHERE invitation = ?1", [invitation.0])
            .map(drop)
    }

    /// Deletes the prekeys whose time was over before `hour`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn expire_prekeys(&self, hour: Hour) -> Result<(), StoreError> {
        self.execute("DELETE FROM prekeys WHERE delete_after < ?1", [hour.0])
            .map(drop)
    }
}
