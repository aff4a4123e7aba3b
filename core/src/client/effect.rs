//! Everything that the engine asks for, released only after the transaction that decided it was committed.

use tacita_wire::{MailboxId, RelayAddress, RelayRootHash, Request, Subscription};

use super::error::ClientError;
use super::view::{ConversationId, CreatedAccount, Departure, InvitationView, Revocation};

/// A relay: where it is, and the hash that its certificate must lead to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelayLocator {
    /// Where it is.
    pub address: RelayAddress,
    /// The hash of its root key.
    pub root: RelayRootHash,
}

/// Numbers a request within one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// Numbers a call that ends later, within one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

/// How a call that took the network ended.
#[derive(Clone, Debug)]
pub enum CallOutcome {
    /// `create_account`.
    Account(CreatedAccount),
    /// `create_invitation`.
    Invitation(InvitationView),
    /// `revoke_invitation`.
    Revocation(Revocation),
    /// `delete_account`.
    Departure(Departure),
    /// `accept_invitation`.
    Conversation(ConversationId),
}

/// Everything that the engine can ask for.
#[derive(Debug)]
pub enum Effect {
    /// Send this request and give the answer back as `Input::Answer`.
    Request {
        /// Its number.
        id: RequestId,
        /// To whom.
        relay: RelayLocator,
        /// What.
        request: Request,
    },
    /// Hold this stream, in place of an earlier one to the same relay.
    Watch {
        /// From whom.
        relay: RelayLocator,
        /// The stream's number; events carry it, so that a late one of an older stream is known.
        stream: u64,
        /// What to read; the mailbox at each index is named beside it.
        subscriptions: Vec<(MailboxId, Subscription)>,
    },
    /// A call has ended.
    Finished {
        /// Which.
        call: CallId,
        /// How.
        outcome: Result<CallOutcome, ClientError>,
    },
    /// The change counter has moved: wake those who wait for events.
    Changed,
}
