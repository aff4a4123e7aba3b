//! Tests of prekeys: kinds that do not mix, signers, and time.

use super::*;
use crate::protocol::test_people::{NOW, Person, pair};

const KINDS: [PrekeyKind; 5] = [
    PrekeyKind::Signed,
    PrekeyKind::OneTime,
    PrekeyKind::OneTimeKem,
    PrekeyKind::LastResort,
    PrekeyKind::Contact,
];

fn all(person: &Person) -> [&PrekeyPair; 5] {
    [
        &person.spk,
        &person.one_time,
        &person.one_time_kem,
        &person.last_resort,
        &person.contact,
    ]
}

fn certificate(person: &Person) -> &Certificate {
    person.log.certificate(person.keys.address.device).unwrap()
}

fn verified(
    signed: &SignedPrekey,
    person: &Person,
    now: Hour,
) -> Result<VerifiedPrekey, ProtocolError> {
    signed
        .clone()
        .verify(signed.kind(), certificate(person), now)
}

#[test]
fn prekeys_stand_as_the_protocol_says_and_verify() {
    let bob = Person::new(1);
    let key_bytes = [32, 32, 1184, 1184, 1216];
    for ((pair, kind), length) in all(&bob).into_iter().zip(KINDS).zip(key_bytes) {
        let bytes = pair.signed.to_bytes();
        assert_eq!(bytes.len(), 1 + 4 + 4 + 4 + length + 64, "{kind:?}");
        assert_eq!(bytes[0], kind.code());
        assert_eq!(bytes[1..5], pair.signed.id().to_be_bytes());
        assert_eq!(bytes[5..9], NOW.0.to_be_bytes());
        assert_eq!(bytes[9..13], (NOW.0 + 30 * 24).to_be_bytes());
        assert_eq!(SignedPrekey::from_bytes(&bytes), Ok(pair.signed.clone()));
        assert_eq!(
            verified(&pair.signed, &bob, NOW).unwrap().signed(),
            &pair.signed
        );
        for cut in 0..bytes.len() {
            assert!(SignedPrekey::from_bytes(&bytes[..cut]).is_err());
        }
    }
}

#[test]
fn the_signature_covers_kind_id_time_account_device_and_key() {
    let bob = Person::new(1);
    let signed = &bob.spk.signed;
    let bytes = signed.to_bytes();
    let body = [
        &bytes[..13],
        &bob.account().0,
        &[0, 0, 0, 1],
        &bytes[13..45],
    ]
    .concat();
    let key = bob.keys.signing.public();
    assert!(
        key.verify_strict(Purpose::PrekeySpk, &body, &signed.signature)
            .is_ok()
    );
}

#[test]
fn a_prekey_altered_in_any_byte_is_refused() {
    let bob = Person::new(1);
    for pair in all(&bob) {
        let bytes = pair.signed.to_bytes();
        for at in (0..bytes.len()).filter(|at| bytes.len() < 200 || at % 7 == 0 || *at < 20) {
            let mut altered = bytes.clone();
            altered[at] ^= 1;
            let refused = SignedPrekey::from_bytes(&altered)
                .map_err(ProtocolError::from)
                .and_then(|altered| altered.verify(pair.signed.kind(), certificate(&bob), NOW));
            assert!(refused.is_err(), "byte {at}");
        }
    }
}

#[test]
fn a_prekey_is_refused_as_any_other_kind() {
    let bob = Person::new(1);
    for pair in all(&bob) {
        for kind in KINDS.into_iter().filter(|kind| *kind != pair.signed.kind()) {
            assert_eq!(
                pair.signed.clone().verify(kind, certificate(&bob), NOW),
                Err(ProtocolError::WrongPrekey)
            );
        }
    }
}

#[test]
fn a_relabelled_prekey_fails_its_signature_or_its_form() {
    let bob = Person::new(1);
    let relabelled = |pair: &PrekeyPair, kind: PrekeyKind| {
        let mut bytes = pair.signed.to_bytes();
        bytes[0] = kind.code();
        SignedPrekey::from_bytes(&bytes)
            .map_err(ProtocolError::from)
            .and_then(|signed| signed.verify(kind, certificate(&bob), NOW))
    };
    // Kinds of one form: the purpose of the signature tells them apart.
    for (pair, kind) in [
        (&bob.spk, PrekeyKind::OneTime),
        (&bob.one_time, PrekeyKind::Signed),
        (&bob.last_resort, PrekeyKind::OneTimeKem),
        (&bob.one_time_kem, PrekeyKind::LastResort),
    ] {
        assert_eq!(relabelled(pair, kind), Err(ProtocolError::BadSignature));
    }
    // A KEM key as an X25519 key and the reverse: the form tells them apart.
    for (pair, kind) in [
        (&bob.one_time_kem, PrekeyKind::OneTime),
        (&bob.one_time, PrekeyKind::OneTimeKem),
        (&bob.contact, PrekeyKind::LastResort),
        (&bob.last_resort, PrekeyKind::Contact),
    ] {
        assert!(matches!(
            relabelled(pair, kind),
            Err(ProtocolError::Malformed(_))
        ));
    }
}

