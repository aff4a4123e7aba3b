//! Conversations, messages, peers and the outbox: what is written reads back, and each table's rules hold.

use tacita_core::protocol::ids::{
    ConversationId, DeviceNumber, Hour, InvitationId, TranscriptHash,
};
use tacita_core::protocol::ratchet::SkippedKeyId;
use tacita_core::store::{
    ArrangementRow, ConversationState, Direction, MessageRow, OutboxRow, PeerRow, RewindRow,
    StoreError, StoredBody, StoredDelivery, Verification,
};

use crate::samples::{
    address, conversation, descriptor, message, outgoing, peer, session, skipped, with_tx,
};

#[test]
fn conversations_stand_newest_activity_first() {
    with_tx(|tx| {
        for number in [2, 3, 1] {
            tx.insert_conversation(&conversation(number))?;
        }
        assert_eq!(
            tx.list_conversations()?,
            [conversation(3), conversation(2), conversation(1)]
        );
        tx.append_message(&message(1, Direction::Incoming, 1))?;
        let first = tx.list_conversations()?.remove(0);
        assert_eq!((first.id, first.activity_ms), (conversation(1).id, 2001));
        Ok(())
    });
}

#[test]
fn an_outdated_row_saved_back_gives_no_place_twice() {
    with_tx(|tx| {
        tx.insert_conversation(&conversation(1))?;
        let mut row = tx.load_conversation(conversation(1).id)?.unwrap();
        assert_eq!(tx.append_message(&message(1, Direction::Incoming, 1))?, 1);
        row.state = ConversationState::Request;
        row.verification = Verification::Alarm;
        row.invitation = Some(InvitationId([5; 16]));
        tx.save_conversation(&row)?;
        assert_eq!(tx.append_message(&message(1, Direction::Incoming, 2))?, 2);
        let loaded = tx.load_conversation(row.id)?.unwrap();
        assert_eq!((loaded.last_place, loaded.activity_ms), (2, 2002));
        assert_eq!(loaded.state, row.state);
        assert_eq!(loaded.verification, row.verification);
        assert_eq!(loaded.invitation, row.invitation);
        assert_eq!(
            tx.save_conversation(&conversation(2)),
            Err(StoreError::Failed)
        );
        Ok(())
    });
}

#[test]
fn of_a_forgotten_peer_the_counters_stay_and_nothing_else() {
    with_tx(|tx| {
        let before = peer(1);
        tx.save_peer(&before)?;
        tx.save_peer(&peer(2))?;
        tx.keep_counters(address(1).account)?;
        let after = tx.load_peer(address(1))?.unwrap();
        assert_eq!(after.sent_counter, before.sent_counter);
        assert_eq!(after.received, before.received);
        assert!(after.descriptor.is_none() && after.our_mailbox.is_none());
        assert!(after.record.is_none() && !after.owes_receipt);
        assert_eq!(after.acknowledged, before.sent_counter);
        assert!(tx.load_peer(address(2))? == Some(peer(2)));
        Ok(())
    });
}

#[test]
fn an_arrangement_is_kept_and_goes_with_its_conversation() {
    with_tx(|tx| {
        let id = conversation(1).id;
        let row = ArrangementRow {
            nickname: "Großmutter".to_owned(),
            draft: "half a".to_owned(),
            pinned: true,
            archived: false,
            blocked: true,
            muted_until_ms: Some(u64::MAX),
        };
        assert!(tx.save_arrangement(id, &row).is_err());
        tx.insert_conversation(&conversation(1))?;
        assert!(tx.load_arrangement(id)? == ArrangementRow::default());
        tx.save_arrangement(id, &row)?;
        let kept = tx.load_arrangement(id)?;
        assert_eq!(kept.muted_until_ms, Some(i64::MAX.cast_unsigned()));
        assert_eq!((kept.nickname, kept.draft), (row.nickname, row.draft));
        assert!(kept.pinned && !kept.archived && kept.blocked);
        tx.delete_conversation(id)?;
        tx.insert_conversation(&conversation(1))?;
        assert!(tx.load_arrangement(id)? == ArrangementRow::default());
        Ok(())
    });
}

