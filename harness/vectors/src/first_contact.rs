//! Operations on prekeys, bundles, records, handshakes and initial envelopes. PROTOCOL.md §10-§12, §19.

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use serde_json::{Value, json};
use tacita_core::crypto::{ContactSecret, DhSecret, Secret, SigningKey};
use tacita_core::protocol::{
    AccountId, Bundle, Descriptor, DeviceAddress, DeviceKeys, DeviceLog, DeviceNumber,
    HandshakeTarget, Hour, InitialFields, InvitationLink, PrekeyKind, PrekeyPair, PrekeySecret,
    ProtocolError, ReconnectRecord, SignedPrekey, TranscriptHash, VerifiedBundle,
    VerifiedDeviceLog, VerifiedPrekey, VerifiedReconnect, initiate, open_initial, respond,
};
use tacita_wire::{Decode, Encode, MailboxId, SealedEntry};

use crate::case::Refused;
use crate::identity::verified_log;
use crate::json::{Inputs, hex, wrong};
use crate::primitives::kem_secret;
use crate::state;

type Result<T> = std::result::Result<T, Refused>;

pub(crate) fn run(operation: &str, inputs: &Inputs<'_>) -> Option<Result<Value>> {
    Some(match operation {
        "prekey" => prekey(inputs),
        "bundle" => claimed(inputs).and_then(|bundle| describe_bundle(&bundle)),
        "seal-bundle" => seal_bundle(inputs),
        "reconnect-record" => reconnect_record(inputs),
        "initiate" => run_initiate(inputs),
        "respond" => run_respond(inputs),
        "initial" => initial(inputs),
        "initial-fields" => inputs
            .decoded::<InitialFields>("fields")
            .map(|fields| json!({ "initial_id": hex(&fields.initial_id().0) })),
        _ => return None,
    })
}

fn prekey(inputs: &Inputs<'_>) -> Result<Value> {
    let prekey: SignedPrekey = inputs.decoded("prekey")?;
    let kind = PrekeyKind::from_bytes(&[inputs.number("kind")?])?;
    let log = verified_log(inputs)?;
    let device = DeviceNumber(inputs.number("device")?);
    let signer = log
        .certificate(device)
        .ok_or(ProtocolError::UnknownDevice)?;
    let prekey = prekey.verify(kind, signer, Hour(inputs.number("now")?))?;
    let signed = prekey.signed();
    let key = match kind {
        PrekeyKind::Signed | PrekeyKind::OneTime => hex(prekey.dh()?.as_bytes()),
        PrekeyKind::OneTimeKem | PrekeyKind::LastResort => hex(prekey.kem()?.as_bytes()),
        PrekeyKind::Contact => hex(prekey.contact()?.as_bytes()),
    };
    Ok(json!({
        "id": signed.id(),
        "not_before": signed.not_before().0,
        "not_after": signed.not_after().0,
        "key": key,
    }))
}

fn claimed(inputs: &Inputs<'_>) -> Result<VerifiedBundle> {
    let link = InvitationLink::parse(inputs.text("invitation")?)?;
    let entry = SealedEntry::new(&inputs.bytes("entry")?)?;
    let bundle = Bundle::open(&entry, &link.seal_key(), link.pile_id())?;
    Ok(bundle.verify(link.account, Hour(inputs.number("now")?))?)
}

fn signed(prekey: &VerifiedPrekey) -> Value {
    hex(&prekey.signed().to_bytes())
}

fn describe_bundle(bundle: &VerifiedBundle) -> Result<Value> {
    Ok(json!({
        "account": hex(&bundle.log.account_id().0),
        "device": bundle.device.0,
        "log_head": hex(&bundle.log.head()),
        "spk": signed(&bundle.spk),
        "opk": bundle.opk.as_ref().map(signed),
        "kem": signed(&bundle.kem),
        "contact": signed(&bundle.contact_key),
        "descriptor": hex(&bundle.descriptor.to_bytes()),
    }))
}

/// Whether a bundle fits into an entry, and opens again.
fn seal_bundle(inputs: &Inputs<'_>) -> Result<Value> {
    let link = InvitationLink::parse(inputs.text("invitation")?)?;
    let bundle: Bundle = inputs.decoded("bundle")?;
    let entry = bundle.seal(&link.seal_key(), link.pile_id(), &mut rng())?;
    let opened = Bundle::open(&entry, &link.seal_key(), link.pile_id())?;
    let same = opened.to_bytes() == inputs.bytes("bundle")?;
    Ok(json!({ "length": entry.as_bytes().len(), "opens": same }))
}

fn record(inputs: &Inputs<'_>) -> Result<(VerifiedReconnect, Descriptor)> {
    let record: ReconnectRecord = inputs.decoded("record")?;
    let account = AccountId(inputs.array("account")?);
    let record = record.verify(account, Hour(inputs.number("now")?))?;
    Ok((record, inputs.decoded("descriptor")?))
}

