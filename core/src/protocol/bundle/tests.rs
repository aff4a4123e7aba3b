//! Tests of bundles: what a relay, another inviter or another device could put in their place.

use super::*;
use crate::crypto::sign::SigningKey;
use crate::protocol::identity::{Certificate, DeviceChange};
use crate::protocol::test_people::{NOW, Person, descriptor, pair, rng};

fn sealed(person: &Person) -> SealedEntry {
    person
        .bundle(person.one_time_keys())
        .seal(
            &person.invitation.seal_key(),
            person.invitation.pile_id(),
            &mut rng(7),
        )
        .unwrap()
}

fn open(entry: &SealedEntry, guest_of: &Person) -> Result<VerifiedBundle, ProtocolError> {
    let link = &guest_of.invitation;
    Bundle::open(entry, &link.seal_key(), link.pile_id())?.verify(link.account, NOW)
}

/// As a device does that follows no rule: whatever the keys, signed well.
fn unruly(person: &Person, keys: BundleKeys) -> Bundle {
    let log = person.log.as_log().clone();
    let device = person.keys.address.device;
    let fields = encode_fields(&log, device, &keys, &person.mailbox);
    let body = encode_body(person.account(), &fields);
    Bundle {
        log,
        device,
        keys,
        descriptor: person.mailbox.clone(),
        signature: person.keys.signing.sign(Purpose::PrekeyBundle, &body),
    }
}

#[test]
fn a_bundle_stands_as_the_protocol_says() {
    let bob = Person::new(1);
    let descriptor_bytes = 97 + "relay.example:443".len();
    let one_time = bob.bundle(bob.one_time_keys());
    let bytes = one_time.to_bytes();
    let head = 1 + 308 + 4 + 109;
    assert_eq!(
        bytes.len(),
        head + (1 + 109) + 1261 + 1293 + descriptor_bytes + 64
    );
    assert_eq!(bytes[0], 1);
    assert_eq!(bytes[1..309], bob.log.to_bytes());
    assert_eq!(bytes[309..313], [0, 0, 0, 1]);
    assert_eq!(bytes[313], 1);
    assert_eq!(bytes[head..head + 2], [1, 2]);
    assert_eq!(bytes[head + 110], 3);
    assert_eq!(bytes[head + 110 + 1261], 5);
    assert_eq!(Bundle::from_bytes(&bytes), Ok(one_time));

    let last = bob.bundle(bob.last_resort_keys()).to_bytes();
    assert_eq!(last.len(), bytes.len() - 109);
    assert_eq!(last[head..head + 2], [0, 4]);
    for cut in 0..last.len() {
        assert!(Bundle::from_bytes(&last[..cut]).is_err());
    }
}

#[test]
fn a_sealed_bundle_opens_for_the_guest_and_says_what_it_is() {
    let bob = Person::new(1);
    let entry = sealed(&bob);
    assert_eq!(entry.as_bytes().len(), 8192);
    let bundle = open(&entry, &bob).unwrap();
    assert_eq!(bundle.log, bob.log);
    assert_eq!(bundle.device, bob.keys.address.device);
    assert_eq!(bundle.descriptor, bob.mailbox);
    assert_eq!(bundle.opk.as_ref().unwrap().signed(), &bob.one_time.signed);
    assert!(!bundle.is_last_resort());
    let last = bob.bundle(bob.last_resort_keys());
    let last = last.verify(bob.account(), NOW).unwrap();
    assert!(last.is_last_resort());
    assert_eq!(last.kem.signed(), &bob.last_resort.signed);
}

#[test]
fn an_entry_sealed_under_another_invitation_or_for_another_pile_does_not_open() {
    let (bob, carol) = (Person::new(1), Person::new(2));
    let entry = sealed(&bob);
    assert_eq!(
        open(&entry, &carol).unwrap_err(),
        ProtocolError::CannotDecrypt
    );
    let moved = Bundle::open(
        &entry,
        &bob.invitation.seal_key(),
        carol.invitation.pile_id(),
    );
    assert_eq!(moved, Err(ProtocolError::CannotDecrypt));
}

