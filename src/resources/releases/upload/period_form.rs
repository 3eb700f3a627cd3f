//! The form in which a file writes its periods.
//!
//! A form is a text with placeholders in the places of what varies: `MMM YYYY`, `YYYY/YY Qq`, `Year ending MMMM YYYY`. Letters,
//! dashes and spaces are compared as people see them: without regard to case, and every kind of dash and of space is one.

use chrono::{Datelike, Days, Months, NaiveDate};

use super::period_length::Length;
use super::text;
use crate::stats::period::{Period, PeriodFault};

/// The names of the months. Their first three letters are the short names.
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// The first month of a financial year.
const APRIL: u32 = 4;

/// The first two-digit year that stands for one before 2000.
const LAST_CENTURY: i32 = 70;

/// A placeholder, or text.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    /// `YYYY`.
    Year,
    /// `YY`.
    ShortYear,
    /// `MM`.
    Month,
    /// `MMM` or `MMMM`.
    MonthName,
    /// `DD`.
    Day,
    /// `q`.
    Quarter,
    /// `h`.
    Half,
    /// `w` or `ww`.
    Week,
    Text(char),
}

/// The form in which a file writes its periods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PeriodForm {
    /// The number of a day, as sheets count them.
    Serial,
    /// A text with placeholders.
    Pieces(Vec<PiecesOf>, u32),
}

/// A piece of a form, opaque outside of this module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PiecesOf(Piece);

/// What a text in a form says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeriodText {
    /// A day, a month or a year: its first and its last day. Which period it begins or ends, the mapping says.
    Days(NaiveDate, NaiveDate),
    /// A whole period.
    Period(Period),
}

impl PeriodForm {
    /// Parses a form. It has at least a year, and each other placeholder at most as often as a period has a beginning and an
    /// end. `year_begins` is the month in which the years that the form counts begin, if the mapping says it.
    pub fn parse(form: &str, year_begins: Option<u32>) -> Option<PeriodForm> {
        if form.trim().eq_ignore_ascii_case("serial") {
            return Some(PeriodForm::Serial);
        }
        let pieces = pieces(&text::tidy(form));
        let count = |matches: fn(&Piece) -> bool| pieces.iter().filter(|piece| matches(piece)).count();
        let years = count(is_year);
        let months = count(|piece| matches!(piece, Piece::Month | Piece::MonthName));
        let days = count(|piece| *piece == Piece::Day);
        let parts = count(|piece| matches!(piece, Piece::Quarter | Piece::Half | Piece::Week));
        let weeks = count(|piece| *piece == Piece::Week);
        // A split year (2023/24) has two years and says of no month in which of them it is, unless both months are said.
        let fits = (1..=2).contains(&years)
            && months <= 2
            && days <= months
            && parts <= 1
            && (parts == 0 || days == 0 && months != 1)
            && (weeks == 0 || years == 1 && months == 0)
            && !(years == 2 && months == 1)
            && !(months == 2 && days == 1);
        let is_split = years == 2 && months == 0;
        let begins = year_begins.unwrap_or(if is_split || years == 2 { APRIL } else { 1 });
        let pieces = pieces.into_iter().map(PiecesOf).collect();
        (fits && (1..=12).contains(&begins)).then_some(PeriodForm::Pieces(pieces, begins))
    }

    /// Whether a text in this form says a whole period, so that neither its length nor its end needs to be declared.
    pub fn is_whole(&self) -> bool {
        let PeriodForm::Pieces(pieces, _) = self else { return false };
        let count = |matches: fn(&Piece) -> bool| pieces.iter().filter(|piece| matches(&piece.0)).count();
        let parts = count(|piece| matches!(piece, Piece::Quarter | Piece::Half | Piece::Week));
        let months = count(|piece| matches!(piece, Piece::Month | Piece::MonthName));
        parts > 0 || months == 2 || count(is_year) == 2
    }

