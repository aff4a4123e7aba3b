//! How often each thing happened.

use std::collections::BTreeMap;
use std::fmt;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<&'static str, u64>);

impl Counts {
    pub fn add(&mut self, name: &'static str, times: usize) {
        *self.0.entry(name).or_default() += u64::try_from(times).unwrap_or(u64::MAX);
    }

    pub fn one(&mut self, name: &'static str) {
        self.add(name, 1);
    }

    pub fn merge(&mut self, other: &Self) {
        for (name, times) in &other.0 {
            *self.0.entry(name).or_default() += times;
        }
    }

    /// Zero if it never happened.
    #[cfg(test)]
    pub fn get(&self, name: &str) -> u64 {
        self.0.get(name).copied().unwrap_or(0)
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, times) in &self.0 {
            writeln!(f, "  {name:<44}{times:>12}")?;
        }
        Ok(())
    }
}
