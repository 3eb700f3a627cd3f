//! Bounds a row of CSV before a parser sees it.
//!
//! A parser of CSV collects a whole row, and stores the place of each of its cells: a file of nothing but commas is one row
//! that takes eight times its size, and a quote that is never closed makes the rest of a file one cell.

use std::io::{self, BufRead, Read};

use crate::allowance::{Allowance, Exceeded, amount};

/// The most cells of a row. More than any table has; a reader may allow fewer.
pub const MAX_CELLS: u64 = 50_000;

/// The mark at the beginning of a text in UTF-8, by which spreadsheets know the encoding.
pub const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Where a row is: before it, at the start of a cell, in a cell without quotes, in quotes, or after a closing quote.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Before,
    Start,
    Plain,
    Quoted,
    Closed,
}

/// Follows the bytes of a CSV as the parser does: quotes, delimiters and ends of rows. Counts the cells and bytes of each
/// row, and numbers the rows as a spreadsheet does: a cell with line breaks is in one row, and an empty line is a row.
pub struct RowMeter {
    delimiter: u8,
    state: State,
    /// Whether the last byte was a CR that ended a row, so that a LF belongs to it.
    after_cr: bool,
    /// How much of a byte order mark the file has begun with; none after it. The parser skips the mark.
    order_mark: Option<usize>,
    /// The number of the row that comes next or is being followed, from 1.
    pub row: u64,
    /// The cells of that row so far.
    pub cells: u64,
    /// The bytes of that row so far.
    pub bytes: u64,
}

impl RowMeter {
    /// At the start of a file.
    pub fn new(delimiter: u8) -> RowMeter {
        RowMeter {
            delimiter,
            state: State::Before,
            after_cr: false,
            order_mark: Some(0),
            row: 1,
            cells: 0,
            bytes: 0,
        }
    }

    /// Follows one byte. Returns whether a row begins with it: the parser will return one of this number.
    pub fn follow(&mut self, byte: u8) -> bool {
        if let Some(found) = self.order_mark {
            let bytes = BYTE_ORDER_MARK.as_bytes();
            let is_next = bytes.get(found) == Some(&byte);
            self.order_mark = (is_next && found + 1 < bytes.len()).then_some(found + 1);
            if is_next {
                return false;
            }
        }
        let is_end = matches!(byte, b'\r' | b'\n') && self.state != State::Quoted;
        if is_end {
            if !(byte == b'\n' && self.after_cr) {
                self.row += 1;
            }
            self.after_cr = byte == b'\r';
            self.state = State::Before;
            (self.cells, self.bytes) = (0, 0);
            return false;
        }
        self.after_cr = false;
        self.bytes += 1;
        let begins = self.state == State::Before;
        if begins {
            self.cells = 1;
            self.state = State::Start;
        }
        self.state = match (self.state, byte) {
            (State::Quoted, b'"') => State::Closed,
            (State::Quoted, _) | (State::Start | State::Closed, b'"') => State::Quoted,
            (_, byte) if byte == self.delimiter => {
                self.cells += 1;
                State::Start
            }
            _ => State::Plain,
        };
        begins
    }

    /// Whether a quote is open.
    pub fn is_quoted(&self) -> bool {
        self.state == State::Quoted
    }

    /// Whether the row has more cells than any may have.
    pub fn has_too_many_cells(&self) -> bool {
        self.cells > MAX_CELLS
    }
}

/// Why a file of CSV is read no further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The row of this number has too many cells.
    Cells(u64),
    /// The row of this number has too many bytes.
    Bytes(u64, u64),
    /// The cells of the row would take too much memory.
    TooMuch(Exceeded),
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Refusal::Cells(row) => {
                write!(f, "Row {row} has more than {MAX_CELLS} cells. Check the delimiter and the quotes.")
            }
            Refusal::Bytes(row, most) => {
                write!(f, "Row {row} has more than {most} bytes. A quote that opens in it may not be closed.")
            }
            Refusal::TooMuch(exceeded) => exceeded.fmt(f),
        }
    }
}

