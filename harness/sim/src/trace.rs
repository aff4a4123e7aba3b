//! What happened in a run: a hash of it always, its lines when somebody wants to read them.

use std::fmt::Arguments;

/// Takes in each event of a run. Two runs of a seed must come to the same hash.
pub struct Trace {
    hash: u64,
    events: u64,
    shown: bool,
}

impl Trace {
    pub fn new(shown: bool) -> Self {
        Self {
            hash: 0xcbf2_9ce4_8422_2325,
            events: 0,
            shown,
        }
    }

    /// Notes an event at a moment of the run, in milliseconds since its start.
    pub fn note(&mut self, at_ms: u64, line: Arguments<'_>) {
        struct Hasher<'a>(&'a mut u64);
        impl std::fmt::Write for Hasher<'_> {
            fn write_str(&mut self, text: &str) -> std::fmt::Result {
                for byte in text.bytes() {
                    *self.0 = (*self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
                }
                Ok(())
            }
        }
        self.events += 1;
        let _ = std::fmt::Write::write_fmt(
            &mut Hasher(&mut self.hash),
            format_args!("{at_ms} {line}\n"),
        );
        if self.shown {
            println!("{:>14.3} s  {line}", at_ms as f64 / 1000.0);
        }
    }

    pub fn is_shown(&self) -> bool {
        self.shown
    }

    pub fn hash(&self) -> u64 {
        self.hash
    }

    pub fn events(&self) -> u64 {
        self.events
    }
}
