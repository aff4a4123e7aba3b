//! A session that is of no use any more is replaced, and what was on its way is sent again. PROTOCOL.md §19.

use tacita_wire::Decode;

use super::accept::{insert_session, new_session_row};
use super::apply::{Held, Rewind};
use super::body::Body;
use super::earlier::{is_established, may_be_told, put_too};
use super::error::ClientError;
use super::notices::note_repair;
use super::profile;
use super::receipts;
use super::rotate;
use super::send::{
    InitialState, Sent, answered_sender, rule, send_again, send_content, send_through,
};
use super::step::{Changed, Step, touch};
use super::view::{ConversationId, Repair};
use crate::protocol::content::Content;
use crate::protocol::handshake::{HandshakeTarget, Initiated, initiate};
use crate::protocol::ids::{Counter, DeviceAddress, TranscriptHash};
use crate::protocol::reconnect::ReconnectRecord;
use crate::protocol::session::Session;
use crate::store::sabotage::{Breakage, is};
use crate::store::{OutboxRow, RewindRow, StoredDelivery};

/// Hours between two sessions that are begun with a contact because something did not open: a relay can make that up.
const ASK_AGAIN_HOURS: u32 = 24;
/// Milliseconds for which a text that counts as delivered is doubted when the store turns out to have been put back.
const DOUBT_MS: u64 = 7 * 24 * 3_600_000;
/// Texts of each range of counters that are doubted, the newest ones.
const MAX_DOUBTED: u32 = 50;

/// Something came that no session opens: begins a new one by the contact's reconnect record, at most once a day.
pub(crate) fn ask(step: &mut Step<'_, '_>, peer: DeviceAddress) -> Result<(), ClientError> {
    let hour = step.now.hour();
    let asked_lately = step.tx.sessions_of(peer)?.iter().any(|row| {
        let is_late = hour.hours_since(row.created) < ASK_AGAIN_HOURS;
        row.initiator && row.replaces.is_some() && is_late && !row.created.is_far_ahead_of(hour)
    });
    let id = ConversationId(peer.account);
    if !asked_lately && may_be_told(step, id)? && begin(step, peer)? {
        note_repair(step, id, Repair::Asked)?;
    }
    Ok(())
}

/// A peer has used a key of this session twice: its store was put back. Until it knows, nothing of its is acknowledged.
/// Told once, it begins a session in place of this one, and what still comes in this one says nothing new.
pub(crate) fn note_put_back(
    step: &Step<'_, '_>,
    held: &mut Held,
    th: TranscriptHash,
) -> Result<(), ClientError> {
    let peer = held.peer.address;
    let rewinds = step.tx.rewinds_of(peer)?;
    if is(Breakage::PutBackUnnoticed) {
        return Ok(());
    }
    if rewinds.iter().any(|row| row.th == th && !row.ours) {
        return Ok(());
    }
    held.peer.owes_receipt = true;
    held.changed = true;
    let row = RewindRow {
        peer,
        th,
        ours: false,
        open: true,
    };
    Ok(step.tx.save_rewind(&row, step.now.hour())?)
}

/// Our store was put back, so that these counters and the keys of the session are used up: what is not delivered of
/// them is written anew, under new counters and in a new session. Told again of the same session, we only say so, and
/// it is false. For a blocked contact all of this stays in the outbox, and is said once for each session that there is,
/// so that it cannot fill the store.
pub(crate) fn start_over(
    step: &mut Step<'_, '_>,
    peer: DeviceAddress,
    rewind: &Rewind,
) -> Result<bool, ClientError> {
    let is_known = step
        .tx
        .rewinds_of(peer)?
        .iter()
        .any(|row| row.ours && Some(row.th) == rewind.th);
    if !is_known {
        take_back(step, peer, &rewind.came)?;
        // What it believes about mailboxes is of before, too.
        rotate::discard_spares(step)?;
        step.tx.forget_told(peer)?;
        profile::note_put_back(step, peer)?;
        let sessions = step.tx.sessions_of(peer)?;
        let hour = step.now.hour();
        if rewind.th.is_none() || rewind.th == rule(&sessions, hour).sends {
            begin(step, peer)?;
        } else if answered_sender(&sessions, hour).is_some() {
            // What has not come may stand under a key that is used up. In a session that is not answered yet this waits
            // for the answer.
            for row in step.tx.outbox_of(peer)? {
                if row.counter != 0 {
                    resend_row(step, peer, &row)?;
                }
            }
        }
    }
    if let Some(th) = rewind.th {
        let row = RewindRow {
            peer,
            th,
            ours: true,
            open: false,
        };
        let is_said_once = is_known || step.tx.load_session(th)?.is_none();
        let is_held = step.tx.is_blocked(ConversationId(peer.account))?;
        step.tx.save_rewind(&row, step.now.hour())?;
        if !(is_held && is_said_once) {
            send_content(step, peer, &Content::Resumed { th }, None)?;
        }
    }
    Ok(!is_known)
}

