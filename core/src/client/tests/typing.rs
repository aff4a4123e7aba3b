//! Who is writing: shown for a moment, to contacts only, and like any other envelope for the relay.

use super::world::World;
use crate::client::view::{ConversationId, Delivery, Direction, Event, PrivacySettings};

fn typing(world: &mut World, who: usize, id: ConversationId, writing: bool) {
    world
        .with(who, |engine, now, rng| {
            engine.set_typing(id, writing, now, rng)
        })
        .unwrap();
    for _ in 0..4 {
        world.run_for(5);
    }
}

fn is_shown(world: &World, who: usize, id: ConversationId) -> bool {
    let lines = world.devices[who].engine.conversations().unwrap();
    lines.into_iter().find(|line| line.id == id).unwrap().typing
}

/// The sizes of all envelopes that were put at the relay.
fn sizes(world: &World) -> Vec<usize> {
    let puts = world.relays[0].1.all_put();
    puts.iter().map(|(_, envelope)| envelope.len()).collect()
}

fn puts(world: &World) -> usize {
    sizes(world).len()
}

/// Two who have talked, and whose receipts are all sent.
fn talking() -> (World, usize, usize, ConversationId, ConversationId) {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    world.send(a, to_b, "hello");
    world.run_for(5_000);
    world.send(b, to_a, "hello");
    world.run_for(30_000);
    (world, a, b, to_b, to_a)
}

#[test]
fn a_contact_who_writes_is_shown_until_the_text_comes() {
    let (mut world, a, b, to_b, to_a) = talking();
    let cursor = world.devices[b].engine.events(0).unwrap().cursor;
    typing(&mut world, a, to_b, true);
    assert!(is_shown(&world, b, to_a));
    let batch = world.devices[b].engine.events(cursor).unwrap();
    assert_eq!(batch.events, [Event::Conversation { id: to_a }]);
    world.send(a, to_b, "done");
    world.run_for(50);
    assert!(!is_shown(&world, b, to_a));
    assert_eq!(world.texts(b, to_a, Direction::Incoming), ["hello", "done"]);
}

#[test]
fn it_ends_when_the_contact_stops_and_by_itself() {
    let (mut world, a, b, to_b, to_a) = talking();
    typing(&mut world, a, to_b, true);
    typing(&mut world, a, to_b, false);
    assert!(!is_shown(&world, b, to_a));

    world.run_for(10_000);
    typing(&mut world, a, to_b, true);
    assert!(is_shown(&world, b, to_a));
    let cursor = world.devices[b].engine.events(0).unwrap().cursor;
    world.run_for(14_000);
    assert!(is_shown(&world, b, to_a));
    world.run_for(2_000);
    assert!(!is_shown(&world, b, to_a));
    let batch = world.devices[b].engine.events(cursor).unwrap();
    assert_eq!(batch.events, [Event::Conversation { id: to_a }]);
}

#[test]
fn it_is_told_every_ten_seconds_at_most_and_holds_while_it_goes_on() {
    let (mut world, a, b, to_b, to_a) = talking();
    let before = puts(&world);
    for _ in 0..120 {
        typing(&mut world, a, to_b, true);
        world.run_for(480);
        assert!(is_shown(&world, b, to_a));
    }
    assert_eq!(puts(&world) - before, 6);
    // Stopping and going on is no way around it.
    for _ in 0..20 {
        typing(&mut world, a, to_b, false);
        typing(&mut world, a, to_b, true);
    }
    assert!(puts(&world) - before <= 9);
}

#[test]
fn it_looks_to_the_relay_like_a_text_and_leaves_no_trace_in_a_conversation() {
    let (mut world, a, b, to_b, to_a) = talking();
    let known = sizes(&world);
    let shown = world.all(b, to_a).len();
    typing(&mut world, a, to_b, true);
    let with_typing = sizes(&world);
    assert_eq!(with_typing.len(), known.len() + 1);
    world.send(a, to_b, "a text");
    world.run_for(5);
    let texts = sizes(&world);
    assert!(texts.iter().skip(known.len()).all(|size| *size == 4096));
    assert_eq!(world.all(b, to_a).len(), shown + 1);
    world.run_for(10_000);
    let after = puts(&world);
    // Nothing answers it, and it is not put again.
    world.run_for(20_000);
    typing(&mut world, a, to_b, true);
    world.run_for(120_000);
    assert_eq!(puts(&world) - after, 1);
}

