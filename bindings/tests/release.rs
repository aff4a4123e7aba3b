//! What a build without the feature `test-vault`, as a release kit is, refuses.
#![cfg(not(feature = "test-vault"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

use std::sync::Arc;

use tacita::client::{Client, Config};
use tacita::error::ClientError;
use tacita::ports::{KeyVault, VaultError};

/// Keeps keys in the open, and says so if it is told to.
struct OpenVault {
    is_test: bool,
}

impl KeyVault for OpenVault {
    fn wrap(&self, key: Vec<u8>) -> Result<Vec<u8>, VaultError> {
        Ok(key)
    }

    fn unwrap(&self, blob: Vec<u8>) -> Result<Vec<u8>, VaultError> {
        Ok(blob)
    }

    fn is_test(&self) -> Result<bool, VaultError> {
        Ok(self.is_test)
    }
}

fn open(is_test: bool) -> Result<Arc<Client>, ClientError> {
    let directory = tempfile::tempdir().unwrap();
    Client::open(Config {
        directory: directory.path().to_str().unwrap().to_owned(),
        vault: Arc::new(OpenVault { is_test }),
    })
}

#[test]
fn test_vault_is_refused_and_any_other_is_not() {
    assert!(matches!(open(true), Err(ClientError::TestVaultRefused)));
    assert!(open(false).is_ok());
}
