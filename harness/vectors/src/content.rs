//! Operations on frames and content. PROTOCOL.md §15.

use serde_json::{Value, json};
use tacita_core::protocol::{Content, Frame};
use tacita_wire::Encode;

use crate::case::Refused;
use crate::json::{Inputs, hex};

type Result<T> = std::result::Result<T, Refused>;

pub(crate) fn run(operation: &str, inputs: &Inputs<'_>) -> Option<Result<Value>> {
    Some(match operation {
        "frame" => frame(inputs),
        "content" => content(inputs),
        _ => return None,
    })
}

fn frame(inputs: &Inputs<'_>) -> Result<Value> {
    let frame: Frame = inputs.decoded("bytes")?;
    Ok(json!({
        "counter": frame.counter.to_string(),
        "seen_up_to": frame.seen_up_to.to_string(),
        "kind": frame.kind,
        "body": hex(&frame.body),
    }))
}

fn content(inputs: &Inputs<'_>) -> Result<Value> {
    let (kind, body) = (inputs.number("kind")?, inputs.bytes("body")?);
    let content = Content::decode(kind, &body);
    if content.encode_body() != (kind, body) {
        return Err(Refused::BadCase(
            "it encodes to other bytes than it was read from".to_owned(),
        ));
    }
    Ok(match content {
        Content::Introduction {
            name,
            descriptor,
            record,
        } => json!({
            "content": "Introduction",
            "name": name,
            "descriptor": hex(&descriptor.to_bytes()),
            "record": hex(&record.to_bytes()),
        }),
        Content::Text { sent_at_ms, text } => json!({
            "content": "Text",
            "sent_at_ms": sent_at_ms.to_string(),
            "text": text,
        }),
        Content::Receipt { ranges } => json!({ "content": "Receipt", "ranges": pairs(&ranges) }),
        Content::Reconnect { descriptor, record } => json!({
            "content": "Reconnect",
            "descriptor": hex(&descriptor.to_bytes()),
            "record": hex(&record.to_bytes()),
        }),
        Content::Read { up_to } => json!({ "content": "Read", "up_to": up_to.to_string() }),
        Content::Typing {
            sent_at_ms,
            writing,
        } => json!({
            "content": "Typing",
            "sent_at_ms": sent_at_ms.to_string(),
            "writing": writing,
        }),
        Content::Profile(profile) => json!({
            "content": "Profile",
            "revision": profile.revision.to_string(),
            "name": profile.name,
            "picture": hex(&profile.picture),
        }),
        Content::Farewell => json!({ "content": "Farewell" }),
        Content::Rewound { th, up_to, ranges } => json!({
            "content": "Rewound",
            "th": hex(&th.0),
            "up_to": up_to.to_string(),
            "ranges": pairs(&ranges),
        }),
        Content::Resumed { th } => json!({ "content": "Resumed", "th": hex(&th.0) }),
        Content::Unknown { kind, body } => {
            json!({ "content": "Unknown", "kind": kind, "body": hex(&body) })
        }
        Content::Damaged { kind, body } => {
            json!({ "content": "Damaged", "kind": kind, "body": hex(&body) })
        }
    })
}

fn pairs(ranges: &[(u64, u64)]) -> Vec<[String; 2]> {
    ranges
        .iter()
        .map(|(first, last)| [first.to_string(), last.to_string()])
        .collect()
}
