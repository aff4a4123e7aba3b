//! What a relay keeps, as a trait with one meaning and several backends. PROTOCOL.md §5.1.
//!
//! A store is never given a capability or a claim nonce, only their hashes. Every backend passes
//! `tests/conformance`.

use std::future::Future;

use tacita_wire::{
    EntryKind, MailboxId, MailboxKind, OwnerHash, PileId, Refusal, SealedEntry, StoredEnvelope,
    WriteHash,
};

pub mod sqlite;

/// Seconds after which a client tries again when the relay is full.
pub const RETRY_FULL_SECONDS: u32 = 600;
/// Seconds after which a client tries again when storing failed.
pub const RETRY_FAILED_SECONDS: u32 = 30;

/// Something that changes what is stored. Each is done wholly or not at all, and may be repeated.
#[derive(Clone, Debug)]
pub enum Change {
    /// Makes or renews a mailbox.
    CreateMailbox {
        /// Its id.
        mailbox: MailboxId,
        /// What it is for.
        kind: MailboxKind,
        /// The hash of its write key.
        write_hash: WriteHash,
    },
    /// Deletes a mailbox and all it holds.
    DeleteMailbox {
        /// Its id, derived from the read key that was shown.
        mailbox: MailboxId,
    },
    /// Appends envelopes; one that the mailbox has had is passed over.
    Put {
        /// The mailbox.
        mailbox: MailboxId,
        /// The hash of the write key that was shown.
        write_hash: WriteHash,
        /// The envelopes, in order.
        envelopes: Vec<Vec<u8>>,
    },
    /// Deletes the envelopes up to a sequence number; [`Refusal::NotFound`] if the mailbox has not given it out.
    Ack {
        /// The mailbox, derived from the read key that was shown.
        mailbox: MailboxId,
        /// The last one that its owner has.
        up_to: u64,
    },
    /// Makes or renews a pile and sets its last resort.
    CreatePile {
        /// Its id.
        pile: PileId,
        /// The hash of its owner key.
        owner_hash: OwnerHash,
        /// What is given when nothing else is left.
        last_resort: SealedEntry,
    },
    /// Adds one-time entries; one that the pile has had is passed over.
    FillPile {
        /// The pile.
        pile: PileId,
        /// The hash of the owner key that was shown.
        owner_hash: OwnerHash,
        /// Whether the unclaimed one-time entries are dropped first.
        replace: bool,
        /// A new last resort.
        last_resort: Option<SealedEntry>,
        /// The entries.
        entries: Vec<SealedEntry>,
    },
    /// Deletes a pile and all it holds.
    DeletePile {
        /// The pile.
        pile: PileId,
        /// The hash of the owner key that was shown.
        owner_hash: OwnerHash,
    },
    /// Takes one entry.
    Claim {
        /// The pile, derived from the claim key that was shown.
        pile: PileId,
        /// The hash of the nonce.
        nonce_hash: [u8; 32],
    },
}

/// What a change gave. It is on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done.
    Done,
    /// An entry was taken.
    Claimed {
        /// Which it is.
        kind: EntryKind,
        /// The entry.
        entry: SealedEntry,
    },
}

/// What a read gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// In growing sequence.
    pub entries: Vec<StoredEnvelope>,
    /// The last sequence number the mailbox has given out.
    pub head: u64,
    /// The relay's hour.
    pub hour: u32,
}

/// What one round of expiry did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Expired {
    /// Rows that went.
    pub rows: u64,
    /// Whether there is more to do.
    pub more: bool,
    /// Whether a leap of the clock has stopped expiry.
    pub halted: bool,
}

/// A backend. Refusals are [`Refusal::NotFound`] for an unknown object and for a wrong capability
/// alike, quotas, [`Refusal::RelayFull`] for a used-up budget or disk, and [`Refusal::Failed`] for
/// any other fault, after which the store works on as soon as the fault is gone.
pub trait MailboxStore: Send + Sync + 'static {
    /// Makes a change and answers once it is on disk.
    fn change(&self, change: Change) -> impl Future<Output = Result<Outcome, Refusal>> + Send;

    /// Reads behind a cursor, at most `envelopes` and about `bytes`, at least one. Changes nothing.
    fn read(
        &self,
        mailbox: MailboxId,
        after: u64,
        envelopes: u16,
        bytes: usize,
    ) -> impl Future<Output = Result<Page, Refusal>> + Send;

    /// How many one-time entries a pile holds.
    fn count_pile(
        &self,
        pile: PileId,
        owner_hash: OwnerHash,
    ) -> impl Future<Output = Result<u16, Refusal>> + Send;

    /// The relay's hour.
    fn hour(&self) -> impl Future<Output = Result<u32, Refusal>> + Send;

    /// Drops a bounded number of things whose time is over.
    fn expire(&self) -> impl Future<Output = Result<Expired, Refusal>> + Send;

    /// Finishes what is queued and leaves the files tidy. Later changes are refused.
    fn close(&self) -> impl Future<Output = ()> + Send;
}
