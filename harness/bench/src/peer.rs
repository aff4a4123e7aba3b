//! The peer: vodozemac's Olm, a Double Ratchet over X25519 without header encryption and without ML-KEM.

use std::hint::black_box;

use vodozemac::olm::{Account, OlmMessage, Session, SessionConfig};

use super::message::TEXT;

/// Two ends of an Olm session, each of which has opened something of the other.
pub struct Olm {
    alice: Session,
    bob: Session,
}

impl Olm {
    pub fn acquainted() -> Self {
        let (alice, mut bob) = (Account::new(), Account::new());
        bob.generate_one_time_keys(1);
        let one_time = *bob.one_time_keys().values().next().unwrap();
        let config = SessionConfig::version_1();
        let mut outbound = alice
            .create_outbound_session(config, bob.curve25519_key(), one_time)
            .unwrap();
        let OlmMessage::PreKey(first) = outbound.encrypt(TEXT).unwrap() else {
            panic!("the first message carries the handshake");
        };
        let inbound = bob
            .create_inbound_session(SessionConfig::version_1(), alice.curve25519_key(), &first)
            .unwrap();
        let mut olm = Self {
            alice: outbound,
            bob: inbound.session,
        };
        std::mem::swap(&mut olm.alice, &mut olm.bob);
        olm.turn();
        olm
    }

    /// One message of a chain, encrypted and decrypted.
    pub fn send(&mut self) {
        let message = self.alice.encrypt(TEXT).unwrap();
        black_box(self.bob.decrypt(&message).unwrap());
    }

    /// A message that makes the ratchet turn.
    pub fn turn(&mut self) {
        self.send();
        std::mem::swap(&mut self.alice, &mut self.bob);
    }
}
