//! Every aggregate: what is written reads back, and each rule of its table holds.

use tacita_core::crypto::{DhSecret, Secret, SigningKey};
use tacita_core::protocol::account::DeviceKeys;
use tacita_core::protocol::ids::{
    ConversationId, DeviceNumber, Hour, InitialId, InvitationId, TranscriptHash,
};
use tacita_core::protocol::prekey::PrekeyKind;
use tacita_core::protocol::ratchet::{MessageKey, SkippedKeyId};
use tacita_core::store::{
    AccountRow, ClaimRow, ConversationState, Direction, InvitationKind, InvitationRow,
    InvitationState, JobRow, MailboxRow, PrekeyRow, QueueReason, Store, StoreError, StoredBody,
    StoredDelivery, Tx,
};
use tacita_wire::{
    ClaimNonce, MailboxId, MailboxKind, OwnerKey, PileId, ReadKey, RelayLink, RelayRootHash,
    WriteKey,
};
use zeroize::Zeroizing;

use crate::samples::{
    address, conversation, descriptor, message, outgoing, peer, relay_address, session,
};

/// Runs a test's body in one transaction of a new store.
fn with_tx(body: impl FnOnce(&Tx<'_>) -> Result<(), StoreError>) {
    Store::open_in_memory().unwrap().write(body).unwrap();
}

#[test]
fn an_account_reads_back_and_can_be_replaced() {
    with_tx(|tx| {
        assert!(tx.load_account()?.is_none());
        assert_eq!(tx.set_relay_hour(Hour(1)), Err(StoreError::Failed));
        let mut row = AccountRow {
            keys: DeviceKeys {
                address: address(1),
                signing: SigningKey::from_seed(Secret::from_bytes([2; 32])),
                dh: DhSecret::from_bytes(Secret::from_bytes([3; 32])),
            },
            log: b"log".to_vec(),
            vault: b"vault".to_vec(),
            name: "Ada".into(),
            relay: RelayLink {
                address: relay_address(),
                root: RelayRootHash([3; 32]),
                join_code: None,
            },
            created: Hour(1),
            relay_hour: Hour(2),
        };
        tx.save_account(&row)?;
        row.name = "Grace".into();
        tx.save_account(&row)?;
        tx.set_relay_hour(Hour(9))?;
        let loaded = tx.load_account()?.unwrap();
        assert_eq!(loaded.keys.address, row.keys.address);
        assert_eq!(loaded.keys.signing.public(), row.keys.signing.public());
        assert_eq!(loaded.keys.dh.public(), row.keys.dh.public());
        assert_eq!((loaded.log, loaded.vault), (row.log, row.vault));
        assert_eq!((loaded.name, loaded.relay), (row.name, row.relay));
        assert_eq!((loaded.created, loaded.relay_hour), (Hour(1), Hour(9)));
        Ok(())
    });
}

fn prekey(kind: PrekeyKind, id: u32, invitation: Option<InvitationId>) -> PrekeyRow {
    PrekeyRow {
        kind,
        id,
        public: vec![1; 100],
        secret: Zeroizing::new(vec![2; 2400]),
        invitation,
        created: Hour(1),
        delete_after: Hour(10 + id),
    }
}

#[test]
fn prekeys_read_back_and_go_one_by_one_by_invitation_and_by_time() {
    with_tx(|tx| {
        let invitation = InvitationId([7; 16]);
        for row in [
            prekey(PrekeyKind::Contact, 1, None),
            prekey(PrekeyKind::Contact, 2, None),
            prekey(PrekeyKind::Signed, 1, None),
            prekey(PrekeyKind::Signed, 2, None),
            prekey(PrekeyKind::Signed, 3, Some(invitation)),
            prekey(PrekeyKind::OneTime, 3, Some(invitation)),
        ] {
            tx.insert_prekey(&row)?;
            assert_eq!(tx.load_prekey(row.kind, row.id)?, Some(row.clone()));
            assert_eq!(tx.insert_prekey(&row), Err(StoreError::Failed));
        }
        assert_eq!(tx.newest_prekey(PrekeyKind::Signed)?.unwrap().id, 2);
        assert_eq!(tx.newest_prekey(PrekeyKind::OneTime)?, None);
        let contact: Vec<u32> = tx.contact_prekeys()?.iter().map(|row| row.id).collect();
        assert_eq!(contact, [2, 1]);

        tx.delete_prekey(PrekeyKind::Signed, 2)?;
        tx.delete_prekey(PrekeyKind::Signed, 2)?;
        assert_eq!(tx.newest_prekey(PrekeyKind::Signed)?.unwrap().id, 1);
        tx.delete_prekeys_of(invitation)?;
        assert_eq!(tx.load_prekey(PrekeyKind::OneTime, 3)?, None);
        assert_eq!(tx.load_prekey(PrekeyKind::Signed, 3)?, None);
        tx.expire_prekeys(Hour(12))?;
        let contact: Vec<u32> = tx.contact_prekeys()?.iter().map(|row| row.id).collect();
        assert_eq!(contact, [2]);
        Ok(())
    });
}

#[test]
fn a_prekey_number_is_given_once_even_after_deletion() {
    with_tx(|tx| {
        assert_eq!(tx.next_prekey_id(PrekeyKind::Signed)?, 1);
        assert_eq!(tx.next_prekey_id(PrekeyKind::Signed)?, 2);
        assert_eq!(tx.next_prekey_id(PrekeyKind::OneTime)?, 1);
        tx.insert_prekey(&prekey(PrekeyKind::Signed, 2, None))?;
        tx.delete_prekey(PrekeyKind::Signed, 2)?;
        assert_eq!(tx.next_prekey_id(PrekeyKind::Signed)?, 3);
        Ok(())
    });
}

#[test]
fn invitations_read_back_by_id_and_by_mailbox() {
    with_tx(|tx| {
        let row = |number: u8| InvitationRow {
            id: InvitationId([number; 16]),
            kind: InvitationKind::Public,
            state: InvitationState::Publishing,
            secret: Secret::from_bytes([number; 32]),
            owner: OwnerKey::from_bytes([number; 32]),
            address: relay_address(),
            root: RelayRootHash([3; 32]),
            mailbox: MailboxId([number + 10; 32]),
            created_ms: u64::from(number),
            renewed: Hour(5),
        };
        tx.insert_invitation(&row(1))?;
        tx.insert_invitation(&row(2))?;
        assert_eq!(tx.list_invitations()?, [row(2), row(1)]);
        assert_eq!(tx.invitation_by_mailbox(MailboxId([11; 32]))?, Some(row(1)));
        assert_eq!(tx.invitation_by_mailbox(MailboxId([99; 32]))?, None);
        let used = InvitationRow {
            kind: InvitationKind::Personal,
            state: InvitationState::Used,
            ..row(1)
        };
        tx.save_invitation(&used)?;
        assert_eq!(tx.load_invitation(used.id)?, Some(used.clone()));
        tx.delete_invitation(used.id)?;
        assert_eq!(tx.load_invitation(used.id)?, None);
        assert_eq!(tx.save_invitation(&used), Err(StoreError::Failed));
        Ok(())
    });
}

#[test]
fn claims_read_back_once_per_pile() {
    with_tx(|tx| {
        let row = ClaimRow {
            pile: PileId([1; 32]),
            link: vec![2; 120],
            nonce: ClaimNonce([3; 16]),
            created: Hour(4),
        };
        tx.insert_claim(&row)?;
        assert_eq!(tx.insert_claim(&row), Err(StoreError::Failed));
        assert_eq!(tx.load_claim(row.pile)?, Some(row.clone()));
        assert_eq!(tx.list_claims()?, vec![row.clone()]);
        tx.delete_claim(row.pile)?;
        assert_eq!(tx.load_claim(row.pile)?, None);
        Ok(())
    });
}

#[test]
fn mailboxes_read_back_and_their_cursor_never_goes_back() {
    with_tx(|tx| {
        let row = |number: u8| MailboxRow {
            id: MailboxId([number; 32]),
            read: ReadKey::from_bytes([number; 32]),
            write: WriteKey::from_bytes([number + 1; 32]),
            kind: MailboxKind::Pair,
            address: relay_address(),
            root: RelayRootHash([3; 32]),
            live: false,
            cursor: 0,
            peer: Some(address(number)),
            invitation: None,
            renew_after: Hour(u32::from(number)),
        };
        tx.insert_mailbox(&row(1))?;
        tx.insert_mailbox(&row(2))?;
        assert_eq!(tx.list_mailboxes()?, [row(1), row(2)]);
        assert_eq!(tx.mailboxes_due(Hour(1))?, [row(1)]);
        let other = MailboxRow {
            kind: MailboxKind::Contact,
            live: true,
            peer: None,
            invitation: Some(InvitationId([8; 16])),
            ..row(1)
        };
        tx.save_mailbox(&other)?;
        assert_eq!(tx.load_mailbox(other.id)?, Some(other.clone()));
        tx.set_mailbox_cursor(other.id, 9)?;
        tx.set_mailbox_cursor(other.id, 4)?;
        assert_eq!(tx.load_mailbox(other.id)?.unwrap().cursor, 9);
        assert_eq!(
            tx.set_mailbox_cursor(MailboxId([99; 32]), 1),
            Err(StoreError::Failed)
        );
        tx.delete_mailbox(other.id)?;
        assert_eq!(tx.list_mailboxes()?, [row(2)]);
        Ok(())
    });
}

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
        row.verified = true;
        row.invitation = Some(InvitationId([5; 16]));
        tx.save_conversation(&row)?;
        assert_eq!(tx.append_message(&message(1, Direction::Incoming, 2))?, 2);
        let loaded = tx.load_conversation(row.id)?.unwrap();
        assert_eq!((loaded.last_place, loaded.activity_ms), (2, 2002));
        assert_eq!((loaded.state, loaded.verified), (row.state, row.verified));
        assert_eq!(loaded.invitation, row.invitation);
        assert_eq!(
            tx.save_conversation(&conversation(2)),
            Err(StoreError::Failed)
        );
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
        let unknown = tacita_core::store::PeerRow::new(address(2));
        tx.save_peer(&unknown)?;
        let all = tx.all_peers()?;
        assert_eq!(all.len(), 2);
        assert_eq!(all[1], unknown);
        Ok(())
    });
}

