//! Sealed cells: secrets are encrypted once more, each bound to its table, column and row.
//!
//! Cell = nonce 24 ‖ XChaCha20-Poly1305(row key, secret, AD = lx("row/seal", table ‖ 00 ‖ column ‖ 00 ‖ primary
//! key, 0)). The nonce is derived from the secret and the cell's place: a store that was put back from a copy
//! cannot use one nonce for two secrets, and nothing here needs randomness.

use zeroize::Zeroizing;

use super::error::StoreError;
use crate::crypto::kdf::{NO_SALT, derive, derive_from_parts};
use crate::crypto::labels::lx;
use crate::crypto::{Purpose, Secret, aead};

/// Where a sealed secret stands.
#[derive(Clone, Copy, Debug)]
pub struct SealedCell<'a> {
    /// The table's name.
    pub table: &'static str,
    /// The column's name.
    pub column: &'static str,
    /// The primary key's columns one after another, each of fixed length.
    pub key: &'a [u8],
}

impl SealedCell<'_> {
    fn context(&self) -> Vec<u8> {
        [
            self.table.as_bytes(),
            &[0],
            self.column.as_bytes(),
            &[0],
            self.key,
        ]
        .concat()
    }
}

/// Seals and opens cells. Public so that what it costs can be measured apart from SQLite.
#[derive(Debug)]
pub struct CellKeys {
    seal: Secret<32>,
    nonce: Secret<32>,
}

impl CellKeys {
    /// From the store's row key, 32 bytes.
    #[must_use]
    pub fn derive(row_key: &Secret<32>) -> Self {
        Self {
            seal: row_key.clone(),
            nonce: derive(row_key.expose(), &NO_SALT, Purpose::RowSeal, b"nonce"),
        }
    }

    /// Seals a secret into its place; 40 bytes longer than it.
    #[must_use]
    pub fn seal(&self, cell: &SealedCell<'_>, secret: &[u8]) -> Vec<u8> {
        let context = cell.context();
        let nonce = derive_from_parts::<24>(
            &[secret],
            self.nonce.expose(),
            Purpose::RowSeal,
            &[&context],
        );
        let associated = lx(Purpose::RowSeal, &context, 0);
        aead::seal_with(&self.seal, nonce.expose(), &associated, secret)
    }

    /// Opens what [`CellKeys::seal`] made for this place.
    ///
    /// # Errors
    /// [`StoreError::Row`]: altered, or of another place or store.
    pub fn open(
        &self,
        cell: &SealedCell<'_>,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        let associated = lx(Purpose::RowSeal, &cell.context(), 0);
        aead::open(&self.seal, &associated, sealed).map_err(|_| StoreError::Row)
    }
}

/// What tells the right keys from others: one-way over 64 random bytes, so that it says nothing about them.
pub(super) fn derive_commitment(keys: &[&[u8]]) -> [u8; 32] {
    *derive_from_parts::<32>(keys, &NO_SALT, Purpose::RowSeal, &[b"commitment"]).expose()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CELL: SealedCell<'static> = SealedCell {
        table: "sessions",
        column: "state",
        key: &[1; 32],
    };

    #[test]
    fn a_cell_opens_in_its_own_place_only() {
        let keys = CellKeys::derive(&Secret::from_bytes([7; 32]));
        let sealed = keys.seal(&CELL, b"secret");
        assert_eq!(keys.open(&CELL, &sealed).unwrap().as_slice(), b"secret");
        for other in [
            SealedCell {
                table: "peers",
                ..CELL
            },
            SealedCell {
                column: "initial",
                ..CELL
            },
            SealedCell {
                key: &[2; 32],
                ..CELL
            },
        ] {
            assert_eq!(keys.open(&other, &sealed), Err(StoreError::Row));
        }
        let others = CellKeys::derive(&Secret::from_bytes([8; 32]));
        assert_eq!(others.open(&CELL, &sealed), Err(StoreError::Row));
    }

    #[test]
    fn any_changed_byte_is_refused() {
        let keys = CellKeys::derive(&Secret::from_bytes([7; 32]));
        let sealed = keys.seal(&CELL, b"secret");
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert_eq!(keys.open(&CELL, &changed), Err(StoreError::Row));
        }
        for length in 0..sealed.len() {
            assert_eq!(keys.open(&CELL, &sealed[..length]), Err(StoreError::Row));
        }
    }

    #[test]
    fn no_two_secrets_and_no_two_places_share_a_nonce() {
        let keys = CellKeys::derive(&Secret::from_bytes([7; 32]));
        let elsewhere = SealedCell {
            key: &[2; 32],
            ..CELL
        };
        let nonces = [
            keys.seal(&CELL, b"one")[..24].to_vec(),
            keys.seal(&CELL, b"two")[..24].to_vec(),
            keys.seal(&elsewhere, b"one")[..24].to_vec(),
        ];
        assert!(nonces[0] != nonces[1] && nonces[0] != nonces[2] && nonces[1] != nonces[2]);
    }
}
