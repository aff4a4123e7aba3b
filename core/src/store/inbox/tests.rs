//! The inbox's files: cut, altered, put back, under another key, over their limits, and two processes at once.
#![allow(
    clippy::disallowed_methods,
    reason = "tests that damage the inbox's files"
)]

use std::fs;
use std::path::PathBuf;

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use tacita_wire::{Decode, Encode, MailboxId, ReadKey, RelayAddress, RelayRootHash};
use tempfile::TempDir;

use super::*;
use crate::protocol::ids::{AccountId, ConversationId};
use crate::store::VaultError;

/// A vault that a byte makes another one of.
struct Vault(u8);

impl KeyVault for Vault {
    fn wrap(&self, key: &[u8]) -> Result<Vec<u8>, VaultError> {
        Ok(key.iter().map(|byte| byte ^ self.0).collect())
    }

    fn unwrap(&self, blob: &[u8]) -> Result<Vec<u8>, VaultError> {
        self.wrap(blob)
    }
}

struct Locked;

impl KeyVault for Locked {
    fn wrap(&self, _: &[u8]) -> Result<Vec<u8>, VaultError> {
        Err(VaultError)
    }

    fn unwrap(&self, _: &[u8]) -> Result<Vec<u8>, VaultError> {
        Err(VaultError)
    }
}

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::from_seed([5; 32])
}

fn list() -> WatchList {
    let mailbox = |number: u8| WatchedMailbox {
        read: ReadKey::from_bytes([number; 32]),
        after: u64::from(number),
        conversation: (number > 1).then_some(ConversationId(AccountId([number; 32]))),
        muted_until_ms: (number > 2).then_some(u64::MAX),
    };
    WatchList {
        relays: vec![WatchedRelay {
            address: RelayAddress::new("relay.example:443").unwrap(),
            root: RelayRootHash([9; 32]),
            mailboxes: vec![mailbox(1), mailbox(2), mailbox(3)],
        }],
    }
}

fn batch(first: u64, count: u64, length: usize) -> InboxBatch {
    let mut batch = InboxBatch::default();
    for sequence in first..first + count {
        batch.push(InboxEnvelope {
            mailbox: MailboxId([1; 32]),
            sequence,
            envelope: vec![7; length],
        });
    }
    batch
}

/// An inbox that was made, with its list.
fn made() -> (TempDir, InboxOwner) {
    let directory = tempfile::tempdir().unwrap();
    let owner = InboxOwner::open(directory.path(), &Vault(1), &mut rng()).unwrap();
    owner.save_list(&list(), &mut rng()).unwrap();
    (directory, owner)
}

fn second(directory: &TempDir) -> Inbox {
    Inbox::open(directory.path(), &Vault(1)).unwrap()
}

fn file(directory: &TempDir, name: &str) -> PathBuf {
    directory.path().join(name)
}

fn collected(owner: &InboxOwner) -> Vec<u64> {
    let mut sequences = Vec::new();
    for number in owner.batches().unwrap() {
        let batch = owner.load_batch(number).unwrap();
        sequences.extend(batch.envelopes.iter().map(|envelope| envelope.sequence));
    }
    sequences
}

#[test]
fn what_one_process_lists_the_other_reads_and_what_it_adds_comes_back() {
    let (directory, owner) = made();
    let mut inbox = second(&directory);
    assert_eq!(inbox.list(), &list());
    assert_eq!(inbox.add(&batch(1, 3, 4096), &mut rng()), Ok(true));
    assert_eq!(inbox.add(&batch(4, 1, 65536), &mut rng()), Ok(true));
    drop(inbox);
    let waiting = second(&directory).waiting(&MailboxId([1; 32]));
    assert_eq!((waiting.count, waiting.highest), (4, 4));
    assert_eq!(owner.batches(), Ok(vec![1, 2]));
    assert_eq!(owner.load_batch(1).unwrap(), batch(1, 3, 4096));
    owner.delete_batch(1).unwrap();
    owner.delete_batch(1).unwrap();
    assert_eq!(collected(&owner), [4]);
    // Numbers go on behind what still waits.
    second(&directory)
        .add(&batch(5, 1, 4096), &mut rng())
        .unwrap();
    assert_eq!(owner.batches(), Ok(vec![2, 3]));
}

