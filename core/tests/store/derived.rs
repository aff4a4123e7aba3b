//! What the store keeps in memory alone: the same after any changes as when it is found again in the tables.

use proptest::prelude::*;
use tacita_core::protocol::ids::{ConversationId, Hour};
use tacita_core::store::{ChangedThing, PeerRow, Store, StoreError, Tx};
use tacita_wire::MailboxId;

use crate::raw;
use crate::samples::{address, conversation, open, outgoing, peer};

/// Contacts, and mailboxes of theirs.
const NUMBERS: std::ops::RangeInclusive<u8> = 1..=3;

#[derive(Clone, Debug)]
enum Step {
    Push(u8, u8, u64),
    Put(usize),
    PutAgain(usize),
    Delete(usize),
    Deliver(u8, u64),
    Owe(u8, bool),
    Touch(u8),
    TouchOther(u8),
    /// Deletes the conversation, or makes it again.
    Meet(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (NUMBERS, NUMBERS, 0_u64..6).prop_map(|(to, into, counter)| Step::Push(to, into, counter)),
        2 => any::<usize>().prop_map(Step::Put),
        1 => any::<usize>().prop_map(Step::PutAgain),
        1 => any::<usize>().prop_map(Step::Delete),
        1 => (NUMBERS, 0_u64..6).prop_map(|(of, up_to)| Step::Deliver(of, up_to)),
        2 => (NUMBERS, any::<bool>()).prop_map(|(number, owes)| Step::Owe(number, owes)),
        2 => NUMBERS.prop_map(Step::Touch),
        1 => NUMBERS.prop_map(Step::TouchOther),
        1 => NUMBERS.prop_map(Step::Meet),
    ]
}

fn ids(tx: &Tx<'_>) -> Result<Vec<i64>, StoreError> {
    let mut ids = Vec::new();
    for number in NUMBERS {
        ids.extend(tx.outbox_of(address(number))?.iter().map(|row| row.id));
    }
    Ok(ids)
}

fn take(tx: &Tx<'_>, step: &Step) -> Result<(), StoreError> {
    let ids = ids(tx)?;
    let nth = |n: &usize| ids.get(n % ids.len().max(1)).copied();
    match step {
        Step::Push(to, into, counter) => tx.push_outbox(&outgoing(*to, *into, *counter)).map(drop),
        Step::Put(n) => nth(n).map_or(Ok(()), |id| tx.mark_put(&[id], Hour(9), 0)),
        Step::PutAgain(n) => nth(n).map_or(Ok(()), |id| tx.requeue(&[id])),
        Step::Delete(n) => nth(n).map_or(Ok(()), |id| tx.delete_outbox(id)),
        Step::Deliver(of, up_to) => tx.forget_delivered(address(*of), *up_to, &[]),
        Step::Owe(number, owes_receipt) => tx.save_peer(&PeerRow {
            owes_receipt: *owes_receipt,
            ..peer(*number)
        }),
        Step::Touch(number) => tx.touch_conversation(ConversationId(address(*number).account)),
        Step::TouchOther(key) => tx.touch(1, &[*key]),
        Step::Meet(number) => {
            let row = conversation(*number);
            match tx.load_conversation(row.id)? {
                Some(_) => tx.delete_conversation(row.id),
                None => tx.insert_conversation(&row),
            }
        }
    }
}

/// Every answer that rests on what is in memory.
#[derive(Debug, PartialEq)]
struct Answers {
    targets: Vec<MailboxId>,
    unput: Vec<Vec<i64>>,
    of_peers: Vec<Vec<(i64, Vec<u8>)>>,
    has_unput: Vec<bool>,
    undelivered: Vec<Option<(u64, u64, Option<u64>)>>,
    owing: Vec<u8>,
    changes: (Vec<ChangedThing>, u64),
}

