//! uniffi veneer over tacita-core for Kotlin and Swift: it converts and forwards, and decides nothing.

pub mod client;
pub mod error;
pub mod ids;
pub mod ports;
#[cfg(feature = "test-vault")]
pub mod vectors;
pub mod views;

uniffi::setup_scaffolding!();

/// The version of the core, as `major.minor.patch`.
#[uniffi::export]
pub fn core_version() -> Result<String, error::ClientError> {
    Ok(env!("CARGO_PKG_VERSION").to_owned())
}
