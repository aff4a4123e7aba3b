//! Hourly upkeep: keys renewed weekly, old rows deleted, mailboxes renewed, public piles topped up. PROTOCOL.md §10, §16, §19.

use tacita_wire::Request;

use super::earlier::{self, may_be_told};
use super::error::ClientError;
use super::input::Now;
use super::invite::{self, PUBLIC_ENTRIES, TOP_UP_BELOW};
use super::jobs::{self, JobKind};
use super::mailboxes::{describe, furthest_renewal, next_renewal};
use super::rotate;
use super::send::rule;
use super::step::{Changed, Step, for_one, touch};
use super::view::{ConversationId, InvitationId, InvitationKind, InvitationState};
use crate::protocol::ids::Hour;
use crate::protocol::prekey::PrekeyKind;
use crate::store::sabotage::{Breakage, is};
use crate::store::{PeerRow, Tx};

/// Days that skipped keys, envelope hashes and surplus sessions are kept.
const KEEP_OLD_DAYS: u32 = 32;
/// Hours that a claim which led to nothing is kept; its relay forgets the nonce after 24.
const KEEP_CLAIM_HOURS: u32 = 2 * 24;
/// Hours after which prekeys are renewed and reconnect records sent again.
const WEEK_HOURS: u32 = 7 * 24;

/// Does all that is due; safe to run at any time.
pub(crate) fn run(step: &mut Step<'_, '_>) -> Result<(), ClientError> {
    right_times(step)?;
    expire(step)?;
    renew_prekeys(step)?;
    renew_mailboxes(step)?;
    count_public_piles(step)?;
    rotate::run(step)?;
    send_reconnect_records(step)?;
    earlier::expire(step)
}

/// The hour by which to delete: never later than the relay's word and 48 hours, so that a clock that ran
/// ahead deletes nothing that is still needed.
pub(crate) fn deletion_hour(tx: &Tx<'_>, now: Now) -> Result<Hour, ClientError> {
    let ours = now.hour();
    if is(Breakage::ClockDeletes) {
        return Ok(ours);
    }
    let heard = tx
        .load_account()?
        .map_or(ours, |account| account.relay_hour);
    Ok(ours.min(heard.plus(Hour::CLOCK_TOLERANCE)))
}

/// What a clock that ran ahead has noted is as if it had been noted now: it would be kept, or would keep something from
/// being done, for as long as the clock was ahead. By the later of our clock and our relay's word, so that a clock that
/// is behind takes nothing for too new.
fn right_times(step: &Step<'_, '_>) -> Result<(), ClientError> {
    let ours = step.now.hour();
    let heard = step
        .tx
        .load_account()?
        .map_or(ours, |account| account.relay_hour);
    Ok(step.tx.right_times(ours.max(heard))?)
}

fn expire(step: &mut Step<'_, '_>) -> Result<(), ClientError> {
    let hour = deletion_hour(step.tx, step.now)?;
    for invitation in step.tx.list_invitations()? {
        // Its guest has long been answered; what is left at the relay is a mailbox that nobody writes to.
        let is_over = invitation.state == InvitationState::Used
            && hour.hours_since(invitation.renewed) >= KEEP_OLD_DAYS.saturating_mul(Hour::PER_DAY);
        if is_over {
            invite::revoke(step, invitation.id)?;
        }
    }
    let old = Hour(
        hour.0
            .saturating_sub(KEEP_OLD_DAYS.saturating_mul(Hour::PER_DAY)),
    );
    step.tx.expire_prekeys(hour)?;
    step.tx.expire_initials(hour)?;
    step.tx.expire_skipped(old)?;
    step.tx.expire_envelopes(old)?;
    step.tx.expire_rewinds(old)?;
    for claim in step.tx.list_claims()? {
        if hour.hours_since(claim.created) > KEEP_CLAIM_HOURS {
            step.tx.delete_claim(claim.pile)?;
        }
    }
    for peer in step.tx.all_peers()? {
        let rows = step.tx.sessions_of(peer.address)?;
        for th in rule(&rows, hour).goes {
            step.tx.delete_session(th)?;
        }
    }
    Ok(())
}

/// Whether a week has passed, or the last time lies so far ahead that the clock must have been wrong then.
fn is_due_weekly(step: &Step<'_, '_>, last: Hour) -> bool {
    let now = step.now.hour();
    now.hours_since(last) >= WEEK_HOURS || last.is_far_ahead_of(now)
}

