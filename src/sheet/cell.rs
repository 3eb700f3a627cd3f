//! Sheets, rows and cells.

use std::rc::Rc;

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
}

/// A cell that is not empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The column, from 0.
    pub column: usize,
    /// How many columns have this cell.
    pub repeats: usize,
    pub text: Rc<str>,
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
