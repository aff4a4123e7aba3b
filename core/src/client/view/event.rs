//! What changed, for whoever shows it.

use crate::protocol::ids::{ConversationId, InvitationId};

/// What changed. Read the thing named again; an event carries no content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The account or its settings.
    Account,
    /// A conversation: its line in the list, or messages in it.
    Conversation {
        /// Which.
        id: ConversationId,
    },
    /// An invitation.
    Invitation {
        /// Which.
        id: InvitationId,
    },
    /// A relay's state.
    Relay {
        /// Its address.
        address: String,
    },
    /// What is known of the store's files.
    Store,
}

/// Events behind a cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventBatch {
    /// What changed, each thing once, oldest change first; empty if the wait was interrupted.
    pub events: Vec<Event>,
    /// The cursor to ask with next time.
    pub cursor: u64,
}
