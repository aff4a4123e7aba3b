//! What has not left: counted, listed, deleted; and rows that do not read back beside others that do.

use tacita_core::protocol::ids::ConversationId;
use tacita_core::store::{Direction, MessageRow, Store, StoreError, StoredDelivery, Tx};

use crate::raw::{connect, contains, decrypted_bytes};
use crate::samples::{
    address, conversation, descriptor, message, open, outgoing, peer, session, with_tx,
};

fn waiting(number: u8, text: &str, stored_ms: u64) -> MessageRow {
    let mut row = message(number, Direction::Outgoing, 0);
    row.delivery = StoredDelivery::Waiting;
    row.body.data = text.as_bytes().to_vec();
    row.stored_ms = stored_ms;
    row
}

/// A message that is encrypted under a counter, with its envelope.
fn queue(tx: &Tx<'_>, number: u8, counter: u64, stored_ms: u64) -> Result<u64, StoreError> {
    let mut row = message(number, Direction::Outgoing, counter);
    row.stored_ms = stored_ms;
    let place = tx.append_message(&row)?;
    let mut envelope = outgoing(number, number, counter);
    envelope.place = Some(place);
    tx.push_outbox(&envelope)?;
    Ok(place)
}

fn places(rows: &[MessageRow]) -> Vec<u64> {
    rows.iter().map(|row| row.place).collect()
}

#[test]
fn what_has_not_left_is_counted_and_listed_in_order() {
    with_tx(|tx| {
        for number in 1..=3 {
            tx.insert_conversation(&conversation(number))?;
        }
        assert!(tx.list_queue()?.is_empty());
        assert!(tx.waiting_peers()?.is_empty());
        let first = queue(tx, 1, 1, 500)?;
        let sent = queue(tx, 1, 2, 400)?;
        tx.set_sent_if_queued(conversation(1).id, sent)?;
        let second = tx.append_message(&waiting(1, "a", 600))?;
        let third = tx.append_message(&waiting(1, "b", 700))?;
        tx.append_message(&waiting(2, "c", 450))?;
        tx.append_message(&message(3, Direction::Incoming, 1))?;

        let rows = tx.list_queue()?;
        let shown: Vec<_> = rows
            .iter()
            .map(|row| (row.conversation, row.waiting, row.queued, row.oldest_ms))
            .collect();
        let (one, two) = (conversation(1).id, conversation(2).id);
        assert_eq!(shown, [(two, 1, 0, 450), (one, 2, 1, 500)]);
        let listed = tx.queued_messages(one, 9)?;
        assert_eq!(places(&listed), [first, second, third]);
        assert_eq!(places(&tx.queued_messages(one, 2)?), [first, second]);
        assert_eq!(tx.waiting_peers()?, [address(1), address(2)]);
        assert!(tx.has_waiting(address(2))? && !tx.has_waiting(address(3))?);
        let targets = tx.targets_of(one.0)?;
        assert_eq!(targets.len(), 1);
        assert_eq!(targets[0].0, descriptor(1).mailbox);
        Ok(())
    });
}

#[test]
fn a_message_that_waits_is_deleted_with_its_words_and_no_other_is() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    let id = conversation(1).id;
    store
        .write(|tx| {
            tx.insert_conversation(&conversation(1))?;
            let first = tx.append_message(&waiting(1, "rosebud sled", 1))?;
            let second = tx.append_message(&waiting(1, "kept", 2))?;
            let queued = queue(tx, 1, 1, 3)?;
            tx.delete_waiting(id, first)?;
            for gone in [first, queued, 99] {
                assert_eq!(tx.delete_waiting(id, gone), Err(StoreError::Failed));
            }
            assert!(tx.find_texts("rosebud", None, None, 9)?.0.is_empty());
            let (left, _) = tx.page_after(id, 0, 9)?;
            assert_eq!(places(&left), [second, queued]);
            Ok::<_, StoreError>(())
        })
        .unwrap();
    store.close().unwrap();
    let bytes = decrypted_bytes(directory.path());
    assert!(contains(&bytes, b"kept"));
    assert!(!contains(&bytes, b"rosebud"));
}

