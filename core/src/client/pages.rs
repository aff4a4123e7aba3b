//! Pages of a conversation, for what reads once; a screen is told what changes instead (`screens`).

use super::engine::Engine;
use super::error::ClientError;
use super::view::{ConversationId, MessagePage};
use super::views::MAX_PAGE;
use crate::store::sabotage::{Breakage, is};
use crate::store::{MessageRow, Tx};

/// The longest page that [`Engine::short_page`] reads.
const SHORT_PAGE: u32 = 50;

/// Which page of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageAt {
    /// The newest before a place; `None`: of all.
    Before(Option<u64>),
    /// The one that follows on a place; 0: the first.
    After(u64),
}

impl Engine {
    /// The newest page before a place (`None`: the end), oldest first.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], or a store error.
    pub fn messages(
        &self,
        id: ConversationId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<MessagePage, ClientError> {
        self.page(id, PageAt::Before(before), limit)
    }

    /// The page that follows a place (0: the start), oldest first.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], or a store error.
    pub fn messages_after(
        &self,
        id: ConversationId,
        after: u64,
        limit: u32,
    ) -> Result<MessagePage, ClientError> {
        self.page(id, PageAt::After(after), limit)
    }

    /// A page, oldest first, of at most 500 messages.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], or a store error.
    pub fn page(
        &self,
        id: ConversationId,
        at: PageAt,
        limit: u32,
    ) -> Result<MessagePage, ClientError> {
        self.store.read(|tx| {
            let (rows, more) = rows_at(tx, id, at, limit)?;
            let messages = self.shown(tx, id, rows)?;
            Ok(MessagePage { messages, more })
        })
    }

    /// As [`Engine::page`], for a thread that must neither be held up nor be left with keys on its stack. `None` if the
    /// page may have more than 50 messages, or one that has not left: to say why takes more rows, and sessions with their keys.
    ///
    /// # Errors
    /// As [`Engine::page`].
    pub fn short_page(
        &self,
        id: ConversationId,
        at: PageAt,
        limit: u32,
    ) -> Result<Option<MessagePage>, ClientError> {
        if limit > SHORT_PAGE {
            return Ok(None);
        }
        self.store.read(|tx| {
            let (rows, more) = rows_at(tx, id, at, limit)?;
            if rows.iter().any(|row| self.is_here(id, row)) {
                return Ok(None);
            }
            let messages = self.shown(tx, id, rows)?;
            Ok(Some(MessagePage { messages, more }))
        })
    }
}

/// The rows of a page, and whether there are more beyond it.
fn rows_at(
    tx: &Tx<'_>,
    id: ConversationId,
    at: PageAt,
    limit: u32,
) -> Result<(Vec<MessageRow>, bool), ClientError> {
    let limit = limit.clamp(1, MAX_PAGE);
    let (mut rows, more) = match at {
        PageAt::Before(before) => tx.page_before(id, before, limit)?,
        PageAt::After(after) => tx.page_after(id, after, limit)?,
    };
    if rows.is_empty() {
        // A row says that its conversation exists; none says nothing.
        tx.load_conversation(id)?.ok_or(ClientError::NotFound)?;
    }
    if more && matches!(at, PageAt::Before(_)) && is(Breakage::PageLosesOne) {
        let _ = rows.pop();
    }
    Ok((rows, more))
}
