//! The index over texts: each text has a row at once, the words follow some texts at a time, before any search.

use rusqlite::{Connection, params};

use super::error::StoreError;
use super::messages::{MessageRow, read_message};
use super::model::StoredBody;
use super::tx::{Columns, Tx, capped, stored};
use super::words::{indexed_form, query_form};
use crate::protocol::ids::ConversationId;

/// The last row whose words are in the index, or that held none any more when its turn came.
const INDEXED: &str = "texts indexed";
/// Rows without their words at most. One message alone would write as many pages of the index as this many do.
const MAX_BEHIND: i64 = 64;
/// Texts taken out of the index at once.
const BATCH: u32 = 500;

const INSERT_ROW: &str = "INSERT INTO text_rows (row, conversation, place) VALUES (?1, ?2, ?3)";
const DELETE_WORDS: &str = "INSERT INTO texts (texts, rowid, words) VALUES ('delete', ?1, ?2)";
const INSERT_WORDS: &str = "INSERT INTO texts (rowid, words) VALUES (?1, ?2)";

/// A text that was found.
#[derive(Clone, PartialEq, Eq)]
pub struct FoundText {
    /// Its number: greater than that of every text stored before it.
    pub number: u64,
    /// Its message.
    pub message: MessageRow,
}

impl Tx<'_> {
    /// Gives the text of a body, if it is one, a row in the index; returns it.
    pub(super) fn index_text(
        &self,
        (conversation, place): (i64, u64),
        body: &StoredBody,
    ) -> Result<Option<i64>, StoreError> {
        if body.text().is_none() {
            return Ok(None);
        }
        let (indexed, last) = self.rows_behind()?;
        if last.saturating_sub(indexed) >= MAX_BEHIND {
            self.index_rows_behind()?;
        }
        // No number that counts as indexed is given to a text that is not.
        let row = last.max(indexed).saturating_add(1);
        self.execute_one(INSERT_ROW, params![row, conversation, stored(place)?])?;
        Ok(Some(row))
    }

    /// Puts the words of the texts into the index whose rows have none yet.
    fn index_rows_behind(&self) -> Result<(), StoreError> {
        let (indexed, last) = self.rows_behind()?;
        if last <= indexed {
            return Ok(());
        }
        let behind = self.list(
            "SELECT row, messages.conversation, kind, data FROM text_rows
             CROSS JOIN messages ON messages.conversation = text_rows.conversation
               AND messages.place = text_rows.place
             WHERE row > ?1 ORDER BY row",
            [indexed],
            |columns| Ok((columns.i64(0)?, columns.i64(1)?, read_body(columns, 2)?)),
        )?;
        for (row, conversation, body) in behind {
            if let Some(text) = body.text() {
                self.index_words(row, conversation, text)?;
            }
        }
        self.set_number(INDEXED, last)
    }

    /// The last row whose words are in the index, and the last row.
    fn rows_behind(&self) -> Result<(i64, i64), StoreError> {
        let last = self.find_one(
            "SELECT coalesce(max(row), 0) FROM text_rows",
            [],
            |columns| columns.i64(0),
        )?;
        Ok((self.last_number(INDEXED)?, last))
    }

    /// Puts the words of a new body in place of an old one's; returns its row in the index, which stays the same.
    pub(super) fn index_text_again(
        &self,
        (conversation, place): (i64, u64),
        (row, old): (Option<i64>, &StoredBody),
        new: &StoredBody,
    ) -> Result<Option<i64>, StoreError> {
        let Some(row) = row else {
            return self.index_text((conversation, place), new);
        };
        let has_words = self.forget_words(row, conversation, old)?;
        if let Some(text) = new.text() {
            if has_words {
                self.index_words(row, conversation, text)?;
            }
            return Ok(Some(row));
        }
        self.forget_row(row)?;
        Ok(None)
    }

    /// Takes the text of a body, if it is one, out of the index.
    pub(super) fn forget_text(
        &self,
        conversation: i64,
        row: Option<i64>,
        body: &StoredBody,
    ) -> Result<(), StoreError> {
        let Some(row) = row else { return Ok(()) };
        self.forget_words(row, conversation, body)?;
        self.forget_row(row)
    }

    /// Takes every text of a conversation out of the index. Its messages must still be there.
    pub(super) fn forget_texts_of(&self, conversation: ConversationId) -> Result<(), StoreError> {
        if super::sabotage::is(super::sabotage::Breakage::IndexKeepsDeleted) {
            return Ok(());
        }
        let mut place = 0_i64;
        loop {
            let batch = self.list(
                "SELECT conversation, place, text_row, kind, data FROM messages
                 WHERE conversation = (SELECT key FROM conversations WHERE account = ?1)
                   AND place > ?2 AND text_row IS NOT NULL ORDER BY place LIMIT ?3",
                params![conversation.0.0, place, BATCH],
                |columns| {
                    let (key, row) = (columns.i64(0)?, columns.i64(2)?);
                    Ok((key, columns.i64(1)?, row, read_body(columns, 3)?))
                },
            )?;
            let Some(last) = batch.last() else { break };
            place = last.1;
            for (key, _, row, body) in batch {
                self.forget_text(key, Some(row), &body)?;
            }
        }
        Ok(())
    }

    /// The last `limit` texts stored before a number (`None`: of all), newest first, in which each word of `search`
    /// begins a word, and whether there are earlier ones. `search` is what a person typed: nothing in it is syntax.
    /// Its first 16 words and 256 bytes count. One without a word finds nothing. Words that are not in the
    /// index yet are put into it first, so this is for a writing transaction.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn find_texts(
        &self,
        search: &str,
        within: Option<ConversationId>,
        before: Option<u64>,
        limit: u32,
    ) -> Result<(Vec<FoundText>, bool), StoreError> {
        let within = match within {
            Some(id) => match self.conversation_key(id)? {
                Some(key) => Some(key),
                None => return Ok((Vec::new(), false)),
            },
            None => None,
        };
        let Some(query) = query_form(within, search) else {
            return Ok((Vec::new(), false));
        };
        self.index_rows_behind()?;
        // In the order of the index, whatever the planner thinks of the tables' sizes.
        let mut found = self.list(
            "SELECT messages.place, direction, device, counter, kind, data, sent_ms, stored_ms,
               delivery, account, row
             FROM texts
             CROSS JOIN text_rows ON text_rows.row = texts.rowid
             CROSS JOIN messages ON messages.conversation = text_rows.conversation
               AND messages.place = text_rows.place
             CROSS JOIN conversations ON conversations.key = messages.conversation
             WHERE texts MATCH ?1 AND texts.rowid < ?2 ORDER BY texts.rowid DESC LIMIT ?3",
            params![query, before.map_or(i64::MAX, capped), i64::from(limit) + 1],
            |columns| {
                Ok(FoundText {
                    number: columns.u64(10)?,
                    message: read_message(columns.conversation(9)?, columns)?,
                })
            },
        )?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = found.len() > limit;
        found.truncate(limit);
        Ok((found, more))
    }

    pub(super) fn conversation_key(&self, id: ConversationId) -> Result<Option<i64>, StoreError> {
        self.find(
            "SELECT key FROM conversations WHERE account = ?1",
            [id.0.0],
            |columns| columns.i64(0),
        )
    }

    fn index_words(&self, row: i64, conversation: i64, text: &str) -> Result<(), StoreError> {
        self.execute(INSERT_WORDS, params![row, indexed_form(conversation, text)])
            .map(drop)
    }

    /// The index does not keep what it was given: it has to be told the same words again. What then still is in it goes
    /// later: `store/scrub.rs`. Returns whether they were in it.
    fn forget_words(
        &self,
        row: i64,
        conversation: i64,
        body: &StoredBody,
    ) -> Result<bool, StoreError> {
        if row > self.last_number(INDEXED)? {
            self.owe_gaps()?;
            return Ok(false);
        }
        let text = body.text().ok_or(StoreError::Row)?;
        self.execute(DELETE_WORDS, params![row, indexed_form(conversation, text)])?;
        self.owe_scrub()?;
        Ok(true)
    }

    fn forget_row(&self, row: i64) -> Result<(), StoreError> {
        self.execute_one("DELETE FROM text_rows WHERE row = ?1", [row])
    }
}

