//! Mailboxes are replaced without a trace in the talk, by ones that were made ahead; and blocked contacts hear nothing of it.

use std::collections::{BTreeMap, BTreeSet};

use tacita_wire::{MailboxId, MailboxKind, Request};

use super::world::World;
use crate::client::ClientError;
use crate::client::input::NetFailure;
use crate::client::view::{ConversationId, Delivery, Direction, InvitationKind, MessageBody};
use crate::protocol::ids::Hour;
use crate::store::{RotationRow, Tx};

pub(super) const HOUR_MS: u64 = 3_600_000;
pub(super) const DAY_MS: u64 = 24 * HOUR_MS;

pub(super) fn read<T>(
    world: &World,
    who: usize,
    what: impl FnOnce(&Tx<'_>) -> Result<T, ClientError>,
) -> T {
    world.devices[who].engine.store.read(what).unwrap()
}

/// Where a device reads what its only contact writes, and where it read before.
fn mailboxes(world: &World, who: usize) -> (MailboxId, Vec<RotationRow>) {
    read(world, who, |tx| {
        let current = tx.all_peers()?[0].our_mailbox.unwrap();
        let rows = tx.list_rotations()?;
        Ok((
            current,
            rows.into_iter().filter(|row| row.id != current).collect(),
        ))
    })
}

/// Where a device writes to its only contact.
fn target(world: &World, who: usize) -> MailboxId {
    read(world, who, |tx| {
        Ok(tx.all_peers()?[0].descriptor.clone().unwrap().mailbox)
    })
}

fn spares(world: &World, who: usize) -> usize {
    read(world, who, |tx| Ok(tx.list_spares()?.len()))
}

/// Makes the mailbox that a device's only contact has due, and lets the hour come in which it is replaced.
pub(super) fn rotate(world: &mut World, who: usize) {
    let (before, _) = mailboxes(world, who);
    world.devices[who]
        .engine
        .store
        .write(|tx| -> Result<(), ClientError> {
            let row = tx.list_rotations()?.into_iter().find(|r| r.id == before);
            Ok(tx.save_rotation(&RotationRow {
                replace_after: Hour(1),
                ..row.unwrap()
            })?)
        })
        .unwrap();
    for _ in 0..48 {
        world.run_for(HOUR_MS);
        if mailboxes(world, who).0 != before {
            return;
        }
    }
    panic!("no mailbox took the place of another in two days");
}

fn say_both(
    world: &mut World,
    a: usize,
    to_b: ConversationId,
    b: usize,
    to_a: ConversationId,
    n: u32,
) {
    world.send(a, to_b, &format!("a {n}"));
    world.run();
    world.send(b, to_a, &format!("b {n}"));
    world.run_for(10_000);
}

/// What was put under each mailbox: no bytes may stand in two.
pub(super) fn check_nothing_links(world: &World) {
    let mut seen: BTreeMap<Vec<u8>, MailboxId> = BTreeMap::new();
    for (mailbox, envelope) in world.relays.iter().flat_map(|(_, relay)| relay.all_put()) {
        let first = *seen.entry(envelope).or_insert(mailbox);
        assert_eq!(first, mailbox, "one envelope in two mailboxes");
    }
}

#[test]
fn a_mailbox_is_replaced_within_its_month_and_the_talk_goes_on() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    let first = mailboxes(&world, a).0;
    let mut day = 0;
    while mailboxes(&world, a).0 == first {
        assert!(day < 35, "not replaced after {day} days");
        world.run_for(DAY_MS);
        if day % 5 == 0 {
            say_both(&mut world, a, to_b, b, to_a, day);
        }
        day += 1;
    }
    assert!(day >= 27, "replaced after {day} days");
    world.run_for(60_000);
    assert_eq!(target(&world, b), mailboxes(&world, a).0);
    assert!(mailboxes(&world, a).1[0].told.is_some());
    // It is read on for a month, and then gone here and at the relay.
    say_both(&mut world, a, to_b, b, to_a, 100);
    for _ in 0..40 {
        world.run_for(DAY_MS);
        world.restart(a);
    }
    assert!(!mailboxes(&world, a).1.iter().any(|row| row.id == first));
    assert!(!world.relays[0].1.mailboxes.contains_key(&first));
    say_both(&mut world, a, to_b, b, to_a, 101);
    for (who, id) in [(a, to_b), (b, to_a)] {
        assert!(world.texts(who, id, Direction::Incoming).len() >= 7);
        assert!(
            !world
                .texts(who, id, Direction::Incoming)
                .contains(&"Missing".to_owned())
        );
        let all = world.all(who, id);
        let mut ours = all
            .iter()
            .filter(|row| row.direction == Direction::Outgoing);
        assert!(ours.all(|row| row.delivery == Delivery::Delivered));
    }
    check_nothing_links(&world);
}

