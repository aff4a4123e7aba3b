//! From committed state to requests: jobs, outbox, acknowledgements, streams. Run after every commit.

use std::collections::BTreeSet;

use rand_core::CryptoRng;
use tacita_wire::limits::MAX_WATCHED;
use tacita_wire::{Decode, MailboxId, Request, Subscription, Ticket};

use super::effect::{Effect, RelayLocator};
use super::engine::Engine;
use super::error::ClientError;
use super::flight::Flight;
use super::input::Now;
use super::jobs;
use super::view::ConversationId;
use crate::store::OutboxRow;

impl Engine {
    /// Sends off all that is ready and may go now. A part that fails keeps none of the others from it.
    pub(crate) fn pump(&mut self, now: Now, rng: &mut dyn CryptoRng) -> Result<(), ClientError> {
        let parts = [
            self.pump_receipts(now, rng),
            self.pump_waiting(now, rng),
            self.pump_profiles(now, rng),
            self.pump_jobs(now),
            self.pump_outbox(now, rng),
            self.read_watched(),
            self.pump_acks(now),
            self.pump_streams(now),
            self.pump_probes(now),
        ];
        parts.into_iter().collect()
    }

    fn may_fly(&self, relay: &RelayLocator, key: &[u8; 32], now: Now) -> bool {
        !self.is_offline
            && !self.busy.contains(key)
            && self
                .holds
                .get(key)
                .is_none_or(|(backoff, _)| backoff.is_due(now))
            && self.relays.is_due(relay, now)
    }

    fn pump_jobs(&mut self, now: Now) -> Result<(), ClientError> {
        let due = self
            .store
            .read(|tx| -> Result<_, ClientError> { Ok(tx.first_jobs()?) })?;
        for job in due {
            let relay = jobs::relay_of(&job);
            if !self.may_fly(&relay, &job.group, now) {
                continue;
            }
            let Ok(request) = Request::from_bytes(&job.request) else {
                // Its group stands still; the others do not.
                continue;
            };
            self.busy.insert(job.group);
            self.fly(&relay, request, Flight::Job { job });
        }
        Ok(())
    }

    fn pump_outbox(&mut self, now: Now, rng: &mut dyn CryptoRng) -> Result<(), ClientError> {
        let targets = self
            .store
            .read(|tx| -> Result<_, ClientError> { Ok(tx.outbox_targets()?) })?;
        for (mailbox, address, root) in targets {
            let relay = RelayLocator { address, root };
            if !self.may_fly(&relay, &mailbox.0, now) {
                continue;
            }
            let read = self.store.read(|tx| {
                let (mut batch, damaged) = self.read_batch(tx, mailbox, now)?;
                if let Some(first) = batch.first()
                    // Our own mailbox for it must exist before it is told of it.
                    && tx.is_our_mailbox_live(first.peer)? == Some(false)
                {
                    batch.clear();
                }
                Ok((batch, damaged))
            });
            let (batch, damaged) = match read {
                // This contact's rows do not read back; others' envelopes go.
                Err(ClientError::RowDamaged) => continue,
                read => read?,
            };
            self.set_damaged_aside(&damaged, now, rng)?;
            self.put(&relay, mailbox, batch);
        }
        Ok(())
    }

    fn put(&mut self, relay: &RelayLocator, mailbox: MailboxId, batch: Vec<OutboxRow>) {
        let Some(first) = batch.first() else { return };
        let write = first.descriptor.write.clone();
        let conversation = ConversationId(first.peer.account);
        let ids = batch.iter().map(|row| row.id).collect();
        let places = batch
            .iter()
            .filter_map(|row| Some((ConversationId(row.peer.account), row.place?)))
            .collect();
        let envelopes = batch.into_iter().map(|row| row.envelope).collect();
        let request = Request::Put {
            ticket: Ticket::Open,
            mailbox,
            write,
            envelopes,
        };
        self.busy.insert(mailbox.0);
        let flight = Flight::Put {
            mailbox,
            conversation,
            ids,
            places,
        };
        self.fly(relay, request, flight);
    }

