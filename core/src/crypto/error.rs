//! Why a cryptographic operation was refused.

use thiserror::Error;

/// Why a cryptographic operation was refused. No variant says more than its name: an oracle needs
/// detail.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum CryptoError {
    /// A public or stored key is malformed, not canonical or of small order. Drop what carried it.
    #[error("a key is not valid")]
    BadKey,
    /// A key agreement came out all zero: the other side's key has small order. Drop what carried it.
    #[error("a key agreement did not depend on our key")]
    NotContributory,
    /// A signature does not hold. Drop what carried it.
    #[error("a signature does not hold")]
    BadSignature,
    /// Sealed bytes do not open: altered, cut, or sealed under another key. Drop them.
    #[error("sealed bytes do not open")]
    CannotOpen,
    /// Padding is missing or malformed. Drop what carried it.
    #[error("the padding is malformed")]
    BadPadding,
    /// Content does not fit into the size that it shall be padded to. Send less.
    #[error("the content does not fit")]
    TooLong,
}
