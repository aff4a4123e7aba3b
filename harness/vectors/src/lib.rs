//! Runs the cases of core/tests/vectors: an operation's name and its inputs give outputs or a refusal.
//!
//! The vectors are made by a second implementation (`harness/reference`), so what agrees here agrees
//! with the text of PROTOCOL.md as somebody else has read it.

mod case;
mod content;
mod first_contact;
mod identity;
mod json;
mod links;
mod primitives;
mod session;
mod state;
mod stored_session;

pub use case::{Refused, run, run_text};
pub use json::{Inputs, hex};
pub use stored_session::{RATCHET_KEYS_BYTES, StoredSession};
