//! By what a store that was put back is known, and what must not be taken for it. PROTOCOL.md §16.1, §18.

use tacita_wire::Refusal;

use super::intruder::{deliver, differences, rows};
use super::put_back::{copy, open};
use super::world::World;
use crate::client::ClientError;
use crate::client::view::{ConversationId, Delivery, Direction, InvitationKind};
use crate::protocol::ids::{DeviceAddress, DeviceNumber};

const DAY_MS: u64 = 24 * 3_600_000;

/// Ada, whose store is in a directory, and Bo, whose invitation she accepted.
struct Guest {
    world: World,
    directory: tempfile::TempDir,
    a: usize,
    b: usize,
    to_a: ConversationId,
    to_b: ConversationId,
}

impl Guest {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut world = World::new(1);
        let a = world.add_with(open(&directory.path().join("live")));
        world.create_account(a, "Ada", 0);
        let b = world.add("Bo", 0);
        let link = world.invite(b, InvitationKind::Personal);
        let to_b = world.accept(a, &link).unwrap();
        let to_a = world.id_of(a);
        world.run_for(60_000);
        Self {
            world,
            directory,
            a,
            b,
            to_a,
            to_b,
        }
    }

    fn keep(&mut self) {
        let [live, kept] = ["live", "kept"].map(|name| self.directory.path().join(name));
        self.world.crash(self.a).close().unwrap();
        copy(&live, &kept);
        self.world.start(self.a, open(&live));
        self.world.run();
    }

    fn put_back(&mut self) {
        self.world.crash(self.a).close().unwrap();
        let kept = self.directory.path().join("kept");
        self.world.start(self.a, open(&kept));
    }

    /// How often a text of Ada's stands at Bo's.
    fn count(&self, text: &str) -> usize {
        let heard = self.world.texts(self.b, self.to_a, Direction::Incoming);
        heard.iter().filter(|known| *known == text).count()
    }
}

#[test]
fn an_altered_copy_of_what_opened_accuses_nobody_and_changes_nothing() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    world.send(a, to_b, "hello");
    world.run_for(60_000);
    let put = world.relays[0].1.all_put();
    let heard = world.texts(b, to_a, Direction::Incoming);
    assert_eq!(heard, ["hello"]);
    for (mailbox, envelope) in put.iter().filter(|(_, envelope)| envelope.len() == 4096) {
        let before = [a, b].map(|who| rows(&mut world, who));
        let mut altered = envelope.clone();
        *altered.last_mut().unwrap() ^= 1;
        deliver(&mut world, *mailbox, &altered);
        for (who, before) in [a, b].iter().zip(&before) {
            assert_eq!(differences(before, &rows(&mut world, *who)), [""; 0]);
        }
    }
}

#[test]
fn an_altered_copy_that_comes_first_does_not_keep_the_message_out() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    world.send(a, to_b, "one");
    world.run_for(60_000);
    world.relays[0].1.drops_next = 1;
    world.send(a, to_b, "two");
    world.run();
    let (mailbox, envelope) = world.relays[0].1.all_put().pop().unwrap();
    let mut altered = envelope.clone();
    *altered.last_mut().unwrap() ^= 1;
    // No session is begun anew, in which it would be sent again.
    world.relays[0].1.refuses_writes = Some(Refusal::MailboxFull);
    deliver(&mut world, mailbox, &altered);
    let heard = |world: &World| world.texts(b, to_a, Direction::Incoming);
    assert!(!heard(&world).contains(&"two".to_owned()));
    deliver(&mut world, mailbox, &envelope);
    assert!(heard(&world).contains(&"two".to_owned()));
}

/// A store of before the session that is used since then uses no key twice, and has written as much as was seen.
#[test]
fn another_text_under_an_old_counter_is_a_sign_too() {
    for written in 1..6 {
        let mut guest = Guest::new();
        guest.keep();
        let link = guest.world.invite(guest.b, InvitationKind::Personal);
        guest.world.accept(guest.a, &link).unwrap();
        guest.world.run_for(60_000);
        for n in 0..3 {
            let text = format!("before {n}");
            guest.world.send(guest.a, guest.to_b, &text);
            guest.world.run_for(10_000);
        }
        guest.put_back();
        // It hears nothing while it writes under the counters of before.
        guest.world.devices[guest.a].withheld = true;
        for n in 0..written {
            let text = format!("blind {n}");
            guest.world.send(guest.a, guest.to_b, &text);
            guest.world.run_for(1_000);
        }
        guest.world.devices[guest.a].withheld = false;
        guest.world.run_for(60_000);
        guest.world.send(guest.b, guest.to_a, "an answer");
        guest.world.run_for(DAY_MS);
        for n in 0..3 {
            assert_eq!(guest.count(&format!("before {n}")), 1, "{written}");
        }
        for n in 0..written {
            assert_eq!(guest.count(&format!("blind {n}")), 1, "{n} of {written}");
        }
        let answers = guest.world.texts(guest.a, guest.to_b, Direction::Incoming);
        assert!(answers.contains(&"an answer".to_owned()), "{written}");
    }
}

