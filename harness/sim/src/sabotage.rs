//! Deliberate breakages of the engine and of what drives it: each must be found, and none where nothing is broken.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use tacita_core::store::sabotage::{Breakage, choose};

use super::device::Driver;
use super::play::Outcome;
use super::rule::Broken;

/// Seeds within which a breakage must be found.
pub const MOST_SEEDS: u64 = 300;

#[derive(Clone, Copy)]
enum Wrong {
    Engine(Breakage),
    Driver(Driver),
}

impl Wrong {
    fn all() -> Vec<(String, Self)> {
        let drivers = [
            Driver::EffectsBeforeCommit,
            Driver::AcknowledgesBeforeCommit,
        ];
        let engine =
            Breakage::ALL.map(|breakage| (format!("{breakage:?}"), Self::Engine(breakage)));
        let drivers = drivers.map(|driver| (format!("{driver:?}"), Self::Driver(driver)));
        engine.into_iter().chain(drivers).collect()
    }

    fn play(self, seed: u64, shown: bool) -> Outcome {
        let driver = match self {
            Self::Engine(breakage) => {
                choose(Some(breakage));
                Driver::Right
            }
            Self::Driver(driver) => driver,
        };
        let outcome = super::run::guarded(seed, None, shown, driver);
        choose(None);
        outcome
    }

    /// The first run in which something is found.
    fn find(self, most_seeds: u64) -> Option<(u64, Broken)> {
        (1..=most_seeds).find_map(|seed| self.play(seed, false).broken.map(|broken| (seed, broken)))
    }
}

/// Plays one run with something broken, and shows it; true if that was found.
pub fn show(name: &str, seed: u64) -> bool {
    let Some((_, wrong)) = Wrong::all().into_iter().find(|(known, _)| known == name) else {
        println!("nothing is called {name}");
        return false;
    };
    let outcome = wrong.play(seed, true);
    match &outcome.broken {
        Some(broken) => println!("seed {seed}, step {}: {broken}", outcome.steps),
        None => println!("seed {seed}: no rule was broken"),
    }
    outcome.broken.is_some()
}

/// Looks for every breakage, or those named; true if each was found, and nothing where nothing was broken.
pub fn all(only: &[String], most_seeds: u64) -> bool {
    let mut wrongs = Wrong::all();
    wrongs.retain(|(name, _)| only.is_empty() || only.contains(name));
    let next = AtomicUsize::new(0);
    let found = Mutex::new(Vec::new());
    let work = || {
        while let Some((name, wrong)) = wrongs.get(next.fetch_add(1, Ordering::Relaxed)) {
            let started = Instant::now();
            let caught = wrong.find(most_seeds);
            let seconds = started.elapsed().as_secs();
            match &caught {
                Some((seed, broken)) => {
                    println!("{name:<26} caught after seed {seed:>3} in {seconds} s by {broken}");
                }
                None => println!("{name:<26} NOT CAUGHT in {most_seeds} seeds, {seconds} s"),
            }
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
