//! Messages that are deleted, and the counters beside them, which must say what a count would.

use proptest::prelude::*;
use tacita_core::protocol::ids::Hour;
use tacita_core::store::{
    CleanUpPlace, Direction, MessageRow, Store, StoreError, StoredBody, StoredDelivery, Tx,
};

use crate::samples::{conversation, message, open, outgoing, peer};

/// What keeps a place for what may still come.
const KEPT: u16 = 2;

fn append(tx: &Tx<'_>, number: u8, counter: u64, kind: u16, text: &str) -> Result<u64, StoreError> {
    tx.append_message(&MessageRow {
        body: StoredBody {
            kind,
            data: text.into(),
        },
        ..message(number, Direction::Incoming, counter)
    })
}

/// By reading every row.
fn counted(tx: &Tx<'_>, number: u8) -> Result<(u64, u64), StoreError> {
    let (rows, _) = tx.page_after(conversation(number).id, 0, 10_000)?;
    let bytes = rows.iter().map(|row| row.body.data.len() as u64).sum();
    Ok((rows.len() as u64, bytes))
}

fn kept_up(tx: &Tx<'_>, number: u8) -> Result<(u64, u64), StoreError> {
    let size = tx.conversation_size(conversation(number).id)?;
    Ok((size.messages, size.bytes))
}

#[derive(Clone, Debug)]
enum Act {
    Append(u8, u16, String),
    Fill(u8, u64, u16, String),
    Delete(u8, Vec<u64>),
    DeleteOlder(Option<u8>, u64),
    DeleteConversation(u8),
}

