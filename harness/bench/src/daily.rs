//! What a device does all day, on a disk and with 200,000 messages stored: opening, one message, and a drained queue.

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::engine::{Pair, open};
use crate::measure::{Row, SAMPLES, Taken, median_of, take};
use crate::{message, store};

/// µs that opening may take, its check of the schema included.
const OPEN_LIMIT: f64 = 1000.0;
/// µs that a message may take beyond an fsync.
const MESSAGE_LIMIT: f64 = 200.0;
/// µs of CPU that a message of a drained queue may take beyond its encryption.
const DRAIN_LIMIT: f64 = 60.0;
/// Messages that wait until the contact answers, more than may leave at once.
const WAITING: usize = 1000;
/// Pages of the database that one message writes: docs/MEASURED.md names them.
const SENDS_PAGES: u32 = 9;
const RECEIVES_PAGES: u32 = 8;
const BLOCK: [u8; 4096] = [7; 4096];
/// Blocks that are written one after another, then again from the first.
const BLOCKS: u64 = 1024;

pub fn rows() -> Vec<Row> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let filled = fill_both(path);
    let mut rows = Vec::from(opening(&filled));
    let mut pair = Pair::strangers(path);
    rows.push(draining(&mut pair));
    rows.extend(one_message(&mut pair, path));
    rows
}

/// Two stores of 200,000 messages, for the two ends; gives the first.
pub fn fill_both(directory: &Path) -> PathBuf {
    let filled = directory.join("end1");
    store::fill_store(&filled).close().unwrap();
    let copy = directory.join("end2");
    fs::create_dir(&copy).unwrap();
    for entry in fs::read_dir(&filled).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), copy.join(entry.file_name())).unwrap();
    }
    filled
}

/// Opening, and the first transaction, before which what is kept in memory alone is found in the tables.
fn opening(directory: &Path) -> [Row; 2] {
    let (mut opened, mut found) = (Vec::new(), Vec::new());
    for _ in 0..SAMPLES {
        let (store, taken) = take(|| open(directory));
        opened.push(taken);
        let (number, taken) = take(|| store.read(|tx| tx.change_number()));
        number.unwrap();
        found.push(taken);
        store.close().unwrap();
    }
    [
        Row::wall("open the store, schema checked", &opened, 0.0, OPEN_LIMIT),
        Row::wall("the first transaction", &found, 0.0, None),
    ]
}

/// The contact answers, and everything that waited leaves that may.
fn draining(pair: &mut Pair) -> Row {
    let protocol = {
        let (mut alice, _, mut rng) = message::acquainted();
        let taken: Vec<Taken> = (0..SAMPLES)
            .map(|_| {
                let (_, taken) = take(|| {
                    for _ in 0..8 {
                        message::encrypt(&mut alice, &mut rng);
                    }
                });
                taken
            })
            .collect();
        median_of(&taken, |taken| taken.cpu) / 8.0
    };
    let taken = pair.drain(WAITING);
    Row::cpu(
        "drain 1,000 that waited, each",
        &[taken],
        protocol,
        DRAIN_LIMIT,
    )
}

fn one_message(pair: &mut Pair, directory: &Path) -> [Row; 4] {
    let pages = Pages::new(directory);
    let mut file = File::create(directory.join("fsync")).unwrap();
    for _ in 0..BLOCKS {
        file.write_all(&BLOCK).unwrap();
    }
    file.sync_all().unwrap();
    file.seek(SeekFrom::Start(0)).unwrap();
    let (mut sent, mut received, mut synced) = (Vec::new(), Vec::new(), Vec::new());
    let (mut sends_pages, mut receives_pages) = (Vec::new(), Vec::new());
    for turn in 0..SAMPLES as u64 {
        if turn % BLOCKS == 0 {
            file.seek(SeekFrom::Start(0)).unwrap();
        }
        let ((), taken) = take(|| {
            file.write_all(&BLOCK).unwrap();
            file.sync_all().unwrap();
        });
        synced.push(taken);
        let (send, receive) = pair.send_timed();
        sent.push(send);
        received.push(receive);
        sends_pages.push(take(|| pages.write(SENDS_PAGES, 2 * turn)).1);
        receives_pages.push(take(|| pages.write(RECEIVES_PAGES, 2 * turn + 1)).1);
    }
    let fsync = median_of(&synced, |taken| taken.wall);
    [
        Row::wall("send a text, to the disk", &sent, fsync, MESSAGE_LIMIT),
        Row::wall(
            "receive a text, to the disk",
            &received,
            fsync,
            MESSAGE_LIMIT,
        ),
        Row::wall(
            "pages that sending writes, alone",
            &sends_pages,
            fsync,
            None,
        ),
        Row::wall(
            "pages that receiving writes, alone",
            &receives_pages,
            fsync,
            None,
        ),
    ]
}

/// What a transaction costs that writes so many pages of an encrypted database, set as the store is, and does nothing else:
/// the part of a message's time that no change of ours to the engine can save.
struct Pages(Connection);

impl Pages {
    fn new(directory: &Path) -> Self {
        let database = Connection::open(directory.join("pages")).unwrap();
        database
            .execute_batch(
                "PRAGMA key = \"x'0707070707070707070707070707070707070707070707070707070707070707'\";
                 PRAGMA cipher_page_size = 4096;
                 PRAGMA cipher_hmac_algorithm = HMAC_SHA256;
                 PRAGMA locking_mode = EXCLUSIVE;
                 PRAGMA journal_mode = WAL;
                 PRAGMA synchronous = FULL;
                 PRAGMA secure_delete = ON;
                 CREATE TABLE pages (id INTEGER PRIMARY KEY, data BLOB NOT NULL);",
            )
            .unwrap();
        for id in 0..SENDS_PAGES {
            // One to a page.
            database
                .execute("INSERT INTO pages VALUES (?1, zeroblob(3900))", [id])
                .unwrap();
        }
        Self(database)
    }

    /// What is written differs with each `turn`: SQLite leaves a page alone that is as it was.
    fn write(&self, count: u32, turn: u64) {
        let mut data = [0; 3900];
        data[..8].copy_from_slice(&turn.wrapping_add(1).to_le_bytes());
        let pages = self.0.unchecked_transaction().unwrap();
        let mut update = self
            .0
            .prepare_cached("UPDATE pages SET data = ?2 WHERE id = ?1")
            .unwrap();
        for id in 0..count {
            update.execute((id, &data[..])).unwrap();
        }
        drop(update);
        pages.commit().unwrap();
    }
}
