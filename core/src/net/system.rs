//! What only the system has: the clock and randomness.

use std::time::{SystemTime, UNIX_EPOCH};

use rand_core::{CryptoRng, UnwrapErr};

use crate::client::input::Now;
use crate::store::PassphraseTry;

/// The device's clock.
pub(super) fn system_now() -> Now {
    #[allow(
        clippy::disallowed_methods,
        reason = "net is the layer that has a clock"
    )]
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Now {
        ms: u64::try_from(since.as_millis()).unwrap_or(u64::MAX),
    }
}

/// A passphrase that is tried now.
pub(super) fn passphrase_try(passphrase: &[u8]) -> PassphraseTry<'_> {
    PassphraseTry {
        passphrase,
        now_s: system_now().ms / 1000,
    }
}

/// The system's randomness. Its failure is a panic, which the worker turns into `Reopen`: nothing is
/// ever made from bad randomness.
#[allow(
    clippy::disallowed_types,
    reason = "net is the layer that asks the system for randomness"
)]
pub(super) fn system_rng() -> impl CryptoRng {
    UnwrapErr(getrandom::SysRng)
}
