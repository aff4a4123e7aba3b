//! Mailboxes of ours that another takes the place of, and those made ahead so that their making follows nothing. PROTOCOL.md §16.5.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::earlier::may_be_told;
use super::error::ClientError;
use super::leave::check_staying;
use super::mailboxes::{
    describe, discard_mailbox, furthest_renewal, make_pair_mailbox, reconnect_record,
};
use super::send::{Sent, load_sending_session, send_content};
use super::step::{Step, for_one};
use super::view::ConversationId;
use crate::protocol::content::Content;
use crate::protocol::ids::{DeviceAddress, Hour};
use crate::store::sabotage::{Breakage, is};
use crate::store::{MailboxRow, RotationRow};

/// Hours after which a mailbox is replaced; drawn for each.
const REPLACE_AFTER_HOURS: RangeInclusive<u32> = 27 * 24..=33 * 24;
/// Envelopes after which it is replaced; drawn for each.
const REPLACE_AT: RangeInclusive<u32> = 900..=1100;
/// Hours for which a former mailbox is read once the peer is known to use the next one; drawn for each.
const LINGER_HOURS: RangeInclusive<u32> = 32 * 24..=36 * 24;
/// The longest that it is read then, whatever comes.
const LONGEST_LINGER_HOURS: u32 = 64 * 24;
/// Hours without an envelope before a former mailbox goes.
const QUIET_HOURS: u32 = 2 * 24;
/// Former mailboxes of one contact that are read for so long; older ones go as soon as nothing comes.
const LINGERING: usize = 4;
/// Former mailboxes of one contact with which none is replaced any more.
const MAX_FORMER: usize = 8;

/// Mailboxes made ahead, and contacts for which one more is.
const SPARES: usize = 3;
const CONTACTS_PER_SPARE: usize = 64;
/// Hours until the first one is made; between two looks at whether one is missing.
const FIRST_SPARE_HOURS: RangeInclusive<u32> = 1..=24;
const NEXT_SPARE_HOURS: RangeInclusive<u32> = 1..=7;
/// Hours after one was taken in which none is made.
const REST_HOURS: u32 = 2;
/// The hour of the next look, and that in which one was last taken.
const SPARE_TIMES: &str = "spare mailboxes";

fn draw(step: &mut Step<'_, '_>, range: &RangeInclusive<u32>) -> u32 {
    let spread = range.end().saturating_sub(*range.start()).saturating_add(1);
    let chance = step.rng.next_u32().checked_rem(spread).unwrap_or(0);
    range.start().saturating_add(chance)
}

/// Does all that is due; safe to run at any time.
pub(crate) fn run(step: &mut Step<'_, '_>) -> Result<(), ClientError> {
    if check_staying(step).is_err() {
        return Ok(());
    }
    let mut by_peer: BTreeMap<DeviceAddress, Vec<RotationRow>> = BTreeMap::new();
    for row in step.tx.list_rotations()? {
        by_peer.entry(row.peer).or_default().push(row);
    }
    let contacts = by_peer.len();
    for (peer, rows) in by_peer {
        for_one(step, |step| run_for(step, peer, rows))?;
    }
    discard_used_spares(step)?;
    make_spares(step, contacts / CONTACTS_PER_SPARE)
}

fn run_for(
    step: &mut Step<'_, '_>,
    peer: DeviceAddress,
    rows: Vec<RotationRow>,
) -> Result<(), ClientError> {
    let (mut former, current): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|row| row.retired.is_some());
    note_acknowledged(step, peer, &mut former)?;
    let left = discard_former(step, &former)?;
    for row in current {
        replace_if_due(step, row, left)?;
    }
    Ok(())
}

/// The peer knows the next mailbox: the time of the former one begins to run out.
fn note_acknowledged(
    step: &mut Step<'_, '_>,
    peer: DeviceAddress,
    former: &mut [RotationRow],
) -> Result<(), ClientError> {
    let acknowledged = step.tx.load_peer(peer)?.map_or(0, |row| row.acknowledged);
    let now = step.now.hour();
    for row in former {
        if row.acknowledged.is_none() && row.told.is_some_and(|told| told <= acknowledged) {
            row.acknowledged = Some(now);
            row.delete_after = Some(now.plus(draw(step, &LINGER_HOURS)));
            step.tx.save_rotation(row)?;
        }
    }
    Ok(())
}

