//! What is read from a file, with the remarks about it: rows of one or several tables become grants.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use serde_json::{Map, Value};

use super::columns::{Column, Columns, Unread};
use super::fields::{self, Field, Group};

/// How many errors, and how many warnings, are kept at most.
const MAX_REMARKS: usize = 10_000;

/// A row of a table. The tables of a workbook are its sheets; a package has one, with a row for each grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    pub table: usize,
    /// As a spreadsheet counts: the titles are row 1. In a package, the number of the grant.
    pub row: u64,
}

/// An error or a warning about a row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Remark {
    /// The number of the table.
    pub table: usize,
    /// The row, as a spreadsheet counts: the titles are row 1.
    pub row: u64,
    /// The title of the column as in the file, or the place in the grant of a package; empty for the whole row.
    pub column: String,
    /// A stable word for programs.
    pub code: &'static str,
    /// A sentence for people: what is wrong and what would be right.
    pub detail: String,
    /// True for an error: the file cannot be imported until it is corrected.
    pub fatal: bool,
}

/// A grant as read, before the checks against other cells and grants.
pub struct Grant {
    /// The first row about it.
    pub place: Place,
    /// Further rows about it: the standard's way of writing several locations.
    pub further: Vec<Place>,
    /// The fields that could be read.
    pub fields: Map<String, Value>,
    /// Where each of its locations comes from: the row, and the number of the item in the titles.
    pub locations: Vec<(Place, usize)>,
}

impl Grant {
    /// The rows about it.
    pub fn places(&self) -> impl Iterator<Item = Place> {
        [self.place].into_iter().chain(self.further.iter().copied())
    }
}

/// The value of a cell that could be read, with its column.
pub struct ReadCell<'a> {
    pub column: &'a Column,
    pub value: Value,
}

/// A file: its tables, its grants, and the remarks about it.
#[derive(Default)]
pub struct Sheet {
    /// The tables, in the order in which they are read.
    pub tables: Vec<Rc<Columns>>,
    /// How many values the columns of a table have that are not read: by the number of the table, then of the column.
    pub unread_values: HashMap<usize, HashMap<usize, u64>>,
    pub grants: Vec<Grant>,
    /// The number of the grant of each identifier.
    by_identifier: HashMap<String, usize>,
    remarks: Vec<Remark>,
    /// The cells with errors, by row and title.
    wrong_cells: HashSet<(Place, String)>,
    errors: usize,
    warnings: usize,
}

impl Sheet {
    /// All remarks, in order.
    pub fn into_remarks(self) -> Vec<Remark> {
        let mut remarks = self.remarks;
        remarks.sort();
        remarks
    }

    /// The rows with errors.
    pub fn wrong_rows(&self) -> HashSet<Place> {
        let wrong = self.remarks.iter().filter(|remark| remark.fatal);
        wrong.map(|remark| Place { table: remark.table, row: remark.row }).collect()
    }

    /// The sentences of the remarks with these codes, by row and title.
    pub fn details(&self, codes: &[&str]) -> HashMap<(Place, &str), String> {
        let mut all: HashMap<(Place, &str), String> = HashMap::new();
        for remark in self.remarks.iter().filter(|remark| codes.contains(&remark.code)) {
            let place = Place { table: remark.table, row: remark.row };
            let text = all.entry((place, remark.column.as_str())).or_default();
            text.push(' ');
            text.push_str(&remark.detail);
        }
        all
    }

    /// Whether there are errors.
    pub fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// Whether the file has every column that the standard requires. Without one of them no row is a grant.
    pub fn has_required_columns(&self) -> bool {
        self.remarks.iter().all(|remark| remark.code != "missing_column")
    }

    /// Adds an error about a row, or about one of its cells by the title of the column.
    pub fn error(&mut self, place: Place, column: &str, code: &'static str, detail: impl Into<String>) {
        self.wrong_cells.insert((place, column.to_owned()));
        self.errors += 1;
        // Errors and warnings are counted separately, so that many warnings never hide an error.
        if self.errors <= MAX_REMARKS {
            self.add(place, column, code, detail.into(), true);
        }
    }

    /// Adds a warning about a row, or about one of its cells by the title of the column.
    pub fn warning(&mut self, place: Place, column: &str, code: &'static str, detail: impl Into<String>) {
        self.warnings += 1;
        if self.warnings <= MAX_REMARKS {
            self.add(place, column, code, detail.into(), false);
        }
    }

    fn add(&mut self, place: Place, column: &str, code: &'static str, detail: String, fatal: bool) {
        let Place { table, row } = place;
        self.remarks.push(Remark { table, row, column: column.to_owned(), code, detail, fatal });
    }

