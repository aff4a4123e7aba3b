//! Times as people and programs read them: ISO 8601, UTC.

const DAYS_OF_400_YEARS: u64 = 146_097;
/// The last year with four digits.
const LAST_YEAR: u64 = 9999;

/// `2026-11-28T15:43:37.250Z`; `None` beyond the year 9999.
pub(super) fn iso(ms: u64) -> Option<String> {
    let (year, month, day) = date(ms / 86_400_000)?;
    let (seconds, millis) = (ms / 1000 % 86_400, ms % 1000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    Some(format!(
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z"
    ))
}

/// `2026-11-28 15:43 UTC`, for people.
pub(super) fn short(ms: u64) -> Option<String> {
    let iso = iso(ms)?;
    Some(format!("{} {} UTC", iso.get(..10)?, iso.get(11..16)?))
}

/// Year, month and day of so many days after the first of 1970.
fn date(days: u64) -> Option<(u64, u64, u64)> {
    let mut year = 1970_u64.checked_add((days / DAYS_OF_400_YEARS).checked_mul(400)?)?;
    let mut days = days % DAYS_OF_400_YEARS;
    loop {
        if year > LAST_YEAR {
            return None;
        }
        let length = if is_leap(year) { 366 } else { 365 };
        if days < length {
            break;
        }
        days -= length;
        year += 1;
    }
    let february = if is_leap(year) { 29 } else { 28 };
    let months = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    for (month, length) in (1..).zip(months) {
        if days < length {
            return Some((year, month, days + 1));
        }
        days -= length;
    }
    None
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_times_read_as_they_should() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_709_164_800_000, "2024-02-29T00:00:00.000Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(iso(ms).as_deref(), Some(text));
        }
        assert_eq!(iso(253_402_300_800_000), None);
        assert_eq!(iso(u64::MAX), None);
        assert_eq!(short(0).as_deref(), Some("1970-01-01 00:00 UTC"));
    }
}
