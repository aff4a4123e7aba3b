//! What trying the app lock's passphrase shall cost on this device.

use std::time::{Duration, Instant};

use crate::crypto::passphrase::{PASSPHRASE_SALT_BYTES, PassphraseCost, derive_passphrase_key};

/// How long one try takes: no more than people wait gladly, and too long for whoever has millions to make.
const TARGET: Duration = Duration::from_millis(500);
/// Memory to try with, the most first: guessing hardware is short of it. RFC 9106 §4 advises 64 MiB on small devices.
const MEMORY_KIB: [u32; 3] = [64 * 1024, 32 * 1024, PassphraseCost::MIN_MEMORY_KIB];
/// Passes beyond which more memory would be the better price.
const MOST_PASSES: u32 = 16;

/// The cost for this device, measured now; takes about as long as a try.
pub(super) fn choose_cost() -> PassphraseCost {
    plan(&mut |cost| {
        #[allow(
            clippy::disallowed_methods,
            reason = "net is the layer that has a clock"
        )]
        let started = Instant::now();
        derive_passphrase_key(b"measured", &[0; PASSPHRASE_SALT_BYTES], cost)
            .ok()
            .map(|_| started.elapsed())
    })
}

/// As many passes as fit into the target, over the most memory that leaves room for the fewest. `measure` gives
/// nothing where there is no memory.
fn plan(measure: &mut dyn FnMut(PassphraseCost) -> Option<Duration>) -> PassphraseCost {
    for memory_kib in MEMORY_KIB {
        let cost =
            |passes| PassphraseCost::new(memory_kib, passes).unwrap_or(PassphraseCost::LEAST);
        let fewest = cost(PassphraseCost::MIN_PASSES);
        let Some(took) = measure(fewest) else {
            continue;
        };
        if took <= TARGET || fewest == PassphraseCost::LEAST {
            let fit = TARGET.as_micros() * u128::from(PassphraseCost::MIN_PASSES)
                / took.as_micros().max(1);
            let passes = u32::try_from(fit).unwrap_or(MOST_PASSES);
            return cost(passes.clamp(PassphraseCost::MIN_PASSES, MOST_PASSES));
        }
    }
    PassphraseCost::LEAST
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A device that takes so many microseconds for a pass over a MiB, and has so many MiB.
    fn planned(micros: u64, mebibytes: u32) -> (u32, u32) {
        let cost = plan(&mut |cost| {
            let fits = cost.memory_kib() <= mebibytes * 1024;
            let work = u64::from(cost.memory_kib()) * u64::from(cost.passes()) / 1024;
            fits.then(|| Duration::from_micros(work * micros))
        });
        (cost.memory_kib() / 1024, cost.passes())
    }

    #[test]
    fn fast_devices_pay_in_passes_and_slow_or_small_ones_in_less_memory() {
        assert_eq!(planned(0, 1024), (64, 16));
        assert_eq!(planned(700, 1024), (64, 11));
        assert_eq!(planned(3900, 1024), (64, 2));
        assert_eq!(planned(4000, 1024), (32, 3));
        assert_eq!(planned(10_000, 1024), (19, 2));
        assert_eq!(planned(1_000_000, 1024), (19, 2));
        assert_eq!(planned(700, 40), (32, 16));
        assert_eq!(planned(700, 1), (19, 2));
    }

    #[test]
    fn this_machine_gives_a_cost() {
        let cost = choose_cost();
        assert!(MEMORY_KIB.contains(&cost.memory_kib()));
        assert!((PassphraseCost::MIN_PASSES..=MOST_PASSES).contains(&cost.passes()));
    }
}
