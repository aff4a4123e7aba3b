//! Operations on account ids, device logs, recovery secrets and vaults. PROTOCOL.md §8, §9.

use serde_json::{Value, json};
use tacita_core::crypto::{SigningKey, VerifyingKey};
use tacita_core::protocol::identity::{DeviceChange, derive_account_id};
use tacita_core::protocol::{
    AccountId, AccountVault, Certificate, DeviceLog, DeviceNumber, Hour, RecoverySecret,
    VerifiedDeviceLog,
};
use tacita_wire::Encode;

use crate::case::Refused;
use crate::json::{Inputs, hex, wrong};

type Result<T> = std::result::Result<T, Refused>;

pub(crate) fn run(operation: &str, inputs: &Inputs<'_>) -> Option<Result<Value>> {
    Some(match operation {
        "account-id" => inputs
            .decoded::<VerifyingKey>("key")
            .map(|key| json!({ "account": hex(&derive_account_id(&key).0) })),
        "device-log" => device_log(inputs),
        "sign-device-log" => sign_device_log(inputs),
        "device-log-extends" => extends(inputs),
        "recovery-secret" => {
            recovery(inputs, "text").map(|secret| json!({ "text": secret.to_text().as_str() }))
        }
        "vault" => vault(inputs),
        _ => return None,
    })
}

/// A log of these inputs, verified for their account.
pub(crate) fn verified_log(inputs: &Inputs<'_>) -> Result<VerifiedDeviceLog> {
    let log: DeviceLog = inputs.decoded("log")?;
    Ok(log.verify_for(AccountId(inputs.array("account")?))?)
}

fn device_log(inputs: &Inputs<'_>) -> Result<Value> {
    let log = verified_log(inputs)?;
    let devices: Vec<Value> = log
        .devices()
        .map(|certificate| {
            json!({
                "device": certificate.address.device.0,
                "signing": hex(certificate.signing.as_bytes()),
                "dh": hex(certificate.dh.as_bytes()),
                "created": certificate.created.0,
            })
        })
        .collect();
    Ok(json!({
        "account": hex(&log.account_id().0),
        "head": hex(&log.head()),
        "devices": devices,
        "log": hex(&log.to_bytes()),
    }))
}

fn sign_device_log(inputs: &Inputs<'_>) -> Result<Value> {
    let key = SigningKey::from_seed(inputs.secret("seed")?);
    let mut log: Option<VerifiedDeviceLog> = None;
    for change in inputs.list("changes")? {
        let change = Inputs::new(change);
        let (device, hour) = (
            DeviceNumber(change.number("device")?),
            Hour(change.number("hour")?),
        );
        let is_addition = change.text("op")? == "add";
        log = Some(match log {
            None => {
                if !is_addition || device != DeviceNumber::FIRST {
                    return Err(wrong("changes"));
                }
                let (signing, dh) = (change.decoded("signing")?, change.decoded("dh")?);
                VerifiedDeviceLog::sign_first(&key, signing, dh, hour)
            }
            Some(log) if is_addition => {
                let (signing, dh) = (change.decoded("signing")?, change.decoded("dh")?);
                let certificate = Certificate::sign(&key, device, signing, dh, hour);
                log.append(&key, DeviceChange::Add(certificate), hour)?
            }
            Some(log) => log.append(&key, DeviceChange::Remove(device), hour)?,
        });
    }
    let log = log.ok_or_else(|| wrong("changes"))?;
    Ok(json!({ "log": hex(&log.to_bytes()) }))
}

fn extends(inputs: &Inputs<'_>) -> Result<Value> {
    let verified = |name| {
        let log: DeviceLog = inputs.decoded(name)?;
        let account = log.claimed_account();
        Ok::<_, Refused>(log.verify_for(account)?)
    };
    verified("newer")?.verify_extends(&verified("known")?)?;
    Ok(json!({}))
}

fn recovery(inputs: &Inputs<'_>, name: &str) -> Result<RecoverySecret> {
    Ok(RecoverySecret::parse(inputs.text(name)?)?)
}

fn vault(inputs: &Inputs<'_>) -> Result<Value> {
    let vault: AccountVault = inputs.decoded("vault")?;
    let key = vault.open(&recovery(inputs, "recovery")?)?;
    Ok(json!({ "seed": hex(key.seed().expose()), "vault": hex(&vault.to_bytes()) }))
}