#[test]
fn a_mailbox_is_replaced_after_about_a_thousand_envelopes() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    world.run_for(2 * DAY_MS);
    let first = mailboxes(&world, a).0;
    let mut count = 0;
    while mailboxes(&world, a).0 == first {
        assert!(count < 1200);
        for n in 0..60 {
            world.send(b, to_a, &format!("{count} {n}"));
        }
        count += 60;
        world.run_for(20_000);
        world.sleep(HOUR_MS);
        world.run_for(60_000);
    }
    assert!(count >= 800, "{count}");
    world.send(b, to_a, "the last");
    world.run_for(60_000);
    let texts = world.texts(a, to_b, Direction::Incoming);
    assert_eq!(texts.len(), count + 1);
    assert_eq!(texts.last().unwrap(), "the last");
}

#[test]
fn what_was_on_its_way_or_queued_when_the_mailbox_changed_arrives_once_and_in_order() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    world.run_for(2 * DAY_MS);
    // Bo's envelopes lie in the mailbox while Ada is away and while Bo is.
    world.devices[a].withheld = true;
    world.send(b, to_a, "put before");
    world.run_for(10_000);
    world.devices[b].failure = Some(NetFailure::Unreachable);
    world.send(b, to_a, "queued before");
    rotate(&mut world, a);
    world.send(b, to_a, "queued too");
    world.devices[b].failure = None;
    world.run_for(120_000);
    world.send(b, to_a, "after");
    world.run_for(10_000);
    world.devices[a].withheld = false;
    world.restart(a);
    world.run_for(120_000);
    assert_eq!(
        world.texts(a, to_b, Direction::Incoming),
        ["put before", "queued before", "queued too", "after"]
    );
    let sent = world.all(b, to_a);
    let mut sent = sent
        .iter()
        .filter(|row| row.direction == Direction::Outgoing);
    assert!(sent.all(|row| row.delivery == Delivery::Delivered));
    assert_eq!(target(&world, b), mailboxes(&world, a).0);
    check_nothing_links(&world);
}

#[test]
fn spares_are_made_one_by_one_at_times_that_follow_nothing() {
    let mut world = World::new(1);
    let (a, b) = (world.add("Ada", 0), world.add("Bo", 0));
    world.listen(a);
    let hours_of_making = |world: &World| {
        let made = world.relays[0].1.made.iter();
        made.filter(|(kind, ..)| *kind == MailboxKind::Pair)
            .map(|(_, hour, id)| (*hour, *id))
            .collect::<Vec<_>>()
    };
    assert!(hours_of_making(&world).is_empty(), "none at once");
    world.run_for(3 * DAY_MS);
    let made = hours_of_making(&world);
    assert_eq!(spares(&world, a), 3);
    let of_a: BTreeSet<MailboxId> = read(&world, a, |tx| {
        Ok(tx
            .list_spares()?
            .into_iter()
            .map(|(row, _)| row.id)
            .collect())
    });
    let hours: BTreeSet<u32> = made
        .iter()
        .filter(|(_, id)| of_a.contains(id))
        .map(|(hour, _)| *hour)
        .collect();
    assert_eq!(hours.len(), 3, "never two at once");
    // Whoever accepts takes one, and nothing is made then.
    world.relays[0].1.made.clear();
    let link = world.invite(a, InvitationKind::Personal);
    world.accept(b, &link).unwrap();
    world.run_for(60_000);
    assert!(hours_of_making(&world).is_empty());
    assert_eq!(spares(&world, a), 2);
    world.run_for(HOUR_MS);
    assert!(hours_of_making(&world).is_empty(), "nor right afterwards");
    world.run_for(2 * DAY_MS);
    assert_eq!((spares(&world, a), spares(&world, b)), (3, 3));
}

