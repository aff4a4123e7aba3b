//! A store that is put back to an earlier state, and sessions that were lost: the engine repairs it by itself.

use std::path::Path;

use super::world::World;
use crate::client::view::{
    ConversationId, Delivery, Direction, InvitationKind, MessageBody, PrivacySettings, Repair,
    UndecryptableCause, Verification,
};
use crate::protocol::safety_number;
use crate::protocol::test_people::Person;
use crate::store::{Store, TestVault};

const DAY_MS: u64 = 24 * 3_600_000;

pub(super) fn open(directory: &Path) -> Store {
    let vault = TestVault::new(directory.to_path_buf());
    Store::open(directory, &vault, &mut super::world::rng(99)).unwrap()
}

#[allow(
    clippy::disallowed_methods,
    reason = "what whoever copies a store's directory does"
)]
pub(super) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// Ada, whose store is in a directory, and Bo, who have written to each other.
pub(super) struct Talk {
    pub(super) world: World,
    directory: tempfile::TempDir,
    pub(super) a: usize,
    pub(super) b: usize,
    pub(super) to_a: ConversationId,
    pub(super) to_b: ConversationId,
}

impl Talk {
    pub(super) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut world = World::new(1);
        let a = world.add_with(open(&directory.path().join("live")));
        world.create_account(a, "Ada", 0);
        let b = world.add("Bo", 0);
        let link = world.invite(a, InvitationKind::Personal);
        let to_a = world.accept(b, &link).unwrap();
        let to_b = world.id_of(b);
        let mut talk = Self {
            world,
            directory,
            a,
            b,
            to_a,
            to_b,
        };
        talk.say("before");
        talk
    }

    /// Each says something, and it arrives.
    pub(super) fn say(&mut self, text: &str) {
        self.world.send(self.a, self.to_b, &format!("a {text}"));
        self.world.run();
        self.world.send(self.b, self.to_a, &format!("b {text}"));
        self.world.run_for(10_000);
    }

    /// Keeps a copy of Ada's store.
    pub(super) fn keep(&mut self) {
        let [live, kept] = ["live", "kept"].map(|name| self.directory.path().join(name));
        self.world.crash(self.a).close().unwrap();
        copy(&live, &kept);
        self.world.start(self.a, open(&live));
        self.world.run();
    }

    /// Puts the copy in the place of Ada's store.
    pub(super) fn put_back(&mut self) {
        self.world.crash(self.a).close().unwrap();
        let kept = self.directory.path().join("kept");
        self.world.start(self.a, open(&kept));
    }

    pub(super) fn of_a(&self) -> Vec<String> {
        self.world.texts(self.a, self.to_b, Direction::Incoming)
    }

    pub(super) fn of_b(&self) -> Vec<String> {
        self.world.texts(self.b, self.to_a, Direction::Incoming)
    }

    fn unopened(&self, who: usize) -> Vec<(UndecryptableCause, Repair)> {
        let id = if who == self.a { self.to_b } else { self.to_a };
        let bodies = self.world.all(who, id).into_iter().map(|row| row.body);
        bodies
            .filter_map(|body| match body {
                MessageBody::Undecryptable { cause, repair, .. } => Some((cause, repair)),
                _ => None,
            })
            .collect()
    }
}

