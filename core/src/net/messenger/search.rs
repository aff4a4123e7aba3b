//! The call that searches.

use super::Messenger;
use crate::client::ClientError;
use crate::client::view::{ConversationId, SearchPage};

impl Messenger {
    /// The newest texts in which each word of `text` begins a word, newest first: those stored before a cursor
    /// (`None`: the end), in one conversation or in all. Case and accents do not count. What was typed is never
    /// syntax; its first 16 words and 256 bytes count, and without a word in it nothing is found.
    ///
    /// # Errors
    /// [`ClientError::NotFound`] if there is no such conversation, or a store error.
    pub async fn search(
        &self,
        text: String,
        within: Option<ConversationId>,
        before: Option<u64>,
        limit: u32,
    ) -> Result<SearchPage, ClientError> {
        self.call(move |engine| engine.search(&text, within, before, limit))
            .await
    }
}
