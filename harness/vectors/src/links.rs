//! Operations on addresses, descriptors, links and safety numbers. PROTOCOL.md §4.4, §6, §20.

use serde_json::{Value, json};
use tacita_core::crypto::VerifyingKey;
use tacita_core::protocol::identity::derive_account_id;
use tacita_core::protocol::{AccountId, Descriptor, InvitationLink, safety_number, verify_scan};
use tacita_wire::{Encode, RelayAddress, RelayLink, WireError};

use crate::case::Refused;
use crate::json::{Inputs, hex};

type Result<T> = std::result::Result<T, Refused>;

pub(crate) fn run(operation: &str, inputs: &Inputs<'_>) -> Option<Result<Value>> {
    Some(match operation {
        "address" => address(inputs),
        "descriptor" => descriptor(inputs),
        "relay-link" => relay_link(inputs),
        "invitation" => invitation(inputs),
        "safety-number" => number(inputs),
        "scan" => scan(inputs),
        _ => return None,
    })
}

fn address(inputs: &Inputs<'_>) -> Result<Value> {
    let bytes = inputs.bytes("text")?;
    let text = std::str::from_utf8(&bytes).map_err(|_| WireError::UnknownTag)?;
    Ok(json!({ "text": RelayAddress::new(text)?.as_str() }))
}

fn descriptor(inputs: &Inputs<'_>) -> Result<Value> {
    let descriptor: Descriptor = inputs.decoded("bytes")?;
    Ok(json!({
        "address": descriptor.address.as_str(),
        "root": hex(&descriptor.root.0),
        "mailbox": hex(&descriptor.mailbox.0),
        "write": hex(descriptor.write.expose()),
        "bytes": hex(&descriptor.to_bytes()),
    }))
}

fn relay_link(inputs: &Inputs<'_>) -> Result<Value> {
    let link = RelayLink::parse(inputs.text("text")?)?;
    Ok(json!({
        "address": link.address.as_str(),
        "root": hex(&link.root.0),
        "join_code": link.join_code.map(|code| hex(code.expose())),
    }))
}

fn invitation(inputs: &Inputs<'_>) -> Result<Value> {
    let link = InvitationLink::parse(inputs.text("text")?)?;
    link.verify_foreign(AccountId(inputs.array("reader")?))?;
    Ok(json!({
        "address": link.address.as_str(),
        "root": hex(&link.root.0),
        "account": hex(&link.account.0),
        "secret": hex(link.secret.expose()),
        "claim_key": hex(link.claim_key().expose()),
        "seal_key": hex(link.seal_key().expose()),
        "pile_id": hex(&link.pile_id().0),
        "text": link.to_text().as_str(),
    }))
}

fn keys(inputs: &Inputs<'_>) -> Result<[(VerifyingKey, AccountId); 2]> {
    let keys: [VerifyingKey; 2] = [inputs.decoded("ours")?, inputs.decoded("theirs")?];
    Ok(keys.map(|key| (key, derive_account_id(&key))))
}

fn number(inputs: &Inputs<'_>) -> Result<Value> {
    let [ours, theirs] = keys(inputs)?;
    let number = safety_number((&ours.0, &ours.1), (&theirs.0, &theirs.1));
    Ok(json!({ "digits": number.digits, "qr": number.qr }))
}

fn scan(inputs: &Inputs<'_>) -> Result<Value> {
    let [ours, theirs] = keys(inputs)?;
    let scanned = inputs.text("scanned")?;
    verify_scan((&ours.0, &ours.1), (&theirs.0, &theirs.1), scanned)?;
    Ok(json!({}))
}
