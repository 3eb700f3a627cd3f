//! The standard's spreadsheet, as CSV: its columns, its rows, and the remarks about them.

use std::collections::HashSet;

use csv::ByteRecord;
use serde_json::{Map, Value, json};

use super::cell::{self, CellRemark, brief};
use super::fields::{Field, Form, GROUPS, Group, NOT_SUPPORTED};
use crate::problem::nearest;

/// How many errors, and how many warnings, are kept at most.
const MAX_REMARKS: usize = 10_000;

/// How many items of a repeated group a row can have.
const MAX_ITEMS: usize = 200;

/// An error or a warning about a row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Remark {
    /// The row, as a spreadsheet counts: the titles are row 1.
    pub row: u64,
    /// The title of the column as in the file; empty for the whole row.
    pub column: String,
    /// A stable word for programs.
    pub code: &'static str,
    /// A sentence for people: what is wrong and what would be right.
    pub detail: String,
    /// True for an error: the file cannot be imported until it is corrected.
    pub fatal: bool,
}

/// A column with a title that the standard knows.
struct Column {
    index: usize,
    /// The title as in the file.
    title: String,
    group: &'static Group,
    /// The number of the item, if the group is repeated.
    item: usize,
    field: &'static Field,
}

/// The columns of a file, and the remarks about it.
#[derive(Default)]
pub struct Sheet {
    columns: Vec<Column>,
    /// How many columns the titles have, with those that are not known.
    width: usize,
    remarks: Vec<Remark>,
    /// The cells with errors, by row and title.
    wrong_cells: HashSet<(u64, String)>,
    errors: usize,
    warnings: usize,
}

/// A row as read, before the checks against other cells and rows.
pub struct Row {
    pub number: u64,
    /// The grant, with the fields that could be read.
    pub grant: Map<String, Value>,
}

impl Sheet {
    /// Reads a file. Errors in the file become remarks.
    pub fn read(bytes: &[u8]) -> (Sheet, Vec<Row>) {
        let mut sheet = Sheet::default();
        let rows = if sheet.is_comma_separated_text(bytes) { sheet.rows(bytes) } else { vec![] };
        (sheet, rows)
    }

    /// All remarks, in order.
    pub fn into_remarks(self) -> Vec<Remark> {
        let mut remarks = self.remarks;
        remarks.sort();
        remarks
    }

    /// The rows with errors.
    pub fn wrong_rows(&self) -> HashSet<u64> {
        self.remarks.iter().filter(|remark| remark.fatal).map(|remark| remark.row).collect()
    }

    /// Whether the file has every column that the standard requires. Without one of them no row is a grant.
    pub fn has_required_columns(&self) -> bool {
        self.remarks.iter().all(|remark| remark.code != "missing_column")
    }

    /// Adds an error about a row, or about one of its cells by the title of the column.
    pub fn error(&mut self, row: u64, column: &str, code: &'static str, detail: impl Into<String>) {
        self.wrong_cells.insert((row, column.to_owned()));
        self.errors += 1;
        // Errors and warnings are counted separately, so that many warnings never hide an error.
        if self.errors <= MAX_REMARKS {
            self.add(row, column, code, detail.into(), true);
        }
    }

    /// Adds a warning about a row, or about one of its cells by the title of the column.
    pub fn warning(&mut self, row: u64, column: &str, code: &'static str, detail: impl Into<String>) {
        self.warnings += 1;
        if self.warnings <= MAX_REMARKS {
            self.add(row, column, code, detail.into(), false);
        }
    }

    fn add(&mut self, row: u64, column: &str, code: &'static str, detail: String, fatal: bool) {
        self.remarks.push(Remark { row, column: column.to_owned(), code, detail, fatal });
    }

    /// Whether a cell has an error.
    pub fn is_wrong(&self, row: u64, column: &str) -> bool {
        self.wrong_cells.contains(&(row, column.to_owned()))
    }

    /// The title in the file of one of our fields, of the given item if the group is repeated; none if the file has no
    /// such column.
    pub fn title(&self, group: &str, item: usize, field: &str) -> Option<&str> {
        let is_same = |column: &&Column| {
            column.group.name == group && column.item == item && column.field.name == field
        };
        self.columns.iter().find(is_same).map(|column| column.title.as_str())
    }

