//! What has not left: it waits unencrypted, is edited, dropped and retried, leaves in order, and keeps nobody waiting.

use tacita_wire::{Refusal, Request, Response};

use super::world::{World, deliveries};
use crate::client::ClientError;
use crate::client::effect::Effect;
use crate::client::input::{Input, NetFailure};
use crate::client::view::{
    ConversationId, ConversationState, Delivery, Direction, InvitationKind, QueueReason,
};

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;

/// Ada at relay 0 and Bo at relay 1, who know each other and have heard from each other's relays.
fn apart() -> (World, usize, usize, ConversationId, ConversationId) {
    let mut world = World::new(2);
    let (a, b) = (world.add("Ada", 0), world.add("Bo", 1));
    let link = world.invite(a, InvitationKind::Personal);
    let to_a = world.accept(b, &link).unwrap();
    let to_b = world.id_of(b);
    world.run_for(MINUTE_MS);
    (world, a, b, to_b, to_a)
}

/// As [`apart`], with Bo's relay known to be away.
fn cut_off() -> (World, usize, usize, ConversationId, ConversationId) {
    let (mut world, a, b, to_b, to_a) = apart();
    world.relays[1].1.is_down = true;
    world.send(a, to_b, "first");
    world.run();
    (world, a, b, to_b, to_a)
}

fn waiting(reason: QueueReason) -> Delivery {
    Delivery::Waiting { reason }
}

fn queued(reason: QueueReason) -> Delivery {
    Delivery::Queued { reason }
}

fn place_of(world: &World, who: usize, id: ConversationId, nth: usize) -> u64 {
    let ours = world.all(who, id).into_iter();
    let mut ours = ours.filter(|message| message.direction == Direction::Outgoing);
    ours.nth(nth).unwrap().place
}

fn retry(world: &mut World, who: usize, id: ConversationId) {
    world
        .with(who, |engine, now, rng| engine.retry_now(id, now, rng))
        .unwrap();
}

fn puts(world: &World, relay: usize) -> usize {
    let seen = world.relays[relay].1.seen.iter();
    seen.filter(|request| matches!(request, Request::Put { .. }))
        .count()
}

