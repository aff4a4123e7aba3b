//! A device in the model: its sessions, prekeys, counters, and what it has opened.

use std::collections::{BTreeMap, BTreeSet};

use tacita_core::protocol::{Hour, TranscriptHash};

use super::end::{End, Opening};
use super::rule::rule;
use super::{DeviceId, Handshake, Ledger, Message, MessageId, Refusal};
use crate::device::{MAX_INITIAL, Mailbox, SKIPPED_DAYS};
use crate::prekeys::KEPT_DAYS;

#[derive(Clone, Default)]
pub struct ModelDevice {
    pub ends: BTreeMap<TranscriptHash, End>,
    /// Private halves, and when they were made.
    pub prekeys: BTreeMap<u32, Hour>,
    pub accepted: BTreeMap<TranscriptHash, Hour>,
    pub sent: BTreeMap<DeviceId, u64>,
    pub received: BTreeMap<DeviceId, BTreeSet<u64>>,
    pub opened: BTreeSet<MessageId>,
}

/// What must come of a delivery.
#[derive(Clone, Debug)]
pub struct Delivered {
    pub opening: Opening,
    pub accepted: bool,
    pub is_new: bool,
}

/// What the next message to a peer must be.
#[derive(Clone, Debug)]
pub struct Planned {
    pub th: TranscriptHash,
    pub chain: super::ChainId,
    pub chains: u32,
    pub n: u32,
    pub previous_length: u32,
    pub counter: u64,
    pub seen_up_to: u64,
    pub initial: bool,
}

impl ModelDevice {
    pub fn begin(&mut self, ledger: &mut Ledger, handshake: Handshake, now: Hour) {
        let Handshake {
            th,
            from,
            to,
            replaces,
            ..
        } = handshake;
        let end = End::initiator(ledger, th, (from, to), replaces, now);
        self.ends.insert(th, end);
        self.rule(to, now);
        ledger.handshakes.push(handshake);
    }

    fn rule(&mut self, peer: DeviceId, now: Hour) {
        for gone in rule(&self.ends, peer, now).1 {
            self.ends.remove(&gone);
        }
    }

    /// Takes the place of the next message to `peer`; none if nothing may be sent.
    pub fn send(&mut self, peer: DeviceId, now: Hour) -> Option<Planned> {
        let th = rule(&self.ends, peer, now).0?;
        let end = self.ends.get_mut(&th)?;
        if end.unanswered.is_some_and(|sent| sent >= MAX_INITIAL) {
            return None;
        }
        let sending = end.sending.as_mut()?;
        let counter = self.sent.entry(peer).or_default();
        *counter += 1;
        let mut seen_up_to = 0;
        if let Some(received) = self.received.get(&peer) {
            while received.contains(&(seen_up_to + 1)) {
                seen_up_to += 1;
            }
        }
        let planned = Planned {
            th,
            chain: sending.chain,
            chains: end.sending_chains,
            n: sending.n,
            previous_length: sending.previous_length,
            counter: *counter,
            seen_up_to,
            initial: end.unanswered.is_some(),
        };
        sending.n += 1;
        if let Some(sent) = &mut end.unanswered {
            *sent += 1;
        }
        Some(planned)
    }

    /// Takes a message that comes whole.
    pub fn receive(
        &mut self,
        us: DeviceId,
        mailbox: Mailbox,
        id: MessageId,
        message: &Message,
        now: Hour,
        ledger: &mut Ledger,
    ) -> Result<Delivered, Refusal> {
        let due = match message.initial {
            true => Mailbox::Contact,
            false => Mailbox::Pair,
        };
        if mailbox != due || message.to != us {
            return Err(Refusal::NotForUs);
        }
        let accepted = message.initial && self.accept(us, message, now, ledger)?;
        let th = message.th;
        let result = match self.ends.get_mut(&th) {
            Some(end) => end.open(message, now, ledger),
            None => Err(Refusal::NoSession),
        };
        let opening = match result {
            Ok(opening) => opening,
            Err(refusal) => {
                if accepted {
                    self.ends.remove(&th);
                }
                return Err(refusal);
            }
        };
        if accepted {
            self.accepted.insert(th, now);
            if let Some(handshake) = ledger.handshake(&th)
                && let Some(opk) = handshake.prekeys.opk
            {
                self.prekeys.remove(&opk);
                self.prekeys.remove(&handshake.prekeys.kem);
            }
            self.rule(message.from, now);
        }
        self.opened.insert(id);
        let received = self.received.entry(message.from).or_default();
        Ok(Delivered {
            opening,
            accepted,
            is_new: received.insert(message.counter),
        })
    }

    /// Whether the fields of an initial envelope begin a session here.
    fn accept(
        &mut self,
        us: DeviceId,
        message: &Message,
        now: Hour,
        ledger: &Ledger,
    ) -> Result<bool, Refusal> {
        let Some(handshake) = ledger.handshake(&message.th) else {
            return Err(Refusal::NoSession);
        };
        let used = &handshake.prekeys;
        let has = |id: u32| self.prekeys.contains_key(&id);
        if !has(used.contact) {
            return Err(Refusal::NoPrekeys);
        }
        if self.accepted.contains_key(&message.th) {
            return Ok(false);
        }
        if !has(used.spk) || !has(used.kem) || !used.opk.is_none_or(has) {
            return Err(Refusal::NoPrekeys);
        }
        let ends = (us, message.from);
        let end = End::responder(message.th, ends, handshake.replaces, now);
        self.ends.insert(message.th, end);
        Ok(true)
    }

    /// What is too old goes. Renewed prekeys come in from the device.
    pub fn upkeep(&mut self, now: Hour) {
        self.prekeys
            .retain(|_, made| now <= made.plus_days(KEPT_DAYS));
        self.accepted
            .retain(|_, since| now <= since.plus_days(KEPT_DAYS));
        for end in self.ends.values_mut() {
            end.kept
                .retain(|_, (_, since)| now <= since.plus_days(SKIPPED_DAYS));
        }
        let peers: BTreeSet<_> = self.ends.values().map(|end| end.peer).collect();
        for peer in peers {
            self.rule(peer, now);
        }
    }
}
