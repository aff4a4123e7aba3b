//! uniffi veneer over tacita-core for Kotlin and Swift.

uniffi::setup_scaffolding!();

/// What can go wrong in a call.
#[derive(Debug, thiserror::Error, uniffi::Error)]
pub enum ClientError {
    /// The core stopped inside this call. Open the client again.
    #[error("the core stopped; open the client again")]
    Reopen,
}

/// The version of the core, as `major.minor.patch`.
#[uniffi::export]
pub fn core_version() -> Result<String, ClientError> {
    Ok(env!("CARGO_PKG_VERSION").to_owned())
}
