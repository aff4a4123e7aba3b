//! How far either side has read: one counter by device, that never goes back by what the other says.

use tacita_core::protocol::ids::{ConversationId, DeviceNumber};
use tacita_core::store::{Direction, StoreError};

use crate::samples::{address, conversation, message, peer, with_tx};

#[test]
fn what_they_have_read_only_grows() {
    with_tx(|tx| {
        let id = ConversationId(address(1).account);
        assert_eq!(tx.note_read_by(address(1), 3), Err(StoreError::Failed));
        tx.save_peer(&peer(1))?;
        assert!(tx.reads_of(id)?.is_empty());
        assert!(tx.note_read_by(address(1), 3)?);
        assert!(!tx.note_read_by(address(1), 3)?);
        assert!(!tx.note_read_by(address(1), 2)?);
        assert_eq!(tx.reads_of(id)?, [(address(1).device, 3)]);
        assert!(tx.reads_of(ConversationId(address(2).account))?.is_empty());
        Ok(())
    });
}

#[test]
fn what_is_owed_stays_owed_until_it_is_settled_and_may_be_owed_again() {
    with_tx(|tx| {
        for number in [1, 2] {
            tx.save_peer(&peer(number))?;
        }
        let id = ConversationId(address(1).account);
        tx.owe_read(id)?;
        tx.owe_read(id)?;
        assert_eq!(tx.owed_reads()?, [address(1)]);
        tx.set_told_read(address(1), 9)?;
        tx.settle_read(address(1))?;
        assert!(tx.owed_reads()?.is_empty());
        assert_eq!(tx.told_read(address(1))?, 9);
        assert_eq!(tx.told_read(address(2))?, 0);
        for _ in 0..2 {
            tx.owe_read_again(address(1))?;
            assert_eq!(tx.told_read(address(1))?, 0);
            assert_eq!(tx.owed_reads()?, [address(1)]);
        }
        // Who was never told anything is owed nothing again.
        tx.settle_read(address(1))?;
        tx.owe_read_again(address(1))?;
        tx.owe_read_again(address(2))?;
        assert!(tx.owed_reads()?.is_empty());
        // It goes with what is known of the device.
        tx.delete_peers(address(1).account)?;
        assert!(tx.reads_of(id)?.is_empty());
        Ok(())
    });
}

#[test]
fn the_last_counter_at_or_before_a_place_is_that_of_this_device_and_direction() {
    with_tx(|tx| {
        tx.insert_conversation(&conversation(1))?;
        let device = address(1);
        let mut other = message(1, Direction::Incoming, 50);
        other.device = DeviceNumber(device.device.0 + 1);
        let mut unnumbered = message(1, Direction::Incoming, 0);
        unnumbered.device = device.device;
        let mut rows = vec![
            message(1, Direction::Incoming, 5),
            message(1, Direction::Outgoing, 40),
            message(1, Direction::Incoming, 7),
        ];
        for row in &mut rows {
            row.device = device.device;
        }
        rows.extend([other, unnumbered]);
        for row in &rows {
            tx.append_message(row)?;
        }
        for (place, counter) in [(0, 0), (1, 5), (2, 5), (3, 7), (5, 7), (u64::MAX, 7)] {
            assert_eq!(tx.counter_before(device, place)?, counter, "{place}");
        }
        Ok(())
    });
}
