//! Writes periods: as canonical text, as a label, and in words.

use chrono::{Datelike, NaiveDate};

use super::days::{Period, PeriodKind};
use super::frequency::Frequency;

/// The short names of the months.
pub const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

impl Period {
    /// The canonical text in a series of this frequency. Parsing it returns this period.
    pub fn text(self, frequency: Frequency) -> String {
        text(self, frequency)
    }

    /// The name of a financial year (`2022/23`) or quarter (`2022/23 Q1`). None for all other periods; a rolling year is
    /// named by its end.
    pub fn label(self, frequency: Frequency) -> Option<String> {
        label(self, frequency)
    }

    /// The period in words: `Mar 2023`, `Apr to Jun 2023`, `Year to Jun 2018`, `11 Dec 2012`.
    pub fn words(self, frequency: Frequency) -> String {
        words(self, frequency)
    }
}

fn text(period: Period, frequency: Frequency) -> String {
    let (start, year) = (period.start, period.start.year());
    match period.whole_months() {
        // All years of a rolling series have the same form, calendar years too.
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

/// The calendar quarter that contains the day.
fn quarter_of(day: NaiveDate) -> u32 {
    day.month0() / 3 + 1
}

fn label(period: Period, frequency: Frequency) -> Option<String> {
    let quarter = quarter_of(period.start);
    // January to March are the last quarter of the financial year that began in the previous April.
    let (year, quarter) = match quarter {
        1 => (period.start.year() - 1, 4),
        _ => (period.start.year(), quarter - 1),
    };
    let year = format!("{year:04}/{:02}", (year + 1).rem_euclid(100));
    match period.kind_under(frequency) {
        PeriodKind::FinancialYear => Some(year),
        PeriodKind::Quarter => Some(format!("{year} Q{quarter}")),
        _ => None,
    }
}

fn words(period: Period, frequency: Frequency) -> String {
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

fn month_name(day: NaiveDate) -> &'static str {
    MONTHS[day.month0() as usize]
}

fn month(day: NaiveDate) -> String {
    format!("{} {}", month_name(day), day.year())
}

fn day(of: NaiveDate) -> String {
    format!("{} {}", of.day(), month(of))
}