/// The columns `kind, data`, from this one on.
pub(super) fn read_body(columns: &Columns<'_>, index: usize) -> Result<StoredBody, StoreError> {
    Ok(StoredBody {
        kind: columns.u16(index)?,
        data: columns.bytes(index + 1)?,
    })
}

/// Indexes the texts of a database that had no index, in the order in which they were stored.
pub(super) fn index_all(connection: &Connection) -> Result<(), rusqlite::Error> {
    let mut order = connection.prepare(
        "SELECT conversation, place FROM messages WHERE kind = ?1
         ORDER BY stored_ms, conversation, place",
    )?;
    let mut places = order.query([StoredBody::TEXT])?;
    let mut number = 0_i64;
    while let Some(at) = places.next()? {
        let (conversation, place): (i64, i64) = (at.get(0)?, at.get(1)?);
        let body = connection
            .prepare_cached(
                "SELECT kind, data FROM messages WHERE conversation = ?1 AND place = ?2",
            )?
            .query_row([conversation, place], |row| {
                Ok(StoredBody {
                    kind: row.get(0)?,
                    data: row.get(1)?,
                })
            })?;
        let Some(text) = body.text() else { continue };
        number += 1;
        connection
            .prepare_cached(INSERT_ROW)?
            .execute([number, conversation, place])?;
        connection
            .prepare_cached(INSERT_WORDS)?
            .execute(params![number, indexed_form(conversation, text)])?;
        connection
            .prepare_cached(
                "UPDATE messages SET text_row = ?3 WHERE conversation = ?1 AND place = ?2",
            )?
            .execute([conversation, place, number])?;
    }
    // Schema 10 takes its number over.
    connection.execute(
        "INSERT INTO counters (name, value) VALUES ('texts', ?1)",
        [number],
    )?;
    Ok(())
}