#[test]
fn a_part_that_fails_is_undone_and_the_rest_stays() {
    with_tx(|tx| {
        tx.save_setting("a", b"1")?;
        let failed = tx.attempt(|| {
            tx.save_setting("a", b"2")?;
            tx.save_setting("b", b"2")?;
            Err::<(), _>(StoreError::Row)
        });
        assert_eq!(failed, Err(StoreError::Row));
        assert_eq!(tx.load_setting("a")?, Some(b"1".to_vec()));
        assert_eq!(tx.load_setting("b")?, None);
        let kept = tx.attempt(|| tx.attempt(|| tx.save_setting("b", b"3")));
        assert_eq!(kept, Ok(()));
        assert_eq!(tx.load_setting("b")?, Some(b"3".to_vec()));
        Ok(())
    });
}

/// Two contacts with everything; then this is done to the rows of the first.
fn harmed(sql: &str) -> (tempfile::TempDir, Store) {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    store
        .write(|tx| {
            for number in 1..=2 {
                let mut known = peer(number);
                known.owes_receipt = true;
                tx.insert_conversation(&conversation(number))?;
                tx.save_peer(&known)?;
                tx.insert_session(&session(number, number))?;
                queue(tx, number, 1, 1)?;
            }
            Ok::<_, StoreError>(())
        })
        .unwrap();
    store.close().unwrap();
    let connection = connect(directory.path());
    assert!(connection.execute(sql, []).unwrap() > 0);
    drop(connection);
    let store = open(directory.path()).unwrap();
    (directory, store)
}

#[test]
fn a_row_that_does_not_read_back_hides_no_other() {
    for (sql, is_hidden) in [
        (
            "UPDATE peers SET received = x'00' WHERE substr(account, 1, 1) = x'01'",
            true,
        ),
        (
            "UPDATE peers SET descriptor = x'00' WHERE substr(account, 1, 1) = x'01'",
            true,
        ),
        (
            "UPDATE sessions SET state = x'00' WHERE substr(account, 1, 1) = x'01'",
            false,
        ),
    ] {
        let (_directory, store) = harmed(sql);
        store
            .read(|tx| {
                let all = tx.all_peers()?;
                let known: Vec<_> = all.iter().map(|row| row.address).collect();
                let owing = tx.all_peers_owing_receipts()?.len();
                if is_hidden {
                    assert_eq!((known.as_slice(), owing), (&[address(2)][..], 1), "{sql}");
                    assert!(matches!(tx.load_peer(address(1)), Err(StoreError::Row)));
                } else {
                    assert_eq!((known.len(), owing), (2, 2), "{sql}");
                    assert!(tx.sessions_of(address(1))?.is_empty());
                }
                assert_eq!(tx.sessions_of(address(2))?.len(), 1);
                assert_eq!(tx.session_names(address(1))?.len(), 1);
                assert!(tx.is_damaged(address(1).account)?, "{sql}");
                assert!(!tx.is_damaged(address(2).account)?, "{sql}");
                Ok::<_, StoreError>(())
            })
            .unwrap();
    }
}

#[test]
fn a_contact_whose_descriptor_does_not_read_back_can_be_deleted_and_met_again() {
    let sql = "UPDATE peers SET descriptor = x'00' WHERE substr(account, 1, 1) = x'01'";
    let (_directory, store) = harmed(sql);
    store
        .write(|tx| {
            tx.delete_conversation(conversation(1).id)?;
            tx.keep_counters(address(1).account)?;
            let mut known = tx.load_peer(address(1))?.unwrap();
            assert!(known.descriptor.is_none());
            known.descriptor = Some(descriptor(7));
            tx.save_peer(&known)?;
            assert!(!tx.is_damaged(address(1).account)?);
            Ok::<_, StoreError>(())
        })
        .unwrap();
}

#[test]
fn an_envelope_that_does_not_read_back_is_told_by_its_message() {
    let sql = "UPDATE outbox SET descriptor = x'00' WHERE substr(account, 1, 1) = x'01'";
    let (_directory, store) = harmed(sql);
    store
        .read(|tx| {
            let [id] = tx.unput_ids(descriptor(1).mailbox, 9)?[..] else {
                panic!("one envelope");
            };
            assert!(matches!(tx.load_outbox(id), Err(StoreError::Row)));
            let carried = tx.carried_by(id)?;
            assert_eq!(carried, Some((ConversationId(address(1).account), Some(1))));
            let [other] = tx.unput_ids(descriptor(2).mailbox, 9)?[..] else {
                panic!("one envelope");
            };
            assert!(tx.load_outbox(other)?.is_some());
            assert_eq!(tx.outbox_targets()?.len(), 2);
            Ok::<_, StoreError>(())
        })
        .unwrap();
}
