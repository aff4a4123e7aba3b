//! Tests of certificates and device logs: every way in which a log may not hold.

use super::*;
use crate::crypto::dh::DhSecret;
use crate::protocol::test_people::{NOW, Person, rng};

fn certificate(account_key: &SigningKey, number: u32) -> Certificate {
    let mut rng = rng(1000 + u64::from(number));
    Certificate::sign(
        account_key,
        DeviceNumber(number),
        SigningKey::generate(&mut rng).public(),
        DhSecret::generate(&mut rng).public(),
        NOW,
    )
}

/// A log put together by its own account's key, but by no rule.
fn forged(person: &Person, entries: Vec<LogEntry>) -> Result<VerifiedDeviceLog, ProtocolError> {
    DeviceLog {
        account_key: *person.log.account_key(),
        entries,
    }
    .verify_for(person.account())
}

fn entry(person: &Person, seq: u32, previous: [u8; 32], change: DeviceChange) -> LogEntry {
    LogEntry::sign(&person.account_key, seq, previous, NOW, change)
}

fn add(person: &Person, number: u32) -> DeviceChange {
    DeviceChange::Add(certificate(&person.account_key, number))
}

fn first(person: &Person) -> LogEntry {
    person.log.as_log().entries[0].clone()
}

/// Alice's log with changes appended in order.
fn extended(person: &Person, changes: Vec<DeviceChange>) -> VerifiedDeviceLog {
    changes.into_iter().fold(person.log.clone(), |log, change| {
        log.append(&person.account_key, change, NOW).unwrap()
    })
}

#[test]
fn certificate_entry_and_log_stand_as_the_protocol_says() {
    let alice = Person::new(1);
    let certificate = alice.log.certificate(DeviceNumber::FIRST).unwrap();
    let bytes = certificate.to_bytes();
    assert_eq!(bytes.len(), 169);
    assert_eq!(bytes[0], 1);
    assert_eq!(bytes[1..33], alice.account().0);
    assert_eq!(bytes[33..37], [0, 0, 0, 1]);
    assert_eq!(&bytes[37..69], alice.keys.signing.public().as_bytes());
    assert_eq!(&bytes[69..101], alice.keys.dh.public().as_bytes());
    assert_eq!(bytes[101..105], NOW.0.to_be_bytes());

    let log = extended(
        &alice,
        vec![add(&alice, 2), DeviceChange::Remove(DeviceNumber(2))],
    );
    let entries = &log.as_log().entries;
    let added = entries[0].to_bytes();
    assert_eq!(added.len(), 274);
    assert_eq!(added[0], 1);
    assert_eq!(added[1..5], [0; 4]);
    assert_eq!(added[5..37], [0; 32]);
    assert_eq!(added[37..41], NOW.0.to_be_bytes());
    assert_eq!(added[41..210], bytes);
    let removed = entries[2].to_bytes();
    assert_eq!(removed.len(), 109);
    assert_eq!(removed[0], 2);
    assert_eq!(removed[1..5], [0, 0, 0, 2]);
    assert_eq!(removed[5..37], entries[1].derive_hash());
    assert_eq!(removed[41..45], [0, 0, 0, 2]);

    let bytes = log.to_bytes();
    assert_eq!(bytes.len(), 32 + 2 + 2 * 274 + 109);
    assert_eq!(&bytes[..32], log.account_key().as_bytes());
    assert_eq!(bytes[32..34], [0, 3]);
    assert_eq!(log.head(), entries[2].derive_hash());
    let read = DeviceLog::from_bytes(&bytes).unwrap();
    assert_eq!(read.verify_for(alice.account()), Ok(log));
}

#[test]
fn account_id_is_the_hash_of_the_account_key() {
    let alice = Person::new(1);
    let key = alice.log.account_key().as_bytes();
    assert_eq!(alice.account().0, sha256(&[key]));
}

#[test]
fn a_log_cut_at_any_length_is_refused() {
    let alice = Person::new(1);
    let log = extended(
        &alice,
        vec![add(&alice, 2), DeviceChange::Remove(DeviceNumber(2))],
    );
    let bytes = log.to_bytes();
    for length in 0..bytes.len() {
        assert!(DeviceLog::from_bytes(&bytes[..length]).is_err(), "{length}");
    }
    let longer = [&bytes[..], &[0]].concat();
    assert_eq!(
        DeviceLog::from_bytes(&longer),
        Err(WireError::TrailingBytes)
    );
}

#[test]
fn a_log_altered_in_any_byte_is_refused() {
    let alice = Person::new(1);
    let log = extended(
        &alice,
        vec![add(&alice, 2), DeviceChange::Remove(DeviceNumber(2))],
    );
    let bytes = log.to_bytes();
    for at in 0..bytes.len() {
        for bit in [0x01, 0x80] {
            let mut altered = bytes.clone();
            altered[at] ^= bit;
            let refused = DeviceLog::from_bytes(&altered)
                .map_err(ProtocolError::from)
                .and_then(|log| log.verify_for(alice.account()));
            assert!(refused.is_err(), "byte {at}");
        }
    }
}

