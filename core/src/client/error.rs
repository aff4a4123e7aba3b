//! The one error of the client: flat, without user data, each variant with the app's next step.

use thiserror::Error;

use crate::protocol::ProtocolError;
use crate::store::StoreError;

/// Why a call did not do what was asked. Nothing is lost or half done when one is returned.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ClientError {
    // The caller's turn.
    /// There is no account in this store. Create one first.
    #[error("there is no account here yet")]
    NoAccount,
    /// There is an account in this store already. Open another directory for a second one.
    #[error("there is an account here already")]
    AccountExists,
    /// No such conversation, message or invitation. Read the list again.
    #[error("no such conversation, message or invitation")]
    NotFound,
    /// The text is empty or longer than the limit. Shorten it and send again.
    #[error("the text is empty or longer than {limit} bytes")]
    TextLength {
        /// The most bytes of UTF-8 that fit.
        limit: u32,
    },
    /// The name is empty or longer than the limit. Choose another.
    #[error("the name is empty or longer than {limit} bytes")]
    NameLength {
        /// The most bytes of UTF-8 that fit.
        limit: u32,
    },
    /// The name holds characters that are no part of writing (line breaks, say). Take them out.
    #[error("the name holds control characters")]
    NameCharacters,
    /// The picture is larger than the limit. Make it smaller.
    #[error("the picture is larger than {limit} bytes")]
    PictureLength {
        /// The most bytes that fit.
        limit: u32,
    },
    /// The picture is no JPEG, PNG or WebP file. Convert it.
    #[error("the picture is no JPEG, PNG or WebP file")]
    UnknownPictureFormat,
    /// More lists and windows are open than there is room for (64). Let go of those that are not shown.
    #[error("too many lists are open")]
    TooManyScreens,
    /// The action does not fit the conversation's state (a request that was answered, say). Read it again.
    #[error("this does not fit the state of the conversation")]
    WrongState,
    /// The message is encrypted already, or has left: without it the contact would see a hole. Send another.
    #[error("the message is encrypted already")]
    TooLate,

    // The user's turn: export.
    /// There is a file or folder of that name already. Export into another folder, or move that one away.
    #[error("there is a file or folder of that name already")]
    ExportExists,
    /// The files of an export could not be written. Choose a folder that exists and may be written to, and begin anew.
    #[error("the files could not be written there")]
    ExportFailed,

    // The user's turn: links.
    /// The link is cut, altered or too long. Ask for it again, as a whole.
    #[error("the link is cut, altered or too long")]
    LinkDamaged,
    /// The text is not a link of the kind that is wanted here. Ask for the right one.
    #[error("this is not a link of the kind wanted here")]
    LinkForeign,
    /// The link is of a newer version. Update the app.
    #[error("the link needs a newer version of this app")]
    LinkTooNew,
    /// It is the user's own invitation. Give it to somebody else.
    #[error("this is your own invitation")]
    OwnInvitation,
    /// The invitation was revoked or has run out. Ask for a new one.
    #[error("this invitation was revoked or has run out")]
    InvitationGone,
    /// What the invitation leads to is not signed by the account that it names. Do not use it; ask its
    /// sender on another way.
    #[error("this invitation leads to keys that its account did not sign")]
    InvitationForged,

    // The user's turn: clock.
    /// Dates in signed keys and this device's clock are more than 48 hours apart. Set the clock, then retry.
    #[error("this device's clock seems to be wrong")]
    CheckYourClock,

    // Time's turn.
    /// The relay cannot be reached now. What was queued goes by itself; other calls may be repeated.
    #[error("the relay cannot be reached")]
    Offline {
        /// Seconds after which a new try is sensible.
        retry_after: u32,
    },
    /// The relay has no room or no time now. Retry later; nothing is lost.
    #[error("the relay has no room or no time now")]
    RelayBusy {
        /// Seconds after which a new try is sensible.
        retry_after: u32,
    },

    // The relay's host's turn.
    /// The relay does not take this join code. Ask its host for the current link.
    #[error("the relay does not take this join code")]
    RelayRefused,
    /// What answers at the relay's address does not hold the relay's key. Do not go on: somebody may stand
    /// between. Compare the link with the relay's host.
    #[error("what answers at this address is not the relay of the link")]
    WrongRelayKey,
    /// The relay answers what no relay should. Tell its host; retry later.
    #[error("the relay answers nonsense")]
    RelayMisbehaved,

    // The store.
    /// Another process has this store open. Close it there, or wait.
    #[error("the store is open in another process")]
    StoreBusy,
    /// The database key does not open this store. If the vault was replaced, restore the right one; nothing
    /// was changed or deleted.
    #[error("the key does not open this store")]
    WrongKey,
    /// The key vault failed or refused (locked device, say). Unlock and retry.
    #[error("the key vault failed or refused")]
    VaultFailed,
    /// The database was damaged and has been moved aside. Open again to start anew, or restore a backup.
    #[error("the store was damaged and has been moved aside")]
    StoreCorrupt {
        /// The file's new name, inside the store's directory.
        moved_to: String,
    },
    /// The file is no store of ours, or of a newer version. Update, or choose another directory.
    #[error("the store is foreign or of a newer version")]
    StoreForeign,
    /// The disk is full. Free some space, then retry.
    #[error("the disk is full")]
    DiskFull,
    /// Reading or writing the store failed. Retry; if it stays, look at the disk.
    #[error("reading or writing the store failed")]
    StoreFailed,
    /// A row of the store does not read back. The rest of the store goes on. If it is a contact's, delete the
    /// conversation and invite the contact again.
    #[error("a row of the store does not read back")]
    RowDamaged,
    /// A test vault is refused by this build. Use the platform's key vault.
    #[error("a test vault is refused by this build")]
    TestVaultRefused,

    // The inbox beside the store.
    /// Another process looks into this inbox. It tells what came; there is nothing to do.
    #[error("another process looks into the inbox")]
    InboxBusy,
    /// There is no inbox here, or none that this key opens. Attach it from the process that has the store open.
    #[error("there is no inbox here")]
    InboxMissing,

    // The user's turn: the app lock.
    /// An app lock is set. Ask for the passphrase and open with it.
    #[error("the store asks for a passphrase")]
    AppLocked,
    /// It is another passphrase. Ask again after so many seconds.
    #[error("this is not the passphrase")]
    WrongPassphrase {
        /// Seconds until the next try is taken; 0 for now.
        retry_after: u32,
    },
    /// Too many wrong passphrases; this one was not tried. Wait, then ask again.
    #[error("too many wrong passphrases; wait")]
    TooManyTries {
        /// Seconds until the next try is taken.
        retry_after: u32,
    },
    /// The passphrase is too short or too long. Choose another.
    #[error("the passphrase is too short or too long")]
    PassphraseLength,
    /// There is not enough memory to try a passphrase. Close other apps and try again.
    #[error("not enough memory to try a passphrase")]
    PassphraseTooCostly,

    // Ours.
    /// The client was closed. Open it again to go on.
    #[error("the client is closed")]
    Closed,
    /// A bug was caught before it could do harm. Drop this client and open it again from the store.
    #[error("a bug was caught; open the client again")]
    Reopen,
}

