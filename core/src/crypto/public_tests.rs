//! Public values: their bytes, when two are equal, and what `Debug` says of them.

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;

use super::kem::encapsulate;
use super::{ContactPublic, ContactSecret, DhSecret, KemSecret, Purpose, SigningKey};

fn rng(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

#[test]
fn debug_says_the_type_and_nothing_else() {
    let signing = SigningKey::generate(&mut rng(1));
    let signature = signing.sign(Purpose::PrekeySpk, b"body");
    for (text, due) in [
        (format!("{signing:?}"), "SigningKey(redacted)"),
        (format!("{:?}", signing.public()), "VerifyingKey(redacted)"),
        (format!("{signature:?}"), "Signature(redacted)"),
        (
            format!("{:?}", DhSecret::generate(&mut rng(1)).public()),
            "DhPublic(redacted)",
        ),
        (
            format!("{:?}", ContactSecret::generate(&mut rng(1)).public()),
            "ContactPublic(redacted)",
        ),
    ] {
        assert_eq!(text, due);
    }
}

#[test]
fn a_contact_key_gives_the_bytes_that_it_was_read_from() {
    let key = ContactSecret::generate(&mut rng(1)).public();
    let again = ContactPublic::from_bytes(key.as_bytes()).unwrap();
    assert_eq!(again, key);
    let other = ContactSecret::generate(&mut rng(2)).public();
    assert_ne!(other.as_bytes(), key.as_bytes());
    assert_ne!(other, key);
}

#[test]
fn two_ciphertexts_for_one_key_are_not_equal() {
    let key = KemSecret::generate(&mut rng(1)).public();
    let (one, _) = encapsulate(&key, &mut rng(2));
    let (other, _) = encapsulate(&key, &mut rng(3));
    assert_ne!(one, other);
    assert_eq!(one, encapsulate(&key, &mut rng(2)).0);
}
