//! A key vault in a plain file, for harness and tests; built with the feature `test-vault` only.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a test's stand-in for the platform: its own file, its own randomness"
)]

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::PathBuf;

use getrandom::SysRng;
use rand_core::UnwrapErr;

use super::vault::{KeyVault, VaultError};
use crate::crypto::{Secret, aead};

const FILE_NAME: &str = "test-vault.key";
const ASSOCIATED_DATA: &[u8] = b"tacita test vault";

/// Keeps its key in `test-vault.key` (32 bytes, mode 0600), so that it protects nothing from whoever has the disk.
#[derive(Debug)]
pub struct TestVault {
    directory: PathBuf,
}

impl TestVault {
    /// A vault whose key file is, or will be, in `directory`.
    #[must_use]
    pub fn new(directory: PathBuf) -> Self {
        Self { directory }
    }

    fn load_key(&self) -> Result<Option<Secret<32>>, VaultError> {
        let mut file = match File::open(self.directory.join(FILE_NAME)) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(_) => return Err(VaultError),
        };
        let mut bytes = Vec::with_capacity(32);
        file.read_to_end(&mut bytes).map_err(|_| VaultError)?;
        let key = <[u8; 32]>::try_from(bytes).map_err(|_| VaultError)?;
        Ok(Some(Secret::from_bytes(key)))
    }

    fn generate_key(&self) -> Result<Secret<32>, VaultError> {
        let key = Secret::generate(&mut UnwrapErr(SysRng));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        // Whole under its name or not there: a test may kill this process at any moment.
        let half_written = self.directory.join(format!("{FILE_NAME}.new"));
        let write = || {
            match std::fs::remove_file(&half_written) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut file = options.open(&half_written)?;
            file.write_all(key.expose())?;
            file.sync_all()?;
            std::fs::rename(&half_written, self.directory.join(FILE_NAME))
        };
        std::fs::create_dir_all(&self.directory).map_err(|_| VaultError)?;
        write().map_err(|_| VaultError)?;
        Ok(key)
    }
}

impl KeyVault for TestVault {
    fn wrap(&self, key: &[u8]) -> Result<Vec<u8>, VaultError> {
        let own = match self.load_key()? {
            Some(own) => own,
            None => self.generate_key()?,
        };
        Ok(aead::seal(
            &own,
            ASSOCIATED_DATA,
            key,
            &mut UnwrapErr(SysRng),
        ))
    }

    fn unwrap(&self, blob: &[u8]) -> Result<Vec<u8>, VaultError> {
        let own = self.load_key()?.ok_or(VaultError)?;
        let key = aead::open(&own, ASSOCIATED_DATA, blob).map_err(|_| VaultError)?;
        Ok(key.to_vec())
    }

    fn is_test(&self) -> bool {
        true
    }
}
