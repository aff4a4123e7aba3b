//! Hours and weeks, and what a relay believes of its own clock. PROTOCOL.md §22.1.
//!
//! A clock that leaps forward by more than a day would expire everything at once. So a leap stops
//! expiry until the clock comes back or its owner says that it is right. Going backward changes
//! nothing: the hour that a relay believes never falls by itself.

use std::time::{SystemTime, UNIX_EPOCH};

use tacita_wire::limits::CLOCK_LEAP_HOURS;

/// Hours in a week.
pub const WEEK_HOURS: u32 = 7 * 24;

/// Where the time comes from; tests pass one of their own.
pub trait Clock: Send + Sync + 'static {
    /// Seconds since 1970.
    fn now_seconds(&self) -> u64;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now_seconds(&self) -> u64 {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs())
    }
}

/// Hours since 1970 of a time in seconds.
#[must_use]
pub fn hour_of_seconds(seconds: u64) -> u32 {
    u32::try_from(seconds / 3600).unwrap_or(u32::MAX)
}

/// Weeks since 1970 of a time in hours.
#[must_use]
pub fn week_of_hour(hour: u32) -> u32 {
    hour / WEEK_HOURS
}

/// What is recorded about the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockState {
    /// The last hour that was believed.
    pub hour: u32,
    /// Whether a leap has stopped expiry.
    pub halted: bool,
}

/// What a look at the clock means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observation {
    /// What to record.
    pub state: ClockState,
    /// The hour to stamp arrivals with and to tell clients.
    pub hour: u32,
    /// The clock has come back after a leap: what was stamped with a later hour gets this one.
    pub came_back: bool,
}

/// Judges the clock's hour against what is recorded.
#[must_use]
pub fn observe(recorded: Option<ClockState>, now: u32) -> Observation {
    let Some(recorded) = recorded else {
        return confirm(now);
    };
    if now.saturating_sub(recorded.hour) > CLOCK_LEAP_HOURS {
        return Observation {
            state: ClockState {
                halted: true,
                ..recorded
            },
            hour: now,
            came_back: false,
        };
    }
    let hour = now.max(recorded.hour);
    Observation {
        state: ClockState {
            hour,
            halted: false,
        },
        hour,
        came_back: recorded.halted,
    }
}

/// The owner says that the clock is right.
#[must_use]
pub fn confirm(now: u32) -> Observation {
    Observation {
        state: ClockState {
            hour: now,
            halted: false,
        },
        hour: now,
        came_back: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(hour: u32, halted: bool) -> ClockState {
        ClockState { hour, halted }
    }

    #[test]
    fn an_hour_that_passes_is_believed() {
        let seen = observe(Some(state(1000, false)), 1001);
        assert_eq!(seen.state, state(1001, false));
        assert_eq!(seen.hour, 1001);
        assert!(!seen.came_back);
    }

    #[test]
    fn a_day_is_believed_and_an_hour_more_is_a_leap() {
        assert_eq!(
            observe(Some(state(1000, false)), 1024).state,
            state(1024, false)
        );
        assert_eq!(
            observe(Some(state(1000, false)), 1025).state,
            state(1000, true)
        );
    }

    #[test]
    fn a_clock_that_goes_backward_changes_nothing() {
        let seen = observe(Some(state(1000, false)), 3);
        assert_eq!(seen.state, state(1000, false));
        assert_eq!(seen.hour, 1000);
    }

    #[test]
    fn a_leap_lasts_until_the_clock_comes_back() {
        assert_eq!(
            observe(Some(state(1000, true)), 9000).state,
            state(1000, true)
        );
        let seen = observe(Some(state(1000, true)), 1003);
        assert_eq!(seen.state, state(1003, false));
        assert!(seen.came_back);
    }

    #[test]
    fn the_owner_ends_a_leap() {
        assert_eq!(confirm(9000).state, state(9000, false));
    }
}