fn answers(store: &Store) -> Answers {
    let numbers = || NUMBERS.map(address);
    store
        .read(|tx| {
            let list = |row: tacita_core::store::OutboxRow| (row.id, row.envelope);
            Ok::<_, StoreError>(Answers {
                targets: tx.outbox_targets()?.into_iter().map(|at| at.0).collect(),
                unput: NUMBERS
                    .map(|number| tx.unput_ids(MailboxId([number; 32]), 999))
                    .collect::<Result<_, _>>()?,
                of_peers: numbers()
                    .map(|peer| Ok(tx.outbox_of(peer)?.into_iter().map(list).collect()))
                    .collect::<Result<_, StoreError>>()?,
                has_unput: numbers()
                    .map(|peer| tx.has_unput(peer))
                    .collect::<Result<_, _>>()?,
                undelivered: numbers()
                    .map(|peer| tx.undelivered(peer))
                    .collect::<Result<_, _>>()?,
                owing: tx
                    .all_peers_owing_receipts()?
                    .iter()
                    .map(|row| row.address.account.0[0])
                    .collect(),
                changes: tx.changes_after(0, 999)?,
            })
        })
        .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn it_is_the_same_when_the_store_is_opened_again(
        runs in prop::collection::vec((prop::collection::vec(step(), 1..12), any::<bool>()), 1..6)
    ) {
        let directory = tempfile::tempdir().unwrap();
        let store = open(directory.path()).unwrap();
        for (steps, is_kept) in &runs {
            let before = answers(&store);
            let ended = store.write(|tx| {
                steps.iter().try_for_each(|step| take(tx, step))?;
                if *is_kept { Ok(()) } else { Err(StoreError::Failed) }
            });
            prop_assert_eq!(ended.is_ok(), *is_kept);
            if !is_kept {
                prop_assert_eq!(answers(&store), before);
            }
        }
        let before = answers(&store);
        store.close().unwrap();
        let store = open(directory.path()).unwrap();
        prop_assert_eq!(answers(&store), before);
    }
}

#[test]
fn an_envelope_takes_the_place_of_one_that_is_gone_and_of_that_nothing_is_left() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    let push = |tx: &Tx<'_>, count: u64| {
        (1..=count).try_for_each(|counter| take(tx, &Step::Push(1, 1, counter)))
    };
    let empty = |tx: &Tx<'_>| ids(tx)?.into_iter().try_for_each(|id| tx.delete_outbox(id));
    store.write(|tx| push(tx, 100)).unwrap();
    store.write(empty).unwrap();
    store.close().unwrap();
    let slots = || -> Vec<(i64, Vec<u8>)> {
        let connection = raw::connect(directory.path());
        let mut slots = connection
            .prepare("SELECT slot, envelope FROM outbox_slots ORDER BY slot")
            .unwrap();
        let slots = slots
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap();
        slots.map(Result::unwrap).collect()
    };
    let free = slots();
    assert_eq!(free.len(), 16);
    assert!(free.iter().all(|(_, envelope)| *envelope == [0; 4096]));
    // Known again, and named again; what has another length gets a place of its own.
    let store = open(directory.path()).unwrap();
    store
        .write(|tx| {
            push(tx, 16)?;
            let mut other = outgoing(1, 1, 40);
            other.envelope.truncate(1024);
            tx.push_outbox(&other).map(drop)
        })
        .unwrap();
    let envelopes = store.read(|tx| tx.outbox_of(address(1))).unwrap();
    for row in &envelopes {
        let mark = u8::try_from(row.counter).unwrap();
        assert!(row.envelope.iter().all(|byte| *byte == mark));
    }
    store.close().unwrap();
    let taken = slots();
    let numbers =
        |slots: &[(i64, Vec<u8>)]| -> Vec<i64> { slots.iter().map(|slot| slot.0).collect() };
    assert_eq!(numbers(&taken)[..16], numbers(&free));
    assert_eq!(taken.len(), 17);
    assert_eq!(taken[16].1.len(), 1024);
}
