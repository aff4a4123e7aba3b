//! Tests of sessions: two ends, a wire that delays, loses, repeats and alters, and a thief.

mod attack;
mod hostile;
mod limits;
mod schedule;
mod stored;

use std::collections::BTreeMap;

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use tacita_wire::limits::ENVELOPE_BUCKETS;
use tacita_wire::{Decode, Encode};

use tacita_wire::WireError;

use super::*;
use crate::crypto::aead::{self, TAG_BYTES};
use crate::crypto::kdf::{NO_SALT, derive, derive_chain_step};
use crate::crypto::padding::MARK;
use crate::crypto::{Purpose, hash};
use crate::protocol::content::{Frame, MAX_BODY_BYTES};
use crate::protocol::ids::{AccountId, DeviceNumber};
use crate::protocol::ratchet::chain::MessageKey;
use crate::protocol::ratchet::header::SealedHeader;
use crate::protocol::ratchet::skipped::{MAX_OLD_CHAINS, SkippedKeyId};

/// One end, with the skipped keys that a store would hold.
struct End {
    session: Session,
    keys: BTreeMap<SkippedKeyId, Secret<32>>,
    rng: ChaCha20Rng,
}

impl End {
    fn new(session: Session, seed: u8) -> Self {
        Self {
            session,
            keys: BTreeMap::new(),
            rng: ChaCha20Rng::from_seed([seed; 32]),
        }
    }

    /// As a file copy would have it, with randomness of its own.
    fn copy(&self, seed: u8) -> Self {
        Self {
            session: Session::from_bytes(&self.session.to_bytes()).unwrap(),
            keys: self.keys.clone(),
            rng: ChaCha20Rng::from_seed([seed; 32]),
        }
    }

    fn send(&mut self, text: &[u8]) -> Vec<u8> {
        self.session.encrypt(&frame(text), &mut self.rng).unwrap()
    }

    fn open_message(&mut self, message: &[u8]) -> Result<Opened, ProtocolError> {
        let header = self.session.open_header(message)?;
        let key = header
            .skipped_key()
            .and_then(|id| self.keys.get(&id))
            .map(|key| MessageKey::from_bytes(key.clone()));
        let opened = self
            .session
            .open_body(header, message, key, &mut self.rng)?;
        for (id, key) in &opened.store {
            let new = Secret::from_bytes(*key.expose());
            assert!(self.keys.insert(*id, new).is_none(), "a key is stored once");
        }
        if let Some(id) = opened.used {
            assert!(self.keys.remove(&id).is_some(), "what was used was there");
        }
        if let Some(last) = opened.forget_chain {
            self.keys.retain(|id, _| id.chain > last);
        }
        Ok(opened)
    }

    fn open(&mut self, envelope: &[u8]) -> Result<Vec<u8>, ProtocolError> {
        let message = envelope_message(envelope)?;
        Ok(self.open_message(message)?.frame.body)
    }

    /// Opens nothing, and is byte for byte as it was.
    fn refuses(&mut self, envelope: &[u8]) {
        let (session, keys) = (self.session.to_bytes(), self.keys.clone());
        assert_eq!(self.open(envelope), Err(ProtocolError::CannotDecrypt));
        assert_eq!(self.session.to_bytes(), session);
        assert_eq!(self.keys, keys);
    }
}

fn frame(text: &[u8]) -> Frame {
    Frame {
        counter: 7,
        seen_up_to: 3,
        kind: 2,
        body: text.to_vec(),
    }
}

fn device(n: u8) -> DeviceAddress {
    DeviceAddress {
        account: AccountId([n; 32]),
        device: DeviceNumber(u32::from(n)),
    }
}

fn secrets() -> HandshakeSecrets {
    HandshakeSecrets {
        th: TranscriptHash([0x77; 32]),
        sk: Secret::from_bytes([0x51; 32]),
        hk_ab: Secret::from_bytes([0x52; 32]),
        nhk_ba: Secret::from_bytes([0x53; 32]),
    }
}

/// Alice has started a session; Bob has nothing of it yet.
fn strangers() -> (End, End) {
    let mut rng = ChaCha20Rng::from_seed([0; 32]);
    let spk = DhSecret::generate(&mut rng);
    let kem = KemSecret::generate(&mut rng);
    let alice = Session::start_initiator(
        secrets(),
        device(1),
        device(2),
        &spk.public(),
        &kem.public(),
        &mut rng,
    )
    .unwrap();
    let bob = Session::start_responder(secrets(), device(2), device(1), spk, kem);
    (End::new(alice, 1), End::new(bob, 2))
}

/// Each has opened something of the other.
fn acquainted() -> (End, End) {
    let (mut alice, mut bob) = strangers();
    turn(&mut alice, &mut bob);
    turn(&mut bob, &mut alice);
    (alice, bob)
}

/// A message that makes the receiver's ratchet turn.
fn turn(from: &mut End, to: &mut End) {
    let envelope = from.send(b"turn");
    assert_eq!(to.open(&envelope).unwrap(), b"turn");
}

