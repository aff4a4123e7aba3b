//! Envelopes for a mailbox that is not there any more, and what a stranger or a blocked contact still changes.

use super::world::World;
use crate::client::input::NetFailure;
use crate::client::view::{
    ConversationState, Delivery, Direction, Event, InvitationKind, MessageBody,
};

#[test]
fn what_was_in_the_mailbox_of_a_revoked_invitation_goes_to_the_contact_s_own() {
    let mut world = World::new(1);
    let (a, b) = (world.add("Ada", 0), world.add("Bo", 0));
    let link = world.invite(a, InvitationKind::Public);
    let to_a = world.accept(b, &link).unwrap();
    world.run();
    let to_b = world.id_of(b);
    world.devices[a].failure = Some(NetFailure::Unreachable);
    world.send(b, to_a, "on its way");
    world.run();
    // The relay has it, and lets go of the mailbox before Ada has read it.
    let id = world.with(a, |engine, now, rng| engine.invitations(now, rng));
    let id = id.unwrap()[0].id;
    world.revoke(a, id).unwrap();
    world.devices[a].failure = None;
    world.run_for(120_000);
    assert!(world.texts(a, to_b, Direction::Incoming).is_empty());
    world
        .with(a, |engine, now, rng| engine.accept_request(to_b, now, rng))
        .unwrap();
    world.run_for(10_000);
    world.send(b, to_a, "behind it");
    world.run_for(120_000);
    let came = world.texts(a, to_b, Direction::Incoming);
    assert_eq!(came, ["on its way", "behind it"]);
    let went = world.all(b, to_a);
    assert!(went.iter().all(|row| row.delivery == Delivery::Delivered));
}

#[test]
fn accepting_a_revoked_invitation_of_a_contact_does_not_end_the_talk() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    let link = world.invite(a, InvitationKind::Personal);
    world.devices[a].failure = Some(NetFailure::Unreachable);
    let views = world.with(a, |engine, now, rng| engine.invitations(now, rng));
    let views = views.unwrap();
    let id = views.iter().find(|view| view.link == link).unwrap().id;
    world.revoke(a, id).unwrap();
    // The relay has not heard of it yet: Bo begins a session that Ada can never open.
    assert_eq!(world.accept(b, &link).unwrap(), to_a);
    world.devices[a].failure = None;
    world.run_for(120_000);
    for n in 0..3 {
        world.send(b, to_a, &format!("b{n}"));
        world.send(a, to_b, &format!("a{n}"));
        world.run_for(4_000_000);
    }
    assert_eq!(
        world.texts(a, to_b, Direction::Incoming),
        ["b0", "b1", "b2"]
    );
    assert_eq!(
        world.texts(b, to_a, Direction::Incoming),
        ["a0", "a1", "a2"]
    );
    for (who, id) in [(a, to_b), (b, to_a)] {
        let rows = world.all(who, id);
        assert!(rows.iter().all(|row| row.body != MessageBody::Missing));
    }
}

/// Ada reads the beginning of a session while she has blocked Bo, and revokes its invitation before she answers.
#[test]
fn what_a_host_writes_in_a_session_begun_by_a_revoked_invitation_opens() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    let link = world.invite(a, InvitationKind::Personal);
    world.devices[a].engine.set_blocked(to_b, true).unwrap();
    world.accept(b, &link).unwrap();
    world.run_for(120_000);
    let views = world.with(a, |engine, now, rng| engine.invitations(now, rng));
    let views = views.unwrap();
    let id = views.iter().find(|view| view.link == link).unwrap().id;
    world.revoke(a, id).unwrap();
    world.devices[a].engine.set_blocked(to_b, false).unwrap();
    world.send(b, to_a, "to where nobody reads");
    world.run_for(10_000);
    world.send(a, to_b, "in the new session");
    world.run_for(120_000);
    let heard = world.texts(a, to_b, Direction::Incoming);
    assert_eq!(heard.last().unwrap(), "to where nobody reads");
    let heard = world.texts(b, to_a, Direction::Incoming);
    assert_eq!(heard.last().unwrap(), "in the new session");
    for (who, id) in [(a, to_b), (b, to_a)] {
        let rows = world.all(who, id);
        let is_text = |body: &MessageBody| matches!(body, MessageBody::Text { .. });
        assert!(rows.iter().all(|row| is_text(&row.body)));
    }
}

#[test]
fn the_introduction_of_a_blocked_contact_is_told_by_an_event() {
    let mut world = World::new(1);
    let (a, b) = (world.add("Ada", 0), world.add("Bo", 0));
    let link = world.invite(a, InvitationKind::Public);
    let to_a = world.accept(b, &link).unwrap();
    world.run();
    let to_b = world.id_of(b);
    world.devices[b].engine.set_blocked(to_a, true).unwrap();
    let cursor = world.devices[b].engine.events(0).unwrap().cursor;
    world
        .with(a, |engine, now, rng| engine.accept_request(to_b, now, rng))
        .unwrap();
    world.run_for(10_000);
    let line = world.devices[b].engine.conversations().unwrap().remove(0);
    assert_eq!(line.state, ConversationState::Established);
    let told = world.devices[b].engine.events(cursor).unwrap().events;
    assert!(told.contains(&Event::Conversation { id: to_a }));
}

#[test]
fn what_has_arrived_stays_delivered_when_a_session_is_replaced() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    // The relay takes it, Bo has it and says so, and Ada never hears that it was put.
    world.devices[a].loses_answers = true;
    world.send(a, to_b, "arrived");
    world.run_for(20_000);
    assert_eq!(world.texts(b, to_a, Direction::Incoming), ["arrived"]);
    assert_eq!(world.all(a, to_b)[0].delivery, Delivery::Delivered);
    let link = world.invite(b, InvitationKind::Personal);
    world.devices[a].loses_answers = false;
    world.accept(a, &link).unwrap();
    world.run_for(20_000);
    assert_eq!(world.all(a, to_b)[0].delivery, Delivery::Delivered);
    assert_eq!(world.texts(b, to_a, Direction::Incoming), ["arrived"]);
}
