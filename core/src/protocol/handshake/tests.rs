//! Tests of the handshake: both sides agree, and whatever differs is refused.

mod alterations;
mod attacks;
mod confusion;

use super::*;
use crate::crypto::hash::derive_hash;
use crate::crypto::kdf::{NO_SALT, derive};
use crate::crypto::labels::Purpose;
use crate::protocol::content::Frame;
use crate::protocol::identity::DeviceChange;
use crate::protocol::initial::{open_initial, seal_initial};
use crate::protocol::test_people::{NOW, Person, descriptor, rng};
use tacita_wire::{Decode, Encode};

fn target(person: &Person, one_time: bool) -> HandshakeTarget {
    let keys = if one_time {
        person.one_time_keys()
    } else {
        person.last_resort_keys()
    };
    let bundle = person.bundle(keys).verify(person.account(), NOW).unwrap();
    HandshakeTarget::from_bundle(bundle).unwrap()
}

fn begin(alice: &Person, target: &HandshakeTarget, replaces: Option<TranscriptHash>) -> Initiated {
    initiate(
        &alice.keys,
        &alice.log,
        target,
        &alice.mailbox,
        replaces,
        NOW,
        &mut rng(77),
    )
    .unwrap()
}

/// Bob answers with the pairs that his store has; as the client does, by the ids in the fields.
fn answer(bob: &Person, fields: &InitialFields) -> Result<Responded, ProtocolError> {
    let kem = match fields.kem_kind {
        PrekeyKind::LastResort => &bob.last_resort,
        _ => &bob.one_time_kem,
    };
    let opk = fields.opk_id.map(|_| &bob.one_time);
    respond(&bob.keys, &bob.log, fields, &bob.spk, opk, kem)
}

fn frame(text: &str) -> Frame {
    Frame {
        counter: 1,
        seen_up_to: 0,
        kind: 2,
        body: text.as_bytes().to_vec(),
    }
}

fn read(session: &mut Session, message: &[u8]) -> Result<Frame, ProtocolError> {
    let header = session.open_header(message)?;
    session
        .open_body(header, message, None, &mut rng(5))
        .map(|opened| opened.frame)
}

/// The first ratchet message of a handshake, read by the one who answers it.
fn first_message(
    initiated: &mut Initiated,
    responded: &mut Responded,
) -> Result<Frame, ProtocolError> {
    let message = initiated
        .session
        .encrypt_bare(&frame("hello"), &mut rng(6))
        .unwrap();
    read(&mut responded.session, &message)
}

/// Bob takes the altered fields, but they make another session, in which nothing of Alice's opens.
fn assert_another_session(bob: &Person, ours: &mut Initiated, fields: &InitialFields) {
    let mut theirs = answer(bob, fields).unwrap();
    assert_ne!(theirs.session.transcript(), ours.session.transcript());
    assert_eq!(
        first_message(ours, &mut theirs),
        Err(ProtocolError::CannotDecrypt)
    );
}

#[test]
fn both_sides_agree_with_and_without_one_time_keys() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    for one_time in [true, false] {
        let target = target(&bob, one_time);
        let mut ours = begin(&alice, &target, None);
        assert_eq!(ours.fields.opk_id.is_some(), one_time);
        let mut theirs = answer(&bob, &ours.fields).unwrap();
        assert_eq!(ours.session.transcript(), theirs.session.transcript());
        assert_eq!(theirs.their, alice.keys.address);
        assert_eq!(theirs.their_log, alice.log);
        assert_eq!(theirs.descriptor, alice.mailbox);
        assert_eq!(theirs.replaces, None);
        assert_eq!(first_message(&mut ours, &mut theirs), Ok(frame("hello")));
        let reply = theirs
            .session
            .encrypt_bare(&frame("welcome"), &mut rng(8))
            .unwrap();
        assert_eq!(read(&mut ours.session, &reply), Ok(frame("welcome")));
    }
}

#[test]
fn a_whole_initial_envelope_begins_a_session() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let mut rng = rng(9);
    let mut ours = begin(&alice, &target(&bob, true), None);
    assert_eq!(ours.mailbox, bob.mailbox.mailbox);
    let message = ours
        .session
        .encrypt_bare(&frame("hello"), &mut rng)
        .unwrap();
    let envelope = seal_initial(
        &ours.fields,
        &message,
        &ours.contact_key,
        ours.mailbox,
        &mut rng,
    )
    .unwrap();
    assert_eq!(envelope.len(), 8192);
    let contact = bob.contact.secret.contact().unwrap();
    let (fields, message) = open_initial(&envelope, contact, bob.mailbox.mailbox).unwrap();
    let mut theirs = answer(&bob, &fields).unwrap();
    assert_eq!(read(&mut theirs.session, &message), Ok(frame("hello")));
}

