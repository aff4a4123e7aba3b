//! A short run in plain `cargo test`, with every planted fault.

use super::counts::Counts;
use super::play::converse;
use super::run::find_fault;
use super::sabotage::Sabotage;

/// What a short run must have met, or it has shown little.
const MET: [&str; 34] = [
    "begun: last resort of an invitation",
    "begun: one-time entry of an invitation",
    "begun: reconnect record",
    "begun: replaces another session",
    "conversation: 3 or 4 devices",
    "conversation: competing sessions",
    "conversation: deep skips",
    "conversation: many turns",
    "conversation: stores put back",
    "delivered out of order",
    "dropped",
    "messages after a round trip, all safe",
    "not sent: no session, or no answer to 20",
    "opened: a counter that had come",
    "opened: accepts a handshake",
    "opened: initial",
    "opened: makes old chains go",
    "opened: the ratchet turns",
    "opened: with a skipped key",
    "put back to an earlier state",
    "refused: altered",
    "refused: another history",
    "refused: chain forgotten",
    "refused: elsewhere",
    "refused: key used or expired",
    "refused: no such session",
    "refused: prekeys are gone",
    "refused: too many skips",
    "repeated",
    "restarted",
    "skipped keys expired",
    "thief with X25519: fallen",
    "thief with both: fallen",
    "thief: messages fallen",
];

#[test]
fn conversations_go_as_the_model_says_and_meet_every_kind_of_event() {
    let mut counts = Counts::default();
    for seed in 1..=SHORT_RUN {
        let played = converse(seed, None, false);
        counts.merge(&played.unwrap_or_else(|violation| panic!("seed {seed}: {violation}")));
    }
    for name in MET {
        assert!(counts.get(name) > 0, "nothing of: {name}\n{counts}");
    }
    assert!(counts.get("opened") > SHORT_RUN * 5, "{counts}");
}

#[test]
fn every_planted_fault_is_found() {
    for sabotage in Sabotage::ALL {
        assert!(find_fault(sabotage).is_some(), "{sabotage:?}");
    }
}

#[test]
fn a_seed_gives_the_same_conversation_again() {
    for seed in 1..=10 {
        assert_eq!(converse(seed, None, false), converse(seed, None, false));
    }
}

const SHORT_RUN: u64 = 500;
