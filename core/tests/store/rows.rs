//! Account, keys, sessions, jobs and the rest: what is written reads back, and each table's rules hold.

use tacita_core::crypto::{DhSecret, Secret, SigningKey};
use tacita_core::protocol::account::DeviceKeys;
use tacita_core::protocol::ids::{Hour, InitialId, InvitationId, TranscriptHash};
use tacita_core::protocol::prekey::PrekeyKind;
use tacita_core::protocol::ratchet::SkippedKeyId;
use tacita_core::store::{
    AccountRow, ClaimRow, Direction, InvitationKind, InvitationRow, InvitationState, JobRow,
    MailboxRow, PrekeyRow, Store, StoreError,
};
use tacita_wire::{
    ClaimNonce, MailboxId, MailboxKind, OwnerKey, PileId, ReadKey, RelayLink, RelayRootHash,
    WriteKey,
};
use zeroize::Zeroizing;

use crate::samples::{
    address, conversation, message, outgoing, peer, relay_address, session, skipped, with_tx,
};

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
        assert_eq!(tx.mailboxes_due(Hour(1), Hour(2))?, [row(1)]);
        assert_eq!(tx.mailboxes_due(Hour(0), Hour(1))?, [row(2)]);
        assert_eq!(tx.mailboxes_due(Hour(0), Hour(2))?, []);
        let other = MailboxRow {
            kind: MailboxKind::Contact,
            live: true,
            peer: None,
            invitation: Some(InvitationId([8; 16])),
            ..row(1)
        };
        tx.save_mailbox(&other)?;
        assert_eq!(tx.load_mailbox(other.id)?, Some(other.clone()));
        tx.set_mailbox_cursor(other.id, 9, 2, Hour(5))?;
        tx.set_mailbox_cursor(other.id, 4, 0, Hour(6))?;
        assert_eq!(tx.load_mailbox(other.id)?.unwrap().cursor, 9);
        // A relay may name any number; it fails nothing.
        tx.set_mailbox_cursor(other.id, u64::MAX, 1, Hour(7))?;
        let highest = i64::MAX.unsigned_abs();
        assert_eq!(tx.load_mailbox(other.id)?.unwrap().cursor, highest);
        assert_eq!(
            tx.set_mailbox_cursor(MailboxId([99; 32]), 1, 1, Hour(7)),
            Err(StoreError::Failed)
        );
        tx.delete_mailbox(other.id)?;
        assert_eq!(tx.list_mailboxes()?, [row(2)]);
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
        };
        let first = tx.push_job(&job(1, 1))?;
        let second = tx.push_job(&job(1, 2))?;
        let other = tx.push_job(&job(2, 3))?;
        let is_first = |expected: &[(i64, u8, u8)]| -> Result<bool, StoreError> {
            let expected = expected.iter().map(|&(id, group, kind)| JobRow {
                id,
                ..job(group, kind)
            });
            Ok(tx.first_jobs()? == expected.collect::<Vec<_>>())
        };
        assert!(is_first(&[(first, 1, 1), (other, 2, 3)])?);
        tx.delete_job(first)?;
        assert!(is_first(&[(second, 1, 2), (other, 2, 3)])?);
        assert!(tx.has_jobs([1; 32])?);
        tx.delete_jobs_of([1; 32])?;
        assert!(!tx.has_jobs([1; 32])?);
        assert!(is_first(&[(other, 2, 3)])?);
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
fn a_conversation_changes_under_one_number_also_when_its_row_is_gone_or_new() {
    with_tx(|tx| {
        let (id, key) = (conversation(1).id, conversation(1).id.0.0.to_vec());
        tx.insert_conversation(&conversation(1))?;
        tx.touch_conversation(id)?;
        tx.touch(1, b"")?;
        tx.touch_conversation(id)?;
        let expected = vec![(1, vec![]), (2, key.clone())];
        assert_eq!(tx.changes_after(0, 10)?, (expected, 3));
        tx.delete_conversation(id)?;
        tx.touch_conversation(id)?;
        tx.insert_conversation(&conversation(1))?;
        tx.touch(1, b"")?;
        tx.touch_conversation(id)?;
        // Its row says where; another's number is not taken for its own.
        tx.insert_conversation(&conversation(2))?;
        tx.touch_conversation(conversation(2).id)?;
        let expected = vec![(1, vec![]), (2, key), (2, conversation(2).id.0.0.to_vec())];
        assert_eq!(tx.changes_after(0, 10)?, (expected, 7));
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
