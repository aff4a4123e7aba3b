//! The held stream: an optional extra over the stateless `Read`. PROTOCOL.md §5.3.

use crate::auth::ReadKey;
use crate::codec::{Decode, Encode, Reader, WireError, Writer};
use crate::limits::{MAX_FRAME_BYTES, MAX_WATCHED};
use crate::request::{WIRE_VERSION, decode_version};
use crate::response::StoredEnvelope;

/// One mailbox of a [`Watch`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Its read key.
    pub read: ReadKey,
    /// Sequence number of the last envelope known, 0 for none.
    pub after: u64,
}

/// The body of a held stream's request. Frames name a mailbox by its index here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watch {
    /// At most 1,024 mailboxes.
    pub subscriptions: Vec<Subscription>,
}

/// What a held stream carries, each behind a `u32` length.
///
/// A length is below 2^24, so a stream's first byte is 0. A relay that refuses the stream sends one
/// [`Response::Refused`](crate::Response::Refused) in its place, whose first byte is the version, 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// An envelope of the mailbox at this index, in growing sequence per mailbox.
    Envelope {
        /// Index into the [`Watch`].
        index: u16,
        /// The envelope.
        stored: StoredEnvelope,
    },
    /// The mailbox at this index does not exist (any more).
    Gone {
        /// Index into the [`Watch`].
        index: u16,
    },
    /// All that was stored at the start has been sent; live from here.
    CaughtUp {
        /// The relay's hour, in hours since 1970.
        hour: u32,
    },
    /// Sent when nothing else was for a while, so that a dead connection shows.
    Beat,
}

const TAG_ENVELOPE: u8 = 1;
const TAG_GONE: u8 = 2;
const TAG_CAUGHT_UP: u8 = 3;
const TAG_BEAT: u8 = 4;

impl Encode for Watch {
    fn encode(&self, writer: &mut Writer) {
        writer.u8(WIRE_VERSION).count(self.subscriptions.len());
        for subscription in &self.subscriptions {
            writer.put(&subscription.read).u64(subscription.after);
        }
    }
}

impl Decode for Watch {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        decode_version(reader)?;
        let count = reader.count(MAX_WATCHED)?;
        let mut subscriptions = Vec::new();
        for _ in 0..count {
            subscriptions.push(Subscription {
                read: ReadKey::decode(reader)?,
                after: reader.u64()?,
            });
        }
        Ok(Self { subscriptions })
    }
}

impl Encode for Frame {
    fn encode(&self, writer: &mut Writer) {
        match self {
            Self::Envelope { index, stored } => writer.u8(TAG_ENVELOPE).u16(*index).put(stored),
            Self::Gone { index } => writer.u8(TAG_GONE).u16(*index),
            Self::CaughtUp { hour } => writer.u8(TAG_CAUGHT_UP).u32(*hour),
            Self::Beat => writer.u8(TAG_BEAT),
        };
    }
}

impl Decode for Frame {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(match reader.u8()? {
            TAG_ENVELOPE => Self::Envelope {
                index: reader.u16()?,
                stored: StoredEnvelope::decode(reader)?,
            },
            TAG_GONE => Self::Gone {
                index: reader.u16()?,
            },
            TAG_CAUGHT_UP => Self::CaughtUp {
                hour: reader.u32()?,
            },
            TAG_BEAT => Self::Beat,
            _ => return Err(WireError::UnknownTag),
        })
    }
}

impl Frame {
    /// The frame behind its `u32` length, as it stands in the stream.
    #[must_use]
    pub fn to_stream_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.bytes(&self.to_bytes());
        writer.finish()
    }

    /// Takes one whole frame off the front of `buffer`; `None` if it has not all arrived.
    ///
    /// # Errors
    /// [`WireError::TooLong`] for a length over the limit, or what the frame's own bytes give;
    /// the stream is then of no use and the caller opens a new one.
    pub fn split_from(buffer: &mut Vec<u8>) -> Result<Option<Self>, WireError> {
        let Some(prefix) = buffer.first_chunk::<4>() else {
            return Ok(None);
        };
        let length =
            usize::try_from(u32::from_be_bytes(*prefix)).map_err(|_| WireError::TooLong)?;
        if length > MAX_FRAME_BYTES {
            return Err(WireError::TooLong);
        }
        let Some(body) = buffer.get(4..4 + length) else {
            return Ok(None);
        };
        let frame = Self::from_bytes(body)?;
        buffer.drain(..4 + length);
        Ok(Some(frame))
    }
}
