//! What loading and saving a session costs apart from SQLite, and how long its stored form is.

use tacita_core::crypto::Secret;
use tacita_core::protocol::Session;
use tacita_core::protocol::session::public_bytes;
use tacita_core::store::seal::{CellKeys, SealedCell};
use tacita_wire::{Decode, Encode};
use zeroize::Zeroizing;

use super::measure::{Limits, NO_LIMITS, Row, row};
use super::message::{acquainted, turn};

const MAX_BYTES: usize = 8192;
/// Chains that both ends have ended: more than are remembered.
const TURNS: usize = 80;

pub fn rows() -> Vec<Row> {
    let (mut alice, mut bob, mut rng) = acquainted();
    for _ in 0..TURNS {
        turn(&mut alice, &mut bob, &mut rng);
    }
    let bytes = alice.to_bytes().len();
    let (young, _, _) = acquainted();
    vec![
        Row::size("stored form, 32 old chains remembered", bytes, MAX_BYTES),
        Row::size(
            "stored form after the first round trip",
            young.to_bytes().len(),
            MAX_BYTES,
        ),
        load_and_save("load and save, 32 old chains", &alice),
        load_and_save("load and save, after the first round trip", &young),
    ]
}

fn load_and_save(name: &'static str, session: &Session) -> Row {
    let keys = CellKeys::derive(&Secret::from_bytes([7; 32]));
    let th = session.transcript();
    let cell = SealedCell {
        table: "sessions",
        column: "state",
        key: &th.0,
    };
    let seal = |session: &Session| {
        let state = Zeroizing::new(session.to_bytes());
        keys.seal_behind(&cell, public_bytes(&state), &state)
    };
    let mut sealed = seal(session);
    row(
        name,
        Limits {
            micros: Some(15.0),
            ..NO_LIMITS
        },
        || (),
        |()| {
            let state = keys.open(&cell, &sealed).unwrap();
            let session = Session::from_bytes(&state).unwrap();
            sealed = seal(&session);
        },
        None,
        None,
    )
}
