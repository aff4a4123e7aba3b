//! Plain states that are stored and shown, and the numbers under which they are stored.

use tacita_wire::MailboxKind;

use super::error::StoreError;
use crate::protocol::prekey::PrekeyKind;

/// Who an invitation is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationKind {
    /// One person; accepted by itself, then used up.
    Personal,
    /// Anybody who has the link; each guest is a message request.
    Public,
}

/// How far an invitation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationState {
    /// Its keys are on the way to the relay; the link works once they are there.
    Publishing,
    /// The link works.
    Live,
    /// A personal invitation that somebody has accepted.
    Used,
}

/// How far a conversation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConversationState {
    /// We accepted an invitation; the other side has not answered yet.
    Inviting,
    /// Somebody came through our public link; nothing has been sent to them. Accept or decline.
    Request,
    /// Both sides have heard of each other.
    Established,
    /// The other side has deleted its account. What was said stays; nothing can be sent any more.
    Left,
}

/// Whether a contact's keys are known to be the contact's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verification {
    /// Nobody has compared the safety number.
    Unverified,
    /// The safety number was compared, and nothing has spoken against it since.
    Verified,
    /// A code that was scanned from the contact's screen, or a device log of its account, contradicts what is known: somebody
    /// may stand between. It stays until the user dismisses it or a scan fits.
    Alarm,
}

/// Which way a message went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the other side.
    Incoming,
    /// From us.
    Outgoing,
}

/// How far a message is, as stored; why it is queued is known to the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoredDelivery {
    /// Incoming.
    Received,
    /// Encrypted, in the outbox, not at the relay yet.
    Queued,
    /// Stored, not encrypted yet; it leaves when the contact has answered or caught up.
    Waiting,
    /// At the contact's relay.
    Sent,
    /// On the contact's device.
    Delivered,
}

/// What a message holds, as stored.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredBody {
    /// A number of the engine's own, not the peer's content kind.
    pub kind: u16,
    /// What that kind holds.
    pub data: Vec<u8>,
}

impl StoredBody {
    /// The one kind that the store looks into: its data is a text in UTF-8, which is searched.
    pub const TEXT: u16 = 1;
    /// What stands for something that could not be opened; found by an index of its own.
    pub const UNOPENED: u16 = 3;

    /// Bytes of its data.
    pub(super) fn stored_bytes(&self) -> Result<i64, StoreError> {
        i64::try_from(self.data.len()).map_err(|_| StoreError::Row)
    }

    /// What search finds it by. The same for ever for the same body: so it is taken out of the index again.
    pub(super) fn text(&self) -> Option<&str> {
        (self.kind == Self::TEXT)
            .then(|| std::str::from_utf8(&self.data).ok())
            .flatten()
    }
}

/// A value that is stored as a small number.
pub(super) trait StoredCode: Copy + Sized {
    /// Its number.
    fn code(self) -> u8;
    /// The value of a number.
    fn from_code(code: u8) -> Result<Self, StoreError>;
}

macro_rules! stored_codes {
    ($($name:ident { $($variant:ident = $code:literal),+ $(,)? })+) => {$(
        impl StoredCode for $name {
            fn code(self) -> u8 {
                match self {
                    $(Self::$variant => $code,)+
                }
            }

            fn from_code(code: u8) -> Result<Self, StoreError> {
                match code {
                    $($code => Ok(Self::$variant),)+
                    _ => Err(StoreError::Row),
                }
            }
        }
    )+};
}

// The numbers are in databases: they never change, and none is used again for something else.
stored_codes! {
    InvitationKind { Personal = 1, Public = 2 }
    InvitationState { Publishing = 1, Live = 2, Used = 3 }
    ConversationState { Inviting = 1, Request = 2, Established = 3, Left = 4 }
    Verification { Unverified = 0, Verified = 1, Alarm = 2 }
    Direction { Incoming = 1, Outgoing = 2 }
    StoredDelivery { Received = 1, Queued = 2, Waiting = 3, Sent = 4, Delivered = 5 }
    MailboxKind { Pair = 1, Contact = 2 }
    PrekeyKind { Signed = 1, OneTime = 2, OneTimeKem = 3, LastResort = 4, Contact = 5 }
}
