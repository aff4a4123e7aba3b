//! Ed25519 (RFC 8032), verified strictly, one purpose for each signed thing. PROTOCOL.md §7.

use std::fmt;

use ed25519_dalek::Signer;
use rand_core::CryptoRng;
use tacita_wire::{Decode, Encode, Reader, WireError, Writer};
use zeroize::Zeroizing;

use super::error::CryptoError;
use super::labels::{LABEL_SIGNATURE, Purpose, length_bytes};
use super::secret::Secret;

/// A private signing key; erased on drop.
#[derive(Clone)]
pub struct SigningKey(ed25519_dalek::SigningKey);

/// A public signing key: 32 bytes, checked on the way in (canonical, of prime order).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VerifyingKey([u8; 32]);

/// A signature, 64 bytes; proves nothing until it is verified.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature([u8; 64]);

impl SigningKey {
    /// Draws a fresh key.
    pub fn generate(rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        Self::from_seed(Secret::generate(rng))
    }

    /// The key of a stored seed.
    #[must_use]
    pub fn from_seed(seed: Secret<32>) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(seed.expose()))
    }

    /// The seed, to store sealed.
    #[must_use]
    pub fn seed(&self) -> Secret<32> {
        Secret::from_bytes(*self.0.as_bytes())
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> VerifyingKey {
        VerifyingKey(self.0.verifying_key().to_bytes())
    }

    /// Signs `body` for one purpose.
    #[must_use]
    pub fn sign(&self, purpose: Purpose, body: &[u8]) -> Signature {
        Signature(self.0.sign(&signed_bytes(purpose, body)).to_bytes())
    }
}

/// `"tacita1-sig" ‖ u8(|p|) ‖ p ‖ u32(|x|) ‖ x`. PROTOCOL.md §7.
fn signed_bytes(purpose: Purpose, body: &[u8]) -> Zeroizing<Vec<u8>> {
    let label = purpose.as_str().as_bytes();
    let length = LABEL_SIGNATURE.len() + 1 + label.len() + 4 + body.len();
    // A signed bundle holds a capability.
    let mut bytes = Zeroizing::new(Vec::with_capacity(length));
    bytes.extend_from_slice(LABEL_SIGNATURE.as_bytes());
    bytes.push(purpose.length_byte());
    bytes.extend_from_slice(label);
    bytes.extend_from_slice(&length_bytes(body.len()));
    bytes.extend_from_slice(body);
    bytes
}

impl VerifyingKey {
    /// Checks that the bytes are the one encoding of a point of prime order. With such a key the
    /// strict equation leaves no signature with a small-order or mixed-order part.
    ///
    /// # Errors
    /// [`CryptoError::BadKey`] if they are not.
    pub fn from_bytes(bytes: [u8; 32]) -> Result<Self, CryptoError> {
        let point = ed25519_dalek::VerifyingKey::from_bytes(&bytes)
            .map_err(|_| CryptoError::BadKey)?
            .to_edwards();
        let is_good = !point.is_small_order()
            && point.is_torsion_free()
            && point.compress().to_bytes() == bytes;
        if is_good {
            Ok(Self(bytes))
        } else {
            Err(CryptoError::BadKey)
        }
    }

    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Verifies a signature over `body` for one purpose.
    ///
    /// # Errors
    /// [`CryptoError::BadSignature`] if it does not hold: drop what it was under.
    pub fn verify_strict(
        &self,
        purpose: Purpose,
        body: &[u8],
        signature: &Signature,
    ) -> Result<(), CryptoError> {
        self.verify_raw_strict(&signed_bytes(purpose, body), signature)
    }

    /// Verifies a signature over bytes without our label: for what other standards sign (a relay's
    /// TLS root over its leaf, PROTOCOL.md §4.5).
    ///
    /// # Errors
    /// [`CryptoError::BadSignature`] if it does not hold: drop what it was under.
    pub fn verify_raw_strict(
        &self,
        message: &[u8],
        signature: &Signature,
    ) -> Result<(), CryptoError> {
        ed25519_dalek::VerifyingKey::from_bytes(&self.0)
            .and_then(|key| key.verify_strict(message, &signature.0.into()))
            .map_err(|_| CryptoError::BadSignature)
    }
}

impl Signature {
    /// Wraps 64 bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    /// The 64 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

impl Encode for VerifyingKey {
    fn encode(&self, writer: &mut Writer) {
        writer.raw(&self.0);
    }
}

impl Decode for VerifyingKey {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        Self::from_bytes(reader.array()?).map_err(|_| WireError::UnknownTag)
    }
}

impl Encode for Signature {
    fn encode(&self, writer: &mut Writer) {
        writer.raw(&self.0);
    }
}

