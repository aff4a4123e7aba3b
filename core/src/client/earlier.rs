//! Contacts who read another mailbox than before, or before than we believe: a store that is put back. PROTOCOL.md §16.1, §16.5.

use tacita_wire::{Decode, MailboxId};

use super::error::ClientError;
use super::repair;
use super::send::{InitialState, Sender, load_sending_session};
use super::step::{Step, for_one};
use super::view::{ConversationId, ConversationState};
use crate::protocol::content::Content;
use crate::protocol::descriptor::Descriptor;
use crate::protocol::ids::{Counter, DeviceAddress};
use crate::store::PeerRow;

/// Mailboxes that are remembered of those that a contact's device has left.
const REMEMBERED: u32 = 4;
/// Hours for which they are remembered.
const REMEMBER_HOURS: u32 = 64 * 24;

/// The peer reads this mailbox from now on; whether that is another one than before.
pub(crate) fn readdress(
    step: &Step<'_, '_>,
    peer: &mut PeerRow,
    to: Descriptor,
) -> Result<bool, ClientError> {
    let old = peer
        .descriptor
        .take()
        .filter(|known| known.mailbox != to.mailbox);
    if let Some(old) = &old {
        step.tx
            .insert_earlier(peer.address, old, step.now.ms, REMEMBERED)?;
        step.tx.delete_earlier(peer.address, to.mailbox)?;
    }
    peer.descriptor = Some(to);
    Ok(old.is_some())
}

/// What has not left yet is sealed anew for the mailbox that the peer reads now, under the counters it had. The same
/// bytes never go into two mailboxes: a relay that saw them would know that both are of one device.
pub(crate) fn reseal_unput(
    step: &mut Step<'_, '_>,
    peer: DeviceAddress,
) -> Result<(), ClientError> {
    let Some(to) = step.tx.load_peer(peer)?.and_then(|peer| peer.descriptor) else {
        return Ok(());
    };
    if !is_answered(step, peer)? {
        // Initial envelopes go where their session was begun.
        return Ok(());
    }
    for row in step.tx.unput_elsewhere(peer, to.mailbox)? {
        repair::resend_row(step, peer, &row)?;
    }
    Ok(())
}

/// Whether the device has answered in the session that sends to it.
pub(crate) fn is_answered(step: &Step<'_, '_>, peer: DeviceAddress) -> Result<bool, ClientError> {
    let session = load_sending_session(step.tx, peer, step.now)?;
    Ok(session.is_some_and(|(row, _)| row.initial.is_none()))
}

/// A relay does not know a mailbox. What was to go into it for a peer that has left it goes where the peer reads now, and
/// copies for it go nowhere. Gives the devices for which what waits may now be encrypted. Of contacts for whom nothing
/// was to go there nothing is read.
pub(crate) fn take_lost(
    step: &mut Step<'_, '_>,
    mailbox: MailboxId,
) -> Result<Vec<DeviceAddress>, ClientError> {
    let mut moved = Vec::new();
    for peer in step.tx.unput_peers(mailbox)? {
        for_one(step, |step| {
            if take_lost_of(step, peer, mailbox)? {
                moved.push(peer);
            }
            Ok(())
        })?;
    }
    Ok(moved)
}

/// One device's share; whether it reads another mailbox.
fn take_lost_of(
    step: &mut Step<'_, '_>,
    peer: DeviceAddress,
    mailbox: MailboxId,
) -> Result<bool, ClientError> {
    let reads = step.tx.load_peer(peer)?.and_then(|peer| peer.descriptor);
    if reads.is_none_or(|reads| reads.mailbox == mailbox) {
        return Ok(false);
    }
    stop_sending_through(step, peer, mailbox)?;
    let is_answered = is_answered(step, peer)?;
    for row in step.tx.outbox_into(peer, mailbox)? {
        if row.counter == 0 {
            step.tx.delete_outbox(row.id)?;
        } else if is_answered {
            repair::resend_row(step, peer, &row)?;
        }
    }
    Ok(true)
}

/// Beside a session that was answered, one that was begun through a mailbox that is gone must not be the one that sends:
/// what is written in it has nowhere to go. It still opens what comes: the peer may have read its beginning before, and
/// then answers in it.
fn stop_sending_through(
    step: &Step<'_, '_>,
    peer: DeviceAddress,
    mailbox: MailboxId,
) -> Result<(), ClientError> {
    let sessions = step.tx.sessions_of(peer)?;
    if sessions.iter().all(|row| row.initial.is_some()) {
        return Ok(());
    }
    for mut row in sessions {
        let to = row
            .initial
            .as_ref()
            .map(|blob| InitialState::from_bytes(blob));
        if to.is_some_and(|state| state.is_ok_and(|state| state.to.mailbox == mailbox)) {
            row.replaces = None;
            step.tx.save_session(&row)?;
        }
    }
    Ok(())
}

/// Forgets mailboxes that were left long ago.
pub(crate) fn expire(step: &Step<'_, '_>) -> Result<(), ClientError> {
    let oldest = step.now.hour().0.saturating_sub(REMEMBER_HOURS);
    Ok(step
        .tx
        .expire_earlier(u64::from(oldest).saturating_mul(3_600_000))?)
}

/// Puts a content into the mailboxes that the peer has left, too, sealed anew for each; unnumbered, or under the
/// counter that it has.
pub(crate) fn put_too(
    step: &mut Step<'_, '_>,
    address: DeviceAddress,
    content: &Content,
    counter: Counter,
) -> Result<(), ClientError> {
    let earlier = step.tx.earlier_descriptors(address)?;
    if earlier.is_empty() {
        return Ok(());
    }
    let Some((row, session)) = load_sending_session(step.tx, address, step.now)? else {
        return Ok(());
    };
    let Some(mut sender) = Sender::load(step.tx, row, session)? else {
        return Ok(());
    };
    for descriptor in earlier {
        if !sender.send_copy(step, content, counter, descriptor)? {
            break;
        }
    }
    sender.save(step)
}

/// Whether both sides have heard of each other.
pub(crate) fn is_established(step: &Step<'_, '_>, id: ConversationId) -> Result<bool, ClientError> {
    let known = step.tx.load_conversation(id)?;
    Ok(known.is_some_and(|known| known.state == ConversationState::Established))
}

/// Whether a contact may hear of us without being written to: it is one, and not blocked.
pub(crate) fn may_be_told(step: &Step<'_, '_>, id: ConversationId) -> Result<bool, ClientError> {
    Ok(is_established(step, id)? && !step.tx.is_blocked(id)?)
}
