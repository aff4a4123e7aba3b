//! Devices, relays and what is between them, in virtual time.

mod requests;
mod streams;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::path::PathBuf;

use chacha20::ChaCha20Rng;
use tacita_core::client::effect::{CallId, CallOutcome, Effect, RelayLocator, RequestId};
use tacita_core::client::input::{Input, NetFailure, Now};
use tacita_core::client::{ClientError, Engine};
use tacita_wire::{MailboxId, Request, Response};

use super::device::{Called, Device, Driver};
use super::dice::Dice;
use super::home::Home;
use super::relay::SmallRelay;
use super::trace::Trace;
use super::traffic::Traffic;
use super::weather::Weather;

/// When every run begins: an hour of 2027.
pub const START_MS: u64 = 1_800_000_000_000;
pub const MINUTE_MS: u64 = 60_000;
pub const HOUR_MS: u64 = 60 * MINUTE_MS;
pub const DAY_MS: u64 = 24 * HOUR_MS;
/// Time without a frame after which a held stream has ended. PROTOCOL.md §22.3.
const STREAM_MS: u64 = 45_000;
/// Time in which a device that wakes notices that.
const NOTICE_MS: u64 = 1_000;
/// Events of one run at most: more is a storm that never ends.
const MAX_EVENTS: u64 = 30_000;

enum Event {
    /// A request reaches its relay.
    Arrive {
        who: usize,
        run: u64,
        id: RequestId,
        relay: usize,
        request: Box<Request>,
        answered: bool,
    },
    /// An answer, or that there is none, reaches the device.
    Answer {
        who: usize,
        run: u64,
        id: RequestId,
        result: Box<Result<Response, NetFailure>>,
    },
    /// A relay looks what a held stream is to bring.
    Poll {
        who: usize,
        run: u64,
        relay: RelayLocator,
        number: u64,
    },
    /// A stream has ended.
    Closed {
        who: usize,
        run: u64,
        relay: RelayLocator,
        number: u64,
    },
    /// A process is started again.
    Start { who: usize, run: u64 },
}

pub struct World {
    pub now_ms: u64,
    pub relays: Vec<SmallRelay>,
    pub devices: Vec<Device>,
    pub weather: Weather,
    pub dice: Dice,
    pub trace: Trace,
    pub driver: Driver,
    /// Some relay has lied so far.
    pub has_lied: bool,
    pub traffic: Traffic,
    /// Mailboxes of which a relay has hidden all that follows, until the model knows.
    pub blinded: Vec<MailboxId>,
    queue: BinaryHeap<Reverse<(u64, u64)>>,
    events: BTreeMap<u64, Event>,
    /// The mailboxes of batches on their way.
    puts: BTreeMap<(usize, u64, RequestId), MailboxId>,
    next_event: u64,
    handled: u64,
    /// Answers of engines that no input may have, with where they came from.
    pub errors: Vec<String>,
}

impl World {
    pub fn new(relays: usize, dice: Dice, trace: Trace) -> Self {
        Self {
            now_ms: START_MS,
            relays: (0..relays).map(|n| SmallRelay::new(n as u8)).collect(),
            devices: Vec::new(),
            weather: Weather::FAIR,
            dice,
            trace,
            driver: Driver::Right,
            has_lied: false,
            traffic: Traffic::default(),
            blinded: Vec::new(),
            queue: BinaryHeap::new(),
            events: BTreeMap::new(),
            puts: BTreeMap::new(),
            next_event: 0,
            handled: 0,
            errors: Vec::new(),
        }
    }

    pub fn hour(&self) -> u32 {
        (self.now_ms / HOUR_MS) as u32
    }

    pub fn note(&mut self, line: std::fmt::Arguments<'_>) {
        self.trace.note(self.now_ms - START_MS, line);
    }

    /// A device whose process runs on an empty store.
    pub fn add(&mut self, seed: u64, home: Home, inbox: Option<PathBuf>) -> usize {
        let who = self.devices.len();
        self.devices.push(Device::new(seed, who, home, inbox));
        self.start(who);
        who
    }

