//! What stands in a session's stored form, read by the simulator: for the thief, and to compare keys.

use tacita_core::crypto::{Secret, StoredKemSecret};
use tacita_core::protocol::{DeviceAddress, Session, TranscriptHash};
use tacita_wire::{Decode, Encode, Reader, WireError};

/// dh 32 ‖ ek 1184 ‖ ct 1088.
pub const RATCHET_KEYS_BYTES: usize = 32 + 1184 + 1088;

pub struct SendingState {
    pub chain: [u8; 32],
    pub header: [u8; 32],
    pub n: u32,
    pub previous_length: u32,
}

pub struct ReceivingState {
    pub chain: [u8; 32],
    pub header: [u8; 32],
    pub n: u32,
    pub skipped: u32,
}

pub struct State {
    pub th: TranscriptHash,
    pub root: [u8; 32],
    pub dh: [u8; 32],
    pub kem: StoredKemSecret,
    pub our_next_header: [u8; 32],
    pub their_next_header: [u8; 32],
    pub sending_chains: u32,
    pub receiving_chains: u32,
    pub sending: Option<SendingState>,
    pub receiving: Option<ReceivingState>,
    /// Number, header key and count of skipped keys of each ended chain.
    pub ended: Vec<(u32, [u8; 32], u32)>,
}

impl State {
    pub fn of(session: &Session) -> Result<Self, WireError> {
        let bytes = session.to_bytes();
        let mut reader = Reader::new(&bytes);
        if reader.u8()? != 1 {
            return Err(WireError::UnknownVersion);
        }
        let th = TranscriptHash::decode(&mut reader)?;
        let _ends = [
            DeviceAddress::decode(&mut reader)?,
            DeviceAddress::decode(&mut reader)?,
        ];
        let mut state = Self {
            th,
            root: reader.array()?,
            dh: reader.array()?,
            kem: StoredKemSecret::decode(&mut reader)?,
            our_next_header: reader.array()?,
            their_next_header: reader.array()?,
            sending_chains: reader.u32()?,
            receiving_chains: reader.u32()?,
            sending: None,
            receiving: None,
            ended: Vec::new(),
        };
        if reader.bool()? {
            let (chain, header) = (reader.array()?, reader.array()?);
            reader.take(RATCHET_KEYS_BYTES)?;
            state.sending = Some(SendingState {
                chain,
                header,
                n: reader.u32()?,
                previous_length: reader.u32()?,
            });
        }
        if reader.bool()? {
            state.receiving = Some(ReceivingState {
                chain: reader.array()?,
                header: reader.array()?,
                n: reader.u32()?,
                skipped: reader.u32()?,
            });
        }
        for _ in 0..reader.count(64)? {
            let old = (reader.u32()?, reader.array()?, reader.u32()?);
            state.ended.push(old);
        }
        reader.finish()?;
        Ok(state)
    }

    pub fn kem_bytes(&self) -> Secret<32> {
        let hash = tacita_core::crypto::hash::sha256(&[&self.kem.to_bytes()]);
        Secret::from_bytes(hash)
    }
}
