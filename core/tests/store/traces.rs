//! Deletion: what was deleted is nowhere in the files, be it in free pages, between rows, or in the log.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use aws_lc_rs::cipher::{AES_256, DecryptingKey, DecryptionContext, UnboundCipherKey};
use tacita_core::store::{
    ArrangementRow, CleanUpPlace, Direction, MessageRow, Store, StoreError, StoredBody,
};

use crate::raw;
use crate::samples::{address, conversation, message, open, peer};

const PAGE_BYTES: usize = 4096;
/// IV 16, HMAC-SHA-512 64, at the end of each page.
const RESERVED_BYTES: usize = 80;
const LOG_HEADER_BYTES: usize = 32;
const FRAME_HEADER_BYTES: usize = 24;
const BLOCK_BYTES: usize = 16;
const TEXTS: usize = 120;

/// SQLCipher's AES-256-CBC, undone; `from` is where the page's ciphertext begins.
fn decrypt_page(page: &[u8], from: usize, key: &[u8; 32]) -> Vec<u8> {
    let end = PAGE_BYTES - RESERVED_BYTES;
    let key = UnboundCipherKey::new(&AES_256, key).unwrap();
    let key = DecryptingKey::ecb(key).unwrap();
    let mut plain = page[from..end].to_vec();
    key.decrypt(&mut plain, DecryptionContext::None).unwrap();
    let before = [
        &page[end..end + BLOCK_BYTES],
        &page[from..end - BLOCK_BYTES],
    ]
    .concat();
    for (byte, mask) in plain.iter_mut().zip(before) {
        *byte ^= mask;
    }
    plain
}

/// All pages of the database and of its log, free ones too, in clear.
pub fn all_pages(directory: &Path) -> Vec<u8> {
    let key = raw::database_key(directory);
    let mut pages = Vec::new();
    let database = fs::read(directory.join("tacita.db")).unwrap();
    for (index, page) in database.chunks_exact(PAGE_BYTES).enumerate() {
        // The first 16 bytes of the file are the salt.
        pages.extend(decrypt_page(page, if index == 0 { 16 } else { 0 }, &key));
    }
    let log = fs::read(directory.join("tacita.db-wal")).unwrap_or_default();
    for frame in log
        .get(LOG_HEADER_BYTES..)
        .unwrap_or_default()
        .chunks_exact(FRAME_HEADER_BYTES + PAGE_BYTES)
    {
        let number = u32::from_be_bytes(frame[..4].try_into().unwrap());
        let from = if number == 1 { 16 } else { 0 };
        pages.extend(decrypt_page(&frame[FRAME_HEADER_BYTES..], from, &key));
    }
    pages
}

fn canary(kind: &str, number: usize) -> String {
    format!("canary-{kind}-{number:04}-yranac")
}

/// A conversation with texts, names and a draft, all of them canaries.
fn fill(store: &Store) {
    let write = store.write(|tx| {
        let mut row = conversation(1);
        row.name = canary("name", 0);
        tx.insert_conversation(&row)?;
        tx.save_peer(&peer(1))?;
        tx.save_arrangement(
            row.id,
            &ArrangementRow {
                nickname: canary("nickname", 0),
                draft: canary("draft", 0),
                ..ArrangementRow::default()
            },
        )?;
        for n in 0..TEXTS {
            tx.append_message(&MessageRow {
                body: StoredBody {
                    kind: 1,
                    // Some fit into a leaf of the tree, some take pages of their own.
                    data: canary("text", n)
                        .repeat(if n % 10 == 0 { 300 } else { 1 })
                        .into(),
                },
                ..message(1, Direction::Incoming, n as u64 + 1)
            })?;
        }
        Ok::<_, StoreError>(())
    });
    write.unwrap();
}

/// The canaries that these pages have.
fn traces(pages: &[u8]) -> Vec<String> {
    let mut names: Vec<String> = (0..TEXTS).map(|n| canary("text", n)).collect();
    names.extend(["name", "nickname", "draft"].map(|kind| canary(kind, 0)));
    names.retain(|name| raw::contains(pages, name.as_bytes()));
    names
}

#[test]
fn a_deleted_conversation_is_in_no_page_and_not_in_the_log() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let store = open(path).unwrap();
    fill(&store);
    // The search works: all of it is found while it is there.
    assert_eq!(traces(&all_pages(path)).len(), TEXTS + 3);

    let delete = store.write(|tx| {
        tx.delete_conversation(conversation(1).id)?;
        tx.delete_peers(address(1).account)
    });
    delete.unwrap();
    assert!(
        !traces(&all_pages(path)).is_empty(),
        "before the log is emptied, it has traces"
    );
    sweep(&store);
    assert_eq!(traces(&all_pages(path)), Vec::<String>::new());
    store.close().unwrap();
    assert_eq!(traces(&all_pages(path)), Vec::<String>::new());
}

