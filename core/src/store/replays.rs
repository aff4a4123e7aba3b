//! What has been processed: initial envelopes by their id, all envelopes by their hash.

use rusqlite::params;

use super::error::StoreError;
use super::tx::Tx;
use crate::protocol::ids::{Hour, InitialId, TranscriptHash};

impl Tx<'_> {
    /// Remembers the handshake that an initial id led to, until an hour.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Failed`] if the id is known.
    pub fn insert_initial(
        &self,
        id: InitialId,
        th: TranscriptHash,
        fields_hash: [u8; 32],
        keep_until: Hour,
    ) -> Result<(), StoreError> {
        self.execute_one(
            "INSERT INTO initials (id, th, fields_hash, keep_until) VALUES (?1, ?2, ?3, ?4)",
            params![id.0, th.0, fields_hash, keep_until.0],
        )
    }

    /// The session and the fields' hash that belong to an initial id, if it is known.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn load_initial(
        &self,
        id: InitialId,
    ) -> Result<Option<(TranscriptHash, [u8; 32])>, StoreError> {
        self.find(
            "SELECT th, fields_hash FROM initials WHERE id = ?1",
            [id.0],
            |columns| Ok((TranscriptHash(columns.array(0)?), columns.array(1)?)),
        )
    }

    /// Forgets the initial ids whose time was over before `hour`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn expire_initials(&self, hour: Hour) -> Result<(), StoreError> {
        self.execute("DELETE FROM initials WHERE keep_until < ?1", [hour.0])
            .map(drop)
    }

    /// Whether an envelope with this hash was processed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn has_envelope(&self, hash: [u8; 32]) -> Result<bool, StoreError> {
        Ok(self
            .find(
                "SELECT 1 FROM envelopes WHERE hash = ?1",
                [hash],
                |_| Ok(()),
            )?
            .is_some())
    }

    /// Remembers that an envelope was processed; no error if it is known, whose hour then stays.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn insert_envelope(&self, hash: [u8; 32], hour: Hour) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO envelopes (hash, seen) VALUES (?1, ?2) ON CONFLICT (hash) DO NOTHING",
            params![hash, hour.0],
        )
        .map(drop)
    }

    /// Forgets the envelopes that were processed before an hour.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn expire_envelopes(&self, before: Hour) -> Result<(), StoreError> {
        self.execute("DELETE FROM envelopes WHERE seen < ?1", [before.0])
            .map(drop)
    }
}
