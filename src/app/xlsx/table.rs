//! The sheet with the rows. They go to a file as they come, so that memory does not grow with their number.

use std::fmt::Display;

use chrono::{Datelike, NaiveDate};
use csv::StringRecord;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet};

use super::about;
use super::cell::{self, Cell};
use super::facts::Facts;
use crate::http::Call;
use crate::openapi::columns::{ColumnType, Known, columns_of};
use crate::problem::{Fault, Problem};
use crate::sheet::ABOUT;

/// The most rows below the titles, and the most columns: what a sheet has room for.
const MOST_ROWS: usize = 1_048_575;
const MOST_COLUMNS: usize = 16_384;
/// The most cells. A workbook of so many is made in a few seconds.
const MOST_CELLS: usize = 2_000_000;
/// The most bytes of the CSV from which a workbook is made.
const MOST_BYTES: usize = 128 * 1024 * 1024;
/// How wide a column is, in characters.
const NARROWEST: usize = 8;
const WIDEST: usize = 60;
/// How many digits after the point a number can show.
const PLACES: usize = 10;

/// Refuses what is too large for a workbook.
fn check_size(rows: usize, columns: usize, bytes: usize) -> Result<(), Problem> {
    let words = if rows > MOST_ROWS {
        format!("A sheet has at most {MOST_ROWS} rows below its titles.")
    } else if columns > MOST_COLUMNS {
        format!("A sheet has at most {MOST_COLUMNS} columns.")
    } else if rows.saturating_mul(columns) > MOST_CELLS {
        format!("A workbook here has at most {MOST_CELLS} cells.")
    } else if bytes > MOST_BYTES {
        format!("A workbook here is made from at most {MOST_BYTES} bytes of CSV.")
    } else {
        return Ok(());
    };
    let detail = format!("{words} Request less of it, or `format=csv`, which has no such bound.");
    Err(Problem::bad_request(vec![Fault::parameter("format", "too_large", detail)]))
}

/// A workbook whose rows are being written.
pub struct Table {
    workbook: Workbook,
    sheet: Worksheet,
    /// What the document of the API says of the columns.
    known: &'static Known,
    columns: Vec<ColumnType>,
    widths: Vec<usize>,
    facts: Facts,
    bytes: usize,
    title: Format,
    day: Format,
    /// By the number of digits after the point.
    numbers: Vec<Format>,
}

/// What the writer of the workbook cannot do is not the request's fault: its file has no room, or is refused.
fn failed(error: impl Display) -> Problem {
    Problem::unavailable(format!("a workbook cannot be written: {error}"))
}

/// A day as the writer has it.
fn excel_day(day: NaiveDate) -> Result<ExcelDateTime, Problem> {
    let number = |part: u32| u8::try_from(part).unwrap_or_default();
    let year = u16::try_from(day.year()).unwrap_or_default();
    ExcelDateTime::from_ymd(year, number(day.month()), number(day.day())).map_err(failed)
}

impl Table {
    pub fn new(call: &Call) -> Result<Table, Problem> {
        let mut workbook = Workbook::new();
        // The day that the answer shows: the same request gives the same bytes.
        let properties = DocProperties::new()
            .set_title(&call.operation.summary)
            .set_creation_datetime(&excel_day(about::day(call))?);
        workbook.set_properties(&properties);
        let mut sheet = workbook.new_worksheet_with_constant_memory().map_err(failed)?;
        sheet.set_name("Data").map_err(failed)?;
        sheet.set_freeze_panes(1, 0).map_err(failed)?;
        let places = |places| match places {
            0 => Format::new(),
            places => Format::new().set_num_format(format!("0.{}", "0".repeat(places))),
        };
        Ok(Table {
            workbook,
            sheet,
            known: columns_of(call.operation)?,
            columns: vec![],
            widths: vec![],
            facts: Facts::default(),
            bytes: 0,
            title: Format::new().set_bold(),
            day: Format::new().set_num_format("yyyy-mm-dd").set_align(FormatAlign::Left),
            numbers: (0..=PLACES).map(places).collect(),
        })
    }

    /// Adds a piece of the CSV, which ends with a row.
    pub fn add(&mut self, piece: &[u8]) -> Result<(), Problem> {
        self.bytes += piece.len();
        check_size(0, 0, self.bytes)?;
        let mut rows = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(piece);
        let mut row = StringRecord::new();
        while rows.read_record(&mut row).map_err(Problem::internal)? {
            match self.columns.is_empty() {
                true => self.begin(&row)?,
                false => self.row(&row)?,
            }
        }
        Ok(())
    }

