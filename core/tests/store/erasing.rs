//! Erasing a store: keys and files go, a copy of the database is of no use, and one can begin anew.

use std::fs;

use tacita_core::store::{StoreError, erase};

use crate::samples::{conversation, open};

#[test]
fn an_erased_store_leaves_no_file_of_its_own_and_no_way_into_a_copy_without_its_keys() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let store = open(path).unwrap();
    store
        .write(|tx| -> Result<(), StoreError> { tx.insert_conversation(&conversation(1)) })
        .unwrap();
    assert_eq!(erase(path), Err(StoreError::Busy), "while it is open");
    store.close().unwrap();
    let copy = fs::read(path.join("tacita.db")).unwrap();
    fs::write(path.join("tacita.db.damaged-1"), b"what was moved aside").unwrap();
    fs::write(path.join("keys.bin.new"), b"what was half written").unwrap();
    fs::write(path.join("photo.jpg"), b"somebody else's").unwrap();
    // The key file under another name sees what is written into it before it goes.
    fs::hard_link(path.join("keys.bin"), path.join("watched")).unwrap();

    assert_eq!(erase(path), Ok(()));
    let mut left: Vec<String> = fs::read_dir(path)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left, ["photo.jpg", "tacita.lock", "watched"]);
    let keys = fs::read(path.join("watched")).unwrap();
    assert!(!keys.is_empty() && keys.iter().all(|byte| *byte == 0));

    fs::write(path.join("tacita.db"), copy).unwrap();
    let error = open(path).unwrap_err();
    assert!(matches!(
        error,
        StoreError::Corrupt { .. } | StoreError::WrongKey
    ));
    assert_eq!(erase(path), Ok(()));
    assert_eq!(erase(path), Ok(()), "nothing is there");
    let store = open(path).unwrap();
    assert!(
        store
            .read(|tx| tx.load_conversation(conversation(1).id))
            .unwrap()
            .is_none()
    );
}
