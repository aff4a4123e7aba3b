//! A contact that holds its session and says what it likes: authentic headers and bodies with any content. PROTOCOL.md §13.
//!
//! The contact's secrets are read from its stored form, so each message opens under the right keys as far
//! as the program lets it; behind them come any ratchet keys, numbers and plaintext.

use std::collections::BTreeMap;

use chacha20::ChaCha20Rng;
use tacita_core::crypto::aead::{seal_in_place, seal_once};
use tacita_core::crypto::kdf::{NO_SALT, derive, derive_chain_step};
use tacita_core::crypto::{Purpose, Secret};
use tacita_core::protocol::ratchet::skipped::{MAX_SKIPPED_IN_CHAIN, MAX_SKIPPED_IN_SESSION};
use tacita_core::protocol::session::Opened;
use tacita_core::protocol::{DeviceAddress, MessageKey, ProtocolError, Session, SkippedKeyId};
use tacita_vectors::StoredSession;
use tacita_wire::{Decode, Encode, Writer};

use crate::people::{frame, pair, rng};
use crate::program::Program;

/// Steps of one program.
const MAX_STEPS: usize = 40;
/// Beyond, a message is refused before its key matters.
const MAX_CHAIN: u32 = 2 * MAX_SKIPPED_IN_CHAIN;

/// What the contact knows: its sending chain and the header keys of this one and the next.
struct Sender {
    transcript: [u8; 32],
    ours: DeviceAddress,
    theirs: DeviceAddress,
    next_header: Secret<32>,
    chain: Secret<32>,
    header: Secret<32>,
    keys: Vec<u8>,
    n: u32,
}

impl Sender {
    /// What a session that has a sending chain keeps.
    fn of(session: &Session) -> Option<Self> {
        let stored = StoredSession::of(session).ok()?;
        let keys = stored.ratchet_keys()?;
        let sending = stored.sending?;
        assert_eq!(sending.n, session.chain_length());
        Some(Self {
            transcript: stored.th.0,
            ours: stored.ours,
            theirs: stored.theirs,
            next_header: Secret::from_bytes(stored.our_next_header),
            chain: Secret::from_bytes(sending.chain),
            header: Secret::from_bytes(sending.header),
            keys,
            n: sending.n,
        })
    }

    /// A message of this number, ratchet keys and body; `padded` is the whole plaintext.
    fn seal(&self, said: &Said, padded: &[u8]) -> Vec<u8> {
        let nonce = [said.nonce; 24];
        let mut writer = Writer::new();
        writer.raw(&said.keys).u32(said.previous).u32(said.n);
        let mut header = writer.finish();
        let ad = [&[1], &self.transcript[..]].concat();
        let key = if said.is_next {
            &self.next_header
        } else {
            &self.header
        };
        let tag = seal_in_place(key, &nonce, &ad, &mut header);
        let head = [&nonce[..], &header, &tag].concat();

        let mut chain = self.chain.clone();
        let mut message_key = chain.clone();
        for _ in self.n..=said.n.min(MAX_CHAIN) {
            (message_key, chain) = derive_chain_step(&chain);
        }
        let context = [&self.transcript[..], &said.n.to_be_bytes(), &nonce].concat();
        let derived: Secret<44> = derive(message_key.expose(), &NO_SALT, Purpose::MkAead, &context);
        let mut ad = Writer::new();
        ad.raw(&self.transcript)
            .raw(&head)
            .put(&self.ours)
            .put(&self.theirs);
        let nonce = derived.part::<32, 12>();
        let key = derived.part::<0, 32>();
        [head, seal_once(&key, nonce.expose(), &ad.finish(), padded)].concat()
    }
}

/// What one message says of itself.
struct Said {
    nonce: u8,
    is_next: bool,
    keys: Vec<u8>,
    previous: u32,
    n: u32,
}

impl Said {
    fn read(program: &mut Program<'_>, sender: &Sender) -> Self {
        let flags = program.byte();
        let mut number = |is_wide: bool| match is_wide {
            true => program.word(),
            false => u32::from(program.short()),
        };
        let (previous, n) = (number(flags & 1 == 1), number(flags & 2 == 2));
        let mut keys = sender.keys.clone();
        for _ in 0..(flags >> 2) & 3 {
            let at = usize::from(program.short()) % keys.len();
            let patch = program.byte();
            let length = usize::from(program.byte() & 31).min(keys.len() - at);
            keys[at..at + length].fill(patch);
        }
        Self {
            nonce: program.byte(),
            is_next: flags & 16 == 16,
            keys,
            previous,
            n,
        }
    }
}

