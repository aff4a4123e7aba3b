//! Search: newest first, by the beginnings of words in any script, and nothing of what was deleted.

use tacita_core::protocol::ids::ConversationId;
use tacita_core::store::{Direction, MessageRow, Store, StoreError, StoredBody, Tx};

use crate::raw;
use crate::samples::{conversation, message, open, with_tx};

fn body(text: &str) -> StoredBody {
    StoredBody {
        kind: StoredBody::TEXT,
        data: text.as_bytes().to_vec(),
    }
}

/// Says a text in a conversation and returns its place.
pub fn say(tx: &Tx<'_>, number: u8, text: &str) -> Result<u64, StoreError> {
    let mut row = message(number, Direction::Incoming, 0);
    row.body = body(text);
    tx.append_message(&row)
}

fn text_of(row: MessageRow) -> String {
    String::from_utf8(row.body.data).unwrap()
}

pub fn find_in(
    tx: &Tx<'_>,
    search: &str,
    within: Option<ConversationId>,
) -> Result<Vec<String>, StoreError> {
    let (found, more) = tx.find_texts(search, within, None, 1000)?;
    assert!(!more);
    Ok(found.into_iter().map(|hit| text_of(hit.message)).collect())
}

pub fn find(tx: &Tx<'_>, search: &str) -> Result<Vec<String>, StoreError> {
    find_in(tx, search, None)
}

#[test]
fn hits_are_newest_first_across_conversations_and_within_one() {
    with_tx(|tx| {
        for number in [1, 2] {
            tx.insert_conversation(&conversation(number))?;
        }
        for (number, text) in [
            (2, "first walk"),
            (1, "second walk"),
            (2, "nothing"),
            (2, "third walking"),
            (1, "fourth Walk"),
        ] {
            say(tx, number, text)?;
        }
        let all = ["fourth Walk", "third walking", "second walk", "first walk"];
        assert_eq!(find(tx, "walk")?, all);
        assert_eq!(find(tx, "walk fir")?, ["first walk"]);
        assert_eq!(find(tx, "walk first second")?, [""; 0]);
        let within = |number| find_in(tx, "walk", Some(conversation(number).id));
        assert_eq!(within(1)?, ["fourth Walk", "second walk"]);
        assert_eq!(within(2)?, ["third walking", "first walk"]);
        assert_eq!(within(3)?, [""; 0]);
        let (hits, _) = tx.find_texts("second", None, None, 9)?;
        assert_eq!(hits[0].message.conversation, conversation(1).id);
        assert_eq!(
            tx.message_at(conversation(1).id, 1)?.unwrap(),
            hits[0].message
        );
        Ok(())
    });
}

#[test]
fn only_texts_are_found() {
    with_tx(|tx| {
        tx.insert_conversation(&conversation(1))?;
        let mut row = message(1, Direction::Incoming, 0);
        row.body = StoredBody {
            kind: 5,
            data: b"a word".to_vec(),
        };
        tx.append_message(&row)?;
        // No text of ours is like this; the row is kept all the same.
        row.body = StoredBody {
            kind: StoredBody::TEXT,
            data: b"a word \xff".to_vec(),
        };
        tx.append_message(&row)?;
        assert_eq!(find(tx, "word")?, [""; 0]);
        tx.delete_conversation(conversation(1).id)
    });
}

#[test]
fn a_place_that_is_filled_is_found_and_what_it_held_before_is_not() {
    with_tx(|tx| {
        let id = conversation(1).id;
        tx.insert_conversation(&conversation(1))?;
        let mut row = message(1, Direction::Incoming, 1);
        row.body = StoredBody {
            kind: 2,
            data: vec![],
        };
        let place = tx.append_message(&row)?;
        say(tx, 1, "came before")?;
        assert_eq!(find(tx, "came")?, ["came before"]);
        tx.fill_message(id, place, &body("came late"), 7)?;
        assert_eq!(find(tx, "came")?, ["came late", "came before"]);
        assert_eq!(find_in(tx, "came", Some(id))?, ["came late", "came before"]);

        say(tx, 1, "came last")?;
        tx.fill_message(id, place, &body("came again"), 7)?;
        assert_eq!(
            find(tx, "came")?,
            ["came last", "came again", "came before"]
        );
        assert_eq!(find(tx, "late")?, [""; 0]);
        let nothing = StoredBody {
            kind: 4,
            data: vec![],
        };
        tx.fill_message(id, place, &nothing, 0)?;
        assert_eq!(find(tx, "came")?, ["came last", "came before"]);
        tx.fill_message(id, place, &body("came back"), 7)?;
        assert_eq!(find(tx, "came")?[0], "came back");
        Ok(())
    });
}

