//! Deleting the account: contacts are told, everything at relays goes; and a contact who has deleted theirs. PROTOCOL.md §19.1.

use rand_core::CryptoRng;

use super::arrange::delete_mailboxes_of;
use super::earlier::may_be_told;
use super::effect::CallId;
use super::engine::Engine;
use super::error::ClientError;
use super::flight::Call;
use super::input::Now;
use super::invite;
use super::rotate;
use super::send::send_content;
use super::step::{Changed, Step, for_one, touch};
use super::view::{ConversationId, ConversationState, Departure};
use super::waiting::drain_all;
use crate::protocol::content::Content;
use crate::protocol::ids::DeviceAddress;
use crate::store::StoredDelivery;

/// Says in the store that the account is being deleted.
const LEAVING: &str = "leaving";

impl Engine {
    /// Begins to delete the account: tells every contact, and has relays delete its mailboxes and piles. The call
    /// ends when all of that is done, or cannot be done now; it goes on by itself then, and may be called again.
    /// Whoever has the store deletes it afterwards.
    ///
    /// # Errors
    /// [`ClientError::NoAccount`], or a store error.
    pub fn delete_account(
        &mut self,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<CallId, ClientError> {
        self.step(now, rng, leave)?;
        let call = self.new_call();
        self.calls.insert(call, Call::Departure);
        self.watched_is_stale = true;
        self.settle(now, rng);
        Ok(call)
    }

    /// How far the deletion is; `None` while it goes on.
    pub(crate) fn departure(&self) -> Result<Option<Departure>, ClientError> {
        let (jobs, targets, is_all_aside) = self.store.read(|tx| -> Result<_, ClientError> {
            let targets = tx.outbox_targets()?;
            let mut is_all_aside = true;
            for (mailbox, ..) in &targets {
                is_all_aside &= !self.is_tried_by_another(tx, *mailbox)?;
            }
            Ok((tx.first_jobs()?, targets, is_all_aside))
        })?;
        if jobs.is_empty() && targets.is_empty() {
            return Ok(Some(Departure::Done));
        }
        let stand_still = jobs
            .iter()
            .map(|job| (super::jobs::relay_of(job), job.group))
            .chain(targets.into_iter().map(|(mailbox, address, root)| {
                (super::effect::RelayLocator { address, root }, mailbox.0)
            }))
            .all(|(relay, key)| self.stands_still(&relay, &key))
            || (jobs.is_empty() && is_all_aside);
        Ok(stand_still.then_some(Departure::Queued))
    }
}

/// Refuses what would keep an account that is being deleted alive.
pub(crate) fn check_staying(step: &Step<'_, '_>) -> Result<(), ClientError> {
    match step.tx.load_setting(LEAVING)? {
        Some(_) => Err(ClientError::NoAccount),
        None => Ok(()),
    }
}

fn leave(step: &mut Step<'_, '_>) -> Result<(), ClientError> {
    if check_staying(step).is_err() {
        return Ok(());
    }
    for peer in step.tx.all_peers()? {
        let id = ConversationId(peer.address.account);
        if may_be_told(step, id)? {
            for_one(step, |step| {
                drain_all(step, peer.address)?;
                send_content(step, peer.address, &Content::Farewell, None)?;
                Ok(())
            })?;
        }
        delete_mailboxes_of(step, id)?;
    }
    rotate::discard_spares(step)?;
    for invitation in step.tx.list_invitations()? {
        invite::revoke(step, invitation.id)?;
    }
    step.tx.save_setting(LEAVING, &[1])?;
    touch(step.tx, Changed::Account)
}

/// A contact has deleted its account: what was said stays, what leads to it goes.
pub(crate) fn note_left(step: &mut Step<'_, '_>, peer: DeviceAddress) -> Result<(), ClientError> {
    let id = ConversationId(peer.account);
    let Some(mut known) = step.tx.load_conversation(id)? else {
        return Ok(());
    };
    known.state = ConversationState::Left;
    step.tx.save_conversation(&known)?;
    delete_mailboxes_of(step, id)?;
    for row in step.tx.outbox_of(peer)? {
        step.tx.delete_outbox(row.id)?;
        let Some(place) = row.place else { continue };
        let message = step.tx.message_at(id, place)?;
        if message.is_some_and(|message| message.delivery == StoredDelivery::Queued) {
            // It waits for good, and so is listed and can be dropped.
            step.tx.set_waiting(id, place)?;
        }
    }
    for session in step.tx.sessions_of(peer)? {
        step.tx.delete_session(session.th)?;
    }
    step.tx.keep_counters(id.0)?;
    touch(step.tx, Changed::Conversation(id))
}
