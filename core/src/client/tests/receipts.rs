//! Receipts: what the contact learns of what came and what was read, when, and when not.

use super::world::World;
use crate::client::ClientError;
use crate::client::input::Now;
use crate::client::view::{
    ConversationId, ConversationState, Delivery, Direction, InvitationKind, PrivacySettings,
};

const ALL_ON: PrivacySettings = PrivacySettings {
    delivery_receipts: true,
    read_receipts: true,
    typing: true,
};

fn read(world: &mut World, who: usize, id: ConversationId) {
    let last = world.all(who, id).last().map_or(0, |last| last.place);
    world
        .with(who, |engine, now, rng| engine.mark_read(id, last, now, rng))
        .unwrap();
}

fn switch(world: &mut World, who: usize, settings: PrivacySettings) {
    world
        .with(who, |engine, now, rng| {
            engine.set_privacy_settings(settings, now, rng)
        })
        .unwrap();
}

fn outgoing(world: &World, who: usize, id: ConversationId) -> Vec<Delivery> {
    world
        .all(who, id)
        .into_iter()
        .filter(|message| message.direction == Direction::Outgoing)
        .map(|message| message.delivery)
        .collect()
}

/// Envelopes that were put at the relay so far.
fn puts(world: &World) -> usize {
    world.relays[0].1.all_put().len()
}

/// Envelopes that left between now and so many milliseconds later.
fn puts_in(world: &mut World, ms: u64) -> usize {
    let before = puts(world);
    world.run_for(ms);
    puts(world) - before
}

#[test]
fn one_receipt_tells_of_many_messages_that_were_read() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    for n in 0..40 {
        world.send(a, to_b, &format!("{n}"));
    }
    world.run_for(5_000);
    assert_eq!(outgoing(&world, a, to_b), vec![Delivery::Delivered; 40]);
    read(&mut world, b, to_a);
    assert_eq!(puts_in(&mut world, 10_000), 1);
    assert_eq!(outgoing(&world, a, to_b), vec![Delivery::Read; 40]);
    let line = &world.devices[a].engine.conversations().unwrap()[0];
    assert_eq!(line.last.as_ref().unwrap().delivery, Delivery::Read);
    let found = world.devices[a].engine.search("39", None, None, 5).unwrap();
    assert_eq!(found.hits[0].delivery, Delivery::Read);
    // What was not read yet is not.
    world.send(a, to_b, "new");
    world.run_for(5_000);
    assert_eq!(outgoing(&world, a, to_b)[40], Delivery::Delivered);
}

#[test]
fn nothing_answers_a_receipt_and_nothing_says_twice_what_was_read() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    world.send(a, to_b, "hello");
    world.run_for(5_000);
    read(&mut world, b, to_a);
    assert_eq!(puts_in(&mut world, 60_000), 1);
    read(&mut world, b, to_a);
    assert_eq!(puts_in(&mut world, 60_000), 0);
}

#[test]
fn receipts_wait_for_a_time_that_chance_draws_within_its_range() {
    let mut delays = std::collections::BTreeSet::new();
    for seed in 0..12 {
        let mut world = World::new(1);
        let (a, b, to_b, to_a) = world.pair();
        world.devices[b].rng = super::world::rng(100 + seed);
        world.send(a, to_b, "hello");
        world.run_for(5_000);
        read(&mut world, b, to_a);
        let mut waited = 0;
        while puts_in(&mut world, 10) == 0 {
            waited += 10;
            assert!(waited <= 3_000);
        }
        assert!(waited >= 480, "{waited}");
        delays.insert(waited);
    }
    assert!(delays.len() > 6, "{delays:?}");
}

