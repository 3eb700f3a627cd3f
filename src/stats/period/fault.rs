//! Why a text or some days are not a period, and what to write instead.

use std::fmt;

use chrono::{Datelike, NaiveDate};

use super::frequency::Frequency;

/// The first year that a period may lie in.
pub const FIRST_YEAR: i32 = 1900;

/// The last year that a period may lie in.
pub const LAST_YEAR: i32 = 2200;

/// Why a text or some days are not a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeriodFault {
    /// The text is empty.
    Empty,
    /// The text has no known form.
    Form,
    /// A financial year that begins in this year, in a form that is not accepted.
    FinancialYear(i32),
    /// A financial quarter that begins on this day, in a form that is not accepted.
    FinancialQuarter(NaiveDate),
    /// This quarter of this year; the text does not say whether of the calendar or the financial year.
    Quarter(i32, u32),
    /// The month of this day, in a form that is not accepted.
    Month(NaiveDate),
    /// This day, in a form that is not accepted.
    Day(NaiveDate),
    /// The year has no such month.
    NoSuchMonth,
    /// The year has no such quarter.
    NoSuchQuarter,
    /// The year has no such half.
    NoSuchHalf,
    /// The year has no such week.
    NoSuchWeek,
    /// The month has no such day.
    NoSuchDay,
    /// The month in which the duration ends has no such day.
    NoSuchEnd,
    /// The duration is malformed.
    Duration,
    /// It ends before it begins, or on the day it begins.
    Order,
    /// It lies outside the accepted years.
    OutOfRange,
    /// The day is not the last of its month; this one is.
    NotAMonthEnd(NaiveDate),
    /// It is not a period of this frequency.
    Frequency(Frequency),
}

impl PeriodFault {
    /// The code in the API's errors.
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
            | PeriodFault::NoSuchHalf
            | PeriodFault::NoSuchWeek
            | PeriodFault::NoSuchDay
            | PeriodFault::NoSuchEnd => "not_in_calendar",
            PeriodFault::Order => "order",
            PeriodFault::OutOfRange => "out_of_range",
            PeriodFault::NotAMonthEnd(_) => "not_a_month_end",
            PeriodFault::Frequency(_) => "wrong_frequency",
        }
    }
}

/// What to write instead.
impl fmt::Display for PeriodFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PeriodFault::FinancialYear(year) => {
                write!(f, "Write a financial year as its first day and its length: `{year:04}-04-01/P1Y`.")
            }
            PeriodFault::FinancialQuarter(start) => {
                write!(f, "Write a financial quarter as its first day and its length: `{start}/P3M`.")
            }
            PeriodFault::Quarter(year, quarter) => write!(
                f,
                "Write a calendar quarter as `{year}-Q{quarter}`, a financial quarter as its first day and its length: \
                 `{year}-04-01/P3M`."
            ),
            PeriodFault::Month(day) => write!(f, "Write `{:04}-{:02}`.", day.year(), day.month()),
            PeriodFault::Day(day) => write!(f, "Write the year first: `{day}`."),
            PeriodFault::OutOfRange => write!(f, "Give a period in the years {FIRST_YEAR} to {LAST_YEAR}."),
            PeriodFault::NotAMonthEnd(right) => {
                write!(f, "Give the last day of the month, which is {right}.")
            }
            PeriodFault::Frequency(frequency) => f.write_str(example_of(*frequency)),
            other => f.write_str(fixed_message(*other)),
        }
    }
}

impl std::error::Error for PeriodFault {}

/// The message of a fault that quotes nothing of the input.
fn fixed_message(fault: PeriodFault) -> &'static str {
    match fault {
        PeriodFault::NoSuchMonth => {
            "Give a month from 01 to 12, as in `2023-03`; write a financial year as `2022-04-01/P1Y`."
        }
        PeriodFault::NoSuchQuarter => "Give a quarter from Q1 to Q4, as in `2023-Q1`.",
        PeriodFault::NoSuchHalf => "A year has the halves 1 and 2. Correct the number.",
        PeriodFault::NoSuchWeek => {
            "This year has no such week: a year has 52 weeks of ISO 8601, or 53. Correct the number."
        }
        PeriodFault::NoSuchDay => "Give a day that exists, such as `2012-12-11`.",
        PeriodFault::NoSuchEnd => {
            "The month in which the period ends has no such day. Give the first day and the day after the last: `2024-02-29/2025-03-01`."
        }
        PeriodFault::Duration => {
            "Give the duration in days, months or years, as one number: `P10D`, `P3M`, `P1Y`."
        }
        PeriodFault::Order => {
            "The day after the `/` must be later than the first day; it is the day after the last: `2013-02-20/2013-03-04`."
        }
        _ => {
            "Write a month as `2023-03`, a calendar quarter as `2023-Q1`, a calendar year as `2023`, a day as \
             `2012-12-11`, and any other period as its first day and its length, such as a financial year: `2022-04-01/P1Y`."
        }
    }
}

/// What a period of this frequency looks like.
fn example_of(frequency: Frequency) -> &'static str {
    match frequency {
        Frequency::Monthly => "Give one calendar month, such as `2023-03`.",
        Frequency::Quarterly => {
            "Give a quarter that begins on 1 January, April, July or October, such as `2023-Q2` or `2023-04-01/P3M`."
        }
        Frequency::HalfYearly => {
            "Give six months that begin on 1 January, April, July or October, such as `2023-04-01/P6M`."
        }
        Frequency::Yearly => {
            "Give a year that begins on the first day of a month, such as `2022-04-01/P1Y` or the calendar year `2023`."
        }
        Frequency::YearByQuarter => {
            "Give a year that ends with March, June, September or December, such as `2017-07-01/P1Y`."
        }
        Frequency::YearByMonth => "Give a year that ends with a month, such as `2017-06-01/P1Y`.",
        Frequency::Irregular => "Give any period.",
    }
}
