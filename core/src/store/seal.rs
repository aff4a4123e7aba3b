//! Sealed cells: secrets are encrypted once more, each bound to its table, column and row.
//!
//! Cell = u16 n ‖ public n ‖ nonce 24 ‖ XChaCha20-Poly1305(row key, secret, AD = lx("row/seal", table ‖ 00 ‖ column
//! ‖ 00 ‖ primary key, 0) ‖ public). Most cells have no public part, n is 0. The nonce is derived from the secret and
//! the cell's place: a store that was put back from a copy cannot use one nonce for two secrets, and nothing here
//! needs randomness.

use tacita_wire::{Reader, WireError};
use zeroize::Zeroizing;

use super::error::StoreError;
use crate::crypto::aead::{NONCE_BYTES, TAG_BYTES};
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

    /// Seals a secret into its place; 42 bytes longer than it.
    #[must_use]
    pub fn seal(&self, cell: &SealedCell<'_>, secret: &[u8]) -> Vec<u8> {
        self.seal_behind(cell, 0, secret)
    }

    /// As [`CellKeys::seal`], but the first `public` bytes of the value, up to 65,535, are only authenticated. They
    /// must follow from the rest, which alone settles the nonce. If there are not as many, all are sealed.
    #[must_use]
    pub fn seal_behind(&self, cell: &SealedCell<'_>, public: usize, value: &[u8]) -> Vec<u8> {
        let length = u16::try_from(public).ok();
        let parts = length.and_then(|length| Some((length, value.split_at_checked(public)?)));
        let (length, (public, secret)) = parts.unwrap_or((0, (&[], value)));
        let context = cell.context();
        let nonce = derive_from_parts::<NONCE_BYTES>(
            &[secret],
            self.nonce.expose(),
            Purpose::RowSeal,
            &[&context],
        );
        let mut sealed = Vec::with_capacity(2 + value.len() + NONCE_BYTES + TAG_BYTES);
        sealed.extend_from_slice(&length.to_be_bytes());
        sealed.extend_from_slice(public);
        sealed.extend_from_slice(nonce.expose());
        let start = sealed.len();
        sealed.extend_from_slice(secret);
        let associated = associated(&context, public);
        let (_, body) = sealed.split_at_mut(start);
        let tag = aead::seal_in_place(&self.seal, nonce.expose(), &associated, body);
        sealed.extend_from_slice(&tag);
        sealed
    }

    /// Opens what [`CellKeys::seal`] or [`CellKeys::seal_behind`] made for this place: the whole value.
    ///
    /// # Errors
    /// [`StoreError::Row`]: altered, or of another place or store.
    pub fn open(
        &self,
        cell: &SealedCell<'_>,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        let mut reader = Reader::new(sealed);
        let mut read = || -> Result<_, WireError> {
            let length = usize::from(reader.u16()?);
            let public = reader.take(length)?;
            let nonce = reader.array::<NONCE_BYTES>()?;
            let body = reader.take(reader.remaining().saturating_sub(TAG_BYTES))?;
            Ok((public, nonce, body, reader.array::<TAG_BYTES>()?))
        };
        let (public, nonce, body, tag) = read().map_err(|_| StoreError::Row)?;
        let mut value = Zeroizing::new(Vec::with_capacity(public.len() + body.len()));
        value.extend_from_slice(public);
        value.extend_from_slice(body);
        let (_, secret) = value.split_at_mut(public.len());
        let associated = associated(&cell.context(), public);
        aead::open_in_place(&self.seal, &nonce, &associated, secret, &tag)
            .map_err(|_| StoreError::Row)?;
        Ok(value)
    }
}

fn associated(context: &[u8], public: &[u8]) -> Vec<u8> {
    [lx(Purpose::RowSeal, context, 0).as_slice(), public].concat()
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
        for sealed in [
            keys.seal(&CELL, b"secret"),
            keys.seal_behind(&CELL, 6, b"publicsecret"),
        ] {
            for index in 0..sealed.len() {
                let mut changed = sealed.clone();
                changed[index] ^= 1;
                assert_eq!(keys.open(&CELL, &changed), Err(StoreError::Row));
            }
            for length in 0..sealed.len() {
                assert_eq!(keys.open(&CELL, &sealed[..length]), Err(StoreError::Row));
            }
        }
    }

    #[test]
    fn the_public_part_stands_open_and_the_rest_does_not() {
        let keys = CellKeys::derive(&Secret::from_bytes([7; 32]));
        let value = b"publicsecret";
        let shows = |sealed: &[u8], part: &[u8]| sealed.windows(6).any(|window| window == part);
        let sealed = keys.seal_behind(&CELL, 6, value);
        assert!(shows(&sealed, b"public") && !shows(&sealed, b"secret"));
        assert_eq!(keys.open(&CELL, &sealed).unwrap().as_slice(), value);
        for public in [0, 13, usize::MAX] {
            let sealed = keys.seal_behind(&CELL, public, value);
            assert!(!shows(&sealed, b"public") && !shows(&sealed, b"secret"));
            assert_eq!(keys.open(&CELL, &sealed).unwrap().as_slice(), value);
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
            keys.seal(&CELL, b"one")[2..26].to_vec(),
            keys.seal(&CELL, b"two")[2..26].to_vec(),
            keys.seal(&elsewhere, b"one")[2..26].to_vec(),
        ];
        assert!(nonces[0] != nonces[1] && nonces[0] != nonces[2] && nonces[1] != nonces[2]);
    }
}
