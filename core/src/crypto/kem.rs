//! ML-KEM-768 (FIPS 203) behind one file, so that its backend can be changed. PROTOCOL.md §7.

use std::fmt;

#[allow(deprecated, reason = "the expanded form is what every backend takes")]
use ml_kem::ExpandedKeyEncoding;
use ml_kem::kem::{Decapsulate, Encapsulate, Generate, KeyExport};
use ml_kem::ml_kem_768::{DecapsulationKey, EncapsulationKey};
use rand_core::CryptoRng;
use tacita_wire::{Decode, Encode, Reader, WireError, Writer};
use zeroize::Zeroize;

use super::error::CryptoError;
use super::secret::Secret;

/// Bytes of a private key in its expanded form, which contains the public key.
pub const KEM_SECRET_BYTES: usize = 2400;
/// Bytes of a public key.
pub const KEM_PUBLIC_BYTES: usize = 1184;
/// Bytes of a ciphertext.
pub const KEM_CIPHERTEXT_BYTES: usize = 1088;

/// A private ML-KEM-768 key, ready for use; erased on drop.
///
/// `Clone`: a last resort serves many sessions, and each has it until its first turn.
#[derive(Clone)]
pub struct KemSecret(DecapsulationKey);

/// A private ML-KEM-768 key as it is stored: 2,400 bytes, not yet checked; erased on drop.
pub struct StoredKemSecret(Box<Secret<KEM_SECRET_BYTES>>);

/// A public ML-KEM-768 key, 1,184 bytes, all coefficients reduced.
#[derive(Clone)]
pub struct KemPublic {
    bytes: Box<[u8; KEM_PUBLIC_BYTES]>,
    key: Box<EncapsulationKey>,
}

/// A ciphertext, 1,088 bytes; every such string decapsulates to something.
#[derive(Clone, PartialEq, Eq)]
pub struct KemCiphertext(Box<[u8; KEM_CIPHERTEXT_BYTES]>);

impl KemSecret {
    /// Draws a fresh key.
    pub fn generate(rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        Self(DecapsulationKey::generate_from_rng(rng))
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> KemPublic {
        let key = Box::new(self.0.encapsulation_key().clone());
        KemPublic {
            bytes: Box::new(key.to_bytes().into()),
            key,
        }
    }

    /// The shared secret, 32 bytes. A ciphertext that was not made for this key gives an
    /// unpredictable one (implicit rejection, FIPS 203 §6.3).
    #[must_use]
    pub fn decapsulate(&self, ciphertext: &KemCiphertext) -> Secret<32> {
        let mut shared = self.0.decapsulate((&*ciphertext.0).into());
        let secret = Secret::from_bytes(shared.into());
        shared.as_mut_slice().zeroize();
        secret
    }

    /// The stored form.
    #[must_use]
    pub fn to_stored(&self) -> StoredKemSecret {
        let mut bytes = Box::new(Secret::from_bytes([0; KEM_SECRET_BYTES]));
        #[allow(deprecated, reason = "the expanded form is what every backend takes")]
        let mut expanded = self.0.to_expanded_bytes();
        bytes.expose_mut().copy_from_slice(&expanded);
        expanded.as_mut_slice().zeroize();
        StoredKemSecret(bytes)
    }
}

impl StoredKemSecret {
    /// Makes the key ready for use.
    ///
    /// # Errors
    /// [`CryptoError::BadKey`] if the bytes are no private key: the store is damaged.
    pub fn load(&self) -> Result<KemSecret, CryptoError> {
        #[allow(deprecated, reason = "the expanded form is what every backend takes")]
        let key = DecapsulationKey::from_expanded_bytes(self.0.expose().into());
        key.map(KemSecret).map_err(|_| CryptoError::BadKey)
    }
}

impl KemPublic {
    /// Checks the key as FIPS 203 §7.2 demands.
    ///
    /// # Errors
    /// [`CryptoError::BadKey`] if a coefficient is not reduced: drop what carried it.
    pub fn from_bytes(bytes: &[u8; KEM_PUBLIC_BYTES]) -> Result<Self, CryptoError> {
        let key = EncapsulationKey::new(bytes.into()).map_err(|_| CryptoError::BadKey)?;
        Ok(Self {
            bytes: Box::new(*bytes),
            key: Box::new(key),
        })
    }

    /// The 1,184 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; KEM_PUBLIC_BYTES] {
        &self.bytes
    }
}

impl KemCiphertext {
    /// Wraps 1,088 bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; KEM_CIPHERTEXT_BYTES]) -> Self {
        Self(Box::new(*bytes))
    }

    /// The 1,088 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; KEM_CIPHERTEXT_BYTES] {
        &self.0
    }
}

/// A fresh shared secret, 32 bytes, and the ciphertext that carries it to the holder of the key.
pub fn encapsulate(
    key: &KemPublic,
    rng: &mut (impl CryptoRng + ?Sized),
) -> (KemCiphertext, Secret<32>) {
    let (ciphertext, mut shared) = key.key.encapsulate_with_rng(rng);
    let secret = Secret::from_bytes(shared.into());
    shared.as_mut_slice().zeroize();
    (KemCiphertext(Box::new(ciphertext.into())), secret)
}