    /// Notes that what is wrong with a cell was said: that it is missing is not said besides.
    pub fn mark_wrong(&mut self, place: Place, column: &str) {
        self.wrong_cells.insert((place, column.to_owned()));
    }

    /// Whether a cell has an error.
    pub fn is_wrong(&self, place: Place, column: &str) -> bool {
        self.wrong_cells.contains(&(place, column.to_owned()))
    }

    /// The title in a table of one of our fields, of the given item if the group is repeated; none if the table has no
    /// such column.
    pub fn title(&self, table: usize, group: &str, item: usize, field: &str) -> Option<String> {
        self.tables.get(table)?.title(group, item, field)
    }

    /// The row of a grant that has a column for one of our fields, and its title.
    pub fn place_of(&self, grant: &Grant, group: &str, field: &str) -> Option<(Place, String)> {
        grant.places().find_map(|place| Some((place, self.title(place.table, group, 0, field)?)))
    }

    /// A place in words, as seen from a row.
    pub fn shown(&self, place: Place, from: Place) -> String {
        let name = self.tables.get(place.table).map(|table| table.name.as_str()).unwrap_or_default();
        match (
            self.tables.get(place.table).is_some_and(|table| table.is_package()),
            place.table == from.table,
        ) {
            (true, _) => format!("Grant {}", place.row),
            (_, true) => format!("Row {}", place.row),
            _ => format!("Row {} of the sheet `{name}`", place.row),
        }
    }

    /// Adds what a row says: to the grant that it identifies, or as a new grant.
    pub fn add_row(&mut self, place: Place, cells: Vec<ReadCell<'_>>, has_grants: bool) {
        let identifier = cells.iter().find(|cell| cell.column.is("", "identifier"));
        let identifier = identifier.and_then(|cell| cell.value.as_str()).map(str::to_owned);
        let known = identifier.as_ref().and_then(|identifier| self.by_identifier.get(identifier)).copied();
        match known {
            Some(n) => self.merge(n, place, cells),
            None if has_grants => {
                let n = self.grants.len();
                self.grants.push(Grant { place, further: vec![], fields: Map::new(), locations: vec![] });
                if let Some(identifier) = identifier {
                    self.by_identifier.insert(identifier, n);
                }
                self.put(n, place, cells);
            }
            None => {
                let title = self.title(place.table, "", 0, "identifier").unwrap_or_default();
                if !self.is_wrong(place, &title) {
                    let detail = "No sheet of grants has this identifier. Give the identifier of the grant that this row is about.";
                    self.error(place, &title, "unknown_grant", detail);
                }
            }
        }
    }

    /// Adds a further row of a grant. What it says must be the same as what was said before, or new.
    fn merge(&mut self, n: usize, place: Place, cells: Vec<ReadCell<'_>>) {
        let mut contradictions = vec![];
        let first = self.grants[n].place;
        for cell in &cells {
            let before = value_in(&self.grants[n].fields, cell.column.group, cell.column.field);
            if let Some(before) =
                before.filter(|before| !cell.column.group.repeated && !same(before, &cell.value))
            {
                contradictions
                    .push((cell.column.title.clone(), contradiction(self, cell, before, first, place)));
            }
        }
        let has_contradictions = !contradictions.is_empty();
        for (title, (code, detail)) in contradictions {
            self.error(place, &title, code, detail);
        }
        self.grants[n].further.push(place);
        if !has_contradictions && !self.put(n, place, cells) {
            let detail =
                format!("This repeats what {} says. It is imported once.", lower(&self.shown(first, place)));
            self.warning(place, "", "duplicate_row", detail);
        }
    }

    /// Stores values in a grant. True if any of them was new.
    fn put(&mut self, n: usize, place: Place, cells: Vec<ReadCell<'_>>) -> bool {
        let grant = &mut self.grants[n];
        let mut items: Vec<(usize, Map<String, Value>)> = vec![];
        let mut new = false;
        for ReadCell { column, value } in cells {
            if column.group.repeated {
                let at = match items.iter().position(|(item, _)| *item == column.item) {
                    Some(at) => at,
                    None => {
                        items.push((column.item, Map::new()));
                        items.len() - 1
                    }
                };
                items[at].1.insert(column.field.name.to_owned(), value);
            } else if value_in(&grant.fields, column.group, column.field).is_none() {
                insert(&mut grant.fields, column.group, column.field, value);
                new = true;
            }
        }
        items.sort_by_key(|(item, _)| *item);
        for (item, fields) in items {
            let list = grant.fields.entry(LOCATIONS).or_insert_with(|| Value::Array(vec![]));
            let item_value = Value::Object(fields);
            if let Value::Array(list) = list
                && (grant.further.is_empty() || !list.contains(&item_value))
            {
                list.push(item_value);
                grant.locations.push((place, item));
                new = true;
            }
        }
        new
    }