#[test]
fn paging_gives_each_hit_once_while_messages_come_and_conversations_go() {
    with_tx(|tx| {
        for number in [1, 2, 3] {
            tx.insert_conversation(&conversation(number))?;
        }
        for number in 1..=50_u8 {
            say(tx, number % 2 + 1, &format!("hit {number}"))?;
        }
        // The newest of all: their numbers must not be given again.
        for number in 1..=9 {
            say(tx, 3, &format!("hit gone {number}"))?;
        }
        let (first, more) = tx.find_texts("hit", None, None, 12)?;
        assert!(more);
        let mut before = first.last().unwrap().number;
        let mut seen: Vec<String> = first
            .into_iter()
            .skip(9)
            .map(|hit| text_of(hit.message))
            .collect();
        tx.delete_conversation(conversation(3).id)?;
        let mut pages = 1;
        loop {
            say(tx, 1, "hit that is new")?;
            let (found, more) = tx.find_texts("hit", None, Some(before), 7)?;
            assert!(found.iter().all(|hit| hit.number < before));
            before = found.last().unwrap().number;
            seen.extend(found.into_iter().map(|hit| text_of(hit.message)));
            pages += 1;
            if !more {
                break;
            }
        }
        let all: Vec<String> = (1..=50).rev().map(|n| format!("hit {n}")).collect();
        assert_eq!((seen, pages), (all, 8));
        assert_eq!(tx.find_texts("hit", None, Some(0), 7)?.0, []);
        assert!(tx.find_texts("hit", None, Some(u64::MAX), 7)?.1);
        Ok(())
    });
}

/// Words that nothing else in a store begins with.
fn canary(number: usize) -> String {
    format!("qzx{number:04}wvk")
}

#[test]
fn deleted_words_are_nowhere_in_the_decrypted_database() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    let id = conversation(1).id;
    store
        .write(|tx| {
            tx.insert_conversation(&conversation(1))?;
            tx.insert_conversation(&conversation(2))
        })
        .unwrap();
    // Many transactions: many segments of the index, some of them merged.
    for round in 0..40 {
        store
            .write(|tx| {
                for number in 0..20 {
                    let canary = canary(round * 20 + number);
                    say(tx, 1, &format!("a common word and {canary}"))?;
                    say(
                        tx,
                        2,
                        &format!("a common word beside qualm and queue {number}"),
                    )?;
                }
                Ok::<_, StoreError>(())
            })
            .unwrap();
    }
    // Their words are in the index by then.
    let found = store.write(|tx| tx.find_texts("qzx", None, None, 2000));
    assert!(found.unwrap().0.len() > 1);
    let replaced = "qzx-replaced-wvk";
    store.write(|tx| say(tx, 2, replaced)).unwrap();
    let last = store
        .read(|tx| tx.load_conversation(conversation(2).id))
        .unwrap()
        .unwrap()
        .last_place;
    store
        .write(|tx| tx.fill_message(conversation(2).id, last, &body("another"), 0))
        .unwrap();
    store.write(|tx| tx.delete_conversation(id)).unwrap();
    let hits = |search: &str| {
        store
            .write(|tx| tx.find_texts(search, None, None, 2000))
            .unwrap()
    };
    assert_eq!(hits("qzx").0, []);
    assert_eq!(hits("common").0.len(), 800);
    while store.scrub().unwrap() {}
    store.close().unwrap();

    let bytes = raw::decrypted_bytes(directory.path());
    assert!(raw::contains(&bytes, b"qualm and queue"));
    assert!(!raw::contains(&bytes, b"qzx"));
    assert!(!raw::contains(&bytes, b"wvk"));
    let connection = raw::connect(directory.path());
    let count = |sql: &str| -> i64 { connection.query_row(sql, [], |row| row.get(0)).unwrap() };
    connection
        .execute_batch("CREATE VIRTUAL TABLE temp.words USING fts5vocab (main, texts, row)")
        .unwrap();
    assert!(count("SELECT count(*) FROM words WHERE term LIKE 'q%'") == 2);
    assert_eq!(
        count("SELECT count(*) FROM words WHERE term LIKE 'qzx%'"),
        0
    );
    assert_eq!(count("SELECT count(*) FROM text_rows"), 801);
}

#[test]
fn an_index_that_a_transaction_wrote_in_vain_is_as_it_was() {
    let store = Store::open_in_memory().unwrap();
    store
        .write(|tx| {
            tx.insert_conversation(&conversation(1))?;
            say(tx, 1, "kept words")
        })
        .unwrap();
    let failed: Result<(), StoreError> = store.write(|tx| {
        say(tx, 1, "lost words")?;
        tx.delete_conversation(conversation(1).id)?;
        Err(StoreError::Failed)
    });
    assert_eq!(failed, Err(StoreError::Failed));
    store
        .read(|tx| {
            assert_eq!(find(tx, "words")?, ["kept words"]);
            Ok::<_, StoreError>(())
        })
        .unwrap();
    store
        .write(|tx| tx.delete_conversation(conversation(1).id))
        .unwrap();
}