/// What left under these counters waits again.
fn take_back(
    step: &Step<'_, '_>,
    peer: DeviceAddress,
    came: &[(Counter, Counter)],
) -> Result<(), ClientError> {
    for row in step.tx.outbox_of(peer)? {
        let is_used_up = came
            .iter()
            .any(|(first, last)| (*first..=*last).contains(&row.counter));
        if row.counter != 0 && !is_used_up {
            continue;
        }
        if let Some(place) = row.place {
            step.tx.set_waiting(ConversationId(peer.account), place)?;
        }
        step.tx.delete_outbox(row.id)?;
    }
    // What was acknowledged of them may have been what stood under the same counters before. The peer passes over what it
    // has.
    let id = ConversationId(peer.account);
    let since_ms = step.now.ms.saturating_sub(DOUBT_MS);
    for range in came {
        step.tx
            .doubt_delivered(id, peer.device, *range, since_ms, MAX_DOUBTED)?;
    }
    Ok(())
}

/// A new session stands: what left below a counter and is not delivered is encrypted in it, under the counters it had.
pub(crate) fn resend(
    step: &mut Step<'_, '_>,
    peer: DeviceAddress,
    below: Counter,
) -> Result<(), ClientError> {
    note_repair(step, ConversationId(peer.account), Repair::Done)?;
    if let Some(mut known) = step.tx.load_peer(peer)? {
        // What was acknowledged in the old session may not have come, and what comes again owes nothing.
        known.owes_receipt = true;
        step.tx.save_peer(&known)?;
    }
    for row in step.tx.outbox_of(peer)? {
        if row.counter == 0 {
            // A receipt of the old session; one that is still owed is written anew.
            step.tx.delete_outbox(row.id)?;
            receipts::tell_again(step, peer)?;
        } else if row.counter < below {
            resend_row(step, peer, &row)?;
        }
    }
    profile::tell_again(step, peer)
}

/// Encrypts what left before once more, under the counter it had, for where the peer reads now.
pub(crate) fn resend_row(
    step: &mut Step<'_, '_>,
    peer: DeviceAddress,
    row: &OutboxRow,
) -> Result<(), ClientError> {
    let id = ConversationId(peer.account);
    let message = match row.place {
        Some(place) => step.tx.message_at(id, place)?,
        None => None,
    };
    // The user may have deleted it here meanwhile.
    let place = row.place.filter(|_| message.is_some());
    if message.is_some_and(|message| message.delivery == StoredDelivery::Delivered) {
        // Its putting was never answered, and it has arrived all the same.
        step.tx.delete_outbox(row.id)?;
        return Ok(());
    }
    let Some(content) = content_of(step, peer, place, row.counter)? else {
        return Ok(());
    };
    if send_again(step, peer, &content, place, row.counter)? != Sent::Waiting {
        step.tx.delete_outbox(row.id)?;
        if let Some(place) = place {
            step.tx.set_queued(id, place, row.counter)?;
            touch(step.tx, Changed::Conversation(id))?;
        }
        if let Content::Profile(profile) = &content {
            let revision = profile.revision;
            step.tx.note_profile_told(peer, revision, row.counter)?;
        }
    }
    Ok(())
}

