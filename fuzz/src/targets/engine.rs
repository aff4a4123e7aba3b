//! The engine between a hostile relay, a hostile clock and a user who clicks on everything. PROTOCOL.md §16 to §18, §21.
//!
//! Two engines get to know each other once, through a real relay's handler, and all that came into them is
//! kept. A program begins anywhere in that story at one of them, and then answers, repeats, alters and
//! invents. What must hold: the engine goes on, no text is shown twice or was never sent, and places ascend.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::OnceLock;

use chacha20::ChaCha20Rng;
use tacita_core::client::Engine;
use tacita_core::client::effect::{CallOutcome, Effect, RelayLocator, RequestId};
use tacita_core::client::input::{Input, NetFailure, Now, StreamEvent};
use tacita_core::client::view::{
    ConversationId, Direction, InvitationKind, MessageBody, Verification,
};
use tacita_core::store::Store;
use tacita_relay::tickets::TicketPolicy;
use tacita_wire::{
    Decode, MailboxId, RelayAddress, RelayLink, RelayRootHash, Request, Response, StoredEnvelope,
    Subscription,
};

use super::relay::{SmallRelay, runtime};
use super::responses::responses;
use crate::people::rng;
use crate::program::Program;

/// Steps of one program.
const MAX_STEPS: usize = 48;
const START_MS: u64 = 490_000 * 3_600_000;
const TEXTS: [&str; 4] = ["one", "two", "three", "four"];

/// Something that happened at an engine.
#[derive(Clone)]
enum Event {
    CreateAccount,
    Invite,
    Accept(String),
    SendText(ConversationId, &'static str),
    Input(Input),
}

/// All that came into one engine, in order.
#[derive(Clone, Default)]
struct Story {
    events: Vec<Event>,
}

/// What the recording gave.
struct Recorded {
    stories: [Story; 2],
    link: String,
    responses: Vec<Response>,
    envelopes: Vec<(MailboxId, StoredEnvelope)>,
}

/// An engine, what it has asked for, and when it is.
struct Device {
    engine: Engine,
    rng: ChaCha20Rng,
    now: Now,
    pending: VecDeque<(RequestId, RelayLocator, Request)>,
    streams: BTreeMap<RelayLocator, (u64, Vec<(MailboxId, Subscription)>)>,
    link: Option<String>,
}

fn relay_link() -> RelayLink {
    RelayLink {
        address: RelayAddress::new("relay.example:443").expect("an address"),
        root: RelayRootHash([1; 32]),
        join_code: None,
    }
}

impl Device {
    fn new(seed: u64) -> Self {
        let mut rng = rng(seed);
        let now = Now { ms: START_MS };
        let store = Store::open_in_memory().expect("memory");
        Self {
            engine: Engine::open(store, now, &mut rng).expect("an empty store"),
            rng,
            now,
            pending: VecDeque::new(),
            streams: BTreeMap::new(),
            link: None,
        }
    }

    fn apply(&mut self, event: &Event) {
        let (now, rng) = (self.now, &mut self.rng);
        match event {
            Event::CreateAccount => {
                let link = relay_link().to_string();
                let _ = self.engine.create_account(&link, "Somebody", now, rng);
            }
            Event::Invite => {
                let _ = self
                    .engine
                    .create_invitation(InvitationKind::Public, now, rng);
            }
            Event::Accept(link) => {
                let _ = self.engine.accept_invitation(link, now, rng);
            }
            Event::SendText(to, text) => {
                let _ = self.engine.send_text(*to, text, now, rng);
            }
            Event::Input(input) => self
                .engine
                .handle(input.clone(), now, rng)
                .expect("nothing that comes in breaks a store in memory"),
        }
        self.collect();
    }

    fn input(&mut self, input: Input) {
        self.apply(&Event::Input(input));
    }

    fn collect(&mut self) {
        for effect in self.engine.poll_effects() {
            match effect {
                Effect::Request { id, relay, request } => {
                    self.pending.push_back((id, relay, request));
                }
                Effect::Watch {
                    relay,
                    stream,
                    subscriptions,
                } => {
                    self.streams.insert(relay, (stream, subscriptions));
                }
                Effect::Finished { outcome, .. } => {
                    if let Ok(CallOutcome::Invitation(view)) = outcome {
                        self.link = Some(view.link);
                    }
                }
                Effect::Changed => {}
            }
        }
    }

