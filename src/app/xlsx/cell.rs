//! What a cell of a workbook is: text, a number, a day or a truth value.

use std::borrow::Cow;

use chrono::{Datelike, NaiveDate};

use crate::openapi::columns::ColumnType;

/// The most characters of a cell, as Excel counts them: in units of UTF-16.
pub const LONGEST: usize = 32_767;
/// How many digits of a number a spreadsheet holds exactly.
const EXACT_DIGITS: usize = 15;

/// A cell.
#[derive(Debug, PartialEq)]
pub enum Cell<'a> {
    Empty,
    Text(&'a str),
    Truth(bool),
    /// A number, and how many of its digits stand after the point.
    Number(f64, usize),
    Day(NaiveDate),
    /// A number with more digits than a spreadsheet holds: it stays text.
    LongNumber(&'a str),
    /// A day that no spreadsheet knows: it stays text.
    EarlyDay(&'a str),
}

/// The cell of a CSV for a workbook, where texts begin with an apostrophe.
pub fn read(cell: &str, column: ColumnType) -> Cell<'_> {
    let Some(text) = cell.strip_prefix('\'') else {
        return match cell {
            "" => Cell::Empty,
            "true" => Cell::Truth(true),
            "false" => Cell::Truth(false),
            other => number(other).unwrap_or(Cell::Text(other)),
        };
    };
    let special = match column {
        ColumnType { is_day: true, .. } => day(text),
        ColumnType { is_decimal: true, .. } => number(text),
        _ => None,
    };
    special.unwrap_or(match text {
        "" => Cell::Empty,
        text => Cell::Text(text),
    })
}

/// A decimal as this API writes them; none if it is something else, such as a code with leading zeros.
fn number(text: &str) -> Option<Cell<'_>> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, places) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_plain = all_digits(whole) && all_digits(places) && (whole == "0" || !whole.starts_with('0'));
    if !is_plain {
        return None;
    }
    let significant = digits.replace('.', "");
    if significant.trim_start_matches('0').len() > EXACT_DIGITS {
        return Some(Cell::LongNumber(text));
    }
    let shown = digits.split_once('.').map_or(0, |(_, places)| places.len());
    text.parse().ok().map(|number| Cell::Number(number, shown))
}

fn day(text: &str) -> Option<Cell<'_>> {
    let day: NaiveDate =
        text.parse().ok().filter(|day: &NaiveDate| text.len() == 10 && day.to_string() == text)?;
    // Spreadsheets take 1900 for a leap year, and differ on the days before its March.
    let is_known = (day.year(), day.month()) >= (1900, 3) && day.year() <= 9999;
    Some(if is_known { Cell::Day(day) } else { Cell::EarlyDay(text) })
}

/// A text that a cell has room for, and whether it was cut. What is cut says so.
pub fn fitting(text: &str) -> (Cow<'_, str>, bool) {
    let length = text.encode_utf16().count();
    if length <= LONGEST {
        return (Cow::Borrowed(text), false);
    }
    let note =
        format!(" [Cut here: the text has {} characters. The CSV has all of it.]", text.chars().count());
    let mut left = LONGEST - note.encode_utf16().count();
    let fits = |letter: &char| {
        let fits = letter.len_utf16() <= left;
        left = left.saturating_sub(letter.len_utf16());
        fits
    };
    let beginning: String = text.chars().take_while(fits).collect();
    (Cow::Owned(beginning + &note), true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_numbers_where_that_is_exact_and_codes_stay_texts() {
        let plain = ColumnType::default();
        for (cell, expected) in [
            ("", Cell::Empty),
            ("'", Cell::Empty),
            ("-3.00", Cell::Number(-3.0, 2)),
            ("7", Cell::Number(7.0, 0)),
            ("0.5", Cell::Number(0.5, 1)),
            ("123456789012345", Cell::Number(123_456_789_012_345.0, 0)),
            ("1234567890123456", Cell::LongNumber("1234567890123456")),
            ("0.000001", Cell::Number(0.000_001, 6)),
            ("1234567890.123456", Cell::LongNumber("1234567890.123456")),
            ("true", Cell::Truth(true)),
            ("'true", Cell::Text("true")),
            ("'007", Cell::Text("007")),
            ("007", Cell::Text("007")),
            ("'7", Cell::Text("7")),
            ("'=1+1", Cell::Text("=1+1")),
            ("''=1", Cell::Text("'=1")),
            ("{\"a\":1}", Cell::Text("{\"a\":1}")),
            ("1e5", Cell::Text("1e5")),
            ("-", Cell::Text("-")),
            ("'2024-01-15", Cell::Text("2024-01-15")),
        ] {
            assert_eq!(read(cell, plain), expected, "{cell}");
        }
        let decimal = ColumnType { is_decimal: true, ..plain };
        assert_eq!(read("'-1204.50", decimal), Cell::Number(-1204.5, 2));
        assert_eq!(read("'007", decimal), Cell::Text("007"));
        assert_eq!(read("'more than 5", decimal), Cell::Text("more than 5"));
    }

    #[test]
    fn days_are_days_where_spreadsheets_agree_on_them() {
        let column = ColumnType { is_day: true, ..ColumnType::default() };
        let day = NaiveDate::from_ymd_opt(2024, 2, 29).unwrap();
        assert_eq!(read("'2024-02-29", column), Cell::Day(day));
        assert_eq!(read("'1829-09-29", column), Cell::EarlyDay("1829-09-29"));
        for text in ["2024-02", "2024-02-30", "+12024-01-01", "soon", "2024-2-9"] {
            assert_eq!(read(&format!("'{text}"), column), Cell::Text(text));
        }
    }

    #[test]
    fn a_text_is_cut_only_where_a_cell_ends_and_says_so() {
        let longest = "x".repeat(LONGEST);
        assert_eq!(fitting(&longest), (Cow::Borrowed(longest.as_str()), false));
        for text in ["x".repeat(LONGEST + 1), "😀".repeat(20_000), "x".to_owned() + &"😀".repeat(20_000)]
        {
            let (cut, is_cut) = fitting(&text);
            assert!(is_cut && cut.encode_utf16().count() <= LONGEST);
            let expected =
                format!("the text has {} characters. The CSV has all of it.]", text.chars().count());
            assert!(cut.ends_with(&expected));
            assert!(text.starts_with(cut.split(" [Cut here").next().unwrap()));
        }
    }
}