impl Decode for Signature {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self(reader.array()?))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(redacted)")
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VerifyingKey(redacted)")
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signature(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;

    use super::*;

    fn hex<const N: usize>(text: &str) -> [u8; N] {
        HEXLOWER
            .decode(text.as_bytes())
            .unwrap()
            .try_into()
            .unwrap()
    }

    const SEED: &str = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    const PUBLIC: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    const SIGNATURE: &str = "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb88\
                             21590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b";

    fn key() -> SigningKey {
        SigningKey::from_seed(Secret::from_bytes(hex(SEED)))
    }

    /// A buffer that grew would leave a copy of what it had behind.
    #[test]
    fn the_buffer_of_signed_bytes_never_grows() {
        let bytes = signed_bytes(Purpose::PrekeyBundle, &[7; 900]);
        assert_eq!(bytes.capacity(), bytes.len());
    }

    #[test]
    fn signing_gives_the_answer_of_rfc_8032() {
        // §7.1, test 1: an empty message.
        assert_eq!(key().public().as_bytes(), &hex::<32>(PUBLIC));
        assert_eq!(key().0.sign(b"").to_bytes(), hex::<64>(SIGNATURE));
        let signature = Signature::from_bytes(hex(SIGNATURE));
        assert_eq!(key().public().verify_raw_strict(b"", &signature), Ok(()));
    }

    #[test]
    fn a_signature_serves_one_purpose_one_body_and_one_key() {
        let key = key();
        let signature = key.sign(Purpose::DevLog, b"body");
        let public = key.public();
        assert_eq!(
            public.verify_strict(Purpose::DevLog, b"body", &signature),
            Ok(())
        );
        let refused = Err(CryptoError::BadSignature);
        assert_eq!(
            public.verify_strict(Purpose::DevCert, b"body", &signature),
            refused
        );
        assert_eq!(
            public.verify_strict(Purpose::DevLog, b"Body", &signature),
            refused
        );
        let other = SigningKey::from_seed(Secret::from_bytes([1; 32])).public();
        assert_eq!(
            other.verify_strict(Purpose::DevLog, b"body", &signature),
            refused
        );
        for at in 0..64 {
            let mut altered = signature;
            altered.0[at] ^= 1;
            assert_eq!(
                public.verify_strict(Purpose::DevLog, b"body", &altered),
                refused
            );
        }
    }

    #[test]
    fn a_signature_with_s_beyond_the_order_is_refused() {
        // S + l signs the same in the lax equation.
        let order: [u8; 32] =
            hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
        let mut signature = Signature::from_bytes(hex(SIGNATURE));
        let mut carry = 0;
        for (byte, l) in signature.0[32..].iter_mut().zip(order) {
            let sum = u16::from(*byte) + u16::from(l) + carry;
            *byte = sum.to_le_bytes()[0];
            carry = sum >> 8;
        }
        assert_eq!(
            key().public().verify_raw_strict(b"", &signature),
            Err(CryptoError::BadSignature)
        );
    }

    #[test]
    fn keys_of_small_or_mixed_order_or_not_canonical_are_refused() {
        let bad: [[u8; 32]; 6] = [
            // Small order: y = 0, y = 1, y = -1, and one of order 8.
            [0; 32],
            hex("0100000000000000000000000000000000000000000000000000000000000000"),
            hex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
            hex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
            // y = 1 written as p + 1.
            hex("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
            // Not on the curve.
            hex("0200000000000000000000000000000000000000000000000000000000000000"),
        ];
        for bytes in bad {
            assert_eq!(VerifyingKey::from_bytes(bytes), Err(CryptoError::BadKey));
        }
        // Of mixed order: (x, y) has prime order, so (-x, -y), which differs by the point of order
        // two, has not. -y = p - y; the sign of x turns over.
        let p: [u8; 32] = hex("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
        let mut y = *key().public().as_bytes();
        let sign = y[31] & 0x80;
        y[31] &= 0x7f;
        let mut mixed = [0; 32];
        let mut borrow = 0;
        for (to, (p, y)) in mixed.iter_mut().zip(p.iter().zip(y)) {
            let difference = i16::from(*p) - i16::from(y) - borrow;
            borrow = i16::from(difference < 0);
            *to = difference.to_le_bytes()[0];
        }
        mixed[31] |= sign ^ 0x80;
        assert!(ed25519_dalek::VerifyingKey::from_bytes(&mixed).is_ok());
        assert_eq!(VerifyingKey::from_bytes(mixed), Err(CryptoError::BadKey));
        assert_eq!(
            <VerifyingKey as Decode>::from_bytes(&mixed),
            Err(WireError::UnknownTag)
        );
    }
}