/// Every order of `0..n`.
fn orders(n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return vec![Vec::new()];
    }
    let shorter = orders(n - 1);
    let insert = |order: &Vec<usize>, at: usize| {
        let mut order = order.clone();
        order.insert(at, n - 1);
        order
    };
    shorter
        .iter()
        .flat_map(|order| (0..n).map(|at| insert(order, at)).collect::<Vec<_>>())
        .collect()
}

#[test]
fn a_conversation_in_order_opens_on_both_sides() {
    let (mut alice, mut bob) = strangers();
    for round in 0..20_u8 {
        for text in [[round, 0], [round, 1], [round, 2]] {
            let envelope = alice.send(&text);
            assert_eq!(bob.open(&envelope).unwrap(), text);
        }
        for text in [[round, 3], [round, 4]] {
            let envelope = bob.send(&text);
            assert_eq!(alice.open(&envelope).unwrap(), text);
        }
    }
    assert!(alice.keys.is_empty() && bob.keys.is_empty());
    assert_eq!(alice.session.chain_id(), 21);
    assert_eq!(bob.session.chain_length(), 2);
}

#[test]
fn counters_and_kind_arrive_as_they_were_sent() {
    let (mut alice, mut bob) = strangers();
    let envelope = alice.send(b"text");
    let opened = bob
        .open_message(envelope_message(&envelope).unwrap())
        .unwrap();
    assert_eq!(opened.frame, frame(b"text"));
    assert!(opened.turned && opened.used.is_none() && opened.store.is_empty());
    let envelope = alice.send(b"more");
    let opened = bob
        .open_message(envelope_message(&envelope).unwrap())
        .unwrap();
    assert!(!opened.turned);
}

#[test]
fn a_bare_message_opens_like_an_enveloped_one() {
    let (mut alice, mut bob) = strangers();
    let message = alice
        .session
        .encrypt_bare(&frame(b"first"), &mut alice.rng)
        .unwrap();
    assert_eq!(message.len(), HEAD_BYTES + 22 + 5 + 1 + TAG_BYTES);
    assert_eq!(bob.open_message(&message).unwrap().frame.body, b"first");
}

#[test]
fn the_bytes_are_those_of_the_protocol_text() {
    let (mut alice, mut bob) = strangers();
    // §13, half-step: with Bob's private prekeys, from the header itself.
    let envelope = alice.send(b"text");
    assert_eq!((envelope.len(), envelope[0]), (4096, 1));
    let (nonce, sealed, body) = (&envelope[1..25], &envelope[25..2353], &envelope[2353..]);
    let th = [0x77; 32];
    let header = aead::open(
        &Secret::from_bytes([0x52; 32]),
        &[&[1][..], &th].concat(),
        &envelope[1..2353],
    )
    .unwrap();
    assert_eq!(sealed.len(), 2328);
    assert_eq!(header.len(), 2312);
    assert_eq!(header[2304..], [0; 8]);
    let (dh, ek, ct) = (&header[..32], &header[32..1216], &header[1216..2304]);
    let their_dh = DhPublic::from_bytes(dh.try_into().unwrap()).unwrap();
    let shared = bob.session.our_dh.agree(&their_dh).unwrap();
    let kem = bob.session.our_kem.load().unwrap();
    let ciphertext = crate::crypto::KemCiphertext::from_bytes(ct.try_into().unwrap());
    let derived: Secret<96> = derive(
        &[&shared.expose()[..], kem.decapsulate(&ciphertext).expose()].concat(),
        &[0x51; 32],
        Purpose::Rk,
        &[&th[..], dh, &hash::sha256(&[ek]), &hash::sha256(&[ct])].concat(),
    );
    // §13, chain and body; §14, padding; §15, frame.
    let (mk, _) = derive_chain_step(&derived.part::<32, 32>());
    let key: Secret<44> = derive(
        mk.expose(),
        &NO_SALT,
        Purpose::MkAead,
        &[&th[..], &[0; 4], nonce].concat(),
    );
    let ad = [
        &th[..],
        nonce,
        sealed,
        &[1; 32],
        &[0, 0, 0, 1],
        &[2; 32],
        &[0, 0, 0, 2],
    ]
    .concat();
    let nonce = *key.part::<32, 12>().expose();
    let plain = aead::open_once(&key.part::<0, 32>(), &nonce, &ad, body).unwrap();
    let mut expected = vec![
        0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 3, 0, 2, 0, 0, 0, 4,
    ];
    expected.extend_from_slice(b"text\x80");
    expected.resize(1727, 0);
    assert_eq!(*plain, expected);
    assert_eq!(bob.open(&envelope).unwrap(), b"text");
}

