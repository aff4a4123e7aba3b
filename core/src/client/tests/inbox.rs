//! The sealed inbox: what a second process fetched comes once, whatever becomes of the inbox, and the list says what may be looked at.

use std::path::Path;

use tempfile::TempDir;

use super::world::{World, rng};
use crate::client::ClientError;
use crate::client::input::{Input, NetFailure};
use crate::client::news::{CheckEnd, ConversationNews, News, NotificationSummary};
use crate::client::view::{ConversationId, Direction, InvitationKind};
use crate::store::{Inbox, InboxOwner, KeyVault, VaultError};

struct Vault;

impl KeyVault for Vault {
    fn wrap(&self, key: &[u8]) -> Result<Vec<u8>, VaultError> {
        Ok(key.iter().map(|byte| byte ^ 0x5a).collect())
    }

    fn unwrap(&self, blob: &[u8]) -> Result<Vec<u8>, VaultError> {
        self.wrap(blob)
    }
}

impl World {
    fn attach(&mut self, who: usize, directory: &Path) -> u32 {
        self.with(who, |engine, now, rng| {
            let owner = InboxOwner::open(directory, &Vault, rng).unwrap();
            engine.attach_inbox(owner, now, rng).unwrap()
        })
    }

    fn collect(&mut self, who: usize) -> Result<u32, ClientError> {
        self.with(who, |engine, now, rng| engine.collect_inbox(now, rng))
    }

    /// What a second process does, with the first relay; nothing is acknowledged.
    fn look(&mut self, directory: &Path) -> NotificationSummary {
        let inbox = Inbox::open(directory, &Vault).unwrap();
        let (mut news, looks) = News::begin(inbox, self.now);
        for (locator, subscriptions) in looks {
            assert_eq!(locator.address, self.relays[0].0.address);
            for (id, subscription) in subscriptions {
                let mailbox = &self.relays[0].1.mailboxes[&id];
                for stored in &mailbox.entries {
                    if stored.sequence > subscription.after {
                        assert_eq!(news.take(id, stored.clone(), &mut rng(9)), Ok(true));
                    }
                }
            }
        }
        news.finish(CheckEnd::Complete, &mut rng(10)).unwrap()
    }

    fn go_offline(&mut self, who: usize) {
        self.devices[who].failure = Some(NetFailure::Unreachable);
        self.run();
    }

    fn go_online(&mut self, who: usize) {
        self.devices[who].failure = None;
        self.with(who, |engine, now, rng| {
            engine.handle(Input::NetworkBack, now, rng)
        })
        .unwrap();
        self.run_for(120_000);
    }
}

/// Two people, an inbox of the second one, who is offline.
fn away() -> (World, usize, usize, ConversationId, ConversationId, TempDir) {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    let directory = tempfile::tempdir().unwrap();
    assert_eq!(world.attach(b, directory.path()), 0);
    world.run();
    world.go_offline(b);
    (world, a, b, to_b, to_a, directory)
}

fn send(world: &mut World, from: usize, to: ConversationId, texts: &[&str]) {
    for text in texts {
        world.send(from, to, text);
    }
    world.run();
}

fn batches(directory: &TempDir) -> Vec<std::path::PathBuf> {
    let mut paths: Vec<_> = walk(directory)
        .into_iter()
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "batch")
        })
        .collect();
    paths.sort();
    paths
}

#[allow(
    clippy::disallowed_methods,
    reason = "a test looks at the inbox's files"
)]
fn walk(directory: &TempDir) -> Vec<std::path::PathBuf> {
    std::fs::read_dir(directory.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect()
}

#[allow(clippy::disallowed_methods, reason = "a test keeps a batch")]
fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}

#[allow(clippy::disallowed_methods, reason = "a test puts a batch back")]
fn put_back(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).unwrap();
}

#[allow(clippy::disallowed_methods, reason = "a test loses a batch")]
fn lose(path: &Path) {
    std::fs::remove_file(path).unwrap();
}