#[test]
fn sessions_read_back_by_transcript_and_by_peer() {
    with_tx(|tx| {
        for th in [3, 1, 2] {
            tx.insert_session(&session(1, th))?;
        }
        tx.insert_session(&session(2, 4))?;
        assert_eq!(tx.insert_session(&session(1, 3)), Err(StoreError::Failed));
        let of: Vec<_> = tx.sessions_of(address(1))?;
        assert!(of == [session(1, 1), session(1, 2), session(1, 3)]);
        let mut row = session(1, 2);
        row.state = Zeroizing::new(vec![]);
        row.initiator = false;
        row.initial = Some(Zeroizing::new(vec![6; 4000]));
        row.initial_sent = 20;
        row.replaces = Some(TranscriptHash([1; 32]));
        tx.save_session(&row)?;
        assert_eq!(tx.load_session(row.th)?, Some(row.clone()));
        tx.delete_session(row.th)?;
        assert_eq!(tx.load_session(row.th)?, None);
        assert_eq!(tx.save_session(&row), Err(StoreError::Failed));
        Ok(())
    });
}

fn skipped(chain: u32, n: u32) -> (SkippedKeyId, MessageKey) {
    let byte = u8::try_from((chain * 31 + n) % 251).unwrap();
    let key = MessageKey::from_bytes(Secret::from_bytes([byte; 32]));
    (SkippedKeyId { chain, n }, key)
}

