//! From the rows of a file or a sheet to its header and its data: title rows are passed over, cells are counted.

use csv::StringRecord;

use super::found::{Found, brief};
use super::text;
use crate::problem::Problem;

/// The most columns that a table may have.
pub const COLUMNS: usize = 1000;

/// Which rows are what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Where the header begins.
    pub header_row: u64,
    /// How many rows it has.
    pub header_rows: u64,
    /// Where the data begin, if not right behind the header.
    pub first_row: Option<u64>,
    /// Where they end, if not with the file.
    pub last_row: Option<u64>,
}

impl Default for Layout {
    fn default() -> Layout {
        Layout { header_row: 1, header_rows: 1, first_row: None, last_row: None }
    }
}

/// What makes observations of rows.
pub trait Reader {
    /// Looks at the titles of the columns; says whether there is any use in reading on.
    fn header(&mut self, titles: Vec<String>, found: &mut Found) -> bool;
    /// Reads a row.
    fn row(&mut self, row: u64, cells: &StringRecord, found: &mut Found) -> Result<(), Problem>;
}

/// Whether more rows are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// They are.
    On,
    /// They are not.
    Enough,
}

/// A table while it is read.
pub struct Table<'a> {
    layout: Layout,
    reader: &'a mut dyn Reader,
    titles: Vec<String>,
    header_read: u64,
    /// Whether rows that are too short are a fault: a sheet does not say where its rows end.
    strict: bool,
}

impl<'a> Table<'a> {
    /// A table that the reader gets.
    pub fn new(layout: Layout, strict: bool, reader: &'a mut dyn Reader) -> Table<'a> {
        Table { layout, reader, titles: vec![], header_read: 0, strict }
    }

    /// Takes a row.
    pub fn row(&mut self, row: u64, cells: &StringRecord, found: &mut Found) -> Result<Flow, Problem> {
        if row < self.layout.header_row {
            return Ok(Flow::On);
        }
        if cells.len() > COLUMNS {
            found.error(row, "", "too_many_cells", || {
                format!("A table has at most {COLUMNS} columns; here are {}.", cells.len())
            });
            return Ok(if self.header_done() { Flow::On } else { Flow::Enough });
        }
        if !self.header_done() {
            return Ok(self.header(row, cells, found));
        }
        if self.layout.last_row.is_some_and(|last| row > last) {
            return Ok(Flow::Enough);
        }
        let empty = || cells.iter().all(|cell| cell.trim().is_empty());
        if self.layout.first_row.is_some_and(|first| row < first) || empty() {
            return Ok(Flow::On);
        }
        found.rows_read += 1;
        if self.fits(row, cells, found) {
            self.reader.row(row, cells, found)?;
        }
        Ok(Flow::On)
    }

    fn header_done(&self) -> bool {
        self.header_read == self.layout.header_rows
    }

    fn header(&mut self, row: u64, cells: &StringRecord, found: &mut Found) -> Flow {
        if self.header_read == 0 && row != self.layout.header_row {
            let detail =
                format!("No row begins on line {}; the next one does on {row}.", self.layout.header_row);
            found.mapping("/header_row", "no_header", detail);
            return Flow::Enough;
        }
        self.header_read += 1;
        for (at, cell) in cells.iter().enumerate() {
            if self.titles.len() == at {
                self.titles.push(String::new());
            }
            let title = text::tidy(cell);
            // Of several rows the lowest that says something names the column.
            if !title.is_empty() {
                self.titles[at] = title.into_owned();
            }
        }
        if !self.header_done() {
            return Flow::On;
        }
        while self.titles.last().is_some_and(String::is_empty) {
            self.titles.pop();
        }
        if self.titles.is_empty() {
            found.error(row, "", "no_header", || "The row of the header is empty.".to_owned());
            return Flow::Enough;
        }
        let on = self.reader.header(std::mem::take(&mut self.titles), found);
        self.titles = vec![String::new(); cells.len()];
        if on { Flow::On } else { Flow::Enough }
    }

    /// Whether a row has as many cells as the header; empty ones behind the last column do no harm.
    fn fits(&self, row: u64, cells: &StringRecord, found: &mut Found) -> bool {
        let columns = self.titles.len();
        if self.strict && cells.len() < columns {
            found.error(row, "", "too_few_cells", || {
                format!("The header has {columns} cells, this row {}.", cells.len())
            });
            return false;
        }
        let beyond = cells.iter().skip(columns).find(|cell| !cell.trim().is_empty());
        if let (true, Some(cell)) = (self.strict, beyond) {
            found.error(row, "", "too_many_cells", || {
                format!(
                    "The header has {columns} cells, this row {}; the first beyond it is `{}`. A comma in a text needs quotes \
                     around the text.",
                    cells.len(),
                    brief(cell)
                )
            });
            return false;
        }
        true
    }

    /// Says what is missing, when there is nothing more.
    pub fn end(&self, found: &mut Found) {
        if !self.header_done() && found.error_count == 0 {
            let row = self.layout.header_row;
            found.error(row, "", "no_header", || "There is no header where it should stand.".to_owned());
        }
    }
}