#[test]
fn an_entry_altered_in_any_byte_does_not_open() {
    let bob = Person::new(1);
    let entry = sealed(&bob);
    for at in (0..8192).filter(|at| at % 61 == 0 || *at < 32 || *at > 8160) {
        let mut altered = entry.as_bytes().to_vec();
        altered[at] ^= 1;
        let altered = SealedEntry::new(&altered).unwrap();
        assert_eq!(
            open(&altered, &bob).unwrap_err(),
            ProtocolError::CannotDecrypt
        );
    }
}

#[test]
fn a_bundle_altered_in_any_byte_is_refused_even_by_one_who_can_seal() {
    let bob = Person::new(1);
    let bytes = bob.bundle(bob.one_time_keys()).to_bytes();
    // Every byte, except that the long keys are sampled.
    for at in (0..bytes.len()).filter(|at| at % 13 == 0 || *at < 560 || *at > 2960) {
        let mut altered = bytes.clone();
        altered[at] ^= 1;
        let refused = Bundle::from_bytes(&altered)
            .map_err(ProtocolError::from)
            .and_then(|bundle| bundle.verify(bob.account(), NOW));
        assert!(refused.is_err(), "byte {at}");
    }
}

#[test]
fn a_foreign_account_s_bundle_is_refused_even_if_sealed_under_the_link_s_secret() {
    let (bob, mallory) = (Person::new(1), Person::new(2));
    let link = &bob.invitation;
    let entry = mallory
        .bundle(mallory.one_time_keys())
        .seal(&link.seal_key(), link.pile_id(), &mut rng(7))
        .unwrap();
    assert_eq!(open(&entry, &bob).unwrap_err(), ProtocolError::WrongAccount);
}

#[test]
fn a_bundle_re_signed_by_another_account_is_refused() {
    let (bob, mallory) = (Person::new(1), Person::new(2));
    let log = bob.log.as_log().clone();
    let keys = bob.one_time_keys();
    let fields = encode_fields(&log, bob.keys.address.device, &keys, &mallory.mailbox);
    let body = encode_body(bob.account(), &fields);
    let forged = Bundle {
        signature: mallory.keys.signing.sign(Purpose::PrekeyBundle, &body),
        descriptor: mallory.mailbox.clone(),
        ..bob.bundle(keys)
    };
    assert_eq!(
        forged.verify(bob.account(), NOW).unwrap_err(),
        ProtocolError::BadSignature
    );
}

#[test]
fn swapped_keys_are_refused() {
    let bob = Person::new(1);
    let bundle = bob.bundle(bob.one_time_keys());
    let other_spk = pair(crate::protocol::PrekeyKind::Signed, 99, NOW, &bob.keys, 5);
    let mut swapped = bundle.clone();
    swapped.keys.signed = other_spk.signed;
    assert_eq!(
        swapped.verify(bob.account(), NOW).unwrap_err(),
        ProtocolError::BadSignature
    );
    let swapped = Bundle {
        descriptor: descriptor(9),
        ..bundle
    };
    assert_eq!(
        swapped.verify(bob.account(), NOW).unwrap_err(),
        ProtocolError::BadSignature
    );
}

