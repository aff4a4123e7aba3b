//! Devices and relays in virtual time: what the network layer does, done by hand.

use std::collections::BTreeMap;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use tacita_wire::{MailboxId, RelayAddress, RelayLink, RelayRootHash, Subscription};

use super::relay::FakeRelay;
use crate::client::effect::{CallId, CallOutcome, Effect, RelayLocator};
use crate::client::input::{Input, NetFailure, Now, StreamEvent};
use crate::client::view::{
    ConversationId, Delivery, Direction, InvitationId, InvitationKind, MessageBody, MessageView,
    Revocation,
};
use crate::client::{ClientError, Engine};
use crate::store::Store;

pub(super) const START_MS: u64 = 1_800_000_000_000;

type Held = BTreeMap<RelayLocator, (u64, Vec<(MailboxId, Subscription)>)>;

pub(super) struct Device {
    pub(super) engine: Engine,
    pub(super) rng: ChaCha20Rng,
    pub(super) failure: Option<NetFailure>,
    pub(super) delivers: Delivers,
    /// How far this device's clock is ahead, or behind.
    pub(super) clock_ahead_ms: i64,
    /// The relay does what is asked, and the answers are lost.
    pub(super) loses_answers: bool,
    /// The relay's stream brings nothing.
    pub(super) withheld: bool,
    /// Inputs may end in an error; they are kept in `failed`.
    pub(super) may_fail: bool,
    pub(super) failed: Vec<ClientError>,
    /// It was said that something has changed, since this was set to false.
    pub(super) changed: bool,
    streams: Held,
    ended: BTreeMap<CallId, Result<CallOutcome, ClientError>>,
}

/// How the relay's stream hands out what it has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Delivers {
    InOrder,
    Twice,
    Backwards,
}

pub(super) struct World {
    pub(super) now: Now,
    pub(super) relays: Vec<(RelayLink, FakeRelay)>,
    pub(super) devices: Vec<Device>,
}

