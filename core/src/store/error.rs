//! Every way in which the store fails; one flat enum, without user data.

use std::io;

use rusqlite::ErrorCode;
use tacita_wire::WireError;
use thiserror::Error;

/// Why the store did not do what was asked. The transaction that met it has changed nothing.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum StoreError {
    /// Another process, or another `Store` in this one, has the directory open. Close it there, or wait.
    #[error("the store is open elsewhere")]
    Busy,
    /// The vault gave other keys than those that the store was made with, or the key file is gone.
    /// Nothing was moved or changed: bring the right vault or key file back.
    #[error("the key does not open this store")]
    WrongKey,
    /// The vault failed or refused. Nothing was moved or changed: unlock the device and open again.
    #[error("the key vault failed or refused")]
    VaultFailed,
    /// The files were damaged and now have another name. Open again to begin anew, and restore a backup.
    #[error("the store was damaged and has been moved aside")]
    Corrupt {
        /// The database's new name inside the directory; files beside it begin with the same name.
        moved_to: String,
    },
    /// The files are no store of ours, or of a newer version. Nothing was changed: update, or choose another directory.
    #[error("the store is foreign or of a newer version")]
    Foreign,
    /// The disk is full. Free some space and do the same again.
    #[error("the disk is full")]
    DiskFull,
    /// A test vault is refused by a build without the feature `test-vault`. Use the platform's vault.
    #[error("a test vault is refused by this build")]
    TestVaultRefused,
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
    /// Another process looks into this inbox. It tells what came; there is nothing to do.
    #[error("another process looks into the inbox")]
    InboxBusy,
    /// There is no inbox here, or none that this key opens. Attach it from the process that has the store open.
    #[error("there is no inbox here")]
    InboxMissing,
    /// Reading or writing failed. Try again; if it stays, close and open: the files are checked then.
    #[error("reading or writing the store failed")]
    Failed,
    /// A row does not read back as what was written: tampering, or a bug of ours. Report it; leave that row alone.
    #[error("a row of the store does not read back")]
    Row,
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error {
            rusqlite::Error::SqliteFailure(failure, _) => match failure.code {
                ErrorCode::DiskFull => Self::DiskFull,
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Busy,
                _ => Self::Failed,
            },
            rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::Utf8Error(..) => Self::Row,
            _ => Self::Failed,
        }
    }
}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull,
            _ => Self::Failed,
        }
    }
}

impl From<WireError> for StoreError {
    fn from(_: WireError) -> Self {
        Self::Row
    }
}

/// Whether SQLite says that the file itself is damaged, or no database under this key.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
    )
}
