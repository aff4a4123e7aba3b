//! Lines of the conversation list, each with all that is shown of it: one statement for all of them.

use rusqlite::params;

use super::arrangements::{ArrangementRow, read_arrangement};
use super::conversations::{ConversationRow, read_conversation};
use super::error::StoreError;
use super::messages::{MessageRow, read_message_at};
use super::tx::{Columns, Tx};
use crate::protocol::ids::{ConversationId, Counter};

/// Rows looked at for the last one that is shown; a few may keep a place only.
const LAST_LOOK: u32 = 8;

/// Kinds of bodies that lines treat in their own way, in the engine's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineKinds {
    /// Nothing to read (yet): not counted as unread.
    pub unreadable: [u16; 2],
    /// Keeps a place only: never the last message.
    pub hidden: u16,
}

/// A conversation with all that its line shows.
#[derive(Clone, PartialEq, Eq)]
pub struct LineRow {
    /// The conversation.
    pub conversation: ConversationRow,
    /// Orders conversations whose activity is of the same time: the later ones have higher numbers.
    pub number: u64,
    /// How the user has arranged it.
    pub arrangement: ArrangementRow,
    /// Incoming messages behind the last place that was marked as read, without unreadable ones.
    pub unread: u32,
    /// The last message that is not hidden, if one is among the last few.
    pub last: Option<MessageRow>,
    /// The revision of the contact's profile that brought its picture; 0 if there is none.
    pub picture_revision: u64,
    /// The last counter of ours that the other end's device of `last` says it has read.
    pub read_by_them: Counter,
}

macro_rules! select_lines {
    ($condition:literal) => {
        concat!(
            "SELECT conversations.account, name, log, state, verified, invitation, read_up_to,
               last_place, activity_ms, conversations.key,
               coalesce(nickname, ''), coalesce(draft, ''), coalesce(pinned, 0),
               coalesce(archived, 0), coalesce(blocked, 0), muted_until_ms,
               (SELECT count(*) FROM messages
                WHERE messages.conversation = conversations.key AND messages.place > read_up_to
                  AND messages.direction = 1 AND messages.kind <> ?1 AND messages.kind <> ?2),
               coalesce((SELECT theirs FROM reads WHERE reads.account = conversations.account
                 AND reads.device = last.device), 0),
               last.place, last.direction, last.device, last.counter, last.kind, last.data,
               last.sent_ms, last.stored_ms, last.delivery,
               coalesce((SELECT picture_revision FROM contact_profiles
                 WHERE contact_profiles.account = conversations.account), 0)
             FROM conversations
             LEFT JOIN arrangements ON arrangements.account = conversations.account
             LEFT JOIN messages AS last ON last.conversation = conversations.key
               AND last.place = (SELECT max(place) FROM
                 (SELECT place, kind FROM messages
                  WHERE messages.conversation = conversations.key ORDER BY place DESC LIMIT ?4)
                 WHERE kind <> ?3)
             ",
            $condition
        )
    };
}

fn read_line(columns: &Columns<'_>) -> Result<LineRow, StoreError> {
    let conversation = read_conversation(columns)?;
    let last = columns.optional(18, |columns, _| {
        read_message_at(conversation.id, columns, 18)
    })?;
    Ok(LineRow {
        number: columns.u64(9)?,
        arrangement: read_arrangement(columns, 10)?,
        unread: columns.u32(16)?,
        read_by_them: columns.u64(17)?,
        picture_revision: columns.u64(27)?,
        last,
        conversation,
    })
}

impl Tx<'_> {
    /// The line of every conversation, in no order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn list_lines(&self, kinds: LineKinds) -> Result<Vec<LineRow>, StoreError> {
        let [first, second] = kinds.unreadable;
        self.list(
            select_lines!(""),
            params![first, second, kinds.hidden, LAST_LOOK],
            read_line,
        )
    }

    /// The line of one conversation, if there is one with this account.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn load_line(
        &self,
        id: ConversationId,
        kinds: LineKinds,
    ) -> Result<Option<LineRow>, StoreError> {
        let [first, second] = kinds.unreadable;
        self.find(
            select_lines!("WHERE conversations.account = ?5"),
            params![first, second, kinds.hidden, LAST_LOOK, id.0.0],
            read_line,
        )
    }
}
