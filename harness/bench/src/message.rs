//! Messages of 100 bytes: in a chain, and such as make the ratchet turn.

use std::cell::RefCell;

use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use tacita_core::crypto::{DhSecret, KemSecret, Secret};
use tacita_core::protocol::{
    AccountId, DeviceAddress, DeviceNumber, Frame, HandshakeSecrets, Session, TranscriptHash,
    envelope_message,
};

use super::measure::{Limits, NO_LIMITS, Row, row};
use super::peer::Olm;
use super::primitives::Primitives;

/// What is sent.
pub const TEXT: [u8; 100] = [b'x'; 100];

/// The system's generator, as clients use it, and as the peer does.
pub type Rng = UnwrapErr<SysRng>;

pub fn rows() -> Vec<Row> {
    vec![encrypt_in_chain(), decrypt_in_chain(), in_chain(), a_turn()]
}

fn frame() -> Frame {
    Frame {
        counter: 1,
        seen_up_to: 0,
        kind: 2,
        body: TEXT.to_vec(),
    }
}

/// Two ends of a session, each of which has opened something of the other.
pub fn acquainted() -> (Session, Session, Rng) {
    let mut rng = UnwrapErr(SysRng);
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

pub fn send(from: &mut Session, to: &mut Session, rng: &mut Rng) {
    let envelope = from.encrypt(&frame(), rng).unwrap();
    open(to, &envelope, rng);
}

/// One message that nobody opens.
#[cfg(feature = "store")]
pub fn encrypt(from: &mut Session, rng: &mut Rng) -> Vec<u8> {
    from.encrypt(&frame(), rng).unwrap()
}

/// One message each way, so that both ends turn.
pub fn turn(alice: &mut Session, bob: &mut Session, rng: &mut Rng) {
    send(alice, bob, rng);
    std::mem::swap(alice, bob);
}

fn open(session: &mut Session, envelope: &[u8], rng: &mut Rng) {
    let message = envelope_message(envelope).unwrap();
    let header = session.open_header(message).unwrap();
    session.open_body(header, message, None, rng).unwrap();
}

fn encrypt_in_chain() -> Row {
    let (mut alice, _, mut rng) = acquainted();
    let frame = frame();
    let mut primitives = Primitives::new();
    row(
        "in a chain, encrypt",
        NO_LIMITS,
        || (),
        |()| alice.encrypt(&frame, &mut rng).unwrap(),
        Some(&mut || primitives.seal()),
        None,
    )
}

fn decrypt_in_chain() -> Row {
    let (mut alice, mut bob, mut rng) = acquainted();
    let frame = frame();
    let mut primitives = Primitives::new();
    row(
        "in a chain, decrypt",
        NO_LIMITS,
        || alice.encrypt(&frame, &mut rng).unwrap(),
        |envelope| open(&mut bob, &envelope, &mut UnwrapErr(SysRng)),
        Some(&mut || primitives.open()),
        None,
    )
}

fn in_chain() -> Row {
    let (mut alice, mut bob, mut rng) = acquainted();
    let mut primitives = Primitives::new();
    let mut olm = Olm::acquainted();
    row(
        "in a chain, encrypt and decrypt",
        Limits {
            floor: Some(1.3),
            peer: Some(1.0),
            ..NO_LIMITS
        },
        || (),
        |()| send(&mut alice, &mut bob, &mut rng),
        Some(&mut || {
            primitives.seal();
            primitives.open();
        }),
        Some(&mut || olm.send()),
    )
}

fn a_turn() -> Row {
    let ends = RefCell::new(acquainted());
    let mut primitives = Primitives::new();
    let mut olm = Olm::acquainted();
    row(
        "a turn of the ratchet, encrypt and decrypt",
        Limits {
            floor: Some(1.2),
            peer: Some(1.6),
            ..NO_LIMITS
        },
        || (),
        |()| {
            let (alice, bob, rng) = &mut *ends.borrow_mut();
            turn(alice, bob, rng);
        },
        Some(&mut || primitives.turn()),
        Some(&mut || olm.turn()),
    )
}
