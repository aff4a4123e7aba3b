//! The durable change counter behind the event cursor: what changed, not how.

use rusqlite::params;

use super::error::StoreError;
use super::tx::{Tx, capped};
use crate::protocol::ids::ConversationId;

/// The kind and the key of something that changed, in the engine's own form.
pub type ChangedThing = (u8, Vec<u8>);

impl Tx<'_> {
    /// Gives a thing the next number: it changed last. Numbers grow and are never used twice: the last row is never
    /// deleted. Looks at every row, so this is for what seldom changes.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn touch(&self, kind: u8, key: &[u8]) -> Result<(), StoreError> {
        self.renumber(kind, key).map(drop)
    }

    /// As [`Tx::touch`], for a conversation, whose row says where its change stands.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn touch_conversation(&self, kind: u8, id: ConversationId) -> Result<(), StoreError> {
        let account = id.0.0;
        let moved = self.find(
            "UPDATE changes_by_number SET number = (SELECT max(number) + 1 FROM changes_by_number)
             WHERE number = (SELECT changed FROM conversations WHERE account = ?2)
               AND kind = ?1 AND key = ?2 RETURNING number",
            params![kind, account],
            |columns| columns.i64(0),
        )?;
        let number = match moved {
            Some(number) => number,
            None => self.renumber(kind, &account)?,
        };
        self.execute(
            "UPDATE conversations SET changed = ?2 WHERE account = ?1",
            params![account, number],
        )
        .map(drop)
    }

    fn renumber(&self, kind: u8, key: &[u8]) -> Result<i64, StoreError> {
        let number = self.last_change()?.saturating_add(1);
        let moved = self.execute(
            "UPDATE changes_by_number SET number = ?3 WHERE kind = ?1 AND key = ?2",
            params![kind, key, number],
        )?;
        if moved == 0 {
            self.execute_one(
                "INSERT INTO changes_by_number (number, kind, key) VALUES (?3, ?1, ?2)",
                params![kind, key, number],
            )?;
        }
        Ok(number)
    }

    fn last_change(&self) -> Result<i64, StoreError> {
        self.find_one(
            "SELECT coalesce(max(number), 0) FROM changes_by_number",
            [],
            |columns| columns.i64(0),
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
            "SELECT kind, key, number FROM changes_by_number WHERE number > ?1 ORDER BY number LIMIT ?2",
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
        u64::try_from(self.last_change()?).map_err(|_| StoreError::Row)
    }
}
