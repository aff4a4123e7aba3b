//! Deleting messages here, the report, and room given back: nothing that is still needed goes, and all else goes for good.

use super::world::World;
use crate::client::ClientError;
use crate::client::view::{ConversationId, Delivery, MessageBody, StorageView};
use crate::protocol::ids::AccountId;

fn texts(world: &World, who: usize, id: ConversationId) -> Vec<String> {
    world
        .all(who, id)
        .into_iter()
        .filter_map(|message| match message.body {
            MessageBody::Text { text } => Some(text),
            _ => None,
        })
        .collect()
}

fn storage(world: &World, who: usize) -> StorageView {
    world.devices[who].engine.storage().unwrap()
}

fn delete(world: &mut World, who: usize, id: ConversationId, places: &[u64]) -> u32 {
    let deleted = world.with(who, |engine, now, rng| {
        engine.delete_messages(id, places, now, rng)
    });
    deleted.unwrap()
}

/// A whole clean-up; how many messages went.
fn clean_up(world: &mut World, who: usize, within: Option<ConversationId>, before_ms: u64) -> u32 {
    let mut from = None;
    let mut deleted = 0;
    loop {
        let progress = world
            .with(who, |engine, now, rng| {
                engine.clean_up(within, before_ms, from, now, rng)
            })
            .unwrap();
        deleted += progress.deleted;
        from = progress.next;
        if from.is_none() {
            return deleted;
        }
    }
}

#[test]
fn a_deleted_message_is_gone_here_alone_and_both_go_on_talking() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    let first = world.send(a, to_b, "first");
    world.run();
    world.send(b, to_a, "second");
    world.send(b, to_a, "third");
    world.run();
    let theirs: Vec<u64> = world.all(a, to_b)[1..].iter().map(|m| m.place).collect();
    let engine = &world.devices[a].engine;
    assert_eq!(engine.conversations().unwrap()[0].unread, 2);
    assert_eq!(
        delete(&mut world, a, to_b, &[first.place, theirs[0], 999]),
        2
    );

    assert_eq!(texts(&world, a, to_b), ["third"]);
    assert_eq!(texts(&world, b, to_a), ["first", "second", "third"]);
    let engine = &world.devices[a].engine;
    let view = &engine.conversations().unwrap()[0];
    assert_eq!(view.unread, 1);
    assert!(
        matches!(&view.last.as_ref().unwrap().body, MessageBody::Text { text } if text == "third")
    );
    assert!(
        engine
            .search("second", None, None, 9)
            .unwrap()
            .hits
            .is_empty()
    );
    assert_eq!(engine.search("third", None, None, 9).unwrap().hits.len(), 1);

    // The last place is not given away again, and counters go on.
    assert_eq!(delete(&mut world, a, to_b, &[theirs[1]]), 1);
    assert!(
        world.devices[a].engine.conversations().unwrap()[0]
            .last
            .is_none()
    );
    world.send(b, to_a, "fourth");
    let fifth = world.send(a, to_b, "fifth");
    world.run();
    assert!(fifth.place > theirs[1]);
    assert_eq!(texts(&world, b, to_a).last().unwrap(), "fifth");
    assert_eq!(texts(&world, a, to_b).len(), 2);
    world.restart(a);
    assert_eq!(texts(&world, a, to_b).len(), 2);
    assert_eq!(storage(&world, a).conversations[0].messages, 2);
}

#[test]
fn what_is_still_on_its_way_stays_and_arrives() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    let sent = world.send(a, to_b, "on its way");
    assert_eq!(delete(&mut world, a, to_b, &[sent.place]), 0);
    assert_eq!(clean_up(&mut world, a, None, u64::MAX), 0);
    world.run();
    assert_eq!(texts(&world, b, to_a), ["on its way"]);
    assert_eq!(world.all(a, to_b)[0].delivery, Delivery::Delivered);
    assert_eq!(clean_up(&mut world, a, None, u64::MAX), 1);
    assert!(texts(&world, a, to_b).is_empty());
}

#[test]
fn a_clean_up_takes_what_is_older_and_keeps_counters_right() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    for n in 0..130 {
        world.send(b, to_a, &format!("old number {n}"));
    }
    world.run();
    let limit = world.now.ms + 1;
    world.sleep(3_600_000);
    for n in 0..5 {
        world.send(b, to_a, &format!("new number {n}"));
    }
    world.run();
    let before = storage(&world, a);
    assert_eq!(before.messages, 135);
    assert_eq!(before.conversations[0].messages, 135);
    let bytes: usize = texts(&world, a, to_b).iter().map(String::len).sum();
    assert_eq!(before.message_bytes, bytes as u64);
    let cursor = world.devices[a].engine.events(0).unwrap().cursor;

    let nobody = ConversationId(AccountId([9; 32]));
    let refused = world.with(a, |engine, now, rng| {
        engine.clean_up(Some(nobody), limit, None, now, rng)
    });
    assert_eq!(refused, Err(ClientError::NotFound));
    assert_eq!(clean_up(&mut world, a, Some(to_b), limit), 130);
    assert_eq!(clean_up(&mut world, a, None, limit), 0);
    assert_eq!(texts(&world, a, to_b).len(), 5);
    let after = storage(&world, a);
    assert_eq!(after.messages, 5);
    let bytes: usize = texts(&world, a, to_b).iter().map(String::len).sum();
    assert_eq!(after.message_bytes, bytes as u64);
    let engine = &world.devices[a].engine;
    assert_eq!(engine.conversations().unwrap()[0].unread, 5);
    assert!(!engine.events(cursor).unwrap().events.is_empty());
    assert!(engine.search("old", None, None, 9).unwrap().hits.is_empty());
    assert_eq!(texts(&world, b, to_a).len(), 135);
}

#[test]
fn a_missing_place_stays_and_is_still_filled() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    world.relays[0].1.drops_next = 1;
    world.send(b, to_a, "late");
    world.run();
    world.send(b, to_a, "early");
    world.run();
    assert_eq!(world.all(a, to_b)[0].body, MessageBody::Missing);
    assert_eq!(clean_up(&mut world, a, None, u64::MAX), 1);
    assert_eq!(world.all(a, to_b).len(), 1);
    for _ in 0..2 {
        world.run_for(120_000);
        world.send(b, to_a, "beside it");
    }
    world.run_for(120_000);
    assert_eq!(texts(&world, a, to_b), ["late", "beside it", "beside it"]);
}

#[test]
fn what_deletions_leave_to_do_is_done_by_itself_and_goes_on_after_a_crash() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    for n in 0..20 {
        world.send(b, to_a, &format!("number {n}"));
    }
    world.run();
    // Their words are in the index by then, so that there is much to do.
    let found = world.devices[a].engine.search("number", None, None, 99);
    assert_eq!(found.unwrap().hits.len(), 20);
    assert_eq!(clean_up(&mut world, a, Some(to_b), u64::MAX), 20);
    let is_owed = |world: &World| world.devices[a].engine.sweep_due_ms.is_some();
    assert!(is_owed(&world));
    world.restart(a);
    assert!(is_owed(&world));
    world.run_for(60_000);
    assert!(!is_owed(&world));
    assert!(!world.devices[a].engine.store.scrub().unwrap());
}
