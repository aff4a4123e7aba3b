//! Chance: the seeded decisions of a conversation, and the randomness that its devices draw.

use std::convert::Infallible;

use chacha20::ChaCha20Rng;
use rand_core::{Rng, SeedableRng, TryCryptoRng, TryRng};

use super::sabotage::Sabotage;

/// What decides a conversation's course. Keys are drawn elsewhere, so that the course is the same
/// whatever backend draws them.
pub struct Dice(ChaCha20Rng);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(ChaCha20Rng::seed_from_u64(seed))
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit.max(1)).unwrap_or(1);
        usize::try_from(self.0.next_u64() % limit).unwrap_or(0)
    }

    /// A number of this range, both ends included.
    pub fn between(&mut self, from: usize, to: usize) -> usize {
        from + self.below(to.saturating_sub(from) + 1)
    }

    pub fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of these, by its weight.
    pub fn weighted<T: Copy>(&mut self, choices: &[(T, usize)]) -> T {
        let total = choices.iter().map(|(_, weight)| weight).sum();
        let mut at = self.below(total);
        for (choice, weight) in choices {
            if at < *weight {
                return *choice;
            }
            at -= weight;
        }
        choices[0].0
    }
}

/// The bytes of a header nonce, the only request of this size that a session makes.
const NONCE_BYTES: usize = 24;

/// The randomness of one device. It goes on when the device is put back to an earlier state.
pub struct DeviceRng {
    rng: ChaCha20Rng,
    seed: u64,
    sabotage: Option<Sabotage>,
}

impl DeviceRng {
    pub fn new(seed: u64, sabotage: Option<Sabotage>) -> Self {
        Self {
            rng: ChaCha20Rng::seed_from_u64(seed),
            seed,
            sabotage,
        }
    }
}

impl TryRng for DeviceRng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.rng.next_u32())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.rng.next_u64())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        let is_nonce = bytes.len() == NONCE_BYTES;
        match self.sabotage {
            Some(Sabotage::RepeatNonces) if is_nonce => bytes.fill(7),
            Some(Sabotage::RepeatRatchetKeys) if !is_nonce => {
                ChaCha20Rng::seed_from_u64(self.seed).fill_bytes(bytes);
            }
            _ => self.rng.fill_bytes(bytes),
        }
        Ok(())
    }
}

impl TryCryptoRng for DeviceRng {}
