//! Mirrors of the core's read models. A field or variant that the core adds does not compile until it is here.

use tacita_core::client::view::{
    AccountView, ConversationId, ConversationState, ConversationView, Delivery, Departure,
    Direction, Event, EventBatch, InvitationId, InvitationKind, InvitationPreview, InvitationState,
    InvitationView, MessageBody, MessagePage, MessageView, OutboxView, PictureView,
    PrivacySettings, ProfileView, QueueReason, QueuedView, RelayState, RelayView, Repair,
    Revocation, SafetyNumberView, SearchPage, StoreHealth, UndecryptableCause, Verification,
};
use tacita_core::protocol::ids::{AccountId, DeviceNumber};

/// This device's account.
#[uniffi::remote(Record)]
pub struct AccountView {
    /// The account's id.
    pub id: AccountId,
    /// The number of this device in the account.
    pub device: DeviceNumber,
    /// The name that contacts see.
    pub name: String,
    /// Address of the account's own relay.
    pub relay: String,
}

/// Who an invitation is for.
#[uniffi::remote(Enum)]
pub enum InvitationKind {
    /// One person; accepted by itself, then used up.
    Personal,
    /// Anybody who has the link; each guest is a message request.
    Public,
}

/// How far an invitation is.
#[uniffi::remote(Enum)]
pub enum InvitationState {
    /// Its keys are on the way to the relay; the link works once they are there.
    Publishing,
    /// The link works.
    Live,
    /// A personal invitation that somebody has accepted.
    Used,
}

/// How far the taking back of an invitation has come.
#[uniffi::remote(Enum)]
pub enum Revocation {
    /// The relay has let go of all that the link led to: the link is dead.
    Done,
    /// The relay cannot be asked now, and will be when it can. Nobody comes in by the link any more, its
    /// keys are gone; but until then whoever uses it waits for an answer in vain.
    Queued,
}

/// An invitation of ours.
#[uniffi::remote(Record)]
pub struct InvitationView {
    /// Its id.
    pub id: InvitationId,
    /// Who it is for.
    pub kind: InvitationKind,
    /// How far it is.
    pub state: InvitationState,
    /// The link to give away, as text and as the content of a QR code.
    pub link: String,
    /// When it was made, in milliseconds since 1970.
    pub created_ms: u64,
}

/// What a link says before it is accepted; nothing has been sent yet.
#[uniffi::remote(Record)]
pub struct InvitationPreview {
    /// The account that invites.
    pub account: AccountId,
    /// Address of the relay that will be asked.
    pub relay: String,
    /// Whether it is the user's own.
    pub own: bool,
    /// The conversation with this account, if there is one already.
    pub known: Option<ConversationId>,
}

/// How far a conversation is.
#[uniffi::remote(Enum)]
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
#[uniffi::remote(Enum)]
pub enum Verification {
    /// Nobody has compared the safety number.
    Unverified,
    /// The safety number was compared, and nothing has spoken against it since.
    Verified,
    /// A code that was scanned from the contact's screen, or a device log of its account, contradicts what is known: somebody
    /// may stand between. It stays until the user dismisses it or a scan fits.
    Alarm,
}

/// A line of the conversation list.
#[uniffi::remote(Record)]
pub struct ConversationView {
    /// Its id.
    pub id: ConversationId,
    /// The name that the other side gave; empty until it did.
    pub name: String,
    /// How far it is.
    pub state: ConversationState,
    /// Whether its keys are known to be the contact's own. An alarm is to be shown before all else.
    pub verification: Verification,
    /// Messages not yet marked as read.
    pub unread: u32,
    /// The last message that is shown.
    pub last: Option<MessageView>,
    /// The user's own name for the contact, shown instead of `name`; empty for none.
    pub nickname: String,
    /// Text that was begun and not sent; empty for none.
    pub draft: String,
    /// Whether it stands above the others.
    pub pinned: bool,
    /// Whether it is put away until something comes.
    pub archived: bool,
    /// Whether the contact is blocked.
    pub blocked: bool,
    /// Until when it makes no sound, in milliseconds since 1970; 2^63-1 is for good, nothing if it makes one.
    pub muted_until_ms: Option<u64>,
    /// Whether the contact is writing just now.
    pub typing: bool,
    /// The revision of the contact's profile that brought its picture; 0 if there is none. A picture that was read
    /// under it may be kept for as long as it is the same.
    pub picture_revision: u64,
}

/// The user's own name and picture, as contacts see them.
#[uniffi::remote(Record)]
pub struct ProfileView {
    /// How often they were changed; 0 while there is only the name that the account was made with. It may jump.
    pub revision: u64,
    /// 1 to 64 bytes of UTF-8.
    pub name: String,
    /// A JPEG, PNG or WebP file of at most 16,384 bytes; nothing for none.
    pub picture: Option<Vec<u8>>,
}

