//! A session's stored form taken apart and put together: beside the core, the one place that knows its layout.

use tacita_core::crypto::StoredKemSecret;
use tacita_core::crypto::kem::{KEM_CIPHERTEXT_BYTES, KEM_PUBLIC_BYTES};
use tacita_core::protocol::{DeviceAddress, Session, TranscriptHash};
use tacita_wire::{Decode, Encode, Reader, WireError, Writer};

const VERSION: u8 = 1;
/// dh 32 ‖ ek 1184 ‖ ct 1088.
pub const RATCHET_KEYS_BYTES: usize = 32 + KEM_PUBLIC_BYTES + KEM_CIPHERTEXT_BYTES;
const MAX_OLD_CHAINS: usize = 32;

/// What a session keeps. Nothing here erases itself: for tests only.
#[derive(Debug)]
pub struct StoredSession {
    /// The name of the session.
    pub th: TranscriptHash,
    /// Our device.
    pub ours: DeviceAddress,
    /// Their device.
    pub theirs: DeviceAddress,
    /// The root key.
    pub root: [u8; 32],
    /// Our private X25519 ratchet key.
    pub dh: [u8; 32],
    /// Our private ML-KEM ratchet key, which has the public one within.
    pub kem: StoredKemSecret,
    /// The header key of our next chain.
    pub our_next_header: [u8; 32],
    /// The header key of their next chain.
    pub their_next_header: [u8; 32],
    /// How many chains we have begun.
    pub sending_chains: u32,
    /// How many chains they have begun.
    pub receiving_chains: u32,
    /// Our chain, if we can send.
    pub sending: Option<StoredSending>,
    /// Their chain, if we have received.
    pub receiving: Option<StoredReceiving>,
    /// Chains that have ended, oldest first.
    pub old: Vec<StoredOldChain>,
}

/// The chain that we send in.
#[derive(Debug)]
pub struct StoredSending {
    /// The chain key.
    pub chain: [u8; 32],
    /// The header key.
    pub header: [u8; 32],
    /// Our public X25519 ratchet key, as it stands in the headers.
    pub dh: [u8; 32],
    /// The ML-KEM ciphertext, as it stands in the headers.
    pub ciphertext: [u8; KEM_CIPHERTEXT_BYTES],
    /// N of the next message.
    pub n: u32,
    /// PN.
    pub previous_length: u32,
}

/// The chain that we receive.
#[derive(Debug)]
pub struct StoredReceiving {
    /// The chain key.
    pub chain: [u8; 32],
    /// The header key.
    pub header: [u8; 32],
    /// N of the next message.
    pub n: u32,
    /// How many keys of this chain the store has.
    pub skipped: u32,
}

/// A chain that a turn has ended.
#[derive(Debug)]
pub struct StoredOldChain {
    /// Its number.
    pub number: u32,
    /// Its header key.
    pub header: [u8; 32],
    /// How many keys of it the store has.
    pub skipped: u32,
}

impl StoredSession {
    /// What this session would store.
    ///
    /// # Errors
    /// [`WireError`]: the core's layout is not the one that stands here.
    pub fn of(session: &Session) -> Result<Self, WireError> {
        <Self as Decode>::from_bytes(&session.to_bytes())
    }

    /// The session that has stored this.
    ///
    /// # Errors
    /// As [`StoredSession::of`].
    pub fn to_session(&self) -> Result<Session, WireError> {
        <Session as Decode>::from_bytes(&self.to_bytes())
    }

    /// Our public ratchet keys as they stand in the headers of the chain that we send in.
    #[must_use]
    pub fn ratchet_keys(&self) -> Option<Vec<u8>> {
        let sending = self.sending.as_ref()?;
        let kem = self.kem.trust_seal().public_bytes();
        Some([&sending.dh[..], kem, &sending.ciphertext].concat())
    }
}

impl Encode for StoredSession {
    fn encode(&self, writer: &mut Writer) {
        let keys = self.ratchet_keys();
        let public = keys.as_deref();
        let public = public.unwrap_or(self.kem.trust_seal().public_bytes());
        writer
            .u8(VERSION)
            .count(public.len())
            .raw(public)
            .put(&self.th)
            .put(&self.ours)
            .put(&self.theirs)
            .raw(&self.root)
            .raw(&self.dh);
        for part in self.kem.secret_bytes() {
            writer.raw(part);
        }
        writer
            .raw(&self.our_next_header)
            .raw(&self.their_next_header)
            .u32(self.sending_chains)
            .u32(self.receiving_chains);
        if let Some(sending) = &self.sending {
            writer
                .raw(&sending.chain)
                .raw(&sending.header)
                .u32(sending.n)
                .u32(sending.previous_length);
        }
        writer.bool(self.receiving.is_some());
        if let Some(receiving) = &self.receiving {
            writer
                .raw(&receiving.chain)
                .raw(&receiving.header)
                .u32(receiving.n)
                .u32(receiving.skipped);
        }
        writer.count(self.old.len());
        for old in &self.old {
            writer.u32(old.number).raw(&old.header).u32(old.skipped);
        }
    }
}

impl Decode for StoredSession {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        if reader.u8()? != VERSION {
            return Err(WireError::UnknownVersion);
        }
        let has_chain = reader.count(RATCHET_KEYS_BYTES)? == RATCHET_KEYS_BYTES;
        let dh = if has_chain {
            Some(reader.array()?)
        } else {
            None
        };
        let public = reader.array()?;
        let ciphertext = if has_chain {
            Some(reader.array()?)
        } else {
            None
        };
        let mut stored = Self {
            th: TranscriptHash::decode(reader)?,
            ours: DeviceAddress::decode(reader)?,
            theirs: DeviceAddress::decode(reader)?,
            root: reader.array()?,
            dh: reader.array()?,
            kem: StoredKemSecret::decode_beside(&public, reader)?,
            our_next_header: reader.array()?,
            their_next_header: reader.array()?,
            sending_chains: reader.u32()?,
            receiving_chains: reader.u32()?,
            sending: None,
            receiving: None,
            old: Vec::new(),
        };
        if let (Some(dh), Some(ciphertext)) = (dh, ciphertext) {
            stored.sending = Some(StoredSending {
                chain: reader.array()?,
                header: reader.array()?,
                dh,
                ciphertext,
                n: reader.u32()?,
                previous_length: reader.u32()?,
            });
        }
        if reader.bool()? {
            stored.receiving = Some(StoredReceiving {
                chain: reader.array()?,
                header: reader.array()?,
                n: reader.u32()?,
                skipped: reader.u32()?,
            });
        }
        for _ in 0..reader.count(MAX_OLD_CHAINS)? {
            stored.old.push(StoredOldChain {
                number: reader.u32()?,
                header: reader.array()?,
                skipped: reader.u32()?,
            });
        }
        Ok(stored)
    }
}
