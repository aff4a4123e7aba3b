//! What comes in: the answers to requests, and what each leads to.

use rand_core::CryptoRng;
use tacita_wire::{MailboxId, Refusal, RelayLink, Response};

use super::acknowledged::PUT_AGAIN_MS;
use super::earlier;
use super::effect::{CallOutcome, RelayLocator};
use super::engine::Engine;
use super::error::ClientError;
use super::flight::Flight;
use super::input::{Input, NetFailure, Now};
use super::jobs::{self, JobKind};
use super::relays::Backoff;
use super::view::{ConversationId, InvitationId, QueueReason};
use super::{accept, account, repair, upkeep};
use crate::protocol::ids::DeviceNumber;
use crate::protocol::invitation::InvitationLink;
use crate::store::JobRow;
use crate::store::sabotage::{Breakage, is};

/// Seconds to wait when a contact's mailbox does not exist.
const UNREACHABLE_SECS: u32 = 3600;
/// Seconds to wait when a relay answers what the request does not allow.
const NONSENSE_SECS: u32 = 60;
/// Seconds to wait when what a relay answered could not be stored.
const STORE_SECS: u32 = 1;

impl Engine {
    /// Takes in one thing that happened.
    ///
    /// # Errors
    /// A store error. Nothing is lost: what was asked is asked again, what was read is read again.
    pub fn handle(
        &mut self,
        input: Input,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), ClientError> {
        let result = self.take(input, now, rng);
        self.settle(now, rng);
        result
    }

    fn take(&mut self, input: Input, now: Now, rng: &mut dyn CryptoRng) -> Result<(), ClientError> {
        match input {
            Input::Answer { request, result } => {
                if let Some((relay, flight)) = self.flights.remove(&request) {
                    // What was in flight has landed, whatever else fails.
                    let noted = self.note_reached(&relay, &result, now, rng);
                    self.take_answer(&relay, flight, result, now, rng)?;
                    noted?;
                }
            }
            Input::Stream {
                relay,
                stream,
                event,
            } => {
                if self.relays.entry(&relay).stream.number == Some(stream) {
                    let result = self.take_stream(&relay, event, now, rng);
                    if result.is_err() {
                        // Opened again from the cursor, it brings what could not be stored.
                        self.relays.entry(&relay).stream = super::relays::Stream::default();
                        self.relays
                            .failed(&relay, NetFailure::Unreachable, now, rng);
                    }
                    return result;
                }
            }
            Input::Tick => {}
            Input::NetworkLost => {
                self.is_offline = true;
                for relay in self.relays.lose_network() {
                    self.note_relay_changed(&relay)?;
                }
            }
            Input::NetworkBack => {
                self.find_network();
                self.relays.cut_waits_short();
            }
        }
        Ok(())
    }

    fn note_reached(
        &mut self,
        relay: &RelayLocator,
        result: &Result<Response, NetFailure>,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), ClientError> {
        let changed = match result {
            Ok(_) => {
                self.is_offline = false;
                self.relays.succeeded(relay)
            }
            Err(why) => self.relays.failed(relay, *why, now, rng),
        };
        if changed {
            self.profiles.look(now);
            self.note_relay_changed(relay)
        } else {
            Ok(())
        }
    }

    fn take_answer(
        &mut self,
        relay: &RelayLocator,
        flight: Flight,
        result: Result<Response, NetFailure>,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), ClientError> {
        match flight {
            Flight::Hello { call, link, name } => {
                let outcome = self.take_hello(relay, link, &name, result, now, rng);
                self.finish(call, outcome.map(CallOutcome::Account));
                Ok(())
            }
            Flight::Claim { calls, link } => {
                let outcome = self.take_claim(relay, &link, result, now, rng);
                self.watched_is_stale = true;
                for call in calls {
                    self.finish(call, outcome.clone().map(CallOutcome::Conversation));
                }
                match outcome {
                    // It may leave in the session that was begun.
                    Ok(id) => self.drain_of(id),
                    Err(_) => Ok(()),
                }
            }
            Flight::Job { job } => self.take_job(job, result, now, rng),
            Flight::Put {
                mailbox,
                conversation,
                ids,
                places,
            } => self.take_put((mailbox, conversation), &ids, &places, result, now, rng),
            // That there was an answer, or none, is noted.
            Flight::Probe => Ok(()),
            Flight::Ack { mailbox, up_to } => {
                match result {
                    Ok(Response::Done) => {
                        self.acked.insert(mailbox, up_to);
                        self.to_ack.insert(mailbox);
                        self.holds.remove(&mailbox.0);
                    }
                    Ok(Response::Refused(Refusal::NotFound)) => {
                        if self.read_anew(mailbox, now, rng)? {
                            // A relay that says so again and again is not asked more often for it.
                            self.hold_for(
                                mailbox.0,
                                NONSENSE_SECS,
                                QueueReason::RelayMisbehaves,
                                now,
                                rng,
                            );
                        }
                    }
                    Ok(Response::Refused(refusal)) => {
                        self.to_ack.insert(mailbox);
                        self.hold(mailbox.0, refusal, now, rng);
                    }
                    Ok(_) => {
                        self.to_ack.insert(mailbox);
                        self.hold_for(
                            mailbox.0,
                            NONSENSE_SECS,
                            QueueReason::RelayMisbehaves,
                            now,
                            rng,
                        );
                    }
                    Err(_) => {
                        self.to_ack.insert(mailbox);
                    }
                }
                Ok(())
            }
        }
    }

