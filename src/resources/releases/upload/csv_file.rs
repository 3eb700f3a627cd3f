//! Reads the rows of a CSV file (RFC 4180, UTF-8).

use csv::StringRecord;

use super::report::Report;
use super::source_row::SourceRow;
use super::table::{MAX_CELL_LENGTH, Reading, Table};
use crate::csv_rows::MAX_CELLS;
use crate::http::csv::rows::{RowFault, Rows};
use crate::problem::Problem;
use crate::text_encoding;

/// Passes all rows to the table.
pub fn read(body: &[u8], delimiter: u8, table: &mut Table<'_>, report: &mut Report) -> Result<(), Problem> {
    if text_encoding::other_than_utf8(body).is_some() {
        report.error(1, "", "encoding", || text_encoding::advice(body));
        return Ok(());
    }
    let mut rows = Rows::new(body, delimiter);
    let mut record = StringRecord::new();
    while let Some((row, result)) = rows.read(&mut record) {
        match result {
            Ok(()) if has_long_cell(&record) => report.error(row, "", "cell_too_long", || {
                format!(
                    "A cell has more than {MAX_CELL_LENGTH} bytes. A quote that opens in this row may not be closed."
                )
            }),
            Ok(()) => {
                if table.row(SourceRow::plain(row, &record), report)? == Reading::Stop {
                    break;
                }
            }
            Err(fault) => {
                report_fault(row, fault, report)?;
                // Without its titles nothing is known of the rows below.
                if table.wants_header(row) {
                    return Ok(());
                }
            }
        }
    }
    table.end(report);
    Ok(())
}

fn has_long_cell(record: &StringRecord) -> bool {
    record.as_slice().len() > MAX_CELL_LENGTH && record.iter().any(|cell| cell.len() > MAX_CELL_LENGTH)
}

fn report_fault(row: u64, fault: RowFault, report: &mut Report) -> Result<(), Problem> {
    let (code, detail) = match fault {
        RowFault::NotUtf8 => (
            "encoding",
            "This row has bytes that are not UTF-8. Save the file as CSV UTF-8.".to_owned(),
        ),
        RowFault::TooManyCells => (
            "too_many_cells",
            format!("This row has more than {MAX_CELLS} cells. Check the delimiter and the quotes."),
        ),
        RowFault::QuoteNotClosed => (
            "quote_not_closed",
            "A quote that opens in this row is never closed, so that the rest of the file would be one cell. Close it."
                .to_owned(),
        ),
        RowFault::Unreadable(error) => return Err(Problem::internal(error)),
    };
    report.error(row, "", code, || detail);
    Ok(())
}
