//! Messages of 100 bytes: in a chain, and such as make the ratchet turn.

use std::cell::RefCell;

use chacha20::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use tacita_core::crypto::aead::{
    open_in_place, open_once_in_place, seal_in_place, seal_once_in_place,
};
use tacita_core::crypto::hash::sha256;
use tacita_core::crypto::kdf::{NO_SALT, derive, derive_chain_step};
use tacita_core::crypto::kem::encapsulate;
use tacita_core::crypto::{
    DhPublic, DhSecret, KemCiphertext, KemPublic, KemSecret, Purpose, Secret,
};
use tacita_core::protocol::{
    AccountId, DeviceAddress, DeviceNumber, Frame, HandshakeSecrets, Session, TranscriptHash,
    envelope_message,
};
use tacita_wire::{Decode, Encode};

use super::measure::{Row, row};

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
fn acquainted() -> (Session, Session, ChaCha20Rng) {
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

fn send(from: &mut Session, to: &mut Session, rng: &mut ChaCha20Rng) {
    let envelope = from.encrypt(&frame(), rng).unwrap();
    open(to, &envelope, rng);
}

fn open(session: &mut Session, envelope: &[u8], rng: &mut ChaCha20Rng) {
    let message = envelope_message(envelope).unwrap();
    let header = session.open_header(message).unwrap();
    session.open_body(header, message, None, rng).unwrap();
}

/// The same primitives over the same lengths, without a session around them.
struct Primitives {
    rng: ChaCha20Rng,
    key: Secret<32>,
    header: [u8; 2312],
    body: [u8; 1727],
    ad: [u8; 32 + 24 + 2328 + 72],
    header_tag: [u8; 16],
    body_tag: [u8; 16],
    dh: DhSecret,
    their_dh: DhPublic,
    kem: Vec<u8>,
    their_kem: KemPublic,
    ciphertext: KemCiphertext,
}

impl Primitives {
    fn new() -> Self {
        let mut rng = ChaCha20Rng::from_seed([2; 32]);
        let kem = KemSecret::generate(&mut rng);
        let their_kem = kem.public();
        let (ciphertext, _) = encapsulate(&their_kem, &mut rng);
        let mut primitives = Self {
            key: Secret::generate(&mut rng),
            header: [7; 2312],
            body: [7; 1727],
            ad: [7; 2456],
            header_tag: [0; 16],
            body_tag: [0; 16],
            dh: DhSecret::generate(&mut rng),
            their_dh: DhSecret::generate(&mut rng).public(),
            kem: kem.to_bytes(),
            their_kem,
            ciphertext,
            rng,
        };
        primitives.seal();
        primitives
    }

    fn message_key(&self) -> Secret<44> {
        let (message_key, _) = derive_chain_step(&self.key);
        derive(message_key.expose(), &NO_SALT, Purpose::MkAead, &[7; 60])
    }

    fn seal(&mut self) {
        let mut nonce = [0; 24];
        self.rng.fill_bytes(&mut nonce);
        let (ad, header) = (&[7; 33], &mut self.header);
        self.header_tag = seal_in_place(&self.key, &[7; 24], ad, header);
        let _derived = self.message_key();
        self.body_tag = seal_once_in_place(&self.key, &[7; 12], &self.ad, &mut self.body);
    }

    fn open(&mut self) {
        // Opened copies, so that the sealed ones stay: a session is given its message to keep, too.
        let (mut header, mut body) = (self.header, self.body);
        open_in_place(&self.key, &[7; 24], &[7; 33], &mut header, &self.header_tag).unwrap();
        let _derived = self.message_key();
        open_once_in_place(&self.key, &[7; 12], &self.ad, &mut body, &self.body_tag).unwrap();
        std::hint::black_box((header, body));
    }

    fn half_step(&self) {
        let hashes = [
            sha256(&[self.their_kem.as_bytes()]),
            sha256(&[self.ciphertext.as_bytes()]),
        ];
        std::hint::black_box(hashes);
        let derived: Secret<96> = derive(&[7; 64], &[7; 32], Purpose::Rk, &[7; 128]);
        std::hint::black_box(derived);
    }

    fn turn(&mut self) {
        self.seal();
        self.open();
        let kem = KemSecret::from_bytes(&self.kem).unwrap();
        let secrets = (
            self.dh.agree(&self.their_dh).unwrap(),
            kem.decapsulate(&self.ciphertext),
        );
        std::hint::black_box(secrets);
        self.half_step();
        let dh = DhSecret::generate(&mut self.rng);
        let kem = KemSecret::generate(&mut self.rng);
        let their_kem = KemPublic::from_bytes(self.their_kem.as_bytes()).unwrap();
        let secrets = (
            dh.agree(&self.their_dh).unwrap(),
            encapsulate(&their_kem, &mut self.rng),
        );
        std::hint::black_box((secrets, dh.public(), kem.public(), kem.to_stored()));
        self.half_step();
    }
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
