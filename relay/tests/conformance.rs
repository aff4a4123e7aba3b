//! What every backend of `MailboxStore` must do, written against the trait.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

use std::collections::BTreeSet;
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
            $(pub async fn $name<B: Backend>() $body)*
        }
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::examinations::$name::<super::Sqlite>().await;
            })*
        }
    };
}

examine! {
    async fn creating_again_renews_and_other_capabilities_conflict<B: Backend>() {
        let world = World::<B>::with_mailbox(MailboxKind::Pair).await;
        assert_eq!(world.create(MailboxKind::Pair).await, Ok(Outcome::Done));
        assert_eq!(world.create(MailboxKind::Contact).await, Err(Refusal::Conflict));
        let other = Change::CreateMailbox {
            mailbox: A,
            kind: MailboxKind::Pair,
            write_hash: WriteHash([9; 32]),
        };
        assert_eq!(world.store.change(other).await, Err(Refusal::Conflict));
    }

    async fn an_unknown_mailbox_and_a_wrong_key_look_alike<B: Backend>() {
        let world = World::<B>::with_mailbox(MailboxKind::Pair).await;
        let one = envelopes(0..1);
        let unknown = MailboxId([7; 32]);
        assert_eq!(world.put_into(unknown, W, &one).await, Err(Refusal::NotFound));
        assert_eq!(world.put_into(A, WriteHash([7; 32]), &one).await, Err(Refusal::NotFound));
        assert_eq!(world.store.read(unknown, 0, 1, 1).await, Err(Refusal::NotFound));
        let ack = Change::Ack { mailbox: unknown, up_to: 1 };
        assert_eq!(world.store.change(ack).await, Err(Refusal::NotFound));
        assert!(world.sequences().await.is_empty());
    }

    async fn envelopes_come_back_whole_in_order_behind_the_cursor<B: Backend>() {
        let world = World::<B>::with_mailbox(MailboxKind::Pair).await;
        world.put(&envelopes(0..3)).await.unwrap();
        world.clock.set_hour(START + 2);
        world.put(&[sized_envelope(3, 65536)]).await.unwrap();
        let page = world.page(1).await;
        assert_eq!(page.head, 4);
        assert_eq!(page.hour, START + 2);
        let got: Vec<_> = page.entries.iter().map(|e| (e.sequence, e.hour, e.envelope.clone())).collect();
        assert_eq!(got, vec![
            (2, START, envelope(1)),
            (3, START, envelope(2)),
            (4, START + 2, sized_envelope(3, 65536)),
        ]);
        assert!(world.page(4).await.entries.is_empty());
        assert!(world.page(u64::MAX).await.entries.is_empty());
    }

    async fn a_page_is_bounded_and_gives_at_least_one<B: Backend>() {
        let world = World::<B>::with_mailbox(MailboxKind::Pair).await;
        world.put(&envelopes(0..5)).await.unwrap();
        assert_eq!(world.store.read(A, 0, 2, 1 << 20).await.unwrap().entries.len(), 2);
        assert_eq!(world.store.read(A, 0, 256, 1).await.unwrap().entries.len(), 1);
        assert_eq!(world.store.read(A, 0, 256, 3 * 4096).await.unwrap().entries.len(), 3);
        assert_eq!(world.store.read(A, 0, 0, 1 << 20).await.unwrap().entries.len(), 0);
    }

    async fn reading_changes_nothing<B: Backend>() {
        let world = World::<B>::with_mailbox(MailboxKind::Pair).await;
        world.put(&envelopes(0..3)).await.unwrap();
        let first = world.page(0).await;
        assert_eq!(world.page(0).await, first);
    }

    async fn a_repeated_put_stores_nothing_also_after_the_ack_and_a_restart<B: Backend>() {
        let world = World::<B>::with_mailbox(MailboxKind::Pair).await;
        world.put(&[envelope(0), envelope(0), envelope(1)]).await.unwrap();
        assert_eq!(world.sequences().await, vec![1, 2]);
        world.put(&envelopes(0..3)).await.unwrap();
        assert_eq!(world.sequences().await, vec![1, 2, 3]);
        world.ack(3).await.unwrap();
        let world = world.reopen().await;
        world.put(&envelopes(0..4)).await.unwrap();
        assert_eq!(world.sequences().await, vec![4]);
    }

    async fn the_same_envelope_goes_into_two_mailboxes<B: Backend>() {
        let world = World::<B>::with_mailbox(MailboxKind::Pair).await;
        let other = MailboxId([8; 32]);
        let create = Change::CreateMailbox { mailbox: other, kind: MailboxKind::Pair, write_hash: W };
        world.store.change(create).await.unwrap();
        world.put(&envelopes(0..1)).await.unwrap();
        world.put_into(other, W, &envelopes(0..1)).await.unwrap();
        assert_eq!(world.store.read(other, 0, 9, 1 << 20).await.unwrap().entries.len(), 1);
    }

    async fn an_ack_is_cumulative_and_no_number_is_used_again<B: Backend>() {
        let world = World::<B>::with_mailbox(MailboxKind::Pair).await;
        world.put(&envelopes(0..5)).await.unwrap();
        world.ack(3).await.unwrap();
        assert_eq!(world.sequences().await, vec![4, 5]);
        world.ack(2).await.unwrap();
        assert_eq!(world.sequences().await, vec![4, 5]);
        world.ack(u64::MAX).await.unwrap();
        assert!(world.sequences().await.is_empty());
        let world = world.reopen().await;
        world.put(&envelopes(5..6)).await.unwrap();
        assert_eq!(world.sequences().await, vec![6]);
    }

    async fn a_full_mailbox_takes_all_or_none_and_an_ack_frees_it<B: Backend>() {
        let world = World::<B>::with_mailbox(MailboxKind::Contact).await;
        for start in (0..192).step_by(16) {
            world.put(&envelopes(start..start + 16)).await.unwrap();
        }
        assert_eq!(world.put(&envelopes(192..201)).await, Err(Refusal::MailboxFull));
        assert_eq!(world.page(0).await.head, 192);
        world.put(&envelopes(192..200)).await.unwrap();
        assert_eq!(world.put(&envelopes(200..201)).await, Err(Refusal::MailboxFull));
        // A repetition is done, full or not.
        assert_eq!(world.put(&envelopes(0..16)).await, Ok(Outcome::Done));
        world.ack(1).await.unwrap();
        world.put(&envelopes(200..201)).await.unwrap();
        assert_eq!(world.page(200).await.entries[0].envelope, envelope(200));
    }

    async fn a_mailbox_is_full_by_bytes<B: Backend>() {
        let world = World::<B>::with_mailbox(MailboxKind::Pair).await;
        for start in (0..256).step_by(4) {
            let four: Vec<_> = (start..start + 4).map(|n| sized_envelope(n, 65536)).collect();
            world.put(&four).await.unwrap();
        }
        assert_eq!(world.put(&envelopes(999..1000)).await, Err(Refusal::MailboxFull));
        world.ack(1).await.unwrap();
        assert_eq!(world.put(&envelopes(999..1000)).await, Ok(Outcome::Done));
    }

    async fn a_deleted_mailbox_is_gone_and_deleting_is_repeatable<B: Backend>() {
        let world = World::<B>::with_mailbox(MailboxKind::Pair).await;
        world.put(&envelopes(0..2)).await.unwrap();
        for _ in 0..2 {
            let delete = Change::DeleteMailbox { mailbox: A };
            assert_eq!(world.store.change(delete).await, Ok(Outcome::Done));
            assert_eq!(world.store.read(A, 0, 1, 1).await, Err(Refusal::NotFound));
        }
        world.create(MailboxKind::Pair).await.unwrap();
        assert!(world.sequences().await.is_empty());
    }

    async fn each_one_time_entry_is_given_once_and_then_the_last_resort<B: Backend>() {
        let world = World::<B>::new();
        world.create_pile(entry(LAST)).await.unwrap();
        world.fill(false, &entries(0..8)).await.unwrap();
        let mut given = BTreeSet::new();
        for nonce in 0..8 {
            let (kind, got) = world.claim(nonce).await.unwrap();
            assert_eq!(kind, EntryKind::OneTime);
            assert!(given.insert(got.as_bytes()[0]));
        }
        for nonce in 8..10 {
            assert_eq!(world.claim(nonce).await, Ok((EntryKind::LastResort, entry(LAST))));
        }
        assert_eq!(world.store.count_pile(P, O).await, Ok(0));
    }

    async fn entries_are_given_in_no_fixed_order<B: Backend>() {
        let mut firsts = BTreeSet::new();
        for _ in 0..12 {
            let world = World::<B>::new();
            world.create_pile(entry(LAST)).await.unwrap();
            world.fill(false, &entries(0..16)).await.unwrap();
            firsts.insert(world.claim(0).await.unwrap().1.as_bytes()[0]);
        }
        assert!(firsts.len() > 2);
    }

    async fn the_same_nonce_gets_the_same_entry_for_a_day<B: Backend>() {
        let world = World::<B>::new();
        world.create_pile(entry(LAST)).await.unwrap();
        let last = world.claim(1).await.unwrap();
        world.fill(false, &entries(0..4)).await.unwrap();
        let first = world.claim(2).await.unwrap();
        world.create_pile(entry(LAST - 1)).await.unwrap();
        assert_eq!(world.claim(1).await, Ok(last.clone()));
        assert_eq!(world.claim(2).await, Ok(first.clone()));
        world.pass_hours(24).await;
        let world = world.reopen().await;
        assert_eq!(world.claim(1).await, Ok(last));
        assert_eq!(world.claim(2).await, Ok(first.clone()));
        world.pass_hours(1).await;
        let again = world.claim(2).await.unwrap();
        assert_eq!(again.0, EntryKind::OneTime);
        assert_ne!(again.1, first.1);
    }

    async fn a_repeated_fill_gives_nothing_twice<B: Backend>() {
        let world = World::<B>::new();
        world.create_pile(entry(LAST)).await.unwrap();
        world.fill(false, &entries(0..4)).await.unwrap();
        world.claim(1).await.unwrap();
        world.fill(false, &entries(0..4)).await.unwrap();
        assert_eq!(world.store.count_pile(P, O).await, Ok(3));
        world.pass_hours(48).await;
        world.fill(true, &entries(0..4)).await.unwrap();
        assert_eq!(world.store.count_pile(P, O).await, Ok(3));
    }

    async fn replacing_drops_what_was_not_claimed<B: Backend>() {
        let world = World::<B>::new();
        world.create_pile(entry(LAST)).await.unwrap();
        world.fill(false, &entries(0..4)).await.unwrap();
        let given = world.claim(1).await.unwrap();
        world.fill(true, &entries(10..12)).await.unwrap();
        assert_eq!(world.store.count_pile(P, O).await, Ok(2));
        assert_eq!(world.claim(1).await.unwrap(), given);
        for nonce in 2..4 {
            assert!(world.claim(nonce).await.unwrap().1.as_bytes()[0] >= 10);
        }
    }

    async fn a_pile_holds_sixty_four<B: Backend>() {
        let world = World::<B>::new();
        world.create_pile(entry(LAST)).await.unwrap();
        for start in (0..64).step_by(16) {
            world.fill(false, &entries(start..start + 16)).await.unwrap();
        }
        assert_eq!(world.fill(false, &entries(63..66)).await, Err(Refusal::PileFull));
        assert_eq!(world.store.count_pile(P, O).await, Ok(64));
        assert_eq!(world.fill(true, &entries(100..116)).await, Ok(Outcome::Done));
        assert_eq!(world.store.count_pile(P, O).await, Ok(16));
    }

    async fn a_pile_is_its_owners<B: Backend>() {
        let world = World::<B>::new();
        world.create_pile(entry(LAST)).await.unwrap();
        let other = OwnerHash([1; 32]);
        let fill = Change::FillPile {
            pile: P, owner_hash: other, replace: true, last_resort: None, entries: entries(0..1),
        };
        assert_eq!(world.store.change(fill).await, Err(Refusal::NotFound));
        assert_eq!(world.store.count_pile(P, other).await, Err(Refusal::NotFound));
        let delete = Change::DeletePile { pile: P, owner_hash: other };
        assert_eq!(world.store.change(delete).await, Err(Refusal::NotFound));
        let create = Change::CreatePile { pile: P, owner_hash: other, last_resort: entry(1) };
        assert_eq!(world.store.change(create).await, Err(Refusal::Conflict));
        for _ in 0..2 {
            let delete = Change::DeletePile { pile: P, owner_hash: O };
            assert_eq!(world.store.change(delete).await, Ok(Outcome::Done));
            assert_eq!(world.claim(1).await, Err(Refusal::NotFound));
        }
    }

    async fn one_nonce_claimed_by_many_at_once_gets_one_entry<B: Backend>() {
        let world = Arc::new(World::<B>::new());
        world.create_pile(entry(LAST)).await.unwrap();
        world.fill(false, &entries(0..16)).await.unwrap();
        let claims: Vec<_> = (0..32_u8).map(|n| {
            let world = Arc::clone(&world);
            tokio::spawn(async move { (n % 8, world.claim(n % 8).await.unwrap()) })
        }).collect();
        let mut by_nonce = std::collections::BTreeMap::new();
        for claim in claims {
            let (nonce, (kind, got)) = claim.await.unwrap();
            assert_eq!(kind, EntryKind::OneTime);
            let first = by_nonce.entry(nonce).or_insert_with(|| got.clone());
            assert_eq!(*first, got);
        }
        let distinct: BTreeSet<_> = by_nonce.values().map(|e| e.as_bytes()[0]).collect();
        assert_eq!(distinct.len(), 8);
        assert_eq!(world.store.count_pile(P, O).await, Ok(8));
    }

    async fn many_writers_at_once_lose_nothing_and_share_no_number<B: Backend>() {
        let world = Arc::new(World::<B>::with_mailbox(MailboxKind::Pair).await);
        let puts: Vec<_> = (0..200_u32).map(|n| {
            let world = Arc::clone(&world);
            tokio::spawn(async move {
                // Every third goes nowhere, in the same transactions.
                if n % 3 == 0 {
                    let nowhere = world.put_into(A, WriteHash([0; 32]), &[envelope(n)]).await;
                    assert_eq!(nowhere, Err(Refusal::NotFound));
                }
                world.put(&[envelope(n)]).await.unwrap();
            })
        }).collect();
        for put in puts {
            put.await.unwrap();
        }
        let page = world.page(0).await;
        let sequences: Vec<u64> = page.entries.iter().map(|e| e.sequence).collect();
        assert_eq!(sequences, (1..=200).collect::<Vec<_>>());
        let distinct: BTreeSet<_> = page.entries.iter().map(|e| e.envelope.clone()).collect();
        assert_eq!(distinct.len(), 200);
    }

    async fn an_unread_envelope_goes_after_thirty_days_and_frees_its_place<B: Backend>() {
        let world = World::<B>::with_mailbox(MailboxKind::Contact).await;
        for start in (0..200).step_by(10) {
            world.put(&envelopes(start..start + 10)).await.unwrap();
        }
        world.pass_hours(30 * 24).await;
        assert_eq!(world.sequences().await.len(), 200);
        world.pass_hours(1).await;
        assert!(world.sequences().await.is_empty());
        assert_eq!(world.page(0).await.head, 200);
        world.put(&envelopes(200..210)).await.unwrap();
        assert_eq!(world.sequences().await[0], 201);
    }

    async fn a_hash_outlives_its_envelope_by_two_days<B: Backend>() {
        let world = World::<B>::with_mailbox(MailboxKind::Pair).await;
        world.put(&envelopes(0..1)).await.unwrap();
        world.pass_hours(32 * 24).await;
        world.put(&envelopes(0..1)).await.unwrap();
        assert!(world.sequences().await.is_empty());
        world.pass_hours(1).await;
        world.put(&envelopes(0..1)).await.unwrap();
        assert_eq!(world.sequences().await, vec![2]);
    }

    async fn mailboxes_and_piles_go_after_fourteen_weeks_unless_renewed<B: Backend>() {
        let world = World::<B>::with_mailbox(MailboxKind::Pair).await;
        world.create_pile(entry(LAST)).await.unwrap();
        world.pass_hours(14 * 168).await;
        assert!(world.store.read(A, 0, 1, 1).await.is_ok());
        world.create(MailboxKind::Pair).await.unwrap();
        world.pass_hours(168).await;
        assert_eq!(world.claim(1).await, Err(Refusal::NotFound));
        assert!(world.store.read(A, 0, 1, 1).await.is_ok());
        world.pass_hours(14 * 168).await;
        assert_eq!(world.store.read(A, 0, 1, 1).await, Err(Refusal::NotFound));
    }

    async fn a_clock_that_leaps_expires_nothing_until_it_comes_back<B: Backend>() {
        let world = World::<B>::with_mailbox(MailboxKind::Pair).await;
        world.create_pile(entry(LAST)).await.unwrap();
        world.put(&envelopes(0..1)).await.unwrap();
        world.clock.set_hour(START + 50_000);
        assert!(world.expire_all().await.halted);
        world.put(&envelopes(1..2)).await.unwrap();
        let world = world.reopen().await;
        assert!(world.expire_all().await.halted);
        assert_eq!(world.sequences().await, vec![1, 2]);
        world.clock.set_hour(START + 3);
        assert!(!world.expire_all().await.halted);
        let hours: Vec<u32> = world.page(0).await.entries.iter().map(|e| e.hour).collect();
        assert_eq!(hours, vec![START, START + 3]);
        world.pass_hours(30 * 24 - 2).await;
        assert_eq!(world.sequences().await, vec![2]);
    }

    async fn a_clock_that_leaps_and_is_right_expires_once_told<B: Backend>() {
        let world = World::<B>::with_mailbox(MailboxKind::Pair).await;
        world.put(&envelopes(0..1)).await.unwrap();
        world.clock.set_hour(START + 31 * 24);
        assert!(world.expire_all().await.halted);
        world.put(&envelopes(1..2)).await.unwrap();
        assert_eq!(world.sequences().await, vec![1, 2]);
        B::confirm_clock(world.directory.path(), &world.clock);
        assert!(!world.expire_all().await.halted);
        assert_eq!(world.sequences().await, vec![2]);
    }

    async fn a_clock_that_goes_backward_expires_nothing_and_revives_nothing<B: Backend>() {
        let world = World::<B>::with_mailbox(MailboxKind::Pair).await;
        world.put(&envelopes(0..1)).await.unwrap();
        world.pass_hours(10).await;
        world.clock.set_hour(5);
        assert!(!world.expire_all().await.halted);
        assert_eq!(world.store.hour().await, Ok(START + 10));
        world.put(&envelopes(1..2)).await.unwrap();
        let hours: Vec<u32> = world.page(0).await.entries.iter().map(|e| e.hour).collect();
        assert_eq!(hours, vec![START, START + 10]);
        world.clock.set_hour(START + 11);
        world.pass_hours(30 * 24 - 1).await;
        assert_eq!(world.sequences().await, vec![2]);
    }

    async fn over_the_budget_only_what_frees_space_is_done<B: Backend>() {
        let world = World::<B>::with_budget(Budget { bytes: 1 << 20, hard_pages: None });
        a_full_relay_works_again_once_there_is_room(&world).await;
    }

    async fn on_a_full_disk_nothing_is_half_done_and_it_works_again_after<B: Backend>() {
        let world = World::<B>::with_budget(Budget { bytes: 1 << 30, hard_pages: Some(256) });
        a_full_relay_works_again_once_there_is_room(&world).await;
    }
}

async fn a_full_relay_works_again_once_there_is_room<B: Backend>(world: &World<B>) {
    world.create(MailboxKind::Pair).await.unwrap();
    world.create_pile(entry(LAST)).await.unwrap();
    let mut stored = 0;
    let refusal = loop {
        match world.put(&envelopes(stored..stored + 16)).await {
            Ok(_) => stored += 16,
            Err(refusal) => break refusal,
        }
    };
    assert!(matches!(refusal, Refusal::RelayFull { retry_after: 1.. }));
    assert!(stored > 50);
    assert_eq!(world.page(0).await.head, u64::from(stored));
    for _ in 0..3 {
        let more = world.put(&envelopes(stored..stored + 16)).await;
        assert!(matches!(more, Err(Refusal::RelayFull { .. })));
        let fill = world.fill(false, &entries(0..16)).await;
        assert!(matches!(fill, Err(Refusal::RelayFull { .. })));
    }
    assert_eq!(world.store.count_pile(P, O).await, Ok(0));
    assert_eq!(world.page(0).await.head, u64::from(stored));
    world.ack(u64::from(stored)).await.unwrap();
    world.put(&envelopes(stored..stored + 16)).await.unwrap();
    assert_eq!(world.sequences().await.len(), 16);
}
