//! Reads the rows of a sheet of a workbook (Office Open XML). Cells are read one by one while the sheet is unpacked. A number
//! becomes the shortest decimal that stands for the file's binary number; nothing is calculated with it.

use std::io::{Cursor, Read};

use calamine::{Data, DataRef, Reader as _, SheetType, Xlsx};
use csv::StringRecord;
use zip::ZipArchive;

use super::report::{Report, brief};
use super::table::{MAX_COLUMNS, Reading, Table};
use crate::problem::Problem;

/// The most bytes of an unpacked workbook.
const MAX_UNPACKED: u64 = 128 << 20;

/// The most bytes of an unpacked part other than a sheet: such parts are held in memory.
const MAX_PART: u64 = 24 << 20;

/// The most parts of a workbook.
const MAX_PARTS: usize = 2000;

/// The most cells of a sheet, including empty cells before others in their row.
const MAX_CELLS: u64 = 5_000_000;

/// Passes all rows of the sheet with this name, or of the only sheet, to the table.
pub fn read(
    body: &[u8],
    sheet: Option<&str>,
    table: &mut Table<'_>,
    report: &mut Report,
) -> Result<(), Problem> {
    if let Err(detail) = check_size(body) {
        report.error(1, "", "not_a_workbook", || detail);
        return Ok(());
    }
    let mut workbook: Xlsx<Cursor<&[u8]>> = match Xlsx::new(Cursor::new(body)) {
        Ok(workbook) => workbook,
        Err(error) => {
            report.error(1, "", "not_a_workbook", || format!("The workbook cannot be read: {error}."));
            return Ok(());
        }
    };
    let sheets = workbook.sheets_metadata().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
    let sheets: Vec<String> = sheets.map(|sheet| sheet.name.clone()).collect();
    let Some(name) = choose_sheet(sheet, &sheets, report) else { return Ok(()) };
    let mut cells = match workbook.worksheet_cells_reader(&name) {
        Ok(cells) => cells,
        Err(error) => {
            report.error(1, "", "not_a_workbook", || format!("The sheet cannot be read: {error}."));
            return Ok(());
        }
    };
    let mut rows = Rows { row: 0, record: StringRecord::new(), cells: 0 };
    loop {
        match cells.next_cell() {
            Ok(Some(cell)) => match rows.cell(cell.get_position(), cell.get_value(), table, report)? {
                Reading::Continue => {}
                Reading::Stop => return Ok(()),
            },
            Ok(None) => break,
            Err(error) => {
                report.error(rows.row, "", "not_a_workbook", || {
                    format!("The sheet cannot be read after this row: {error}.")
                });
                return Ok(());
            }
        }
    }
    if rows.flush(table, report)? == Reading::Continue {
        table.end(report);
    }
    Ok(())
}

/// Collects cells into rows.
struct Rows {
    row: u64,
    record: StringRecord,
    /// The number of cells so far, including empty ones.
    cells: u64,
}

impl Rows {
    fn cell(
        &mut self,
        (row, column): (u32, u32),
        value: &DataRef<'_>,
        table: &mut Table<'_>,
        report: &mut Report,
    ) -> Result<Reading, Problem> {
        let row = u64::from(row) + 1;
        if row != self.row {
            if row < self.row {
                report.error(row, "", "not_a_workbook", || {
                    format!("In the file, this row follows row {}, which has a higher number.", self.row)
                });
                return Ok(Reading::Stop);
            }
            if self.flush(table, report)? == Reading::Stop {
                return Ok(Reading::Stop);
            }
            self.row = row;
        }
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        if column < self.record.len() {
            report.error(row, "", "not_a_workbook", || "The cells of this row are not in order.".to_owned());
            return Ok(Reading::Stop);
        }
        if column >= MAX_COLUMNS {
            if matches!(value, DataRef::Empty) {
                return Ok(Reading::Continue);
            }
            report.error(row, "", "too_many_cells", || {
                format!("A table may have at most {MAX_COLUMNS} columns. Remove columns.")
            });
            return Ok(Reading::Stop);
        }
        while self.record.len() < column {
            self.record.push_field("");
            self.cells += 1;
        }
        self.cells += 1;
        if self.cells > MAX_CELLS {
            report.error(row, "", "too_many_cells", || {
                format!("A sheet may have at most {MAX_CELLS} cells. Send it in parts.")
            });
            return Ok(Reading::Stop);
        }
        self.push(value);
        Ok(Reading::Continue)
    }

