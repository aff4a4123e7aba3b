//! The store's two keys and the file in which the vault keeps them wrapped.
//!
//! ```text
//! keys.bin = head ‖ bytes(wrapped) ‖ SHA-256 of all before
//! head     = u8 1 ‖ commitment 32, wrapped = vault(keys 64); or with an app lock
//! head     = u8 2 ‖ commitment 32 ‖ u32 memory in KiB ‖ u32 passes ‖ salt 16,
//! wrapped  = vault(XChaCha20-Poly1305(Argon2id(passphrase, salt), keys 64, AD = head))
//! ```
//! The checksum tells a damaged file, the commitment a vault that gives other keys: only with the right keys does an
//! unreadable database count as damaged. The database's keys stay the same under any passphrase, so that setting one
//! rewrites this file alone.

use tacita_wire::{Reader, WireError, Writer};
use zeroize::Zeroizing;

use super::error::StoreError;
use super::files::StoreFiles;
use super::seal::derive_commitment;
use super::tries::WrongTries;
use super::vault::KeyVault;
use crate::crypto::hash::sha256;
use crate::crypto::passphrase::{
    MAX_PASSPHRASE_BYTES, PASSPHRASE_SALT_BYTES, PassphraseCost, PassphraseError,
    derive_passphrase_key,
};
use crate::crypto::{CryptoRng, Secret, aead};

/// Bytes that a passphrase has at least.
pub const MIN_PASSPHRASE_BYTES: usize = 4;

const VERSION: u8 = 1;
const VERSION_LOCKED: u8 = 2;
const KEY_BYTES: usize = 32;
const CHECKSUM_BYTES: usize = 32;
/// Bytes that a vault may make of at most 104.
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

    /// The key file of these keys.
    fn wrap(
        &self,
        vault: &dyn KeyVault,
        lock: Option<NewPassphrase<'_>>,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, StoreError> {
        let mut both = Zeroizing::new(Vec::with_capacity(2 * KEY_BYTES));
        both.extend_from_slice(self.database.expose());
        both.extend_from_slice(self.row.expose());
        let mut writer = Writer::new();
        let (head, inner) = match lock {
            None => {
                writer.u8(VERSION).raw(&self.commitment());
                (writer.finish(), both)
            }
            Some(NewPassphrase { passphrase, cost }) => {
                if passphrase.len() < MIN_PASSPHRASE_BYTES {
                    return Err(StoreError::PassphraseLength);
                }
                let mut salt = [0; PASSPHRASE_SALT_BYTES];
                rng.fill_bytes(&mut salt);
                writer
                    .u8(VERSION_LOCKED)
                    .raw(&self.commitment())
                    .u32(cost.memory_kib())
                    .u32(cost.passes())
                    .raw(&salt);
                let head = writer.finish();
                let key = Lock { cost, salt }.stretch(passphrase)?;
                let sealed = aead::seal(&key, &head, &both, rng);
                (head, Zeroizing::new(sealed))
            }
        };
        let wrapped = vault.wrap(&inner).map_err(|_| StoreError::VaultFailed)?;
        // A vault that cannot open what it wrapped is found out before anything depends on it.
        let again = vault.unwrap(&wrapped).map(Zeroizing::new);
        if wrapped.len() > MAX_WRAPPED_BYTES || again != Ok(inner) {
            return Err(StoreError::VaultFailed);
        }
        let mut writer = Writer::new();
        writer.raw(&head).bytes(&wrapped);
        let mut file = writer.finish();
        let checksum = sha256(&[&file]);
        file.extend_from_slice(&checksum);
        Ok(file)
    }
}

/// A passphrase that somebody tries, and when.
#[derive(Clone, Copy)]
pub struct PassphraseTry<'a> {
    /// The passphrase, UTF-8.
    pub passphrase: &'a [u8],
    /// Seconds of the device's clock.
    pub now_s: u64,
}

/// A passphrase that shall be asked for from now on.
#[derive(Clone, Copy)]
pub struct NewPassphrase<'a> {
    /// The passphrase, UTF-8, [`MIN_PASSPHRASE_BYTES`] to [`MAX_PASSPHRASE_BYTES`] long.
    pub passphrase: &'a [u8],
    /// What each try costs on this device.
    pub cost: PassphraseCost,
}

struct Lock {
    cost: PassphraseCost,
    salt: [u8; PASSPHRASE_SALT_BYTES],
}

impl Lock {
    fn stretch(&self, passphrase: &[u8]) -> Result<Secret<32>, StoreError> {
        derive_passphrase_key(passphrase, &self.salt, self.cost).map_err(|error| match error {
            PassphraseError::TooLong => StoreError::PassphraseLength,
            PassphraseError::TooCostly => StoreError::PassphraseTooCostly,
        })
    }

