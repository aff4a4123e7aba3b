//! Relays that are full, lie, swap, repeat or withhold: a typed error or a visible state, and nothing is lost.

use tacita_wire::{Refusal, Response, SealedEntry};

use super::world::World;
use crate::client::ClientError;
use crate::client::view::{Delivery, Direction, InvitationKind, InvitationState, QueueReason};
use crate::protocol::bundle::Bundle;
use crate::protocol::invitation::InvitationLink;

const HOUR_MS: u64 = 3_600_000;
const DAY_MS: u64 = 24 * HOUR_MS;

fn swap_entries(world: &mut World, link: &InvitationLink, entry: &SealedEntry) {
    let pile = world.relays[0].1.piles.get_mut(&link.pile_id()).unwrap();
    pile.last_resort = entry.clone();
    for place in &mut pile.entries {
        *place = entry.clone();
    }
}

#[test]
fn a_swapped_entry_is_told_as_forged_and_the_right_one_still_works() {
    let mut world = World::new(1);
    let (a, b, eve) = (world.add("Ada", 0), world.add("Bo", 0), world.add("Eve", 0));
    let text = world.invite(a, InvitationKind::Public);
    let ours = InvitationLink::parse(&text).unwrap();
    let theirs = InvitationLink::parse(&world.invite(eve, InvitationKind::Public)).unwrap();
    let right = world.relays[0].1.piles[&ours.pile_id()].last_resort.clone();
    let foreign = world.relays[0].1.piles[&theirs.pile_id()]
        .last_resort
        .clone();
    // Sealed for another pile; then another account's keys, sealed by one who has the link.
    let opened = Bundle::open(&foreign, &theirs.seal_key(), theirs.pile_id()).unwrap();
    let resealed = world.with(eve, |_, _, rng| {
        opened.seal(&ours.seal_key(), ours.pile_id(), rng).unwrap()
    });
    let mut altered = right.as_bytes().to_vec();
    altered[100] ^= 1;
    let altered = SealedEntry::new(&altered).unwrap();
    for entry in [foreign, resealed, altered] {
        swap_entries(&mut world, &ours, &entry);
        assert_eq!(world.accept(b, &text), Err(ClientError::InvitationForged));
        assert!(world.devices[b].engine.conversations().unwrap().is_empty());
    }
    swap_entries(&mut world, &ours, &right);
    let to_a = world.accept(b, &text).unwrap();
    world.send(b, to_a, "the right one");
    world.run();
    let to_b = world.id_of(b);
    assert_eq!(world.texts(a, to_b, Direction::Incoming), ["the right one"]);
}

#[test]
fn an_entry_that_ran_out_is_gone_and_one_from_the_future_is_a_matter_of_clocks() {
    let mut world = World::new(1);
    let (a, b) = (world.add("Ada", 0), world.add("Bo", 0));
    let old = world.invite(a, InvitationKind::Public);
    let link = InvitationLink::parse(&old).unwrap();
    let entry = world.relays[0].1.piles[&link.pile_id()].last_resort.clone();
    world.run_for(40 * DAY_MS);
    swap_entries(&mut world, &link, &entry);
    assert_eq!(world.accept(b, &old), Err(ClientError::InvitationGone));

    world.devices[a].clock_ahead_ms = 5 * DAY_MS as i64;
    let early = world.invite(a, InvitationKind::Personal);
    assert_eq!(world.accept(b, &early), Err(ClientError::CheckYourClock));
    // The claim is kept: with the clocks in step the same entry opens.
    world.devices[b].clock_ahead_ms = 5 * DAY_MS as i64;
    assert!(world.accept(b, &early).is_ok());
}

#[test]
fn what_a_full_mailbox_or_relay_refuses_stays_queued_and_goes_later() {
    for refusal in [
        Refusal::MailboxFull,
        Refusal::RelayFull { retry_after: 30 },
        Refusal::SlowDown { retry_after: 5 },
    ] {
        let mut world = World::new(1);
        let (a, b, to_b, to_a) = world.pair();
        world.relays[0].1.refuses_writes = Some(refusal);
        world.send(a, to_b, "one");
        world.run_for(10_000);
        world.send(a, to_b, "two");
        world.run_for(10_000);
        let reason = QueueReason::Full;
        let shown: Vec<_> = world.all(a, to_b).iter().map(|m| m.delivery).collect();
        assert_eq!(
            shown,
            [Delivery::Queued { reason }, Delivery::Waiting { reason }]
        );
        world.restart(a);
        world.relays[0].1.refuses_writes = None;
        world.run_for(300_000);
        assert_eq!(world.texts(b, to_a, Direction::Incoming), ["one", "two"]);
        assert!(
            world
                .all(a, to_b)
                .iter()
                .all(|message| message.delivery == Delivery::Delivered)
        );
    }
}