    fn conversation(&self) -> Option<ConversationId> {
        let all = self.engine.conversations().expect("a store that works");
        all.first().map(|view| view.id)
    }

    /// What must hold at any moment.
    fn check(&self) {
        for conversation in self.engine.conversations().expect("a store that works") {
            let page = self.engine.messages_after(conversation.id, 0, 500);
            let messages = page.expect("a store that works").messages;
            let places = messages.iter().map(|message| message.place);
            assert!(
                places.is_sorted_by(|a, b| a < b),
                "places that do not ascend"
            );
            let mut seen = BTreeSet::new();
            for message in messages {
                if let (Direction::Incoming, MessageBody::Text { text }) =
                    (message.direction, message.body)
                {
                    assert!(TEXTS.contains(&text.as_str()), "a text that nobody sent");
                    assert!(seen.insert(text), "a text shown twice");
                }
            }
        }
        self.engine.events(0).expect("a store that works");
    }
}

/// Lets two engines meet and talk, and keeps all that came in.
struct Recorder {
    relay: SmallRelay,
    devices: [Device; 2],
    recorded: Recorded,
}

impl Recorder {
    fn apply(&mut self, who: usize, event: Event) {
        self.devices[who].apply(&event);
        if let Event::Input(Input::Stream {
            event: StreamEvent::Envelopes(envelopes),
            ..
        }) = &event
        {
            self.recorded.envelopes.extend(envelopes.iter().cloned());
        }
        self.recorded.stories[who].events.push(event);
    }

    /// Answers and hands out until nothing moves for longer than a receipt waits.
    fn run(&mut self) {
        let mut quiet = 0;
        while quiet < 3 {
            quiet += 1;
            for who in [0, 1] {
                if !self.devices[who].pending.is_empty() {
                    quiet = 0;
                }
                while let Some((id, _, request)) = self.devices[who].pending.pop_front() {
                    let response = runtime().block_on(self.relay.service.answer(request));
                    self.recorded.responses.push(response.clone());
                    let input = Input::Answer {
                        request: id,
                        result: Ok(response),
                    };
                    self.apply(who, Event::Input(input));
                }
                if self.hand_out(who) {
                    quiet = 0;
                }
                self.devices[who].now.ms += 300;
                self.apply(who, Event::Input(Input::Tick));
            }
        }
    }

    /// Brings what the relay has for a device; says whether that was anything.
    fn hand_out(&mut self, who: usize) -> bool {
        let mut moved = false;
        let streams = self.devices[who].streams.clone();
        for (relay, (stream, subscriptions)) in streams {
            let mut envelopes = Vec::new();
            for (at, (mailbox, subscription)) in subscriptions.iter().enumerate() {
                let read = Request::Read {
                    read: subscription.read.clone(),
                    after: subscription.after,
                    limit: 256,
                };
                let answer = runtime().block_on(self.relay.service.answer(read));
                let Response::Entries { entries, head, .. } = answer else {
                    continue;
                };
                envelopes.extend(entries.into_iter().map(|stored| (*mailbox, stored)));
                if let Some((_, held)) = self.devices[who].streams.get_mut(&relay) {
                    held[at].1.after = head;
                }
            }
            if !envelopes.is_empty() {
                moved = true;
            }
            let event = match envelopes.is_empty() {
                true => StreamEvent::CaughtUp { hour: 490_000 },
                false => StreamEvent::Envelopes(envelopes),
            };
            let input = Input::Stream {
                relay,
                stream,
                event,
            };
            self.apply(who, Event::Input(input));
        }
        moved
    }
}

fn record() -> Recorded {
    let mut recorder = Recorder {
        relay: SmallRelay::open(TicketPolicy::open()),
        devices: [Device::new(31), Device::new(32)],
        recorded: Recorded {
            stories: [Story::default(), Story::default()],
            link: String::new(),
            responses: responses(),
            envelopes: Vec::new(),
        },
    };
    for who in [0, 1] {
        recorder.apply(who, Event::CreateAccount);
        recorder.run();
    }
    recorder.apply(0, Event::Invite);
    recorder.run();
    let link = recorder.devices[0].link.clone().expect("a link");
    recorder.apply(1, Event::Accept(link.clone()));
    recorder.run();
    let at_guest = recorder.devices[1].conversation().expect("the inviter");
    recorder.apply(1, Event::SendText(at_guest, TEXTS[0]));
    recorder.run();
    let at_inviter = recorder.devices[0].conversation().expect("the guest");
    let (now, device) = (recorder.devices[0].now, &mut recorder.devices[0]);
    device
        .engine
        .accept_request(at_inviter, now, &mut device.rng)
        .expect("a request");
    device.collect();
    recorder.run();
    for (who, to, text) in [
        (0, at_inviter, TEXTS[1]),
        (1, at_guest, TEXTS[2]),
        (0, at_inviter, TEXTS[3]),
    ] {
        recorder.apply(who, Event::SendText(to, text));
        recorder.run();
    }
    for device in &recorder.devices {
        device.check();
    }
    assert!(recorder.recorded.envelopes.len() >= 6, "they did talk");
    recorder.recorded.link = link;
    recorder.recorded
}

fn recorded() -> &'static Recorded {
    static RECORDED: OnceLock<Recorded> = OnceLock::new();
    RECORDED.get_or_init(record)
}

