//! Attacks on the handshake by those who hold some of the keys, or send keys of small order.

use super::*;
use crate::crypto::kem::KemPublic;
use crate::protocol::bundle::{Bundle, BundleKeys};
use crate::protocol::identity::VerifiedDeviceLog;
use crate::protocol::prekey::SignedPrekey;

/// Canonical encodings of all points of small order on the curve or its twist.
fn small_order_keys() -> Vec<DhPublic> {
    [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    ]
    .iter()
    .map(|hex| {
        let bytes = data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap();
        DhPublic::from_bytes(bytes.try_into().unwrap()).unwrap()
    })
    .collect()
}

/// A prekey over any key bytes at all, signed by this device.
pub(super) fn sign_any(keys: &DeviceKeys, kind: PrekeyKind, id: u32, key: &[u8]) -> SignedPrekey {
    let purpose = match kind {
        PrekeyKind::Signed => Purpose::PrekeySpk,
        PrekeyKind::OneTime => Purpose::PrekeyOpk,
        PrekeyKind::OneTimeKem => Purpose::PrekeyPq,
        PrekeyKind::LastResort => Purpose::PrekeyLr,
        PrekeyKind::Contact => Purpose::PrekeyContact,
    };
    let head = [
        &kind.to_bytes()[..],
        &id.to_be_bytes(),
        &NOW.to_bytes(),
        &NOW.plus_days(30).to_bytes(),
    ]
    .concat();
    let body = [&head, &keys.address.to_bytes()[..], key].concat();
    let signature = keys.signing.sign(purpose, &body).to_bytes();
    SignedPrekey::from_bytes(&[&head[..], key, &signature].concat()).unwrap()
}

/// The same account with another X25519 device key, of which nobody has the private half.
fn with_device_key(person: &Person, dh: DhPublic) -> VerifiedDeviceLog {
    let signing = person.keys.signing.public();
    VerifiedDeviceLog::sign_first(&person.account_key, signing, dh, NOW)
}

fn initiate_to(alice: &Person, target: &HandshakeTarget) -> Result<Initiated, ProtocolError> {
    initiate(
        &alice.keys,
        &alice.log,
        target,
        &alice.mailbox,
        None,
        NOW,
        &mut rng(1),
    )
}

fn target_of(person: &Person, log: &VerifiedDeviceLog, keys: BundleKeys) -> HandshakeTarget {
    let bundle = Bundle::build(&person.keys, log, keys, person.mailbox.clone()).unwrap();
    HandshakeTarget::from_bundle(bundle.verify(person.account(), NOW).unwrap()).unwrap()
}

#[test]
fn a_key_of_small_order_is_refused_in_every_leg_by_the_initiator() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    for weak in small_order_keys() {
        let good = bob.one_time_keys();
        // DH0 and DH2: the device key in Bob's certificate.
        let log = with_device_key(&bob, weak);
        let target = target_of(&bob, &log, good.clone());
        assert_eq!(
            initiate_to(&alice, &target).unwrap_err(),
            ProtocolError::WeakKey
        );
        // DH1 and DH3: the signed prekey.
        let keys = BundleKeys {
            signed: sign_any(&bob.keys, PrekeyKind::Signed, 1, weak.as_bytes()),
            ..good.clone()
        };
        let target = target_of(&bob, &bob.log, keys);
        assert_eq!(
            initiate_to(&alice, &target).unwrap_err(),
            ProtocolError::WeakKey
        );
        // DH4: the one-time prekey.
        let keys = BundleKeys {
            one_time: Some(sign_any(&bob.keys, PrekeyKind::OneTime, 1, weak.as_bytes())),
            ..good
        };
        let target = target_of(&bob, &bob.log, keys);
        assert_eq!(
            initiate_to(&alice, &target).unwrap_err(),
            ProtocolError::WeakKey
        );
    }
}

#[test]
fn a_key_of_small_order_is_refused_in_every_leg_by_the_responder() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    for weak in small_order_keys() {
        for one_time in [true, false] {
            let good = begin(&alice, &target(&bob, one_time), None).fields;
            // DH0 and DH1: the device key in Alice's certificate.
            let fields = InitialFields {
                log: with_device_key(&alice, weak).as_log().clone(),
                ..good.clone()
            };
            assert_eq!(answer(&bob, &fields).unwrap_err(), ProtocolError::WeakKey);
            // DH2, DH3 and DH4: the ephemeral key.
            let fields = InitialFields {
                ephemeral: weak,
                ..good
            };
            assert_eq!(answer(&bob, &fields).unwrap_err(), ProtocolError::WeakKey);
        }
    }
}

/// What an attacker can do who has the private half of Bob's signed prekey and all that is public:
/// every leg but the static-static one, for which `static_leg` stands in.
fn pose_as_alice(
    alice: &Person,
    bob: &Person,
    one_time: bool,
    static_leg: Secret<32>,
) -> (HandshakeSecrets, InitialFields) {
    let mut rng = rng(666);
    let honest = begin(alice, &target(bob, one_time), None).fields;
    let ephemeral = DhSecret::generate(&mut rng);
    let kem = if one_time {
        &bob.one_time_kem
    } else {
        &bob.last_resort
    };
    let kem_public: KemPublic = kem.secret.kem().unwrap().public();
    let (ciphertext, shared) = encapsulate(&kem_public, &mut rng);
    let opk = one_time.then_some(&bob.one_time);
    let stolen_spk = bob.spk.secret.dh().unwrap();
    let alice_dik = alice.keys.dh.public();
    let mut legs = vec![
        static_leg,
        stolen_spk.agree(&alice_dik).unwrap(),
        ephemeral.agree(&bob.keys.dh.public()).unwrap(),
        ephemeral.agree(&stolen_spk.public()).unwrap(),
    ];
    if let Some(opk) = opk {
        let public = opk.secret.dh().unwrap().public();
        legs.push(ephemeral.agree(&public).unwrap());
    }
    legs.push(shared);
    let fields = InitialFields {
        ephemeral: ephemeral.public(),
        ciphertext,
        ..honest
    };
    let transcript = Transcript {
        initiator_log: &alice.log,
        initiator: alice.log.certificate(alice.keys.address.device).unwrap(),
        responder_key: bob.log.account_key(),
        responder: bob.log.certificate(bob.keys.address.device).unwrap(),
        spk: &bob.spk.signed,
        opk: opk.map(|pair| &pair.signed),
        kem: &kem.signed,
        fields: &fields,
    };
    let th = transcript.derive_hash();
    (derive_secrets(&legs, th), fields)
}

