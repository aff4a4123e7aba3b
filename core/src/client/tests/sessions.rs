//! Which session sends, and which go. PROTOCOL.md §18.

use super::world::World;
use crate::client::send::rule;
use crate::client::view::{Direction, InvitationKind};
use crate::protocol::ids::{AccountId, DeviceAddress, DeviceNumber, Hour, TranscriptHash};
use crate::store::SessionRow;

const NOW: Hour = Hour(490_000);
const DAY: u32 = 24;

fn session(th: u8, days_ago: u32) -> SessionRow {
    let hour = Hour(NOW.0 - days_ago * DAY);
    SessionRow {
        peer: DeviceAddress {
            account: AccountId([1; 32]),
            device: DeviceNumber::FIRST,
        },
        th: TranscriptHash([th; 32]),
        state: Vec::new().into(),
        initiator: true,
        initial: None,
        initial_sent: 0,
        replaces: None,
        created: hour,
        last_opened: hour,
        chain: 0,
        chain_first_counter: 0,
    }
}

#[test]
fn a_session_that_was_not_answered_does_not_take_over_from_one_that_was() {
    let answered = session(9, 3);
    let begun = SessionRow {
        initial: Some(Vec::new().into()),
        ..session(1, 0)
    };
    let both = [answered.clone(), begun.clone()];
    assert_eq!(rule(&both, NOW).sends, Some(answered.th));
    assert_eq!(rule(&both, NOW).receives, [begun.th]);
    assert_eq!(
        rule(std::slice::from_ref(&begun), NOW).sends,
        Some(begun.th)
    );
    // One that was begun because the other is of no use any more takes over at once.
    let replacing = SessionRow {
        replaces: Some(answered.th),
        ..begun
    };
    let both = [answered, replacing.clone()];
    assert_eq!(rule(&both, NOW).sends, Some(replacing.th));
}

#[test]
fn a_session_that_was_long_silent_still_receives_for_32_days_after_another_took_over() {
    let (old, new) = (session(9, 100), session(1, 20));
    let ruling = rule(&[old.clone(), new.clone()], NOW);
    assert_eq!(
        (ruling.sends, ruling.receives),
        (Some(new.th), vec![old.th])
    );
    let later = Hour(NOW.0 + 13 * DAY);
    assert_eq!(rule(&[old.clone(), new], later).goes, [old.th]);
}

#[test]
fn accepting_a_link_ever_again_pushes_out_no_session_in_use() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    let link = world.invite(a, InvitationKind::Public);
    world.devices[a].withheld = true;
    for n in 0..8 {
        assert_eq!(world.accept(b, &link), Ok(to_a));
        world.send(a, to_b, &format!("a{n}"));
        world.send(b, to_a, &format!("b{n}"));
        world.run();
    }
    world.devices[a].withheld = false;
    world.run_for(60_000);
    let expected = |mark: &str| (0..8).map(|n| format!("{mark}{n}")).collect::<Vec<_>>();
    assert_eq!(world.texts(b, to_a, Direction::Incoming), expected("a"));
    assert_eq!(world.texts(a, to_b, Direction::Incoming), expected("b"));
    assert_eq!(world.devices[a].engine.conversations().unwrap().len(), 1);
}

#[test]
fn places_without_anything_to_read_are_not_unread() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    let unread = |world: &World| world.devices[b].engine.conversations().unwrap()[0].unread;
    world.relays[0].1.drops_next = 2;
    for text in ["one", "two", "three"] {
        world.send(a, to_b, text);
        world.run();
    }
    assert_eq!(
        world.texts(b, to_a, Direction::Incoming),
        ["Missing", "Missing", "three"]
    );
    assert_eq!(unread(&world), 1);
    world.run_for(120_000);
    world.send(b, to_a, "go on");
    world.run_for(120_000);
    world.send(a, to_b, "four");
    world.run_for(120_000);
    assert_eq!(
        world.texts(b, to_a, Direction::Incoming),
        ["one", "two", "three", "four"]
    );
    assert_eq!(unread(&world), 4);
}
