//! Clocks that are far off after the account was made: talking goes on, nothing needed is deleted.

use super::world::World;
use crate::client::ClientError;
use crate::client::view::{Direction, InvitationKind};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

#[test]
fn a_clock_far_off_either_way_stops_no_conversation_and_rights_itself() {
    for days in [-400, -3, 3, 400] {
        let mut world = World::new(1);
        let (a, b, to_b, to_a) = world.pair();
        let link = world.invite(a, InvitationKind::Public);
        world.devices[a].clock_ahead_ms = days * DAY_MS;
        for n in 0..3 {
            world.send(a, to_b, &format!("a{n}"));
            world.send(b, to_a, &format!("b{n}"));
            world.run_for(2 * HOUR_MS as u64);
        }
        // Set right while the app runs: nothing waits for a time that is far away.
        world.devices[a].clock_ahead_ms = 0;
        world.send(a, to_b, "a3");
        world.send(b, to_a, "b3");
        world.run_for(2 * HOUR_MS as u64);
        assert_eq!(
            world.texts(b, to_a, Direction::Incoming),
            ["a0", "a1", "a2", "a3"]
        );
        assert_eq!(
            world.texts(a, to_b, Direction::Incoming),
            ["b0", "b1", "b2", "b3"]
        );
        // What was published under the wrong clock has been replaced.
        let guest = world.add("Cleo", 0);
        let to_a = world.accept(guest, &link).unwrap();
        world.send(guest, to_a, "hello");
        world.run();
        let to_guest = world.id_of(guest);
        assert_eq!(world.texts(a, to_guest, Direction::Incoming), ["hello"]);
    }
}

#[test]
fn a_guest_with_a_wrong_clock_is_told_so_and_may_accept_once_it_is_right() {
    for days in [-40, -5, 5, 40, 400] {
        let mut world = World::new(1);
        let (a, b) = (world.add("Ada", 0), world.add("Bo", 0));
        let link = world.invite(a, InvitationKind::Personal);
        world.devices[b].clock_ahead_ms = days * DAY_MS;
        world.restart(b);
        // Its own relay has told it the hour.
        world.listen(b);
        let accepted = world.accept(b, &link);
        // Five days ahead the keys are still good: they last for thirty.
        if days == 5 {
            assert!(accepted.is_ok());
            continue;
        }
        assert_eq!(accepted, Err(ClientError::CheckYourClock), "{days}");
        world.devices[b].clock_ahead_ms = 0;
        let to_a = world.accept(b, &link).unwrap();
        world.send(b, to_a, "in time");
        world.run();
        let to_b = world.id_of(b);
        assert_eq!(world.texts(a, to_b, Direction::Incoming), ["in time"]);
    }
}

#[test]
fn a_clock_that_ran_ahead_deletes_nothing_that_is_still_needed() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    // A hole, so that there is a skipped key; and an invitation whose private halves are needed.
    let link = world.invite(b, InvitationKind::Public);
    world.relays[0].1.drops_next = 1;
    world.send(a, to_b, "dropped");
    world.run();
    world.send(a, to_b, "came");
    world.run();
    assert_eq!(
        world.texts(b, to_a, Direction::Incoming),
        ["Missing", "came"]
    );
    world.devices[b].clock_ahead_ms = 400 * DAY_MS;
    world.run_for(5 * HOUR_MS as u64);
    world.restart(b);
    world.run_for(5 * HOUR_MS as u64);
    world.devices[b].clock_ahead_ms = 0;
    world.run_for(2 * HOUR_MS as u64);
    world.send(a, to_b, "later");
    world.run_for(2 * HOUR_MS as u64);
    assert_eq!(
        world.texts(b, to_a, Direction::Incoming),
        ["dropped", "came", "later"]
    );
    let guest = world.add("Cleo", 0);
    assert!(world.accept(guest, &link).is_ok());
}

#[test]
fn a_claim_that_led_to_nothing_is_forgotten_after_two_days() {
    let mut world = World::new(1);
    let (a, b) = (world.add("Ada", 0), world.add("Bo", 0));
    let link = world.invite(a, InvitationKind::Public);
    // Somewhere to read from, so that its relay tells it the hour.
    world.listen(b);
    world.relays[0].1.nonsense = Some(tacita_wire::Response::Done);
    assert_eq!(world.accept(b, &link), Err(ClientError::RelayMisbehaved));
    world.relays[0].1.nonsense = None;
    let claims = |world: &World| {
        let engine = &world.devices[b].engine;
        engine
            .store
            .read(|tx| tx.list_claims())
            .map(|claims| claims.len())
    };
    world.run_for(DAY_MS as u64);
    assert_eq!(claims(&world), Ok(1));
    world.restart(b);
    world.run_for(DAY_MS as u64 + 2 * HOUR_MS as u64);
    assert_eq!(claims(&world), Ok(0));
}
