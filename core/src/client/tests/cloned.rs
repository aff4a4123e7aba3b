//! Two copies of one store, on disk, that send different texts: different keystreams, and the talk goes on.

use std::path::Path;

use super::put_back::{copy, open};
use super::world::World;
use crate::client::input::NetFailure;
use crate::client::view::{Direction, InvitationKind};

/// Suite, header nonce and sealed header. PROTOCOL.md §14.
const HEAD_BYTES: usize = 1 + 24 + 2328;
const TAG_BYTES: usize = 16;

/// The share of bytes in which two envelopes' sealed bodies are equal, in percent. Both hold almost the same
/// padded text: under one keystream nearly all would be.
fn equal_percent(one: &[u8], other: &[u8]) -> usize {
    let body = |envelope: &[u8]| envelope[HEAD_BYTES..envelope.len() - TAG_BYTES].to_vec();
    let (one, other) = (body(one), body(other));
    assert_eq!(one.len(), other.len());
    let equal = one.iter().zip(&other).filter(|(a, b)| a == b).count();
    100 * equal / one.len()
}

/// Bo, and two copies of Ada that each sent a text of their own; gives the two envelopes, too.
fn fork(directory: &Path, second_rng: u8) -> (World, [usize; 3], [Vec<u8>; 2]) {
    let (first, second) = (directory.join("first"), directory.join("second"));
    let mut world = World::new(1);
    let a = world.add_with(open(&first));
    world.create_account(a, "Ada", 0);
    let b = world.add("Bo", 0);
    let link = world.invite(a, InvitationKind::Personal);
    let to_a = world.accept(b, &link).unwrap();
    let to_b = world.id_of(b);
    world.send(a, to_b, "before");
    world.send(b, to_a, "before");
    world.run();
    let store = world.crash(a);
    store.close().unwrap();
    copy(&first, &second);
    world.start(a, open(&first));
    let c = world.add_with(open(&second));
    // Bo sees nothing of it yet, and the copies nothing of each other.
    for who in [b, a, c] {
        world.devices[who].failure = Some(NetFailure::Unreachable);
    }
    world.run();
    let mut envelopes = Vec::new();
    for (who, seed, text) in [
        (a, 50, "the first copy's"),
        (c, second_rng, "the other copy's"),
    ] {
        world.relays[0].1.seen.clear();
        world.devices[who].withheld = true;
        world.devices[who].rng = super::world::rng(seed);
        world.send(who, to_b, text);
        world.devices[who].failure = None;
        world.run_for(200_000);
        envelopes.push(world.relays[0].1.all_put().pop().unwrap().1);
        world.devices[who].failure = Some(NetFailure::Unreachable);
    }
    let second = envelopes.pop().unwrap();
    let first = envelopes.pop().unwrap();
    (world, [a, b, c], [first, second])
}

#[test]
fn copies_of_a_store_send_under_different_keystreams_and_the_conversation_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let (mut world, [a, b, c], [first, second]) = fork(directory.path(), 51);
    assert_ne!(first[1..25], second[1..25], "fresh header nonces");
    let equal = equal_percent(&first, &second);
    assert!(equal < 3, "{equal}% of the bytes are equal");

    let (to_b, to_a) = (world.id_of(b), world.id_of(a));
    world.devices[b].failure = None;
    world.run_for(200_000);
    // Both stood at one place of the chain: it is taken once.
    assert_eq!(
        world.texts(b, to_a, Direction::Incoming),
        ["before", "the first copy's"]
    );
    world.crash(c);
    world.devices[a].failure = None;
    world.devices[a].withheld = false;
    world.run_for(200_000);
    for n in 0..3 {
        world.send(a, to_b, &format!("a{n}"));
        world.send(b, to_a, &format!("b{n}"));
        world.run();
    }
    assert_eq!(
        world.texts(b, to_a, Direction::Incoming),
        ["before", "the first copy's", "a0", "a1", "a2"]
    );
    assert_eq!(
        world.texts(a, to_b, Direction::Incoming),
        ["before", "b0", "b1", "b2"]
    );
}

#[test]
fn the_comparison_sees_a_keystream_that_is_used_twice() {
    // With the randomness repeated as well, both copies come to the same header nonce.
    let directory = tempfile::tempdir().unwrap();
    let (_, _, [first, second]) = fork(directory.path(), 50);
    assert_eq!(first[1..25], second[1..25]);
    assert!(equal_percent(&first, &second) > 90);
}
