//! Read models: what a screen shows, decrypted, as plain records. One call fills one screen.

pub use super::screens::update::{
    ListChange, ListCounts, ListFilter, ListUpdate, MessageChange, MessageUpdate, WindowMove,
    WindowOf, WindowStart,
};
use crate::protocol::ids::{AccountId, DeviceNumber};
pub use crate::protocol::ids::{ConversationId, InvitationId};
pub use crate::store::{
    CleanUpPlace, ConversationState, Direction, InvitationKind, InvitationState, Verification,
};

/// This device's account.
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// What account creation returns.
#[derive(Clone, PartialEq, Eq)]
pub struct CreatedAccount {
    /// The new account.
    pub account: AccountView,
    /// 52 characters in groups of four. Show it once, let the user confirm that it is written down, and drop it.
    pub recovery_secret: String,
}

impl std::fmt::Debug for CreatedAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CreatedAccount(redacted)")
    }
}

/// An invitation of ours.
#[derive(Clone, PartialEq, Eq)]
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

impl std::fmt::Debug for InvitationView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The link is a secret: whoever has it can claim.
        f.write_str("InvitationView(redacted)")
    }
}

/// What a link says before it is accepted; nothing has been sent yet.
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// A line of the conversation list.
#[derive(Clone, Debug, PartialEq, Eq)]
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

impl ConversationView {
    /// The name that is shown: the user's own for the contact, else the contact's.
    #[must_use]
    pub fn shown_name(&self) -> &str {
        if self.nickname.is_empty() {
            &self.name
        } else {
            &self.nickname
        }
    }
}

/// The user's own name and picture, as contacts see them.
#[derive(Clone, PartialEq, Eq)]
pub struct ProfileView {
    /// How often they were changed; 0 while there is only the name that the account was made with. It may jump.
    pub revision: u64,
    /// 1 to 64 bytes of UTF-8.
    pub name: String,
    /// A JPEG, PNG or WebP file of at most 16,384 bytes; nothing for none.
    pub picture: Option<Vec<u8>>,
}

impl std::fmt::Debug for ProfileView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ProfileView(redacted)")
    }
}

/// A contact's picture.
#[derive(Clone, PartialEq, Eq)]
pub struct PictureView {
    /// What to keep it under: `picture_revision` of the conversation names it.
    pub revision: u64,
    /// A JPEG, PNG or WebP file of at most 16,384 bytes, by its first bytes. It comes from the contact: what is
    /// behind them may be anything.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for PictureView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PictureView(redacted)")
    }
}

/// What contacts are told of what the user does. All is on until it is switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrivacySettings {
    /// Whether contacts learn at once that a message has come. Off, they learn it with what the user sends, and
    /// else in rounds 6 to 24 hours apart: without word of what came, a contact would have to stop sending.
    pub delivery_receipts: bool,
    /// Whether contacts learn what was read. Off, the user does not learn either what they have read.
    pub read_receipts: bool,
    /// Whether contacts learn that the user is writing. Off, the user does not learn it of them either.
    pub typing: bool,
}

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

/// How far the taking back of an invitation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// The relay has let go of all that the link led to: the link is dead.
    Done,
    /// The relay cannot be asked now, and will be when it can. Nobody comes in by the link any more, its
    /// keys are gone; but until then whoever uses it waits for an answer in vain.
    Queued,
}

/// How far the deletion of an account has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Departure {
    /// Contacts are told, and relays have let go of everything: the store may go.
    Done,
    /// A relay cannot be asked now, and will be when it can.
    Queued,
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

/// The safety number of a conversation.
#[derive(Clone, PartialEq, Eq)]
pub struct SafetyNumberView {
    /// 60 digits.
    pub digits: String,
    /// The content of the QR code that the other side scans.
    pub qr: String,
    /// Whether it was compared, and whether something speaks against it.
    pub verification: Verification,
}

impl std::fmt::Debug for SafetyNumberView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // It names two people who know each other.
        f.write_str("SafetyNumberView(redacted)")
    }
}

/// How a relay is reached now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelayView {
    /// Its address.
    pub address: String,
    /// How it is reached now.
    pub state: RelayState,
}

/// What is known of the store's files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreHealth {
    /// Nothing speaks against them: the last end was clean, or they were checked since.
    Sound,
    /// The last end was unclean (a kill, an empty battery); every page is being checked beside the running store.
    /// If one is damaged, every call fails with `StoreCorrupt` from then on.
    Checking,
}

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

/// How much is stored, by kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageView {
    /// Each conversation, the largest first.
    pub conversations: Vec<ConversationStorage>,
    /// Messages of all conversations.
    pub messages: u64,
    /// Bytes of their contents.
    pub message_bytes: u64,
    /// Bytes of what waits to be delivered.
    pub outbox_bytes: u64,
    /// Bytes of keys, sessions and what certifies them.
    pub key_bytes: u64,
    /// Bytes of profile pictures.
    pub picture_bytes: u64,
    /// Bytes of the search index, and of what keeps rows in order.
    pub index_bytes: u64,
    /// Bytes that are free in the file; `shrink` gives them back.
    pub free_bytes: u64,
    /// Bytes of the log of what was written lately.
    pub log_bytes: u64,
    /// Bytes of databases that were found damaged and moved aside.
    pub damaged_bytes: u64,
    /// Bytes of all files in the store's directory, the ones above among them.
    pub total_bytes: u64,
    /// Bytes that are free on the disk for this process, where the system says so.
    pub disk_free_bytes: Option<u64>,
}

/// What one conversation holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversationStorage {
    /// Which.
    pub id: ConversationId,
    /// Its messages, places that hold nothing to show among them.
    pub messages: u64,
    /// Bytes of their contents.
    pub bytes: u64,
}

/// How far a clean-up has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CleanUpProgress {
    /// Messages that this batch looked at.
    pub looked_at: u32,
    /// Messages that it deleted.
    pub deleted: u32,
    /// What to go on with; `None` at the end.
    pub next: Option<CleanUpPlace>,
}

/// What an export says of a conversation before its messages.
#[derive(Clone, PartialEq, Eq)]
pub struct ExportHeading {
    /// The name that the contact gave.
    pub name: String,
    /// The user's own name for the contact; empty for none.
    pub nickname: String,
    /// Messages that are stored, places that hold nothing to show among them.
    pub messages: u64,
}

impl ExportHeading {
    /// The name that is shown.
    #[must_use]
    pub fn shown_name(&self) -> &str {
        if self.nickname.is_empty() {
            &self.name
        } else {
            &self.nickname
        }
    }
}

impl std::fmt::Debug for ExportHeading {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ExportHeading(redacted)")
    }
}

/// How far an export has come.
#[derive(Clone, PartialEq, Eq)]
pub struct ExportProgress {
    /// Messages that are written.
    pub written: u64,
    /// About how many there are.
    pub messages: u64,
    /// The folder, once it is whole; its name is the contact's, without what file systems do not take.
    pub folder: Option<String>,
}

impl std::fmt::Debug for ExportProgress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The folder tells a contact's name.
        f.write_str("ExportProgress(redacted)")
    }
}
