//! Texts of ours: stored, then encrypted at once, or in order when the way is open. PROTOCOL.md §16.4.

use super::arrange::note_text_sent;
use super::body::Body;
use super::error::ClientError;
use super::leave::check_staying;
use super::repair;
use super::send::{Sender, Sent, load_sending_session, send_content};
use super::standstill::{is_expired, standstill};
use super::step::{Changed, Step, touch};
use super::view::{ConversationId, ConversationState, Direction};
use super::ways::{Way, target_of};
use crate::protocol::content::{Content, MAX_TEXT_BYTES};
use crate::protocol::descriptor::Descriptor;
use crate::protocol::ids::DeviceAddress;
use crate::store::{MessageRow, StoredDelivery, Tx};

/// Waiting messages encrypted in one transaction.
const DRAIN_BATCH: u32 = 256;

/// Refuses a text that is empty or too long.
pub(crate) fn check_text(text: &str) -> Result<(), ClientError> {
    if text.is_empty() || text.len() > MAX_TEXT_BYTES {
        let limit = u32::try_from(MAX_TEXT_BYTES).unwrap_or(u32::MAX);
        return Err(ClientError::TextLength { limit });
    }
    Ok(())
}

/// Whether something may leave for this place now.
type FindWay<'a> = &'a dyn Fn(&Tx<'_>, Option<&Descriptor>) -> Result<Way, ClientError>;

/// Stores a text and queues it; or lets it wait, then also gives the device for which it waits if it is the way that
/// is shut.
pub(crate) fn send_text(
    step: &mut Step<'_, '_>,
    id: ConversationId,
    text: &str,
    way: FindWay<'_>,
) -> Result<(MessageRow, Option<DeviceAddress>), ClientError> {
    check_text(text)?;
    check_staying(step)?;
    let conversation = step
        .tx
        .load_conversation(id)?
        .ok_or(ClientError::NotFound)?;
    let is_closed = matches!(
        conversation.state,
        ConversationState::Request | ConversationState::Left
    );
    if is_closed || step.tx.is_blocked(id)? {
        return Err(ClientError::WrongState);
    }
    let peers = step.tx.list_peers(id.0)?;
    let Some(known) = peers.first() else {
        let is_damaged = step.tx.is_damaged(id.0)?;
        return Err(if is_damaged {
            ClientError::RowDamaged
        } else {
            ClientError::WrongState
        });
    };
    let peer = known.address;
    let is_behind = step.tx.has_waiting(peer)?;
    let is_expired = is_expired(step.tx, &conversation, step.now)?;
    let may_try = !is_behind && !is_expired;
    let is_shut = may_try && way(step.tx, target_of(step.tx, known)?.as_ref())? == Way::Shut;
    let may_go = may_try && !is_shut;
    let mut row = MessageRow {
        conversation: id,
        place: 0,
        direction: Direction::Outgoing,
        device: peer.device,
        counter: 0,
        body: Body::Text(text.to_owned()).to_stored(),
        sent_ms: step.now.ms,
        stored_ms: step.now.ms,
        // What leaves at once is never among those that wait.
        delivery: if may_go {
            StoredDelivery::Queued
        } else {
            StoredDelivery::Waiting
        },
    };
    row.place = step.tx.append_message(&row)?;
    if may_go {
        queue_message(step, peer, &mut row)?;
    }
    note_text_sent(step, id)?;
    touch(step.tx, Changed::Conversation(id))?;
    Ok((row, is_shut.then_some(peer)))
}

/// Encrypts a text of ours that was just stored as queued, or has it wait.
fn queue_message(
    step: &mut Step<'_, '_>,
    peer: DeviceAddress,
    row: &mut MessageRow,
) -> Result<(), ClientError> {
    let content = content_of(row)?;
    match send_content(step, peer, &content, Some(row.place))? {
        Sent::Queued(counter) => {
            row.counter = counter;
            step.tx.set_queued(row.conversation, row.place, counter)?;
        }
        Sent::Waiting => {
            row.delivery = StoredDelivery::Waiting;
            step.tx.set_waiting(row.conversation, row.place)?;
        }
    }
    Ok(())
}

fn content_of(row: &MessageRow) -> Result<Content, ClientError> {
    match Body::from_stored(row.body.clone()) {
        Ok(Body::Text(text)) => Ok(Content::Text {
            sent_at_ms: row.sent_ms,
            text,
        }),
        _ => Err(ClientError::RowDamaged),
    }
}

/// How far a batch of waiting messages came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Drained {
    /// None waits any more.
    All,
    /// All of the batch left; others wait.
    More,
    /// The first that is left cannot be encrypted yet.
    Stuck,
}

/// Encrypts a batch of the messages that wait for a device, in order, until one has to wait again: the session is read
/// and written once.
pub(crate) fn drain_waiting(
    step: &mut Step<'_, '_>,
    peer: DeviceAddress,
) -> Result<Drained, ClientError> {
    let rows = step.tx.waiting_messages(peer, DRAIN_BATCH)?;
    if rows.is_empty() {
        return Ok(Drained::All);
    }
    if standstill(step.tx, ConversationId(peer.account), step.now)?.is_some() {
        return Ok(Drained::Stuck);
    }
    let mut found = load_sending_session(step.tx, peer, step.now)?;
    if found.is_none() && repair::begin_for_lost(step, peer)? {
        found = load_sending_session(step.tx, peer, step.now)?;
    }
    let Some((row, session)) = found else {
        return Ok(Drained::Stuck);
    };
    let Some(mut sender) = Sender::load(step.tx, row, session)? else {
        return Ok(Drained::Stuck);
    };
    let is_last = rows.len() < usize::try_from(DRAIN_BATCH).unwrap_or(usize::MAX);
    let mut drained = if is_last { Drained::All } else { Drained::More };
    let mut is_changed = false;
    for row in rows {
        // One that does not read back is shown as damaged, and keeps those behind it waiting no longer.
        let Ok(content) = content_of(&row) else {
            step.tx.set_queued(row.conversation, row.place, 0)?;
            is_changed = true;
            continue;
        };
        match sender.send(step, &content, Some(row.place), None)? {
            Sent::Queued(counter) => step.tx.set_queued(row.conversation, row.place, counter)?,
            Sent::Waiting => {
                drained = Drained::Stuck;
                break;
            }
        }
        is_changed = true;
    }
    sender.save(step)?;
    if is_changed {
        touch(step.tx, Changed::Conversation(ConversationId(peer.account)))?;
    }
    Ok(drained)
}

/// Encrypts all that waits for a device and can be, whatever the way.
pub(crate) fn drain_all(step: &mut Step<'_, '_>, peer: DeviceAddress) -> Result<(), ClientError> {
    while drain_waiting(step, peer)? == Drained::More {}
    Ok(())
}