#[test]
fn a_log_of_another_account_is_refused() {
    let (alice, mallory) = (Person::new(1), Person::new(2));
    let log = mallory.log.as_log().clone();
    assert_eq!(
        log.verify_for(alice.account()),
        Err(ProtocolError::WrongAccount)
    );
}

#[test]
fn an_entry_signed_by_another_account_is_refused() {
    let (alice, mallory) = (Person::new(1), Person::new(2));
    let change = DeviceChange::Remove(DeviceNumber::FIRST);
    let foreign = LogEntry::sign(&mallory.account_key, 1, alice.log.head(), NOW, change);
    assert_eq!(
        forged(&alice, vec![first(&alice), foreign]),
        Err(ProtocolError::BadSignature)
    );
}

#[test]
fn a_certificate_signed_by_another_account_is_refused() {
    let (alice, mallory) = (Person::new(1), Person::new(2));
    // It names Alice's account but bears Mallory's signature, in an entry signed by Alice.
    let mut foreign = certificate(&mallory.account_key, 2);
    foreign.address.account = alice.account();
    foreign.signature = mallory.account_key.sign(Purpose::DevCert, &foreign.body());
    let bad = entry(&alice, 1, alice.log.head(), DeviceChange::Add(foreign));
    assert_eq!(
        forged(&alice, vec![first(&alice), bad]),
        Err(ProtocolError::BadSignature)
    );
    // It is Mallory's throughout.
    let whole = DeviceChange::Add(certificate(&mallory.account_key, 2));
    let bad = entry(&alice, 1, alice.log.head(), whole);
    assert_eq!(
        forged(&alice, vec![first(&alice), bad]),
        Err(ProtocolError::BadSignature)
    );
    // Alice's key has signed it, but for Mallory's account.
    let mut misplaced = certificate(&alice.account_key, 2);
    misplaced.address.account = mallory.account();
    misplaced.signature = alice.account_key.sign(Purpose::DevCert, &misplaced.body());
    let bad = entry(&alice, 1, alice.log.head(), DeviceChange::Add(misplaced));
    assert_eq!(
        forged(&alice, vec![first(&alice), bad]),
        Err(ProtocolError::InvalidDeviceLog)
    );
}

#[test]
fn a_signature_for_another_purpose_is_refused() {
    let alice = Person::new(1);
    let mut bad = entry(&alice, 1, alice.log.head(), add(&alice, 2));
    bad.signature = alice.account_key.sign(Purpose::DevCert, &bad.body());
    assert_eq!(
        forged(&alice, vec![first(&alice), bad]),
        Err(ProtocolError::BadSignature)
    );
}

#[test]
fn a_sequence_number_that_is_not_the_next_is_refused() {
    let alice = Person::new(1);
    for seq in [0, 2, u32::MAX] {
        let bad = entry(&alice, seq, alice.log.head(), add(&alice, 2));
        assert_eq!(
            forged(&alice, vec![first(&alice), bad]),
            Err(ProtocolError::InvalidDeviceLog)
        );
    }
    let not_from_zero = entry(&alice, 1, NO_PREVIOUS, add(&alice, 1));
    assert_eq!(
        forged(&alice, vec![not_from_zero]),
        Err(ProtocolError::InvalidDeviceLog)
    );
}

#[test]
fn a_broken_chain_is_refused() {
    let alice = Person::new(1);
    let log = extended(&alice, vec![add(&alice, 2)]);
    for previous in [NO_PREVIOUS, alice.log.head(), [7; 32]] {
        let bad = entry(&alice, 2, previous, add(&alice, 3));
        let entries = [log.as_log().entries.clone(), vec![bad]].concat();
        assert_eq!(
            forged(&alice, entries),
            Err(ProtocolError::InvalidDeviceLog)
        );
    }
    let rooted = entry(&alice, 0, [7; 32], add(&alice, 1));
    assert_eq!(
        forged(&alice, vec![rooted]),
        Err(ProtocolError::InvalidDeviceLog)
    );
}

#[test]
fn an_empty_log_and_one_that_begins_with_a_removal_are_refused() {
    let alice = Person::new(1);
    assert_eq!(
        forged(&alice, Vec::new()),
        Err(ProtocolError::InvalidDeviceLog)
    );
    let removal = entry(
        &alice,
        0,
        NO_PREVIOUS,
        DeviceChange::Remove(DeviceNumber::FIRST),
    );
    assert_eq!(
        forged(&alice, vec![removal]),
        Err(ProtocolError::InvalidDeviceLog)
    );
}

#[test]
fn a_device_number_is_added_once_even_after_removal() {
    let alice = Person::new(1);
    let twice = entry(&alice, 1, alice.log.head(), add(&alice, 1));
    assert_eq!(
        forged(&alice, vec![first(&alice), twice]),
        Err(ProtocolError::InvalidDeviceLog)
    );
    let log = extended(
        &alice,
        vec![add(&alice, 2), DeviceChange::Remove(DeviceNumber(2))],
    );
    assert_eq!(
        log.append(&alice.account_key, add(&alice, 2), NOW),
        Err(ProtocolError::InvalidDeviceLog)
    );
    let again = entry(&alice, 3, log.head(), add(&alice, 2));
    let entries = [log.as_log().entries.clone(), vec![again]].concat();
    assert_eq!(
        forged(&alice, entries),
        Err(ProtocolError::InvalidDeviceLog)
    );
}

