//! Guesses what a refused text was meant to say, so that the error can show how to write it. The text is refused all the
//! same.

use chrono::NaiveDate;

use super::days::after_months;
use super::fault::PeriodFault;
use super::write::MONTHS;

/// True if `next` is the year after `year`, or its last two digits.
pub fn is_next_year(year: i32, next: u32) -> bool {
    let after = (year + 1).unsigned_abs();
    next == after || next == after % 100
}

/// A run of digits or of letters in a text.
enum Part {
    /// Four digits.
    Year(i32),
    /// Other digits.
    Number(u32),
    /// The `Q` of a quarter.
    Quarter,
    /// A month's name or its beginning, as the month's number.
    Month(u32),
}

/// The fault that shows how to write the text.
pub fn fault_for(text: &str) -> PeriodFault {
    parts(text).and_then(|parts| guess(&parts)).unwrap_or(PeriodFault::Form)
}

fn guess(parts: &[Part]) -> Option<PeriodFault> {
    use Part::{Month, Number, Quarter, Year};
    match *parts {
        [Year(year), Number(next)] if is_next_year(year, next) => Some(PeriodFault::FinancialYear(year)),
        [Year(year), Year(next)] if is_next_year(year, next.unsigned_abs()) => {
            Some(PeriodFault::FinancialYear(year))
        }
        [Year(year), Quarter, Number(quarter)] | [Quarter, Number(quarter), Year(year)] => {
            (1..=4).contains(&quarter).then_some(PeriodFault::Quarter(year, quarter))
        }
        [Year(year), Number(next), Quarter, Number(quarter)]
        | [Quarter, Number(quarter), Year(year), Number(next)]
            if is_next_year(year, next) =>
        {
            financial_quarter(year, quarter)
        }
        [Year(year), Number(month) | Month(month)] | [Number(month) | Month(month), Year(year)] => {
            NaiveDate::from_ymd_opt(year, month, 1).map(PeriodFault::Month)
        }
        [Year(year), Number(month), Number(day)]
        | [Number(day), Number(month) | Month(month), Year(year)] => {
            NaiveDate::from_ymd_opt(year, month, day).map(PeriodFault::Day)
        }
        _ => None,
    }
}

fn financial_quarter(year: i32, quarter: u32) -> Option<PeriodFault> {
    let april = NaiveDate::from_ymd_opt(year, 4, 1)?;
    let start = after_months(april, 3 * quarter.checked_sub(1)?)?;
    (quarter <= 4).then_some(PeriodFault::FinancialQuarter(start))
}

/// The parts of a text. None if one of them is not understood. `FY` is skipped: the years say the same.
fn parts(text: &str) -> Option<Vec<Part>> {
    let mut parts = vec![];
    for run in runs(text) {
        if !run.eq_ignore_ascii_case("fy") {
            parts.push(part(run)?);
        }
    }
    Some(parts)
}

/// The runs of digits and the runs of letters; everything else separates them.
fn runs(text: &str) -> Vec<&str> {
    let mut runs = vec![];
    for piece in text.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|piece| !piece.is_empty())
    {
        let mut from = 0;
        let bytes = piece.as_bytes();
        for at in 1..bytes.len() {
            if bytes[at].is_ascii_digit() != bytes[at - 1].is_ascii_digit() {
                runs.push(&piece[from..at]);
                from = at;
            }
        }
        runs.push(&piece[from..]);
    }
    runs
}

fn part(run: &str) -> Option<Part> {
    if run.starts_with(|first: char| first.is_ascii_digit()) {
        let year = if run.len() == 4 { run.parse().ok().map(Part::Year) } else { None };
        return year.or_else(|| run.parse().ok().map(Part::Number));
    }
    if run.eq_ignore_ascii_case("q") {
        return Some(Part::Quarter);
    }
    let month =
        MONTHS.iter().position(|name| run.get(..3).is_some_and(|head| head.eq_ignore_ascii_case(name)))?;
    u32::try_from(month + 1).ok().map(Part::Month)
}