/// Deletes former mailboxes that are of no use any more; how many are left.
fn discard_former(step: &mut Step<'_, '_>, former: &[RotationRow]) -> Result<usize, ClientError> {
    // By what our relay has said: until it has given out all, nobody knows what still lies in them.
    let heard = step
        .tx
        .load_account()?
        .map_or(Hour(0), |account| account.relay_hour);
    let hour = heard.min(step.now.hour());
    let surplus = former.len().saturating_sub(LINGERING);
    let mut left = 0_usize;
    for (index, row) in former.iter().enumerate() {
        let (Some(acknowledged), Some(delete_after)) = (row.acknowledged, row.delete_after) else {
            left = left.saturating_add(1);
            continue;
        };
        let is_quiet = hour.hours_since(row.heard) >= QUIET_HOURS
            && hour.hours_since(acknowledged) >= QUIET_HOURS;
        let is_over = is_quiet && (hour >= delete_after || index < surplus)
            || hour.hours_since(acknowledged) >= LONGEST_LINGER_HOURS;
        match step.tx.load_mailbox(row.id)? {
            Some(mailbox) if is_over => discard_mailbox(step, &mailbox)?,
            _ => left = left.saturating_add(1),
        }
    }
    Ok(left)
}

fn replace_if_due(
    step: &mut Step<'_, '_>,
    mut row: RotationRow,
    former: usize,
) -> Result<(), ClientError> {
    let now = step.now.hour();
    let furthest = now.plus(*REPLACE_AFTER_HOURS.end());
    if row.replace_after == Hour(0) || row.replace_after.is_far_ahead_of(furthest) {
        draw_replacement(step, &mut row);
        return Ok(step.tx.save_rotation(&row)?);
    }
    let is_due = row.replace_after <= now || row.received >= row.replace_at;
    if !is_due || former >= MAX_FORMER || !may_be_replaced(step, &row)? {
        return Ok(());
    }
    // Without one made ahead it waits: making one now would show what it is for.
    match find_spare(step)? {
        Some(spare) => replace(step, row, &spare),
        None => Ok(()),
    }
}

fn draw_replacement(step: &mut Step<'_, '_>, row: &mut RotationRow) {
    row.replace_after = step.now.hour().plus(draw(step, &REPLACE_AFTER_HOURS));
    row.replace_at = draw(step, &REPLACE_AT);
}

/// Whether the peer can and may be told of another mailbox, and knows this one.
fn may_be_replaced(step: &Step<'_, '_>, row: &RotationRow) -> Result<bool, ClientError> {
    let is_in_use = step
        .tx
        .load_peer(row.peer)?
        .is_some_and(|peer| peer.our_mailbox == Some(row.id) && peer.descriptor.is_some());
    let session = load_sending_session(step.tx, row.peer, step.now)?;
    let is_answered = session.is_some_and(|(session, _)| session.initial.is_none());
    // One step at a time: of two that it has not heard of, the peer could not tell which is newer.
    let is_heard = step.tx.list_rotations()?.iter().all(|other| {
        other.peer != row.peer || other.retired.is_none() || other.acknowledged.is_some()
    });
    let id = ConversationId(row.peer.account);
    Ok(is_in_use && is_answered && is_heard && may_be_told(step, id)?)
}

fn replace(
    step: &mut Step<'_, '_>,
    mut row: RotationRow,
    spare: &MailboxRow,
) -> Result<(), ClientError> {
    let content = Content::Reconnect {
        descriptor: describe(spare),
        record: reconnect_record(step)?,
    };
    let Sent::Queued(counter) = send_content(step, row.peer, &content, None)? else {
        return Ok(());
    };
    let Some(mut peer) = step.tx.load_peer(row.peer)? else {
        return Ok(());
    };
    assign(step, spare, row.peer)?;
    peer.our_mailbox = Some(spare.id);
    peer.record_sent = step.now.hour();
    step.tx.save_peer(&peer)?;
    if is(Breakage::FormerNotRead)
        && let Some(former) = step.tx.load_mailbox(row.id)?
    {
        step.tx.save_mailbox(&MailboxRow {
            live: false,
            renew_after: furthest_renewal(step.now.hour()),
            ..former
        })?;
    }
    row.retired = Some(step.now.hour());
    row.told = Some(counter);
    Ok(step.tx.save_rotation(&row)?)
}

/// Gives a mailbox of ours to a peer, and draws when another takes its place.
pub(crate) fn assign(
    step: &mut Step<'_, '_>,
    mailbox: &MailboxRow,
    peer: DeviceAddress,
) -> Result<(), ClientError> {
    step.tx.save_mailbox(&MailboxRow {
        peer: Some(peer),
        ..mailbox.clone()
    })?;
    let mut row = RotationRow {
        id: mailbox.id,
        peer,
        received: 0,
        heard: Hour(0),
        replace_after: Hour(0),
        replace_at: 0,
        retired: None,
        told: None,
        acknowledged: None,
        delete_after: None,
    };
    draw_replacement(step, &mut row);
    step.tx.save_rotation(&row)?;
    if mailbox.live {
        let times = spare_times(step)?;
        let next = times.map_or(step.now.hour(), |(next, _)| next);
        save_spare_times(step, next, step.now.hour())?;
    }
    Ok(())
}

