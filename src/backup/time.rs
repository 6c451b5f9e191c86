//! Moments as RFC 3339 writes them: UTC, to the millisecond.

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// The first moment that RFC 3339 cannot write, which has years of four digits: 10000-01-01T00:00:00Z, in ms since the epoch.
const END: u64 = 253_402_300_800_000;

/// Days from 0000-03-01 to 1970-01-01.
const EPOCH_DAYS: u64 = 719_468;

/// The days of 400 years, after which the calendar repeats.
const ERA_DAYS: u64 = 146_097;

/// A moment in ms since the epoch as text; `None` for one that RFC 3339 cannot write.
pub(super) fn to_text(ms: u64) -> Option<String> {
    if ms >= END {
        return None;
    }
    let (year, month, day) = date_of(ms / DAY_MS);
    let in_day = ms % DAY_MS;
    let (hour, minute, second, rest) =
        (in_day / 3_600_000, in_day / 60_000 % 60, in_day / 1000 % 60, in_day % 1000);
    Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{rest:03}Z"))
}

/// The moment that a text names, with or without ms; `None` for anything else, and for what is before the epoch.
pub(super) fn of_text(text: &str) -> Option<u64> {
    let bytes = text.as_bytes();
    let rest = match bytes.len() {
        24 if bytes[19] == b'.' => number(&bytes[20..23])?,
        20 => 0,
        _ => return None,
    };
    let is_shaped = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':'), (bytes.len() - 1, b'Z')]
        .iter()
        .all(|(at, byte)| bytes[*at] == *byte);
    if !is_shaped {
        return None;
    }
    let (year, month, day) = (number(&bytes[..4])?, number(&bytes[5..7])?, number(&bytes[8..10])?);
    let (hour, minute, second) = (number(&bytes[11..13])?, number(&bytes[14..16])?, number(&bytes[17..19])?);
    if year < 1970 || !(1..=12).contains(&month) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let days = days_of(year, month, day.checked_sub(1)?);
    // A 30th of February is another day when it is written again.
    let is_day = date_of(days) == (year, month, day);
    is_day.then_some(days * DAY_MS + hour * 3_600_000 + minute * 60_000 + second * 1000 + rest)
}

fn number(digits: &[u8]) -> Option<u64> {
    digits
        .iter()
        .try_fold(0, |number, digit| digit.is_ascii_digit().then(|| number * 10 + u64::from(digit - b'0')))
}

/// Year, month and day of a day since the epoch. Years begin in March, so that the day that some have more is their last (the calendar arithmetic
/// is that of Howard Hinnant, "chrono-compatible low-level date algorithms").
fn date_of(days: u64) -> (u64, u64, u64) {
    let days = days + EPOCH_DAYS;
    let (era, day_of_era) = (days / ERA_DAYS, days % ERA_DAYS);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

/// The day since the epoch of a date whose day counts from 0.
fn days_of(year: u64, month: u64, day: u64) -> u64 {
    let year = year - u64::from(month <= 2);
    let (era, year_of_era) = (year / 400, year % 400);
    let month_from_march = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * month_from_march + 2) / 5 + day;
    era * ERA_DAYS + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - EPOCH_DAYS
}
