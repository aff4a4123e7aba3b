//! The reference model: PROTOCOL.md §12, §13, §16 and §18 with names in the place of keys.
//!
//! It knows no bytes. A key is named by the event that made it, so that two ends have the same key
//! exactly if they have the same name. It says of each delivery what must come of it.

pub mod device;
pub mod end;
pub mod rule;

use tacita_core::protocol::TranscriptHash;

use super::prekeys::UsedPrekeys;

/// A sending chain, by its place in the ledger.
pub type ChainId = usize;
/// A message, by its place in the ledger.
pub type MessageId = usize;
/// A device, by its place in the world.
pub type DeviceId = usize;

/// Names a root key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Root {
    /// SK of the handshake.
    Start(TranscriptHash),
    /// What the half-step of this chain gave.
    After(ChainId),
}

/// Names a header key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Header {
    /// HK_AB of the handshake.
    Initiator(TranscriptHash),
    /// NHK_BA of the handshake.
    Responder(TranscriptHash),
    /// NHK of this chain's half-step.
    After(ChainId),
}

/// Names the X25519 and the ML-KEM pair that one half-step is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pair {
    /// The responder's prekeys.
    Prekeys(TranscriptHash),
    /// Those drawn for this chain.
    Of(ChainId),
}

/// A sending chain and the half-step that began it.
#[derive(Clone, Copy, Debug)]
pub struct Chain {
    pub th: TranscriptHash,
    pub by: DeviceId,
    /// The root key that went into the half-step.
    pub root: Root,
    /// The pairs of the peer that it was made for.
    pub to: Pair,
    pub header: Header,
}

/// A message as it was sent.
#[derive(Clone, Debug)]
pub struct Message {
    pub th: TranscriptHash,
    pub from: DeviceId,
    pub to: DeviceId,
    pub chain: ChainId,
    pub n: u32,
    pub previous_length: u32,
    pub counter: u64,
    pub seen_up_to: u64,
    pub text: Vec<u8>,
    /// It travels in an initial envelope.
    pub initial: bool,
}

/// A handshake as it was begun.
#[derive(Clone, Copy, Debug)]
pub struct Handshake {
    pub th: TranscriptHash,
    pub from: DeviceId,
    pub to: DeviceId,
    pub prekeys: UsedPrekeys,
    pub replaces: Option<TranscriptHash>,
}

/// All that has ever been made; nothing is taken back when a device is put back.
#[derive(Default)]
pub struct Ledger {
    pub chains: Vec<Chain>,
    pub messages: Vec<Message>,
    pub handshakes: Vec<Handshake>,
}

impl Ledger {
    pub fn handshake(&self, th: &TranscriptHash) -> Option<&Handshake> {
        self.handshakes.iter().find(|one| one.th == *th)
    }

    pub fn begin_chain(&mut self, chain: Chain) -> ChainId {
        self.chains.push(chain);
        self.chains.len() - 1
    }
}

/// Why a delivery must be refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is for another device or mailbox.
    NotForUs,
    /// The session is gone, or never was here.
    NoSession,
    /// The prekeys are used up, or too old.
    NoPrekeys,
    /// No header key that is left opens it.
    ForgottenChain,
    /// Its key was used, or its time is over.
    NoKey,
    /// More than 1,000 keys of one chain would be kept.
    TooManySkips,
    /// An end that was put back to an earlier state has other keys.
    OtherKeys,
}

impl Refusal {
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotForUs => "refused: elsewhere",
            Self::NoSession => "refused: no such session",
            Self::NoPrekeys => "refused: prekeys are gone",
            Self::ForgottenChain => "refused: chain forgotten",
            Self::NoKey => "refused: key used or expired",
            Self::TooManySkips => "refused: too many skips",
            Self::OtherKeys => "refused: another history",
        }
    }
}
