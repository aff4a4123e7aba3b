//! What is kept of mailboxes that others took the place of, ours and our contacts'.

use tacita_core::protocol::ids::Hour;
use tacita_core::store::{MailboxRow, RotationRow, SilenceRow, StoreError};
use tacita_wire::{MailboxId, MailboxKind, ReadKey, RelayRootHash, WriteKey};

use crate::samples::{address, descriptor, outgoing, peer, relay_address, with_tx};

fn mailbox(number: u8, peer: Option<u8>) -> MailboxRow {
    MailboxRow {
        id: MailboxId([number; 32]),
        read: ReadKey::from_bytes([number; 32]),
        write: WriteKey::from_bytes([number; 32]),
        kind: MailboxKind::Pair,
        address: relay_address(),
        root: RelayRootHash([3; 32]),
        live: true,
        cursor: 0,
        peer: peer.map(address),
        invitation: None,
        renew_after: Hour(1),
    }
}

fn rotation(number: u8) -> RotationRow {
    RotationRow {
        id: MailboxId([number; 32]),
        peer: address(1),
        received: 0,
        heard: Hour(0),
        replace_after: Hour(0),
        replace_at: 0,
        retired: None,
        told: None,
        acknowledged: None,
        delete_after: None,
    }
}

#[test]
fn how_far_the_replacing_of_a_mailbox_is_reads_back_and_what_came_is_counted() {
    with_tx(|tx| {
        for number in [1, 2, 3] {
            tx.insert_mailbox(&mailbox(number, Some(1)))?;
        }
        assert_eq!(tx.list_rotations()?, [1, 2, 3].map(rotation));
        tx.set_mailbox_cursor(MailboxId([3; 32]), 7, 4, Hour(9))?;
        tx.set_mailbox_cursor(MailboxId([3; 32]), 8, 0, Hour(11))?;
        let former = RotationRow {
            retired: Some(Hour(5)),
            received: 4,
            heard: Hour(9),
            ..rotation(3)
        };
        tx.save_rotation(&former)?;
        let current = RotationRow {
            replace_after: Hour(70),
            replace_at: 1000,
            ..rotation(1)
        };
        tx.save_rotation(&current)?;
        assert_eq!(tx.list_rotations()?, [former, current, rotation(2)]);
        // Former ones are watched last.
        let ids = |rows: Vec<MailboxRow>| rows.iter().map(|row| row.id.0[0]).collect::<Vec<_>>();
        assert_eq!(ids(tx.list_mailboxes()?), [1, 2, 3]);
        // Told once; what is told later says nothing new until the first was taken back.
        tx.note_told(address(1), 12)?;
        tx.note_told(address(1), 15)?;
        assert_eq!(tx.list_rotations()?[0].told, Some(12));
        let acknowledged = RotationRow {
            told: Some(12),
            acknowledged: Some(Hour(13)),
            delete_after: Some(Hour(99)),
            ..former
        };
        tx.save_rotation(&acknowledged)?;
        assert_eq!(tx.list_rotations()?[0], acknowledged);
        tx.forget_told(address(1))?;
        assert_eq!(tx.list_rotations()?[0], former);
        assert_eq!(tx.save_rotation(&rotation(9)), Err(StoreError::Failed));
        Ok(())
    });
}

#[test]
fn spares_are_the_pair_mailboxes_that_nobody_has() {
    with_tx(|tx| {
        tx.insert_mailbox(&mailbox(1, Some(1)))?;
        tx.insert_mailbox(&mailbox(4, None))?;
        tx.insert_mailbox(&mailbox(3, None))?;
        tx.insert_mailbox(&MailboxRow {
            kind: MailboxKind::Contact,
            ..mailbox(2, None)
        })?;
        tx.set_mailbox_cursor(MailboxId([4; 32]), 1, 1, Hour(2))?;
        assert_eq!(
            tx.list_spares()?,
            [(mailbox(3, None), 0), {
                let row = MailboxRow {
                    cursor: 1,
                    ..mailbox(4, None)
                };
                (row, 1)
            }]
        );
        Ok(())
    });
}

