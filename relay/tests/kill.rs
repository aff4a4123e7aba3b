//! SIGKILL at any moment: what was answered is there, once, in order, under its number.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use support::{Binary, Client, Keys, envelope};
use tacita_wire::{
    ClaimKey, ClaimNonce, Encode, EntryKind, MailboxKind, OwnerKey, Request, Response, SealedEntry,
    Ticket,
};

const ROUNDS: u32 = 20;
const WRITERS: u8 = 4;
const ENTRIES: u8 = 64;

/// One mailbox, its sender and its owner, over all rounds.
struct Pair {
    keys: Keys,
    /// The number of the next envelope; those below were answered `Done`.
    next: u32,
    /// What the owner has seen: sequence number to envelope number.
    seen: BTreeMap<u64, u32>,
    cursor: u64,
}

impl Pair {
    /// Sends and reads until the relay is gone.
    async fn talk(mut self, client: Client) -> Self {
        while self.step(&client).await.is_ok() {}
        self
    }

    async fn step(&mut self, client: &Client) -> Result<(), reqwest::Error> {
        // The same bytes again until they are answered, as a client's outbox does.
        let count = 1 + self.next % 3;
        let batch = (self.next..self.next + count).map(envelope).collect();
        let answer = client.try_send(&self.keys.put(batch)).await?;
        assert_eq!(answer, Response::Done);
        self.next += count;
        if self.next.is_multiple_of(2) {
            self.read(client).await?;
            let answer = client.try_send(&self.keys.ack(self.cursor)).await?;
            assert_eq!(answer, Response::Done);
        }
        Ok(())
    }

    /// Reads all that is behind the cursor.
    async fn read(&mut self, client: &Client) -> Result<(), reqwest::Error> {
        loop {
            let answer = client.try_send(&self.keys.read(self.cursor)).await?;
            let Response::Entries { entries, head, .. } = answer else {
                panic!("{answer:?}");
            };
            assert!(head >= self.cursor, "the numbers went back");
            if entries.is_empty() {
                return Ok(());
            }
            for entry in entries {
                assert!(entry.sequence > self.cursor);
                self.cursor = entry.sequence;
                let number = u32::from_be_bytes(entry.envelope[..4].try_into().unwrap());
                assert_eq!(entry.envelope, envelope(number));
                assert_eq!(self.seen.insert(entry.sequence, number), None);
            }
        }
    }

    fn check(&self) {
        let in_order: Vec<u32> = self.seen.values().copied().collect();
        let distinct: BTreeSet<u32> = in_order.iter().copied().collect();
        assert_eq!(in_order.len(), distinct.len(), "an envelope came twice");
        let lost = (0..self.next).filter(|n| !distinct.contains(n)).count();
        assert_eq!(lost, 0, "acknowledged envelopes were lost");
        assert!(in_order.is_sorted(), "envelopes came out of order");
    }
}

/// A pile, and what each nonce was given.
struct Guests {
    claim: ClaimKey,
    given: BTreeMap<u8, u8>,
    next: u8,
}