    /// What a tidy text says. None if it does not have this form.
    pub fn read(&self, text: &str) -> Option<Result<PeriodText, PeriodFault>> {
        match self {
            PeriodForm::Serial => {
                let number: u64 = text.strip_suffix(".0").unwrap_or(text).parse().ok()?;
                // Day 60 is the 29 February 1900 of sheets; figures begin later.
                let first = NaiveDate::from_ymd_opt(1899, 12, 30)?;
                let day = first.checked_add_days(Days::new(number)).filter(|_| number > 60)?;
                Some(Ok(PeriodText::Days(day, day)))
            }
            PeriodForm::Pieces(pieces, begins) => {
                let found = Found::read(pieces, &text.to_lowercase())?;
                Some(found.meaning(*begins)?)
            }
        }
    }
}

fn is_year(piece: &Piece) -> bool {
    matches!(piece, Piece::Year | Piece::ShortYear)
}

/// The pieces of a form. Text in single quotes has no placeholders.
fn pieces(form: &str) -> Vec<Piece> {
    let mut pieces = vec![];
    let mut rest = form;
    let mut previous = ' ';
    while let Some(letter) = rest.chars().next() {
        if letter == '\'' {
            let quoted = rest[1..].split('\'').next().unwrap_or_default();
            pieces.extend(quoted.to_lowercase().chars().map(Piece::Text));
            rest = rest.get(quoted.len() + 2..).unwrap_or_default();
            continue;
        }
        // `w/e` and `w/c`, for weeks, are text.
        if ["w/e", "w/c"]
            .iter()
            .any(|known| rest.get(..3).is_some_and(|start| start.eq_ignore_ascii_case(known)))
        {
            pieces.extend(rest[..3].to_lowercase().chars().map(Piece::Text));
            rest = &rest[3..];
            continue;
        }
        // `FY` before a year is text.
        if rest.starts_with("FYYY") {
            pieces.extend(['f', 'y'].map(Piece::Text));
            rest = &rest[2..];
            continue;
        }
        let known = [
            ("YYYY", Piece::Year),
            ("YY", Piece::ShortYear),
            ("MMMM", Piece::MonthName),
            ("MMM", Piece::MonthName),
            ("MM", Piece::Month),
            ("DD", Piece::Day),
            ("ww", Piece::Week),
            ("w", Piece::Week),
            ("q", Piece::Quarter),
            ("h", Piece::Half),
        ];
        let found = known.into_iter().find(|(token, _)| {
            // Small letters are placeholders only by themselves: `Week w`, `Qq`, not in `Quarter` or `to the`.
            let is_small = token.starts_with(|c: char| c.is_ascii_lowercase());
            let next = rest[token.len().min(rest.len())..].chars().next();
            rest.starts_with(token)
                && !(is_small
                    && (previous.is_ascii_lowercase() || next.is_some_and(|next| next.is_ascii_lowercase())))
        });
        match found {
            Some((token, piece)) => {
                pieces.push(piece);
                rest = &rest[token.len()..];
                previous = ' ';
            }
            None => {
                pieces.extend(letter.to_lowercase().map(Piece::Text));
                rest = &rest[letter.len_utf8()..];
                previous = letter;
            }
        }
    }
    pieces
}

/// What the placeholders of a form stand for in a text.
#[derive(Default)]
struct Found {
    years: Vec<(i32, bool)>,
    months: Vec<u32>,
    days: Vec<u32>,
    quarter: Option<u32>,
    half: Option<u32>,
    week: Option<u32>,
}

