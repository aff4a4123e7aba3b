//! A conversation: real devices and their models side by side, and a network that does harm.

use std::collections::BTreeMap;
use std::rc::Rc;

use tacita_core::protocol::{Frame, Hour};
use tacita_wire::Encode;

mod life;

use super::counts::Counts;
use super::device::{Device, Mailbox};
use super::dice::{DeviceRng, Dice};
use super::model::device::{Delivered, ModelDevice};
use super::model::{DeviceId, Handshake, Ledger, Message, MessageId, Pair, Refusal};
use super::names::{Name, Names};
use super::prekeys::Opening;
use super::sabotage::Sabotage;
use super::thief::KnownPair;

/// A check has failed: what was found.
pub type Violation = String;

/// Header nonce ‖ sealed header.
const HEAD_BYTES: usize = 24 + 2328;
const START: Hour = Hour(500_000);

pub struct World {
    pub devices: Vec<Device>,
    pub models: Vec<ModelDevice>,
    pub rngs: Vec<DeviceRng>,
    pub ledger: Ledger,
    pub envelopes: Vec<Rc<Vec<u8>>>,
    pub under_way: Vec<MessageId>,
    pub delivered: Vec<MessageId>,
    pub names: Names,
    /// Private halves of ratchet pairs, for a thief who has broken X25519 or ML-KEM.
    pub pairs: BTreeMap<Pair, KnownPair>,
    pub now: Hour,
    pub counts: Counts,
    pub trace: bool,
    sabotage: Option<Sabotage>,
    /// What a restart that comes up one step behind comes up with.
    behind: Option<(DeviceId, Device)>,
}

impl World {
    pub fn new(
        devices: usize,
        seed: u64,
        sabotage: Option<Sabotage>,
        trace: bool,
    ) -> Result<Self, Violation> {
        let mut world = Self {
            devices: Vec::new(),
            models: Vec::new(),
            rngs: Vec::new(),
            ledger: Ledger::default(),
            envelopes: Vec::new(),
            under_way: Vec::new(),
            delivered: Vec::new(),
            names: Names::default(),
            pairs: BTreeMap::new(),
            now: START,
            counts: Counts::default(),
            trace,
            sabotage,
            behind: None,
        };
        for number in 0..u8::try_from(devices).unwrap_or(u8::MAX) {
            let seed = seed.wrapping_mul(31).wrapping_add(u64::from(number));
            let mut rng = DeviceRng::new(seed, sabotage);
            let device = Device::new(number, START, sabotage, &mut rng);
            let device = device.map_err(|error| format!("an account: {error}"))?;
            let prekeys = device.prekeys.ids().collect();
            world.models.push(ModelDevice {
                prekeys,
                ..ModelDevice::default()
            });
            world.devices.push(device);
            world.rngs.push(rng);
        }
        Ok(world)
    }

    pub fn note(&self, text: impl FnOnce() -> String) {
        if self.trace {
            eprintln!("    {}", text());
        }
    }

    /// A session from one device to another.
    pub fn begin(
        &mut self,
        from: DeviceId,
        to: DeviceId,
        opening: Opening,
        replace: bool,
    ) -> Result<(), Violation> {
        let Device {
            prekeys,
            keys,
            log,
            mailbox,
            ..
        } = &mut self.devices[to];
        let rng = &mut self.rngs[to];
        let offer = prekeys.offer(opening, keys, log, *mailbox, self.now, rng);
        let (target, used) = offer.map_err(|error| format!("an offer: {error}"))?;
        for id in used.opk.into_iter().filter(|_| opening == Opening::OneTime) {
            self.models[to].prekeys.insert(id, self.now);
            self.models[to].prekeys.insert(used.kem, self.now);
        }
        let sends = super::model::rule::rule(&self.models[from].ends, to, self.now).0;
        let replaces = sends.filter(|_| replace);
        let rng = &mut self.rngs[from];
        let th = self.devices[from]
            .begin(&target, replaces, self.now, rng)
            .map_err(|error| format!("a beginning: {error}"))?;
        let handshake = Handshake {
            th,
            from,
            to,
            prekeys: used,
            replaces,
        };
        self.models[from].begin(&mut self.ledger, handshake, self.now);
        self.note(|| {
            format!(
                "{from} begins with {to} by {opening:?}, replaces {}",
                replaces.is_some()
            )
        });
        self.counts.one(match opening {
            Opening::OneTime => "begun: one-time entry of an invitation",
            Opening::LastResort => "begun: last resort of an invitation",
            Opening::Reconnect => "begun: reconnect record",
        });
        if replaces.is_some() {
            self.counts.one("begun: replaces another session");
        }
        self.check(from)?;
        self.check(to)
    }

