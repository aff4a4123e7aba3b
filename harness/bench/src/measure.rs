//! Thread CPU time of an operation, of its floor and of a peer's, sampled in turns.

use std::fmt;
use std::hint::black_box;

use rustix::time::{ClockId, clock_gettime};

/// Samples of each operation; odd, so that there is a median.
pub const SAMPLES: usize = 101;
/// CPU time that one sample takes at the least, so that the clock's grain does not count.
const SAMPLE_NANOS: u64 = 400_000;
const MAX_BATCH: usize = 4096;

/// What must not be passed.
#[derive(Clone, Copy, Default)]
pub struct Limits {
    /// Ratio to the loop.
    pub floor: Option<f64>,
    /// Ratio to the peer.
    pub peer: Option<f64>,
    /// µs.
    pub micros: Option<f64>,
    /// Bytes.
    pub bytes: Option<usize>,
}

/// Nothing is demanded.
pub const NO_LIMITS: Limits = Limits {
    floor: None,
    peer: None,
    micros: None,
    bytes: None,
};

/// One line of the table.
pub struct Row {
    name: &'static str,
    limits: Limits,
    value: Value,
}

enum Value {
    Time {
        nanos: f64,
        floor: Option<f64>,
        peer: Option<f64>,
    },
    #[cfg_attr(
        not(feature = "store"),
        allow(dead_code, reason = "sizes are the store's")
    )]
    Bytes(usize),
    /// What something takes, and how much of it is somebody else's doing.
    #[cfg(feature = "store")]
    Beyond {
        cpu: f64,
        wall: f64,
        base: f64,
        beyond: f64,
    },
}

/// What one execution took, in nanoseconds.
#[cfg(feature = "store")]
#[derive(Clone, Copy)]
pub struct Taken {
    /// Of this thread.
    pub cpu: f64,
    pub wall: f64,
}

#[cfg(feature = "store")]
impl Taken {
    /// Of both, one after the other.
    pub fn and(self, other: Self) -> Self {
        Self {
            cpu: self.cpu + other.cpu,
            wall: self.wall + other.wall,
        }
    }

    /// Of each, where it was so many.
    pub fn each(self, count: usize) -> Self {
        Self {
            cpu: self.cpu / count as f64,
            wall: self.wall / count as f64,
        }
    }
}

/// Executes something once.
#[cfg(feature = "store")]
pub fn take<T>(operation: impl FnOnce() -> T) -> (T, Taken) {
    let (start, cpu) = (std::time::Instant::now(), thread_cpu_nanos());
    let value = operation();
    let cpu = (thread_cpu_nanos() - cpu) as f64;
    let wall = start.elapsed().as_nanos() as f64;
    (value, Taken { cpu, wall })
}

/// The median of one of the two.
#[cfg(feature = "store")]
pub fn median_of(taken: &[Taken], which: fn(&Taken) -> f64) -> f64 {
    let nanos = taken.iter().map(|taken| which(taken) as u64).collect();
    median(nanos).unwrap_or_default()
}

/// The line above rows of [`Row::wall`] and [`Row::cpu`].
#[cfg(feature = "store")]
pub fn disk_heading(title: &str) -> String {
    format!(
        "{title:<46}{:>9}{:>9}{:>9}{:>9}{:>9}",
        "CPU", "wall", "base", "beyond", "limit"
    )
}

/// The line above a group's rows.
pub fn heading(title: &str) -> String {
    format!(
        "{title:<46}{:>9}{:>9}{:>7}{:>7}{:>11}{:>7}{:>7}",
        "µs", "loop", "ratio", "limit", "vodozemac", "ratio", "limit"
    )
}

impl Row {
    /// A size.
    #[cfg(feature = "store")]
    pub fn size(name: &'static str, bytes: usize, limit: usize) -> Self {
        Self {
            name,
            limits: Limits {
                bytes: Some(limit),
                ..NO_LIMITS
            },
            value: Value::Bytes(bytes),
        }
    }

    /// What something takes by the clock, beyond a base (in nanoseconds), with a limit in µs if there is one.
    #[cfg(feature = "store")]
    pub fn wall(
        name: &'static str,
        taken: &[Taken],
        base: f64,
        limit: impl Into<Option<f64>>,
    ) -> Self {
        let beyond = median_of(taken, |taken| taken.wall) - base;
        Self::beyond(name, taken, base, beyond, limit.into())
    }

    /// The same of CPU time.
    #[cfg(feature = "store")]
    pub fn cpu(name: &'static str, taken: &[Taken], base: f64, limit: f64) -> Self {
        let beyond = median_of(taken, |taken| taken.cpu) - base;
        Self::beyond(name, taken, base, beyond, Some(limit))
    }

