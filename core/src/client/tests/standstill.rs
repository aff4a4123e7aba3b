//! What cannot leave however well relays are reached says why, and has a way out: contacts who left, are blocked or never answered.

use tacita_wire::Request;

use super::rotation::{DAY_MS, HOUR_MS, read, rotate};
use super::world::{World, deliveries};
use crate::client::ClientError;
use crate::client::screens::ScreenId;
use crate::client::view::{
    ConversationId, ConversationState, Delivery, Direction, InvitationKind, MessageView,
    QueueReason, QueuedView, WindowOf, WindowStart,
};

fn waiting(reason: QueueReason) -> Delivery {
    Delivery::Waiting { reason }
}

fn queued(reason: QueueReason) -> Delivery {
    Delivery::Queued { reason }
}

fn ours(world: &World, who: usize, id: ConversationId) -> Vec<MessageView> {
    let mut all = world.all(who, id);
    all.retain(|message| message.direction == Direction::Outgoing);
    all
}

/// The only line of the outbox, which must say the same as the list of what is queued; and how many are in it.
fn outbox(world: &World, who: usize, id: ConversationId) -> (QueuedView, Vec<Delivery>) {
    let engine = &world.devices[who].engine;
    let (view, listed) = (engine.outbox().unwrap(), engine.queued(id).unwrap());
    assert_eq!(view.conversations.len(), 1);
    assert_eq!(view.conversations[0].conversation, id);
    assert_eq!(view.count as usize, listed.len());
    assert_eq!(
        view.oldest_ms,
        Some(view.conversations[0].oldest_ms),
        "the oldest is in it"
    );
    let listed = listed.into_iter().map(|message| message.delivery);
    (view.conversations[0], listed.collect())
}

fn drop_at(world: &mut World, who: usize, id: ConversationId, place: u64) {
    let dropped = world.with(who, |e, now, rng| e.drop_queued(id, place, now, rng));
    assert_eq!(dropped, Ok(()));
}

fn retry(world: &mut World, who: usize, id: ConversationId) -> Result<(), ClientError> {
    world.with(who, |e, now, rng| e.retry_now(id, now, rng))
}

/// Ada at relay 0 and Bo at relay 1, which is away: a text of Ada's is encrypted, and others wait.
fn cut_off(texts: &[&str]) -> (World, usize, usize, ConversationId, ConversationId) {
    let mut world = World::new(2);
    let (a, b) = (world.add("Ada", 0), world.add("Bo", 1));
    let link = world.invite(a, InvitationKind::Personal);
    let to_a = world.accept(b, &link).unwrap();
    let to_b = world.id_of(b);
    world.run_for(60_000);
    world.relays[1].1.is_down = true;
    for text in texts {
        world.send(a, to_b, text);
        world.run();
    }
    (world, a, b, to_b, to_a)
}

#[test]
fn texts_to_a_contact_who_has_left_say_so_and_can_be_dropped() {
    let (mut world, a, b, to_b, _) = cut_off(&["encrypted", "waits"]);
    let offline = QueueReason::Offline;
    assert_eq!(
        deliveries(&world, a, to_b),
        [queued(offline), waiting(offline)]
    );
    world
        .with(b, |engine, now, rng| engine.delete_account(now, rng))
        .unwrap();
    world.run_for(60_000);
    let line = world.devices[a].engine.conversations().unwrap().remove(0);
    assert_eq!(line.state, ConversationState::Left);
    let left = waiting(QueueReason::ContactLeft);
    assert_eq!(line.last.map(|last| last.delivery), Some(left));
    world.relays[1].1.is_down = false;
    world.relays[1].1.seen.clear();
    for restarts in 0..2 {
        assert_eq!(deliveries(&world, a, to_b), [left; 2], "{restarts}");
        let (line, listed) = outbox(&world, a, to_b);
        assert_eq!((line.waiting, line.queued), (2, 0));
        assert_eq!(line.reason, QueueReason::ContactLeft);
        assert_eq!(listed, [left; 2]);
        world.restart(a);
        world.run_for(2 * HOUR_MS);
    }
    assert_eq!(retry(&mut world, a, to_b), Err(ClientError::WrongState));
    let places: Vec<u64> = ours(&world, a, to_b).iter().map(|row| row.place).collect();
    let edited = world.with(a, |e, now, rng| {
        e.edit_queued(to_b, places[1], "x", now, rng)
    });
    assert_eq!(edited.err(), Some(ClientError::WrongState));
    world.run_for(2 * HOUR_MS);
    // Nothing of Ada's was put for somebody who is gone, nor was the relay asked whether it is there.
    let of_b = read(&world, a, |tx| Ok(tx.outbox_targets()?));
    assert!(of_b.is_empty());
    let is_hello = |request: &Request| matches!(request, Request::Hello { .. });
    assert!(!world.relays[1].1.seen.iter().any(is_hello));
    for place in places {
        drop_at(&mut world, a, to_b, place);
    }
    assert!(ours(&world, a, to_b).is_empty());
    assert_eq!(world.devices[a].engine.outbox().unwrap().count, 0);
}

