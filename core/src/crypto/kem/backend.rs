//! The code that computes ML-KEM-768: with vector instructions where they are and give the known answers.

use std::sync::OnceLock;

use libcrux_ml_kem::MlKemSharedSecret;
use libcrux_ml_kem::mlkem768::{
    self, MlKem768Ciphertext, MlKem768KeyPair, MlKem768PrivateKey, MlKem768PublicKey,
};
use zeroize::Zeroize;

use crate::crypto::hash::sha256;

/// One implementation. All of them are functions of their input alone.
pub(super) struct Backend {
    /// From d ‖ z, FIPS 203 §7.1.
    pub(super) generate: fn([u8; 64]) -> MlKem768KeyPair,
    /// With m, FIPS 203 §7.2.
    pub(super) encapsulate:
        fn(&MlKem768PublicKey, [u8; 32]) -> (MlKem768Ciphertext, MlKemSharedSecret),
    /// FIPS 203 §7.3.
    pub(super) decapsulate: fn(&MlKem768PrivateKey, &MlKem768Ciphertext) -> MlKemSharedSecret,
}

/// What suits this processor: AVX2, NEON, or neither.
const VECTOR: Backend = Backend {
    generate: mlkem768::generate_key_pair,
    encapsulate: mlkem768::encapsulate,
    decapsulate: mlkem768::decapsulate,
};
/// Without vector instructions.
const PORTABLE: Backend = Backend {
    generate: mlkem768::portable::generate_key_pair,
    encapsulate: mlkem768::portable::encapsulate,
    decapsulate: mlkem768::portable::decapsulate,
};

/// [`Backend::derive_answers`], as another implementation gives it.
const KNOWN_ANSWERS: [u8; 32] = [
    0x88, 0x3a, 0xc1, 0xd5, 0x61, 0x2f, 0x76, 0xd4, 0x5c, 0x89, 0x46, 0x6c, 0x1d, 0xbf, 0x20, 0xab,
    0x60, 0xad, 0x6f, 0xf4, 0xdf, 0x71, 0x0e, 0x9f, 0x3f, 0x81, 0x4e, 0x0b, 0x48, 0x9d, 0x02, 0x99,
];
const ROUNDS: u8 = 4;

/// The implementation in use. The vector code shows once in each process that it is right here: its
/// first versions were not on some aarch64 processors (RUSTSEC-2025-0133, RUSTSEC-2026-0212).
pub(super) fn backend() -> &'static Backend {
    static BACKEND: OnceLock<Backend> = OnceLock::new();
    BACKEND.get_or_init(|| {
        if VECTOR.derive_answers() == KNOWN_ANSWERS {
            VECTOR
        } else {
            PORTABLE
        }
    })
}

impl Backend {
    /// SHA-256 over keys, ciphertexts, secrets and implicitly rejected ciphertexts of a few fixed seeds.
    fn derive_answers(&self) -> [u8; 32] {
        let mut digest = [0; 32];
        for round in 0..ROUNDS {
            let (mut secret, public) = (self.generate)([round; 64]).into_parts();
            let (mut ciphertext, shared) = (self.encapsulate)(&public, [!round; 32]);
            let agreed = (self.decapsulate)(&secret, &ciphertext);
            let sent = *ciphertext.as_slice();
            ciphertext[usize::from(round)] ^= 1;
            let rejected = (self.decapsulate)(&secret, &ciphertext);
            let parts: [&[u8]; 7] = [
                &digest,
                secret.as_slice(),
                public.as_slice(),
                &sent,
                &shared,
                &agreed,
                &rejected,
            ];
            digest = sha256(&parts);
            secret[0..].zeroize();
        }
        digest
    }
}

#[cfg(test)]
mod tests {
    use ml_kem::kem::Decapsulate;
    use ml_kem::ml_kem_768::DecapsulationKey;
    use ml_kem::{KeyExport, Seed};

    use super::*;

    /// The same over another implementation.
    #[allow(deprecated, reason = "the expanded form is what is compared")]
    fn answers_of_ml_kem() -> [u8; 32] {
        use ml_kem::ExpandedKeyEncoding;
        let mut digest = [0; 32];
        for round in 0..ROUNDS {
            let secret = DecapsulationKey::from_seed(Seed::from([round; 64]));
            let public = secret.encapsulation_key();
            let (mut ciphertext, shared) = public.encapsulate_deterministic(&[!round; 32].into());
            let agreed = secret.decapsulate(&ciphertext);
            let sent = ciphertext;
            ciphertext[usize::from(round)] ^= 1;
            digest = sha256(&[
                &digest,
                &secret.to_expanded_bytes(),
                &public.to_bytes(),
                &sent,
                &shared,
                &agreed,
                &secret.decapsulate(&ciphertext),
            ]);
        }
        digest
    }

    #[test]
    fn known_answers_are_those_of_another_implementation() {
        assert_eq!(answers_of_ml_kem(), KNOWN_ANSWERS);
    }

    #[test]
    fn both_kinds_of_code_give_the_known_answers() {
        assert_eq!(VECTOR.derive_answers(), KNOWN_ANSWERS);
        assert_eq!(PORTABLE.derive_answers(), KNOWN_ANSWERS);
    }

    #[test]
    fn code_that_is_wrong_in_one_place_does_not_give_them() {
        let wrong = [
            Backend {
                generate: |mut seed| {
                    seed[63] ^= 1;
                    mlkem768::generate_key_pair(seed)
                },
                ..VECTOR
            },
            Backend {
                encapsulate: |key, mut seed| {
                    seed[31] ^= 1;
                    mlkem768::encapsulate(key, seed)
                },
                ..VECTOR
            },
            Backend {
                decapsulate: |key, ciphertext| {
                    let mut shared = mlkem768::decapsulate(key, ciphertext);
                    shared[0] ^= 1;
                    shared
                },
                ..VECTOR
            },
        ];
        for backend in wrong {
            assert_ne!(backend.derive_answers(), KNOWN_ANSWERS);
        }
    }
}
