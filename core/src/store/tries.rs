//! Wrong tries at the app lock, counted on disk before each one, and how long the next one has to wait.
//!
//! `tries.bin` = u8 1 ‖ u32 count ‖ u64 last, in seconds of the device's clock. It holds up whoever types into the app. Who has
//! copied the files is held up by the platform's vault, and then by what each guess costs.

use tacita_wire::{Reader, WireError, Writer};

const VERSION: u8 = 1;
/// Wrong tries before there are waits: slips of the finger.
const FREE_TRIES: u32 = 4;
/// Seconds that the first wait takes; each further wrong try doubles it.
const FIRST_WAIT_S: u32 = 30;
/// Seconds that a wait takes at most.
const LONGEST_WAIT_S: u32 = 3600;

/// Wrong tries since the right one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct WrongTries {
    count: u32,
    last_s: u64,
}

impl WrongTries {
    /// What the file says. A damaged one counts as so many tries that there is a wait.
    pub(super) fn read(bytes: &[u8], now_s: u64) -> Self {
        let mut reader = Reader::new(bytes);
        let mut read = || -> Result<Self, WireError> {
            if reader.u8()? != VERSION {
                return Err(WireError::UnknownVersion);
            }
            let tries = Self {
                count: reader.u32()?,
                last_s: reader.u64()?,
            };
            if reader.remaining() > 0 {
                return Err(WireError::TooLong);
            }
            Ok(tries)
        };
        read().unwrap_or(Self {
            count: FREE_TRIES + 1,
            last_s: now_s,
        })
    }

    pub(super) fn to_bytes(self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.u8(VERSION).u32(self.count).u64(self.last_s);
        writer.finish()
    }

    /// One more try, at this time.
    pub(super) fn one_more(self, now_s: u64) -> Self {
        Self {
            count: self.count.saturating_add(1),
            last_s: now_s,
        }
    }

    /// Seconds until the next try is taken. A clock that was set back has to wait anew from where it is now: see
    /// [`Self::at_clock`].
    pub(super) fn wait_s(self, now_s: u64) -> u32 {
        let beyond = self.count.saturating_sub(FREE_TRIES);
        if beyond == 0 {
            return 0;
        }
        let wait = FIRST_WAIT_S
            .saturating_mul(1_u32.checked_shl(beyond - 1).unwrap_or(u32::MAX))
            .min(LONGEST_WAIT_S);
        let passed = now_s.saturating_sub(self.last_s);
        wait.saturating_sub(u32::try_from(passed).unwrap_or(u32::MAX))
    }

    /// The same tries, with a last one that is not later than now.
    pub(super) fn at_clock(self, now_s: u64) -> Self {
        Self {
            last_s: self.last_s.min(now_s),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(count: u32, last_s: u64) -> WrongTries {
        WrongTries { count, last_s }
    }

    #[test]
    fn waits_begin_after_some_tries_double_and_have_an_end() {
        let waits: Vec<u32> = (0..14).map(|count| after(count, 50).wait_s(50)).collect();
        let due = [0, 0, 0, 0, 0, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600];
        assert_eq!(waits, due);
        assert_eq!(after(u32::MAX, 50).wait_s(50), LONGEST_WAIT_S);
        assert_eq!(after(5, 50).wait_s(79), 1);
        assert_eq!(after(5, 50).wait_s(80), 0);
        assert_eq!(after(5, 50).wait_s(u64::MAX), 0);
    }

    #[test]
    fn a_clock_set_back_waits_once_more_and_not_for_years() {
        let tries = after(5, 1_000_000).at_clock(50);
        assert_eq!(tries.wait_s(50), 30);
        assert_eq!(tries.wait_s(80), 0);
    }

    #[test]
    fn tries_survive_their_file_and_damage_is_a_wait() {
        let tries = WrongTries::default().one_more(7).one_more(9);
        assert_eq!(tries, after(2, 9));
        let bytes = tries.to_bytes();
        assert_eq!(WrongTries::read(&bytes, 100), tries);
        let longer = [&bytes[..], &[0]].concat();
        let version = [&[2], &bytes[1..]].concat();
        for damaged in [&bytes[..12], &longer, &version, &[]] {
            assert_eq!(WrongTries::read(damaged, 100).wait_s(100), 30);
        }
        assert_eq!(after(u32::MAX, 1).one_more(2), after(u32::MAX, 2));
    }
}