    fn take_hello(
        &mut self,
        relay: &RelayLocator,
        link: RelayLink,
        name: &str,
        result: Result<Response, NetFailure>,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<super::view::CreatedAccount, ClientError> {
        let hour = match result {
            Ok(Response::Hello { hour }) => hour,
            other => return Err(self.call_error(relay, other, now)),
        };
        account::check_clock(now, hour)?;
        let (me, created) = self
            .store
            .write(|tx| account::create(tx, link.clone(), name, hour, now, &mut *rng))?;
        self.me = Some(me);
        self.upkeep_due_ms = now.ms;
        Ok(created)
    }

    fn take_claim(
        &mut self,
        relay: &RelayLocator,
        link: &InvitationLink,
        result: Result<Response, NetFailure>,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<ConversationId, ClientError> {
        match result {
            Ok(Response::Claimed { entry, .. }) => {
                let mut outcome = self
                    .step(now, rng, |step| accept::finish(step, link, &entry))
                    .and_then(|id| id.ok_or(ClientError::InvitationForged));
                // By a clock that is wrong, good keys have run out.
                if self.clock_is_off && outcome == Err(ClientError::InvitationGone) {
                    outcome = Err(ClientError::CheckYourClock);
                }
                if matches!(
                    outcome,
                    Err(ClientError::InvitationForged | ClientError::InvitationGone)
                ) {
                    self.store.write(|tx| accept::abandon(tx, link))?;
                }
                outcome
            }
            Ok(Response::Refused(Refusal::NotFound)) => {
                self.store.write(|tx| accept::abandon(tx, link))?;
                Err(ClientError::InvitationGone)
            }
            other => Err(self.call_error(relay, other, now)),
        }
    }

    fn take_job(
        &mut self,
        job: JobRow,
        result: Result<Response, NetFailure>,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), ClientError> {
        self.busy.remove(&job.group);
        match result {
            // The relay's backoff says when it goes again.
            Err(_) => Ok(()),
            Ok(Response::Done) => {
                self.watched_is_stale = true;
                self.holds.remove(&job.group);
                let noted = self.step(now, rng, |step| jobs::finish_job(step, &job));
                if noted.is_err() {
                    self.hold_for(job.group, STORE_SECS, QueueReason::Sending, now, rng);
                }
                noted
            }
            Ok(Response::Count { remaining }) if job.kind == JobKind::CountPile.code() => self
                .step(now, rng, |step| {
                    jobs::finish_job(step, &job)?;
                    upkeep::take_count(step, &job.reference, remaining)
                }),
            Ok(Response::Refused(Refusal::NotFound)) => self.take_lost_object(&job, now, rng),
            Ok(Response::Refused(Refusal::PileFull)) => {
                self.step(now, rng, |step| jobs::finish_job(step, &job))
            }
            Ok(Response::Refused(refusal)) => {
                if refusal == Refusal::TicketRefused {
                    self.refuse_invitation_calls();
                }
                self.hold(job.group, refusal, now, rng);
                Ok(())
            }
            Ok(_) => {
                self.hold_for(
                    job.group,
                    NONSENSE_SECS,
                    QueueReason::RelayMisbehaves,
                    now,
                    rng,
                );
                Ok(())
            }
        }
    }

    /// Something is not there: a pile that should be is published anew.
    fn take_lost_object(
        &mut self,
        job: &JobRow,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), ClientError> {
        match JobKind::from_code(job.kind) {
            JobKind::LastOfInvitation | JobKind::CountPile => {
                // A relay that says so again and again is not asked more often for it.
                self.hold_for(
                    job.group,
                    NONSENSE_SECS,
                    QueueReason::RelayMisbehaves,
                    now,
                    rng,
                );
                let id: [u8; 16] = job
                    .reference
                    .as_slice()
                    .try_into()
                    .map_err(|_| ClientError::RowDamaged)?;
                self.step(now, rng, |step| {
                    step.tx.delete_jobs_of(job.group)?;
                    upkeep::republish(step, InvitationId(id))
                })
            }
            // No answer to that: it is asked again, because nothing leaves for a contact who has no mailbox of ours.
            JobKind::CreateMailbox => {
                self.hold_for(
                    job.group,
                    NONSENSE_SECS,
                    QueueReason::RelayMisbehaves,
                    now,
                    rng,
                );
                Ok(())
            }
            // What was to be deleted is gone.
            JobKind::Plain => self.step(now, rng, |step| Ok(step.tx.delete_job(job.id)?)),
        }
    }

    fn take_put(
        &mut self,
        (mailbox, conversation): (MailboxId, ConversationId),
        ids: &[i64],
        places: &[(ConversationId, u64)],
        result: Result<Response, NetFailure>,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), ClientError> {
        self.busy.remove(&mailbox.0);
        match result {
            Err(_) if is(Breakage::EncryptForRetry) => self.step(now, rng, |step| {
                let mut peers = step.tx.all_peers()?.into_iter();
                peers.try_for_each(|peer| repair::resend(step, peer.address, u64::MAX))
            }),
            Err(_) => Ok(()),
            Ok(Response::Done) => {
                self.holds.remove(&mailbox.0);
                self.asides.note_put(mailbox, ids, places);
                let noted = self.step(now, rng, |step| {
                    let again = now.ms.saturating_add(PUT_AGAIN_MS);
                    step.tx.mark_put(ids, now.hour(), again)?;
                    for id in ids.iter().filter(|_| is(Breakage::ForgetWhenPut)) {
                        step.tx.delete_outbox(*id)?;
                    }
                    for (conversation, place) in places {
                        step.tx.set_sent_if_queued(*conversation, *place)?;
                    }
                    let mut touched = places.iter().map(|(id, _)| *id).collect::<Vec<_>>();
                    touched.dedup();
                    for id in touched {
                        if is(Breakage::DeliveredWhenPut) {
                            step.tx.deliver_up_to(id, DeviceNumber(1), u64::MAX >> 1)?;
                        }
                        super::step::touch(step.tx, super::step::Changed::Conversation(id))?;
                    }
                    Ok(())
                });
                if noted.is_err() {
                    // It is put again, but not at once: the store may stay as it is for a while.
                    self.hold_for(mailbox.0, STORE_SECS, QueueReason::Sending, now, rng);
                }
                noted
            }
            Ok(Response::Refused(Refusal::Malformed | Refusal::Conflict)) => {
                let place = places.first().map(|(_, place)| *place);
                self.take_refusal(mailbox, conversation, (ids, place), now, rng)
            }
            Ok(other) => {
                let before = self.holds.get(&mailbox.0).map(|(_, reason)| *reason);
                match other {
                    Response::Refused(refusal) => {
                        self.hold(mailbox.0, refusal, now, rng);
                        if refusal == Refusal::NotFound {
                            let moved =
                                self.step(now, rng, |step| earlier::take_lost(step, mailbox))?;
                            self.drain.extend(moved);
                        }
                    }
                    _ => {
                        let reason = QueueReason::RelayMisbehaves;
                        self.hold_for(mailbox.0, NONSENSE_SECS, reason, now, rng);
                    }
                }
                if self.holds.get(&mailbox.0).map(|(_, reason)| *reason) == before {
                    return Ok(());
                }
                self.show_again(conversation)
            }
        }
    }

    /// Waits after a refusal; what was refused is kept.
    fn hold(&mut self, key: [u8; 32], refusal: Refusal, now: Now, rng: &mut dyn CryptoRng) {
        let (seconds, reason) = match refusal {
            Refusal::RelayFull { retry_after }
            | Refusal::SlowDown { retry_after }
            | Refusal::Failed { retry_after } => (retry_after, QueueReason::Full),
            Refusal::MailboxFull | Refusal::PileFull => (0, QueueReason::Full),
            Refusal::NotFound | Refusal::TicketRefused => {
                (UNREACHABLE_SECS, QueueReason::ContactUnreachable)
            }
            Refusal::UnsupportedVersion => (UNREACHABLE_SECS, QueueReason::RelayVersion),
            Refusal::Malformed | Refusal::Conflict => (UNREACHABLE_SECS, QueueReason::Refused),
        };
        self.hold_for(key, seconds, reason, now, rng);
    }

    pub(crate) fn hold_for(
        &mut self,
        key: [u8; 32],
        seconds: u32,
        reason: QueueReason,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) {
        let (backoff, known) = self
            .holds
            .entry(key)
            .or_insert((Backoff::default(), reason));
        *known = reason;
        backoff.fail(seconds, now, rng);
    }
}
