//! One case: which operation it is, and what becomes of it.

use serde_json::{Value, json};
use tacita_core::crypto::CryptoError;
use tacita_core::protocol::ProtocolError;
use tacita_wire::WireError;

use crate::json::{Inputs, hex};
use crate::{content, first_contact, identity, links, primitives, session};

/// Why a case has no outputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// By the core, as a case may well expect.
    Core(ProtocolError),
    /// The case itself is not of the form that its operation wants, which no case expects.
    BadCase(String),
}

impl Refused {
    /// The name by which PROTOCOL.md §23 and the vectors know it.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Core(ProtocolError::Malformed(WireError::UnknownVersion)) => {
                "UnknownVersion".to_owned()
            }
            Self::Core(ProtocolError::Malformed(WireError::NotThisLink)) => {
                "NotThisLink".to_owned()
            }
            Self::Core(ProtocolError::Malformed(_)) => "Malformed".to_owned(),
            Self::Core(other) => format!("{other:?}"),
            Self::BadCase(what) => format!("BadCase: {what}"),
        }
    }
}

impl From<ProtocolError> for Refused {
    fn from(error: ProtocolError) -> Self {
        Self::Core(error)
    }
}

impl From<WireError> for Refused {
    fn from(error: WireError) -> Self {
        Self::Core(error.into())
    }
}

impl From<CryptoError> for Refused {
    fn from(error: CryptoError) -> Self {
        Self::Core(error.into())
    }
}

/// Runs one operation.
///
/// # Errors
/// [`Refused`]: the error that a case expects, or that the case is none.
pub fn run(operation: &str, inputs: &Value) -> Result<Value, Refused> {
    let given = Inputs::new(inputs);
    match operation {
        "each-altered" => each(&given, "places", |bytes, place| {
            if let Some(byte) = bytes.get_mut(place) {
                *byte ^= 1;
            }
        }),
        "each-cut" => each(&given, "lengths", |bytes, length| bytes.truncate(length)),
        _ => primitives::run(operation, &given)
            .or_else(|| links::run(operation, &given))
            .or_else(|| identity::run(operation, &given))
            .or_else(|| first_contact::run(operation, &given))
            .or_else(|| session::run(operation, &given))
            .or_else(|| content::run(operation, &given))
            .unwrap_or_else(|| Err(Refused::BadCase(format!("no operation {operation}")))),
    }
}

/// As [`run()`], from and to JSON text, for other languages' tests: `{"outputs": …}` or
/// `{"error": "name"}`.
#[must_use]
pub fn run_text(operation: &str, inputs: &str) -> String {
    let outcome = serde_json::from_str(inputs)
        .map_err(|error| Refused::BadCase(error.to_string()))
        .and_then(|inputs| run(operation, &inputs));
    match outcome {
        Ok(outputs) => json!({ "outputs": outputs }),
        Err(refused) => json!({ "error": refused.name() }),
    }
    .to_string()
}

/// An operation with one input changed in one way after another; gives each time's error.
fn each(
    inputs: &Inputs<'_>,
    steps: &str,
    change: impl Fn(&mut Vec<u8>, usize),
) -> Result<Value, Refused> {
    let operation = inputs.text("operation")?;
    let field = inputs.text("field")?;
    let original = inputs.object("inputs")?;
    let bytes = original.bytes(field)?;
    let mut results = Vec::new();
    for step in inputs.list(steps)? {
        let step = step
            .as_u64()
            .and_then(|step| usize::try_from(step).ok())
            .ok_or_else(|| Refused::BadCase(format!("{steps} are no numbers")))?;
        let mut changed = bytes.clone();
        change(&mut changed, step);
        let mut inputs = original.value().clone();
        if let Some(place) = inputs.get_mut(field) {
            *place = hex(&changed);
        }
        results.push(match run(operation, &inputs) {
            Ok(_) => "accepted".to_owned(),
            Err(refused) => refused.name(),
        });
    }
    Ok(json!({ "results": results }))
}
