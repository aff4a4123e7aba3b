//! The session as a whole: a program sends, delivers, drops, reorders, repeats, alters, crashes and reloads. PROTOCOL.md §13.
//!
//! What must hold after each step: what is refused has changed nothing; a text opens at its receiver, as it
//! was sent, once; what is altered never opens; what came unaltered opens, unless more is missing than the
//! limits allow.

use std::collections::{BTreeMap, BTreeSet};

use chacha20::ChaCha20Rng;
use tacita_core::crypto::Secret;
use tacita_core::protocol::ratchet::skipped::MAX_SKIPPED_IN_SESSION;
use tacita_core::protocol::session::Opened;
use tacita_core::protocol::{MessageKey, ProtocolError, Session, SkippedKeyId};
use tacita_wire::{Decode, Encode};

use crate::people::{frame, pair, rng};
use crate::program::Program;

/// Messages of one program, so that every input ends soon.
const MAX_MESSAGES: u64 = 1500;
/// Steps of one program.
const MAX_STEPS: usize = 150;
/// Below both, no limit of the protocol can be touched, and everything must open.
const ALWAYS_OPENS: (u64, u32) = (1000, 32);

/// One end, with the skipped keys that its store would hold.
struct End {
    session: Session,
    keys: BTreeMap<SkippedKeyId, Secret<32>>,
    rng: ChaCha20Rng,
    sent: u64,
    turns: u32,
    /// Numbers of the peer's texts that have come.
    opened: BTreeSet<u64>,
}

impl End {
    fn new(stored: &[u8], seed: u64) -> Self {
        Self {
            session: Session::from_bytes(stored).expect("our own"),
            keys: BTreeMap::new(),
            rng: rng(seed),
            sent: 0,
            turns: 0,
            opened: BTreeSet::new(),
        }
    }

    fn send(&mut self) -> Option<Message> {
        let before = self.session.to_bytes();
        let text = frame(self.sent + 1, &self.sent.to_be_bytes());
        match self.session.encrypt_bare(&text, &mut self.rng) {
            Ok(bytes) => {
                self.sent += 1;
                Some(Message {
                    number: self.sent,
                    bytes,
                })
            }
            Err(error) => {
                assert_eq!(error, ProtocolError::NothingReceived);
                assert!(
                    self.session.to_bytes() == before,
                    "refused, and something changed"
                );
                None
            }
        }
    }

    /// Opens what came, or leaves everything as it was.
    fn open(&mut self, bytes: &[u8]) -> Result<Opened, ProtocolError> {
        let before = self.session.to_bytes();
        let result = self.try_open(bytes);
        match &result {
            Ok(opened) => self.store(opened),
            Err(_) => assert!(
                self.session.to_bytes() == before,
                "refused, and something changed"
            ),
        }
        result
    }

    fn try_open(&mut self, bytes: &[u8]) -> Result<Opened, ProtocolError> {
        let header = self.session.open_header(bytes)?;
        let key = header.skipped_key().and_then(|id| self.keys.get(&id));
        let key = key.map(|key| MessageKey::from_bytes(key.clone()));
        self.session.open_body(header, bytes, key, &mut self.rng)
    }

    fn store(&mut self, opened: &Opened) {
        for (id, key) in &opened.store {
            let key = Secret::from_bytes(*key.expose());
            assert!(self.keys.insert(*id, key).is_none(), "a key is stored once");
        }
        if let Some(used) = opened.used {
            assert!(self.keys.remove(&used).is_some(), "a used key was there");
        }
        if let Some(last) = opened.forget_chain {
            self.keys.retain(|id, _| id.chain > last);
        }
        self.turns += u32::from(opened.turned);
        assert!(self.keys.len() <= MAX_SKIPPED_IN_SESSION as usize);
        assert!(self.session.to_bytes().len() <= 8192);
    }

    fn reload(&mut self) {
        let stored = self.session.to_bytes();
        self.session = Session::from_bytes(&stored).expect("our own");
        assert!(self.session.to_bytes() == stored);
    }
}

struct Message {
    number: u64,
    bytes: Vec<u8>,
}

/// Two ends, and what is on its way to each.
struct Talk {
    ends: [End; 2],
    wires: [Vec<Message>; 2],
}

impl Talk {
    /// Whether the limits on what may be missing cannot have been reached by what this end was sent.
    fn must_open(&self, to: usize) -> bool {
        let (messages, chains) = ALWAYS_OPENS;
        self.ends[1 - to].sent <= messages && self.ends[to].turns <= chains
    }

    /// Brings an unaltered message.
    fn deliver(&mut self, to: usize, message: &Message) -> bool {
        let must_open = self.must_open(to);
        let end = &mut self.ends[to];
        match end.open(&message.bytes) {
            Ok(opened) => {
                assert!(end.opened.insert(message.number), "a text came twice");
                assert_eq!(opened.frame.counter, message.number);
                assert_eq!(opened.frame.body, (message.number - 1).to_be_bytes());
                true
            }
            Err(_) => {
                let came_before = end.opened.contains(&message.number);
                assert!(
                    came_before || !must_open,
                    "an unaltered message does not open"
                );
                false
            }
        }
    }

