//! Lets the tests of other languages run the vectors through the library that they are linked with.

use crate::error::ClientError;

/// Runs one case of core/tests/vectors, for tests only: a release build has no such function. Gives JSON, either
/// `outputs` or the name of an `error`.
#[uniffi::export]
pub fn run_vector(operation: String, inputs: String) -> Result<String, ClientError> {
    Ok(tacita_vectors::run_text(&operation, &inputs))
}