impl Found {
    fn read(pieces: &[PiecesOf], text: &str) -> Option<Found> {
        let mut found = Found::default();
        let mut rest = text;
        for (n, PiecesOf(piece)) in pieces.iter().enumerate() {
            let next = pieces.get(n + 1).map(|next| &next.0);
            let is_before_digits =
                next.is_some_and(|next| !matches!(next, Piece::Text(_) | Piece::MonthName));
            match piece {
                Piece::Year => found.years.push((number(&mut rest, 4, 4)?, true)),
                Piece::ShortYear => found.years.push((number(&mut rest, 2, 2)?, false)),
                Piece::Month => found.months.push(month_number(&mut rest, is_before_digits)?),
                Piece::MonthName => found.months.push(month_name(&mut rest)?),
                Piece::Day => found.days.push(day_number(&mut rest, is_before_digits)?),
                Piece::Quarter => found.quarter = Some(number::<u32>(&mut rest, 1, 1)?),
                Piece::Half => found.half = Some(number::<u32>(&mut rest, 1, 1)?),
                Piece::Week => found.week = Some(number::<u32>(&mut rest, 1, 2)?),
                Piece::Text(letter) => rest = rest.strip_prefix(*letter)?,
            }
        }
        let has_day = !found.days.is_empty();
        (rest.is_empty() || has_day && is_midnight(rest)).then_some(found)
    }

    /// None if the parts contradict one another.
    fn meaning(&self, begins: u32) -> Option<Result<PeriodText, PeriodFault>> {
        let years: Vec<i32> = match self.years.as_slice() {
            [(year, is_full)] => vec![full(*year, *is_full)],
            [(first, is_full), (second, true)] => vec![full(*first, *is_full), *second],
            // The second of two years is in the century of the first, or the next.
            [(first, is_full), (second, false)] => {
                let first = full(*first, *is_full);
                let century = first - first.rem_euclid(100);
                let second = century + second;
                vec![first, if second < first { second + 100 } else { second }]
            }
            _ => return None,
        };
        let first_year = *years.first()?;
        let part = match (self.quarter, self.half) {
            (Some(quarter), _) => Some((quarter, 4)),
            (_, Some(half)) => Some((half, 2)),
            _ => None,
        };
        let is_split = years.len() == 2 && (self.months.is_empty() || part.is_some());
        if is_split && years[1] != first_year + 1 {
            return None;
        }
        if let Some(week) = self.week {
            return Some(week_of(first_year, week));
        }
        if let Some((nth, of)) = part {
            if !(1..=of).contains(&nth) {
                return Some(Err(PeriodFault::NoSuchQuarter));
            }
            let months = 12 / of;
            let period = months_from(first_year, begins, (nth - 1) * months, months);
            // Months in brackets must be those of the quarter.
            let agrees = |period: Period| match self.months.as_slice() {
                [first, last] => (period.start.month(), period.last_day().month()) == (*first, *last),
                _ => true,
            };
            return match period {
                Ok(period) if !agrees(period) => None,
                other => Some(other.map(PeriodText::Period)),
            };
        }
        if is_split {
            return Some(months_from(first_year, begins, 0, 12).map(PeriodText::Period));
        }
        if let [first, last] = self.months.as_slice() {
            return Some(self.range(&years, *first, *last));
        }
        let month = self.months.first().copied();
        let day = self.days.first().copied();
        let Some(first) = NaiveDate::from_ymd_opt(first_year, month.unwrap_or(begins), day.unwrap_or(1))
        else {
            return Some(Err(PeriodFault::NoSuchDay));
        };
        if day.is_some() {
            return Some(Ok(PeriodText::Days(first, first)));
        }
        let length = if month.is_some() { 1 } else { 12 };
        let last = first.checked_add_months(Months::new(length)).and_then(|end| end.pred_opt());
        Some(last.map(|last| PeriodText::Days(first, last)).ok_or(PeriodFault::OutOfRange))
    }

