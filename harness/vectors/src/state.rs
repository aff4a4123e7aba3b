//! Sessions as JSON.

use serde_json::{Value, json};
use tacita_core::crypto::KemSecret;
use tacita_core::crypto::kem::KEM_SECRET_BYTES;
use tacita_core::protocol::{DeviceAddress, Session};
use tacita_wire::{Decode, Encode, Reader, Writer};

use crate::case::Refused;
use crate::json::{Inputs, hex, wrong};
use crate::stored_session::{
    RATCHET_KEYS_BYTES, StoredOldChain, StoredReceiving, StoredSending, StoredSession,
};

type Result<T> = std::result::Result<T, Refused>;

/// The session that a case begins from.
pub(crate) fn read(inputs: &Inputs<'_>) -> Result<Session> {
    let (seed, expanded) = (inputs.bytes("kem")?, inputs.bytes("kem_expanded")?);
    let is_expanded = seed.len() == KEM_SECRET_BYTES;
    let kem = if is_expanded { &seed } else { &expanded };
    let mut stored = StoredSession {
        th: Decode::from_bytes(&inputs.array::<32>("th")?)?,
        ours: read_address(&inputs.object("ours")?)?,
        theirs: read_address(&inputs.object("theirs")?)?,
        root: inputs.array("rk")?,
        dh: inputs.array("dh")?,
        kem: KemSecret::from_bytes(kem)?.into_stored(),
        our_next_header: inputs.array("nhks")?,
        their_next_header: inputs.array("nhkr")?,
        sending_chains: inputs.number("sending_chains")?,
        receiving_chains: inputs.number("receiving_chains")?,
        sending: None,
        receiving: None,
        old: Vec::new(),
    };
    if let Some(sending) = inputs.option("sending")? {
        let keys = sending.array::<RATCHET_KEYS_BYTES>("keys")?;
        let mut parts = Reader::new(&keys);
        let dh = parts.array()?;
        parts.take(stored.kem.trust_seal().public_bytes().len())?;
        stored.sending = Some(StoredSending {
            chain: sending.array("ck")?,
            header: sending.array("hk")?,
            dh,
            ciphertext: parts.array()?,
            n: sending.number("n")?,
            previous_length: sending.number("pn")?,
        });
        if stored.ratchet_keys().as_deref() != Some(&keys) {
            return Err(wrong("keys"));
        }
    }
    if let Some(receiving) = inputs.option("receiving")? {
        stored.receiving = Some(StoredReceiving {
            chain: receiving.array("ck")?,
            header: receiving.array("hk")?,
            n: receiving.number("n")?,
            skipped: receiving.number("skipped")?,
        });
    }
    for chain in inputs.list("old")?.iter().map(Inputs::new) {
        stored.old.push(StoredOldChain {
            number: chain.number("number")?,
            header: chain.array("hk")?,
            skipped: chain.number("skipped")?,
        });
    }
    Ok(stored.to_session()?)
}

fn read_address(inputs: &Inputs<'_>) -> Result<DeviceAddress> {
    let mut writer = Writer::new();
    writer
        .raw(&inputs.array::<32>("account")?)
        .u32(inputs.number("device")?);
    Ok(Decode::from_bytes(&writer.finish())?)
}

/// The whole state but for our ML-KEM key, whose form differs by backend.
pub(crate) fn describe(session: &Session) -> Result<Value> {
    let stored = StoredSession::of(session)?;
    let keys = stored.ratchet_keys().as_deref().map(hex);
    let sending = stored.sending.as_ref().map(|sending| {
        json!({
            "ck": hex(&sending.chain),
            "hk": hex(&sending.header),
            "keys": keys,
            "n": sending.n,
            "pn": sending.previous_length,
        })
    });
    let receiving = stored.receiving.as_ref().map(|receiving| {
        json!({
            "ck": hex(&receiving.chain),
            "hk": hex(&receiving.header),
            "n": receiving.n,
            "skipped": receiving.skipped,
        })
    });
    let old = stored.old.iter().map(|old| {
        json!({
            "number": old.number,
            "hk": hex(&old.header),
            "skipped": old.skipped,
        })
    });
    Ok(json!({
        "th": hex(&stored.th.to_bytes()),
        "ours": describe_address(&stored.ours),
        "theirs": describe_address(&stored.theirs),
        "rk": hex(&stored.root),
        "dh": hex(&stored.dh),
        "nhks": hex(&stored.our_next_header),
        "nhkr": hex(&stored.their_next_header),
        "sending_chains": stored.sending_chains,
        "receiving_chains": stored.receiving_chains,
        "sending": sending,
        "receiving": receiving,
        "old": old.collect::<Vec<_>>(),
    }))
}

fn describe_address(address: &DeviceAddress) -> Value {
    json!({ "account": hex(&address.account.to_bytes()), "device": address.device.0 })
}
