//! Messages of 100 bytes: in a chain, and such as make the ratchet turn.

use std::cell::RefCell;

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use tacita_core::crypto::{DhSecret, KemSecret, Secret};
use tacita_core::protocol::{
    AccountId, DeviceAddress, DeviceNumber, Frame, HandshakeSecrets, Session, TranscriptHash,
    envelope_message,
};

use super::measure::{Row, row};
use super::primitives::Primitives;

pub fn rows() -> Vec<Row> {
    vec![encrypt_in_chain(), decrypt_in_chain(), turn()]
}

fn frame() -> Frame {
    Frame {
        counter: 1,
        seen_up_to: 0,
        kind: 2,
        body: vec![b'x'; 100],
    }
}

/// Two ends of a session, each of which has opened something of the other.
pub fn acquainted() -> (Session, Session, ChaCha20Rng) {
    let mut rng = ChaCha20Rng::from_seed([1; 32]);
    let secrets = || HandshakeSecrets {
        th: TranscriptHash([1; 32]),
        sk: Secret::from_bytes([2; 32]),
        hk_ab: Secret::from_bytes([3; 32]),
        nhk_ba: Secret::from_bytes([4; 32]),
    };
    let device = |n| DeviceAddress {
        account: AccountId([n; 32]),
        device: DeviceNumber::FIRST,
    };
    let (spk, kem) = (DhSecret::generate(&mut rng), KemSecret::generate(&mut rng));
    let mut alice = Session::start_initiator(
        secrets(),
        device(1),
        device(2),
        &spk.public(),
        &kem.public(),
        &mut rng,
    )
    .unwrap();
    let mut bob = Session::start_responder(secrets(), device(2), device(1), spk, kem);
    send(&mut alice, &mut bob, &mut rng);
    send(&mut bob, &mut alice, &mut rng);
    (alice, bob, rng)
}

pub fn send(from: &mut Session, to: &mut Session, rng: &mut ChaCha20Rng) {
    let envelope = from.encrypt(&frame(), rng).unwrap();
    open(to, &envelope, rng);
}

fn open(session: &mut Session, envelope: &[u8], rng: &mut ChaCha20Rng) {
    let message = envelope_message(envelope).unwrap();
    let header = session.open_header(message).unwrap();
    session.open_body(header, message, None, rng).unwrap();
}

fn encrypt_in_chain() -> Row {
    let (mut alice, _, mut rng) = acquainted();
    let frame = frame();
    let mut primitives = Primitives::new();
    row(
        "100 bytes in a chain, encrypt",
        || (),
        |()| alice.encrypt(&frame, &mut rng).unwrap(),
        || primitives.seal(),
    )
}

fn decrypt_in_chain() -> Row {
    let (mut alice, mut bob, mut rng) = acquainted();
    let frame = frame();
    let mut other_rng = ChaCha20Rng::from_seed([3; 32]);
    let mut primitives = Primitives::new();
    row(
        "100 bytes in a chain, decrypt",
        || alice.encrypt(&frame, &mut rng).unwrap(),
        |envelope| open(&mut bob, &envelope, &mut other_rng),
        || primitives.open(),
    )
}

fn turn() -> Row {
    let (alice, bob, rng) = acquainted();
    let ends = RefCell::new((alice, bob, rng));
    let mut primitives = Primitives::new();
    row(
        "a turn of the ratchet, encrypt and decrypt",
        || (),
        |()| {
            let (alice, bob, rng) = &mut *ends.borrow_mut();
            send(alice, bob, rng);
            std::mem::swap(alice, bob);
        },
        || primitives.turn(),
    )
}
