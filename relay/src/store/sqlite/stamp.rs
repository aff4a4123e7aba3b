//! The times that are written into rows: hours, never anything finer.

use crate::clock::Clock;

/// What stands in an `hour` column.
#[cfg(not(feature = "sabotage-exact-time"))]
pub(super) fn of_hour(hour: u32, _clock: &dyn Clock) -> i64 {
    i64::from(hour)
}

/// The hour of what stands in an `hour` column.
#[cfg(not(feature = "sabotage-exact-time"))]
pub(super) fn to_hour(column: i64) -> u32 {
    u32::try_from(column).unwrap_or(u32::MAX)
}

#[cfg(feature = "sabotage-exact-time")]
pub(super) fn of_hour(_hour: u32, clock: &dyn Clock) -> i64 {
    i64::try_from(clock.now_seconds()).unwrap_or(i64::MAX)
}

#[cfg(feature = "sabotage-exact-time")]
pub(super) fn to_hour(column: i64) -> u32 {
    u32::try_from(column / 3600).unwrap_or(u32::MAX)
}