    /// Takes the passphrase's layer off.
    fn open(
        &self,
        sealed: &[u8],
        head: &[u8],
        entry: PassphraseTry<'_>,
        files: &StoreFiles,
    ) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        if entry.passphrase.len() > MAX_PASSPHRASE_BYTES {
            return Err(StoreError::PassphraseLength);
        }
        let now_s = entry.now_s;
        let before = match files.load_tries()? {
            Some(bytes) => WrongTries::read(&bytes, now_s).at_clock(now_s),
            None => WrongTries::default(),
        };
        let retry_after = before.wait_s(now_s);
        if retry_after > 0 {
            // Kept with the clock as it is now, so that one that was set back does not wait for long.
            files.save_tries(&before.to_bytes())?;
            return Err(StoreError::TooManyTries { retry_after });
        }
        // Counted first: whoever ends the process during a try has made one.
        let tries = before.one_more(now_s);
        files.save_tries(&tries.to_bytes())?;
        let key = match self.stretch(entry.passphrase) {
            Ok(key) => key,
            Err(error) => {
                files.save_tries(&before.to_bytes())?;
                return Err(error);
            }
        };
        match aead::open(&key, head, sealed) {
            Ok(keys) => {
                files.clear_tries()?;
                Ok(keys)
            }
            Err(_) => Err(StoreError::WrongPassphrase {
                retry_after: tries.wait_s(now_s),
            }),
        }
    }
}

struct KeyFile<'a> {
    head: &'a [u8],
    commitment: [u8; 32],
    lock: Option<Lock>,
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
    let version = reader.u8().map_err(damaged)?;
    if ![VERSION, VERSION_LOCKED].contains(&version) {
        return Err(StoreError::Foreign.into());
    }
    let commitment = reader.array().map_err(damaged)?;
    let lock = if version == VERSION_LOCKED {
        let (memory_kib, passes) = (
            reader.u32().map_err(damaged)?,
            reader.u32().map_err(damaged)?,
        );
        Some(Lock {
            cost: PassphraseCost::new(memory_kib, passes).map_err(|_| KeysFailure::Damaged)?,
            salt: reader.array().map_err(damaged)?,
        })
    } else {
        None
    };
    let (head, _) = body.split_at(body.len() - reader.remaining());
    let wrapped = reader.bytes(MAX_WRAPPED_BYTES).map_err(damaged)?;
    reader.finish().map_err(damaged)?;
    Ok(KeyFile {
        head,
        commitment,
        lock,
        wrapped,
    })
}

/// Opens the keys, or makes them if the directory has neither keys nor a database.
pub(super) fn load_or_generate(
    files: &StoreFiles,
    vault: &dyn KeyVault,
    entry: Option<PassphraseTry<'_>>,
    rng: &mut dyn CryptoRng,
) -> Result<StoreKeys, KeysFailure> {
    if let Some(bytes) = files.load_keys()? {
        return open(&bytes, files, vault, entry);
    }
    if files.has_database()? {
        return Err(StoreError::WrongKey.into());
    }
    let keys = StoreKeys::generate(rng);
    let bytes = keys.wrap(vault, None, rng)?;
    files.save_keys(&bytes)?;
    Ok(keys)
}

/// Writes the key file anew, for another passphrase or none. `entry` is the one that holds so far, if one does.
pub(super) fn change_lock(
    files: &StoreFiles,
    vault: &dyn KeyVault,
    entry: Option<PassphraseTry<'_>>,
    new: Option<NewPassphrase<'_>>,
    rng: &mut dyn CryptoRng,
) -> Result<(), StoreError> {
    let bytes = files.load_keys()?.ok_or(StoreError::WrongKey)?;
    let keys = open(&bytes, files, vault, entry).map_err(|failure| match failure {
        KeysFailure::Damaged => StoreError::WrongKey,
        KeysFailure::Other(error) => error,
    })?;
    files.save_keys(&keys.wrap(vault, new, rng)?)
}

fn open(
    bytes: &[u8],
    files: &StoreFiles,
    vault: &dyn KeyVault,
    entry: Option<PassphraseTry<'_>>,
) -> Result<StoreKeys, KeysFailure> {
    let file = parse(bytes)?;
    if file.lock.is_some() && entry.is_none() {
        return Err(StoreError::AppLocked.into());
    }
    let mut unwrapped = Zeroizing::new(
        vault
            .unwrap(file.wrapped)
            .map_err(|_| StoreError::VaultFailed)?,
    );
    if let (Some(lock), Some(entry)) = (&file.lock, entry) {
        unwrapped = lock.open(&unwrapped, file.head, entry, files)?;
    }
    match StoreKeys::from_unwrapped(&unwrapped) {
        Some(keys) if keys.commitment() == file.commitment => Ok(keys),
        _ => Err(StoreError::WrongKey.into()),
    }
}