#[test]
fn a_stranger_learns_nothing_before_the_request_is_accepted_and_all_afterwards() {
    let mut world = World::new(1);
    let (a, b) = (world.add("Ada", 0), world.add("Bo", 0));
    let link = world.invite(a, InvitationKind::Public);
    let to_a = world.accept(b, &link).unwrap();
    let to_b = world.id_of(b);
    world.send(b, to_a, "who are you?");
    world.run_for(5_000);
    read(&mut world, a, to_b);
    world
        .with(a, |engine, now, rng| {
            engine.set_typing(to_b, true, now, rng)
        })
        .unwrap();
    assert_eq!(puts_in(&mut world, 60_000), 0);
    assert_eq!(outgoing(&world, b, to_a), [Delivery::Sent]);
    world
        .with(a, |engine, now, rng| engine.accept_request(to_b, now, rng))
        .unwrap();
    world.run_for(10_000);
    assert_eq!(outgoing(&world, b, to_a), [Delivery::Read]);
}

#[test]
fn a_blocked_contact_learns_nothing_not_even_after_a_day_away() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    world.run_for(2 * 3_600_000);
    world.send(a, to_b, "one");
    world.run_for(5_000);
    world.devices[b].engine.set_blocked(to_a, true).unwrap();
    read(&mut world, b, to_a);
    world.send(a, to_b, "two");
    world.run_for(60_000);
    assert_eq!(
        outgoing(&world, a, to_b),
        [Delivery::Delivered, Delivery::Sent]
    );
    let store = world.crash(b);
    world.sleep(30 * 3_600_000);
    world.run_for(5_000);
    let before = puts(&world);
    world.start(b, store);
    world.run_for(5_000);
    assert_eq!(puts(&world), before);
}

#[test]
fn with_read_receipts_off_nothing_is_told_and_nothing_is_shown() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    switch(
        &mut world,
        b,
        PrivacySettings {
            read_receipts: false,
            ..ALL_ON
        },
    );
    world.send(a, to_b, "from a");
    world.send(b, to_a, "from b");
    world.run_for(5_000);
    read(&mut world, b, to_a);
    assert_eq!(puts_in(&mut world, 60_000), 0);
    read(&mut world, a, to_b);
    assert_eq!(puts_in(&mut world, 60_000), 1);
    assert_eq!(outgoing(&world, a, to_b), [Delivery::Delivered]);
    assert_eq!(outgoing(&world, b, to_a), [Delivery::Delivered]);

    // What was shown before is shown no longer, and again when it is switched on.
    switch(&mut world, b, ALL_ON);
    world.send(b, to_a, "again");
    world.run_for(5_000);
    read(&mut world, a, to_b);
    world.run_for(5_000);
    assert_eq!(outgoing(&world, b, to_a), [Delivery::Read; 2]);
    let off = PrivacySettings {
        read_receipts: false,
        ..ALL_ON
    };
    let cursor = world.devices[b].engine.events(0).unwrap().cursor;
    switch(&mut world, b, off);
    assert_eq!(outgoing(&world, b, to_a), [Delivery::Delivered; 2]);
    assert_eq!(
        world.devices[b].engine.events(cursor).unwrap().events.len(),
        2
    );
    world.restart(b);
    assert_eq!(world.devices[b].engine.privacy_settings(), Ok(off));
}

#[test]
fn read_receipts_outlive_a_kill_between_the_reading_and_the_telling() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    world.send(a, to_b, "hello");
    world.run_for(5_000);
    read(&mut world, b, to_a);
    world.restart(b);
    world.run_for(5_000);
    assert_eq!(outgoing(&world, a, to_b), [Delivery::Read]);
    world.restart(a);
    assert_eq!(outgoing(&world, a, to_b), [Delivery::Read]);
}

#[test]
fn what_stands_above_a_hole_is_told_as_read_once_the_hole_is_filled() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    world.send(a, to_b, "one");
    world.run_for(5_000);
    world.relays[0].1.drops_next = 1;
    world.send(a, to_b, "lost");
    world.run_for(1_000);
    world.send(a, to_b, "three");
    world.run_for(3_000);
    read(&mut world, b, to_a);
    world.run_for(4_000);
    assert_eq!(
        outgoing(&world, a, to_b),
        [Delivery::Read, Delivery::Sent, Delivery::Delivered]
    );
    // Put again, it comes.
    world.run_for(61_000);
    world.send(a, to_b, "four");
    world.run_for(70_000);
    let states = outgoing(&world, a, to_b);
    assert_eq!(states[..3], [Delivery::Read; 3]);
}