#[test]
fn the_bytes_are_those_of_the_protocol_text() {
    let mut expected = vec![1, 0, 1];
    expected.extend([1; 32]);
    expected.extend([0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0x10, 0]);
    expected.extend([7; 4096]);
    assert_eq!(batch(3, 1, 4096).to_bytes(), expected);
    let mut expected = vec![1, 0, 1, 17];
    expected.extend(b"relay.example:443");
    expected.extend([9; 32]);
    expected.extend([0, 3]);
    expected.extend([1; 32]);
    expected.extend([0, 0, 0, 0, 0, 0, 0, 1, 0, 0]);
    expected.extend([2; 32]);
    expected.extend([0, 0, 0, 0, 0, 0, 0, 2, 1]);
    expected.extend([2; 32]);
    expected.push(0);
    expected.extend([3; 32]);
    expected.extend([0, 0, 0, 0, 0, 0, 0, 3, 1]);
    expected.extend([3; 32]);
    expected.push(1);
    expected.extend([255; 8]);
    assert_eq!(list().to_bytes(), expected);
    assert_eq!(WatchList::from_bytes(&expected), Ok(list()));
}

#[test]
fn a_batch_that_was_cut_or_altered_anywhere_is_nothing_and_stops_nothing() {
    let (directory, owner) = made();
    second(&directory)
        .add(&batch(1, 1, 4096), &mut rng())
        .unwrap();
    let path = file(&directory, "inbox-1.batch");
    let whole = fs::read(&path).unwrap();
    for at in (0..whole.len()).step_by(97).chain([0, whole.len() - 1]) {
        let mut altered = whole.clone();
        altered[at] ^= 1;
        for bytes in [&whole[..at], &altered] {
            fs::write(&path, bytes).unwrap();
            assert_eq!(owner.load_batch(1), Ok(InboxBatch::default()), "{at}");
            // It takes no part in the counts either, and does not keep the other process from adding.
            let mut inbox = second(&directory);
            assert_eq!(inbox.waiting(&MailboxId([1; 32])).count, 0);
            assert_eq!(inbox.add(&batch(2, 1, 4096), &mut rng()), Ok(true));
            assert_eq!(collected(&owner), [2]);
            owner.delete_batch(2).unwrap();
        }
    }
    fs::write(&path, &whole).unwrap();
    assert_eq!(collected(&owner), [1]);
}

#[test]
fn a_process_killed_while_it_adds_leaves_nothing_in_the_way() {
    let (directory, owner) = made();
    for length in [0, 10, 4000] {
        fs::write(file(&directory, "inbox-1.batch.new"), vec![3; length]).unwrap();
        assert!(owner.batches().unwrap().is_empty());
        let mut inbox = second(&directory);
        assert!(!file(&directory, "inbox-1.batch.new").exists());
        assert_eq!(inbox.add(&batch(1, 1, 4096), &mut rng()), Ok(true));
        assert_eq!(collected(&owner), [1]);
        owner.delete_batch(1).unwrap();
    }
}

#[test]
fn a_list_that_is_missing_cut_or_altered_is_no_inbox_until_it_is_written_again() {
    let (directory, owner) = made();
    let path = file(&directory, "inbox.list");
    let whole = fs::read(&path).unwrap();
    let missing = || Inbox::open(directory.path(), &Vault(1)).err();
    for at in 0..whole.len() {
        let mut altered = whole.clone();
        altered[at] ^= 1;
        for bytes in [&whole[..at], &altered] {
            fs::write(&path, bytes).unwrap();
            assert_eq!(missing(), Some(StoreError::InboxMissing), "{at}");
        }
    }
    fs::remove_file(&path).unwrap();
    assert_eq!(missing(), Some(StoreError::InboxMissing));
    // A batch is not taken for a list, although one vault's key sealed both.
    owner.save_list(&WatchList::default(), &mut rng()).unwrap();
    second(&directory)
        .add(&batch(1, 1, 4096), &mut rng())
        .unwrap();
    fs::copy(file(&directory, "inbox-1.batch"), &path).unwrap();
    assert_eq!(missing(), Some(StoreError::InboxMissing));
    owner.save_list(&list(), &mut rng()).unwrap();
    assert_eq!(second(&directory).list(), &list());
}

#[test]
fn an_earlier_list_or_batch_that_is_put_back_is_what_it_was() {
    let (directory, owner) = made();
    second(&directory)
        .add(&batch(1, 1, 4096), &mut rng())
        .unwrap();
    let (early_list, early_batch) = (
        fs::read(file(&directory, "inbox.list")).unwrap(),
        fs::read(file(&directory, "inbox-1.batch")).unwrap(),
    );
    owner.delete_batch(1).unwrap();
    owner.save_list(&WatchList::default(), &mut rng()).unwrap();
    fs::write(file(&directory, "inbox.list"), early_list).unwrap();
    // Twice, under two names.
    fs::write(file(&directory, "inbox-8.batch"), &early_batch).unwrap();
    fs::write(file(&directory, "inbox-9.batch"), &early_batch).unwrap();
    assert_eq!(collected(&owner), [1, 1]);
    assert_eq!(second(&directory).list(), &list());
}

