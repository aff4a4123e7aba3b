//! The floor: the primitives that an operation needs, over the same lengths, with nothing around them.

use std::hint::black_box;

use getrandom::SysRng;
use getrandom::rand_core::{Rng as _, UnwrapErr};
use tacita_core::crypto::aead::{
    self, open_in_place, open_once_in_place, seal_in_place, seal_once_in_place,
};
use tacita_core::crypto::hash::sha256;
use tacita_core::crypto::hpke::{self, HPKE_OVERHEAD};
use tacita_core::crypto::kdf::{NO_SALT, derive, derive_chain_step};
use tacita_core::crypto::kem::encapsulate;
use tacita_core::crypto::{
    ContactPublic, ContactSecret, DhPublic, DhSecret, KemCiphertext, KemPublic, KemSecret, Purpose,
    Secret, Signature, SigningKey, VerifyingKey,
};
use tacita_wire::{Decode, Encode};

use super::message::Rng;

/// Lengths of what the signatures in a bundle are over: certificate, log entry, the four prekeys, the bundle.
pub const SIGNED_BYTES: [usize; 7] = [105, 210, 81, 82, 1233, 1265, 3400];
/// Length of a handshake's transcript, about.
const TRANSCRIPT_BYTES: usize = 3200;

/// The same primitives over the same lengths, without a session around them.
pub struct Primitives {
    rng: Rng,
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
    ready_kem: KemSecret,
    verifying: VerifyingKey,
    signed: Vec<(Vec<u8>, Signature)>,
    entry: Vec<u8>,
    contact_secret: ContactSecret,
    contact: ContactPublic,
    sealed_to_contact: Vec<u8>,
}

impl Primitives {
    pub fn new() -> Self {
        let mut rng = UnwrapErr(SysRng);
        let kem = KemSecret::generate(&mut rng);
        let their_kem = kem.public();
        let (ciphertext, _) = encapsulate(&their_kem, &mut rng);
        let key = Secret::generate(&mut rng);
        let signing = SigningKey::generate(&mut rng);
        let signed = SIGNED_BYTES.map(|length| {
            let body = vec![7; length];
            let signature = signing.sign(Purpose::DevCert, &body);
            (body, signature)
        });
        let contact_secret = ContactSecret::generate(&mut rng);
        let mut primitives = Self {
            entry: aead::seal(&key, &[7; 32], &[7; 8152], &mut rng),
            key,
            ready_kem: KemSecret::from_bytes(&kem.to_bytes()).unwrap(),
            verifying: signing.public(),
            signed: signed.into(),
            contact: contact_secret.public(),
            contact_secret,
            sealed_to_contact: Vec::new(),
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

    pub fn seal(&mut self) {
        let mut nonce = [0; 24];
        self.rng.fill_bytes(&mut nonce);
        let (ad, header) = (&[7; 33], &mut self.header);
        self.header_tag = seal_in_place(&self.key, &[7; 24], ad, header);
        let _derived = self.message_key();
        self.body_tag = seal_once_in_place(&self.key, &[7; 12], &self.ad, &mut self.body);
    }

    pub fn open(&mut self) {
        // Opened copies, so that the sealed ones stay: a session is given its message to keep, too.
        let (mut header, mut body) = (self.header, self.body);
        open_in_place(&self.key, &[7; 24], &[7; 33], &mut header, &self.header_tag).unwrap();
        let _derived = self.message_key();
        open_once_in_place(&self.key, &[7; 12], &self.ad, &mut body, &self.body_tag).unwrap();
        black_box((header, body));
    }

    fn half_step(&self) {
        let hashes = [
            sha256(&[self.their_kem.as_bytes()]),
            sha256(&[self.ciphertext.as_bytes()]),
        ];
        black_box(hashes);
        let derived: Secret<96> = derive(&[7; 64], &[7; 32], Purpose::Rk, &[7; 128]);
        black_box(derived);
    }

    /// The receiving half of a turn, with a key as the store has it.
    pub fn receive_half_step(&self) {
        let kem = KemSecret::from_bytes(&self.kem).unwrap();
        black_box((
            self.dh.agree(&self.their_dh).unwrap(),
            kem.decapsulate(&self.ciphertext),
        ));
        self.half_step();
    }

    /// The sending half of a turn: fresh pairs, both exchanges.
    pub fn send_half_step(&mut self) {
        let dh = DhSecret::generate(&mut self.rng);
        let kem = KemSecret::generate(&mut self.rng);
        black_box((
            dh.agree(&self.their_dh).unwrap(),
            encapsulate(&self.their_kem, &mut self.rng),
        ));
        black_box((dh.public(), kem.public(), kem.into_stored()));
        self.half_step();
    }

    /// A peer's ML-KEM key is checked once.
    pub fn check_kem_key(&self) {
        black_box(KemPublic::from_bytes(self.their_kem.as_bytes()).unwrap());
    }

    /// `n` X25519 agreements.
    pub fn agree(&self, n: usize) {
        for _ in 0..n {
            black_box(self.dh.agree(&self.their_dh).unwrap());
        }
    }

    /// `n` X25519 pairs.
    pub fn generate_dh(&mut self, n: usize) {
        for _ in 0..n {
            black_box(DhSecret::generate(&mut self.rng).public());
        }
    }

    /// One secret to a checked ML-KEM key.
    pub fn encapsulate(&mut self) {
        black_box(encapsulate(&self.their_kem, &mut self.rng));
    }

    /// One secret from a ready ML-KEM key.
    pub fn decapsulate(&self) {
        black_box(self.ready_kem.decapsulate(&self.ciphertext));
    }

    /// `n` Ed25519 keys are checked.
    pub fn check_verifying_keys(&self, n: usize) {
        for _ in 0..n {
            black_box(VerifyingKey::from_bytes(*self.verifying.as_bytes()).unwrap());
        }
    }

    /// Signatures over bodies of these lengths.
    pub fn verify(&self, lengths: &[usize]) {
        for length in lengths {
            let (body, signature) = self
                .signed
                .iter()
                .find(|(b, _)| b.len() == *length)
                .unwrap();
            let verified = self
                .verifying
                .verify_strict(Purpose::DevCert, body, signature);
            verified.unwrap();
        }
    }

    /// The transcript and the secrets of a handshake.
    pub fn derive_handshake(&self) {
        black_box(sha256(&[&[7; TRANSCRIPT_BYTES]]));
        let derived: Secret<96> = derive(&[7; 224], &NO_SALT, Purpose::HsSk, &[7; 32]);
        black_box(derived);
    }

    /// Opens what a pile's entry is sealed in.
    pub fn open_entry(&self) {
        black_box(aead::open(&self.key, &[7; 32], &self.entry).unwrap());
    }

    /// A contact key is checked.
    pub fn check_contact_key(&self) {
        black_box(ContactPublic::from_bytes(self.contact.as_bytes()).unwrap());
    }

    /// Seals an initial envelope of `length` bytes.
    pub fn seal_to_contact(&mut self, length: usize) {
        let plain = vec![7; length - 1 - HPKE_OVERHEAD];
        let sealed = hpke::seal(&self.contact, &[7; 60], &[1], &plain, &mut self.rng);
        self.sealed_to_contact = sealed;
    }

    /// Opens it.
    pub fn open_from_contact(&self) {
        let sealed = &self.sealed_to_contact;
        black_box(hpke::open(&self.contact_secret, &[7; 60], &[1], sealed).unwrap());
    }

    pub fn turn(&mut self) {
        self.seal();
        self.open();
        self.check_kem_key();
        self.receive_half_step();
        self.send_half_step();
    }
}
