//! For measuring and for pictures only: a store that is full at once, and the least that a page and a start cost on their way to an app.

use std::sync::Arc;
use std::time::Instant;

use tacita_core::client::view::{
    ConversationId, Delivery, Direction, ListFilter, MessageBody, MessagePage, MessageView,
};
use tacita_core::protocol::ids::AccountId;

use crate::client::{Client, Config};
use crate::error::ClientError;

/// A client whose pages cost nothing to find: it has neither a store nor a thread.
#[derive(uniffi::Object)]
pub struct FloorForBench;

#[uniffi::export]
impl FloorForBench {
    /// One that can be called at once.
    #[uniffi::constructor]
    pub fn new() -> Result<Arc<Self>, ClientError> {
        Ok(Arc::new(Self))
    }

    /// As `Client::messages`: the same call, with the same arguments and as many messages of the same size.
    pub async fn messages(
        &self,
        id: ConversationId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<MessagePage, ClientError> {
        // There is a page before any place.
        let _ = before;
        Ok(page_of(id, limit))
    }
}

/// The list alone: a page that is asked for without an object, a conversation or a place, as no page can be.
#[uniffi::export]
pub async fn list_for_bench(messages: u32) -> Result<MessagePage, ClientError> {
    Ok(page_of(ConversationId(AccountId([7; 32])), messages))
}

/// What opening a client and having its first list takes without carrying the list to an app, in µs. Closes it again.
#[uniffi::export]
pub async fn open_for_bench(config: Config) -> Result<f64, ClientError> {
    let started = Instant::now();
    let client = Client::open(config)?;
    let list = client.conversation_list(ListFilter::Main)?;
    drop(list.next(0).await?);
    let micros = started.elapsed().as_secs_f64() * 1e6;
    client.close().await?;
    Ok(micros)
}

fn page_of(conversation: ConversationId, messages: u32) -> MessagePage {
    let message = |number: u32| MessageView {
        conversation,
        place: u64::from(number),
        direction: Direction::Incoming,
        body: MessageBody::Text {
            text: tacita_core::net::text_for_bench(number),
        },
        sent_ms: 1_800_000_000_000,
        delivery: Delivery::Received,
    };
    MessagePage {
        messages: (1..=messages).map(message).collect(),
        more: true,
    }
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

    /// Adds two messages to a conversation: one of a kind that only a later version knows, and one that was sent damaged.
    pub async fn add_unreadable_for_tests(&self, id: ConversationId) -> Result<(), ClientError> {
        self.messenger.add_unreadable_for_tests(id).await
    }
}