#[test]
fn what_was_fetched_is_shown_without_a_network_and_comes_once_when_it_is_back() {
    let (mut world, a, b, to_b, to_a, directory) = away();
    send(&mut world, a, to_b, &["one", "two"]);
    let news = world.look(directory.path());
    assert_eq!(
        news,
        NotificationSummary {
            came: 2,
            conversations: vec![ConversationNews {
                id: to_a,
                came: 2,
                waiting: 2
            }],
            first_contacts: 0,
            muted: 0,
            end: CheckEnd::Complete,
        }
    );
    let in_store = world.devices[b].engine.store.read(|tx| tx.list_mailboxes());
    let before: Vec<u64> = in_store.unwrap().iter().map(|row| row.cursor).collect();
    assert_eq!(world.collect(b), Ok(2));
    assert!(batches(&directory).is_empty());
    assert_eq!(world.texts(b, to_a, Direction::Incoming), ["one", "two"]);
    // The cursor is the stream's to move.
    let in_store = world.devices[b].engine.store.read(|tx| tx.list_mailboxes());
    let after: Vec<u64> = in_store.unwrap().iter().map(|row| row.cursor).collect();
    assert_eq!(before, after);
    send(&mut world, a, to_b, &["three"]);
    world.go_online(b);
    assert_eq!(
        world.texts(b, to_a, Direction::Incoming),
        ["one", "two", "three"]
    );
    assert_eq!(world.collect(b), Ok(0));
}

#[test]
fn a_second_look_counts_only_what_is_new_and_says_what_waits() {
    let (mut world, a, _, to_b, to_a, directory) = away();
    send(&mut world, a, to_b, &["one", "two"]);
    assert_eq!(world.look(directory.path()).came, 2);
    let again = world.look(directory.path());
    assert_eq!(again.came, 0);
    assert_eq!(
        again.conversations,
        [ConversationNews {
            id: to_a,
            came: 0,
            waiting: 2
        }]
    );
    send(&mut world, a, to_b, &["three"]);
    let third = world.look(directory.path());
    assert_eq!(
        third.conversations,
        [ConversationNews {
            id: to_a,
            came: 1,
            waiting: 3
        }]
    );
}

#[test]
fn a_batch_that_is_lost_leaves_no_gap() {
    for lost in 0..3 {
        let (mut world, a, b, to_b, to_a, directory) = away();
        for text in ["one", "two", "three"] {
            send(&mut world, a, to_b, &[text]);
            world.look(directory.path());
        }
        lose(&batches(&directory)[lost]);
        assert_eq!(world.collect(b), Ok(2), "{lost}");
        world.go_online(b);
        let texts = world.texts(b, to_a, Direction::Incoming);
        assert_eq!(texts, ["one", "two", "three"], "{lost}");
    }
}

#[test]
fn a_batch_that_comes_twice_or_is_put_back_shows_nothing_twice() {
    let (mut world, a, b, to_b, to_a, directory) = away();
    send(&mut world, a, to_b, &["one", "two"]);
    world.look(directory.path());
    let path = batches(&directory).remove(0);
    let whole = read(&path);
    put_back(&directory.path().join("inbox-77.batch"), &whole);
    assert_eq!(world.collect(b), Ok(4));
    put_back(&path, &whole);
    assert_eq!(world.collect(b), Ok(2));
    world.go_online(b);
    put_back(&path, &whole);
    assert_eq!(world.collect(b), Ok(2));
    // When the hashes are forgotten, what the cursor covers is not tried again, so nobody is told of a used key.
    world.run_for(40 * 24 * 3_600_000);
    put_back(&path, &whole);
    assert_eq!(world.collect(b), Ok(2));
    send(&mut world, a, to_b, &["three"]);
    send(&mut world, b, to_a, &["four"]);
    world.run_for(120_000);
    assert_eq!(
        world.texts(b, to_a, Direction::Incoming),
        ["one", "two", "three"]
    );
    assert_eq!(world.texts(a, to_b, Direction::Incoming), ["four"]);
    assert_eq!(
        world.devices[a]
            .engine
            .store
            .read(|tx| tx.sessions_of(peer_of(&world, b)))
            .unwrap()
            .len(),
        1
    );
}

fn peer_of(world: &World, who: usize) -> crate::protocol::ids::DeviceAddress {
    let account = world.devices[who].engine.account().unwrap();
    crate::protocol::ids::DeviceAddress {
        account: account.id,
        device: account.device,
    }
}

