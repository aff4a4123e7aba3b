//! A device with the real protocol in it, and a store that does what the protocol says a store must do.

use std::collections::BTreeMap;

use tacita_core::protocol::delivery::{Acceptance, ReceivedCounters};
use tacita_core::protocol::{
    DeviceAddress, DeviceKeys, Frame, HandshakeTarget, Hour, InitialFields, InitialId, MessageKey,
    PrekeyPair, ProtocolError, TranscriptHash, VerifiedDeviceLog, envelope_message,
    generate_account, initiate, open_initial, respond, seal_initial,
};
use tacita_wire::{Decode, MailboxId, Writer};

use super::dice::DeviceRng;
use super::held::{Begun, Held, Incoming, Outgoing};
use super::prekeys::{KEPT_DAYS, Prekeys, descriptor};
use super::sabotage::Sabotage;
use super::standing;

/// Days for which a store keeps a skipped key. PROTOCOL.md §22.2.
pub const SKIPPED_DAYS: u32 = 32;
/// Messages with initial fields. PROTOCOL.md §12.
pub const MAX_INITIAL: u32 = 20;

/// Where an envelope is handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mailbox {
    Contact,
    Pair,
}

pub struct Device {
    pub keys: DeviceKeys,
    pub log: VerifiedDeviceLog,
    pub mailbox: MailboxId,
    pub prekeys: Prekeys,
    pub held: BTreeMap<TranscriptHash, Held>,
    accepted: BTreeMap<InitialId, (TranscriptHash, InitialFields, Hour)>,
    sent: BTreeMap<DeviceAddress, u64>,
    received: BTreeMap<DeviceAddress, ReceivedCounters>,
    shown: BTreeMap<Vec<u8>, Incoming>,
    sabotage: Option<Sabotage>,
}

impl Device {
    pub fn new(
        number: u8,
        now: Hour,
        sabotage: Option<Sabotage>,
        rng: &mut DeviceRng,
    ) -> Result<Self, ProtocolError> {
        let account = generate_account(now, rng);
        Ok(Self {
            prekeys: Prekeys::generate(&account.device, now, rng)?,
            keys: account.device,
            log: account.log,
            mailbox: MailboxId([number + 1; 32]),
            held: BTreeMap::new(),
            accepted: BTreeMap::new(),
            sent: BTreeMap::new(),
            received: BTreeMap::new(),
            shown: BTreeMap::new(),
            sabotage,
        })
    }

    fn does(&self, sabotage: Sabotage) -> bool {
        self.sabotage == Some(sabotage)
    }

    pub fn address(&self) -> DeviceAddress {
        self.keys.address
    }

    /// Begins a session; its name.
    pub fn begin(
        &mut self,
        target: &HandshakeTarget,
        replaces: Option<TranscriptHash>,
        now: Hour,
        rng: &mut DeviceRng,
    ) -> Result<TranscriptHash, ProtocolError> {
        let reply = descriptor(self.mailbox)?;
        let begun = initiate(&self.keys, &self.log, target, &reply, replaces, now, rng)?;
        let th = begun.session.transcript();
        let held = Held {
            session: begun.session,
            keys: BTreeMap::new(),
            replaces,
            begun: Some(Begun {
                fields: begun.fields,
                contact_key: begun.contact_key,
                mailbox: begun.mailbox,
                sent: 0,
            }),
            created: now,
            last_opened: now,
        };
        self.held.insert(th, held);
        self.rule(target.address(), now);
        Ok(th)
    }

    /// Lets go of the sessions with this peer that the rule of PROTOCOL.md §18 lets go of.
    fn rule(&mut self, peer: DeviceAddress, now: Hour) {
        for gone in standing::rule(&self.held, peer, now).goes {
            self.held.remove(&gone);
        }
    }