#[test]
fn a_store_that_was_put_back_finds_its_way_into_the_talk_again() {
    let mut talk = Talk::new();
    let engine = &mut talk.world.devices[talk.a].engine;
    engine.mark_verified(talk.to_b, true).unwrap();
    let own = engine.safety_number(talk.to_b).unwrap().qr;
    let carol = Person::new(9);
    let wrong = safety_number(carol.public(), carol.public()).qr;
    let engine = &mut talk.world.devices[talk.b].engine;
    engine.verify_scanned(talk.to_a, &own).unwrap();
    engine.verify_scanned(talk.to_a, &wrong).unwrap();
    talk.keep();
    for n in 0..5 {
        talk.say(&format!("lost {n}"));
    }
    talk.put_back();
    talk.world.send(talk.b, talk.to_a, "to the copy");
    talk.world.run_for(60_000);
    // New sessions are of the same accounts: what was found out of those stands.
    let found = [(talk.a, talk.to_b), (talk.b, talk.to_a)].map(|(who, id)| {
        let number = talk.world.devices[who].engine.safety_number(id);
        number.unwrap().verification
    });
    assert_eq!(found, [Verification::Verified, Verification::Alarm]);
    // Bo's text could not be opened, was counted, asked for, and is here.
    assert!(talk.of_a().contains(&"to the copy".to_owned()));
    assert_eq!(
        talk.unopened(talk.a),
        [(UndecryptableCause::NoKey, Repair::Done)]
    );
    for n in 0..3 {
        talk.say(&format!("after {n}"));
    }
    for n in 0..3 {
        assert!(talk.of_a().contains(&format!("b after {n}")), "{n}");
        assert!(talk.of_b().contains(&format!("a after {n}")), "{n}");
    }
    // What the copy does not have is visible as missing; Bo has everything once.
    assert_eq!(talk.of_a().iter().filter(|t| *t == "Missing").count(), 5);
    let mut heard = talk.of_b();
    heard.sort();
    let count = heard.len();
    heard.dedup();
    assert_eq!(heard.len(), count);
}

#[test]
fn what_a_put_back_store_sends_under_used_counters_arrives_all_the_same() {
    let mut talk = Talk::new();
    talk.keep();
    for n in 0..3 {
        talk.say(&format!("lost {n}"));
    }
    talk.put_back();
    // It has heard nothing yet, and writes where it believes it stands.
    for n in 0..2 {
        talk.world.send(talk.a, talk.to_b, &format!("a blind {n}"));
    }
    talk.world.run_for(60_000);
    talk.world.send(talk.b, talk.to_a, "b answers");
    talk.world.run_for(60_000);
    let heard = talk.of_b();
    for n in 0..2 {
        let text = format!("a blind {n}");
        assert_eq!(heard.iter().filter(|known| **known == text).count(), 1);
    }
    assert!(talk.of_a().contains(&"b answers".to_owned()));
    let sent = talk.world.all(talk.a, talk.to_b);
    let blind = sent.iter().filter(
        |row| matches!(&row.body, MessageBody::Text { text } if text.starts_with("a blind")),
    );
    assert!(
        blind
            .into_iter()
            .all(|row| row.delivery == Delivery::Delivered)
    );
}

#[test]
fn an_old_acknowledgement_does_not_lose_what_is_written_under_its_counter() {
    let mut talk = Talk::new();
    talk.keep();
    // Bo acknowledges what Ada's store will not know of, and she has not heard of it when she writes again.
    talk.world.devices[talk.a].withheld = true;
    talk.world.send(talk.a, talk.to_b, "a lost");
    talk.world.run();
    talk.world.send(talk.b, talk.to_a, "b acknowledges");
    talk.world.run_for(10_000);
    talk.put_back();
    talk.world.devices[talk.a].withheld = true;
    let blind = talk.world.send(talk.a, talk.to_b, "a blind");
    talk.world.run();
    talk.world.devices[talk.a].withheld = false;
    talk.world.run_for(60_000);
    talk.world.run_for(60_000);
    let heard = talk.of_b();
    let count = |text: &str| heard.iter().filter(|known| *known == text).count();
    assert_eq!((count("a lost"), count("a blind")), (1, 1), "{heard:?}");
    assert_eq!(count("a before"), 1);
    let sent = talk.world.all(talk.a, talk.to_b);
    let row = sent.iter().find(|row| row.place == blind.place).unwrap();
    assert_eq!(row.delivery, Delivery::Delivered);
}

