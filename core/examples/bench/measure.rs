//! Thread CPU time of an operation and of its floor, sampled in turns.

use std::fmt;
use std::hint::black_box;

use rustix::time::{ClockId, clock_gettime};

/// Samples of each operation; odd, so that there is a median.
pub const SAMPLES: usize = 101;
/// CPU time that one sample takes at the least, so that the clock's grain does not count.
const SAMPLE_NANOS: u64 = 400_000;
const MAX_BATCH: usize = 4096;

/// One line of the table.
pub struct Row {
    name: &'static str,
    nanos: f64,
    floor_nanos: f64,
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "  {:<42}{:>12.2}{:>14.2}{:>8.2}",
            self.name,
            self.nanos / 1000.0,
            self.floor_nanos / 1000.0,
            self.nanos / self.floor_nanos
        )
    }
}

/// Measures `operation` and `floor`. `prepare` makes what one call of `operation` takes, outside the
/// measured time; it is called once for each call of `operation`, in the same order.
pub fn row<T, U, F>(
    name: &'static str,
    mut prepare: impl FnMut() -> T,
    mut operation: impl FnMut(T) -> U,
    mut floor: impl FnMut() -> F,
) -> Row {
    // A batch of calls makes one sample; its size is found by growing it.
    let mut batch = 1;
    while batch < MAX_BATCH && sample(batch, &mut prepare, &mut operation) < SAMPLE_NANOS {
        batch *= 2;
    }
    let (mut operations, mut floors) = (Vec::new(), Vec::new());
    for _ in 0..SAMPLES {
        operations.push(sample(batch, &mut prepare, &mut operation));
        floors.push(sample(batch, &mut || (), &mut |()| floor()));
    }
    Row {
        name,
        nanos: median(operations) / batch as f64,
        floor_nanos: median(floors) / batch as f64,
    }
}

fn sample<T, U>(
    batch: usize,
    prepare: &mut impl FnMut() -> T,
    operation: &mut impl FnMut(T) -> U,
) -> u64 {
    let prepared: Vec<T> = (0..batch).map(|_| prepare()).collect();
    let start = thread_cpu_nanos();
    for input in prepared {
        black_box(operation(black_box(input)));
    }
    thread_cpu_nanos() - start
}

fn thread_cpu_nanos() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let (seconds, nanos) = (u64::try_from(time.tv_sec), u64::try_from(time.tv_nsec));
    seconds.unwrap() * 1_000_000_000 + nanos.unwrap()
}

fn median(mut samples: Vec<u64>) -> f64 {
    samples.sort_unstable();
    samples[samples.len() / 2] as f64
}
