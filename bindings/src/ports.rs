//! What the platform gives to the core: the key vault.

use std::sync::Arc;

use tacita_core::store;
use thiserror::Error;

/// Keeps the key of the store: in the Android Keystore, the Secure Enclave or the like. Its methods run
/// on a thread of the core, one at a time: they must be short, and must not call the client.
#[uniffi::export(rust, foreign)]
pub trait KeyVault: Send + Sync {
    /// Encrypts `key`, the store's 64 secret bytes (104 with an app lock; the inbox's are 32), so that only this vault can open it again. The core
    /// keeps the result on disk. Overwrite `key` when done with it.
    fn wrap(&self, key: Vec<u8>) -> Result<Vec<u8>, VaultError>;

    /// Opens what `wrap` returned, and fails if a byte of it was changed.
    fn unwrap(&self, blob: Vec<u8>) -> Result<Vec<u8>, VaultError>;

    /// Whether this is a vault for tests, which keeps keys in the open. Release builds refuse such a one.
    fn is_test(&self) -> Result<bool, VaultError>;
}

/// Why a key vault does not do what is asked. The core makes `VaultFailed` of each.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq, uniffi::Error)]
pub enum VaultError {
    /// The device or the vault is locked. The call can be made again once it is not.
    #[error("the vault is locked")]
    Locked,
    /// The vault has no key for this, or failed.
    #[error("the vault failed")]
    Failed,
}

impl From<uniffi::UnexpectedUniFFICallbackError> for VaultError {
    /// The platform's reason is dropped: it is a stack trace, and may hold what the vault was given.
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Failed
    }
}

/// The platform's vault, as the core asks for it.
pub(crate) struct PlatformVault {
    vault: Arc<dyn KeyVault>,
    is_test: bool,
}

impl PlatformVault {
    /// Asks once what kind of vault it is; one that cannot say is not used.
    pub(crate) fn new(vault: Arc<dyn KeyVault>) -> Result<Self, VaultError> {
        let is_test = vault.is_test()?;
        Ok(Self { vault, is_test })
    }
}

impl store::KeyVault for PlatformVault {
    fn wrap(&self, key: &[u8]) -> Result<Vec<u8>, store::VaultError> {
        self.vault.wrap(key.to_vec()).map_err(|_| store::VaultError)
    }

    fn unwrap(&self, blob: &[u8]) -> Result<Vec<u8>, store::VaultError> {
        self.vault
            .unwrap(blob.to_vec())
            .map_err(|_| store::VaultError)
    }

    fn is_test(&self) -> bool {
        self.is_test
    }
}

/// A vault for tests: its key lies in a file of `directory` that only the user can read. Not in release builds.
#[cfg(feature = "test-vault")]
#[uniffi::export]
pub fn test_vault(directory: String) -> Result<Arc<dyn KeyVault>, VaultError> {
    Ok(Arc::new(TestVault(store::TestVault::new(directory.into()))))
}

#[cfg(feature = "test-vault")]
struct TestVault(store::TestVault);

#[cfg(feature = "test-vault")]
impl KeyVault for TestVault {
    fn wrap(&self, key: Vec<u8>) -> Result<Vec<u8>, VaultError> {
        store::KeyVault::wrap(&self.0, &key).map_err(|_| VaultError::Failed)
    }

    fn unwrap(&self, blob: Vec<u8>) -> Result<Vec<u8>, VaultError> {
        store::KeyVault::unwrap(&self.0, &blob).map_err(|_| VaultError::Failed)
    }

    fn is_test(&self) -> Result<bool, VaultError> {
        Ok(true)
    }
}
