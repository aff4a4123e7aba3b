//! HPKE (RFC 9180) base mode with X-Wing, for initial envelopes. PROTOCOL.md §12.

use std::fmt;

use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::XWing;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use rand_core::CryptoRng;
use tacita_wire::{Decode, Encode, Reader, WireError, Writer};
use zeroize::Zeroizing;

use super::error::CryptoError;
use super::secret::Secret;

/// Bytes of a public contact key.
pub const CONTACT_PUBLIC_BYTES: usize = 1216;
/// Bytes of the encapsulated key in front of a sealed text.
pub const ENCAPSULATED_BYTES: usize = 1120;
/// Bytes that sealing adds: the encapsulated key and a tag.
pub const HPKE_OVERHEAD: usize = ENCAPSULATED_BYTES + 16;

type PublicKey = <XWing as Kem>::PublicKey;
type PrivateKey = <XWing as Kem>::PrivateKey;
type EncappedKey = <XWing as Kem>::EncappedKey;

/// A private contact key (X-Wing), the 32 bytes that it is expanded from; erased on drop.
#[derive(Clone, Debug)]
pub struct ContactSecret(Secret<32>);

/// A public contact key (X-Wing), 1,216 bytes, checked on the way in.
#[derive(Clone)]
pub struct ContactPublic {
    bytes: Box<[u8; CONTACT_PUBLIC_BYTES]>,
    key: Box<PublicKey>,
}

impl ContactSecret {
    /// Draws a fresh key.
    pub fn generate(rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        Self(Secret::generate(rng))
    }

    /// A key that was stored.
    #[must_use]
    pub fn from_bytes(bytes: Secret<32>) -> Self {
        Self(bytes)
    }

    /// The private bytes, to store sealed.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> ContactPublic {
        let key = Box::new(XWing::sk_to_pk(&self.private_key()));
        let mut bytes = Box::new([0; CONTACT_PUBLIC_BYTES]);
        key.write_exact(bytes.as_mut_slice());
        ContactPublic { bytes, key }
    }

    fn private_key(&self) -> PrivateKey {
        #[allow(clippy::expect_used, reason = "every 32 bytes are an X-Wing seed")]
        PrivateKey::from_bytes(self.0.expose()).expect("32 bytes")
    }
}

impl ContactPublic {
    /// Checks the ML-KEM half as FIPS 203 §7.2 demands.
    ///
    /// # Errors
    /// [`CryptoError::BadKey`] if it is malformed: drop what carried it.
    pub fn from_bytes(bytes: &[u8; CONTACT_PUBLIC_BYTES]) -> Result<Self, CryptoError> {
        let key = PublicKey::from_bytes(bytes).map_err(|_| CryptoError::BadKey)?;
        Ok(Self {
            bytes: Box::new(*bytes),
            key: Box::new(key),
        })
    }

    /// The 1,216 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; CONTACT_PUBLIC_BYTES] {
        &self.bytes
    }
}

/// Seals to a contact key: encapsulated key 1,120 ‖ ciphertext ‖ tag 16.
pub fn seal(
    to: &ContactPublic,
    info: &[u8],
    aad: &[u8],
    plain: &[u8],
    rng: &mut (impl CryptoRng + ?Sized),
) -> Vec<u8> {
    // A reference to a generator is one too, and it is sized, as this crate demands.
    let mut rng = rng;
    let sealed = hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, XWing>(
        &OpModeS::Base,
        &to.key,
        info,
        plain,
        aad,
        &mut rng,
    );
    #[allow(clippy::expect_used, reason = "fails above 256 GiB only")]
    let (encapsulated, ciphertext) = sealed.expect("a plaintext below 256 GiB");
    let mut bytes = vec![0; ENCAPSULATED_BYTES];
    bytes.reserve_exact(ciphertext.len());
    encapsulated.write_exact(&mut bytes);
    bytes.extend_from_slice(&ciphertext);
    bytes
}

