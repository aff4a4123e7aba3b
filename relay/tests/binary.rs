//! The binary: its help, its files, its log, its commands beside a running relay.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

mod support;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;

use data_encoding::{BASE64, HEXLOWER, HEXUPPER};
use support::{Binary, Client, Keys, envelope};
use tacita_wire::{Encode, MailboxKind, PATH_REQUEST, RelayLink, Response};

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

fn run(arguments: &[&str], directory: &Path) -> (bool, String) {
    let output = Binary::command()
        .args(arguments)
        .arg("--data")
        .arg(directory)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

async fn put_one(relay: &Binary, keys: &Keys, number: u32) {
    let client = Client::new(relay.address);
    let create = keys.create(relay.link.ticket(), MailboxKind::Pair);
    assert_eq!(client.send(&create).await, Response::Done);
    assert_eq!(
        client.send(&keys.put(vec![envelope(number)])).await,
        Response::Done
    );
}

async fn held(relay: &Binary, keys: &Keys) -> usize {
    match Client::new(relay.address).send(&keys.read(0)).await {
        Response::Entries { entries, .. } => entries.len(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_help_has_examples_and_every_flag() {
    let output = Binary::command().arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    for word in [
        "--data",
        "--listen",
        "--public-address",
        "--open",
        "--disk-budget",
        "--log",
        "backup",
        "rotate-leaf",
        "clock-is-right",
        "Examples:",
        "0.0.0.0:4433",
    ] {
        assert!(help.contains(word), "{word} is missing");
    }
}

#[test]
fn the_files_for_a_harness_hold_port_and_link_and_everything_is_private() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let (port, link) = (directory.path().join("port"), directory.path().join("link"));
    let relay = Binary::start_with(&data, |command| {
        command
            .arg("--port-file")
            .arg(&port)
            .arg("--link-file")
            .arg(&link);
    });
    let port: u16 = std::fs::read_to_string(port)
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    assert_eq!(port, relay.address.port());
    let link = RelayLink::parse(&std::fs::read_to_string(link).unwrap()).unwrap();
    assert_eq!(link, relay.link);
    for file in std::fs::read_dir(&data).unwrap() {
        let mode = file.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
    }
}

#[test]
fn two_relays_do_not_share_a_directory() {
    let directory = tempfile::tempdir().unwrap();
    let _relay = Binary::start(directory.path());
    let (success, said) = run(&["--listen", "127.0.0.1:0"], directory.path());
    assert!(!success);
    assert!(said.contains("another relay runs"));
}

#[test]
fn the_log_at_its_most_verbose_names_nobody() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("stderr");
    let mut relay = Binary::start_with(&directory.path().join("data"), |command| {
        command
            .args(["--log", "trace"])
            .env("RUST_LOG", "trace")
            .stderr(Stdio::from(std::fs::File::create(&log).unwrap()));
    });
    let keys = Keys::of(0x91);
    runtime().block_on(async {
        put_one(&relay, &keys, 1).await;
        assert_eq!(held(&relay, &keys).await, 1);
        let client = Client::new(relay.address);
        client.send_bytes(PATH_REQUEST, vec![0; 70_000]).await;
        client.send(&keys.ack(1)).await;
    });
    assert!(relay.terminate().success());
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.contains("listening") && log.contains("stopped"));
    for line in log.lines() {
        assert!(line.contains(" tacita_relay::"), "not ours: {line}");
    }
    let link = relay.link.to_bytes();
    for secret in [
        &keys.read.derive_mailbox_id().0[..],
        keys.read.expose(),
        keys.write.expose(),
        &keys.write.derive_hash().0,
        &link[link.len() - 16..],
    ] {
        let start = &secret[..8];
        for text in [
            HEXLOWER.encode(start),
            HEXUPPER.encode(start),
            BASE64.encode(&start[..6]),
        ] {
            assert!(!log.contains(&text));
        }
        assert!(!log.contains(&format!("{:?}", &start[..3]).replace(['[', ']'], "")));
    }
    for word in [
        "127.0.0.1",
        &relay.address.port().to_string(),
        "70000",
        "4096",
    ] {
        assert!(!log.contains(word), "the log says {word}");
    }
}

#[test]
fn a_backup_beside_a_running_relay_is_a_whole_relay() {
    let directory = tempfile::tempdir().unwrap();
    let (data, copy) = (directory.path().join("data"), directory.path().join("copy"));
    let relay = Binary::start(&data);
    let keys = Keys::of(0x92);
    runtime().block_on(put_one(&relay, &keys, 1));
    let to = copy.to_str().unwrap();
    let (success, said) = run(&["backup", "--to", to], &data);
    assert!(success, "{said}");
    runtime().block_on(put_one(&relay, &keys, 2));
    let (success, said) = run(&["backup", "--to", to], &data);
    assert!(!success && said.contains("not empty"));
    let restored = Binary::start(&copy);
    assert_eq!(restored.link.root, relay.link.root);
    assert_eq!(restored.link.join_code, relay.link.join_code);
    assert_eq!(runtime().block_on(held(&restored, &keys)), 1);
    assert_eq!(runtime().block_on(held(&relay, &keys)), 2);
    for file in std::fs::read_dir(&copy).unwrap() {
        let mode = file.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
    }
}

#[test]
fn a_new_leaf_keeps_the_link_and_the_data() {
    let directory = tempfile::tempdir().unwrap();
    let mut relay = Binary::start(directory.path());
    let keys = Keys::of(0x93);
    runtime().block_on(put_one(&relay, &keys, 1));
    let before = std::fs::read(directory.path().join("leaf.pem")).unwrap();
    let (success, said) = run(&["rotate-leaf"], directory.path());
    assert!(success, "{said}");
    assert_ne!(
        std::fs::read(directory.path().join("leaf.pem")).unwrap(),
        before
    );
    assert!(relay.terminate().success());
    let again = Binary::start(directory.path());
    assert_eq!(again.link.root, relay.link.root);
    assert_eq!(runtime().block_on(held(&again, &keys)), 1);
}

#[test]
fn a_command_on_a_directory_without_a_relay_fails_and_makes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    for command in ["rotate-leaf", "clock-is-right"] {
        let (success, said) = run(&[command], directory.path());
        assert!(!success);
        assert!(said.contains("no relay has run there"));
    }
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn the_owner_can_say_that_the_clock_is_right_beside_a_running_relay() {
    let directory = tempfile::tempdir().unwrap();
    let relay = Binary::start(directory.path());
    let database = rusqlite::Connection::open(directory.path().join("relay.db")).unwrap();
    database
        .execute("UPDATE clock SET hour = hour - 1000, halted = 1", [])
        .unwrap();
    let halted = || -> bool {
        database
            .query_row("SELECT halted FROM clock", [], |row| row.get(0))
            .unwrap()
    };
    runtime().block_on(put_one(&relay, &Keys::of(0x94), 1));
    assert!(halted());
    let (success, said) = run(&["clock-is-right"], directory.path());
    assert!(success, "{said}");
    assert!(!halted());
    runtime().block_on(put_one(&relay, &Keys::of(0x94), 2));
    assert!(!halted());
}