#[test]
fn skipped_keys_go_by_use_by_chain_by_number_and_by_age() {
    with_tx(|tx| {
        let th = session(1, 1).th;
        tx.insert_session(&session(1, 1))?;
        let has = |chain, n| {
            tx.load_skipped(th, SkippedKeyId { chain, n })
                .map(|key| key.is_some())
        };
        let keys: Vec<_> = (0..10).map(|n| skipped(1, n)).collect();
        tx.insert_skipped(th, &keys, Hour(10))?;
        tx.insert_skipped(th, &[skipped(2, 0), skipped(3, 0)], Hour(20))?;
        let (id, key) = skipped(1, 4);
        assert_eq!(tx.load_skipped(th, id)?.unwrap().expose(), key.expose());
        assert!(tx.load_skipped(TranscriptHash([9; 32]), id)?.is_none());

        tx.delete_skipped(th, id)?;
        assert!(!has(1, 4)?);
        tx.trim_skipped(th, 4)?;
        let left: Vec<u32> = (0..10).filter(|&n| has(1, n).unwrap()).collect();
        assert_eq!(left, [8, 9]);
        tx.expire_skipped(Hour(20))?;
        assert_eq!((has(1, 8)?, has(2, 0)?, has(3, 0)?), (false, true, true));
        tx.insert_skipped(th, &[skipped(1, 1)], Hour(30))?;
        tx.delete_skipped_chain(th, 2)?;
        assert_eq!((has(1, 1)?, has(2, 0)?, has(3, 0)?), (false, false, true));
        tx.delete_session(th)?;
        assert!(!has(3, 0)?);
        Ok(())
    });
}