#[test]
fn a_deleted_conversation_takes_all_that_hangs_on_it_and_nothing_else() {
    with_tx(|tx| {
        for number in [1, 2] {
            tx.insert_conversation(&conversation(number))?;
            tx.append_message(&message(number, Direction::Incoming, 1))?;
            tx.save_peer(&peer(number))?;
            tx.insert_session(&session(number, number))?;
            tx.insert_skipped(session(number, number).th, &[skipped(1, 1)], Hour(1))?;
            tx.push_outbox(&outgoing(number, number, 1))?;
        }
        tx.delete_conversation(conversation(1).id)?;
        tx.delete_peers(address(1).account)?;
        for (number, left) in [(1, false), (2, true)] {
            let th = session(number, number).th;
            assert_eq!(
                tx.load_conversation(conversation(number).id)?.is_some(),
                left
            );
            assert_eq!(tx.message_at(conversation(number).id, 1)?.is_some(), left);
            assert_eq!(tx.load_peer(address(number))?.is_some(), left);
            assert_eq!(tx.load_session(th)?.is_some(), left);
            assert_eq!(
                tx.load_skipped(th, SkippedKeyId { chain: 1, n: 1 })?
                    .is_some(),
                left
            );
            assert_eq!(tx.outbox_of(address(number))?.len(), usize::from(left));
        }
        Ok(())
    });
}

#[test]
fn peers_read_back_with_and_without_what_is_optional() {
    with_tx(|tx| {
        let mut row = peer(1);
        tx.save_peer(&row)?;
        assert_eq!(tx.load_peer(row.address)?, Some(row.clone()));
        row.record = Some(vec![9; 6000]);
        row.owes_receipt = true;
        row.sent_counter = 5;
        tx.save_peer(&row)?;
        assert_eq!(tx.load_peer(row.address)?, Some(row.clone()));
        assert_eq!(tx.all_peers_owing_receipts()?, [row.clone()]);
        (row.record, row.descriptor, row.our_mailbox) = (None, None, None);
        row.owes_receipt = false;
        tx.save_peer(&row)?;
        assert_eq!(tx.list_peers(row.address.account)?, [row]);
        assert_eq!(tx.all_peers_owing_receipts()?, []);
        assert_eq!(tx.load_peer(address(2))?, None);
        let unknown = PeerRow::new(address(2));
        tx.save_peer(&unknown)?;
        let all = tx.all_peers()?;
        assert_eq!(all.len(), 2);
        assert_eq!(all[1], unknown);
        Ok(())
    });
}

#[test]
fn pages_are_oldest_first_and_know_whether_there_is_more() {
    with_tx(|tx| {
        let id = conversation(1).id;
        tx.insert_conversation(&conversation(1))?;
        tx.insert_conversation(&conversation(2))?;
        for counter in 1..=10 {
            tx.append_message(&message(2, Direction::Incoming, counter))?;
            let place = tx.append_message(&message(1, Direction::Incoming, counter))?;
            assert_eq!(place, counter);
        }
        let places = |(rows, more): (Vec<MessageRow>, bool)| {
            (rows.iter().map(|row| row.place).collect::<Vec<_>>(), more)
        };
        assert_eq!(places(tx.page_before(id, None, 3)?), (vec![8, 9, 10], true));
        assert_eq!(
            places(tx.page_before(id, Some(4), 3)?),
            (vec![1, 2, 3], false)
        );
        assert_eq!(places(tx.page_before(id, Some(1), 3)?), (vec![], false));
        assert_eq!(places(tx.page_after(id, 0, 3)?), (vec![1, 2, 3], true));
        assert_eq!(places(tx.page_after(id, 7, 3)?), (vec![8, 9, 10], false));
        assert_eq!(places(tx.page_after(id, u64::MAX, 3)?), (vec![], false));
        let nobody = ConversationId(address(9).account);
        assert_eq!(places(tx.page_before(nobody, None, 3)?), (vec![], false));
        let missing = tx.append_message(&message(9, Direction::Incoming, 1));
        assert_eq!(missing, Err(StoreError::Failed));
        Ok(())
    });
}

