//! For measuring only: a store that is full at once, and the least that a page costs on its way to an app.

use tacita_core::client::view::{
    ConversationId, Delivery, Direction, MessageBody, MessagePage, MessageView,
};
use tacita_core::protocol::ids::AccountId;

use crate::client::Client;
use crate::error::ClientError;

/// A page of so many messages that costs nothing to find.
#[uniffi::export]
pub async fn page_for_bench(messages: u32) -> Result<MessagePage, ClientError> {
    let message = |number: u32| MessageView {
        conversation: ConversationId(AccountId([7; 32])),
        place: u64::from(number),
        direction: Direction::Incoming,
        body: MessageBody::Text {
            text: tacita_core::net::text_for_bench(number),
        },
        sent_ms: 1_800_000_000_000,
        delivery: Delivery::Received,
    };
    Ok(MessagePage {
        messages: (1..=messages).map(message).collect(),
        more: true,
    })
}

#[uniffi::export]
impl Client {
    /// Fills the store with so many conversations of so many messages each; returns the last.
    pub async fn fill_for_bench(
        &self,
        conversations: u32,
        messages: u32,
    ) -> Result<ConversationId, ClientError> {
        self.messenger.fill_for_bench(conversations, messages).await
    }
}
