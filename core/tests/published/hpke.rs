//! HPKE (RFC 9180) in our suite: X-Wing, HKDF-SHA-256, ChaCha20-Poly1305. The vectors in RFC 9180 itself are of other KEMs.

use tacita_core::crypto::hpke::{ContactSecret, open};
use tacita_core::crypto::{CryptoError, Secret};

use super::field;

const XWING: &str = include_str!("data/hpke_xwing.txt");

#[test]
fn the_vector_of_the_post_quantum_draft_opens_and_its_key_is_ours() {
    let value = |name| field(XWING, name);
    let secret = Secret::from_bytes(value("skRm").try_into().unwrap());
    let contact = ContactSecret::from_bytes(secret);
    assert_eq!(contact.public().as_bytes().as_slice(), value("pkRm"));
    let sealed = [value("enc"), value("ct")].concat();
    let (info, aad) = (value("info"), value("aad"));
    let opened = open(&contact, &info, &aad, &sealed).unwrap();
    assert_eq!(opened.as_slice(), value("pt"));
    // The ML-KEM part, the X25519 part, the ciphertext, its tag; info and associated data.
    for at in [0, 1087, 1088, 1119, 1120, sealed.len() - 1] {
        let mut altered = sealed.clone();
        altered[at] ^= 1;
        let refused = open(&contact, &info, &aad, &altered).map(|_| ());
        assert_eq!(refused, Err(CryptoError::CannotOpen), "byte {at}");
    }
    assert!(open(&contact, &aad, &aad, &sealed).is_err());
    assert!(open(&contact, &info, &info, &sealed).is_err());
}
