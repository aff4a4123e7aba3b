//! Sessions as JSON, by way of the core's stored form: the one place that knows its layout.

use serde_json::{Value, json};
use tacita_core::crypto::kem::KEM_SECRET_BYTES;
use tacita_core::protocol::Session;
use tacita_wire::{Decode, Encode, Reader, Writer};

use crate::case::Refused;
use crate::json::{Inputs, hex};

type Result<T> = std::result::Result<T, Refused>;

const VERSION: u8 = 1;
/// dh 32 ‖ ek 1184 ‖ ct 1088.
const RATCHET_KEYS_BYTES: usize = 2304;
const MAX_OLD_CHAINS: usize = 32;

/// The session that a case begins from.
pub(crate) fn read(inputs: &Inputs<'_>) -> Result<Session> {
    let mut writer = Writer::new();
    writer.u8(VERSION).raw(&inputs.array::<32>("th")?);
    for end in ["ours", "theirs"] {
        let address = inputs.object(end)?;
        writer
            .raw(&address.array::<32>("account")?)
            .u32(address.number("device")?);
    }
    writer
        .raw(&inputs.array::<32>("rk")?)
        .raw(&inputs.array::<32>("dh")?);
    let (seed, expanded) = (inputs.bytes("kem")?, inputs.bytes("kem_expanded")?);
    writer.raw(if seed.len() == KEM_SECRET_BYTES {
        &seed
    } else {
        &expanded
    });
    writer
        .raw(&inputs.array::<32>("nhks")?)
        .raw(&inputs.array::<32>("nhkr")?)
        .u32(inputs.number("sending_chains")?)
        .u32(inputs.number("receiving_chains")?);
    let sending = inputs.option("sending")?;
    writer.bool(sending.is_some());
    if let Some(sending) = sending {
        write_chain(&mut writer, &sending)?;
        writer
            .raw(&sending.array::<RATCHET_KEYS_BYTES>("keys")?)
            .u32(sending.number("n")?)
            .u32(sending.number("pn")?);
    }
    let receiving = inputs.option("receiving")?;
    writer.bool(receiving.is_some());
    if let Some(receiving) = receiving {
        write_chain(&mut writer, &receiving)?;
        writer
            .u32(receiving.number("n")?)
            .u32(receiving.number("skipped")?);
    }
    let old = inputs.list("old")?;
    writer.count(old.len());
    for chain in old.iter().map(Inputs::new) {
        writer
            .u32(chain.number("number")?)
            .raw(&chain.array::<32>("hk")?)
            .u32(chain.number("skipped")?);
    }
    Ok(Session::from_bytes(&writer.finish())?)
}

fn write_chain(writer: &mut Writer, chain: &Inputs<'_>) -> Result<()> {
    writer
        .raw(&chain.array::<32>("ck")?)
        .raw(&chain.array::<32>("hk")?);
    Ok(())
}

/// The whole state but for our ML-KEM key, whose form differs by backend.
pub(crate) fn describe(session: &Session) -> Result<Value> {
    let bytes = session.to_bytes();
    let mut reader = Reader::new(&bytes);
    reader.u8()?;
    let th = reader.array::<32>()?;
    let ours = address(&mut reader)?;
    let theirs = address(&mut reader)?;
    let (rk, dh) = (reader.array::<32>()?, reader.array::<32>()?);
    reader.take(KEM_SECRET_BYTES)?;
    let (nhks, nhkr) = (reader.array::<32>()?, reader.array::<32>()?);
    let (sending_chains, receiving_chains) = (reader.u32()?, reader.u32()?);
    let sending = if reader.bool()? {
        json!({
            "ck": hex(reader.take(32)?),
            "hk": hex(reader.take(32)?),
            "keys": hex(reader.take(RATCHET_KEYS_BYTES)?),
            "n": reader.u32()?,
            "pn": reader.u32()?,
        })
    } else {
        Value::Null
    };
    let receiving = if reader.bool()? {
        json!({
            "ck": hex(reader.take(32)?),
            "hk": hex(reader.take(32)?),
            "n": reader.u32()?,
            "skipped": reader.u32()?,
        })
    } else {
        Value::Null
    };
    let mut old = Vec::new();
    for _ in 0..reader.count(MAX_OLD_CHAINS)? {
        old.push(json!({
            "number": reader.u32()?,
            "hk": hex(reader.take(32)?),
            "skipped": reader.u32()?,
        }));
    }
    reader.finish()?;
    Ok(json!({
        "th": hex(&th),
        "ours": ours,
        "theirs": theirs,
        "rk": hex(&rk),
        "dh": hex(&dh),
        "nhks": hex(&nhks),
        "nhkr": hex(&nhkr),
        "sending_chains": sending_chains,
        "receiving_chains": receiving_chains,
        "sending": sending,
        "receiving": receiving,
        "old": old,
    }))
}

fn address(reader: &mut Reader<'_>) -> Result<Value> {
    Ok(json!({ "account": hex(reader.take(32)?), "device": reader.u32()? }))
}
