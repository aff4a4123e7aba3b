//! What both sides of a handshake must agree on, and the secrets bound to it. PROTOCOL.md §11.

use tacita_wire::Writer;
use zeroize::Zeroizing;

use crate::crypto::hash::derive_hash;
use crate::crypto::kdf::{NO_SALT, derive_from_parts};
use crate::crypto::labels::Purpose;
use crate::crypto::secret::Secret;
use crate::crypto::sign::VerifyingKey;
use crate::protocol::identity::{Certificate, VerifiedDeviceLog};
use crate::protocol::ids::TranscriptHash;
use crate::protocol::initial::InitialFields;
use crate::protocol::prekey::SignedPrekey;
use crate::protocol::session::HandshakeSecrets;

const HANDSHAKE_VERSION: u8 = 1;
/// In front of the legs, so that the input is no X25519 output's encoding (as X3DH has it).
const LEGS_PREFIX: [u8; 32] = [0xff; 32];

/// Everything that both sides must agree on, by reference.
pub(super) struct Transcript<'a> {
    pub(super) initiator_log: &'a VerifiedDeviceLog,
    pub(super) initiator: &'a Certificate,
    pub(super) responder_key: &'a VerifyingKey,
    pub(super) responder: &'a Certificate,
    pub(super) spk: &'a SignedPrekey,
    pub(super) opk: Option<&'a SignedPrekey>,
    pub(super) kem: &'a SignedPrekey,
    pub(super) fields: &'a InitialFields,
}

impl Transcript<'_> {
    pub(super) fn derive_hash(&self) -> TranscriptHash {
        let mut writer = Writer::new();
        writer
            .u8(HANDSHAKE_VERSION)
            .put(self.initiator_log.account_key())
            .raw(&self.initiator_log.head())
            .put(self.initiator)
            .put(self.responder_key)
            .raw(&self.fields.responder_head)
            .put(self.responder)
            .put(&self.fields.ephemeral)
            .put(self.spk)
            .bool(self.opk.is_some());
        if let Some(opk) = self.opk {
            writer.put(opk);
        }
        writer
            .put(self.kem)
            .put(&self.fields.ciphertext)
            .put(&self.fields.descriptor)
            .bool(self.fields.replaces.is_some());
        if let Some(replaced) = &self.fields.replaces {
            writer.put(replaced);
        }
        // A capability of the initiator's stands in it.
        let transcript = Zeroizing::new(writer.finish());
        TranscriptHash(derive_hash(Purpose::HsTh, &[&transcript]))
    }
}

/// `legs` are DH0 to DH3, DH4 if there is one, and the ML-KEM secret, in this order.
pub(super) fn derive_secrets(legs: &[Secret<32>], th: TranscriptHash) -> HandshakeSecrets {
    let mut parts: Vec<&[u8]> = vec![&LEGS_PREFIX];
    parts.extend(legs.iter().map(|leg| leg.expose().as_slice()));
    let secret: Secret<96> = derive_from_parts(&parts, &NO_SALT, Purpose::HsSk, &[&th.0]);
    HandshakeSecrets {
        th,
        sk: secret.part::<0, 32>(),
        hk_ab: secret.part::<32, 32>(),
        nhk_ba: secret.part::<64, 32>(),
    }
}
