//! What the network does to requests and streams.

use super::dice::Dice;

/// What the network does to a device's requests, in thousandths.
#[derive(Clone, Copy)]
pub struct Weather {
    /// Requests that never arrive.
    pub loses_requests: u64,
    /// Answers that never arrive.
    pub loses_answers: u64,
    /// Requests that arrive twice.
    pub doubles: u64,
    /// Streams that break while something comes.
    pub breaks: u64,
    /// The longest time that anything is on its way.
    pub delay_ms: u64,
}

impl Weather {
    pub const FAIR: Self = Self {
        loses_requests: 0,
        loses_answers: 0,
        doubles: 0,
        breaks: 0,
        delay_ms: 200,
    };

    pub fn draw(dice: &mut Dice) -> Self {
        Self {
            loses_requests: dice.below(120),
            loses_answers: dice.below(120),
            doubles: dice.below(60),
            breaks: dice.below(80),
            delay_ms: dice.weighted(&[(200, 3), (3_000, 2), (20_000, 1)]),
        }
    }
}
