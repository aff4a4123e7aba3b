//! Nothing leaves for a blocked contact, whatever happens meanwhile; and all of it once it is not blocked.

use std::collections::BTreeSet;

use tacita_wire::{MailboxId, Request};

use super::rotation::{DAY_MS, HOUR_MS, read, rotate};
use super::world::World;
use crate::client::ClientError;
use crate::client::input::NetFailure;
use crate::client::view::{ConversationId, Delivery, Direction, InvitationKind, MessageBody};

/// Ada, who has blocked Bo, while texts of hers were on their way: one put without an answer, one not put.
struct Blocked {
    world: World,
    a: usize,
    b: usize,
    to_a: ConversationId,
    to_b: ConversationId,
    /// Every mailbox that Bo ever had.
    theirs: BTreeSet<MailboxId>,
}

impl Blocked {
    fn new() -> Self {
        let mut world = World::new(2);
        let (a, b) = (world.add("Ada", 0), world.add("Bo", 1));
        let link = world.invite(a, InvitationKind::Personal);
        let to_a = world.accept(b, &link).unwrap();
        world.run();
        let to_b = world.id_of(b);
        world.send(a, to_b, "came");
        world.send(b, to_a, "hello");
        world.run_for(2 * DAY_MS);
        world.devices[a].loses_answers = true;
        world.devices[b].withheld = true;
        world.send(a, to_b, "put, and never answered");
        world.run_for(10_000);
        world.devices[a].loses_answers = false;
        world.relays[1].1.is_down = true;
        world.send(a, to_b, "waits for the relay");
        world.run_for(10_000);
        world.devices[a].engine.set_blocked(to_b, true).unwrap();
        world.relays[1].1.is_down = false;
        world.relays[1].1.seen.clear();
        world.devices[b].withheld = false;
        let mut blocked = Self {
            world,
            a,
            b,
            to_a,
            to_b,
            theirs: BTreeSet::new(),
        };
        blocked.pass(HOUR_MS);
        blocked
    }

    /// Lets time pass, and checks that nothing was put for Bo, nor anything asked at the relay that only he uses.
    fn pass(&mut self, ms: u64) {
        self.world.run_for(ms);
        let mailboxes = read(&self.world, self.b, |tx| Ok(tx.list_mailboxes()?));
        self.theirs.extend(mailboxes.iter().map(|row| row.id));
        for request in &self.world.relays[1].1.seen {
            match request {
                Request::Put { mailbox, .. } => assert!(!self.theirs.contains(mailbox)),
                Request::Hello { .. } => panic!("Bo's relay was asked whether it is there"),
                _ => {}
            }
        }
    }

    /// After the block everything of Ada's arrives, once and in order, and the two can talk.
    fn end(mut self) {
        // What Bo could not even encrypt without an answer leaves him after the block, and is heard.
        let waiting = self.world.all(self.b, self.to_a).into_iter();
        let waiting = waiting.filter(|row| matches!(row.delivery, Delivery::Waiting { .. }));
        let mut expected_here = vec!["hello".to_owned()];
        expected_here.extend(waiting.map(|row| match row.body {
            MessageBody::Text { text } => text,
            other => panic!("{other:?}"),
        }));
        expected_here.push("you too".to_owned());
        self.world.devices[self.a]
            .engine
            .set_blocked(self.to_b, false)
            .unwrap();
        self.world.run_for(2 * HOUR_MS);
        self.world.send(self.a, self.to_b, "again");
        self.world.run_for(HOUR_MS);
        self.world.send(self.b, self.to_a, "you too");
        self.world.run_for(2 * DAY_MS);
        let texts = self.world.texts(self.b, self.to_a, Direction::Incoming);
        let expected = [
            "came",
            "put, and never answered",
            "waits for the relay",
            "again",
        ];
        assert_eq!(texts, expected);
        let heard = self.world.texts(self.a, self.to_b, Direction::Incoming);
        assert_eq!(heard, expected_here);
        let ours = self.world.all(self.a, self.to_b).into_iter();
        let mut ours = ours.filter(|row| row.direction == Direction::Outgoing);
        assert!(ours.all(|row| row.delivery == Delivery::Delivered));
    }
}

#[test]
fn nothing_is_put_for_a_blocked_contact_in_sixty_quiet_days() {
    let mut blocked = Blocked::new();
    for _ in 0..60 {
        blocked.pass(DAY_MS);
    }
    blocked.end();
}

