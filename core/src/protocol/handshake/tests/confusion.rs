//! Handshakes with keys that are almost the right ones: twisted, stripped, exchanged, malformed.

use super::attacks::sign_any;
use super::*;
use crate::crypto::kem::{KEM_PUBLIC_BYTES, KemCiphertext};
use crate::protocol::bundle::Bundle;
use crate::protocol::ids::AccountId;
use crate::protocol::prekey::SignedPrekey;
use crate::protocol::test_people::pair;
use curve25519_dalek::MontgomeryPoint;
use curve25519_dalek::constants::EIGHT_TORSION;
use tacita_wire::WireError;

/// Other keys with which X25519 gives the same secrets as with this one: it plus a point of small order.
fn twisted(key: &DhPublic) -> Vec<DhPublic> {
    let point = MontgomeryPoint(*key.as_bytes()).to_edwards(0).unwrap();
    EIGHT_TORSION[1..]
        .iter()
        .map(|torsion| (point + torsion).to_montgomery().to_bytes())
        .map(|bytes| DhPublic::from_bytes(bytes).unwrap())
        .collect()
}

/// N2. Encodings that are not canonical do not get this far: `crypto/dh.rs`.
#[test]
fn an_ephemeral_key_with_a_part_of_small_order_gives_no_session() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    for one_time in [true, false] {
        let mut ours = begin(&alice, &target(&bob, one_time), None);
        for key in twisted(&ours.fields.ephemeral) {
            assert_eq!(
                bob.keys.dh.agree(&key),
                bob.keys.dh.agree(&ours.fields.ephemeral),
                "every leg is the same: only the transcript tells them apart"
            );
            let fields = InitialFields {
                ephemeral: key,
                ..ours.fields.clone()
            };
            assert_another_session(&bob, &mut ours, &fields);
        }
    }
}

/// N2: nor can the relay twist a prekey, which is under Bob's signature.
#[test]
fn a_prekey_with_a_part_of_small_order_fails_its_signature() {
    let bob = Person::new(2);
    let certificate = bob.log.certificate(bob.keys.address.device).unwrap();
    for (pair, kind) in [
        (&bob.spk, PrekeyKind::Signed),
        (&bob.one_time, PrekeyKind::OneTime),
    ] {
        let public = pair.secret.dh().unwrap().public();
        for key in twisted(&public) {
            let mut bytes = pair.signed.to_bytes();
            bytes[13..45].copy_from_slice(key.as_bytes());
            let prekey = SignedPrekey::from_bytes(&bytes).unwrap();
            assert_eq!(
                prekey.verify(kind, certificate, NOW).unwrap_err(),
                ProtocolError::BadSignature
            );
        }
    }
}

/// N5: whoever can seal entries (a holder of the link) takes the post-quantum key out of one.
#[test]
fn a_bundle_stripped_of_any_of_its_keys_is_refused() {
    let bob = Person::new(2);
    for keys in [bob.one_time_keys(), bob.last_resort_keys()] {
        let whole = bob.bundle(keys.clone()).to_bytes();
        let without = |prekey: &SignedPrekey| {
            let part = prekey.to_bytes();
            let at = whole
                .windows(part.len())
                .position(|window| window == part)
                .unwrap();
            [&whole[..at], &whole[at + part.len()..]].concat()
        };
        for prekey in [&keys.signed, &keys.kem, &keys.contact] {
            let outcome = Bundle::from_bytes(&without(prekey))
                .map_err(ProtocolError::from)
                .and_then(|bundle| bundle.verify(bob.account(), NOW));
            assert!(outcome.is_err());
        }
        // The one-time key may be absent, and its absence is under the signature.
        if let Some(one_time) = &keys.one_time {
            let mut bytes = without(one_time);
            let at = bytes.len()
                - [&keys.kem, &keys.contact]
                    .map(|key| key.to_bytes().len())
                    .iter()
                    .sum::<usize>()
                - bob.mailbox.to_bytes().len()
                - 64
                - 1;
            assert_eq!(bytes[at], 1);
            bytes[at] = 0;
            let bundle = Bundle::from_bytes(&bytes).unwrap();
            assert_eq!(
                bundle.verify(bob.account(), NOW).unwrap_err(),
                ProtocolError::BadSignature
            );
        }
    }
}

