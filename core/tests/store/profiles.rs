//! Names and pictures: kept, sealed, owed to whom they are owed, and gone with the contact.

use std::path::Path;

use tacita_core::protocol::ids::DeviceAddress;
use tacita_core::store::{
    ArrangementRow, ContactProfileRow, ConversationState, OwnProfileRow, Store, StoreError, Tx,
};
use zeroize::Zeroizing;

use crate::raw;
use crate::samples::{address, conversation, open, peer};

fn own(revision: u64, picture: &[u8]) -> OwnProfileRow {
    OwnProfileRow {
        revision,
        picture: Zeroizing::new(picture.to_vec()),
    }
}

fn theirs(revision: u64, picture_revision: u64, picture: &[u8]) -> ContactProfileRow {
    ContactProfileRow {
        revision,
        picture_revision,
        picture: Zeroizing::new(picture.to_vec()),
    }
}

fn with_tx(test: impl FnOnce(&Tx<'_>) -> Result<(), StoreError>) {
    let store = Store::open_in_memory().unwrap();
    store.write(test).unwrap();
}

fn owed(tx: &Tx<'_>) -> Result<Vec<(DeviceAddress, u64)>, StoreError> {
    let rows = tx.owed_profiles()?.into_iter();
    Ok(rows.map(|row| (row.peer, row.due_ms)).collect())
}

#[test]
fn profiles_read_back_and_are_replaced() {
    with_tx(|tx| {
        assert!(tx.load_own_profile()? == own(0, b""));
        tx.save_own_profile(&own(1, b"picture"))?;
        assert!(tx.load_own_profile()? == own(1, b"picture"));
        tx.save_own_profile(&own(2, b""))?;
        assert!(tx.load_own_profile()? == own(2, b""));
        assert_eq!(tx.own_profile_revision()?, 2);

        let id = conversation(1).id;
        assert!(tx.save_contact_profile(id, &theirs(1, 0, b"")).is_err());
        tx.insert_conversation(&conversation(1))?;
        assert!(tx.load_contact_profile(id)? == theirs(0, 0, b""));
        tx.save_contact_profile(id, &theirs(4, 4, b"picture"))?;
        assert!(tx.load_contact_profile(id)? == theirs(4, 4, b"picture"));
        assert_eq!(tx.contact_profile_revision(id)?, 4);
        tx.save_contact_profile(id, &theirs(5, 0, b""))?;
        assert!(tx.load_contact_profile(id)? == theirs(5, 0, b""));
        tx.delete_conversation(id)?;
        assert_eq!(tx.contact_profile_revision(id)?, 0);
        Ok(())
    });
}

#[test]
fn a_profile_is_owed_to_established_contacts_who_were_not_told_and_are_not_blocked() {
    with_tx(|tx| {
        let states = [
            ConversationState::Established,
            ConversationState::Established,
            ConversationState::Established,
            ConversationState::Request,
            ConversationState::Inviting,
            ConversationState::Left,
        ];
        for (number, state) in (1..).zip(states) {
            let mut row = conversation(number);
            row.state = state;
            tx.insert_conversation(&row)?;
            tx.save_peer(&peer(number))?;
        }
        // A peer without a conversation: a contact that was deleted.
        tx.save_peer(&peer(9))?;
        let blocked = ArrangementRow {
            blocked: true,
            ..ArrangementRow::default()
        };
        tx.save_arrangement(conversation(3).id, &blocked)?;
        assert_eq!(owed(tx)?, []);
        tx.save_own_profile(&own(1, b""))?;
        assert_eq!(owed(tx)?, [(address(1), 0), (address(2), 0)]);
        tx.set_profile_due(address(1), 500)?;
        assert_eq!(owed(tx)?, [(address(2), 0), (address(1), 500)]);
        tx.note_profile_told(address(2), 1, 7)?;
        assert_eq!(tx.told_profile(address(2))?, (1, 7));
        assert_eq!(owed(tx)?, [(address(1), 500)]);
        tx.note_profile_told(address(1), 1, 8)?;
        assert_eq!(owed(tx)?, []);
        tx.owe_profile_again(address(1))?;
        assert_eq!(owed(tx)?, [(address(1), 500)]);
        tx.save_arrangement(conversation(3).id, &ArrangementRow::default())?;
        assert_eq!(owed(tx)?, [(address(3), 0), (address(1), 500)]);
        // Whoever is forgotten, but for the counters, is told anew.
        tx.note_profile_told(address(1), 1, 9)?;
        tx.keep_counters(address(1).account)?;
        assert_eq!(tx.told_profile(address(1))?, (0, 0));
        Ok(())
    });
}

#[test]
fn a_higher_number_for_the_same_is_owed_to_nobody_who_knows_it() {
    with_tx(|tx| {
        for number in [1, 2] {
            tx.insert_conversation(&conversation(number))?;
            tx.save_peer(&peer(number))?;
        }
        tx.raise_own_profile(0, 100)?;
        assert_eq!(tx.own_profile_revision()?, 100);
        assert_eq!(owed(tx)?, []);
        tx.save_own_profile(&own(101, b"picture"))?;
        tx.note_profile_told(address(1), 101, 3)?;
        tx.raise_own_profile(101, 200)?;
        assert!(tx.load_own_profile()? == own(200, b"picture"));
        assert_eq!(tx.told_profile(address(1))?, (200, 3));
        assert_eq!(owed(tx)?, [(address(2), 0)]);
        Ok(())
    });
}

/// The cell as it stands in the closed store's file.
fn sealed(directory: &Path, statement: &str) -> Vec<u8> {
    let connection = raw::connect(directory);
    connection
        .query_row(statement, [], |row| row.get(0))
        .unwrap()
}

#[test]
fn pictures_are_sealed_and_open_in_their_own_place_only() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    let write = store.write(|tx| {
        tx.save_own_profile(&own(1, b"canary-own-picture"))?;
        for number in [1, 2] {
            tx.insert_conversation(&conversation(number))?;
            let picture = format!("canary-their-picture {number}");
            tx.save_contact_profile(conversation(number).id, &theirs(1, 1, picture.as_bytes()))?;
        }
        Ok::<_, StoreError>(())
    });
    write.unwrap();
    store.close().unwrap();
    let bytes = raw::decrypted_bytes(directory.path());
    assert!(!raw::contains(&bytes, b"canary-"));
    raw::connect(directory.path())
        .execute_batch(
            "UPDATE contact_profiles SET picture =
               (SELECT picture FROM contact_profiles ORDER BY account LIMIT 1)",
        )
        .unwrap();
    let store = open(directory.path()).unwrap();
    let first = store.read(|tx| tx.load_contact_profile(conversation(1).id));
    assert!(first.unwrap().picture.as_slice() == b"canary-their-picture 1");
    let second = store.read(|tx| tx.load_contact_profile(conversation(2).id));
    assert!(second.is_err_and(|error| error == StoreError::Row));
    let revision = store.read(|tx| tx.contact_profile_revision(conversation(2).id));
    assert_eq!(revision, Ok(1));
}