#[test]
fn a_reconnect_record_begins_a_session_that_names_what_it_replaces() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let record = bob.reconnect_record().verify(bob.account(), NOW).unwrap();
    let target = HandshakeTarget::from_reconnect(record, descriptor(42)).unwrap();
    assert_eq!(target.address(), bob.keys.address);
    assert_eq!(target.log(), &bob.log);
    assert_eq!(target.descriptor(), &descriptor(42));
    let replaced = Some(TranscriptHash([9; 32]));
    let mut ours = begin(&alice, &target, replaced);
    assert_eq!(ours.mailbox, descriptor(42).mailbox);
    assert_eq!(ours.fields.opk_id, None);
    let mut theirs = answer(&bob, &ours.fields).unwrap();
    assert_eq!(theirs.replaces, replaced);
    assert_eq!(first_message(&mut ours, &mut theirs), Ok(frame("hello")));
}

#[test]
fn the_transcript_stands_as_the_protocol_says() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let replaced = TranscriptHash([9; 32]);
    for one_time in [true, false] {
        let ours = begin(&alice, &target(&bob, one_time), Some(replaced));
        let certificate = |person: &Person| {
            let device = person.keys.address.device;
            person.log.certificate(device).unwrap().to_bytes()
        };
        let opk = if one_time {
            [&[1][..], &bob.one_time.signed.to_bytes()].concat()
        } else {
            vec![0]
        };
        let kem = if one_time {
            &bob.one_time_kem
        } else {
            &bob.last_resort
        };
        let expected = [
            &[1][..],
            alice.log.account_key().as_bytes(),
            &alice.log.head(),
            &certificate(&alice),
            bob.log.account_key().as_bytes(),
            &bob.log.head(),
            &certificate(&bob),
            ours.fields.ephemeral.as_bytes(),
            &bob.spk.signed.to_bytes(),
            &opk,
            &kem.signed.to_bytes(),
            ours.fields.ciphertext.as_bytes(),
            &alice.mailbox.to_bytes(),
            &[1],
            &replaced.0,
        ]
        .concat();
        assert_eq!(
            ours.session.transcript().0,
            derive_hash(Purpose::HsTh, &[&expected])
        );
    }
}

#[test]
fn the_secrets_come_of_all_legs_in_their_order() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let ours = begin(&alice, &target(&bob, true), None);
    let fields = &ours.fields;
    let dh = |pair: &PrekeyPair, public: &DhPublic| {
        *pair.secret.dh().unwrap().agree(public).unwrap().expose()
    };
    let alice_dik = alice.keys.dh.public();
    let input = [
        [0xff; 32],
        *bob.keys.dh.agree(&alice_dik).unwrap().expose(),
        dh(&bob.spk, &alice_dik),
        *bob.keys.dh.agree(&fields.ephemeral).unwrap().expose(),
        dh(&bob.spk, &fields.ephemeral),
        dh(&bob.one_time, &fields.ephemeral),
        *bob.one_time_kem
            .secret
            .kem()
            .unwrap()
            .decapsulate(&fields.ciphertext)
            .expose(),
    ]
    .concat();
    let th = ours.session.transcript();
    let expected: Secret<96> = derive(&input, &NO_SALT, Purpose::HsSk, &th.0);
    let (secrets, ..) = agree_second(
        &bob.keys,
        &bob.log,
        fields,
        &bob.spk,
        Some(&bob.one_time),
        &bob.one_time_kem,
    )
    .unwrap();
    assert_eq!(secrets.th, th);
    assert_eq!(secrets.sk.expose(), &expected.expose()[..32]);
    assert_eq!(secrets.hk_ab.expose(), &expected.expose()[32..64]);
    assert_eq!(secrets.nhk_ba.expose(), &expected.expose()[64..]);
}