#[test]
fn number_0_is_no_device_and_is_never_signed() {
    let alice = Person::new(1);
    let zero = add(&alice, 0);
    let refused = alice.log.append(&alice.account_key, zero.clone(), NOW);
    assert_eq!(refused, Err(ProtocolError::InvalidDeviceLog));
    let entries = vec![first(&alice), entry(&alice, 1, alice.log.head(), zero)];
    assert_eq!(
        forged(&alice, entries),
        Err(ProtocolError::InvalidDeviceLog)
    );
}

#[test]
fn a_removed_device_is_no_longer_listed_and_not_removed_twice() {
    let alice = Person::new(1);
    let remove = DeviceChange::Remove(DeviceNumber(2));
    let log = extended(&alice, vec![add(&alice, 2), remove.clone()]);
    assert!(log.certificate(DeviceNumber(2)).is_none());
    assert_eq!(log.devices().count(), 1);
    assert_eq!(
        log.append(&alice.account_key, remove, NOW),
        Err(ProtocolError::InvalidDeviceLog)
    );
    let unknown = DeviceChange::Remove(DeviceNumber(9));
    assert_eq!(
        log.append(&alice.account_key, unknown, NOW),
        Err(ProtocolError::InvalidDeviceLog)
    );
}

#[test]
fn a_log_of_65_entries_is_refused() {
    let alice = Person::new(1);
    let changes = (2..=64).map(|number| add(&alice, number)).collect();
    let full = extended(&alice, changes);
    assert_eq!(full.devices().count(), MAX_LOG_ENTRIES);
    assert_eq!(
        full.append(&alice.account_key, add(&alice, 65), NOW),
        Err(ProtocolError::TooLarge)
    );
    let read = DeviceLog::from_bytes(&full.to_bytes()).unwrap();
    assert_eq!(read.verify_for(alice.account()).as_ref(), Ok(&full));
    let extra = entry(&alice, 64, full.head(), add(&alice, 65));
    let mut bytes = [full.to_bytes(), extra.to_bytes()].concat();
    bytes[33] = 65;
    assert_eq!(DeviceLog::from_bytes(&bytes), Err(WireError::TooLong));
}

#[test]
fn only_the_accounts_own_key_appends() {
    let (alice, mallory) = (Person::new(1), Person::new(2));
    assert_eq!(
        alice
            .log
            .append(&mallory.account_key, add(&mallory, 2), NOW),
        Err(ProtocolError::WrongAccount)
    );
}

#[test]
fn a_longer_log_extends_the_known_one_and_a_fork_or_rollback_does_not() {
    let alice = Person::new(1);
    let two = extended(&alice, vec![add(&alice, 2)]);
    let three = extended(&alice, vec![add(&alice, 2), add(&alice, 3)]);
    let fork = extended(&alice, vec![add(&alice, 4), add(&alice, 5), add(&alice, 6)]);
    assert_eq!(three.verify_extends(&alice.log), Ok(()));
    assert_eq!(three.verify_extends(&two), Ok(()));
    assert_eq!(two.verify_extends(&two), Ok(()));
    assert_eq!(
        two.verify_extends(&three),
        Err(ProtocolError::OutdatedDeviceLog)
    );
    for forked in [&fork, &extended(&alice, vec![add(&alice, 4)])] {
        assert_eq!(
            forked.verify_extends(&three),
            Err(ProtocolError::ForkedDeviceLog)
        );
    }
    assert_eq!(
        Person::new(2).log.verify_extends(&alice.log),
        Err(ProtocolError::WrongAccount)
    );
}

#[test]
fn debug_output_names_nobody() {
    let alice = Person::new(1);
    let head = format!("{:?}", alice.log.head());
    let shown = format!(
        "{:?} {:?} {:?}",
        alice.log,
        alice.log.as_log(),
        alice.log.certificate(DeviceNumber::FIRST)
    );
    assert!(shown.contains("VerifiedDeviceLog(redacted)") && shown.contains("LogEntry(redacted)"));
    assert!(!shown.contains(&head[1..head.len() - 1]));
    assert!(!shown.contains(&alice.account().to_string()));
    let key = format!("{:?}", alice.log.account_key().as_bytes());
    assert!(!shown.contains(&key[1..key.len() - 1]), "{shown}");
}

#[test]
fn heads_of_every_length_are_remembered() {
    let alice = Person::new(1);
    let two = extended(&alice, vec![add(&alice, 2)]);
    assert!(two.has_had_head(&alice.log.head()));
    assert!(two.has_had_head(&two.head()));
    assert!(!alice.log.has_had_head(&two.head()));
    assert!(!two.has_had_head(&NO_PREVIOUS));
}
