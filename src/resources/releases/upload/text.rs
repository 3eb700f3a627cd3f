//! Parses the texts of cells: names, numbers, days and lengths of periods.

use std::borrow::Cow;

use chrono::{Datelike, Months, NaiveDate};

use crate::stats::decimal::{DecimalFault, Scaled};
use crate::stats::period::{Period, PeriodFault};

/// A text without spaces at its ends, and with one space in the place of several or of a line break.
pub fn tidy(text: &str) -> Cow<'_, str> {
    let trimmed = text.trim();
    let is_untidy =
        |(previous, letter): (char, char)| letter.is_whitespace() && (letter != ' ' || previous == ' ');
    if trimmed.chars().zip(trimmed.chars().skip(1)).any(is_untidy) {
        return Cow::Owned(trimmed.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    Cow::Borrowed(trimmed)
}

/// A tidy name without its footnote numbers: digits, separated by commas, after the last word or before the bracket that ends
/// the name.
pub fn without_footnotes(name: &str) -> Cow<'_, str> {
    let in_footnote = |letter: char| letter.is_ascii_digit() || letter == ',' || letter == ' ';
    if let Some(inside) = name.strip_suffix(')') {
        let stripped = inside.trim_end_matches(in_footnote);
        if stripped.len() < inside.len() {
            return Cow::Owned(format!("{stripped})"));
        }
        return Cow::Borrowed(name);
    }
    let stripped = name.trim_end_matches(in_footnote);
    // A name of digits only has no footnotes.
    Cow::Borrowed(if stripped.is_empty() { name } else { stripped })
}

/// A text without the apostrophe with which the API's CSV keeps spreadsheets from running a cell.
pub fn unguarded(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if crate::http::csv::guarded(rest) == text => rest,
        _ => text,
    }
}

/// A number; with `thousands`, commas may separate thousands.
pub fn number(text: &str, thousands: bool) -> Result<Scaled, DecimalFault> {
    if !thousands || !text.contains(',') {
        return Scaled::parse(text);
    }
    let (whole, rest) = match text.find('.') {
        Some(point) => text.split_at(point),
        None => (text, ""),
    };
    let mut groups = whole.strip_prefix('-').unwrap_or(whole).split(',');
    let first = groups.next().unwrap_or_default();
    if first.is_empty() || first.len() > 3 || groups.any(|group| group.len() != 3) {
        return Err(DecimalFault::NotANumber);
    }
    Scaled::parse(&format!("{}{rest}", whole.replace(',', "")))
}

/// A number, rounded half away from zero to `places` decimals. Spreadsheets often have more decimals than are meaningful.
pub fn rounded(text: &str, thousands: bool, places: usize) -> Result<Scaled, DecimalFault> {
    let Some((whole, decimals)) = text.split_once('.') else { return number(text, thousands) };
    let Some((places_left, cut)) = decimals.split_at_checked(places) else { return number(text, thousands) };
    if !decimals.bytes().all(|byte| byte.is_ascii_digit()) || decimals.is_empty() {
        return Err(DecimalFault::NotANumber);
    }
    let down = number(
        &if places_left.is_empty() { whole.to_owned() } else { format!("{whole}.{places_left}") },
        thousands,
    )?;
    if cut.bytes().next().is_none_or(|digit| digit < b'5') {
        return Ok(down);
    }
    let unit = 10_i64.pow(6_u32.saturating_sub(u32::try_from(places).unwrap_or(6)));
    let up = if whole.starts_with('-') { -unit } else { unit };
    down.raw().checked_add(up).map(Scaled::from_raw).ok_or(DecimalFault::TooLarge)
}

/// The form in which a file writes days, months or years.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayForm(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Year,
    Month,
    MonthName { short: bool },
    Day,
    Text(char),
}

/// The names of the months. Their first three letters are the short names.
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

impl DayForm {
    /// Parses a form such as `DD-MM-YYYY` or `MMM YYYY`. It must have a year, and a month if it has a day, each once.
    pub fn parse(form: &str) -> Option<DayForm> {
        let mut pieces = vec![];
        let mut rest = form;
        while let Some(letter) = rest.chars().next() {
            let known = [
                ("YYYY", Piece::Year),
                ("MMMM", Piece::MonthName { short: false }),
                ("MMM", Piece::MonthName { short: true }),
                ("MM", Piece::Month),
                ("DD", Piece::Day),
            ];
            match known.into_iter().find(|(token, _)| rest.starts_with(token)) {
                Some((token, piece)) => {
                    pieces.push(piece);
                    rest = &rest[token.len()..];
                }
                None if letter.is_ascii_alphanumeric() => return None,
                None => {
                    pieces.push(Piece::Text(letter));
                    rest = &rest[letter.len_utf8()..];
                }
            }
        }
        let count = |matches: fn(&Piece) -> bool| pieces.iter().filter(|piece| matches(piece)).count();
        let years = count(|piece| *piece == Piece::Year);
        let months = count(|piece| matches!(piece, Piece::Month | Piece::MonthName { .. }));
        let days = count(|piece| *piece == Piece::Day);
        (years == 1 && months <= 1 && days <= months).then_some(DayForm(pieces))
    }

    /// The first and the last day of a text in this form.
    pub fn days(&self, text: &str) -> Option<(NaiveDate, NaiveDate)> {
        let (mut year, mut month, mut day) = (None, None, None);
        let mut rest = text;
        for piece in &self.0 {
            match piece {
                Piece::Year => year = Some(digits(&mut rest, 4)?),
                Piece::Month => month = Some(digits(&mut rest, 2)?),
                Piece::Day => day = Some(digits(&mut rest, 2)?),
                Piece::MonthName { short } => month = Some(month_name(&mut rest, *short)?),
                Piece::Text(letter) => rest = rest.strip_prefix(*letter)?,
            }
        }
        let year = i32::try_from(year?).ok()?;
        if !rest.is_empty() {
            return None;
        }
        let first = NaiveDate::from_ymd_opt(year, month.unwrap_or(1), day.unwrap_or(1))?;
        if day.is_some() {
            return Some((first, first));
        }
        let months = if month.is_some() { 1 } else { 12 };
        let last = first.checked_add_months(Months::new(months))?.pred_opt()?;
        Some((first, last))
    }
}

