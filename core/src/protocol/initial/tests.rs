//! Tests of initial envelopes: size, binding to the mailbox, and what may not open.

use super::*;
use crate::protocol::identity::{Certificate, DeviceChange};
use crate::protocol::test_people::{NOW, Person, descriptor, rng};

fn fields(person: &Person, one_time: bool) -> InitialFields {
    InitialFields {
        log: person.log.as_log().clone(),
        device: person.keys.address.device,
        ephemeral: person.one_time.secret.dh().unwrap().public(),
        responder_head: [4; 32],
        spk_id: 5,
        opk_id: one_time.then_some(6),
        kem_kind: if one_time {
            PrekeyKind::OneTimeKem
        } else {
            PrekeyKind::LastResort
        },
        kem_id: 7,
        ciphertext: KemCiphertext::from_bytes(&[8; 1088]),
        descriptor: descriptor(9),
        replaces: None,
    }
}

struct Setting {
    bob: Person,
    fields: InitialFields,
}

impl Setting {
    fn new() -> Self {
        Self {
            bob: Person::new(2),
            fields: fields(&Person::new(1), true),
        }
    }

    fn contact(&self) -> &ContactSecret {
        self.bob.contact.secret.contact().unwrap()
    }

    fn seal(&self, message: &[u8]) -> Result<Vec<u8>, ProtocolError> {
        let public = self.contact().public();
        seal_initial(
            &self.fields,
            message,
            &public,
            MailboxId([3; 32]),
            &mut rng(4),
        )
    }

    fn open(&self, envelope: &[u8]) -> Result<Vec<u8>, ProtocolError> {
        let (fields, message) = open_initial(envelope, self.contact(), MailboxId([3; 32]))?;
        assert_eq!(fields, self.fields);
        Ok(message.to_vec())
    }
}

#[test]
fn fields_stand_as_the_protocol_says() {
    let alice = Person::new(1);
    let fixed = 308 + 4 + 32 + 32 + 4 + 1 + 1 + 4 + 1088 + (97 + 17) + 1;
    let last_resort = fields(&alice, false).to_bytes();
    assert_eq!(last_resort.len(), fixed);
    assert_eq!(last_resort[..308], alice.log.to_bytes());
    assert_eq!(last_resort[308..312], [0, 0, 0, 1]);
    assert_eq!(last_resort[344..376], [4; 32]);
    assert_eq!(last_resort[376..386], [0, 0, 0, 5, 0, 4, 0, 0, 0, 7]);
    assert_eq!(last_resort[386..1474], [8; 1088]);
    assert_eq!(last_resort[fixed - 1], 0);

    let full = InitialFields {
        replaces: Some(TranscriptHash([2; 32])),
        ..fields(&alice, true)
    };
    let bytes = full.to_bytes();
    assert_eq!(bytes.len(), fixed + 4 + 32);
    assert_eq!(bytes[376..390], [0, 0, 0, 5, 1, 0, 0, 0, 6, 3, 0, 0, 0, 7]);
    assert_eq!(bytes[bytes.len() - 33], 1);
    assert_eq!(InitialFields::from_bytes(&bytes), Ok(full));
    for cut in 0..bytes.len() {
        assert!(InitialFields::from_bytes(&bytes[..cut]).is_err());
    }
}

#[test]
fn fields_with_another_kind_of_key_than_ml_kem_are_refused() {
    let mut bytes = fields(&Person::new(1), false).to_bytes();
    for kind in [0, 1, 2, 5, 6] {
        bytes[381] = kind;
        assert_eq!(
            InitialFields::from_bytes(&bytes),
            Err(WireError::UnknownTag)
        );
    }
}

#[test]
fn the_initial_id_is_of_the_ephemeral_key_and_the_ciphertext_alone() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let ours = fields(&alice, true);
    let expected = derive_hash(
        Purpose::HsInit,
        &[&[&ours.ephemeral.as_bytes()[..], &[8; 1088]].concat()],
    );
    assert_eq!(ours.initial_id(), InitialId(expected));
    let replayed = InitialFields::from_bytes(&ours.to_bytes()).unwrap();
    assert_eq!(replayed.initial_id(), ours.initial_id());
    let elsewhere = InitialFields {
        descriptor: descriptor(1),
        ..ours.clone()
    };
    assert_eq!(elsewhere.initial_id(), ours.initial_id());
    let other_ephemeral = InitialFields {
        ephemeral: bob.spk.secret.dh().unwrap().public(),
        ..ours.clone()
    };
    let other_ciphertext = InitialFields {
        ciphertext: KemCiphertext::from_bytes(&[9; 1088]),
        ..ours.clone()
    };
    assert_ne!(other_ephemeral.initial_id(), ours.initial_id());
    assert_ne!(other_ciphertext.initial_id(), ours.initial_id());
}

