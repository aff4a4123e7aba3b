//! Many runs on all cores, and one run again.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::device::Driver;
use super::play::{Outcome, play_with};
use super::rule::{Broken, Rule};

/// Violations after which no further run is begun.
const ENOUGH: u64 = 10;

/// A run; a panic in it is a violation as well.
pub fn guarded(seed: u64, most_steps: Option<u64>, shown: bool, driver: Driver) -> Outcome {
    catch_unwind(AssertUnwindSafe(|| {
        play_with(seed, most_steps, shown, driver)
    }))
    .unwrap_or_else(|_| Outcome {
        broken: Some(Broken::new(Rule::Calls, "a panic".to_owned())),
        hash: 0,
        events: 0,
        texts: 0,
        steps: 0,
        moves: 0,
    })
}

/// Plays `count` runs from the seed `first` on; true if no rule was broken.
pub fn many(first: u64, count: u64) -> bool {
    let started = Instant::now();
    let (next, texts, events) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    let (played, moves) = (AtomicU64::new(0), AtomicU64::new(0));
    let found = AtomicU64::new(0);
    let bar = bar(count);
    let work = || loop {
        let at = next.fetch_add(1, Ordering::Relaxed);
        if at >= count {
            break;
        }
        let seed = first.wrapping_add(at);
        let outcome = guarded(seed, None, false, Driver::Right);
        let _ = texts.fetch_add(outcome.texts, Ordering::Relaxed);
        let _ = events.fetch_add(outcome.events, Ordering::Relaxed);
        let _ = moves.fetch_add(outcome.moves, Ordering::Relaxed);
        let _ = played.fetch_add(1, Ordering::Relaxed);
        if let Some(broken) = outcome.broken {
            // At once: many runs take their time.
            bar.suspend(|| {
                println!("seed {seed}, step {}: {broken}", outcome.steps);
                println!("  again: cargo xtask sim --seed {seed}");
            });
            let found = found.fetch_add(1, Ordering::Relaxed) + 1;
            if found >= ENOUGH {
                next.store(count, Ordering::Relaxed);
            }
        }
        bar.inc(1);
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        let mut last_sign = Instant::now();
        while !workers.iter().all(thread::ScopedJoinHandle::is_finished) {
            thread::sleep(Duration::from_millis(20));
            if bar.is_hidden() && last_sign.elapsed() >= Duration::from_secs(20) {
                last_sign = Instant::now();
                eprintln!(
                    "  {} of {count} · {} s",
                    played.load(Ordering::Relaxed),
                    started.elapsed().as_secs()
                );
            }
        }
    });
    bar.finish_and_clear();
    let (played, found) = (played.into_inner(), found.into_inner());
    println!(
        "{played} runs from seed {first} in {} s: {} texts, {} events, {} mailboxes replaced, {} violations",
        started.elapsed().as_secs(),
        texts.into_inner(),
        events.into_inner(),
        moves.into_inner(),
        found
    );
    println!("sim: {} passed, {found} failed", played - found);
    found == 0 && played == count
}

fn bar(count: u64) -> ProgressBar {
    let bar = ProgressBar::new(count);
    if let Ok(style) =
        ProgressStyle::with_template("{spinner} {wide_bar} {pos}/{len} {elapsed} {msg}")
    {
        bar.set_style(style);
    }
    bar
}

/// Plays one run again, and shows all that happens in it; then how few steps are enough to break the rule.
pub fn again(seed: u64, most_steps: Option<u64>) -> bool {
    let outcome = guarded(seed, most_steps, true, Driver::Right);
    match &outcome.broken {
        Some(broken) => println!("seed {seed}, step {}: {broken}", outcome.steps),
        None => println!("seed {seed}: no rule was broken"),
    }
    println!(
        "{} texts, {} events, trace {:016x}",
        outcome.texts, outcome.events, outcome.hash
    );
    let Some(broken) = outcome.broken else {
        return true;
    };
    // The end of a run has its own rules, so a run that is cut short may break one sooner.
    let fewer = (1..outcome.steps).find(|steps| {
        let shorter = guarded(seed, Some(*steps), false, Driver::Right);
        shorter
            .broken
            .is_some_and(|found| found.rule == broken.rule)
    });
    if let Some(steps) = fewer {
        println!("{steps} steps are enough: cargo xtask sim --seed {seed} --steps {steps}");
    }
    false
}
