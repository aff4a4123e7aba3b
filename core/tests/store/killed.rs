//! Killed at any moment: every committed transaction is there whole, and no other one in part.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rand_core::Rng;
use tacita_core::protocol::ids::TranscriptHash;
use tacita_core::store::{Direction, Store, StoreError};
use zeroize::Zeroizing;

use crate::samples::{address, conversation, message, open, outgoing, rng, session};

const CHILD_DIRECTORY: &str = "TACITA_TEST_KILLED_DIRECTORY";
const KILLS: u32 = 40;
/// Kills at whatever moment, opening included; the later ones wait for a first commit.
const EARLY_KILLS: u32 = 5;

fn spawn(test: &str, directory: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(CHILD_DIRECTORY, directory)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn last(store: &Store) -> u64 {
    let value = store.read(|tx| tx.load_setting("last")).unwrap();
    value.map_or(0, |bytes| u64::from_be_bytes(bytes.try_into().unwrap()))
}

/// What the engine does when it sends: session, message and envelope in one transaction.
fn write_one(store: &Store, number: u64) -> Result<(), StoreError> {
    store.write(|tx| {
        let mut row = session(1, 1);
        row.state = Zeroizing::new(number.to_be_bytes().repeat(500));
        if number == 1 {
            tx.insert_conversation(&conversation(1))?;
            tx.insert_session(&row)?;
        } else {
            tx.save_session(&row)?;
        }
        tx.append_message(&message(1, Direction::Outgoing, number))?;
        tx.push_outbox(&outgoing(1, 5, number))?;
        tx.touch(1, &[1])?;
        tx.save_setting("last", &number.to_be_bytes())
    })
}

fn check_whole(store: &Store, at_least: u64) -> u64 {
    let last = last(store);
    assert!(
        last >= at_least,
        "{last} of {at_least} committed transactions are left"
    );
    if last == 0 {
        return 0;
    }
    store
        .read(|tx| {
            let state = tx.load_session(TranscriptHash([1; 32]))?.unwrap().state;
            assert!(state.as_slice() == last.to_be_bytes().repeat(500));
            let (page, more) = tx.page_after(conversation(1).id, 0, u32::MAX)?;
            let counters: Vec<u64> = page.iter().map(|row| row.counter).collect();
            assert_eq!(counters, (1..=last).collect::<Vec<_>>());
            assert!(!more);
            let outbox = tx.outbox_of(address(1))?;
            let counters: Vec<u64> = outbox.iter().map(|row| row.counter).collect();
            assert_eq!(counters, (1..=last).collect::<Vec<_>>());
            assert!(outbox.iter().all(|row| row.envelope.len() == 4096));
            assert_eq!(tx.change_number()?, last);
            Ok::<_, StoreError>(())
        })
        .unwrap();
    last
}

/// Its own child: run again with a directory in the environment, it commits and prints until it is killed.
#[test]
fn a_process_killed_while_it_writes_loses_nothing_that_it_committed() {
    if let Some(directory) = std::env::var_os(CHILD_DIRECTORY) {
        let store = open(Path::new(&directory)).unwrap();
        for number in last(&store) + 1.. {
            write_one(&store, number).unwrap();
            println!("\ncommitted {number}");
        }
    }
    let directory = tempfile::tempdir().unwrap();
    let mut random = rng(42);
    let mut committed = 0;
    for kill in 0..KILLS {
        let test = "killed::a_process_killed_while_it_writes_loses_nothing_that_it_committed";
        let mut child = spawn(test, directory.path());
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut acknowledged = committed;
        let mut read = |line: Option<std::io::Result<String>>| {
            let line = line?.ok()?;
            if let Some(number) = line.strip_prefix("committed ") {
                acknowledged = number.parse().unwrap();
            }
            Some(line.starts_with("committed "))
        };
        if kill >= EARLY_KILLS {
            while read(lines.next()) == Some(false) {}
        }
        std::thread::sleep(Duration::from_micros(u64::from(random.next_u32() % 15_000)));
        child.kill().unwrap();
        child.wait().unwrap();
        while read(lines.next()).is_some() {}

        let store = open(directory.path()).unwrap();
        committed = check_whole(&store, acknowledged);
        if kill % 2 == 0 {
            store.close().unwrap();
        }
    }
    assert!(committed >= u64::from(KILLS - EARLY_KILLS));
    let damaged = std::fs::read_dir(directory.path())
        .unwrap()
        .filter(|entry| {
            let name = entry.as_ref().unwrap().file_name();
            name.to_str().unwrap().contains("damaged")
        })
        .count();
    assert_eq!(damaged, 0);
}

/// Its own child, as above.
#[test]
fn a_process_killed_while_it_makes_a_store_leaves_one_that_opens() {
    if let Some(directory) = std::env::var_os(CHILD_DIRECTORY) {
        let store = open(Path::new(&directory)).unwrap();
        println!("\nmade");
        drop(store);
        return;
    }
    let mut random = rng(43);
    for _ in 0..KILLS {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store");
        let test = "killed::a_process_killed_while_it_makes_a_store_leaves_one_that_opens";
        let mut child = spawn(test, &path);
        std::thread::sleep(Duration::from_micros(u64::from(random.next_u32() % 40_000)));
        child.kill().unwrap();
        child.wait().unwrap();
        let store = open(&path).unwrap();
        store.write(|tx| tx.save_setting("a", b"b")).unwrap();
        store.close().unwrap();
    }
}
