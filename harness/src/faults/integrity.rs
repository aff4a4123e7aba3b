//! Whether a closed database is sound, the client's decrypted by the key that its test vault gives.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng as _;
use data_encoding::HEXLOWER;
use rusqlite::{Connection, OpenFlags};
use tacita_core::crypto::{Secret, aead};
use tacita_core::store::{KeyVault, VaultError};
use zeroize::Zeroizing;

/// A vault with a key that everybody knows: the one of core's store tests.
#[derive(Clone, Copy, Debug)]
pub struct FixedVault;

impl KeyVault for FixedVault {
    fn wrap(&self, key: &[u8]) -> Result<Vec<u8>, VaultError> {
        let own = Secret::from_bytes([1; 32]);
        Ok(aead::seal(
            &own,
            b"",
            key,
            &mut ChaCha20Rng::from_seed([1; 32]),
        ))
    }

    fn unwrap(&self, blob: &[u8]) -> Result<Vec<u8>, VaultError> {
        let own = Secret::from_bytes([1; 32]);
        let key = aead::open(&own, b"", blob).map_err(|_| VaultError)?;
        Ok(key.to_vec())
    }
}

/// The key of a client's database. It stays the same under any app lock.
#[derive(Debug)]
pub struct DatabaseKey(Zeroizing<String>);

/// Reads the key of a store that has no app lock, through its vault. PROTOCOL.md §21 has the form of `keys.bin`.
///
/// # Errors
/// When the files are not those of a store with a test vault.
pub fn database_key(directory: &Path, vault: &dyn KeyVault) -> Result<DatabaseKey> {
    let file = std::fs::read(directory.join("keys.bin")).context("reading keys.bin")?;
    let head = file.get(..37).context("keys.bin is short")?;
    ensure!(head.first() == Some(&1), "keys.bin has an app lock");
    let length = head
        .last_chunk::<4>()
        .map(|bytes| u32::from_be_bytes(*bytes));
    let end = 37 + usize::try_from(length.context("a length")?)?;
    let wrapped = file.get(37..end).context("keys.bin is short")?;
    let both = vault
        .unwrap(wrapped)
        .map(Zeroizing::new)
        .context("the vault does not open the keys")?;
    let key = both.get(..32).context("the keys are short")?;
    Ok(DatabaseKey(Zeroizing::new(format!(
        "x'{}'",
        HEXLOWER.encode(key)
    ))))
}

/// Checks a client's closed store: every page's MAC, the structure, the references.
///
/// # Errors
/// What is wrong with it.
pub fn check_store(directory: &Path, key: &DatabaseKey) -> Result<()> {
    if !directory.join("tacita.db").exists() {
        return Ok(());
    }
    check(&open_store(directory, key)?, "the client's database")
}

/// Opens the database of a closed store.
///
/// # Errors
/// When there is none.
pub fn open_store(directory: &Path, key: &DatabaseKey) -> Result<Connection> {
    let path = directory.join("tacita.db");
    let database = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    database.pragma_update(None, "key", key.0.as_str())?;
    database.pragma_update(None, "cipher_hmac_algorithm", "HMAC_SHA256")?;
    Ok(database)
}

/// Checks a relay's closed database.
///
/// # Errors
/// What is wrong with it.
pub fn check_relay(path: &Path) -> Result<()> {
    let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    check(&database, "the relay's database")
}

fn check(database: &Connection, whose: &str) -> Result<()> {
    let verdict: String = database
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .with_context(|| format!("{whose} cannot be read"))?;
    ensure!(verdict == "ok", "{whose}: {verdict}");
    let mut violations = database.prepare("PRAGMA foreign_key_check")?;
    ensure!(
        !violations.exists([])?,
        "{whose}: a reference leads nowhere"
    );
    Ok(())
}
