//! Reads the rows of a sheet of a workbook (Office Open XML). Cells are read one by one while the sheet is unpacked. A number
//! becomes the shortest decimal that stands for the file's binary number; nothing is calculated with it.

use std::io::Cursor;

use calamine::{Data, DataRef, Reader as _, SheetType, Xlsx};
use csv::StringRecord;

use super::report::{Report, brief};
use super::table::{MAX_CELL_LENGTH, MAX_COLUMNS, Reading, Table};
use crate::problem::Problem;
use crate::workbook;

/// Passes all rows of the sheet with this name, or of the only sheet, to the table.
pub fn read(
    body: &[u8],
    sheet: Option<&str>,
    table: &mut Table<'_>,
    report: &mut Report,
) -> Result<(), Problem> {
    if let Err(refusal) = workbook::check(body, table.allowance()) {
        report.error(1, "", refusal.code(), || refusal.to_string());
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
    let mut rows = Rows { row: 0, record: StringRecord::new() };
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
        }
        self.push(value);
        if self.record.get(column).is_some_and(|text| text.len() > MAX_CELL_LENGTH) {
            report.error(row, "", "cell_too_long", || {
                format!("A cell has more than {MAX_CELL_LENGTH} bytes. Shorten its text.")
            });
            return Ok(Reading::Stop);
        }
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