#[test]
fn answers_to_other_questions_are_nonsense_and_lose_nothing() {
    let answers = [
        Response::Done,
        Response::Count { remaining: 3 },
        Response::Hello { hour: 7 },
        Response::Entries {
            entries: Vec::new(),
            head: 0,
            hour: 0,
        },
        Response::Refused(Refusal::Malformed),
    ];
    for answer in answers {
        let mut world = World::new(1);
        let (a, b, to_b, to_a) = world.pair();
        let guest = world.add("Cleo", 0);
        let link = world.invite(a, InvitationKind::Public);
        world.relays[0].1.nonsense = Some(answer.clone());
        assert_eq!(
            world.accept(guest, &link),
            Err(ClientError::RelayMisbehaved)
        );
        // A relay that says `Done` to a message lies, and then it is a lost one.
        if answer != Response::Done {
            world.send(a, to_b, "kept");
        }
        world.run_for(600_000);
        assert!(world.texts(b, to_a, Direction::Incoming).is_empty());
        world.relays[0].1.nonsense = None;
        world.run_for(2 * HOUR_MS);
        if answer != Response::Done {
            assert_eq!(world.texts(b, to_a, Direction::Incoming), ["kept"]);
        }
        assert!(world.accept(guest, &link).is_ok());
    }
}

#[test]
fn a_relay_that_brings_everything_again_changes_nothing() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    for n in 0..10 {
        world.send(a, to_b, &format!("a{n}"));
        world.send(b, to_a, &format!("b{n}"));
        world.run();
    }
    let before = (world.all(a, to_b), world.all(b, to_a));
    for (mailbox, envelope) in world.relays[0].1.all_put() {
        world.relays[0].1.slip_in(mailbox, envelope);
    }
    world.run_for(60_000);
    // And once more to clients that have forgotten which envelopes they saw.
    for who in [a, b] {
        let store = world.crash(who);
        store
            .connection()
            .execute("DELETE FROM envelopes", [])
            .unwrap();
        world.start(who, store);
    }
    for (mailbox, envelope) in world.relays[0].1.all_put() {
        world.relays[0].1.slip_in(mailbox, envelope);
    }
    world.run_for(60_000);
    assert_eq!((world.all(a, to_b), world.all(b, to_a)), before);
    assert_eq!(world.devices[b].engine.conversations().unwrap().len(), 1);
}

#[test]
fn what_a_relay_withholds_shows_as_not_delivered_and_comes_when_it_gives_it_out() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    world.devices[b].withheld = true;
    world.send(a, to_b, "held back");
    world.run_for(10 * HOUR_MS);
    assert_eq!(world.all(a, to_b)[0].delivery, Delivery::Sent);
    assert!(world.texts(b, to_a, Direction::Incoming).is_empty());
    world.devices[b].withheld = false;
    world.run_for(60_000);
    assert_eq!(world.texts(b, to_a, Direction::Incoming), ["held back"]);
    assert_eq!(world.all(a, to_b)[0].delivery, Delivery::Delivered);
}

#[test]
fn an_envelope_handed_out_in_the_wrong_mailbox_still_opens_in_the_right_one() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    let c = world.add("Cleo", 0);
    let link = world.invite(b, InvitationKind::Personal);
    let to_b_of_c = world.accept(c, &link).unwrap();
    world.run();
    world.relays[0].1.seen.clear();
    world.send(c, to_b_of_c, "from Cleo");
    world.run();
    let (of_c, _) = world.relays[0].1.all_put()[0];
    world.relays[0].1.seen.clear();
    world.devices[b].failure = Some(crate::client::input::NetFailure::Unreachable);
    world.send(a, to_b, "from Ada");
    world.run();
    let (of_a, envelope) = world.relays[0].1.all_put()[0].clone();
    assert_ne!(of_a, of_c);
    world.relays[0].1.expire_envelopes();
    world.relays[0].1.slip_in(of_c, envelope.clone());
    world.devices[b].failure = None;
    world.run_for(200_000);
    assert!(world.texts(b, to_a, Direction::Incoming).is_empty());
    world.relays[0].1.slip_in(of_a, envelope);
    world.run();
    assert_eq!(world.texts(b, to_a, Direction::Incoming), ["from Ada"]);
}

