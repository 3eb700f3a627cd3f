//! A sheet of a workbook (Office Open XML) as rows. Cells are read one by one as the sheet is unpacked; numbers are taken
//! for the shortest decimal that the file's binary number stands for, and nothing is calculated with them.

use std::io::{Cursor, Read};

use calamine::{Data, DataRef, Reader as _, SheetType, Xlsx};
use csv::StringRecord;
use zip::ZipArchive;

use super::found::{Found, brief};
use super::table::{COLUMNS, Flow, Table};
use crate::problem::Problem;

/// How large a workbook may be when it is unpacked.
const WHOLE: u64 = 128 << 20;

/// How large one part of it may be, unless it is a sheet: these are held in memory.
const PART: u64 = 24 << 20;

/// How many parts it may have.
const PARTS: usize = 2000;

/// How many cells are read, empty ones in front of others with them.
const CELLS: u64 = 5_000_000;

/// Reads all rows of the sheet of that name, or of the only one.
pub fn read(
    body: &[u8],
    sheet: Option<&str>,
    table: &mut Table<'_>,
    found: &mut Found,
) -> Result<(), Problem> {
    if let Err(detail) = guard(body) {
        found.error(1, "", "not_a_workbook", || detail);
        return Ok(());
    }
    let mut workbook: Xlsx<Cursor<&[u8]>> = match Xlsx::new(Cursor::new(body)) {
        Ok(workbook) => workbook,
        Err(error) => {
            found.error(1, "", "not_a_workbook", || format!("The workbook cannot be read: {error}."));
            return Ok(());
        }
    };
    let sheets = workbook.sheets_metadata().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
    let sheets: Vec<String> = sheets.map(|sheet| sheet.name.clone()).collect();
    let Some(name) = choose(sheet, &sheets, found) else { return Ok(()) };
    let mut cells = match workbook.worksheet_cells_reader(&name) {
        Ok(cells) => cells,
        Err(error) => {
            found.error(1, "", "not_a_workbook", || format!("The sheet cannot be read: {error}."));
            return Ok(());
        }
    };
    let mut rows = Rows { row: 0, record: StringRecord::new(), passed: 0 };
    loop {
        match cells.next_cell() {
            Ok(Some(cell)) => match rows.cell(cell.get_position(), cell.get_value(), table, found)? {
                Flow::On => {}
                Flow::Enough => return Ok(()),
            },
            Ok(None) => break,
            Err(error) => {
                found.error(rows.row, "", "not_a_workbook", || {
                    format!("Behind this row the sheet cannot be read: {error}.")
                });
                return Ok(());
            }
        }
    }
    if rows.flush(table, found)? == Flow::On {
        table.end(found);
    }
    Ok(())
}

/// Puts cells together to rows.
struct Rows {
    row: u64,
    record: StringRecord,
    passed: u64,
}

impl Rows {
    fn cell(
        &mut self,
        (row, column): (u32, u32),
        value: &DataRef<'_>,
        table: &mut Table<'_>,
        found: &mut Found,
    ) -> Result<Flow, Problem> {
        let row = u64::from(row) + 1;
        if row != self.row {
            if row < self.row {
                found.error(row, "", "not_a_workbook", || {
                    format!("This row stands behind row {} in the file.", self.row)
                });
                return Ok(Flow::Enough);
            }
            if self.flush(table, found)? == Flow::Enough {
                return Ok(Flow::Enough);
            }
            self.row = row;
        }
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        if column < self.record.len() {
            found.error(row, "", "not_a_workbook", || {
                "The cells of this row do not stand in their order.".to_owned()
            });
            return Ok(Flow::Enough);
        }
        if column >= COLUMNS {
            if matches!(value, DataRef::Empty) {
                return Ok(Flow::On);
            }
            found.error(row, "", "too_many_cells", || format!("A table has at most {COLUMNS} columns."));
            return Ok(Flow::Enough);
        }
        while self.record.len() < column {
            self.record.push_field("");
            self.passed += 1;
        }
        self.passed += 1;
        if self.passed > CELLS {
            found.error(row, "", "too_many_cells", || {
                format!("At most {CELLS} cells are read of a sheet; send it in parts.")
            });
            return Ok(Flow::Enough);
        }
        self.push(value);
        Ok(Flow::On)
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
            // `Display` writes the shortest digits that stand for the number, without an exponent.
            other => self.record.push_field(&Data::from(other.clone()).to_string()),
        }
    }

    fn flush(&mut self, table: &mut Table<'_>, found: &mut Found) -> Result<Flow, Problem> {
        if self.record.is_empty() {
            return Ok(Flow::On);
        }
        let flow = table.row(self.row, &self.record, found);
        self.record.clear();
        flow
    }
}