impl Guests {
    async fn come(mut self, client: Client) -> Self {
        while self.next < ENTRIES {
            // An old nonce and a new one.
            let old = self.next / 2;
            for nonce in [old, self.next] {
                let request = Request::Claim {
                    ticket: Ticket::Open,
                    claim: self.claim.clone(),
                    nonce: ClaimNonce([nonce; 16]),
                };
                let Ok(answer) = client.try_send(&request).await else {
                    return self;
                };
                let Response::Claimed {
                    kind: EntryKind::OneTime,
                    entry,
                } = answer
                else {
                    panic!("{answer:?}");
                };
                // Entry n is all bytes n.
                let first = *self.given.entry(nonce).or_insert(entry.as_bytes()[0]);
                assert_eq!(first, entry.as_bytes()[0], "a nonce got two entries");
            }
            self.next += 1;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self
    }

    fn check(&self) {
        let distinct: BTreeSet<&u8> = self.given.values().collect();
        assert_eq!(distinct.len(), self.given.len(), "an entry was given twice");
    }
}

async fn prepare(relay: &Binary) -> (Vec<Pair>, Guests) {
    let client = Client::new(relay.address);
    let mut pairs = Vec::new();
    for byte in 0..WRITERS {
        let keys = Keys::of(byte);
        let create = keys.create(relay.link.ticket(), MailboxKind::Pair);
        assert_eq!(client.send(&create).await, Response::Done);
        pairs.push(Pair {
            keys,
            next: 0,
            seen: BTreeMap::new(),
            cursor: 0,
        });
    }
    let claim = ClaimKey::from_bytes([0x77; 32]);
    let owner = OwnerKey::from_bytes([0x78; 32]);
    let create = Request::CreatePile {
        ticket: relay.link.ticket(),
        pile: claim.derive_pile_id(),
        owner_hash: owner.derive_hash(),
        last_resort: SealedEntry::new(&[0xff; 8192]).unwrap(),
    };
    assert_eq!(client.send(&create).await, Response::Done);
    for start in (0..ENTRIES).step_by(16) {
        let fill = Request::FillPile {
            pile: claim.derive_pile_id(),
            owner: owner.clone(),
            replace: false,
            last_resort: None,
            entries: (start..start + 16)
                .map(|n| SealedEntry::new(&[n; 8192]).unwrap())
                .collect(),
        };
        assert_eq!(client.send(&fill).await, Response::Done);
    }
    (
        pairs,
        Guests {
            claim,
            given: BTreeMap::new(),
            next: 0,
        },
    )
}

/// Opens a copy as it lies there after the kill, so that the relay itself recovers the original.
fn check_integrity(data: &Path) {
    let copy = tempfile::tempdir().unwrap();
    for name in ["relay.db", "relay.db-wal"] {
        std::fs::copy(data.join(name), copy.path().join(name)).unwrap();
    }
    let database = rusqlite::Connection::open(copy.path().join("relay.db")).unwrap();
    let verdict: String = database
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(verdict, "ok");
    let wrong: u32 = database
        .query_row(
            "SELECT count(*) FROM mailbox WHERE envelopes <>
                 (SELECT count(*) FROM envelope WHERE mailbox = mailbox.id)
                 OR bytes <> (SELECT coalesce(sum(length(sealed)), 0) FROM envelope
                              WHERE mailbox = mailbox.id)",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(wrong, 0, "counts that do not hold");
}

fn random_millis(from: u64, to: u64) -> Duration {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).unwrap();
    Duration::from_millis(from + u64::from_be_bytes(bytes) % (to - from))
}

// Built so that it answers before the commit, it must be caught, by whichever check comes first.
#[cfg_attr(feature = "sabotage-ack-before-commit", should_panic)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_answered_is_lost_or_doubled_when_the_relay_is_killed() {
    let directory = tempfile::tempdir().unwrap();
    let mut relay = Binary::start(directory.path());
    let root = relay.link.root;
    let (mut pairs, mut guests) = prepare(&relay).await;
    for _ in 0..ROUNDS {
        let talks: Vec<_> = pairs
            .drain(..)
            .map(|pair| tokio::spawn(pair.talk(Client::new(relay.address))))
            .collect();
        let come = tokio::spawn(guests.come(Client::new(relay.address)));
        tokio::time::sleep(random_millis(10, 250)).await;
        relay.kill();
        for talk in talks {
            pairs.push(talk.await.unwrap());
        }
        guests = come.await.unwrap();
        check_integrity(directory.path());
        relay = Binary::start(directory.path());
        assert_eq!(relay.link.root, root);
    }
    let client = Client::new(relay.address);
    let mut total = 0;
    for pair in &mut pairs {
        pair.read(&client).await.unwrap();
        pair.check();
        total += pair.next;
    }
    guests.check();
    assert!(
        total > ROUNDS * u32::from(WRITERS),
        "too little traffic to prove anything"
    );
    assert!(!guests.given.is_empty());
    assert!(relay.link.to_bytes().len() > 50);
    assert!(relay.terminate().success());
}
