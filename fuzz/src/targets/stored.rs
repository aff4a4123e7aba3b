//! What a damaged store could give back: a session, device keys. PROTOCOL.md §13.

use tacita_core::protocol::{DeviceKeys, Session, envelope_message};
use tacita_wire::{Decode, Encode};

use crate::canonical;
use crate::people::{frame, pair, rng};

pub fn run(bytes: &[u8]) -> bool {
    let keys = canonical::decode::<DeviceKeys>(bytes).is_some();
    let Some(mut session) = canonical::decode::<Session>(bytes) else {
        return keys;
    };
    assert!(bytes.len() <= 8192, "larger than a stored session may be");
    let mut rng = rng(1);
    let before = session.to_bytes();
    let header = session.open_header(&pair().message);
    let opened =
        header.and_then(|header| session.open_body(header, &pair().message, None, &mut rng));
    if opened.is_err() {
        assert!(
            session.to_bytes() == before,
            "refused, and something changed"
        );
    }
    let before = session.to_bytes();
    match session.encrypt(&frame(1, b"text"), &mut rng) {
        Ok(envelope) => {
            let message = envelope_message(&envelope).expect("an envelope of ours");
            // Its own end does not take it for the peer's, except with keys that no handshake gives.
            let _ = session.open_header(message);
            let length = session.chain_length();
            assert!(length > 0);
        }
        Err(_) => assert!(
            session.to_bytes() == before,
            "refused, and something changed"
        ),
    }
    Session::from_bytes(&session.to_bytes()).expect("what we store we can read");
    true
}

pub fn seeds() -> Vec<Vec<u8>> {
    let people = pair();
    let mut alice = Session::from_bytes(&people.alice_session).expect("ours");
    let mut bob = Session::from_bytes(&people.bob_session).expect("ours");
    let mut rng = rng(2);
    let mut turn = |from: &mut Session, to: &mut Session, skip: usize| {
        let mut sent = Vec::new();
        for n in 0..=skip {
            sent = from
                .encrypt_bare(&frame(n as u64, b""), &mut rng)
                .expect("can send");
        }
        let header = to.open_header(&sent).expect("of this session");
        to.open_body(header, &sent, None, &mut rng).expect("opens");
    };
    let mut seeds = vec![
        people.alice_session.clone(),
        people.bob_session.clone(),
        people.alice.keys.to_secret_bytes().to_vec(),
    ];
    for skip in [0, 3, 1] {
        turn(&mut alice, &mut bob, skip);
        turn(&mut bob, &mut alice, 0);
    }
    seeds.push(alice.to_bytes());
    seeds.push(bob.to_bytes());
    seeds
}
