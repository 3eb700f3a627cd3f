//! Finds the header and the data in the rows of a file or a sheet, and checks the number of cells.

use csv::StringRecord;

use super::report::{Report, brief};
use super::text;
use crate::allowance::{Allowance, amount};
use crate::problem::Problem;

/// The most columns of a table.
pub const MAX_COLUMNS: usize = 1000;

/// The most bytes of a cell. In CSV, a longer one is probably a quote that is never closed.
pub const MAX_CELL_LENGTH: usize = 20_000;

/// Where the header and the data are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The row in which the header begins.
    pub header_row: u64,
    /// The number of rows of the header.
    pub header_rows: u64,
    /// The row in which the data begin. None if they follow the header.
    pub first_row: Option<u64>,
    /// The row in which the data end. None if they end with the file.
    pub last_row: Option<u64>,
}

impl Default for Layout {
    fn default() -> Layout {
        Layout { header_row: 1, header_rows: 1, first_row: None, last_row: None }
    }
}

/// Reads observations from rows.
pub trait Reader {
    /// Reads the titles of the columns. Returns whether the rows can be read.
    fn header(&mut self, titles: Vec<String>, report: &mut Report) -> bool;
    fn row(&mut self, row: u64, cells: &StringRecord, report: &mut Report) -> Result<(), Problem>;
}

/// Whether to read more rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    Continue,
    Stop,
}

pub struct Table<'a> {
    layout: Layout,
    reader: &'a mut dyn Reader,
    titles: Vec<String>,
    header_rows_read: u64,
    /// Whether rows with too few or too many cells are faults. In a sheet, the ends of rows are not recorded.
    strict: bool,
    /// What reading may cost: each row draws its cells and their bytes.
    allowance: &'a Allowance,
}

impl<'a> Table<'a> {
    pub fn new(
        layout: Layout,
        strict: bool,
        reader: &'a mut dyn Reader,
        allowance: &'a Allowance,
    ) -> Table<'a> {
        Table { layout, reader, titles: vec![], header_rows_read: 0, strict, allowance }
    }

    /// What reading the file may cost.
    pub fn allowance(&self) -> &'a Allowance {
        self.allowance
    }

    /// Passes a row to the reader, as header or data.
    pub fn row(&mut self, row: u64, cells: &StringRecord, report: &mut Report) -> Result<Reading, Problem> {
        let drawn = self.allowance.cells(amount(cells.len()));
        if let Err(exceeded) = drawn.and_then(|()| self.allowance.read(amount(cells.as_slice().len()))) {
            report.error(row, "", "too_large", || exceeded.to_string());
            return Ok(Reading::Stop);
        }
        if row < self.layout.header_row {
            return Ok(Reading::Continue);
        }
        if cells.len() > MAX_COLUMNS {
            report.error(row, "", "too_many_cells", || {
                format!("This row has {} cells, and a table may have at most {MAX_COLUMNS} columns. Remove columns.", cells.len())
            });
            return Ok(if self.header_done() { Reading::Continue } else { Reading::Stop });
        }
        if !self.header_done() {
            return Ok(self.header(row, cells, report));
        }
        if self.layout.last_row.is_some_and(|last| row > last) {
            return Ok(Reading::Stop);
        }
        let empty = || cells.iter().all(|cell| cell.trim().is_empty());
        if self.layout.first_row.is_some_and(|first| row < first) || empty() {
            return Ok(Reading::Continue);
        }
        report.rows_read += 1;
        if self.has_right_length(row, cells, report) {
            self.reader.row(row, cells, report)?;
        }
        Ok(Reading::Continue)
    }

    fn header_done(&self) -> bool {
        self.header_rows_read == self.layout.header_rows
    }

    fn header(&mut self, row: u64, cells: &StringRecord, report: &mut Report) -> Reading {
        if self.header_rows_read == 0 && row != self.layout.header_row {
            let detail = format!(
                "No row begins on line {}; the next row begins on line {row}. Correct `header_row`.",
                self.layout.header_row
            );
            report.mapping_error("/header_row", "no_header", detail);
            return Reading::Stop;
        }
        self.header_rows_read += 1;
        for (n, cell) in cells.iter().enumerate() {
            if self.titles.len() == n {
                self.titles.push(String::new());
            }
            let title = text::tidy(cell);
            // The lowest cell that is not empty is the title.
            if !title.is_empty() {
                self.titles[n] = title.into_owned();
            }
        }
        if !self.header_done() {
            return Reading::Continue;
        }
        while self.titles.last().is_some_and(String::is_empty) {
            self.titles.pop();
        }
        if self.titles.is_empty() {
            report
                .error(row, "", "no_header", || "The header is empty. Give each column a title.".to_owned());
            return Reading::Stop;
        }
        let can_read = self.reader.header(std::mem::take(&mut self.titles), report);
        self.titles = vec![String::new(); cells.len()];
        if can_read { Reading::Continue } else { Reading::Stop }
    }

    /// Whether a row has as many cells as the header. Empty cells after the last column are allowed.
    fn has_right_length(&self, row: u64, cells: &StringRecord, report: &mut Report) -> bool {
        let columns = self.titles.len();
        if self.strict && cells.len() < columns {
            report.error(row, "", "too_few_cells", || {
                format!("The header has {columns} cells, this row {}. Add the missing cells.", cells.len())
            });
            return false;
        }
        let additional = cells.iter().skip(columns).find(|cell| !cell.trim().is_empty());
        if let (true, Some(cell)) = (self.strict, additional) {
            report.error(row, "", "too_many_cells", || {
                format!(
                    "The header has {columns} cells, this row {}; the first additional one is `{}`. Put a text that has a comma \
                     in quotes.",
                    cells.len(),
                    brief(cell)
                )
            });
            return false;
        }
        true
    }

    /// Called after the last row: adds a fault if there was no header.
    pub fn end(&self, report: &mut Report) {
        if !self.header_done() && report.error_count == 0 {
            let row = self.layout.header_row;
            report.error(row, "", "no_header", || {
                "The file has no header in this row. Add one, or correct `header_row` of the mapping."
                    .to_owned()
            });
        }
    }
}
