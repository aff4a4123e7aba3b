//! Conversations: one per account at the other end.

use rusqlite::params;

use super::error::StoreError;
use super::model::{ConversationState, StoredCode, Verification};
use super::tx::{Columns, Tx, capped, stored};
use crate::protocol::ids::{ConversationId, InvitationId};

/// One conversation.
#[derive(Clone, PartialEq, Eq)]
pub struct ConversationRow {
    /// Its id: the other account.
    pub id: ConversationId,
    /// The name that the other side gave.
    pub name: String,
    /// The other account's device log, as encoded.
    pub log: Vec<u8>,
    /// How far it is.
    pub state: ConversationState,
    /// Whether its keys are known to be the contact's own; the column `verified`.
    pub verification: Verification,
    /// The invitation of ours that it came by.
    pub invitation: Option<InvitationId>,
    /// The last place that was marked as read.
    pub read_up_to: u64,
    /// The last place given away; only [`Tx::append_message`] moves it on.
    pub last_place: u64,
    /// When something last happened in it, in milliseconds since 1970; never goes back.
    pub activity_ms: u64,
}

/// The first nine columns.
pub(super) fn read_conversation(columns: &Columns<'_>) -> Result<ConversationRow, StoreError> {
    Ok(ConversationRow {
        id: columns.conversation(0)?,
        name: columns.text(1)?,
        log: columns.bytes(2)?,
        state: columns.code(3)?,
        verification: columns.code(4)?,
        invitation: columns.optional(5, Columns::invitation)?,
        read_up_to: columns.u64(6)?,
        last_place: columns.u64(7)?,
        activity_ms: columns.u64(8)?,
    })
}

impl Tx<'_> {
    /// Writes a new conversation.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Failed`] if there is one with this account.
    pub fn insert_conversation(&self, row: &ConversationRow) -> Result<(), StoreError> {
        self.execute_one(
            "INSERT INTO conversations (account, name, log, state, verified, invitation,
               read_up_to, last_place, activity_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                row.id.0.0,
                row.name,
                row.log,
                row.state.code(),
                row.verification.code(),
                row.invitation.map(|id| id.0),
                capped(row.read_up_to),
                stored(row.last_place)?,
                capped(row.activity_ms),
            ],
        )
    }

    /// Writes a conversation in place of what it was. `last_place` and `activity_ms` do not go back, so that a
    /// row that was loaded before a message was appended gives no place twice.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Failed`] if it is gone.
    pub fn save_conversation(&self, row: &ConversationRow) -> Result<(), StoreError> {
        self.execute_one(
            "UPDATE conversations SET name = ?2, log = ?3, state = ?4, verified = ?5,
               invitation = ?6, read_up_to = ?7, last_place = max(last_place, ?8),
               activity_ms = max(activity_ms, ?9) WHERE account = ?1",
            params![
                row.id.0.0,
                row.name,
                row.log,
                row.state.code(),
                row.verification.code(),
                row.invitation.map(|id| id.0),
                capped(row.read_up_to),
                stored(row.last_place)?,
                capped(row.activity_ms),
            ],
        )
    }

    /// A conversation, if there is one with this account.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn load_conversation(
        &self,
        id: ConversationId,
    ) -> Result<Option<ConversationRow>, StoreError> {
        self.find(
            "SELECT account, name, log, state, verified, invitation, read_up_to, last_place,
               activity_ms FROM conversations WHERE account = ?1",
            [id.0.0],
            read_conversation,
        )
    }

    /// Every conversation, newest activity first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn list_conversations(&self) -> Result<Vec<ConversationRow>, StoreError> {
        self.list(
            "SELECT account, name, log, state, verified, invitation, read_up_to, last_place,
               activity_ms FROM conversations ORDER BY activity_ms DESC, key DESC",
            [],
            read_conversation,
        )
    }

    /// Deletes a conversation with its messages, their words, arrangement, profile, sessions, skipped keys and outbox. Mailboxes and jobs
    /// are the caller's, who has to tell the relay, and so are its peers: [`Tx::delete_peers`] or
    /// [`Tx::keep_counters`]. No error if it is gone already.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn delete_conversation(&self, id: ConversationId) -> Result<(), StoreError> {
        let account = [id.0.0];
        self.forget_texts_of(id)?;
        self.owe_gaps()?;
        self.execute(
            "DELETE FROM messages WHERE conversation =
               (SELECT key FROM conversations WHERE account = ?1)",
            account,
        )?;
        // Skipped keys and envelopes go with the rows that they hang on.
        self.execute("DELETE FROM sessions WHERE account = ?1", account)?;
        self.execute(
            "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox_by_peer WHERE of_account = ?1)",
            account,
        )?;
        self.execute("DELETE FROM conversations WHERE account = ?1", account)?;
        Ok(())
    }
}
