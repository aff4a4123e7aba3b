//! The watch list: which mailboxes a second process may look at, from where on, and which of them make no sound.
//!
//! ```text
//! list    = u8 1 ‖ list(16) of relay
//! relay   = address ‖ root hash 32 ‖ list(1024) of mailbox
//! mailbox = R 32 ‖ after u64 ‖ opt(conversation 32) ‖ opt(muted until u64)
//! ```

use std::fmt;

use tacita_wire::limits::MAX_WATCHED;
use tacita_wire::{
    Decode, Encode, ReadKey, Reader, RelayAddress, RelayRootHash, WireError, Writer,
};

use crate::protocol::ids::{AccountId, ConversationId};

/// Relays in a watch list.
pub const MAX_WATCHED_RELAYS: usize = 16;
/// Bytes of a sealed watch list that are read at most; one of 1,024 mailboxes has less than 92,000.
pub(super) const MAX_LIST_FILE_BYTES: u64 = 2 * 1024 * 1024;

const VERSION: u8 = 1;

/// One mailbox that may be looked at.
#[derive(Clone, PartialEq, Eq)]
pub struct WatchedMailbox {
    /// R: it reads, and could acknowledge and delete.
    pub read: ReadKey,
    /// The last sequence number that the process with the store has worked through.
    pub after: u64,
    /// The conversation that it belongs to; none for the mailbox of an invitation.
    pub conversation: Option<ConversationId>,
    /// Until when the conversation makes no sound, in milliseconds since 1970.
    pub muted_until_ms: Option<u64>,
}

/// The mailboxes at one relay.
#[derive(Clone, PartialEq, Eq)]
pub struct WatchedRelay {
    /// Where it is.
    pub address: RelayAddress,
    /// Its root hash.
    pub root: RelayRootHash,
    /// At most 1,024.
    pub mailboxes: Vec<WatchedMailbox>,
}

/// What a second process may look at.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct WatchList {
    /// At most [`MAX_WATCHED_RELAYS`].
    pub relays: Vec<WatchedRelay>,
}

impl Encode for WatchList {
    fn encode(&self, writer: &mut Writer) {
        writer.u8(VERSION).count(self.relays.len());
        for relay in &self.relays {
            writer
                .put(&relay.address)
                .raw(&relay.root.0)
                .count(relay.mailboxes.len());
            for mailbox in &relay.mailboxes {
                writer
                    .put(&mailbox.read)
                    .u64(mailbox.after)
                    .bool(mailbox.conversation.is_some());
                if let Some(id) = mailbox.conversation {
                    writer.raw(&id.0.0);
                }
                writer.bool(mailbox.muted_until_ms.is_some());
                if let Some(until_ms) = mailbox.muted_until_ms {
                    writer.u64(until_ms);
                }
            }
        }
    }
}

impl Decode for WatchList {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        if reader.u8()? != VERSION {
            return Err(WireError::UnknownVersion);
        }
        let mut relays = Vec::new();
        for _ in 0..reader.count(MAX_WATCHED_RELAYS)? {
            let address = RelayAddress::decode(reader)?;
            let root = RelayRootHash(reader.array()?);
            let mut mailboxes = Vec::new();
            for _ in 0..reader.count(MAX_WATCHED)? {
                mailboxes.push(WatchedMailbox {
                    read: ReadKey::decode(reader)?,
                    after: reader.u64()?,
                    conversation: match reader.bool()? {
                        true => Some(ConversationId(AccountId(reader.array()?))),
                        false => None,
                    },
                    muted_until_ms: match reader.bool()? {
                        true => Some(reader.u64()?),
                        false => None,
                    },
                });
            }
            relays.push(WatchedRelay {
                address,
                root,
                mailboxes,
            });
        }
        Ok(Self { relays })
    }
}

impl fmt::Debug for WatchList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WatchList(redacted)")
    }
}
