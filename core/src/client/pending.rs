//! Calls that wait for the network, and how they end.

use rand_core::CryptoRng;
use tacita_wire::{PileId, Refusal, Response};

use super::effect::{CallId, CallOutcome, Effect, RelayLocator};
use super::engine::Engine;
use super::error::ClientError;
use super::flight::Call;
use super::input::{NetFailure, Now};
use super::invite;
use super::view::{InvitationId, InvitationState, RelayState, Revocation};

impl Engine {
    pub(crate) fn new_call(&mut self) -> CallId {
        CallId(self.next())
    }

    pub(crate) fn finish(&mut self, call: CallId, outcome: Result<CallOutcome, ClientError>) {
        self.effects.push_back(Effect::Finished { call, outcome });
    }

    /// Ends the calls whose jobs are done, or stand still.
    pub(crate) fn end_waiting_calls(
        &mut self,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), ClientError> {
        for (call, what) in self.calls.clone() {
            let outcome = match what {
                Call::Invitation(id) => self.outcome_of_invitation(id, now, rng)?,
                Call::Revocation { relay, pile } => self.outcome_of_revocation(&relay, pile)?,
                Call::Departure => self
                    .departure()?
                    .map(|departure| Ok(CallOutcome::Departure(departure))),
            };
            if let Some(outcome) = outcome {
                self.calls.remove(&call);
                self.finish(call, outcome);
            }
        }
        Ok(())
    }

    fn outcome_of_invitation(
        &self,
        id: InvitationId,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<Option<Result<CallOutcome, ClientError>>, ClientError> {
        let found = self.step(now, rng, |step| {
            let Some(row) = step.tx.load_invitation(id)? else {
                return Ok(None);
            };
            let relay = RelayLocator {
                address: row.address.clone(),
                root: row.root,
            };
            let pile = invite::link_of(step, &row).pile_id();
            Ok(Some((invite::view_of(step, &row), relay, pile)))
        })?;
        let Some((view, relay, pile)) = found else {
            // Revoked while it was being published.
            return Ok(Some(Err(ClientError::NotFound)));
        };
        let is_over =
            view.state != InvitationState::Publishing || self.stands_still(&relay, &pile.0);
        Ok(is_over.then_some(Ok(CallOutcome::Invitation(view))))
    }

    fn outcome_of_revocation(
        &self,
        relay: &RelayLocator,
        pile: PileId,
    ) -> Result<Option<Result<CallOutcome, ClientError>>, ClientError> {
        let is_queued = self
            .store
            .read(|tx| -> Result<_, ClientError> { Ok(tx.has_jobs(pile.0)?) })?;
        let revocation = if !is_queued {
            Revocation::Done
        } else if self.stands_still(relay, &pile.0) {
            Revocation::Queued
        } else {
            return Ok(None);
        };
        Ok(Some(Ok(CallOutcome::Revocation(revocation))))
    }

    /// Whether a group of jobs, or a mailbox's envelopes, cannot go now.
    pub(crate) fn stands_still(&self, relay: &RelayLocator, key: &[u8; 32]) -> bool {
        self.is_offline
            || matches!(
                self.relays.state(relay),
                RelayState::Offline | RelayState::WrongKey
            )
            || self.holds.contains_key(key)
    }

    /// Our relay does not take our tickets any more: no invitation can be made.
    pub(crate) fn refuse_invitation_calls(&mut self) {
        for (call, what) in self.calls.clone() {
            if matches!(what, Call::Invitation(_)) {
                self.calls.remove(&call);
                self.finish(call, Err(ClientError::RelayRefused));
            }
        }
    }

    /// What a failed request means to the caller of a call.
    pub(crate) fn call_error(
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
}