#[test]
fn the_first_five_messages_open_in_every_order() {
    let (mut alice, bob) = strangers();
    let sent: Vec<_> = (0..5_u8).map(|i| alice.send(&[i])).collect();
    for order in orders(5) {
        let mut bob = bob.copy(9);
        for at in &order {
            let text = bob.open(&sent[*at]).unwrap();
            assert_eq!(text, [u8::try_from(*at).unwrap()], "{order:?}");
        }
        assert!(bob.keys.is_empty());
        turn(&mut bob, &mut alice.copy(9));
    }
}

#[test]
fn messages_across_a_turn_open_in_every_order() {
    let (mut alice, mut bob) = acquainted();
    let mut sent: Vec<_> = (0..3_u8).map(|i| alice.send(&[i])).collect();
    let first = alice.send(b"first");
    bob.open(&first).unwrap();
    turn(&mut bob, &mut alice);
    sent.extend((3..6_u8).map(|i| alice.send(&[i])));
    for order in orders(6) {
        let mut bob = bob.copy(9);
        for at in &order {
            let text = bob.open(&sent[*at]).unwrap();
            assert_eq!(text, [u8::try_from(*at).unwrap()], "{order:?}");
        }
        assert!(bob.keys.is_empty());
    }
}

#[test]
fn both_may_send_at_the_same_time() {
    let (mut alice, mut bob) = acquainted();
    for round in 0..10 {
        let from_alice = alice.send(&[round]);
        let from_bob = bob.send(&[round, round]);
        assert_eq!(bob.open(&from_alice).unwrap(), [round]);
        assert_eq!(alice.open(&from_bob).unwrap(), [round, round]);
    }
}

#[test]
fn lost_messages_take_nothing_with_them() {
    let (mut alice, mut bob) = acquainted();
    for round in 0..30_u8 {
        let envelope = alice.send(&[round]);
        if round % 3 == 0 {
            assert_eq!(bob.open(&envelope).unwrap(), [round]);
        }
        let envelope = bob.send(&[round]);
        if round % 4 == 0 {
            assert_eq!(alice.open(&envelope).unwrap(), [round]);
        }
    }
}

#[test]
fn replayed_messages_are_rejected_and_change_nothing() {
    let (mut alice, mut bob) = strangers();
    let first = alice.send(b"first");
    bob.open(&first).unwrap();
    bob.refuses(&first);
    let later: Vec<_> = (0..3_u8).map(|i| alice.send(&[i])).collect();
    bob.open(&later[2]).unwrap();
    bob.open(&later[0]).unwrap();
    bob.refuses(&later[0]);
    bob.refuses(&later[2]);
    turn(&mut bob, &mut alice);
    turn(&mut alice, &mut bob);
    for old in [&first, &later[0], &later[2]] {
        bob.refuses(old);
    }
    assert_eq!(bob.open(&later[1]).unwrap(), [1]);
    bob.refuses(&later[1]);
}

#[test]
fn a_message_does_not_open_at_its_own_sender_or_in_another_session() {
    let (mut alice, mut bob) = acquainted();
    let envelope = alice.send(b"text");
    alice.refuses(&envelope);
    bob.session.theirs.device = DeviceNumber(9);
    bob.refuses(&envelope);
    bob.session.theirs.device = DeviceNumber(1);
    bob.session.transcript = TranscriptHash([0x78; 32]);
    bob.refuses(&envelope);
    bob.session.transcript = TranscriptHash([0x77; 32]);
    assert_eq!(bob.open(&envelope).unwrap(), b"text");
}

#[test]
fn a_responder_cannot_send_before_it_has_received() {
    let (_, mut bob) = strangers();
    assert_eq!(
        bob.session.encrypt(&frame(b"text"), &mut bob.rng),
        Err(ProtocolError::NothingReceived)
    );
}

#[test]
fn each_frame_goes_into_the_smallest_envelope_that_fits() {
    let (mut alice, mut bob) = acquainted();
    for bucket in ENVELOPE_BUCKETS {
        // 4,096 bytes carry 1,726 bytes of content frame, of which 22 stand before the body.
        let largest = bucket - 4096 + 1726 - 22;
        for length in [largest, largest + 1] {
            let text = vec![0xaa; length];
            let Ok(envelope) = alice.session.encrypt(&frame(&text), &mut alice.rng) else {
                assert_eq!((bucket, length), (65536, largest + 1));
                continue;
            };
            assert_eq!(envelope.len() == bucket, length == largest);
            assert_eq!(bob.open(&envelope).unwrap(), text);
        }
    }
    let before = alice.session.to_bytes();
    let huge = frame(&vec![0; 70_000]);
    let refused = Err(ProtocolError::TooLarge);
    assert_eq!(alice.session.encrypt(&huge, &mut alice.rng), refused);
    assert_eq!(alice.session.encrypt_bare(&huge, &mut alice.rng), refused);
    assert_eq!(alice.session.to_bytes(), before);
    let longest = frame(&vec![0; MAX_BODY_BYTES]);
    assert!(alice.session.encrypt_bare(&longest, &mut alice.rng).is_ok());
}