#[test]
fn what_a_contact_says_to_have_read_and_was_never_sent_is_not_believed() {
    let mut world = World::new(1);
    let (a, _, to_b, _) = world.pair();
    world.send(a, to_b, "hello");
    world.run_for(5_000);
    let peer = world.devices[a]
        .engine
        .store
        .read(|tx| tx.list_peers(to_b.0).map(|mut peers| peers.remove(0)))
        .unwrap();
    let take = |world: &mut World, up_to| {
        world.with(a, |engine, now: Now, rng| {
            engine.step(now, rng, |step| {
                super::super::receipts::take_read(step, &peer, up_to)
            })
        })
    };
    take(&mut world, peer.sent_counter + 1).unwrap();
    take(&mut world, u64::MAX).unwrap();
    assert_eq!(outgoing(&world, a, to_b), [Delivery::Delivered]);
    take(&mut world, peer.sent_counter).unwrap();
    assert_eq!(outgoing(&world, a, to_b), [Delivery::Read]);
    // An earlier one that comes late takes nothing back.
    take(&mut world, 1).unwrap();
    assert_eq!(outgoing(&world, a, to_b), [Delivery::Read]);
}

#[test]
fn with_delivery_receipts_off_a_contact_is_told_in_rounds_and_with_what_is_said() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    // The first reconnect records have gone.
    world.run_for(2 * 3_600_000);
    switch(
        &mut world,
        b,
        PrivacySettings {
            delivery_receipts: false,
            ..ALL_ON
        },
    );
    world.send(a, to_b, "one");
    assert_eq!(puts_in(&mut world, 3_600_000), 1);
    assert_eq!(outgoing(&world, a, to_b), [Delivery::Sent]);
    world.send(b, to_a, "I write, so I was here");
    world.run_for(5_000);
    assert_eq!(outgoing(&world, a, to_b), [Delivery::Delivered]);

    world.send(a, to_b, "two");
    world.run_for(4 * 3_600_000);
    assert_eq!(outgoing(&world, a, to_b)[1], Delivery::Sent);
    world.restart(b);
    world.run_for(21 * 3_600_000);
    assert_eq!(outgoing(&world, a, to_b)[1], Delivery::Delivered);

    // On again, it is told at once.
    world.send(a, to_b, "three");
    world.run_for(5_000);
    assert_eq!(outgoing(&world, a, to_b)[2], Delivery::Sent);
    switch(&mut world, b, ALL_ON);
    world.run_for(5_000);
    assert_eq!(outgoing(&world, a, to_b)[2], Delivery::Delivered);
}

#[test]
fn with_delivery_receipts_off_a_contact_who_writes_much_never_has_to_stop() {
    let mut world = World::new(1);
    let (a, b, to_b, _) = world.pair();
    switch(
        &mut world,
        b,
        PrivacySettings {
            delivery_receipts: false,
            ..ALL_ON
        },
    );
    for n in 0..1_000 {
        world.send(a, to_b, &format!("{n}"));
        if n % 50 == 0 {
            world.run();
        }
    }
    world.run_for(5_000);
    let states = outgoing(&world, a, to_b);
    assert!(!states.iter().any(|d| matches!(d, Delivery::Waiting { .. })));
    let told = states
        .iter()
        .filter(|state| **state == Delivery::Delivered)
        .count();
    assert!((500..1_000).contains(&told), "{told}");
}

#[test]
fn a_contact_that_left_or_is_unknown_is_told_nothing() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    world.send(a, to_b, "bye");
    world.run_for(5_000);
    world
        .with(a, |engine, now, rng| engine.delete_account(now, rng))
        .unwrap();
    world.run_for(5_000);
    let line = &world.devices[b].engine.conversations().unwrap()[0];
    assert_eq!(line.state, ConversationState::Left);
    read(&mut world, b, to_a);
    assert_eq!(puts_in(&mut world, 60_000), 0);
    let nobody = ConversationId(crate::protocol::ids::AccountId([9; 32]));
    let unknown = world.with(b, |engine, now, rng| engine.mark_read(nobody, 1, now, rng));
    assert_eq!(unknown, Err(ClientError::NotFound));
}