#[test]
fn another_vault_is_a_wrong_key_and_changes_nothing() {
    let (directory, owner) = made();
    second(&directory)
        .add(&batch(1, 1, 4096), &mut rng())
        .unwrap();
    let before = fs::read(file(&directory, "inbox.key")).unwrap();
    for (vault, error) in [
        (&Vault(2) as &dyn KeyVault, StoreError::WrongKey),
        (&Locked, StoreError::VaultFailed),
    ] {
        let opened = Inbox::open(directory.path(), vault).err();
        assert_eq!(opened, Some(error.clone()));
        let opened = InboxOwner::open(directory.path(), vault, &mut rng()).err();
        assert_eq!(opened, Some(error));
    }
    assert_eq!(fs::read(file(&directory, "inbox.key")).unwrap(), before);
    assert_eq!(collected(&owner), [1]);
    let elsewhere = tempfile::tempdir().unwrap();
    let made = InboxOwner::open(elsewhere.path(), &Locked, &mut rng()).err();
    assert_eq!(made, Some(StoreError::VaultFailed));
    assert!(!file(&elsewhere, "inbox.key").exists());
}

#[test]
fn a_damaged_key_file_begins_a_new_inbox_and_no_key_lies_in_a_file() {
    let (directory, owner) = made();
    second(&directory)
        .add(&batch(1, 1, 4096), &mut rng())
        .unwrap();
    let path = file(&directory, "inbox.key");
    let whole = fs::read(&path).unwrap();
    for at in 0..whole.len() {
        let mut altered = whole.clone();
        altered[at] ^= 1;
        fs::write(&path, altered).unwrap();
        let opened = Inbox::open(directory.path(), &Vault(1)).err();
        assert_eq!(opened, Some(StoreError::InboxMissing), "{at}");
    }
    let mut other_rng = ChaCha20Rng::from_seed([6; 32]);
    let renewed = InboxOwner::open(directory.path(), &Vault(1), &mut other_rng).unwrap();
    assert!(renewed.batches().unwrap().is_empty());
    let opened = Inbox::open(directory.path(), &Vault(1)).err();
    assert_eq!(opened, Some(StoreError::InboxMissing), "the old list");
    renewed.save_list(&list(), &mut other_rng).unwrap();
    assert_eq!(second(&directory).list(), &list());
    drop(owner);

    let key: Secret<KEY_BYTES> = Secret::generate(&mut ChaCha20Rng::from_seed([6; 32]));
    for entry in fs::read_dir(directory.path()).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        assert!(
            !bytes
                .windows(KEY_BYTES)
                .any(|window| window == key.expose())
        );
        assert!(!bytes.windows(32).any(|window| window == [2; 32]), "R");
    }
}

#[test]
fn one_process_at_a_time_looks_and_the_owner_is_never_in_its_way() {
    let (directory, owner) = made();
    let mut first = second(&directory);
    let opened = Inbox::open(directory.path(), &Vault(1)).err();
    assert_eq!(opened, Some(StoreError::InboxBusy));
    owner.save_list(&WatchList::default(), &mut rng()).unwrap();
    first.add(&batch(1, 1, 4096), &mut rng()).unwrap();
    assert_eq!(collected(&owner), [1]);
    owner.delete_batch(1).unwrap();
    drop(first);
    assert_eq!(second(&directory).list(), &WatchList::default());
}

#[test]
fn an_inbox_that_was_never_made_is_told() {
    let directory = tempfile::tempdir().unwrap();
    for path in [directory.path(), &directory.path().join("nothing")] {
        let opened = Inbox::open(path, &Vault(1)).err();
        assert_eq!(opened, Some(StoreError::InboxMissing));
        assert_eq!(erase_inbox(path), Ok(()));
    }
    assert!(!directory.path().join("nothing").exists());
}

