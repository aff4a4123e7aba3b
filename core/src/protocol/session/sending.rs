//! The sending end of a session: the half-step that begins a chain, and the messages of the chain.

use rand_core::CryptoRng;
use tacita_wire::Writer;

use crate::crypto::aead::{NONCE_BYTES, TAG_BYTES, seal_once_in_place};
use crate::crypto::kem::encapsulate;
use crate::crypto::padding::{MARK, bucket_for};
use crate::crypto::{DhPublic, DhSecret, KemPublic, KemSecret, StoredKemSecret};
use crate::protocol::content::{Frame, MAX_BODY_BYTES};
use crate::protocol::error::ProtocolError;
use crate::protocol::ids::TranscriptHash;
use crate::protocol::ratchet::header::{HEAD_BYTES, HeaderNonce, RatchetKeys, SUITE, seal_header};
use crate::protocol::ratchet::root::{HalfStep, RootKey};

use super::{Session, body_ad};

/// Bytes of an envelope around its padded frame.
const ENVELOPE_OVERHEAD: usize = 1 + HEAD_BYTES + TAG_BYTES;
impl Session {
    /// A whole envelope, in the smallest size that fits. PROTOCOL.md §14.
    ///
    /// # Errors
    /// [`ProtocolError::TooLarge`] if the frame fits into no envelope: send less.
    /// [`ProtocolError::NothingReceived`] for a responder that has opened nothing yet.
    pub fn encrypt(
        &mut self,
        frame: &Frame,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Vec<u8>, ProtocolError> {
        let bucket = bucket_for(frame.encoded_bytes(), ENVELOPE_OVERHEAD, 0)
            .ok_or(ProtocolError::TooLarge)?;
        let mut writer = Writer::with_capacity(bucket);
        writer.u8(SUITE);
        self.seal_message(writer, 1, frame, bucket - ENVELOPE_OVERHEAD, rng)
    }

    /// A ratchet message for an initial envelope: header nonce ‖ sealed header ‖ body padded by its
    /// mark only. PROTOCOL.md §12.
    ///
    /// # Errors
    /// As [`Session::encrypt`].
    pub fn encrypt_bare(
        &mut self,
        frame: &Frame,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Vec<u8>, ProtocolError> {
        let padded = frame.encoded_bytes() + 1;
        let writer = Writer::with_capacity(HEAD_BYTES + padded + TAG_BYTES);
        self.seal_message(writer, 0, frame, padded, rng)
    }

    /// Appends header and body to `writer`, which has `start` bytes, and seals both in place.
    fn seal_message(
        &mut self,
        mut writer: Writer,
        start: usize,
        frame: &Frame,
        padded: usize,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Vec<u8>, ProtocolError> {
        if frame.body.len() > MAX_BODY_BYTES {
            return Err(ProtocolError::TooLarge);
        }
        let sending = self
            .sending
            .as_mut()
            .ok_or(ProtocolError::NothingReceived)?;
        let n = sending.n;
        let next_n = n.checked_add(1).ok_or(ProtocolError::TooLarge)?;
        let mut nonce: HeaderNonce = [0; NONCE_BYTES];
        rng.fill_bytes(&mut nonce);

        writer
            .raw(&nonce)
            .raw(sending.keys.as_bytes())
            .u32(sending.previous_length)
            .u32(n)
            .raw(&[0; TAG_BYTES])
            .put(frame)
            .u8(MARK);
        let mut message = writer.finish();
        message.resize(start + HEAD_BYTES + padded, 0);

        let (_, from_nonce) = message
            .split_at_mut_checked(start)
            .ok_or(ProtocolError::TooLarge)?;
        let (head, body) = from_nonce
            .split_at_mut_checked(HEAD_BYTES)
            .ok_or(ProtocolError::TooLarge)?;
        if let Some((header, tag)) = head
            .get_mut(NONCE_BYTES..)
            .and_then(|sealed| sealed.split_last_chunk_mut::<TAG_BYTES>())
        {
            *tag = seal_header(&sending.header_key, &nonce, &self.transcript, header);
        }
        let (message_key, next_chain) = sending.chain.derive_next();
        let body_key = message_key.derive_body_key(&self.transcript, n, &nonce);
        let ad = body_ad(&self.transcript, head, &self.ours, &self.theirs);
        let tag = seal_once_in_place(&body_key.key, &body_key.nonce, &ad, body);
        message.extend_from_slice(&tag);

        sending.chain = next_chain;
        sending.n = next_n;
        Ok(message)
    }
}

/// Our new keys, the half-step that they make, and the header that will carry them.
pub(super) struct SendingTurn {
    pub(super) dh: DhSecret,
    pub(super) kem: StoredKemSecret,
    pub(super) keys: RatchetKeys,
    pub(super) step: HalfStep,
}

impl SendingTurn {
    pub(super) fn generate(
        root: &RootKey,
        transcript: &TranscriptHash,
        their_dh: &DhPublic,
        their_kem: &KemPublic,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Self, ProtocolError> {
        let dh = DhSecret::generate(rng);
        let kem = KemSecret::generate(rng);
        let (ciphertext, kem_secret) = encapsulate(their_kem, rng);
        let dh_secret = dh.agree(their_dh)?;
        let keys = RatchetKeys::new(
            dh.public().as_bytes(),
            kem.public_bytes(),
            ciphertext.as_bytes(),
        );
        let step = root.derive_half_step(transcript, &dh_secret, &kem_secret, &keys)?;
        Ok(Self {
            dh,
            kem: kem.into_stored(),
            keys,
            step,
        })
    }
}
