//! The answers, refusals included; an HTTP status other than 200 never comes from our code. PROTOCOL.md §5.

use thiserror::Error;

use crate::codec::{Decode, Encode, Reader, WireError, Writer};
use crate::limits::{MAX_READ_BYTES, MAX_READ_ENVELOPES};
use crate::request::{SealedEntry, WIRE_VERSION, decode_envelope, decode_version};

/// Why a relay refuses. What the client does next stands with each.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Refusal {
    /// No such object, or a wrong capability; the two cannot be told apart. Treat it as gone.
    #[error("no such object")]
    NotFound,
    /// The ticket does not entitle to this. Ask the relay's host for its current link.
    #[error("the ticket is refused")]
    TicketRefused,
    /// The mailbox holds all it may. Keep the envelope and try again later.
    #[error("the mailbox is full")]
    MailboxFull,
    /// The pile holds all it may. Do not fill it further.
    #[error("the pile is full")]
    PileFull,
    /// The relay's disk budget is used up. Keep everything and try again.
    #[error("the relay is full")]
    RelayFull {
        /// Seconds to wait.
        retry_after: u32,
    },
    /// Too many requests. Try again.
    #[error("too many requests")]
    SlowDown {
        /// Seconds to wait.
        retry_after: u32,
    },
    /// The relay failed to store it (a failing disk, say). Keep everything and try again.
    #[error("the relay failed")]
    Failed {
        /// Seconds to wait.
        retry_after: u32,
    },
    /// The request is not well formed. Do not repeat it.
    #[error("the request is malformed")]
    Malformed,
    /// The relay does not speak this version. Update.
    #[error("the version is not supported")]
    UnsupportedVersion,
    /// An object with this id exists and has other capabilities. Choose new random ones.
    #[error("the id is taken")]
    Conflict,
}

/// Which entry a claim got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// Given out once.
    OneTime,
    /// Given out whenever no one-time entry is left.
    LastResort,
}

/// An envelope as a mailbox holds it.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredEnvelope {
    /// Its number in the mailbox, from 1, growing.
    pub sequence: u64,
    /// The hour of its arrival, in hours since 1970.
    pub hour: u32,
    /// Its bytes, of a bucket's size.
    pub envelope: Vec<u8>,
}

impl std::fmt::Debug for StoredEnvelope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StoredEnvelope")
    }
}

/// Everything a relay can answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response {
    /// It is done and on disk.
    Done,
    /// To `Hello`: the ticket is good.
    Hello {
        /// The relay's hour, in hours since 1970.
        hour: u32,
    },
    /// To `Read`.
    Entries {
        /// In growing sequence.
        entries: Vec<StoredEnvelope>,
        /// The last sequence number the mailbox has given out.
        head: u64,
        /// The relay's hour, in hours since 1970.
        hour: u32,
    },
    /// To `CountPile`.
    Count {
        /// One-time entries left.
        remaining: u16,
    },
    /// To `Claim`.
    Claimed {
        /// Which entry it is.
        kind: EntryKind,
        /// The entry.
        entry: SealedEntry,
    },
    /// Not done; nothing was changed.
    Refused(Refusal),
}

const TAG_DONE: u8 = 0x00;
const TAG_HELLO: u8 = 0x01;
const TAG_ENTRIES: u8 = 0x02;
const TAG_COUNT: u8 = 0x03;
const TAG_CLAIMED: u8 = 0x04;
const TAG_REFUSED: u8 = 0x7f;

impl Encode for StoredEnvelope {
    fn encode(&self, writer: &mut Writer) {
        writer
            .u64(self.sequence)
            .u32(self.hour)
            .bytes(&self.envelope);
    }
}

impl Decode for StoredEnvelope {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self {
            sequence: reader.u64()?,
            hour: reader.u32()?,
            envelope: decode_envelope(reader)?,
        })
    }
}

impl Encode for Refusal {
    fn encode(&self, writer: &mut Writer) {
        match self {
            Self::NotFound => writer.u8(1),
            Self::TicketRefused => writer.u8(2),
            Self::MailboxFull => writer.u8(3),
            Self::PileFull => writer.u8(4),
            Self::RelayFull { retry_after } => writer.u8(5).u32(*retry_after),
            Self::SlowDown { retry_after } => writer.u8(6).u32(*retry_after),
            Self::Failed { retry_after } => writer.u8(7).u32(*retry_after),
            Self::Malformed => writer.u8(8),
            Self::UnsupportedVersion => writer.u8(9),
            Self::Conflict => writer.u8(10),
        };
    }
}

impl Decode for Refusal {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(match reader.u8()? {
            1 => Self::NotFound,
            2 => Self::TicketRefused,
            3 => Self::MailboxFull,
            4 => Self::PileFull,
            5 => Self::RelayFull {
                retry_after: reader.u32()?,
            },
            6 => Self::SlowDown {
                retry_after: reader.u32()?,
            },
            7 => Self::Failed {
                retry_after: reader.u32()?,
            },
            8 => Self::Malformed,
            9 => Self::UnsupportedVersion,
            10 => Self::Conflict,
            _ => return Err(WireError::UnknownTag),
        })
    }
}

impl Encode for Response {
    fn encode(&self, writer: &mut Writer) {
        writer.u8(WIRE_VERSION);
        match self {
            Self::Done => writer.u8(TAG_DONE),
            Self::Hello { hour } => writer.u8(TAG_HELLO).u32(*hour),
            Self::Entries {
                entries,
                head,
                hour,
            } => {
                writer
                    .u8(TAG_ENTRIES)
                    .u64(*head)
                    .u32(*hour)
                    .count(entries.len());
                for entry in entries {
                    writer.put(entry);
                }
                writer
            }
            Self::Count { remaining } => writer.u8(TAG_COUNT).u16(*remaining),
            Self::Claimed { kind, entry } => writer
                .u8(TAG_CLAIMED)
                .bool(*kind == EntryKind::LastResort)
                .put(entry),
            Self::Refused(refusal) => writer.u8(TAG_REFUSED).put(refusal),
        };
    }
}

impl Decode for Response {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        decode_version(reader)?;
        Ok(match reader.u8()? {
            TAG_DONE => Self::Done,
            TAG_HELLO => Self::Hello {
                hour: reader.u32()?,
            },
            TAG_ENTRIES => {
                let head = reader.u64()?;
                let hour = reader.u32()?;
                let count = reader.count(usize::from(MAX_READ_ENVELOPES))?;
                let mut entries = Vec::new();
                let mut total = 0_usize;
                for _ in 0..count {
                    let entry = StoredEnvelope::decode(reader)?;
                    total = total.saturating_add(entry.envelope.len());
                    if total > MAX_READ_BYTES {
                        return Err(WireError::TooLong);
                    }
                    entries.push(entry);
                }
                Self::Entries {
                    entries,
                    head,
                    hour,
                }
            }
            TAG_COUNT => Self::Count {
                remaining: reader.u16()?,
            },
            TAG_CLAIMED => {
                let kind = if reader.bool()? {
                    EntryKind::LastResort
                } else {
                    EntryKind::OneTime
                };
                Self::Claimed {
                    kind,
                    entry: SealedEntry::decode(reader)?,
                }
            }
            TAG_REFUSED => Self::Refused(Refusal::decode(reader)?),
            _ => return Err(WireError::UnknownTag),
        })
    }
}
