//! What keeps all that is for a contact here, whatever its relay does, and the way out of a request that has expired. PROTOCOL.md §16.4.

use std::collections::BTreeSet;

use super::engine::Engine;
use super::error::ClientError;
use super::input::Now;
use super::repair;
use super::rotate;
use super::send::{MAX_INITIAL_SENDS, send_again};
use super::step::Step;
use super::upkeep::deletion_hour;
use super::view::{ConversationId, ConversationState, QueueReason};
use crate::protocol::ids::{DeviceAddress, Hour};
use crate::protocol::prekey::PREKEY_SECRET_DAYS;
use crate::store::sabotage::{Breakage, is};
use crate::store::{ConversationRow, MessageRow, OutboxRow, Tx};

/// Hours after which nobody has the private halves any more that a session was begun with: they were made when it was begun
/// at the latest, by a clock that may be off by the tolerance.
const REQUEST_HOURS: u32 = PREKEY_SECRET_DAYS * Hour::PER_DAY + Hour::CLOCK_TOLERANCE;

impl Engine {
    /// Looks which requests have expired, and has those shown again that have, or have no more, since the last time.
    pub(crate) fn look_for_expired_requests(&mut self, now: Now) -> Result<(), ClientError> {
        let expired = self.store.read(|tx| -> Result<_, ClientError> {
            let mut expired = BTreeSet::new();
            for peer in tx.all_peers()? {
                let id = ConversationId(peer.address.account);
                match is_request_expired(tx, id, now) {
                    Ok(true) => drop(expired.insert(id)),
                    Ok(false) | Err(ClientError::RowDamaged) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(expired)
        })?;
        let before = std::mem::replace(&mut self.expired_requests, expired);
        for id in self.expired_requests.symmetric_difference(&before) {
            self.show_again(*id)?;
        }
        Ok(())
    }
}

/// Why nothing can leave for a contact, however well its relay is reached.
pub(crate) fn standstill(
    tx: &Tx<'_>,
    id: ConversationId,
    now: Now,
) -> Result<Option<QueueReason>, ClientError> {
    if let Some(known) = tx.load_conversation(id)? {
        if known.state == ConversationState::Left {
            return Ok(Some(QueueReason::ContactLeft));
        }
        if is_expired(tx, &known, now)? {
            return Ok(Some(QueueReason::RequestExpired));
        }
    }
    let is_blocked = tx.is_blocked(id)? && !is(Breakage::BlockedWrittenTo);
    Ok(is_blocked.then_some(QueueReason::Blocked))
}

/// As [`is_expired`]; false if there is no such conversation.
pub(crate) fn is_request_expired(
    tx: &Tx<'_>,
    id: ConversationId,
    now: Now,
) -> Result<bool, ClientError> {
    match tx.load_conversation(id)? {
        Some(known) => is_expired(tx, &known, now),
        None => Ok(false),
    }
}

/// Whether nobody has answered since we accepted an invitation, and nobody can open any more what we send by it. Should
/// somebody have opened it before, an answer that comes all the same ends that.
pub(crate) fn is_expired(
    tx: &Tx<'_>,
    known: &ConversationRow,
    now: Now,
) -> Result<bool, ClientError> {
    if known.state != ConversationState::Inviting {
        return Ok(false);
    }
    let mut newest = None;
    for peer in tx.list_peers(known.id.0)? {
        for row in tx.sessions_of(peer.address)? {
            if row.initial.is_none() {
                return Ok(false);
            }
            newest = newest.max(Some(row.created));
        }
    }
    let Some(newest) = newest else {
        return Ok(false);
    };
    let is_over = |hour: Hour| hour.hours_since(newest) >= REQUEST_HOURS;
    // Our clock first: most often it says no.
    Ok(is_over(now.hour()) && is_over(deletion_hour(tx, now)?))
}

/// Takes a text of ours out of an expired request: it waits, without a counter. Its counter goes to content that is not
/// shown, lest the contact miss something who answers by another invitation. That leaves with what else is sent again then.
pub(crate) fn withdraw(step: &mut Step<'_, '_>, message: &MessageRow) -> Result<(), ClientError> {
    for peer in step.tx.list_peers(message.conversation.0)? {
        for row in step.tx.outbox_of(peer.address)? {
            if row.place == Some(message.place) {
                hide(step, &row)?;
            }
        }
    }
    Ok(step.tx.set_waiting(message.conversation, message.place)?)
}

fn hide(step: &mut Step<'_, '_>, row: &OutboxRow) -> Result<(), ClientError> {
    step.tx.delete_outbox(row.id)?;
    let Some(content) = rotate::news(step, row.peer)? else {
        return Ok(());
    };
    send_again(step, row.peer, &content, None, row.counter)?;
    // What was at the relay in its place counts: no more envelopes go there by the same invitation.
    if let (Some(hour), Some(newest)) = (row.put, step.tx.outbox_of(row.peer)?.last()) {
        step.tx.mark_put(&[newest.id], hour, row.again_ms)?;
    }
    Ok(())
}

/// A new invitation was accepted in place of one that has expired: what left by that one is encrypted for this one, under
/// the counters it had, as far as initial envelopes reach; the rest once an answer comes.
pub(crate) fn renew(step: &mut Step<'_, '_>, peer: DeviceAddress) -> Result<(), ClientError> {
    let mut rows = step.tx.outbox_of(peer)?;
    rows.retain(|row| row.counter != 0);
    // The newest is what introduces us anew.
    rows.pop();
    let room = usize::try_from(MAX_INITIAL_SENDS).unwrap_or(usize::MAX);
    for row in rows.iter().take(room.saturating_sub(1)) {
        repair::resend_row(step, peer, row)?;
    }
    Ok(())
}