fn reconnect_record(inputs: &Inputs<'_>) -> Result<Value> {
    let (record, descriptor) = record(inputs)?;
    Ok(json!({
        "account": hex(&record.log.account_id().0),
        "device": record.device.0,
        "log_head": hex(&record.log.head()),
        "spk": signed(&record.spk),
        "opk": null,
        "kem": signed(&record.kem),
        "contact": signed(&record.contact_key),
        "descriptor": hex(&descriptor.to_bytes()),
    }))
}

fn device_keys(inputs: &Inputs<'_>) -> Result<DeviceKeys> {
    Ok(DeviceKeys {
        address: DeviceAddress {
            account: AccountId(inputs.array("account")?),
            device: DeviceNumber(inputs.number("device")?),
        },
        signing: SigningKey::from_seed(inputs.secret("signing")?),
        dh: DhSecret::from_bytes(inputs.secret("dh")?),
    })
}

fn own_log(inputs: &Inputs<'_>, keys: &DeviceKeys) -> Result<VerifiedDeviceLog> {
    let log: DeviceLog = inputs.decoded("log")?;
    Ok(log.verify_for(keys.address.account)?)
}

fn pair(inputs: &Inputs<'_>) -> Result<PrekeyPair> {
    let signed: SignedPrekey = inputs.decoded("public")?;
    let bytes = inputs.bytes("secret")?;
    let short = || <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| wrong("secret"));
    let secret = match signed.kind() {
        PrekeyKind::Signed | PrekeyKind::OneTime => {
            PrekeySecret::Dh(DhSecret::from_bytes(Secret::from_bytes(short()?)))
        }
        PrekeyKind::OneTimeKem | PrekeyKind::LastResort => {
            PrekeySecret::Kem(kem_secret(&bytes, &inputs.bytes("expanded")?)?)
        }
        PrekeyKind::Contact => {
            PrekeySecret::Contact(ContactSecret::from_bytes(Secret::from_bytes(short()?)))
        }
    };
    Ok(PrekeyPair::new(signed, secret)?)
}

/// What of an initiator's fields does not depend on its randomness.
fn run_initiate(inputs: &Inputs<'_>) -> Result<Value> {
    let keys = device_keys(&inputs.object("keys")?)?;
    let target = inputs.object("target")?;
    let target = if target.has("entry") {
        HandshakeTarget::from_bundle(claimed(&target)?)?
    } else {
        let (record, descriptor) = record(&target)?;
        HandshakeTarget::from_reconnect(record, descriptor)?
    };
    let replaces = match inputs.value().get("replaces") {
        Some(Value::String(_)) => Some(TranscriptHash(inputs.array("replaces")?)),
        _ => None,
    };
    let begun = initiate(
        &keys,
        &own_log(inputs, &keys)?,
        &target,
        &inputs.decoded("reply")?,
        replaces,
        Hour(inputs.number("hour")?),
        &mut rng(),
    )?;
    let fields = begun.fields;
    let [kem_kind] = fields.kem_kind.to_bytes().try_into().unwrap_or([0]);
    Ok(json!({
        "device": fields.device.0,
        "responder_head": hex(&fields.responder_head),
        "spk_id": fields.spk_id,
        "opk_id": fields.opk_id,
        "kem_kind": kem_kind,
        "kem_id": fields.kem_id,
        "descriptor": hex(&fields.descriptor.to_bytes()),
        "replaces": fields.replaces.map(|th| hex(&th.0)),
    }))
}

fn run_respond(inputs: &Inputs<'_>) -> Result<Value> {
    let fields: InitialFields = inputs.decoded("fields")?;
    let keys = device_keys(&inputs.object("keys")?)?;
    let opk = inputs.option("opk")?.as_ref().map(pair).transpose()?;
    let responded = respond(
        &keys,
        &own_log(inputs, &keys)?,
        &fields,
        &pair(&inputs.object("spk")?)?,
        opk.as_ref(),
        &pair(&inputs.object("kem")?)?,
    )?;
    Ok(json!({
        "initial_id": hex(&fields.initial_id().0),
        "descriptor": hex(&responded.descriptor.to_bytes()),
        "replaces": responded.replaces.map(|th| hex(&th.0)),
        "state": state::describe(&responded.session)?,
    }))
}

fn initial(inputs: &Inputs<'_>) -> Result<Value> {
    let secret = ContactSecret::from_bytes(inputs.secret("secret")?);
    let mailbox = MailboxId(inputs.array("mailbox")?);
    let (fields, message) = open_initial(&inputs.bytes("envelope")?, &secret, mailbox)?;
    Ok(json!({
        "initial_id": hex(&fields.initial_id().0),
        "fields": hex(&fields.to_bytes()),
        "message": hex(&message),
    }))
}

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::from_seed([7; 32])
}
