//! What a message says: the frame with its counters, and the kinds of content. PROTOCOL.md §15.

use std::fmt;

use tacita_wire::{Decode, Encode, Reader, WireError, Writer};

use super::descriptor::Descriptor;
use super::error::ProtocolError;
use super::ids::{Counter, TranscriptHash};
use super::profile::{MAX_NAME_BYTES, Profile};
use super::reconnect::ReconnectRecord;

/// Bytes of a text (UTF-8).
pub const MAX_TEXT_BYTES: usize = 16384;
/// Ranges of one receipt.
pub const MAX_RECEIPT_RANGES: usize = 16;

/// Bytes of a body; an envelope's size is the tighter limit.
pub const MAX_BODY_BYTES: usize = 65536;
/// Bytes of a frame before its body: counter, seen_up_to, kind, length.
const FRAME_HEAD_BYTES: usize = 8 + 8 + 2 + 4;

const KIND_INTRODUCTION: u16 = 1;
const KIND_TEXT: u16 = 2;
const KIND_RECEIPT: u16 = 3;
const KIND_RECONNECT: u16 = 4;
const KIND_READ: u16 = 5;
const KIND_TYPING: u16 = 6;
const KIND_PROFILE: u16 = 7;
const KIND_FAREWELL: u16 = 8;
const KIND_REWOUND: u16 = 9;
const KIND_RESUMED: u16 = 10;

/// What is sealed as the body of one message.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    /// The place of the content in its direction, from 1; 0 for unnumbered content.
    pub counter: Counter,
    /// The largest c such that the sender has received all of 1..c.
    pub seen_up_to: Counter,
    /// What the body is.
    pub kind: u16,
    /// The body, at most 65,536 bytes.
    pub body: Vec<u8>,
}

impl Frame {
    /// Bytes of the encoded frame.
    #[must_use]
    pub fn encoded_bytes(&self) -> usize {
        FRAME_HEAD_BYTES + self.body.len()
    }
}

impl Encode for Frame {
    fn encode(&self, writer: &mut Writer) {
        writer
            .u64(self.counter)
            .u64(self.seen_up_to)
            .u16(self.kind)
            .bytes(&self.body);
    }
}

impl Decode for Frame {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self {
            counter: reader.u64()?,
            seen_up_to: reader.u64()?,
            kind: reader.u16()?,
            body: reader.bytes(MAX_BODY_BYTES)?.to_vec(),
        })
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Content belongs in no log.
        f.write_str("Frame(redacted)")
    }
}

/// What a frame says.
#[derive(Clone, PartialEq, Eq)]
pub enum Content {
    /// Kind 1, the first thing that each side says.
    Introduction {
        /// What the sender is called, at most 64 bytes; empty for no name.
        name: String,
        /// The mailbox that the sender reads from this peer.
        descriptor: Descriptor,
        /// How to start again if the session is lost.
        record: ReconnectRecord,
    },
    /// Kind 2.
    Text {
        /// The sender's clock, milliseconds since 1970.
        sent_at_ms: u64,
        /// At most 16,384 bytes.
        text: String,
    },
    /// Kind 3: what was received above `seen_up_to`; unnumbered.
    Receipt {
        /// Counters, first and last, at most 16 ranges, ascending, not overlapping.
        ranges: Vec<(Counter, Counter)>,
    },
    /// Kind 4, weekly: renews what the introduction gave.
    Reconnect {
        /// The mailbox that the sender reads from this peer.
        descriptor: Descriptor,
        /// How to start again if the session is lost.
        record: ReconnectRecord,
    },
    /// Kind 5: the receiver's user has read all content up to a counter, and all of it has come; unnumbered.
    Read {
        /// The last counter of what was read, from 1.
        up_to: Counter,
    },
    /// Kind 6: the sender's user is writing, or has stopped; unnumbered, and of no use when it is late.
    Typing {
        /// The sender's clock, milliseconds since 1970.
        sent_at_ms: u64,
        /// Whether a text is being written.
        writing: bool,
    },
    /// Kind 7: what the sender's user is called and looks like.
    Profile(Profile),
    /// Kind 8, the last thing that an account says: it is deleted. Unnumbered, empty.
    Farewell,
    /// Kind 9: your store was put back to an earlier state, these counters have come from it; unnumbered.
    Rewound {
        /// The session in which a key was used twice.
        th: TranscriptHash,
        /// All of 1..up_to have come.
        up_to: Counter,
        /// And these, as in a receipt.
        ranges: Vec<(Counter, Counter)>,
    },
    /// Kind 10: ours was put back, we know; unnumbered.
    Resumed {
        /// The session that was spoken of.
        th: TranscriptHash,
    },
    /// A kind that this version does not know: kept, shown as "needs a newer version".
    Unknown {
        /// Its kind.
        kind: u16,
        /// Its body, whole.
        body: Vec<u8>,
    },
    /// A known kind with a malformed body: kept, shown as damaged.
    Damaged {
        /// Its kind.
        kind: u16,
        /// Its body, whole.
        body: Vec<u8>,
    },
}

