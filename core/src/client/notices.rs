//! Places in a conversation that tell of what could not be taken.

use super::body::{Body, Unopened};
use super::error::ClientError;
use super::step::{Changed, Step, touch};
use super::view::{ConversationId, Direction, Repair, UndecryptableCause};
use crate::protocol::ids::DeviceAddress;
use crate::store::{MessageRow, StoredDelivery};

/// Something that could not be opened leaves one visible place, which counts what comes until it is repaired or
/// something else was said.
pub(crate) fn note_unopened(
    step: &mut Step<'_, '_>,
    peer: DeviceAddress,
    cause: UndecryptableCause,
) -> Result<(), ClientError> {
    let id = ConversationId(peer.account);
    let Some(conversation) = step.tx.load_conversation(id)? else {
        return Ok(());
    };
    if step.tx.is_blocked(id)? {
        return Ok(());
    }
    if let Some((place, mut known)) = last_unopened(step, id)?
        && known.cause == cause
        && (known.repair == Repair::Asked || place == conversation.last_place)
    {
        known.count = known.count.saturating_add(1);
        return set(step, id, place, known);
    }
    step.tx.append_message(&MessageRow {
        conversation: id,
        place: 0,
        direction: Direction::Incoming,
        device: peer.device,
        counter: 0,
        body: Body::Undecryptable(Unopened::new(cause)).to_stored(),
        sent_ms: 0,
        stored_ms: step.now.ms,
        delivery: StoredDelivery::Received,
    })?;
    touch(step.tx, Changed::Conversation(id))
}

/// The repair of what the last such place stands for has come this far.
pub(crate) fn note_repair(
    step: &mut Step<'_, '_>,
    id: ConversationId,
    repair: Repair,
) -> Result<(), ClientError> {
    match last_unopened(step, id)? {
        Some((place, known))
            if known.cause == UndecryptableCause::NoKey && known.repair != Repair::Done =>
        {
            set(step, id, place, Unopened { repair, ..known })
        }
        _ => Ok(()),
    }
}

fn last_unopened(
    step: &Step<'_, '_>,
    id: ConversationId,
) -> Result<Option<(u64, Unopened)>, ClientError> {
    let Some(row) = step.tx.last_unopened(id)? else {
        return Ok(None);
    };
    match Body::from_stored(row.body)? {
        Body::Undecryptable(unopened) => Ok(Some((row.place, unopened))),
        _ => Ok(None),
    }
}

fn set(
    step: &mut Step<'_, '_>,
    id: ConversationId,
    place: u64,
    unopened: Unopened,
) -> Result<(), ClientError> {
    let body = Body::Undecryptable(unopened).to_stored();
    step.tx.fill_message(id, place, &body, 0)?;
    touch(step.tx, Changed::Conversation(id))
}
