//! The requests: each is one self-contained `POST` that names objects in its body only. PROTOCOL.md §5.

use crate::auth::{ClaimKey, MailboxId, OwnerHash, OwnerKey, PileId, ReadKey, WriteHash, WriteKey};
use crate::codec::{Decode, Encode, Reader, WireError, Writer};
use crate::limits::{
    ENVELOPE_BUCKETS, MAX_FILL_ENTRIES, MAX_PUT_BYTES, MAX_PUT_ENVELOPES, SEALED_ENTRY_BYTES,
    is_envelope_bucket,
};
use crate::ticket::Ticket;

/// The version byte that opens every request, response and frame.
pub const WIRE_VERSION: u8 = 1;

/// What a mailbox is for; decides its quota and whether a write needs a [`Ticket`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MailboxKind {
    /// Written by one contact.
    Pair,
    /// Written by whoever holds an invitation.
    Contact,
}

/// One sealed prekey bundle, always [`SEALED_ENTRY_BYTES`] long.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedEntry(Box<[u8]>);

impl SealedEntry {
    /// Checks the length.
    ///
    /// # Errors
    /// [`WireError::TooLong`] for any length but 8,192 bytes.
    pub fn new(bytes: &[u8]) -> Result<Self, WireError> {
        if bytes.len() == SEALED_ENTRY_BYTES {
            Ok(Self(bytes.into()))
        } else {
            Err(WireError::TooLong)
        }
    }

    /// The 8,192 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for SealedEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealedEntry")
    }
}

/// 16 random bytes that make a repeated claim get the same entry for 24 hours.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClaimNonce(pub [u8; 16]);

impl std::fmt::Debug for ClaimNonce {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClaimNonce(redacted)")
    }
}

/// Everything a relay can be asked. All are safe to repeat with the same bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Asks whether the ticket is good and what hour the relay has. Answer: `Hello`.
    Hello {
        /// The ticket to try.
        ticket: Ticket,
    },
    /// Makes a mailbox, or renews the one with the same id, write hash and kind. Answer: `Done`.
    CreateMailbox {
        /// Entitles to the making.
        ticket: Ticket,
        /// What it is for.
        kind: MailboxKind,
        /// Its id.
        mailbox: MailboxId,
        /// The hash of its write key.
        write_hash: WriteHash,
    },
    /// Deletes a mailbox and all it holds; done also if there is none. Answer: `Done`.
    DeleteMailbox {
        /// Its read key.
        read: ReadKey,
    },
    /// Appends envelopes in this order, all or none; one already stored is passed over. Answer: `Done`.
    Put {
        /// Needed for contact mailboxes; `Open` for pair mailboxes.
        ticket: Ticket,
        /// The mailbox.
        mailbox: MailboxId,
        /// Its write key.
        write: WriteKey,
        /// 1 to 16 envelopes, each of a bucket's size, together at most 256 KiB.
        envelopes: Vec<Vec<u8>>,
    },
    /// Reads envelopes behind a cursor; nothing is changed. Answer: `Entries`.
    Read {
        /// Its read key.
        read: ReadKey,
        /// Sequence number of the last one known, 0 for none.
        after: u64,
        /// How many at most.
        limit: u16,
    },
    /// Deletes all envelopes up to a sequence number. Answer: `Done`.
    Ack {
        /// Its read key.
        read: ReadKey,
        /// The last one that is safely stored.
        up_to: u64,
    },
    /// Makes a prekey pile, or renews the one with the same id and owner and replaces its last
    /// resort. Answer: `Done`.
    CreatePile {
        /// Entitles to the making.
        ticket: Ticket,
        /// Its id.
        pile: PileId,
        /// The hash of its owner key.
        owner_hash: OwnerHash,
        /// What is given out when no one-time entry is left.
        last_resort: SealedEntry,
    },
    /// Adds entries to a pile; one already there is passed over. Answer: `Done`.
    FillPile {
        /// The pile.
        pile: PileId,
        /// Its owner key.
        owner: OwnerKey,
        /// Whether all unclaimed one-time entries are dropped first.
        replace: bool,
        /// A new last resort, if any.
        last_resort: Option<SealedEntry>,
        /// Up to 16 one-time entries.
        entries: Vec<SealedEntry>,
    },
    /// Asks how many one-time entries are left. Answer: `Count`.
    CountPile {
        /// The pile.
        pile: PileId,
        /// Its owner key.
        owner: OwnerKey,
    },
    /// Deletes a pile; done also if there is none. Answer: `Done`.
    DeletePile {
        /// The pile.
        pile: PileId,
        /// Its owner key.
        owner: OwnerKey,
    },
    /// Takes one entry; the same nonce gets the same entry for 24 hours. Answer: `Claimed`.
    Claim {
        /// Entitles to the claim.
        ticket: Ticket,
        /// The pile's claim key.
        claim: ClaimKey,
        /// Chosen at random and stored before the first try.
        nonce: ClaimNonce,
    },
}