#[test]
fn nothing_is_put_for_a_blocked_contact_who_writes_moves_and_begins_anew() {
    let mut blocked = Blocked::new();
    for day in 0..60 {
        let (b, to_a) = (blocked.b, blocked.to_a);
        blocked.world.send(b, to_a, &format!("unheard {day}"));
        match day {
            10 => rotate(&mut blocked.world, b),
            // Its session is lost, and it begins another in its place.
            20 => {
                let store = &blocked.world.devices[b].engine.store;
                let sql = "UPDATE sessions SET state = x'00'";
                store.connection().execute(sql, []).unwrap();
                blocked.world.restart(b);
            }
            // It accepts an invitation again: a handshake that names what it replaces.
            30 => {
                let a = blocked.a;
                let link = blocked.world.invite(a, InvitationKind::Public);
                blocked.world.accept(b, &link).unwrap();
            }
            _ => {}
        }
        blocked.pass(DAY_MS);
    }
    blocked.end();
}

#[test]
fn nothing_is_put_for_a_blocked_contact_by_restarts_retries_and_lost_mailboxes() {
    let mut blocked = Blocked::new();
    let (a, b, to_b) = (blocked.a, blocked.b, blocked.to_b);
    for day in 0..60 {
        match day {
            5 => blocked.world.restart(a),
            10 => {
                // Where Bo read is gone; he reads somewhere else.
                let theirs = read(&blocked.world, a, |tx| {
                    Ok(tx.all_peers()?[0].descriptor.clone().unwrap().mailbox)
                });
                rotate(&mut blocked.world, b);
                blocked.world.relays[1].1.mailboxes.remove(&theirs);
            }
            15 => blocked
                .world
                .with(a, |engine, now, rng| engine.retry_now(to_b, now, rng))
                .unwrap(),
            20 => {
                blocked.world.devices[a].failure = Some(NetFailure::Unreachable);
                blocked.pass(DAY_MS);
                blocked.world.devices[a].failure = None;
                blocked.world.restart(a);
            }
            // Our own mailbox for Bo is due, and our relay has lost it.
            25 => {
                let ours = read(&blocked.world, a, |tx| Ok(tx.all_peers()?[0].our_mailbox));
                blocked.world.relays[0].1.mailboxes.remove(&ours.unwrap());
            }
            _ => {}
        }
        blocked.pass(DAY_MS);
    }
    blocked.end();
}

#[test]
fn an_account_with_a_blocked_contact_is_deleted_without_a_word_to_it() {
    let mut blocked = Blocked::new();
    let a = blocked.a;
    let call = blocked
        .world
        .with(a, |engine, now, rng| engine.delete_account(now, rng))
        .unwrap();
    blocked.pass(HOUR_MS);
    let ended = blocked.world.end_of(a, call);
    assert!(matches!(
        ended,
        Ok(crate::client::effect::CallOutcome::Departure(
            crate::client::view::Departure::Done
        ))
    ));
    blocked.pass(DAY_MS);
}

#[test]
fn a_text_that_waits_asks_no_relay_while_its_contact_is_blocked() {
    let mut world = World::new(2);
    let (a, b) = (world.add("Ada", 0), world.add("Bo", 1));
    let link = world.invite(a, InvitationKind::Personal);
    let to_a = world.accept(b, &link).unwrap();
    world.run();
    let to_b = world.id_of(b);
    world.send(b, to_a, "hello");
    world.run_for(10_000);
    world.relays[1].1.is_down = true;
    world.send(a, to_b, "first");
    world.run_for(10_000);
    world.send(a, to_b, "waits");
    world.devices[a].engine.set_blocked(to_b, true).unwrap();
    world.relays[1].1.is_down = false;
    world.relays[1].1.seen.clear();
    for _ in 0..3 {
        world.run_for(DAY_MS);
        world.restart(a);
        let retried = world.with(a, |engine, now, rng| engine.retry_now(to_b, now, rng));
        assert_eq!(retried, Ok::<(), ClientError>(()));
    }
    let asked = |request: &Request| matches!(request, Request::Hello { .. } | Request::Put { .. });
    assert!(!world.relays[1].1.seen.iter().any(asked));
    world.devices[a].engine.set_blocked(to_b, false).unwrap();
    world.run_for(HOUR_MS);
    let came = world.texts(b, to_a, Direction::Incoming);
    assert_eq!(came, ["first", "waits"]);
}