#[test]
fn pictures_are_counted_without_being_read() {
    let store = Store::open_in_memory().unwrap();
    assert_eq!(store.sizes().unwrap().picture_bytes, 0);
    store
        .write(|tx| tx.save_own_profile(&own(1, &[7; 1000])))
        .unwrap();
    let bytes = store.sizes().unwrap().picture_bytes;
    assert!((1000..1100).contains(&bytes));
}

#[test]
fn nothing_is_left_of_a_deleted_contacts_picture_nor_of_one_that_was_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let picture: Vec<u8> = (0..9000_u32).map(|n| (n % 251) as u8).collect();
    let store = open(path).unwrap();
    let write = store.write(|tx| {
        tx.save_own_profile(&own(1, &picture))?;
        tx.insert_conversation(&conversation(1))?;
        tx.save_contact_profile(conversation(1).id, &theirs(1, 1, &picture))
    });
    write.unwrap();
    store.close().unwrap();
    let cells = [
        sealed(path, "SELECT picture FROM contact_profiles"),
        sealed(path, "SELECT picture FROM own_profile"),
    ];
    // Parts so small that some lie whole in one page, wherever it is cut.
    let found = |path: &Path| {
        let pages = crate::traces::all_pages(path);
        let parts: std::collections::HashSet<&[u8]> = pages.windows(64).collect();
        let chunks = cells.iter().flat_map(|cell| cell.chunks_exact(64));
        chunks.filter(|chunk| parts.contains(chunk)).count()
    };
    assert!(found(path) > 250);
    let store = open(path).unwrap();
    store
        .write(|tx| {
            tx.delete_conversation(conversation(1).id)?;
            tx.save_own_profile(&own(2, b""))
        })
        .unwrap();
    store.empty_log().unwrap();
    assert_eq!(found(path), 0);
    store.close().unwrap();
    assert_eq!(found(path), 0);
}
