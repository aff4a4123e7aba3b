//! XChaCha20-Poly1305 for reused keys, ChaCha20-Poly1305 (RFC 8439) for single-use keys. PROTOCOL.md §7.

use chacha20poly1305::aead::AeadInOut;
use chacha20poly1305::{ChaCha20Poly1305, Key, KeyInit, XChaCha20Poly1305};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::error::CryptoError;
use super::secret::Secret;

/// Bytes of a random nonce, of a key that is used more than once.
pub const NONCE_BYTES: usize = 24;
/// Bytes of a derived nonce, of a key that is used once.
pub const ONCE_NONCE_BYTES: usize = 12;
/// Bytes of an authentication tag.
pub const TAG_BYTES: usize = 16;

/// Seals under a key that may seal again: nonce 24 ‖ ciphertext ‖ tag 16.
pub fn seal(
    key: &Secret<32>,
    ad: &[u8],
    plain: &[u8],
    rng: &mut (impl CryptoRng + ?Sized),
) -> Vec<u8> {
    let mut nonce = [0; NONCE_BYTES];
    rng.fill_bytes(&mut nonce);
    let mut sealed = Vec::with_capacity(NONCE_BYTES + plain.len() + TAG_BYTES);
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(plain);
    // The slice is what was appended last, as long as `plain`.
    let tag = match sealed.get_mut(NONCE_BYTES..) {
        Some(body) => seal_in_place(key, &nonce, ad, body),
        None => [0; TAG_BYTES],
    };
    sealed.extend_from_slice(&tag);
    sealed
}

/// Opens what [`seal`] made.
///
/// # Errors
/// [`CryptoError::CannotOpen`]: altered, cut, or under another key or associated data. Drop it.
pub fn open(key: &Secret<32>, ad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
    let (nonce, rest) = sealed
        .split_first_chunk::<NONCE_BYTES>()
        .ok_or(CryptoError::CannotOpen)?;
    let (body, tag) = rest
        .split_last_chunk::<TAG_BYTES>()
        .ok_or(CryptoError::CannotOpen)?;
    let mut plain = Zeroizing::new(body.to_vec());
    open_in_place(key, nonce, ad, &mut plain, tag)?;
    Ok(plain)
}

/// Seals under a key that never seals anything else: ciphertext ‖ tag 16.
#[must_use]
pub fn seal_once(
    key: &Secret<32>,
    nonce: &[u8; ONCE_NONCE_BYTES],
    ad: &[u8],
    plain: &[u8],
) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(plain.len() + TAG_BYTES);
    sealed.extend_from_slice(plain);
    let tag = seal_once_in_place(key, nonce, ad, &mut sealed);
    sealed.extend_from_slice(&tag);
    sealed
}

/// Opens what [`seal_once`] made.
///
/// # Errors
/// [`CryptoError::CannotOpen`]: altered, cut, or under another key, nonce or associated data. Drop it.
pub fn open_once(
    key: &Secret<32>,
    nonce: &[u8; ONCE_NONCE_BYTES],
    ad: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
    let (body, tag) = sealed
        .split_last_chunk::<TAG_BYTES>()
        .ok_or(CryptoError::CannotOpen)?;
    let mut plain = Zeroizing::new(body.to_vec());
    open_once_in_place(key, nonce, ad, &mut plain, tag)?;
    Ok(plain)
}

/// XChaCha20-Poly1305 over a buffer; the tag is returned. The nonce must be fresh randomness.
#[must_use]
pub fn seal_in_place(
    key: &Secret<32>,
    nonce: &[u8; NONCE_BYTES],
    ad: &[u8],
    buffer: &mut [u8],
) -> [u8; TAG_BYTES] {
    let cipher = XChaCha20Poly1305::new(<&Key>::from(key.expose()));
    #[allow(clippy::expect_used, reason = "fails above 256 GiB only")]
    let tag = cipher
        .encrypt_inout_detached(nonce.into(), ad, buffer.into())
        .expect("a buffer below 256 GiB");
    tag.into()
}

/// Opens what [`seal_in_place`] made; on an error the buffer is as it was.
///
/// # Errors
/// [`CryptoError::CannotOpen`]: altered, or under another key, nonce or associated data.
pub fn open_in_place(
    key: &Secret<32>,
    nonce: &[u8; NONCE_BYTES],
    ad: &[u8],
    buffer: &mut [u8],
    tag: &[u8; TAG_BYTES],
) -> Result<(), CryptoError> {
    XChaCha20Poly1305::new(<&Key>::from(key.expose()))
        .decrypt_inout_detached(nonce.into(), ad, buffer.into(), tag.into())
        .map_err(|_| CryptoError::CannotOpen)
}