    /// Adds the remarks that need the whole file: about columns, and about what the standard requires.
    pub fn finish(&mut self) {
        for table in 0..self.tables.len() {
            self.unread_columns(table);
        }
        self.missing_columns();
        self.missing_values();
        for grant in &mut self.grants {
            // Part of each of our amounts.
            grant.fields.shift_remove("currency");
        }
    }

    fn unread_columns(&mut self, table: usize) {
        let Some(columns) = self.tables.get(table).cloned() else { return };
        let place = Place { table, row: columns.titles_row };
        let values = self.unread_values.remove(&table).unwrap_or_default();
        for Unread { title, code, detail, fatal } in columns.unread(&values) {
            match fatal {
                true => self.error(place, &title, code, detail),
                false => self.warning(place, &title, code, detail),
            }
        }
    }

    fn missing_columns(&mut self) {
        let Some(first) = self.tables.first().cloned().filter(|table| !table.is_package()) else { return };
        let place = Place { table: 0, row: first.titles_row };
        for (group, field) in fields::all().filter(|(_, field)| field.required) {
            if self.tables.iter().all(|table| table.title(group.name, 0, field.name).is_none()) {
                let title = group.column(field, None);
                let detail = format!("The standard requires a column `{title}`. Add it.");
                self.error(place, &title, "missing_column", detail);
            }
        }
    }

    fn missing_values(&mut self) {
        let mut missing: Vec<(Place, String, String)> = vec![];
        for grant in &self.grants {
            for (group, field) in fields::all().filter(|(_, field)| field.required) {
                if value_in(&grant.fields, group, field).is_some() {
                    continue;
                }
                let wrong = grant.places().any(|place| {
                    let title = self.title(place.table, group.name, 0, field.name);
                    title.is_some_and(|title| self.is_wrong(place, &title))
                });
                // A column that no table has is missed once, not in every row.
                let column = self.place_of(grant, group.name, field.name);
                let elsewhere =
                    || self.tables.iter().find_map(|table| table.title(group.name, 0, field.name));
                let column = column.or_else(|| Some((grant.place, elsewhere()?)));
                if let Some((place, title)) = column.filter(|_| !wrong) {
                    missing.push((place, title, group.column(field, None)));
                }
            }
        }
        for (place, title, name) in missing {
            let detail = format!("This is empty. The standard requires `{name}` of every grant.");
            self.error(place, &title, "required", detail);
        }
    }
}

/// The name of the one group of which a grant can have several items.
pub const LOCATIONS: &str = "beneficiary_locations";

/// The code and the sentence for a cell that says something else than an earlier row about its grant.
fn contradiction(
    sheet: &Sheet,
    cell: &ReadCell<'_>,
    before: &Value,
    first: Place,
    place: Place,
) -> (&'static str, String) {
    let shown = |value: &Value| {
        let text = value.as_str().or_else(|| value["amount"].as_str()).map(str::to_owned);
        super::text::brief(&text.unwrap_or_else(|| value.to_string()))
    };
    let first = sheet.shown(first, place);
    let (before, now) = (shown(before), shown(&cell.value));
    if cell.column.group.name == "recipient" && cell.column.field.name == "id" {
        let detail = format!(
            "{first} has the recipient `{before}` for this grant, and this row `{now}`. A grant on this record has one recipient: give each recipient a grant of its own, with its own identifier and its own amount."
        );
        return ("one_recipient", detail);
    }
    let detail = format!(
        "{first} has `{before}` for this grant, and this row `{now}`. Correct one of them; if the rows are two grants, give each an identifier of its own."
    );
    ("contradiction", detail)
}

/// Whether two cells say the same. Blanks at the ends of a text make no difference.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::String(one), Value::String(other)) => one.trim() == other.trim(),
        _ => one == other,
    }
}

/// The value of a field of a group that is not repeated.
fn value_in<'a>(fields: &'a Map<String, Value>, group: &Group, field: &Field) -> Option<&'a Value> {
    match group.title {
        "" => fields.get(field.name),
        _ => fields.get(group.name)?.get(field.name),
    }
}

fn insert(fields: &mut Map<String, Value>, group: &Group, field: &Field, value: Value) {
    if group.title.is_empty() {
        fields.insert(field.name.to_owned(), value);
        return;
    }
    let part = fields.entry(group.name).or_insert_with(|| Value::Object(Map::new()));
    part[field.name] = value;
}

/// A sentence's beginning in the middle of a sentence.
fn lower(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}
