//! The store's two keys and the file in which the vault keeps them wrapped.
//!
//! `keys.bin` = u8 1 ‖ commitment 32 ‖ bytes(wrapped keys) ‖ SHA-256 of all before. The checksum tells a damaged
//! file, the commitment a vault that gives other keys: only with the right keys does an unreadable database
//! count as damaged.

use tacita_wire::{Reader, WireError, Writer};
use zeroize::Zeroizing;

use super::error::StoreError;
use super::files::StoreFiles;
use super::seal::derive_commitment;
use super::vault::KeyVault;
use crate::crypto::hash::sha256;
use crate::crypto::{CryptoRng, Secret};

const VERSION: u8 = 1;
const KEY_BYTES: usize = 32;
const CHECKSUM_BYTES: usize = 32;
/// Bytes that a vault may make of 64.
const MAX_WRAPPED_BYTES: usize = 64 * 1024;

/// The database key, under which SQLCipher encrypts the file, and the row key, under which secrets are sealed besides.
#[derive(Debug)]
pub(super) struct StoreKeys {
    pub(super) database: Secret<KEY_BYTES>,
    pub(super) row: Secret<KEY_BYTES>,
}

/// Why there are no keys.
#[derive(Debug)]
pub(super) enum KeysFailure {
    /// The key file is not as it was written.
    Damaged,
    /// Anything else.
    Other(StoreError),
}

impl<E: Into<StoreError>> From<E> for KeysFailure {
    fn from(error: E) -> Self {
        Self::Other(error.into())
    }
}

impl StoreKeys {
    pub(super) fn generate(rng: &mut dyn CryptoRng) -> Self {
        Self {
            database: Secret::generate(rng),
            row: Secret::generate(rng),
        }
    }

    fn commitment(&self) -> [u8; 32] {
        derive_commitment(&[self.database.expose(), self.row.expose()])
    }

    fn from_unwrapped(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let keys = Self {
            database: Secret::from_bytes(reader.array().ok()?),
            row: Secret::from_bytes(reader.array().ok()?),
        };
        reader.finish().ok()?;
        Some(keys)
    }

    fn wrap(&self, vault: &dyn KeyVault) -> Result<Vec<u8>, StoreError> {
        let mut both = Zeroizing::new(Vec::with_capacity(2 * KEY_BYTES));
        both.extend_from_slice(self.database.expose());
        both.extend_from_slice(self.row.expose());
        let wrapped = vault.wrap(&both).map_err(|_| StoreError::VaultFailed)?;
        if wrapped.len() > MAX_WRAPPED_BYTES {
            return Err(StoreError::VaultFailed);
        }
        let mut writer = Writer::new();
        writer.u8(VERSION).raw(&self.commitment()).bytes(&wrapped);
        let mut file = writer.finish();
        let checksum = sha256(&[&file]);
        file.extend_from_slice(&checksum);
        Ok(file)
    }
}

struct KeyFile<'a> {
    commitment: [u8; 32],
    wrapped: &'a [u8],
}

fn parse(bytes: &[u8]) -> Result<KeyFile<'_>, KeysFailure> {
    let (body, checksum) = bytes
        .split_last_chunk::<CHECKSUM_BYTES>()
        .ok_or(KeysFailure::Damaged)?;
    if sha256(&[body]) != *checksum {
        return Err(KeysFailure::Damaged);
    }
    let mut reader = Reader::new(body);
    let damaged = |_: WireError| KeysFailure::Damaged;
    if reader.u8().map_err(damaged)? != VERSION {
        return Err(StoreError::Foreign.into());
    }
    let commitment = reader.array().map_err(damaged)?;
    let wrapped = reader.bytes(MAX_WRAPPED_BYTES).map_err(damaged)?;
    reader.finish().map_err(damaged)?;
    Ok(KeyFile {
        commitment,
        wrapped,
    })
}

/// Opens the keys, or makes them if the directory has neither keys nor a database.
pub(super) fn load_or_generate(
    files: &StoreFiles,
    vault: &dyn KeyVault,
    rng: &mut dyn CryptoRng,
) -> Result<StoreKeys, KeysFailure> {
    let Some(bytes) = files.load_keys()? else {
        if files.has_database()? {
            return Err(StoreError::WrongKey.into());
        }
        let keys = StoreKeys::generate(rng);
        let bytes = keys.wrap(vault)?;
        // A vault that cannot open what it wrapped is found out before anything is kept under these keys.
        open(&bytes, vault).map_err(|_| StoreError::VaultFailed)?;
        files.save_keys(&bytes)?;
        return Ok(keys);
    };
    open(&bytes, vault)
}

fn open(bytes: &[u8], vault: &dyn KeyVault) -> Result<StoreKeys, KeysFailure> {
    let file = parse(bytes)?;
    let unwrapped = Zeroizing::new(
        vault
            .unwrap(file.wrapped)
            .map_err(|_| StoreError::VaultFailed)?,
    );
    match StoreKeys::from_unwrapped(&unwrapped) {
        Some(keys) if keys.commitment() == file.commitment => Ok(keys),
        _ => Err(StoreError::WrongKey.into()),
    }
}
