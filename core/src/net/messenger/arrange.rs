//! Calls by which the user arranges conversations.

use super::Messenger;
use crate::client::ClientError;
use crate::client::view::ConversationId;
use crate::net::system::{system_now, system_rng};

impl Messenger {
    /// Gives a contact a name of the user's own; an empty one takes it away. The contact never learns of it.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], [`ClientError::NameLength`], [`ClientError::NameCharacters`], or a store error.
    pub async fn set_nickname(&self, id: ConversationId, name: String) -> Result<(), ClientError> {
        self.call(move |engine| engine.set_nickname(id, &name))
            .await
    }

    /// Keeps a text that was begun; an empty one takes it away. Sending a text takes it away as well.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], [`ClientError::TextLength`], or a store error.
    pub async fn save_draft(&self, id: ConversationId, draft: String) -> Result<(), ClientError> {
        self.call(move |engine| engine.save_draft(id, &draft)).await
    }

    /// Puts a conversation above the others, or back among them.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], or a store error.
    pub async fn set_pinned(&self, id: ConversationId, pinned: bool) -> Result<(), ClientError> {
        self.call(move |engine| engine.set_pinned(id, pinned)).await
    }

    /// Puts a conversation away, or takes it out again. A text in it takes it out by itself, unless it is muted.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], or a store error.
    pub async fn set_archived(
        &self,
        id: ConversationId,
        archived: bool,
    ) -> Result<(), ClientError> {
        self.call(move |engine| engine.set_archived(id, archived))
            .await
    }

    /// Silences a conversation until a time, in milliseconds since 1970 (`u64::MAX`: for good), or ends that. It ends
    /// by itself when the time has come.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], or a store error.
    pub async fn set_muted(
        &self,
        id: ConversationId,
        until_ms: Option<u64>,
    ) -> Result<(), ClientError> {
        self.call(move |engine| engine.set_muted(id, until_ms, system_now()))
            .await
    }

    /// Blocks a contact, or ends that. While one is blocked, what it sends is dropped for good and answered by
    /// nothing, and nothing can be sent to it. It is not told.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], or a store error.
    pub async fn set_blocked(&self, id: ConversationId, blocked: bool) -> Result<(), ClientError> {
        self.call(move |engine| engine.set_blocked(id, blocked))
            .await
    }

    /// Deletes a conversation and its contact: messages, keys, and the mailbox that the contact writes into, here
    /// at once and at the relay when it can be reached. The contact is not told; what it still sends stays with it.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], or a store error.
    pub async fn delete_conversation(&self, id: ConversationId) -> Result<(), ClientError> {
        self.call(move |engine| engine.delete_conversation(id, system_now(), &mut system_rng()))
            .await
    }
}