    fn push(&mut self, value: &DataRef<'_>) {
        match value {
            DataRef::String(text) => self.record.push_field(text),
            DataRef::SharedString(text) => self.record.push_field(text),
            DataRef::Empty => self.record.push_field(""),
            DataRef::DateTime(moment) if moment.is_datetime() => {
                let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
                let mut text = format!("{year:04}-{month:02}-{day:02}");
                if (hour, minute, second) != (0, 0, 0) {
                    text.push_str(&format!("T{hour:02}:{minute:02}:{second:02}"));
                }
                self.record.push_field(&text);
            }
            DataRef::DateTime(other) => self.record.push_field(&other.as_f64().to_string()),
            // `Display` writes the shortest decimal that stands for the number, without an exponent.
            other => self.record.push_field(&Data::from(other.clone()).to_string()),
        }
    }

    fn flush(&mut self, table: &mut Table<'_>, report: &mut Report) -> Result<Reading, Problem> {
        if self.record.is_empty() {
            return Ok(Reading::Continue);
        }
        let flow = table.row(self.row, &self.record, report);
        self.record.clear();
        flow
    }
}

fn choose_sheet(sheet: Option<&str>, sheets: &[String], report: &mut Report) -> Option<String> {
    let list: Vec<String> = sheets.iter().take(50).map(|sheet| format!("`{}`", brief(sheet))).collect();
    match (sheet, sheets) {
        (None, [only]) => Some(only.clone()),
        (None, _) => {
            let detail = format!(
                "The workbook has several sheets. Give one of these in `sheet`: {}.",
                list.join(", ")
            );
            report.mapping_error("/sheet", "required", detail);
            None
        }
        (Some(name), _) => {
            let is_named = |sheet: &&String| sheet.trim() == name.trim();
            let chosen = sheets.iter().find(is_named).cloned();
            if chosen.is_none() {
                let near = report.did_you_mean(name, sheets.iter().map(String::as_str));
                let detail = format!(
                    "There is no sheet `{}`.{near} The sheets are: {}.",
                    brief(name),
                    list.join(", ")
                );
                report.mapping_error("/sheet", "unknown_sheet", detail);
            }
            chosen
        }
    }
}

/// Refuses a workbook that is too large when unpacked. The sizes that the file declares cannot be trusted, so each part is
/// unpacked once to measure it.
fn check_size(body: &[u8]) -> Result<(), String> {
    let not_a_workbook = "This is not a workbook in Office Open XML (`.xlsx`). Save an older workbook (`.xls`), or one with a \
                          password, as `.xlsx` without a password.";
    if !body.starts_with(b"PK") {
        return Err(not_a_workbook.to_owned());
    }
    let mut archive = ZipArchive::new(Cursor::new(body)).map_err(|_| not_a_workbook.to_owned())?;
    if archive.len() > MAX_PARTS {
        return Err(format!("The workbook has more than {MAX_PARTS} parts. Remove sheets, or send CSV."));
    }
    let mut total = 0;
    for n in 0..archive.len() {
        let mut part = archive.by_index(n).map_err(|error| format!("A part cannot be unpacked: {error}."))?;
        let name = part.name().map_err(|error| error.to_string())?.to_lowercase();
        let limit = if name.contains("worksheets/") { MAX_UNPACKED } else { MAX_PART };
        let size = if name.ends_with("sharedstrings.xml") {
            let mut text = vec![];
            part.by_ref().take(limit + 1).read_to_end(&mut text).map_err(|error| error.to_string())?;
            check_text_count(&text)?;
            u64::try_from(text.len()).unwrap_or(u64::MAX)
        } else {
            std::io::copy(&mut part.by_ref().take(limit + 1), &mut std::io::sink())
                .map_err(|error| format!("A part cannot be unpacked: {error}."))?
        };
        total += size;
        if size > limit || total > MAX_UNPACKED {
            return Err(
                "The workbook is too large when it is unpacked. Send it in parts, or as CSV.".to_owned()
            );
        }
    }
    Ok(())
}

/// The parser allocates as many texts as the list of texts declares; refuses a number that cannot be right.
fn check_text_count(text: &[u8]) -> Result<(), String> {
    const COUNT: &[u8] = b"uniqueCount";
    if text.contains(&0) {
        return Err("The texts of the workbook are not in UTF-8.".to_owned());
    }
    for start in text.windows(COUNT.len()).enumerate().filter(|(_, window)| *window == COUNT).map(|(n, _)| n)
    {
        let rest = text[start + COUNT.len()..]
            .iter()
            .skip_while(|byte| byte.is_ascii_whitespace() || **byte == b'=');
        let mut digits = rest
            .skip_while(|byte| [b'"', b'\'', b' ', b'+'].contains(byte))
            .take_while(|byte| byte.is_ascii_digit());
        let count = digits
            .try_fold(0_usize, |sum, digit| sum.checked_mul(10)?.checked_add(usize::from(digit - b'0')));
        if count.is_none_or(|count| count > text.len()) {
            return Err("The workbook declares more texts than it has. Save it again.".to_owned());
        }
    }
    Ok(())
}
