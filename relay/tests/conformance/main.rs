//! What every backend of `MailboxStore` must do, written against the trait.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tacita_relay::clock::Clock;
use tacita_relay::store::sqlite::{Budget, SqliteStore};
use tacita_relay::store::{Change, Expired, MailboxStore, Outcome, Page};
use tacita_wire::{
    EntryKind, MailboxId, MailboxKind, OwnerHash, PileId, Refusal, SealedEntry, WriteHash,
};

/// A clock that stands until it is set.
struct TestClock(AtomicU64);

impl TestClock {
    fn set_hour(&self, hour: u32) {
        self.0
            .store(u64::from(hour) * 3600 + 1234, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now_seconds(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

const START: u32 = 168 * 3000;
const A: MailboxId = MailboxId([0xa1; 32]);
const W: WriteHash = WriteHash([0xb1; 32]);
const P: PileId = PileId([0xc1; 32]);
const O: OwnerHash = OwnerHash([0xd1; 32]);
const BIG: Budget = Budget {
    bytes: 1 << 30,
    hard_pages: None,
};

/// A backend to be examined.
trait Backend: 'static {
    type Store: MailboxStore;
    fn open(directory: &Path, budget: Budget, clock: Arc<TestClock>) -> Self::Store;
    fn confirm_clock(directory: &Path, clock: &TestClock);
}

struct Sqlite;

impl Backend for Sqlite {
    type Store = SqliteStore;

    fn open(directory: &Path, budget: Budget, clock: Arc<TestClock>) -> SqliteStore {
        SqliteStore::open(&directory.join("relay.db"), budget, clock).unwrap()
    }

    fn confirm_clock(directory: &Path, clock: &TestClock) {
        SqliteStore::confirm_clock(&directory.join("relay.db"), clock).unwrap();
    }
}

struct World<B: Backend> {
    directory: tempfile::TempDir,
    clock: Arc<TestClock>,
    store: B::Store,
}

impl<B: Backend> World<B> {
    fn new() -> Self {
        Self::with_budget(BIG)
    }

    fn with_budget(budget: Budget) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let clock = Arc::new(TestClock(AtomicU64::new(0)));
        clock.set_hour(START);
        let store = B::open(directory.path(), budget, Arc::clone(&clock));
        Self {
            directory,
            clock,
            store,
        }
    }

    async fn with_mailbox(kind: MailboxKind) -> Self {
        let world = Self::new();
        world.create(kind).await.unwrap();
        world
    }

    async fn reopen(self) -> Self {
        self.store.close().await;
        let Self {
            directory,
            clock,
            store,
        } = self;
        drop(store);
        let store = B::open(directory.path(), BIG, Arc::clone(&clock));
        Self {
            directory,
            clock,
            store,
        }
    }

    async fn create(&self, kind: MailboxKind) -> Result<Outcome, Refusal> {
        self.store
            .change(Change::CreateMailbox {
                mailbox: A,
                kind,
                write_hash: W,
            })
            .await
    }

    async fn put(&self, envelopes: &[Vec<u8>]) -> Result<Outcome, Refusal> {
        self.put_into(A, W, envelopes).await
    }

    async fn put_into(
        &self,
        mailbox: MailboxId,
        write_hash: WriteHash,
        envelopes: &[Vec<u8>],
    ) -> Result<Outcome, Refusal> {
        self.store
            .change(Change::Put {
                mailbox,
                write_hash,
                envelopes: envelopes.to_vec(),
            })
            .await
    }

    async fn ack(&self, up_to: u64) -> Result<Outcome, Refusal> {
        self.store.change(Change::Ack { mailbox: A, up_to }).await
    }

    async fn page(&self, after: u64) -> Page {
        self.store.read(A, after, 256, 1 << 20).await.unwrap()
    }

    async fn sequences(&self) -> Vec<u64> {
        let page = self.page(0).await;
        page.entries.iter().map(|entry| entry.sequence).collect()
    }

    async fn create_pile(&self, last_resort: SealedEntry) -> Result<Outcome, Refusal> {
        self.store
            .change(Change::CreatePile {
                pile: P,
                owner_hash: O,
                last_resort,
            })
            .await
    }

    async fn fill(&self, replace: bool, entries: &[SealedEntry]) -> Result<Outcome, Refusal> {
        self.store
            .change(Change::FillPile {
                pile: P,
                owner_hash: O,
                replace,
                last_resort: None,
                entries: entries.to_vec(),
            })
            .await
    }

    async fn claim(&self, nonce: u8) -> Result<(EntryKind, SealedEntry), Refusal> {
        let change = Change::Claim {
            pile: P,
            nonce_hash: [nonce; 32],
        };
        match self.store.change(change).await? {
            Outcome::Claimed { kind, entry } => Ok((kind, entry)),
            Outcome::Done => panic!("a claim gave nothing"),
        }
    }

    /// Lets hours pass as they do, an hour at a look.
    async fn pass_hours(&self, hours: u32) {
        let now = u32::try_from(self.clock.now_seconds() / 3600).unwrap();
        for hour in now..=now + hours {
            self.clock.set_hour(hour);
            if hour % 20 == 0 || hour == now + hours {
                self.expire_all().await;
            }
        }
    }

    async fn expire_all(&self) -> Expired {
        loop {
            let round = self.store.expire().await.unwrap();
            if !round.more {
                return round;
            }
        }
    }
}

/// The `number`th envelope of 4 KiB.
fn envelope(number: u32) -> Vec<u8> {
    sized_envelope(number, 4096)
}

fn sized_envelope(number: u32, length: usize) -> Vec<u8> {
    let mut bytes = vec![0x5a; length];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    bytes
}

fn envelopes(numbers: std::ops::Range<u32>) -> Vec<Vec<u8>> {
    numbers.map(envelope).collect()
}

fn entry(number: u8) -> SealedEntry {
    SealedEntry::new(&[number; 8192]).unwrap()
}

fn entries(numbers: std::ops::Range<u8>) -> Vec<SealedEntry> {
    numbers.map(entry).collect()
}

const LAST: u8 = 0xff;

/// Runs each named examination against each backend.
macro_rules! examine {
    ($($(#[$meta:meta])* async fn $name:ident<B: Backend>() $body:block)*) => {
        mod examinations {
            use super::*;
            $(pub(super) async fn $name<B: Backend>() $body)*
        }
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::examinations::$name::<crate::Sqlite>().await;
            })*
        }
    };
}

// Behind the macro, which they use.
mod expiry;
mod full;
mod mailboxes;
mod piles;
