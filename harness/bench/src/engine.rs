//! A text with its receipt through two engines and their stores.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::path::Path;

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use rusqlite::{Connection, params};
use tacita_core::client::Engine;
use tacita_core::client::effect::{Effect, RelayLocator};
use tacita_core::client::input::{Input, Now, StreamEvent};
use tacita_core::client::view::{ConversationId, Delivery, InvitationKind};
use tacita_core::store::Store;
use tacita_wire::{
    EntryKind, MailboxId, PileId, RelayAddress, RelayLink, RelayRootHash, Request, Response,
    SealedEntry, StoredEnvelope,
};

use super::measure::{NO_LIMITS, Row, Taken, row, take};
use super::message;
use super::store::NoVault;

const TEXT: &str =
    "a text of about a hundred bytes, as people write them to each other every day, all day long";
/// Messages of one page.
const PAGE: u32 = 500;
const START_MS: u64 = 1_800_000_000_000;

pub fn rows() -> Vec<Row> {
    let directory = tempfile::tempdir().unwrap();
    vec![text(directory.path())]
}

pub fn open(directory: &Path) -> Store {
    Store::open(directory, &NoVault, &mut ChaCha20Rng::from_seed([7; 32])).unwrap()
}

/// The same tables without encryption, and without anything else in them.
fn open_plain(path: &Path) -> Connection {
    let plain = Connection::open(path).unwrap();
    plain
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             CREATE TABLE messages (conversation INTEGER, place INTEGER, direction INTEGER,
               device INTEGER, counter INTEGER, kind INTEGER, data BLOB, sent_ms INTEGER,
               stored_ms INTEGER, delivery INTEGER, PRIMARY KEY (conversation, place)) WITHOUT ROWID;
             CREATE TABLE outbox (id INTEGER PRIMARY KEY, envelope BLOB);
             CREATE TABLE sessions (id INTEGER PRIMARY KEY, state BLOB);",
        )
        .unwrap();
    plain
}

fn insert_plain(plain: &Connection, place: u64) {
    let mut insert = plain
        .prepare_cached("INSERT INTO messages VALUES (1, ?1, 1, 1, ?1, 1, ?2, ?1, ?1, 1)")
        .unwrap();
    insert
        .execute(params![place.cast_signed(), TEXT.as_bytes()])
        .unwrap();
}

/// One end: an engine and the stream that it holds.
struct End {
    engine: Engine,
    rng: ChaCha20Rng,
    stream: Option<(RelayLocator, u64, Vec<MailboxId>)>,
}

/// Two engines and as much of a relay as they need, which stores nothing on a disk.
pub struct Pair {
    ends: [End; 2],
    now: Now,
    piles: BTreeMap<PileId, Vec<SealedEntry>>,
    sequence: u64,
    put: VecDeque<(MailboxId, Vec<u8>)>,
    /// Whether what is put stays at the relay.
    is_held: bool,
}

impl Pair {
    /// Two that have talked.
    pub fn new(directory: &Path) -> Self {
        let mut pair = Self::strangers(directory);
        pair.release();
        pair
    }

    /// The second has accepted the first's invitation, who has not heard of it yet. Stores that are there are taken.
    pub fn strangers(directory: &Path) -> Self {
        let now = Now { ms: START_MS };
        let ends = [1, 2].map(|seed| {
            let mut rng = ChaCha20Rng::from_seed([seed; 32]);
            let store = open(&directory.join(format!("end{seed}")));
            End {
                engine: Engine::open(store, now, &mut rng).unwrap(),
                rng,
                stream: None,
            }
        });
        let mut pair = Self {
            ends,
            now,
            piles: BTreeMap::new(),
            sequence: 0,
            put: VecDeque::new(),
            is_held: true,
        };
        let link = RelayLink {
            address: RelayAddress::new("relay.example:443").unwrap(),
            root: RelayRootHash([0; 32]),
            join_code: None,
        }
        .to_string();
        for End { engine, rng, .. } in &mut pair.ends {
            engine.create_account(&link, "A", now, rng).unwrap();
        }
        pair.settle();
        let End { engine, rng, .. } = &mut pair.ends[0];
        engine
            .create_invitation(InvitationKind::Personal, now, rng)
            .unwrap();
        pair.settle();
        let End { engine, rng, .. } = &mut pair.ends[0];
        let invitation = engine.invitations(now, rng).unwrap().remove(0).link;
        let End { engine, rng, .. } = &mut pair.ends[1];
        engine.accept_invitation(&invitation, now, rng).unwrap();
        pair.settle();
        pair
    }

