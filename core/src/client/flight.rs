//! What a run waits for: requests in flight, and calls that end later.

use tacita_wire::{MailboxId, PileId, RelayLink};

use super::effect::{CallId, RelayLocator};
use super::view::{ConversationId, InvitationId};
use crate::protocol::invitation::InvitationLink;
use crate::store::JobRow;

/// What a request in flight was for.
pub(crate) enum Flight {
    /// To learn whether the relay is there and takes us.
    Hello {
        call: CallId,
        link: RelayLink,
        name: String,
    },
    /// To get an entry of a pile.
    Claim {
        calls: Vec<CallId>,
        link: InvitationLink,
    },
    /// A durable job.
    Job { job: JobRow },
    /// Envelopes of the outbox.
    Put {
        mailbox: MailboxId,
        conversation: ConversationId,
        ids: Vec<i64>,
        places: Vec<(ConversationId, u64)>,
    },
    /// Whether the relay is there.
    Probe,
    /// An acknowledgement.
    Ack { mailbox: MailboxId, up_to: u64 },
}

/// A call that ends when its durable jobs are done, or cannot be done now.
#[derive(Clone, Debug)]
pub(crate) enum Call {
    /// Ends when the invitation's link works.
    Invitation(InvitationId),
    /// Ends when the relay has let go of what the link led to.
    Revocation {
        /// The relay that is asked.
        relay: RelayLocator,
        /// The pile, whose id names the group of jobs.
        pile: PileId,
    },
    /// Ends when relays have let go of all that the account had.
    Departure,
}