    /// The next text to this peer; none if there is no session, or it has to be answered first.
    pub fn send(
        &mut self,
        peer: DeviceAddress,
        text: &[u8],
        now: Hour,
        rng: &mut DeviceRng,
    ) -> Result<Option<Outgoing>, ProtocolError> {
        let ruling = standing::rule(&self.held, peer, now);
        let mut th = ruling.sends;
        if self.does(Sabotage::HighestSends) {
            th = th.max(ruling.receives.last().copied());
        }
        let repeat = self.does(Sabotage::RepeatCounter);
        let Some((th, held)) = th.and_then(|th| Some((th, self.held.get_mut(&th)?))) else {
            return Ok(None);
        };
        let begun = held.begun.as_mut();
        if begun
            .as_ref()
            .is_some_and(|begun| begun.sent >= MAX_INITIAL)
        {
            return Ok(None);
        }
        let counter = self.sent.entry(peer).or_default();
        if !repeat || *counter == 0 {
            *counter += 1;
        }
        let frame = Frame {
            counter: *counter,
            seen_up_to: self.received.get(&peer).map_or(0, |seen| seen.up_to),
            kind: 2,
            body: text.to_vec(),
        };
        let (n, chain) = (held.session.chain_length(), held.session.chain_id());
        let initial = begun.is_some();
        let (envelope, message) = match begun {
            Some(begun) => {
                let message = held.session.encrypt_bare(&frame, rng)?;
                begun.sent += 1;
                let (fields, to) = (&begun.fields, &begun.contact_key);
                let envelope = seal_initial(fields, &message, to, begun.mailbox, rng)?;
                (envelope, message)
            }
            None => {
                let envelope = held.session.encrypt(&frame, rng)?;
                let message = envelope_message(&envelope)?.to_vec();
                (envelope, message)
            }
        };
        Ok(Some(Outgoing {
            th,
            initial,
            counter: frame.counter,
            seen_up_to: frame.seen_up_to,
            n,
            chain,
            envelope,
            message,
        }))
    }

    /// Takes an envelope from one of its mailboxes; none if it opens nowhere.
    pub fn receive(
        &mut self,
        mailbox: Mailbox,
        envelope: &[u8],
        now: Hour,
        rng: &mut DeviceRng,
    ) -> Option<Incoming> {
        let incoming = match mailbox {
            Mailbox::Pair => {
                let message = envelope_message(envelope).ok()?;
                let names: Vec<_> = self.held.keys().copied().collect();
                names
                    .into_iter()
                    .find_map(|th| self.open(th, message, now, rng))
            }
            Mailbox::Contact => self.receive_initial(envelope, now, rng),
        };
        if self.does(Sabotage::ShowRepeated) {
            return self.repeated(envelope, incoming);
        }
        incoming
    }

    fn repeated(&mut self, envelope: &[u8], incoming: Option<Incoming>) -> Option<Incoming> {
        if let Some(incoming) = incoming {
            self.shown.insert(envelope.to_vec(), incoming);
            self.shown.get(envelope).map(Incoming::copy)
        } else {
            self.shown.get(envelope).map(Incoming::copy)
        }
    }

    fn receive_initial(
        &mut self,
        envelope: &[u8],
        now: Hour,
        rng: &mut DeviceRng,
    ) -> Option<Incoming> {
        let (fields, message) = self.prekeys.contact_pairs().find_map(|pair| {
            let secret = pair.secret.contact().ok()?;
            open_initial(envelope, secret, self.mailbox).ok()
        })?;
        let id = fields.initial_id();
        if let Some((th, accepted, _)) = self.accepted.get(&id) {
            if *accepted != fields {
                return None;
            }
            return self.open(*th, &message, now, rng);
        }
        let find = |id: u32| self.prekeys.get(id).map(|pair| &**pair);
        let spk = find(fields.spk_id)?;
        let kem = find(fields.kem_id)?;
        let opk: Option<&PrekeyPair> = match fields.opk_id {
            Some(id) => Some(find(id)?),
            None => None,
        };
        let responded = respond(&self.keys, &self.log, &fields, spk, opk, kem).ok()?;
        let th = responded.session.transcript();
        if self.held.contains_key(&th) && !self.does(Sabotage::ForgetAcceptedHandshakes) {
            return None;
        }
        let held = Held {
            session: responded.session,
            keys: BTreeMap::new(),
            replaces: responded.replaces,
            begun: None,
            created: now,
            last_opened: now,
        };
        let before = self.held.insert(th, held);
        let Some(mut incoming) = self.open(th, &message, now, rng) else {
            self.held.remove(&th);
            before.and_then(|before| self.held.insert(th, before));
            return None;
        };
        incoming.accepted = true;
        if let (Some(opk), false) = (fields.opk_id, self.does(Sabotage::KeepOneTimePrekeys)) {
            self.prekeys.remove(opk);
            self.prekeys.remove(fields.kem_id);
        }
        if !self.does(Sabotage::ForgetAcceptedHandshakes) {
            self.accepted.insert(id, (th, fields, now));
        }
        self.rule(responded.their, now);
        Some(incoming)
    }

