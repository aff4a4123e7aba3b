//! The durable change counter behind the event cursor: what changed, not how.

use rusqlite::params;

use super::error::StoreError;
use super::tx::{Tx, capped};
use crate::protocol::ids::ConversationId;

/// The kind and the key of something that changed, in the engine's own form.
pub type ChangedThing = (u8, Vec<u8>);

/// The kind of a conversation, whose own row says where its change stands; its key is the account.
pub const CHANGED_CONVERSATION: u8 = 2;

impl Tx<'_> {
    /// Gives a thing the next number: it changed last. Numbers grow and are never used twice. Looks at every row, so this
    /// is for what seldom changes.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn touch(&self, kind: u8, key: &[u8]) -> Result<(), StoreError> {
        let number = self.next_change()?;
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
        Ok(())
    }

    /// As [`Tx::touch`], for a conversation, also one that is gone.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn touch_conversation(&self, id: ConversationId) -> Result<(), StoreError> {
        let account = id.0.0;
        let before = self.find(
            "SELECT changed FROM conversations WHERE account = ?1",
            [account],
            |columns| columns.i64(0),
        )?;
        match before {
            None => return self.touch(CHANGED_CONVERSATION, &account),
            // One of this account may have been here before.
            Some(0) => self
                .execute(
                    "DELETE FROM changes_by_number WHERE kind = ?1 AND key = ?2",
                    params![CHANGED_CONVERSATION, account],
                )
                .map(drop)?,
            Some(_) => {}
        }
        self.execute_one(
            "UPDATE conversations SET changed = ?2 WHERE account = ?1",
            params![account, self.next_change()?],
        )
    }

    fn next_change(&self) -> Result<i64, StoreError> {
        // The last one may have been of a conversation that is gone.
        let last = self.last_change()?.max(self.numbers.change.get());
        let next = last.saturating_add(1);
        self.numbers.change.set(next);
        Ok(next)
    }

    fn last_change(&self) -> Result<i64, StoreError> {
        self.find_one(
            "SELECT max((SELECT coalesce(max(number), 0) FROM changes_by_number),
               (SELECT coalesce(max(number), 0) FROM conversations_by_change))",
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
            "SELECT kind, key, number FROM changes_by_number WHERE number > ?1
             UNION ALL
             SELECT ?3, account, number FROM conversations_by_change WHERE number > ?1
             ORDER BY number LIMIT ?2",
            params![capped(cursor), limit, CHANGED_CONVERSATION],
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