    fn is_comma_separated_text(&mut self, bytes: &[u8]) -> bool {
        let first_line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let count = |separator: u8| first_line.iter().filter(|byte| **byte == separator).count();
        if bytes.starts_with(b"PK")
            || bytes.starts_with(b"\xff\xfe")
            || bytes.starts_with(b"\xfe\xff")
            || bytes.contains(&0)
        {
            let detail = "This is not text in UTF-8. Save the sheet as `CSV UTF-8 (comma delimited)`.";
            self.error(1, "", "not_text", detail);
        } else if count(b',') < count(b';').max(count(b'\t')) {
            let detail =
                "The columns are not separated by commas. Save the sheet as `CSV UTF-8 (comma delimited)`.";
            self.error(1, "", "not_commas", detail);
        } else {
            return true;
        }
        false
    }

    fn rows(&mut self, bytes: &[u8]) -> Vec<Row> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
        let mut record = ByteRecord::new();
        let mut rows = vec![];
        let (mut number, mut has_titles) = (0, false);
        loop {
            let start = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX);
            // Reading from memory, with rows of any width, cannot fail.
            if !reader.read_byte_record(&mut record).unwrap_or(false) {
                break;
            }
            number += 1 + empty_lines(bytes, start);
            if has_titles {
                rows.extend(self.row(number, &record));
            } else {
                has_titles = true;
                self.titles(number, &record);
            }
        }
        if bytes.iter().filter(|byte| **byte == b'"').count() % 2 == 1 {
            let detail = "A quotation mark is opened and not closed, so rows may have been joined here. Close it, and \
                          write two quotation marks for one inside a text.";
            self.error(number, "", "open_quote", detail);
        }
        if rows.is_empty() && self.errors == 0 {
            let detail = "This file has no grants. Give one row for each grant, below the titles.";
            self.error(number.max(1), "", "no_grants", detail);
        }
        rows
    }

    fn titles(&mut self, row: u64, record: &ByteRecord) {
        self.width = record.len();
        let known: Vec<String> = all_fields().map(|(group, field)| group.column(field, None)).collect();
        for (index, cell) in record.iter().enumerate() {
            let title = String::from_utf8_lossy(cell).into_owned();
            let Some((group, field, item)) = parse_title(&title) else {
                self.unknown_title(row, index, &title, &known);
                continue;
            };
            let is_same = |column: &&Column| {
                std::ptr::eq(column.group, group) && column.field.name == field.name && column.item == item
            };
            if let Some(first) = self.columns.iter().find(is_same) {
                let detail = format!(
                    "Column {} has the title `{}` already. Remove one of the two columns.",
                    first.index + 1,
                    first.title
                );
                self.error(row, &title, "duplicate_column", detail);
            } else {
                self.columns.push(Column { index, title, group, item, field });
            }
        }
        for (group, field) in all_fields().filter(|(_, field)| field.required) {
            if self.title(group.name, 0, field.name).is_none() {
                let title = group.column(field, None);
                let detail = format!("The standard requires a column `{title}`. Add it.");
                self.error(row, &title, "missing_column", detail);
            }
        }
    }

    fn unknown_title(&mut self, row: u64, index: usize, title: &str, known: &[String]) {
        let first = title.split(':').next().unwrap_or_default().trim();
        let (code, detail) = if title.trim().is_empty() {
            ("unknown_column", format!("Column {} has no title. Give it one, or remove it.", index + 1))
        } else if NOT_SUPPORTED.iter().any(|part| part.eq_ignore_ascii_case(first)) {
            (
                "not_held",
                "The standard has this field, but grants on this record do not. Remove the column."
                    .to_owned(),
            )
        } else {
            let near = nearest(title.trim(), known.iter().map(String::as_str));
            let hint = near.map_or_else(String::new, |near| format!(" Did you mean `{near}`?"));
            (
                "unknown_column",
                format!("The standard's spreadsheet has no such column.{hint} Rename it, or remove it."),
            )
        };
        self.error(row, title, code, detail);
    }

    /// Reads a row; none if it is empty.
    fn row(&mut self, number: u64, record: &ByteRecord) -> Option<Row> {
        if record.iter().all(|cell| cell.trim_ascii().is_empty()) {
            self.warning(number, "", "empty_row", "This row is empty. It is skipped.");
            return None;
        }
        let too_many = record.iter().skip(self.width).any(|cell| !cell.is_empty());
        if record.len() < self.width || too_many {
            let detail = format!(
                "This row has {} cells and the titles have {}. Look for a missing or an extra comma or quotation mark.",
                record.len(),
                self.width
            );
            self.error(number, "", "cells", detail);
        }
        let mut grant = Map::new();
        let mut remarks = vec![];
        for column in &self.columns {
            let cell = record.get(column.index).unwrap_or_default();
            let mut of_cell = vec![];
            let value = value(column, cell, &mut of_cell);
            remarks.extend(of_cell.into_iter().map(|remark| (column.title.clone(), remark)));
            if let Some(value) = value {
                insert(&mut grant, column, value);
            }
        }
        numbered_items_to_lists(&mut grant);
        for (column, remark) in remarks {
            match remark.fatal {
                true => self.error(number, &column, remark.code, remark.detail),
                false => self.warning(number, &column, remark.code, remark.detail),
            }
        }
        Some(Row { number, grant })
    }
}

