//! Devices, relays and what is between them, in virtual time.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use chacha20::ChaCha20Rng;
use tacita_core::client::effect::{Effect, RelayLocator, RequestId};
use tacita_core::client::input::{Input, NetFailure, Now, StreamEvent};
use tacita_core::client::{ClientError, Engine};
use tacita_wire::{MailboxId, Request, Response, StoredEnvelope};

use super::device::{Called, Device, Driver, Held};
use super::dice::Dice;
use super::home::Home;
use super::lies;
use super::relay::SmallRelay;
use super::trace::Trace;
use super::traffic::Traffic;

/// When every run begins: an hour of 2027.
pub const START_MS: u64 = 1_800_000_000_000;
pub const MINUTE_MS: u64 = 60_000;
pub const HOUR_MS: u64 = 60 * MINUTE_MS;
pub const DAY_MS: u64 = 24 * HOUR_MS;
/// Events of one run at most: more is a storm that never ends.
const MAX_EVENTS: u64 = 200_000;

/// What the network does to a device's requests, in thousandths.
#[derive(Clone, Copy)]
pub struct Weather {
    /// Requests that never arrive.
    pub loses_requests: u64,
    /// Answers that never arrive.
    pub loses_answers: u64,
    /// Requests that arrive twice.
    pub doubles: u64,
    /// Streams that break while something comes.
    pub breaks: u64,
    /// The longest time that anything is on its way.
    pub delay_ms: u64,
}

