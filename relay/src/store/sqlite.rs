//! The embedded backend: one SQLite file, one writer with group commit, readers beside it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tacita_wire::{MailboxId, OwnerHash, PileId, Refusal};
use thiserror::Error;
use tokio::sync::{mpsc, oneshot};

use super::{Change, Expired, MailboxStore, Outcome, Page, RETRY_FAILED_SECONDS};
use crate::clock::Clock;

mod clock;
mod expiry;
mod mailboxes;
mod piles;
mod read;
mod schema;
mod stamp;
mod writer;

use writer::{Job, Writer};

/// Why the database could not be opened or read.
#[derive(Debug, Error)]
pub enum OpenError {
    /// SQLite says no. See to the disk, the permissions or the file, then start again.
    #[error("the database cannot be used ({0:?})")]
    Sqlite(Option<rusqlite::ErrorCode>),
    /// The file was made by a later version. Start that one.
    #[error("the database was made by a later version of the relay")]
    TooNew,
    /// The writer's thread could not be started. Free memory or threads, then start again.
    #[error("the writer cannot be started")]
    Thread,
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        // Only the code: a message could quote what was stored.
        Self::Sqlite(error.sqlite_error_code())
    }
}

/// What the store may use.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Bytes of database in use, over which only what frees space is done.
    pub bytes: u64,
    /// A hard stop, in pages of 4 KiB, for tests of a full disk.
    pub hard_pages: Option<u32>,
}

/// Requests that may wait for the writer; further ones wait to wait.
const QUEUE: usize = 4096;

/// The SQLite backend. Dropping it without [`MailboxStore::close`] loses nothing that was answered.
pub struct SqliteStore {
    path: PathBuf,
    clock: Arc<dyn Clock>,
    jobs: mpsc::Sender<Job>,
    readers: Arc<Mutex<Vec<Connection>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SqliteStore")
    }
}

impl SqliteStore {
    /// Opens or makes the file and starts its writer.
    ///
    /// # Errors
    /// [`OpenError`], as said there.
    pub fn open(path: &Path, budget: Budget, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let mut connection = schema::open(path)?;
        if let Some(pages) = budget.hard_pages {
            schema::limit_pages(&connection, pages)?;
        }
        clock::look(&mut connection, clock.as_ref())?;
        let (jobs, queue) = mpsc::channel(QUEUE);
        let writer = Writer::new(connection, budget, Arc::clone(&clock));
        let thread = std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || writer.run(queue))
            .map_err(|_| OpenError::Thread)?;
        Ok(Self {
            path: path.to_owned(),
            clock,
            jobs,
            readers: Arc::default(),
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Records that the machine's clock is right, which ends a halt of expiry. Works beside a
    /// running relay.
    ///
    /// # Errors
    /// [`OpenError`], as said there.
    pub fn confirm_clock(path: &Path, clock: &dyn Clock) -> Result<(), OpenError> {
        clock::confirm(&mut schema::open(path)?, clock)?;
        Ok(())
    }

    /// Writes a whole, consistent copy to a path where no file is. Works beside a running relay.
    ///
    /// # Errors
    /// [`OpenError`], as said there.
    pub fn copy_to(path: &Path, target: &Path) -> Result<(), OpenError> {
        let target = target.to_str().ok_or(OpenError::Sqlite(None))?;
        schema::open(path)?.execute("VACUUM INTO ?1", [target])?;
        Ok(())
    }

    /// Runs a query on a reading connection, off the asynchronous threads.
    async fn with_reader<T: Send + 'static>(
        &self,
        query: impl FnOnce(&mut Connection, &dyn Clock) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T, Refusal> {
        let readers = Arc::clone(&self.readers);
        let path = self.path.clone();
        let clock = Arc::clone(&self.clock);
        let work = move || {
            let pooled = readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut connection = match pooled {
                Some(connection) => connection,
                None => schema::open_reader(&path)?,
            };
            let result = query(&mut connection, clock.as_ref());
            if !matches!(result, Err(Trouble::Sqlite(_))) {
                readers
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(connection);
            }
            result
        };
        match tokio::task::spawn_blocking(work).await {
            Ok(result) => result.map_err(Trouble::into_refusal),
            Err(_) => Err(FAILED),
        }
    }
}

impl MailboxStore for SqliteStore {
    async fn change(&self, change: Change) -> Result<Outcome, Refusal> {
        let (reply, answer) = oneshot::channel();
        let job = Job::Change { change, reply };
        self.jobs.send(job).await.map_err(|_| FAILED)?;
        answer.await.map_err(|_| FAILED)?
    }

    async fn read(
        &self,
        mailbox: MailboxId,
        after: u64,
        envelopes: u16,
        bytes: usize,
    ) -> Result<Page, Refusal> {
        self.with_reader(move |connection, clock| {
            read::page(connection, clock, mailbox, after, envelopes, bytes)
        })
        .await
    }

    async fn count_pile(&self, pile: PileId, owner_hash: OwnerHash) -> Result<u16, Refusal> {
        self.with_reader(move |connection, _| piles::count(connection, pile, owner_hash))
            .await
    }

    async fn hour(&self) -> Result<u32, Refusal> {
        self.with_reader(|connection, clock| Ok(clock::peek(connection, clock)?))
            .await
    }

    async fn expire(&self) -> Result<Expired, Refusal> {
        let (reply, answer) = oneshot::channel();
        self.jobs
            .send(Job::Expire { reply })
            .await
            .map_err(|_| FAILED)?;
        answer.await.map_err(|_| FAILED)?
    }

    async fn close(&self) {
        let (reply, answer) = oneshot::channel();
        // Readers would keep the write-ahead log from being folded in.
        self.readers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
        if self.jobs.send(Job::Close { reply }).await.is_ok() {
            let _ = answer.await;
        }
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread {
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }
}

const FAILED: Refusal = Refusal::Failed {
    retry_after: RETRY_FAILED_SECONDS,
};

/// Why a query or a change did not go through.
#[derive(Debug)]
enum Trouble {
    /// The rules say no; the transaction is sound.
    Refused(Refusal),
    /// SQLite says no; the transaction may be gone.
    Sqlite(rusqlite::Error),
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl Trouble {
    /// What the client is told; a full disk is told apart from any other fault.
    fn into_refusal(self) -> Refusal {
        match self {
            Self::Refused(refusal) => refusal,
            Self::Sqlite(error) => {
                let code = error.sqlite_error_code();
                tracing::warn!(?code, "the database refused");
                if code == Some(rusqlite::ErrorCode::DiskFull) {
                    writer::RELAY_FULL
                } else {
                    FAILED
                }
            }
        }
    }
}
