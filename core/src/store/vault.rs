//! The port to the platform's key vault, which alone can open the store's keys.

use thiserror::Error;

/// The vault failed or refused; the reason stays on the platform's side, where logs may not go.
/// Unlock the device and try again.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the key vault failed or refused")]
pub struct VaultError;

/// Wraps the store's keys under a key that never leaves the platform (Android Keystore, Secure Enclave).
pub trait KeyVault: Send + Sync {
    /// Encrypts and authenticates `key`, 64 secret bytes, or with an app lock 104; of an inbox 32.
    ///
    /// # Errors
    /// [`VaultError`] if the platform refuses.
    fn wrap(&self, key: &[u8]) -> Result<Vec<u8>, VaultError>;

    /// Opens what [`KeyVault::wrap`] returned.
    ///
    /// # Errors
    /// [`VaultError`] if the platform refuses, or if `blob` is not one of its own.
    fn unwrap(&self, blob: &[u8]) -> Result<Vec<u8>, VaultError>;

    /// Whether this is a test's vault, which release builds refuse.
    fn is_test(&self) -> bool {
        false
    }
}