/// A contact's picture.
#[uniffi::remote(Record)]
pub struct PictureView {
    /// What to keep it under: `picture_revision` of the conversation names it.
    pub revision: u64,
    /// A JPEG, PNG or WebP file of at most 16,384 bytes, by its first bytes. It comes from the contact: what is
    /// behind them may be anything.
    pub bytes: Vec<u8>,
}

/// What contacts are told of what the user does. All is on until it is switched off.
#[uniffi::remote(Record)]
pub struct PrivacySettings {
    /// Whether contacts learn at once that a message has come. Off, they learn it with what the user sends, and
    /// else in rounds 6 to 24 hours apart: without word of what came, a contact would have to stop sending.
    pub delivery_receipts: bool,
    /// Whether contacts learn what was read. Off, the user does not learn either what they have read.
    pub read_receipts: bool,
    /// Whether contacts learn that the user is writing. Off, the user does not learn it of them either.
    pub typing: bool,
}

/// Which way a message went.
#[uniffi::remote(Enum)]
pub enum Direction {
    /// From the other side.
    Incoming,
    /// From us.
    Outgoing,
}

/// What a message holds.
#[uniffi::remote(Enum)]
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

/// Why something could not be opened.
#[uniffi::remote(Enum)]
pub enum UndecryptableCause {
    /// No key of this device opens it: the contact or this device was put back to an earlier state, or a relay made it up.
    NoKey,
    /// The contact's list of devices contradicts the one known. Compare safety numbers before going on.
    LogsContradict,
}

/// What is being done about something that could not be opened.
#[uniffi::remote(Enum)]
pub enum Repair {
    /// Nothing: there is no way to ask, or the last time was less than a day ago. Invite the contact again if it stays so.
    NotAsked,
    /// A new session was begun with the contact, who has not answered yet.
    Asked,
    /// The contact has answered in a new session; what was lost on the way is sent again.
    Done,
}

/// Why a message of ours has not left, and what to offer. One that *waits* may always be dropped, and edited unless the
/// contact has left; one that is *queued* is encrypted and can be neither, but dropped if its request has expired.
#[uniffi::remote(Enum)]
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
#[uniffi::remote(Record)]
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
#[uniffi::remote(Record)]
pub struct OutboxView {
    /// How many messages.
    pub count: u32,
    /// When the oldest of them was written, in milliseconds since 1970; nothing if there is none.
    pub oldest_ms: Option<u64>,
    /// The conversations that they are in, the one with the oldest first.
    pub conversations: Vec<QueuedView>,
}

/// How far the deletion of an account has come.
#[uniffi::remote(Enum)]
pub enum Departure {
    /// Contacts are told, and relays have let go of everything.
    Done,
    /// A relay cannot be asked now, and will be when it can.
    Queued,
}

/// How far a message is.
#[uniffi::remote(Enum)]
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

/// One message.
#[uniffi::remote(Record)]
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
#[uniffi::remote(Record)]
pub struct MessagePage {
    /// The messages.
    pub messages: Vec<MessageView>,
    /// Whether there are more beyond the page, in the direction that was asked.
    pub more: bool,
}

/// Texts that were found, newest first.
#[uniffi::remote(Record)]
pub struct SearchPage {
    /// The messages, each with its conversation and place.
    pub hits: Vec<MessageView>,
    /// What to ask with for the page that follows; nothing if this is the last.
    pub next: Option<u64>,
}

/// The safety number of a conversation.
#[uniffi::remote(Record)]
pub struct SafetyNumberView {
    /// 60 digits.
    pub digits: String,
    /// The content of the QR code that the other side scans.
    pub qr: String,
    /// Whether it was compared, and whether something speaks against it.
    pub verification: Verification,
}

/// How a relay is reached now.
#[uniffi::remote(Enum)]
pub enum RelayState {
    /// Being connected to.
    Connecting,
    /// Connected.
    Online,
    /// Not reachable; tried again by itself.
    Offline,
    /// What answers there does not hold the relay's key; tried again by itself, nothing is sent to it.
    WrongKey,
}

/// A relay that this client reads from or writes to.
#[uniffi::remote(Record)]
pub struct RelayView {
    /// Its address.
    pub address: String,
    /// How it is reached now.
    pub state: RelayState,
}

/// What is known of the store's files.
#[uniffi::remote(Enum)]
pub enum StoreHealth {
    /// Nothing speaks against them: the last end was clean, or they were checked since.
    Sound,
    /// The last end was unclean (a kill, an empty battery); every page is being checked beside the running client.
    /// If one is damaged, every call fails with `StoreCorrupt` from then on.
    Checking,
}

/// What changed. Read the thing named again; an event carries no content.
#[uniffi::remote(Enum)]
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
#[uniffi::remote(Record)]
pub struct EventBatch {
    /// What changed, each thing once, oldest change first; empty if the wait was interrupted.
    pub events: Vec<Event>,
    /// The cursor to ask with next time.
    pub cursor: u64,
}
