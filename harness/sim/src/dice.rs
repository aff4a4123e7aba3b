//! Chance, from a seed.

/// Draws; the same seed draws the same.
pub struct Dice(fastrand::Rng);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed ^ 0x7461_6369_7461_5349))
    }

    /// Below `end`; 0 for 0.
    pub fn below(&mut self, end: u64) -> u64 {
        if end == 0 { 0 } else { self.0.u64(0..end) }
    }

    pub fn index(&mut self, length: usize) -> usize {
        self.below(length as u64) as usize
    }

    /// Both ends included.
    pub fn between(&mut self, first: u64, last: u64) -> u64 {
        self.0.u64(first..=last)
    }

    pub fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub fn permille(&mut self, permille: u64) -> bool {
        self.below(1000) < permille
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.index(from.len()))
    }

    /// One of the values, each as often as its weight says.
    pub fn weighted<T: Copy>(&mut self, from: &[(T, u64)]) -> T {
        let total: u64 = from.iter().map(|(_, weight)| weight).sum();
        let mut left = self.below(total);
        for (value, weight) in from {
            if left < *weight {
                return *value;
            }
            left -= weight;
        }
        from[0].0
    }

    pub fn shuffle<T>(&mut self, values: &mut [T]) {
        self.0.shuffle(values);
    }
}
