//! Messages between two: order, once each, delivery states, windows, long absence.

use tacita_wire::Request;

use super::world::{Delivers, World, deliveries};
use crate::client::ClientError;
use crate::client::input::NetFailure;
use crate::client::view::{Delivery, Direction, InvitationKind, QueueReason};

const DAY_MS: u64 = 24 * 3_600_000;

fn numbered(mark: &str, count: usize) -> Vec<String> {
    (0..count).map(|n| format!("{mark}{n}")).collect()
}

#[test]
fn texts_arrive_in_order_and_end_as_delivered() {
    let mut world = World::new(2);
    let (a, b) = (world.add("Ada", 0), world.add("Bo", 1));
    let link = world.invite(a, InvitationKind::Personal);
    let to_a = world.accept(b, &link).unwrap();
    let to_b = world.id_of(b);
    for n in 0..40 {
        world.send(a, to_b, &format!("a{n}"));
        world.send(b, to_a, &format!("b{n}"));
        if n % 3 == 0 {
            world.run();
        }
    }
    world.run();
    assert_eq!(world.texts(b, to_a, Direction::Incoming), numbered("a", 40));
    assert_eq!(world.texts(a, to_b, Direction::Incoming), numbered("b", 40));
    assert!(
        deliveries(&world, a, to_b)
            .iter()
            .all(|d| *d == Delivery::Delivered)
    );
    assert!(
        deliveries(&world, b, to_a)
            .iter()
            .all(|d| *d == Delivery::Delivered)
    );
}

#[test]
fn a_message_is_queued_then_sent_then_delivered() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    world.devices[a].failure = Some(NetFailure::Unreachable);
    let view = world.send(a, to_b, "one");
    assert_eq!(
        view.delivery,
        Delivery::Queued {
            reason: QueueReason::Sending
        }
    );
    world.run();
    assert_eq!(
        deliveries(&world, a, to_b),
        [Delivery::Queued {
            reason: QueueReason::Offline
        }]
    );
    world.devices[a].failure = None;
    world.devices[b].failure = Some(NetFailure::Unreachable);
    world.run_for(60_000);
    assert_eq!(deliveries(&world, a, to_b), [Delivery::Sent]);
    world.devices[b].failure = None;
    world.run_for(200_000);
    assert_eq!(deliveries(&world, a, to_b), [Delivery::Delivered]);
    assert_eq!(world.texts(b, to_a, Direction::Incoming), ["one"]);
}

#[test]
fn a_relay_that_repeats_or_reorders_changes_neither_order_nor_number() {
    for delivers in [Delivers::Twice, Delivers::Backwards] {
        let mut world = World::new(1);
        let (a, b, to_b, to_a) = world.pair();
        world.devices[b].delivers = delivers;
        for n in 0..50 {
            world.send(a, to_b, &format!("a{n}"));
        }
        world.run();
        assert_eq!(world.texts(b, to_a, Direction::Incoming), numbered("a", 50));
    }
}

#[test]
fn what_a_relay_drops_shows_as_missing_and_fills_its_place_when_put_again() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    world.relays[0].1.drops_every = Some(5);
    for n in 0..30 {
        world.send(a, to_b, &format!("a{n}"));
        world.run();
    }
    let before = world.texts(b, to_a, Direction::Incoming);
    let missing = before.iter().filter(|text| *text == "Missing").count();
    assert!(missing > 0, "{before:?}");
    let places: Vec<u64> = world.all(b, to_a).iter().map(|m| m.place).collect();
    world.relays[0].1.drops_every = None;
    world.run_for(120_000);
    // Any later message brings a receipt that shows the holes.
    world.send(a, to_b, "a30");
    world.run_for(120_000);
    world.send(a, to_b, "a31");
    world.run_for(120_000);
    assert_eq!(world.texts(b, to_a, Direction::Incoming), numbered("a", 32));
    let after: Vec<u64> = world.all(b, to_a).iter().map(|m| m.place).collect();
    assert_eq!(after[..places.len()], places, "no place has changed");
    assert!(
        deliveries(&world, a, to_b)
            .iter()
            .all(|d| *d == Delivery::Delivered)
    );
}