    #[cfg(feature = "store")]
    fn beyond(
        name: &'static str,
        taken: &[Taken],
        base: f64,
        beyond: f64,
        micros: Option<f64>,
    ) -> Self {
        Self {
            name,
            limits: Limits {
                micros,
                ..NO_LIMITS
            },
            value: Value::Beyond {
                cpu: median_of(taken, |taken| taken.cpu),
                wall: median_of(taken, |taken| taken.wall),
                base,
                beyond,
            },
        }
    }

    /// Whether no limit is passed, if there is one.
    pub fn is_within(&self) -> Option<bool> {
        let Limits {
            floor,
            peer,
            micros,
            bytes,
        } = self.limits;
        let pairs = match self.value {
            Value::Bytes(size) => vec![(Some(size as f64), bytes.map(|limit| limit as f64))],
            #[cfg(feature = "store")]
            Value::Beyond { beyond, .. } => vec![(Some(beyond / 1000.0), micros)],
            Value::Time {
                nanos,
                floor: floor_nanos,
                peer: peer_nanos,
            } => vec![
                (floor_nanos.map(|other| nanos / other), floor),
                (peer_nanos.map(|other| nanos / other), peer),
                (Some(nanos / 1000.0), micros),
            ],
        };
        let limited = pairs
            .into_iter()
            .filter_map(|(value, limit)| limit.map(|limit| value.is_some_and(|v| v <= limit)));
        limited.reduce(|all, one| all && one)
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |value: Option<f64>| value.map(|v| format!("{v:.2}")).unwrap_or_default();
        write!(f, "  {:<44}", self.name)?;
        match self.value {
            Value::Bytes(size) => {
                write!(f, "{size:>9} bytes")?;
                if let Some(limit) = self.limits.bytes {
                    write!(f, ", limit {limit}")?;
                }
            }
            #[cfg(feature = "store")]
            Value::Beyond {
                cpu,
                wall,
                base,
                beyond,
            } => {
                for nanos in [cpu, wall, base, beyond] {
                    write!(f, "{:>9.2}", nanos / 1000.0)?;
                }
                write!(f, "{:>9}", number(self.limits.micros))?;
            }
            Value::Time { nanos, floor, peer } => {
                let micros = |nanos: Option<f64>| number(nanos.map(|n| n / 1000.0));
                let ratio = |other: Option<f64>| number(other.map(|other| nanos / other));
                write!(
                    f,
                    "{:>9}{:>9}{:>7}{:>7}{:>11}{:>7}{:>7}",
                    micros(Some(nanos)),
                    micros(floor),
                    ratio(floor),
                    number(self.limits.floor),
                    micros(peer),
                    ratio(peer),
                    number(self.limits.peer),
                )?;
                if let Some(limit) = self.limits.micros {
                    write!(f, "  limit {limit:.0} µs")?;
                }
            }
        }
        match self.is_within() {
            Some(true) => write!(f, "  pass"),
            Some(false) => write!(f, "  OVER"),
            None => Ok(()),
        }
    }
}

/// Measures `operation` and what stands beside it. `prepare` makes what one call of `operation` takes, outside
/// the measured time; it is called once for each call of `operation`, in the same order.
pub fn row<T, U>(
    name: &'static str,
    limits: Limits,
    mut prepare: impl FnMut() -> T,
    mut operation: impl FnMut(T) -> U,
    mut floor: Option<&mut dyn FnMut()>,
    mut peer: Option<&mut dyn FnMut()>,
) -> Row {
    // A batch of calls makes one sample; its size is found by growing it.
    let mut batch = 1;
    while batch < MAX_BATCH && sample(batch, &mut prepare, &mut operation) < SAMPLE_NANOS {
        batch *= 2;
    }
    let (mut operations, mut floors, mut peers) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..SAMPLES {
        operations.push(sample(batch, &mut prepare, &mut operation));
        if let Some(floor) = &mut floor {
            floors.push(sample(batch, &mut || (), &mut |()| floor()));
        }
        if let Some(peer) = &mut peer {
            peers.push(sample(batch, &mut || (), &mut |()| peer()));
        }
    }
    let each = |times: Vec<u64>| median(times).map(|nanos| nanos / batch as f64);
    Row {
        name,
        limits,
        value: Value::Time {
            nanos: each(operations).unwrap_or_default(),
            floor: each(floors),
            peer: each(peers),
        },
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

fn median(mut samples: Vec<u64>) -> Option<f64> {
    samples.sort_unstable();
    samples.get(samples.len() / 2).map(|nanos| *nanos as f64)
}
