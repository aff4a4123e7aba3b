//! Search beside plain SQLite with the same index and the same query.

use std::hint::black_box;

use rusqlite::{Connection, params};
use tacita_core::store::{Direction, Store, StoreError};

use crate::measure::{Limits, NO_LIMITS, Row, row};
use crate::store::{MESSAGES, PAGE, conversation, insert_plain, message};
use crate::words::word;

/// The slowest that a search may be, beside plain SQLite.
const LIMIT: Limits = Limits {
    floor: Some(2.0),
    ..NO_LIMITS
};
/// Messages of one transaction.
const BULK: u64 = 100;

/// The rows of search, and of writing much at once.
pub fn rows(ours: &Store, plain: &Connection) -> Vec<Row> {
    let (first, second) = (word(0), word(1));
    let pair = format!("{first} {second}");
    let plain_pair = format!("\"{first}\" * \"{second}\" *");
    // The beginning of the words from rank 26 to 51.
    let beginning = word(26)[..4].to_owned();
    let plain_beginning = format!("\"{beginning}\" *");
    let letter = word(0)[..1].to_owned();
    let plain_letter = format!("\"{letter}\" *");
    let plain_within = format!("\"conversation7\" AND (\"{first}\" *)");
    let search = |name, (text, within): (&str, Option<u64>), query: &str| {
        let within = within.map(conversation);
        let find = || {
            ours.write(|tx| tx.find_texts(text, within, None, PAGE))
                .unwrap()
        };
        assert_eq!((find().0.len(), find_plain(plain, query).len()), (50, 51));
        row(
            name,
            LIMIT,
            || (),
            |()| find(),
            Some(&mut || drop(black_box(find_plain(plain, query)))),
            None,
        )
    };
    let mut rows = vec![
        search(
            "search newest 50: two common words",
            (&pair, None),
            &plain_pair,
        ),
        search(
            "search newest 50: 26 words' beginning",
            (&beginning, None),
            &plain_beginning,
        ),
        search(
            "search newest 50: in one of 200",
            (&first, Some(7)),
            &plain_within,
        ),
        search(
            "search newest 50: every word's first letter",
            (&letter, None),
            &plain_letter,
        ),
    ];
    let (mut bulk, mut plain_bulk) = (0, 0);
    rows.push(row(
        "100 messages in one transaction",
        NO_LIMITS,
        || {
            bulk += BULK;
            bulk
        },
        |last| store_bulk(ours, last),
        Some(&mut || {
            plain_bulk += BULK;
            plain.execute_batch("BEGIN IMMEDIATE").unwrap();
            for number in plain_bulk - BULK..plain_bulk {
                insert_plain(plain, 3, MESSAGES + number);
            }
            plain.execute_batch("COMMIT").unwrap();
        }),
        None,
    ));
    rows
}

fn store_bulk(store: &Store, last: u64) {
    store
        .write(|tx| {
            for number in last - BULK..last {
                tx.append_message(&message(3, Direction::Incoming, MESSAGES + number))?;
            }
            Ok::<_, StoreError>(())
        })
        .unwrap();
}

fn find_plain(connection: &Connection, query: &str) -> Vec<(i64, i64, Vec<u8>, i64)> {
    let mut statement = connection
        .prepare_cached(
            "SELECT messages.place, direction, device, counter, kind, data, sent_ms, stored_ms,
               delivery, row
             FROM texts
             CROSS JOIN text_rows ON text_rows.row = texts.rowid
             CROSS JOIN messages ON messages.conversation = text_rows.conversation
               AND messages.place = text_rows.place
             WHERE texts MATCH ?1 AND texts.rowid < ?2 ORDER BY texts.rowid DESC LIMIT ?3",
        )
        .unwrap();
    statement
        .query_map(params![query, i64::MAX, PAGE + 1], |row| {
            Ok((row.get(0)?, row.get(3)?, row.get(5)?, row.get(6)?))
        })
        .unwrap()
        .map(Result::unwrap)
        .collect()
}
