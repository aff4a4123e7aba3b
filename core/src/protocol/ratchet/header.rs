//! The header of a message: the sender's ratchet keys and numbers, sealed. PROTOCOL.md §13.

use std::fmt;

use tacita_wire::{Reader, WireError};

use crate::crypto::aead::{NONCE_BYTES, TAG_BYTES, open_in_place, seal_in_place};
use crate::crypto::kem::{KEM_CIPHERTEXT_BYTES, KEM_PUBLIC_BYTES};
use crate::crypto::{DhPublic, KemCiphertext, KemPublic, Secret};
use crate::protocol::error::ProtocolError;
use crate::protocol::ids::TranscriptHash;

use super::skipped::SkippedKeyId;

/// Bytes of a sender's ratchet keys: dh 32 ‖ ek 1184 ‖ ct 1088.
pub(in crate::protocol) const RATCHET_KEYS_BYTES: usize =
    32 + KEM_PUBLIC_BYTES + KEM_CIPHERTEXT_BYTES;
/// Bytes of a header before it is sealed: the ratchet keys, PN u32, N u32.
pub(in crate::protocol) const HEADER_BYTES: usize = RATCHET_KEYS_BYTES + 4 + 4;
/// Bytes of a sealed header, without its nonce.
pub const SEALED_HEADER_BYTES: usize = HEADER_BYTES + TAG_BYTES;
/// Bytes of a message before its body: header nonce ‖ sealed header.
pub(in crate::protocol) const HEAD_BYTES: usize = NONCE_BYTES + SEALED_HEADER_BYTES;

/// The first byte of a header's associated data and of an envelope.
pub(in crate::protocol) const SUITE: u8 = 1;

/// The random nonce of a header, which also goes into the key of the body.
pub(in crate::protocol) type HeaderNonce = [u8; NONCE_BYTES];

/// HK: seals the headers of one chain.
#[derive(Clone, Debug)]
pub(in crate::protocol) struct HeaderKey(pub(in crate::protocol) Secret<32>);

/// A sender's ratchet keys in their byte form, which is the same for all messages of a chain.
#[derive(Clone)]
pub(in crate::protocol) struct RatchetKeys(Box<[u8; RATCHET_KEYS_BYTES]>);

/// The ratchet keys of a peer, checked.
pub(in crate::protocol) struct CheckedKeys {
    pub(in crate::protocol) dh: DhPublic,
    pub(in crate::protocol) kem: KemPublic,
    pub(in crate::protocol) ciphertext: KemCiphertext,
}

/// Which chain of the receiver a header belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::protocol) enum HeaderChain {
    /// The one being received.
    Current,
    /// One that a turn has ended, with its number.
    Old(u32),
    /// One that begins with this header: the ratchet turns.
    Next,
}

/// A header that has opened: it is of the peer. Nothing has changed yet.
pub struct OpenedHeader {
    pub(in crate::protocol) bytes: Box<[u8; HEADER_BYTES]>,
    pub(in crate::protocol) previous_length: u32,
    pub(in crate::protocol) n: u32,
    pub(in crate::protocol) chain: HeaderChain,
    /// How many receiving chains there were: the header is of no use once there is another one.
    pub(in crate::protocol) receiving_chains: u32,
    pub(in crate::protocol) skipped: Option<SkippedKeyId>,
}

impl OpenedHeader {
    /// The key that the caller loads, if the message is one that was skipped earlier. If the store has
    /// it no more, the message was opened before, or its time is over.
    #[must_use]
    pub fn skipped_key(&self) -> Option<SkippedKeyId> {
        self.skipped
    }

    /// The sender's ratchet keys, which only matter when the ratchet turns.
    pub(in crate::protocol) fn ratchet_keys(&self) -> Result<RatchetKeys, ProtocolError> {
        let mut reader = Reader::new(self.bytes.as_slice());
        Ok(RatchetKeys::from_bytes(&reader.array()?))
    }
}

