//! Contacts who acknowledge nothing for days: what was put for them is put again. PROTOCOL.md §16, §16.5.

use std::collections::BTreeSet;

use rand_core::CryptoRng;

use super::earlier::{is_established, put_too};
use super::engine::Engine;
use super::error::ClientError;
use super::input::Now;
use super::repair;
use super::step::{Step, for_one};
use super::view::ConversationId;
use crate::protocol::ids::{Counter, DeviceAddress, Hour};
use crate::store::SilenceRow;
use crate::store::sabotage::{Breakage, is};

/// Hours without an acknowledgement after which what was put is put again.
const PUT_AGAIN_HOURS: u32 = 24;
/// Hours without an acknowledgement after which that is done once more, and the mailboxes that the contact has left are tried, too.
const SILENCE_HOURS: u32 = 3 * 24;
/// Hours from then on between two such tries.
const TRY_AGAIN_HOURS: u32 = 7 * 24;
/// Hours of silence after which nothing is tried any more, until the contact is heard of.
const GIVE_UP_HOURS: u32 = 28 * 24;
/// Hours for which the bytes of an envelope are put again. Its relay keeps it for 30 days, and both the relay and the receiver
/// know it for 32: after that it would be taken for new, and as a sign that our store was put back.
const SAME_BYTES_HOURS: u32 = 30 * 24;
/// Envelopes that are put again of the oldest; and the newest, by which a receipt tells of all that is missing.
const PUT_AGAIN: usize = 20;

impl Engine {
    /// Looks for contacts who are silent, if the relay has handed out what they may have said: of a device that was away
    /// everybody seems to have been silent.
    pub(crate) fn look_for_silence(
        &mut self,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), ClientError> {
        if !self.may_look_for_silence {
            return Ok(());
        }
        self.step(now, rng, try_silent)?;
        self.may_look_for_silence = false;
        Ok(())
    }
}

/// What was first put before this hour is encrypted anew before it is put again.
pub(crate) fn first_known_hour(now: Now) -> Hour {
    Hour(now.hour().0.saturating_sub(SAME_BYTES_HOURS))
}

/// A device was heard of: what was put for it long ago and it still does not have is encrypted anew, under the counters it had.
pub(crate) fn renew_old(step: &mut Step<'_, '_>, peer: DeviceAddress) -> Result<(), ClientError> {
    let old = step.tx.first_put_before(peer, first_known_hour(step.now))?;
    for row in old {
        repair::resend_row(step, peer, &row)?;
    }
    Ok(())
}

/// A contact acknowledges nothing for days. Its relay may have lost what it took, of which no receipt tells if nothing else
/// comes, or if it is the answer by which a guest learns where to write. And the store of one that has moved may have been
/// put back to where it reads an earlier mailbox: the newest content goes there, too. Whether it opens there or not, the
/// contact begins to repair.
fn try_silent(step: &mut Step<'_, '_>) -> Result<(), ClientError> {
    if is(Breakage::NoResend) {
        return Ok(());
    }
    for peer in step.tx.unacknowledged_peers()? {
        for_one(step, |step| try_if_silent(step, peer))?;
    }
    Ok(())
}

fn try_if_silent(step: &mut Step<'_, '_>, peer: DeviceAddress) -> Result<(), ClientError> {
    let hour = step.now.hour();
    let id = ConversationId(peer.account);
    if step.tx.is_blocked(id)? {
        return Ok(());
    }
    let Some((oldest, newest, place)) = step.tx.undelivered(peer)? else {
        return Ok(());
    };
    let known = step
        .tx
        .load_silence(peer)?
        .filter(|known| known.counter == oldest && !known.since.is_far_ahead_of(hour));
    let Some(silence) = known else {
        return Ok(step.tx.save_silence(&SilenceRow {
            peer,
            counter: oldest,
            since: hour,
            tried: None,
        })?);
    };
    let tried = silence.tried.filter(|tried| !tried.is_far_ahead_of(hour));
    let wait = match tried {
        None => PUT_AGAIN_HOURS,
        Some(tried) if tried.hours_since(silence.since) < SILENCE_HOURS => SILENCE_HOURS,
        Some(tried) => tried
            .hours_since(silence.since)
            .saturating_add(TRY_AGAIN_HOURS),
    };
    let silent = hour.hours_since(silence.since);
    let is_due = (wait..GIVE_UP_HOURS).contains(&silent);
    // While something is on its way, the relay is not reached, or is asked anyway.
    if !is_due || step.tx.has_unput(peer)? {
        return Ok(());
    }
    put_again(step, peer, oldest)?;
    if silent >= SILENCE_HOURS
        && is_established(step, id)?
        && let Some(content) = repair::content_of(step, peer, place, newest)?
    {
        put_too(step, peer, &content, newest)?;
    }
    step.tx.save_silence(&SilenceRow {
        tried: Some(hour),
        ..silence
    })?;
    Ok(())
}

/// Puts again what was put. What is still missing below something that came is encrypted anew, under the counter it had: a
/// relay that has let go of it may know its bytes, and pass them over.
fn put_again(
    step: &mut Step<'_, '_>,
    peer: DeviceAddress,
    oldest: Counter,
) -> Result<(), ClientError> {
    let Some(known) = step.tx.load_peer(peer)? else {
        return Ok(());
    };
    let mut rows = step.tx.outbox_of(peer)?;
    rows.retain(|row| row.counter > 0);
    rows.sort_by_key(|row| row.counter);
    let unknown: BTreeSet<Counter> = rows.iter().map(|row| row.counter).collect();
    // Whatever has a counter is in the outbox until it has come.
    let came = (oldest..=known.sent_counter)
        .rev()
        .find(|counter| !unknown.contains(counter));
    let Some(came) = came else {
        return Ok(step
            .tx
            .requeue_ends(peer, PUT_AGAIN, first_known_hour(step.now))?);
    };
    let missing = rows.iter().filter(|row| row.counter < came);
    for row in missing.take(PUT_AGAIN) {
        repair::resend_row(step, peer, row)?;
    }
    Ok(())
}