fn failure(byte: u8) -> NetFailure {
    match byte % 3 {
        0 => NetFailure::Unreachable,
        1 => NetFailure::WrongKey,
        _ => NetFailure::Nonsense,
    }
}

/// One envelope that was once sent, or one that never was.
fn read_envelope(program: &mut Program<'_>) -> (MailboxId, StoredEnvelope) {
    let known = &recorded().envelopes;
    let (mut mailbox, mut stored) = known[program.index(known.len())].clone();
    let flags = program.byte();
    if flags & 1 == 1 {
        stored.sequence = u64::from(program.byte());
    }
    if flags & 2 == 2 {
        stored.sequence = u64::from(program.word()) << 32;
    }
    if flags & 4 == 4 {
        mailbox = known[program.index(known.len())].0;
    }
    if flags & 8 == 8 {
        let at = usize::from(program.short()) % stored.envelope.len();
        stored.envelope[at] ^= program.byte().max(1);
    }
    if flags & 16 == 16 {
        let bytes = program.bytes();
        let length = bytes.len().min(stored.envelope.len());
        stored.envelope[..length].copy_from_slice(&bytes[..length]);
    }
    if flags & 32 == 32 {
        stored.envelope.truncate(usize::from(program.short()));
    }
    (mailbox, stored)
}

fn step(device: &mut Device, program: &mut Program<'_>, story: &Story) {
    let (now, recorded) = (device.now, recorded());
    match program.byte() % 13 {
        0 => device.apply(&story.events[usize::from(program.short()) % story.events.len()]),
        op @ 1..=3 if !device.pending.is_empty() => {
            let at = program.index(device.pending.len());
            let Some((request, _, _)) = device.pending.remove(at) else {
                return;
            };
            let result = match op {
                1 => {
                    let at = usize::from(program.short()) % recorded.responses.len();
                    Ok(recorded.responses[at].clone())
                }
                2 => Response::from_bytes(program.bytes()).map_err(|_| NetFailure::Nonsense),
                _ => Err(failure(program.byte())),
            };
            device.input(Input::Answer { request, result });
        }
        op @ 4..=6 if !device.streams.is_empty() => {
            let at = program.index(device.streams.len());
            let Some((relay, (stream, held))) = device.streams.iter().nth(at) else {
                return;
            };
            let (relay, stream) = (relay.clone(), *stream);
            let held = held.get(usize::from(program.byte())).map(|(id, _)| *id);
            let event = match (op, program.byte() % 4) {
                (4 | 5, count) => {
                    StreamEvent::Envelopes((0..=count).map(|_| read_envelope(program)).collect())
                }
                (_, 0) => StreamEvent::CaughtUp {
                    hour: program.word(),
                },
                (_, 1) => StreamEvent::Gone(held.unwrap_or(MailboxId([0; 32]))),
                (_, _) => StreamEvent::Closed(failure(program.byte())),
            };
            device.input(Input::Stream {
                relay,
                stream,
                event,
            });
        }
        7 => {
            let shift = program.byte() % 40;
            device.now.ms = match program.byte() % 8 {
                0 => now.ms.saturating_sub(1 << shift),
                _ => now.ms.saturating_add(1 << shift),
            };
            device.input(Input::Tick);
        }
        8 => device.input(Input::NetworkBack),
        9 => {
            let link = match program.byte() % 2 {
                0 => recorded.link.clone(),
                _ => String::from_utf8_lossy(program.bytes()).into_owned(),
            };
            let _ = device.engine.read_invitation(&link);
            device.apply(&Event::Accept(link));
        }
        10 => match device.conversation() {
            Some(id) => call(device, id, program),
            None => device.apply(&Event::CreateAccount),
        },
        11 => {
            let all = device.engine.invitations(now, &mut device.rng);
            if let Some(first) = all.unwrap_or_default().first() {
                let _ = device
                    .engine
                    .revoke_invitation(first.id, now, &mut device.rng);
            }
            device.collect();
        }
        _ => device.apply(&Event::Invite),
    }
}