fn renew_prekeys(step: &mut Step<'_, '_>) -> Result<(), ClientError> {
    let newest = step.tx.newest_prekey(PrekeyKind::Signed)?;
    let is_due = newest.is_none_or(|newest| is_due_weekly(step, newest.created));
    if is_due {
        for kind in [
            PrekeyKind::Signed,
            PrekeyKind::LastResort,
            PrekeyKind::Contact,
        ] {
            invite::make_prekey(step, kind, None)?;
        }
    }
    for mut invitation in step.tx.list_invitations()? {
        if invitation.state == InvitationState::Used {
            continue;
        }
        if !is_due && !is_due_weekly(step, invitation.renewed) {
            continue;
        }
        invitation.renewed = step.now.hour();
        step.tx.save_invitation(&invitation)?;
        if let Some(mailbox) = step.tx.load_mailbox(invitation.mailbox)? {
            invite::publish(step, &invitation, &mailbox)?;
        }
    }
    Ok(())
}

fn renew_mailboxes(step: &mut Step<'_, '_>) -> Result<(), ClientError> {
    let now = step.now.hour();
    let furthest = furthest_renewal(now).plus(Hour::CLOCK_TOLERANCE);
    for mut mailbox in step.tx.mailboxes_due(now, furthest)? {
        mailbox.renew_after = next_renewal(step);
        step.tx.save_mailbox(&mailbox)?;
        jobs::push_create_mailbox(step, &mailbox, mailbox.id.0)?;
    }
    Ok(())
}

fn count_public_piles(step: &mut Step<'_, '_>) -> Result<(), ClientError> {
    for invitation in step.tx.list_invitations()? {
        if invitation.kind == InvitationKind::Public && invitation.state == InvitationState::Live {
            let pile = invite::link_of(step, &invitation).pile_id();
            // Counted twice before a filling, it would be filled twice.
            if step.tx.has_jobs(pile.0)? {
                continue;
            }
            let request = Request::CountPile {
                pile,
                owner: invitation.owner.clone(),
            };
            invite::push_for(step, &invitation, pile, &request, JobKind::CountPile)?;
        }
    }
    Ok(())
}

/// A public pile was counted: top it up if it runs low.
pub(crate) fn take_count(
    step: &mut Step<'_, '_>,
    reference: &[u8],
    remaining: u16,
) -> Result<(), ClientError> {
    let id: [u8; 16] = reference.try_into().map_err(|_| ClientError::RowDamaged)?;
    let id = InvitationId(id);
    let Some(invitation) = step.tx.load_invitation(id)? else {
        return Ok(());
    };
    if remaining >= TOP_UP_BELOW {
        return Ok(());
    }
    let Some(mailbox) = step.tx.load_mailbox(invitation.mailbox)? else {
        return Ok(());
    };
    let missing = PUBLIC_ENTRIES.saturating_sub(usize::from(remaining));
    invite::fill(step, &invitation, describe(&mailbox), missing, false)
}

/// An invitation's relay does not have its pile any more: publish it again.
pub(crate) fn republish(step: &mut Step<'_, '_>, id: InvitationId) -> Result<(), ClientError> {
    let Some(mut invitation) = step.tx.load_invitation(id)? else {
        return Ok(());
    };
    let Some(mailbox) = step.tx.load_mailbox(invitation.mailbox)? else {
        return Ok(());
    };
    invitation.state = InvitationState::Publishing;
    step.tx.save_invitation(&invitation)?;
    touch(step.tx, Changed::Invitation(id))?;
    invite::publish(step, &invitation, &mailbox)
}

/// Tells each contact our mailbox and keys of today; not those who are blocked, to whom it would show that this
/// device is in use.
fn send_reconnect_records(step: &mut Step<'_, '_>) -> Result<(), ClientError> {
    for peer in step.tx.all_peers()? {
        for_one(step, |step| send_reconnect_record(step, peer))?;
    }
    Ok(())
}

fn send_reconnect_record(step: &mut Step<'_, '_>, mut peer: PeerRow) -> Result<(), ClientError> {
    let id = ConversationId(peer.address.account);
    let is_due = is_due_weekly(step, peer.record_sent);
    if peer.our_mailbox.is_none() || !is_due || !may_be_told(step, id)? {
        return Ok(());
    }
    peer.record_sent = step.now.hour();
    step.tx.save_peer(&peer)?;
    rotate::tell(step, peer.address)
}
