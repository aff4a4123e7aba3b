//! Two real processes, of which one has the store and the other the inbox only: what came is told, and nothing is lost or shown twice.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

mod people;
mod programs;

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use people::{Person, contacts, open, settled, texts};
use tacita_core::client::ClientError;
use tacita_core::client::news::CheckEnd;
use tacita_core::client::view::{ConversationId, Delivery};
use tacita_core::net::{InboxConfig, NotificationInbox};
use tacita_core::store::TestVault;
use tacita_harness::relay::Relay;

/// What a notification extension of iOS may use, by common report 24 MB.
const MEMORY_LIMIT_KIB: u64 = 24 * 1000 * 1000 / 1024;
/// Messages that flow while processes are killed, at least.
const MESSAGES: u32 = 150;
/// As many as one page holds.
const MOST_MESSAGES: u32 = 450;
/// Kills of each of the two processes, at least.
const KILLS: u32 = 25;

struct Scene {
    relay: Relay,
    _directory: tempfile::TempDir,
    a: Person,
    b: Person,
}

/// Two contacts; the second has an inbox beside its store.
async fn scene() -> Scene {
    let directory = tempfile::tempdir().unwrap();
    let relay = Relay::new(&programs::relay(), directory.path()).unwrap();
    relay.start().unwrap();
    let (a, b) = contacts(&relay.link().unwrap()).await;
    a.send(&b, "first").await;
    settled(&a, &b, &["first".to_owned()]).await;
    let attached = b.client.attach_inbox(inbox(b.directory.path()));
    assert_eq!(attached.await, Ok(0));
    Scene {
        relay,
        _directory: directory,
        a,
        b,
    }
}

fn inbox(store: &Path) -> InboxConfig {
    let directory = store.join("inbox");
    InboxConfig {
        vault: Arc::new(TestVault::new(directory.clone())),
        directory,
    }
}

fn process(store: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tacita-second"));
    command.arg("--dir").arg(store).args(arguments);
    command.stdin(Stdio::null());
    command
}