/// Something that a user does in a conversation.
fn call(device: &mut Device, id: ConversationId, program: &mut Program<'_>) {
    let (now, rng) = (device.now, &mut device.rng);
    let engine = &mut device.engine;
    match program.byte() % 8 {
        0 => {
            let text = String::from_utf8_lossy(program.bytes()).into_owned();
            let _ = engine.send_text(id, &text, now, rng);
        }
        1 => {
            let _ = engine.accept_request(id, now, rng);
        }
        2 => {
            let _ = engine.decline_request(id, now, rng);
        }
        3 => {
            let _ = engine.mark_read(id, u64::from(program.word()), now, rng);
        }
        4 => {
            let scanned = String::from_utf8_lossy(program.bytes()).into_owned();
            assert!(!matches!(
                engine.verify_scanned(id, &scanned),
                Ok(Verification::Verified)
            ));
        }
        5 => {
            engine.safety_number(id).expect("of a contact");
        }
        6 => {
            let _ = engine.set_typing(id, program.byte() & 1 == 1, now, rng);
        }
        _ => {
            let _ = match program.byte() & 3 {
                2 => engine.dismiss_alarm(id),
                number => engine.mark_verified(id, number & 1 == 1),
            };
        }
    }
    device.collect();
}

pub fn run(bytes: &[u8]) -> bool {
    let mut program = Program::new(bytes);
    let who = program.index(2);
    let story = &recorded().stories[who];
    let mut device = Device::new(31 + who as u64);
    let begins = usize::from(program.short()) % (story.events.len() + 1);
    for event in &story.events[..begins] {
        device.now.ms += 300;
        device.apply(event);
    }
    // The story's own requests have been answered in it.
    for _ in 0..MAX_STEPS {
        if program.is_over() {
            break;
        }
        step(&mut device, &mut program, story);
        device.check();
    }
    let knows_somebody = device.conversation().is_some();
    device.engine.close().expect("a store in memory closes");
    knows_somebody
}

pub fn seeds() -> Vec<Vec<u8>> {
    let whole = u16::try_from(recorded().stories[1].events.len()).expect("a short story");
    let begin = |who: u8, at: u16| [&[who], &at.to_be_bytes()[..]].concat();
    let mut seeds = Vec::new();
    for who in [0, 1] {
        // From the middle of the story: what comes next, then everything again.
        let middle = whole / 2;
        let again: Vec<u8> = (0..12_u16)
            .flat_map(|n| [&[0], &(middle + n).to_be_bytes()[..]].concat())
            .collect();
        seeds.push([begin(who, middle), again].concat());
        seeds.push([begin(who, whole), vec![4, 0, 0, 3, 0, 0, 1, 0, 2, 0, 3, 0]].concat());
        seeds.push(
            [
                begin(who, whole),
                vec![4, 0, 0, 0, 1, 8, 0, 99, 1, 10, 0, 0, 2, 104, 105],
            ]
            .concat(),
        );
        seeds.push(
            [
                begin(who, whole),
                vec![6, 0, 0, 0, 0, 7, 129, 0, 6, 0, 0, 1, 7, 20, 1, 8],
            ]
            .concat(),
        );
        seeds.push(
            [
                begin(who, whole),
                vec![10, 4, 0, 1, 65, 10, 1, 11, 9, 0, 12, 1, 0, 0, 4],
            ]
            .concat(),
        );
        seeds.push(
            [
                begin(who, 0),
                vec![10, 1, 0, 0, 1, 12, 1, 0, 0, 0, 9, 0, 3, 0, 1],
            ]
            .concat(),
        );
    }
    seeds
}
