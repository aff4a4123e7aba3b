//! What the user decides about a conversation: shown in the list, kept, and never told to the other side.

use super::world::World;
use crate::client::ClientError;
use crate::client::view::{
    ConversationId, ConversationView, Delivery, Direction, InvitationKind, QueueReason,
};

fn view(world: &World, who: usize, id: ConversationId) -> ConversationView {
    let views = world.devices[who].engine.conversations().unwrap();
    views.into_iter().find(|view| view.id == id).unwrap()
}

/// One inviter and so many guests, each with a conversation.
fn star(guests: usize) -> (World, usize, Vec<(usize, ConversationId)>) {
    let mut world = World::new(1);
    let host = world.add("Ada", 0);
    let mut all = Vec::new();
    for n in 0..guests {
        let guest = world.add(&format!("guest {n}"), 0);
        let link = world.invite(host, InvitationKind::Personal);
        world.accept(guest, &link).unwrap();
        world.run();
        all.push((guest, world.id_of(guest)));
    }
    (world, host, all)
}

#[test]
fn pinned_conversations_stand_above_the_others_and_all_is_kept() {
    let (mut world, host, guests) = star(3);
    let ids: Vec<ConversationId> = guests.iter().map(|(_, id)| *id).collect();
    let now = world.now;
    let engine = &mut world.devices[host].engine;
    let before = engine.events(0).unwrap().cursor;
    engine.set_pinned(ids[0], true).unwrap();
    engine.set_nickname(ids[0], "die Große").unwrap();
    engine.save_draft(ids[1], "half a").unwrap();
    engine.set_muted(ids[1], Some(u64::MAX), now).unwrap();
    engine.set_archived(ids[2], true).unwrap();
    engine.set_blocked(ids[2], true).unwrap();
    assert!(engine.events(before).unwrap().events.len() >= 3);

    world.restart(host);
    let views = world.devices[host].engine.conversations().unwrap();
    assert_eq!(views[0].id, ids[0]);
    assert!(views[0].pinned && !views[1].pinned && !views[2].pinned);
    assert_eq!(views[0].nickname, "die Große");
    assert_eq!(views[0].name, "guest 0");
    let second = view(&world, host, ids[1]);
    assert_eq!(second.draft, "half a");
    assert_eq!(second.muted_until_ms, Some(i64::MAX.cast_unsigned()));
    assert!(!second.archived && !second.blocked);
    let third = view(&world, host, ids[2]);
    assert!(third.archived && third.blocked && third.draft.is_empty());

    // Deciding the same again is no change.
    let engine = &mut world.devices[host].engine;
    let cursor = engine.events(0).unwrap().cursor;
    engine.set_pinned(ids[0], true).unwrap();
    assert!(engine.events(cursor).unwrap().events.is_empty());
}

#[test]
fn what_cannot_be_is_refused() {
    let mut world = World::new(1);
    let (a, _, to_b, _) = world.pair();
    let engine = &mut world.devices[a].engine;
    let nobody = ConversationId(crate::protocol::ids::AccountId([9; 32]));
    assert_eq!(engine.set_pinned(nobody, true), Err(ClientError::NotFound));
    assert_eq!(engine.save_draft(nobody, "x"), Err(ClientError::NotFound));
    let long = "x".repeat(16_385);
    assert!(matches!(
        engine.save_draft(to_b, &long),
        Err(ClientError::TextLength { limit: 16_384 })
    ));
    assert!(matches!(
        engine.set_nickname(to_b, &long),
        Err(ClientError::NameLength { .. })
    ));
    engine.set_nickname(to_b, "Bo").unwrap();
    engine.set_nickname(to_b, "").unwrap();
    assert_eq!(view(&world, a, to_b).nickname, "");
}

#[test]
fn a_text_takes_its_draft_away_and_its_conversation_out_of_the_archive() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    let engine = &mut world.devices[a].engine;
    engine.save_draft(to_b, "half").unwrap();
    engine.set_archived(to_b, true).unwrap();
    world.send(a, to_b, "whole");
    let now = view(&world, a, to_b);
    assert!(now.draft.is_empty() && !now.archived);

    world.devices[a].engine.set_archived(to_b, true).unwrap();
    world.run();
    // Receipts and the like take nothing out.
    assert!(view(&world, a, to_b).archived);
    world.send(b, to_a, "hello");
    world.run();
    assert!(!view(&world, a, to_b).archived);

    let now = world.now;
    let engine = &mut world.devices[a].engine;
    engine.set_archived(to_b, true).unwrap();
    engine.set_muted(to_b, Some(u64::MAX), now).unwrap();
    world.send(b, to_a, "still there?");
    world.run();
    assert!(view(&world, a, to_b).archived);
    // A silence that has run out is none.
    world.devices[a]
        .engine
        .set_muted(to_b, Some(1), now)
        .unwrap();
    world.send(b, to_a, "now?");
    world.run();
    assert!(!view(&world, a, to_b).archived);
}