impl Content {
    /// Whether it has a counter: it keeps a place, is acknowledged, and is put again until it has come.
    #[must_use]
    pub fn is_numbered(&self) -> bool {
        !matches!(
            self,
            Self::Receipt { .. }
                | Self::Read { .. }
                | Self::Typing { .. }
                | Self::Farewell
                | Self::Rewound { .. }
                | Self::Resumed { .. }
        )
    }

    /// Kind and body. Limits are checked by [`Content::check`].
    #[must_use]
    pub fn encode_body(&self) -> (u16, Vec<u8>) {
        let mut writer = Writer::new();
        let kind = match self {
            Self::Introduction {
                name,
                descriptor,
                record,
            } => {
                writer.bytes(name.as_bytes()).put(descriptor).put(record);
                KIND_INTRODUCTION
            }
            Self::Text { sent_at_ms, text } => {
                writer.u64(*sent_at_ms).bytes(text.as_bytes());
                KIND_TEXT
            }
            Self::Receipt { ranges } => {
                encode_ranges(&mut writer, ranges);
                KIND_RECEIPT
            }
            Self::Reconnect { descriptor, record } => {
                writer.put(descriptor).put(record);
                KIND_RECONNECT
            }
            Self::Read { up_to } => {
                writer.u64(*up_to);
                KIND_READ
            }
            Self::Typing {
                sent_at_ms,
                writing,
            } => {
                writer.u64(*sent_at_ms).bool(*writing);
                KIND_TYPING
            }
            Self::Profile(profile) => {
                writer.put(profile);
                KIND_PROFILE
            }
            Self::Farewell => KIND_FAREWELL,
            Self::Rewound { th, up_to, ranges } => {
                writer.put(th).u64(*up_to);
                encode_ranges(&mut writer, ranges);
                KIND_REWOUND
            }
            Self::Resumed { th } => {
                writer.put(th);
                KIND_RESUMED
            }
            Self::Unknown { kind, body } | Self::Damaged { kind, body } => {
                writer.raw(body);
                *kind
            }
        };
        (kind, writer.finish())
    }

    /// Whether a peer will read this as what it is.
    ///
    /// # Errors
    /// [`ProtocolError::TooLarge`] if a text, name or list is over its limit: send less.
    /// [`ProtocolError::Malformed`] if the ranges of a receipt are out of order or overlap, nothing was read, or a
    /// profile is as [`Profile::check`] refuses it.
    pub fn check(&self) -> Result<(), ProtocolError> {
        let fits = match self {
            Self::Introduction { name, .. } => name.len() <= MAX_NAME_BYTES,
            Self::Text { text, .. } => text.len() <= MAX_TEXT_BYTES,
            Self::Receipt { ranges } | Self::Rewound { ranges, .. } => {
                check_ranges(ranges)?;
                ranges.len() <= MAX_RECEIPT_RANGES
            }
            Self::Read { up_to } => {
                check_read(*up_to)?;
                true
            }
            Self::Profile(profile) => {
                profile.check()?;
                true
            }
            Self::Reconnect { .. }
            | Self::Typing { .. }
            | Self::Farewell
            | Self::Resumed { .. } => true,
            Self::Unknown { body, .. } | Self::Damaged { body, .. } => body.len() <= MAX_BODY_BYTES,
        };
        if fits {
            Ok(())
        } else {
            Err(ProtocolError::TooLarge)
        }
    }

    /// Reads a body. Never fails: what cannot be read is kept as [`Content::Unknown`] or
    /// [`Content::Damaged`].
    #[must_use]
    pub fn decode(kind: u16, body: &[u8]) -> Self {
        let mut reader = Reader::new(body);
        let content = match kind {
            KIND_INTRODUCTION => decode_introduction(&mut reader),
            KIND_TEXT => decode_text(&mut reader),
            KIND_RECEIPT => decode_receipt(&mut reader),
            KIND_RECONNECT => decode_reconnect(&mut reader),
            KIND_READ => decode_read(&mut reader),
            KIND_TYPING => decode_typing(&mut reader),
            KIND_PROFILE => Profile::decode(&mut reader).map(Self::Profile),
            KIND_FAREWELL => Ok(Self::Farewell),
            KIND_REWOUND => decode_rewound(&mut reader),
            KIND_RESUMED => decode_resumed(&mut reader),
            _ => {
                let body = body.to_vec();
                return Self::Unknown { kind, body };
            }
        };
        content
            .and_then(|content| reader.finish().map(|()| content))
            .unwrap_or_else(|_| Self::Damaged {
                kind,
                body: body.to_vec(),
            })
    }
}

