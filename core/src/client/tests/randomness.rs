//! A generator that fails: nothing is made from bad randomness, and nothing half made is kept.

use std::panic::{AssertUnwindSafe, catch_unwind};

use chacha20::ChaCha20Rng;
use rand_core::{Rng, TryCryptoRng, TryRng, UnwrapErr};

use super::intruder::{differences, rows};
use super::world::{World, rng};
use crate::client::view::Direction;

#[derive(Debug)]
struct Exhausted;

impl std::fmt::Display for Exhausted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no randomness")
    }
}

impl std::error::Error for Exhausted {}

/// Gives so many answers and then fails, as an operating system may.
struct Failing {
    left: u32,
    from: ChaCha20Rng,
}

impl Failing {
    fn take(&mut self) -> Result<(), Exhausted> {
        self.left = self.left.checked_sub(1).ok_or(Exhausted)?;
        Ok(())
    }
}

impl TryRng for Failing {
    type Error = Exhausted;

    fn try_next_u32(&mut self) -> Result<u32, Exhausted> {
        self.take()?;
        Ok(self.from.next_u32())
    }

    fn try_next_u64(&mut self) -> Result<u64, Exhausted> {
        self.take()?;
        Ok(self.from.next_u64())
    }

    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Exhausted> {
        self.take()?;
        self.from.fill_bytes(dst);
        Ok(())
    }
}

impl TryCryptoRng for Failing {}

/// N49. The worker makes `Reopen` of the panic (`net/worker.rs`); here is what it then finds on the disk.
#[test]
fn randomness_that_fails_anywhere_in_a_call_leaves_the_store_as_it_was() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    let mut failures = 0;
    for left in 0..100 {
        let before = rows(&mut world, a);
        let failing = Failing {
            left,
            from: rng(42),
        };
        let now = world.now;
        let engine = &mut world.devices[a].engine;
        let sent = catch_unwind(AssertUnwindSafe(|| {
            engine.send_text(to_b, "text", now, &mut UnwrapErr(failing))
        }));
        if let Ok(result) = sent {
            assert!(result.is_ok());
            break;
        }
        failures += 1;
        let after = rows(&mut world, a);
        assert_eq!(
            differences(&before, &after),
            [""; 0],
            "after {left} answers"
        );
    }
    assert!((1..100).contains(&failures), "{failures}");
    world.run_for(10_000);
    assert_eq!(world.texts(b, to_a, Direction::Incoming), ["text"]);
}
