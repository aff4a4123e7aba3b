//! Damaged files: moved aside whole and reported, never wiped; the next opening begins anew.

use std::fs;
use std::path::Path;

use tacita_core::store::{CheckVerdict, Direction, Store, StoreError};

use crate::samples::{conversation, message, open};

/// A store of some hundred pages, closed.
fn fill(directory: &Path) {
    let store = open(directory).unwrap();
    store
        .write(|tx| {
            tx.save_setting("mark", b"old")?;
            tx.insert_conversation(&conversation(1))?;
            for counter in 1..=2000 {
                let mut row = message(1, Direction::Incoming, counter);
                row.body.data.resize(200, b'.');
                tx.append_message(&row)?;
            }
            Ok::<_, StoreError>(())
        })
        .unwrap();
    store.close().unwrap();
}

fn moved_name(result: Result<Store, StoreError>) -> String {
    match result {
        Err(StoreError::Corrupt { moved_to }) => moved_to,
        other => panic!("{other:?}"),
    }
}

fn expect_a_new_store(directory: &Path) {
    let store = open(directory).unwrap();
    assert_eq!(
        store.read(|tx| tx.load_setting("mark")),
        Ok::<_, StoreError>(None)
    );
    store.write(|tx| tx.save_setting("mark", b"new")).unwrap();
    store.close().unwrap();
    let store = open(directory).unwrap();
    let mark: Result<_, StoreError> = store.read(|tx| tx.load_setting("mark"));
    assert_eq!(mark.unwrap().unwrap(), b"new");
}

fn flip(path: &Path, at: usize) -> Vec<u8> {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 0x10;
    fs::write(path, &bytes).unwrap();
    bytes
}

#[test]
fn a_damaged_first_page_is_moved_aside_and_the_next_damage_beside_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tacita.db");
    for expected in ["tacita.db.damaged-1", "tacita.db.damaged-2"] {
        fill(directory.path());
        let damaged = flip(&path, 500);
        assert_eq!(moved_name(open(directory.path())), expected);
        assert!(!path.exists());
        assert!(fs::read(directory.path().join(expected)).unwrap() == damaged);
        expect_a_new_store(directory.path());
        fs::remove_file(&path).unwrap();
    }
}

#[test]
fn a_file_cut_to_any_length_is_moved_aside() {
    for length in [1, 100, 4095, 4096, 8192, 100_000] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("tacita.db");
        fill(directory.path());
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..length]).unwrap();
        moved_name(open(directory.path()));
        expect_a_new_store(directory.path());
    }
}

#[test]
fn a_damaged_page_is_found_after_an_unclean_end() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tacita.db");
    fill(directory.path());
    let store = open(directory.path()).unwrap();
    store
        .write(|tx| tx.save_setting("mark", b"in the log"))
        .unwrap();
    // As a kill leaves it: the files of this moment, in another place.
    let copy = tempfile::tempdir().unwrap();
    for name in ["keys.bin", "tacita.db", "tacita.db-wal"] {
        fs::copy(directory.path().join(name), copy.path().join(name)).unwrap();
    }
    store.close().unwrap();
    let log = fs::read(copy.path().join("tacita.db-wal")).unwrap();
    let length = fs::read(&path).unwrap().len();
    let damaged = flip(&copy.path().join("tacita.db"), length / 2);

    let store = open(copy.path()).unwrap();
    let check = store.take_check().expect("a check is due");
    assert!(store.take_check().is_none());
    assert_eq!(check.run(), CheckVerdict::Doubtful);
    let name = moved_name(store.examine());
    assert!(fs::read(copy.path().join(&name)).unwrap() == damaged);
    assert!(fs::read(copy.path().join(format!("{name}-wal"))).unwrap() == log);
    expect_a_new_store(copy.path());
}

#[test]
fn a_check_that_was_not_made_is_due_again_and_one_that_found_nothing_is_not() {
    let directory = tempfile::tempdir().unwrap();
    fill(directory.path());
    let mark = directory.path().join("tacita.unchecked");
    fs::write(&mark, b"").unwrap();
    let store = open(directory.path()).unwrap();
    assert!(!store.is_checked());
    store.close().unwrap();

    let store = open(directory.path()).unwrap();
    let check = store.take_check().expect("it was not made");
    let stop = check.stop_handle();
    assert_eq!(check.run(), CheckVerdict::Sound);
    stop.stop();
    store.note_sound().unwrap();
    store.close().unwrap();
    assert!(!mark.exists());
    let store = open(directory.path()).unwrap();
    assert!(store.is_checked());
    assert!(store.take_check().is_none());
}

