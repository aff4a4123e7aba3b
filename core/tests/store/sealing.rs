//! Secrets inside the encrypted database are sealed once more, each to its place.

use tacita_core::crypto::{DhSecret, Secret, SigningKey};
use tacita_core::protocol::account::DeviceKeys;
use tacita_core::protocol::ids::{Hour, InvitationId, TranscriptHash};
use tacita_core::protocol::prekey::PrekeyKind;
use tacita_core::protocol::ratchet::{MessageKey, SkippedKeyId};
use tacita_core::store::{
    AccountRow, ClaimRow, InvitationKind, InvitationRow, InvitationState, JobRow, MailboxRow,
    PrekeyRow, StoreError,
};
use tacita_wire::{
    ClaimNonce, JoinCode, MailboxId, MailboxKind, OwnerKey, PileId, ReadKey, RelayLink,
    RelayRootHash, WriteKey,
};
use zeroize::Zeroizing;

use crate::raw;
use crate::samples::{address, conversation, open, outgoing, peer, relay_address, session};

/// 24 bytes that occur nowhere by chance, different for each use.
fn canary(number: u8) -> [u8; 24] {
    let mut bytes = *b"canary-000-canary-000-ca";
    bytes[7] = number;
    bytes[18] = number;
    bytes
}

fn secret(number: u8) -> [u8; 32] {
    let mut bytes = [0xee; 32];
    bytes[4..28].copy_from_slice(&canary(number));
    bytes
}

#[test]
fn no_secret_is_readable_with_the_database_key_alone() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    store
        .write(|tx| {
            tx.save_account(&AccountRow {
                keys: DeviceKeys {
                    address: address(1),
                    signing: SigningKey::from_seed(Secret::from_bytes(secret(1))),
                    dh: DhSecret::from_bytes(Secret::from_bytes(secret(2))),
                },
                log: b"log".to_vec(),
                vault: b"vault".to_vec(),
                name: "a visible name, for comparison".into(),
                relay: RelayLink {
                    address: relay_address(),
                    root: RelayRootHash([3; 32]),
                    join_code: Some(JoinCode::from_bytes(canary(3)[..16].try_into().unwrap())),
                },
                created: Hour(1),
                relay_hour: Hour(2),
            })?;
            tx.insert_prekey(&PrekeyRow {
                kind: PrekeyKind::OneTimeKem,
                id: 1,
                public: vec![1; 1184],
                secret: Zeroizing::new(secret(4).to_vec()),
                invitation: None,
                created: Hour(1),
                delete_after: Hour(2),
            })?;
            tx.insert_invitation(&InvitationRow {
                id: InvitationId([1; 16]),
                kind: InvitationKind::Public,
                state: InvitationState::Live,
                secret: Secret::from_bytes(secret(5)),
                owner: OwnerKey::from_bytes(secret(6)),
                address: relay_address(),
                root: RelayRootHash([3; 32]),
                mailbox: MailboxId([4; 32]),
                created_ms: 1,
                renewed: Hour(1),
            })?;
            tx.insert_claim(&ClaimRow {
                pile: PileId([1; 32]),
                link: secret(7).to_vec(),
                nonce: ClaimNonce([1; 16]),
                created: Hour(1),
            })?;
            tx.insert_mailbox(&MailboxRow {
                id: MailboxId([4; 32]),
                read: ReadKey::from_bytes(secret(8)),
                write: WriteKey::from_bytes(secret(9)),
                kind: MailboxKind::Contact,
                address: relay_address(),
                root: RelayRootHash([3; 32]),
                live: true,
                cursor: 0,
                peer: None,
                invitation: None,
                renew_after: Hour(1),
            })?;
            tx.insert_conversation(&conversation(1))?;
            let mut row = peer(1);
            row.descriptor.as_mut().unwrap().write = WriteKey::from_bytes(secret(10));
            tx.save_peer(&row)?;
            let mut left = row.descriptor.clone().unwrap();
            left.write = WriteKey::from_bytes(secret(16));
            tx.insert_earlier(row.address, &left, 1, 4)?;
            let mut row = session(1, 1);
            row.state = Zeroizing::new(secret(11).repeat(100));
            row.initial = Some(Zeroizing::new(secret(12).to_vec()));
            tx.insert_session(&row)?;
            let key = MessageKey::from_bytes(Secret::from_bytes(secret(13)));
            tx.insert_skipped(row.th, &[(SkippedKeyId { chain: 1, n: 2 }, key)], Hour(1))?;
            let mut row = outgoing(1, 5, 1);
            row.descriptor.write = WriteKey::from_bytes(secret(14));
            tx.push_outbox(&row)?;
            tx.push_job(&JobRow {
                id: 0,
                group: [1; 32],
                address: relay_address(),
                root: RelayRootHash([3; 32]),
                request: Zeroizing::new(secret(15).to_vec()),
                kind: 1,
                reference: vec![],
            })?;
            Ok::<_, StoreError>(())
        })
        .unwrap();
    store.close().unwrap();

    let bytes = raw::decrypted_bytes(directory.path());
    assert!(raw::contains(&bytes, b"a visible name, for comparison"));
    for number in 1..=16 {
        // The join code is 16 of the 24 bytes.
        assert!(
            !raw::contains(&bytes, &canary(number)[..16]),
            "secret {number}"
        );
    }
    let encrypted = std::fs::read(directory.path().join("tacita.db")).unwrap();
    assert!(!raw::contains(
        &encrypted,
        b"a visible name, for comparison"
    ));
}

#[test]
fn two_sealed_cells_that_change_places_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    store
        .write(|tx| {
            tx.insert_session(&session(1, 1))?;
            tx.insert_session(&session(1, 2))?;
            tx.save_peer(&peer(1))?;
            tx.save_peer(&peer(2))
        })
        .unwrap();
    store.close().unwrap();
    raw::connect(directory.path())
        .execute_batch(
            "CREATE TEMP TABLE copies AS SELECT th, state FROM sessions;
             UPDATE sessions SET state =
               (SELECT state FROM copies WHERE copies.th <> sessions.th);
             CREATE TEMP TABLE descriptors AS SELECT account, descriptor FROM peers;
             UPDATE peers SET descriptor =
               (SELECT descriptor FROM descriptors d WHERE d.account <> peers.account);",
        )
        .unwrap();

    let store = open(directory.path()).unwrap();
    for th in [1, 2] {
        let loaded = store.read(|tx| tx.load_session(TranscriptHash([th; 32])));
        assert_eq!(loaded, Err(StoreError::Row));
    }
    let loaded = store.read(|tx| tx.load_peer(address(1)));
    assert_eq!(loaded, Err(StoreError::Row));
}

#[test]
fn a_sealed_cell_put_into_another_column_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    store.write(|tx| tx.insert_session(&session(1, 1))).unwrap();
    store.close().unwrap();
    raw::connect(directory.path())
        .execute_batch("UPDATE sessions SET initial = state")
        .unwrap();
    let store = open(directory.path()).unwrap();
    let loaded = store.read(|tx| tx.load_session(TranscriptHash([1; 32])));
    assert_eq!(loaded, Err(StoreError::Row));
}
