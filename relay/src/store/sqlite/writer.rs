//! The one writer: many requests, one transaction, answers only after its commit.

use std::sync::Arc;

use rusqlite::Connection;
use tacita_wire::Refusal;
use tokio::sync::{mpsc, oneshot};

use super::piles::Fill;
use super::{Budget, Trouble, clock, expiry, mailboxes, piles, stamp};
use crate::clock::Clock;
use crate::store::{Change, Expired, Outcome, RETRY_FULL_SECONDS};

/// Requests in one transaction.
const BATCH: usize = 512;
/// Pages of write-ahead log after which it is folded into the database.
const CHECKPOINT_PAGES: u32 = 4000;

pub(super) const RELAY_FULL: Refusal = Refusal::RelayFull {
    retry_after: RETRY_FULL_SECONDS,
};

type Reply<T> = oneshot::Sender<Result<T, Refusal>>;

/// What the writer is asked.
pub(super) enum Job {
    Change {
        change: Change,
        reply: Reply<Outcome>,
    },
    Expire {
        reply: Reply<Expired>,
    },
    Close {
        reply: oneshot::Sender<()>,
    },
}

/// The time and the budget of one transaction.
pub(super) struct Moment<'a> {
    pub(super) hour: u32,
    pub(super) halted: bool,
    clock: &'a dyn Clock,
    budget: u64,
}

impl Moment<'_> {
    /// What stands in an `hour` column.
    pub(super) fn stamp(&self) -> i64 {
        stamp::of_hour(self.hour, self.clock)
    }

    /// Whether the database may grow by so many bytes.
    pub(super) fn admit_growth(&self, connection: &Connection, bytes: u64) -> Result<(), Trouble> {
        let number = |sql: &str| -> Result<u64, rusqlite::Error> {
            connection
                .prepare_cached(sql)?
                .query_row([], |row| row.get::<_, i64>(0))
                .map(mailboxes::from_column)
        };
        let pages = number("PRAGMA page_count")?.saturating_sub(number("PRAGMA freelist_count")?);
        let used = pages.saturating_mul(number("PRAGMA page_size")?);
        if used.saturating_add(bytes) > self.budget {
            return Err(RELAY_FULL.into());
        }
        Ok(())
    }
}

struct Waiting {
    change: Change,
    reply: Option<Reply<Outcome>>,
}

impl Waiting {
    fn new(change: Change, reply: Reply<Outcome>) -> Self {
        Self {
            change,
            reply: Some(reply),
        }
    }
}

/// Owns the only connection that writes.
pub(super) struct Writer {
    connection: Connection,
    budget: Budget,
    clock: Arc<dyn Clock>,
}

