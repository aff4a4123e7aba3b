//! Names and pictures: our own, those that contacts gave, and which of ours each device was told.

use rusqlite::params;
use zeroize::Zeroizing;

use super::error::StoreError;
use super::model::{ConversationState, StoredCode};
use super::seal::SealedCell;
use super::tx::{Columns, Tx, capped, stored};
use crate::protocol::ids::{AccountId, ConversationId, Counter, DeviceAddress};

/// Our own picture; the name stands in the account's row.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct OwnProfileRow {
    /// Its number, from 1; 0 if none was ever set.
    pub revision: u64,
    /// The picture, empty for none; sealed.
    pub picture: Zeroizing<Vec<u8>>,
}

/// A contact's picture; the name stands in the conversation's row.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ContactProfileRow {
    /// The revision of the contact's profile; 0 if none came.
    pub revision: u64,
    /// The revision that brought the picture; 0 if there is none.
    pub picture_revision: u64,
    /// The picture, empty for none; sealed.
    pub picture: Zeroizing<Vec<u8>>,
}

/// A device that is owed our profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwedProfile {
    /// Which device.
    pub peer: DeviceAddress,
    /// From when on it may be told, in milliseconds since 1970.
    pub due_ms: u64,
}

const OWN: SealedCell<'static> = SealedCell {
    table: "own_profile",
    column: "picture",
    key: &[],
};

fn cell(account: &AccountId) -> SealedCell<'_> {
    SealedCell {
        table: "contact_profiles",
        column: "picture",
        key: &account.0,
    }
}

