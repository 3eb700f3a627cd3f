//! Reads the tables of a spreadsheet: a CSV file, or the sheets of a workbook.

use std::rc::Rc;

use chrono::NaiveDate;
use csv::ByteRecord;
use serde_json::Value;

use super::cell::{self, CellRemark};
use super::columns::{Column, Columns};
use super::dates;
use super::fields::Form;
use super::sheet::{Place, ReadCell, Sheet};
use super::shown::text_of;
use super::text::brief;
use crate::csv_rows::MAX_CELLS;
use crate::http::csv::rows::{RowFault, Rows};
use crate::http::csv::{Audience, BYTE_ORDER_MARK, audience_of, unguarded};
use crate::sheet::{DAY_ZERO, Shown, is_no_result};
use crate::text_encoding::other_than_utf8;
pub use crate::validation::blanks::trimmed;

/// A table that is read row by row: the titles, then the rows.
pub struct Table<'a> {
    sheet: &'a mut Sheet,
    table: usize,
    columns: Option<Rc<Columns>>,
    name: &'a str,
    /// Whether its rows are grants, or only add to the grants of other tables.
    pub has_grants: bool,
    /// Whether it is a sheet of a workbook, which does not store empty cells and shows cells by their format.
    pub is_sheet: bool,
    /// What cells of the next row show otherwise than they hold, by column.
    pub shown: Vec<(usize, Shown)>,
    /// The day from which its workbook counts days.
    pub day_zero: NaiveDate,
    /// Whether texts that a spreadsheet would run as formulas have an apostrophe before them.
    pub guarded: bool,
}

impl<'a> Table<'a> {
    /// The next table of a file.
    pub fn new(sheet: &'a mut Sheet, name: &'a str) -> Table<'a> {
        let table = sheet.tables.len();
        Table {
            sheet,
            table,
            columns: None,
            name,
            has_grants: true,
            is_sheet: false,
            shown: vec![],
            day_zero: DAY_ZERO,
            guarded: false,
        }
    }

    /// Reads the next row.
    pub fn record(&mut self, row: u64, record: &ByteRecord) {
        let place = Place { table: self.table, row };
        let is_empty = record.iter().all(|cell| trimmed(&String::from_utf8_lossy(cell)).is_empty());
        match (self.columns.clone(), is_empty) {
            (None, true) => {}
            (None, false) => self.titles(place, record),
            (Some(_), true) => {
                self.sheet.warning(place, "", "empty_row", "This row is empty. It is skipped.");
            }
            (Some(columns), false) => self.row(place, &columns, record),
        }
    }

    /// Ends a table without any titles.
    pub fn end(self) {
        if self.columns.is_none() {
            self.sheet.tables.push(Rc::new(Columns::of(self.name, 1, [].into_iter())));
        }
    }

    fn titles(&mut self, place: Place, record: &ByteRecord) {
        let titles: Vec<String> =
            record.iter().map(|title| String::from_utf8_lossy(title).into_owned()).collect();
        let columns = Rc::new(Columns::of(self.name, place.row, titles.iter().map(String::as_str)));
        for (title, index, first) in &columns.repeated {
            let detail = format!(
                "Column {} has the title `{first}` already. Remove one of the two columns.",
                index + 1
            );
            self.sheet.error(place, title, "duplicate_column", detail);
        }
        self.sheet.tables.push(columns.clone());
        self.columns = Some(columns);
    }

    fn row(&mut self, place: Place, columns: &Columns, record: &ByteRecord) {
        let has_value = |index: usize| record.get(index).is_some_and(|cell| !cell.trim_ascii().is_empty());
        for index in columns.unread_indexes().filter(|index| has_value(*index)) {
            *self.sheet.unread_values.entry(self.table).or_default().entry(index).or_default() += 1;
        }
        let too_many = (columns.width..record.len()).any(has_value);
        if too_many || (record.len() < columns.width && !self.is_sheet) {
            let detail = format!(
                "This row has {} cells and the titles have {}. Look for a missing or an extra comma or quotation mark.",
                record.len(),
                columns.width
            );
            self.sheet.error(place, "", "cells", detail);
        }
        let mut cells = vec![];
        for column in &columns.columns {
            let mut remarks = vec![];
            let cell = record.get(column.index).unwrap_or_default();
            if let Some(value) = self.value(column, cell, &mut remarks) {
                cells.push(ReadCell { column, value });
            }
            // That it is missing is said of a required one.
            remarks.retain(|remark| !column.field.required || remark.code != "only_blanks");
            add_remarks(self.sheet, place, &column.title, remarks);
        }
        self.sheet.add_row(place, cells, self.has_grants);
    }

    /// Reads a cell; none if it is empty.
    fn value(&self, column: &Column, cell: &[u8], remarks: &mut Vec<CellRemark>) -> Option<Value> {
        let text = plain_text(cell, self.guarded, remarks)?;
        if !self.is_sheet {
            return read_text(column.field.form, text, remarks);
        }
        let shown = self.shown.iter().find(|(index, _)| *index == column.index).map(|(_, shown)| shown);
        let text = text_of(column.field.form, text, shown, remarks)?;
        let is_date = matches!(column.field.form, Form::Date | Form::PartialDate);
        if let Some(detail) = dates::meant_since(trimmed(&text), self.day_zero).filter(|_| is_date) {
            remarks.push(CellRemark { code: "date", detail, fatal: true });
            return None;
        }
        read_text(column.field.form, &text, remarks)
    }
}