impl From<StoreError> for ClientError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy => Self::StoreBusy,
            StoreError::WrongKey => Self::WrongKey,
            StoreError::VaultFailed => Self::VaultFailed,
            StoreError::Corrupt { moved_to } => Self::StoreCorrupt { moved_to },
            StoreError::Foreign => Self::StoreForeign,
            StoreError::DiskFull => Self::DiskFull,
            StoreError::TestVaultRefused => Self::TestVaultRefused,
            StoreError::AppLocked => Self::AppLocked,
            StoreError::WrongPassphrase { retry_after } => Self::WrongPassphrase { retry_after },
            StoreError::TooManyTries { retry_after } => Self::TooManyTries { retry_after },
            StoreError::PassphraseLength => Self::PassphraseLength,
            StoreError::PassphraseTooCostly => Self::PassphraseTooCostly,
            StoreError::InboxBusy => Self::InboxBusy,
            StoreError::InboxMissing => Self::InboxMissing,
            StoreError::Failed => Self::StoreFailed,
            StoreError::Row => Self::RowDamaged,
        }
    }
}

/// For failures of our own making: what peers sent is judged where it is read.
impl From<ProtocolError> for ClientError {
    fn from(error: ProtocolError) -> Self {
        match error {
            ProtocolError::OwnInvitation => Self::OwnInvitation,
            ProtocolError::CheckYourClock => Self::CheckYourClock,
            ProtocolError::Expired => Self::InvitationGone,
            ProtocolError::BadSignature
            | ProtocolError::WeakKey
            | ProtocolError::WrongAccount
            | ProtocolError::InvalidDeviceLog
            | ProtocolError::ForkedDeviceLog
            | ProtocolError::OutdatedDeviceLog => Self::InvitationForged,
            _ => Self::StoreFailed,
        }
    }
}