/// What a process says that runs to its end.
fn said(store: &Path, arguments: &[&str]) -> String {
    let output = process(store, arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// The number behind a word.
fn number_behind(line: &str, word: &str) -> u64 {
    let mut words = line.split(' ').skip_while(|next| *next != word);
    let value = words.nth(1).unwrap_or_else(|| panic!("{line}"));
    value.parse().unwrap()
}

/// Sends to somebody whose client runs elsewhere.
async fn say(from: &Person, to: ConversationId, text: &str) {
    let sent = from.client.send_text(to, text.to_owned());
    sent.await.unwrap();
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Starts the app and waits until it has the store.
fn start_app(store: &Path, log: &Path) -> Child {
    let before = opened(log);
    let output = OpenOptions::new().create(true).append(true).open(log);
    let child = process(store, &["app"])
        .stdout(output.unwrap())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while opened(log) == before {
        assert!(Instant::now() < deadline, "the app does not open");
        std::thread::sleep(Duration::from_millis(5));
    }
    child
}

fn opened(log: &Path) -> usize {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    text.lines().filter(|line| *line == "open").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_is_busy_to_a_second_process_and_the_inbox_tells_it_what_came() {
    let scene = scene().await;
    let store = scene.b.directory.path();
    let b_id = scene.b.id().await;
    scene.b.client.close().await.unwrap();
    let log = store.join("app.log");
    let app = start_app(store, &log);
    assert_eq!(said(store, &["open"]), "StoreBusy");
    // The app runs and takes what comes; a look beside it harms neither.
    say(&scene.a, b_id, "while it runs").await;
    let line = said(store, &["check", "--limit-ms", "20000"]);
    assert!(line.contains("end Complete"), "{line}");
    kill(app);

    for text in texts("away", 100) {
        say(&scene.a, b_id, &text).await;
    }
    // At the relay by then, or it is told below.
    people::until("all to be sent", async || {
        let page = scene.a.client.messages_after(b_id, 0, 500).await.unwrap();
        let mut states = page.messages.iter().map(|message| message.delivery);
        states.all(|state| !matches!(state, Delivery::Queued { .. } | Delivery::Waiting { .. }))
    })
    .await;
    let line = said(store, &["check", "--limit-ms", "20000"]);
    let peak = number_behind(&line, "peak");
    println!("looking for 100 envelopes takes {peak} KiB at most: {line}");
    assert!(number_behind(&line, "came") >= 100, "{line}");
    assert!(line.contains("end Complete"), "{line}");
    assert!(peak < MEMORY_LIMIT_KIB, "{line}");
    assert_eq!(
        number_behind(&said(store, &["check", "--limit-ms", "20000"]), "came"),
        0
    );

    // The relay is gone: what was fetched is there all the same.
    scene.relay.kill();
    let again = Person {
        client: open(store).unwrap(),
        directory: scene.b.directory,
    };
    let config = inbox(again.directory.path());
    assert!(again.client.attach_inbox(config).await.unwrap() >= 100);
    let mut sent = vec!["first".to_owned(), "while it runs".to_owned()];
    sent.extend(texts("away", 100));
    assert_eq!(again.heard(&scene.a).await, sent);
    // And comes once, when the relay brings it again.
    scene.relay.start().unwrap();
    settled(&scene.a, &again, &sent).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_processes_killed_in_turn_lose_nothing_and_show_nothing_twice() {
    let Scene {
        relay: _relay,
        _directory,
        a,
        b,
    } = scene().await;
    let b_id = b.id().await;
    b.client.close().await.unwrap();
    let store: PathBuf = b.directory.path().to_owned();
    let log = store.join("app.log");
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let storm = tokio::task::spawn_blocking(move || storm(&store, &log, seed));
    let mut sent = vec!["first".to_owned()];
    let mut number = 0;
    // For as long as there are kills, if a page holds it all.
    while number < MESSAGES || (number < MOST_MESSAGES && !storm.is_finished()) {
        number += 1;
        let text = format!("m-{number}");
        say(&a, b_id, &text).await;
        sent.push(text);
        tokio::time::sleep(Duration::from_millis(75)).await;
    }
    let (toll, store, log) = storm.await.unwrap();
    // One look that is not disturbed, and what it found is collected at the next start.
    say(&a, b_id, "last").await;
    let line = said(&store, &["check", "--limit-ms", "20000"]);
    let again = Person {
        client: open(&store).unwrap(),
        directory: b.directory,
    };
    let at_the_end = again.client.attach_inbox(inbox(&store)).await.unwrap();
    sent.push("last".to_owned());
    settled(&a, &again, &sent).await;
    let text = std::fs::read_to_string(&log).unwrap();
    let collected: u64 = text
        .lines()
        .filter(|line| line.starts_with("collected"))
        .map(|line| number_behind(line, "collected"))
        .sum();
    let collected = collected + u64::from(at_the_end);
    println!(
        "{toll:?}, {} messages, {collected} envelopes by the inbox, last look: {line}",
        sent.len()
    );
    assert!(collected > 0, "nothing ever came by the inbox");
    assert!(toll.finished > 0, "no look ever ended by itself");
}

#[derive(Debug, Default)]
struct Toll {
    apps: u32,
    looks: u32,
    finished: u32,
}

/// Starts and kills both until each was killed often enough.
fn storm(store: &Path, log: &Path, seed: u64) -> (Toll, PathBuf, PathBuf) {
    let mut chance = fastrand::Rng::with_seed(seed);
    let mut toll = Toll::default();
    let pause = |ms| std::thread::sleep(Duration::from_millis(ms));
    while toll.apps < KILLS || toll.looks < KILLS {
        let app = chance.bool().then(|| start_app(store, log));
        for _ in 0..2 {
            let mut look = process(store, &["check", "--limit-ms", "5000"])
                .stdout(File::create(store.join("look.log")).unwrap())
                .spawn()
                .unwrap();
            pause(chance.u64(0..250));
            if chance.u8(0..4) == 0 {
                look.wait().unwrap();
            }
            match look.try_wait().unwrap() {
                Some(_) => toll.finished += 1,
                None => {
                    kill(look);
                    toll.looks += 1;
                }
            }
        }
        if let Some(app) = app {
            pause(chance.u64(0..150));
            kill(app);
            toll.apps += 1;
        }
    }
    (toll, store.to_owned(), log.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_look_at_once_is_busy_and_each_ends_in_its_time() {
    let scene = scene().await;
    let store = scene.b.directory.path();
    scene.b.client.close().await.unwrap();
    scene.relay.frozen(|| {
        let deadline = Instant::now() + Duration::from_secs(60);
        // Either of the two may be the earlier one: begun again until it is the long one.
        let line = loop {
            assert!(
                Instant::now() < deadline,
                "no look was ever in another's way"
            );
            let long = process(store, &["check", "--limit-ms", "3000"])
                .stdout(Stdio::piped())
                .spawn();
            let mut long = long.unwrap();
            let mut busy = false;
            while !busy && long.try_wait().unwrap().is_none() {
                busy = said(store, &["check", "--limit-ms", "0"]) == "InboxBusy";
            }
            let output = long.wait_with_output().unwrap();
            if busy {
                break String::from_utf8(output.stdout).unwrap();
            }
        };
        assert!(line.contains("end OutOfTime"), "{line}");
    });
    scene.relay.kill();
    let line = said(store, &["check", "--limit-ms", "20000"]);
    assert!(line.contains("end Unreachable"), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_is_cancelled_at_once_and_by_whoever_stops_waiting() {
    let scene = scene().await;
    let store = scene.b.directory.path().to_owned();
    let relay = Arc::new(scene.relay);
    let frozen = Arc::clone(&relay);
    let (thaw, thawed) = std::sync::mpsc::channel::<()>();
    let freezer = tokio::task::spawn_blocking(move || frozen.frozen(|| thawed.recv()));
    tokio::time::sleep(Duration::from_millis(200)).await;

    let looking = Arc::new(NotificationInbox::new(inbox(&store)));
    let other = NotificationInbox::new(inbox(&store));
    let limit = Duration::from_secs(20);
    let began = Instant::now();
    // The question whether it looks is a short look itself, and may be in its way.
    let begin = |looking: Arc<NotificationInbox>| {
        tokio::spawn(async move {
            loop {
                match looking.check(limit).await {
                    Err(ClientError::InboxBusy) => tokio::task::yield_now().await,
                    ended => return ended,
                }
            }
        })
    };
    let look = begin(Arc::clone(&looking));
    let busy = async || other.check(Duration::ZERO).await == Err(ClientError::InboxBusy);
    people::until("the look to begin", busy).await;
    looking.cancel();
    let news = look.await.unwrap().unwrap();
    assert_eq!(news.end, CheckEnd::Cancelled);

    let look = begin(looking);
    people::until("the next look to begin", busy).await;
    look.abort();
    people::until("the lock to be free", async || !busy().await).await;
    assert!(began.elapsed() < limit, "it waited for the end of its time");
    drop(thaw);
    freezer.await.unwrap().unwrap_err();
}