    /// Live mailboxes by relay, as the store has them.
    fn read_watched(&mut self) -> Result<(), ClientError> {
        if !self.watched_is_stale {
            return Ok(());
        }
        let rows = self
            .store
            .read(|tx| -> Result<_, ClientError> { Ok(tx.list_mailboxes()?) })?;
        for set in self.watched.values_mut() {
            set.clear();
        }
        for row in rows {
            if row.cursor > self.acked.get(&row.id).copied().unwrap_or(0) {
                self.to_ack.insert(row.id);
            }
            let relay = RelayLocator {
                address: row.address,
                root: row.root,
            };
            let set = self.watched.entry(relay).or_default();
            if row.live && set.len() < MAX_WATCHED {
                set.insert(row.id);
            }
        }
        self.watched_is_stale = false;
        self.compare_watch_list();
        Ok(())
    }

    fn pump_acks(&mut self, now: Now) -> Result<(), ClientError> {
        if self.is_offline {
            return Ok(());
        }
        let candidates: Vec<MailboxId> = self.to_ack.iter().copied().collect();
        for id in candidates {
            let row = self
                .store
                .read(|tx| -> Result<_, ClientError> { Ok(tx.load_mailbox(id)?) });
            let row = match row {
                Ok(Some(row)) => row,
                Ok(None) | Err(ClientError::RowDamaged) => {
                    self.to_ack.remove(&id);
                    continue;
                }
                Err(error) => return Err(error),
            };
            let relay = RelayLocator {
                address: row.address,
                root: row.root,
            };
            let in_flight = self
                .flights
                .values()
                .any(|(_, flight)| matches!(flight, Flight::Ack { mailbox, .. } if *mailbox == id));
            let is_held = self
                .holds
                .get(&id.0)
                .is_some_and(|(backoff, _)| !backoff.is_due(now));
            if in_flight || is_held || !self.relays.is_due(&relay, now) {
                continue;
            }
            self.to_ack.remove(&id);
            if row.cursor > self.acked.get(&id).copied().unwrap_or(0) {
                let request = Request::Ack {
                    read: row.read,
                    up_to: row.cursor,
                };
                self.fly(
                    &relay,
                    request,
                    Flight::Ack {
                        mailbox: id,
                        up_to: row.cursor,
                    },
                );
            }
        }
        Ok(())
    }

    /// One stream per relay, opened anew when the mailboxes that it should carry are others.
    fn pump_streams(&mut self, now: Now) -> Result<(), ClientError> {
        let wanted: Vec<(RelayLocator, BTreeSet<MailboxId>)> = self
            .watched
            .iter()
            .map(|(relay, set)| (relay.clone(), set.clone()))
            .collect();
        for (relay, set) in wanted {
            let due = !self.is_offline && self.relays.is_due(&relay, now);
            let entry = self.relays.entry(&relay);
            let is_right = entry.stream.number.is_some() && entry.stream.mailboxes == set;
            if is_right || !due || (set.is_empty() && entry.stream.number.is_none()) {
                continue;
            }
            let subscriptions = self.store.read(|tx| -> Result<_, ClientError> {
                let mut subscriptions = Vec::with_capacity(set.len());
                for id in &set {
                    if let Some(row) = tx.load_mailbox(*id)? {
                        subscriptions.push((
                            *id,
                            Subscription {
                                read: row.read,
                                after: row.cursor,
                            },
                        ));
                    }
                }
                Ok(subscriptions)
            })?;
            let stream = self.next();
            let entry = self.relays.entry(&relay);
            entry.stream.caught_up = false;
            entry.stream.number = (!set.is_empty()).then_some(stream);
            entry.stream.mailboxes = set;
            self.effects.push_back(Effect::Watch {
                relay,
                stream,
                subscriptions,
            });
        }
        Ok(())
    }
}
