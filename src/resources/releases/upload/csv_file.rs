//! Reads the rows of a CSV file (RFC 4180, UTF-8).

use csv::{ErrorKind, ReaderBuilder, StringRecord};

use super::report::Report;
use super::table::{MAX_CELL_LENGTH, Reading, Table};
use crate::csv_rows::{MAX_CELLS, RowMeter};
use crate::problem::Problem;

/// Passes all rows to the table.
pub fn read(body: &[u8], delimiter: u8, table: &mut Table<'_>, report: &mut Report) -> Result<(), Problem> {
    if body.starts_with(&[0xFF, 0xFE]) || body.starts_with(&[0xFE, 0xFF]) {
        report.error(1, "", "encoding", || "This file is in UTF-16. Save it as CSV UTF-8.".to_owned());
        return Ok(());
    }
    let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    if let Some(line) = line_of_endless_row(body, delimiter) {
        report.error(line, "", "too_many_cells", || {
            format!("The row that begins on this line has more than {MAX_CELLS} cells. Check the delimiter and the quotes.")
        });
        return Ok(());
    }
    let mut reader =
        ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(body);
    let mut lines = Lines { body, offset: 0, line: 1 };
    let mut record = StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(false) => {
                let last = body.get(lines.offset..).unwrap_or_default();
                if ends_in_quotes(last, delimiter) {
                    report.error(lines.line, "", "quote_not_closed", || {
                        "A quote that opens in this row is never closed, so that the rest of the file would be one cell. Close it."
                            .to_owned()
                    });
                }
                break;
            }
            Ok(true) => {
                let line = lines.line_of(record.position());
                if record.as_slice().len() > MAX_CELL_LENGTH
                    && record.iter().any(|cell| cell.len() > MAX_CELL_LENGTH)
                {
                    report.error(line, "", "cell_too_long", || {
                        format!(
                            "A cell has more than {MAX_CELL_LENGTH} bytes. A quote that opens in this row may not be closed."
                        )
                    });
                    continue;
                }
                if table.row(line, &record, report)? == Reading::Stop {
                    break;
                }
            }
            Err(error) => match error.kind() {
                ErrorKind::Utf8 { pos, .. } => {
                    let line = lines.line_of(pos.as_ref());
                    report.error(line, "", "encoding", || {
                        "This row has bytes that are not UTF-8. Save the file as CSV UTF-8.".to_owned()
                    });
                }
                _ => return Err(Problem::internal(error)),
            },
        }
    }
    table.end(report);
    Ok(())
}

/// The line on which a row with too many cells begins.
fn line_of_endless_row(body: &[u8], delimiter: u8) -> Option<u64> {
    let mut meter = RowMeter::new(delimiter);
    for byte in body {
        meter.take(*byte);
        if meter.cells > MAX_CELLS {
            return Some(meter.row_line);
        }
    }
    None
}

/// Whether the last row ends within quotes, which the parser accepts as their end.
fn ends_in_quotes(row: &[u8], delimiter: u8) -> bool {
    // A quote opens at the start of a cell, and again right after a closing quote: two quotes stand for one.
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

/// Counts lines as editors do. The parser's own count is one too low where lines end with CR LF.
struct Lines<'a> {
    body: &'a [u8],
    /// The byte up to which lines were counted.
    offset: usize,
    line: u64,
}

impl Lines<'_> {
    fn line_of(&mut self, position: Option<&csv::Position>) -> u64 {
        let start =
            position.and_then(|position| usize::try_from(position.byte()).ok()).unwrap_or(self.offset);
        let rest = self.body.get(start..).unwrap_or_default();
        let blank = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let skipped = self.body.get(self.offset..start + blank).unwrap_or_default();
        let ends = skipped.iter().filter(|byte| **byte == b'\n').count();
        self.line += u64::try_from(ends).unwrap_or_default();
        self.offset = self.offset.max(start + blank);
        self.line
    }
}