/// Tells a peer our mailbox and reconnect record of today.
pub(crate) fn tell(step: &mut Step<'_, '_>, address: DeviceAddress) -> Result<(), ClientError> {
    if !may_be_told(step, ConversationId(address.account))? {
        return Ok(());
    }
    let Some(content) = news(step, address)? else {
        return Ok(());
    };
    if let Sent::Queued(counter) = send_content(step, address, &content, None)? {
        step.tx.note_told(address, counter)?;
    }
    Ok(())
}

/// Our mailbox for a peer and our reconnect record, as they are now.
pub(crate) fn news(
    step: &mut Step<'_, '_>,
    peer: DeviceAddress,
) -> Result<Option<Content>, ClientError> {
    let mailbox = match step.tx.load_peer(peer)?.and_then(|peer| peer.our_mailbox) {
        Some(id) => step.tx.load_mailbox(id)?,
        None => None,
    };
    let Some(mailbox) = mailbox else {
        return Ok(None);
    };
    Ok(Some(Content::Reconnect {
        descriptor: describe(&mailbox),
        record: reconnect_record(step)?,
    }))
}

/// A mailbox made ahead that is fit for use. A store that was put back may take one for free that it has given away:
/// so none is taken before our relay has given out all that it had, nor one in which something came.
pub(crate) fn find_spare(step: &Step<'_, '_>) -> Result<Option<MailboxRow>, ClientError> {
    if !step.has_read {
        return Ok(None);
    }
    let spares = step.tx.list_spares()?.into_iter();
    Ok(spares
        .filter(|(row, received)| row.live && *received == 0)
        .map(|(row, _)| row)
        .next())
}

/// Lets go of every mailbox made ahead.
pub(crate) fn discard_spares(step: &mut Step<'_, '_>) -> Result<(), ClientError> {
    for (mailbox, _) in step.tx.list_spares()? {
        discard_mailbox(step, &mailbox)?;
    }
    Ok(())
}

fn discard_used_spares(step: &mut Step<'_, '_>) -> Result<(), ClientError> {
    for (mailbox, received) in step.tx.list_spares()? {
        if received > 0 {
            discard_mailbox(step, &mailbox)?;
        }
    }
    Ok(())
}

/// Looks at times of its own, drawn by chance, whether mailboxes made ahead are missing: that some were taken moves
/// none of these times.
fn make_spares(step: &mut Step<'_, '_>, more: usize) -> Result<(), ClientError> {
    let now = step.now.hour();
    let Some((next, taken)) = spare_times(step)? else {
        let first = now.plus(draw(step, &FIRST_SPARE_HOURS));
        return save_spare_times(step, first, Hour(0));
    };
    if next > now && !next.is_far_ahead_of(now) {
        return Ok(());
    }
    let next = now.plus(draw(step, &NEXT_SPARE_HOURS));
    save_spare_times(step, next, taken)?;
    if now.hours_since(taken) < REST_HOURS && !taken.is_far_ahead_of(now) {
        return Ok(());
    }
    let count = step.tx.list_spares()?.len();
    let missing = SPARES.saturating_add(more).saturating_sub(count);
    for _ in 0..missing.min(more.saturating_add(1)) {
        make_pair_mailbox(step)?;
    }
    Ok(())
}

fn spare_times(step: &Step<'_, '_>) -> Result<Option<(Hour, Hour)>, ClientError> {
    let Some(bytes) = step.tx.load_setting(SPARE_TIMES)? else {
        return Ok(None);
    };
    let (next, taken) = bytes
        .split_first_chunk::<4>()
        .ok_or(ClientError::StoreFailed)?;
    let taken: [u8; 4] = taken.try_into().map_err(|_| ClientError::StoreFailed)?;
    Ok(Some((
        Hour(u32::from_be_bytes(*next)),
        Hour(u32::from_be_bytes(taken)),
    )))
}

fn save_spare_times(step: &Step<'_, '_>, next: Hour, taken: Hour) -> Result<(), ClientError> {
    let bytes = [next.0.to_be_bytes(), taken.0.to_be_bytes()].concat();
    Ok(step.tx.save_setting(SPARE_TIMES, &bytes)?)
}