    /// Tries a message in one session, and stores what comes of it.
    fn open(
        &mut self,
        th: TranscriptHash,
        message: &[u8],
        now: Hour,
        rng: &mut DeviceRng,
    ) -> Option<Incoming> {
        let sabotage = self.sabotage;
        let held = self.held.get_mut(&th)?;
        let header = held.session.open_header(message).ok()?;
        let key = match header.skipped_key() {
            Some(id) => Some(held.keys.get(&id)?.0.clone()),
            None => None,
        };
        if let (Some(Sabotage::DeleteBeforeOpening), Some(id)) = (sabotage, header.skipped_key()) {
            held.keys.remove(&id);
        }
        let key = key.map(MessageKey::from_bytes);
        let opened = held.session.open_body(header, message, key, rng).ok()?;
        let stored = opened.store.iter().map(|(id, _)| *id).collect();
        held.store(&opened, now, sabotage);
        held.last_opened = now;
        held.begun = None;
        let received = self.received.entry(held.session.theirs()).or_default();
        Some(Incoming {
            th,
            is_new: received.accept(opened.frame.counter) == Acceptance::New,
            counter: opened.frame.counter,
            seen_up_to: opened.frame.seen_up_to,
            text: opened.frame.body,
            stored,
            used: opened.used,
            forget: opened.forget_chain,
            turned: opened.turned,
            accepted: false,
        })
    }

    /// As after a restart: everything was read back from its stored form.
    pub fn restarted(&self) -> Result<Self, ProtocolError> {
        let mut held = BTreeMap::new();
        for (th, one) in &self.held {
            held.insert(*th, one.restarted()?);
        }
        Ok(Self {
            keys: DeviceKeys::from_bytes(&self.keys.to_secret_bytes())?,
            log: self.log.clone(),
            mailbox: self.mailbox,
            prekeys: self.prekeys.restarted()?,
            held,
            accepted: self.accepted.clone(),
            sent: self.sent.clone(),
            received: self.received.clone(),
            shown: BTreeMap::new(),
            sabotage: self.sabotage,
        })
    }

    /// Upkeep: what is too old goes, prekeys are renewed.
    pub fn upkeep(&mut self, now: Hour, rng: &mut DeviceRng) -> Result<(), ProtocolError> {
        self.prekeys.renew(&self.keys, now, rng)?;
        self.accepted
            .retain(|_, (_, _, since)| now <= since.plus_days(KEPT_DAYS));
        if !self.does(Sabotage::KeepExpiredKeys) {
            for held in self.held.values_mut() {
                held.keys
                    .retain(|_, (_, since)| now <= since.plus_days(SKIPPED_DAYS));
            }
        }
        let peers: Vec<_> = self.held.values().map(|one| one.session.theirs()).collect();
        for peer in peers {
            self.rule(peer, now);
        }
        Ok(())
    }

    /// Everything that it would write, to compare.
    pub fn bytes(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(16_384);
        for (th, held) in &self.held {
            writer.put(th).put(&held.session);
            writer.u32(held.created.0).u32(held.last_opened.0);
            writer.u32(held.begun.as_ref().map_or(u32::MAX, |begun| begun.sent));
            for (id, (key, since)) in &held.keys {
                writer
                    .u32(id.chain)
                    .u32(id.n)
                    .raw(key.expose())
                    .u32(since.0);
            }
        }
        for (id, made) in self.prekeys.ids() {
            writer.u32(id).u32(made.0);
        }
        for (id, (th, _, since)) in &self.accepted {
            writer.put(id).put(th).u32(since.0);
        }
        for (peer, counter) in &self.sent {
            writer.put(peer).u64(*counter);
        }
        for (peer, counters) in &self.received {
            writer.put(peer).put(counters);
        }
        writer.finish()
    }
}
