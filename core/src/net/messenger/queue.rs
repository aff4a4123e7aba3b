//! Calls for what has not left yet.

use super::Messenger;
use crate::client::ClientError;
use crate::client::input::Input;
use crate::client::view::{ConversationId, MessageView, OutboxView};
use crate::net::system::{system_now, system_rng};

impl Messenger {
    /// What has not left, of all conversations.
    ///
    /// # Errors
    /// A store error.
    pub async fn outbox(&self) -> Result<OutboxView, ClientError> {
        self.call(|engine| engine.outbox()).await
    }

    /// The messages of a conversation that have not left, or left in vain, the first 500, in the order in which they were written.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], or a store error.
    pub async fn queued(&self, id: ConversationId) -> Result<Vec<MessageView>, ClientError> {
        self.call(move |engine| engine.queued(id)).await
    }

    /// Writes another text in place of one that waits. It keeps its place and its time.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], [`ClientError::TooLate`] if it is encrypted already, [`ClientError::TextLength`],
    /// [`ClientError::WrongState`] if the contact has left, or a store error.
    pub async fn edit_queued(
        &self,
        id: ConversationId,
        place: u64,
        text: String,
    ) -> Result<MessageView, ClientError> {
        self.call(move |engine| {
            engine.edit_queued(id, place, &text, system_now(), &mut system_rng())
        })
        .await
    }

    /// Deletes a message that waits, or that left by a request that has expired, for good. Its place stays empty; the
    /// contact never learns of it, unless it was read before the request expired.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], [`ClientError::TooLate`] if it is encrypted already and its request has not expired, or a
    /// store error.
    pub async fn drop_queued(&self, id: ConversationId, place: u64) -> Result<(), ClientError> {
        self.call(move |engine| engine.drop_queued(id, place, system_now(), &mut system_rng()))
            .await
    }

    /// Tries at once what a conversation waits for: its relay, its mailbox, messages that stand aside. For a blocked contact
    /// nothing is tried before the block is over.
    ///
    /// # Errors
    /// [`ClientError::NotFound`]; [`ClientError::WrongState`] if the contact has left: drop what is queued;
    /// [`ClientError::InvitationGone`] if the request has expired: drop it, or accept a new invitation; or a store error.
    pub async fn retry_now(&self, id: ConversationId) -> Result<(), ClientError> {
        self.call(move |engine| engine.retry_now(id, system_now(), &mut system_rng()))
            .await
    }

    /// Tells that there is no network: nothing is tried, and nothing woken for it, until
    /// [`Messenger::network_is_back`], a [`Messenger::retry_now`], or until something comes all the same.
    ///
    /// # Errors
    /// A store error, [`ClientError::Closed`] or [`ClientError::Reopen`].
    pub async fn network_is_lost(&self) -> Result<(), ClientError> {
        self.call(|engine| engine.handle(Input::NetworkLost, system_now(), &mut system_rng()))
            .await
    }
}
