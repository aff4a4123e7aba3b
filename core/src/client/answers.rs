//! What comes in: answers to requests, frames of streams, the tick of the clock.

use rand_core::CryptoRng;
use tacita_wire::{MailboxId, Refusal, RelayLink, Response};

use super::effect::{CallId, CallOutcome, RelayLocator};
use super::engine::{Call, Engine};
use super::error::ClientError;
use super::input::{Input, NetFailure, Now, StreamEvent};
use super::jobs::{self, JobKind};
use super::relays::Backoff;
use super::step::Step;
use super::view::{ConversationId, InvitationId, QueueReason};
use super::{accept, account, receive, upkeep};
use crate::protocol::ids::Hour;
use crate::protocol::invitation::InvitationLink;
use crate::store::JobRow;

/// Envelopes worked through in one transaction.
const RECEIVE_BATCH: usize = 64;
/// Milliseconds before the same bytes are put again at the earliest.
const PUT_AGAIN_MS: u64 = 60_000;
/// Hours without news of our relay after which contacts are told that we are back.
const AWAY_HOURS: u32 = 24;
/// Seconds to wait when a contact's mailbox does not exist.
const UNREACHABLE_SECS: u32 = 3600;
/// Seconds to wait when a relay answers what the request does not allow.
const NONSENSE_SECS: u32 = 60;
/// Seconds to wait when what a relay answered could not be stored.
const STORE_SECS: u32 = 1;

