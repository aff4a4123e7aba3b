//! A relay without room, and one that comes back with another key: messages wait, and come.
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

use people::{Person, contacts, open, settled, texts, until};
use tacita_core::client::ClientError;
use tacita_core::client::view::{
    Delivery, InvitationKind, InvitationState, QueueReason, RelayState,
};
use tacita_harness::raw::RawRelay;
use tacita_harness::relay::Relay;
use tacita_wire::{MailboxKind, ReadKey, Refusal, RelayLink, Request, Response, Ticket, WriteKey};

/// Room for some thirty of the largest envelopes.
const BUDGET: &str = "2000000";

/// A mailbox of nobody's, with which a test fills a relay.
struct Ballast {
    read: ReadKey,
    write: WriteKey,
}

fn fill(raw: &RawRelay, link: &RelayLink) -> Ballast {
    let ballast = Ballast {
        read: ReadKey::from_bytes([3; 32]),
        write: WriteKey::from_bytes([4; 32]),
    };
    let made = raw.ask(&Request::CreateMailbox {
        ticket: link.ticket(),
        kind: MailboxKind::Pair,
        mailbox: ballast.read.derive_mailbox_id(),
        write_hash: ballast.write.derive_hash(),
    });
    assert_eq!(made.unwrap(), Response::Done);
    for size in [65536, 8192, 4096] {
        loop {
            let envelope = (0..size).map(|_| fastrand::u8(..)).collect();
            let answer = raw.ask(&Request::Put {
                ticket: Ticket::Open,
                mailbox: ballast.read.derive_mailbox_id(),
                write: ballast.write.clone(),
                envelopes: vec![envelope],
            });
            match answer.unwrap() {
                Response::Done => {}
                Response::Refused(Refusal::RelayFull { retry_after }) => {
                    assert!(retry_after > 0);
                    break;
                }
                other => panic!("{other:?}"),
            }
        }
    }
    ballast
}

async fn reopened(person: Person) -> Person {
    person.client.close().await.unwrap();
    Person {
        client: open(person.directory.path()).unwrap(),
        directory: person.directory,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_relay_publishes_no_invitation_and_loses_no_message() {
    let directory = tempfile::tempdir().unwrap();
    let arguments = ["--disk-budget", BUDGET];
    let relay = Relay::with_arguments(&programs::relay(), directory.path(), &arguments).unwrap();
    relay.start().unwrap();
    let text = relay.link().unwrap();
    let (a, b) = contacts(&text).await;
    let link = RelayLink::parse(&text).unwrap();
    let (raw, ballast) = tokio::task::spawn_blocking(move || {
        let raw = RawRelay::new(&link).unwrap();
        let ballast = fill(&raw, &link);
        (raw, ballast)
    })
    .await
    .unwrap();
    // An account takes no room at a relay; what it is reached by does.
    let newcomer = Person::with_account(&text, "Cleo").await;
    let made = newcomer.client.create_invitation(InvitationKind::Personal);
    assert_eq!(made.await.unwrap().state, InvitationState::Publishing);
    // What was acknowledged meanwhile makes room for a few.
    let sent = texts("a", 30);
    for text in &sent {
        a.send(&b, text).await;
    }
    until("the reason to show", async || {
        let states = a.deliveries(&b).await;
        let full = Delivery::Queued {
            reason: QueueReason::Full,
        };
        states.contains(&full)
    })
    .await;
    tokio::task::spawn_blocking(move || {
        let read = ballast.read;
        let gone = raw.ask(&Request::DeleteMailbox { read });
        assert_eq!(gone.unwrap(), Response::Done);
        // Its runtime must not end inside another.
        drop(raw);
    })
    .await
    .unwrap();
    // The relay asked for ten minutes' patience; a client that is opened anew tries at once. Both: a
    // receipt may have been refused as well.
    let (a, b) = (reopened(a).await, reopened(b).await);
    settled(&a, &b, &sent).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_comes_back_with_another_key_gets_nothing_until_the_right_one_is_back() {
    let directory = tempfile::tempdir().unwrap();
    let relay = Relay::new(&programs::relay(), directory.path()).unwrap();
    relay.start().unwrap();
    let (a, b) = contacts(&relay.link().unwrap()).await;
    assert!(relay.stop());
    let aside = directory.path().join("aside");
    std::fs::rename(relay.data(), &aside).unwrap();
    relay.start().unwrap();
    let sent = texts("a", 3);
    for text in &sent {
        a.send(&b, text).await;
    }
    until("the alarm to show", async || {
        let relays = a.client.relays().await.unwrap();
        relays
            .iter()
            .any(|relay| relay.state == RelayState::WrongKey)
    })
    .await;
    let states = a.deliveries(&b).await;
    assert!(
        states
            .iter()
            .all(|state| matches!(state, Delivery::Queued { .. } | Delivery::Waiting { .. })),
        "{states:?}"
    );
    assert!(relay.stop());
    let database = rusqlite::Connection::open(relay.data().join("relay.db")).unwrap();
    let count = |table: &str| -> i64 {
        let query = format!("SELECT count(*) FROM {table}");
        database.query_row(&query, [], |row| row.get(0)).unwrap()
    };
    assert_eq!(count("mailbox") + count("envelope") + count("pile"), 0);
    std::fs::remove_dir_all(relay.data()).unwrap();
    std::fs::rename(&aside, relay.data()).unwrap();
    relay.start().unwrap();
    settled(&a, &b, &sent).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_without_a_network_is_edited_and_dropped_and_leaves_as_it_stands() {
    let directory = tempfile::tempdir().unwrap();
    let relay = Relay::new(&programs::relay(), directory.path()).unwrap();
    relay.start().unwrap();
    let (a, b) = contacts(&relay.link().unwrap()).await;
    assert!(relay.stop());
    a.client.network_is_lost().await.unwrap();
    let (first, second) = (a.send(&b, "draft").await, a.send(&b, "never sent").await);
    let waits = Delivery::Waiting {
        reason: QueueReason::Offline,
    };
    assert_eq!([first.delivery, second.delivery], [waits, waits]);
    let id = b.id().await;
    let edited = a
        .client
        .edit_queued(id, first.place, "as meant".to_owned())
        .await
        .unwrap();
    a.client.drop_queued(id, second.place).await.unwrap();
    assert_eq!(a.client.queued(id).await.unwrap(), [edited]);
    let outbox = a.client.outbox().await.unwrap();
    assert_eq!((outbox.count, outbox.conversations[0].waiting), (1, 1));
    relay.start().unwrap();
    a.client.retry_now(id).await.unwrap();
    settled(&a, &b, &["as meant".to_owned()]).await;
    let late = a.client.drop_queued(id, first.place).await;
    assert_eq!(late, Err(ClientError::TooLate));
}