#[test]
fn a_guest_sends_twenty_messages_before_an_answer_and_the_rest_waits_in_order() {
    let mut world = World::new(1);
    let (a, b) = (world.add("Ada", 0), world.add("Bo", 0));
    let link = world.invite(a, InvitationKind::Public);
    let to_a = world.accept(b, &link).unwrap();
    for n in 0..30 {
        world.send(b, to_a, &format!("b{n}"));
    }
    world.run();
    let states = deliveries(&world, b, to_a);
    assert_eq!(
        states.iter().filter(|d| **d == Delivery::Sent).count(),
        19,
        "and an introduction"
    );
    assert_eq!(
        states
            .iter()
            .filter(|d| matches!(d, Delivery::Waiting { .. }))
            .count(),
        11
    );
    let to_b = world.id_of(b);
    world
        .with(a, |e, now, rng| e.accept_request(to_b, now, rng))
        .unwrap();
    world.run();
    assert_eq!(world.texts(a, to_b, Direction::Incoming), numbered("b", 30));
}

#[test]
fn a_sender_stops_at_900_and_goes_on_when_the_contact_is_back_after_forty_days() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    world.devices[b].failure = Some(NetFailure::Unreachable);
    for n in 0..1000 {
        world.send(a, to_b, &format!("a{n}"));
        if n % 100 == 0 {
            world.run_for(100);
        }
    }
    world.run();
    let waiting = deliveries(&world, a, to_b)
        .iter()
        .filter(|d| matches!(d, Delivery::Waiting { .. }))
        .count();
    assert!((95..=105).contains(&waiting), "{waiting}");
    world.run_for(40 * DAY_MS);
    // After 30 days the relay has let go of the envelopes, after 32 of their hashes.
    world.relays[0].1.expire_envelopes();
    world.relays[0].1.forgets_hashes = true;
    world.devices[b].failure = None;
    // Nobody has to say anything: being back is enough.
    world.run_for(DAY_MS);
    assert_eq!(world.texts(b, to_a, Direction::Incoming).len(), 1000);
    assert_eq!(
        world.texts(b, to_a, Direction::Incoming),
        numbered("a", 1000)
    );
    world.send(a, to_b, "a1000");
    world.run();
    assert_eq!(
        world.texts(b, to_a, Direction::Incoming),
        numbered("a", 1001)
    );
}

#[test]
fn retries_carry_the_same_bytes() {
    let mut world = World::new(1);
    let (a, _, to_b, _) = world.pair();
    world.relays[0].1.refuses_writes = Some(tacita_wire::Refusal::SlowDown { retry_after: 1 });
    world.relays[0].1.seen.clear();
    world.send(a, to_b, "once");
    world.run_for(30_000);
    let puts: Vec<_> = world.relays[0]
        .1
        .seen
        .iter()
        .filter(|request| matches!(request, Request::Put { .. }))
        .collect();
    assert!(puts.len() > 2);
    assert!(puts.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn text_limits_are_kept() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    let limit = ClientError::TextLength { limit: 16_384 };
    for text in [String::new(), "x".repeat(16_385)] {
        let sent = world.with(a, |e, now, rng| e.send_text(to_b, &text, now, rng));
        assert_eq!(sent.err(), Some(limit.clone()));
    }
    let longest = "ä".repeat(8192);
    world.send(a, to_b, &longest);
    world.run();
    assert_eq!(world.texts(b, to_a, Direction::Incoming), [longest]);
}

#[test]
fn events_name_what_changed_once_behind_each_cursor() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    let cursor = world.devices[b].engine.events(0).unwrap().cursor;
    assert!(
        world.devices[b]
            .engine
            .events(cursor)
            .unwrap()
            .events
            .is_empty()
    );
    for n in 0..5 {
        world.send(a, to_b, &format!("a{n}"));
        world.run();
    }
    let batch = world.devices[b].engine.events(cursor).unwrap();
    assert_eq!(
        batch.events,
        [crate::client::view::Event::Conversation { id: to_a }]
    );
    assert!(batch.cursor > cursor);
    let unread = world.devices[b].engine.conversations().unwrap()[0].unread;
    assert_eq!(unread, 5);
    let last = world.all(b, to_a).last().unwrap().place;
    world
        .with(b, |engine, now, rng| engine.mark_read(to_a, last, now, rng))
        .unwrap();
    assert_eq!(
        world.devices[b].engine.conversations().unwrap()[0].unread,
        0
    );
}