pub(super) fn rng(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

/// How far each message of a device's own in a conversation is.
pub(super) fn deliveries(world: &World, who: usize, id: ConversationId) -> Vec<Delivery> {
    let rows = world.all(who, id).into_iter();
    rows.filter(|row| row.direction == Direction::Outgoing)
        .map(|row| row.delivery)
        .collect()
}

impl World {
    pub(super) fn new(relays: u8) -> Self {
        let relays = (0..relays)
            .map(|number| {
                let link = RelayLink {
                    address: RelayAddress::new(&format!("relay{number}.example:443")).unwrap(),
                    root: RelayRootHash([number; 32]),
                    join_code: None,
                };
                let hour = (START_MS / 3_600_000) as u32;
                (
                    link,
                    FakeRelay {
                        hour,
                        ..FakeRelay::default()
                    },
                )
            })
            .collect();
        Self {
            now: Now { ms: START_MS },
            relays,
            devices: Vec::new(),
        }
    }

    /// A device with an open, empty store.
    pub(super) fn add_blank(&mut self) -> usize {
        self.add_with(Store::open_in_memory().unwrap())
    }

    /// A device with this store.
    pub(super) fn add_with(&mut self, store: Store) -> usize {
        let mut rng = rng(self.devices.len() as u8 + 1);
        let engine = Engine::open(store, self.now, &mut rng).unwrap();
        self.devices.push(Device {
            engine,
            rng,
            failure: None,
            delivers: Delivers::InOrder,
            clock_ahead_ms: 0,
            loses_answers: false,
            withheld: false,
            may_fail: false,
            failed: Vec::new(),
            changed: true,
            streams: Held::new(),
            ended: BTreeMap::new(),
        });
        self.devices.len() - 1
    }

    /// A device with an account at a relay.
    pub(super) fn add(&mut self, name: &str, relay: usize) -> usize {
        let who = self.add_blank();
        self.create_account(who, name, relay);
        who
    }

    pub(super) fn create_account(&mut self, who: usize, name: &str, relay: usize) {
        let link = self.relays[relay].0.to_string();
        let call = self.with(who, |engine, now, rng| {
            engine.create_account(&link, name, now, rng)
        });
        self.run();
        assert!(matches!(
            self.end_of(who, call.unwrap()),
            Ok(CallOutcome::Account(_))
        ));
    }

    /// Ends a device's run as a crash does; gives its store.
    pub(super) fn crash(&mut self, who: usize) -> Store {
        let blank = Store::open_in_memory().unwrap();
        let blank = Engine::open(blank, self.now, &mut rng(0)).unwrap();
        let device = &mut self.devices[who];
        device.streams.clear();
        device.ended.clear();
        std::mem::replace(&mut device.engine, blank).into_store()
    }

    /// Begins a device's next run, with this store.
    pub(super) fn start(&mut self, who: usize, store: Store) {
        let now = self.now_of(who);
        let device = &mut self.devices[who];
        device.engine = Engine::open(store, now, &mut device.rng).unwrap();
    }

    pub(super) fn restart(&mut self, who: usize) {
        let store = self.crash(who);
        self.start(who, store);
    }

    /// Time in which nobody is awake.
    pub(super) fn sleep(&mut self, ms: u64) {
        self.now.ms += ms;
        self.set_hours();
    }

    fn now_of(&self, who: usize) -> Now {
        Now {
            ms: self
                .now
                .ms
                .saturating_add_signed(self.devices[who].clock_ahead_ms),
        }
    }

    fn input(&mut self, who: usize, input: Input) {
        let result = self.with(who, |engine, now, rng| engine.handle(input, now, rng));
        match result {
            Err(error) if self.devices[who].may_fail => self.devices[who].failed.push(error),
            result => result.unwrap(),
        }
    }

    pub(super) fn with<T>(
        &mut self,
        who: usize,
        call: impl FnOnce(&mut Engine, Now, &mut ChaCha20Rng) -> T,
    ) -> T {
        let now = self.now_of(who);
        let device = &mut self.devices[who];
        call(&mut device.engine, now, &mut device.rng)
    }

    pub(super) fn end_of(&mut self, who: usize, call: CallId) -> Result<CallOutcome, ClientError> {
        self.devices[who]
            .ended
            .remove(&call)
            .expect("the call has ended")
    }

    pub(super) fn invite(&mut self, who: usize, kind: InvitationKind) -> String {
        let call = self.with(who, |engine, now, rng| {
            engine.create_invitation(kind, now, rng)
        });
        self.run();
        match self.end_of(who, call.unwrap()) {
            Ok(CallOutcome::Invitation(view)) => view.link,
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn revoke(
        &mut self,
        who: usize,
        id: InvitationId,
    ) -> Result<Revocation, ClientError> {
        let call = self.with(who, |engine, now, rng| {
            engine.revoke_invitation(id, now, rng)
        })?;
        self.run();
        match self.end_of(who, call)? {
            CallOutcome::Revocation(revocation) => Ok(revocation),
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn accept(&mut self, who: usize, link: &str) -> Result<ConversationId, ClientError> {
        let call = self.with(who, |engine, now, rng| {
            engine.accept_invitation(link, now, rng)
        })?;
        self.run();
        match self.end_of(who, call)? {
            CallOutcome::Conversation(id) => Ok(id),
            other => panic!("{other:?}"),
        }
    }

    /// Two people at one relay who know each other; returns what each calls the other.
    pub(super) fn pair(&mut self) -> (usize, usize, ConversationId, ConversationId) {
        let (a, b) = (self.add("Ada", 0), self.add("Bo", 0));
        let link = self.invite(a, InvitationKind::Personal);
        let to_a = self.accept(b, &link).unwrap();
        self.run();
        let to_b = self.id_of(b);
        (a, b, to_b, to_a)
    }

    /// Lets a device invite somebody, so that it has a mailbox to read from and its relay tells it the hour.
    pub(super) fn listen(&mut self, who: usize) {
        self.invite(who, InvitationKind::Personal);
        self.run();
    }

    pub(super) fn id_of(&self, who: usize) -> ConversationId {
        ConversationId(self.devices[who].engine.account().unwrap().id)
    }

    pub(super) fn send(&mut self, who: usize, to: ConversationId, text: &str) -> MessageView {
        self.with(who, |engine, now, rng| engine.send_text(to, text, now, rng))
            .unwrap()
    }

    pub(super) fn all(&self, who: usize, id: ConversationId) -> Vec<MessageView> {
        let mut messages = Vec::new();
        let mut after = 0;
        loop {
            let page = self.devices[who]
                .engine
                .messages_after(id, after, 500)
                .unwrap();
            after = page.messages.last().map_or(after, |last| last.place);
            messages.extend(page.messages);
            if !page.more {
                return messages;
            }
        }
    }

    /// The texts that came (or went), in the order of the list; other bodies by name.
    pub(super) fn texts(
        &self,
        who: usize,
        id: ConversationId,
        direction: Direction,
    ) -> Vec<String> {
        self.all(who, id)
            .into_iter()
            .filter(|message| message.direction == direction)
            .map(|message| match message.body {
                MessageBody::Text { text } => text,
                other => format!("{other:?}"),
            })
            .collect()
    }

    fn relay_of(&mut self, locator: &RelayLocator) -> Option<&mut FakeRelay> {
        self.relays
            .iter_mut()
            .find(|(link, _)| link.address == locator.address)
            .map(|(_, relay)| relay)
    }

    /// Carries out effects and hands out envelopes until nothing moves, jumping over short waits.
    pub(super) fn run(&mut self) {
        self.run_for(2_000);
    }

    /// As [`World::run`], and lets this much time pass.
    pub(super) fn run_for(&mut self, ms: u64) {
        let end = self.now.ms + ms;
        loop {
            while self.turn() {}
            let wake = self
                .devices
                .iter()
                .filter_map(|device| {
                    let ahead = device.clock_ahead_ms;
                    let now = Now {
                        ms: self.now.ms.saturating_add_signed(ahead),
                    };
                    Some(device.engine.next_wake(now)?.saturating_add_signed(-ahead))
                })
                .min()
                .unwrap_or(end)
                .max(self.now.ms + 1);
            if wake > end {
                self.now.ms = end;
                self.set_hours();
                return;
            }
            self.now.ms = wake;
            self.set_hours();
            for who in 0..self.devices.len() {
                self.input(who, Input::Tick);
            }
        }
    }

    fn set_hours(&mut self) {
        for (_, relay) in &mut self.relays {
            relay.hour = (self.now.ms / 3_600_000) as u32;
        }
    }

    fn turn(&mut self) -> bool {
        let mut moved = false;
        for who in 0..self.devices.len() {
            let effects: Vec<Effect> = self.devices[who].engine.poll_effects().collect();
            for effect in effects {
                match effect {
                    Effect::Request { id, relay, request } => {
                        moved = true;
                        let result = match self.devices[who].failure {
                            Some(failure) => Err(failure),
                            None => self
                                .relay_of(&relay)
                                .filter(|found| !found.is_down)
                                .map(|found| found.answer(&request))
                                .filter(|_| !self.devices[who].loses_answers)
                                .ok_or(NetFailure::Unreachable),
                        };
                        let input = Input::Answer {
                            request: id,
                            result,
                        };
                        self.input(who, input);
                    }
                    Effect::Watch {
                        relay,
                        stream,
                        subscriptions,
                    } => {
                        moved = true;
                        self.devices[who]
                            .streams
                            .insert(relay.clone(), (stream, subscriptions));
                        if self.devices[who].failure.is_none() {
                            // What is stored comes first, as a relay sends it.
                            self.hand_out(who);
                            let hour = (self.now.ms / 3_600_000) as u32;
                            let event = StreamEvent::CaughtUp { hour };
                            let input = Input::Stream {
                                relay,
                                stream,
                                event,
                            };
                            self.input(who, input);
                        }
                    }
                    Effect::Finished { call, outcome } => {
                        self.devices[who].ended.insert(call, outcome);
                    }
                    Effect::Changed => self.devices[who].changed = true,
                }
            }
            moved |= self.hand_out(who);
        }
        moved
    }

    fn hand_out(&mut self, who: usize) -> bool {
        let mut inputs = Vec::new();
        let streams: Vec<_> = self.devices[who].streams.keys().cloned().collect();
        for locator in streams {
            let (stream, mut subscriptions) =
                self.devices[who].streams.remove(&locator).expect("held");
            let (failure, delivers) = (self.devices[who].failure, self.devices[who].delivers);
            if let Some(why) = failure {
                inputs.push((locator, stream, StreamEvent::Closed(why)));
                continue;
            }
            if self.devices[who].withheld {
                self.devices[who]
                    .streams
                    .insert(locator, (stream, subscriptions));
                continue;
            }
            let Some(relay) = self.relay_of(&locator) else {
                continue;
            };
            let mut envelopes = Vec::new();
            let mut gone = Vec::new();
            for (id, subscription) in &mut subscriptions {
                let known = relay.mailboxes.get(id);
                let Some(mailbox) = known.filter(|known| subscription.after <= known.last) else {
                    gone.push(*id);
                    continue;
                };
                for stored in mailbox
                    .entries
                    .iter()
                    .filter(|s| s.sequence > subscription.after)
                {
                    let mut stored = stored.clone();
                    stored.sequence = stored.sequence.saturating_add(relay.overstates);
                    envelopes.push((*id, stored));
                }
                if let Some(last) = mailbox.entries.last() {
                    subscription.after = subscription.after.max(last.sequence);
                }
            }
            subscriptions.retain(|(id, _)| !gone.contains(id));
            self.devices[who]
                .streams
                .insert(locator.clone(), (stream, subscriptions));
            for id in gone {
                inputs.push((locator.clone(), stream, StreamEvent::Gone(id)));
            }
            if envelopes.is_empty() {
                continue;
            }
            if delivers == Delivers::Backwards {
                envelopes.reverse();
            }
            if delivers == Delivers::Twice {
                let again = envelopes.clone();
                envelopes.extend(again);
            }
            inputs.push((locator, stream, StreamEvent::Envelopes(envelopes)));
        }
        let moved = !inputs.is_empty();
        for (relay, stream, event) in inputs {
            let input = Input::Stream {
                relay,
                stream,
                event,
            };
            self.input(who, input);
        }
        moved
    }
}