impl PartialEq for KemPublic {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}
impl Eq for KemPublic {}

impl Encode for KemSecret {
    fn encode(&self, writer: &mut Writer) {
        self.to_stored().encode(writer);
    }
}

impl Decode for KemSecret {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        StoredKemSecret::decode(reader)?
            .load()
            .map_err(|_| WireError::UnknownTag)
    }
}

impl Encode for StoredKemSecret {
    fn encode(&self, writer: &mut Writer) {
        writer.raw(self.0.expose());
    }
}

impl Decode for StoredKemSecret {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        let mut bytes = Box::new(Secret::from_bytes([0; KEM_SECRET_BYTES]));
        bytes
            .expose_mut()
            .copy_from_slice(reader.take(KEM_SECRET_BYTES)?);
        Ok(Self(bytes))
    }
}

impl Encode for KemPublic {
    fn encode(&self, writer: &mut Writer) {
        writer.raw(self.bytes.as_slice());
    }
}

impl Decode for KemPublic {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        Self::from_bytes(&reader.array()?).map_err(|_| WireError::UnknownTag)
    }
}

impl Encode for KemCiphertext {
    fn encode(&self, writer: &mut Writer) {
        writer.raw(self.0.as_slice());
    }
}

impl Decode for KemCiphertext {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self(Box::new(reader.array()?)))
    }
}

macro_rules! redacted_debug {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(redacted)"))
            }
        }
    )*};
}
redacted_debug!(KemSecret, StoredKemSecret, KemPublic, KemCiphertext);

#[cfg(test)]
mod tests {
    use chacha20::ChaCha20Rng;
    use rand_core::SeedableRng;

    use super::*;

    #[test]
    fn both_ends_get_the_same_secret() {
        let mut rng = ChaCha20Rng::from_seed([1; 32]);
        let secret = KemSecret::generate(&mut rng);
        let public = secret.public();
        assert_eq!(
            <KemPublic as Decode>::from_bytes(&public.to_bytes()),
            Ok(public.clone())
        );
        let (ciphertext, shared) = encapsulate(&public, &mut rng);
        assert_eq!(secret.decapsulate(&ciphertext), shared);
        let stored = secret.to_bytes();
        assert_eq!(stored.len(), KEM_SECRET_BYTES);
        assert!(
            stored
                .windows(KEM_PUBLIC_BYTES)
                .any(|part| part == public.as_bytes())
        );
        let loaded = KemSecret::from_bytes(&stored).unwrap();
        assert_eq!(loaded.decapsulate(&ciphertext), shared);
        assert_eq!(loaded.public(), public);
    }

    #[test]
    fn a_foreign_ciphertext_is_rejected_implicitly() {
        let mut rng = ChaCha20Rng::from_seed([2; 32]);
        let secret = KemSecret::generate(&mut rng);
        let (ciphertext, shared) = encapsulate(&secret.public(), &mut rng);
        let mut bytes = *ciphertext.as_bytes();
        bytes[500] ^= 1;
        let altered = KemCiphertext::from_bytes(&bytes);
        let rejected = secret.decapsulate(&altered);
        assert_ne!(rejected, shared);
        assert_eq!(secret.decapsulate(&altered), rejected, "the same each time");
        let other = KemSecret::generate(&mut rng);
        assert_ne!(other.decapsulate(&ciphertext), shared);
    }

    #[test]
    fn unreduced_coefficients_are_refused() {
        let mut rng = ChaCha20Rng::from_seed([3; 32]);
        let good = *KemSecret::generate(&mut rng).public().as_bytes();
        // The first coefficient becomes q = 3329, then 4095; then the last one.
        for (at, value) in [(0, [0x01, 0x0d]), (0, [0xff, 0x0f])] {
            let mut bytes = good;
            bytes[at] = value[0];
            bytes[at + 1] = (bytes[at + 1] & 0xf0) | value[1];
            assert_eq!(KemPublic::from_bytes(&bytes), Err(CryptoError::BadKey));
        }
        let mut bytes = good;
        bytes[1151] = 0xff;
        bytes[1150] |= 0xf0;
        assert_eq!(KemPublic::from_bytes(&bytes), Err(CryptoError::BadKey));
        assert_eq!(
            <KemPublic as Decode>::from_bytes(&bytes),
            Err(WireError::UnknownTag)
        );
    }

    #[test]
    fn a_damaged_stored_key_is_refused() {
        let mut rng = ChaCha20Rng::from_seed([4; 32]);
        let mut stored = KemSecret::generate(&mut rng).to_bytes();
        stored[1200] ^= 1;
        assert!(KemSecret::from_bytes(&stored).is_err());
    }

    #[test]
    fn debug_shows_no_secret() {
        let secret = KemSecret::generate(&mut ChaCha20Rng::from_seed([5; 32]));
        assert_eq!(format!("{secret:?}"), "KemSecret(redacted)");
        assert_eq!(
            format!("{:?}", secret.to_stored()),
            "StoredKemSecret(redacted)"
        );
    }
}
