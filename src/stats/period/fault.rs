//! Why a text or some days are no period, and what would be right.

use std::fmt;

use chrono::{Datelike, NaiveDate};

use super::{FIRST_YEAR, Frequency, LAST_YEAR};

/// Why there is no such period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeriodFault {
    /// Nothing is written.
    Empty,
    /// It is written in no way that is known.
    Form,
    /// It is a financial year that begins in this year, written in another way.
    FinancialYear(i32),
    /// It is a financial quarter that begins on this day, written in another way.
    FinancialQuarter(NaiveDate),
    /// It is a quarter of this year, and this one, by a count that is not told.
    Quarter(i32, u32),
    /// It is this day's month, written in another way.
    Month(NaiveDate),
    /// It is this day, written in another way.
    Day(NaiveDate),
    /// The year has no such month.
    NoSuchMonth,
    /// The year has no such quarter.
    NoSuchQuarter,
    /// The month has no such day.
    NoSuchDay,
    /// That many months later there is no such day.
    NoSuchEnd,
    /// How long it is, is not said as it should be.
    Duration,
    /// It ends before it has begun, or when it begins.
    Order,
    /// It is not in the years that there are.
    OutOfRange,
    /// Months end on a last day; that of the month in question is this one.
    NotAMonthEnd(NaiveDate),
    /// It is no period of this frequency.
    Frequency(Frequency),
}

impl PeriodFault {
    /// Its name in errors.
    pub fn code(self) -> &'static str {
        match self {
            PeriodFault::Empty => "required",
            PeriodFault::Form | PeriodFault::Duration => "not_a_period",
            PeriodFault::FinancialYear(_)
            | PeriodFault::FinancialQuarter(_)
            | PeriodFault::Quarter(..)
            | PeriodFault::Month(_)
            | PeriodFault::Day(_) => "form_of_period",
            PeriodFault::NoSuchMonth
            | PeriodFault::NoSuchQuarter
            | PeriodFault::NoSuchDay
            | PeriodFault::NoSuchEnd => "not_in_calendar",
            PeriodFault::Order => "order",
            PeriodFault::OutOfRange => "out_of_range",
            PeriodFault::NotAMonthEnd(_) => "not_a_month_end",
            PeriodFault::Frequency(_) => "wrong_frequency",
        }
    }
}

/// What would be right.
impl fmt::Display for PeriodFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PeriodFault::FinancialYear(year) => {
                write!(f, "Write a financial year from its first day: `{year:04}-04-01/P1Y`.")
            }
            PeriodFault::FinancialQuarter(start) => {
                write!(f, "Write a financial quarter from its first day: `{start}/P3M`.")
            }
            PeriodFault::Quarter(year, quarter) => write!(
                f,
                "Write a calendar quarter as `{year}-Q{quarter}`, a financial quarter from its first day, as \
                 `{year}-04-01/P3M`."
            ),
            PeriodFault::Month(day) => write!(f, "Write `{:04}-{:02}`.", day.year(), day.month()),
            PeriodFault::Day(day) => write!(f, "Write the year first: `{day}`."),
            PeriodFault::OutOfRange => write!(f, "Give a period in the years {FIRST_YEAR} to {LAST_YEAR}."),
            PeriodFault::NotAMonthEnd(right) => {
                write!(f, "Give the last day of a month; that of this one is {right}.")
            }
            PeriodFault::Frequency(frequency) => f.write_str(period_of(*frequency)),
            other => f.write_str(rule(*other)),
        }
    }
}

impl std::error::Error for PeriodFault {}

/// The sentence where nothing of what was given stands in it.
fn rule(fault: PeriodFault) -> &'static str {
    match fault {
        PeriodFault::NoSuchMonth => {
            "Give a month from 01 to 12, as in `2023-03`; a financial year as `2022-04-01/P1Y`."
        }
        PeriodFault::NoSuchQuarter => "Give a quarter from Q1 to Q4, as in `2023-Q1`.",
        PeriodFault::NoSuchDay => "Give a day that is in the calendar, as `2012-12-11`.",
        PeriodFault::NoSuchEnd => {
            "The last month has no such day. Give the first day and the day after the last: `2024-02-29/2025-03-01`."
        }
        PeriodFault::Duration => "Say how long in days, months or years, one of them: `P10D`, `P3M`, `P1Y`.",
        PeriodFault::Order => {
            "The day after the `/` is the one after the last, and so after the first: `2013-02-20/2013-03-04`."
        }
        _ => {
            "Write a month as `2023-03`, a calendar quarter as `2023-Q1`, a calendar year as `2023`, a day as \
             `2012-12-11`, and all else from its first day, a financial year as `2022-04-01/P1Y`."
        }
    }
}

/// What a period of this frequency is.
fn period_of(frequency: Frequency) -> &'static str {
    match frequency {
        Frequency::Monthly => "Give one calendar month, as `2023-03`.",
        Frequency::Quarterly => {
            "Give a quarter from the first of January, April, July or October, as `2023-Q2` or `2023-04-01/P3M`."
        }
        Frequency::HalfYearly => {
            "Give six months from the first of January, April, July or October, as `2023-04-01/P6M`."
        }
        Frequency::Yearly => {
            "Give a year from the first of a month, as `2022-04-01/P1Y`, or a calendar year, as `2023`."
        }
        Frequency::YearByQuarter => {
            "Give a year to the end of March, June, September or December, as `2017-07-01/P1Y`."
        }
        Frequency::YearByMonth => "Give a year to the end of a month, as `2017-06-01/P1Y`.",
        Frequency::Irregular => "Give any period.",
    }
}