    /// From a month to a month, or from a day to a day. With one year, it is that of the end.
    fn range(&self, years: &[i32], first: u32, last: u32) -> Result<PeriodText, PeriodFault> {
        let of_end = years.last().copied().unwrap_or_default();
        let of_start = match years {
            [start, _] => *start,
            _ if first > last => of_end - 1,
            _ => of_end,
        };
        let first_day = self.days.first().copied().unwrap_or(1);
        let start = NaiveDate::from_ymd_opt(of_start, first, first_day).ok_or(PeriodFault::NoSuchDay)?;
        let end = match self.days.get(1) {
            Some(day) => NaiveDate::from_ymd_opt(of_end, last, *day).and_then(|day| day.succ_opt()),
            None => NaiveDate::from_ymd_opt(of_end, last, 1)
                .and_then(|day| day.checked_add_months(Months::new(1))),
        };
        let end = end.ok_or(PeriodFault::NoSuchDay)?;
        if end <= start {
            return Err(PeriodFault::Order);
        }
        Period::new(start, end).map(PeriodText::Period).ok_or(PeriodFault::OutOfRange)
    }
}

/// `months` months, after `skip` months of the year that begins in this month of this year.
fn months_from(year: i32, begins: u32, skip: u32, months: u32) -> Result<Period, PeriodFault> {
    let start = NaiveDate::from_ymd_opt(year, begins, 1).ok_or(PeriodFault::NoSuchMonth)?;
    let start = start.checked_add_months(Months::new(skip)).ok_or(PeriodFault::OutOfRange)?;
    Length::Months(months).starting(start)
}

/// A week of ISO 8601: the first has the first Thursday of the year.
fn week_of(year: i32, week: u32) -> Result<PeriodText, PeriodFault> {
    let monday =
        NaiveDate::from_isoywd_opt(year, week, chrono::Weekday::Mon).ok_or(PeriodFault::NoSuchDay)?;
    Length::Days(7).starting(monday).map(PeriodText::Period)
}

fn full(year: i32, is_full: bool) -> i32 {
    match year {
        year if is_full => year,
        year if year < LAST_CENTURY => 2000 + year,
        year => 1900 + year,
    }
}

/// A number of `least` to `most` digits.
fn number<T: std::str::FromStr>(rest: &mut &str, least: usize, most: usize) -> Option<T> {
    let count = rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
    let (digits, after) = rest.split_at_checked(count).filter(|_| count >= least)?;
    *rest = after;
    digits.parse().ok()
}

fn month_number(rest: &mut &str, is_before_digits: bool) -> Option<u32> {
    number(rest, if is_before_digits { 2 } else { 1 }, 2)
}

/// The number of a day, with or without `st`, `nd`, `rd` or `th`.
fn day_number(rest: &mut &str, is_before_digits: bool) -> Option<u32> {
    let day = number(rest, if is_before_digits { 2 } else { 1 }, 2)?;
    for ending in ["st", "nd", "rd", "th"] {
        if let Some(after) = rest.strip_prefix(ending) {
            *rest = after;
            break;
        }
    }
    Some(day)
}

/// The name of a month, whole or short, with or without a full stop.
fn month_name(rest: &mut &str) -> Option<u32> {
    for (name, number) in MONTHS.iter().zip(1..) {
        for known in [*name, if number == 9 { "sept" } else { *name }, &name[..3]] {
            if let Some(after) = rest.strip_prefix(known)
                && !after.starts_with(|c: char| c.is_alphabetic())
            {
                *rest = after.strip_prefix('.').filter(|_| known.len() < name.len()).unwrap_or(after);
                return Some(number);
            }
        }
    }
    None
}

/// Whether what follows a day is its midnight: `t00:00:00z`, ` 00:00`. Another time could be that of another day.
fn is_midnight(rest: &str) -> bool {
    let Some(time) = rest.strip_prefix(['t', ' ']) else { return false };
    let end = time.find(['z', '+', '-']).unwrap_or(time.len());
    let (clock, zone) = time.split_at(end);
    let is_zero = clock.len() >= 5
        && clock.contains(':')
        && clock.trim_end().chars().all(|c| matches!(c, '0' | ':' | '.'));
    let is_zone = matches!(zone, "" | "z")
        || zone.len() == 6 && zone[1..].chars().all(|c| c.is_ascii_digit() || c == ':');
    is_zero && is_zone
}
