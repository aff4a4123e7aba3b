//! What a message row holds, and its stored form.

use tacita_wire::{Decode, Encode, Reader, WireError, Writer};

use super::error::ClientError;
use super::view::{Repair, UndecryptableCause};
use crate::store::StoredBody;

/// What a message row holds.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Body {
    /// Text.
    Text(String),
    /// A counter that was passed over and may still come.
    Missing,
    /// Something that could not be opened.
    Undecryptable(Unopened),
    /// Content that keeps its counter's place and is not shown.
    Hidden,
    /// Content of a kind that this version does not know, kept whole.
    Unknown(Kept),
    /// Content that its sender encoded wrongly, kept whole.
    Damaged(Kept),
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // What people write belongs in no log.
        f.write_str(match self {
            Self::Text(_) => "Text(redacted)",
            Self::Missing => "Missing",
            Self::Undecryptable(_) => "Undecryptable",
            Self::Hidden => "Hidden",
            Self::Unknown(_) => "Unknown(redacted)",
            Self::Damaged(_) => "Damaged(redacted)",
        })
    }
}

/// Content kept for a later version.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) kind: u16,
    pub(crate) body: Vec<u8>,
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // It may be anything that a contact sent.
        f.write_str("Kept(redacted)")
    }
}

impl Encode for Kept {
    fn encode(&self, writer: &mut Writer) {
        writer.u16(self.kind).raw(&self.body);
    }
}

impl Decode for Kept {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self {
            kind: reader.u16()?,
            body: reader.rest().to_vec(),
        })
    }
}

/// What a place stands for that could not be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unopened {
    pub(crate) cause: UndecryptableCause,
    pub(crate) repair: Repair,
    /// How many came since the place was made.
    pub(crate) count: u32,
}

impl Unopened {
    /// The first of its kind.
    pub(crate) fn new(cause: UndecryptableCause) -> Self {
        Self {
            cause,
            repair: Repair::NotAsked,
            count: 1,
        }
    }
}

impl Encode for Unopened {
    fn encode(&self, writer: &mut Writer) {
        let cause = match self.cause {
            UndecryptableCause::NoKey => 1,
            UndecryptableCause::LogsContradict => 2,
        };
        let repair = match self.repair {
            Repair::NotAsked => 1,
            Repair::Asked => 2,
            Repair::Done => 3,
        };
        writer.u8(cause).u8(repair).u32(self.count);
    }
}

impl Decode for Unopened {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self {
            cause: match reader.u8()? {
                1 => UndecryptableCause::NoKey,
                2 => UndecryptableCause::LogsContradict,
                _ => return Err(WireError::UnknownTag),
            },
            repair: match reader.u8()? {
                1 => Repair::NotAsked,
                2 => Repair::Asked,
                3 => Repair::Done,
                _ => return Err(WireError::UnknownTag),
            },
            count: reader.u32()?,
        })
    }
}

const TEXT: u16 = StoredBody::TEXT;
/// A place that may still be filled.
pub(crate) const MISSING: u16 = 2;
const UNDECRYPTABLE: u16 = StoredBody::UNOPENED;
/// Keeps a place only.
pub(crate) const HIDDEN: u16 = 4;
const UNKNOWN: u16 = 5;
const DAMAGED: u16 = 6;

/// Kinds that are nothing to read (yet).
pub(crate) const UNREADABLE: [u16; 2] = [MISSING, HIDDEN];

impl Body {
    pub(crate) fn to_stored(&self) -> StoredBody {
        let (kind, data) = match self {
            Self::Text(text) => (TEXT, text.as_bytes().to_vec()),
            Self::Missing => (MISSING, Vec::new()),
            Self::Undecryptable(unopened) => (UNDECRYPTABLE, unopened.to_bytes()),
            Self::Hidden => (HIDDEN, Vec::new()),
            Self::Unknown(kept) => (UNKNOWN, kept.to_bytes()),
            Self::Damaged(kept) => (DAMAGED, kept.to_bytes()),
        };
        StoredBody { kind, data }
    }

    pub(crate) fn from_stored(stored: StoredBody) -> Result<Self, ClientError> {
        let failed = |_| ClientError::RowDamaged;
        match stored.kind {
            TEXT => String::from_utf8(stored.data)
                .map(Self::Text)
                .map_err(|_| ClientError::RowDamaged),
            MISSING => Ok(Self::Missing),
            // Stores of before did not say why.
            UNDECRYPTABLE if stored.data.is_empty() => Ok(Self::Undecryptable(Unopened::new(
                UndecryptableCause::NoKey,
            ))),
            UNDECRYPTABLE => Unopened::from_bytes(&stored.data)
                .map(Self::Undecryptable)
                .map_err(failed),
            HIDDEN => Ok(Self::Hidden),
            UNKNOWN => Kept::from_bytes(&stored.data)
                .map(Self::Unknown)
                .map_err(failed),
            DAMAGED => Kept::from_bytes(&stored.data)
                .map(Self::Damaged)
                .map_err(failed),
            _ => Err(ClientError::RowDamaged),
        }
    }
}
