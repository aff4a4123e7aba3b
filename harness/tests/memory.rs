//! After a client was closed, its heap holds no long-lived secret; before, it does, and the search finds it.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

#[path = "memory/secrets.rs"]
mod secrets;

mod people;
mod programs;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use people::Person;
use secrets::{network_secrets, secrets_of};
use tacita_harness::memory::{Dump, Found, Place, Wanted, planted_bytes};
use tacita_harness::relay::Relay;

const TEXTS: usize = 5;
const PLANTED: u64 = 20_261_123;

/// The client whose memory is looked at.
struct Watched {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Watched {
    fn start(directory: &Path, link: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tacita-memory"))
            .arg("--dir")
            .arg(directory)
            .args(["--relay", link, "--texts", &TEXTS.to_string()])
            .args(["--planted", &PLANTED.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            stdin: child.stdin.take().unwrap(),
            stdout: BufReader::new(child.stdout.take().unwrap()),
            child,
        }
    }

    /// Reads its memory once it says that it is there, and lets it go on.
    fn look(&mut self, place: &str) -> Dump {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        assert_eq!(line.trim(), place);
        let dump = Dump::read(self.child.id()).unwrap();
        self.stdin.write_all(b"go on\n").unwrap();
        dump
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A file that the client writes.
async fn text_of(path: &Path) -> String {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        match std::fs::read_to_string(path) {
            Ok(text) => return text,
            Err(_) => assert!(Instant::now() < deadline, "no {}", path.display()),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn names(found: &[Found], place: Place) -> BTreeSet<&str> {
    let there = found.iter().filter(|found| found.place == place);
    there.map(|found| found.name.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_long_lived_secret_is_in_the_heap_of_a_client_that_was_closed() {
    let directory = tempfile::tempdir().unwrap();
    let relay = Relay::new(&programs::relay(), &directory.path().join("relay")).unwrap();
    relay.start().unwrap();
    let link = relay.link().unwrap();
    let mut watched = Watched::start(directory.path(), &link);

    let contact = Person::with_account(&link, "Bela").await;
    let invitation = text_of(&directory.path().join("link")).await;
    let inviter = contact
        .client
        .accept_invitation(invitation.clone())
        .await
        .unwrap();
    for n in 0..TEXTS {
        let text = format!("to the client {n}");
        contact.client.send_text(inviter, text).await.unwrap();
    }
    let (open, closed) = tokio::task::spawn_blocking(move || {
        let open = watched.look("open");
        let closed = watched.look("closed");
        assert!(watched.child.wait().unwrap().success());
        (open, closed)
    })
    .await
    .unwrap();

    let recovery = text_of(&directory.path().join("recovery")).await;
    let secrets = secrets_of(&directory.path().join("store"), &recovery, &invitation);
    let shown = network_secrets(&directory.path().join("store"));
    let control = Wanted {
        name: "planted".to_owned(),
        bytes: planted_bytes(PLANTED),
    };
    println!("{} secrets, {} shown to relays", secrets.len(), shown.len());
    for (when, dump) in [("open", &open), ("closed", &closed)] {
        println!("{when}, {} KiB of heap:", dump.size(Place::Heap) / 1024);
        for found in [dump.find(&secrets), dump.find(&shown)] {
            println!("  {:?}", found.unwrap());
        }
    }

    // The search works, on both: what nobody overwrites is there.
    for dump in [&open, &closed] {
        let found = dump.find(std::slice::from_ref(&control)).unwrap();
        assert_eq!(names(&found, Place::Heap), BTreeSet::from(["planted"]));
    }
    // What an open client works with is there.
    let in_use = open.find(&secrets).unwrap();
    for name in ["row key", "device signing key", "device agreement key"] {
        assert!(
            names(&in_use, Place::Heap).contains(name),
            "{name} is not in use"
        );
    }
    assert!(secrets.len() >= 20 && shown.len() >= 3);
    assert!(closed.size(Place::Heap) > 512 * 1024, "the heap was read");
    // And of all that, nothing after it was closed.
    let left = closed.find(&secrets).unwrap();
    assert_eq!(names(&left, Place::Heap), BTreeSet::new());
    assert_eq!(names(&left, Place::Data), BTreeSet::new());
}
