//! What has not left yet, and why.

use crate::protocol::ids::ConversationId;

/// Why a message of ours has not left, and what to offer. One that *waits* may always be dropped, and edited unless the
/// contact has left; one that is *queued* is encrypted and can be neither, but dropped if its request has expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueReason {
    /// It is on its way, or goes as soon as the relay has answered. Offer nothing.
    Sending,
    /// The relay, or the network, cannot be reached; it goes by itself when it can. Offer to retry.
    Offline,
    /// What answers at the relay's address does not hold the relay's key: somebody may stand between. Nothing is sent
    /// there; it is tried again by itself. Warn; offer to retry from another network, or to invite the contact again.
    WrongRelayKey,
    /// The relay answers what no relay should; it is tried again by itself. Offer to retry; tell the relay's host.
    RelayMisbehaves,
    /// The relay does not take requests of this version; it is asked again every hour. Offer an update of the app.
    RelayVersion,
    /// The contact's mailbox or relay is full; it goes by itself when there is room. Offer to retry.
    Full,
    /// The contact's mailbox does not exist any more; it waits for news from them. Offer to drop it, and to invite the
    /// contact again.
    ContactUnreachable,
    /// The relay refuses this very message. It stands aside, keeps nothing else waiting, and is tried again every hour.
    /// Offer to retry, and to send it anew as another message.
    Refused,
    /// The contact has to answer first: it has not answered an invitation yet, or has not taken in what was sent
    /// before. It goes by itself then. Offer to drop it.
    WaitingForContact,
    /// An earlier message to this contact is being tried; it follows if that one goes through. Offer nothing.
    BehindEarlier,
    /// What this device keeps of the contact cannot be read. It is repaired by itself where that is possible. Offer to
    /// invite the contact again.
    KeysDamaged,
    /// The user has blocked the contact: it goes by itself once that is over. Offer to end the block, and to edit or drop
    /// it if it waits.
    Blocked,
    /// The contact has deleted its account: it can never arrive. Offer to drop it.
    ContactLeft,
    /// An invitation was accepted, and in 64 days nobody has answered: the keys that it was encrypted for are gone, so that
    /// it can be read by nobody who has not read it yet. Offer to drop it, also if it is queued, and to accept a new
    /// invitation of the contact, by which it goes by itself.
    RequestExpired,
}

/// What has not left in one conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueuedView {
    /// The conversation.
    pub conversation: ConversationId,
    /// Messages that wait and may still be edited or dropped.
    pub waiting: u32,
    /// Messages that are encrypted and not at the relay, or there in vain.
    pub queued: u32,
    /// When the oldest of them was written, in milliseconds since 1970.
    pub oldest_ms: u64,
    /// Why the oldest one has not left.
    pub reason: QueueReason,
}

/// What has not left of everything that the user sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutboxView {
    /// How many messages.
    pub count: u32,
    /// When the oldest of them was written, in milliseconds since 1970; nothing if there is none.
    pub oldest_ms: Option<u64>,
    /// The conversations that they are in, the one with the oldest first.
    pub conversations: Vec<QueuedView>,
}
