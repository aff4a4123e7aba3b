//! Held streams: what their frames bring, and how they end.

use std::collections::BTreeMap;

use rand_core::CryptoRng;
use tacita_wire::{MailboxId, StoredEnvelope};

use super::effect::RelayLocator;
use super::engine::Engine;
use super::error::ClientError;
use super::input::{Now, StreamEvent};
use super::receive::{self, Source};
use super::step::Step;
use super::{account, jobs};
use crate::protocol::ids::Hour;
use crate::store::sabotage::{Breakage, is};

/// Envelopes worked through in one transaction.
const RECEIVE_BATCH: usize = 64;
/// Hours without news of our relay after which contacts are told that we are back.
const AWAY_HOURS: u32 = 24;

impl Engine {
    pub(super) fn take_stream(
        &mut self,
        relay: &RelayLocator,
        event: StreamEvent,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), ClientError> {
        match event {
            StreamEvent::Envelopes(envelopes) => {
                for batch in envelopes.chunks(RECEIVE_BATCH) {
                    self.take_envelopes(Some(relay), batch, now, rng)?;
                }
                self.note_receipts_owed(now, rng);
                self.watched_is_stale = true;
                self.note_online(relay, now)
            }
            StreamEvent::CaughtUp { hour } => {
                self.relays.entry(relay).stream.caught_up = true;
                let is_ours = self.our_relay().as_ref() == Some(relay);
                if is_ours {
                    self.clock_is_off = account::check_clock(now, hour).is_err();
                    self.has_read = true;
                    self.may_look_for_silence = true;
                }
                if is_ours && self.step(now, rng, |step| note_hour(step, Hour(hour)))? {
                    self.note_receipts_owed(now, rng);
                }
                self.note_online(relay, now)
            }
            StreamEvent::Gone(_) if is(Breakage::GoneIgnored) => Ok(()),
            StreamEvent::Gone(mailbox) => self.read_anew(mailbox, now, rng).map(drop),
            StreamEvent::Closed(why) => {
                self.relays.entry(relay).stream = super::relays::Stream::default();
                if self.relays.failed(relay, why, now, rng) {
                    self.note_relay_changed(relay)?;
                }
                Ok(())
            }
        }
    }

    /// A relay does not know a mailbox of ours, or has not given out the numbers that we have of it: it is made again,
    /// which changes nothing if it is there, and read from the start. False if that is on its way, or it is ours no more.
    pub(super) fn read_anew(
        &mut self,
        mailbox: MailboxId,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<bool, ClientError> {
        let is_begun = self.step(now, rng, |step| {
            let known = step.tx.load_mailbox(mailbox)?;
            let Some(mut row) = known.filter(|row| row.live) else {
                return Ok(false);
            };
            row.live = false;
            row.cursor = 0;
            step.tx.save_mailbox(&row)?;
            jobs::push_create_mailbox(step, &row, row.id.0)?;
            Ok(true)
        })?;
        self.acked.remove(&mailbox);
        self.watched_is_stale = true;
        Ok(is_begun)
    }

    /// Takes in what a relay's stream brought, or the inbox.
    pub(super) fn take_envelopes(
        &mut self,
        relay: Option<&RelayLocator>,
        batch: &[(MailboxId, StoredEnvelope)],
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), ClientError> {
        match self.take_batch(relay, batch, now, rng) {
            Err(ClientError::RowDamaged) => self.take_apart(relay, batch, now, rng),
            taken => taken,
        }
    }

    fn take_batch(
        &mut self,
        relay: Option<&RelayLocator>,
        batch: &[(MailboxId, StoredEnvelope)],
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), ClientError> {
        let source = relay.map_or(Source::Inbox, |_| Source::Stream);
        let received = self.step(now, rng, |step| receive::receive(step, batch, source))?;
        self.drain.extend(received.drain);
        if received.owes_profile {
            self.profiles.look(now);
        }
        // What the inbox has was put at some time: whoever wrote may have stopped long ago.
        let is_live = relay.is_some_and(|relay| self.relays.entry(relay).stream.caught_up);
        self.take_heard(&received.heard, is_live, now)?;
        if relay.is_some() {
            self.to_ack.extend(batch.iter().map(|(id, _)| *id));
        }
        Ok(())
    }

    /// Takes in a batch by mailbox: where rows about a contact do not read back, what it sent stays at the relay.
    fn take_apart(
        &mut self,
        relay: Option<&RelayLocator>,
        batch: &[(MailboxId, StoredEnvelope)],
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), ClientError> {
        let mut parts: BTreeMap<MailboxId, Vec<(MailboxId, StoredEnvelope)>> = BTreeMap::new();
        for (id, stored) in batch {
            parts.entry(*id).or_default().push((*id, stored.clone()));
        }
        for part in parts.values() {
            match self.take_batch(relay, part, now, rng) {
                Err(ClientError::RowDamaged) => {}
                taken => taken?,
            }
        }
        Ok(())
    }

    /// Whether a stream of our relay is held that has brought all that there was.
    pub(super) fn is_caught_up(&self) -> bool {
        self.our_relay()
            .is_some_and(|relay| self.relays.is_caught_up(&relay))
    }

    /// The relay at which our mailboxes are made.
    fn our_relay(&self) -> Option<RelayLocator> {
        self.me.as_ref().map(|me| RelayLocator {
            address: me.relay.address.clone(),
            root: me.relay.root,
        })
    }

    fn note_online(&mut self, relay: &RelayLocator, now: Now) -> Result<(), ClientError> {
        self.is_offline = false;
        if self.relays.succeeded(relay) {
            self.profiles.look(now);
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
