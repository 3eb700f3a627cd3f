//! A CSV file (RFC 4180, UTF-8) as rows.

use csv::{ErrorKind, ReaderBuilder, StringRecord};

use super::found::Found;
use super::table::{Flow, Table};
use crate::problem::Problem;

/// How long a cell may be: longer, and a quote was opened that is never closed.
const CELL: usize = 20_000;

/// How many cells a row may have before the file is read at all: a place is kept of each cell of a row, and of a row that never
/// ends these are far more than the file itself.
const CELLS: usize = 50_000;

/// Reads all rows.
pub fn read(body: &[u8], delimiter: u8, table: &mut Table<'_>, found: &mut Found) -> Result<(), Problem> {
    if body.starts_with(&[0xFF, 0xFE]) || body.starts_with(&[0xFE, 0xFF]) {
        found.error(1, "", "encoding", || "This is UTF-16; save it as CSV UTF-8.".to_owned());
        return Ok(());
    }
    let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    if let Some(line) = endless(body, delimiter) {
        found.error(line, "", "too_many_cells", || {
            format!("A row begins here that has more than {CELLS} cells.")
        });
        return Ok(());
    }
    let mut reader =
        ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(body);
    let mut lines = Lines { body, at: 0, line: 1 };
    let mut record = StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(false) => {
                let last = body.get(lines.at..).unwrap_or_default();
                if never_closed(last, delimiter) {
                    found.error(lines.line, "", "quote_not_closed", || {
                        "A quote that is opened in this row is never closed: everything behind it would be one cell."
                            .to_owned()
                    });
                }
                break;
            }
            Ok(true) => {
                let line = lines.of(record.position());
                if record.as_slice().len() > CELL && record.iter().any(|cell| cell.len() > CELL) {
                    found.error(line, "", "cell_too_long", || {
                        format!(
                            "A cell has more than {CELL} characters: a quote that begins here may never end."
                        )
                    });
                    continue;
                }
                if table.row(line, &record, found)? == Flow::Enough {
                    break;
                }
            }
            Err(error) => match error.kind() {
                ErrorKind::Utf8 { pos, .. } => {
                    let line = lines.of(pos.as_ref());
                    found.error(line, "", "encoding", || {
                        "Bytes in this row are not UTF-8; save the file as CSV UTF-8.".to_owned()
                    });
                }
                _ => return Err(Problem::internal(error)),
            },
        }
    }
    table.end(found);
    Ok(())
}

/// The line on which a row with far too many cells begins: quotes, delimiters and ends of rows are taken as the reader takes
/// them.
fn endless(body: &[u8], delimiter: u8) -> Option<u64> {
    let (mut at, mut cells, mut line, mut begun) = (At::Start, 1, 1, 1);
    for byte in body.iter().copied() {
        line += u64::from(byte == b'\n');
        at = match (at, byte) {
            (At::Quoted, b'"') => At::Closed,
            (At::Quoted, _) | (At::Start | At::Closed, b'"') => At::Quoted,
            (_, b'\r' | b'\n') => {
                (cells, begun) = (1, line);
                At::Start
            }
            (_, byte) if byte == delimiter => {
                cells += 1;
                At::Start
            }
            _ => At::Plain,
        };
        if cells > CELLS {
            return Some(begun);
        }
    }
    None
}

/// Where in a row one is: at the beginning of a cell, in one without quotes, within quotes, behind a closing quote.
#[derive(Clone, Copy)]
enum At {
    Start,
    Plain,
    Quoted,
    Closed,
}

/// Whether the last row ends within quotes, which the reader takes for their end.
fn never_closed(row: &[u8], delimiter: u8) -> bool {
    // A quote opens at the beginning of a cell, and again behind one that has just closed: two of them are one.
    let (mut within, mut opens) = (false, true);
    for byte in row {
        match byte {
            b'"' if within => (within, opens) = (false, true),
            b'"' => within = opens,
            _ => opens = !within && (*byte == delimiter || matches!(byte, b'\r' | b'\n')),
        }
    }
    within
}

/// Counts lines as editors do. The reader itself is one behind where lines end with two signs.
struct Lines<'a> {
    body: &'a [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    fn of(&mut self, position: Option<&csv::Position>) -> u64 {
        let start = position.and_then(|position| usize::try_from(position.byte()).ok()).unwrap_or(self.at);
        let rest = self.body.get(start..).unwrap_or_default();
        let blank = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let passed = self.body.get(self.at..start + blank).unwrap_or_default();
        let ends = passed.iter().filter(|byte| **byte == b'\n').count();
        self.line += u64::try_from(ends).unwrap_or_default();
        self.at = self.at.max(start + blank);
        self.line
    }
}