/// N5, N8: the initial fields without the ML-KEM ciphertext, or with one of another length.
#[test]
fn initial_fields_without_a_whole_ml_kem_ciphertext_are_malformed() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let fields = begin(&alice, &target(&bob, true), None).fields;
    let whole = fields.to_bytes();
    let ciphertext = fields.ciphertext.to_bytes();
    let at = whole
        .windows(ciphertext.len())
        .position(|window| window == ciphertext)
        .unwrap();
    let rest = &whole[at + ciphertext.len()..];
    for kept in [0, 1, 768, 1087] {
        let cut = [&whole[..at], &ciphertext[..kept], rest].concat();
        assert!(InitialFields::from_bytes(&cut).is_err(), "{kept} bytes");
    }
    let longer = [&whole[..at], &ciphertext, &[0], rest].concat();
    assert!(InitialFields::from_bytes(&longer).is_err());
}

/// N7: the relay, or the guest itself, puts another of Bob's ML-KEM keys under Alice's handshake, with the
/// ciphertext as it was or encapsulated again.
#[test]
fn another_ml_kem_key_of_bob_or_an_encapsulation_of_ones_own_gives_no_session() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let mut ours = begin(&alice, &target(&bob, true), None);
    let other = pair(PrekeyKind::OneTimeKem, 23, NOW, &bob.keys, 9);
    let mut rng = rng(4);
    let public = |pair: &PrekeyPair| pair.secret.kem().unwrap().public();
    let (to_other, _) = encapsulate(&public(&other), &mut rng);
    let (to_same, _) = encapsulate(&public(&bob.one_time_kem), &mut rng);
    let cases: [(&PrekeyPair, KemCiphertext); 3] = [
        (&other, ours.fields.ciphertext.clone()),
        (&other, to_other),
        (&bob.one_time_kem, to_same),
    ];
    for (kem, ciphertext) in cases {
        let fields = InitialFields {
            kem_id: kem.signed.id(),
            ciphertext,
            ..ours.fields.clone()
        };
        let one_time = Some(&bob.one_time);
        let mut theirs = respond(&bob.keys, &bob.log, &fields, &bob.spk, one_time, kem).unwrap();
        assert_ne!(theirs.session.transcript(), ours.session.transcript());
        assert_eq!(
            first_message(&mut ours, &mut theirs),
            Err(ProtocolError::CannotDecrypt)
        );
    }
}

/// N7: even where two ML-KEM keys give one secret (whoever makes a key may try), the sessions differ.
#[test]
fn the_same_legs_under_another_ml_kem_key_or_ciphertext_give_other_secrets() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let fields = begin(&alice, &target(&bob, true), None).fields;
    let other_key = pair(PrekeyKind::OneTimeKem, 13, NOW, &bob.keys, 9);
    let other_ciphertext = InitialFields {
        ciphertext: KemCiphertext::from_bytes(&[8; 1088]),
        ..fields.clone()
    };
    let derive = |kem: &PrekeyPair, fields: &InitialFields| {
        let transcript = Transcript {
            initiator_log: &alice.log,
            initiator: alice.log.certificate(DeviceNumber::FIRST).unwrap(),
            responder_key: bob.log.account_key(),
            responder: bob.log.certificate(DeviceNumber::FIRST).unwrap(),
            spk: &bob.spk.signed,
            opk: Some(&bob.one_time.signed),
            kem: &kem.signed,
            fields,
        };
        let legs: Vec<_> = (0..6).map(|leg| Secret::from_bytes([leg; 32])).collect();
        let secrets = derive_secrets(&legs, transcript.derive_hash());
        *secrets.sk.expose()
    };
    let honest = derive(&bob.one_time_kem, &fields);
    assert_eq!(honest, derive(&bob.one_time_kem, &fields));
    assert_ne!(honest, derive(&other_key, &fields));
    assert_ne!(honest, derive(&bob.one_time_kem, &other_ciphertext));
}

