//! Tickets: what entitles a request to make objects or to write to strangers. PROTOCOL.md §4.3.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::codec::{Decode, Encode, Reader, WireError, Writer};

/// A relay's join code, 16 bytes; one for all its users, so that it links nothing.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct JoinCode([u8; 16]);

impl JoinCode {
    /// Wraps 16 bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes.
    #[must_use]
    pub fn expose(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for JoinCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JoinCode(redacted)")
    }
}

impl PartialEq for JoinCode {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}
impl Eq for JoinCode {}

/// Shown with `Hello`, creations, claims and writes to a contact mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ticket {
    /// Nothing: enough for open relays, and everywhere for claims and first contact.
    Open,
    /// The relay's join code.
    JoinCode(JoinCode),
}

const TAG_OPEN: u8 = 0;
const TAG_JOIN_CODE: u8 = 1;

impl Encode for Ticket {
    fn encode(&self, writer: &mut Writer) {
        match self {
            Self::Open => writer.u8(TAG_OPEN),
            Self::JoinCode(code) => writer.u8(TAG_JOIN_CODE).raw(code.expose()),
        };
    }
}

impl Decode for Ticket {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        match reader.u8()? {
            TAG_OPEN => Ok(Self::Open),
            TAG_JOIN_CODE => Ok(Self::JoinCode(JoinCode::from_bytes(reader.array()?))),
            _ => Err(WireError::UnknownTag),
        }
    }
}
