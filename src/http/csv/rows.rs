//! The rows of a CSV with their numbers, as a spreadsheet counts them.
//!
//! A spreadsheet counts rows, not lines: a cell with line breaks is in one row, and an empty line is a row. The parser skips
//! empty lines and counts line feeds only, so its own numbers lead to another row. [`Rows`] follows the bytes on their way to
//! the parser (by the one [`RowMeter`]) and notes the number of each row that the parser will return.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, Read};
use std::rc::Rc;

use csv::{ByteRecord, StringRecord};

use crate::csv_rows::RowMeter;

/// Why a row cannot be read.
#[derive(Debug)]
pub enum RowFault {
    /// It has bytes that are not UTF-8; the rows after it can be read.
    NotUtf8,
    /// It has more than [`MAX_CELLS`](crate::csv_rows::MAX_CELLS) cells; nothing after it can be read.
    TooManyCells,
    /// A quote that opens in it is never closed, so that the rest of the file is one cell.
    QuoteNotClosed,
    /// The file cannot be read further.
    Unreadable(io::Error),
}

/// Reads the rows of a CSV.
pub struct Rows<R: Read> {
    reader: csv::Reader<Tracked<R>>,
    tracker: Rc<RefCell<Tracker>>,
    has_ended: bool,
}

impl<R: Read> Rows<R> {
    /// The rows of `input`. A byte order mark at its beginning is no part of them.
    pub fn new(input: R, delimiter: u8) -> Rows<R> {
        let tracker = Rc::new(RefCell::new(Tracker::new(delimiter)));
        let tracked = Tracked { input, tracker: tracker.clone() };
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .from_reader(tracked);
        Rows { reader, tracker, has_ended: false }
    }

    /// Reads the next row that is not empty and returns its number, from 1. None at the end.
    pub fn read(&mut self, record: &mut StringRecord) -> Option<(u64, Result<(), RowFault>)> {
        let mut bytes = std::mem::take(record).into_byte_record();
        let (number, result) = self.read_bytes(&mut bytes)?;
        let result = result.and_then(|()| {
            *record = StringRecord::from_byte_record(bytes).map_err(|_| RowFault::NotUtf8)?;
            Ok(())
        });
        Some((number, result))
    }

    /// [`Rows::read`] of a row in whatever encoding.
    pub fn read_bytes(&mut self, record: &mut ByteRecord) -> Option<(u64, Result<(), RowFault>)> {
        if self.has_ended {
            return None;
        }
        match self.reader.read_byte_record(record) {
            Ok(true) => {
                let number = self.tracker.borrow_mut().next_number();
                // The parser accepts the end of the file as the end of the quotes.
                let is_open = self.tracker.borrow().ends_within_quotes();
                let result = if is_open { Err(RowFault::QuoteNotClosed) } else { Ok(()) };
                self.has_ended = is_open;
                Some((number, result))
            }
            Ok(false) => None,
            Err(error) => {
                self.has_ended = true;
                let mut tracker = self.tracker.borrow_mut();
                let fault = match error.into_kind() {
                    _ if tracker.is_endless() => RowFault::TooManyCells,
                    csv::ErrorKind::Io(error) => RowFault::Unreadable(error),
                    _ => RowFault::NotUtf8,
                };
                let number = if tracker.is_endless() { tracker.last } else { tracker.next_number() };
                Some((number, Err(fault)))
            }
        }
    }
}

/// Passes bytes on to the parser, and shows them to the tracker.
struct Tracked<R> {
    input: R,
    tracker: Rc<RefCell<Tracker>>,
}

impl<R: Read> Read for Tracked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.input.read(buffer)?;
        let mut tracker = self.tracker.borrow_mut();
        tracker.follow(&buffer[..length]);
        tracker.has_ended |= length == 0 && !buffer.is_empty();
        if tracker.is_endless() {
            return Err(io::Error::other("a row with too many cells"));
        }
        Ok(length)
    }
}

/// Notes the number of each row on its way to the parser.
struct Tracker {
    meter: RowMeter,
    /// The numbers of the rows that the parser has not returned yet.
    numbers: VecDeque<u64>,
    /// The number of the last row that has begun.
    last: u64,
    has_ended: bool,
}