#[test]
fn envelopes_have_a_bucket_s_size_of_at_least_8_kib() {
    let setting = Setting::new();
    let fields_length = setting.fields.to_bytes().len();
    // What fits beside suite byte, encapsulated key, tag, fields, length and padding mark.
    let room = |bucket: usize| bucket - 1 - 1120 - 16 - fields_length - 4 - 1;
    for (length, bucket) in [
        (0, 8192),
        (room(8192), 8192),
        (room(8192) + 1, 16384),
        (room(65536), 65536),
    ] {
        let message = vec![0x80; length];
        let envelope = setting.seal(&message).unwrap();
        assert_eq!(envelope.len(), bucket, "{length}");
        assert_eq!(envelope[0], 1);
        assert_eq!(setting.open(&envelope), Ok(message));
    }
    assert_eq!(
        setting.seal(&vec![0; room(65536) + 1]),
        Err(ProtocolError::TooLarge)
    );
}

#[test]
fn the_longest_device_log_leaves_room_for_a_text() {
    let mut setting = Setting::new();
    let alice = Person::new(1);
    let log = (2..=64).fold(alice.log.clone(), |log, number| {
        let certificate = Certificate::sign(
            &alice.account_key,
            DeviceNumber(number),
            alice.keys.signing.public(),
            alice.keys.dh.public(),
            NOW,
        );
        let add = DeviceChange::Add(certificate);
        log.append(&alice.account_key, add, NOW).unwrap()
    });
    setting.fields.log = log.as_log().clone();
    let message = vec![7; 24 + 2328 + 16_384 + 64];
    let envelope = setting.seal(&message).unwrap();
    assert_eq!(envelope.len(), 65536);
    assert_eq!(setting.open(&envelope), Ok(message));
}

#[test]
fn debug_output_names_nobody() {
    let shown = format!("{:?}", Setting::new().fields);
    assert_eq!(shown, "InitialFields(redacted)");
}

#[test]
fn the_same_content_is_sealed_afresh_each_time() {
    let setting = Setting::new();
    let public = setting.contact().public();
    let mut rng = rng(4);
    let mut seal = || {
        seal_initial(
            &setting.fields,
            b"hello",
            &public,
            MailboxId([3; 32]),
            &mut rng,
        )
        .unwrap()
    };
    assert_ne!(seal()[1..1121], seal()[1..1121]);
}

#[test]
fn an_envelope_for_another_mailbox_or_key_does_not_open() {
    let setting = Setting::new();
    let envelope = setting.seal(b"hello").unwrap();
    assert_eq!(
        open_initial(&envelope, setting.contact(), MailboxId([5; 32])).unwrap_err(),
        ProtocolError::CannotDecrypt
    );
    let carol = Person::new(3);
    let other = carol.contact.secret.contact().unwrap();
    assert_eq!(
        open_initial(&envelope, other, MailboxId([3; 32])).unwrap_err(),
        ProtocolError::CannotDecrypt
    );
}

#[test]
fn an_envelope_altered_anywhere_does_not_open() {
    let setting = Setting::new();
    let envelope = setting.seal(b"hello").unwrap();
    for at in (1..envelope.len()).filter(|at| at % 397 == 0 || *at < 4 || *at > 8188) {
        let mut altered = envelope.clone();
        altered[at] ^= 1;
        assert_eq!(
            setting.open(&altered),
            Err(ProtocolError::CannotDecrypt),
            "byte {at}"
        );
    }
}

#[test]
fn another_suite_or_size_is_refused_before_anything_is_opened() {
    let setting = Setting::new();
    let envelope = setting.seal(b"hello").unwrap();
    for suite in [0, 2, 255] {
        let mut other = envelope.clone();
        other[0] = suite;
        assert_eq!(setting.open(&other), Err(WireError::UnknownVersion.into()));
    }
    for length in [0, 1, 1121, 4096, 8191] {
        assert_eq!(
            setting.open(&envelope[..length]),
            Err(WireError::TooLong.into())
        );
    }
    let longer = [&envelope[..], &[0]].concat();
    assert_eq!(setting.open(&longer), Err(WireError::TooLong.into()));
}

#[test]
fn well_sealed_content_that_breaks_the_protocol_is_malformed() {
    let setting = Setting::new();
    let seal = |padded: &[u8]| {
        let info = derive_info(MailboxId([3; 32]));
        let public = setting.contact().public();
        let sealed = hpke::seal(&public, &info, &[SUITE], padded, &mut rng(1));
        [&[SUITE][..], &sealed].concat()
    };
    let room = 8192 - OVERHEAD;
    let mut plain = setting.fields.to_bytes();
    plain.extend([0, 0, 0, 1, 7]);
    assert_eq!(
        setting.open(&seal(&pad(&plain, room).unwrap())),
        Ok(vec![7])
    );
    plain.push(0x11);
    let with_rest = seal(&pad(&plain, room).unwrap());
    assert_eq!(
        setting.open(&with_rest),
        Err(WireError::TrailingBytes.into())
    );
    for bad in [seal(&vec![0; room]), seal(&pad(&[], room).unwrap())] {
        assert_eq!(setting.open(&bad), Err(WireError::Truncated.into()));
    }
}