const TAG_HELLO: u8 = 0x01;
const TAG_CREATE_MAILBOX: u8 = 0x10;
const TAG_DELETE_MAILBOX: u8 = 0x11;
const TAG_PUT: u8 = 0x12;
const TAG_READ: u8 = 0x13;
const TAG_ACK: u8 = 0x14;
const TAG_CREATE_PILE: u8 = 0x20;
const TAG_FILL_PILE: u8 = 0x21;
const TAG_COUNT_PILE: u8 = 0x22;
const TAG_DELETE_PILE: u8 = 0x23;
const TAG_CLAIM: u8 = 0x24;

impl Encode for MailboxKind {
    fn encode(&self, writer: &mut Writer) {
        writer.u8(match self {
            Self::Pair => 0,
            Self::Contact => 1,
        });
    }
}

impl Decode for MailboxKind {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        match reader.u8()? {
            0 => Ok(Self::Pair),
            1 => Ok(Self::Contact),
            _ => Err(WireError::UnknownTag),
        }
    }
}

impl Encode for SealedEntry {
    fn encode(&self, writer: &mut Writer) {
        writer.raw(&self.0);
    }
}

impl Decode for SealedEntry {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        Self::new(reader.take(SEALED_ENTRY_BYTES)?)
    }
}

/// Reads one envelope behind its `u32` length, which must be a bucket's.
pub(crate) fn decode_envelope(reader: &mut Reader<'_>) -> Result<Vec<u8>, WireError> {
    let [.., largest] = ENVELOPE_BUCKETS;
    let bytes = reader.bytes(largest)?;
    if is_envelope_bucket(bytes.len()) {
        Ok(bytes.to_vec())
    } else {
        Err(WireError::TooLong)
    }
}

fn decode_envelopes(reader: &mut Reader<'_>) -> Result<Vec<Vec<u8>>, WireError> {
    let count = reader.count(MAX_PUT_ENVELOPES)?;
    let mut envelopes = Vec::with_capacity(count);
    let mut total = 0_usize;
    for _ in 0..count {
        let envelope = decode_envelope(reader)?;
        total = total.saturating_add(envelope.len());
        if total > MAX_PUT_BYTES {
            return Err(WireError::TooLong);
        }
        envelopes.push(envelope);
    }
    if envelopes.is_empty() {
        Err(WireError::Truncated)
    } else {
        Ok(envelopes)
    }
}

