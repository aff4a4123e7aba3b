//! A store that fails in the middle, at every table in turn, or has no room: nothing half done, nothing lost.

use super::world::World;
use crate::client::ClientError;
use crate::client::input::NetFailure;
use crate::client::view::{Delivery, Direction, InvitationKind};

/// Every write that receiving and sending can make.
const WRITES: [&str; 11] = [
    "INSERT ON envelopes",
    "UPDATE ON sessions",
    "INSERT ON messages",
    "UPDATE ON messages",
    "UPDATE ON conversations",
    "INSERT ON peers",
    "INSERT ON outbox",
    "INSERT ON outbox_slots",
    "UPDATE ON outbox",
    "DELETE ON outbox",
    "UPDATE ON mailboxes",
];

fn break_at(world: &World, who: usize, write: &str) {
    let sql = format!(
        "CREATE TEMP TRIGGER fault BEFORE {} BEGIN SELECT RAISE(ABORT, 'fault'); END",
        write.replace("ON ", "ON main.")
    );
    let store = &world.devices[who].engine.store;
    store.connection().execute_batch(&sql).unwrap();
}

fn mend(world: &World, who: usize) {
    let store = &world.devices[who].engine.store;
    store
        .connection()
        .execute_batch("DROP TRIGGER fault")
        .unwrap();
}

fn numbered(mark: &str, count: usize) -> Vec<String> {
    (0..count).map(|n| format!("{mark}{n}")).collect()
}

#[test]
fn a_store_that_fails_anywhere_while_receiving_loses_nothing_and_does_nothing_twice() {
    let mut failed = 0;
    for write in WRITES {
        let mut world = World::new(1);
        let (a, b, to_b, to_a) = world.pair();
        world.devices[b].failure = Some(NetFailure::Unreachable);
        world.send(b, to_a, "b0");
        for n in 0..5 {
            world.send(a, to_b, &format!("a{n}"));
        }
        world.run();
        world.devices[b].may_fail = true;
        break_at(&world, b, write);
        world.devices[b].failure = None;
        world.run_for(10_000);
        let came = world.texts(b, to_a, Direction::Incoming);
        assert!(came.is_empty() || came == numbered("a", 5), "{write}");
        failed += world.devices[b].failed.len();
        mend(&world, b);
        world.run_for(300_000);
        world.devices[b].may_fail = false;
        world.send(a, to_b, "a5");
        world.send(b, to_a, "b1");
        world.run_for(60_000);
        assert_eq!(
            world.texts(b, to_a, Direction::Incoming),
            numbered("a", 6),
            "{write}"
        );
        assert_eq!(
            world.texts(a, to_b, Direction::Incoming),
            numbered("b", 2),
            "{write}"
        );
        for (who, id) in [(a, to_b), (b, to_a)] {
            let mut ours = world.all(who, id);
            ours.retain(|message| message.direction == Direction::Outgoing);
            assert!(
                ours.iter().all(|m| m.delivery == Delivery::Delivered),
                "{write}"
            );
        }
    }
    assert!(failed > WRITES.len(), "the faults were met: {failed}");
}

#[test]
fn a_text_that_cannot_be_stored_is_an_error_and_leaves_nothing() {
    for write in [
        "UPDATE ON sessions",
        "INSERT ON messages",
        "INSERT ON outbox",
        "UPDATE ON conversations",
    ] {
        let mut world = World::new(1);
        let (a, b, to_b, to_a) = world.pair();
        break_at(&world, a, write);
        let sent = world.with(a, |e, now, rng| e.send_text(to_b, "lost?", now, rng));
        assert_eq!(sent.err(), Some(ClientError::StoreFailed), "{write}");
        assert!(world.all(a, to_b).is_empty(), "{write}");
        mend(&world, a);
        world.send(a, to_b, "again");
        world.run();
        assert_eq!(world.texts(b, to_a, Direction::Incoming), ["again"]);
    }
}

#[test]
fn an_invitation_whose_acceptance_cannot_be_stored_can_be_accepted_again() {
    for write in [
        "INSERT ON sessions",
        "INSERT ON outbox",
        "INSERT ON jobs",
        "DELETE ON claims",
    ] {
        let mut world = World::new(1);
        let (a, b) = (world.add("Ada", 0), world.add("Bo", 0));
        let link = world.invite(a, InvitationKind::Personal);
        break_at(&world, b, write);
        assert_eq!(
            world.accept(b, &link),
            Err(ClientError::StoreFailed),
            "{write}"
        );
        assert!(world.devices[b].engine.conversations().unwrap().is_empty());
        mend(&world, b);
        let to_a = world.accept(b, &link).unwrap();
        world.send(b, to_a, "in");
        world.run();
        let to_b = world.id_of(b);
        assert_eq!(world.texts(a, to_b, Direction::Incoming), ["in"], "{write}");
    }
}

#[test]
fn a_disk_that_fills_while_receiving_loses_nothing() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    let limit = |world: &World, more: i64| {
        let connection = world.devices[b].engine.store.connection();
        let pages: i64 = connection
            .pragma_query_value(None, "page_count", |row| row.get(0))
            .unwrap();
        connection
            .pragma_update(None, "max_page_count", pages + more)
            .unwrap();
    };
    limit(&world, 12);
    world.devices[b].may_fail = true;
    let long = "x".repeat(4000);
    let mut texts = Vec::new();
    for n in 0..40 {
        texts.push(format!("{n} {long}"));
        world.send(a, to_b, texts.last().unwrap());
        world.run();
    }
    world.run_for(60_000);
    assert!(world.devices[b].failed.contains(&ClientError::DiskFull));
    let came = world.texts(b, to_a, Direction::Incoming);
    assert!(came.len() < texts.len());
    assert_eq!(came, texts[..came.len()]);
    let full = world.with(b, |e, now, rng| {
        e.send_text(to_a, &"y".repeat(16_000), now, rng)
    });
    assert_eq!(full.err(), Some(ClientError::DiskFull));
    limit(&world, 100_000);
    world.run_for(300_000);
    assert_eq!(world.texts(b, to_a, Direction::Incoming), texts);
    world.send(b, to_a, "there is room again");
    world.run_for(60_000);
    assert_eq!(
        world.texts(a, to_b, Direction::Incoming),
        ["there is room again"]
    );
}