impl Tx<'_> {
    fn open_picture(
        &self,
        cell: &SealedCell<'_>,
        columns: &Columns<'_>,
        index: usize,
    ) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        let picture = columns.optional(index, |columns, index| {
            self.open(cell, columns.blob(index)?)
        })?;
        Ok(picture.unwrap_or_default())
    }

    /// NULL for none, so that its column tells nothing but that.
    fn seal_picture(&self, cell: &SealedCell<'_>, picture: &[u8]) -> Option<Vec<u8>> {
        (!picture.is_empty()).then(|| self.seal(cell, picture))
    }

    /// Our own revision; 0 if none was ever set.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn own_profile_revision(&self) -> Result<u64, StoreError> {
        let found = self.find(
            "SELECT revision FROM own_profile WHERE row = 1",
            [],
            |columns| columns.u64(0),
        )?;
        Ok(found.unwrap_or(0))
    }

    /// Our own revision and picture.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn load_own_profile(&self) -> Result<OwnProfileRow, StoreError> {
        let row = self.find(
            "SELECT revision, picture FROM own_profile WHERE row = 1",
            [],
            |columns| {
                Ok(OwnProfileRow {
                    revision: columns.u64(0)?,
                    picture: self.open_picture(&OWN, columns, 1)?,
                })
            },
        )?;
        Ok(row.unwrap_or_default())
    }

    /// Writes our own revision and picture in place of what they were. Every established contact who was told of a
    /// lower revision, or of none, is owed it from now on.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn save_own_profile(&self, row: &OwnProfileRow) -> Result<(), StoreError> {
        self.execute_one(
            "INSERT INTO own_profile (row, revision, picture) VALUES (1, ?1, ?2)
             ON CONFLICT (row) DO UPDATE SET revision = excluded.revision,
               picture = excluded.picture",
            params![stored(row.revision)?, self.seal_picture(&OWN, &row.picture)],
        )
    }

    /// Sets the name that contacts see.
    ///
    /// # Errors
    /// [`StoreError::Failed`] if there is no account.
    pub fn set_own_name(&self, name: &str) -> Result<(), StoreError> {
        self.execute_one("UPDATE account SET name = ?1 WHERE row = 1", [name])
    }

    /// What came of a contact's profile.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn load_contact_profile(
        &self,
        id: ConversationId,
    ) -> Result<ContactProfileRow, StoreError> {
        let row = self.find(
            "SELECT revision, picture_revision, picture FROM contact_profiles WHERE account = ?1",
            [id.0.0],
            |columns| {
                Ok(ContactProfileRow {
                    revision: columns.u64(0)?,
                    picture_revision: columns.u64(1)?,
                    picture: self.open_picture(&cell(&id.0), columns, 2)?,
                })
            },
        )?;
        Ok(row.unwrap_or_default())
    }

    /// The revision of a contact's profile, without the picture; 0 if none came.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn contact_profile_revision(&self, id: ConversationId) -> Result<u64, StoreError> {
        let found = self.find(
            "SELECT revision FROM contact_profiles WHERE account = ?1",
            [id.0.0],
            |columns| columns.u64(0),
        )?;
        Ok(found.unwrap_or(0))
    }

    /// Writes what came of a contact's profile in place of what there was; it goes with the conversation.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Failed`] if there is no such conversation.
    pub fn save_contact_profile(
        &self,
        id: ConversationId,
        row: &ContactProfileRow,
    ) -> Result<(), StoreError> {
        self.execute_one(
            "INSERT INTO contact_profiles (account, revision, picture_revision, picture)
             VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (account) DO UPDATE SET revision = excluded.revision,
               picture_revision = excluded.picture_revision, picture = excluded.picture",
            params![
                id.0.0,
                stored(row.revision)?,
                stored(row.picture_revision)?,
                self.seal_picture(&cell(&id.0), &row.picture)
            ],
        )
    }

    /// The devices that are owed our profile and may have it: of established contacts who are not blocked. Those due
    /// first come first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn owed_profiles(&self) -> Result<Vec<OwedProfile>, StoreError> {
        self.list(
            "SELECT peers.account, peers.device, coalesce(told.due_ms, 0)
             FROM own_profile CROSS JOIN peers
             JOIN conversations ON conversations.account = peers.account
             LEFT JOIN arrangements ON arrangements.account = peers.account
             LEFT JOIN told_profiles AS told
               ON told.account = peers.account AND told.device = peers.device
             WHERE conversations.state = ?1 AND coalesce(arrangements.blocked, 0) = 0
               AND coalesce(told.revision, 0) < own_profile.revision
             ORDER BY 3, 1, 2",
            [ConversationState::Established.code()],
            |columns| {
                Ok(OwedProfile {
                    peer: columns.device(0)?,
                    due_ms: columns.u64(2)?,
                })
            },
        )
    }

    /// The revision of ours that a device was told, and the counter of the content that told it; zeros for none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn told_profile(&self, peer: DeviceAddress) -> Result<(u64, Counter), StoreError> {
        let told = self.find(
            "SELECT revision, counter FROM told_profiles WHERE account = ?1 AND device = ?2",
            params![peer.account.0, peer.device.0],
            |columns| Ok((columns.u64(0)?, columns.u64(1)?)),
        )?;
        Ok(told.unwrap_or_default())
    }

    /// Notes that a device was told of a revision of ours, by the content of this counter.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Failed`] if there is no such device.
    pub fn note_profile_told(
        &self,
        peer: DeviceAddress,
        revision: u64,
        counter: Counter,
    ) -> Result<(), StoreError> {
        self.execute_one(
            "INSERT INTO told_profiles (account, device, revision, counter, due_ms)
             VALUES (?1, ?2, ?3, ?4, 0)
             ON CONFLICT (account, device) DO UPDATE SET revision = excluded.revision,
               counter = excluded.counter",
            params![
                peer.account.0,
                peer.device.0,
                stored(revision)?,
                stored(counter)?
            ],
        )
    }

    /// Sets when a device may be told of what it is owed.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Failed`] if there is no such device.
    pub fn set_profile_due(&self, peer: DeviceAddress, due_ms: u64) -> Result<(), StoreError> {
        self.execute_one(
            "INSERT INTO told_profiles (account, device, revision, counter, due_ms)
             VALUES (?1, ?2, 0, 0, ?3)
             ON CONFLICT (account, device) DO UPDATE SET due_ms = excluded.due_ms",
            params![peer.account.0, peer.device.0, capped(due_ms)],
        )
    }

    /// What a device was told of our profile may not have come: it is owed all of it again.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn owe_profile_again(&self, peer: DeviceAddress) -> Result<(), StoreError> {
        self.execute(
            "UPDATE told_profiles SET revision = 0, counter = 0
             WHERE account = ?1 AND device = ?2",
            params![peer.account.0, peer.device.0],
        )
        .map(drop)
    }

    /// Our profile, as it is, gets a higher number: nobody who knows it under the lower one is owed it for that.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn raise_own_profile(&self, from: u64, to: u64) -> Result<(), StoreError> {
        self.execute_one(
            "INSERT INTO own_profile (row, revision, picture) VALUES (1, ?1, NULL)
             ON CONFLICT (row) DO UPDATE SET revision = excluded.revision",
            [stored(to)?],
        )?;
        if from == 0 {
            // Nobody was told anything, and what there is to tell is the name that everybody knows.
            self.execute(
                "INSERT INTO told_profiles (account, device, revision, counter, due_ms)
                 SELECT account, device, 0, 0, 0 FROM peers WHERE true ON CONFLICT DO NOTHING",
                [],
            )?;
        }
        self.execute(
            "UPDATE told_profiles SET revision = ?2 WHERE revision = ?1",
            [stored(from)?, stored(to)?],
        )
        .map(drop)
    }

    /// Forgets what an account's devices were told.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(super) fn forget_told_profiles(&self, account: AccountId) -> Result<(), StoreError> {
        self.execute("DELETE FROM told_profiles WHERE account = ?1", [account.0])
            .map(drop)
    }

    /// Bytes of all pictures, as stored. Lengths are read, not pictures.
    pub(super) fn picture_bytes(&self) -> Result<u64, StoreError> {
        self.find_one(
            "SELECT (SELECT coalesce(sum(ifnull(length(picture), 0)), 0) FROM own_profile)
               + (SELECT coalesce(sum(ifnull(length(picture), 0)), 0) FROM contact_profiles)",
            [],
            |columns| columns.u64(0),
        )
    }
}
