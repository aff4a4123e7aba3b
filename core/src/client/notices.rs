//! Places in a conversation that tell of what could not be taken.

use super::body::Body;
use super::error::ClientError;
use super::step::{Changed, Step, touch};
use super::view::{ConversationId, Direction};
use crate::protocol::ids::DeviceAddress;
use crate::store::{ConversationRow, MessageRow, StoredDelivery};

/// Two device logs that contradict each other: whoever holds the account key lies to somebody. Nothing of the
/// new one is taken, the conversation shows it and is verified no longer.
pub(crate) fn note_fork(
    step: &mut Step<'_, '_>,
    mut known: ConversationRow,
    peer: DeviceAddress,
) -> Result<(), ClientError> {
    known.verified = false;
    step.tx.save_conversation(&known)?;
    note_undecryptable(step, peer)
}

/// Something that no key opens leaves one visible place, however much of it comes.
pub(crate) fn note_undecryptable(
    step: &mut Step<'_, '_>,
    peer: DeviceAddress,
) -> Result<(), ClientError> {
    let id = ConversationId(peer.account);
    let Some(conversation) = step.tx.load_conversation(id)? else {
        return Ok(());
    };
    let last = step.tx.message_at(id, conversation.last_place)?;
    if last.is_some_and(|last| last.body == Body::Undecryptable.to_stored()) {
        return Ok(());
    }
    step.tx.append_message(&MessageRow {
        conversation: id,
        place: 0,
        direction: Direction::Incoming,
        device: peer.device,
        counter: 0,
        body: Body::Undecryptable.to_stored(),
        sent_ms: 0,
        stored_ms: step.now.ms,
        delivery: StoredDelivery::Received,
    })?;
    touch(step.tx, Changed::Conversation(id))
}
