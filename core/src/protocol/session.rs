//! A session: the Double Ratchet between two devices, header-encrypted, with ML-KEM in each turn. PROTOCOL.md §13, §14.
//!
//! ```text
//! start_initiator ──▶ sends, has no receiving chain ──open──▶ sends and receives ─┐ each opened header
//! start_responder ──▶ cannot send ───────────────────open──▶ sends and receives ◀─┘ of a new chain turns
//! ```
//!
//! Opening has two steps, so that the store is asked for one skipped key at most: [`Session::open_header`]
//! changes nothing, [`Session::open_body`] changes the session only when the message has opened.

mod stored;
#[cfg(test)]
mod tests;

use std::fmt;

use rand_core::CryptoRng;
use tacita_wire::limits::is_envelope_bucket;
use tacita_wire::{Decode, WireError, Writer};
use zeroize::Zeroizing;

use crate::crypto::aead::{NONCE_BYTES, TAG_BYTES, open_once_in_place, seal_once_in_place};
use crate::crypto::kem::encapsulate;
use crate::crypto::padding::{MARK, bucket_for, unpad};
use crate::crypto::{DhPublic, DhSecret, KemPublic, KemSecret, Secret, StoredKemSecret};

use super::content::{Frame, MAX_BODY_BYTES};
use super::error::ProtocolError;
use super::ids::{DeviceAddress, TranscriptHash};
use super::ratchet::chain::{ChainKey, MessageKey};
use super::ratchet::header::{
    HEAD_BYTES, HeaderChain, HeaderKey, HeaderNonce, OpenedHeader, RatchetKeys, SUITE,
    SealedHeader, seal_header,
};
use super::ratchet::root::{HalfStep, RootKey};
use super::ratchet::skipped::{OldChain, OldChains, SkippedKeyId, count_skips};

/// What a handshake gives: the session's name and its first secrets. PROTOCOL.md §11.
#[derive(Debug)]
pub struct HandshakeSecrets {
    /// th.
    pub th: TranscriptHash,
    /// SK, the first root key.
    pub sk: Secret<32>,
    /// HK_AB, the header key of the initiator's first chain.
    pub hk_ab: Secret<32>,
    /// NHK_BA, the header key of the responder's first chain.
    pub nhk_ba: Secret<32>,
}

/// One end of a session. [`Encode`] gives its stored form: secret, at most 8 KiB, without skipped keys.
pub struct Session {
    transcript: TranscriptHash,
    ours: DeviceAddress,
    theirs: DeviceAddress,
    root: RootKey,
    our_dh: DhSecret,
    our_kem: StoredKemSecret,
    our_next_header: HeaderKey,
    their_next_header: HeaderKey,
    sending: Option<SendingChain>,
    receiving: Option<ReceivingChain>,
    sending_chains: u32,
    receiving_chains: u32,
    old_chains: OldChains,
}

struct SendingChain {
    chain: ChainKey,
    header_key: HeaderKey,
    keys: RatchetKeys,
    n: u32,
    previous_length: u32,
}

struct ReceivingChain {
    chain: ChainKey,
    header_key: HeaderKey,
    n: u32,
    skipped: u32,
}

/// A message that has opened. The caller stores what has changed in one transaction with the session.
#[derive(Debug)]
pub struct Opened {
    /// The content, with its counters.
    pub frame: Frame,
    /// Keys of messages that were passed over: store them, sealed, for 32 days.
    pub store: Vec<(SkippedKeyId, MessageKey)>,
    /// The stored key that this message has used: delete it.
    pub used: Option<SkippedKeyId>,
    /// Delete the stored keys of this chain and of all before it.
    pub forget_chain: Option<u32>,
    /// The ratchet has turned: the next message we send begins a new chain.
    pub turned: bool,
}

/// Bytes of an envelope around its padded frame.
const ENVELOPE_OVERHEAD: usize = 1 + HEAD_BYTES + TAG_BYTES;
/// Bytes of the two addresses in a body's associated data.
const ADDRESSES_BYTES: usize = 72;