#[test]
fn what_a_blocked_contact_sends_is_dropped_and_answered_by_nothing() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    world.send(b, to_a, "before");
    world.run();
    world.devices[a].engine.set_blocked(to_b, true).unwrap();
    for n in 0..5 {
        world.send(b, to_a, &format!("unwanted {n}"));
        world.run();
    }
    assert_eq!(world.texts(a, to_b, Direction::Incoming), ["before"]);
    assert_eq!(world.all(a, to_b).len(), 1);
    assert_eq!(view(&world, a, to_b).unread, 1);
    let states: Vec<Delivery> = world
        .all(b, to_a)
        .into_iter()
        .filter(|message| message.direction == Direction::Outgoing)
        .map(|message| message.delivery)
        .collect();
    assert_eq!(states[0], Delivery::Delivered);
    assert!(states[1..].iter().all(|state| *state == Delivery::Sent));
    let refused = world.with(a, |engine, now, rng| engine.send_text(to_b, "no", now, rng));
    assert_eq!(refused.unwrap_err(), ClientError::WrongState);

    world.devices[a].engine.set_blocked(to_b, false).unwrap();
    world.send(b, to_a, "after");
    world.run();
    world.send(a, to_b, "hello again");
    world.run();
    assert_eq!(
        world.texts(a, to_b, Direction::Incoming),
        ["before", "after"]
    );
    assert_eq!(world.texts(b, to_a, Direction::Incoming), ["hello again"]);
}

#[test]
fn a_deleted_conversation_is_gone_here_and_at_the_relay_and_can_begin_anew() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    world.send(a, to_b, "one");
    world.send(b, to_a, "two");
    world.run();
    let mailboxes = world.relays[0].1.mailboxes.len();
    world.send(a, to_b, "on its way");
    world
        .with(a, |engine, now, rng| {
            engine.delete_conversation(to_b, now, rng)
        })
        .unwrap();
    world.run();
    assert!(world.devices[a].engine.conversations().unwrap().is_empty());
    assert_eq!(world.relays[0].1.mailboxes.len(), mailboxes - 1);
    let again = world.with(a, |engine, now, rng| {
        engine.delete_conversation(to_b, now, rng)
    });
    assert_eq!(again, Err(ClientError::NotFound));

    world.send(b, to_a, "anybody there?");
    world.run();
    let last = world.all(b, to_a).pop().unwrap();
    assert_eq!(
        last.delivery,
        Delivery::Waiting {
            reason: QueueReason::ContactUnreachable
        }
    );

    let link = world.invite(a, InvitationKind::Personal);
    world.accept(b, &link).unwrap();
    world.run();
    world.send(b, to_a, "I am back");
    world.run_for(600_000);
    let texts = world.texts(a, to_b, Direction::Incoming);
    assert_eq!(texts.last().unwrap(), "I am back");
    assert!(!texts.contains(&"two".to_owned()));
    let last = world.all(b, to_a).pop().unwrap();
    assert_eq!(last.delivery, Delivery::Delivered);
    world.send(a, to_b, "so am I");
    world.run();
    assert_eq!(
        world.all(b, to_a).pop().unwrap().direction,
        Direction::Incoming
    );
    assert_eq!(
        world.all(a, to_b).pop().unwrap().delivery,
        Delivery::Delivered
    );
}

#[test]
fn a_conversation_deleted_while_offline_goes_at_the_relay_later() {
    let mut world = World::new(1);
    let (a, _, to_b, _) = world.pair();
    let mailboxes = world.relays[0].1.mailboxes.len();
    world.devices[a].failure = Some(crate::client::input::NetFailure::Unreachable);
    world
        .with(a, |engine, now, rng| {
            engine.delete_conversation(to_b, now, rng)
        })
        .unwrap();
    world.run();
    assert_eq!(world.relays[0].1.mailboxes.len(), mailboxes);
    world.restart(a);
    world.devices[a].failure = None;
    world.run_for(600_000);
    assert_eq!(world.relays[0].1.mailboxes.len(), mailboxes - 1);
}

#[cfg(feature = "test-vault")]
#[allow(
    clippy::disallowed_methods,
    reason = "what whoever copies a store's directory sees"
)]
#[test]
fn what_was_deleted_does_not_stay_in_the_log() {
    let directory = tempfile::tempdir().unwrap();
    let vault = crate::store::TestVault::new(directory.path().to_owned());
    let store = crate::store::Store::open(directory.path(), &vault, &mut super::world::rng(9));
    let mut world = World::new(1);
    let a = world.add_with(store.unwrap());
    world.create_account(a, "Ada", 0);
    let b = world.add("Bo", 0);
    let link = world.invite(a, InvitationKind::Personal);
    world.accept(b, &link).unwrap();
    world.run();
    let log = || std::fs::metadata(directory.path().join("tacita.db-wal")).unwrap();
    assert!(log().len() > 0);
    let to_b = world.id_of(b);
    let deleted = world.with(a, |engine, now, rng| {
        engine.delete_conversation(to_b, now, rng)
    });
    assert_eq!((deleted, log().len()), (Ok(()), 0));
}
