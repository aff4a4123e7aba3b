//! The durable change counter behind the event cursor: what changed, not how.

use rusqlite::params;

use super::error::StoreError;
use super::tx::{Tx, capped};

/// The kind and the key of something that changed, in the engine's own form.
pub type ChangedThing = (u8, Vec<u8>);

const COUNTER: &str = "changes";

impl Tx<'_> {
    /// Gives a thing the next number: it changed last. Numbers grow and are never used twice.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn touch(&self, kind: u8, key: &[u8]) -> Result<(), StoreError> {
        let number = self.next_number(COUNTER)?;
        self.execute_one(
            "INSERT INTO changes (kind, key, number) VALUES (?1, ?2, ?3)
             ON CONFLICT (kind, key) DO UPDATE SET number = excluded.number",
            params![kind, key, number],
        )
    }

    /// The things that changed behind a cursor, each once, oldest change first, and the cursor to go on with.
    /// A cursor from beyond the end (of a store that was lost) begins at the start.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn changes_after(
        &self,
        cursor: u64,
        limit: u32,
    ) -> Result<(Vec<ChangedThing>, u64), StoreError> {
        let cursor = if cursor > self.change_number()? {
            0
        } else {
            cursor
        };
        let mut last = cursor;
        let changes = self.list(
            "SELECT kind, key, number FROM changes WHERE number > ?1 ORDER BY number LIMIT ?2",
            params![capped(cursor), limit],
            |columns| {
                last = columns.u64(2)?;
                Ok((columns.u8(0)?, columns.bytes(1)?))
            },
        )?;
        Ok((changes, last))
    }

    /// The number of the latest change; 0 if there was none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn change_number(&self) -> Result<u64, StoreError> {
        u64::try_from(self.last_number(COUNTER)?).map_err(|_| StoreError::Row)
    }
}
