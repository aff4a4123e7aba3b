//! Sequence numbers that a relay made up, or gave out before it was put back: nothing is withheld or lost for good by them.

use tacita_wire::Request;

use super::rotation::read;
use super::world::World;
use crate::client::view::{ConversationId, Direction};

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;

/// The device's cursor in the mailbox that its only contact writes into, and what the relay holds in it, with its head.
fn standing(world: &World, who: usize) -> (u64, usize, u64) {
    let row = read(world, who, |tx| {
        let id = tx.all_peers()?[0].our_mailbox.unwrap();
        Ok(tx.load_mailbox(id)?.unwrap())
    });
    let mailbox = &world.relays[0].1.mailboxes[&row.id];
    (row.cursor, mailbox.entries.len(), mailbox.last)
}

/// Once the relay is honest, all that was written is here once, in order, and nothing is left at the relay.
fn check_settled(world: &mut World, who: usize, id: ConversationId, expected: &[&str]) {
    world.run_for(HOUR_MS);
    assert_eq!(world.texts(who, id, Direction::Incoming), expected);
    let (cursor, held, head) = standing(world, who);
    assert_eq!((cursor, held), (head, 0));
}

#[test]
fn numbers_that_are_far_too_high_delete_nothing_and_the_relay_is_asked_now_and_then_only() {
    for overstated in [1, 1 << 40, u64::MAX] {
        let mut world = World::new(1);
        let (a, b, to_b, to_a) = world.pair();
        world.send(b, to_a, "before");
        world.run();
        world.relays[0].1.overstates = overstated;
        world.relays[0].1.seen.clear();
        world.send(b, to_a, "under a false number");
        world.run();
        let (_, held, head) = standing(&world, a);
        let seen = &world.relays[0].1.seen;
        let is_believed =
            |request: &Request| matches!(request, Request::Ack { up_to, .. } if *up_to > head);
        assert!(seen.iter().any(is_believed));
        assert_eq!(held, 1, "such a number deletes nothing");
        world.relays[0].1.seen.clear();
        world.run_for(10 * MINUTE_MS);
        assert!(world.relays[0].1.seen.len() < 60);
        world.send(b, to_a, "another");
        world.run_for(10 * MINUTE_MS);
        world.relays[0].1.overstates = 0;
        world.send(b, to_a, "after");
        let expected = ["before", "under a false number", "another", "after"];
        check_settled(&mut world, a, to_b, &expected);
    }
}

#[test]
fn a_cursor_that_a_relay_has_made_up_withholds_nothing_once_the_relay_is_honest() {
    for overstated in [1, 1 << 40, u64::MAX] {
        let mut world = World::new(1);
        let (a, b, to_b, to_a) = world.pair();
        world.send(b, to_a, "before");
        world.run();
        world.relays[0].1.overstates = overstated;
        world.devices[a].loses_answers = true;
        world.send(b, to_a, "under a false number");
        world.run();
        let (cursor, _, head) = standing(&world, a);
        assert!(cursor > head, "it is believed");
        // The device is away when the relay becomes honest.
        let store = world.crash(a);
        world.devices[a].loses_answers = false;
        world.relays[0].1.overstates = 0;
        for text in ["meanwhile", "and again"] {
            world.send(b, to_a, text);
            world.run();
        }
        world.start(a, store);
        world.run_for(HOUR_MS);
        world.send(b, to_a, "after");
        let expected = [
            "before",
            "under a false number",
            "meanwhile",
            "and again",
            "after",
        ];
        check_settled(&mut world, a, to_b, &expected);
    }
}

#[test]
fn numbers_that_a_relay_gives_out_again_after_it_was_put_back_withhold_nothing() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    let texts: Vec<String> = (0..10).map(|n| format!("before {n}")).collect();
    for text in &texts {
        world.send(b, to_a, text);
        world.run();
    }
    let store = world.crash(a);
    // An older copy of the relay: half of the numbers were not given out yet.
    for mailbox in world.relays[0].1.mailboxes.values_mut() {
        mailbox.last /= 2;
        mailbox.entries.clear();
    }
    world.send(b, to_a, "after");
    world.run();
    world.start(a, store);
    let mut expected: Vec<&str> = texts.iter().map(String::as_str).collect();
    expected.push("after");
    check_settled(&mut world, a, to_b, &expected);
    // The same for a device that stays connected, as far as its stream is.
    world.send(b, to_a, "live");
    expected.push("live");
    check_settled(&mut world, a, to_b, &expected);
}