impl Weather {
    pub const FAIR: Self = Self {
        loses_requests: 0,
        loses_answers: 0,
        doubles: 0,
        breaks: 0,
        delay_ms: 200,
    };
}

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
    pub fn add(&mut self, seed: u64, home: Home) -> usize {
        let who = self.devices.len();
        self.devices.push(Device::new(seed, who, home));
        self.start(who);
        who
    }

    fn after(&mut self, delay_ms: u64, event: Event) {
        let number = self.next_event;
        self.next_event += 1;
        self.queue.push(Reverse((self.now_ms + delay_ms, number)));
        let _ = self.events.insert(number, event);
    }

    fn delay(&mut self) -> u64 {
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

    fn input(&mut self, who: usize, what: &str, input: Input) {
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

    fn relay_of(&self, locator: &RelayLocator) -> usize {
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
                Effect::Changed => {}
            }
        }
    }

    fn ask(&mut self, who: usize, run: u64, id: RequestId, relay: usize, request: Request) {
        self.traffic.note_asked(who, &request);
        if let Request::Put { mailbox, .. } = &request {
            let _ = self.puts.insert((who, run, id), *mailbox);
        }
        self.devices[who].asked += 1;
        let weather = self.weather;
        let lost = !self.devices[who].online || self.dice.permille(weather.loses_requests);
        if lost {
            let delay = match self.devices[who].online {
                true => self.dice.between(1_000, 30_000),
                false => self.dice.between(1, 50),
            };
            self.fail(who, run, id, delay);
            return;
        }
        let delay = self.delay();
        let request = Box::new(request);
        if self.dice.permille(weather.doubles) {
            let event = Event::Arrive {
                who,
                run,
                id,
                relay,
                request: request.clone(),
                answered: false,
            };
            self.after(delay, event);
        }
        let event = Event::Arrive {
            who,
            run,
            id,
            relay,
            request,
            answered: true,
        };
        self.after(delay, event);
    }

    fn fail(&mut self, who: usize, run: u64, id: RequestId, delay: u64) {
        let result = Box::new(Err(NetFailure::Unreachable));
        self.after(
            delay,
            Event::Answer {
                who,
                run,
                id,
                result,
            },
        );
    }

    fn watch(
        &mut self,
        who: usize,
        run: u64,
        relay: RelayLocator,
        number: u64,
        subscriptions: Vec<(MailboxId, tacita_wire::Subscription)>,
    ) {
        if subscriptions.is_empty() {
            let _ = self.devices[who].streams.remove(&relay);
            return;
        }
        let held = Held {
            number,
            subscriptions,
            caught_up: false,
            is_polled: true,
        };
        let _ = self.devices[who].streams.insert(relay.clone(), held);
        let delay = self.delay();
        let event = match self.devices[who].online {
            true => Event::Poll {
                who,
                run,
                relay,
                number,
            },
            false => Event::Closed {
                who,
                run,
                relay,
                number,
            },
        };
        self.after(delay, event);
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
            let run = self.devices[who].run;
            let held: Vec<_> = self.devices[who]
                .streams
                .iter()
                .map(|(relay, held)| (relay.clone(), held.number))
                .collect();
            for (relay, number) in held {
                let delay = self.dice.between(1, 45_000);
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
    }

    /// Has the streams that read from a mailbox look for what is new.
    fn wake_readers(&mut self, mailbox: MailboxId) {
        for who in 0..self.devices.len() {
            let run = self.devices[who].run;
            let mut due = Vec::new();
            for (relay, held) in &mut self.devices[who].streams {
                let reads = held.subscriptions.iter().any(|(id, _)| *id == mailbox);
                if reads && !held.is_polled {
                    held.is_polled = true;
                    due.push((relay.clone(), held.number));
                }
            }
            for (relay, number) in due {
                let delay = self.delay();
                self.after(
                    delay,
                    Event::Poll {
                        who,
                        run,
                        relay,
                        number,
                    },
                );
            }
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

    /// Time in which no process runs.
    pub fn sleep(&mut self, ms: u64) {
        self.now_ms += ms;
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
                let name = match &*result {
                    Ok(response) => response_name(response),
                    Err(_) => "no answer",
                };
                self.note(format_args!("{who} gets {name}"));
                self.devices[who].asked = self.devices[who].asked.saturating_sub(1);
                let result = *result;
                if let Some(mailbox) = self.puts.remove(&(who, run, id))
                    && result.is_ok()
                {
                    self.traffic.note_heard(who, mailbox);
                }
                self.input(
                    who,
                    "answer",
                    Input::Answer {
                        request: id,
                        result,
                    },
                );
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

    fn close(&mut self, who: usize, run: u64, relay: RelayLocator, number: u64) {
        let device = &mut self.devices[who];
        if device.run != run || device.streams.get(&relay).map(|held| held.number) != Some(number) {
            return;
        }
        let _ = device.streams.remove(&relay);
        self.note(format_args!("{who} loses a stream"));
        let event = StreamEvent::Closed(NetFailure::Unreachable);
        self.stream(who, relay, number, event);
    }

    fn stream(&mut self, who: usize, relay: RelayLocator, stream: u64, event: StreamEvent) {
        self.input(
            who,
            "stream",
            Input::Stream {
                relay,
                stream,
                event,
            },
        );
    }

    fn arrive(
        &mut self,
        who: usize,
        run: u64,
        id: RequestId,
        relay: usize,
        request: &Request,
        answered: bool,
    ) {
        let hour = self.hour();
        let dice = &mut self.dice;
        let response = lies::answer(&mut self.relays[relay], request, hour, who, dice);
        self.note(format_args!(
            "relay {relay} answers {} to {} of {who}",
            response_name(&response),
            request_name(request)
        ));
        if let Request::Put { mailbox, .. } = request {
            self.wake_readers(*mailbox);
        }
        if !answered {
            return;
        }
        if !self.devices[who].online || self.dice.permille(self.weather.loses_answers) {
            let delay = self.dice.between(1_000, 30_000);
            self.fail(who, run, id, delay);
            return;
        }
        let delay = self.delay();
        let result = Box::new(Ok(response));
        self.after(
            delay,
            Event::Answer {
                who,
                run,
                id,
                result,
            },
        );
    }

    /// What a held stream brings now.
    fn poll(&mut self, who: usize, run: u64, locator: &RelayLocator, number: u64) {
        if self.devices[who].run != run || self.devices[who].engine.is_none() {
            return;
        }
        let (hour, at) = (self.hour(), self.relay_of(locator));
        let relay = &mut self.relays[at];
        relay.expire(hour);
        let lies = relay.lies.clone();
        let online = self.devices[who].online;
        let Some(held) = self.devices[who].streams.get_mut(locator) else {
            return;
        };
        if held.number != number {
            return;
        }
        held.is_polled = false;
        if !online {
            self.close(who, run, locator.clone(), number);
            return;
        }
        if self.dice.permille(lies.withholds) {
            // It looks again some time later.
            held.is_polled = true;
            let delay = self.dice.between(1, 10 * MINUTE_MS);
            let relay = locator.clone();
            self.after(
                delay,
                Event::Poll {
                    who,
                    run,
                    relay,
                    number,
                },
            );
            return;
        }
        let mut frames: Vec<(MailboxId, StoredEnvelope)> = Vec::new();
        let mut gone = Vec::new();
        for (id, subscription) in &mut held.subscriptions {
            let Some(mailbox) = relay.mailboxes.get(id) else {
                gone.push(*id);
                continue;
            };
            if self.dice.permille(lies.not_found) {
                gone.push(*id);
                continue;
            }
            for stored in &mailbox.entries {
                if stored.sequence > subscription.after {
                    subscription.after = stored.sequence;
                    frames.push((*id, stored.clone()));
                }
            }
        }
        held.subscriptions.retain(|(id, _)| !gone.contains(id));
        let first_time = !held.caught_up;
        held.caught_up = true;
        lies::alter(&lies, &mut frames, &mut self.dice);
        self.bring(who, run, locator, number, frames);
        for id in gone {
            self.note(format_args!("{who} hears that a mailbox is gone"));
            self.stream(who, locator.clone(), number, StreamEvent::Gone(id));
        }
        if first_time && self.devices[who].run == run {
            self.stream(who, locator.clone(), number, StreamEvent::CaughtUp { hour });
        }
    }

    /// Frames in batches of any size; the stream may break between any two.
    fn bring(
        &mut self,
        who: usize,
        run: u64,
        locator: &RelayLocator,
        number: u64,
        mut frames: Vec<(MailboxId, StoredEnvelope)>,
    ) {
        while !frames.is_empty() && self.devices[who].run == run {
            if self.dice.permille(self.weather.breaks) {
                self.close(who, run, locator.clone(), number);
                return;
            }
            let most = match self.dice.below(3) {
                0 => 1,
                1 => frames.len().min(3),
                _ => frames.len(),
            };
            let batch: Vec<_> = frames.drain(..most).collect();
            self.note(format_args!("{who} is brought {} envelopes", batch.len()));
            self.traffic.brought += batch.len() as u64;
            self.stream(who, locator.clone(), number, StreamEvent::Envelopes(batch));
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
    pub fn end_of(
        &mut self,
        who: usize,
        call: tacita_core::client::effect::CallId,
    ) -> Option<Result<tacita_core::client::effect::CallOutcome, ClientError>> {
        self.devices[who].ended.remove(&call)
    }
}

pub fn request_name(request: &Request) -> &'static str {
    match request {
        Request::Hello { .. } => "Hello",
        Request::CreateMailbox { .. } => "CreateMailbox",
        Request::DeleteMailbox { .. } => "DeleteMailbox",
        Request::Put { .. } => "Put",
        Request::Read { .. } => "Read",
        Request::Ack { .. } => "Ack",
        Request::CreatePile { .. } => "CreatePile",
        Request::FillPile { .. } => "FillPile",
        Request::CountPile { .. } => "CountPile",
        Request::DeletePile { .. } => "DeletePile",
        Request::Claim { .. } => "Claim",
    }
}

fn response_name(response: &Response) -> &'static str {
    match response {
        Response::Done => "Done",
        Response::Hello { .. } => "Hello",
        Response::Entries { .. } => "Entries",
        Response::Count { .. } => "Count",
        Response::Claimed { .. } => "Claimed",
        Response::Refused(_) => "Refused",
    }
}