/// Messages that are encrypted and not at their relay.
fn outbox_rows(world: &World, who: usize) -> i64 {
    let connection = world.devices[who].engine.store.connection();
    let sql = "SELECT count(*) FROM outbox WHERE put IS NULL AND place IS NOT NULL";
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

fn damage(world: &World, who: usize, sql: &str) {
    let connection = world.devices[who].engine.store.connection();
    assert!(connection.execute(sql, []).unwrap() > 0, "{sql}");
}

#[test]
fn a_text_to_a_relay_that_answers_leaves_in_the_step_that_stores_it() {
    let (mut world, a, _, to_b, _) = apart();
    let changed = |world: &World| {
        let store = &world.devices[a].engine.store;
        store.connection().total_changes()
    };
    world.with(a, |engine, _, _| engine.poll_effects().count());
    let before = changed(&world);
    let sent = world.send(a, to_b, "at once");
    assert_eq!(sent.delivery, queued(QueueReason::Sending));
    assert!(changed(&world) - before < 20, "one step's rows");
    let effects: Vec<Effect> = world.with(a, |engine, _, _| engine.poll_effects().collect());
    let is_put = |effect: &Effect| matches!(effect, Effect::Request { request: Request::Put { envelopes, .. }, .. } if envelopes.len() == 1);
    assert!(effects.iter().any(is_put));
}

#[test]
fn texts_to_a_relay_that_is_away_wait_and_can_be_edited_and_dropped() {
    let (mut world, a, b, to_b, to_a) = cut_off();
    for text in ["one", "two", "three"] {
        let sent = world.send(a, to_b, text);
        assert_eq!(sent.delivery, waiting(QueueReason::Offline));
    }
    assert_eq!(outbox_rows(&world, a), 1, "only the first is encrypted");
    let (two, three) = (place_of(&world, a, to_b, 2), place_of(&world, a, to_b, 3));
    let edited = world
        .with(a, |e, now, rng| e.edit_queued(to_b, two, "zwei", now, rng))
        .unwrap();
    assert_eq!(edited.delivery, waiting(QueueReason::Offline));
    world
        .with(a, |e, now, rng| e.drop_queued(to_b, three, now, rng))
        .unwrap();

    let view = world.devices[a].engine.outbox().unwrap();
    assert_eq!((view.count, view.conversations.len()), (3, 1));
    let line = view.conversations[0];
    assert_eq!((line.waiting, line.queued), (2, 1));
    assert_eq!(line.reason, QueueReason::Offline);
    assert_eq!(view.oldest_ms, Some(line.oldest_ms));
    let listed = world.devices[a].engine.queued(to_b).unwrap();
    assert_eq!(listed.len(), 3);
    assert_eq!(listed[0].delivery, queued(QueueReason::Offline));
    assert!(listed.windows(2).all(|pair| pair[0].place < pair[1].place));

    world.run_for(10 * MINUTE_MS);
    assert_eq!(outbox_rows(&world, a), 1, "trying encrypts nothing");
    world.relays[1].1.is_down = false;
    world.run_for(2 * MINUTE_MS);
    let came = world.texts(b, to_a, Direction::Incoming);
    assert_eq!(came, ["first", "one", "zwei"], "in order, without a hole");
    assert_eq!(deliveries(&world, a, to_b), [Delivery::Delivered; 3]);
    assert_eq!(world.devices[a].engine.outbox().unwrap().count, 0);
    let found = world.devices[a].engine.search("three", None, None, 9);
    assert!(found.unwrap().hits.is_empty());
}

#[test]
fn what_is_encrypted_or_not_ours_is_neither_edited_nor_dropped() {
    let (mut world, a, b, to_b, to_a) = apart();
    world.send(b, to_a, "hello");
    world.run();
    world.relays[1].1.is_down = true;
    world.send(a, to_b, "first");
    world.run();
    let (theirs, first) = {
        let all = world.all(a, to_b);
        (all[0].place, all[1].place)
    };
    for (place, error) in [
        (first, ClientError::TooLate),
        (theirs, ClientError::NotFound),
        (first + 9, ClientError::NotFound),
    ] {
        let edited = world.with(a, |e, now, rng| e.edit_queued(to_b, place, "x", now, rng));
        assert_eq!(edited.err(), Some(error.clone()));
        let dropped = world.with(a, |e, now, rng| e.drop_queued(to_b, place, now, rng));
        assert_eq!(dropped.err(), Some(error));
    }
    world.send(a, to_b, "second");
    let second = place_of(&world, a, to_b, 1);
    for text in ["", &"x".repeat(16_385)] {
        let edited = world.with(a, |e, now, rng| e.edit_queued(to_b, second, text, now, rng));
        assert_eq!(
            edited.err(),
            Some(ClientError::TextLength { limit: 16_384 })
        );
    }
    let texts = world.texts(a, to_b, Direction::Outgoing);
    assert_eq!(texts, ["first", "second"]);
}

#[test]
fn a_start_without_a_network_encrypts_nothing_that_waits() {
    let (mut world, a, b, to_b, to_a) = cut_off();
    for n in 0..300 {
        world.send(a, to_b, &format!("a{n}"));
    }
    world.restart(a);
    world.run_for(HOUR_MS + MINUTE_MS);
    assert_eq!(outbox_rows(&world, a), 1);
    let last = place_of(&world, a, to_b, 300);
    world
        .with(a, |e, now, rng| e.drop_queued(to_b, last, now, rng))
        .unwrap();
    world.relays[1].1.is_down = false;
    world.restart(a);
    world.run_for(MINUTE_MS);
    let came = world.texts(b, to_a, Direction::Incoming);
    let mut sent = vec!["first".to_owned()];
    sent.extend((0..299).map(|n| format!("a{n}")));
    assert_eq!(came, sent);
}

#[test]
fn a_relay_is_asked_whether_it_is_there_when_only_waiting_texts_want_it() {
    let (mut world, a, b, to_b, to_a) = apart();
    world
        .with(a, |e, now, rng| e.handle(Input::NetworkLost, now, rng))
        .unwrap();
    assert_eq!(
        world.send(a, to_b, "one").delivery,
        waiting(QueueReason::Offline)
    );
    world
        .with(a, |e, now, rng| e.handle(Input::NetworkBack, now, rng))
        .unwrap();
    world.relays[1].1.is_down = true;
    world.run_for(20 * MINUTE_MS);
    assert_eq!(outbox_rows(&world, a), 0);
    world.relays[1].1.is_down = false;
    world.relays[1].1.seen.clear();
    world.run_for(2 * MINUTE_MS);
    assert_eq!(world.texts(b, to_a, Direction::Incoming), ["one"]);
    let asked = world.relays[1].1.seen.iter();
    let hellos = asked.filter(|request| matches!(request, Request::Hello { .. }));
    assert_eq!(hellos.count(), 1);
}

#[test]
fn without_a_network_nothing_is_tried_and_nobody_is_woken() {
    let (mut world, a, b, to_b, to_a) = cut_off();
    world
        .with(a, |e, now, rng| e.handle(Input::NetworkLost, now, rng))
        .unwrap();
    assert_eq!(
        world.send(a, to_b, "one").delivery,
        waiting(QueueReason::Offline)
    );
    let began = world.now;
    let mut woken = 0;
    let mut now = began;
    while let Some(wake) = world.devices[a].engine.next_wake(now) {
        if wake > began.ms + 3 * HOUR_MS {
            break;
        }
        woken += 1;
        now.ms = wake.max(now.ms + 1);
        world.now = now;
        world
            .with(a, |e, now, rng| e.handle(Input::Tick, now, rng))
            .unwrap();
        let effects: Vec<Effect> = world.with(a, |e, _, _| e.poll_effects().collect());
        assert!(
            effects
                .iter()
                .all(|effect| matches!(effect, Effect::Changed))
        );
    }
    assert!(woken <= 4, "the hourly upkeep alone: {woken}");
    world.relays[1].1.is_down = false;
    retry(&mut world, a, to_b);
    world.run_for(2 * MINUTE_MS);
    assert_eq!(world.texts(b, to_a, Direction::Incoming), ["first", "one"]);
}

#[test]
fn word_from_a_relay_ends_that_the_network_is_lost() {
    let (mut world, a, b, to_b, to_a) = apart();
    world
        .with(a, |e, now, rng| e.handle(Input::NetworkLost, now, rng))
        .unwrap();
    world.send(a, to_b, "one");
    world.send(b, to_a, "are you there?");
    world.run_for(2 * MINUTE_MS);
    assert_eq!(world.texts(b, to_a, Direction::Incoming), ["one"]);
}

#[test]
fn a_message_that_is_refused_stands_aside_and_keeps_nobody_waiting() {
    let (mut world, a, b, to_b, to_a) = apart();
    let c = world.add("Cleo", 1);
    let link = world.invite(a, InvitationKind::Personal);
    world.accept(c, &link).unwrap();
    world.run();
    let to_c = world.id_of(c);
    world.relays[1].1.is_down = true;
    world.send(a, to_b, "first");
    world.run();
    // Its envelope is of 8 KiB, the others' of 4.
    let poison = "p".repeat(3000);
    for n in 0..20 {
        let text = if n == 5 {
            poison.clone()
        } else {
            format!("a{n}")
        };
        world.send(a, to_b, &text);
        world.send(a, to_c, &format!("c{n}"));
    }
    world.relays[1].1.refuses_size = Some(8192);
    world.relays[1].1.is_down = false;
    world.relays[1].1.seen.clear();
    world.run_for(2 * MINUTE_MS);
    let came = world.texts(b, to_a, Direction::Incoming);
    let mut sent: Vec<String> = ["first".to_owned()].into();
    sent.extend((0..20).map(|n| {
        if n == 5 {
            "Missing".to_owned()
        } else {
            format!("a{n}")
        }
    }));
    assert_eq!(came, sent);
    let states = deliveries(&world, a, to_b);
    let refused = states
        .iter()
        .filter(|state| **state == queued(QueueReason::Refused));
    assert_eq!(refused.count(), 1);
    let delivered = states.iter().filter(|state| **state == Delivery::Delivered);
    assert_eq!(delivered.count(), 20);
    assert!(
        deliveries(&world, a, to_c)
            .iter()
            .all(|state| *state == Delivery::Delivered)
    );
    let line = world.devices[a].engine.outbox().unwrap().conversations[0];
    assert_eq!((line.queued, line.reason), (1, QueueReason::Refused));
    assert!(puts(&world, 1) < 24, "{}", puts(&world, 1));

    // It is tried again every hour, alone, as is the weekly news to both, which is as large; and goes once it is taken.
    world.relays[1].1.seen.clear();
    world.run_for(10 * HOUR_MS);
    assert!(
        (3 * 7..=3 * 11).contains(&puts(&world, 1)),
        "{}",
        puts(&world, 1)
    );
    world.relays[1].1.refuses_size = None;
    retry(&mut world, a, to_b);
    world.run_for(MINUTE_MS);
    sent[6] = poison;
    assert_eq!(world.texts(b, to_a, Direction::Incoming), sent);
    assert!(
        deliveries(&world, a, to_b)
            .iter()
            .all(|state| *state == Delivery::Delivered)
    );
}

#[test]
fn a_refused_message_is_tried_by_itself_after_an_hour_and_after_a_start() {
    let (mut world, a, b, to_b, to_a) = apart();
    for restarts in [false, true] {
        world.relays[1].1.refuses_size = Some(4096);
        world.send(a, to_b, "refused");
        world.run_for(MINUTE_MS);
        world.relays[1].1.refuses_size = None;
        if restarts {
            world.restart(a);
            world.run_for(MINUTE_MS);
        } else {
            world.run_for(30 * MINUTE_MS);
            assert_eq!(deliveries(&world, a, to_b), [queued(QueueReason::Refused)]);
            world.run_for(HOUR_MS);
        }
        assert_eq!(
            deliveries(&world, a, to_b).last(),
            Some(&Delivery::Delivered)
        );
    }
    assert_eq!(world.texts(b, to_a, Direction::Incoming), ["refused"; 2]);
}

#[test]
fn a_relay_that_refuses_every_message_is_not_asked_for_each() {
    let (mut world, a, b, to_b, to_a) = apart();
    world.relays[1].1.refuses_writes = Some(Refusal::Malformed);
    world.relays[1].1.seen.clear();
    for n in 0..60 {
        world.send(a, to_b, &format!("a{n}"));
    }
    world.run_for(MINUTE_MS);
    let states = deliveries(&world, a, to_b);
    assert!(
        states
            .iter()
            .all(|state| *state == queued(QueueReason::Refused))
    );
    assert_eq!(
        world.send(a, to_b, "a60").delivery,
        waiting(QueueReason::Refused)
    );
    assert!(puts(&world, 1) < 120, "{}", puts(&world, 1));
    world.relays[1].1.refuses_writes = None;
    retry(&mut world, a, to_b);
    world.run_for(MINUTE_MS);
    let sent: Vec<String> = (0..61).map(|n| format!("a{n}")).collect();
    assert_eq!(world.texts(b, to_a, Direction::Incoming), sent);
}

#[test]
fn retrying_ends_the_wait_for_a_mailbox_and_what_waits_follows_what_is_tried() {
    let (mut world, a, b, to_b, to_a) = apart();
    world.relays[1].1.refuses_writes = Some(Refusal::NotFound);
    world.send(a, to_b, "first");
    world.run();
    assert_eq!(
        world.send(a, to_b, "second").delivery,
        waiting(QueueReason::ContactUnreachable)
    );
    world.run_for(10 * MINUTE_MS);
    let stuck = QueueReason::ContactUnreachable;
    assert_eq!(deliveries(&world, a, to_b), [queued(stuck), waiting(stuck)]);
    world.relays[1].1.refuses_writes = None;
    retry(&mut world, a, to_b);
    assert_eq!(
        deliveries(&world, a, to_b).last(),
        Some(&waiting(QueueReason::BehindEarlier))
    );
    world.run();
    assert_eq!(
        world.texts(b, to_a, Direction::Incoming),
        ["first", "second"]
    );
    let nobody = ConversationId(crate::protocol::ids::AccountId([9; 32]));
    let missing = world.with(a, |e, now, rng| e.retry_now(nobody, now, rng));
    assert_eq!(missing.err(), Some(ClientError::NotFound));
}

#[test]
fn each_thing_in_the_way_has_its_name() {
    for (failure, reason) in [
        (NetFailure::Unreachable, QueueReason::Offline),
        (NetFailure::WrongKey, QueueReason::WrongRelayKey),
        (NetFailure::Nonsense, QueueReason::RelayMisbehaves),
    ] {
        let (mut world, a, b, to_b, to_a) = apart();
        world.devices[a].failure = Some(failure);
        world.send(a, to_b, "one");
        world.run();
        assert_eq!(world.send(a, to_b, "two").delivery, waiting(reason));
        assert_eq!(
            deliveries(&world, a, to_b),
            [queued(reason), waiting(reason)]
        );
        world.devices[a].failure = None;
        world.run_for(2 * MINUTE_MS);
        assert_eq!(world.texts(b, to_a, Direction::Incoming), ["one", "two"]);
    }
    for (answer, reason) in [
        (
            Response::Refused(Refusal::UnsupportedVersion),
            QueueReason::RelayVersion,
        ),
        (Response::Refused(Refusal::MailboxFull), QueueReason::Full),
        (
            Response::Count { remaining: 1 },
            QueueReason::RelayMisbehaves,
        ),
    ] {
        let (mut world, a, b, to_b, to_a) = apart();
        world.relays[1].1.nonsense = Some(answer);
        world.send(a, to_b, "one");
        world.run();
        assert_eq!(world.send(a, to_b, "two").delivery, waiting(reason));
        assert_eq!(
            deliveries(&world, a, to_b),
            [queued(reason), waiting(reason)]
        );
        world.relays[1].1.nonsense = None;
        world.run_for(2 * HOUR_MS);
        assert_eq!(world.texts(b, to_a, Direction::Incoming), ["one", "two"]);
    }
    let mut world = World::new(1);
    let (a, b) = (world.add("Ada", 0), world.add("Bo", 0));
    let link = world.invite(a, InvitationKind::Public);
    let to_a = world.accept(b, &link).unwrap();
    for _ in 0..25 {
        world.send(b, to_a, "anybody?");
    }
    world.run();
    let last = deliveries(&world, b, to_a).last().copied();
    assert_eq!(last, Some(waiting(QueueReason::WaitingForContact)));
    let place = place_of(&world, b, to_a, 24);
    world
        .with(b, |e, now, rng| e.drop_queued(to_a, place, now, rng))
        .unwrap();
    let to_b = world.id_of(b);
    world
        .with(a, |e, now, rng| e.accept_request(to_b, now, rng))
        .unwrap();
    world.run();
    assert_eq!(world.texts(a, to_b, Direction::Incoming), ["anybody?"; 24]);
}

#[test]
fn what_waits_or_is_queued_for_a_contact_who_was_blocked_since_does_not_leave_before_that_ends() {
    let (mut world, a, b, to_b, to_a) = cut_off();
    world.send(a, to_b, "second");
    let block = |world: &mut World, blocked| {
        let engine = &mut world.devices[a].engine;
        engine.set_blocked(to_b, blocked).unwrap();
    };
    block(&mut world, true);
    world.relays[1].1.is_down = false;
    world.run_for(2 * HOUR_MS);
    assert_eq!(world.texts(b, to_a, Direction::Incoming), [""; 0]);
    block(&mut world, false);
    world.run();
    assert_eq!(
        world.texts(b, to_a, Direction::Incoming),
        ["first", "second"]
    );
}

#[test]
fn who_deletes_the_account_says_first_what_was_written_before() {
    let (mut world, a, b, to_b, to_a) = cut_off();
    world.send(a, to_b, "second");
    world
        .with(a, |e, now, rng| e.delete_account(now, rng))
        .unwrap();
    world.relays[1].1.is_down = false;
    world.run_for(2 * MINUTE_MS);
    assert_eq!(
        world.texts(b, to_a, Direction::Incoming),
        ["first", "second"]
    );
    let list = world.devices[b].engine.conversations().unwrap();
    assert_eq!(list[0].state, ConversationState::Left);
}

/// Ada, Bo and Cleo at one relay; Ada knows both.
fn three() -> (World, [usize; 3], [ConversationId; 4]) {
    let (mut world, a, b, to_b, to_a) = apart();
    let c = world.add("Cleo", 0);
    let link = world.invite(a, InvitationKind::Personal);
    let to_a_of_c = world.accept(c, &link).unwrap();
    world.run_for(MINUTE_MS);
    let to_c = world.id_of(c);
    (world, [a, b, c], [to_b, to_c, to_a, to_a_of_c])
}

/// Ada and Cleo still talk both ways, and all of it is delivered and acknowledged.
fn expect_cleo_unharmed(world: &mut World, [a, _, c]: [usize; 3], ids: [ConversationId; 4]) {
    let [_, to_c, _, to_a] = ids;
    let mark = world.now.ms;
    world.send(c, to_a, &format!("c {mark}"));
    world.send(a, to_c, &format!("a {mark}"));
    world.run_for(3 * MINUTE_MS);
    let came = world.texts(a, to_c, Direction::Incoming);
    assert_eq!(came.last(), Some(&format!("c {mark}")));
    let came = world.texts(c, to_a, Direction::Incoming);
    assert_eq!(came.last(), Some(&format!("a {mark}")));
    for (who, id) in [(a, to_c), (c, to_a)] {
        let states = deliveries(world, who, id);
        assert!(states.iter().all(|state| *state == Delivery::Delivered));
    }
    let upkeep = world.devices[a].engine.upkeep_due_ms;
    assert!(upkeep > world.now.ms, "the upkeep is done");
    assert_eq!(world.devices[a].engine.settle_again_ms, None);
}

#[test]
fn a_session_that_does_not_read_back_is_replaced_and_harms_nobody_else() {
    for state in ["x'00'", "zeroblob(3000)"] {
        let (mut world, who, ids) = three();
        let ([a, b, _], [to_b, _, to_a, _]) = (who, ids);
        let account = to_b.0.0.map(|byte| format!("{byte:02x}")).concat();
        let sql = format!("UPDATE sessions SET state = {state} WHERE account = x'{account}'");
        damage(&world, a, &sql);
        world.restart(a);
        world.send(b, to_a, "b0");
        expect_cleo_unharmed(&mut world, who, ids);
        world.run_for(2 * HOUR_MS);
        world.send(a, to_b, "a0");
        world.run_for(2 * HOUR_MS);
        world.send(b, to_a, "b1");
        world.run_for(2 * HOUR_MS);
        let texts = |world: &World, who, id| {
            let mut texts = world.texts(who, id, Direction::Incoming);
            texts.retain(|text| text != "Undecryptable");
            texts
        };
        assert_eq!(texts(&world, a, to_b), ["b0", "b1"], "{state}");
        assert_eq!(texts(&world, b, to_a), ["a0"], "{state}");
        expect_cleo_unharmed(&mut world, who, ids);
    }
}

#[test]
fn a_text_to_a_contact_whose_keys_are_damaged_is_kept_and_says_so() {
    let (mut world, who, ids) = three();
    let ([a, ..], [to_b, ..]) = (who, ids);
    let account = to_b.0.0.map(|byte| format!("{byte:02x}")).concat();
    for sql in [
        format!("UPDATE sessions SET state = x'00' WHERE account = x'{account}'"),
        format!("DELETE FROM peer_records WHERE account = x'{account}'"),
    ] {
        damage(&world, a, &sql);
    }
    world.send(a, to_b, "kept");
    world.run_for(2 * HOUR_MS);
    assert_eq!(
        deliveries(&world, a, to_b),
        [waiting(QueueReason::KeysDamaged)]
    );
    expect_cleo_unharmed(&mut world, who, ids);
}

#[test]
fn rows_about_one_contact_that_do_not_read_back_keep_no_other_waiting() {
    for damaged in [
        "UPDATE peers SET descriptor = x'00' WHERE account = ?",
        "UPDATE peers SET received = x'00' WHERE account = ?",
        "UPDATE mailboxes SET read_key = x'00' WHERE account = ?",
        "UPDATE outbox SET descriptor = x'00' WHERE account = ?",
        "UPDATE conversations SET log = x'00' WHERE account = ?",
        "INSERT INTO reads VALUES (?, 1, 0, 0, 1)",
    ] {
        let (mut world, who, ids) = three();
        let ([a, b, _], [to_b, _, to_a, _]) = (who, ids);
        world.relays[1].1.is_down = true;
        world.send(a, to_b, "on its way");
        world.run();
        world.relays[1].1.is_down = false;
        let account = to_b.0.0.map(|byte| format!("{byte:02x}")).concat();
        let sql = damaged.replace('?', &format!("x'{account}'"));
        damage(&world, a, &sql);
        world.restart(a);
        world.send(b, to_a, "to damaged rows");
        world
            .with(a, |e, now, rng| e.handle(Input::Tick, now, rng))
            .unwrap();
        let sent = world.with(a, |e, now, rng| e.send_text(to_b, "more", now, rng));
        let is_known_why = sent.is_ok() || sent == Err(ClientError::RowDamaged);
        assert!(is_known_why, "{damaged}: {sent:?}");
        expect_cleo_unharmed(&mut world, who, ids);
        world.run_for(8 * 24 * HOUR_MS);
        expect_cleo_unharmed(&mut world, who, ids);
        assert_eq!(world.devices[a].engine.conversations().unwrap().len(), 2);
        world.devices[a].engine.outbox().unwrap();
    }
}