/// The honest end.
struct Receiver {
    session: Session,
    keys: BTreeMap<SkippedKeyId, Secret<32>>,
    rng: ChaCha20Rng,
}

impl Receiver {
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
        // A turn ends one chain and begins another, and each may skip.
        assert!(opened.store.len() <= 2 * MAX_SKIPPED_IN_CHAIN as usize);
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
        assert!(self.keys.len() <= MAX_SKIPPED_IN_SESSION as usize);
        assert!(self.session.to_bytes().len() <= 8192);
    }
}

pub fn run(bytes: &[u8]) -> bool {
    let people = pair();
    let mut alice = Session::from_bytes(&people.alice_session).expect("ours");
    let mut alice_rng = rng(21);
    let mut bob = Receiver {
        session: Session::from_bytes(&people.bob_session).expect("ours"),
        keys: BTreeMap::new(),
        rng: rng(22),
    };
    let mut program = Program::new(bytes);
    let mut last = Vec::new();
    let mut opened = false;
    for _ in 0..MAX_STEPS {
        if program.is_over() {
            break;
        }
        match program.byte() % 4 {
            0 => {
                // The honest end answers, and the contact's ratchet turns.
                let answer = bob.session.encrypt_bare(&frame(1, b"answer"), &mut bob.rng);
                if let Ok(answer) = answer
                    && let Ok(header) = alice.open_header(&answer)
                {
                    let _ = alice.open_body(header, &answer, None, &mut alice_rng);
                }
            }
            1 | 2 => {
                let sender = Sender::of(&alice).expect("she began, so she sends");
                let said = Said::read(&mut program, &sender);
                let plain = program.bytes();
                last = sender.seal(&said, plain);
                if let Ok(message) = bob.open(&last) {
                    let end = plain.iter().rposition(|b| *b != 0).expect("a mark");
                    assert!(
                        message.frame.to_bytes() == plain[..end],
                        "opened as something else"
                    );
                    opened = true;
                    assert!(bob.open(&last).is_err(), "one message, opened twice");
                }
            }
            _ => {
                if let Ok(message) = bob.open(&last) {
                    panic!("opened late: {message:?}");
                }
                let stored = bob.session.to_bytes();
                bob.session = Session::from_bytes(&stored).expect("what we store we can read");
            }
        }
    }
    opened
}

pub fn seeds() -> Vec<Vec<u8>> {
    let plain = [&frame(1, b"text").to_bytes()[..], &[0x80]].concat();
    let say = |flags: u8, previous: &[u8], n: &[u8], rest: &[u8], plain: &[u8]| {
        let length = u16::try_from(plain.len()).expect("short").to_be_bytes();
        [&[1, flags], previous, n, rest, &[7], &length, plain].concat()
    };
    let first = say(0, &[0, 0], &[0, 0], &[], &plain);
    vec![
        first.clone(),
        // A turn, then a message far ahead, then one just beyond the limit.
        [
            &first[..],
            &[0],
            &say(0, &[0, 3], &[0, 2], &[], &plain),
            &say(0, &[0, 0], &[3, 200], &[], &plain),
            &say(2, &[0, 0], &[0, 0, 255, 255], &[], &plain),
            &[3],
        ]
        .concat(),
        // Ratchet keys of its own making.
        [
            &first[..],
            &[0],
            &say(4, &[0, 0], &[0, 0], &[0, 0, 0, 31], &plain),
        ]
        .concat(),
        say(4, &[0, 0], &[0, 0], &[0, 40, 255, 31], &plain),
        say(16, &[0, 0], &[0, 0], &[], &plain),
        // A body that is no frame, and one without a mark.
        [
            say(0, &[0, 0], &[0, 0], &[], b"\x01\x80"),
            say(0, &[0, 0], &[0, 0], &[], &[0; 9]),
        ]
        .concat(),
        [&first[..], &[0], &say(1, &[255; 4], &[0, 0], &[], &plain)].concat(),
    ]
}
