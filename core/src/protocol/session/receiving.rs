//! The receiving end of a session: header, then body, and nothing changes before both have opened.

use rand_core::CryptoRng;
use tacita_wire::limits::is_envelope_bucket;
use tacita_wire::{Decode, WireError};
use zeroize::Zeroizing;

use crate::crypto::aead::{NONCE_BYTES, TAG_BYTES, open_once_in_place};
use crate::crypto::padding::unpad;
use crate::protocol::content::Frame;
use crate::protocol::error::ProtocolError;
use crate::protocol::ratchet::chain::{ChainKey, MessageKey};
use crate::protocol::ratchet::header::{
    HEAD_BYTES, HeaderChain, OpenedHeader, SUITE, SealedHeader,
};
use crate::protocol::ratchet::skipped::{OldChain, SkippedKeyId, count_skips};

use super::sending::SendingTurn;
use super::{ReceivingChain, SendingChain, Session, body_ad};

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

/// The head of a ratchet message, its nonce and its sealed header; none if it is shorter. PROTOCOL.md §13.
#[must_use]
pub fn message_head(message: &[u8]) -> Option<&[u8]> {
    message.get(..HEAD_BYTES)
}

impl Session {
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

    /// The key that is likely to fit comes first: each refusal reads the whole header.
    fn find_chain(&self, sealed: &mut SealedHeader<'_>) -> Option<HeaderChain> {
        // Their answer to what we have sent in our newest chain begins a new chain of theirs.
        let expects_turn = self.chain_length() > 0;
        if expects_turn && sealed.opens_under(&self.their_next_header) {
            return Some(HeaderChain::Next);
        }
        if let Some(receiving) = &self.receiving
            && sealed.opens_under(&receiving.header_key)
        {
            return Some(HeaderChain::Current);
        }
        if !expects_turn && sealed.opens_under(&self.their_next_header) {
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
        let kem_secret = self.our_kem.trust_seal().decapsulate(&theirs.ciphertext);
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
    pub(super) fn open_frame(
        &self,
        key: &MessageKey,
        n: u32,
        message: &[u8],
    ) -> Result<Frame, ProtocolError> {
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
