//! Initial envelopes: the first ones to a stranger, sealed to its contact key. PROTOCOL.md §12.

use std::fmt;

use rand_core::CryptoRng;
use tacita_wire::limits::{ENVELOPE_BUCKETS, is_envelope_bucket};
use tacita_wire::{Decode, Encode, MailboxId, Reader, WireError, Writer};
use zeroize::Zeroizing;

use super::descriptor::Descriptor;
use super::error::ProtocolError;
use super::identity::DeviceLog;
use super::ids::{DeviceNumber, InitialId, TranscriptHash};
use super::prekey::PrekeyKind;
use crate::crypto::dh::DhPublic;
use crate::crypto::hash::derive_hash;
use crate::crypto::hpke::{self, ContactPublic, ContactSecret, HPKE_OVERHEAD};
use crate::crypto::kem::KemCiphertext;
use crate::crypto::labels::{Purpose, lx};
use crate::crypto::padding::{bucket_for, pad, unpad};

/// Initial envelopes that one session sends at most.
pub const MAX_INITIAL_ENVELOPES: u32 = 20;
/// Bytes of the smallest initial envelope.
pub const MIN_INITIAL_BYTES: usize = 8192;
const SUITE: u8 = 1;
/// What an initial envelope has around its padded content: the suite byte and what HPKE adds.
const OVERHEAD: usize = 1 + HPKE_OVERHEAD;
/// Bytes that a ratchet message has at most: no envelope is larger.
const MAX_RATCHET_MESSAGE_BYTES: usize = {
    let [.., largest] = ENVELOPE_BUCKETS;
    largest
};

/// What a responder needs for its half of the handshake. The same in every initial envelope of a
/// session.
#[derive(Clone, PartialEq, Eq)]
pub struct InitialFields {
    /// The initiator's device log, not yet verified.
    pub log: DeviceLog,
    /// The initiator's device.
    pub device: DeviceNumber,
    /// EK: the initiator's ephemeral key.
    pub ephemeral: DhPublic,
    /// Head of the responder's device log as the initiator had it.
    pub responder_head: [u8; 32],
    /// Id of the signed prekey used.
    pub spk_id: u32,
    /// Id of the one-time X25519 prekey used, if there was one.
    pub opk_id: Option<u32>,
    /// Kind of the ML-KEM prekey used: one-time or last resort.
    pub kem_kind: PrekeyKind,
    /// Id of the ML-KEM prekey used.
    pub kem_id: u32,
    /// Encapsulated to that prekey.
    pub ciphertext: KemCiphertext,
    /// Where answers go.
    pub descriptor: Descriptor,
    /// The session that this one replaces.
    pub replaces: Option<TranscriptHash>,
}

impl InitialFields {
    /// Names the handshake: a responder that knows this id has the session already. It then also
    /// compares all fields with those it accepted.
    #[must_use]
    pub fn initial_id(&self) -> InitialId {
        InitialId(derive_hash(
            Purpose::HsInit,
            &[self.ephemeral.as_bytes(), self.ciphertext.as_bytes()],
        ))
    }
}

impl fmt::Debug for InitialFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // They name both accounts.
        f.write_str("InitialFields(redacted)")
    }
}

impl Encode for InitialFields {
    fn encode(&self, writer: &mut Writer) {
        writer
            .put(&self.log)
            .put(&self.device)
            .put(&self.ephemeral)
            .raw(&self.responder_head)
            .u32(self.spk_id)
            .bool(self.opk_id.is_some());
        if let Some(id) = self.opk_id {
            writer.u32(id);
        }
        writer
            .put(&self.kem_kind)
            .u32(self.kem_id)
            .put(&self.ciphertext)
            .put(&self.descriptor)
            .bool(self.replaces.is_some());
        if let Some(replaced) = &self.replaces {
            writer.put(replaced);
        }
    }
}

