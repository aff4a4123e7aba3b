//! The symmetric chain: one message key a step, and from it the key of one body. PROTOCOL.md §13.

use crate::crypto::aead::ONCE_NONCE_BYTES;
use crate::crypto::kdf::{NO_SALT, derive_chain_step, derive_from_parts};
use crate::crypto::{Purpose, Secret};
use crate::protocol::ids::TranscriptHash;

use super::header::HeaderNonce;

/// CK: where a sending or receiving chain stands.
#[derive(Clone, Debug)]
pub(in crate::protocol) struct ChainKey(pub(in crate::protocol) Secret<32>);

/// mk: opens the one message of its number. Kept, sealed, only for a message that was skipped.
#[derive(Debug)]
pub struct MessageKey(Secret<32>);

/// What one body is sealed under, once.
pub(in crate::protocol) struct BodyKey {
    pub(in crate::protocol) key: Secret<32>,
    pub(in crate::protocol) nonce: [u8; ONCE_NONCE_BYTES],
}

impl ChainKey {
    /// The key of the next message, and the chain after it.
    pub(in crate::protocol) fn derive_next(&self) -> (MessageKey, Self) {
        let (message_key, chain_key) = derive_chain_step(&self.0);
        (MessageKey(message_key), Self(chain_key))
    }
}

impl MessageKey {
    /// A key that was stored.
    #[must_use]
    pub fn from_bytes(bytes: Secret<32>) -> Self {
        Self(bytes)
    }

    /// The 32 bytes, to store sealed.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }

    /// `D(mk, no salt, "mk/aead", th ‖ N ‖ header nonce, 44)`. The nonce is fresh randomness of the
    /// sender, so that a store put back from a copy never gives a keystream twice.
    pub(in crate::protocol) fn derive_body_key(
        &self,
        transcript: &TranscriptHash,
        n: u32,
        nonce: &HeaderNonce,
    ) -> BodyKey {
        let derived: Secret<{ 32 + ONCE_NONCE_BYTES }> = derive_from_parts(
            &[self.0.expose()],
            &NO_SALT,
            Purpose::MkAead,
            &[&transcript.0, &n.to_be_bytes(), nonce],
        );
        BodyKey {
            key: derived.part::<0, 32>(),
            nonce: *derived.part::<32, ONCE_NONCE_BYTES>().expose(),
        }
    }
}
