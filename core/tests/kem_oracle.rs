//! ML-KEM-768 against two other implementations: aws-lc in both directions, RustCrypto's byte for byte.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

use aws_lc_rs::kem::{Ciphertext, DecapsulationKey, EncapsulationKey, ML_KEM_768};
use chacha20::ChaCha20Rng;
use ml_kem::kem::{Decapsulate, Encapsulate, Generate, KeyExport};
use ml_kem::ml_kem_768;
use rand_core::{Rng, SeedableRng};
use tacita_core::crypto::kem::{KemCiphertext, KemPublic, KemSecret, encapsulate};
use tacita_wire::{Decode, Encode};

#[test]
fn what_the_other_encapsulates_we_decapsulate() {
    let mut rng = ChaCha20Rng::from_seed([1; 32]);
    for _ in 0..20 {
        let ours = KemSecret::generate(&mut rng);
        let public = ours.public();
        let theirs = EncapsulationKey::new(&ML_KEM_768, public.as_bytes()).unwrap();
        let (ciphertext, shared) = theirs.encapsulate().unwrap();
        let ciphertext = KemCiphertext::from_bytes(ciphertext.as_ref().try_into().unwrap());
        assert_eq!(ours.decapsulate(&ciphertext).expose(), shared.as_ref());
    }
}

#[test]
fn what_we_encapsulate_the_other_decapsulates() {
    let mut rng = ChaCha20Rng::from_seed([2; 32]);
    for _ in 0..20 {
        let theirs = DecapsulationKey::generate(&ML_KEM_768).unwrap();
        let public = theirs.encapsulation_key().unwrap().key_bytes().unwrap();
        let public = KemPublic::from_bytes(public.as_ref().try_into().unwrap()).unwrap();
        let (ciphertext, shared) = encapsulate(&public, &mut rng);
        let other = theirs
            .decapsulate(Ciphertext::from(ciphertext.as_bytes().as_slice()))
            .unwrap();
        assert_eq!(other.as_ref(), shared.expose());
    }
}

#[test]
fn our_stored_key_is_theirs_and_rejects_alike() {
    let mut rng = ChaCha20Rng::from_seed([3; 32]);
    for at in (0..1088).step_by(109) {
        let ours = KemSecret::generate(&mut rng);
        let theirs = DecapsulationKey::new(&ML_KEM_768, &ours.to_bytes()).unwrap();
        let (ciphertext, _) = encapsulate(&ours.public(), &mut rng);
        let mut altered = *ciphertext.as_bytes();
        altered[at] ^= 1;
        for bytes in [ciphertext.as_bytes(), &altered] {
            let expected = theirs
                .decapsulate(Ciphertext::from(bytes.as_slice()))
                .unwrap();
            let got = ours.decapsulate(&KemCiphertext::from_bytes(bytes));
            assert_eq!(got.expose(), expected.as_ref());
        }
    }
}

/// Keys, ciphertexts and secrets are functions of what the generator gives, and the same everywhere.
#[test]
#[allow(deprecated, reason = "the expanded form is what is compared")]
fn from_the_same_randomness_come_the_same_bytes() {
    use ml_kem::ExpandedKeyEncoding;
    let mut seeds = ChaCha20Rng::from_seed([4; 32]);
    for _ in 0..50 {
        let mut seed = [0; 32];
        seeds.fill_bytes(&mut seed);
        let (mut rng, mut other_rng) = (ChaCha20Rng::from_seed(seed), ChaCha20Rng::from_seed(seed));
        let ours = KemSecret::generate(&mut rng);
        let theirs = ml_kem_768::DecapsulationKey::generate_from_rng(&mut other_rng);
        assert_eq!(ours.to_bytes(), theirs.to_expanded_bytes().as_slice());
        let their_public = theirs.encapsulation_key();
        assert_eq!(ours.public().as_bytes(), &their_public.to_bytes()[..]);

        let (ciphertext, shared) = encapsulate(&ours.public(), &mut rng);
        let (their_ciphertext, their_shared) = their_public.encapsulate_with_rng(&mut other_rng);
        assert_eq!(ciphertext.as_bytes(), &their_ciphertext[..]);
        assert_eq!(shared.expose(), &their_shared[..]);
        assert_eq!(ours.decapsulate(&ciphertext), shared);
        assert_eq!(rng.next_u64(), other_rng.next_u64(), "as much was drawn");
    }
}

#[test]
fn any_bytes_as_a_ciphertext_give_the_same_secret_everywhere() {
    let mut rng = ChaCha20Rng::from_seed([5; 32]);
    let mut other_rng = ChaCha20Rng::from_seed([5; 32]);
    let ours = KemSecret::generate(&mut rng);
    let theirs = ml_kem_768::DecapsulationKey::generate_from_rng(&mut other_rng);
    let aws = DecapsulationKey::new(&ML_KEM_768, &ours.to_bytes()).unwrap();
    let mut cases = vec![[0; 1088], [0xff; 1088]];
    for _ in 0..50 {
        let mut bytes = [0; 1088];
        rng.fill_bytes(&mut bytes);
        cases.push(bytes);
    }
    for bytes in cases {
        let got = ours.decapsulate(&KemCiphertext::from_bytes(&bytes));
        assert_eq!(got.expose(), &theirs.decapsulate(&bytes.into())[..]);
        let expected = aws.decapsulate(Ciphertext::from(bytes.as_slice())).unwrap();
        assert_eq!(got.expose(), expected.as_ref());
    }
}

/// The first coefficient of each of the three polynomials, and the last one of all.
#[test]
fn public_keys_are_taken_or_refused_alike() {
    let mut rng = ChaCha20Rng::from_seed([6; 32]);
    let good = *KemSecret::generate(&mut rng).public().as_bytes();
    for value in [0_u16, 1, 3328, 3329, 3330, 4095] {
        for at in [0, 384, 768] {
            let mut bytes = good;
            let [low, high] = value.to_le_bytes();
            bytes[at] = low;
            bytes[at + 1] = (bytes[at + 1] & 0xf0) | high;
            let theirs = ml_kem_768::EncapsulationKey::new(&bytes.into());
            assert_eq!(KemPublic::from_bytes(&bytes).is_ok(), value < 3329);
            assert_eq!(theirs.is_ok(), value < 3329);
        }
        let mut bytes = good;
        bytes[1150] = (bytes[1150] & 0x0f) | (value << 4).to_le_bytes()[0];
        bytes[1151] = (value >> 4).to_le_bytes()[0];
        assert_eq!(KemPublic::from_bytes(&bytes).is_ok(), value < 3329);
        let theirs = ml_kem_768::EncapsulationKey::new(&bytes.into());
        assert_eq!(theirs.is_ok(), value < 3329);
    }
}

/// FIPS 203 §7.3: the hash of the public key that a private key contains is checked.
#[test]
fn private_keys_with_a_wrong_hash_are_refused() {
    let mut rng = ChaCha20Rng::from_seed([7; 32]);
    let good = KemSecret::generate(&mut rng).to_bytes();
    assert!(KemSecret::from_bytes(&good).is_ok());
    for at in [1152, 1700, 2335, 2336, 2367] {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        assert!(KemSecret::from_bytes(&bytes).is_err(), "byte {at}");
    }
    assert!(KemSecret::from_bytes(&good[..2399]).is_err());
}
