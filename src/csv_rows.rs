//! Bounds a row of CSV before a parser sees it.
//!
//! A parser of CSV collects a whole row, and stores the place of each of its cells: a file of nothing but commas is one row
//! that takes eight times its size, and a quote that is never closed makes the rest of a file one cell.

use std::io::{self, BufRead, Read};

use crate::allowance::{Allowance, Exceeded, amount};

/// The most cells of a row. More than any table has; a reader may allow fewer.
pub const MAX_CELLS: u64 = 50_000;

/// The state within a row: at the start of a cell, in a cell without quotes, in quotes, or after a closing quote.
#[derive(Clone, Copy, Default)]
enum State {
    #[default]
    Start,
    Plain,
    Quoted,
    Closed,
}

/// Counts the cells and bytes of the present row. Treats quotes, delimiters and ends of rows as the parser does.
pub struct RowMeter {
    delimiter: u8,
    state: State,
    /// The cells of the present row.
    pub cells: u64,
    /// The bytes of the present row.
    pub bytes: u64,
    /// The line of the next byte, from 1.
    pub line: u64,
    /// The line on which the present row begins.
    pub row_line: u64,
}

impl RowMeter {
    /// At the start of a file.
    pub fn new(delimiter: u8) -> RowMeter {
        RowMeter { delimiter, state: State::Start, cells: 1, bytes: 0, line: 1, row_line: 1 }
    }

    /// Counts one byte.
    pub fn take(&mut self, byte: u8) {
        self.line += u64::from(byte == b'\n');
        self.bytes += 1;
        self.state = match (self.state, byte) {
            (State::Quoted, b'"') => State::Closed,
            (State::Quoted, _) | (State::Start | State::Closed, b'"') => State::Quoted,
            (_, b'\r' | b'\n') => {
                (self.cells, self.bytes, self.row_line) = (1, 0, self.line);
                State::Start
            }
            (_, byte) if byte == self.delimiter => {
                self.cells += 1;
                State::Start
            }
            _ => State::Plain,
        };
    }
}

/// Why a file of CSV is read no further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The row that begins on this line has too many cells.
    Cells(u64),
    /// The row that begins on this line has too many bytes.
    Bytes(u64, u64),
    /// Its cells would take too much memory.
    TooMuch(Exceeded),
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Refusal::Cells(line) => write!(
                f,
                "The row that begins on line {line} has more than {MAX_CELLS} cells. Check the delimiter and the quotes."
            ),
            Refusal::Bytes(line, most) => write!(
                f,
                "The row that begins on line {line} has more than {most} bytes. A quote that opens in it may not be closed."
            ),
            Refusal::TooMuch(exceeded) => exceeded.fmt(f),
        }
    }
}

/// What a cell takes that stays in memory as a value of a record, besides its text.
const CELL: u64 = 160;

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

    /// The same for a reader that stores all cells: they are drawn from the allowance.
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
            self.meter.take(*byte);
            cells += u64::from(self.meter.cells != before || *byte == b'\n');
            if self.meter.cells > MAX_CELLS {
                return Err(Refusal::Cells(self.meter.row_line));
            }
            if self.meter.bytes > self.most_bytes {
                return Err(Refusal::Bytes(self.meter.row_line, self.most_bytes));
            }
        }
        match &self.stored {
            Some(allowance) => allowance.hold(cells * CELL + 2 * amount(length)).map_err(Refusal::TooMuch),
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
