//! The length of a period that a mapping declares.

use chrono::{Datelike, Days, Months, NaiveDate};

use crate::stats::period::{Period, PeriodFault};

/// The longest length of a period, in months.
const MAX_MONTHS: u32 = 1_200;

/// The length of a period: months or days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// So many months.
    Months(u32),
    /// So many days.
    Days(u32),
}

impl Length {
    /// Parses `P1Y`, `P3M`, `P1W` or `P7D`.
    pub fn parse(length: &str) -> Option<Length> {
        let body = length.strip_prefix('P')?;
        let (number, unit) = body.split_at_checked(body.len().checked_sub(1)?)?;
        if number.is_empty() || number.len() > 3 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let number: u32 = number.parse().ok()?;
        let length = match unit {
            "Y" => Length::Months(number * 12),
            "M" => Length::Months(number),
            "W" => Length::Days(number * 7),
            "D" => Length::Days(number),
            _ => return None,
        };
        match length {
            Length::Months(months) => (1..=MAX_MONTHS).contains(&months).then_some(length),
            Length::Days(days) => (days > 0).then_some(length),
        }
    }

    /// The period of this length from its first day.
    pub fn starting(self, first: NaiveDate) -> Result<Period, PeriodFault> {
        match self {
            Length::Months(months) => {
                if first.day() > 28 {
                    return Err(PeriodFault::NoSuchEnd);
                }
                let end = first.checked_add_months(Months::new(months)).ok_or(PeriodFault::OutOfRange)?;
                Period::new(first, end).ok_or(PeriodFault::OutOfRange)
            }
            Length::Days(days) => {
                let end = first.checked_add_days(Days::new(days.into())).ok_or(PeriodFault::OutOfRange)?;
                Period::new(first, end).ok_or(PeriodFault::OutOfRange)
            }
        }
    }

    /// The period of this length up to its last day.
    pub fn ending(self, last: NaiveDate) -> Result<Period, PeriodFault> {
        match self {
            Length::Months(months) => Period::ending(last, months),
            Length::Days(days) => {
                let end = last.succ_opt().ok_or(PeriodFault::OutOfRange)?;
                let first = end.checked_sub_days(Days::new(days.into())).ok_or(PeriodFault::OutOfRange)?;
                Period::new(first, end).ok_or(PeriodFault::OutOfRange)
            }
        }
    }
}
