//! Operations on sessions and envelopes. PROTOCOL.md §13, §14.

use std::collections::BTreeMap;
use std::convert::Infallible;

use chacha20::ChaCha20Rng;
use rand_core::{SeedableRng, TryCryptoRng, TryRng};
use serde_json::{Value, json};
use tacita_core::crypto::Secret;
use tacita_core::crypto::hash::sha256;
use tacita_core::protocol::{Frame, MessageKey, Opened, ProtocolError, Session, envelope_message};
use tacita_wire::Encode;

use crate::case::Refused;
use crate::json::{Inputs, hex, wrong};
use crate::state;

type Result<T> = std::result::Result<T, Refused>;

pub(crate) fn run(operation: &str, inputs: &Inputs<'_>) -> Option<Result<Value>> {
    Some(match operation {
        "send" => send(inputs),
        "receive" => receive(inputs),
        _ => return None,
    })
}

/// Gives the header nonce that a case names; nothing else is drawn for a message.
struct Nonce(std::vec::IntoIter<u8>);

impl TryRng for Nonce {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> std::result::Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> std::result::Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, to: &mut [u8]) -> std::result::Result<(), Infallible> {
        // Past its end the bytes stay as they are, and the message is another than the case's.
        to.iter_mut()
            .zip(&mut self.0)
            .for_each(|(to, from)| *to = from);
        Ok(())
    }
}

impl TryCryptoRng for Nonce {}

fn frame(inputs: &Inputs<'_>) -> Result<Frame> {
    let body = match inputs.option("body")? {
        Some(body) if body.has("byte") => {
            let [byte] = body.array("byte")?;
            vec![byte; body.number("times")?]
        }
        _ => inputs.bytes("body")?,
    };
    Ok(Frame {
        counter: inputs.long("counter")?,
        seen_up_to: inputs.long("seen_up_to")?,
        kind: inputs.number("kind")?,
        body,
    })
}

fn send(inputs: &Inputs<'_>) -> Result<Value> {
    let mut session = state::read(&inputs.object("state")?)?;
    let frame = frame(&inputs.object("frame")?)?;
    let mut nonce = Nonce(inputs.bytes("nonce")?.into_iter());
    let message = match inputs.text("form")? {
        "bare" => session.encrypt_bare(&frame, &mut nonce)?,
        _ => session.encrypt(&frame, &mut nonce)?,
    };
    let end = state::describe(&session)?;
    let sending = end.get("sending").ok_or_else(|| wrong("state"))?;
    let mut outputs = json!({
        "length": message.len(),
        "sha256": hex(&sha256(&[&message])),
        "ck": sending.get("ck"),
        "n": sending.get("n"),
    });
    if let (Some(outputs), true) = (outputs.as_object_mut(), message.len() <= 4096) {
        outputs.insert("message".to_owned(), hex(&message));
    }
    Ok(outputs)
}

/// The skipped keys, as the store has them.
type Skipped = BTreeMap<(u32, u32), [u8; 32]>;

fn read_skipped(inputs: &Inputs<'_>) -> Result<Skipped> {
    let mut skipped = Skipped::new();
    for item in inputs.list("skipped")?.iter().map(Inputs::new) {
        let chain = item.number("chain")?;
        for n in item.number::<u32>("first")?..=item.number::<u32>("last")? {
            let key = if item.has("key") {
                item.array("key")?
            } else {
                sha256(&[&item.bytes("seed")?, &n.to_be_bytes()])
            };
            skipped.insert((chain, n), key);
        }
    }
    Ok(skipped)
}

/// The messages in each of the orders, every time from the same state.
fn receive(inputs: &Inputs<'_>) -> Result<Value> {
    let start = state::read(&inputs.object("state")?)?.to_bytes();
    let kept = read_skipped(inputs)?;
    let messages = inputs
        .list("messages")?
        .iter()
        .map(|message| Inputs::new(&json!({ "bytes": message })).bytes("bytes"))
        .collect::<Result<Vec<_>>>()?;
    let is_bare = inputs.text("form")? == "bare";
    let mut runs = Vec::new();
    for order in inputs.list("orders")? {
        let mut session = <Session as tacita_wire::Decode>::from_bytes(&start)?;
        let mut skipped = kept.clone();
        let mut opened = Vec::new();
        for place in order.as_array().ok_or_else(|| wrong("orders"))? {
            let place = place.as_u64().and_then(|place| usize::try_from(place).ok());
            let message = place.and_then(|place| messages.get(place));
            let message = message.ok_or_else(|| wrong("orders"))?;
            opened.push(deliver(&mut session, &mut skipped, message, is_bare)?);
        }
        runs.push(end(&session, &skipped, opened)?);
    }
    Ok(json!({ "runs": runs }))
}

/// What a message opens to, or the name of its refusal, after which nothing may have changed.
fn deliver(
    session: &mut Session,
    skipped: &mut Skipped,
    message: &[u8],
    is_bare: bool,
) -> Result<Value> {
    let before = session.to_bytes();
    match open(session, skipped, message, is_bare) {
        Ok(opened) => {
            skipped.extend(
                opened
                    .store
                    .iter()
                    .map(|(id, key)| ((id.chain, id.n), *key.expose())),
            );
            if let Some(id) = opened.used {
                skipped.remove(&(id.chain, id.n));
            }
            if let Some(last) = opened.forget_chain {
                skipped.retain(|(chain, _), _| *chain > last);
            }
            Ok(hex(&opened.frame.to_bytes()))
        }
        Err(error) if session.to_bytes() == before => {
            Ok(Value::String(Refused::Core(error).name()))
        }
        Err(_) => Err(Refused::BadCase(
            "a refused message changed the session".to_owned(),
        )),
    }
}

fn open(
    session: &mut Session,
    skipped: &Skipped,
    message: &[u8],
    is_bare: bool,
) -> std::result::Result<Opened, ProtocolError> {
    let message = if is_bare {
        message
    } else {
        envelope_message(message)?
    };
    let header = session.open_header(message)?;
    let key = header
        .skipped_key()
        .and_then(|id| skipped.get(&(id.chain, id.n)))
        .map(|key| MessageKey::from_bytes(Secret::from_bytes(*key)));
    let mut rng = ChaCha20Rng::from_seed([7; 32]);
    session.open_body(header, message, key, &mut rng)
}

/// What the state is afterwards, as far as it does not depend on fresh randomness.
fn end(session: &Session, skipped: &Skipped, opened: Vec<Value>) -> Result<Value> {
    let end = state::describe(session)?;
    let old: Vec<Value> = end
        .get("old")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|chain| json!([chain.get("number"), chain.get("skipped")]))
        .collect();
    let mut listed = Vec::new();
    for ((chain, n), key) in skipped {
        listed.extend_from_slice(&chain.to_be_bytes());
        listed.extend_from_slice(&n.to_be_bytes());
        listed.extend_from_slice(key);
    }
    Ok(json!({
        "opened": opened,
        "nhkr": end.get("nhkr"),
        "receiving": end.get("receiving"),
        "receiving_chains": end.get("receiving_chains"),
        "sending_chains": end.get("sending_chains"),
        "old": old,
        "skipped": { "count": skipped.len(), "hash": hex(&sha256(&[&listed])) },
    }))
}