#[test]
fn skipped_keys_may_come_before_their_session_but_not_without_it() {
    let store = Store::open_in_memory().unwrap();
    store
        .write(|tx| {
            tx.insert_skipped(session(1, 1).th, &[skipped(1, 1)], Hour(1))?;
            tx.insert_session(&session(1, 1))
        })
        .unwrap();
    let without = store.write(|tx| tx.insert_skipped(session(1, 2).th, &[skipped(1, 1)], Hour(1)));
    assert_eq!(without, Err(StoreError::Failed));
    store.write(|tx| tx.touch(1, b"")).unwrap();
}

#[test]
fn replays_are_known_until_their_time_is_over() {
    with_tx(|tx| {
        let (id, th) = (InitialId([1; 32]), TranscriptHash([2; 32]));
        tx.insert_initial(id, th, [3; 32], Hour(10))?;
        assert_eq!(
            tx.insert_initial(id, th, [4; 32], Hour(10)),
            Err(StoreError::Failed)
        );
        tx.expire_initials(Hour(10))?;
        assert_eq!(tx.load_initial(id)?, Some((th, [3; 32])));
        tx.expire_initials(Hour(11))?;
        assert_eq!(tx.load_initial(id)?, None);

        tx.insert_envelope([5; 32], Hour(10))?;
        tx.insert_envelope([5; 32], Hour(20))?;
        assert!(tx.has_envelope([5; 32])?);
        tx.expire_envelopes(Hour(10))?;
        assert!(tx.has_envelope([5; 32])?);
        tx.expire_envelopes(Hour(11))?;
        assert!(!tx.has_envelope([5; 32])?);
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
        let places = |(rows, more): (Vec<tacita_core::store::MessageRow>, bool)| {
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
        let found = tx.message_by_counter(id, Direction::Incoming, device, 5)?;
        assert_eq!(found, Some(row.clone()));
        for (device, counter) in [(device, 6), (DeviceNumber(2), 5), (device, u64::MAX)] {
            let found = tx.message_by_counter(id, Direction::Incoming, device, counter)?;
            assert_eq!(found, None);
        }
        // Unnumbered ones may be many.
        for _ in 0..2 {
            tx.append_message(&message(1, Direction::Incoming, 0))?;
        }
        assert_eq!(
            tx.message_by_counter(id, Direction::Incoming, device, 0)?,
            None
        );

        let body = StoredBody {
            kind: 2,
            data: b"filled".to_vec(),
        };
        tx.fill_message(id, row.place, &body, 77)?;
        tx.set_delivery(id, row.place, StoredDelivery::Sent)?;
        let filled = tx.message_at(id, row.place)?.unwrap();
        assert_eq!((filled.body, filled.sent_ms), (body.clone(), 77));
        assert_eq!(filled.delivery, StoredDelivery::Sent);
        assert_eq!(tx.fill_message(id, 99, &body, 0), Err(StoreError::Failed));
        assert_eq!(
            tx.set_delivery(id, 99, StoredDelivery::Sent),
            Err(StoreError::Failed)
        );
        Ok(())
    });
}

#[test]
fn unread_are_the_incoming_ones_behind_the_mark() {
    with_tx(|tx| {
        let id = conversation(1).id;
        tx.insert_conversation(&conversation(1))?;
        for counter in 1..=4 {
            tx.append_message(&message(1, Direction::Incoming, counter))?;
            tx.append_message(&message(1, Direction::Outgoing, counter))?;
        }
        assert_eq!(tx.unread_count(id)?, 4);
        let mut row = tx.load_conversation(id)?.unwrap();
        row.read_up_to = 3;
        tx.save_conversation(&row)?;
        assert_eq!(tx.unread_count(id)?, 2);
        assert_eq!(tx.unread_count(conversation(2).id)?, 0);
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
            head == tacita_core::store::OutboxRow {
                id: 1,
                ..outgoing(1, 1, 1)
            }
        );
        Ok(())
    });
}