impl RatchetKeys {
    pub(in crate::protocol) fn new(
        dh: &[u8; 32],
        kem: &[u8; KEM_PUBLIC_BYTES],
        ciphertext: &[u8; KEM_CIPHERTEXT_BYTES],
    ) -> Self {
        let mut bytes = Box::new([0; RATCHET_KEYS_BYTES]);
        let (dh_part, kem_parts) = bytes.split_at_mut(32);
        let (kem_part, ciphertext_part) = kem_parts.split_at_mut(KEM_PUBLIC_BYTES);
        dh_part.copy_from_slice(dh);
        kem_part.copy_from_slice(kem);
        ciphertext_part.copy_from_slice(ciphertext);
        Self(bytes)
    }

    /// The public ML-KEM key among them.
    pub(in crate::protocol) fn kem_bytes(&self) -> Result<[u8; KEM_PUBLIC_BYTES], WireError> {
        let mut reader = Reader::new(self.0.as_slice());
        reader.take(32)?;
        reader.array()
    }

    pub(in crate::protocol) fn from_bytes(bytes: &[u8; RATCHET_KEYS_BYTES]) -> Self {
        Self(Box::new(*bytes))
    }

    pub(in crate::protocol) fn as_bytes(&self) -> &[u8; RATCHET_KEYS_BYTES] {
        &self.0
    }

    /// Checks the keys, as is due once for each turn.
    pub(in crate::protocol) fn check(&self) -> Result<CheckedKeys, ProtocolError> {
        let mut reader = Reader::new(self.0.as_slice());
        Ok(CheckedKeys {
            dh: DhPublic::from_bytes(reader.array()?)?,
            kem: KemPublic::from_bytes(&reader.array()?)?,
            ciphertext: KemCiphertext::from_bytes(&reader.array()?),
        })
    }
}

/// `u8 1 ‖ th`.
fn associated_data(transcript: &TranscriptHash) -> [u8; 33] {
    let mut ad = [SUITE; 33];
    for (to, from) in ad.iter_mut().skip(1).zip(transcript.0) {
        *to = from;
    }
    ad
}

/// Seals a header in place; the tag is returned.
pub(in crate::protocol) fn seal_header(
    key: &HeaderKey,
    nonce: &HeaderNonce,
    transcript: &TranscriptHash,
    header: &mut [u8],
) -> [u8; TAG_BYTES] {
    seal_in_place(&key.0, nonce, &associated_data(transcript), header)
}

/// A header that is tried with one key after another.
pub(in crate::protocol) struct SealedHeader<'a> {
    nonce: &'a HeaderNonce,
    tag: &'a [u8; TAG_BYTES],
    ad: [u8; 33],
    buffer: Box<[u8; HEADER_BYTES]>,
}

impl<'a> SealedHeader<'a> {
    /// The header in front of a message.
    pub(in crate::protocol) fn new(
        message: &'a [u8],
        transcript: &TranscriptHash,
    ) -> Result<Self, ProtocolError> {
        let cut = ProtocolError::CannotDecrypt;
        let (nonce, rest) = message.split_first_chunk().ok_or(cut)?;
        let (header, rest) = rest.split_first_chunk::<HEADER_BYTES>().ok_or(cut)?;
        let (tag, _) = rest.split_first_chunk().ok_or(cut)?;
        Ok(Self {
            nonce,
            tag,
            ad: associated_data(transcript),
            buffer: Box::new(*header),
        })
    }

    /// Whether this key opens it. A wrong key leaves it as it was.
    pub(in crate::protocol) fn opens_under(&mut self, key: &HeaderKey) -> bool {
        open_in_place(
            &key.0,
            self.nonce,
            &self.ad,
            self.buffer.as_mut_slice(),
            self.tag,
        )
        .is_ok()
    }

    /// Once it has opened: the whole header, PN, N.
    pub(in crate::protocol) fn into_fields(
        self,
    ) -> Result<(Box<[u8; HEADER_BYTES]>, u32, u32), ProtocolError> {
        let mut reader = Reader::new(self.buffer.as_slice());
        reader.take(RATCHET_KEYS_BYTES)?;
        let (previous_length, n) = (reader.u32()?, reader.u32()?);
        Ok((self.buffer, previous_length, n))
    }
}

impl fmt::Debug for OpenedHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpenedHeader(redacted)")
    }
}

impl fmt::Debug for RatchetKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RatchetKeys(redacted)")
    }
}