impl Encode for Request {
    fn encode(&self, writer: &mut Writer) {
        writer.u8(WIRE_VERSION);
        match self {
            Self::Hello { ticket } => writer.u8(TAG_HELLO).put(ticket),
            Self::CreateMailbox {
                ticket,
                kind,
                mailbox,
                write_hash,
            } => writer
                .u8(TAG_CREATE_MAILBOX)
                .put(ticket)
                .put(kind)
                .put(mailbox)
                .put(write_hash),
            Self::DeleteMailbox { read } => writer.u8(TAG_DELETE_MAILBOX).put(read),
            Self::Put {
                ticket,
                mailbox,
                write,
                envelopes,
            } => {
                writer
                    .u8(TAG_PUT)
                    .put(ticket)
                    .put(mailbox)
                    .put(write)
                    .count(envelopes.len());
                for envelope in envelopes {
                    writer.bytes(envelope);
                }
                writer
            }
            Self::Read { read, after, limit } => {
                writer.u8(TAG_READ).put(read).u64(*after).u16(*limit)
            }
            Self::Ack { read, up_to } => writer.u8(TAG_ACK).put(read).u64(*up_to),
            Self::CreatePile {
                ticket,
                pile,
                owner_hash,
                last_resort,
            } => writer
                .u8(TAG_CREATE_PILE)
                .put(ticket)
                .put(pile)
                .put(owner_hash)
                .put(last_resort),
            Self::FillPile {
                pile,
                owner,
                replace,
                last_resort,
                entries,
            } => {
                writer.u8(TAG_FILL_PILE).put(pile).put(owner).bool(*replace);
                writer.bool(last_resort.is_some());
                if let Some(entry) = last_resort {
                    writer.put(entry);
                }
                writer.count(entries.len());
                for entry in entries {
                    writer.put(entry);
                }
                writer
            }
            Self::CountPile { pile, owner } => writer.u8(TAG_COUNT_PILE).put(pile).put(owner),
            Self::DeletePile { pile, owner } => writer.u8(TAG_DELETE_PILE).put(pile).put(owner),
            Self::Claim {
                ticket,
                claim,
                nonce,
            } => writer.u8(TAG_CLAIM).put(ticket).put(claim).raw(&nonce.0),
        };
    }
}

impl Decode for Request {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        decode_version(reader)?;
        Ok(match reader.u8()? {
            TAG_HELLO => Self::Hello {
                ticket: Ticket::decode(reader)?,
            },
            TAG_CREATE_MAILBOX => Self::CreateMailbox {
                ticket: Ticket::decode(reader)?,
                kind: MailboxKind::decode(reader)?,
                mailbox: MailboxId::decode(reader)?,
                write_hash: WriteHash::decode(reader)?,
            },
            TAG_DELETE_MAILBOX => Self::DeleteMailbox {
                read: ReadKey::decode(reader)?,
            },
            TAG_PUT => Self::Put {
                ticket: Ticket::decode(reader)?,
                mailbox: MailboxId::decode(reader)?,
                write: WriteKey::decode(reader)?,
                envelopes: decode_envelopes(reader)?,
            },
            TAG_READ => Self::Read {
                read: ReadKey::decode(reader)?,
                after: reader.u64()?,
                limit: reader.u16()?,
            },
            TAG_ACK => Self::Ack {
                read: ReadKey::decode(reader)?,
                up_to: reader.u64()?,
            },
            TAG_CREATE_PILE => Self::CreatePile {
                ticket: Ticket::decode(reader)?,
                pile: PileId::decode(reader)?,
                owner_hash: OwnerHash::decode(reader)?,
                last_resort: SealedEntry::decode(reader)?,
            },
            TAG_FILL_PILE => {
                let pile = PileId::decode(reader)?;
                let owner = OwnerKey::decode(reader)?;
                let replace = reader.bool()?;
                let last_resort = if reader.bool()? {
                    Some(SealedEntry::decode(reader)?)
                } else {
                    None
                };
                let count = reader.count(MAX_FILL_ENTRIES)?;
                let entries = (0..count)
                    .map(|_| SealedEntry::decode(reader))
                    .collect::<Result<_, _>>()?;
                Self::FillPile {
                    pile,
                    owner,
                    replace,
                    last_resort,
                    entries,
                }
            }
            TAG_COUNT_PILE => Self::CountPile {
                pile: PileId::decode(reader)?,
                owner: OwnerKey::decode(reader)?,
            },
            TAG_DELETE_PILE => Self::DeletePile {
                pile: PileId::decode(reader)?,
                owner: OwnerKey::decode(reader)?,
            },
            TAG_CLAIM => Self::Claim {
                ticket: Ticket::decode(reader)?,
                claim: ClaimKey::decode(reader)?,
                nonce: ClaimNonce(reader.array()?),
            },
            _ => return Err(WireError::UnknownTag),
        })
    }
}

/// Reads the version byte that opens every body.
pub(crate) fn decode_version(reader: &mut Reader<'_>) -> Result<(), WireError> {
    if reader.u8()? == WIRE_VERSION {
        Ok(())
    } else {
        Err(WireError::UnknownVersion)
    }
}
