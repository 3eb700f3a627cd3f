//! Parses periods: the unambiguous forms of ISO 8601.

use chrono::{Days, NaiveDate};

use super::days::{Period, after_months};
use super::fault::{FIRST_YEAR, LAST_YEAR, PeriodFault};
use super::hint;

/// The longest text that is parsed. The longest form has 21 characters; longer texts may still get a hint.
const MAX_LENGTH: usize = 40;

impl Period {
    /// Parses a month `2023-03`, a calendar quarter `2023-Q1`, a calendar year `2023`, a day `2012-12-11`, a first day
    /// and a duration in days, months or years `2022-04-01/P1Y`, or a first day and the day after the last
    /// `2013-02-20/2013-03-04`.
    pub fn parse(text: &str) -> Result<Period, PeriodFault> {
        if text.trim_ascii().is_empty() {
            return Err(PeriodFault::Empty);
        }
        if text.len() > MAX_LENGTH {
            return Err(PeriodFault::Form);
        }
        match text.split_once('/') {
            Some((start, rest)) => match form(start) {
                Some(Form::Day(..)) => interval(day(start)?, rest),
                _ => Err(hint::fault_for(text)),
            },
            None => match form(text) {
                Some(form) => single(form),
                None => Err(hint::fault_for(text)),
            },
        }
    }
}

/// A form without a `/`, with its numbers as written, not yet checked.
enum Form {
    Year(i32),
    Quarter(i32, u32),
    Month(i32, u32),
    Day(i32, u32, u32),
}

fn form(text: &str) -> Option<Form> {
    let mut parts = text.split('-');
    let year = digits::<i32>(parts.next()?, 4)?;
    let form = match (parts.next(), parts.next()) {
        (None, _) => Form::Year(year),
        (Some(part), None) => match part.strip_prefix('Q') {
            Some(quarter) => Form::Quarter(year, digits(quarter, 1)?),
            None => Form::Month(year, digits(part, 2)?),
        },
        (Some(month), Some(day)) => Form::Day(year, digits(month, 2)?, digits(day, 2)?),
    };
    parts.next().is_none().then_some(form)
}

/// A number of exactly `count` digits.
fn digits<T: std::str::FromStr>(text: &str, count: usize) -> Option<T> {
    let fits = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    if fits { text.parse().ok() } else { None }
}

fn single(form: Form) -> Result<Period, PeriodFault> {
    match form {
        Form::Year(year) => months(year, 1, 12),
        Form::Quarter(year, quarter @ 1..=4) => months(year, 3 * quarter - 2, 3),
        Form::Quarter(..) => Err(PeriodFault::NoSuchQuarter),
        Form::Month(year, month @ 1..=12) => months(year, month, 1),
        // `2022-23` means a financial year. It is refused, with a hint how to write it.
        Form::Month(year, next) if hint::is_next_year(year, next) => Err(PeriodFault::FinancialYear(year)),
        Form::Month(..) => Err(PeriodFault::NoSuchMonth),
        Form::Day(year, month, day) => {
            let day = NaiveDate::from_ymd_opt(year, month, day).ok_or(PeriodFault::NoSuchDay)?;
            Period::new(day, day.succ_opt().ok_or(PeriodFault::OutOfRange)?).ok_or(PeriodFault::OutOfRange)
        }
    }
}

/// `count` months from the first day of this month.
fn months(year: i32, month: u32, count: u32) -> Result<Period, PeriodFault> {
    let start = NaiveDate::from_ymd_opt(year, month, 1).ok_or(PeriodFault::NoSuchMonth)?;
    let end = after_months(start, count).ok_or(PeriodFault::OutOfRange)?;
    Period::new(start, end).ok_or(PeriodFault::OutOfRange)
}

fn day(text: &str) -> Result<NaiveDate, PeriodFault> {
    match form(text) {
        Some(Form::Day(year, month, day)) => {
            NaiveDate::from_ymd_opt(year, month, day).ok_or(PeriodFault::NoSuchDay)
        }
        _ => Err(PeriodFault::Form),
    }
}

/// From a first day: a duration, or the day after the last.
fn interval(start: NaiveDate, rest: &str) -> Result<Period, PeriodFault> {
    let end = match rest.strip_prefix('P') {
        Some(duration) => after(start, duration)?,
        None => day(rest)?,
    };
    if end <= start {
        return Err(PeriodFault::Order);
    }
    Period::new(start, end).ok_or(PeriodFault::OutOfRange)
}

/// The day at the end of a duration: a number, then `D`, `M` or `Y`.
fn after(start: NaiveDate, duration: &str) -> Result<NaiveDate, PeriodFault> {
    let unit = duration.chars().last().ok_or(PeriodFault::Duration)?;
    let count = duration.strip_suffix(unit).filter(|count| (1..=6).contains(&count.len()));
    let count: u32 = count.and_then(|count| digits(count, count.len())).ok_or(PeriodFault::Duration)?;
    let months = match unit {
        _ if count == 0 => return Err(PeriodFault::Duration),
        'D' => return start.checked_add_days(Days::new(count.into())).ok_or(PeriodFault::OutOfRange),
        'M' => count,
        'Y' => count * 12,
        _ => return Err(PeriodFault::Duration),
    };
    if months > MAX_MONTHS {
        return Err(PeriodFault::OutOfRange);
    }
    after_months(start, months).ok_or(PeriodFault::NoSuchEnd)
}

/// The number of months in the accepted years.
const MAX_MONTHS: u32 = (LAST_YEAR + 1 - FIRST_YEAR).unsigned_abs() * 12;
