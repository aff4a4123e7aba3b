//! Mirror of the core's error.

pub use tacita_core::client::ClientError;

/// Why a call did not do what was asked. Nothing is lost or half done when one is returned.
#[uniffi::remote(Error)]
pub enum ClientError {
    // The caller's turn.
    /// There is no account in this store. Create one first.
    NoAccount,
    /// There is an account in this store already. Open another directory for a second one.
    AccountExists,
    /// No such conversation, message or invitation. Read the list again.
    NotFound,
    /// The text is empty or longer than the limit. Shorten it and send again.
    TextLength {
        /// The most bytes of UTF-8 that fit.
        limit: u32,
    },
    /// The name is empty or longer than the limit. Choose another.
    NameLength {
        /// The most bytes of UTF-8 that fit.
        limit: u32,
    },
    /// The name holds characters that are no part of writing (line breaks, say). Take them out.
    NameCharacters,
    /// The picture is larger than the limit. Make it smaller.
    PictureLength {
        /// The most bytes that fit.
        limit: u32,
    },
    /// The picture is no JPEG, PNG or WebP file. Convert it.
    UnknownPictureFormat,
    /// More lists and windows are open than there is room for (64). Let go of those that are not shown.
    TooManyScreens,
    /// The action does not fit the conversation's state (a request that was answered, say). Read it again.
    WrongState,
    /// The message is encrypted already, or has left: without it the contact would see a hole. Send another.
    TooLate,

    // The user's turn: export.
    /// There is a file or folder of that name already. Export into another folder, or move that one away.
    ExportExists,
    /// The files of an export could not be written. Choose a folder that exists and may be written to, and begin anew.
    ExportFailed,

    // The user's turn: links.
    /// The link is cut, altered or too long. Ask for it again, as a whole.
    LinkDamaged,
    /// The text is not a link of the kind that is wanted here. Ask for the right one.
    LinkForeign,
    /// The link is of a newer version. Update the app.
    LinkTooNew,
    /// It is the user's own invitation. Give it to somebody else.
    OwnInvitation,
    /// The invitation was revoked or has run out. Ask for a new one.
    InvitationGone,
    /// What the invitation leads to is not signed by the account that it names. Do not use it; ask its
    /// sender on another way.
    InvitationForged,

    // The user's turn: clock.
    /// Dates in signed keys and this device's clock are more than 48 hours apart. Set the clock, then retry.
    CheckYourClock,

    // Time's turn.
    /// The relay cannot be reached now. What was queued goes by itself; other calls may be repeated.
    Offline {
        /// Seconds after which a new try is sensible.
        retry_after: u32,
    },
    /// The relay has no room or no time now. Retry later; nothing is lost.
    RelayBusy {
        /// Seconds after which a new try is sensible.
        retry_after: u32,
    },

    // The relay's host's turn.
    /// The relay does not take this join code. Ask its host for the current link.
    RelayRefused,
    /// What answers at the relay's address does not hold the relay's key. Do not go on: somebody may stand
    /// between. Compare the link with the relay's host.
    WrongRelayKey,
    /// The relay answers what no relay should. Tell its host; retry later.
    RelayMisbehaved,

    // The store.
    /// Another process has this store open. Close it there, or wait.
    StoreBusy,
    /// The database key does not open this store. If the vault was replaced, restore the right one; nothing
    /// was changed or deleted.
    WrongKey,
    /// The key vault failed or refused (locked device, say). Unlock and retry.
    VaultFailed,
    /// The database was damaged and has been moved aside. Open again to start anew, or restore a backup.
    StoreCorrupt {
        /// The file's new name, inside the store's directory.
        moved_to: String,
    },
    /// The file is no store of ours, or of a newer version. Update, or choose another directory.
    StoreForeign,
    /// The disk is full. Free some space, then retry.
    DiskFull,
    /// Reading or writing the store failed. Retry; if it stays, look at the disk.
    StoreFailed,
    /// A row of the store does not read back. The rest of the store goes on. If it is a contact's, delete the
    /// conversation and invite the contact again.
    RowDamaged,
    /// A test vault is refused by this build. Use the platform's key vault.
    TestVaultRefused,

    // The inbox beside the store.
    /// Another process looks into this inbox. It tells what came; there is nothing to do.
    InboxBusy,
    /// There is no inbox here, or none that this key opens. Attach it from the process that has the store open.
    InboxMissing,

    // The user's turn: the app lock.
    /// An app lock is set. Ask for the passphrase and open with it.
    AppLocked,
    /// It is another passphrase. Ask again after so many seconds.
    WrongPassphrase {
        /// Seconds until the next try is taken; 0 for now.
        retry_after: u32,
    },
    /// Too many wrong passphrases; this one was not tried. Wait, then ask again.
    TooManyTries {
        /// Seconds until the next try is taken.
        retry_after: u32,
    },
    /// The passphrase is too short or too long. Choose another.
    PassphraseLength,
    /// There is not enough memory to try a passphrase. Close other apps and try again.
    PassphraseTooCostly,

    // Ours.
    /// The client was closed. Open it again to go on.
    Closed,
    /// A bug was caught before it could do harm. Drop this client and open it again from the store.
    Reopen,
}
