//! The store beside plain SQLite, which runs the same statements on the same rows without encryption.

use std::hint::black_box;
use std::path::Path;

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use rusqlite::{Connection, params};
use tacita_core::protocol::Descriptor;
use tacita_core::protocol::ids::{
    AccountId, ConversationId, DeviceAddress, DeviceNumber, Hour, TranscriptHash,
};
use tacita_core::store::{
    ConversationRow, ConversationState, Direction, KeyVault, MessageRow, OutboxRow, SessionRow,
    Store, StoreError, StoredBody, StoredDelivery, VaultError, Verification,
};
use tacita_wire::{MailboxId, RelayAddress, RelayRootHash, WriteKey};
use zeroize::Zeroizing;

use crate::measure::{Limits, NO_LIMITS, Row, row};
use crate::{search, words};

pub const MESSAGES: u64 = 200_000;
const CONVERSATIONS: u64 = 200;
pub const PAGE: u32 = 50;
/// The slowest that a page may be, beside plain SQLite.
const PAGE_LIMIT: Limits = Limits {
    floor: Some(2.5),
    ..NO_LIMITS
};
/// A session's stored form and an envelope of one short text.
const STATE_BYTES: usize = 5 * 1024;
const ENVELOPE_BYTES: usize = 4096;

/// The rows of this group.
pub fn rows() -> Vec<Row> {
    let directory = tempfile::tempdir().unwrap();
    let ours = fill_store(&directory.path().join("ours"));
    let plain = fill_plain(&directory.path().join("plain.db"));
    let (mut send, mut plain_send) = (0, 0);
    let (mut receive, mut plain_receive) = (0, 0);
    let mut turn = 0;
    let page = row(
        "page of 50 out of 200,000",
        PAGE_LIMIT,
        || {
            turn += 1;
            turn % CONVERSATIONS
        },
        |number| {
            ours.read(|tx| tx.page_before(conversation(number), None, PAGE))
                .unwrap()
        },
        Some(&mut || drop(black_box(plain_page(&plain, 7)))),
        None,
    );
    let mut rows = vec![page];
    rows.extend(search::rows(&ours, &plain));
    let send = row(
        "send: session, message, envelope, words",
        NO_LIMITS,
        || {
            send += 1;
            send
        },
        |number| store_send(&ours, number),
        Some(&mut || {
            plain_send += 1;
            plain_write(&plain, 1, plain_send, true);
        }),
        None,
    );
    let receive = row(
        "receive: session, message, hash, words",
        NO_LIMITS,
        || {
            receive += 1;
            receive
        },
        |number| store_receive(&ours, number),
        Some(&mut || {
            plain_receive += 1;
            plain_write(&plain, 2, plain_receive, false);
        }),
        None,
    );
    rows.extend([send, receive]);
    rows
}

/// Stands for a platform's vault; its cost is none of the store's.
pub struct NoVault;

impl KeyVault for NoVault {
    fn wrap(&self, key: &[u8]) -> Result<Vec<u8>, VaultError> {
        Ok(key.to_vec())
    }

    fn unwrap(&self, blob: &[u8]) -> Result<Vec<u8>, VaultError> {
        Ok(blob.to_vec())
    }
}

pub fn conversation(number: u64) -> ConversationId {
    ConversationId(AccountId([u8::try_from(number % 256).unwrap(); 32]))
}

fn peer(number: u64) -> DeviceAddress {
    DeviceAddress {
        account: conversation(number).0,
        device: DeviceNumber::FIRST,
    }
}

pub fn message(number: u64, direction: Direction, counter: u64) -> MessageRow {
    MessageRow {
        conversation: conversation(number),
        place: 0,
        direction,
        device: DeviceNumber::FIRST,
        counter,
        body: StoredBody {
            kind: 1,
            data: words::text(number, counter).into_bytes(),
        },
        sent_ms: 1_700_000_000_000,
        stored_ms: 1_700_000_000_000,
        delivery: StoredDelivery::Received,
    }
}

fn session(th: u8, state: u8) -> SessionRow {
    SessionRow {
        peer: peer(1),
        th: TranscriptHash([th; 32]),
        state: Zeroizing::new(vec![state; STATE_BYTES]),
        initiator: true,
        initial: None,
        initial_sent: 0,
        replaces: None,
        created: Hour(1),
        last_opened: Hour(1),
        chain: 1,
        chain_first_counter: 1,
    }
}

/// A store with 200,000 messages.
pub fn fill_store(directory: &Path) -> Store {
    let store = Store::open(directory, &NoVault, &mut ChaCha20Rng::from_seed([1; 32])).unwrap();
    store
        .write(|tx| {
            for number in 0..CONVERSATIONS {
                tx.insert_conversation(&ConversationRow {
                    id: conversation(number),
                    name: "a name".into(),
                    log: vec![1; 300],
                    state: ConversationState::Established,
                    verification: Verification::Unverified,
                    invitation: None,
                    read_up_to: 0,
                    last_place: 0,
                    activity_ms: 0,
                })?;
            }
            for counter in 1..=MESSAGES / CONVERSATIONS {
                for number in 0..CONVERSATIONS {
                    tx.append_message(&message(number, Direction::Incoming, counter))?;
                }
            }
            tx.insert_session(&session(1, 0))?;
            tx.insert_session(&session(2, 0))
        })
        .unwrap();
    store
}

