//! Envelopes that come again: at once, after a restart, after what remembers them is gone.

use super::intruder::{Intruder, Rows, bundle, deliver, differences, rows, text};
use super::world::World;
use crate::client::view::{Direction, InvitationKind};
use crate::protocol::test_people::Person;

/// What a relay or a copy of the store can bring about: nothing is known of what came.
fn forget_envelopes(world: &World, who: usize) -> usize {
    let connection = world.devices[who].engine.store.connection();
    connection.execute("DELETE FROM envelopes", []).unwrap()
}

const DAY_MS: u64 = 24 * 3_600_000;

/// N12: with one-time keys, which are gone after the first time, and with a last resort, which is not.
#[test]
fn an_initial_envelope_that_comes_again_makes_no_second_session() {
    for one_time in [true, false] {
        let mut world = World::new(1);
        let a = world.add("Ada", 0);
        let link = world.invite(a, InvitationKind::Public);
        let mut guest = Intruder::begin(Person::new(1), bundle(&world, &link, one_time), None);
        let (mailbox, fields) = (guest.mailbox(), guest.fields());
        let message = guest.message(1, &text("hello"));
        let envelope = guest.seal(&fields, &message, 73);
        let sealed_again = guest.seal(&fields, &message, 74);
        deliver(&mut world, mailbox, &envelope);
        let id = guest.conversation();
        assert_eq!(world.texts(a, id, Direction::Incoming), ["hello"]);
        let mut before = rows(&mut world, a);
        let unchanged = |world: &mut World, before: &Rows, what: &str| {
            let after = rows(world, a);
            assert_eq!(differences(before, &after), [""; 0], "{what}");
        };
        deliver(&mut world, mailbox, &envelope);
        unchanged(&mut world, &before, "the same bytes");
        // A used key under other bytes is what a store that was put back sends: that is noted, and nothing else.
        deliver(&mut world, mailbox, &sealed_again);
        assert_eq!(
            differences(&before, &rows(&mut world, a)),
            ["rewinds"],
            "sealed afresh, as the guest itself may"
        );
        world.restart(a);
        // Whoever was away may owe receipts: those are of the restart.
        before = rows(&mut world, a);
        deliver(&mut world, mailbox, &envelope);
        unchanged(&mut world, &before, "after a restart");
        assert!(forget_envelopes(&world, a) > 0);
        for again in [&envelope, &sealed_again] {
            deliver(&mut world, mailbox, again);
        }
        unchanged(&mut world, &before, "after the hashes are forgotten");
        // With fields that differ by a bit, the id known or not: no second session either.
        let mut altered = fields.clone();
        altered.spk_id ^= 1;
        let resealed = guest.seal(&altered, &message, 75);
        deliver(&mut world, mailbox, &resealed);
        unchanged(&mut world, &before, "with other fields under the same id");
        // And when all that remembers it is deleted, so is the private half that it needs.
        world.run_for(70 * DAY_MS);
        // It deletes by the hour that its relay tells it.
        world.restart(a);
        world.run_for(DAY_MS / 4);
        let sessions = |world: &mut World| rows(world, a)["sessions"].len();
        let kept = sessions(&mut world);
        assert!(rows(&mut world, a)["initials"].is_empty());
        forget_envelopes(&world, a);
        deliver(&mut world, mailbox, &envelope);
        assert_eq!(sessions(&mut world), kept);
        assert_eq!(world.texts(a, id, Direction::Incoming), ["hello"]);
    }
}

/// N13: whole conversations come again, backwards and doubled, to a client that was started anew.
#[test]
fn a_conversation_that_comes_again_backwards_and_twice_changes_no_row() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    for n in 0..6 {
        world.send(a, to_b, &format!("a{n}"));
        world.send(b, to_a, &format!("b{n}"));
        world.run();
    }
    world.run_for(10_000);
    world.restart(b);
    let before = rows(&mut world, b);
    let all = world.relays[0].1.all_put();
    for (mailbox, envelope) in all.iter().rev().chain(&all) {
        world.relays[0].1.slip_in(*mailbox, envelope.clone());
    }
    world.run_for(10_000);
    assert_eq!(differences(&before, &rows(&mut world, b)), [""; 0]);
    // Without the hashes too: the keys are used up, and nothing is shown twice.
    assert!(forget_envelopes(&world, b) > 0);
    for (mailbox, envelope) in all.iter().rev().chain(&all) {
        world.relays[0].1.slip_in(*mailbox, envelope.clone());
    }
    world.run_for(10_000);
    let texts = world.texts(b, to_a, Direction::Incoming);
    assert_eq!(texts, ["a0", "a1", "a2", "a3", "a4", "a5"]);
}
