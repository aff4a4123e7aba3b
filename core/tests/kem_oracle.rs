//! ML-KEM-768 against another implementation, in both directions.

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
use rand_core::SeedableRng;
use tacita_core::crypto::kem::{KemCiphertext, KemPublic, KemSecret, encapsulate};
use tacita_wire::Encode;

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
