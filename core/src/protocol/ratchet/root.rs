//! The half-step: one X25519 and one ML-KEM exchange enter the root key. PROTOCOL.md §13.

use tacita_wire::Reader;

use crate::crypto::hash::sha256;
use crate::crypto::kdf::derive_from_parts;
use crate::crypto::kem::{KEM_CIPHERTEXT_BYTES, KEM_PUBLIC_BYTES};
use crate::crypto::{Purpose, Secret};
use crate::protocol::error::ProtocolError;
use crate::protocol::ids::TranscriptHash;

use super::chain::ChainKey;
use super::header::{HeaderKey, RatchetKeys};

/// RK: what both ends know of everything exchanged so far.
#[derive(Clone, Debug)]
pub(in crate::protocol) struct RootKey(pub(in crate::protocol) Secret<32>);

/// What a half-step gives.
pub(in crate::protocol) struct HalfStep {
    pub(in crate::protocol) root: RootKey,
    pub(in crate::protocol) chain: ChainKey,
    /// NHK: the header key of the chain after this one.
    pub(in crate::protocol) next_header: HeaderKey,
}

impl RootKey {
    /// `RK ‖ CK ‖ NHK = D(DH ‖ ss, salt RK, "rk", th ‖ dh ‖ SHA-256(ek) ‖ SHA-256(ct), 96)`; dh, ek, ct
    /// are those of the header that carries the half-step.
    pub(in crate::protocol) fn derive_half_step(
        &self,
        transcript: &TranscriptHash,
        dh_secret: &Secret<32>,
        kem_secret: &Secret<32>,
        keys: &RatchetKeys,
    ) -> Result<HalfStep, ProtocolError> {
        let mut reader = Reader::new(keys.as_bytes());
        let dh = reader.take(32)?;
        let kem = sha256(&[reader.take(KEM_PUBLIC_BYTES)?]);
        let ciphertext = sha256(&[reader.take(KEM_CIPHERTEXT_BYTES)?]);
        let derived: Secret<96> = derive_from_parts(
            &[dh_secret.expose(), kem_secret.expose()],
            self.0.expose(),
            Purpose::Rk,
            &[&transcript.0, dh, &kem, &ciphertext],
        );
        Ok(HalfStep {
            root: RootKey(derived.part::<0, 32>()),
            chain: ChainKey(derived.part::<32, 32>()),
            next_header: HeaderKey(derived.part::<64, 32>()),
        })
    }
}
