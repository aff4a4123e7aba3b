//! The app lock: a passphrase over the vault, set and changed in the key file alone, and slow for who guesses.

use std::fs;
use std::path::Path;

use tacita_core::crypto::hash::sha256;
use tacita_core::crypto::passphrase::{MAX_PASSPHRASE_BYTES, PassphraseCost};
use tacita_core::store::{KeyVault, NewPassphrase, PassphraseTry, Store, StoreError};

use crate::raw;
use crate::samples::{VAULT, Vault, open, rng};

const PASSPHRASE: &[u8] = "grüne Wörter, 緑".as_bytes();
const NOW_S: u64 = 1_800_000_000;

fn tried(passphrase: &[u8], now_s: u64) -> PassphraseTry<'_> {
    PassphraseTry { passphrase, now_s }
}

fn new(passphrase: &[u8]) -> NewPassphrase<'_> {
    NewPassphrase {
        passphrase,
        cost: PassphraseCost::LEAST,
    }
}

fn unlock(directory: &Path, passphrase: &[u8], now_s: u64) -> Result<Store, StoreError> {
    Store::open_locked(directory, &VAULT, tried(passphrase, now_s), &mut rng(9))
}

fn change(store: &Store, current: Option<&[u8]>, to: Option<&[u8]>) -> Result<(), StoreError> {
    let current = current.map(|passphrase| tried(passphrase, NOW_S));
    store.change_lock(&VAULT, current, to.map(new), &mut rng(4))
}

/// A store with something in it and this passphrase.
fn locked(directory: &Path) {
    let store = open(directory).unwrap();
    store.write(|tx| tx.save_setting("a", b"kept")).unwrap();
    change(&store, None, Some(PASSPHRASE)).unwrap();
    store.close().unwrap();
}

fn holds(store: &Store) -> bool {
    store.read(|tx| tx.load_setting("a")) == Ok(Some(b"kept".to_vec()))
}

#[test]
fn a_lock_is_set_changed_and_removed_without_touching_the_database() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let store = open(path).unwrap();
    store.write(|tx| tx.save_setting("a", b"kept")).unwrap();
    store.close().unwrap();
    let database = fs::read(path.join("tacita.db")).unwrap();
    let key = raw::database_key(path);

    let store = open(path).unwrap();
    change(&store, None, Some(PASSPHRASE)).unwrap();
    assert!(holds(&store), "it stays open");
    store.close().unwrap();
    assert_eq!(open(path).unwrap_err(), StoreError::AppLocked);
    let store = unlock(path, PASSPHRASE, NOW_S).unwrap();
    assert!(holds(&store));

    assert_eq!(change(&store, None, None), Err(StoreError::AppLocked));
    change(&store, Some(PASSPHRASE), Some(b"another")).unwrap();
    store.close().unwrap();
    assert_eq!(
        unlock(path, PASSPHRASE, NOW_S).unwrap_err(),
        StoreError::WrongPassphrase { retry_after: 0 }
    );
    let store = unlock(path, b"another", NOW_S).unwrap();
    change(&store, Some(b"another"), None).unwrap();
    store.close().unwrap();
    assert!(holds(&open(path).unwrap()));
    // Where none is set, none is tried.
    assert!(holds(&unlock(path, b"whatever", NOW_S).unwrap()));

    assert_eq!(fs::read(path.join("tacita.db")).unwrap(), database);
    assert_eq!(raw::database_key(path), key);
}

#[test]
fn the_vault_alone_does_not_give_the_keys() {
    let directory = tempfile::tempdir().unwrap();
    open(directory.path()).unwrap().close().unwrap();
    let key = raw::database_key(directory.path());
    locked(directory.path());
    let file = fs::read(directory.path().join("keys.bin")).unwrap();
    let wrapped = &file[1 + 32 + 4 + 4 + 16 + 4..file.len() - 32];
    let unwrapped = VAULT.unwrap(wrapped).unwrap();
    assert_eq!(unwrapped.len(), 24 + 64 + 16);
    assert!(!raw::contains(&unwrapped, &key));
    // Nor the passphrase alone.
    let other = Store::open_locked(
        directory.path(),
        &Vault(2),
        tried(PASSPHRASE, NOW_S),
        &mut rng(9),
    );
    assert_eq!(other.unwrap_err(), StoreError::VaultFailed);
    assert!(holds(&unlock(directory.path(), PASSPHRASE, NOW_S).unwrap()));
}

