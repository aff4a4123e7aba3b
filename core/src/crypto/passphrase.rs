//! Argon2id (RFC 9106): a key from a passphrase, at a cost that its guesser pays for each guess.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use thiserror::Error;
use zeroize::Zeroize;

use super::secret::Secret;

/// Bytes of the salt that each passphrase is stretched with.
pub const PASSPHRASE_SALT_BYTES: usize = 16;
/// Bytes that a passphrase has at most; text of any script, as UTF-8.
pub const MAX_PASSPHRASE_BYTES: usize = 1024;

/// Why a passphrase was not stretched. It does not tell whether it was the right one.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum PassphraseError {
    /// Longer than [`MAX_PASSPHRASE_BYTES`]. Choose a shorter one.
    #[error("the passphrase is too long")]
    TooLong,
    /// Its cost is outside of the limits, or there is no memory for it. Close other apps and try again.
    #[error("the cost of the passphrase cannot be paid")]
    TooCostly,
}

/// What one guess costs. RFC 9106 §4 advises 64 MiB and 3 passes where memory is short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PassphraseCost {
    memory_kib: u32,
    passes: u32,
}

impl PassphraseCost {
    /// Memory of the least cost: OWASP's lowest for Argon2id with two passes, which is what small phones can bear.
    pub const MIN_MEMORY_KIB: u32 = 19 * 1024;
    /// Memory of the highest cost, 1 GiB: a file that asks for more was not written by us.
    pub const MAX_MEMORY_KIB: u32 = 1024 * 1024;
    /// Passes of the least cost.
    pub const MIN_PASSES: u32 = 2;
    /// Passes of the highest cost.
    pub const MAX_PASSES: u32 = 64;

    /// The least cost.
    pub const LEAST: Self = Self {
        memory_kib: Self::MIN_MEMORY_KIB,
        passes: Self::MIN_PASSES,
    };

    /// A cost within the limits; one lane, as nothing here runs on several threads.
    ///
    /// # Errors
    /// [`PassphraseError::TooCostly`] outside of the limits that this type names.
    pub fn new(memory_kib: u32, passes: u32) -> Result<Self, PassphraseError> {
        let fits = (Self::MIN_MEMORY_KIB..=Self::MAX_MEMORY_KIB).contains(&memory_kib)
            && (Self::MIN_PASSES..=Self::MAX_PASSES).contains(&passes);
        if fits {
            Ok(Self { memory_kib, passes })
        } else {
            Err(PassphraseError::TooCostly)
        }
    }

    /// Memory in KiB.
    #[must_use]
    pub fn memory_kib(self) -> u32 {
        self.memory_kib
    }

    /// Passes over the memory.
    #[must_use]
    pub fn passes(self) -> u32 {
        self.passes
    }
}

/// Stretches a passphrase, up to [`MAX_PASSPHRASE_BYTES`] long, to a key. RFC 9106, version 0x13, one lane.
///
/// # Errors
/// [`PassphraseError::TooLong`] for a longer one, [`PassphraseError::TooCostly`] where there is no memory for this cost.
pub fn derive_passphrase_key(
    passphrase: &[u8],
    salt: &[u8; PASSPHRASE_SALT_BYTES],
    cost: PassphraseCost,
) -> Result<Secret<32>, PassphraseError> {
    if passphrase.len() > MAX_PASSPHRASE_BYTES {
        return Err(PassphraseError::TooLong);
    }
    let params = Params::new(cost.memory_kib, cost.passes, 1, Some(32));
    let params = params.map_err(|_| PassphraseError::TooCostly)?;
    run(
        &Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
        passphrase,
        salt,
    )
}

fn run(argon2: &Argon2<'_>, passphrase: &[u8], salt: &[u8]) -> Result<Secret<32>, PassphraseError> {
    let mut blocks = Vec::new();
    let count = argon2.params().block_count();
    // A phone may have too little; without this, the process would end.
    blocks
        .try_reserve_exact(count)
        .map_err(|_| PassphraseError::TooCostly)?;
    blocks.resize(count, Block::new());
    let mut key = Secret::from_bytes([0; 32]);
    let done =
        argon2.hash_password_into_with_memory(passphrase, salt, key.expose_mut(), &mut blocks);
    blocks.zeroize();
    done.map_err(|_| PassphraseError::TooCostly)?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use argon2::{AssociatedData, ParamsBuilder};
    use data_encoding::HEXLOWER;

    use super::*;

    const LEAST: PassphraseCost = PassphraseCost::LEAST;

    #[test]
    fn argon2id_gives_the_answer_of_rfc_9106() {
        // §5.3: 32 KiB, three passes, four lanes, with a secret and associated data.
        let params = ParamsBuilder::new()
            .m_cost(32)
            .t_cost(3)
            .p_cost(4)
            .data(AssociatedData::new(&[4; 12]).unwrap())
            .output_len(32)
            .build()
            .unwrap();
        let argon2 =
            Argon2::new_with_secret(&[3; 8], Algorithm::Argon2id, Version::V0x13, params).unwrap();
        let tag = run(&argon2, &[1; 32], &[2; 16]).unwrap();
        assert_eq!(
            HEXLOWER.encode(tag.expose()),
            "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"
        );
    }

    #[test]
    fn a_key_depends_on_passphrase_salt_memory_and_passes() {
        let key = |passphrase: &[u8], salt: u8, memory: u32, passes: u32| {
            let cost = PassphraseCost::new(LEAST.memory_kib + memory, passes).unwrap();
            derive_passphrase_key(passphrase, &[salt; 16], cost).unwrap()
        };
        let one = key(b"correct horse", 1, 0, 2);
        assert_eq!(one, key(b"correct horse", 1, 0, 2));
        for other in [
            key(b"correct horsf", 1, 0, 2),
            key(b"correct horse", 2, 0, 2),
            key(b"correct horse", 1, 4, 2),
            key(b"correct horse", 1, 0, 3),
        ] {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn costs_and_lengths_outside_of_their_limits_are_refused() {
        let (memory, passes) = (LEAST.memory_kib, LEAST.passes);
        let most = (PassphraseCost::MAX_MEMORY_KIB, PassphraseCost::MAX_PASSES);
        for (memory, passes) in [(memory, passes), most] {
            let cost = PassphraseCost::new(memory, passes).unwrap();
            assert_eq!((cost.memory_kib(), cost.passes()), (memory, passes));
        }
        for (memory, passes) in [
            (memory - 1, passes),
            (memory, passes - 1),
            (most.0 + 1, passes),
            (memory, most.1 + 1),
        ] {
            assert_eq!(
                PassphraseCost::new(memory, passes),
                Err(PassphraseError::TooCostly)
            );
        }
        let long = [b'x'; MAX_PASSPHRASE_BYTES + 1];
        let key = |length: usize| derive_passphrase_key(&long[..length], &[0; 16], LEAST);
        assert!(key(MAX_PASSPHRASE_BYTES).is_ok());
        assert_eq!(key(long.len()), Err(PassphraseError::TooLong));
    }
}