#[test]
fn a_message_reads_back_by_place_and_by_counter_and_stands_once() {
    with_tx(|tx| {
        let id = conversation(1).id;
        tx.insert_conversation(&conversation(1))?;
        let mut row = message(1, Direction::Incoming, 5);
        row.sent_ms = u64::MAX;
        row.place = tx.append_message(&row)?;
        assert_eq!(tx.append_message(&row), Err(StoreError::Failed));
        let twin = message(1, Direction::Outgoing, 5);
        tx.append_message(&twin)?;
        row.sent_ms = i64::MAX as u64;
        assert_eq!(tx.message_at(id, row.place)?, Some(row.clone()));
        let device = DeviceNumber(1);
        let found = tx.incoming_by_counter(id, device, 5)?;
        assert_eq!(found, Some(row.clone()));
        for (device, counter) in [(device, 6), (DeviceNumber(2), 5), (device, u64::MAX)] {
            let found = tx.incoming_by_counter(id, device, counter)?;
            assert_eq!(found, None);
        }
        // Unnumbered ones may be many.
        for _ in 0..2 {
            tx.append_message(&message(1, Direction::Incoming, 0))?;
        }
        assert_eq!(tx.incoming_by_counter(id, device, 0)?, None);

        let body = StoredBody {
            kind: 2,
            data: b"filled".to_vec(),
        };
        tx.fill_message(id, row.place, &body, 77)?;
        tx.set_queued(id, row.place, 5)?;
        tx.set_sent_if_queued(id, row.place)?;
        let filled = tx.message_at(id, row.place)?.unwrap();
        assert_eq!((filled.body, filled.sent_ms), (body.clone(), 77));
        assert_eq!(filled.delivery, StoredDelivery::Sent);
        assert_eq!(tx.fill_message(id, 99, &body, 0), Err(StoreError::Failed));
        assert_eq!(tx.set_queued(id, 99, 6), Err(StoreError::Failed));
        Ok(())
    });
}

#[test]
fn a_receipt_delivers_what_was_sent_and_nothing_that_waits() {
    with_tx(|tx| {
        let id = conversation(1).id;
        tx.insert_conversation(&conversation(1))?;
        for counter in 1..=8 {
            tx.append_message(&message(1, Direction::Outgoing, counter))?;
        }
        tx.append_message(&message(1, Direction::Incoming, 1))?;
        let mut waiting = message(1, Direction::Outgoing, 0);
        waiting.delivery = StoredDelivery::Waiting;
        let first = tx.append_message(&waiting)?;
        let second = tx.append_message(&waiting)?;

        let device = DeviceNumber(1);
        assert_eq!(tx.deliver_up_to(id, DeviceNumber(2), 8)?, 0);
        assert_eq!(tx.deliver_up_to(id, device, 3)?, 3);
        assert_eq!(tx.deliver_up_to(id, device, 3)?, 0);
        assert_eq!(tx.deliver_ranges(id, device, &[(5, 5), (7, u64::MAX)])?, 3);
        let (page, _) = tx.page_after(id, 0, 20)?;
        let delivered: Vec<u64> = page
            .iter()
            .filter(|row| row.delivery == StoredDelivery::Delivered)
            .map(|row| row.counter)
            .collect();
        assert_eq!(delivered, [1, 2, 3, 5, 7, 8]);

        let places = |limit| {
            tx.waiting_messages(address(1), limit)
                .map(|rows| rows.iter().map(|row| row.place).collect::<Vec<_>>())
        };
        assert_eq!(places(9)?, [first, second]);
        assert_eq!(places(1)?, [first]);
        Ok(())
    });
}

