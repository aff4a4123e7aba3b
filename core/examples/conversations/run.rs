//! Runs many conversations on all cores, and shows first that planted faults are found.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::counts::Counts;
use super::play::converse;
use super::sabotage::Sabotage;
use super::world::Violation;

/// Conversations within which a planted fault must be found.
pub const FAULT_CONVERSATIONS: u64 = 2000;
/// Violations after which a run ends.
const ENOUGH: usize = 10;
const BETWEEN_SIGNS: Duration = Duration::from_secs(10);

/// A conversation; a panic is a violation.
fn play(seed: u64, sabotage: Option<Sabotage>, trace: bool) -> Result<Counts, Violation> {
    catch_unwind(AssertUnwindSafe(|| converse(seed, sabotage, trace)))
        .unwrap_or_else(|_| Err("a panic".to_owned()))
}

/// One conversation again, with all that happens in it.
pub fn replay(seed: u64) -> ExitCode {
    match play(seed, None, true) {
        Ok(counts) => {
            print!("{counts}");
            println!("conversations: 1 played, 0 violations");
            ExitCode::SUCCESS
        }
        Err(violation) => {
            println!("violation: {violation}");
            println!("conversations: 1 played, 1 violation");
            ExitCode::FAILURE
        }
    }
}

/// The first conversation in which a planted fault is found, and as what.
pub fn find_fault(sabotage: Sabotage) -> Option<(u64, Violation)> {
    (1..=FAULT_CONVERSATIONS).find_map(|seed| {
        let found = play(seed, Some(sabotage), false);
        found.err().map(|violation| (seed, violation))
    })
}

/// `count` conversations from the seed `first` on.
pub fn many(count: u64, first: u64) -> ExitCode {
    println!("Planted faults (in the simulated stores and randomness, not in the product):");
    let mut missed = 0;
    for sabotage in Sabotage::ALL {
        let text = match find_fault(sabotage) {
            Some((seed, violation)) => format!("found in conversation {seed}: {violation}"),
            None => {
                missed += 1;
                format!("NOT FOUND in {FAULT_CONVERSATIONS} conversations")
            }
        };
        println!("  {:<28}{text}", format!("{sabotage:?}"));
    }
    let started = Instant::now();
    let (counts, violations, played) = play_all(count, first, started);
    println!("\n{counts}");
    for (seed, violation) in &violations {
        println!("violation: {violation}");
        println!("  again: cargo xtask conversations --seed {seed}");
    }
    println!(
        "conversations: {played} played in {} s from seed {first}, {} violations, {} of {} planted faults found",
        started.elapsed().as_secs(),
        violations.len(),
        Sabotage::ALL.len() - missed,
        Sabotage::ALL.len(),
    );
    match violations.is_empty() && missed == 0 && played == count {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

fn play_all(count: u64, first: u64, started: Instant) -> (Counts, Vec<(u64, Violation)>, u64) {
    let next = AtomicU64::new(0);
    let played = AtomicU64::new(0);
    let found = Mutex::new((Counts::default(), Vec::new()));
    let work = || {
        let mut counts = Counts::default();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if at >= count {
                break;
            }
            let seed = first.wrapping_add(at);
            match play(seed, None, false) {
                Ok(one) => counts.merge(&one),
                Err(violation) => {
                    let mut found = found.lock().unwrap();
                    found.1.push((seed, violation));
                    if found.1.len() >= ENOUGH {
                        next.store(count, Ordering::Relaxed);
                    }
                }
            }
            played.fetch_add(1, Ordering::Relaxed);
        }
        found.lock().unwrap().0.merge(&counts);
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        let mut last_sign = started;
        while !workers.iter().all(thread::ScopedJoinHandle::is_finished) {
            thread::sleep(Duration::from_millis(50));
            if last_sign.elapsed() >= BETWEEN_SIGNS {
                last_sign = Instant::now();
                let played = played.load(Ordering::Relaxed);
                let violations = found.lock().unwrap().1.len();
                let seconds = started.elapsed().as_secs();
                eprintln!("  {played} of {count} · {violations} violations · {seconds} s");
            }
        }
    });
    let (counts, mut violations) = found.into_inner().unwrap();
    violations.sort();
    (counts, violations, played.into_inner())
}