    /// Writes the titles.
    fn begin(&mut self, titles: &StringRecord) -> Result<(), Problem> {
        check_size(0, titles.len(), 0)?;
        for (at, title) in (0..).zip(titles) {
            // A title that is a text of the record is marked like one.
            let title = title.strip_prefix('\'').unwrap_or(title);
            let (shown, is_cut) = cell::fitting(title);
            if is_cut {
                self.facts.cut.add(0, at);
            }
            self.sheet.write_string_with_format(0, at, shown, &self.title).map_err(failed)?;
            self.columns.push(self.known.column(title));
            self.widths.push(title.chars().count());
            self.facts.titles.push(title.to_owned());
        }
        Ok(())
    }

    fn row(&mut self, cells: &StringRecord) -> Result<(), Problem> {
        let rows = self.facts.rows + 1;
        check_size(rows, self.columns.len(), 0)?;
        self.facts.rows = rows;
        let row = u32::try_from(rows).map_err(Problem::internal)?;
        for (at, text) in (0..).zip(cells) {
            self.cell(row, at, text)?;
        }
        Ok(())
    }

    fn cell(&mut self, row: u32, at: u16, text: &str) -> Result<(), Problem> {
        let place = usize::from(at);
        let cell = cell::read(text, self.columns.get(place).copied().unwrap_or_default());
        if let Some(width) = self.widths.get_mut(place) {
            *width = (*width).max(text.chars().take(WIDEST).count());
        }
        match cell {
            Cell::LongNumber(_) => self.facts.long_numbers.add(row, at),
            Cell::EarlyDay(_) => self.facts.early_days.add(row, at),
            _ => {}
        }
        let sheet = &mut self.sheet;
        let written = match cell {
            Cell::Empty => return Ok(()),
            Cell::Text(text) | Cell::LongNumber(text) | Cell::EarlyDay(text) => {
                let (shown, is_cut) = cell::fitting(text);
                if is_cut {
                    self.facts.cut.add(row, at);
                }
                sheet.write_string(row, at, shown)
            }
            Cell::Truth(truth) => sheet.write_boolean(row, at, truth),
            Cell::Number(number, places) => match self.numbers.get(places).filter(|_| places > 0) {
                Some(format) => sheet.write_number_with_format(row, at, number, format),
                None => sheet.write_number(row, at, number),
            },
            Cell::Day(day) => sheet.write_datetime_with_format(row, at, &excel_day(day)?, &self.day),
        };
        written.map(|_| ()).map_err(failed)
    }

    /// The workbook. `headers` are those of the answer.
    pub fn finish(mut self, call: &Call, headers: &[(&'static str, String)]) -> Result<Vec<u8>, Problem> {
        for (at, width) in (0..).zip(&self.widths) {
            let width = u16::try_from((width + 2).clamp(NARROWEST, WIDEST)).unwrap_or_default();
            self.sheet.set_column_width(at, width).map_err(failed)?;
        }
        self.workbook.push_worksheet(self.sheet);
        let sheet = self.workbook.add_worksheet();
        sheet.set_name(ABOUT).map_err(failed)?;
        sheet.set_column_width(0, 28).map_err(failed)?;
        sheet.set_column_width(1, 100).map_err(failed)?;
        let wrapped = Format::new().set_text_wrap().set_align(FormatAlign::Top);
        let label = self.title.set_align(FormatAlign::Top);
        for (row, (name, text)) in (0..).zip(about::lines(call, headers, &self.facts, self.known)) {
            sheet.write_string_with_format(row, 0, name, &label).map_err(failed)?;
            let (shown, _) = cell::fitting(&text);
            sheet.write_string_with_format(row, 1, shown, &wrapped).map_err(failed)?;
        }
        self.workbook.save_to_buffer().map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_large_is_refused_and_the_refusal_names_csv() {
        for (rows, columns, bytes) in
            [(0, 0, 0), (MOST_ROWS, 1, 0), (0, MOST_COLUMNS, 0), (5_000, 400, MOST_BYTES), (20_000, 100, 0)]
        {
            assert!(check_size(rows, columns, bytes).is_ok(), "{rows} {columns} {bytes}");
        }
        for (rows, columns, bytes) in
            [(MOST_ROWS + 1, 1, 0), (0, MOST_COLUMNS + 1, 0), (5_001, 400, 0), (1, 1, MOST_BYTES + 1)]
        {
            let problem = check_size(rows, columns, bytes).unwrap_err();
            assert_eq!((problem.kind.status, problem.errors[0].code), (400, "too_large"));
            assert!(problem.errors[0].detail.contains("`format=csv`"), "{}", problem.errors[0].detail);
        }
    }
}
