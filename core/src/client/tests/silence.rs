//! What a relay took and lost, and of which no receipt tells, is put again by and by. PROTOCOL.md §16.

use super::rotation::{DAY_MS, HOUR_MS};
use super::world::{World, deliveries};
use crate::client::view::{Delivery, Direction};

fn puts(world: &World) -> usize {
    world.relays[0].1.all_put().len()
}

#[test]
fn the_last_text_that_was_lost_is_put_again_though_nothing_follows() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    world.run_for(60_000);
    world.relays[0].1.drops_next = 30;
    for n in 0..30 {
        world.send(a, to_b, &n.to_string());
    }
    world.run_for(60_000);
    assert!(world.texts(b, to_a, Direction::Incoming).is_empty());
    world.run_for(26 * HOUR_MS);
    let expected: Vec<String> = (0..30).map(|n| n.to_string()).collect();
    assert_eq!(world.texts(b, to_a, Direction::Incoming), expected);
    assert!(
        deliveries(&world, a, to_b)
            .iter()
            .all(|delivery| *delivery == Delivery::Delivered)
    );
}

/// A relay that lets go of an envelope and keeps its hash passes over the same bytes.
#[test]
fn what_is_missing_below_what_came_is_encrypted_anew() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    world.run_for(60_000);
    world.devices[b].withheld = true;
    world.send(a, to_b, "lost");
    world.run_for(60_000);
    world.relays[0].1.expire_envelopes();
    world.devices[b].withheld = false;
    world.send(a, to_b, "came");
    world.run_for(20 * HOUR_MS);
    let heard = world.texts(b, to_a, Direction::Incoming);
    assert_eq!(heard, ["Missing", "came"]);
    world.run_for(6 * HOUR_MS);
    assert_eq!(world.texts(b, to_a, Direction::Incoming), ["lost", "came"]);
    assert_eq!(
        deliveries(&world, a, to_b),
        [Delivery::Delivered, Delivery::Delivered]
    );
}

#[test]
fn a_contact_who_is_away_is_tried_less_and_less_and_with_the_same_bytes() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    world.run_for(60_000);
    let store = world.crash(b);
    for n in 0..40 {
        world.send(a, to_b, &n.to_string());
    }
    world.run_for(60_000);
    let mut tries = Vec::new();
    let mut known = puts(&world);
    for day in 0..25 {
        world.run_for(DAY_MS);
        let now = puts(&world);
        if now > known {
            tries.push((day, now - known));
        }
        known = now;
    }
    // Each week a reconnect record goes to it, with what was not put yet.
    assert_eq!(
        tries,
        [
            (0, 1),
            (1, 21),
            (3, 21),
            (7, 1),
            (10, 21),
            (14, 1),
            (17, 21),
            (21, 1),
            (24, 21)
        ]
    );
    let put = world.relays[0].1.all_put();
    let different: std::collections::BTreeSet<_> = put.iter().collect();
    assert!(different.len() < 60, "{}", different.len());
    world.start(b, store);
    world.run_for(60_000);
    let expected: Vec<String> = (0..40).map(|n| n.to_string()).collect();
    assert_eq!(world.texts(b, to_a, Direction::Incoming), expected);
}

#[test]
fn nothing_is_put_again_for_a_blocked_contact() {
    let mut world = World::new(1);
    let (a, b, to_b, _) = world.pair();
    world.run_for(60_000);
    let _store = world.crash(b);
    world.send(a, to_b, "one");
    world.run_for(60_000);
    world.devices[a].engine.set_blocked(to_b, true).unwrap();
    let before = puts(&world);
    world.run_for(10 * DAY_MS);
    assert_eq!(puts(&world), before);
}
