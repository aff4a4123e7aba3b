//! ML-KEM-768 (FIPS 203) behind one file, so that its backend can be changed. PROTOCOL.md §7.

use std::fmt;

use libcrux_ml_kem::mlkem768::{self, MlKem768Ciphertext, MlKem768PrivateKey, MlKem768PublicKey};
use rand_core::CryptoRng;
use tacita_wire::{Decode, Encode, Reader, WireError, Writer};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::error::CryptoError;
use super::secret::Secret;

mod backend;

use backend::backend;

/// Bytes of a private key in its expanded form, which contains the public key.
pub const KEM_SECRET_BYTES: usize = 2400;
/// Bytes of a public key.
pub const KEM_PUBLIC_BYTES: usize = 1184;
/// Bytes of a ciphertext.
pub const KEM_CIPHERTEXT_BYTES: usize = 1088;

/// Bytes of a private key before the public key that it contains (FIPS 203 §7.1: `dk = dk_PKE ‖ ek ‖ H(ek) ‖ z`).
const PUBLIC_OFFSET: usize = 1152;

/// A private ML-KEM-768 key, ready for use; erased on drop.
///
/// `Clone`: a last resort serves many sessions, and each has it until its first turn.
#[derive(Clone)]
pub struct KemSecret(Box<PrivateKey>);

/// A private ML-KEM-768 key as a session stores it: 2,400 bytes, not checked; erased on drop.
pub struct StoredKemSecret(KemSecret);

/// A public ML-KEM-768 key, 1,184 bytes, all coefficients reduced.
#[derive(Clone)]
pub struct KemPublic(Box<MlKem768PublicKey>);

/// A ciphertext, 1,088 bytes; every such string decapsulates to something.
#[derive(Clone)]
pub struct KemCiphertext(Box<MlKem768Ciphertext>);

/// The backend's key, which does not erase itself.
#[derive(Clone)]
struct PrivateKey(MlKem768PrivateKey);

impl Drop for PrivateKey {
    fn drop(&mut self) {
        self.0[0..].zeroize();
    }
}
impl ZeroizeOnDrop for PrivateKey {}

impl KemSecret {
    /// Draws a fresh key.
    pub fn generate(rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        // d ‖ z, FIPS 203 §7.1.
        let seed = Secret::<64>::generate(rng);
        let (mut key, _) = (backend().generate)(*seed.expose()).into_parts();
        let secret = Self(Box::new(PrivateKey(key.clone())));
        key[0..].zeroize();
        secret
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> KemPublic {
        KemPublic(Box::new(MlKem768PublicKey::from(self.public_bytes())))
    }

    /// The public half as it stands in the key, 1,184 bytes.
    #[must_use]
    pub fn public_bytes(&self) -> &[u8; KEM_PUBLIC_BYTES] {
        let (_, public) = self.expose().split_at(PUBLIC_OFFSET);
        #[allow(clippy::expect_used, reason = "1,248 bytes follow the offset")]
        public.first_chunk().expect("a public key within")
    }

    /// The shared secret, 32 bytes. A ciphertext that was not made for this key gives an
    /// unpredictable one (implicit rejection, FIPS 203 §6.3).
    #[must_use]
    pub fn decapsulate(&self, ciphertext: &KemCiphertext) -> Secret<32> {
        Secret::from_bytes((backend().decapsulate)(&self.0.0, &ciphertext.0))
    }

    /// The stored form.
    #[must_use]
    pub fn into_stored(self) -> StoredKemSecret {
        StoredKemSecret(self)
    }

    fn expose(&self) -> &[u8; KEM_SECRET_BYTES] {
        self.0.0.as_slice()
    }
}

impl StoredKemSecret {
    /// What of the key is secret: dk_PKE 1152 ‖ H(ek) 32 ‖ z 32. H(ek) is none, but tells what the rest is.
    #[must_use]
    pub fn secret_bytes(&self) -> [&[u8]; 2] {
        let (before, rest) = self.0.expose().split_at(PUBLIC_OFFSET);
        [before, rest.split_at(KEM_PUBLIC_BYTES).1]
    }