impl Session {
    /// The initiator's end; it can send at once.
    ///
    /// # Errors
    /// [`ProtocolError::WeakKey`] if the agreement with their signed prekey is all zero: drop the bundle.
    pub fn start_initiator(
        secrets: HandshakeSecrets,
        ours: DeviceAddress,
        theirs: DeviceAddress,
        their_spk: &DhPublic,
        their_kem: &KemPublic,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Self, ProtocolError> {
        let transcript = secrets.th;
        let root = RootKey(secrets.sk);
        let turn = SendingTurn::generate(&root, &transcript, their_spk, their_kem, rng)?;
        Ok(Self {
            transcript,
            ours,
            theirs,
            root: turn.step.root,
            our_dh: turn.dh,
            our_kem: turn.kem,
            our_next_header: turn.step.next_header,
            their_next_header: HeaderKey(secrets.nhk_ba),
            sending: Some(SendingChain {
                chain: turn.step.chain,
                header_key: HeaderKey(secrets.hk_ab),
                keys: turn.keys,
                n: 0,
                previous_length: 0,
            }),
            receiving: None,
            sending_chains: 1,
            receiving_chains: 0,
            old_chains: OldChains::default(),
        })
    }

    /// The responder's end; it can send once it has opened a message. The keys are the private halves
    /// of the signed prekey and the ML-KEM prekey that the initiator used.
    #[must_use]
    pub fn start_responder(
        secrets: HandshakeSecrets,
        ours: DeviceAddress,
        theirs: DeviceAddress,
        our_spk: DhSecret,
        our_kem: KemSecret,
    ) -> Self {
        Self {
            transcript: secrets.th,
            ours,
            theirs,
            root: RootKey(secrets.sk),
            our_dh: our_spk,
            our_kem: our_kem.to_stored(),
            our_next_header: HeaderKey(secrets.nhk_ba),
            their_next_header: HeaderKey(secrets.hk_ab),
            sending: None,
            receiving: None,
            sending_chains: 0,
            receiving_chains: 0,
            old_chains: OldChains::default(),
        }
    }

    /// The name of the session.
    #[must_use]
    pub fn transcript(&self) -> TranscriptHash {
        self.transcript
    }

    /// Our device.
    #[must_use]
    pub fn ours(&self) -> DeviceAddress {
        self.ours
    }

    /// Their device.
    #[must_use]
    pub fn theirs(&self) -> DeviceAddress {
        self.theirs
    }

    /// N of the next message that we send.
    #[must_use]
    pub fn chain_length(&self) -> u32 {
        self.sending.as_ref().map_or(0, |chain| chain.n)
    }

    /// How many sending chains we have begun.
    #[must_use]
    pub fn chain_id(&self) -> u32 {
        self.sending_chains
    }

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

    /// Opens the header of a message (without the suite byte, see [`envelope_message`]).
    ///
    /// # Errors
    /// [`ProtocolError::CannotDecrypt`] if it is not of this session, or altered.
    pub fn open_header(&self, message: &[u8]) -> Result<OpenedHeader, ProtocolError> {
        let mut sealed = SealedHeader::new(message, &self.transcript)?;
        let chain = self
            .find_chain(&mut sealed)
            .ok_or(ProtocolError::CannotDecrypt)?;
        let (bytes, previous_length, n) = sealed.into_fields()?;
        Ok(OpenedHeader {
            bytes,
            previous_length,
            n,
            chain,
            receiving_chains: self.receiving_chains,
            skipped: self.skipped_id(chain, n),
        })
    }

    fn find_chain(&self, sealed: &mut SealedHeader<'_>) -> Option<HeaderChain> {
        if let Some(receiving) = &self.receiving
            && sealed.opens_under(&receiving.header_key)
        {
            return Some(HeaderChain::Current);
        }
        if sealed.opens_under(&self.their_next_header) {
            return Some(HeaderChain::Next);
        }
        let mut newest_first = self.old_chains.0.iter().rev();
        newest_first
            .find(|old| sealed.opens_under(&old.header_key))
            .map(|old| HeaderChain::Old(old.number))
    }

    fn skipped_id(&self, chain: HeaderChain, n: u32) -> Option<SkippedKeyId> {
        let number = match chain {
            HeaderChain::Next => return None,
            HeaderChain::Current if self.receiving.as_ref().is_none_or(|r| n >= r.n) => {
                return None;
            }
            HeaderChain::Current => self.receiving_chains,
            HeaderChain::Old(number) => number,
        };
        Some(SkippedKeyId { chain: number, n })
    }

    /// Opens the body, with the skipped key that [`OpenedHeader::skipped_key`] names, if any. On an
    /// error the session is as it was.
    ///
    /// # Errors
    /// [`ProtocolError::CannotDecrypt`] if the body does not open, was opened before, skips more than
    /// 1,000 messages, or if the session has changed since the header was opened.
    pub fn open_body(
        &mut self,
        header: OpenedHeader,
        message: &[u8],
        skipped: Option<MessageKey>,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Opened, ProtocolError> {
        if header.receiving_chains != self.receiving_chains {
            return Err(ProtocolError::CannotDecrypt);
        }
        if let Some(id) = self.skipped_id(header.chain, header.n) {
            let key = skipped.ok_or(ProtocolError::CannotDecrypt)?;
            let frame = self.open_frame(&key, header.n, message)?;
            if let (HeaderChain::Current, Some(receiving)) = (header.chain, &mut self.receiving) {
                receiving.skipped = receiving.skipped.saturating_sub(1);
            }
            self.old_chains.use_one(id.chain);
            return Ok(Opened {
                frame,
                store: Vec::new(),
                used: Some(id),
                forget_chain: None,
                turned: false,
            });
        }
        match header.chain {
            HeaderChain::Next => self.open_next(&header, message, rng),
            _ => self.open_current(&header, message),
        }
    }

    /// The next message of the chain being received, or a later one.
    fn open_current(
        &mut self,
        header: &OpenedHeader,
        message: &[u8],
    ) -> Result<Opened, ProtocolError> {
        let receiving = self
            .receiving
            .as_ref()
            .ok_or(ProtocolError::CannotDecrypt)?;
        let skips = count_skips(receiving.n, header.n, receiving.skipped)?;
        let next_n = header
            .n
            .checked_add(1)
            .ok_or(ProtocolError::CannotDecrypt)?;
        let mut store = Vec::with_capacity(usize::try_from(skips).unwrap_or(0));
        let number = self.receiving_chains;
        let chain = skip_to(&receiving.chain, receiving.n..header.n, number, &mut store);
        let (key, chain) = chain.derive_next();
        let frame = self.open_frame(&key, header.n, message)?;

        let mut skipped = skips;
        if let Some(receiving) = &mut self.receiving {
            receiving.chain = chain;
            receiving.n = next_n;
            receiving.skipped = receiving.skipped.saturating_add(skips);
            skipped = receiving.skipped;
        }
        Ok(Opened {
            frame,
            store,
            used: None,
            forget_chain: self.old_chains.forget_beyond_limit(skipped),
            turned: false,
        })
    }

    /// The first message that comes of a new chain: the ratchet turns.
    fn open_next(
        &mut self,
        header: &OpenedHeader,
        message: &[u8],
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Opened, ProtocolError> {
        let refused = ProtocolError::CannotDecrypt;
        // Every bound before any hash or key.
        let old_skips = match &self.receiving {
            Some(old) => count_skips(old.n, header.previous_length, old.skipped)?,
            None => 0,
        };
        let new_skips = count_skips(0, header.n, 0)?;
        let next_n = header.n.checked_add(1).ok_or(refused)?;
        let receiving_chains = self.receiving_chains.checked_add(1).ok_or(refused)?;
        let sending_chains = self.sending_chains.checked_add(1).ok_or(refused)?;

        let keys = header.ratchet_keys()?;
        let theirs = keys.check().map_err(|_| refused)?;
        let dh_secret = self.our_dh.agree(&theirs.dh).map_err(|_| refused)?;
        let our_kem = self.our_kem.load().map_err(|_| refused)?;
        let kem_secret = our_kem.decapsulate(&theirs.ciphertext);
        let received =
            self.root
                .derive_half_step(&self.transcript, &dh_secret, &kem_secret, &keys)?;
        let skips = usize::try_from(old_skips.saturating_add(new_skips)).unwrap_or(0);
        let mut store = Vec::with_capacity(skips);
        if let Some(old) = &self.receiving {
            let passed = old.n..header.previous_length;
            let _ended = skip_to(&old.chain, passed, self.receiving_chains, &mut store);
        }
        let chain = skip_to(&received.chain, 0..header.n, receiving_chains, &mut store);
        let (key, chain) = chain.derive_next();
        let frame = self.open_frame(&key, header.n, message)?;
        let turn = SendingTurn::generate(
            &received.root,
            &self.transcript,
            &theirs.dh,
            &theirs.kem,
            rng,
        )
        .map_err(|_| refused)?;

        // It has opened: from here on nothing fails.
        let their_header = std::mem::replace(&mut self.their_next_header, received.next_header);
        let our_header = std::mem::replace(&mut self.our_next_header, turn.step.next_header);
        let ended = self.receiving.replace(ReceivingChain {
            chain,
            header_key: their_header,
            n: next_n,
            skipped: new_skips,
        });
        let full = ended.and_then(|old| {
            self.old_chains.remember(OldChain {
                number: self.receiving_chains,
                header_key: old.header_key,
                skipped: old.skipped.saturating_add(old_skips),
            })
        });
        self.sending = Some(SendingChain {
            chain: turn.step.chain,
            header_key: our_header,
            keys: turn.keys,
            n: 0,
            previous_length: self.chain_length(),
        });
        self.root = turn.step.root;
        self.our_dh = turn.dh;
        self.our_kem = turn.kem;
        self.sending_chains = sending_chains;
        self.receiving_chains = receiving_chains;
        Ok(Opened {
            frame,
            store,
            used: None,
            forget_chain: self.old_chains.forget_beyond_limit(new_skips).or(full),
            turned: true,
        })
    }

    /// Opens the body of a message from the peer under its key.
    fn open_frame(&self, key: &MessageKey, n: u32, message: &[u8]) -> Result<Frame, ProtocolError> {
        let refused = ProtocolError::CannotDecrypt;
        let (head, sealed) = message.split_at_checked(HEAD_BYTES).ok_or(refused)?;
        let (nonce, _) = head.split_first_chunk::<NONCE_BYTES>().ok_or(refused)?;
        let (body, tag) = sealed.split_last_chunk::<TAG_BYTES>().ok_or(refused)?;
        let body_key = key.derive_body_key(&self.transcript, n, nonce);
        let ad = body_ad(&self.transcript, head, &self.theirs, &self.ours);
        let mut body = Zeroizing::new(body.to_vec());
        open_once_in_place(&body_key.key, &body_key.nonce, &ad, &mut body, tag)
            .map_err(|_| refused)?;
        let length = unpad(&body).map_err(|_| refused)?;
        let content = body.get(..length).ok_or(refused)?;
        Frame::from_bytes(content).map_err(|_| refused)
    }
}

/// Our new keys, the half-step that they make, and the header that will carry them.
struct SendingTurn {
    dh: DhSecret,
    kem: StoredKemSecret,
    keys: RatchetKeys,
    step: HalfStep,
}

impl SendingTurn {
    fn generate(
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
        let keys = RatchetKeys::new(&dh.public(), &kem.public(), &ciphertext);
        let step = root.derive_half_step(transcript, &dh_secret, &kem_secret, &keys)?;
        Ok(Self {
            dh,
            kem: kem.to_stored(),
            keys,
            step,
        })
    }
}

/// Derives past the messages of these numbers and gives their keys to `store`.
fn skip_to(
    chain: &ChainKey,
    passed: std::ops::Range<u32>,
    number: u32,
    store: &mut Vec<(SkippedKeyId, MessageKey)>,
) -> ChainKey {
    let mut chain = chain.clone();
    for n in passed {
        let (key, next) = chain.derive_next();
        store.push((SkippedKeyId { chain: number, n }, key));
        chain = next;
    }
    chain
}

/// `th ‖ header nonce ‖ sealed header ‖ sender ‖ receiver`.
fn body_ad(
    transcript: &TranscriptHash,
    head: &[u8],
    sender: &DeviceAddress,
    receiver: &DeviceAddress,
) -> Vec<u8> {
    let mut writer = Writer::with_capacity(32 + HEAD_BYTES + ADDRESSES_BYTES);
    writer.put(transcript).raw(head).put(sender).put(receiver);
    writer.finish()
}

/// The ratchet message within an envelope, after its size and suite byte were checked. PROTOCOL.md §14.
///
/// # Errors
/// [`ProtocolError::Malformed`]: not an envelope ([`WireError::UnknownTag`] for its size), or of a suite
/// that this build does not speak ([`WireError::UnknownVersion`]).
pub fn envelope_message(envelope: &[u8]) -> Result<&[u8], ProtocolError> {
    if !is_envelope_bucket(envelope.len()) {
        return Err(WireError::UnknownTag.into());
    }
    match envelope.split_first() {
        Some((&SUITE, message)) => Ok(message),
        _ => Err(WireError::UnknownVersion.into()),
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Session(redacted)")
    }
}