/// What a request in flight was for.
pub(crate) enum Flight {
    /// To learn whether the relay is there and takes us.
    Hello {
        call: CallId,
        link: RelayLink,
        name: String,
    },
    /// To get an entry of a pile.
    Claim {
        calls: Vec<CallId>,
        link: InvitationLink,
    },
    /// A durable job.
    Job { job: JobRow },
    /// Envelopes of the outbox.
    Put {
        mailbox: MailboxId,
        ids: Vec<i64>,
        places: Vec<(ConversationId, u64)>,
    },
    /// An acknowledgement.
    Ack { mailbox: MailboxId, up_to: u64 },
}

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
            Input::NetworkBack => self.relays.cut_waits_short(),
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
            Ok(_) => self.relays.succeeded(relay),
            Err(why) => self.relays.failed(relay, *why, now, rng),
        };
        if changed {
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
                Ok(())
            }
            Flight::Job { job } => self.take_job(job, result, now, rng),
            Flight::Put {
                mailbox,
                ids,
                places,
            } => self.take_put(mailbox, &ids, &places, result, now, rng),
            Flight::Ack { mailbox, up_to } => {
                match result {
                    Ok(Response::Done) => {
                        self.acked.insert(mailbox, up_to);
                        self.to_ack.insert(mailbox);
                        self.holds.remove(&mailbox.0);
                    }
                    Ok(Response::Refused(Refusal::NotFound)) => {}
                    Ok(Response::Refused(refusal)) => {
                        self.to_ack.insert(mailbox);
                        self.hold(mailbox.0, refusal, now, rng);
                    }
                    Ok(_) => {
                        self.to_ack.insert(mailbox);
                        self.hold_for(mailbox.0, NONSENSE_SECS, QueueReason::Full, now, rng);
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
                let mut outcome = self.step(now, rng, |step| accept::finish(step, link, &entry));
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

    /// What a failed request means to the caller of a call.
    fn call_error(
        &mut self,
        relay: &RelayLocator,
        result: Result<Response, NetFailure>,
        now: Now,
    ) -> ClientError {
        match result {
            Err(NetFailure::Unreachable) => {
                let left = self.relays.entry(relay).backoff.seconds_left(now);
                ClientError::Offline {
                    retry_after: left.max(1),
                }
            }
            Err(NetFailure::WrongKey) => ClientError::WrongRelayKey,
            Ok(Response::Refused(Refusal::TicketRefused)) => ClientError::RelayRefused,
            Ok(Response::Refused(
                Refusal::RelayFull { retry_after }
                | Refusal::SlowDown { retry_after }
                | Refusal::Failed { retry_after },
            )) => ClientError::RelayBusy { retry_after },
            Err(NetFailure::Nonsense) | Ok(_) => ClientError::RelayMisbehaved,
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
                self.hold_for(job.group, NONSENSE_SECS, QueueReason::Full, now, rng);
                Ok(())
            }
        }
    }

    /// A pile that should be there is not: publish its invitation anew.
    fn take_lost_object(
        &mut self,
        job: &JobRow,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), ClientError> {
        // A relay that says so again and again is not asked more often for it.
        self.hold_for(job.group, NONSENSE_SECS, QueueReason::Full, now, rng);
        self.step(now, rng, |step| {
            step.tx.delete_job(job.id)?;
            match JobKind::from_code(job.kind) {
                JobKind::LastOfInvitation | JobKind::CountPile => {
                    let id: [u8; 16] = job
                        .reference
                        .as_slice()
                        .try_into()
                        .map_err(|_| ClientError::StoreFailed)?;
                    step.tx.delete_jobs_of(job.group)?;
                    upkeep::republish(step, InvitationId(id))
                }
                JobKind::Plain | JobKind::CreateMailbox => Ok(()),
            }
        })
    }

    fn refuse_invitation_calls(&mut self) {
        let waiting: Vec<CallId> = self
            .calls
            .iter()
            .map(|(call, Call::Invitation(_))| *call)
            .collect();
        for call in waiting {
            self.calls.remove(&call);
            self.finish(call, Err(ClientError::RelayRefused));
        }
    }

    fn take_put(
        &mut self,
        mailbox: MailboxId,
        ids: &[i64],
        places: &[(ConversationId, u64)],
        result: Result<Response, NetFailure>,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), ClientError> {
        self.busy.remove(&mailbox.0);
        match result {
            Err(_) => Ok(()),
            Ok(Response::Done) => {
                self.holds.remove(&mailbox.0);
                let noted = self.step(now, rng, |step| {
                    let again = now.ms.saturating_add(PUT_AGAIN_MS);
                    step.tx.mark_put(ids, now.hour(), again)?;
                    for (conversation, place) in places {
                        step.tx.set_sent_if_queued(*conversation, *place)?;
                    }
                    let mut touched = places.iter().map(|(id, _)| *id).collect::<Vec<_>>();
                    touched.dedup();
                    for id in touched {
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
            Ok(Response::Refused(refusal)) => {
                self.hold(mailbox.0, refusal, now, rng);
                Ok(())
            }
            Ok(_) => {
                self.hold_for(mailbox.0, NONSENSE_SECS, QueueReason::Full, now, rng);
                Ok(())
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
            Refusal::NotFound
            | Refusal::TicketRefused
            | Refusal::Malformed
            | Refusal::UnsupportedVersion
            | Refusal::Conflict => (UNREACHABLE_SECS, QueueReason::ContactUnreachable),
        };
        self.hold_for(key, seconds, reason, now, rng);
    }

    fn hold_for(
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

    fn take_stream(
        &mut self,
        relay: &RelayLocator,
        event: StreamEvent,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), ClientError> {
        match event {
            StreamEvent::Envelopes(envelopes) => {
                for batch in envelopes.chunks(RECEIVE_BATCH) {
                    self.step(now, rng, |step| receive::receive(step, batch))?;
                    self.to_ack.extend(batch.iter().map(|(id, _)| *id));
                }
                self.note_receipts_owed(now);
                self.watched_is_stale = true;
                self.note_online(relay)
            }
            StreamEvent::CaughtUp { hour } => {
                let is_ours = self.me.as_ref().is_some_and(|me| {
                    me.relay.address == relay.address && me.relay.root == relay.root
                });
                if is_ours {
                    self.clock_is_off = account::check_clock(now, hour).is_err();
                }
                if is_ours && self.step(now, rng, |step| note_hour(step, Hour(hour)))? {
                    self.note_receipts_owed(now);
                }
                self.note_online(relay)
            }
            StreamEvent::Gone(mailbox) => self
                .step(now, rng, |step| {
                    let Some(mut row) = step.tx.load_mailbox(mailbox)? else {
                        return Ok(());
                    };
                    row.live = false;
                    // A mailbox made anew counts from the start.
                    row.cursor = 0;
                    step.tx.save_mailbox(&row)?;
                    jobs::push_create_mailbox(step, &row, row.id.0)
                })
                .map(|()| {
                    self.acked.remove(&mailbox);
                    self.watched_is_stale = true;
                }),
            StreamEvent::Closed(why) => {
                self.relays.entry(relay).stream = super::relays::Stream::default();
                if self.relays.failed(relay, why, now, rng) {
                    self.note_relay_changed(relay)?;
                }
                Ok(())
            }
        }
    }

    fn note_online(&mut self, relay: &RelayLocator) -> Result<(), ClientError> {
        if self.relays.succeeded(relay) {
            self.note_relay_changed(relay)
        } else {
            Ok(())
        }
    }
}

/// Notes our relay's hour. After a day or more away every contact is told what we have, so that those who
/// stopped sending go on; true if so.
fn note_hour(step: &mut Step<'_, '_>, hour: Hour) -> Result<bool, ClientError> {
    let heard = step
        .tx
        .load_account()?
        .map_or(hour, |account| account.relay_hour);
    step.tx.set_relay_hour(hour)?;
    if hour.hours_since(heard) < AWAY_HOURS {
        return Ok(false);
    }
    for mut peer in step.tx.all_peers()? {
        peer.owes_receipt = true;
        step.tx.save_peer(&peer)?;
    }
    Ok(true)
}