    /// The next message to a peer. None if nothing may be sent now.
    pub fn send(
        &mut self,
        from: DeviceId,
        to: DeviceId,
        length: usize,
    ) -> Result<Option<MessageId>, Violation> {
        self.remember(from)?;
        let id = self.ledger.messages.len();
        let mut text = format!("message number {id:06}").into_bytes();
        text.resize(text.len().max(length), b'.');
        let peer = self.devices[to].address();
        let sent = self.devices[from].send(peer, &text, self.now, &mut self.rngs[from]);
        let sent = sent.map_err(|error| format!("sending: {error}"))?;
        let planned = self.models[from].send(to, self.now);
        let (sent, planned) = match (sent, planned) {
            (Some(sent), Some(planned)) => (sent, planned),
            (None, None) => {
                self.counts.one("not sent: no session, or no answer to 20");
                return Ok(None);
            }
            (sent, _) => {
                return Err(format!(
                    "sent although it may not, or not: {}",
                    sent.is_some()
                ));
            }
        };
        let same = sent.th == planned.th
            && (sent.initial, sent.n, sent.chain) == (planned.initial, planned.n, planned.chains)
            && (sent.counter, sent.seen_up_to) == (planned.counter, planned.seen_up_to);
        if !same {
            return Err(format!("message {id} is not the one that was due"));
        }
        let frame = Frame {
            counter: sent.counter,
            seen_up_to: sent.seen_up_to,
            kind: 2,
            body: text.clone(),
        };
        self.note_streams(id, &sent.message, &frame.to_bytes())?;
        self.ledger.messages.push(Message {
            th: planned.th,
            from,
            to,
            chain: planned.chain,
            n: planned.n,
            previous_length: planned.previous_length,
            counter: planned.counter,
            seen_up_to: planned.seen_up_to,
            text,
            initial: planned.initial,
        });
        self.note(|| {
            format!(
                "{from} sends {id} to {to}: chain {}, n {}",
                planned.chain, planned.n
            )
        });
        self.envelopes.push(Rc::new(sent.envelope));
        self.under_way.push(id);
        self.counts.one(match planned.initial {
            true => "sent: initial",
            false => "sent",
        });
        self.check(from)?;
        Ok(Some(id))
    }

    /// Nonces and keystreams never come twice.
    fn note_streams(
        &mut self,
        id: MessageId,
        message: &[u8],
        frame: &[u8],
    ) -> Result<(), Violation> {
        let mut nonce = [0; 32];
        nonce[..24].copy_from_slice(&message[..24]);
        self.names.note(Name::Nonce(id), nonce)?;
        let mut stream = [0; 32];
        let sealed = message[HEAD_BYTES..].iter().zip(frame);
        for (to, (sealed, plain)) in stream.iter_mut().zip(sealed) {
            *to = sealed ^ plain;
        }
        self.names.note(Name::Keystream(id), stream)
    }

    /// An envelope comes whole.
    pub fn deliver(
        &mut self,
        id: MessageId,
        to: DeviceId,
        mailbox: Mailbox,
    ) -> Result<Option<Refusal>, Violation> {
        self.remember(to)?;
        let message = self.ledger.messages[id].clone();
        let had_opened = self.models[to].opened.contains(&id);
        let now = self.now;
        let due = self.models[to].receive(to, mailbox, id, &message, now, &mut self.ledger);
        let before = due.is_err().then(|| self.devices[to].bytes());
        let envelope = Rc::clone(&self.envelopes[id]);
        let came = self.devices[to].receive(mailbox, &envelope, now, &mut self.rngs[to]);
        self.note(|| format!("{id} comes to {to}: {due:?}"));
        let due = match due {
            Err(refusal) => {
                if came.is_some() {
                    return Err(format!("message {id} opened, and was {}", refusal.name()));
                }
                if before != Some(self.devices[to].bytes()) {
                    return Err(format!("message {id} was refused, and left a trace"));
                }
                self.counts.one(refusal.name());
                return Ok(Some(refusal));
            }
            Ok(due) => due,
        };
        if had_opened {
            return Err(format!("message {id} opens a second time"));
        }
        let Some(came) = came else {
            return Err(format!("message {id} does not open"));
        };
        let Delivered {
            opening,
            accepted,
            is_new,
        } = due;
        let same = came.th == message.th
            && (came.counter, came.seen_up_to) == (message.counter, message.seen_up_to)
            && came.text == message.text
            && (&came.stored, came.used) == (&opening.stored, opening.used)
            && (came.forget, came.turned) == (opening.forget, opening.turned)
            && (came.accepted, came.is_new) == (accepted, is_new);
        if !same {
            return Err(format!("message {id} opens to something else: {came:?}"));
        }
        self.count_opened(&message, &opening, accepted, is_new);
        self.check(to)?;
        if let (false, Some(held), Some(end)) = (
            opening.stored.is_empty(),
            self.devices[to].held.get(&message.th),
            self.models[to].ends.get(&message.th),
        ) {
            self.names.compare_skipped(held, end)?;
        }
        Ok(None)
    }

    fn count_opened(
        &mut self,
        message: &Message,
        opening: &super::model::end::Opening,
        accepted: bool,
        is_new: bool,
    ) {
        let counts = &mut self.counts;
        counts.one("opened");
        for (name, happened) in [
            ("opened: initial", message.initial),
            ("opened: accepts a handshake", accepted),
            ("opened: the ratchet turns", opening.turned),
            ("opened: with a skipped key", opening.used.is_some()),
            ("opened: makes old chains go", opening.forget.is_some()),
            ("opened: a counter that had come", !is_new),
        ] {
            counts.add(name, usize::from(happened));
        }
        counts.add("skipped keys kept", opening.stored.len());
    }

    /// Bytes that nobody sent come: refused, without a trace.
    pub fn deliver_foreign(
        &mut self,
        to: DeviceId,
        mailbox: Mailbox,
        bytes: &[u8],
    ) -> Result<(), Violation> {
        self.remember(to)?;
        let before = self.devices[to].bytes();
        let came = self.devices[to].receive(mailbox, bytes, self.now, &mut self.rngs[to]);
        if came.is_some() {
            return Err("altered bytes open".to_owned());
        }
        if before != self.devices[to].bytes() {
            return Err("altered bytes left a trace".to_owned());
        }
        self.counts.one("refused: altered");
        Ok(())
    }
}

/// A message to alter or repeat.
pub fn pick(dice: &mut Dice, from: &[MessageId]) -> Option<MessageId> {
    (!from.is_empty()).then(|| from[dice.below(from.len())])
}
