//! A row of a file or a sheet.

use csv::StringRecord;

use super::figure::is_figure;
use crate::sheet::{MergedRow, Shown};

/// A row of the file.
#[derive(Clone, Copy)]
pub struct SourceRow<'r> {
    /// Its number, from 1.
    pub number: u64,
    pub cells: &'r StringRecord,
    /// The columns whose cells show something else than they hold, in order.
    pub shown: &'r [(usize, Shown)],
    /// Whether it is a hidden row of a sheet.
    pub hidden: bool,
    /// The cells that are merged with others.
    pub merged: Option<&'r MergedRow>,
}

impl<'r> SourceRow<'r> {
    /// A row of a text file, whose cells hold what they show.
    pub fn plain(number: u64, cells: &'r StringRecord) -> SourceRow<'r> {
        SourceRow { number, cells, shown: &[], hidden: false, merged: None }
    }

    /// How what the cell of a column shows differs from what it holds.
    pub fn shown_at(&self, column: usize) -> Option<&'r Shown> {
        let at = self.shown.binary_search_by_key(&column, |(known, _)| *known).ok()?;
        Some(&self.shown[at].1)
    }

    /// What looks like a figure in a cell: its text, or what it holds where its format shows nothing.
    pub fn figure_at(&self, column: usize) -> Option<&'r str> {
        let cell = self.cells.get(column)?;
        if !cell.trim().is_empty() {
            return is_figure(cell).then_some(cell);
        }
        match self.shown_at(column) {
            Some(Shown::InsteadOf(held, _)) => is_figure(held).then_some(held.as_str()),
            _ => None,
        }
    }

    /// The first cell that looks like a figure, and its column.
    pub fn figure(&self, from: usize) -> Option<(usize, &'r str)> {
        (from..self.cells.len()).find_map(|column| Some((column, self.figure_at(column)?)))
    }
}