pub(super) fn decode_string(reader: &mut Reader<'_>, limit: usize) -> Result<String, WireError> {
    let bytes = reader.bytes(limit)?;
    let text = std::str::from_utf8(bytes).map_err(|_| WireError::UnknownTag)?;
    Ok(text.to_owned())
}

fn decode_introduction(reader: &mut Reader<'_>) -> Result<Content, WireError> {
    Ok(Content::Introduction {
        name: decode_string(reader, MAX_NAME_BYTES)?,
        descriptor: Descriptor::decode(reader)?,
        record: ReconnectRecord::decode(reader)?,
    })
}

fn decode_text(reader: &mut Reader<'_>) -> Result<Content, WireError> {
    Ok(Content::Text {
        sent_at_ms: reader.u64()?,
        text: decode_string(reader, MAX_TEXT_BYTES)?,
    })
}

fn decode_receipt(reader: &mut Reader<'_>) -> Result<Content, WireError> {
    Ok(Content::Receipt {
        ranges: decode_ranges(reader)?,
    })
}

fn decode_reconnect(reader: &mut Reader<'_>) -> Result<Content, WireError> {
    Ok(Content::Reconnect {
        descriptor: Descriptor::decode(reader)?,
        record: ReconnectRecord::decode(reader)?,
    })
}

fn decode_read(reader: &mut Reader<'_>) -> Result<Content, WireError> {
    let up_to = reader.u64()?;
    check_read(up_to)?;
    Ok(Content::Read { up_to })
}

fn decode_typing(reader: &mut Reader<'_>) -> Result<Content, WireError> {
    Ok(Content::Typing {
        sent_at_ms: reader.u64()?,
        writing: reader.bool()?,
    })
}

fn decode_rewound(reader: &mut Reader<'_>) -> Result<Content, WireError> {
    Ok(Content::Rewound {
        th: TranscriptHash::decode(reader)?,
        up_to: reader.u64()?,
        ranges: decode_ranges(reader)?,
    })
}

fn decode_resumed(reader: &mut Reader<'_>) -> Result<Content, WireError> {
    Ok(Content::Resumed {
        th: TranscriptHash::decode(reader)?,
    })
}

fn encode_ranges(writer: &mut Writer, ranges: &[(Counter, Counter)]) {
    writer.count(ranges.len());
    for (first, last) in ranges {
        writer.u64(*first).u64(*last);
    }
}

fn decode_ranges(reader: &mut Reader<'_>) -> Result<Vec<(Counter, Counter)>, WireError> {
    let count = reader.count(MAX_RECEIPT_RANGES)?;
    let mut ranges = Vec::with_capacity(count);
    for _ in 0..count {
        ranges.push((reader.u64()?, reader.u64()?));
    }
    check_ranges(&ranges)?;
    Ok(ranges)
}

/// Counters start at 1; ranges ascend and do not overlap.
fn check_ranges(ranges: &[(Counter, Counter)]) -> Result<(), WireError> {
    let mut before: Counter = 0;
    for (first, last) in ranges {
        if *first <= before || last < first {
            return Err(WireError::UnknownTag);
        }
        before = *last;
    }
    Ok(())
}

/// Counters start at 1: who has read nothing says nothing.
fn check_read(up_to: Counter) -> Result<(), WireError> {
    if up_to == 0 {
        return Err(WireError::UnknownTag);
    }
    Ok(())
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The kind only: content belongs in no log.
        f.write_str(match self {
            Self::Introduction { .. } => "Introduction(redacted)",
            Self::Text { .. } => "Text(redacted)",
            Self::Receipt { .. } => "Receipt(redacted)",
            Self::Reconnect { .. } => "Reconnect(redacted)",
            Self::Read { .. } => "Read(redacted)",
            Self::Typing { .. } => "Typing(redacted)",
            Self::Profile(_) => "Profile(redacted)",
            Self::Farewell => "Farewell",
            Self::Rewound { .. } => "Rewound(redacted)",
            Self::Resumed { .. } => "Resumed(redacted)",
            Self::Unknown { .. } => "Unknown(redacted)",
            Self::Damaged { .. } => "Damaged(redacted)",
        })
    }
}

#[cfg(test)]
mod tests;