/// A file of CSV with commas, of which nothing is read beyond a row that is too long.
pub struct BoundedRows<'a> {
    inner: Box<dyn BufRead + 'a>,
    meter: RowMeter,
    most_bytes: u64,
    /// For a reader that stores all cells.
    stored: Option<Allowance>,
    refusal: Option<Refusal>,
}

impl<'a> BoundedRows<'a> {
    /// A file whose rows have at most that many bytes.
    pub fn new(inner: Box<dyn BufRead + 'a>, most_bytes: u64) -> BoundedRows<'a> {
        BoundedRows { inner, meter: RowMeter::new(b','), most_bytes, stored: None, refusal: None }
    }

    /// Rows for a reader that stores all cells: they are drawn from the allowance.
    pub fn stored(mut self, allowance: &Allowance) -> BoundedRows<'a> {
        self.stored = Some(allowance.clone());
        self
    }

    /// Why it was read no further, if it was not read to its end.
    pub fn refusal(&self) -> Option<Refusal> {
        self.refusal
    }

    fn check(&mut self, length: usize) -> Result<(), Refusal> {
        let mut cells = 0;
        for byte in self.inner.fill_buf().unwrap_or_default().iter().take(length) {
            let before = self.meter.cells;
            self.meter.follow(*byte);
            cells += self.meter.cells.saturating_sub(before);
            if self.meter.has_too_many_cells() {
                return Err(Refusal::Cells(self.meter.row));
            }
            if self.meter.bytes > self.most_bytes {
                return Err(Refusal::Bytes(self.meter.row, self.most_bytes));
            }
        }
        match &self.stored {
            Some(allowance) => allowance.hold_cells(cells, amount(length)).map_err(Refusal::TooMuch),
            None => Ok(()),
        }
    }
}

impl Read for BoundedRows<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(refusal) = self.refusal {
            return Err(io::Error::other(refusal.to_string()));
        }
        let length = self.inner.fill_buf()?.len().min(buffer.len());
        if let Err(refusal) = self.check(length) {
            self.refusal = Some(refusal);
            return Err(io::Error::other(refusal.to_string()));
        }
        self.inner.read(&mut buffer[..length])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, most_bytes: u64, stored: Option<&Allowance>) -> Result<String, Refusal> {
        let mut rows = BoundedRows::new(Box::new(text.as_bytes()), most_bytes);
        if let Some(allowance) = stored {
            rows = rows.stored(allowance);
        }
        let mut all = String::new();
        let end = rows.read_to_string(&mut all);
        match rows.refusal() {
            Some(refusal) => {
                assert!(end.is_err() && rows.read(&mut [0; 8]).is_err(), "it stays refused");
                Err(refusal)
            }
            None => Ok(all),
        }
    }

    #[test]
    fn rows_pass_and_a_row_without_end_does_not() {
        let text = "a,b\n1,\"2\n3\"\n";
        assert_eq!(read(text, 100, None), Ok(text.to_owned()));
        assert_eq!(read(&",".repeat(60_000), 1 << 20, None), Err(Refusal::Cells(1)));
        assert_eq!(read(&format!("a\n{}", ",".repeat(60_000)), 1 << 20, None), Err(Refusal::Cells(2)));
        assert_eq!(read(&",\n".repeat(60_000), 1 << 20, None).map(|text| text.len()), Ok(120_000));
        assert_eq!(read(&format!("a\n\"{}", "b\n".repeat(600)), 1_000, None), Err(Refusal::Bytes(2, 1_000)));
        let (many, allowance) = ("a,b,c\n".repeat(200_000), Allowance::of_file());
        assert!(matches!(read(&many, 1_000, Some(&allowance)), Err(Refusal::TooMuch(_))));
        assert!(read(&"a,b,c\n".repeat(20_000), 1_000, Some(&Allowance::of_file())).is_ok());
    }
}