#[test]
fn what_had_left_before_the_contact_did_stays_sent() {
    let mut world = World::new(1);
    let (a, b, to_b, _) = world.pair();
    world.devices[b].withheld = true;
    world.send(a, to_b, "at the relay");
    world.run();
    world
        .with(b, |engine, now, rng| engine.delete_account(now, rng))
        .unwrap();
    world.run_for(60_000);
    assert_eq!(deliveries(&world, a, to_b), [Delivery::Sent]);
    assert_eq!(world.devices[a].engine.outbox().unwrap().count, 0);
}

#[test]
fn texts_to_a_blocked_contact_say_so_are_edited_and_dropped_and_leave_after_the_block() {
    let (mut world, a, b, to_b, to_a) = cut_off(&["encrypted", "edited", "dropped"]);
    world.devices[a].engine.set_blocked(to_b, true).unwrap();
    world.relays[1].1.is_down = false;
    let blocked = QueueReason::Blocked;
    for _ in 0..2 {
        let shown = [queued(blocked), waiting(blocked), waiting(blocked)];
        assert_eq!(deliveries(&world, a, to_b), shown);
        let (line, listed) = outbox(&world, a, to_b);
        assert_eq!((line.waiting, line.queued), (2, 1));
        assert_eq!(line.reason, blocked);
        assert_eq!(listed, shown);
        world.restart(a);
        world.run_for(2 * HOUR_MS);
    }
    let places: Vec<u64> = ours(&world, a, to_b).iter().map(|row| row.place).collect();
    let edited = world.with(a, |e, now, rng| {
        e.edit_queued(to_b, places[1], "anew", now, rng)
    });
    assert_eq!(edited.unwrap().delivery, waiting(blocked));
    drop_at(&mut world, a, to_b, places[2]);
    let late = world.with(a, |e, now, rng| e.drop_queued(to_b, places[0], now, rng));
    assert_eq!(late, Err(ClientError::TooLate));
    assert!(world.texts(b, to_a, Direction::Incoming).is_empty());
    world.devices[a].engine.set_blocked(to_b, false).unwrap();
    world.run_for(60_000);
    let came = world.texts(b, to_a, Direction::Incoming);
    assert_eq!(came, ["encrypted", "anew"]);
    assert_eq!(deliveries(&world, a, to_b), [Delivery::Delivered; 2]);
    assert_eq!(world.devices[a].engine.outbox().unwrap().count, 0);
}

/// Bo, who asks Ada by her public link; whether she reads it then.
fn request(reads: bool) -> (World, usize, usize, ConversationId, ConversationId) {
    let mut world = World::new(1);
    let (a, b) = (world.add("Ada", 0), world.add("Bo", 0));
    let link = world.invite(a, InvitationKind::Public);
    world.devices[a].withheld = !reads;
    let to_a = world.accept(b, &link).unwrap();
    for text in ["one", "two"] {
        world.send(b, to_a, text);
    }
    world.run();
    assert_eq!(deliveries(&world, b, to_a), [Delivery::Sent; 2]);
    let to_b = world.id_of(b);
    (world, a, b, to_b, to_a)
}

/// Lets days pass in which everybody's relay says the hour.
fn pass_days(world: &mut World, days: u64) {
    world.sleep(days * DAY_MS);
    for who in 0..world.devices.len() {
        world.restart(who);
    }
    world.run_for(2 * HOUR_MS);
}