#[test]
fn a_guest_whose_answer_is_dropped_goes_on_by_the_contact_mailbox() {
    let mut world = World::new(1);
    let (a, b) = (world.add("Ada", 0), world.add("Bo", 0));
    let link = world.invite(a, InvitationKind::Public);
    let to_a = world.accept(b, &link).unwrap();
    let to_b = world.id_of(b);
    world.relays[0].1.drops_next = 1;
    world
        .with(a, |e, now, rng| e.accept_request(to_b, now, rng))
        .unwrap();
    world.run();
    for n in 0..4 {
        world.send(a, to_b, &format!("a{n}"));
        world.run_for(120_000);
        world.send(b, to_a, &format!("b{n}"));
        world.run_for(120_000);
    }
    assert_eq!(
        world.texts(b, to_a, Direction::Incoming),
        ["a0", "a1", "a2", "a3"]
    );
    assert_eq!(
        world.texts(a, to_b, Direction::Incoming),
        ["b0", "b1", "b2", "b3"]
    );
    let list = world.devices[b].engine.conversations().unwrap();
    assert_eq!(list[0].name, "Ada");
}

#[test]
fn an_acknowledgement_that_is_refused_is_made_again() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    world.send(a, to_b, "one");
    world.devices[b].withheld = true;
    world.run();
    world.devices[b].withheld = false;
    world.relays[0].1.nonsense = Some(Response::Refused(Refusal::SlowDown { retry_after: 2 }));
    world.run();
    assert_eq!(world.texts(b, to_a, Direction::Incoming), ["one"]);
    world.relays[0].1.nonsense = None;
    world.run_for(300_000);
    let left: usize = world.relays[0]
        .1
        .mailboxes
        .values()
        .map(|mailbox| mailbox.entries.len())
        .sum();
    assert_eq!(left, 0, "everything read was acknowledged");
}

#[test]
fn a_relay_that_loses_a_pile_over_and_over_is_not_asked_in_a_circle() {
    let mut world = World::new(1);
    let a = world.add("Ada", 0);
    let link = InvitationLink::parse(&world.invite(a, InvitationKind::Public)).unwrap();
    for _ in 0..5 {
        world.relays[0].1.piles.remove(&link.pile_id());
        world.run_for(2 * HOUR_MS);
    }
    let views = world
        .with(a, |e, now, rng| e.invitations(now, rng))
        .unwrap();
    assert_eq!(views[0].state, InvitationState::Live);
    assert!(world.relays[0].1.piles.contains_key(&link.pile_id()));
    world.relays[0].1.nonsense = Some(Response::Refused(Refusal::NotFound));
    world.relays[0].1.seen.clear();
    world.run_for(10 * HOUR_MS);
    let asked = world.relays[0].1.seen.len();
    assert!(asked < 4000, "{asked}");
}

#[test]
fn altered_links_never_get_as_far_as_a_relay() {
    let mut world = World::new(1);
    let (a, b) = (world.add("Ada", 0), world.add("Bo", 0));
    let link = world.invite(a, InvitationKind::Personal);
    world.relays[0].1.seen.clear();
    for length in 0..link.len() {
        let cut = world.with(b, |e, now, rng| {
            e.accept_invitation(&link[..length], now, rng)
        });
        assert!(matches!(
            cut,
            Err(ClientError::LinkDamaged | ClientError::LinkForeign | ClientError::LinkTooNew)
        ));
    }
    let long = format!("{link}{}", "A".repeat(10_000));
    let long = world.with(b, |e, now, rng| e.accept_invitation(&long, now, rng));
    assert_eq!(long.err(), Some(ClientError::LinkDamaged));
    assert!(world.relays[0].1.seen.is_empty());
}

#[test]
fn a_relay_that_says_that_there_is_none_instead_of_making_a_mailbox_is_asked_again() {
    let mut world = World::new(1);
    let (a, b) = (world.add("Ada", 0), world.add("Bo", 0));
    let link = world.invite(a, InvitationKind::Public);
    let to_a = world.accept(b, &link).unwrap();
    world.run();
    let to_b = world.id_of(b);
    world.relays[0].1.nonsense = Some(Response::Refused(Refusal::NotFound));
    world
        .with(a, |engine, now, rng| engine.accept_request(to_b, now, rng))
        .unwrap();
    world.send(a, to_b, "hello");
    world.run_for(60_000);
    world.relays[0].1.nonsense = None;
    // A contact's mailbox that is said not to exist is tried after an hour.
    world.run_for(2 * HOUR_MS);
    assert_eq!(world.texts(b, to_a, Direction::Incoming), ["hello"]);
}
