//! X25519 (RFC 7748) with canonical public keys and contributory results only. PROTOCOL.md §7.

use std::fmt;

use rand_core::CryptoRng;
use tacita_wire::{Decode, Encode, Reader, WireError, Writer};
use x25519_dalek::{PublicKey, StaticSecret};

use super::error::CryptoError;
use super::secret::Secret;

/// A private X25519 key, 32 bytes; erased on drop.
#[derive(Clone)]
pub struct DhSecret(StaticSecret);

/// A public X25519 key: 32 bytes, canonical (below 2^255-19, top bit clear).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DhPublic([u8; 32]);

impl DhSecret {
    /// Draws a fresh key.
    pub fn generate(rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        Self(StaticSecret::random_from_rng(rng))
    }

    /// A key that was stored.
    #[must_use]
    pub fn from_bytes(bytes: Secret<32>) -> Self {
        Self(StaticSecret::from(*bytes.expose()))
    }

    /// The private bytes, to store sealed.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> DhPublic {
        DhPublic(PublicKey::from(&self.0).to_bytes())
    }

    /// The shared secret, 32 bytes.
    ///
    /// # Errors
    /// [`CryptoError::NotContributory`] if it is all zero (RFC 7748 §6.1): drop what carried the key.
    pub fn agree(&self, their_public: &DhPublic) -> Result<Secret<32>, CryptoError> {
        let shared = self.0.diffie_hellman(&PublicKey::from(their_public.0));
        if shared.was_contributory() {
            Ok(Secret::from_bytes(*shared.as_bytes()))
        } else {
            Err(CryptoError::NotContributory)
        }
    }
}

impl DhPublic {
    /// Checks that the bytes are canonical, so that one key has one byte form.
    ///
    /// # Errors
    /// [`CryptoError::BadKey`] if they are not.
    pub fn from_bytes(bytes: [u8; 32]) -> Result<Self, CryptoError> {
        let [low, middle @ .., high] = bytes;
        let is_at_least_p = high == 0x7f && low >= 0xed && middle.iter().all(|b| *b == 0xff);
        if high > 0x7f || is_at_least_p {
            Err(CryptoError::BadKey)
        } else {
            Ok(Self(bytes))
        }
    }

    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl Encode for DhPublic {
    fn encode(&self, writer: &mut Writer) {
        writer.raw(&self.0);
    }
}

impl Decode for DhPublic {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        Self::from_bytes(reader.array()?).map_err(|_| WireError::UnknownTag)
    }
}

impl fmt::Debug for DhSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DhSecret(redacted)")
    }
}

impl fmt::Debug for DhPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DhPublic(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;

    use super::*;

    fn bytes(text: &str) -> [u8; 32] {
        HEXLOWER
            .decode(text.as_bytes())
            .unwrap()
            .try_into()
            .unwrap()
    }

    fn secret(text: &str) -> DhSecret {
        DhSecret::from_bytes(Secret::from_bytes(bytes(text)))
    }

    #[test]
    fn agreement_gives_the_answers_of_rfc_7748() {
        // §6.1.
        let alice = secret("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
        let bob = secret("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
        assert_eq!(
            HEXLOWER.encode(alice.public().as_bytes()),
            "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"
        );
        assert_eq!(
            HEXLOWER.encode(bob.public().as_bytes()),
            "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"
        );
        let shared = alice.agree(&bob.public()).unwrap();
        assert_eq!(
            HEXLOWER.encode(shared.expose()),
            "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"
        );
        assert_eq!(bob.agree(&alice.public()).unwrap(), shared);
        // §5.2, first vector.
        let scalar = secret("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4");
        let point = bytes("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c");
        let shared = scalar.agree(&DhPublic::from_bytes(point).unwrap());
        assert_eq!(
            HEXLOWER.encode(shared.unwrap().expose()),
            "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"
        );
    }

    #[test]
    fn every_low_order_key_is_refused() {
        // The encodings of the small-order points on the curve and its twist; those that are not
        // canonical are refused earlier.
        let low_order = [
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000000",
            "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
            "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        ];
        let not_canonical = [
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "cdeb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b880",
            "4c9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f11d7",
            "d9ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            "daffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            "dbffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            "0900000000000000000000000000000000000000000000000000000000000080",
        ];
        let ours = secret("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
        for text in low_order {
            let theirs = DhPublic::from_bytes(bytes(text)).unwrap();
            assert_eq!(ours.agree(&theirs), Err(CryptoError::NotContributory));
        }
        for text in not_canonical {
            assert_eq!(DhPublic::from_bytes(bytes(text)), Err(CryptoError::BadKey));
            let decoded = <DhPublic as Decode>::from_bytes(&bytes(text));
            assert_eq!(decoded, Err(WireError::UnknownTag));
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        assert_eq!(
            format!("{:?}", DhSecret::from_bytes(Secret::from_bytes([0xab; 32]))),
            "DhSecret(redacted)"
        );
    }
}