impl Writer {
    pub(super) fn new(connection: Connection, budget: Budget, clock: Arc<dyn Clock>) -> Self {
        // Without it, a default of 1,000 pages applies; nothing depends on the number.
        let _ = connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES);
        Self {
            connection,
            budget,
            clock,
        }
    }

    /// Works until it is told to close or all senders are gone.
    pub(super) fn run(mut self, mut queue: mpsc::Receiver<Job>) {
        let mut carried = None;
        while let Some(job) = carried.take().or_else(|| queue.blocking_recv()) {
            match job {
                Job::Change { change, reply } => {
                    let mut batch = vec![Waiting::new(change, reply)];
                    while batch.len() < BATCH {
                        match queue.try_recv() {
                            Ok(Job::Change { change, reply }) => {
                                batch.push(Waiting::new(change, reply));
                            }
                            Ok(other) => {
                                carried = Some(other);
                                break;
                            }
                            Err(_) => break,
                        }
                    }
                    self.commit(batch);
                }
                Job::Expire { reply } => {
                    let result = self.transaction(expiry::run);
                    let _ = reply.send(result.map_err(Trouble::into_refusal));
                }
                Job::Close { reply } => {
                    let _ = self
                        .connection
                        .execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
                    let _ = reply.send(());
                    return;
                }
            }
        }
    }

    /// Commits a batch. If that fails as a whole, each request gets a transaction of its own, so
    /// that one that cannot be done takes no other with it.
    fn commit(&mut self, mut batch: Vec<Waiting>) {
        match self.attempt(&mut batch) {
            Ok(results) => reply_all(&mut batch, results),
            Err(trouble) if batch.len() == 1 => {
                reply_all(&mut batch, vec![Err(trouble.into_refusal())]);
            }
            Err(_) => {
                for waiting in batch {
                    let mut alone = vec![waiting];
                    let results = self
                        .attempt(&mut alone)
                        .unwrap_or_else(|trouble| vec![Err(trouble.into_refusal())]);
                    reply_all(&mut alone, results);
                }
            }
        }
    }

    fn attempt(&mut self, batch: &mut [Waiting]) -> Result<Vec<Result<Outcome, Refusal>>, Trouble> {
        self.transaction(|connection, moment| {
            let mut results = Vec::with_capacity(batch.len());
            for waiting in batch.iter() {
                results.push(within_savepoint(connection, |connection| {
                    apply(connection, moment, &waiting.change)
                })?);
            }
            #[cfg(feature = "sabotage-ack-before-commit")]
            {
                reply_all(batch, results.clone());
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
            Ok(results)
        })
    }

    /// Runs work between BEGIN and COMMIT; any trouble undoes all of it.
    fn transaction<T>(
        &mut self,
        work: impl FnOnce(&Connection, &Moment<'_>) -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        let connection = &self.connection;
        connection.execute_batch("BEGIN IMMEDIATE")?;
        let result = clock::look_inside(connection, self.clock.as_ref())
            .map_err(Trouble::from)
            .and_then(|seen| {
                let moment = Moment {
                    hour: seen.hour,
                    halted: seen.state.halted,
                    clock: self.clock.as_ref(),
                    budget: self.budget.bytes,
                };
                work(connection, &moment)
            })
            .and_then(|value| {
                connection.execute_batch("COMMIT")?;
                Ok(value)
            });
        if result.is_err() && !connection.is_autocommit() {
            // Some faults have already undone the transaction; then there is nothing to undo.
            connection.execute_batch("ROLLBACK")?;
        }
        result
    }
}

fn reply_all(batch: &mut [Waiting], results: Vec<Result<Outcome, Refusal>>) {
    for (waiting, result) in batch.iter_mut().zip(results) {
        if let Some(reply) = waiting.reply.take() {
            // A client that has gone asks again.
            let _ = reply.send(result);
        }
    }
}

/// A refusal undoes what its request did and nothing else; a fault of SQLite ends the transaction.
fn within_savepoint<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, Trouble>,
) -> Result<Result<T, Refusal>, Trouble> {
    connection
        .prepare_cached("SAVEPOINT request")?
        .execute([])?;
    let result = match work(connection) {
        Ok(value) => Ok(value),
        Err(Trouble::Refused(refusal)) => {
            connection
                .prepare_cached("ROLLBACK TO request")?
                .execute([])?;
            Err(refusal)
        }
        Err(fault) => return Err(fault),
    };
    connection.prepare_cached("RELEASE request")?.execute([])?;
    Ok(result)
}

fn apply(
    connection: &Connection,
    moment: &Moment<'_>,
    change: &Change,
) -> Result<Outcome, Trouble> {
    match change {
        Change::CreateMailbox {
            mailbox,
            kind,
            write_hash,
        } => mailboxes::create(connection, moment, *mailbox, *kind, *write_hash)?,
        Change::DeleteMailbox { mailbox } => mailboxes::delete(connection, *mailbox)?,
        Change::Put {
            mailbox,
            write_hash,
            envelopes,
        } => mailboxes::put(connection, moment, *mailbox, write_hash, envelopes)?,
        Change::Ack { mailbox, up_to } => mailboxes::ack(connection, *mailbox, *up_to)?,
        Change::CreatePile {
            pile,
            owner_hash,
            last_resort,
        } => piles::create(connection, moment, *pile, owner_hash, last_resort)?,
        Change::FillPile {
            pile,
            owner_hash,
            replace,
            last_resort,
            entries,
        } => {
            let fill = Fill {
                replace: *replace,
                last_resort: last_resort.as_ref(),
                entries,
            };
            piles::fill(connection, moment, *pile, owner_hash, &fill)?;
        }
        Change::DeletePile { pile, owner_hash } => piles::delete(connection, *pile, owner_hash)?,
        Change::Claim { pile, nonce_hash } => {
            return piles::claim(connection, moment, *pile, nonce_hash);
        }
    }
    Ok(Outcome::Done)
}