#[test]
fn wrong_tries_are_counted_on_disk_and_each_further_one_waits_longer() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    locked(path);
    let wrong = |now_s: u64| unlock(path, b"wrong", now_s).unwrap_err();
    for _ in 0..4 {
        assert_eq!(wrong(NOW_S), StoreError::WrongPassphrase { retry_after: 0 });
    }
    let first = StoreError::WrongPassphrase { retry_after: 30 };
    assert_eq!(wrong(NOW_S), first);
    // Not even the right one is tried before its time.
    let early = unlock(path, PASSPHRASE, NOW_S + 10).unwrap_err();
    assert_eq!(early, StoreError::TooManyTries { retry_after: 20 });
    let second = StoreError::WrongPassphrase { retry_after: 60 };
    assert_eq!(wrong(NOW_S + 30), second);
    // A clock that is set back wins nothing, and does not lock anybody out for a year.
    let back = NOW_S - 31_536_000;
    let waits = StoreError::TooManyTries { retry_after: 60 };
    assert_eq!(wrong(back), waits);
    assert!(holds(&unlock(path, PASSPHRASE, back + 60).unwrap()));
    // The right one has made an end of it.
    assert_eq!(wrong(back), StoreError::WrongPassphrase { retry_after: 0 });
}

#[test]
fn a_wrong_current_passphrase_changes_nothing_and_counts() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    locked(path);
    let store = unlock(path, PASSPHRASE, NOW_S).unwrap();
    let before = fs::read(path.join("keys.bin")).unwrap();
    for retry_after in [0, 0, 0, 0, 30] {
        assert_eq!(
            change(&store, Some(b"wrong"), None),
            Err(StoreError::WrongPassphrase { retry_after })
        );
    }
    assert_eq!(
        change(&store, Some(PASSPHRASE), None),
        Err(StoreError::TooManyTries { retry_after: 30 })
    );
    assert_eq!(fs::read(path.join("keys.bin")).unwrap(), before);
}

#[test]
fn passphrases_outside_of_their_limits_are_refused_and_the_lock_stays() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let store = open(path).unwrap();
    let longest = [b'x'; MAX_PASSPHRASE_BYTES];
    let too_long = [b'x'; MAX_PASSPHRASE_BYTES + 1];
    for bad in [&b""[..], b"abc", &too_long] {
        assert_eq!(
            change(&store, None, Some(bad)),
            Err(StoreError::PassphraseLength)
        );
    }
    change(&store, None, Some(b"abcd")).unwrap();
    change(&store, Some(b"abcd"), Some(&longest)).unwrap();
    drop(store);
    let error = unlock(path, &too_long, NOW_S).unwrap_err();
    assert_eq!(error, StoreError::PassphraseLength);
    unlock(path, &longest, NOW_S).unwrap();
}

/// Somebody who writes the file, and its checksum, too.
#[test]
fn a_key_file_altered_in_any_byte_opens_under_no_passphrase_and_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    locked(path);
    let whole = fs::read(path.join("keys.bin")).unwrap();
    let (body, _) = whole.split_at(whole.len() - 32);
    // Commitment, cost, salt; the wrapped keys are the vault's to check.
    let waits = [0, 0, 0, 0, 30, 60];
    for (at, retry_after) in [1, 32, 36, 40, 41, 56].into_iter().zip(waits) {
        let mut altered = body.to_vec();
        altered[at] ^= 1;
        let checksum = sha256(&[&altered]);
        fs::write(path.join("keys.bin"), [&altered[..], &checksum].concat()).unwrap();
        let error = unlock(path, PASSPHRASE, NOW_S + u64::from(retry_after)).unwrap_err();
        assert_eq!(error, StoreError::WrongPassphrase { retry_after }, "{at}");
    }
    fs::write(path.join("keys.bin"), &whole).unwrap();
    assert!(holds(&unlock(path, PASSPHRASE, NOW_S + 1000).unwrap()));
}
