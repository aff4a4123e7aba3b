//! A disk that takes no more writes: refusals that can be repeated, nothing half done, and work again after.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

mod support;

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use support::{Binary, Client, Keys, envelope};
use tacita_wire::{MailboxKind, Refusal, RelayLink, Response};

/// 512-byte blocks: files may grow to 1 MiB.
const LIMIT_BLOCKS: u32 = 2048;

/// The real binary, whose writes beyond the limit fail; the limit can be lifted later.
fn start_limited(directory: &std::path::Path) -> Binary {
    let script = format!(r#"trap "" XFSZ; ulimit -S -f {LIMIT_BLOCKS}; exec "$0" "$@""#);
    let mut child = Command::new("sh")
        .args(["-c", &script, env!("CARGO_BIN_EXE_tacita-relay")])
        .arg("--data")
        .arg(directory)
        .args(["--listen", "127.0.0.1:0", "--json", "--log", "error"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let link = line.split('"').find(|part| part.starts_with("tacita://"));
    let link = RelayLink::parse(link.expect("a ready line")).unwrap();
    let address = link.address.as_str().parse().unwrap();
    Binary {
        child,
        address,
        link,
    }
}

async fn stored(client: &Client, keys: &Keys) -> Vec<u32> {
    let mut numbers = Vec::new();
    let mut cursor = 0;
    loop {
        let Response::Entries { entries, .. } = client.send(&keys.read(cursor)).await else {
            panic!("a read fails");
        };
        let Some(last) = entries.last() else {
            return numbers;
        };
        cursor = last.sequence;
        numbers.extend(
            entries
                .iter()
                .map(|entry| u32::from_be_bytes(entry.envelope[..4].try_into().unwrap())),
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failing_disk_refuses_loses_nothing_and_is_used_again_once_it_works() {
    let directory = tempfile::tempdir().unwrap();
    let mut relay = start_limited(directory.path());
    let client = Client::new(relay.address);
    let keys = Keys::of(1);
    let create = keys.create(relay.link.ticket(), MailboxKind::Pair);
    assert_eq!(client.send(&create).await, Response::Done);

    let mut next = 0;
    let refusal = loop {
        assert!(next < 900, "the limit was never reached");
        let batch = (next..next + 4).map(envelope).collect();
        match client.send(&keys.put(batch)).await {
            Response::Done => next += 4,
            Response::Refused(refusal) => break refusal,
            other => panic!("{other:?}"),
        }
    };
    assert!(next > 40);
    let can_be_repeated = |refusal| {
        matches!(
            refusal,
            Refusal::Failed { retry_after: 1.. } | Refusal::RelayFull { retry_after: 1.. }
        )
    };
    assert!(can_be_repeated(refusal), "{refusal:?}");
    // All that was answered is there, nothing of the refused put is, and many tries change nothing.
    let expected: Vec<u32> = (0..next).collect();
    for _ in 0..3 {
        let batch = (next..next + 4).map(envelope).collect();
        let again = client.send(&keys.put(batch)).await;
        assert!(matches!(again, Response::Refused(refusal) if can_be_repeated(refusal)));
        assert_eq!(stored(&client, &keys).await, expected);
    }

    let lifted = Command::new("prlimit")
        .arg(format!("--pid={}", relay.child.id()))
        .arg("--fsize=unlimited:unlimited")
        .status()
        .unwrap();
    assert!(lifted.success());
    let batch = (next..next + 4).map(envelope).collect();
    assert_eq!(client.send(&keys.put(batch)).await, Response::Done);
    let expected: Vec<u32> = (0..next + 4).collect();
    assert_eq!(stored(&client, &keys).await, expected);
    assert!(relay.terminate().success());

    // A stop in order folds the log into the database, which is whole.
    let log = directory.path().join("relay.db-wal");
    assert!(!log.exists() || log.metadata().unwrap().len() == 0);
    let database = rusqlite::Connection::open(directory.path().join("relay.db")).unwrap();
    let verdict: String = database
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(verdict, "ok");
    drop(database);
    let again = Binary::start(directory.path());
    assert_eq!(stored(&Client::new(again.address), &keys).await, expected);
}
