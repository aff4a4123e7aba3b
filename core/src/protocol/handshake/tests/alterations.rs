//! Initial fields altered on the way: no field can be, without the session failing.

use super::*;
use crate::crypto::kem::KemCiphertext;
use crate::crypto::sign::SigningKey;

#[test]
fn each_altered_field_is_refused_or_leaves_a_session_that_opens_nothing() {
    let (alice, bob, carol) = (Person::new(1), Person::new(2), Person::new(3));
    let mut ours = begin(&alice, &target(&bob, true), Some(TranscriptHash([9; 32])));
    let second = Certificate::sign(
        &alice.account_key,
        DeviceNumber(2),
        SigningKey::generate(&mut rng(1)).public(),
        alice.keys.dh.public(),
        NOW,
    );
    let longer_log = alice
        .log
        .append(&alice.account_key, DeviceChange::Add(second), NOW)
        .unwrap();
    let good = ours.fields.clone();
    type Alteration<'a> = (&'a str, Result<(), ProtocolError>, InitialFields);
    let refused = |name, error, fields| -> Alteration<'_> { (name, Err(error), fields) };
    let differs = |name, fields| -> Alteration<'_> { (name, Ok(()), fields) };
    let alterations = [
        differs(
            "log",
            InitialFields {
                log: longer_log.as_log().clone(),
                ..good.clone()
            },
        ),
        differs(
            "log and device",
            InitialFields {
                log: longer_log.as_log().clone(),
                device: DeviceNumber(2),
                ..good.clone()
            },
        ),
        differs(
            "log of another account",
            InitialFields {
                log: carol.log.as_log().clone(),
                ..good.clone()
            },
        ),
        refused(
            "device",
            ProtocolError::UnknownDevice,
            InitialFields {
                device: DeviceNumber(2),
                ..good.clone()
            },
        ),
        differs(
            "ephemeral",
            InitialFields {
                ephemeral: carol.keys.dh.public(),
                ..good.clone()
            },
        ),
        refused(
            "responder head",
            ProtocolError::InvalidDeviceLog,
            InitialFields {
                responder_head: [1; 32],
                ..good.clone()
            },
        ),
        refused(
            "spk id",
            ProtocolError::WrongPrekey,
            InitialFields {
                spk_id: 99,
                ..good.clone()
            },
        ),
        refused(
            "opk id",
            ProtocolError::WrongPrekey,
            InitialFields {
                opk_id: Some(99),
                ..good.clone()
            },
        ),
        refused(
            "opk stripped",
            ProtocolError::WrongPrekey,
            InitialFields {
                opk_id: None,
                ..good.clone()
            },
        ),
        differs(
            "downgraded to the last resort",
            InitialFields {
                opk_id: None,
                kem_kind: PrekeyKind::LastResort,
                kem_id: bob.last_resort.signed.id(),
                ..good.clone()
            },
        ),
        refused(
            "kem kind",
            ProtocolError::WrongPrekey,
            InitialFields {
                kem_kind: PrekeyKind::LastResort,
                kem_id: bob.last_resort.signed.id(),
                ..good.clone()
            },
        ),
        refused(
            "kem id",
            ProtocolError::WrongPrekey,
            InitialFields {
                kem_id: 99,
                ..good.clone()
            },
        ),
        differs(
            "ciphertext",
            InitialFields {
                ciphertext: KemCiphertext::from_bytes(&[8; 1088]),
                ..good.clone()
            },
        ),
        differs(
            "descriptor",
            InitialFields {
                descriptor: descriptor(66),
                ..good.clone()
            },
        ),
        differs(
            "replaced",
            InitialFields {
                replaces: Some(TranscriptHash([8; 32])),
                ..good.clone()
            },
        ),
        differs(
            "nothing replaced",
            InitialFields {
                replaces: None,
                ..good.clone()
            },
        ),
    ];
    for (name, expected, fields) in alterations {
        match (answer(&bob, &fields), expected) {
            (Err(error), Err(due)) => assert_eq!(error, due, "{name}"),
            (Ok(mut theirs), Ok(())) => {
                assert_ne!(
                    theirs.session.transcript(),
                    ours.session.transcript(),
                    "{name}"
                );
                assert_eq!(
                    first_message(&mut ours, &mut theirs),
                    Err(ProtocolError::CannotDecrypt),
                    "{name}"
                );
            }
            (got, due) => panic!("{name}: {got:?} where {due:?} was due"),
        }
    }
    let mut unaltered = answer(&bob, &good).unwrap();
    assert!(first_message(&mut ours, &mut unaltered).is_ok());
}

#[test]
fn fields_altered_in_any_byte_give_no_session_that_opens() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let mut ours = begin(&alice, &target(&bob, true), Some(TranscriptHash([9; 32])));
    let bytes = ours.fields.to_bytes();
    let places = (0..bytes.len()).filter(|at| *at % 29 == 0 || (300..400).contains(at));
    for at in places {
        let mut altered = bytes.clone();
        altered[at] ^= 1;
        let outcome = InitialFields::from_bytes(&altered)
            .map_err(ProtocolError::from)
            .and_then(|fields| answer(&bob, &fields))
            .and_then(|mut theirs| first_message(&mut ours, &mut theirs));
        assert!(outcome.is_err(), "byte {at}");
    }
}