#[test]
fn a_message_that_waited_takes_its_counter_and_goes_on_from_queued_only() {
    with_tx(|tx| {
        let id = conversation(1).id;
        tx.insert_conversation(&conversation(1))?;
        let mut row = message(1, Direction::Outgoing, 0);
        row.delivery = StoredDelivery::Waiting;
        let place = tx.append_message(&row)?;
        let state = || {
            tx.message_at(id, place)
                .map(|row| row.map(|row| (row.counter, row.delivery)))
        };
        tx.set_sent_if_queued(id, place)?;
        assert_eq!(state()?, Some((0, StoredDelivery::Waiting)));
        tx.set_queued(id, place, 8)?;
        assert_eq!(state()?, Some((8, StoredDelivery::Queued)));
        tx.set_sent_if_queued(id, place)?;
        assert_eq!(state()?, Some((8, StoredDelivery::Sent)));
        assert_eq!(tx.deliver_up_to(id, DeviceNumber(1), 8)?, 1);
        tx.set_sent_if_queued(id, place)?;
        assert_eq!(state()?, Some((8, StoredDelivery::Delivered)));
        assert_eq!(tx.set_queued(id, 99, 9), Err(StoreError::Failed));
        Ok(())
    });
}

#[test]
fn the_outbox_gives_batches_in_order_within_both_limits() {
    with_tx(|tx| {
        for counter in 1..=5 {
            tx.push_outbox(&outgoing(1, 1, counter))?;
            tx.push_outbox(&outgoing(2, 2, counter))?;
        }
        let mailbox = descriptor(1).mailbox;
        let counters = |count, bytes| {
            tx.next_batch(mailbox, count, bytes)
                .map(|rows| rows.iter().map(|row| row.counter).collect::<Vec<_>>())
        };
        assert_eq!(counters(16, 1 << 20)?, [1, 2, 3, 4, 5]);
        assert_eq!(counters(2, 1 << 20)?, [1, 2]);
        assert_eq!(counters(16, 3 * 4096)?, [1, 2, 3]);
        assert_eq!(counters(16, 1)?, [1]);
        let head = tx.next_batch(mailbox, 1, 1)?.remove(0);
        assert!(
            head == OutboxRow {
                id: 1,
                ..outgoing(1, 1, 1)
            }
        );
        Ok(())
    });
}

#[test]
fn a_mailbox_is_a_target_while_an_envelope_was_not_put() {
    with_tx(|tx| {
        let first = tx.push_outbox(&outgoing(1, 1, 1))?;
        let second = tx.push_outbox(&outgoing(2, 2, 1))?;
        let third = tx.push_outbox(&outgoing(1, 1, 2))?;
        let targets = || {
            tx.outbox_targets()
                .map(|targets| targets.iter().map(|(id, ..)| id.0[0]).collect::<Vec<_>>())
        };
        assert_eq!(targets()?, [1, 2]);
        tx.mark_put(&[first], Hour(7), 900)?;
        let row = tx.outbox_of(address(1))?.remove(0);
        assert_eq!((row.put, row.again_ms), (Some(Hour(7)), 900));
        // Its first one is now younger than the other mailbox's.
        assert_eq!(targets()?, [2, 1]);
        tx.mark_put(&[second, third, 999], Hour(7), 0)?;
        assert_eq!(targets()?, [0; 0]);
        tx.requeue(&[first])?;
        assert_eq!(targets()?, [1]);
        Ok(())
    });
}