/// What a row of the outbox says, as it is said today: the message at its place, or what left under its counter.
pub(crate) fn content_of(
    step: &mut Step<'_, '_>,
    peer: DeviceAddress,
    place: Option<u64>,
    counter: Counter,
) -> Result<Option<Content>, ClientError> {
    if place.is_none()
        && counter > 0
        && step.tx.told_profile(peer)?.1 == counter
        && let Some(profile) = profile::present(step)?
    {
        return Ok(Some(Content::Profile(profile)));
    }
    let message = match place {
        Some(place) => step.tx.message_at(ConversationId(peer.account), place)?,
        None => None,
    };
    match message.map(|message| (message.sent_ms, Body::from_stored(message.body))) {
        Some((sent_at_ms, Ok(Body::Text(text)))) => Ok(Some(Content::Text { sent_at_ms, text })),
        // What is not shown told of our mailbox and keys; today's do as well.
        _ => rotate::news(step, peer),
    }
}

/// Begins a session in place of the one that sends; false if there is no way to. To a blocked contact it leaves once that
/// is over.
fn begin(step: &mut Step<'_, '_>, address: DeviceAddress) -> Result<bool, ClientError> {
    if !is_established(step, ConversationId(address.account))? {
        return Ok(false);
    }
    let Some(peer) = step.tx.load_peer(address)? else {
        return Ok(false);
    };
    let (Some(record), Some(to)) = (peer.record, peer.descriptor) else {
        return Ok(false);
    };
    let hour = step.now.hour();
    let Ok(record) = ReconnectRecord::from_bytes(&record) else {
        return Ok(false);
    };
    let used_at = record.hour_of_use(hour);
    let target = record
        .verify(address.account, used_at)
        .and_then(|record| HandshakeTarget::from_reconnect(record, to.clone()));
    // One whose private halves are gone, or that is not in its time yet by our clock, is of no use.
    let Ok(target) = target else {
        return Ok(false);
    };
    let Some(content) = rotate::news(step, address)? else {
        return Ok(false);
    };
    let Content::Reconnect { descriptor, .. } = &content else {
        return Ok(false);
    };
    let lost = lost_sessions(step, address)?;
    let sends = rule(&step.tx.sessions_of(address)?, hour).sends;
    let replaces = lost.first().copied().or(sends);
    let Initiated {
        session,
        fields,
        contact_key,
        ..
    } = initiate(
        &step.me.keys,
        &step.me.log,
        &target,
        descriptor,
        replaces,
        used_at,
        step.rng,
    )?;
    let initial = InitialState {
        fields,
        contact_key,
        to,
    };
    let row = new_session_row(step, address, &session, replaces, Some(&initial));
    // A row that cannot be read is of no use to anybody once another takes its place.
    for th in lost {
        step.tx.delete_session(th)?;
    }
    insert_session(step, &row)?;
    if let Sent::Queued(counter) = send_through(step, row, session, &content, None, None)? {
        step.tx.note_told(address, counter)?;
        put_too(step, address, &content, counter)?;
    }
    Ok(true)
}

/// Sessions whose rows do not read back.
fn lost_sessions(
    step: &Step<'_, '_>,
    peer: DeviceAddress,
) -> Result<Vec<TranscriptHash>, ClientError> {
    let readable: Vec<TranscriptHash> = step
        .tx
        .sessions_of(peer)?
        .into_iter()
        .filter(|row| Session::from_bytes(&row.state).is_ok())
        .map(|row| row.th)
        .collect();
    let mut names = step.tx.session_names(peer)?;
    names.retain(|name| !readable.contains(name));
    Ok(names)
}

/// There is no session to send in because rows do not read back: begins a new one in their place; false if there is no
/// way to, or none was lost.
pub(crate) fn begin_for_lost(
    step: &mut Step<'_, '_>,
    peer: DeviceAddress,
) -> Result<bool, ClientError> {
    Ok(!lost_sessions(step, peer)?.is_empty() && begin(step, peer)?)
}
