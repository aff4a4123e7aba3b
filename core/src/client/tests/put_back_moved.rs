//! A store that is put back to before mailboxes were replaced, its own or its contact's: the two find each other again.

use super::put_back::{copy, open};
use super::rotation::{DAY_MS, HOUR_MS, read, rotate};
use super::world::World;
use crate::client::view::{ConversationId, Delivery, Direction, InvitationKind, MessageBody};

/// Whose mailbox is replaced after the copy was made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Moves {
    /// That of the device that is put back.
    Own,
    /// Its contact's.
    Contacts,
    Both,
}

struct Talk {
    world: World,
    directory: tempfile::TempDir,
    a: usize,
    b: usize,
    to_a: ConversationId,
    to_b: ConversationId,
}

impl Talk {
    /// Ada, whose store is in a directory and is copied; then mailboxes are replaced and the two talk; then the copy
    /// is put in its place.
    fn put_back(moves: Moves, times: u32, replies: u32) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let [live, kept] = ["live", "kept"].map(|name| directory.path().join(name));
        let mut world = World::new(1);
        let a = world.add_with(open(&live));
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
        talk.world.run_for(2 * DAY_MS);
        talk.say("before");
        talk.world.crash(a).close().unwrap();
        copy(&live, &kept);
        talk.world.start(a, open(&live));
        talk.world.run();
        for n in 0..times {
            if moves != Moves::Contacts {
                rotate(&mut talk.world, a);
            }
            if moves != Moves::Own {
                rotate(&mut talk.world, b);
            }
            talk.world.run_for(60_000);
            for reply in 0..replies {
                talk.say(&format!("lost {n} {reply}"));
            }
            talk.world.run_for(DAY_MS);
        }
        talk.world.crash(a).close().unwrap();
        talk.world.start(a, open(&kept));
        talk
    }

    fn say(&mut self, text: &str) {
        self.world.send(self.a, self.to_b, &format!("a {text}"));
        self.world.run();
        self.world.send(self.b, self.to_a, &format!("b {text}"));
        self.world.run_for(10_000);
    }

    fn of_a(&self) -> Vec<String> {
        self.world.texts(self.a, self.to_b, Direction::Incoming)
    }

    fn of_b(&self) -> Vec<String> {
        self.world.texts(self.b, self.to_a, Direction::Incoming)
    }

    /// Where each reads is where the other writes.
    fn is_in_touch(&self) -> bool {
        let peers = [self.a, self.b].map(|who| {
            read(&self.world, who, |tx| {
                let peer = tx.all_peers()?.remove(0);
                Ok((peer.our_mailbox.unwrap(), peer.descriptor.unwrap().mailbox))
            })
        });
        peers[0].0 == peers[1].1 && peers[1].0 == peers[0].1
    }

    /// Each text once, shown by its receiver and delivered by its sender.
    fn check(&self, from: usize, text: &str) {
        let (from_id, came) = if from == self.a {
            (self.to_b, self.of_b())
        } else {
            (self.to_a, self.of_a())
        };
        let count = came.iter().filter(|known| *known == text).count();
        assert_eq!(count, 1, "{text}");
        let sent = self.world.all(from, from_id);
        let row = sent
            .iter()
            .find(|row| matches!(&row.body, MessageBody::Text { text: known } if known == text));
        assert_eq!(row.unwrap().delivery, Delivery::Delivered, "{text}");
    }
}

fn each_case(mut case: impl FnMut(Moves, u32, u32)) {
    for moves in [Moves::Own, Moves::Contacts, Moves::Both] {
        for times in [1, 2] {
            // Without a word after the copy; within what it can still open; and far beyond.
            for replies in [0, 1, 4] {
                case(moves, times, replies);
            }
        }
    }
}

#[test]
fn put_back_over_replaced_mailboxes_whoever_was_put_back_writes_first() {
    each_case(|moves, times, replies| {
        let name = format!("{moves:?} {times} {replies}");
        let mut talk = Talk::put_back(moves, times, replies);
        talk.world.send(talk.a, talk.to_b, &name);
        talk.world.run_for(10 * 60_000);
        assert!(talk.is_in_touch(), "{name}");
        talk.check(talk.a, &name);
        talk.say("after");
        talk.say("and after");
        talk.world.run_for(10 * 60_000);
        for text in ["after", "and after"] {
            talk.check(talk.a, &format!("a {text}"));
            talk.check(talk.b, &format!("b {text}"));
        }
        check_nothing_links(&talk);
    });
}

#[test]
fn put_back_over_replaced_mailboxes_the_contact_writes_first() {
    each_case(|moves, times, replies| {
        let name = format!("{moves:?} {times} {replies}");
        let mut talk = Talk::put_back(moves, times, replies);
        // What only the copy's later self had read is gone, whoever asks.
        talk.world.send(talk.b, talk.to_a, &name);
        for _ in 0..5 * 24 {
            talk.world.run_for(HOUR_MS);
        }
        assert!(talk.is_in_touch(), "{name}");
        talk.check(talk.b, &name);
        talk.say("after");
        talk.say("and after");
        talk.world.run_for(10 * 60_000);
        for text in ["after", "and after"] {
            talk.check(talk.a, &format!("a {text}"));
            talk.check(talk.b, &format!("b {text}"));
        }
        check_nothing_links(&talk);
    });
}

#[test]
fn put_back_to_a_mailbox_that_is_deleted_makes_it_again() {
    let mut talk = Talk::put_back(Moves::Own, 1, 4);
    let old = read(&talk.world, talk.a, |tx| {
        Ok(tx.all_peers()?[0].our_mailbox.unwrap())
    });
    talk.world.relays[0].1.mailboxes.remove(&old);
    talk.world.restart(talk.a);
    talk.world.send(talk.b, talk.to_a, "anybody there?");
    for _ in 0..5 * 24 {
        talk.world.run_for(HOUR_MS);
    }
    assert!(talk.is_in_touch());
    talk.check(talk.b, "anybody there?");
}

#[test]
fn a_contact_who_was_only_away_hears_everything_once_and_nobody_begins_anew() {
    let mut talk = Talk::put_back(Moves::Own, 0, 0);
    rotate(&mut talk.world, talk.a);
    talk.world.run_for(60_000);
    let sessions = |talk: &Talk| {
        read(&talk.world, talk.b, |tx| {
            Ok(tx.sessions_of(tx.all_peers()?[0].address)?.len())
        })
    };
    let before = sessions(&talk);
    let store = talk.world.crash(talk.a);
    for n in 0..3 {
        talk.world.send(talk.b, talk.to_a, &format!("away {n}"));
        for _ in 0..48 {
            talk.world.run_for(HOUR_MS);
        }
    }
    talk.world.start(talk.a, store);
    talk.world.run_for(60_000);
    for n in 0..3 {
        talk.check(talk.b, &format!("away {n}"));
    }
    assert_eq!(sessions(&talk), before);
    check_nothing_links(&talk);
}

fn check_nothing_links(talk: &Talk) {
    super::rotation::check_nothing_links(&talk.world);
    // The directory is gone before the world would be: both live as long as the talk.
    assert!(talk.directory.path().exists());
}
