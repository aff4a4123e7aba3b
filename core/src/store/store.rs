//! The store: opening, transactions, closing.

use std::cell::Cell;
use std::fmt;
use std::path::Path;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::check::StoreCheck;
use super::connection;
use super::derived::derive;
use super::error::{StoreError, is_damage};
use super::files::StoreFiles;
use super::keys::{
    KeysFailure, NewPassphrase, PassphraseTry, StoreKeys, change_lock, load_or_generate,
};
use super::migrate::{MigrateFailure, migrate};
use super::seal::CellKeys;
use super::tx::{GivenNumbers, Tx};
use super::vault::KeyVault;
use crate::crypto::{CryptoRng, Secret};

/// The encrypted store of one account: a directory that one process at a time has open.
pub struct Store {
    // Dropped in this order: the database is closed before the lock is freed.
    connection: Connection,
    /// In a place of its own, so that no move of the store leaves a copy.
    cells: Box<CellKeys>,
    suspect: Cell<bool>,
    check: Cell<Option<StoreCheck>>,
    files: Option<StoreFiles>,
    numbers: GivenNumbers,
    is_derived: Cell<bool>,
}

impl Store {
    /// Opens the store in `directory`, or makes it: the directory, two keys drawn from `rng` and wrapped by the
    /// vault (`keys.bin`), the database (`tacita.db`) and the lock (`tacita.lock`). `rng` is not used after the
    /// first time.
    ///
    /// # Errors
    /// Any of [`StoreError`], whose variants say what to do. After [`StoreError::Corrupt`] another `open` begins anew.
    pub fn open(
        directory: &Path,
        vault: &dyn KeyVault,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, StoreError> {
        Self::open_with(directory, vault, None, rng)
    }

    /// As [`Store::open`], with the passphrase that an app lock asks for. It is tried only if one is set. A wrong one
    /// is counted on disk, and after some each further one has to wait longer.
    ///
    /// # Errors
    /// As [`Store::open`], which gives [`StoreError::AppLocked`] where this is needed.
    pub fn open_locked(
        directory: &Path,
        vault: &dyn KeyVault,
        entry: PassphraseTry<'_>,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, StoreError> {
        Self::open_with(directory, vault, Some(entry), rng)
    }

    /// Sets, changes or removes (`new` is none) the passphrase that [`Store::open_locked`] asks for. Only the key file is
    /// written. `current` is the one that holds so far, if one is set. Takes as long as trying each of them.
    ///
    /// # Errors
    /// [`StoreError::AppLocked`] without the current one, [`StoreError::WrongPassphrase`], [`StoreError::TooManyTries`],
    /// [`StoreError::PassphraseLength`], [`StoreError::PassphraseTooCostly`], or why the file could not be written. The lock
    /// is as it was then.
    pub fn change_lock(
        &self,
        vault: &dyn KeyVault,
        current: Option<PassphraseTry<'_>>,
        new: Option<NewPassphrase<'_>>,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), StoreError> {
        let files = self.files.as_ref().ok_or(StoreError::Failed)?;
        change_lock(files, vault, current, new, rng)
    }

    fn open_with(
        directory: &Path,
        vault: &dyn KeyVault,
        entry: Option<PassphraseTry<'_>>,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, StoreError> {
        if vault.is_test() && !cfg!(feature = "test-vault") {
            return Err(StoreError::TestVaultRefused);
        }
        let files = StoreFiles::lock(directory)?;
        if files.is_plain_database()? {
            return Err(StoreError::Foreign);
        }
        let keys = match load_or_generate(&files, vault, entry, rng) {
            Ok(keys) => keys,
            Err(KeysFailure::Damaged) => {
                return Err(StoreError::Corrupt {
                    moved_to: files.move_all_aside()?,
                });
            }
            Err(KeysFailure::Other(error)) => return Err(error),
        };
        match open_database(&files, &keys) {
            Ok((connection, check)) => Ok(Self {
                connection,
                cells: Box::new(CellKeys::derive(&keys.row)),
                suspect: Cell::new(false),
                check: Cell::new(check),
                files: Some(files),
                numbers: GivenNumbers::default(),
                is_derived: Cell::new(false),
            }),
            // The keys are the right ones, so it is the file.
            Err(OpenFailure::Damaged) => Err(StoreError::Corrupt {
                moved_to: files.move_database_aside()?,
            }),
            Err(OpenFailure::Other(error)) => Err(error),
        }
    }

    /// A store that is gone when it is dropped, for tests and simulations. Its row key is no secret.
    ///
    /// # Errors
    /// [`StoreError::Failed`] if there is no memory.
    pub fn open_in_memory() -> Result<Self, StoreError> {
        let connection = connection::open_in_memory()?;
        migrate(&connection)?;
        Ok(Self {
            connection,
            cells: Box::new(CellKeys::derive(&Secret::from_bytes([0; 32]))),
            suspect: Cell::new(false),
            check: Cell::new(None),
            files: None,
            numbers: GivenNumbers::default(),
            is_derived: Cell::new(false),
        })
    }

    /// The check that is due after an unclean end; `None` after a clean one, or if it was taken. Run it on another
    /// thread and tell [`Store::note_sound`] or [`Store::examine`] what it found. A check that is dropped is due
    /// again at the next opening.
    pub fn take_check(&self) -> Option<StoreCheck> {
        self.check.take()
    }

    /// Whether no check is due.
    #[must_use]
    pub fn is_checked(&self) -> bool {
        let check = self.check.take();
        let is_checked = check.is_none();
        self.check.set(check);
        is_checked
    }

    /// Notes that the check found nothing: the next opening after a clean end has none.
    ///
    /// # Errors
    /// [`StoreError::Failed`]: the check is due again at the next opening, and nothing else comes of it.
    pub fn note_sound(&self) -> Result<(), StoreError> {
        match &self.files {
            Some(files) => files.clear_unchecked(),
            None => Ok(()),
        }
    }

    /// Checks the database on the store's own connection, whose word counts. A damaged one is closed and moved aside
    /// as [`Store::open`] does it. One that cannot be read now stays open and unchecked.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`]: the store is closed; open again to begin anew.
    pub fn examine(self) -> Result<Self, StoreError> {
        match connection::quick_check(&self.connection) {
            Ok(true) => {
                // If this fails, the next opening checks once more.
                let _ = self.note_sound();
                Ok(self)
            }
            Ok(false) => Err(self.move_aside()?),
            Err(error) if is_damage(&error) => Err(self.move_aside()?),
            Err(_) => Ok(self),
        }
    }

    /// Closes the damaged database as it is, and gives it another name.
    fn move_aside(self) -> Result<StoreError, StoreError> {
        let Self {
            connection, files, ..
        } = self;
        connection::checkpoint_on_close(&connection, false)?;
        drop(connection);
        let files = files.ok_or(StoreError::Failed)?;
        Ok(StoreError::Corrupt {
            moved_to: files.move_database_aside()?,
        })
    }

    /// Runs `body` in one writing transaction: committed and on the disk if it returns `Ok`, else rolled back.
    /// Transactions do not nest.
    ///
    /// # Errors
    /// What `body` returns, or why the transaction could not begin or end; nothing has changed then.
    pub fn write<T, E: From<StoreError>>(
        &self,
        body: impl FnOnce(&Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.run(TransactionBehavior::Immediate, body)
    }

    /// Runs `body` in one reading transaction: all that it reads is of one moment.
    ///
    /// # Errors
    /// What `body` returns, or why the transaction could not begin.
    pub fn read<T, E: From<StoreError>>(
        &self,
        body: impl FnOnce(&Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.run(TransactionBehavior::Deferred, body)
    }

    fn run<T, E: From<StoreError>>(
        &self,
        behavior: TransactionBehavior,
        body: impl FnOnce(&Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let result = self.run_unmarked(behavior, body);
        if self.suspect.replace(false)
            && let Some(files) = &self.files
        {
            files.mark_suspect()?;
        }
        result
    }

    fn run_unmarked<T, E: From<StoreError>>(
        &self,
        behavior: TransactionBehavior,
        body: impl FnOnce(&Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let noted = |error: rusqlite::Error| {
            self.suspect.set(self.suspect.get() || is_damage(&error));
            StoreError::from(error)
        };
        if !self.is_derived.get() {
            derive(&self.connection).map_err(noted)?;
            self.is_derived.set(true);
        }
        // Dropped without commit, it rolls back.
        let transaction = Transaction::new_unchecked(&self.connection, behavior).map_err(noted)?;
        let value = body(&Tx::new(
            &transaction,
            &self.cells,
            &self.suspect,
            &self.numbers,
        ))?;
        transaction.commit().map_err(noted)?;
        Ok(value)
    }

    /// Moves the log into the database and empties it. A log keeps the pages of before each change until it is
    /// overwritten: after something was deleted for good, this is what makes it gone from the files.
    ///
    /// # Errors
    /// [`StoreError::DiskFull`] or [`StoreError::Failed`]: nothing is lost; do it again later. Closing does it too.
    pub fn empty_log(&self) -> Result<(), StoreError> {
        self.connection
            .execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
        Ok(())
    }

    /// The store's files; none if it is nowhere but in memory.
    pub(super) fn files(&self) -> Option<&StoreFiles> {
        self.files.as_ref()
    }

    /// The connection, for what is no transaction, and for tests that make statements fail.
    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Moves the log into the database, which marks a clean end, and frees the lock. A store that is dropped
    /// instead does the same without telling whether it could, and loses nothing.
    ///
    /// # Errors
    /// [`StoreError::DiskFull`] or [`StoreError::Failed`]; the store is closed all the same and nothing is lost.
    pub fn close(self) -> Result<(), StoreError> {
        let Self {
            connection,
            files,
            check,
            ..
        } = self;
        drop(check);
        connection.flush_prepared_statement_cache();
        let checkpoint = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
        let closed = connection.close();
        drop(files);
        checkpoint?;
        closed.map_err(|(_, error)| error.into())
    }
}

/// Deletes the store in a directory, whoever's it is and whether or not it can be opened; an empty one or none is
/// no error. Its wrapped keys are overwritten before anything else: after that no copy of the database can be read.
/// Flash memory may keep what was overwritten: an app also deletes the key with which its vault wrapped them.
///
/// # Errors
/// [`StoreError::Busy`] while it is open; [`StoreError::Failed`] if a file cannot be deleted: try again.
pub fn erase(directory: &Path) -> Result<(), StoreError> {
    StoreFiles::lock(directory)?.erase()
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

enum OpenFailure {
    /// The database is damaged.
    Damaged,
    /// Anything else; the database stays where it is.
    Other(StoreError),
}

impl From<rusqlite::Error> for OpenFailure {
    fn from(error: rusqlite::Error) -> Self {
        if is_damage(&error) {
            Self::Damaged
        } else {
            Self::Other(error.into())
        }
    }
}

impl From<StoreError> for OpenFailure {
    fn from(error: StoreError) -> Self {
        Self::Other(error)
    }
}

impl From<MigrateFailure> for OpenFailure {
    fn from(failure: MigrateFailure) -> Self {
        match failure {
            MigrateFailure::Foreign => Self::Other(StoreError::Foreign),
            MigrateFailure::Sqlite(error) => error.into(),
        }
    }
}

/// After damage has shown the check comes first; after an unclean end it may be run beside the store.
fn open_database(
    files: &StoreFiles,
    keys: &StoreKeys,
) -> Result<(Connection, Option<StoreCheck>), OpenFailure> {
    let (unchecked, suspect) = (files.is_unchecked()?, files.is_suspect()?);
    if files.is_cut()? {
        return Err(OpenFailure::Damaged);
    }
    let path = files.database()?;
    let connection = connection::open(&path, &keys.database)?;
    connection::check_build(&connection)?;
    connection::check_settings(&connection)?;
    if suspect && !connection::quick_check(&connection)? {
        return Err(OpenFailure::Damaged);
    }
    connection::checkpoint_on_close(&connection, true)?;
    migrate(&connection)?;
    if suspect {
        files.clear_unchecked()?;
        files.clear_suspect()?;
    }
    if !unchecked || suspect {
        return Ok((connection, None));
    }
    files.note_unchecked();
    let check = StoreCheck::new(connection::open_beside(&path, &keys.database)?);
    Ok((connection, Some(check)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_database_is_a_typed_error_and_loses_nothing() {
        let store = Store::open_in_memory().unwrap();
        let pages: i64 = store
            .connection
            .pragma_query_value(None, "page_count", |row| row.get(0))
            .unwrap();
        let limit = |pages: i64| {
            store
                .connection
                .pragma_update(None, "max_page_count", pages)
                .unwrap();
        };
        limit(pages + 4);
        let error = store.write(|tx| {
            tx.save_setting("small", b"1")?;
            tx.save_setting("large", &[7; 100_000])
        });
        assert_eq!(error, Err(StoreError::DiskFull));
        assert_eq!(store.read(|tx| tx.load_setting("small")), Ok(None));
        store.write(|tx| tx.save_setting("small", b"2")).unwrap();
        limit(pages + 400);
        store
            .write(|tx| tx.save_setting("large", &[7; 100_000]))
            .unwrap();
        let large = store.read(|tx| tx.load_setting("large")).unwrap();
        assert_eq!(large.unwrap().len(), 100_000);
    }
}
