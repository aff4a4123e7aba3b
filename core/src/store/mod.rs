//! Layer 2, the encrypted SQLite store: the only place with SQL; one file per aggregate. PROTOCOL.md §21, §22.2.

mod account;
mod arrangements;
mod changes;
mod check;
mod claims;
mod clock;
mod connection;
mod conversations;
mod deletion;
mod derived;
mod earlier;
mod error;
mod files;
mod gaps;
mod inbox;
mod invitations;
mod jobs;
mod keys;
mod lines;
mod mailboxes;
mod messages;
mod migrate;
mod model;
mod outbox;
mod peers;
mod prekeys;
mod profiles;
mod reads;
mod replays;
mod requeue;
mod rewinds;
mod rotations;
pub mod sabotage;
mod scrub;
pub mod seal;
mod sessions;
mod shrink;
mod sizes;
mod skipped;
#[expect(
    clippy::module_inception,
    reason = "the file of the type that the layer is named for"
)]
mod store;
#[cfg(test)]
pub(crate) mod test_rows;
#[cfg(feature = "test-vault")]
mod test_vault;
mod texts;
mod times;
mod tries;
mod tx;
mod unopened;
mod vault;
mod waiting;
mod words;

pub use account::AccountRow;
pub use arrangements::ArrangementRow;
pub use changes::{CHANGED_CONVERSATION, ChangedThing};
pub use check::{CheckStop, CheckVerdict, StoreCheck};
pub use claims::ClaimRow;
pub use conversations::ConversationRow;
pub use deletion::{CleanUpBatch, CleanUpPlace};
pub use earlier::SilenceRow;
pub use error::StoreError;
pub use inbox::{
    Inbox, InboxBatch, InboxEnvelope, InboxOwner, MAX_WATCHED_RELAYS, WatchList, WatchedMailbox,
    WatchedRelay, erase_inbox,
};
pub use invitations::InvitationRow;
pub use jobs::JobRow;
pub use keys::{MIN_PASSPHRASE_BYTES, NewPassphrase, PassphraseTry};
pub use lines::{LineKinds, LineRow};
pub use mailboxes::MailboxRow;
pub use messages::MessageRow;
pub use model::{
    ConversationState, Direction, InvitationKind, InvitationState, StoredBody, StoredDelivery,
    Verification,
};
pub use outbox::OutboxRow;
pub use peers::PeerRow;
pub use prekeys::PrekeyRow;
pub use profiles::{ContactProfileRow, OwedProfile, OwnProfileRow};
pub use rewinds::RewindRow;
pub use rotations::RotationRow;
pub use sessions::SessionRow;
pub use sizes::{ConversationSize, StoreSizes};
pub use store::{Store, erase};
#[cfg(feature = "test-vault")]
pub use test_vault::TestVault;
pub use texts::FoundText;
pub use tx::Tx;
pub use vault::{KeyVault, VaultError};
pub use waiting::QueueRow;

/// Rows hold what may stand in no log: `Debug` names the type only.
macro_rules! redact_debug {
    ($($row:ident),+ $(,)?) => {$(
        impl std::fmt::Debug for $row {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($row), "(redacted)"))
            }
        }
    )+};
}

redact_debug! {
    AccountRow, ArrangementRow, ClaimRow, ContactProfileRow, ConversationRow, FoundText, InvitationRow, JobRow, LineRow, MailboxRow, MessageRow, OutboxRow,
    OwnProfileRow, PeerRow, PrekeyRow, SessionRow, StoredBody,
}
