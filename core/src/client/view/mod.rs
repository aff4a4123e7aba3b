//! Read models: what a screen shows, decrypted, as plain records. One call fills one screen.

mod account;
mod event;
mod message;
mod outbox;
mod people;
mod storage;

pub use super::screens::update::{
    ListChange, ListCounts, ListFilter, ListUpdate, MessageChange, MessageUpdate, WindowMove,
    WindowOf, WindowStart,
};
pub use crate::protocol::ids::{ConversationId, InvitationId};
pub use crate::store::{
    CleanUpPlace, ConversationState, Direction, InvitationKind, InvitationState, Verification,
};
pub use account::{
    AccountView, CreatedAccount, Departure, PictureView, PrivacySettings, ProfileView, RelayState,
    RelayView, StoreHealth,
};
pub use event::{Event, EventBatch};
pub use message::{
    Delivery, MessageBody, MessagePage, MessageView, Repair, SearchPage, UndecryptableCause,
};
pub use outbox::{OutboxView, QueueReason, QueuedView};
pub use people::{
    ConversationView, InvitationPreview, InvitationView, Revocation, SafetyNumberView,
};
pub use storage::{
    CleanUpProgress, ConversationStorage, ExportHeading, ExportProgress, StorageView,
};