#[test]
fn envelopes_go_when_the_peer_has_them_and_not_before_they_were_put() {
    with_tx(|tx| {
        let mut ids = Vec::new();
        for counter in [1, 2, 3, 4, 5, 0] {
            ids.push(tx.push_outbox(&outgoing(1, 1, counter))?);
        }
        let left = || {
            tx.outbox_of(address(1))
                .map(|rows| rows.iter().map(|row| row.counter).collect::<Vec<_>>())
        };
        tx.forget_delivered(address(1), u64::MAX, &[(0, u64::MAX)])?;
        assert_eq!(left()?, [1, 2, 3, 4, 5, 0]);
        tx.mark_put(&ids, Hour(1), 0)?;
        assert_eq!(left()?, [1, 2, 3, 4, 5]);
        tx.requeue(&[ids[0], ids[2]])?;
        tx.forget_delivered(address(2), 9, &[])?;
        tx.forget_delivered(address(1), 1, &[(3, 3), (5, 9)])?;
        assert_eq!(left()?, [2, 4]);
        Ok(())
    });
}

#[test]
fn what_was_first_put_long_ago_is_known_however_often_it_was_put() {
    with_tx(|tx| {
        let ids = [
            tx.push_outbox(&outgoing(1, 1, 1))?,
            tx.push_outbox(&outgoing(1, 1, 2))?,
            tx.push_outbox(&outgoing(1, 1, 3))?,
            tx.push_outbox(&outgoing(2, 2, 1))?,
        ];
        tx.mark_put(&[ids[0], ids[3]], Hour(10), 0)?;
        tx.requeue(&ids[..1])?;
        tx.mark_put(&[ids[0], ids[1]], Hour(11), 0)?;
        let old = |hour| {
            let rows = tx.first_put_before(address(1), Hour(hour))?;
            Ok::<_, StoreError>(rows.iter().map(|row| row.counter).collect::<Vec<_>>())
        };
        assert_eq!(old(10)?, [0; 0]);
        assert_eq!(old(11)?, [1]);
        assert_eq!(old(12)?, [1, 2]);
        Ok(())
    });
}

#[test]
fn what_is_in_a_hole_is_put_again_once_its_time_has_come() {
    with_tx(|tx| {
        let mut ids = Vec::new();
        for counter in 1..=4 {
            ids.push(tx.push_outbox(&outgoing(1, 1, counter))?);
        }
        tx.mark_put(&ids[..1], Hour(1), 100)?;
        tx.mark_put(&ids[1..], Hour(1), 200)?;
        let unput = |now| {
            tx.requeue_below(address(1), 4, (now, 200), Hour(1))?;
            tx.next_batch(descriptor(1).mailbox, 9, 1 << 20)
                .map(|rows| rows.iter().map(|row| row.counter).collect::<Vec<_>>())
        };
        assert_eq!(unput(99)?, [0; 0]);
        assert_eq!(unput(100)?, [1]);
        assert_eq!(unput(200)?, [1, 2, 3]);
        Ok(())
    });
}

#[test]
fn what_a_clock_that_ran_ahead_has_put_is_put_again_at_once() {
    with_tx(|tx| {
        let ids = [
            tx.push_outbox(&outgoing(1, 1, 1))?,
            tx.push_outbox(&outgoing(1, 1, 2))?,
        ];
        tx.mark_put(&ids[..1], Hour(1), 160)?;
        tx.mark_put(&ids[1..], Hour(9_999), 161)?;
        tx.requeue_below(address(1), 9, (100, 60), Hour(1))?;
        let batch = tx.next_batch(descriptor(1).mailbox, 9, 1 << 20)?;
        assert_eq!(batch.iter().map(|row| row.counter).collect::<Vec<_>>(), [2]);
        Ok(())
    });
}