fn store_send(store: &Store, number: u64) {
    let state = u8::try_from(number % 256).unwrap();
    store
        .write(|tx| {
            tx.save_session(&session(1, state))?;
            let counter = MESSAGES + number;
            let mut row = message(1, Direction::Outgoing, counter);
            row.delivery = StoredDelivery::Queued;
            let place = tx.append_message(&row)?;
            tx.push_outbox(&OutboxRow {
                id: 0,
                peer: peer(1),
                place: Some(place),
                counter,
                descriptor: Descriptor {
                    address: RelayAddress::new("relay.example:443").unwrap(),
                    root: RelayRootHash([3; 32]),
                    mailbox: MailboxId([4; 32]),
                    write: WriteKey::from_bytes([5; 32]),
                },
                envelope: vec![state; ENVELOPE_BYTES],
                put: None,
                again_ms: 0,
            })?;
            tx.touch(1, &[1])
        })
        .unwrap();
}

fn store_receive(store: &Store, number: u64) {
    store
        .write(|tx| {
            tx.save_session(&session(2, u8::try_from(number % 256).unwrap()))?;
            let mut hash = [7; 32];
            hash[..8].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
            assert!(!tx.has_envelope(hash)?);
            tx.insert_envelope(hash, Hour(1))?;
            tx.append_message(&message(2, Direction::Incoming, MESSAGES + number))?;
            tx.save_setting("cursor", &number.to_be_bytes())?;
            tx.touch(1, &[2])?;
            Ok::<_, StoreError>(())
        })
        .unwrap();
}

fn fill_plain(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -8192;
             PRAGMA locking_mode = EXCLUSIVE;
             CREATE TABLE messages (conversation INTEGER NOT NULL, place INTEGER NOT NULL,
               direction INTEGER, device INTEGER, counter INTEGER, kind INTEGER, data BLOB,
               sent_ms INTEGER, stored_ms INTEGER, delivery INTEGER,
               PRIMARY KEY (conversation, place)) WITHOUT ROWID;
             CREATE TABLE sessions (th INTEGER PRIMARY KEY, state BLOB);
             CREATE TABLE outbox (id INTEGER PRIMARY KEY, mailbox BLOB, envelope BLOB);
             CREATE TABLE envelopes (hash BLOB PRIMARY KEY, seen INTEGER) WITHOUT ROWID;
             CREATE TABLE changes (key INTEGER PRIMARY KEY, number INTEGER);
             INSERT INTO sessions VALUES (1, x''), (2, x'');
             CREATE TABLE text_rows (row INTEGER PRIMARY KEY, conversation INTEGER, place INTEGER);
             CREATE VIRTUAL TABLE texts USING fts5 (words, content = '', columnsize = 0,
               tokenize = 'unicode61 remove_diacritics 2 categories ''L* M* N* Co''');
             INSERT INTO texts (texts, rank) VALUES ('secure-delete', 1);
             BEGIN",
        )
        .unwrap();
    for place in 1..=MESSAGES / CONVERSATIONS {
        for number in 0..CONVERSATIONS {
            insert_plain(&connection, number, place);
        }
    }
    connection.execute_batch("COMMIT").unwrap();
    connection
}

pub fn insert_plain(connection: &Connection, conversation: u64, place: u64) {
    let text = words::text(conversation, place);
    connection
        .prepare_cached("INSERT INTO messages VALUES (?1, ?2, 1, 1, ?2, 1, ?3, ?4, ?4, 1)")
        .unwrap()
        .execute(params![
            conversation.cast_signed(),
            place.cast_signed(),
            text.as_bytes(),
            1_700_000_000_000_i64
        ])
        .unwrap();
    connection
        .prepare_cached("INSERT INTO text_rows (conversation, place) VALUES (?1, ?2)")
        .unwrap()
        .execute([conversation.cast_signed(), place.cast_signed()])
        .unwrap();
    // The conversation is a word too, as in ours.
    connection
        .prepare_cached("INSERT INTO texts (rowid, words) VALUES (?1, ?2)")
        .unwrap()
        .execute(params![
            connection.last_insert_rowid(),
            format!("conversation{conversation} {text}")
        ])
        .unwrap();
}

fn plain_page(connection: &Connection, conversation: i64) -> Vec<(i64, i64, Vec<u8>, i64)> {
    let mut statement = connection
        .prepare_cached(
            "SELECT place, direction, device, counter, kind, data, sent_ms, stored_ms, delivery
             FROM messages WHERE conversation = ?1 ORDER BY place DESC LIMIT ?2",
        )
        .unwrap();
    statement
        .query_map(params![conversation, PAGE + 1], |row| {
            Ok((row.get(0)?, row.get(3)?, row.get(5)?, row.get(6)?))
        })
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

/// Session and message, and the envelope (sending) or its hash (receiving), in one transaction.
fn plain_write(connection: &Connection, session: i64, number: u64, sending: bool) {
    let run = |sql: &str, params: &[&dyn rusqlite::ToSql]| {
        connection
            .prepare_cached(sql)
            .unwrap()
            .execute(params)
            .unwrap();
    };
    let signed = number.cast_signed();
    run("BEGIN IMMEDIATE", &[]);
    run(
        "UPDATE sessions SET state = ?2 WHERE th = ?1",
        &[&session, &vec![1_u8; STATE_BYTES]],
    );
    insert_plain(connection, session.cast_unsigned(), MESSAGES + number);
    if sending {
        run(
            "INSERT INTO outbox (mailbox, envelope) VALUES (?1, ?2)",
            &[&[4_u8; 32], &vec![1_u8; ENVELOPE_BYTES]],
        );
    } else {
        let hash = number
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .to_be_bytes()
            .repeat(4);
        run("INSERT INTO envelopes VALUES (?1, 1)", &[&hash]);
    }
    run(
        "INSERT INTO changes VALUES (1, ?1) ON CONFLICT (key) DO UPDATE SET number = ?1",
        &[&signed],
    );
    run("COMMIT", &[]);
}
