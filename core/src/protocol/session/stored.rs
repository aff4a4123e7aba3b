//! The stored form of a session: private to this device, sealed by the store.

use tacita_wire::{Decode, Encode, Reader, WireError, Writer};

use crate::crypto::{DhSecret, Secret, StoredKemSecret};
use crate::protocol::ids::{DeviceAddress, TranscriptHash};
use crate::protocol::ratchet::chain::ChainKey;
use crate::protocol::ratchet::header::{HeaderKey, RatchetKeys};
use crate::protocol::ratchet::root::RootKey;
use crate::protocol::ratchet::skipped::{MAX_OLD_CHAINS, OldChain, OldChains};

use super::{ReceivingChain, SendingChain, Session};

const VERSION: u8 = 1;
/// Bytes that every stored session fits into; as capacity, so that no growth leaves secrets behind.
const MAX_STORED_BYTES: usize = 8192;

impl Encode for Session {
    fn encode(&self, writer: &mut Writer) {
        writer
            .u8(VERSION)
            .put(&self.transcript)
            .put(&self.ours)
            .put(&self.theirs)
            .raw(self.root.0.expose())
            .raw(self.our_dh.expose())
            .put(&self.our_kem)
            .raw(self.our_next_header.0.expose())
            .raw(self.their_next_header.0.expose())
            .u32(self.sending_chains)
            .u32(self.receiving_chains)
            .bool(self.sending.is_some());
        if let Some(sending) = &self.sending {
            let (dh, ciphertext) = sending.keys.without_kem();
            writer
                .raw(sending.chain.0.expose())
                .raw(sending.header_key.0.expose())
                .raw(dh)
                .raw(ciphertext)
                .u32(sending.n)
                .u32(sending.previous_length);
        }
        writer.bool(self.receiving.is_some());
        if let Some(receiving) = &self.receiving {
            writer
                .raw(receiving.chain.0.expose())
                .raw(receiving.header_key.0.expose())
                .u32(receiving.n)
                .u32(receiving.skipped);
        }
        writer.count(self.old_chains.0.len());
        for old in &self.old_chains.0 {
            writer
                .u32(old.number)
                .raw(old.header_key.0.expose())
                .u32(old.skipped);
        }
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(MAX_STORED_BYTES);
        self.encode(&mut writer);
        writer.finish()
    }
}

impl Decode for Session {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        if reader.u8()? != VERSION {
            return Err(WireError::UnknownVersion);
        }
        let transcript = TranscriptHash::decode(reader)?;
        let ours = DeviceAddress::decode(reader)?;
        let theirs = DeviceAddress::decode(reader)?;
        let root = RootKey(secret(reader)?);
        let our_dh = DhSecret::from_bytes(secret(reader)?);
        let our_kem = StoredKemSecret::decode(reader)?;
        Ok(Self {
            transcript,
            ours,
            theirs,
            root,
            our_dh,
            our_next_header: HeaderKey(secret(reader)?),
            their_next_header: HeaderKey(secret(reader)?),
            sending_chains: reader.u32()?,
            receiving_chains: reader.u32()?,
            sending: decode_sending(reader, &our_kem)?,
            receiving: decode_receiving(reader)?,
            old_chains: decode_old_chains(reader)?,
            our_kem,
        })
    }
}

fn secret(reader: &mut Reader<'_>) -> Result<Secret<32>, WireError> {
    Ok(Secret::from_bytes(reader.array()?))
}

/// The public ML-KEM key of the chain is the one within our private key, and stored there only.
fn decode_sending(
    reader: &mut Reader<'_>,
    our_kem: &StoredKemSecret,
) -> Result<Option<SendingChain>, WireError> {
    if !reader.bool()? {
        return Ok(None);
    }
    Ok(Some(SendingChain {
        chain: ChainKey(secret(reader)?),
        header_key: HeaderKey(secret(reader)?),
        keys: RatchetKeys::new(
            &reader.array()?,
            our_kem.trust_seal().public_bytes(),
            &reader.array()?,
        ),
        n: reader.u32()?,
        previous_length: reader.u32()?,
    }))
}

fn decode_receiving(reader: &mut Reader<'_>) -> Result<Option<ReceivingChain>, WireError> {
    if !reader.bool()? {
        return Ok(None);
    }
    Ok(Some(ReceivingChain {
        chain: ChainKey(secret(reader)?),
        header_key: HeaderKey(secret(reader)?),
        n: reader.u32()?,
        skipped: reader.u32()?,
    }))
}

fn decode_old_chains(reader: &mut Reader<'_>) -> Result<OldChains, WireError> {
    let count = reader.count(MAX_OLD_CHAINS)?;
    let mut old = Vec::with_capacity(MAX_OLD_CHAINS + 1);
    for _ in 0..count {
        old.push(OldChain {
            number: reader.u32()?,
            header_key: HeaderKey(secret(reader)?),
            skipped: reader.u32()?,
        });
    }
    Ok(OldChains(old))
}