    fn after(&mut self, delay_ms: u64, event: Event) {
        let number = self.next_event;
        self.next_event += 1;
        self.queue.push(Reverse((self.now_ms + delay_ms, number)));
        let _ = self.events.insert(number, event);
    }

    pub(super) fn delay(&mut self) -> u64 {
        // Mostly quick, now and then as slow as it gets.
        match self.dice.below(8) {
            0 => self.dice.between(1, self.weather.delay_ms),
            _ => self.dice.between(1, self.weather.delay_ms / 8 + 1),
        }
    }

    /// Runs a call at a device. `None` if its process is not running, or died in it.
    pub fn call<T>(
        &mut self,
        who: usize,
        call: impl FnOnce(&mut Engine, Now, &mut ChaCha20Rng) -> T,
    ) -> Option<T> {
        let was_up = self.devices[who].engine.is_some();
        let Called { value, effects } =
            self.devices[who].call(self.now_ms, &mut self.dice, self.driver, call);
        if was_up && self.devices[who].engine.is_none() {
            self.note(format_args!(
                "{who} is killed, {} effects left",
                effects.len()
            ));
            self.come_back(who);
            self.carry_out(who, effects);
            self.check_acknowledged(who);
            return value;
        }
        self.carry_out(who, effects);
        value
    }

    /// What was acknowledged is in the store that the kill has left. PROTOCOL.md §21.
    fn check_acknowledged(&mut self, who: usize) {
        // A mailbox that was said to be gone is read from its start.
        if self.has_lied || self.devices[who].was_put_back {
            return;
        }
        let traffic = &self.traffic;
        let cursors = self.devices[who].home.cursors();
        for (mailbox, cursor) in cursors.unwrap_or_default() {
            let acked = traffic.acked.get(&MailboxId(mailbox)).copied().unwrap_or(0);
            if acked > cursor {
                self.errors.push(format!(
                    "{who} has acknowledged {acked}, and has stored {cursor}"
                ));
            }
        }
    }

    pub(super) fn input(&mut self, who: usize, what: &str, input: Input) {
        let result = self.call(who, |engine, now, rng| engine.handle(input, now, rng));
        if let Some(Err(error)) = result {
            self.errors.push(format!("{what} at {who}: {error:?}"));
        }
    }

    /// Kills a process between two calls; it comes back by itself.
    pub fn kill(&mut self, who: usize) {
        if self.devices[who].engine.is_some() {
            self.note(format_args!("{who} is killed between two calls"));
            self.devices[who].kill(None);
            self.come_back(who);
        }
    }

    fn come_back(&mut self, who: usize) {
        let delay = match self.dice.below(3) {
            0 => 1,
            1 => self.dice.between(1, 5_000),
            _ => self.dice.between(1, 10 * MINUTE_MS),
        };
        let run = self.devices[who].run;
        self.after(delay, Event::Start { who, run });
    }

    /// Starts a process that does not run.
    pub fn start(&mut self, who: usize) {
        if self.devices[who].engine.is_some() {
            return;
        }
        match self.devices[who].start(self.now_ms) {
            Ok(effects) => {
                self.note(format_args!("{who} starts"));
                self.carry_out(who, effects);
            }
            Err(error) => self.errors.push(format!("start of {who}: {error:?}")),
        }
    }

    pub(super) fn relay_of(&self, locator: &RelayLocator) -> usize {
        let found = self
            .relays
            .iter()
            .position(|relay| relay.link.address == locator.address);
        found.unwrap_or(0)
    }

    fn carry_out(&mut self, who: usize, effects: Vec<Effect>) {
        let run = self.devices[who].run;
        for effect in effects {
            match effect {
                Effect::Request { id, relay, request } => {
                    let at = self.relay_of(&relay);
                    self.ask(who, run, id, at, request);
                }
                Effect::Watch {
                    relay,
                    stream,
                    subscriptions,
                } => self.watch(who, run, relay, stream, subscriptions),
                Effect::Finished { call, outcome } => {
                    let _ = self.devices[who].ended.insert(call, outcome);
                }
                Effect::Changed => self.devices[who].changed = true,
            }
        }
    }
    /// The network of a device goes, and its system says so.
    pub fn lose_network(&mut self, who: usize) {
        self.set_online(who, false);
        self.input(who, "network lost", Input::NetworkLost);
    }