/// Under the counter stood what is not shown: there is no text to compare.
#[test]
fn a_text_under_the_counter_of_hidden_content_is_a_sign_too() {
    for days in [8, 15] {
        let mut guest = Guest::new();
        guest.keep();
        let link = guest.world.invite(guest.b, InvitationKind::Personal);
        guest.world.accept(guest.a, &link).unwrap();
        // Each week a reconnect record goes out, under a counter.
        guest.world.run_for(days * DAY_MS);
        guest.put_back();
        guest.world.devices[guest.a].withheld = true;
        guest.world.send(guest.a, guest.to_b, "blind");
        guest.world.run_for(1_000);
        guest.world.devices[guest.a].withheld = false;
        guest.world.run_for(60_000);
        guest.world.send(guest.b, guest.to_a, "an answer");
        guest.world.run_for(DAY_MS);
        assert_eq!(guest.count("blind"), 1, "{days}");
        let answers = guest.world.texts(guest.a, guest.to_b, Direction::Incoming);
        assert!(answers.contains(&"an answer".to_owned()), "{days}");
    }
}

/// Both begin anew; what Bo begins needs prekeys that Ada's old store never had.
#[test]
fn a_session_that_the_contact_may_not_open_does_not_send_beside_one_that_it_began() {
    for days in (9..28).step_by(2) {
        let mut guest = Guest::new();
        guest.keep();
        guest.world.run_for(days * DAY_MS);
        let ada = DeviceAddress {
            account: guest.to_a.0,
            device: DeviceNumber::FIRST,
        };
        let store = &guest.world.devices[guest.b].engine.store;
        let peer = store.read(|tx| Ok::<_, ClientError>(tx.load_peer(ada)?));
        let mailbox = peer.unwrap().unwrap().our_mailbox.unwrap();
        guest.put_back();
        // A relay made it up, and Bo begins anew.
        let mut false_one = vec![7; 4096];
        false_one[0] = 1;
        deliver(&mut guest.world, mailbox, &false_one);
        guest.world.send(guest.b, guest.to_a, "b after");
        guest.world.run_for(60_000);
        guest.world.send(guest.b, guest.to_a, "b later");
        guest.world.send(guest.a, guest.to_b, "a after");
        guest.world.run_for(60_000);
        let heard = guest.world.texts(guest.a, guest.to_b, Direction::Incoming);
        for text in ["b after", "b later"] {
            assert!(heard.contains(&text.to_owned()), "{days}: {heard:?}");
        }
        assert_eq!(guest.count("a after"), 1, "{days}");
    }
}

/// The keys in an old store have run out, and the contact still keeps their private halves.
#[test]
fn a_store_of_weeks_ago_begins_anew_by_keys_that_have_run_out() {
    for days in [20, 35, 50] {
        let mut guest = Guest::new();
        guest.keep();
        for day in 0..days {
            guest.world.send(guest.a, guest.to_b, &format!("day {day}"));
            guest.world.run_for(DAY_MS);
        }
        guest.put_back();
        guest.world.send(guest.a, guest.to_b, "back");
        guest.world.run_for(DAY_MS);
        guest.world.send(guest.b, guest.to_a, "welcome");
        guest.world.run_for(60_000);
        assert_eq!(guest.count("back"), 1, "{days}");
        let heard = guest.world.texts(guest.a, guest.to_b, Direction::Incoming);
        assert!(heard.contains(&"welcome".to_owned()), "{days}");
    }
}

#[test]
fn what_was_deleted_here_does_not_keep_a_session_from_being_mended() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    world.send(a, to_b, "first");
    let link = world.invite(a, InvitationKind::Personal);
    world.run_for(60_000);
    // It has come, and Ada never heard that the relay took it.
    world.devices[a].loses_answers = true;
    let gone = world.send(a, to_b, "gone");
    world.run_for(10_000);
    let deleted = world.with(a, |engine, now, rng| {
        engine.delete_messages(to_b, &[gone.place], now, rng)
    });
    assert_eq!(deleted, Ok(1));
    world.accept(b, &link).unwrap();
    world.run_for(10_000);
    world.devices[a].loses_answers = false;
    world.run_for(60_000);
    world.send(b, to_a, "back");
    world.send(a, to_b, "after");
    world.run_for(60_000);
    assert_eq!(world.texts(a, to_b, Direction::Incoming), ["back"]);
    let heard = world.texts(b, to_a, Direction::Incoming);
    assert_eq!(heard, ["first", "gone", "after"]);
    let sent = world.all(a, to_b);
    assert!(
        sent.iter()
            .filter(|row| row.direction == Direction::Outgoing)
            .all(|row| row.delivery == Delivery::Delivered)
    );
}
