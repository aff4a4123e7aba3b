//! For measuring and for pictures only: a store that is full at once, and messages that no contact of this version sends.

use super::Messenger;
use crate::client::ClientError;
use crate::client::body::{Body, Kept};
use crate::client::view::ConversationId;
use crate::protocol::ids::{AccountId, DeviceNumber};
use crate::store::{
    ConversationRow, ConversationState, Direction, MessageRow, StoredBody, StoredDelivery,
    Verification,
};

/// A text of a hundred bytes.
#[must_use]
pub fn text_for_bench(number: u32) -> String {
    format!(
        "message {number:06}, about a hundred bytes long, as people write them to each other every day of a year"
    )
}

impl Messenger {
    /// Fills the store with so many conversations of so many messages each; returns the last.
    ///
    /// # Errors
    /// A store error, or if it has been done before.
    pub async fn fill_for_bench(
        &self,
        conversations: u32,
        messages: u32,
    ) -> Result<ConversationId, ClientError> {
        self.call(move |engine| {
            let mut last = ConversationId(AccountId([0; 32]));
            engine.store.write(|tx| {
                for number in 1..=conversations {
                    let id = std::array::from_fn(|at| {
                        number.to_be_bytes().get(at).copied().unwrap_or(0xbe)
                    });
                    last = ConversationId(AccountId(id));
                    tx.insert_conversation(&ConversationRow {
                        id: last,
                        name: format!("contact {number}"),
                        log: vec![1; 300],
                        state: ConversationState::Established,
                        verification: Verification::Unverified,
                        invitation: None,
                        read_up_to: u64::from(messages),
                        last_place: 0,
                        activity_ms: 0,
                    })?;
                    for counter in 1..=messages {
                        tx.append_message(&MessageRow {
                            conversation: last,
                            place: 0,
                            direction: Direction::Incoming,
                            device: DeviceNumber::FIRST,
                            counter: u64::from(counter),
                            body: StoredBody {
                                kind: StoredBody::TEXT,
                                data: text_for_bench(counter).into_bytes(),
                            },
                            sent_ms: 1_800_000_000_000,
                            stored_ms: 1_800_000_000_000,
                            delivery: StoredDelivery::Received,
                        })?;
                    }
                }
                Ok::<_, ClientError>(last)
            })
        })
        .await
    }

    /// Adds two messages to a conversation: one of a kind that only a later version knows, and one that was sent damaged.
    ///
    /// # Errors
    /// A store error, or if it has been done before.
    pub async fn add_unreadable_for_tests(&self, id: ConversationId) -> Result<(), ClientError> {
        self.call(move |engine| {
            let kept = || Kept {
                kind: u16::MAX,
                body: vec![0],
            };
            engine.store.write(|tx| {
                for (body, counter) in [(Body::Unknown(kept()), 1), (Body::Damaged(kept()), 2)] {
                    tx.append_message(&MessageRow {
                        conversation: id,
                        place: 0,
                        direction: Direction::Incoming,
                        device: DeviceNumber::FIRST,
                        counter: u64::from(u32::MAX).saturating_add(counter),
                        body: body.to_stored(),
                        sent_ms: 1_800_000_000_000,
                        stored_ms: 1_800_000_000_000,
                        delivery: StoredDelivery::Received,
                    })?;
                }
                Ok(())
            })
        })
        .await
    }
}