#[test]
fn a_mailbox_is_due_by_its_first_envelope_that_was_not_put() {
    with_tx(|tx| {
        let first = tx.push_outbox(&outgoing(1, 1, 1))?;
        tx.push_outbox(&outgoing(1, 1, 2))?;
        tx.push_outbox(&outgoing(2, 2, 1))?;
        let targets = |now| {
            tx.outbox_targets(now)
                .map(|targets| targets.iter().map(|(id, ..)| id.0[0]).collect::<Vec<_>>())
        };
        assert_eq!(targets(0)?, [1, 2]);
        tx.bump_outbox(descriptor(1).mailbox, 3, 500, QueueReason::Full)?;
        assert_eq!(targets(499)?, [2]);
        assert_eq!(targets(500)?, [1, 2]);
        assert_eq!(tx.next_outbox_try()?, Some(0));
        // One that is pushed later does not overtake.
        tx.push_outbox(&outgoing(1, 1, 3))?;
        assert_eq!(targets(499)?, [2]);
        assert_eq!(tx.outbox_of(address(1))?[0].reason, QueueReason::Full);
        assert_eq!(tx.next_batch(descriptor(1).mailbox, 1, 1)?[0].attempts, 3);

        let second = tx.outbox_of(address(2))?.remove(0).id;
        tx.mark_put(&[second, 999], Hour(7), 0)?;
        assert_eq!(tx.next_outbox_try()?, Some(500));
        tx.mark_put(&[first], Hour(7), 900)?;
        let row = tx.outbox_of(address(1))?.remove(0);
        assert_eq!((row.put, row.next_try_ms), (Some(Hour(7)), 900));
        // What is at the relay is due to nobody.
        assert_eq!(tx.next_outbox_try()?, Some(500));
        tx.requeue(&[first])?;
        assert_eq!(targets(0)?, [1]);
        tx.delete_outbox(&[first, first])?;
        assert_eq!(targets(0)?, [0; 0]);
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
fn what_was_put_long_ago_is_put_again() {
    with_tx(|tx| {
        let ids = [
            tx.push_outbox(&outgoing(1, 1, 1))?,
            tx.push_outbox(&outgoing(1, 1, 2))?,
            tx.push_outbox(&outgoing(2, 2, 1))?,
        ];
        tx.mark_put(&[ids[0], ids[2]], Hour(10), 0)?;
        tx.mark_put(&[ids[1]], Hour(11), 0)?;
        tx.requeue_put_before(address(1), Hour(11))?;
        let put = |number| {
            tx.outbox_of(address(number))
                .map(|rows| rows.iter().map(|row| row.put).collect::<Vec<_>>())
        };
        assert_eq!(put(1)?, [None, Some(Hour(11))]);
        assert_eq!(put(2)?, [Some(Hour(10))]);
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
            tx.requeue_below(address(1), 4, now)?;
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
fn an_outbox_number_is_given_once_even_after_deletion() {
    with_tx(|tx| {
        let first = tx.push_outbox(&outgoing(1, 1, 1))?;
        tx.delete_outbox(&[first])?;
        assert!(tx.push_outbox(&outgoing(1, 1, 2))? > first);
        Ok(())
    });
}

#[test]
fn a_redirected_outbox_goes_to_the_new_mailbox_only() {
    with_tx(|tx| {
        let ids = [
            tx.push_outbox(&outgoing(1, 1, 1))?,
            tx.push_outbox(&outgoing(1, 1, 2))?,
        ];
        tx.push_outbox(&outgoing(2, 1, 1))?;
        tx.mark_put(&ids[..1], Hour(1), 0)?;
        tx.bump_outbox(
            descriptor(1).mailbox,
            3,
            500,
            QueueReason::ContactUnreachable,
        )?;
        tx.redirect_outbox(address(1), &descriptor(6))?;
        let rows = tx.outbox_of(address(1))?;
        assert!(rows.iter().all(|row| row.descriptor == descriptor(6)));
        assert_eq!((rows[0].put, rows[1].put), (Some(Hour(1)), None));
        assert_eq!(tx.next_batch(descriptor(6).mailbox, 9, 1 << 20)?.len(), 1);
        assert_eq!(tx.next_batch(descriptor(1).mailbox, 9, 1 << 20)?.len(), 1);
        let (mailbox, ..) = tx.outbox_targets(0)?.remove(0);
        assert_eq!(mailbox, descriptor(6).mailbox);
        Ok(())
    });
}

#[test]
fn jobs_are_done_in_order_within_their_group() {
    with_tx(|tx| {
        let job = |group: u8, kind: u8| JobRow {
            id: 0,
            group: [group; 32],
            address: relay_address(),
            root: RelayRootHash([3; 32]),
            request: Zeroizing::new(vec![kind; 9000]),
            kind,
            reference: vec![group, kind],
            attempts: 0,
            next_try_ms: 0,
        };
        assert_eq!(tx.next_job_try()?, None);
        let first = tx.push_job(&job(1, 1))?;
        let second = tx.push_job(&job(1, 2))?;
        let other = tx.push_job(&job(2, 3))?;
        let due = |now| {
            tx.due_jobs(now)
                .map(|rows| rows.iter().map(|row| row.kind).collect::<Vec<_>>())
        };
        assert_eq!(due(0)?, [1, 3]);
        tx.bump_job(first, 1, 100)?;
        tx.bump_job(other, 1, 300)?;
        assert_eq!(due(99)?, [0; 0]);
        assert_eq!(due(100)?, [1]);
        assert_eq!(tx.next_job_try()?, Some(100));
        assert!(
            tx.load_job(second)?.unwrap()
                == JobRow {
                    id: second,
                    ..job(1, 2)
                }
        );
        tx.delete_job(first)?;
        assert_eq!(due(0)?, [2]);
        assert!(tx.has_jobs([1; 32])?);
        tx.delete_jobs_of([1; 32])?;
        assert!(!tx.has_jobs([1; 32])?);
        assert_eq!(tx.load_job(second)?, None);
        assert!(tx.push_job(&job(1, 4))? > other);
        Ok(())
    });
}

#[test]
fn changes_show_each_thing_once_in_the_order_of_its_last_change() {
    with_tx(|tx| {
        assert_eq!(tx.changes_after(0, 10)?, (vec![], 0));
        tx.touch(1, b"a")?;
        tx.touch(2, b"a")?;
        tx.touch(1, b"b")?;
        tx.touch(1, b"a")?;
        let all = vec![(2, b"a".to_vec()), (1, b"b".to_vec()), (1, b"a".to_vec())];
        assert_eq!(tx.changes_after(0, 10)?, (all.clone(), 4));
        assert_eq!(tx.changes_after(0, 1)?, (all[..1].to_vec(), 2));
        assert_eq!(tx.changes_after(2, 10)?, (all[1..].to_vec(), 4));
        assert_eq!(tx.changes_after(4, 10)?, (vec![], 4));
        assert_eq!(tx.change_number()?, 4);
        // A cursor of a store that was lost and begun anew.
        assert_eq!(tx.changes_after(u64::MAX, 10)?, (all, 4));
        Ok(())
    });
}

#[test]
fn settings_read_back_and_can_be_replaced() {
    with_tx(|tx| {
        assert_eq!(tx.load_setting("hour")?, None);
        tx.save_setting("hour", &[1, 2])?;
        tx.save_setting("hour", &[])?;
        assert_eq!(tx.load_setting("hour")?, Some(vec![]));
        Ok(())
    });
}

#[test]
fn no_row_shows_its_content_in_debug_output() {
    let shown = format!(
        "{:?} {:?} {:?} {:?} {:?}",
        conversation(1),
        message(1, Direction::Incoming, 1),
        peer(1),
        session(1, 1),
        outgoing(1, 1, 1),
    );
    let expected = "ConversationRow(redacted) MessageRow(redacted) PeerRow(redacted) \
                    SessionRow(redacted) OutboxRow(redacted)";
    assert_eq!(shown, expected);
}