/// N8: Bob signs what he likes; coefficients that are not reduced are refused before his signature counts.
#[test]
fn an_ml_kem_prekey_that_is_not_reduced_is_refused_although_it_is_signed() {
    let bob = Person::new(2);
    for (kind, id) in [(PrekeyKind::OneTimeKem, 13), (PrekeyKind::LastResort, 14)] {
        let good = bob.one_time_kem.secret.kem().unwrap().public();
        let whole = sign_any(&bob.keys, kind, id, good.as_bytes()).to_bytes();
        assert!(SignedPrekey::from_bytes(&whole).is_ok());
        for at in [0, 3, 1149] {
            let mut bytes = whole.clone();
            bytes[13 + at] = 0xff;
            bytes[13 + at + 1] |= 0x0f;
            assert_eq!(
                SignedPrekey::from_bytes(&bytes),
                Err(WireError::UnknownTag),
                "coefficient at {at}"
            );
        }
        for length in [KEM_PUBLIC_BYTES - 1, 0, 32] {
            let cut = [&whole[..13 + length], &whole[13 + KEM_PUBLIC_BYTES..]].concat();
            assert!(SignedPrekey::from_bytes(&cut).is_err(), "{length} bytes");
        }
    }
}

/// N6: X25519 bytes where an ML-KEM key is due, and the reverse, with a signature of the owner over just that.
#[test]
fn a_key_of_one_kind_under_the_label_of_another_is_refused_although_it_is_signed() {
    let bob = Person::new(2);
    let dh = bob.keys.dh.public();
    let kem = bob.one_time_kem.secret.kem().unwrap().public();
    let certificate = bob.log.certificate(bob.keys.address.device).unwrap();
    let relabelled = |kind: PrekeyKind, due: PrekeyKind, key: &[u8]| {
        let mut bytes = sign_any(&bob.keys, kind, 1, key).to_bytes();
        bytes[0] = due.to_bytes()[0];
        SignedPrekey::from_bytes(&bytes)
            .map_err(ProtocolError::from)
            .and_then(|prekey| prekey.verify(due, certificate, NOW))
            .map(|_| ())
    };
    use PrekeyKind::{LastResort, OneTime, OneTimeKem, Signed};
    for (kind, due, key) in [
        (Signed, OneTime, dh.as_bytes().as_slice()),
        (OneTime, Signed, dh.as_bytes()),
        (LastResort, OneTimeKem, kem.as_bytes()),
        (OneTimeKem, LastResort, kem.as_bytes()),
    ] {
        assert_eq!(relabelled(kind, due, key), Err(ProtocolError::BadSignature));
    }
    for (kind, due, key) in [
        (Signed, OneTimeKem, dh.as_bytes().as_slice()),
        (OneTimeKem, Signed, kem.as_bytes()),
        (OneTimeKem, PrekeyKind::Contact, kem.as_bytes()),
    ] {
        assert!(matches!(
            relabelled(kind, due, key),
            Err(ProtocolError::Malformed(_))
        ));
    }
}

/// Keys are of use only as the log's entry has them, all together.
#[test]
fn device_keys_that_the_own_log_does_not_have_begin_no_session() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let alter: [fn(&mut DeviceKeys); 2] = [
        |keys| keys.dh = DhSecret::generate(&mut rng(9)),
        |keys| keys.address.account = AccountId([9; 32]),
    ];
    for alter in alter {
        let mut keys = DeviceKeys::from_bytes(&alice.keys.to_secret_bytes()).unwrap();
        alter(&mut keys);
        let begun = initiate(
            &keys,
            &alice.log,
            &target(&bob, true),
            &alice.mailbox,
            None,
            NOW,
            &mut rng(77),
        );
        assert_eq!(begun.unwrap_err(), ProtocolError::UnknownDevice);
    }
}
