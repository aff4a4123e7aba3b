//! Screens: opened by one call, told what changed, told again what did not come, and windows that move.

use super::world::World;
use crate::client::ClientError;
use crate::client::screens::ScreenId;
use crate::client::view::{
    ConversationId, ListChange, ListFilter, ListUpdate, MessageChange, MessageUpdate, MessageView,
    WindowMove, WindowOf, WindowStart,
};

const LIST: ScreenId = ScreenId(1);
const WINDOW: ScreenId = ScreenId(2);

fn next_list(world: &mut World, who: usize, seen: u64) -> Option<ListUpdate> {
    let engine = &mut world.devices[who].engine;
    engine.next_list(LIST, ListFilter::Main, seen).unwrap()
}

fn at(id: ConversationId, start: WindowStart, limit: u32) -> WindowOf {
    WindowOf { id, start, limit }
}

/// A window, and how it stands after all updates.
struct Window {
    of: WindowOf,
    seen: u64,
    places: Vec<u64>,
    last: Option<MessageUpdate>,
    rows: Vec<MessageView>,
}

impl Window {
    fn open(world: &mut World, who: usize, of: WindowOf) -> Self {
        let mut window = Self {
            of,
            seen: 0,
            places: Vec::new(),
            last: None,
            rows: Vec::new(),
        };
        window.follow(world, who);
        window
    }

    fn follow(&mut self, world: &mut World, who: usize) {
        let engine = &mut world.devices[who].engine;
        while let Some(update) = engine.next_messages(WINDOW, self.of, self.seen).unwrap() {
            update.apply(&mut self.rows);
            self.seen = update.number;
            self.last = Some(update);
        }
        self.places = self.rows.iter().map(|row| row.place).collect();
    }

    fn shift(&mut self, world: &mut World, who: usize, by: WindowMove) {
        let engine = &mut world.devices[who].engine;
        engine.move_window(WINDOW, self.of, by).unwrap();
        self.follow(world, who);
    }

    fn ends(&self) -> (bool, bool) {
        let last = self.last.as_ref().unwrap();
        (last.older, last.newer)
    }
}

#[test]
fn what_did_not_come_is_given_again_until_it_is_known_to_have_come() {
    let mut world = World::new(1);
    let (a, _, to_b, _) = world.pair();
    let opened = next_list(&mut world, a, 0).unwrap();
    assert!(matches!(&opened.changes[..], [ListChange::Reset { rows }] if rows.len() == 1));
    assert_eq!(next_list(&mut world, a, 0), Some(opened.clone()));
    assert_eq!(next_list(&mut world, a, opened.number), None);

    world.devices[a].engine.set_pinned(to_b, true).unwrap();
    let pinned = next_list(&mut world, a, opened.number).unwrap();
    assert!(
        matches!(&pinned.changes[..], [ListChange::Update { at: 0, row }] if row.pinned),
        "{pinned:?}"
    );
    // It did not come; meanwhile something else happens, which is told after it.
    world.devices[a].engine.save_draft(to_b, "half").unwrap();
    assert_eq!(
        next_list(&mut world, a, opened.number),
        Some(pinned.clone())
    );
    let drafted = next_list(&mut world, a, pinned.number).unwrap();
    assert!(
        matches!(&drafted.changes[..], [ListChange::Update { row, .. }] if row.draft == "half")
    );
    assert_eq!(next_list(&mut world, a, drafted.number), None);
    // Who has lost the thread gets all of it.
    let whole = next_list(&mut world, a, opened.number).unwrap();
    assert!(matches!(&whole.changes[..], [ListChange::Reset { rows }] if rows[0].draft == "half"));
    assert!(whole.number > drafted.number);
    assert_eq!(next_list(&mut world, a, whole.number), None);
}

#[test]
fn a_row_that_something_happens_in_moves_up_by_one_step() {
    let mut world = World::new(1);
    let host = world.add("Ada", 0);
    let mut guests = Vec::new();
    for n in 0..4 {
        let guest = world.add(&format!("guest {n}"), 0);
        let link = world.invite(host, crate::client::view::InvitationKind::Personal);
        let to_host = world.accept(guest, &link).unwrap();
        world.run();
        guests.push((guest, to_host));
    }
    let opened = next_list(&mut world, host, 0).unwrap();
    world.run_for(60_000);
    let seen = next_list(&mut world, host, opened.number).map_or(opened.number, |it| it.number);
    let (first, to_host) = guests[0];
    world.send(first, to_host, "hello");
    world.run_for(100);
    let update = next_list(&mut world, host, seen).unwrap();
    let [
        ListChange::Move { from: 3, to: 0 },
        ListChange::Update { at: 0, row },
    ] = &update.changes[..]
    else {
        panic!("{update:?}")
    };
    assert_eq!((row.unread, update.counts.unread), (1, 1));
}