#[test]
fn a_store_that_fails_keeps_the_batch_and_one_killed_after_its_commit_loses_nothing() {
    let (mut world, a, b, to_b, to_a, directory) = away();
    send(&mut world, a, to_b, &["one"]);
    world.look(directory.path());
    let connection = |world: &World, sql: &str| {
        let store = &world.devices[b].engine.store;
        store.connection().execute_batch(sql).unwrap();
    };
    connection(
        &world,
        "CREATE TEMP TRIGGER fault BEFORE INSERT ON main.messages BEGIN SELECT RAISE(ABORT, 'fault'); END",
    );
    assert_eq!(world.collect(b), Err(ClientError::StoreFailed));
    assert_eq!(batches(&directory).len(), 1);
    connection(&world, "DROP TRIGGER fault");
    // Killed between the commit and the deletion: the batch is still there at the next start.
    let path = batches(&directory).remove(0);
    let whole = read(&path);
    assert_eq!(world.collect(b), Ok(1));
    put_back(&path, &whole);
    world.restart(b);
    assert_eq!(world.attach(b, directory.path()), 1);
    world.go_online(b);
    assert_eq!(world.texts(b, to_a, Direction::Incoming), ["one"]);
}

#[test]
fn muted_ones_are_counted_apart_and_blocked_or_deleted_ones_not_looked_at() {
    let (mut world, a, b, to_b, to_a, directory) = away();
    let until = world.now.ms + 3_600_000;
    let mute = |world: &mut World, until| {
        world
            .with(b, |engine, now, _| engine.set_muted(to_a, until, now))
            .unwrap();
        world.run();
    };
    mute(&mut world, Some(until));
    send(&mut world, a, to_b, &["one"]);
    let news = world.look(directory.path());
    assert_eq!((news.came, news.muted), (0, 1));
    assert!(news.conversations.is_empty());
    // Over by itself.
    world.sleep(3_600_001);
    send(&mut world, a, to_b, &["two"]);
    let second = world.look(directory.path());
    assert!(second.came >= 1 && second.muted == 0, "{second:?}");
    mute(&mut world, Some(u64::MAX));
    mute(&mut world, None);
    send(&mut world, a, to_b, &["three"]);
    assert_eq!(world.look(directory.path()).came, 1);

    world
        .with(b, |engine, _, _| engine.set_blocked(to_a, true))
        .unwrap();
    world.run();
    send(&mut world, a, to_b, &["four"]);
    let news = world.look(directory.path());
    assert_eq!((news.came, news.muted, news.conversations.len()), (0, 0, 0));
    world
        .with(b, |engine, _, _| engine.set_blocked(to_a, false))
        .unwrap();
    world.run();
    assert_eq!(world.look(directory.path()).came, 1);
    world
        .with(b, |engine, now, rng| {
            engine.delete_conversation(to_a, now, rng)
        })
        .unwrap();
    world.run();
    let news = world.look(directory.path());
    assert_eq!((news.came, news.conversations.len()), (0, 0));
    // What waits of a conversation that is gone is dropped.
    assert_eq!(world.collect(b), Ok(2 + second.came));
    assert!(batches(&directory).is_empty());
}

#[test]
fn the_mailbox_of_an_invitation_is_looked_at_and_a_new_contact_joins_the_list() {
    let mut world = World::new(1);
    let (a, b) = (world.add("Ada", 0), world.add("Bo", 0));
    let directory = tempfile::tempdir().unwrap();
    world.attach(a, directory.path());
    let link = world.invite(a, InvitationKind::Public);
    world.go_offline(a);
    let to_a = world.accept(b, &link).unwrap();
    send(&mut world, b, to_a, &["hello"]);
    let news = world.look(directory.path());
    assert!(
        news.came >= 2 && news.first_contacts == news.came,
        "{news:?}"
    );
    assert!(news.conversations.is_empty());
    assert_eq!(world.collect(a), Ok(news.came));
    let id = world.devices[a].engine.conversations().unwrap()[0].id;
    assert_eq!(world.texts(a, id, Direction::Incoming), ["hello"]);
    world.go_online(a);
    world
        .with(a, |engine, now, rng| engine.accept_request(id, now, rng))
        .unwrap();
    world.run_for(60_000);
    world.go_offline(a);
    send(&mut world, b, to_a, &["again"]);
    let news = world.look(directory.path());
    assert_eq!(
        news.conversations,
        [ConversationNews {
            id,
            came: 1,
            waiting: 1
        }]
    );
    assert_eq!(news.first_contacts, 0);
}