#[test]
fn a_bundle_made_before_the_inviters_log_grew_still_serves() {
    let (alice, mut bob) = (Person::new(1), Person::new(2));
    let mut ours = begin(&alice, &target(&bob, true), None);
    let second = Certificate::sign(
        &bob.account_key,
        DeviceNumber(2),
        bob.keys.signing.public(),
        bob.keys.dh.public(),
        NOW,
    );
    bob.log = bob
        .log
        .append(&bob.account_key, DeviceChange::Add(second), NOW)
        .unwrap();
    let mut theirs = answer(&bob, &ours.fields).unwrap();
    assert_eq!(first_message(&mut ours, &mut theirs), Ok(frame("hello")));
}

#[test]
fn other_pairs_than_the_fields_name_are_refused() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let fields = begin(&alice, &target(&bob, true), None).fields;
    let with = |spk, opk, kem| {
        respond(&bob.keys, &bob.log, &fields, spk, opk, kem)
            .map(|_| ())
            .unwrap_err()
    };
    let wrong = ProtocolError::WrongPrekey;
    let (spk, opk, kem) = (&bob.spk, Some(&bob.one_time), &bob.one_time_kem);
    assert_eq!(with(&bob.one_time, opk, kem), wrong);
    assert_eq!(with(spk, Some(&bob.spk), kem), wrong);
    assert_eq!(with(spk, None, kem), wrong);
    assert_eq!(with(spk, None, &bob.last_resort), wrong);
    assert_eq!(with(spk, opk, &bob.last_resort), wrong);
    assert_eq!(with(spk, opk, &bob.contact), wrong);
}

#[test]
fn ones_own_account_is_refused_on_both_sides() {
    let bob = Person::new(2);
    let target = target(&bob, true);
    let outcome = initiate(
        &bob.keys,
        &bob.log,
        &target,
        &bob.mailbox,
        None,
        NOW,
        &mut rng(1),
    );
    assert_eq!(outcome.unwrap_err(), ProtocolError::OwnInvitation);
    let fields = InitialFields {
        log: bob.log.as_log().clone(),
        ..begin(&Person::new(1), &target, None).fields
    };
    assert_eq!(
        answer(&bob, &fields).unwrap_err(),
        ProtocolError::OwnInvitation
    );
}

#[test]
fn a_device_that_is_not_in_our_own_log_neither_begins_nor_answers() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let target = target(&bob, true);
    let stranger = DeviceKeys {
        address: DeviceAddress {
            account: alice.account(),
            device: DeviceNumber(2),
        },
        ..Person::new(1).keys
    };
    for (keys, log) in [(&stranger, &alice.log), (&alice.keys, &Person::new(3).log)] {
        let outcome = initiate(keys, log, &target, &alice.mailbox, None, NOW, &mut rng(1));
        assert_eq!(outcome.unwrap_err(), ProtocolError::UnknownDevice);
    }
    let fields = begin(&alice, &target, None).fields;
    let outcome = respond(
        &bob.keys,
        &Person::new(3).log,
        &fields,
        &bob.spk,
        Some(&bob.one_time),
        &bob.one_time_kem,
    );
    assert_eq!(outcome.unwrap_err(), ProtocolError::UnknownDevice);
}

#[test]
fn a_target_whose_time_is_over_since_it_was_verified_is_refused() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let target = target(&bob, false);
    let at = |hour: Hour| {
        initiate(
            &alice.keys,
            &alice.log,
            &target,
            &alice.mailbox,
            None,
            hour,
            &mut rng(1),
        )
        .map(|_| ())
    };
    assert_eq!(at(NOW.plus_days(32)), Ok(()));
    assert_eq!(at(NOW.plus_days(33)), Err(ProtocolError::Expired));
    assert_eq!(at(Hour(NOW.0 - 49)), Err(ProtocolError::CheckYourClock));
}

#[test]
fn a_replayed_handshake_bears_the_same_id_and_the_same_name() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let fields = begin(&alice, &target(&bob, false), None).fields;
    let replayed = InitialFields::from_bytes(&fields.to_bytes()).unwrap();
    assert_eq!(replayed.initial_id(), fields.initial_id());
    let first = answer(&bob, &fields).unwrap();
    let again = answer(&bob, &replayed).unwrap();
    assert_eq!(first.session.transcript(), again.session.transcript());
    // Two handshakes of one guest with one bundle differ in both.
    let other = initiate(
        &alice.keys,
        &alice.log,
        &target(&bob, false),
        &alice.mailbox,
        None,
        NOW,
        &mut rng(78),
    )
    .unwrap();
    assert_ne!(other.fields.initial_id(), fields.initial_id());
    assert_ne!(other.session.transcript(), first.session.transcript());
}