#[test]
fn both_sides_of_a_store_that_was_put_back_show_the_profiles_of_today() {
    let set = |talk: &mut Talk, who: usize, name: &str| {
        let world = &mut talk.world;
        let result = world.with(who, |engine, now, rng| {
            engine.set_profile(name, Some(b"\xff\xd8\xff"), now, rng)
        });
        result.unwrap();
        world.run_for(61 * 60_000);
    };
    let names = |talk: &Talk| {
        [(talk.b, talk.to_a), (talk.a, talk.to_b)].map(|(who, id)| {
            let engine = &talk.world.devices[who].engine;
            let lines = engine.conversations().unwrap();
            let line = lines.into_iter().find(|line| line.id == id).unwrap();
            assert_eq!(line.picture_revision > 0, line.name.len() > 3);
            line.name
        })
    };
    let mut talk = Talk::new();
    let (a, b) = (talk.a, talk.b);
    set(&mut talk, a, "Ada kept");
    talk.keep();
    for n in 0..3 {
        set(&mut talk, a, &format!("Ada lost {n}"));
    }
    set(&mut talk, b, "Bo as ever");
    assert_eq!(names(&talk), ["Ada lost 2", "Bo as ever"]);
    talk.put_back();
    assert_eq!(names(&talk), ["Ada lost 2", "Bo"]);
    talk.say("after");
    talk.world.run_for(5 * 60_000);
    // Neither has set anything: what the copy had holds, and what it had not heard is said again.
    assert_eq!(names(&talk), ["Ada kept", "Bo as ever"]);
    set(&mut talk, a, "Ada anew");
    assert_eq!(names(&talk), ["Ada anew", "Bo as ever"]);
}

#[test]
fn a_guest_whose_store_was_put_back_before_the_answer_loses_nothing_that_it_writes() {
    let directory = tempfile::tempdir().unwrap();
    let [live, kept] = ["live", "kept"].map(|name| directory.path().join(name));
    let mut world = World::new(1);
    let a = world.add("Ada", 0);
    let b = world.add_with(open(&live));
    world.create_account(b, "Bo", 0);
    let link = world.invite(a, InvitationKind::Public);
    let to_a = world.accept(b, &link).unwrap();
    world.run();
    let to_b = world.id_of(b);
    world.crash(b).close().unwrap();
    copy(&live, &kept);
    world.start(b, open(&live));
    world.send(b, to_a, "first life");
    world.run();
    world.crash(b).close().unwrap();
    world.start(b, open(&kept));
    // Under the counter and the key of the other.
    world.send(b, to_a, "second life");
    world.run();
    world
        .with(a, |engine, now, rng| engine.accept_request(to_b, now, rng))
        .unwrap();
    world.run_for(60_000);
    world.send(a, to_b, "an answer");
    world.run_for(60_000);
    let came = world.texts(a, to_b, Direction::Incoming);
    assert_eq!(came, ["first life", "second life"]);
    let went = world.all(b, to_a);
    let went: Vec<_> = went
        .iter()
        .filter(|row| row.direction == Direction::Outgoing)
        .map(|row| row.delivery)
        .collect();
    assert_eq!(went, [Delivery::Delivered]);
}

#[test]
fn repair_is_asked_once_a_day_whatever_a_relay_puts_into_the_mailbox() {
    let mut talk = Talk::new();
    let begun = |talk: &mut Talk| {
        let tx = |tx: &crate::store::Tx<'_>| -> Result<_, crate::client::ClientError> {
            let rows = tx.sessions_of(tx.all_peers()?[0].address)?;
            Ok(rows.iter().filter(|row| row.replaces.is_some()).count())
        };
        talk.world.devices[talk.b].engine.store.read(tx).unwrap()
    };
    // Only Bo's mailbox gets junk.
    for round in 0..3_u8 {
        let mailbox = talk.world.devices[talk.b]
            .engine
            .store
            .read(|tx| -> Result<_, crate::client::ClientError> {
                Ok(tx.all_peers()?[0].our_mailbox.unwrap())
            })
            .unwrap();
        talk.world.relays[0]
            .1
            .slip_in(mailbox, [vec![1; 4095], vec![round]].concat());
        talk.world.run_for(60_000);
        assert_eq!(begun(&mut talk), 1);
        talk.say(&format!("round {round}"));
    }
    talk.world.run_for(DAY_MS + 3_600_000);
    talk.say("the next day");
    for n in 0..3 {
        assert!(talk.of_a().contains(&format!("b round {n}")));
        assert!(talk.of_b().contains(&format!("a round {n}")));
    }
    assert!(
        talk.unopened(talk.b)
            .iter()
            .all(|(_, repair)| *repair != Repair::Asked)
    );
    assert!(talk.unopened(talk.a).is_empty());
}