/// What an engine does after a deletion.
fn sweep(store: &Store) {
    while store.scrub().unwrap() {}
    store.empty_log().unwrap();
}

#[test]
fn messages_that_are_deleted_by_place_or_by_age_are_in_no_page_either() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let store = open(path).unwrap();
    fill(&store);
    let id = conversation(1).id;
    let places: Vec<u64> = (1..=40).collect();
    store
        .write(|tx| tx.delete_messages(id, &places, 2))
        .map(|deleted| assert_eq!(deleted, 40))
        .unwrap();
    // In the middle of writing the index anew, more is deleted.
    assert!(store.scrub().unwrap() && store.scrub().unwrap());
    let mut from = CleanUpPlace::default();
    let mut deleted = 0;
    loop {
        let batch = store
            .write(|tx| tx.delete_older(None, 2081, from, 2))
            .unwrap();
        deleted += batch.deleted;
        assert!(store.scrub().unwrap());
        let Some(next) = batch.next else { break };
        from = next;
    }
    assert_eq!(deleted, 40);
    sweep(&store);
    while store.shrink().unwrap() > 0 {}
    store.empty_log().unwrap();
    let kept: Vec<String> = (80..TEXTS).map(|n| canary("text", n)).collect();
    for pages in [all_pages(path), {
        store.close().unwrap();
        all_pages(path)
    }] {
        let mut found = traces(&pages);
        found.retain(|name| name.contains("text"));
        assert_eq!(found, kept);
    }
}

#[test]
fn a_word_of_its_own_is_in_no_signpost_of_the_index() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let store = open(path).unwrap();
    // So many words that the index has many leaves, and so alike that a signpost between two has nearly all of one.
    let word = |n: u64| format!("canary{n:06}");
    store
        .write(|tx| {
            tx.insert_conversation(&conversation(1))?;
            for n in 1..=4000 {
                tx.append_message(&MessageRow {
                    body: StoredBody {
                        kind: 1,
                        data: word(n).into(),
                    },
                    ..message(1, Direction::Incoming, n)
                })?;
            }
            Ok::<_, StoreError>(())
        })
        .unwrap();
    let gone: Vec<u64> = (1..=4000).filter(|n| n % 3 > 0).collect();
    for places in gone.chunks(200) {
        store
            .write(|tx| tx.delete_messages(conversation(1).id, places, 2))
            .unwrap();
    }
    let left = |path: &Path| {
        let pages = all_pages(path);
        let parts: HashSet<&[u8]> = pages.windows(word(1).len()).collect();
        gone.iter()
            .filter(|n| parts.contains(word(**n).as_bytes()))
            .count()
    };
    store.empty_log().unwrap();
    assert!(left(path) > 0, "the test sees signposts");
    sweep(&store);
    assert_eq!(left(path), 0);
    assert!(!store.scrub().unwrap(), "nothing is owed twice");
}

#[test]
fn rows_that_moved_before_they_were_deleted_leave_no_copy() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let store = open(path).unwrap();
    store
        .write(|tx| {
            for number in 1..=3 {
                tx.insert_conversation(&conversation(number))?;
            }
            // In turns: rows come between those that are there, whose pages are divided again and again.
            for n in 0..1500_usize {
                let number = u8::try_from(1 + n * 7 % 3).unwrap();
                tx.append_message(&MessageRow {
                    body: StoredBody {
                        kind: 1,
                        data: [canary("text", n), "-".repeat(n * 37 % 700)]
                            .concat()
                            .into(),
                    },
                    ..message(number, Direction::Incoming, n as u64 + 1)
                })?;
            }
            Ok::<_, StoreError>(())
        })
        .unwrap();
    let gone: Vec<String> = (0..1500)
        .filter(|n| n * 7 % 3 == 0)
        .map(|n| canary("text", n))
        .collect();
    // And rows grow, beyond the room that their page has.
    for n in (0..1500_usize).rev() {
        let number = u8::try_from(1 + n * 7 % 3).unwrap();
        let grown = StoredBody {
            kind: 1,
            data: [canary("text", n), "+".repeat(n * 53 % 3000)]
                .concat()
                .into(),
        };
        let place = n as u64 / 3 + 1;
        store
            .write(|tx| tx.fill_message(conversation(number).id, place, &grown, 0))
            .unwrap();
    }
    let left = |pages: &[u8]| {
        let parts: HashSet<&[u8]> = pages.windows(gone[0].len()).collect();
        let is_left = |name: &&String| parts.contains(name.as_bytes());
        gone.iter().filter(is_left).count()
    };
    store
        .write(|tx| tx.delete_messages(conversation(1).id, &(1..=1500).collect::<Vec<_>>(), 2))
        .unwrap();
    store.empty_log().unwrap();
    assert!(left(&all_pages(path)) > 0, "the test sees copies");
    sweep(&store);
    assert_eq!(left(&all_pages(path)), 0);
    store.close().unwrap();
    let found: String = raw::connect(path)
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(found, "ok");
}