fn choose(sheet: Option<&str>, sheets: &[String], found: &mut Found) -> Option<String> {
    let list: Vec<String> = sheets.iter().take(50).map(|sheet| format!("`{}`", brief(sheet))).collect();
    match (sheet, sheets) {
        (None, [only]) => Some(only.clone()),
        (None, _) => {
            let detail =
                format!("The workbook has several sheets; say which is to be read: {}.", list.join(", "));
            found.mapping("/sheet", "required", detail);
            None
        }
        (Some(wanted), _) => {
            let same = |sheet: &&String| sheet.trim() == wanted.trim();
            let chosen = sheets.iter().find(same).cloned();
            if chosen.is_none() {
                let near = found.did_you_mean(wanted, sheets.iter().map(String::as_str));
                let detail =
                    format!("There is no sheet `{}`.{near} There are: {}.", brief(wanted), list.join(", "));
                found.mapping("/sheet", "unknown_sheet", detail);
            }
            chosen
        }
    }
}

/// Whether it is safe to be unpacked: what a part says of its size is not believed, it is unpacked once to see.
fn guard(body: &[u8]) -> Result<(), String> {
    let not = "This is no workbook in Office Open XML (`.xlsx`); an older one (`.xls`) or one with a password has to be saved \
               anew.";
    if !body.starts_with(b"PK") {
        return Err(not.to_owned());
    }
    let mut archive = ZipArchive::new(Cursor::new(body)).map_err(|_| not.to_owned())?;
    if archive.len() > PARTS {
        return Err(format!("The workbook has more than {PARTS} parts."));
    }
    let mut whole = 0;
    for n in 0..archive.len() {
        let mut part = archive.by_index(n).map_err(|error| format!("A part cannot be unpacked: {error}."))?;
        let name = part.name().map_err(|error| error.to_string())?.to_lowercase();
        let limit = if name.contains("worksheets/") { WHOLE } else { PART };
        let size = if name.ends_with("sharedstrings.xml") {
            let mut text = vec![];
            part.by_ref().take(limit + 1).read_to_end(&mut text).map_err(|error| error.to_string())?;
            promises(&text)?;
            u64::try_from(text.len()).unwrap_or(u64::MAX)
        } else {
            std::io::copy(&mut part.by_ref().take(limit + 1), &mut std::io::sink())
                .map_err(|error| format!("A part cannot be unpacked: {error}."))?
        };
        whole += size;
        if size > limit || whole > WHOLE {
            return Err(
                "The workbook is too large when it is unpacked; send it in parts, or as CSV.".to_owned()
            );
        }
    }
    Ok(())
}

/// The list of texts says how many it has, and room for so many is made: it may not say more than can be.
fn promises(text: &[u8]) -> Result<(), String> {
    const SAYS: &[u8] = b"uniqueCount";
    if text.contains(&0) {
        return Err("The texts of the workbook are not in UTF-8.".to_owned());
    }
    for at in text.windows(SAYS.len()).enumerate().filter(|(_, window)| *window == SAYS).map(|(at, _)| at) {
        let rest =
            text[at + SAYS.len()..].iter().skip_while(|byte| byte.is_ascii_whitespace() || **byte == b'=');
        let mut digits = rest
            .skip_while(|byte| [b'"', b'\'', b' ', b'+'].contains(byte))
            .take_while(|byte| byte.is_ascii_digit());
        let count = digits
            .try_fold(0_usize, |sum, digit| sum.checked_mul(10)?.checked_add(usize::from(digit - b'0')));
        if count.is_none_or(|count| count > text.len()) {
            return Err("The workbook promises more texts than it has.".to_owned());
        }
    }
    Ok(())
}
