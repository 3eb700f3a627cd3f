//! A period as its days, and the arithmetic of months.

use chrono::{Datelike, Months, NaiveDate};

use super::fault::{FIRST_YEAR, LAST_YEAR, PeriodFault};
use super::frequency::Frequency;

/// Consecutive days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    /// The first day.
    pub start: NaiveDate,
    /// The day after the last.
    pub end: NaiveDate,
}

/// What the days of a period make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeriodKind {
    Day,
    Month,
    /// A quarter of the calendar year, which is also one of the financial year.
    Quarter,
    /// Two consecutive quarters.
    HalfYear,
    CalendarYear,
    /// From April to March.
    FinancialYear,
    /// Twelve months that begin in another month.
    Year,
    /// Twelve months in a series whose periods overlap.
    RollingYear,
    /// Any other days.
    Interval,
}

impl Period {
    /// The days from `start` to the day before `end`. None if that is not at least one day, or if it lies outside the
    /// years 1900 to 2200.
    pub fn new(start: NaiveDate, end: NaiveDate) -> Option<Period> {
        let period = Period { start, end };
        let in_range = start.year() >= FIRST_YEAR && period.last_day().year() <= LAST_YEAR;
        (start < end && in_range).then_some(period)
    }

    /// The whole months that end with `last_day`.
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

    /// The period after this one in a series of this frequency. None if the frequency has no fixed steps, if this is
    /// not one of its periods, or if the next one is out of range.
    pub fn next(self, frequency: Frequency) -> Option<Period> {
        let step = frequency.step()?;
        frequency.fits(self).ok()?;
        Period::new(after_months(self.start, step)?, after_months(self.end, step)?)
    }

    /// The period before this one in a series of this frequency. None where [`Period::next`] would be.
    pub fn previous(self, frequency: Frequency) -> Option<Period> {
        let step = frequency.step()?;
        frequency.fits(self).ok()?;
        self.months_before(step)
    }

    /// The period of equal length that begins a year before this one. None if the calendar has none: 29 February.
    pub fn year_before(self) -> Option<Period> {
        if self.whole_months().is_some() {
            return self.months_before(12);
        }
        let start = before_months(self.start, 12)?;
        Period::new(start, start.checked_add_signed(self.end - self.start)?)
    }

    fn months_before(self, months: u32) -> Option<Period> {
        Period::new(before_months(self.start, months)?, before_months(self.end, months)?)
    }

    /// What kind of period its days make.
    pub fn kind(self) -> PeriodKind {
        match (self.whole_months(), self.start.month()) {
            (Some(1), _) => PeriodKind::Month,
            (Some(3), _) if self.begins_a_quarter() => PeriodKind::Quarter,
            (Some(6), _) if self.begins_a_quarter() => PeriodKind::HalfYear,
            (Some(12), 1) => PeriodKind::CalendarYear,
            (Some(12), 4) => PeriodKind::FinancialYear,
            (Some(12), _) => PeriodKind::Year,
            _ if self.start == self.last_day() => PeriodKind::Day,
            _ => PeriodKind::Interval,
        }
    }

    /// What kind of period it is in a series of this frequency: a year to March is a financial year in a yearly
    /// series, and a rolling year where the periods overlap.
    pub fn kind_under(self, frequency: Frequency) -> PeriodKind {
        let rolls = frequency.rolls() && self.whole_months() == Some(12);
        if rolls { PeriodKind::RollingYear } else { self.kind() }
    }

    /// The number of whole calendar months. None if it begins or ends within a month.
    pub fn whole_months(self) -> Option<u32> {
        if self.start.day() != 1 || self.end.day() != 1 {
            return None;
        }
        let months = |day: NaiveDate| day.year() * 12 + day.month0().cast_signed();
        u32::try_from(months(self.end) - months(self.start)).ok()
    }

    /// True if it begins on the first day of a quarter. Calendar and financial years have the same quarters.
    pub(super) fn begins_a_quarter(self) -> bool {
        self.start.day() == 1 && self.start.month0().is_multiple_of(3)
    }
}

impl Frequency {
    /// Refuses a period that is not one of this frequency; the fault says what would be.
    pub fn fits(self, period: Period) -> Result<(), PeriodFault> {
        let length = self.months().is_none() || period.whole_months() == self.months();
        let start = match self {
            Frequency::Quarterly | Frequency::HalfYearly | Frequency::YearByQuarter => {
                period.begins_a_quarter()
            }
            Frequency::Monthly | Frequency::Yearly | Frequency::YearByMonth | Frequency::Irregular => true,
        };
        if length && start { Ok(()) } else { Err(PeriodFault::Frequency(self)) }
    }
}

/// The day of the month that `day` is, so many months later. None if that month has no such day.
pub(super) fn after_months(day: NaiveDate, months: u32) -> Option<NaiveDate> {
    // chrono would take the month's last day instead, and then two different periods would be written alike.
    day.checked_add_months(Months::new(months)).filter(|later| later.day() == day.day())
}

/// The day of the month that `day` is, so many months earlier. None if that month has no such day.
fn before_months(day: NaiveDate, months: u32) -> Option<NaiveDate> {
    day.checked_sub_months(Months::new(months)).filter(|earlier| earlier.day() == day.day())
}