#[test]
fn a_prekey_gives_its_key_in_its_own_role_only() {
    let bob = Person::new(1);
    for pair in all(&bob) {
        let verified = verified(&pair.signed, &bob, NOW).unwrap();
        let kind = pair.signed.kind();
        let is_dh = matches!(kind, PrekeyKind::Signed | PrekeyKind::OneTime);
        let is_kem = matches!(kind, PrekeyKind::OneTimeKem | PrekeyKind::LastResort);
        let is_contact = kind == PrekeyKind::Contact;
        assert_eq!(verified.dh().is_ok(), is_dh);
        assert_eq!(verified.kem().is_ok(), is_kem);
        assert_eq!(verified.contact().is_ok(), is_contact);
        assert_eq!(pair.secret.dh().is_ok(), is_dh);
        assert_eq!(pair.secret.kem().is_ok(), is_kem);
        assert_eq!(pair.secret.contact().is_ok(), is_contact);
    }
}

#[test]
fn a_prekey_signed_by_another_device_is_refused() {
    let (bob, mallory) = (Person::new(1), Person::new(2));
    assert_eq!(
        verified(&bob.spk.signed, &mallory, NOW),
        Err(ProtocolError::BadSignature)
    );
    // Mallory's signature over Bob's address does not help.
    let posing = DeviceKeys {
        address: bob.keys.address,
        signing: mallory.keys.signing.clone(),
        dh: mallory.keys.dh.clone(),
    };
    let forged = pair(PrekeyKind::Signed, 1, NOW, &posing, 3);
    assert_eq!(
        verified(&forged.signed, &bob, NOW),
        Err(ProtocolError::BadSignature)
    );
}

#[test]
fn a_prekey_of_another_device_number_of_the_same_keys_is_refused() {
    let bob = Person::new(1);
    let mut second = certificate(&bob).clone();
    second.address.device.0 = 2;
    assert_eq!(
        bob.spk
            .signed
            .clone()
            .verify(PrekeyKind::Signed, &second, NOW),
        Err(ProtocolError::BadSignature)
    );
}

#[test]
fn dates_tolerate_48_hours_and_no_more() {
    let bob = Person::new(1);
    let ends = NOW.plus_days(PREKEY_DAYS);
    let at = |hour: Hour| verified(&bob.spk.signed, &bob, hour).map(|_| ());
    assert_eq!(at(Hour(NOW.0 - 48)), Ok(()));
    assert_eq!(at(Hour(NOW.0 - 49)), Err(ProtocolError::CheckYourClock));
    assert_eq!(at(Hour(0)), Err(ProtocolError::CheckYourClock));
    assert_eq!(at(ends), Ok(()));
    assert_eq!(at(ends.plus(48)), Ok(()));
    assert_eq!(at(ends.plus(49)), Err(ProtocolError::Expired));
    assert_eq!(at(Hour(u32::MAX)), Err(ProtocolError::Expired));
}

#[test]
fn a_prekey_whose_time_is_longer_than_30_days_or_runs_backwards_is_refused() {
    let bob = Person::new(1);
    let with_time = |from: Hour, to: Hour| {
        let key = bob.spk.secret.public();
        let signed = SignedPrekey::sign(PrekeyKind::Signed, 1, from, to, key, &bob.keys);
        verified(&signed, &bob, NOW).map(|_| ())
    };
    assert_eq!(with_time(NOW, NOW.plus_days(30)), Ok(()));
    assert_eq!(with_time(NOW, NOW), Ok(()));
    for (from, to) in [
        (NOW, NOW.plus(30 * 24 + 1)),
        (NOW, Hour(u32::MAX)),
        (NOW, Hour(NOW.0 - 1)),
    ] {
        assert_eq!(with_time(from, to), Err(ProtocolError::WrongPrekey));
    }
}

#[test]
fn pairs_survive_their_stored_form_and_show_nothing() {
    let bob = Person::new(1);
    for pair in all(&bob) {
        let bytes = pair.to_secret_bytes();
        let back = PrekeyPair::from_bytes(&bytes).unwrap();
        assert_eq!(back.signed, pair.signed);
        assert_eq!(back.secret.to_secret_bytes(), pair.secret.to_secret_bytes());
        assert_eq!(format!("{:?}", pair.secret), "PrekeySecret(redacted)");
        let secret = pair.secret.to_secret_bytes();
        assert!(PrekeySecret::from_bytes(&secret).is_ok());
        for cut in (0..secret.len()).filter(|cut| cut % 97 == 0 || secret.len() - cut < 3) {
            assert!(PrekeySecret::from_bytes(&secret[..cut]).is_err());
        }
    }
}

/// A buffer that grew would leave a copy of the secret behind.
#[test]
fn the_buffer_of_the_longest_secret_never_grows() {
    let bytes = Person::new(1).last_resort.secret.to_secret_bytes();
    assert_eq!(bytes.capacity(), bytes.len());
}

#[test]
fn halves_of_different_prekeys_do_not_make_a_pair() {
    let (bob, carol) = (Person::new(1), Person::new(2));
    for (ours, theirs) in all(&bob).into_iter().zip(all(&carol)) {
        let bytes = [
            &ours.signed.to_bytes()[..],
            &theirs.secret.to_secret_bytes()[..],
        ]
        .concat();
        assert!(PrekeyPair::from_bytes(&bytes).is_err());
    }
}