#[test]
fn a_request_that_nobody_answered_in_64_days_says_so_and_leaves_by_a_new_invitation() {
    let (mut world, a, b, to_b, to_a) = request(false);
    pass_days(&mut world, 63);
    assert_eq!(deliveries(&world, b, to_a), [Delivery::Sent; 2]);
    assert_eq!(world.devices[b].engine.outbox().unwrap().count, 0);
    let window = WindowOf {
        id: to_a,
        start: WindowStart::Newest,
        limit: 9,
    };
    let opened = world.devices[b]
        .engine
        .next_messages(ScreenId(1), window, 0);
    let seen = opened.unwrap().unwrap().number;
    world.sleep(DAY_MS);
    world.restart(a);
    // The run goes on: what its screen shows changes with the hour alone.
    world.run_for(2 * HOUR_MS);
    let stuck = QueueReason::RequestExpired;
    let engine = &mut world.devices[b].engine;
    let update = engine.next_messages(ScreenId(1), window, seen).unwrap();
    let mut rows = Vec::new();
    update.expect("it is told").apply(&mut rows);
    assert_eq!(deliveries(&world, b, to_a), [queued(stuck); 2]);
    let (line, listed) = outbox(&world, b, to_a);
    assert_eq!((line.waiting, line.queued, line.reason), (0, 2, stuck));
    assert_eq!(listed, [queued(stuck); 2]);
    let list = world.devices[b].engine.conversations().unwrap();
    let last = list[0].last.as_ref().unwrap();
    assert_eq!(last.delivery, queued(stuck));

    // What is written now waits, and nothing is tried; what is encrypted can be dropped and not edited.
    assert_eq!(
        world.send(b, to_a, "three").delivery,
        waiting(QueueReason::RequestExpired)
    );
    let puts = world.relays[0].1.puts;
    world.run_for(2 * HOUR_MS);
    assert_eq!(retry(&mut world, b, to_a), Err(ClientError::InvitationGone));
    let places: Vec<u64> = ours(&world, b, to_a).iter().map(|row| row.place).collect();
    let edit = |world: &mut World, place| {
        let edited = world.with(b, |e, now, rng| e.edit_queued(to_a, place, "3", now, rng));
        edited.map(|row| row.delivery)
    };
    assert_eq!(edit(&mut world, places[0]), Err(ClientError::TooLate));
    assert_eq!(edit(&mut world, places[2]), Ok(waiting(stuck)));
    drop_at(&mut world, b, to_a, places[0]);
    world.run_for(2 * HOUR_MS);
    assert_eq!(world.relays[0].1.puts, puts, "nothing is put in vain");
    let (line, listed) = outbox(&world, b, to_a);
    assert_eq!((line.waiting, line.queued), (1, 1));
    assert_eq!(listed, [queued(stuck), waiting(stuck)]);

    // Ada reads all of it now, and can open none of it.
    world.devices[a].withheld = false;
    world.run_for(2 * HOUR_MS);
    assert!(world.devices[a].engine.conversations().unwrap().is_empty());
    let link = world.invite(a, InvitationKind::Public);
    assert_eq!(world.accept(b, &link), Ok(to_a));
    world.run_for(60_000);
    assert_eq!(world.texts(a, to_b, Direction::Incoming), ["two", "3"]);
    assert_eq!(deliveries(&world, b, to_a), [Delivery::Sent; 2]);
    world
        .with(a, |engine, now, rng| engine.accept_request(to_b, now, rng))
        .unwrap();
    world.run_for(60_000);
    world.send(a, to_b, "welcome");
    world.run_for(60_000);
    assert_eq!(world.texts(a, to_b, Direction::Incoming), ["two", "3"]);
    assert_eq!(deliveries(&world, b, to_a), [Delivery::Delivered; 2]);
    assert_eq!(world.devices[b].engine.outbox().unwrap().count, 0);
}

/// Whoever tries again hears it before the upkeep looks, and sees it from then on.
#[test]
fn a_request_of_which_a_retry_says_that_it_has_expired_is_shown_so() {
    let (mut world, _, b, _, to_a) = request(false);
    pass_days(&mut world, 63);
    // The upkeep looks half an hour after the hours by which requests expire.
    world.run_for(HOUR_MS / 2);
    world.restart(b);
    world.run_for(1_000);
    assert_eq!(deliveries(&world, b, to_a), [Delivery::Sent; 2]);
    for _ in 0..3 * 24 * 12 {
        world.run_for(5 * 60_000);
        world.devices[b].changed = false;
        let before = deliveries(&world, b, to_a);
        if retry(&mut world, b, to_a) == Err(ClientError::InvitationGone) {
            assert_eq!(before, [Delivery::Sent; 2]);
            let expired = queued(QueueReason::RequestExpired);
            assert_eq!(deliveries(&world, b, to_a), [expired; 2]);
            world.run_for(1);
            assert!(world.devices[b].changed);
            return;
        }
    }
    panic!("it has not expired");
}