    fn send(&mut self, from: usize, is_lost: bool) {
        if let Some(message) = self.ends[from].send()
            && !is_lost
        {
            self.wires[1 - from].push(message);
        }
    }

    fn must_refuse(&mut self, to: usize, bytes: &[u8]) {
        assert!(
            self.ends[to].open(bytes).is_err(),
            "an altered message opens"
        );
    }

    fn step(&mut self, program: &mut Program<'_>) {
        let op = program.byte();
        let (who, op) = (usize::from(op & 1), op >> 1);
        let waiting = self.wires[who].len();
        match op % 12 {
            0 | 1 => self.send(who, false),
            2 | 3 if waiting > 0 => {
                let message = self.wires[who].remove(0);
                self.deliver(who, &message);
            }
            4 if waiting > 0 => {
                let message = self.wires[who].remove(program.index(waiting));
                self.deliver(who, &message);
            }
            5 if waiting > 0 => {
                // It stays on the wire and will come again.
                let at = program.index(waiting);
                let message = self.wires[who].remove(at);
                self.deliver(who, &message);
                assert!(!self.deliver(who, &message));
                self.wires[who].insert(at, message);
            }
            6 if waiting > 0 => {
                self.wires[who].remove(program.index(waiting));
            }
            7 if waiting > 0 => {
                let mut altered = self.wires[who][program.index(waiting)].bytes.clone();
                let at = usize::from(program.short()) % altered.len();
                let by = program.byte().max(1);
                altered[at] ^= by;
                self.must_refuse(who, &altered);
                let cut = usize::from(program.short()) % altered.len();
                let whole = &self.wires[who][program.index(waiting)].bytes;
                let cut = whole[..cut.min(whole.len() - 1)].to_vec();
                self.must_refuse(who, &cut);
            }
            8 if waiting > 0 => {
                // Back to its sender.
                let bytes = self.wires[who][program.index(waiting)].bytes.clone();
                self.must_refuse(1 - who, &bytes);
            }
            9 if waiting > 0 => {
                // Opened, and then the power goes before the commit.
                let at = program.index(waiting);
                let end = &mut self.ends[who];
                let stored = end.session.to_bytes();
                let _ = end.try_open(&self.wires[who][at].bytes);
                end.session = Session::from_bytes(&stored).expect("our own");
            }
            10 => self.ends[who].reload(),
            11 => {
                for _ in 0..u32::from(program.byte()) * 4 {
                    if self.ends[who].sent < MAX_MESSAGES {
                        self.send(who, true);
                    }
                }
            }
            _ => {
                let bytes = program.bytes();
                self.must_refuse(who, bytes);
            }
        }
    }
}

pub fn run(bytes: &[u8]) -> bool {
    let people = pair();
    let mut talk = Talk {
        ends: [
            End::new(&people.alice_session, 11),
            End::new(&people.bob_session, 12),
        ],
        wires: [Vec::new(), Vec::new()],
    };
    let mut program = Program::new(bytes);
    let mut steps = 0;
    while !program.is_over() && steps < MAX_STEPS && talk.ends.iter().all(|e| e.sent < MAX_MESSAGES)
    {
        talk.step(&mut program);
        steps += 1;
    }
    // In the end all that is still on its way comes.
    for to in [1, 0] {
        for message in std::mem::take(&mut talk.wires[to]) {
            talk.deliver(to, &message);
        }
    }
    talk.ends.iter().any(|end| !end.opened.is_empty())
}

pub fn seeds() -> Vec<Vec<u8>> {
    let (alice, bob) = (0, 1);
    let op = |who: u8, op: u8| who | op << 1;
    let turn = [op(alice, 0), op(bob, 2), op(bob, 0), op(alice, 2)];
    vec![
        turn.repeat(4),
        // Sent four, opened in another order, one of them twice, one lost.
        vec![
            op(alice, 0),
            op(alice, 0),
            op(alice, 0),
            op(alice, 0),
            op(bob, 4),
            2,
            op(bob, 5),
            1,
            op(bob, 6),
            0,
            op(bob, 10),
            op(bob, 2),
        ],
        // Altered, reflected, crashed, and still opened.
        vec![
            op(alice, 0),
            op(bob, 7),
            0,
            9,
            9,
            1,
            0,
            5,
            0,
            op(bob, 8),
            0,
            op(bob, 9),
            0,
            op(bob, 2),
        ],
        // More is lost than a chain may skip.
        [
            &turn[..],
            &[op(alice, 11), 255, op(alice, 0), op(bob, 2)],
            &turn,
        ]
        .concat(),
        // Old chains wait while the ratchet turns on.
        [&turn[..], &[op(alice, 0), op(alice, 0), op(bob, 4), 1]]
            .concat()
            .repeat(8),
        [&[op(alice, 12), 0, 4, 1, 2, 3, 4][..], &turn].concat(),
    ]
}