/// Opens what [`seal`] made.
///
/// # Errors
/// [`CryptoError::CannotOpen`]: altered, cut, or to another key or with other info. Drop it.
pub fn open(
    secret: &ContactSecret,
    info: &[u8],
    aad: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
    let (encapsulated, ciphertext) = sealed
        .split_at_checked(ENCAPSULATED_BYTES)
        .ok_or(CryptoError::CannotOpen)?;
    let encapsulated =
        EncappedKey::from_bytes(encapsulated).map_err(|_| CryptoError::CannotOpen)?;
    hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, XWing>(
        &OpModeR::Base,
        &secret.private_key(),
        &encapsulated,
        info,
        ciphertext,
        aad,
    )
    .map(Zeroizing::new)
    .map_err(|_| CryptoError::CannotOpen)
}

impl PartialEq for ContactPublic {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}
impl Eq for ContactPublic {}

impl fmt::Debug for ContactPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContactPublic(redacted)")
    }
}

impl Encode for ContactPublic {
    fn encode(&self, writer: &mut Writer) {
        writer.raw(self.bytes.as_slice());
    }
}

impl Decode for ContactPublic {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        Self::from_bytes(&reader.array()?).map_err(|_| WireError::UnknownTag)
    }
}

#[cfg(test)]
mod tests {
    use chacha20::ChaCha20Rng;
    use rand_core::SeedableRng;

    use super::*;

    #[test]
    fn what_is_sealed_to_a_contact_key_opens_there_only() {
        let mut rng = ChaCha20Rng::from_seed([1; 32]);
        let secret = ContactSecret::generate(&mut rng);
        let public = secret.public();
        assert_eq!(
            <ContactPublic as Decode>::from_bytes(&public.to_bytes()),
            Ok(public.clone())
        );
        let sealed = seal(&public, b"info", b"aad", b"plain", &mut rng);
        assert_eq!(sealed.len(), HPKE_OVERHEAD + 5);
        let again = ContactSecret::from_bytes(Secret::from_bytes(*secret.expose()));
        let opened = open(&again, b"info", b"aad", &sealed).unwrap();
        assert_eq!(opened.as_slice(), b"plain");

        let refused = Err(CryptoError::CannotOpen);
        let other = ContactSecret::generate(&mut rng);
        assert_eq!(open(&other, b"info", b"aad", &sealed), refused);
        assert_eq!(open(&secret, b"", b"aad", &sealed), refused);
        assert_eq!(open(&secret, b"info", b"", &sealed), refused);
        for at in [0, 500, 1087, 1088, 1119, 1120, 1125, sealed.len() - 1] {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert_eq!(
                open(&secret, b"info", b"aad", &altered),
                refused,
                "byte {at}"
            );
            assert_eq!(open(&secret, b"info", b"aad", &sealed[..at]), refused);
        }
    }

    #[test]
    fn the_generator_may_be_a_trait_object() {
        let mut rng = ChaCha20Rng::from_seed([2; 32]);
        let rng: &mut dyn CryptoRng = &mut rng;
        let secret = ContactSecret::generate(rng);
        let sealed = seal(&secret.public(), b"", b"", b"plain", rng);
        assert!(open(&secret, b"", b"", &sealed).is_ok());
    }

    #[test]
    fn a_malformed_contact_key_is_refused() {
        let mut bytes = *ContactSecret::from_bytes(Secret::from_bytes([3; 32]))
            .public()
            .as_bytes();
        bytes[0] = 0xff;
        bytes[1] |= 0x0f;
        assert_eq!(ContactPublic::from_bytes(&bytes), Err(CryptoError::BadKey));
    }

    #[test]
    fn debug_shows_no_secret() {
        let secret = ContactSecret::from_bytes(Secret::from_bytes([0xab; 32]));
        assert_eq!(format!("{secret:?}"), "ContactSecret(Secret(redacted))");
    }
}
