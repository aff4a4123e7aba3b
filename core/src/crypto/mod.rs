//! Pure functions on typed keys; the only place that names a crate of primitives. PROTOCOL.md §7.

pub mod aead;
#[cfg(test)]
mod attack_tests;
pub mod dh;
mod error;
pub mod hash;
pub mod hpke;
pub mod kdf;
pub mod kem;
pub mod labels;
pub mod padding;
pub mod passphrase;
#[cfg(test)]
mod public_tests;
pub mod secret;
pub mod sign;

pub use dh::{DhPublic, DhSecret};
pub use error::CryptoError;
pub use hpke::{ContactPublic, ContactSecret};
pub use kem::{KemCiphertext, KemPublic, KemSecret, StoredKemSecret};
pub use labels::Purpose;
pub use rand_core::CryptoRng;
pub use secret::Secret;
pub use sign::{Signature, SigningKey, VerifyingKey};