/// Adds the remarks about a cell.
pub fn add_remarks(sheet: &mut Sheet, place: Place, title: &str, remarks: Vec<CellRemark>) {
    for remark in remarks {
        match remark.fatal {
            true => sheet.error(place, title, remark.code, remark.detail),
            false => sheet.warning(place, title, remark.code, remark.detail),
        }
    }
}

/// The text of a cell, without a guard; none if it is not UTF-8.
fn plain_text<'t>(cell: &'t [u8], guarded: bool, remarks: &mut Vec<CellRemark>) -> Option<&'t str> {
    let Ok(text) = std::str::from_utf8(cell) else {
        let shown = String::from_utf8_lossy(cell);
        let detail = format!("“{}” is not UTF-8. Save the sheet as `CSV UTF-8`.", brief(&shown));
        remarks.push(CellRemark { code: "encoding", detail, fatal: true });
        return None;
    };
    let bare = if guarded { unguarded(text) } else { text };
    if bare.len() != text.len() {
        let detail = "The leading apostrophe guards against formulas. It is removed.".to_owned();
        remarks.push(CellRemark { code: "guarded", detail, fatal: false });
    }
    Some(bare)
}

/// Reads the text of a cell; none if it is empty.
pub fn read_text(form: Form, text: &str, remarks: &mut Vec<CellRemark>) -> Option<Value> {
    let mut warn = |code, detail: &str| {
        remarks.push(CellRemark { code, detail: detail.to_owned(), fatal: false });
    };
    if trimmed(text).is_empty() {
        if !text.is_empty() {
            warn("only_blanks", "This has only spaces. It is imported as empty.");
        }
        return None;
    }
    if is_no_result(trimmed(text)) {
        let detail = format!("`{}` is a formula without a result. Enter the value.", trimmed(text));
        remarks.push(CellRemark { code: "formula", detail, fatal: true });
        return None;
    }
    // Texts are imported unchanged; spaces around a code or a number are removed.
    let plain = if matches!(form, Form::Text(_)) { text } else { trimmed(text) };
    if plain.len() != text.len() {
        warn("blanks", "This has spaces around it. They are removed.");
    }
    cell::parse(form, plain, remarks)
}

/// Reads a CSV file.
pub fn read_csv(file: &[u8]) -> Sheet {
    let bytes = file.strip_prefix(BYTE_ORDER_MARK.as_bytes()).unwrap_or(file);
    let mut sheet = Sheet::default();
    let first = Place { table: 0, row: 1 };
    if let Err((code, detail)) = is_comma_separated_text(bytes) {
        sheet.error(first, "", code, detail);
        return sheet;
    }
    let mut rows = Rows::new(bytes, b',');
    let mut record = ByteRecord::new();
    let mut table = Table::new(&mut sheet, "");
    table.guarded = audience_of(file) == Audience::Spreadsheet;
    let mut broken = None;
    while let Some((number, result)) = rows.read_bytes(&mut record) {
        if !matches!(result, Err(RowFault::TooManyCells | RowFault::Unreadable(_))) {
            table.record(number, &record);
        }
        broken = broken.or(result.err().map(|fault| (number, fault)));
    }
    table.end();
    match broken {
        Some((row, RowFault::QuoteNotClosed)) => {
            let detail = "A quotation mark is opened and not closed, so the rows after it are joined to this one. Close it, \
                          and write two quotation marks for one inside a text.";
            sheet.error(Place { table: 0, row }, "", "open_quote", detail);
        }
        Some((row, _)) => {
            let detail = format!(
                "This row has more than {MAX_CELLS} cells, and nothing after it is read. Check its commas and quotation marks."
            );
            sheet.error(Place { table: 0, row }, "", "cells", detail);
        }
        None => {}
    }
    sheet
}

fn is_comma_separated_text(bytes: &[u8]) -> Result<(), (&'static str, &'static str)> {
    let first_line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |separator: u8| first_line.iter().filter(|byte| **byte == separator).count();
    if bytes.starts_with(b"PK") || other_than_utf8(bytes).is_some() || bytes.contains(&0) {
        return Err((
            "not_text",
            "This is not text in UTF-8. Save the sheet as `CSV UTF-8 (comma delimited)`.",
        ));
    }
    // A separator may occur inside titles: it is the one that separates titles of the standard.
    let known = |separator: u8| {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).delimiter(separator).from_reader(bytes);
        let titles = reader.byte_records().next().and_then(Result::ok).unwrap_or_default();
        let titles: Vec<String> =
            titles.iter().map(|title| String::from_utf8_lossy(title).into_owned()).collect();
        (Columns::of("", 1, titles.iter().map(String::as_str)).columns.len(), count(separator))
    };
    if known(b',') < known(b';').max(known(b'\t')) {
        return Err((
            "not_commas",
            "The columns are not separated by commas. Save the sheet as `CSV UTF-8 (comma delimited)`.",
        ));
    }
    Ok(())
}
