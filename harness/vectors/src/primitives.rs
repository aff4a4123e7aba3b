//! Operations on primitives, derivations and padding. PROTOCOL.md §4, §7, §14.

use serde_json::{Value, json};
use tacita_core::crypto::aead;
use tacita_core::crypto::hash::derive_hash;
use tacita_core::crypto::kdf::derive;
use tacita_core::crypto::kem::KEM_SECRET_BYTES;
use tacita_core::crypto::padding::{bucket_for, pad, unpad};
use tacita_core::crypto::{
    ContactPublic, ContactSecret, CryptoError, DhPublic, DhSecret, KemCiphertext, KemPublic,
    KemSecret, Purpose, Signature, SigningKey, VerifyingKey,
};
use tacita_wire::{
    ClaimKey, ClaimNonce, Decode, OwnerKey, PileId, ReadKey, RelayRootHash, SealedEntry, WriteKey,
    derive_entry_hash, derive_envelope_hash,
};

use crate::case::Refused;
use crate::json::{Inputs, hex, wrong};

type Result<T> = std::result::Result<T, Refused>;

pub(crate) fn run(operation: &str, inputs: &Inputs<'_>) -> Option<Result<Value>> {
    Some(match operation {
        "derive" => run_derive(inputs),
        "hash" => purpose(inputs)
            .and_then(|purpose| Ok(derive_hash(purpose, &[&inputs.bytes("data")?])))
            .map(|hash| json!({ "hash": hex(&hash) })),
        "capability" => capability(inputs).map(|hash| json!({ "hash": hex(&hash) })),
        "sign" => sign(inputs),
        "verify" => verify(inputs),
        "agree" => agree(inputs),
        "decapsulate" => decapsulate(inputs),
        "kem-public" => inputs.decoded::<KemPublic>("public").map(|_| json!({})),
        "contact-public" => inputs.decoded::<ContactPublic>("public").map(|_| json!({})),
        "contact-key" => inputs
            .secret("secret")
            .map(|secret| json!({ "public": hex(ContactSecret::from_bytes(secret).public().as_bytes()) })),
        "unseal" => unseal(inputs),
        "pad" => run_pad(inputs),
        "unpad" => run_unpad(inputs),
        "bucket" => bucket(inputs),
        _ => return None,
    })
}

fn purpose(inputs: &Inputs<'_>) -> Result<Purpose> {
    let name = inputs.text("purpose")?;
    let found = Purpose::ALL.into_iter().find(|p| p.as_str() == name);
    found.ok_or_else(|| wrong("purpose"))
}

fn run_derive(inputs: &Inputs<'_>) -> Result<Value> {
    let (ikm, salt, context) = (
        inputs.bytes("ikm")?,
        inputs.array("salt")?,
        inputs.bytes("context")?,
    );
    let purpose = purpose(inputs)?;
    // The lengths that the protocol has.
    let output = match inputs.number::<u64>("length")? {
        32 => hex(derive::<32>(&ikm, &salt, purpose, &context).expose()),
        44 => hex(derive::<44>(&ikm, &salt, purpose, &context).expose()),
        96 => hex(derive::<96>(&ikm, &salt, purpose, &context).expose()),
        _ => return Err(wrong("length")),
    };
    Ok(json!({ "output": output }))
}

/// What a relay is told or keeps.
fn capability(inputs: &Inputs<'_>) -> Result<[u8; 32]> {
    let data = inputs.bytes("data")?;
    let key = || inputs.array::<32>("data");
    Ok(match inputs.text("kind")? {
        "mailbox-id" => ReadKey::from_bytes(key()?).derive_mailbox_id().0,
        "mailbox-write" => WriteKey::from_bytes(key()?).derive_hash().0,
        "pile-id" => ClaimKey::from_bytes(key()?).derive_pile_id().0,
        "pile-owner" => OwnerKey::from_bytes(key()?).derive_hash().0,
        "relay-root" => RelayRootHash::derive(&key()?).0,
        "envelope" => derive_envelope_hash(&data),
        "prekey-entry" => derive_entry_hash(&SealedEntry::new(&data)?),
        "claim-nonce" => {
            let (pile, nonce) = data.split_first_chunk().ok_or_else(|| wrong("data"))?;
            let nonce = nonce.try_into().map_err(|_| wrong("data"))?;
            ClaimNonce(nonce).derive_hash(&PileId(*pile))
        }
        _ => return Err(wrong("kind")),
    })
}

fn sign(inputs: &Inputs<'_>) -> Result<Value> {
    let key = SigningKey::from_seed(inputs.secret("seed")?);
    let signature = key.sign(purpose(inputs)?, &inputs.bytes("data")?);
    Ok(json!({ "public": hex(key.public().as_bytes()), "signature": hex(signature.as_bytes()) }))
}

fn verify(inputs: &Inputs<'_>) -> Result<Value> {
    let key: VerifyingKey = inputs.decoded("public")?;
    let signature = Signature::from_bytes(inputs.array("signature")?);
    key.verify_strict(purpose(inputs)?, &inputs.bytes("data")?, &signature)?;
    Ok(json!({}))
}

fn agree(inputs: &Inputs<'_>) -> Result<Value> {
    let secret = DhSecret::from_bytes(inputs.secret("secret")?);
    let shared = secret.agree(&inputs.decoded::<DhPublic>("public")?)?;
    Ok(json!({ "shared": hex(shared.expose()) }))
}

/// An ML-KEM key in the form that this build of the core keeps: cases have all forms.
pub(crate) fn kem_secret(seed: &[u8], expanded: &[u8]) -> Result<KemSecret> {
    let form = if seed.len() == KEM_SECRET_BYTES {
        seed
    } else {
        expanded
    };
    Ok(KemSecret::from_bytes(form)?)
}

fn decapsulate(inputs: &Inputs<'_>) -> Result<Value> {
    let secret = kem_secret(&inputs.bytes("seed")?, &inputs.bytes("expanded")?)?;
    let shared = secret.decapsulate(&inputs.decoded::<KemCiphertext>("ciphertext")?);
    Ok(json!({ "shared": hex(shared.expose()) }))
}

fn unseal(inputs: &Inputs<'_>) -> Result<Value> {
    let plain = aead::open(
        &inputs.secret("key")?,
        &inputs.bytes("ad")?,
        &inputs.bytes("sealed")?,
    )?;
    Ok(json!({ "plain": hex(&plain) }))
}

fn run_pad(inputs: &Inputs<'_>) -> Result<Value> {
    let padded = pad(&inputs.bytes("content")?, inputs.number("size")?)?;
    Ok(json!({ "padded": hex(&padded) }))
}

fn run_unpad(inputs: &Inputs<'_>) -> Result<Value> {
    let padded = inputs.bytes("padded")?;
    let content = padded
        .get(..unpad(&padded)?)
        .ok_or_else(|| wrong("padded"))?;
    Ok(json!({ "content": hex(content) }))
}

fn bucket(inputs: &Inputs<'_>) -> Result<Value> {
    let (length, overhead) = (inputs.number("length")?, inputs.number("overhead")?);
    let bucket = bucket_for(length, overhead, inputs.number("at_least")?);
    Ok(json!({ "bucket": bucket.ok_or(CryptoError::TooLong)? }))
}
