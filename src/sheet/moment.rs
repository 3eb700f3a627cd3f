//! Days and times that a sheet holds as a number of days.

use chrono::{Days, NaiveDate};

/// The day from which sheets count days, unless the workbook says another.
pub const DAY_ZERO: NaiveDate = match NaiveDate::from_ymd_opt(1899, 12, 30) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

/// The seconds of a day.
const DAY: i128 = 86_400;

/// The decimals of a fraction of a day that count: far more than a second needs.
const PLACES: u32 = 15;

/// The day that a number of days stands for, as `2024-04-01`, with the time after a `T` if it is not midnight. None if it is
/// outside the calendar of a sheet.
pub fn day(number: &str, is_1904: bool) -> Option<String> {
    let (mut days, mut seconds) = split(number)?;
    if seconds == DAY {
        (days, seconds) = (days + 1, 0);
    }
    let first = if is_1904 {
        NaiveDate::from_ymd_opt(1904, 1, 1)?
    } else if days < 60 {
        // Sheets count a 29 February 1900, which the calendar does not have, as day 60.
        NaiveDate::from_ymd_opt(1899, 12, 31)?
    } else {
        NaiveDate::from_ymd_opt(1899, 12, 30)?
    };
    if days == 60 && !is_1904 {
        return None;
    }
    let day = first.checked_add_days(Days::new(u64::try_from(days).ok()?))?;
    Some(match seconds {
        0 => day.to_string(),
        seconds => {
            format!("{day}T{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
        }
    })
}

/// A length of time, as hours, minutes and seconds: `25:30:00`.
pub fn time(number: &str) -> Option<String> {
    let (sign, number) = number.strip_prefix('-').map_or(("", number), |number| ("-", number));
    let (days, seconds) = split(number)?;
    let seconds = i128::from(days) * DAY + seconds;
    Some(format!("{sign}{}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60))
}

/// The time of day that a cell shows, as `14:30`, with its seconds if it has any; by what the cell holds: a part of a day, or in
/// OpenDocument a length of time. None if the cell is of something else, or of more than a day.
pub fn time_of_day(shown: &str, held: &str) -> Option<String> {
    let seconds = match held.strip_prefix("PT") {
        Some(length) => seconds_of(length)?,
        None => {
            let (days, seconds) = split(held)?;
            // A number that is shown as something else has no colons.
            (days == 0 && !held.starts_with('-') && time(held).as_deref() == Some(shown))
                .then_some(seconds)?
        }
    };
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    match (hours, seconds) {
        (24.., _) => None,
        (_, 0) => Some(format!("{hours:02}:{minutes:02}")),
        _ => Some(format!("{hours:02}:{minutes:02}:{seconds:02}")),
    }
}

/// The seconds of a length of time such as `14H30M00S`; parts of a second are left out.
fn seconds_of(length: &str) -> Option<i128> {
    let (hours, rest) = length.split_once('H')?;
    let (minutes, rest) = rest.split_once('M')?;
    let seconds = rest.strip_suffix('S')?;
    let seconds = seconds.split(['.', ',']).next().unwrap_or_default();
    let number = |text: &str| text.parse::<u32>().ok().map(i128::from);
    Some(number(hours)? * 3_600 + number(minutes)? * 60 + number(seconds)?)
}

/// Whole days, and the rest in seconds.
fn split(number: &str) -> Option<(i64, i128)> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits: String = fraction.chars().chain(std::iter::repeat('0')).take(PLACES as usize).collect();
    let fraction: i128 = digits.parse().ok()?;
    let one = 10_i128.pow(PLACES);
    // Half a second is rounded up.
    let seconds = (2 * fraction * DAY + one) / (2 * one);
    Some((whole.parse().ok()?, seconds))
}

#[cfg(test)]
mod tests {
    use super::{day, time, time_of_day};

    #[test]
    fn days_and_times_are_those_that_a_sheet_shows() {
        for (number, is_1904, shown) in [
            ("45383", false, "2024-04-01"),
            ("43921", true, "2024-04-01"),
            ("1", false, "1900-01-01"),
            ("59", false, "1900-02-28"),
            ("61", false, "1900-03-01"),
            ("45383.5", false, "2024-04-01T12:00:00"),
            ("45382.999999999999", false, "2024-04-01"),
        ] {
            assert_eq!(day(number, is_1904).as_deref(), Some(shown), "{number}");
        }
        for wrong in ["60", "-1", "x", "99999999999"] {
            assert_eq!(day(wrong, false), None, "{wrong}");
        }
        assert_eq!(time("0.0625").as_deref(), Some("1:30:00"));
        assert_eq!(time("1.0625").as_deref(), Some("25:30:00"));
        assert_eq!(time("-0.25").as_deref(), Some("-6:00:00"));
        for (shown, held, of_day) in [
            ("19:00:00", "0.791666666666667", Some("19:00")),
            ("7:05:00", "0.295138888888889", Some("07:05")),
            ("0:00:00", "0", Some("00:00")),
            ("19:00:30", "0.792013888888889", Some("19:00:30")),
            ("25:30:00", "1.0625", None),
            ("50%", "0.5", None),
            ("0.5", "0.5", None),
            ("7:30 PM", "PT19H30M00S", Some("19:30")),
            ("07:05", "PT07H05M00.000000000S", Some("07:05")),
            ("26:00", "PT26H00M00S", None),
            ("x", "PT1X", None),
            ("-1:00:00", "-PT01H00M00S", None),
            ("-6:00:00", "-0.25", None),
        ] {
            assert_eq!(time_of_day(shown, held).as_deref(), of_day, "{shown} of {held}");
        }
    }
}