#[test]
fn kinds_that_do_not_go_together_are_refused_on_both_sides() {
    let bob = Person::new(1);
    let good = bob.one_time_keys();
    let mixes = [
        BundleKeys {
            kem: bob.last_resort.signed.clone(),
            ..good.clone()
        },
        BundleKeys {
            one_time: None,
            ..good.clone()
        },
        BundleKeys {
            one_time: Some(bob.spk.signed.clone()),
            ..good.clone()
        },
        BundleKeys {
            signed: bob.one_time.signed.clone(),
            ..good.clone()
        },
        BundleKeys {
            kem: bob.contact.signed.clone(),
            ..good.clone()
        },
        BundleKeys {
            contact: bob.one_time_kem.signed.clone(),
            ..good
        },
    ];
    for mix in mixes {
        assert_eq!(
            Bundle::build(&bob.keys, &bob.log, mix.clone(), bob.mailbox.clone()),
            Err(ProtocolError::WrongPrekey)
        );
        assert_eq!(
            unruly(&bob, mix).verify(bob.account(), NOW).unwrap_err(),
            ProtocolError::WrongPrekey
        );
    }
}

#[test]
fn prekeys_of_another_account_in_a_well_signed_bundle_are_refused() {
    let (bob, carol) = (Person::new(1), Person::new(2));
    let keys = BundleKeys {
        signed: carol.spk.signed.clone(),
        ..bob.one_time_keys()
    };
    assert_eq!(
        unruly(&bob, keys).verify(bob.account(), NOW).unwrap_err(),
        ProtocolError::BadSignature
    );
}

#[test]
fn an_expired_and_a_future_bundle_are_told_apart() {
    let bob = Person::new(1);
    let bundle = bob.bundle(bob.last_resort_keys());
    let at = |hour| bundle.clone().verify(bob.account(), hour).unwrap_err();
    assert_eq!(at(NOW.plus_days(33)), ProtocolError::Expired);
    assert_eq!(at(Hour(NOW.0 - 49)), ProtocolError::CheckYourClock);
}

#[test]
fn a_removed_and_an_unknown_device_s_bundle_is_refused() {
    let bob = Person::new(1);
    let mut rng = rng(50);
    let second = Certificate::sign(
        &bob.account_key,
        DeviceNumber(2),
        SigningKey::generate(&mut rng).public(),
        bob.keys.dh.public(),
        NOW,
    );
    let removed = bob
        .log
        .append(&bob.account_key, DeviceChange::Add(second), NOW)
        .and_then(|log| {
            let remove = DeviceChange::Remove(DeviceNumber::FIRST);
            log.append(&bob.account_key, remove, NOW)
        })
        .unwrap();
    assert_eq!(
        Bundle::build(
            &bob.keys,
            &removed,
            bob.one_time_keys(),
            bob.mailbox.clone()
        ),
        Err(ProtocolError::UnknownDevice)
    );
    let bundle = Bundle {
        log: removed.as_log().clone(),
        ..bob.bundle(bob.one_time_keys())
    };
    assert_eq!(
        bundle.verify(bob.account(), NOW).unwrap_err(),
        ProtocolError::UnknownDevice
    );
    let bundle = Bundle {
        device: DeviceNumber(7),
        ..bob.bundle(bob.one_time_keys())
    };
    assert_eq!(
        bundle.verify(bob.account(), NOW).unwrap_err(),
        ProtocolError::UnknownDevice
    );
}

#[test]
fn a_log_too_long_for_an_entry_is_a_typed_error() {
    let bob = Person::new(1);
    let seal_with = |devices: u32| {
        let log = (2..=devices).fold(bob.log.clone(), |log, number| {
            let certificate = Certificate::sign(
                &bob.account_key,
                DeviceNumber(number),
                bob.keys.signing.public(),
                bob.keys.dh.public(),
                NOW,
            );
            log.append(&bob.account_key, DeviceChange::Add(certificate), NOW)
                .unwrap()
        });
        let keys = bob.one_time_keys();
        let bundle = Bundle::build(&bob.keys, &log, keys, bob.mailbox.clone()).unwrap();
        let link = &bob.invitation;
        bundle.seal(&link.seal_key(), link.pile_id(), &mut rng(3))
    };
    assert!(seal_with(18).is_ok());
    assert_eq!(seal_with(64), Err(ProtocolError::TooLarge));
}