#[test]
fn a_request_that_was_read_and_answered_after_all_has_not_expired() {
    let (mut world, a, b, to_b, to_a) = request(true);
    pass_days(&mut world, 70);
    let stuck = QueueReason::RequestExpired;
    assert_eq!(deliveries(&world, b, to_a), [queued(stuck); 2]);
    world.send(b, to_a, "three");
    let first = ours(&world, b, to_a)[0].place;
    drop_at(&mut world, b, to_a, first);
    world.run_for(HOUR_MS);
    world
        .with(a, |engine, now, rng| engine.accept_request(to_b, now, rng))
        .unwrap();
    world.run_for(60_000);
    world.send(a, to_b, "at last");
    world.run_for(60_000);
    assert_eq!(
        world.texts(a, to_b, Direction::Incoming),
        ["one", "two", "three"]
    );
    assert_eq!(deliveries(&world, b, to_a), [Delivery::Delivered; 2]);
    assert_eq!(world.devices[b].engine.outbox().unwrap().count, 0);
}

#[test]
fn a_clock_that_runs_ahead_does_not_let_a_request_expire() {
    let (mut world, a, b, to_b, to_a) = request(false);
    world.devices[b].clock_ahead_ms = 100 * DAY_MS as i64;
    world.run_for(2 * HOUR_MS);
    assert_eq!(deliveries(&world, b, to_a), [Delivery::Sent; 2]);
    world.devices[a].withheld = false;
    world.run_for(60_000);
    assert_eq!(world.texts(a, to_b, Direction::Incoming), ["one", "two"]);
}

#[test]
fn more_texts_than_initial_envelopes_carry_leave_by_a_new_invitation_all_the_same() {
    let (mut world, a, b, to_b, to_a) = request(false);
    let mut texts = vec!["one".to_owned(), "two".to_owned()];
    for n in 0..30 {
        texts.push(format!("b{n}"));
        world.send(b, to_a, &texts[n + 2]);
    }
    world.run();
    pass_days(&mut world, 70);
    let (line, _) = outbox(&world, b, to_a);
    // One of the 20 initial envelopes was the introduction.
    assert_eq!((line.queued, line.waiting), (19, 13));
    world.devices[a].withheld = false;
    let link = world.invite(a, InvitationKind::Personal);
    assert_eq!(world.accept(b, &link), Ok(to_a));
    world.run_for(2 * HOUR_MS);
    world.send(a, to_b, "welcome");
    world.run_for(2 * HOUR_MS);
    let mut came = world.texts(a, to_b, Direction::Incoming);
    assert_eq!(came.len(), texts.len());
    came.sort();
    texts.sort();
    assert_eq!(came, texts, "each once, and none missing");
    assert!(
        deliveries(&world, b, to_a)
            .iter()
            .all(|state| *state == Delivery::Delivered)
    );
}

#[test]
fn a_mailbox_that_is_gone_is_seen_to_whatever_stands_in_the_rows_of_other_contacts() {
    let mut world = World::new(2);
    let (a, b, c) = (
        world.add("Ada", 0),
        world.add("Bo", 0),
        world.add("Cleo", 1),
    );
    let link = world.invite(a, InvitationKind::Personal);
    let to_a = world.accept(b, &link).unwrap();
    world.run_for(2 * DAY_MS);
    let to_b = world.id_of(b);
    world.devices[b].withheld = true;
    world.send(a, to_b, "put where Bo read");
    world.run_for(10_000);
    let gone = read(&world, a, |tx| {
        Ok(tx.all_peers()?[0].descriptor.clone().unwrap().mailbox)
    });
    rotate(&mut world, b);
    world.run_for(10_000);
    let link = world.invite(a, InvitationKind::Personal);
    world.accept(c, &link).unwrap();
    let to_c = world.id_of(c);
    world.run_for(60_000);
    world.relays[1].1.is_down = true;
    world.send(a, to_c, "does not read back");
    world.run();
    let account = to_c.0.0.map(|byte| format!("{byte:02x}")).concat();
    let store = &world.devices[a].engine.store;
    let sql = format!("UPDATE outbox SET descriptor = x'00' WHERE account = x'{account}'");
    assert!(store.connection().execute(&sql, []).unwrap() > 0);
    // The relay has lost what Bo had not read, and is asked to take it again.
    world.relays[0].1.mailboxes.remove(&gone);
    let rows = read(&world, a, |tx| {
        let peer = tx.list_peers(to_b.0)?[0].address;
        Ok(tx.outbox_into(peer, gone)?)
    });
    assert_eq!(rows.len(), 1);
    let store = &world.devices[a].engine.store;
    let again = store.write(|tx| -> Result<(), ClientError> { Ok(tx.requeue(&[rows[0].id])?) });
    again.unwrap();
    assert_eq!(retry(&mut world, a, to_b), Ok(()));
    // Bo does not look before: he would make the mailbox again.
    world.run_for(60_000);
    world.devices[b].withheld = false;
    world.run_for(2 * HOUR_MS);
    let came = world.texts(b, to_a, Direction::Incoming);
    assert_eq!(came, ["put where Bo read"]);
}
