//! Sheets, rows and cells.

use std::sync::Arc;

use rust_decimal::Decimal;

/// The most columns of a sheet.
pub const MAX_COLUMNS: usize = 16_384;

/// The most rows of a sheet.
pub const MAX_ROWS: u64 = 1_048_576;

/// How what a cell shows differs from what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// It shows another text than this number, which it holds.
    InsteadOf(String),
    /// It shows only so many of its decimals.
    Rounded(usize),
    /// It is a day, and shows only this part of it: `2016-10` or `2016`.
    PartOfDay(String),
    /// It has a formula that was never calculated: the text is the formula, after a `=`.
    NotCalculated,
}

/// Whether a text shows the same number as a cell holds, with a sign of pounds, commas or blanks.
pub fn shows_same_number(text: &str, held: &str) -> bool {
    let digits: String =
        text.chars().filter(|letter| !letter.is_whitespace() && !matches!(letter, '£' | ',')).collect();
    let digits = digits.replacen("GBP", "", 1);
    match (digits.parse::<Decimal>(), held.parse::<Decimal>()) {
        (Ok(shown), Ok(held)) => shown == held,
        _ => false,
    }
}

/// What spreadsheets show for a formula without a result.
const NO_RESULT: [&str; 9] =
    ["#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"];

/// Whether a text is what a spreadsheet shows for a formula without a result.
pub fn is_no_result(text: &str) -> bool {
    NO_RESULT.contains(&text) || text.strip_prefix("Err:").is_some_and(|code| code.parse::<u16>().is_ok())
}

/// A cell that is not empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The column, from 0.
    pub column: usize,
    /// How many columns have this cell.
    pub repeats: usize,
    pub text: Arc<str>,
    pub shown: Option<Shown>,
}

/// A row with the cells that are not empty, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// The number of the row, from 1.
    pub number: u64,
    /// How many rows from here on have these cells.
    pub repeats: u64,
    pub hidden: bool,
    pub cells: Vec<Cell>,
}

/// Receives the rows of a sheet.
pub trait Visitor {
    /// Called before the first row, for the columns that are not shown: the first and the last, from 0.
    fn hidden_columns(&mut self, first: usize, last: usize);
    /// Receives a row. Returns whether to read on.
    fn row(&mut self, row: Row) -> bool;
}

/// A sheet of a workbook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    pub name: String,
    pub hidden: bool,
    /// The part of the workbook that has its rows.
    pub(super) part: String,
}
