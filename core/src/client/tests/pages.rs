//! Pages of a conversation: the short one says what the other does, or leaves it to the other.

use super::world::World;
use crate::client::input::Input;
use crate::client::view::{ConversationId, Delivery, QueueReason};
use crate::client::{ClientError, PageAt};
use crate::protocol::ids::AccountId;

#[test]
fn short_page_is_the_page_or_none() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    for n in 0..30 {
        world.send(a, to_b, &format!("from a {n}"));
        world.send(b, to_a, &format!("from b {n}"));
        world.run();
    }
    let last = world.all(a, to_b).last().unwrap().place;
    let engine = &world.devices[a].engine;
    let mut lengths = Vec::new();
    for at in [
        PageAt::Before(None),
        PageAt::Before(Some(20)),
        PageAt::Before(Some(1)),
        PageAt::After(0),
        PageAt::After(last - 3),
        PageAt::After(last),
    ] {
        let page = engine.page(to_b, at, 50).unwrap();
        lengths.push((page.messages.len(), page.more));
        assert_eq!(engine.short_page(to_b, at, 50), Ok(Some(page)), "{at:?}");
        assert_eq!(engine.short_page(to_b, at, 51), Ok(None), "{at:?}");
    }
    assert_eq!(lengths[0], (50, true));
    assert_eq!(
        lengths[2..],
        [(0, false), (50, true), (3, false), (0, false)]
    );

    let nobody = ConversationId(AccountId([9; 32]));
    for at in [PageAt::Before(None), PageAt::After(0)] {
        assert_eq!(engine.page(nobody, at, 50), Err(ClientError::NotFound));
        assert_eq!(
            engine.short_page(nobody, at, 50),
            Err(ClientError::NotFound)
        );
    }
}

#[test]
fn short_page_leaves_it_to_the_other_why_something_is_still_here() {
    let mut world = World::new(1);
    let (a, _, to_b, _) = world.pair();
    world
        .with(a, |engine, now, rng| {
            engine.handle(Input::NetworkLost, now, rng)
        })
        .unwrap();
    let stuck = world.send(a, to_b, "still here");
    let engine = &world.devices[a].engine;
    let at = PageAt::After(stuck.place - 1);
    assert_eq!(engine.short_page(to_b, at, 50), Ok(None));
    let shown = engine.page(to_b, at, 50).unwrap().messages;
    let reason = QueueReason::Offline;
    assert_eq!(shown[0].delivery, Delivery::Waiting { reason });
    let earlier = PageAt::Before(Some(stuck.place));
    assert!(engine.short_page(to_b, earlier, 50).unwrap().is_some());
}