#[test]
fn batches_envelopes_and_bytes_have_limits_and_what_does_not_fit_is_left_out_whole() {
    // As many batches as there may be, of one envelope each.
    let (directory, owner) = made();
    let mut inbox = second(&directory);
    for number in 0..MAX_INBOX_BATCHES as u64 {
        assert_eq!(inbox.add(&batch(number, 1, 4096), &mut rng()), Ok(true));
    }
    assert_eq!(inbox.add(&batch(999, 1, 4096), &mut rng()), Ok(false));
    drop(inbox);
    // The room is counted again from the files, and deleting makes some.
    assert_eq!(
        second(&directory).add(&batch(999, 1, 4096), &mut rng()),
        Ok(false)
    );
    owner.delete_batch(1).unwrap();
    assert_eq!(
        second(&directory).add(&batch(999, 1, 4096), &mut rng()),
        Ok(true)
    );

    // As many envelopes as there may be.
    let (directory, owner) = made();
    let mut inbox = second(&directory);
    let full = batch(1, batch::MAX_BATCH_ENVELOPES as u64, 4096);
    assert!(full.is_full_for(4096));
    for _ in 0..MAX_INBOX_ENVELOPES / batch::MAX_BATCH_ENVELOPES {
        assert_eq!(inbox.add(&full, &mut rng()), Ok(true));
    }
    assert_eq!(inbox.add(&batch(1, 1, 4096), &mut rng()), Ok(false));
    assert_eq!(collected(&owner).len(), MAX_INBOX_ENVELOPES);

    // As many bytes as there may be, of the largest envelopes.
    let (directory, owner) = made();
    let mut inbox = second(&directory);
    let large = batch(1, 4, 65536);
    assert!(large.is_full_for(4096) && !batch(1, 3, 65536).is_full_for(65536));
    while inbox.add(&large, &mut rng()).unwrap() {}
    let bytes: u64 = fs::read_dir(directory.path())
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_name().to_str().unwrap().ends_with("batch"))
        .map(|entry| entry.metadata().unwrap().len())
        .sum();
    assert!(bytes <= MAX_INBOX_BYTES && bytes > MAX_INBOX_BYTES - 300_000);
    assert!(!owner.batches().unwrap().is_empty());
    // A single batch that is larger than a file may be is refused, not written.
    let count = owner.batches().unwrap().len();
    let mut inbox = {
        drop(inbox);
        owner.delete_batch(1).unwrap();
        owner.delete_batch(2).unwrap();
        second(&directory)
    };
    assert_eq!(inbox.add(&batch(1, 8, 65536), &mut rng()), Ok(false));
    assert_eq!(owner.batches().unwrap().len(), count - 2);
}

#[test]
fn lists_and_batches_over_their_limits_are_not_read() {
    let mut many = WatchList {
        relays: vec![list().relays.remove(0); MAX_WATCHED_RELAYS + 1],
    };
    assert!(WatchList::from_bytes(&many.to_bytes()).is_err());
    many.relays.truncate(1);
    let one = many.relays[0].mailboxes[0].clone();
    many.relays[0].mailboxes = vec![one.clone(); 1024];
    assert!(WatchList::from_bytes(&many.to_bytes()).is_ok());
    assert!(many.to_bytes().len() < 92_000);
    many.relays[0].mailboxes.push(one);
    assert!(WatchList::from_bytes(&many.to_bytes()).is_err());
    let too_many = batch(1, batch::MAX_BATCH_ENVELOPES as u64 + 1, 4096);
    assert!(InboxBatch::from_bytes(&too_many.to_bytes()).is_err());
    assert!(InboxBatch::from_bytes(&batch(1, 1, 4095).to_bytes()).is_err());
    assert!(InboxBatch::from_bytes(&batch(1, 1, 65537).to_bytes()).is_err());
    for (bytes, version) in [(batch(1, 1, 4096).to_bytes(), 2), (list().to_bytes(), 0)] {
        let mut other = bytes.clone();
        other[0] = version;
        let mut longer = bytes.clone();
        longer.push(0);
        for bad in [other, longer] {
            assert!(WatchList::from_bytes(&bad).is_err());
            assert!(InboxBatch::from_bytes(&bad).is_err());
        }
    }
}

#[test]
fn erasing_leaves_no_key_no_list_and_no_batch() {
    let (directory, owner) = made();
    second(&directory)
        .add(&batch(1, 1, 4096), &mut rng())
        .unwrap();
    fs::write(file(&directory, "inbox-2.batch.new"), [1]).unwrap();
    fs::write(file(&directory, "somebody.else"), [1]).unwrap();
    owner.erase().unwrap();
    let mut left: Vec<_> = fs::read_dir(directory.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left, ["inbox.lock", "somebody.else"]);
    assert_eq!(erase_inbox(directory.path()), Ok(()));
    let opened = Inbox::open(directory.path(), &Vault(1)).err();
    assert_eq!(opened, Some(StoreError::InboxMissing));
}
