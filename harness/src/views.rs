//! What agents answer, as the harness reads it: the same for all three languages.

use std::fmt;

use anyhow::{Context as _, Result};
use serde_json::Value;

/// What a message holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Text.
    Text(String),
    /// Anything else, by the name of its kind: `Missing`, `Undecryptable`, …
    Other(String),
}

impl Body {
    /// Whether it is a place whose message has not come.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Other(kind) if kind == "Missing")
    }

    /// The text, if it is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Other(_) => None,
        }
    }
}

impl fmt::Display for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "\"{text}\""),
            Self::Other(kind) => f.write_str(kind),
        }
    }
}

/// One message of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its place in the list.
    pub place: u64,
    /// Whether it came from the other side.
    pub incoming: bool,
    /// What it holds.
    pub body: Body,
    /// How far it is: `Received`, `Queued`, `Waiting`, `Sent`, `Delivered`, `Read`.
    pub delivery: String,
    /// When it was written, in milliseconds since 1970.
    pub sent_ms: u64,
}

impl Message {
    /// Whether its writer may still edit or drop it.
    #[must_use]
    pub fn may_change(&self) -> bool {
        self.delivery == "Waiting"
    }

    /// Whether the other side has it, read or not.
    #[must_use]
    pub fn has_come(&self) -> bool {
        matches!(self.delivery.as_str(), "Delivered" | "Read")
    }
}

/// A page.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// Oldest first.
    pub messages: Vec<Message>,
    /// Whether there is more in the direction that was asked.
    pub more: bool,
}

/// A line of the conversation list.
#[derive(Clone, Debug)]
pub struct Conversation {
    /// 64 hexadecimal digits.
    pub id: String,
    /// The other side's name.
    pub name: String,
    /// `Inviting`, `Request` or `Established`.
    pub state: String,
    /// `Unverified`, `Verified` or `Alarm`.
    pub verification: String,
    /// Whether the other side is writing just now.
    pub typing: bool,
}

/// The name of an enum's case: a string, or the `kind` of an object.
///
/// # Errors
/// When it is neither.
pub fn kind(value: &Value) -> Result<String> {
    value
        .as_str()
        .or_else(|| value.get("kind").and_then(Value::as_str))
        .map(str::to_owned)
        .with_context(|| format!("no kind in {value}"))
}

/// A field that is text.
///
/// # Errors
/// When there is none.
pub fn text(value: &Value, field: &str) -> Result<String> {
    value
        .get(field)
        .and_then(Value::as_str)
        .map(str::to_owned)
        .with_context(|| format!("no text {field} in {value}"))
}

/// A field that is a number.
///
/// # Errors
/// When there is none.
pub fn number(value: &Value, field: &str) -> Result<u64> {
    value
        .get(field)
        .and_then(Value::as_u64)
        .with_context(|| format!("no number {field} in {value}"))
}

/// A field that is true or false.
///
/// # Errors
/// When there is none.
pub fn truth(value: &Value, field: &str) -> Result<bool> {
    value
        .get(field)
        .and_then(Value::as_bool)
        .with_context(|| format!("no truth {field} in {value}"))
}

fn field<'a>(value: &'a Value, name: &str) -> Result<&'a Value> {
    value
        .get(name)
        .with_context(|| format!("no {name} in {value}"))
}

impl Message {
    /// Reads one.
    ///
    /// # Errors
    /// When a field is missing or of another form.
    pub fn read(value: &Value) -> Result<Self> {
        let body = field(value, "body")?;
        let body_kind = kind(body)?;
        Ok(Self {
            place: number(value, "place")?,
            incoming: kind(field(value, "direction")?)? == "Incoming",
            body: if body_kind == "Text" {
                Body::Text(text(body, "text")?)
            } else {
                Body::Other(body_kind)
            },
            delivery: kind(field(value, "delivery")?)?,
            sent_ms: number(value, "sent_ms")?,
        })
    }
}

impl Page {
    /// Reads one.
    ///
    /// # Errors
    /// When a field is missing or of another form.
    pub fn read(value: &Value) -> Result<Self> {
        Ok(Self {
            messages: list(field(value, "messages")?)?
                .iter()
                .map(Message::read)
                .collect::<Result<_>>()?,
            more: truth(value, "more")?,
        })
    }
}

impl Conversation {
    /// Reads a list of them.
    ///
    /// # Errors
    /// When a field is missing or of another form.
    pub fn read_list(value: &Value) -> Result<Vec<Self>> {
        list(value)?
            .iter()
            .map(|line| {
                Ok(Self {
                    id: text(line, "id")?,
                    name: text(line, "name")?,
                    state: kind(field(line, "state")?)?,
                    verification: kind(field(line, "verification")?)?,
                    typing: truth(line, "typing")?,
                })
            })
            .collect()
    }
}

fn list(value: &Value) -> Result<&Vec<Value>> {
    value
        .as_array()
        .with_context(|| format!("no list: {value}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn cases_are_read_as_strings_and_as_objects() {
        let message = |body: Value, delivery: Value| {
            Message::read(&json!({
                "place": 3, "direction": "Incoming", "body": body, "delivery": delivery, "sent_ms": 5
            }))
            .unwrap()
        };
        let a = message(json!({"kind": "Missing"}), json!("Received"));
        let b = message(json!("Missing"), json!({"kind": "Received"}));
        assert_eq!(a, b);
        assert!(a.body.is_missing());
        let text = message(json!({"kind": "Text", "text": "x"}), json!("Received"));
        assert_eq!(text.body.text(), Some("x"));
    }

    #[test]
    fn what_is_no_page_is_an_error() {
        assert!(Page::read(&json!({"messages": 3, "more": false})).is_err());
        assert!(Page::read(&json!({"messages": []})).is_err());
        assert!(Message::read(&json!({"place": 3})).is_err());
    }
}