    /// Hands out what was held, and all that follows from it.
    pub fn release(&mut self) {
        self.is_held = false;
        self.settle();
        self.tick();
    }

    fn answer(&mut self, request: Request) -> Response {
        match request {
            Request::Hello { .. } => Response::Hello {
                hour: self.now.hour().0,
            },
            Request::FillPile { pile, entries, .. } => {
                self.piles.insert(pile, entries);
                Response::Done
            }
            Request::Claim { claim, .. } => Response::Claimed {
                kind: EntryKind::OneTime,
                entry: self.piles[&claim.derive_pile_id()][0].clone(),
            },
            Request::Put {
                mailbox, envelopes, ..
            } => {
                let put = envelopes.into_iter().map(|envelope| (mailbox, envelope));
                self.put.extend(put);
                Response::Done
            }
            _ => Response::Done,
        }
    }

    fn handle(&mut self, end: usize, input: Input) {
        let End { engine, rng, .. } = &mut self.ends[end];
        engine.handle(input, self.now, rng).unwrap();
    }

    /// Carries out what both ask for, until neither asks for anything.
    pub fn settle(&mut self) {
        loop {
            let mut is_quiet = true;
            for end in 0..2 {
                let effects: Vec<_> = self.ends[end].engine.poll_effects().collect();
                for effect in effects {
                    match effect {
                        Effect::Request {
                            id: request,
                            request: asked,
                            ..
                        } => {
                            is_quiet = false;
                            let result = Ok(self.answer(asked));
                            self.handle(end, Input::Answer { request, result });
                        }
                        Effect::Watch {
                            relay,
                            stream,
                            subscriptions,
                        } => {
                            let ids = subscriptions.into_iter().map(|(id, _)| id).collect();
                            self.ends[end].stream = Some((relay, stream, ids));
                        }
                        Effect::Finished { outcome, .. } => drop(outcome.unwrap()),
                        Effect::Changed => {}
                    }
                }
            }
            while !self.is_held
                && let Some((mailbox, envelope)) = self.put.pop_front()
            {
                is_quiet = false;
                self.deliver(mailbox, envelope);
            }
            if is_quiet {
                return;
            }
        }
    }

    fn deliver(&mut self, mailbox: MailboxId, envelope: Vec<u8>) {
        for (end, input) in self.arrivals(mailbox, envelope) {
            self.handle(end, input);
        }
    }

    /// What whose stream brings when this is put.
    fn arrivals(&mut self, mailbox: MailboxId, envelope: Vec<u8>) -> Vec<(usize, Input)> {
        self.sequence += 1;
        let stored = StoredEnvelope {
            sequence: self.sequence,
            hour: self.now.hour().0,
            envelope,
        };
        let mut inputs = Vec::new();
        for (end, held) in self.ends.iter().enumerate() {
            if let Some((relay, stream, ids)) = held.stream.clone()
                && ids.contains(&mailbox)
            {
                let event = StreamEvent::Envelopes(vec![(mailbox, stored.clone())]);
                inputs.push((
                    end,
                    Input::Stream {
                        relay,
                        stream,
                        event,
                    },
                ));
            }
        }
        inputs
    }

    /// The other end of a conversation.
    fn other(&self, end: usize) -> ConversationId {
        ConversationId(self.ends[1 - end].engine.account().unwrap().id)
    }

    /// A text from an end, at the relay if it may leave.
    fn say(&mut self, end: usize) -> Taken {
        let to = self.other(end);
        let now = self.now;
        let End { engine, rng, .. } = &mut self.ends[end];
        let (sent, taken) = take(|| engine.send_text(to, TEXT, now, rng));
        sent.unwrap();
        taken
    }