impl Decode for InitialFields {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self {
            log: DeviceLog::decode(reader)?,
            device: DeviceNumber::decode(reader)?,
            ephemeral: DhPublic::decode(reader)?,
            responder_head: reader.array()?,
            spk_id: reader.u32()?,
            opk_id: if reader.bool()? {
                Some(reader.u32()?)
            } else {
                None
            },
            kem_kind: match PrekeyKind::decode(reader)? {
                kind @ (PrekeyKind::OneTimeKem | PrekeyKind::LastResort) => kind,
                PrekeyKind::Signed | PrekeyKind::OneTime | PrekeyKind::Contact => {
                    return Err(WireError::UnknownTag);
                }
            },
            kem_id: reader.u32()?,
            ciphertext: KemCiphertext::decode(reader)?,
            descriptor: Descriptor::decode(reader)?,
            replaces: if reader.bool()? {
                Some(TranscriptHash::decode(reader)?)
            } else {
                None
            },
        })
    }
}

/// Seals fields and a ratchet message (`nonce ‖ sealed header ‖ sealed body`) into an envelope of a
/// bucket's size, at least 8,192 bytes, for the contact mailbox `mailbox`.
///
/// # Errors
/// [`ProtocolError::TooLarge`] if no bucket holds them: send less.
pub fn seal_initial(
    fields: &InitialFields,
    ratchet_message: &[u8],
    contact: &ContactPublic,
    mailbox: MailboxId,
    rng: &mut (impl CryptoRng + ?Sized),
) -> Result<Vec<u8>, ProtocolError> {
    let mut plain = Writer::new();
    plain.put(fields).bytes(ratchet_message);
    let plain = Zeroizing::new(plain.finish());
    let bucket =
        bucket_for(plain.len(), OVERHEAD, MIN_INITIAL_BYTES).ok_or(ProtocolError::TooLarge)?;
    let padded = pad(&plain, bucket.saturating_sub(OVERHEAD))
        .map(Zeroizing::new)
        .map_err(|_| ProtocolError::TooLarge)?;
    let sealed = hpke::seal(contact, &derive_info(mailbox), &[SUITE], &padded, rng);
    let mut envelope = Writer::with_capacity(bucket);
    envelope.u8(SUITE).raw(&sealed);
    Ok(envelope.finish())
}

/// Opens an initial envelope that came into the contact mailbox `mailbox`; gives the fields, not yet
/// verified, and the ratchet message.
///
/// # Errors
/// [`ProtocolError::Malformed`] for another size or suite than envelopes have, or for content that
/// does not follow the protocol: drop it. [`ProtocolError::CannotDecrypt`] if it is not for this key
/// and mailbox: try the other contact keys kept, then drop it.
pub fn open_initial(
    envelope: &[u8],
    secret: &ContactSecret,
    mailbox: MailboxId,
) -> Result<(InitialFields, Zeroizing<Vec<u8>>), ProtocolError> {
    if envelope.len() < MIN_INITIAL_BYTES || !is_envelope_bucket(envelope.len()) {
        return Err(WireError::TooLong.into());
    }
    let (suite, sealed) = envelope.split_first().ok_or(WireError::Truncated)?;
    if *suite != SUITE {
        return Err(WireError::UnknownVersion.into());
    }
    let padded = hpke::open(secret, &derive_info(mailbox), &[SUITE], sealed)
        .map_err(|_| ProtocolError::CannotDecrypt)?;
    let length = unpad(&padded).map_err(|_| WireError::Truncated)?;
    let mut reader = Reader::new(padded.get(..length).ok_or(WireError::Truncated)?);
    let fields = InitialFields::decode(&mut reader)?;
    let message = Zeroizing::new(reader.bytes(MAX_RATCHET_MESSAGE_BYTES)?.to_vec());
    reader.finish()?;
    Ok((fields, message))
}

fn derive_info(mailbox: MailboxId) -> Vec<u8> {
    lx(Purpose::EnvInit, &mailbox.0, 0)
}

#[cfg(test)]
mod tests;
