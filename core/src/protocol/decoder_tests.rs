//! Tests of all decoders of the identity types at once: no bytes whatever make one panic or be ambiguous.

use proptest::prelude::*;
use tacita_wire::{Decode, Encode, LinkKind, MailboxId};

use super::account::DeviceKeys;
use super::bundle::Bundle;
use super::descriptor::Descriptor;
use super::identity::{Certificate, DeviceLog};
use super::initial::{InitialFields, open_initial};
use super::invitation::InvitationLink;
use super::prekey::{PrekeyPair, PrekeySecret, SignedPrekey};
use super::reconnect::ReconnectRecord;
use super::safety::verify_scan;
use super::test_people::Person;
use super::vault::{AccountVault, RecoverySecret};

/// What decodes encodes to the same bytes, so that no value has two forms.
fn decode_is_canonical<T: Decode + Encode>(bytes: &[u8]) -> bool {
    T::from_bytes(bytes).is_ok_and(|value| {
        assert!(value.to_bytes() == bytes, "decoded from a second form");
        true
    })
}

/// Our own stored secrets are sealed as a whole, so their form need not be the only one: the expanded
/// ML-KEM key has coefficients that are reduced on reading.
fn decodes<T: Decode>(bytes: &[u8]) -> bool {
    T::from_bytes(bytes).is_ok()
}

/// Tries every decoder; gives how many take the bytes.
fn try_all(bytes: &[u8]) -> usize {
    [
        decode_is_canonical::<Certificate>(bytes),
        decode_is_canonical::<DeviceLog>(bytes),
        decode_is_canonical::<AccountVault>(bytes),
        decode_is_canonical::<DeviceKeys>(bytes),
        decode_is_canonical::<Descriptor>(bytes),
        decode_is_canonical::<SignedPrekey>(bytes),
        decodes::<PrekeySecret>(bytes),
        decodes::<PrekeyPair>(bytes),
        decode_is_canonical::<Bundle>(bytes),
        decode_is_canonical::<ReconnectRecord>(bytes),
        decode_is_canonical::<InitialFields>(bytes),
        decode_is_canonical::<InvitationLink>(bytes),
    ]
    .into_iter()
    .filter(|taken| *taken)
    .count()
}

fn samples() -> Vec<Vec<u8>> {
    let bob = Person::new(1);
    let device = bob.keys.address.device;
    vec![
        bob.log.certificate(device).unwrap().to_bytes(),
        bob.log.to_bytes(),
        bob.keys.to_secret_bytes().to_vec(),
        bob.mailbox.to_bytes(),
        bob.spk.signed.to_bytes(),
        bob.last_resort.to_secret_bytes().to_vec(),
        bob.contact.secret.to_secret_bytes().to_vec(),
        bob.bundle(bob.one_time_keys()).to_bytes(),
        bob.reconnect_record().to_bytes(),
        bob.invitation.to_bytes(),
    ]
}

#[test]
fn each_sample_is_taken_by_exactly_one_decoder() {
    for sample in samples() {
        assert_eq!(try_all(&sample), 1);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_bytes_make_a_decoder_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        try_all(&bytes);
    }

    #[test]
    fn no_alteration_of_good_bytes_makes_a_decoder_panic_or_ambiguous(
        which in 0..10_usize,
        at in any::<prop::sample::Index>(),
        value in any::<u8>(),
        cut in any::<prop::sample::Index>(),
    ) {
        thread_local! {
            static SAMPLES: Vec<Vec<u8>> = samples();
        }
        let mut bytes = SAMPLES.with(|samples| samples[which].clone());
        let at = at.index(bytes.len());
        bytes[at] = value;
        try_all(&bytes);
        bytes.truncate(cut.index(bytes.len() + 1));
        try_all(&bytes);
    }

    #[test]
    fn no_text_makes_a_parser_panic(text in ".{0,200}") {
        let _ = InvitationLink::parse(&text);
        let _ = RecoverySecret::parse(&text);
        let _ = InvitationLink::parse(&format!("tacita://invite/{text}"));
    }

    #[test]
    fn no_payload_with_a_good_checksum_makes_a_link_panic(
        payload in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let key = crate::crypto::SigningKey::from_seed(crate::crypto::Secret::from_bytes([1; 32]));
        let public = key.public();
        let account = super::identity::derive_account_id(&public);
        let _ = InvitationLink::parse(&LinkKind::Invitation.to_text(&payload));
        let scan = LinkKind::Verification.to_text(&payload);
        prop_assert!(verify_scan((&public, &account), (&public, &account), &scan).is_err());
    }
}

#[test]
fn no_envelope_of_noise_opens() {
    let bob = Person::new(1);
    let secret = bob.contact.secret.contact().unwrap();
    for (size, fill) in [(8192, 0), (8192, 1), (16384, 0xff), (65536, 1)] {
        let mut envelope = vec![fill; size];
        envelope[0] = 1;
        assert!(open_initial(&envelope, secret, MailboxId([0; 32])).is_err());
    }
}
