//! Messages, what became of them, and pages of them.

use super::outbox::QueueReason;
use crate::protocol::ids::ConversationId;
use crate::store::Direction;

/// What a message holds.
#[derive(Clone, PartialEq, Eq)]
pub enum MessageBody {
    /// Text.
    Text {
        /// Up to 16,384 bytes of UTF-8.
        text: String,
    },
    /// A message that was sent and has not come (yet). It keeps its place; should it come, it appears here.
    Missing,
    /// Something came that could not be opened. The place stays and counts what comes after it; what it was is sent
    /// again once the session is repaired, and then stands below.
    Undecryptable {
        /// Why.
        cause: UndecryptableCause,
        /// How many came.
        count: u32,
        /// What is being done about it.
        repair: Repair,
    },
    /// Content of a kind that this version does not know. Update the app to see it.
    NeedsNewerVersion,
    /// Content that its sender encoded wrongly.
    Damaged,
}

impl std::fmt::Debug for MessageBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // What people write belongs in no log.
        f.write_str(match self {
            Self::Text { .. } => "Text(redacted)",
            Self::Missing => "Missing",
            Self::Undecryptable { .. } => "Undecryptable",
            Self::NeedsNewerVersion => "NeedsNewerVersion",
            Self::Damaged => "Damaged",
        })
    }
}

/// Why something could not be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UndecryptableCause {
    /// No key of this device opens it: the contact or this device was put back to an earlier state, or a relay made it up.
    NoKey,
    /// The contact's list of devices contradicts the one known. Compare safety numbers before going on.
    LogsContradict,
}

/// What is being done about something that could not be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repair {
    /// Nothing: there is no way to ask, or the last time was less than a day ago. Invite the contact again if it stays so.
    NotAsked,
    /// A new session was begun with the contact, who has not answered yet.
    Asked,
    /// The contact has answered in a new session; what was lost on the way is sent again.
    Done,
}

/// How far a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Incoming.
    Received,
    /// Stored and encrypted here, not at the relay yet, or there in vain (`RequestExpired`). It cannot be edited any more,
    /// and dropped only in that case.
    Queued {
        /// Why.
        reason: QueueReason,
    },
    /// Stored here, not encrypted yet: it leaves when the way to the contact is open, and may be edited or dropped
    /// until then.
    Waiting {
        /// Why.
        reason: QueueReason,
    },
    /// At the contact's relay.
    Sent,
    /// On the contact's device.
    Delivered,
    /// Read by the contact, who says so; shown only while the user's own read receipts are on.
    Read,
}

impl Delivery {
    /// Whether it has not left this device.
    pub(crate) fn is_queued(&self) -> bool {
        matches!(self, Self::Queued { .. } | Self::Waiting { .. })
    }
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageView {
    /// Its conversation.
    pub conversation: ConversationId,
    /// Its place in the conversation, from 1; never changes.
    pub place: u64,
    /// Which way it went.
    pub direction: Direction,
    /// What it holds.
    pub body: MessageBody,
    /// The sender's clock when it was written, in milliseconds since 1970; 0 if unknown.
    pub sent_ms: u64,
    /// How far it is.
    pub delivery: Delivery,
}

/// A page of a conversation, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessagePage {
    /// The messages.
    pub messages: Vec<MessageView>,
    /// Whether there are more beyond the page, in the direction that was asked.
    pub more: bool,
}

/// Texts that were found, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchPage {
    /// The messages, each with its conversation and place.
    pub hits: Vec<MessageView>,
    /// What to ask with for the page that follows; nothing if this is the last.
    pub next: Option<u64>,
}
