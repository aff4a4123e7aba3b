//! Invitations, conversations, and how contacts are verified.

use super::message::MessageView;
use crate::protocol::ids::{AccountId, ConversationId, InvitationId};
use crate::store::{ConversationState, InvitationKind, InvitationState, Verification};

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

/// How far the taking back of an invitation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// The relay has let go of all that the link led to: the link is dead.
    Done,
    /// The relay cannot be asked now, and will be when it can. Nobody comes in by the link any more, its
    /// keys are gone; but until then whoever uses it waits for an answer in vain.
    Queued,
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
