//! Indexes that are kept in memory alone, and found again in the tables: decision 0025.

use rusqlite::{Connection, Transaction, TransactionBehavior};

/// Makes them, for a connection that has none yet; all of them or none.
pub(super) fn derive(connection: &Connection) -> Result<(), rusqlite::Error> {
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Deferred)?;
    transaction.execute_batch(include_str!("derived.sql"))?;
    transaction.commit()
}
