//! Attacks on the primitives as we use them: odd signatures, borrowed signatures, cut and stretched tags.

use chacha20::ChaCha20Rng;
use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
use curve25519_dalek::{EdwardsPoint, Scalar};
use ed25519_dalek::Verifier;
use rand_core::SeedableRng;
use sha2::{Digest, Sha512};

use super::error::CryptoError;
use super::labels::Purpose;
use super::secret::Secret;
use super::sign::{Signature, SigningKey};
use super::{ContactSecret, aead, hpke};

const MESSAGE: &[u8] = b"message";

/// The signature that the holder of a key can make with any R: S = r + H(R, A, M) a.
fn sign_with(seed: [u8; 32], r: Scalar, point: EdwardsPoint) -> (SigningKey, Signature) {
    let key = ed25519_dalek::SigningKey::from_bytes(&seed);
    let point = point.compress().to_bytes();
    let public = key.verifying_key().to_bytes();
    let hash: [u8; 64] = Sha512::new()
        .chain_update(point)
        .chain_update(public)
        .chain_update(MESSAGE)
        .finalize()
        .into();
    let s = r + Scalar::from_bytes_mod_order_wide(&hash) * key.to_scalar();
    let mut bytes = [0; 64];
    bytes[..32].copy_from_slice(&point);
    bytes[32..].copy_from_slice(&s.to_bytes());
    let ours = SigningKey::from_seed(Secret::from_bytes(seed));
    (ours, Signature::from_bytes(bytes))
}

/// N3.
#[test]
fn a_signature_whose_r_is_of_small_order_is_refused_even_from_the_keys_holder() {
    let (key, signature) = sign_with([7; 32], Scalar::ZERO, EIGHT_TORSION[0]);
    let lax = ed25519_dalek::VerifyingKey::from_bytes(key.public().as_bytes()).unwrap();
    assert!(
        lax.verify(MESSAGE, &signature.as_bytes().into()).is_ok(),
        "the lax equation holds, so that only strictness refuses it"
    );
    assert_eq!(
        key.public().verify_raw_strict(MESSAGE, &signature),
        Err(CryptoError::BadSignature)
    );
    for torsion in &EIGHT_TORSION[1..] {
        let (key, signature) = sign_with([7; 32], Scalar::ZERO, *torsion);
        assert_eq!(
            key.public().verify_raw_strict(MESSAGE, &signature),
            Err(CryptoError::BadSignature)
        );
    }
}

/// N3: such a signature holds where verifiers multiply by the cofactor, and not where they do not.
#[test]
fn a_signature_whose_r_has_a_part_of_small_order_is_refused() {
    let r = Scalar::from(123_456_789_u64);
    let honest = ED25519_BASEPOINT_POINT * r;
    let (key, signature) = sign_with([8; 32], r, honest);
    assert_eq!(key.public().verify_raw_strict(MESSAGE, &signature), Ok(()));
    for torsion in &EIGHT_TORSION[1..] {
        let (key, signature) = sign_with([8; 32], r, honest + torsion);
        assert_eq!(
            key.public().verify_raw_strict(MESSAGE, &signature),
            Err(CryptoError::BadSignature)
        );
    }
}

/// N34.
#[test]
fn a_signature_for_one_purpose_holds_for_no_other() {
    let key = SigningKey::from_seed(Secret::from_bytes([9; 32]));
    for made_for in Purpose::ALL {
        let signature = key.sign(made_for, MESSAGE);
        for taken_for in Purpose::ALL {
            let result = key.public().verify_strict(taken_for, MESSAGE, &signature);
            assert_eq!(result.is_ok(), made_for == taken_for);
        }
        // Nor for bytes without a label, which other standards sign.
        assert_eq!(
            key.public().verify_raw_strict(MESSAGE, &signature),
            Err(CryptoError::BadSignature)
        );
    }
}

/// N34: a purpose moved into the body, or the other way round, is not the same text.
#[test]
fn the_border_between_purpose_and_body_cannot_be_moved() {
    let key = SigningKey::from_seed(Secret::from_bytes([9; 32]));
    let signature = key.sign(Purpose::DevLog, b"-hash and more");
    for body in [&b" and more"[..], b"and more", b"-hash and more"] {
        assert!(
            key.public()
                .verify_strict(Purpose::DevLogHash, body, &signature)
                .is_err()
        );
    }
}

/// N4, for all that we seal with: no cut, stretched or empty text opens, nor one with another tag.
#[test]
fn cut_stretched_and_altered_tags_are_refused_by_every_sealing() {
    let mut rng = ChaCha20Rng::from_seed([1; 32]);
    let key = Secret::generate(&mut rng);
    let contact = ContactSecret::generate(&mut rng);
    let plain = [5; 33];
    type Opens<'a> = Box<dyn Fn(&[u8]) -> bool + 'a>;
    let reused = aead::seal(&key, b"ad", &plain, &mut rng);
    let once = aead::seal_once(&key, &[3; 12], b"ad", &plain);
    let sealed = hpke::seal(&contact.public(), b"info", b"ad", &plain, &mut rng);
    let all: [(Vec<u8>, Opens<'_>); 3] = [
        (
            reused,
            Box::new(|bytes| aead::open(&key, b"ad", bytes).is_ok()),
        ),
        (
            once,
            Box::new(|bytes| aead::open_once(&key, &[3; 12], b"ad", bytes).is_ok()),
        ),
        (
            sealed,
            Box::new(|bytes| hpke::open(&contact, b"info", b"ad", bytes).is_ok()),
        ),
    ];
    for (sealed, opens) in all {
        assert!(opens(&sealed));
        let body_starts = sealed.len() - plain.len() - aead::TAG_BYTES;
        for length in (body_starts..sealed.len()).chain([0, 1, 11, 12, 15, 16]) {
            assert!(!opens(&sealed[..length]), "cut to {length}");
        }
        for stretched in [1, 4, 16, 4096] {
            let zeros = [&sealed[..], &vec![0; stretched]].concat();
            assert!(!opens(&zeros), "stretched by {stretched}");
            let tag_again = [&sealed[..], &sealed[sealed.len() - 16..]].concat();
            assert!(!opens(&tag_again));
        }
        for at in sealed.len() - aead::TAG_BYTES..sealed.len() {
            for bit in 0..8 {
                let mut altered = sealed.clone();
                altered[at] ^= 1 << bit;
                assert!(!opens(&altered), "tag byte {at}, bit {bit}");
            }
        }
        let mut no_tag = sealed.clone();
        let end = no_tag.len();
        no_tag[end - 16..].fill(0);
        assert!(!opens(&no_tag), "a tag of zeros");
    }
}