/// ChaCha20-Poly1305 over a buffer; the tag is returned. Key and nonce must never seal anything else.
#[must_use]
pub fn seal_once_in_place(
    key: &Secret<32>,
    nonce: &[u8; ONCE_NONCE_BYTES],
    ad: &[u8],
    buffer: &mut [u8],
) -> [u8; TAG_BYTES] {
    let cipher = ChaCha20Poly1305::new(<&Key>::from(key.expose()));
    #[allow(clippy::expect_used, reason = "fails above 256 GiB only")]
    let tag = cipher
        .encrypt_inout_detached(nonce.into(), ad, buffer.into())
        .expect("a buffer below 256 GiB");
    tag.into()
}

/// Opens what [`seal_once_in_place`] made; on an error the buffer is as it was.
///
/// # Errors
/// [`CryptoError::CannotOpen`]: altered, or under another key, nonce or associated data.
pub fn open_once_in_place(
    key: &Secret<32>,
    nonce: &[u8; ONCE_NONCE_BYTES],
    ad: &[u8],
    buffer: &mut [u8],
    tag: &[u8; TAG_BYTES],
) -> Result<(), CryptoError> {
    ChaCha20Poly1305::new(<&Key>::from(key.expose()))
        .decrypt_inout_detached(nonce.into(), ad, buffer.into(), tag.into())
        .map_err(|_| CryptoError::CannotOpen)
}

#[cfg(test)]
mod tests {
    use chacha20::ChaCha20Rng;
    use data_encoding::HEXLOWER;
    use rand_core::SeedableRng;

    use super::*;

    const PLAIN: &[u8] =
        b"Ladies and Gentlemen of the class of '99: If I could offer you only one \
        tip for the future, sunscreen would be it.";

    fn hex(text: &str) -> Vec<u8> {
        HEXLOWER.decode(text.as_bytes()).unwrap()
    }

    fn known_key() -> Secret<32> {
        let mut key = [0; 32];
        for (i, byte) in (0x80..).zip(&mut key) {
            *byte = i;
        }
        Secret::from_bytes(key)
    }

    #[test]
    fn chacha20_poly1305_gives_the_answer_of_rfc_8439() {
        // §2.8.2.
        let nonce = hex("070000004041424344454647").try_into().unwrap();
        let ad = hex("50515253c0c1c2c3c4c5c6c7");
        let sealed = seal_once(&known_key(), &nonce, &ad, PLAIN);
        assert_eq!(
            HEXLOWER.encode(&sealed),
            "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69\
             da92728b1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad67594\
             5585808b4831d7bc3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691"
        );
        let opened = open_once(&known_key(), &nonce, &ad, &sealed).unwrap();
        assert_eq!(opened.as_slice(), PLAIN);
    }

    #[test]
    fn xchacha20_poly1305_gives_the_answer_of_its_draft() {
        // draft-irtf-cfrg-xchacha-03, A.3.1.
        let sealed = hex("404142434445464748494a4b4c4d4e4f5051525354555657\
             bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f\
             4eda7e39ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f\
             76b2383565d3fff921f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49");
        let ad = hex("50515253c0c1c2c3c4c5c6c7");
        let opened = open(&known_key(), &ad, &sealed).unwrap();
        assert_eq!(opened.as_slice(), PLAIN);
    }

    #[test]
    fn altered_cut_or_foreign_bytes_do_not_open() {
        let mut rng = ChaCha20Rng::from_seed([1; 32]);
        let key = Secret::generate(&mut rng);
        let sealed = seal(&key, b"ad", b"plain", &mut rng);
        assert_eq!(open(&key, b"ad", &sealed).unwrap().as_slice(), b"plain");
        for at in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert_eq!(open(&key, b"ad", &altered), Err(CryptoError::CannotOpen));
            assert_eq!(
                open(&key, b"ad", &sealed[..at]),
                Err(CryptoError::CannotOpen)
            );
        }
        assert_eq!(open(&key, b"", &sealed), Err(CryptoError::CannotOpen));
        let other = Secret::generate(&mut rng);
        assert_eq!(open(&other, b"ad", &sealed), Err(CryptoError::CannotOpen));
        assert_eq!(
            open_once(&key, &[0; 12], b"", b"short"),
            Err(CryptoError::CannotOpen)
        );
    }

    #[test]
    fn a_refused_buffer_is_left_as_it_was() {
        let key = Secret::from_bytes([1; 32]);
        let mut buffer = [7; 40];
        assert!(open_in_place(&key, &[0; 24], b"", &mut buffer, &[0; 16]).is_err());
        assert!(open_once_in_place(&key, &[0; 12], b"", &mut buffer, &[0; 16]).is_err());
        assert_eq!(buffer, [7; 40]);
    }

    #[test]
    fn sealing_twice_gives_different_bytes() {
        let mut rng = ChaCha20Rng::from_seed([2; 32]);
        let key = Secret::generate(&mut rng);
        let first = seal(&key, b"", b"same", &mut rng);
        assert_ne!(first, seal(&key, b"", b"same", &mut rng));
    }
}
