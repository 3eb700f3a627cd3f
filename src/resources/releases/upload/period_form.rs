//! The form in which a file writes its periods.
//!
//! A form is a text with placeholders in the places of what varies: `MMM YYYY`, `YYYY/YY Qq`, `Year ending MMMM YYYY`. Letters,
//! dashes and spaces are compared as people see them: without regard to case, and every kind of dash and of space is one.

use chrono::{Datelike, Days, Months, NaiveDate};

use super::period_length::Length;
use super::period_parts::{day_number, is_midnight, month_name, month_number, number};
use super::text;
use crate::stats::period::{Period, PeriodFault};

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
    /// The number of a day, as sheets count them: the days since this one.
    Serial(NaiveDate),
    /// A text with placeholders.
    Pieces(Vec<PiecesOf>, Years),
}

/// How the years of a form are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Years {
    /// The month in which they begin.
    begins: u32,
    /// Whether a year that is named by one number has that of its end: `FY2020` for 2019/20.
    by_end: bool,
    /// Whether two years next to one another are one split year: `2023/24`, not `2023 to 2024`.
    is_split: bool,
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
    /// end. `year_begins` is the month in which the years that the form counts begin, if the mapping says it; `by_end`, that
    /// a year has the number of its end. Sheets count days from `day_zero`.
    pub fn parse(
        form: &str,
        year_begins: Option<u32>,
        by_end: bool,
        day_zero: NaiveDate,
    ) -> Option<PeriodForm> {
        if form.trim().eq_ignore_ascii_case("serial") {
            return Some(PeriodForm::Serial(day_zero));
        }
        let pieces = pieces(&text::tidy(form));
        let count = |matches: fn(&Piece) -> bool| pieces.iter().filter(|piece| matches(piece)).count();
        let years = count(is_year);
        let months = count(|piece| matches!(piece, Piece::Month | Piece::MonthName));
        let days = count(|piece| *piece == Piece::Day);
        let parts = count(|piece| matches!(piece, Piece::Quarter | Piece::Half | Piece::Week));
        let weeks = count(|piece| *piece == Piece::Week);
        // Two years with nothing but text between them are a split year (2023/24); months are then those of that year.
        let (first, last) = (pieces.iter().position(is_year), pieces.iter().rposition(is_year));
        let between = first.zip(last).and_then(|(first, last)| pieces.get(first + 1..last));
        let is_split =
            years == 2 && between.is_some_and(|all| all.iter().all(|piece| matches!(piece, Piece::Text(_))));
        let fits = (1..=2).contains(&years)
            && months <= 2
            && days <= months
            && parts <= 1
            && (parts == 0 || days == 0 && months != 1)
            && (weeks == 0 || years == 1 && months == 0)
            && !(years == 2 && months == 1 && !is_split)
            && !(months == 2 && days == 1);
        let begins = year_begins.unwrap_or(if years == 2 { APRIL } else { 1 });
        let pieces = pieces.into_iter().map(PiecesOf).collect();
        let years = Years { begins, by_end: by_end && begins > 1, is_split };
        (fits && (1..=12).contains(&begins)).then_some(PeriodForm::Pieces(pieces, years))
    }

    /// Whether a text in this form says a whole period, so that neither its length nor its end needs to be declared.
    pub fn is_whole(&self) -> bool {
        let PeriodForm::Pieces(pieces, _) = self else { return false };
        let count = |matches: fn(&Piece) -> bool| pieces.iter().filter(|piece| matches(&piece.0)).count();
        let parts = count(|piece| matches!(piece, Piece::Quarter | Piece::Half | Piece::Week));
        let months = count(|piece| matches!(piece, Piece::Month | Piece::MonthName));
        parts > 0 || months == 2 || months == 0 && count(is_year) == 2
    }

    /// Whether a text in this form has the number of one year that begins in another month than January, so that it may be that of
    /// its beginning or of its end.
    pub fn has_one_number_of_two_years(&self) -> bool {
        let PeriodForm::Pieces(pieces, years) = self else { return false };
        let has = |matches: fn(&Piece) -> bool| pieces.iter().any(|piece| matches(&piece.0));
        pieces.iter().filter(|piece| is_year(&piece.0)).count() == 1
            && years.begins > 1
            && has(|piece| matches!(piece, Piece::Quarter | Piece::Half))
    }

    /// What a tidy text says. None if it does not have this form.
    pub fn read(&self, text: &str) -> Option<Result<PeriodText, PeriodFault>> {
        match self {
            PeriodForm::Serial(day_zero) => {
                let number: u64 = text.strip_suffix(".0").unwrap_or(text).parse().ok()?;
                // Day 60 is the 29 February 1900 of sheets; figures begin later.
                let day = day_zero.checked_add_days(Days::new(number)).filter(|_| number > 60)?;
                Some(Ok(PeriodText::Days(day, day)))
            }
            PeriodForm::Pieces(pieces, years) => {
                let found = Found::read(pieces, &text.to_lowercase())?;
                Some(found.meaning(*years)?)
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
            // Two single quotes are one that is text: `MMM''YY`.
            pieces
                .extend(if quoted.is_empty() { "'" } else { quoted }.to_lowercase().chars().map(Piece::Text));
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

/// Whether a year and a point are before a piece: text and number are the same to a spreadsheet then.
fn is_after_year_and_point(pieces: &[PiecesOf], n: usize) -> bool {
    let before = |back: usize| n.checked_sub(back).and_then(|at| pieces.get(at)).map(|piece| &piece.0);
    before(1) == Some(&Piece::Text('.')) && before(2) == Some(&Piece::Year)
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
                // `2020.1` may be an October whose 0 a spreadsheet has left out.
                Piece::Month => {
                    let is_decimal = next.is_none() && is_after_year_and_point(pieces, n);
                    found.months.push(month_number(&mut rest, is_before_digits || is_decimal)?);
                }
                Piece::MonthName => found.months.push(month_name(&mut rest)?),
                Piece::Day => found.days.push(day_number(&mut rest, is_before_digits)?),
                Piece::Quarter => found.quarter = Some(number::<u32>(&mut rest, 1, 1)?),
                Piece::Half => found.half = Some(number::<u32>(&mut rest, 1, 1)?),
                Piece::Week => found.week = Some(number::<u32>(&mut rest, 1, 2)?),
                Piece::Text('\'') => rest = rest.strip_prefix(['\'', '\u{2018}', '\u{2019}'])?,
                Piece::Text(letter) => rest = rest.strip_prefix(*letter)?,
            }
        }
        let has_day = !found.days.is_empty();
        (rest.is_empty() || has_day && is_midnight(rest)).then_some(found)
    }

    /// None if the parts contradict one another.
    fn meaning(&self, counted: Years) -> Option<Result<PeriodText, PeriodFault>> {
        let begins = counted.begins;
        if self.months.iter().any(|month| !(1..=12).contains(month)) {
            return Some(Err(PeriodFault::NoSuchMonth));
        }
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
        let part = match (self.quarter, self.half) {
            (Some(quarter), _) => Some((quarter, 4)),
            (_, Some(half)) => Some((half, 2)),
            _ => None,
        };
        let first_year = *years.first()?;
        let is_split = years.len() == 2 && (counted.is_split || part.is_some());
        if is_split && years[1] != first_year + 1 {
            return None;
        }
        // `FY2020` that is named by its end began in 2019.
        let counts_year = years.len() == 1 && (self.months.is_empty() || part.is_some());
        let first_year = first_year - i32::from(counts_year && counted.by_end && self.week.is_none());
        if let Some(week) = self.week {
            return Some(week_of(first_year, week));
        }
        if let Some((nth, of)) = part {
            if !(1..=of).contains(&nth) {
                let is_half = of == 2;
                return Some(Err(if is_half { PeriodFault::NoSuchHalf } else { PeriodFault::NoSuchQuarter }));
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
        // The year of a month of a split year: those before its first month are in the next.
        let year_of = |month: u32| first_year + i32::from(is_split && month < begins);
        if is_split && self.months.is_empty() {
            return Some(months_from(first_year, begins, 0, 12).map(PeriodText::Period));
        }
        if let [first, last] = self.months.as_slice() {
            let years = if is_split { vec![year_of(*first), year_of(*last)] } else { years };
            return Some(self.range(&years, *first, *last));
        }
        let month = self.months.first().copied();
        let first_year = month.map_or(first_year, year_of);
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
        NaiveDate::from_isoywd_opt(year, week, chrono::Weekday::Mon).ok_or(PeriodFault::NoSuchWeek)?;
    Length::Days(7).starting(monday).map(PeriodText::Period)
}

fn full(year: i32, is_full: bool) -> i32 {
    match year {
        year if is_full => year,
        year if year < LAST_CENTURY => 2000 + year,
        year => 1900 + year,
    }
}
