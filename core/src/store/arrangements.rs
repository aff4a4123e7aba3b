//! What the user decides about a conversation: name, draft, place in the list, silence, block.

use rusqlite::params;

use super::error::StoreError;
use super::tx::{Columns, Tx, capped};
use crate::protocol::ids::ConversationId;

/// How the user has arranged a conversation; as the default says where nothing was decided.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ArrangementRow {
    /// The user's own name for the contact; empty for none.
    pub nickname: String,
    /// Text that was begun and not sent; empty for none.
    pub draft: String,
    /// Whether it stands above the others.
    pub pinned: bool,
    /// Whether it is put away until something comes.
    pub archived: bool,
    /// Whether what the contact sends is dropped.
    pub blocked: bool,
    /// Until when it makes no sound, in milliseconds since 1970; `u64::MAX` is kept as 2^63-1.
    pub muted_until_ms: Option<u64>,
}

/// The columns `nickname, draft, pinned, archived, blocked, muted_until_ms`, from this one on.
pub(super) fn read_arrangement(
    columns: &Columns<'_>,
    index: usize,
) -> Result<ArrangementRow, StoreError> {
    Ok(ArrangementRow {
        nickname: columns.text(index)?,
        draft: columns.text(index + 1)?,
        pinned: columns.bool(index + 2)?,
        archived: columns.bool(index + 3)?,
        blocked: columns.bool(index + 4)?,
        muted_until_ms: columns.optional(index + 5, Columns::u64)?,
    })
}

impl Tx<'_> {
    /// How a conversation is arranged.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn load_arrangement(&self, id: ConversationId) -> Result<ArrangementRow, StoreError> {
        let row = self.find(
            "SELECT nickname, draft, pinned, archived, blocked, muted_until_ms
             FROM arrangements WHERE account = ?1",
            [id.0.0],
            |columns| read_arrangement(columns, 0),
        )?;
        Ok(row.unwrap_or_default())
    }

    /// Whether a contact is blocked. Nothing leaves for one who is: [`Tx::outbox_targets`], [`Tx::next_batch`] and
    /// [`Tx::unput_ids`] pass over all of theirs.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn is_blocked(&self, id: ConversationId) -> Result<bool, StoreError> {
        self.find_one(
            "SELECT EXISTS (SELECT 1 FROM arrangements WHERE account = ?1 AND blocked = 1)",
            [id.0.0],
            |columns| columns.bool(0),
        )
    }

    /// Writes how a conversation is arranged; it goes with the conversation.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Failed`] if there is no such conversation.
    pub fn save_arrangement(
        &self,
        id: ConversationId,
        row: &ArrangementRow,
    ) -> Result<(), StoreError> {
        self.execute_one(
            "INSERT INTO arrangements (account, nickname, draft, pinned, archived, blocked,
               muted_until_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (account) DO UPDATE SET nickname = excluded.nickname,
               draft = excluded.draft, pinned = excluded.pinned, archived = excluded.archived,
               blocked = excluded.blocked, muted_until_ms = excluded.muted_until_ms",
            params![
                id.0.0,
                row.nickname,
                row.draft,
                row.pinned,
                row.archived,
                row.blocked,
                row.muted_until_ms.map(capped),
            ],
        )
    }

    /// When the next silence ends, in milliseconds since 1970; none that lasts for good.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn next_unmute(&self) -> Result<Option<u64>, StoreError> {
        self.find_one(
            "SELECT min(muted_until_ms) FROM arrangements WHERE muted_until_ms < ?1",
            [i64::MAX],
            |columns| columns.optional(0, Columns::u64),
        )
    }

    /// Ends every silence that lasted until a time; gives the conversations.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn unmute_until(&self, ms: u64) -> Result<Vec<ConversationId>, StoreError> {
        self.list(
            "UPDATE arrangements SET muted_until_ms = NULL
             WHERE muted_until_ms <= ?1 AND muted_until_ms < ?2 RETURNING account",
            params![capped(ms), i64::MAX],
            |columns| columns.conversation(0),
        )
    }
}