#[test]
fn what_was_on_its_way_for_long_is_not_shown() {
    let (mut world, a, b, to_b, to_a) = talking();
    world.devices[b].withheld = true;
    typing(&mut world, a, to_b, true);
    world.sleep(16_000);
    world.devices[b].withheld = false;
    world.run_for(5);
    assert!(!is_shown(&world, b, to_a));
    // Nor what was stored while we were away, however short that was.
    let store = world.crash(b);
    world.run_for(10_000);
    typing(&mut world, a, to_b, true);
    world.start(b, store);
    world.run_for(5);
    assert!(!is_shown(&world, b, to_a));
    world.run_for(12_000);
    typing(&mut world, a, to_b, true);
    assert!(is_shown(&world, b, to_a));
}

#[test]
fn clocks_that_differ_by_a_minute_are_made_up_for() {
    for ahead in [-60_000_i64, 60_000] {
        let (mut world, a, b, to_b, to_a) = talking();
        world.devices[a].clock_ahead_ms = ahead;
        // The first text in ten minutes tells how the clocks differ.
        world.run_for(601_000);
        world.send(a, to_b, "by my clock");
        world.run_for(15_000);
        typing(&mut world, a, to_b, true);
        assert!(is_shown(&world, b, to_a), "{ahead}");
        world.run_for(20_000);
        world.devices[b].withheld = true;
        typing(&mut world, a, to_b, true);
        world.sleep(16_000);
        world.devices[b].withheld = false;
        world.run_for(5);
        assert!(!is_shown(&world, b, to_a), "{ahead}");
    }
}

#[test]
fn switched_off_blocked_and_offline_nothing_leaves_and_nothing_is_shown() {
    let (mut world, a, b, to_b, to_a) = talking();
    let off = PrivacySettings {
        delivery_receipts: true,
        read_receipts: true,
        typing: false,
    };
    typing(&mut world, a, to_b, true);
    assert!(is_shown(&world, b, to_a));
    world
        .with(b, |engine, now, rng| {
            engine.set_privacy_settings(off, now, rng)
        })
        .unwrap();
    assert!(!is_shown(&world, b, to_a));
    world.run_for(12_000);
    let before = puts(&world);
    typing(&mut world, b, to_a, true);
    assert_eq!(puts(&world), before);
    typing(&mut world, a, to_b, true);
    assert!(!is_shown(&world, b, to_a));

    let on = PrivacySettings {
        typing: true,
        ..off
    };
    world
        .with(b, |engine, now, rng| {
            engine.set_privacy_settings(on, now, rng)
        })
        .unwrap();
    world.devices[b].engine.set_blocked(to_a, true).unwrap();
    world.run_for(12_000);
    let before = puts(&world);
    typing(&mut world, b, to_a, true);
    assert_eq!(puts(&world), before);
    typing(&mut world, a, to_b, true);
    assert!(!is_shown(&world, b, to_a));

    // What cannot leave now is of no use later.
    world.devices[b].engine.set_blocked(to_a, false).unwrap();
    world.devices[b].failure = Some(crate::client::input::NetFailure::Unreachable);
    world.send(b, to_a, "queued");
    world.run_for(2_000);
    typing(&mut world, b, to_a, true);
    let rows = world.devices[b]
        .engine
        .store
        .read(|tx| {
            let peer = tx.list_peers(to_a.0)?.remove(0).address;
            tx.outbox_of(peer)
        })
        .unwrap();
    assert!(rows.iter().all(|row| row.counter > 0));
}

#[test]
fn a_contact_who_is_blocked_is_not_shown_as_writing() {
    let (mut world, a, b, to_b, to_a) = talking();
    typing(&mut world, a, to_b, true);
    assert!(is_shown(&world, b, to_a));
    world.devices[b].engine.set_blocked(to_a, true).unwrap();
    assert!(!is_shown(&world, b, to_a));
}

#[test]
fn it_takes_no_room_from_texts_when_the_contact_is_away() {
    let (mut world, a, b, to_b, to_a) = talking();
    let store = world.crash(b);
    let before = puts(&world);
    for _ in 0..150 {
        typing(&mut world, a, to_b, true);
        world.sleep(10_000);
    }
    let told = puts(&world) - before;
    assert!((50..=100).contains(&told), "{told}");
    for n in 0..700 {
        world.send(a, to_b, &format!("{n}"));
    }
    world.run_for(5_000);
    let states = world.all(a, to_b);
    assert!(
        states
            .iter()
            .all(|message| !matches!(message.delivery, Delivery::Waiting { .. }))
    );
    world.start(b, store);
    world.run_for(10_000);
    assert_eq!(world.texts(b, to_a, Direction::Incoming).len(), 701);
}