/// The number of empty lines at a position: a spreadsheet counts them, the CSV reader skips them.
fn empty_lines(bytes: &[u8], start: usize) -> u64 {
    let (before, after) = bytes.split_at_checked(start).unwrap_or((bytes, &[]));
    // After a row that ends with CR LF the reader is between the two.
    let after = if before.ends_with(b"\r") { after.strip_prefix(b"\n").unwrap_or(after) } else { after };
    after.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).map(|byte| u64::from(*byte == b'\n')).sum()
}

fn all_fields() -> impl Iterator<Item = (&'static Group, &'static Field)> {
    GROUPS.iter().flat_map(|group| group.fields.iter().map(move |field| (group, field)))
}

/// The group, field and item that a title names: in any case, with spaces around its parts, and with a number between
/// group and field.
fn parse_title(title: &str) -> Option<(&'static Group, &'static Field, usize)> {
    let parts: Vec<&str> = title.split(':').map(str::trim).collect();
    let (name, item) = match parts.as_slice() {
        [group, item, field] => (format!("{group}:{field}"), item.parse().ok()?),
        _ => (parts.join(":"), 0),
    };
    let is_same = |(group, field): &(&Group, &Field)| {
        group.column(field, None).to_lowercase() == name.to_lowercase()
            && item < if group.repeated { MAX_ITEMS } else { 1 }
    };
    all_fields().find(is_same).map(|(group, field)| (group, field, item))
}

/// Reads a cell; none if it is empty, which is an error if the field is required.
fn value(column: &Column, cell: &[u8], remarks: &mut Vec<CellRemark>) -> Option<Value> {
    let mut add = |code, detail: String, fatal| remarks.push(CellRemark { code, detail, fatal });
    let Ok(text) = std::str::from_utf8(cell) else {
        let shown = String::from_utf8_lossy(cell);
        add("encoding", format!("“{}” is not UTF-8. Save the sheet as `CSV UTF-8`.", brief(&shown)), true);
        return None;
    };
    if text.trim().is_empty() {
        if column.field.required {
            let title = column.group.column(column.field, None);
            add("required", format!("This is empty. The standard requires `{title}` of every grant."), true);
        } else if !text.is_empty() {
            add("only_blanks", "This has only spaces. It is imported as empty.".to_owned(), false);
        }
        return None;
    }
    // Texts are imported unchanged; spaces around a code or a number are removed.
    let trimmed = if matches!(column.field.form, Form::Text(_)) { text } else { text.trim() };
    if trimmed.len() != text.len() {
        add("blanks", "This has spaces around it. They are removed.".to_owned(), false);
    }
    cell::parse(column.field.form, trimmed, remarks)
}

/// Inserts a value into the grant. The items of a repeated group are under their numbers until the row is complete.
fn insert(grant: &mut Map<String, Value>, column: &Column, value: Value) {
    if column.field.form == Form::Currency {
        return;
    }
    if column.group.title.is_empty() {
        grant.insert(column.field.name.to_owned(), value);
        return;
    }
    let group = grant.entry(column.group.name).or_insert_with(|| json!({}));
    let item = if column.group.repeated { &mut group[column.item.to_string()] } else { group };
    item[column.field.name] = value;
}

fn numbered_items_to_lists(grant: &mut Map<String, Value>) {
    for group in GROUPS.iter().filter(|group| group.repeated) {
        if let Some(Value::Object(items)) = grant.remove(group.name) {
            let mut items: Vec<(usize, Value)> =
                items.into_iter().filter_map(|(number, item)| Some((number.parse().ok()?, item))).collect();
            items.sort_by_key(|(number, _)| *number);
            let items: Vec<Value> = items.into_iter().map(|(_, item)| item).collect();
            grant.insert(group.name.to_owned(), Value::Array(items));
        }
    }
}
