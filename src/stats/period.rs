//! Periods of time: whole days, written as ISO 8601 writes them and told in words.

mod fault;
mod frequency;
mod hint;
mod read;
mod write;

#[cfg(test)]
mod tests;

use chrono::{Datelike, Months, NaiveDate};

pub use fault::PeriodFault;
pub use frequency::Frequency;

/// The first year of which there are periods.
pub const FIRST_YEAR: i32 = 1900;

/// The last year of which there are periods.
pub const LAST_YEAR: i32 = 2200;

/// Some days in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    /// The first day.
    pub start: NaiveDate,
    /// The day after the last.
    pub end: NaiveDate,
}

impl Period {
    /// The days from `start` until before `end`; none where that is no day, or outside the years 1900 to 2200.
    pub fn new(start: NaiveDate, end: NaiveDate) -> Option<Period> {
        let period = Period { start, end };
        let inside = start.year() >= FIRST_YEAR && period.last_day().year() <= LAST_YEAR;
        (start < end && inside).then_some(period)
    }

    /// Reads a month `2023-03`, a calendar quarter `2023-Q1`, a calendar year `2023`, a day `2012-12-11`, a first
    /// day and how long `2022-04-01/P1Y` (days `D`, months `M` or years `Y`), or a first day and the day after the
    /// last `2013-02-20/2013-03-04`.
    pub fn parse(text: &str) -> Result<Period, PeriodFault> {
        read::period(text)
    }

    /// So many whole months, of which this is the last day.
    pub fn ending(last_day: NaiveDate, months: u32) -> Result<Period, PeriodFault> {
        let next = last_day.succ_opt().ok_or(PeriodFault::OutOfRange)?;
        if next.day() != 1 {
            let first = last_day.with_day(1).ok_or(PeriodFault::OutOfRange)?;
            let month = after_months(first, 1).and_then(|end| Period::new(first, end));
            return Err(
                month.map_or(PeriodFault::OutOfRange, |month| PeriodFault::NotAMonthEnd(month.last_day()))
            );
        }
        if months == 0 {
            return Err(PeriodFault::Duration);
        }
        let start = next.checked_sub_months(Months::new(months)).ok_or(PeriodFault::OutOfRange)?;
        Period::new(start, next).ok_or(PeriodFault::OutOfRange)
    }

    /// The last day.
    pub fn last_day(self) -> NaiveDate {
        self.end.pred_opt().unwrap_or(self.end)
    }

    /// The period after this one in a series of this frequency. None where the series has no fixed steps, or this
    /// is no period of it, or the years end.
    pub fn next(self, frequency: Frequency) -> Option<Period> {
        let step = frequency.step()?;
        frequency.fits(self).ok()?;
        Period::new(after_months(self.start, step)?, after_months(self.end, step)?)
    }

    /// What it is by its days: `day`, `month`, `calendar_quarter`, `half_year`, `calendar_year`, `FY` (a financial
    /// year, from April), `year` (from another month), `interval`.
    pub fn kind(self) -> &'static str {
        match (self.whole_months(), self.start.month()) {
            (Some(1), _) => "month",
            (Some(3), _) if self.begins_a_quarter() => "calendar_quarter",
            (Some(6), _) if self.begins_a_quarter() => "half_year",
            (Some(12), 1) => "calendar_year",
            (Some(12), 4) => "FY",
            (Some(12), _) => "year",
            _ if self.start == self.last_day() => "day",
            _ => "interval",
        }
    }

    /// What it is in a series of this frequency: a year to March is a financial year in one of years, and a
    /// `rolling_year` where years overlap.
    pub fn kind_under(self, frequency: Frequency) -> &'static str {
        let rolls = frequency.rolls() && self.whole_months() == Some(12);
        if rolls { "rolling_year" } else { self.kind() }
    }

    /// The one way in which it is written in a series of this frequency. Reading it gives this period again.
    pub fn text(self, frequency: Frequency) -> String {
        write::text(self, frequency)
    }

    /// The name that a financial year (`2022/23`) or quarter (`2022/23 Q1`) goes by. A rolling year has none, since
    /// it goes by its end.
    pub fn label(self, frequency: Frequency) -> Option<String> {
        write::label(self, frequency)
    }

    /// The same for people: `Mar 2023`, `Apr to Jun 2023`, `Year to Jun 2018`, `11 Dec 2012`.
    pub fn words(self, frequency: Frequency) -> String {
        write::words(self, frequency)
    }

    /// How many whole calendar months it is; none where it begins or ends within one.
    fn whole_months(self) -> Option<u32> {
        if self.start.day() != 1 || self.end.day() != 1 {
            return None;
        }
        let months = |day: NaiveDate| day.year() * 12 + day.month0().cast_signed();
        u32::try_from(months(self.end) - months(self.start)).ok()
    }

    /// True when it begins with a quarter, as calendar and financial years both have them.
    fn begins_a_quarter(self) -> bool {
        self.start.day() == 1 && self.start.month0() % 3 == 0
    }
}

/// The same day of the month so many months later; none where that month has no such day.
fn after_months(day: NaiveDate, months: u32) -> Option<NaiveDate> {
    // chrono would take the month's last day instead, and two periods would be written alike.
    day.checked_add_months(Months::new(months)).filter(|later| later.day() == day.day())
}
