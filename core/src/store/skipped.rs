//! Keys of messages that were skipped and may still come.

use rusqlite::params;

use super::error::StoreError;
use super::seal::SealedCell;
use super::tx::Tx;
use crate::crypto::Secret;
use crate::protocol::ids::{Hour, TranscriptHash};
use crate::protocol::ratchet::{MessageKey, SkippedKeyId};

fn cell_key(th: TranscriptHash, id: SkippedKeyId) -> Vec<u8> {
    [
        th.0.as_slice(),
        &id.chain.to_be_bytes(),
        &id.n.to_be_bytes(),
    ]
    .concat()
}

fn cell(key: &[u8]) -> SealedCell<'_> {
    SealedCell {
        table: "skipped_keys",
        column: "key",
        key,
    }
}

impl Tx<'_> {
    /// Writes the keys that a message made its session skip. The session must be there by the commit.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Failed`] if one of these is kept already.
    pub fn insert_skipped(
        &self,
        th: TranscriptHash,
        keys: &[(SkippedKeyId, MessageKey)],
        hour: Hour,
    ) -> Result<(), StoreError> {
        for (id, key) in keys {
            let sealed = self.seal(&cell(&cell_key(th, *id)), key.expose());
            self.execute_one(
                "INSERT INTO skipped_keys (th, chain, n, key, stored) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![th.0, id.chain, id.n, sealed, hour.0],
            )?;
        }
        Ok(())
    }

    /// A skipped key, if it is still kept.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn load_skipped(
        &self,
        th: TranscriptHash,
        id: SkippedKeyId,
    ) -> Result<Option<MessageKey>, StoreError> {
        self.find(
            "SELECT key FROM skipped_keys WHERE th = ?1 AND chain = ?2 AND n = ?3",
            params![th.0, id.chain, id.n],
            |columns| {
                let key = self.open(&cell(&cell_key(th, id)), columns.blob(0)?)?;
                let key = key.as_slice().try_into().map_err(|_| StoreError::Row)?;
                Ok(MessageKey::from_bytes(Secret::from_bytes(key)))
            },
        )
    }

    /// Deletes a skipped key: it was used. No error if it is gone already.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn delete_skipped(&self, th: TranscriptHash, id: SkippedKeyId) -> Result<(), StoreError> {
        self.execute(
            "DELETE FROM skipped_keys WHERE th = ?1 AND chain = ?2 AND n = ?3",
            params![th.0, id.chain, id.n],
        )
        .map(drop)
    }

    /// Deletes the skipped keys of a chain that is forgotten, and of all chains before it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn delete_skipped_chain(&self, th: TranscriptHash, chain: u32) -> Result<(), StoreError> {
        self.execute(
            "DELETE FROM skipped_keys WHERE th = ?1 AND chain <= ?2",
            params![th.0, chain],
        )
        .map(drop)
    }

    /// Keeps the newest `keep` keys of a session (2,000; PROTOCOL.md §3) and deletes the others.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn trim_skipped(&self, th: TranscriptHash, keep: u32) -> Result<(), StoreError> {
        self.execute(
            "DELETE FROM skipped_keys WHERE th = ?1 AND (chain, n) IN
               (SELECT chain, n FROM skipped_keys WHERE th = ?1
                ORDER BY stored DESC, chain DESC, n DESC LIMIT -1 OFFSET ?2)",
            params![th.0, keep],
        )
        .map(drop)
    }

    /// Deletes the skipped keys, of whatever session, that were stored before an hour.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn expire_skipped(&self, before: Hour) -> Result<(), StoreError> {
        self.execute("DELETE FROM skipped_keys WHERE stored < ?1", [before.0])
            .map(drop)
    }
}
