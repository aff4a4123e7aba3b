//! uniffi veneer over tacita-core for Kotlin and Swift: it converts and forwards, and decides nothing.

#[cfg(feature = "test-vault")]
pub mod bench;
pub mod client;
pub mod error;
pub mod ids;
pub mod inbox;
pub mod ports;
pub mod screens;
pub mod storage;
#[cfg(feature = "test-vault")]
pub mod vectors;
pub mod views;

uniffi::setup_scaffolding!();

/// The version of the core, as `major.minor.patch`.
#[uniffi::export]
pub fn core_version() -> Result<String, error::ClientError> {
    Ok(env!("CARGO_PKG_VERSION").to_owned())
}

/// Deletes the store in a directory without opening it: its keys first, then every file. For a user who has forgotten
/// the app lock's passphrase or wants to leave nothing; contacts and relays are not told. The app deletes the key with
/// which its vault wrapped them besides.
///
/// Fails with `StoreBusy` while the store is open, and with `StoreFailed` if a file cannot be deleted: try again.
#[uniffi::export]
pub fn erase_store(directory: String) -> Result<(), error::ClientError> {
    tacita_core::net::erase_store(std::path::Path::new(&directory))
}
