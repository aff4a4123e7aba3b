//! Deliberate breakages of the engine and of what drives it: each must be found, and none where nothing is broken.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tacita_core::store::sabotage::{Breakage, choose};

use super::device::Driver;
use super::rule::Broken;

/// Seeds within which a breakage must be found.
const MOST_SEEDS: u64 = 100;

#[derive(Clone, Copy)]
enum Wrong {
    Engine(Breakage),
    Driver(Driver),
}

/// The first run in which something is found.
fn find(wrong: Wrong) -> Option<(u64, Broken)> {
    let driver = match wrong {
        Wrong::Engine(breakage) => {
            choose(Some(breakage));
            Driver::Right
        }
        Wrong::Driver(driver) => driver,
    };
    let found = (1..=MOST_SEEDS).find_map(|seed| {
        super::run::guarded(seed, None, false, driver)
            .broken
            .map(|broken| (seed, broken))
    });
    choose(None);
    found
}

/// Looks for every breakage; true if each was found, and nothing where nothing was broken.
pub fn all() -> bool {
    let wrongs: Vec<(String, Wrong)> = Breakage::ALL
        .into_iter()
        .map(|breakage| (format!("{breakage:?}"), Wrong::Engine(breakage)))
        .chain(
            [
                Driver::EffectsBeforeCommit,
                Driver::AcknowledgesBeforeCommit,
            ]
            .map(|driver| (format!("{driver:?}"), Wrong::Driver(driver))),
        )
        .collect();
    let next = AtomicUsize::new(0);
    let found = Mutex::new(Vec::new());
    let work = || {
        while let Some((name, wrong)) = wrongs.get(next.fetch_add(1, Ordering::Relaxed)) {
            let caught = find(*wrong);
            let line = match &caught {
                Some((seed, broken)) => {
                    format!("{name:<26} caught after seed {seed:>3} by {broken}")
                }
                None => format!("{name:<26} NOT CAUGHT in {MOST_SEEDS} seeds"),
            };
            println!("{line}");
            found.lock().unwrap().push(caught.map(|(seed, _)| seed));
        }
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..cores {
            let _ = scope.spawn(work);
        }
    });
    let found = found.into_inner().unwrap();
    let caught = found.iter().flatten().count();
    // The same seeds without a breakage.
    let last = found.iter().flatten().max().copied().unwrap_or(0);
    println!("the same {last} seeds, nothing broken:");
    let is_clean = super::run::many(1, last);
    println!(
        "sabotage: {} passed, {} failed",
        caught + usize::from(is_clean),
        found.len() - caught + usize::from(!is_clean)
    );
    caught == found.len() && is_clean
}
