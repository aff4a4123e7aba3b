//! Deleting an account: contacts are told, relays let go of everything, and nothing begins again.

use super::world::World;
use crate::client::effect::CallOutcome;
use crate::client::error::ClientError;
use crate::client::input::NetFailure;
use crate::client::view::{ConversationState, Departure, Direction, InvitationKind};

fn leave(world: &mut World, who: usize) -> Option<Departure> {
    let call = world
        .with(who, |engine, now, rng| engine.delete_account(now, rng))
        .unwrap();
    world.run_for(120_000);
    match world.end_of(who, call) {
        Ok(CallOutcome::Departure(departure)) => Some(departure),
        _ => None,
    }
}

#[test]
fn a_deleted_account_leaves_nothing_at_relays_and_its_contacts_are_told() {
    let mut world = World::new(2);
    let (a, b) = (world.add("Ada", 0), world.add("Bo", 1));
    let link = world.invite(a, InvitationKind::Personal);
    let to_a = world.accept(b, &link).unwrap();
    let to_b = world.id_of(b);
    world.send(b, to_a, "hello");
    world.run();
    let public = world.invite(a, InvitationKind::Public);
    world.send(a, to_b, "my last words");
    assert_eq!(leave(&mut world, a), Some(Departure::Done));
    assert!(world.relays[0].1.mailboxes.is_empty());
    assert!(world.relays[0].1.piles.is_empty());
    // Bo keeps what was said, is told, and asks the relay to delete what only Ada wrote into.
    assert_eq!(world.texts(b, to_a, Direction::Incoming), ["my last words"]);
    let line = world.devices[b].engine.conversations().unwrap().remove(0);
    assert_eq!(line.state, ConversationState::Left);
    assert!(world.relays[1].1.mailboxes.is_empty());
    let refused = world.with(b, |engine, now, rng| {
        engine.send_text(to_a, "are you there?", now, rng).map(drop)
    });
    assert_eq!(refused, Err(ClientError::WrongState));
    // Nobody meets the account any more, and it begins nothing.
    let c = world.add("Cy", 0);
    assert!(world.accept(c, &public).is_err());
    let again = world.with(a, |engine, now, rng| {
        engine.create_invitation(InvitationKind::Personal, now, rng)
    });
    assert_eq!(again, Err(ClientError::NoAccount));
}

#[test]
fn a_deletion_that_no_relay_hears_goes_on_when_one_does_also_after_a_crash() {
    let mut world = World::new(1);
    let (a, b, _, to_a) = world.pair();
    world.devices[a].failure = Some(NetFailure::Unreachable);
    assert_eq!(leave(&mut world, a), Some(Departure::Queued));
    let mailboxes = world.relays[0].1.mailboxes.len();
    world.restart(a);
    world.devices[a].failure = None;
    world.run_for(600_000);
    assert!(world.relays[0].1.mailboxes.len() < mailboxes);
    assert_eq!(leave(&mut world, a), Some(Departure::Done));
    let lines = world.devices[b].engine.conversations().unwrap();
    let line = lines.iter().find(|line| line.id == to_a).unwrap();
    assert_eq!(line.state, ConversationState::Left);
}

#[test]
fn blocked_contacts_and_strangers_are_not_told() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    let link = world.invite(a, InvitationKind::Public);
    let c = world.add("Cy", 0);
    let asked = world.accept(c, &link).unwrap();
    world.send(c, asked, "let me in");
    world.run();
    world.devices[a].engine.set_blocked(to_b, true).unwrap();
    assert_eq!(leave(&mut world, a), Some(Departure::Done));
    for (who, id) in [(b, to_a), (c, asked)] {
        let lines = world.devices[who].engine.conversations().unwrap();
        let line = lines.iter().find(|line| line.id == id).unwrap();
        assert_ne!(line.state, ConversationState::Left);
    }
}
