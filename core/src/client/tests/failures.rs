//! Lost mailboxes, unknown bytes, copies of a store: what must not break a conversation.

use tacita_wire::MailboxKind;

use super::world::World;
use crate::client::view::{Direction, InvitationKind, InvitationState, MessageBody};

#[test]
fn a_mailbox_that_its_relay_lost_is_made_again() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    world.relays[0].1.mailboxes.clear();
    world.run();
    world.send(a, to_b, "after the loss");
    world.run_for(2 * 3_600_000);
    world.send(b, to_a, "me too");
    world.run_for(2 * 3_600_000);
    assert_eq!(
        world.texts(b, to_a, Direction::Incoming),
        ["after the loss"]
    );
    assert_eq!(world.texts(a, to_b, Direction::Incoming), ["me too"]);
}

#[test]
fn junk_in_a_mailbox_leaves_one_visible_place_and_stops_nothing() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    for mailbox in world.relays[0].1.mailboxes.values_mut() {
        for n in 0..3_u8 {
            mailbox.entries.push(tacita_wire::StoredEnvelope {
                sequence: 1000 + u64::from(n),
                hour: 0,
                envelope: vec![n; 4096],
            });
        }
    }
    world.run();
    world.send(a, to_b, "still here");
    world.relays[0].1.expire_envelopes();
    world.run();
    let bodies: Vec<_> = world
        .all(b, to_a)
        .into_iter()
        .filter(|m| m.direction == Direction::Incoming)
        .map(|m| m.body)
        .collect();
    let is_unopened = |body: &&MessageBody| matches!(body, MessageBody::Undecryptable { .. });
    assert!(bodies.first().as_ref().is_some_and(is_unopened));
    assert_eq!(bodies.iter().filter(is_unopened).count(), 1);
}

#[test]
fn prekeys_are_renewed_weekly_and_a_month_old_link_still_works() {
    let mut world = World::new(1);
    let (a, b) = (world.add("Ada", 0), world.add("Bo", 0));
    let link = world.invite(a, InvitationKind::Public);
    world.run_for(45 * 24 * 3_600_000);
    let views = world
        .with(a, |e, now, rng| e.invitations(now, rng))
        .unwrap();
    assert_eq!(views[0].state, InvitationState::Live);
    let to_a = world.accept(b, &link).unwrap();
    world.send(b, to_a, "late, but here");
    world.run();
    let to_b = world.id_of(b);
    assert_eq!(
        world.texts(a, to_b, Direction::Incoming),
        ["late, but here"]
    );
}

#[test]
fn a_public_pile_that_runs_low_is_topped_up() {
    let mut world = World::new(1);
    let a = world.add("Ada", 0);
    let link = world.invite(a, InvitationKind::Public);
    for n in 0..15 {
        let guest = world.add(&format!("guest {n}"), 0);
        world.accept(guest, &link).unwrap();
    }
    world.run_for(2 * 3_600_000);
    let fills = world.relays[0]
        .1
        .seen
        .iter()
        .filter(|request| {
            matches!(
                request,
                tacita_wire::Request::FillPile { replace: false, .. }
            )
        })
        .count();
    // The second half of the first filling, and one topping up.
    assert!(fills >= 2, "{fills}");
    assert_eq!(world.relays[0].1.count_puts(MailboxKind::Pair), 0);
}

#[test]
fn an_engine_without_an_account_asks_for_no_wake() {
    let mut world = World::new(1);
    let who = world.add_blank();
    let now = world.now;
    assert_eq!(world.devices[who].engine.next_wake(now), None);
    world.create_account(who, "Ada", 0);
    assert!(world.devices[who].engine.next_wake(now).is_some());
}