    /// A text from the first to the second: what sending took, and what taking it in.
    pub fn send_timed(&mut self) -> (Taken, Taken) {
        self.is_held = true;
        let sent = self.say(0);
        self.settle();
        let (mailbox, envelope) = self.put.pop_front().unwrap();
        let (end, input) = self.arrivals(mailbox, envelope).remove(0);
        let ((), received) = take(|| self.handle(end, input));
        self.release();
        (sent, received)
    }

    /// So many texts of the second wait for the first, who then answers: what that took the second, for each text
    /// that could leave.
    pub fn drain(&mut self, texts: usize) -> Taken {
        while self.waiting(1) < texts {
            self.say(1);
            self.settle();
        }
        // The first hears of the second, and answers.
        let held: Vec<_> = self.put.drain(..).collect();
        for (mailbox, envelope) in held {
            self.deliver(mailbox, envelope);
        }
        self.settle();
        let before = self.waiting(1);
        assert_eq!(before, texts);
        let (mailbox, envelope) = self.put.pop_front().unwrap();
        let (end, input) = self.arrivals(mailbox, envelope).remove(0);
        assert_eq!(end, 1);
        let ((), mut taken) = take(|| self.handle(end, input));
        let mut waiting = self.waiting(1);
        // Many are taken up in slices.
        loop {
            let ((), slice) = take(|| self.handle(1, Input::Tick));
            let still = self.waiting(1);
            if still == waiting {
                break;
            }
            taken = taken.and(slice);
            waiting = still;
        }
        let left = before - waiting;
        assert!(left > texts / 2, "{left} left");
        self.release();
        for _ in 0..20 {
            self.tick();
        }
        assert_eq!(self.waiting(1), 0);
        taken.each(left)
    }

    /// Texts of an end that may not leave yet.
    fn waiting(&self, end: usize) -> usize {
        let id = self.other(end);
        let mut before = None;
        let mut waiting = 0;
        loop {
            let page = self.ends[end].engine.messages(id, before, PAGE).unwrap();
            waiting += page
                .messages
                .iter()
                .filter(|message| matches!(message.delivery, Delivery::Waiting { .. }))
                .count();
            before = page.messages.first().map(|message| message.place);
            if !page.more {
                return waiting;
            }
        }
    }

    pub fn tick(&mut self) {
        self.now.ms += 250;
        self.handle(0, Input::Tick);
        self.handle(1, Input::Tick);
        self.settle();
    }

    fn send(&mut self) {
        let to = ConversationId(self.ends[1].engine.account().unwrap().id);
        let End { engine, rng, .. } = &mut self.ends[0];
        engine.send_text(to, TEXT, self.now, rng).unwrap();
        self.settle();
        self.tick();
    }
}

/// The floor: the same messages through two sessions, and one transaction for each thing that has to last.
fn text(directory: &Path) -> Row {
    let mut pair = Pair::new(directory);
    pair.send();
    let sessions = RefCell::new(message::acquainted());
    let plain = [1, 2].map(|n| open_plain(&directory.join(format!("end{n}.db"))));
    let mut place = 0;
    row(
        "a text and its receipt, two engines",
        NO_LIMITS,
        || (),
        |()| pair.send(),
        Some(&mut || {
            place += 1;
            for plain in &plain {
                plain.execute_batch("BEGIN IMMEDIATE").unwrap();
                insert_plain(plain, place);
                store_session(plain);
                plain.execute_batch("COMMIT").unwrap();
                plain.execute_batch("BEGIN IMMEDIATE").unwrap();
                let sql = "INSERT INTO outbox VALUES (?1, ?2)";
                let envelope = vec![0_u8; 4096];
                let number = place.cast_signed();
                plain
                    .prepare_cached(sql)
                    .unwrap()
                    .execute(params![number, envelope])
                    .unwrap();
                store_session(plain);
                plain.execute_batch("COMMIT").unwrap();
            }
            let (alice, bob, rng) = &mut *sessions.borrow_mut();
            message::send(alice, bob, rng);
            message::send(bob, alice, rng);
        }),
        None,
    )
}

fn store_session(plain: &Connection) {
    plain
        .prepare_cached("INSERT OR REPLACE INTO sessions VALUES (1, ?1)")
        .unwrap()
        .execute([vec![0_u8; 4000]])
        .unwrap();
}