fn act() -> impl Strategy<Value = Act> {
    let number = 1..3_u8;
    let kind = prop_oneof![Just(1_u16), Just(2), Just(4)];
    prop_oneof![
        6 => (number.clone(), kind.clone(), "[a-z ]{0,40}").prop_map(|(n, k, t)| Act::Append(n, k, t)),
        2 => (number.clone(), 1..30_u64, kind, "[a-z ]{0,40}")
            .prop_map(|(n, p, k, t)| Act::Fill(n, p, k, t)),
        2 => (number.clone(), prop::collection::vec(1..30_u64, 0..9)).prop_map(|(n, p)| Act::Delete(n, p)),
        2 => (prop::option::of(number.clone()), 2000..2040_u64).prop_map(|(n, t)| Act::DeleteOlder(n, t)),
        1 => number.prop_map(Act::DeleteConversation),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn counters_say_what_a_count_says(acts in prop::collection::vec(act(), 1..60)) {
        let store = Store::open_in_memory().unwrap();
        let mut counter = 0;
        let write = store.write(|tx| {
            for number in 1..3 {
                tx.insert_conversation(&conversation(number))?;
            }
            for act in acts {
                match act {
                    Act::Append(number, kind, text) => {
                        counter += 1;
                        append(tx, number, counter, kind, &text)?;
                    }
                    Act::Fill(number, place, kind, text) => {
                        let id = conversation(number).id;
                        if tx.message_at(id, place)?.is_some() {
                            tx.fill_message(id, place, &StoredBody { kind, data: text.into() }, 1)?;
                        }
                    }
                    Act::Delete(number, places) => {
                        tx.delete_messages(conversation(number).id, &places, KEPT)?;
                    }
                    Act::DeleteOlder(number, before_ms) => {
                        let within = number.map(|number| conversation(number).id);
                        tx.delete_older(within, before_ms, CleanUpPlace::default(), KEPT)?;
                    }
                    Act::DeleteConversation(number) => {
                        tx.delete_conversation(conversation(number).id)?;
                        tx.insert_conversation(&conversation(number))?;
                    }
                }
                for number in 1..3 {
                    assert_eq!(kept_up(tx, number)?, counted(tx, number)?);
                }
            }
            Ok::<_, StoreError>(())
        });
        write.unwrap();
    }
}

#[test]
fn what_is_still_needed_stays_whatever_its_age() {
    let store = Store::open_in_memory().unwrap();
    let write = store.write(|tx| {
        tx.insert_conversation(&conversation(1))?;
        tx.save_peer(&peer(1))?;
        let id = conversation(1).id;
        let place_of = |delivery, counter| {
            tx.append_message(&MessageRow {
                delivery,
                ..message(1, Direction::Outgoing, counter)
            })
        };
        let waiting = place_of(StoredDelivery::Waiting, 0)?;
        let queued = place_of(StoredDelivery::Queued, 2)?;
        tx.push_outbox(&outgoing(1, 7, 2))?;
        let sent = place_of(StoredDelivery::Sent, 3)?;
        tx.push_outbox(&outgoing(1, 7, 3))?;
        // Its contact is gone, and with it what was on its way.
        let given_up = place_of(StoredDelivery::Sent, 4)?;
        let delivered = place_of(StoredDelivery::Delivered, 5)?;
        let missing = append(tx, 1, 6, KEPT, "")?;
        let came = append(tx, 1, 7, 1, "came")?;
        let all = [waiting, queued, sent, given_up, delivered, missing, came];
        assert_eq!(tx.delete_messages(id, &all, KEPT)?, 3);
        let (rows, _) = tx.page_after(id, 0, 100)?;
        let left: Vec<u64> = rows.iter().map(|row| row.place).collect();
        assert_eq!(left, [waiting, queued, sent, missing]);
        let batch = tx.delete_older(None, u64::MAX, CleanUpPlace::default(), KEPT)?;
        assert_eq!((batch.looked_at, batch.deleted, batch.next), (4, 0, None));
        Ok::<_, StoreError>(())
    });
    write.unwrap();
}

#[test]
fn batches_of_a_clean_up_leave_nothing_out_whatever_comes_between() {
    let store = Store::open_in_memory().unwrap();
    let write = store.write(|tx| {
        for number in 1..=3 {
            tx.insert_conversation(&conversation(number))?;
            for counter in 1..=700 {
                append(tx, number, counter, 1, "a text")?;
            }
        }
        let mut from = CleanUpPlace::default();
        let (mut deleted, mut looked_at, mut batches) = (0, 0, 0);
        loop {
            // The middle one only; every second text is old enough, by clocks that jumped.
            let within = Some(conversation(2).id);
            let batch = tx.delete_older(within, 2351, from, KEPT)?;
            assert!(batch.deleted <= 25 && batch.looked_at <= 500);
            assert_eq!(batch.changed.len(), usize::from(batch.deleted > 0));
            deleted += batch.deleted;
            looked_at += batch.looked_at;
            batches += 1;
            append(tx, 2, 1000 + batches, 1, "new")?;
            let Some(next) = batch.next else { break };
            from = next;
        }
        assert_eq!(deleted, 350);
        assert!(looked_at >= 700);
        for (number, left) in [(1, 700), (2, 350 + batches), (3, 700)] {
            assert_eq!(counted(tx, number)?.0, left);
        }
        Ok::<_, StoreError>(())
    });
    write.unwrap();
}

#[test]
fn the_report_adds_up_and_room_is_given_back() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    store
        .write(|tx| {
            tx.insert_conversation(&conversation(1))?;
            tx.save_peer(&peer(1))?;
            tx.push_outbox(&outgoing(1, 7, 2))?;
            for counter in 1..=2000 {
                append(tx, 1, counter, 1, &"long text ".repeat(100))?;
            }
            Ok::<_, StoreError>(())
        })
        .unwrap();
    let full = store.sizes().unwrap();
    assert_eq!(full.outbox_bytes, 4096);
    assert!(full.key_bytes >= 5000 && full.log_bytes > 0);
    assert!(full.database_bytes > 2_000_000 && full.total_bytes > full.database_bytes);
    let places: Vec<u64> = (1..=2000).collect();
    store
        .write(|tx| tx.delete_messages(conversation(1).id, &places, KEPT))
        .unwrap();
    while store.scrub().unwrap() {}
    let mut left = store.sizes().unwrap().free_bytes;
    assert!(left > 1_500_000);
    loop {
        let next = store.shrink().unwrap();
        if next == 0 {
            break;
        }
        assert!(next < left);
        left = next;
    }
    store.empty_log().unwrap();
    let small = store.sizes().unwrap();
    assert_eq!((small.free_bytes, small.log_bytes), (0, 0));
    assert!(small.total_bytes < 500_000, "{small:?}");
    let kept = store.read(|tx| tx.outbox_of(peer(1).address)).unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].put, None::<Hour>);
}