#[test]
fn a_check_beside_a_store_that_writes_harms_nothing_and_damage_is_the_stores_own_word() {
    let directory = tempfile::tempdir().unwrap();
    fill(directory.path());
    fs::write(directory.path().join("tacita.unchecked"), b"").unwrap();
    let store = open(directory.path()).unwrap();
    let check = store.take_check().unwrap();
    let checking = std::thread::spawn(move || check.run());
    for number in 0..200_u8 {
        store
            .write(|tx| tx.save_setting("mark", &[number; 3000]))
            .unwrap();
        store.empty_log().unwrap();
    }
    let verdict = checking.join().unwrap();
    assert_ne!(verdict, CheckVerdict::Unfinished);
    let store = store.examine().unwrap();
    let mark = store.read(|tx| tx.load_setting("mark")).unwrap();
    assert_eq!(mark, Some(vec![199; 3000]));
    assert!(!directory.path().join("tacita.unchecked").exists());
}

#[test]
fn a_check_that_is_stopped_has_found_nothing_out() {
    let directory = tempfile::tempdir().unwrap();
    fill(directory.path());
    fs::write(directory.path().join("tacita.unchecked"), b"").unwrap();
    // On a busy machine a check may be over before it is stopped.
    let is_stopped = (0..100).any(|_| {
        let store = open(directory.path()).unwrap();
        let check = store.take_check().unwrap();
        let stop = check.stop_handle();
        let checking = std::thread::spawn(move || check.run());
        while !checking.is_finished() {
            stop.stop();
        }
        checking.join().unwrap() == CheckVerdict::Unfinished
    });
    assert!(is_stopped);
    assert!(directory.path().join("tacita.unchecked").exists());
}

#[test]
fn damage_that_shows_while_reading_is_found_at_the_next_opening() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tacita.db");
    fill(directory.path());
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    for page in bytes[middle..].chunks_mut(4096) {
        page[0] ^= 1;
    }
    fs::write(&path, bytes).unwrap();

    let store = open(directory.path()).unwrap();
    let all = store.read(|tx| tx.page_after(conversation(1).id, 0, 5000));
    assert_eq!(all, Err(StoreError::Failed));
    drop(store);
    moved_name(open(directory.path()));
    expect_a_new_store(directory.path());
}

#[test]
fn an_unclean_end_without_damage_opens() {
    let directory = tempfile::tempdir().unwrap();
    fill(directory.path());
    fs::write(directory.path().join("tacita.suspect"), b"").unwrap();
    open(directory.path()).unwrap().close().unwrap();
    assert!(!directory.path().join("tacita.suspect").exists());
}

#[test]
fn a_damaged_or_cut_key_file_is_moved_aside_with_what_it_opened() {
    for damage in [
        |path: &Path| drop(flip(path, 50)),
        |path: &Path| fs::write(path, b"").unwrap(),
    ] {
        let directory = tempfile::tempdir().unwrap();
        fill(directory.path());
        let database = fs::read(directory.path().join("tacita.db")).unwrap();
        let keys = directory.path().join("keys.bin");
        damage(&keys);
        let damaged = fs::read(&keys).unwrap();
        let name = moved_name(open(directory.path()));
        assert!(fs::read(directory.path().join(&name)).unwrap() == database);
        let moved_keys = directory.path().join(format!("{name}-keys"));
        assert!(fs::read(moved_keys).unwrap() == damaged);
        expect_a_new_store(directory.path());
    }
}

#[test]
fn a_log_without_its_database_is_kept() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    store.write(|tx| tx.save_setting("mark", b"old")).unwrap();
    let log = fs::read(directory.path().join("tacita.db-wal")).unwrap();
    store.close().unwrap();
    fs::remove_file(directory.path().join("tacita.db")).unwrap();
    fs::write(directory.path().join("tacita.db-wal"), &log).unwrap();

    let name = moved_name(open(directory.path()));
    assert!(fs::read(directory.path().join(format!("{name}-wal"))).unwrap() == log);
    expect_a_new_store(directory.path());
}