fn digits(rest: &mut &str, count: usize) -> Option<u32> {
    let (number, after) = rest.split_at_checked(count)?;
    *rest = after;
    number.bytes().all(|byte| byte.is_ascii_digit()).then(|| number.parse().ok())?
}

fn month_name(rest: &mut &str, short: bool) -> Option<u32> {
    for (name, number) in MONTHS.iter().zip(1..) {
        let name = if short { &name[..3] } else { name };
        if let Some((start, after)) = rest.split_at_checked(name.len())
            && start.eq_ignore_ascii_case(name)
        {
            *rest = after;
            return Some(number);
        }
    }
    None
}

/// The period of `months` months from its first day.
pub fn starting(first: NaiveDate, months: u32) -> Result<Period, PeriodFault> {
    if first.day() > 28 {
        return Err(PeriodFault::NoSuchEnd);
    }
    let end = first.checked_add_months(Months::new(months)).ok_or(PeriodFault::OutOfRange)?;
    Period::new(first, end).ok_or(PeriodFault::Order)
}

/// The number of months of a length such as `P1Y` or `P3M`.
pub fn months(length: &str) -> Option<u32> {
    let body = length.strip_prefix('P')?;
    let (number, unit) = body.split_at_checked(body.len().checked_sub(1)?)?;
    if number.is_empty() || number.len() > 3 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: u32 = number.parse().ok()?;
    let months = match unit {
        "Y" => number * 12,
        "M" => number,
        _ => return None,
    };
    (1..=1200).contains(&months).then_some(months)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn several_spaces_and_line_breaks_in_a_name_are_one_space() {
        assert_eq!(tidy(" Police Force\nArea code "), "Police Force Area code");
        assert_eq!(
            tidy("Total recorded crime\n (excluding fraud)"),
            "Total recorded crime (excluding fraud)"
        );
        assert!(matches!(tidy("Derbyshire "), Cow::Borrowed("Derbyshire")));
    }

    #[test]
    fn footnote_numbers_are_removed_from_a_name_and_not_from_a_number() {
        assert_eq!(without_footnotes("ENGLAND AND WALES7,8"), "ENGLAND AND WALES");
        assert_eq!(without_footnotes("North West 7,8"), "North West");
        assert_eq!(
            without_footnotes("Total recorded crime (excluding fraud4)"),
            "Total recorded crime (excluding fraud)"
        );
        assert_eq!(without_footnotes("London (all)"), "London (all)");
        assert_eq!(without_footnotes("2018"), "2018");
    }

    #[test]
    fn commas_may_separate_thousands_only_and_only_if_declared() {
        assert_eq!(number("84,038", true).unwrap().to_string(), "84038");
        assert_eq!(number("-1,234.5", true).unwrap().to_string(), "-1234.5");
        for wrong in ["84,03", "8403,8", ",038", "1,2345", "1,234,", "1.5,000"] {
            assert_eq!(number(wrong, true), Err(DecimalFault::NotANumber), "{wrong}");
        }
        assert_eq!(number("84,038", false), Err(DecimalFault::NotANumber));
    }

    #[test]
    fn days_are_read_in_the_declared_form_and_no_other() {
        let form = DayForm::parse("DD-MM-YYYY").unwrap();
        assert_eq!(form.days("31-03-2003"), Some((day("2003-03-31"), day("2003-03-31"))));
        for wrong in ["2003-03-31", "31-3-2003", "31/03/2003", "31-03-2003 ", "30-02-2003", "3١-03-2003"] {
            assert_eq!(form.days(wrong), None, "{wrong}");
        }
        let form = DayForm::parse("MMM YYYY").unwrap();
        assert_eq!(form.days("Feb 2024"), Some((day("2024-02-01"), day("2024-02-29"))));
        let form = DayForm::parse("YYYY").unwrap();
        assert_eq!(form.days("2024"), Some((day("2024-01-01"), day("2024-12-31"))));
        for wrong in ["", "DD-MM", "DD-YYYY", "YYYY-QQ", "YYYYYYYY", "MM MMM YYYY"] {
            assert_eq!(DayForm::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn rounding_is_half_away_from_zero_and_on_the_digits() {
        for (text, places, right) in [
            ("3.873325233344328", 1, "3.9"),
            ("-16.219667943805874", 1, "-16.2"),
            ("0.30000000000000004", 2, "0.3"),
            ("2.5", 0, "3"),
            ("-2.5", 0, "-3"),
            ("-0.04", 1, "0"),
            ("99.95", 1, "100"),
            ("7", 2, "7"),
            ("1,234.56", 1, "1234.6"),
        ] {
            assert_eq!(rounded(text, true, places).unwrap().to_string(), right, "{text}");
        }
        for wrong in ["1.", ".5", "1.2.3", "1.5e3", "x.y"] {
            assert!(rounded(wrong, false, 1).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_length_is_in_months_or_years() {
        assert_eq!((months("P1Y"), months("P3M"), months("P18M")), (Some(12), Some(3), Some(18)));
        for wrong in ["", "P", "P0M", "1Y", "P1D", "P+1M", "P9999Y"] {
            assert_eq!(months(wrong), None, "{wrong}");
        }
    }
}