impl Tracker {
    fn new(delimiter: u8) -> Tracker {
        Tracker { meter: RowMeter::new(delimiter), numbers: VecDeque::new(), last: 1, has_ended: false }
    }

    fn follow(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if self.meter.follow(*byte) {
                self.last = self.meter.row;
                self.numbers.push_back(self.last);
            }
            // The parser gets none of these bytes.
            if self.meter.has_too_many_cells() {
                return;
            }
        }
    }

    fn next_number(&mut self) -> u64 {
        self.numbers.pop_front().unwrap_or(self.meter.row)
    }

    fn is_endless(&self) -> bool {
        self.meter.has_too_many_cells()
    }

    /// Whether the file has ended within the quotes of the row that was numbered last.
    fn ends_within_quotes(&self) -> bool {
        self.has_ended && self.numbers.is_empty() && self.meter.is_quoted()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number and the first cell of each row, or what is wrong with it.
    fn numbered(text: &str) -> Vec<String> {
        let mut rows = Rows::new(text.as_bytes(), b',');
        let mut record = StringRecord::new();
        let mut all = vec![];
        while let Some((number, result)) = rows.read(&mut record) {
            let first = record.get(0).unwrap_or_default().replace(['\r', '\n'], "/");
            all.push(match result {
                Ok(()) => format!("{number} {first}"),
                Err(fault) => format!("{number} {fault:?}"),
            });
        }
        all
    }

    #[test]
    fn rows_are_numbered_as_in_a_spreadsheet_whatever_ends_their_lines() {
        for end in ["\n", "\r\n", "\r"] {
            let text = ["h,i", "a,1", "", "\"b\n\nb\",2", "c,3", "", "", "d,4"].join(end);
            assert_eq!(numbered(&text), ["1 h", "2 a", "4 b//b", "5 c", "8 d"], "{end:?}");
            assert_eq!(numbered(&format!("{text}{end}{end}")).len(), 5);
        }
        assert_eq!(
            numbered("h\r\n\r\na\n\nb\rc\n\"x\r\ny\"\rd"),
            ["1 h", "3 a", "5 b", "6 c", "7 x//y", "8 d"]
        );
        assert_eq!(numbered("\n\nh\na"), ["3 h", "4 a"]);
        assert_eq!(numbered("\u{feff}\"h\ni\"\r\na"), ["1 h/i", "2 a"]);
        assert_eq!(numbered("\u{feff}\n＝h\na"), ["2 ＝h", "3 a"]);
        assert_eq!(numbered(""), [""; 0]);
    }

    #[test]
    fn a_row_is_numbered_across_the_buffers_of_the_parser() {
        let long = "x".repeat(9_000);
        let text = (0..40).map(|n| format!("r{n},\"{long}\r\n{long}\"\r\n\r\n")).collect::<String>();
        let expected: Vec<String> = (0..40).map(|n| format!("{} r{n}", 2 * n + 1)).collect();
        assert_eq!(numbered(&text), expected);
    }

    #[test]
    fn an_open_quote_and_an_endless_row_are_found_in_their_row() {
        assert_eq!(numbered("h\r\na\r\n\"b\r\nc\r\n"), ["1 h", "2 a", "3 QuoteNotClosed"]);
        assert_eq!(numbered("h\ra\r\"b\"\"\rc"), ["1 h", "2 a", "3 QuoteNotClosed"]);
        assert_eq!(numbered("h\n\"b\"x\"\nc"), ["1 h", "2 bx\"", "3 c"]);
        let endless = format!("h\n\na{}", ",".repeat(60_000));
        assert_eq!(numbered(&endless), ["1 h", "3 TooManyCells"]);
    }

    #[test]
    fn a_row_that_is_not_utf_8_does_not_end_the_file() {
        let mut rows = Rows::new(&b"h\n\xff\nb\n"[..], b',');
        let mut record = StringRecord::new();
        assert!(matches!(rows.read(&mut record), Some((1, Ok(())))));
        assert!(matches!(rows.read(&mut record), Some((2, Err(RowFault::NotUtf8)))));
        assert!(matches!(rows.read(&mut record), Some((3, Ok(())))));
        assert_eq!(record.get(0), Some("b"));
        assert!(rows.read(&mut record).is_none());
    }
}