#[test]
fn a_mailbox_that_its_relay_lost_is_looked_at_from_the_start() {
    let (mut world, a, b, to_b, to_a, directory) = away();
    send(&mut world, a, to_b, &["one", "two"]);
    world.go_online(b);
    let ids: Vec<_> = world.relays[0].1.mailboxes.keys().copied().collect();
    for id in ids {
        world.relays[0].1.mailboxes.remove(&id);
    }
    // Noticed when the streams are opened anew; then all are made again.
    world.restart(b);
    world.restart(a);
    world.attach(b, directory.path());
    world.run_for(120_000);
    world.go_offline(b);
    send(&mut world, a, to_b, &["three"]);
    // Longer than a contact waits whose relay said that there is no such mailbox.
    world.run_for(7_200_000);
    assert!(world.look(directory.path()).came >= 1);
    assert!(world.collect(b).unwrap() >= 1);
    world.go_online(b);
    assert_eq!(
        world.texts(b, to_a, Direction::Incoming),
        ["one", "two", "three"]
    );
}

#[test]
fn an_inbox_that_is_full_says_so_and_keeps_what_it_has() {
    let (mut world, a, b, to_b, to_a, directory) = away();
    let large = "x".repeat(16_000);
    let mut sent = Vec::new();
    let mut last = None;
    // Of the largest texts, so that bytes end first; more than one look may hold.
    for round in 0..40 {
        for n in 0..14 {
            let text = format!("{round} {n} {large}");
            world.send(a, to_b, &text);
            sent.push(text);
        }
        world.run();
        let news = world.look_until_full(directory.path());
        let end = news.end;
        last = Some(end);
        if end == CheckEnd::Full {
            break;
        }
    }
    assert_eq!(last, Some(CheckEnd::Full));
    assert!(world.collect(b).unwrap() > 100);
    world.go_online(b);
    assert_eq!(world.texts(b, to_a, Direction::Incoming), sent);
    assert_eq!(world.look(directory.path()).end, CheckEnd::Complete);
}

impl World {
    /// As [`World::look`], ended as the network's side ends it.
    fn look_until_full(&mut self, directory: &Path) -> NotificationSummary {
        let inbox = Inbox::open(directory, &Vault).unwrap();
        let (mut news, looks) = News::begin(inbox, self.now);
        for (_, subscriptions) in looks {
            for (id, subscription) in subscriptions {
                for stored in self.relays[0].1.mailboxes[&id].entries.clone() {
                    let is_new = stored.sequence > subscription.after;
                    if is_new && !news.take(id, stored, &mut rng(11)).unwrap() {
                        return news.finish(CheckEnd::Full, &mut rng(12)).unwrap();
                    }
                }
            }
        }
        news.finish(CheckEnd::Complete, &mut rng(12)).unwrap()
    }
}

#[test]
fn an_app_that_runs_on_empties_the_inbox_hourly() {
    let (mut world, a, b, to_b, to_a, directory) = away();
    send(&mut world, a, to_b, &["one"]);
    world.look(directory.path());
    assert_eq!(batches(&directory).len(), 1);
    world.run_for(3_700_000);
    assert!(batches(&directory).is_empty());
    assert_eq!(world.texts(b, to_a, Direction::Incoming), ["one"]);
}

#[test]
fn without_an_account_or_an_inbox_there_is_nothing_to_look_at() {
    let mut world = World::new(1);
    let who = world.add_blank();
    assert_eq!(world.collect(who), Err(ClientError::InboxMissing));
    let directory = tempfile::tempdir().unwrap();
    assert_eq!(world.attach(who, directory.path()), 0);
    let opened = Inbox::open(directory.path(), &Vault).err();
    assert_eq!(opened, Some(crate::store::StoreError::InboxMissing));
    world.create_account(who, "Ada", 0);
    assert_eq!(world.look(directory.path()).came, 0);
    world
        .with(who, |engine, _, _| engine.erase_inbox())
        .unwrap();
    assert_eq!(world.collect(who), Err(ClientError::InboxMissing));
    world.invite(who, InvitationKind::Personal);
    assert!(
        walk(&directory)
            .iter()
            .all(|path| path.ends_with("inbox.lock"))
    );
}