#[test]
fn of_mailboxes_that_a_device_left_the_newest_are_kept_for_a_time() {
    with_tx(|tx| {
        tx.save_peer(&peer(1))?;
        tx.save_peer(&peer(2))?;
        for number in 1..=5 {
            tx.insert_earlier(address(1), &descriptor(number), u64::from(number), 4)?;
        }
        tx.insert_earlier(address(2), &descriptor(1), 1, 4)?;
        let newest_first = [5, 4, 3, 2].map(descriptor);
        assert!(tx.earlier_descriptors(address(1))? == newest_first);
        // Left once more, it is the newest; read again, it is none.
        tx.insert_earlier(address(1), &descriptor(2), 9, 4)?;
        tx.delete_earlier(address(1), descriptor(4).mailbox)?;
        assert!(tx.earlier_descriptors(address(1))? == [2, 5, 3].map(descriptor));
        tx.expire_earlier(5)?;
        assert!(tx.earlier_descriptors(address(1))? == [2, 5].map(descriptor));
        tx.keep_counters(address(1).account)?;
        assert!(tx.earlier_descriptors(address(1))?.is_empty());
        assert_eq!(
            tx.insert_earlier(address(3), &descriptor(1), 1, 4),
            Err(StoreError::Failed)
        );
        Ok(())
    });
}

#[test]
fn of_what_was_put_the_oldest_and_the_newest_are_put_again() {
    with_tx(|tx| {
        tx.save_peer(&peer(1))?;
        let counters = |unput: bool| {
            let rows = tx.outbox_of(address(1))?;
            let rows = rows.iter().filter(|row| row.put.is_none() == unput);
            Ok::<_, StoreError>(rows.map(|row| row.counter).collect::<Vec<_>>())
        };
        assert_eq!(tx.unacknowledged_peers()?, []);
        let mut ids = Vec::new();
        for counter in [0, 3, 5, 4, 7, 6] {
            ids.push(tx.push_outbox(&outgoing(1, 1, counter))?);
        }
        tx.push_outbox(&outgoing(2, 2, 1))?;
        assert_eq!(tx.unacknowledged_peers()?, []);
        assert!(tx.has_unput(address(1))?);
        tx.mark_put(&ids, Hour(1), 0)?;
        assert!(!tx.has_unput(address(1))?);
        assert_eq!(tx.unacknowledged_peers()?, [address(1)]);
        tx.requeue_ends(address(1), 2, Hour(2))?;
        assert_eq!(counters(true)?, []);
        tx.requeue_ends(address(1), 2, Hour(1))?;
        assert_eq!(counters(true)?, [3, 4, 7]);
        assert_eq!(counters(false)?, [5, 6]);
        assert!(tx.has_unput(address(1))?);
        Ok(())
    });
}

#[test]
fn of_counters_without_a_message_the_highest_are_remembered() {
    with_tx(|tx| {
        tx.save_peer(&peer(1))?;
        tx.save_peer(&peer(2))?;
        for counter in [4, 2, 9, 4, 7] {
            tx.note_hidden(address(1), counter, 3)?;
        }
        tx.note_hidden(address(2), 2, 3)?;
        let known = |number| {
            (0..12)
                .filter(|counter| tx.is_hidden(address(number), *counter).unwrap())
                .collect::<Vec<_>>()
        };
        assert_eq!(known(1), [4, 7, 9]);
        assert_eq!(known(2), [2]);
        assert_eq!(tx.note_hidden(address(3), 1, 3), Err(StoreError::Failed));
        Ok(())
    });
}

#[test]
fn silence_is_kept_by_the_oldest_content_that_waits() {
    with_tx(|tx| {
        tx.save_peer(&peer(1))?;
        assert_eq!(tx.undelivered(address(1))?, None);
        tx.push_outbox(&outgoing(1, 1, 0))?;
        assert_eq!(tx.undelivered(address(1))?, None);
        for counter in [4, 6, 5] {
            tx.push_outbox(&outgoing(1, 1, counter))?;
        }
        let place = outgoing(1, 1, 6).place;
        assert_eq!(tx.undelivered(address(1))?, Some((4, 6, place)));
        assert_eq!(tx.load_silence(address(1))?, None);
        for tried in [None, Some(Hour(8))] {
            let row = SilenceRow {
                peer: address(1),
                counter: 4,
                since: Hour(3),
                tried,
            };
            tx.save_silence(&row)?;
            assert_eq!(tx.load_silence(address(1))?, Some(row));
        }
        Ok(())
    });
}