    /// The network of a device goes, or comes back.
    pub fn set_online(&mut self, who: usize, online: bool) {
        if self.devices[who].online == online {
            return;
        }
        self.note(format_args!(
            "{who} is {}",
            if online { "online" } else { "offline" }
        ));
        self.devices[who].online = online;
        if online {
            self.input(who, "network back", Input::NetworkBack);
        } else {
            self.lose_streams(who, STREAM_MS);
        }
    }

    /// The held streams of a device end, each after so long at the most.
    fn lose_streams(&mut self, who: usize, within_ms: u64) {
        let run = self.devices[who].run;
        let held: Vec<_> = self.devices[who]
            .streams
            .iter()
            .map(|(relay, held)| (relay.clone(), held.number))
            .collect();
        for (relay, number) in held {
            let delay = self.dice.between(1, within_ms);
            self.after(
                delay,
                Event::Closed {
                    who,
                    run,
                    relay,
                    number,
                },
            );
        }
    }

    /// Lets time pass, with all that happens in it.
    pub fn run_for(&mut self, ms: u64) {
        let end = self.now_ms + ms;
        loop {
            let event = self.queue.peek().map(|Reverse((at, _))| *at);
            let wake = self
                .devices
                .iter()
                .enumerate()
                .filter(|(_, device)| device.is_up())
                .filter_map(|(who, device)| Some((device.wake_ms?, who)))
                .min();
            let next = [event, wake.map(|(at, _)| at)].into_iter().flatten().min();
            let Some(at) = next.filter(|at| *at <= end) else {
                break;
            };
            if self.handled > MAX_EVENTS {
                self.errors
                    .push("a storm of events that does not end".to_owned());
                break;
            }
            self.handled += 1;
            self.now_ms = self.now_ms.max(at);
            match wake {
                Some((at, who)) if event.is_none_or(|event| at < event) => {
                    self.note(format_args!("{who} ticks"));
                    self.input(who, "tick", Input::Tick);
                }
                _ => self.handle_next(),
            }
            if !self.errors.is_empty() {
                break;
            }
        }
        self.now_ms = self.now_ms.max(end);
    }

    /// Time in which no process runs. Only a short one does not end the held streams.
    pub fn sleep(&mut self, ms: u64) {
        self.now_ms += ms;
        if ms > STREAM_MS {
            for who in 0..self.devices.len() {
                self.lose_streams(who, NOTICE_MS);
            }
        }
    }

    fn handle_next(&mut self) {
        let Some(Reverse((_, number))) = self.queue.pop() else {
            return;
        };
        match self.events.remove(&number) {
            Some(Event::Arrive {
                who,
                run,
                id,
                relay,
                request,
                answered,
            }) => self.arrive(who, run, id, relay, &request, answered),
            Some(Event::Answer {
                who,
                run,
                id,
                result,
            }) if self.devices[who].run == run && self.devices[who].engine.is_some() => {
                self.take_answer(who, run, id, *result);
            }
            Some(Event::Poll {
                who,
                run,
                relay,
                number,
            }) => self.poll(who, run, &relay, number),
            Some(Event::Closed {
                who,
                run,
                relay,
                number,
            }) => self.close(who, run, relay, number),
            Some(Event::Start { who, run }) if self.devices[who].run == run => self.start(who),
            // Of a process that is no more, or nothing.
            Some(Event::Answer { .. } | Event::Start { .. }) | None => {}
        }
    }

    /// A new run has begun with this error, or none.
    pub fn take_error(&mut self) -> Option<String> {
        match self.errors.is_empty() {
            true => None,
            false => Some(self.errors.remove(0)),
        }
    }

    /// The call's outcome, once it has ended.
    pub fn end_of(&mut self, who: usize, call: CallId) -> Option<Result<CallOutcome, ClientError>> {
        self.devices[who].ended.remove(&call)
    }
}