#[test]
fn silence_and_writing_end_by_themselves_and_the_list_is_told() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    world.send(b, to_a, "hello");
    world.run_for(30_000);
    let now = world.now;
    let engine = &mut world.devices[a].engine;
    engine.set_muted(to_b, Some(now.ms + 5_000), now).unwrap();
    world
        .with(b, |engine, now, rng| {
            engine.set_typing(to_a, true, now, rng)
        })
        .unwrap();
    world.run_for(1_000);
    let opened = next_list(&mut world, a, 0).unwrap();
    let [ListChange::Reset { rows }] = &opened.changes[..] else {
        panic!("{opened:?}")
    };
    assert!(rows[0].typing && rows[0].muted_until_ms.is_some());
    assert_eq!(opened.counts.unread, 0);
    world.run_for(5_000);
    let loud = next_list(&mut world, a, opened.number).unwrap();
    assert!(matches!(&loud.changes[..],
        [ListChange::Update { row, .. }] if row.muted_until_ms.is_none() && row.typing));
    assert_eq!(loud.counts.unread, 1);
    world.run_for(15_000);
    let still = next_list(&mut world, a, loud.number).unwrap();
    assert!(matches!(&still.changes[..], [ListChange::Update { row, .. }] if !row.typing));
    // A silence that ended while nobody was awake has ended too.
    let now = world.now;
    let engine = &mut world.devices[a].engine;
    engine.set_muted(to_b, Some(now.ms + 5_000), now).unwrap();
    world.sleep(60_000);
    world.restart(a);
    let list = world.devices[a].engine.conversations().unwrap();
    assert_eq!(list[0].muted_until_ms, None);
}

#[test]
fn a_window_grows_at_both_ends_and_follows_the_end_only_while_it_stands_there() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    for n in 1..=40 {
        world.send(b, to_a, &format!("{n}"));
    }
    world.run();
    let all: Vec<u64> = world.all(a, to_b).iter().map(|row| row.place).collect();
    assert_eq!(all.len(), 40);
    let mut window = Window::open(&mut world, a, at(to_b, WindowStart::Newest, 10));
    assert_eq!(
        (&window.places[..], window.ends()),
        (&all[30..], (true, false))
    );
    window.shift(&mut world, a, WindowMove::Older { count: 5 });
    assert_eq!(
        (&window.places[..], window.ends()),
        (&all[25..], (true, false))
    );
    // What comes is added at the end.
    world.send(b, to_a, "41");
    world.run();
    window.follow(&mut world, a);
    assert_eq!(window.places.len(), 16);
    let all: Vec<u64> = world.all(a, to_b).iter().map(|row| row.place).collect();

    // To a hit further up: nothing of the end, until it is reached again.
    let place = all[9];
    window.shift(
        &mut world,
        a,
        WindowMove::To {
            start: WindowStart::Around { place },
        },
    );
    assert_eq!(
        (&window.places[..], window.ends()),
        (&all[4..14], (true, true))
    );
    assert!(matches!(
        &window.last.as_ref().unwrap().changes[..],
        [MessageChange::Reset { .. }]
    ));
    world.send(b, to_a, "42");
    world.run();
    window.follow(&mut world, a);
    assert_eq!(window.places, all[4..14]);
    window.shift(&mut world, a, WindowMove::Newer { count: 20 });
    assert_eq!(
        (&window.places[..], window.ends()),
        (&all[4..34], (true, true))
    );
    window.shift(&mut world, a, WindowMove::Newer { count: 20 });
    assert_eq!((window.places.len(), window.ends()), (38, (true, false)));
    window.shift(&mut world, a, WindowMove::Older { count: 500 });
    assert_eq!((window.places.len(), window.ends()), (42, (false, false)));
    world.send(b, to_a, "43");
    world.run();
    window.follow(&mut world, a);
    assert_eq!(window.rows, world.all(a, to_b));
}

#[test]
fn a_window_opens_around_the_first_unread_message_and_says_where_it_is() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    for n in 1..=40 {
        world.send(b, to_a, &format!("{n}"));
    }
    world.run();
    let all: Vec<u64> = world.all(a, to_b).iter().map(|row| row.place).collect();
    let read = |world: &mut World, place| {
        world
            .with(a, |engine, now, rng| {
                engine.mark_read(to_b, place, now, rng)
            })
            .unwrap();
    };
    read(&mut world, all[19]);
    let of = at(to_b, WindowStart::FirstUnread, 10);
    let mut window = Window::open(&mut world, a, of);
    assert_eq!(window.places, all[15..25]);
    let last = window.last.take().unwrap();
    assert_eq!(last.first_unread, Some(all[20]));
    assert_eq!(last.conversation.unread, 20);
    // Near the end it follows what comes.
    read(&mut world, all[38]);
    window.shift(
        &mut world,
        a,
        WindowMove::To {
            start: WindowStart::FirstUnread,
        },
    );
    assert_eq!(
        (&window.places[..], window.ends()),
        (&all[30..], (true, false))
    );
    read(&mut world, all[39]);
    window.follow(&mut world, a);
    let last = window.last.take().unwrap();
    assert!(last.changes.is_empty());
    assert_eq!((last.first_unread, last.conversation.unread), (None, 0));
}

#[test]
fn a_window_of_a_conversation_that_is_deleted_ends_and_screens_have_a_limit() {
    let mut world = World::new(1);
    let (a, _, to_b, _) = world.pair();
    let window = Window::open(&mut world, a, at(to_b, WindowStart::Newest, 10));
    world
        .with(a, |engine, now, rng| {
            engine.delete_conversation(to_b, now, rng)
        })
        .unwrap();
    let engine = &mut world.devices[a].engine;
    for _ in 0..2 {
        assert_eq!(
            engine.next_messages(WINDOW, window.of, window.seen),
            Err(ClientError::NotFound)
        );
    }
    for number in 3..66 {
        let opened = engine.next_list(ScreenId(number), ListFilter::All, 0);
        assert!(opened.unwrap().is_some(), "{number}");
    }
    let one_more = ScreenId(100);
    assert_eq!(
        engine.next_list(one_more, ListFilter::All, 0),
        Err(ClientError::TooManyScreens)
    );
    engine.close_screen(WINDOW);
    assert!(engine.next_list(one_more, ListFilter::All, 0).is_ok());
}
