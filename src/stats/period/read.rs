//! Periods as they are read: the forms of ISO 8601 that leave nothing open.

use chrono::{Days, NaiveDate};

use super::{FIRST_YEAR, LAST_YEAR, Period, PeriodFault, after_months, hint};

/// The most characters that are looked at. The longest form has 21; the rest is for texts that get a hint.
const LONGEST: usize = 40;

/// Reads any form.
pub fn period(text: &str) -> Result<Period, PeriodFault> {
    if text.trim_ascii().is_empty() {
        return Err(PeriodFault::Empty);
    }
    if text.len() > LONGEST {
        return Err(PeriodFault::Form);
    }
    match text.split_once('/') {
        Some((start, rest)) => match form(start) {
            Some(Form::Day(..)) => interval(day(start)?, rest),
            _ => Err(hint::of(text)),
        },
        None => match form(text) {
            Some(form) => single(form),
            None => Err(hint::of(text)),
        },
    }
}

/// A form without a `/`, with its numbers as they are written.
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

/// A number of exactly so many digits.
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
        // What looks like the next year's last two digits is a financial year, and is never read as one.
        Form::Month(year, next) if hint::follows(year, next) => Err(PeriodFault::FinancialYear(year)),
        Form::Month(..) => Err(PeriodFault::NoSuchMonth),
        Form::Day(year, month, day) => {
            let day = NaiveDate::from_ymd_opt(year, month, day).ok_or(PeriodFault::NoSuchDay)?;
            Period::new(day, day.succ_opt().ok_or(PeriodFault::OutOfRange)?).ok_or(PeriodFault::OutOfRange)
        }
    }
}

/// So many months from the first of this one.
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

/// From a day, for so long or until before a day.
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

/// The day that is so much later: a number, and `D`, `M` or `Y`.
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
    if months > years_in_months() {
        return Err(PeriodFault::OutOfRange);
    }
    after_months(start, months).ok_or(PeriodFault::NoSuchEnd)
}

/// All the months that there are.
fn years_in_months() -> u32 {
    (LAST_YEAR + 1 - FIRST_YEAR).unsigned_abs() * 12
}
