//! Periods as they are written: one text for each, its label, and its words.

use chrono::{Datelike, NaiveDate};

use super::{Frequency, Period};

/// The months' short names.
pub const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The canonical ISO 8601 text.
pub fn text(period: Period, frequency: Frequency) -> String {
    let (start, year) = (period.start, period.start.year());
    match period.whole_months() {
        // The years of a rolling series are all written alike.
        Some(12) if frequency.rolls() => format!("{start}/P1Y"),
        Some(3) if frequency == Frequency::Quarterly && period.begins_a_quarter() => {
            format!("{year:04}-Q{}", quarter_of(start))
        }
        Some(1) => format!("{year:04}-{:02}", start.month()),
        Some(12) if start.month() == 1 => format!("{year:04}"),
        Some(months) if months % 12 == 0 => format!("{start}/P{}Y", months / 12),
        Some(months) => format!("{start}/P{months}M"),
        None if start == period.last_day() => start.to_string(),
        None => format!("{start}/P{}D", (period.end - start).num_days()),
    }
}

/// The calendar quarter that the day is in.
fn quarter_of(day: NaiveDate) -> u32 {
    day.month0() / 3 + 1
}

/// The name of a financial year or quarter.
pub fn label(period: Period, frequency: Frequency) -> Option<String> {
    let quarter = quarter_of(period.start);
    // January to March are the last quarter of the year that began the April before.
    let (year, quarter) = match quarter {
        1 => (period.start.year() - 1, 4),
        _ => (period.start.year(), quarter - 1),
    };
    let year = format!("{year:04}/{:02}", (year + 1).rem_euclid(100));
    match period.kind_under(frequency) {
        "FY" => Some(year),
        "calendar_quarter" => Some(format!("{year} Q{quarter}")),
        _ => None,
    }
}

/// The days for people.
pub fn words(period: Period, frequency: Frequency) -> String {
    let (first, last) = (period.start, period.last_day());
    match period.whole_months() {
        Some(12) if frequency.rolls() => format!("Year to {}", month(last)),
        Some(1) => month(first),
        Some(_) if first.year() == last.year() => format!("{} to {}", month_name(first), month(last)),
        Some(_) => format!("{} to {}", month(first), month(last)),
        None if first == last => day(first),
        None => format!("{} to {}", day(first), day(last)),
    }
}

/// The short name of the day's month.
fn month_name(day: NaiveDate) -> &'static str {
    MONTHS[day.month0() as usize]
}

fn month(day: NaiveDate) -> String {
    format!("{} {}", month_name(day), day.year())
}

fn day(of: NaiveDate) -> String {
    format!("{} {}", of.day(), month(of))
}