fn deliver_posed(
    bob: &Person,
    alice: &Person,
    posed: (HandshakeSecrets, InitialFields),
) -> Result<Frame, ProtocolError> {
    let (secrets, fields) = posed;
    let mut rng = rng(3);
    let kem = match fields.kem_kind {
        PrekeyKind::LastResort => &bob.last_resort,
        _ => &bob.one_time_kem,
    };
    let mut session = Session::start_initiator(
        secrets,
        alice.keys.address,
        bob.keys.address,
        &bob.spk.secret.dh().unwrap().public(),
        &kem.secret.kem().unwrap().public(),
        &mut rng,
    )
    .unwrap();
    let message = session.encrypt_bare(&frame("it is me"), &mut rng).unwrap();
    // Bob accepts the form, for nothing in it is wrong; the message does not open.
    let mut theirs = answer(bob, &fields).unwrap();
    assert_eq!(theirs.their, alice.keys.address);
    assert_eq!(theirs.session.transcript(), session.transcript());
    read(&mut theirs.session, &message)
}

#[test]
fn whoever_knows_the_signed_prekey_but_no_device_key_cannot_pose_as_alice() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let attacker = DhSecret::generate(&mut rng(667));
    let stolen_spk = bob.spk.secret.dh().unwrap();
    for one_time in [true, false] {
        for guess in [
            Secret::from_bytes([0; 32]),
            attacker.agree(&bob.keys.dh.public()).unwrap(),
            stolen_spk.agree(&alice.keys.dh.public()).unwrap(),
            stolen_spk.agree(&bob.keys.dh.public()).unwrap(),
        ] {
            let posed = pose_as_alice(&alice, &bob, one_time, guess);
            assert_eq!(
                deliver_posed(&bob, &alice, posed),
                Err(ProtocolError::CannotDecrypt)
            );
        }
    }
}

#[test]
fn only_the_static_leg_stands_between_that_attacker_and_alices_name() {
    // With it the same attack goes through: the test above fails for the right reason.
    let (alice, bob) = (Person::new(1), Person::new(2));
    for one_time in [true, false] {
        let leg = alice.keys.dh.agree(&bob.keys.dh.public()).unwrap();
        let posed = pose_as_alice(&alice, &bob, one_time, leg);
        assert_eq!(deliver_posed(&bob, &alice, posed), Ok(frame("it is me")));
    }
}

#[test]
fn bobs_keys_re_signed_by_mallory_make_no_session_between_alice_and_bob() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let mut mallory = Person::new(3);
    // Mallory certifies Bob's device key as her own and signs Bob's prekeys, byte for byte.
    mallory.log = VerifiedDeviceLog::sign_first(
        &mallory.account_key,
        mallory.keys.signing.public(),
        bob.keys.dh.public(),
        NOW,
    );
    let spk = bob.spk.secret.dh().unwrap().public();
    let opk = bob.one_time.secret.dh().unwrap().public();
    let kem = bob.one_time_kem.secret.kem().unwrap().public();
    let keys = BundleKeys {
        signed: sign_any(&mallory.keys, PrekeyKind::Signed, 11, spk.as_bytes()),
        one_time: Some(sign_any(
            &mallory.keys,
            PrekeyKind::OneTime,
            12,
            opk.as_bytes(),
        )),
        kem: sign_any(&mallory.keys, PrekeyKind::OneTimeKem, 13, kem.as_bytes()),
        contact: mallory.contact.signed.clone(),
    };
    let target = target_of(&mallory, &mallory.log, keys);
    let mut ours = initiate_to(&alice, &target).unwrap();
    // She passes Alice's envelope on to Bob as it is,
    assert_eq!(
        answer(&bob, &ours.fields).unwrap_err(),
        ProtocolError::InvalidDeviceLog
    );
    // or with Bob's log head in it: Bob's transcript names Bob, Alice's names Mallory.
    let fields = InitialFields {
        responder_head: bob.log.head(),
        ..ours.fields.clone()
    };
    assert_another_session(&bob, &mut ours, &fields);
}

#[test]
fn a_removed_device_cannot_begin_a_session() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let second = Certificate::sign(
        &alice.account_key,
        DeviceNumber(2),
        alice.keys.signing.public(),
        alice.keys.dh.public(),
        NOW,
    );
    let log = alice
        .log
        .append(&alice.account_key, DeviceChange::Add(second), NOW)
        .and_then(|log| {
            let remove = DeviceChange::Remove(DeviceNumber::FIRST);
            log.append(&alice.account_key, remove, NOW)
        })
        .unwrap();
    let fields = InitialFields {
        log: log.as_log().clone(),
        ..begin(&alice, &target(&bob, true), None).fields
    };
    assert_eq!(
        answer(&bob, &fields).unwrap_err(),
        ProtocolError::UnknownDevice
    );
}
