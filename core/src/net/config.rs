//! What a client is opened with.

use std::path::PathBuf;
use std::sync::Arc;

use crate::store::KeyVault;

/// What a client is opened with.
pub struct Config {
    /// Where the store lives; made if it is not there. One process at a time.
    pub directory: PathBuf,
    /// Wraps the store's keys.
    pub vault: Arc<dyn KeyVault>,
}
