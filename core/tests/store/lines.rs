//! Lines of the conversation list: one statement gives what many would, for all conversations and for one.

use tacita_core::store::{ArrangementRow, Direction, LineKinds, LineRow, StoreError, Tx};

use crate::samples::{address, conversation, message, peer, with_tx};

const KINDS: LineKinds = LineKinds {
    unreadable: [2, 4],
    hidden: 4,
};

fn line(tx: &Tx<'_>, number: u8) -> Result<LineRow, StoreError> {
    Ok(tx.load_line(conversation(number).id, KINDS)?.unwrap())
}

fn append(tx: &Tx<'_>, direction: Direction, counter: u64, kind: u16) -> Result<(), StoreError> {
    let mut row = message(1, direction, counter);
    row.body.kind = kind;
    tx.append_message(&row).map(drop)
}

#[test]
fn unread_are_the_readable_incoming_ones_behind_the_mark() {
    with_tx(|tx| {
        tx.insert_conversation(&conversation(1))?;
        for counter in 1..=4 {
            append(tx, Direction::Incoming, counter, 1)?;
            append(tx, Direction::Outgoing, counter, 1)?;
        }
        assert_eq!(line(tx, 1)?.unread, 4);
        assert_eq!(
            tx.first_incoming_after(conversation(1).id, 1, [2, 4])?,
            Some(3)
        );
        let mut row = tx.load_conversation(conversation(1).id)?.unwrap();
        row.read_up_to = 3;
        tx.save_conversation(&row)?;
        assert_eq!(line(tx, 1)?.unread, 2);
        for kind in [2, 4] {
            append(tx, Direction::Incoming, u64::from(kind) + 10, kind)?;
        }
        assert_eq!(line(tx, 1)?.unread, 2);
        append(tx, Direction::Incoming, 20, 3)?;
        assert_eq!(line(tx, 1)?.unread, 3);
        assert!(tx.load_line(conversation(2).id, KINDS)?.is_none());
        Ok(())
    });
}

#[test]
fn the_last_message_is_the_newest_that_is_not_hidden_among_the_last_few() {
    with_tx(|tx| {
        tx.insert_conversation(&conversation(1))?;
        assert!(line(tx, 1)?.last.is_none());
        append(tx, Direction::Incoming, 1, 1)?;
        for counter in 2..=8 {
            append(tx, Direction::Incoming, counter, 4)?;
            assert_eq!(line(tx, 1)?.last.unwrap().place, 1);
        }
        append(tx, Direction::Incoming, 9, 4)?;
        assert!(line(tx, 1)?.last.is_none());
        append(tx, Direction::Outgoing, 1, 1)?;
        let last = line(tx, 1)?.last.unwrap();
        assert!(Some(last) == tx.message_at(conversation(1).id, 10)?);
        Ok(())
    });
}

#[test]
fn a_line_has_the_arrangement_and_how_far_the_other_end_has_read() {
    with_tx(|tx| {
        for number in [1, 2] {
            tx.insert_conversation(&conversation(number))?;
            tx.save_peer(&peer(number))?;
            let mut row = message(number, Direction::Outgoing, 7);
            row.device = address(number).device;
            tx.append_message(&row)?;
        }
        let arrangement = ArrangementRow {
            nickname: "die Große".into(),
            draft: "half a".into(),
            pinned: true,
            archived: true,
            blocked: true,
            muted_until_ms: Some(5),
        };
        tx.save_arrangement(conversation(2).id, &arrangement)?;
        tx.note_read_by(address(2), 6)?;
        let (first, second) = (line(tx, 1)?, line(tx, 2)?);
        assert!(first.arrangement == ArrangementRow::default() && first.read_by_them == 0);
        assert!(second.arrangement == arrangement && second.read_by_them == 6);
        assert!(second.number > first.number);
        let mut all = tx.list_lines(KINDS)?;
        all.sort_by_key(|line| line.number);
        assert!(all == [first, second]);
        let stored = tx.load_conversation(conversation(2).id)?;
        assert!(Some(&all[1].conversation) == stored.as_ref());
        Ok(())
    });
}

#[test]
fn silences_end_in_order_and_those_for_good_never() {
    with_tx(|tx| {
        assert_eq!(tx.next_unmute()?, None);
        for (number, until) in [(1, 30), (2, 10), (3, u64::MAX), (4, 20)] {
            tx.insert_conversation(&conversation(number))?;
            let arrangement = ArrangementRow {
                muted_until_ms: Some(until),
                ..ArrangementRow::default()
            };
            tx.save_arrangement(conversation(number).id, &arrangement)?;
        }
        assert_eq!(tx.next_unmute()?, Some(10));
        assert!(tx.unmute_until(9)?.is_empty());
        let mut ended = tx.unmute_until(20)?;
        ended.sort_unstable();
        assert_eq!(ended, [conversation(2).id, conversation(4).id]);
        assert_eq!(tx.next_unmute()?, Some(30));
        assert_eq!(tx.unmute_until(u64::MAX)?, [conversation(1).id]);
        assert_eq!(tx.next_unmute()?, None);
        let kept = tx.load_arrangement(conversation(3).id)?.muted_until_ms;
        assert_eq!(kept, Some(i64::MAX as u64));
        Ok(())
    });
}