    /// The key of its public part, 1,184 bytes, and what [`StoredKemSecret::secret_bytes`] gave.
    ///
    /// # Errors
    /// [`WireError::Truncated`] if there are fewer than 1,216 bytes.
    pub fn decode_beside(
        public: &[u8; KEM_PUBLIC_BYTES],
        reader: &mut Reader<'_>,
    ) -> Result<Self, WireError> {
        let mut key = Box::new(PrivateKey(MlKem768PrivateKey::default()));
        let (before, rest) = key.0[0..].split_at_mut(PUBLIC_OFFSET);
        let (within, after) = rest.split_at_mut(KEM_PUBLIC_BYTES);
        before.copy_from_slice(reader.take(before.len())?);
        within.copy_from_slice(public);
        after.copy_from_slice(reader.take(after.len())?);
        Ok(Self(KemSecret(key)))
    }

    /// The key without a check, which would cost a seventh of a decapsulation. What a session stores is its own
    /// key under the store's seal, which no altered byte passes.
    #[must_use]
    pub fn trust_seal(&self) -> &KemSecret {
        &self.0
    }

    /// Checks the key as FIPS 203 §7.3 demands where a key is taken in.
    ///
    /// # Errors
    /// [`CryptoError::BadKey`] if the bytes are no private key: the store is damaged.
    pub fn load(&self) -> Result<&KemSecret, CryptoError> {
        let Self(key) = self;
        if mlkem768::portable::validate_private_key_only(&key.0.0) {
            Ok(key)
        } else {
            Err(CryptoError::BadKey)
        }
    }
}

impl KemPublic {
    /// Checks the key as FIPS 203 §7.2 demands.
    ///
    /// # Errors
    /// [`CryptoError::BadKey`] if a coefficient is not reduced: drop what carried it.
    pub fn from_bytes(bytes: &[u8; KEM_PUBLIC_BYTES]) -> Result<Self, CryptoError> {
        let key = Box::new(MlKem768PublicKey::from(bytes));
        if mlkem768::validate_public_key(&key) {
            Ok(Self(key))
        } else {
            Err(CryptoError::BadKey)
        }
    }

    /// The 1,184 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; KEM_PUBLIC_BYTES] {
        self.0.as_slice()
    }
}

impl KemCiphertext {
    /// Wraps 1,088 bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; KEM_CIPHERTEXT_BYTES]) -> Self {
        Self(Box::new(MlKem768Ciphertext::from(bytes)))
    }

    /// The 1,088 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; KEM_CIPHERTEXT_BYTES] {
        self.0.as_slice()
    }
}

/// A fresh shared secret, 32 bytes, and the ciphertext that carries it to the holder of the key.
pub fn encapsulate(
    key: &KemPublic,
    rng: &mut (impl CryptoRng + ?Sized),
) -> (KemCiphertext, Secret<32>) {
    // m, FIPS 203 §7.2.
    let seed = Secret::<32>::generate(rng);
    let (ciphertext, shared) = (backend().encapsulate)(&key.0, *seed.expose());
    (
        KemCiphertext(Box::new(ciphertext)),
        Secret::from_bytes(shared),
    )
}

impl PartialEq for KemPublic {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}
impl Eq for KemPublic {}

impl PartialEq for KemCiphertext {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}
impl Eq for KemCiphertext {}

impl Encode for KemSecret {
    fn encode(&self, writer: &mut Writer) {
        writer.raw(self.expose());
    }
}

impl Decode for KemSecret {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        let mut key = Box::new(PrivateKey(MlKem768PrivateKey::default()));
        key.0[0..].copy_from_slice(reader.take(KEM_SECRET_BYTES)?);
        let stored = StoredKemSecret(KemSecret(key));
        stored.load().map_err(|_| WireError::UnknownTag)?;
        Ok(stored.0)
    }
}

impl Encode for KemPublic {
    fn encode(&self, writer: &mut Writer) {
        writer.raw(self.as_bytes());
    }
}

impl Decode for KemPublic {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        Self::from_bytes(&reader.array()?).map_err(|_| WireError::UnknownTag)
    }
}

impl Encode for KemCiphertext {
    fn encode(&self, writer: &mut Writer) {
        writer.raw(self.as_bytes());
    }
}

impl Decode for KemCiphertext {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self::from_bytes(&reader.array()?))
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
            format!("{:?}", secret.into_stored()),
            "StoredKemSecret(redacted)"
        );
    }
}