#[test]
fn a_spare_in_which_something_came_is_not_used() {
    let mut world = World::new(1);
    let a = world.add("Ada", 0);
    world.listen(a);
    world.run_for(3 * DAY_MS);
    let known = read(&world, a, |tx| Ok(tx.list_spares()?));
    for (spare, _) in &known {
        world.relays[0].1.slip_in(spare.id, vec![1; 4096]);
    }
    world.run();
    let b = world.add("Bo", 0);
    let link = world.invite(a, InvitationKind::Personal);
    world.accept(b, &link).unwrap();
    world.run();
    let (given, _) = mailboxes(&world, a);
    assert!(known.iter().all(|(spare, _)| spare.id != given));
    world.run_for(2 * DAY_MS);
    let left = read(&world, a, |tx| Ok(tx.list_spares()?));
    for (spare, _) in &known {
        assert!(left.iter().all(|(row, _)| row.id != spare.id));
        assert!(!world.relays[0].1.mailboxes.contains_key(&spare.id));
    }
    assert_eq!(left.len(), 3);
}

#[test]
fn a_blocked_contact_hears_nothing_for_months_and_everything_once_it_is_not() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    world.run_for(2 * DAY_MS);
    let theirs = target(&world, a);
    world
        .with(a, |engine, _, _| engine.set_blocked(to_b, true))
        .unwrap();
    let ours = mailboxes(&world, a).0;
    world.relays[0].1.seen.clear();
    world.run_for(40 * DAY_MS);
    let written = |world: &World, to: MailboxId| {
        world.relays[0]
            .1
            .seen
            .iter()
            .any(|request| matches!(request, Request::Put { mailbox, .. } if *mailbox == to))
    };
    assert!(!written(&world, theirs));
    assert_eq!(
        mailboxes(&world, a).0,
        ours,
        "what cannot be told is not done"
    );
    world
        .with(a, |engine, _, _| engine.set_blocked(to_b, false))
        .unwrap();
    world.run_for(2 * HOUR_MS);
    assert_ne!(mailboxes(&world, a).0, ours);
    assert_eq!(target(&world, b), mailboxes(&world, a).0);
    world.send(b, to_a, "again");
    world.run_for(10_000);
    assert_eq!(world.texts(a, to_b, Direction::Incoming), ["again"]);
}

#[test]
fn a_handshake_to_a_former_mailbox_is_let_in() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    world.run_for(2 * DAY_MS);
    // Bo hears nothing of the new mailbox, and begins anew because of junk.
    world.devices[b].withheld = true;
    rotate(&mut world, a);
    let (bos, old) = (mailboxes(&world, b).0, mailboxes(&world, a).1[0].id);
    world.relays[0]
        .1
        .mailboxes
        .get_mut(&bos)
        .unwrap()
        .entries
        .clear();
    world.relays[0].1.slip_in(bos, vec![1; 4096]);
    world.devices[b].withheld = false;
    world.restart(b);
    assert_eq!(target(&world, b), old);
    world.run_for(60_000);
    assert_eq!(target(&world, b), mailboxes(&world, a).0, "told anew");
    say_both(&mut world, a, to_b, b, to_a, 1);
    assert_eq!(world.texts(a, to_b, Direction::Incoming), ["b 1"]);
    let texts = world
        .all(b, to_a)
        .into_iter()
        .filter_map(|row| match row.body {
            MessageBody::Text { text } => Some(text),
            _ => None,
        });
    assert_eq!(texts.collect::<Vec<_>>(), ["a 1", "b 1"]);
    check_nothing_links(&world);
}

#[test]
fn what_has_to_be_put_again_into_a_mailbox_that_is_gone_goes_into_the_next_one() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    world.run_for(2 * DAY_MS);
    let old = mailboxes(&world, a).0;
    world.relays[0].1.drops_next = 1;
    world.send(b, to_a, "dropped");
    world.run_for(10_000);
    rotate(&mut world, a);
    world.run_for(60_000);
    // As it is when its time is over.
    world.devices[a]
        .engine
        .store
        .write(|tx| -> Result<(), ClientError> { Ok(tx.delete_mailbox(old)?) })
        .unwrap();
    world.relays[0].1.mailboxes.remove(&old);
    world.restart(a);
    world.send(b, to_a, "after");
    world.run_for(60_000);
    assert_eq!(
        world.texts(a, to_b, Direction::Incoming),
        ["dropped", "after"]
    );
    check_nothing_links(&world);
}
