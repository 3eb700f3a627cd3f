//! Sheets, rows and cells.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::merged::MergedRow;

/// The most columns of a sheet.
pub const MAX_COLUMNS: usize = 16_384;

/// The most rows of a sheet.
pub const MAX_ROWS: u64 = 1_048_576;

/// How what a cell shows differs from what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// It shows another text than this number, which it holds; with how many of its decimals, if it does not show all.
    InsteadOf(String, Option<usize>),
    /// It shows only so many of its decimals.
    Rounded(usize),
    /// It is a day, and shows only this part of it: `2016-10` or `2016`.
    PartOfDay(String),
    /// It has a formula that was never calculated: the text is the formula, after a `=`.
    NotCalculated,
}

/// Whether a day is the first of the month or the year that its cell shows of it.
pub fn is_first_day(day: &str, part: &str) -> bool {
    day.strip_prefix(part).is_some_and(|rest| matches!(rest, "" | "-01" | "-01-01"))
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
    /// The cells that are merged with others, if there are any.
    pub merged: Option<Arc<MergedRow>>,
}

/// The columns of a sheet that are not shown, in groups of neighbours: as many as there are columns at most, however often a
/// file names them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HiddenColumns {
    /// The last column of each group, by its first; from 0.
    groups: BTreeMap<usize, usize>,
}

impl HiddenColumns {
    /// Adds the columns from one to another.
    pub fn add(&mut self, first: usize, last: usize) {
        let (mut first, mut last) = (first, last.min(MAX_COLUMNS).max(first));
        while let Some((start, end)) = self.groups.range(..=last.saturating_add(1)).next_back() {
            let (start, end) = (*start, *end);
            if end.saturating_add(1) < first {
                break;
            }
            self.groups.remove(&start);
            (first, last) = (first.min(start), last.max(end));
        }
        self.groups.insert(first, last);
    }

    /// The first column of the group that a column is in; none if the column is shown.
    pub fn group_of(&self, column: usize) -> Option<usize> {
        let (first, last) = self.groups.range(..=column).next_back()?;
        (column <= *last).then_some(*first)
    }

    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_columns_are_groups_of_neighbours() {
        let mut hidden = HiddenColumns::default();
        assert!(hidden.is_empty());
        for (first, last) in [(5, 6), (1, 1), (8, 9), (7, 7), (20, 30), (22, 25), (900, 900), (900, 900)] {
            hidden.add(first, last);
        }
        assert_eq!(hidden.groups.into_iter().collect::<Vec<_>>(), [(1, 1), (5, 9), (20, 30), (900, 900)]);
        let mut all = HiddenColumns::default();
        (0..20_000).for_each(|n| all.add(2 * (n % 50), 2 * (n % 50)));
        assert_eq!(all.groups.len(), 50);
        all.add(0, usize::MAX);
        assert_eq!((all.groups.len(), all.group_of(MAX_COLUMNS), all.group_of(7)), (1, Some(0), Some(0)));
    }
}
