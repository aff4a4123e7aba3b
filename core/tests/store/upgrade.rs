//! Stores of every earlier version open in this one, with all that is in them.

use std::fs;
use std::path::Path;

use data_encoding::HEXLOWER;
use tacita_core::crypto::hash::sha256;
use tacita_core::protocol::ids::TranscriptHash;
use tacita_core::store::{ArrangementRow, Direction, Store, StoreError, StoredBody};

use crate::raw;
use crate::samples::{address, conversation, message, open, outgoing, peer, session, skipped};
use crate::search::say;

/// What led to each earlier version, with its checksum and how many tables that made in all.
const VERSIONS: [(&str, &str, usize); 2] = [
    (
        include_str!("../../src/store/schema/0001.sql"),
        "0caaab4aff3363a18ef04cfce75f763aa5c9f24542bc0e1fb4a0dd137ec24d32",
        19,
    ),
    (
        include_str!("../../src/store/schema/0002.sql"),
        "7740048650477e5a0baadb7f3a6438a7379a8e6f67afceee0cce59eaed34d3c4",
        20,
    ),
];

/// Makes the closed store in a directory one of an earlier version, with the rows that it had.
fn downgrade(directory: &Path, version: usize) {
    let key = HEXLOWER.encode(&raw::database_key(directory));
    let path = directory.join("tacita.db");
    let newer = directory.join("newer.db");
    fs::rename(&path, &newer).unwrap();
    let connection = raw::connect(directory);
    for (schema, ..) in &VERSIONS[..version] {
        connection.execute_batch(schema).unwrap();
    }
    connection
        .execute_batch(&format!(
            "PRAGMA application_id = 1415668585; PRAGMA user_version = {version}"
        ))
        .unwrap();
    let tables: Vec<String> = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(tables.len(), VERSIONS[version - 1].2);
    // What is attached is read at once, as the default says.
    connection
        .execute_batch("PRAGMA cipher_default_hmac_algorithm = HMAC_SHA256")
        .unwrap();
    connection
        .execute(
            "ATTACH DATABASE ?1 AS newer KEY ?2",
            [newer.to_str().unwrap(), &format!("x'{key}'")],
        )
        .unwrap();
    for table in tables {
        let columns: Vec<String> = connection
            .prepare("SELECT name FROM pragma_table_info(?1, 'main')")
            .unwrap()
            .query_map([&table], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let columns = columns.join(", ");
        let source = match table.as_str() {
            "changes" => "newer.changes_by_number",
            "outbox_envelopes" => {
                "(SELECT id, envelope FROM newer.outbox JOIN newer.outbox_slots USING (slot))"
            }
            table => &format!("newer.{table}"),
        };
        connection
            .execute_batch(&format!(
                "INSERT INTO main.{table} ({columns}) SELECT {columns} FROM {source}"
            ))
            .unwrap();
    }
    connection
        .execute_batch("DELETE FROM main.counters WHERE name <> 'jobs'")
        .unwrap();
    drop(connection);
    fs::remove_file(newer).unwrap();
}

fn fill(store: &Store) {
    store
        .write(|tx| {
            for number in [1, 2] {
                tx.insert_conversation(&conversation(number))?;
                tx.save_peer(&peer(number))?;
                tx.insert_session(&session(number, number))?;
                tx.push_outbox(&outgoing(number, number, 1))?;
            }
            tx.insert_skipped(
                session(1, 1).th,
                &[skipped(1, 1)],
                tacita_core::protocol::ids::Hour(1),
            )?;
            let pinned = ArrangementRow {
                pinned: true,
                ..ArrangementRow::default()
            };
            tx.save_arrangement(conversation(1).id, &pinned)?;
            tx.save_setting("a", b"kept")?;
            tx.touch(1, b"changed")?;
            let mut row = message(1, Direction::Incoming, 0);
            for (number, stored_ms, text) in [
                (1, 30, "third old words"),
                (2, 10, "first old words"),
                (1, 40, "fourth old words"),
                (2, 20, "second old 言葉"),
            ] {
                row.conversation = conversation(number).id;
                row.stored_ms = stored_ms;
                row.body.data = text.as_bytes().to_vec();
                tx.append_message(&row)?;
            }
            row.body = StoredBody {
                kind: 2,
                data: vec![],
            };
            tx.append_message(&row).map(drop)
        })
        .unwrap();
}

fn found(store: &Store, search: &str) -> Vec<String> {
    let (hits, more) = store
        .write(|tx| tx.find_texts(search, None, None, 100))
        .unwrap();
    assert!(!more);
    hits.into_iter()
        .map(|hit| String::from_utf8(hit.message.body.data).unwrap())
        .collect()
}

#[test]
fn a_store_of_an_earlier_version_opens_with_every_row_and_is_searched() {
    for version in 1..=VERSIONS.len() {
        open_earlier(version);
    }
}

fn open_earlier(version: usize) {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    fill(&store);
    store.close().unwrap();
    downgrade(directory.path(), version);

    let store = open(directory.path()).unwrap();
    let all = [
        "fourth old words",
        "third old words",
        "second old 言葉",
        "first old words",
    ];
    assert_eq!(found(&store, "old"), all);
    assert_eq!(found(&store, "葉"), ["second old 言葉"]);
    store
        .read(|tx| {
            assert_eq!(tx.load_setting("a")?.unwrap(), b"kept");
            assert_eq!(tx.change_number()?, 1);
            assert_eq!(tx.load_peer(address(1))?, Some(peer(1)));
            assert_eq!(
                tx.load_session(TranscriptHash([2; 32]))?,
                Some(session(2, 2))
            );
            let (id, key) = skipped(1, 1);
            let kept = tx.load_skipped(TranscriptHash([1; 32]), id)?.unwrap();
            assert_eq!(kept.expose(), key.expose());
            assert_eq!(tx.outbox_of(address(2))?.len(), 1);
            // Arrangements came with version 2.
            let arranged = tx.load_arrangement(conversation(1).id)?;
            assert_eq!(arranged.pinned, version > 1);
            let (page, _) = tx.page_before(conversation(1).id, None, 9)?;
            assert_eq!(page.len(), 2);
            Ok::<_, StoreError>(())
        })
        .unwrap();
    store
        .write(|tx| {
            say(tx, 1, "new words")?;
            tx.fill_message(
                conversation(2).id,
                3,
                &message(2, Direction::Incoming, 7).body,
                0,
            )?;
            tx.delete_conversation(conversation(1).id)
        })
        .unwrap();
    assert_eq!(found(&store, "old"), ["second old 言葉", "first old words"]);
    assert_eq!(found(&store, "7"), ["text 7"]);
    assert_eq!(found(&store, "words"), ["first old words"]);
    store.close().unwrap();
}

#[test]
fn an_empty_store_of_an_earlier_version_opens_and_is_searched() {
    for version in 1..=VERSIONS.len() {
        open_earlier_and_empty(version);
    }
}

fn open_earlier_and_empty(version: usize) {
    let directory = tempfile::tempdir().unwrap();
    open(directory.path()).unwrap().close().unwrap();
    downgrade(directory.path(), version);
    let store = open(directory.path()).unwrap();
    assert_eq!(found(&store, "old"), [""; 0]);
    fill(&store);
    assert_eq!(found(&store, "fourth").len(), 1);
    assert_eq!(found(&store, "old").len(), 4);
}

#[test]
fn a_schema_that_databases_were_made_with_is_never_changed() {
    for (schema, checksum, _) in VERSIONS {
        assert_eq!(HEXLOWER.encode(&sha256(&[schema.as_bytes()])), checksum);
    }
}
