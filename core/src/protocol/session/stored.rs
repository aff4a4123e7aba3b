//! The stored form of a session: private to this device, sealed by the store.
//!
//! ```text
//! u8 version ‖ u16 n ‖ public: n bytes ‖ secret: the rest
//! ```
//! Public are our ratchet keys as every header of our chain has them, 2,304 bytes, or before there is a chain only
//! the ML-KEM key, 1,184. The secret part settles them: H(ek) stands within the private key, and the root key was
//! derived from dh and ct. So a nonce that is derived from the secret part alone never serves for two public ones.

use tacita_wire::{Decode, Encode, Reader, WireError, Writer};

use crate::crypto::kem::KEM_PUBLIC_BYTES;
use crate::crypto::{DhSecret, Secret, StoredKemSecret};
use crate::protocol::ids::{DeviceAddress, TranscriptHash};
use crate::protocol::ratchet::chain::ChainKey;
use crate::protocol::ratchet::header::{HeaderKey, RATCHET_KEYS_BYTES, RatchetKeys};
use crate::protocol::ratchet::root::RootKey;
use crate::protocol::ratchet::skipped::{MAX_OLD_CHAINS, OldChain, OldChains};

use super::{ReceivingChain, SendingChain, Session};

const VERSION: u8 = 1;
/// Bytes before the public part.
const PREFIX_BYTES: usize = 3;
/// Bytes that every stored session fits into; as capacity, so that no growth leaves secrets behind.
const MAX_STORED_BYTES: usize = 8192;

/// How many bytes at the start of a stored form are no secret; none of what is no stored form.
#[must_use]
pub fn public_bytes(stored: &[u8]) -> usize {
    match stored {
        [VERSION, high, low, rest @ ..] => {
            let length = usize::from(u16::from_be_bytes([*high, *low]));
            if rest.len() < length {
                0
            } else {
                PREFIX_BYTES + length
            }
        }
        _ => 0,
    }
}

impl Encode for Session {
    fn encode(&self, writer: &mut Writer) {
        let public: &[u8] = match &self.sending {
            Some(sending) => sending.keys.as_bytes(),
            None => self.our_kem.trust_seal().public_bytes(),
        };
        let [kem_before, kem_after] = self.our_kem.secret_bytes();
        writer
            .u8(VERSION)
            .count(public.len())
            .raw(public)
            .put(&self.transcript)
            .put(&self.ours)
            .put(&self.theirs)
            .raw(self.root.0.expose())
            .raw(self.our_dh.expose())
            .raw(kem_before)
            .raw(kem_after)
            .raw(self.our_next_header.0.expose())
            .raw(self.their_next_header.0.expose())
            .u32(self.sending_chains)
            .u32(self.receiving_chains);
        if let Some(sending) = &self.sending {
            writer
                .raw(sending.chain.0.expose())
                .raw(sending.header_key.0.expose())
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
        let (keys, public) = decode_public(reader)?;
        let transcript = TranscriptHash::decode(reader)?;
        let ours = DeviceAddress::decode(reader)?;
        let theirs = DeviceAddress::decode(reader)?;
        Ok(Self {
            transcript,
            ours,
            theirs,
            root: RootKey(secret(reader)?),
            our_dh: DhSecret::from_bytes(secret(reader)?),
            our_kem: StoredKemSecret::decode_beside(&public, reader)?,
            our_next_header: HeaderKey(secret(reader)?),
            their_next_header: HeaderKey(secret(reader)?),
            sending_chains: reader.u32()?,
            receiving_chains: reader.u32()?,
            sending: match keys {
                Some(keys) => Some(decode_sending(reader, keys)?),
                None => None,
            },
            receiving: decode_receiving(reader)?,
            old_chains: decode_old_chains(reader)?,
        })
    }
}

/// The keys of the chain that we send in, if there is one, and our public ML-KEM key, which is among them.
fn decode_public(
    reader: &mut Reader<'_>,
) -> Result<(Option<RatchetKeys>, [u8; KEM_PUBLIC_BYTES]), WireError> {
    match reader.count(RATCHET_KEYS_BYTES)? {
        RATCHET_KEYS_BYTES => {
            let keys = RatchetKeys::from_bytes(&reader.array()?);
            let public = keys.kem_bytes()?;
            Ok((Some(keys), public))
        }
        KEM_PUBLIC_BYTES => Ok((None, reader.array()?)),
        _ => Err(WireError::UnknownTag),
    }
}

fn secret(reader: &mut Reader<'_>) -> Result<Secret<32>, WireError> {
    Ok(Secret::from_bytes(reader.array()?))
}

fn decode_sending(reader: &mut Reader<'_>, keys: RatchetKeys) -> Result<SendingChain, WireError> {
    Ok(SendingChain {
        chain: ChainKey(secret(reader)?),
        header_key: HeaderKey(secret(reader)?),
        keys,
        n: reader.u32()?,
        previous_length: reader.u32()?,
    })
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
