//! The rule for every decoder: what decodes encodes to the same bytes, so that no value has two forms.

use tacita_wire::{Decode, Encode};

/// Decodes, and checks that the value has no second form.
pub fn decode<T: Decode + Encode>(bytes: &[u8]) -> Option<T> {
    let value = T::from_bytes(bytes).ok()?;
    assert!(value.to_bytes() == bytes, "decoded from a second form");
    Some(value)
}
