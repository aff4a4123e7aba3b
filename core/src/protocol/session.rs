//! A session: the Double Ratchet between two devices, header-encrypted, with ML-KEM in each turn. PROTOCOL.md §13, §14.
//!
//! ```text
//! start_initiator ──▶ sends, has no receiving chain ──open──▶ sends and receives ─┐ each opened header
//! start_responder ──▶ cannot send ───────────────────open──▶ sends and receives ◀─┘ of a new chain turns
//! ```
//!
//! Opening has two steps, so that the store is asked for one skipped key at most: [`Session::open_header`]
//! changes nothing, [`Session::open_body`] changes the session only when the message has opened.

mod receiving;
mod sending;
mod stored;
#[cfg(test)]
mod tests;

use std::fmt;

use rand_core::CryptoRng;
use tacita_wire::Writer;

use crate::crypto::{DhPublic, DhSecret, KemPublic, KemSecret, Secret, StoredKemSecret};

use super::error::ProtocolError;
use super::ids::{DeviceAddress, TranscriptHash};
use super::ratchet::chain::ChainKey;
use super::ratchet::header::{HEAD_BYTES, HeaderKey, RatchetKeys};
use super::ratchet::root::RootKey;
use super::ratchet::skipped::OldChains;

pub use receiving::{Opened, envelope_message, message_head};
use sending::SendingTurn;
pub use stored::public_bytes;

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

/// One end of a session. [`tacita_wire::Encode`] gives its stored form: at most 8 KiB, secret but for the first
/// [`public_bytes`], without skipped keys.
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
            our_kem: our_kem.into_stored(),
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

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Session(redacted)")
    }
}