#[test]
fn a_blocked_contact_who_tells_that_our_store_was_put_back_hears_nothing_until_it_is_not_blocked() {
    let mut talk = Talk::new();
    // Without a word from Bo all of this is in one chain: what the copy writes has a key that "lost" had before.
    let settings = PrivacySettings {
        delivery_receipts: false,
        read_receipts: true,
        typing: true,
    };
    talk.world
        .with(talk.b, |engine, now, rng| {
            engine.set_privacy_settings(settings, now, rng)
        })
        .unwrap();
    talk.world.devices[talk.a].withheld = true;
    talk.world.send(talk.a, talk.to_b, "one");
    talk.world.run();
    talk.keep();
    talk.world.send(talk.a, talk.to_b, "lost");
    talk.world.run();
    talk.put_back();
    talk.world.send(talk.a, talk.to_b, "under a used key");
    talk.world.run();
    let block = |talk: &mut Talk, blocked| {
        let engine = &mut talk.world.devices[talk.a].engine;
        engine.set_blocked(talk.to_b, blocked).unwrap();
    };
    block(&mut talk, true);
    talk.world.devices[talk.a].withheld = false;
    talk.world.relays[0].1.seen.clear();
    for n in 0..20 {
        talk.world.send(talk.b, talk.to_a, &format!("unheard {n}"));
        talk.world.run_for(DAY_MS / 4);
    }
    let store = &talk.world.devices[talk.b].engine.store;
    let theirs = store
        .read(|tx| -> Result<_, crate::client::ClientError> { Ok(tx.list_mailboxes()?) })
        .unwrap();
    let is_theirs = |id| theirs.iter().any(|row| row.id == id);
    let put = talk.world.relays[0].1.all_put();
    assert!(!put.iter().any(|(mailbox, _)| is_theirs(*mailbox)));
    let store = &talk.world.devices[talk.a].engine.store;
    let held = store
        .read(|tx| -> Result<_, crate::client::ClientError> {
            let peer = tx.all_peers()?[0].address;
            Ok((tx.rewinds_of(peer)?.len(), tx.outbox_of(peer)?.len()))
        })
        .unwrap();
    assert!(held.0 > 0, "it was told");
    assert!(held.1 < 10, "and has not filled the store: {held:?}");
    block(&mut talk, false);
    talk.world.run_for(60_000);
    talk.say("again");
    talk.world.run_for(DAY_MS);
    let of_b = talk.of_b();
    let came = |text: &str| of_b.iter().filter(|came| *came == text).count();
    for text in ["one", "lost", "under a used key", "a again"] {
        assert_eq!(came(text), 1, "{text}");
    }
    assert!(talk.of_a().contains(&"b again".to_owned()));
}

#[test]
fn what_was_read_is_shown_again_after_either_store_was_put_back() {
    let mut talk = Talk::new();
    talk.keep();
    let (a, b, to_a, to_b) = (talk.a, talk.b, talk.to_a, talk.to_b);
    for (who, id) in [(b, to_a), (a, to_b)] {
        let last = talk.world.all(who, id).last().unwrap().place;
        talk.world
            .with(who, |engine, now, rng| engine.mark_read(id, last, now, rng))
            .unwrap();
    }
    talk.world.run_for(10_000);
    let first = |talk: &Talk, who, id| {
        let mut all = talk.world.all(who, id).into_iter();
        all.find(|message| message.direction == Direction::Outgoing)
            .unwrap()
            .delivery
    };
    assert_eq!(first(&talk, a, to_b), Delivery::Read);
    assert_eq!(first(&talk, b, to_a), Delivery::Read);
    // Something leaves under a key that the copy will use again.
    talk.say("after");
    talk.put_back();
    assert_eq!(first(&talk, a, to_b), Delivery::Delivered);
    talk.say("again");
    talk.world.run_for(60_000);
    talk.say("and again");
    talk.world.run_for(60_000);
    assert_eq!(first(&talk, b, to_a), Delivery::Read);
    // Sent once more in case it never came, under a counter above that of the word of reading: shown as read again when
    // Bo reads on.
    assert_eq!(first(&talk, a, to_b), Delivery::Delivered);
    let last = talk.world.all(b, to_a).last().unwrap().place;
    talk.world
        .with(b, |engine, now, rng| engine.mark_read(to_a, last, now, rng))
        .unwrap();
    talk.say("read on");
    talk.world.run_for(60_000);
    assert_eq!(first(&talk, a, to_b), Delivery::Read);
}
