//! The rows of a CSV with their numbers, as a spreadsheet counts them.
//!
//! A spreadsheet counts rows, not lines: a cell with line breaks is in one row, and an empty line is a row. The parser skips
//! empty lines and counts line feeds only, so its own numbers lead to another row. [`Rows`] follows the bytes on their way to
//! the parser and notes the number of each row that the parser will return.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, Read};
use std::rc::Rc;

use csv::{ByteRecord, StringRecord};

use super::BYTE_ORDER_MARK;

/// The most cells of a row. The parser stores the position of each cell of a row, which for a row without end takes far more
/// memory than the file.
pub const MAX_CELLS: usize = 50_000;

/// Why a row cannot be read.
#[derive(Debug)]
pub enum RowFault {
    /// It has bytes that are not UTF-8; the rows after it can be read.
    NotUtf8,
    /// It has more than [`MAX_CELLS`] cells; nothing after it can be read.
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
                let number = if tracker.is_endless() { tracker.last_number() } else { tracker.next_number() };
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

/// Where a row is: before it, at the start of a cell, in a cell without quotes, in quotes, or after a closing quote.
#[derive(Clone, Copy, PartialEq)]
enum State {
    Before,
    Start,
    Plain,
    Quoted,
    Closed,
}

/// Follows the bytes as the parser does: quotes, delimiters and ends of rows.
struct Tracker {
    delimiter: u8,
    state: State,
    /// The number of the row that comes next or is being followed.
    row: u64,
    /// Whether the last byte was a CR that ended a row, so that a LF belongs to it.
    after_cr: bool,
    /// The cells of the row so far.
    cells: usize,
    /// The numbers of the rows that the parser has not returned yet.
    numbers: VecDeque<u64>,
    last: u64,
    /// How much of a byte order mark the file has begun with; none after it. The parser skips the mark.
    order_mark: Option<usize>,
    has_ended: bool,
}

impl Tracker {
    fn new(delimiter: u8) -> Tracker {
        Tracker {
            delimiter,
            state: State::Before,
            row: 1,
            after_cr: false,
            cells: 0,
            numbers: VecDeque::new(),
            last: 1,
            order_mark: Some(0),
            has_ended: false,
        }
    }

    fn follow(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.step(*byte);
        }
    }

    fn step(&mut self, byte: u8) {
        if let Some(found) = self.order_mark {
            let bytes = BYTE_ORDER_MARK.as_bytes();
            let is_next = bytes.get(found) == Some(&byte);
            self.order_mark = (is_next && found + 1 < bytes.len()).then_some(found + 1);
            if is_next {
                return;
            }
        }
        let is_end = matches!(byte, b'\r' | b'\n') && self.state != State::Quoted;
        if is_end {
            if !(byte == b'\n' && self.after_cr) {
                self.row += 1;
            }
            self.after_cr = byte == b'\r';
            self.state = State::Before;
            return;
        }
        self.after_cr = false;
        if self.state == State::Before {
            self.numbers.push_back(self.row);
            self.last = self.row;
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
    }

    fn next_number(&mut self) -> u64 {
        self.numbers.pop_front().unwrap_or(self.row)
    }

    fn last_number(&self) -> u64 {
        self.last
    }

    fn is_endless(&self) -> bool {
        self.cells > MAX_CELLS
    }

    /// Whether the file has ended within the quotes of the row that was numbered last.
    fn ends_within_quotes(&self) -> bool {
        self.has_ended && self.numbers.is_empty() && self.state == State::Quoted
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
        let endless = format!("h\n\na{}", ",".repeat(MAX_CELLS + 1));
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