#[test]
fn what_is_for_a_blocked_contact_is_not_given_out_and_stands_in_nobodys_way() {
    with_tx(|tx| {
        for number in [1, 2] {
            tx.insert_conversation(&conversation(number))?;
        }
        // Both at one mailbox, as a contact may claim that another's is its own.
        let first = tx.push_outbox(&outgoing(1, 7, 1))?;
        let second = tx.push_outbox(&outgoing(2, 7, 1))?;
        tx.push_outbox(&outgoing(1, 8, 2))?;
        let block = |blocked| {
            let row = ArrangementRow {
                blocked,
                ..ArrangementRow::default()
            };
            tx.save_arrangement(conversation(1).id, &row)
        };
        let given = || -> Result<_, StoreError> {
            let targets = tx
                .outbox_targets()?
                .into_iter()
                .map(|(mailbox, ..)| mailbox);
            let batch = tx.next_batch(descriptor(7).mailbox, 9, 1 << 20)?;
            let ids: Vec<i64> = batch.iter().map(|row| row.id).collect();
            assert_eq!(tx.unput_ids(descriptor(7).mailbox, 9)?, ids);
            Ok((targets.collect::<Vec<_>>(), ids))
        };
        let [seven, eight] = [7, 8].map(|number| descriptor(number).mailbox);
        assert!(!tx.is_blocked(conversation(1).id)?);
        assert_eq!(given()?, (vec![seven, eight], vec![first, second]));
        block(true)?;
        assert!(tx.is_blocked(conversation(1).id)? && !tx.is_blocked(conversation(2).id)?);
        assert_eq!(given()?, (vec![seven], vec![second]));
        block(false)?;
        assert_eq!(given()?, (vec![seven, eight], vec![first, second]));
        Ok(())
    });
}

#[test]
fn an_outbox_number_is_given_once_even_after_deletion() {
    with_tx(|tx| {
        let first = tx.push_outbox(&outgoing(1, 1, 1))?;
        tx.mark_put(&[first], Hour(1), 0)?;
        tx.forget_delivered(address(1), 1, &[])?;
        assert!(tx.outbox_of(address(1))?.is_empty());
        assert!(tx.push_outbox(&outgoing(1, 1, 2))? > first);
        Ok(())
    });
}

#[test]
fn what_was_never_put_and_would_go_elsewhere_is_found() {
    with_tx(|tx| {
        let ids = [
            tx.push_outbox(&outgoing(1, 1, 1))?,
            tx.push_outbox(&outgoing(1, 1, 2))?,
        ];
        tx.push_outbox(&outgoing(1, 6, 3))?;
        tx.push_outbox(&outgoing(1, 1, 0))?;
        tx.push_outbox(&outgoing(2, 1, 1))?;
        tx.mark_put(&ids[..1], Hour(1), 0)?;
        // Put once, its bytes stay where they were, even while they are to be put again.
        tx.requeue(&ids[..1])?;
        let rows = tx.unput_elsewhere(address(1), descriptor(6).mailbox)?;
        assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), ids[1..]);
        assert!(tx.load_outbox(ids[1])?.as_ref() == rows.first());
        tx.delete_outbox(ids[1])?;
        assert!(tx.load_outbox(ids[1])?.is_none());
        Ok(())
    });
}

#[test]
fn what_a_device_does_not_know_of_its_store_is_kept_as_long_as_the_session() {
    with_tx(|tx| {
        tx.insert_conversation(&conversation(1))?;
        tx.save_peer(&peer(1))?;
        tx.insert_session(&session(1, 1))?;
        let row = |th: u8, ours: bool, open: bool| RewindRow {
            peer: address(1),
            th: TranscriptHash([th; 32]),
            ours,
            open,
        };
        let untold = row(1, false, true);
        let of_a_session_that_is_gone = row(2, false, true);
        for rewind in [untold, of_a_session_that_is_gone, row(1, true, true)] {
            tx.save_rewind(&rewind, Hour(100))?;
        }
        tx.expire_rewinds(Hour(100))?;
        assert_eq!(tx.rewinds_of(address(1))?.len(), 3);
        tx.expire_rewinds(Hour(101))?;
        assert_eq!(tx.rewinds_of(address(1))?, [untold]);
        tx.save_rewind(&row(1, false, false), Hour(200))?;
        tx.expire_rewinds(Hour(201))?;
        assert_eq!(tx.rewinds_of(address(1))?, []);
        Ok(())
    });
}
