//! The standard's spreadsheet, as CSV: lines for the importer, and all that there is to say of it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{self, Read};

use csv::ByteRecord;
use serde_json::{Map, Value, json};

use super::cells::{self, brief};
use super::fields::{Field, Form, GROUPS, Group, NOT_HELD};
use super::remarks;
use crate::problem::nearest;

/// How much is said of a file at most.
const MOST: usize = 10_000;

/// What the caller knows and the file does not say.
#[derive(Debug, Default)]
pub struct Options {
    /// Members that every grant gets, such as `body`, `sources` or `fund`. Without a `status` it is `not_reported`.
    pub grant: Map<String, Value>,
    /// Members that every organisation gets, such as `sources`.
    pub organisation: Map<String, Value>,
    /// Organisations that are on record already: their references by org-id. No line is made for these.
    pub known: BTreeMap<String, String>,
}

/// What a file gives.
#[derive(Debug, Default)]
pub struct Giving {
    /// One organisation for each org-id that is not known, in the order in which they come.
    pub organisations: Vec<Entry>,
    /// One grant for each row that nothing is wrong with.
    pub grants: Vec<Entry>,
    /// All that there is to say, by row and column.
    pub remarks: Vec<Remark>,
}

impl Giving {
    /// Whether anything is wrong that has to be put right before the file can be taken.
    pub fn fatal(&self) -> bool {
        self.remarks.iter().any(|remark| remark.fatal)
    }
}

/// A line for the importer.
#[derive(Debug)]
pub struct Entry {
    /// The row that it comes from, as a spreadsheet counts: the titles are row 1.
    pub row: u64,
    /// What `POST` would take, with the members of `Options`.
    pub value: Value,
}

/// Something about a row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Remark {
    /// The row, as a spreadsheet counts.
    pub row: u64,
    /// The title of the column as the file has it; empty for the whole row.
    pub column: String,
    /// A stable word for programs.
    pub code: &'static str,
    /// A sentence for people: what is wrong and what would be right.
    pub detail: String,
    /// Whether the file cannot be taken so.
    pub fatal: bool,
}

/// A column that is understood.
pub struct Column {
    at: usize,
    /// Its title as the file has it.
    pub title: String,
    /// What it belongs to.
    pub group: &'static Group,
    /// Which of several.
    pub number: usize,
    /// What it is.
    pub field: &'static Field,
}

/// The columns of a file, and what is said of it.
pub struct Sheet {
    columns: Vec<Column>,
    width: usize,
    remarks: Vec<Remark>,
    /// The cells that are wrong already.
    wrong: HashSet<(u64, String)>,
    /// How much is wrong.
    faults: usize,
    /// How much else there is to say.
    notes: usize,
}

/// A row as it was read, before anything is made of it.
pub struct Row {
    /// Its number.
    pub row: u64,
    /// The grant, with what could be read.
    pub grant: Map<String, Value>,
}

/// Reads a file. An error is one of reading; what is wrong in the file is among the remarks.
pub fn read(mut input: impl Read, options: &Options) -> io::Result<Giving> {
    let mut bytes = vec![];
    input.read_to_end(&mut bytes)?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let mut sheet =
        Sheet { columns: vec![], width: 0, remarks: vec![], wrong: HashSet::new(), faults: 0, notes: 0 };
    let rows = if sheet.legible(bytes) { sheet.rows(bytes) } else { vec![] };
    remarks::across(&mut sheet, &rows);
    let wrong: HashSet<u64> =
        sheet.remarks.iter().filter(|remark| remark.fatal).map(|remark| remark.row).collect();
    // Without a column that the standard requires no row is a grant.
    let whole = !sheet.remarks.iter().any(|remark| remark.code == "missing_column");
    let mut giving = if whole { entries(rows, options, &wrong) } else { Giving::default() };
    sheet.remarks.sort();
    giving.remarks = sheet.remarks;
    Ok(giving)
}

impl Sheet {
    /// Says something about a row, and about one of its columns by its title.
    pub fn say(
        &mut self,
        row: u64,
        column: &str,
        code: &'static str,
        fatal: bool,
        detail: impl Into<String>,
    ) {
        if fatal {
            self.wrong.insert((row, column.to_owned()));
        }
        // So many of either sort are listed at most: of a file with more to say the rest is not held. What is wrong
        // is counted apart, so that a file that cannot be taken is never taken for want of room.
        let said = if fatal { &mut self.faults } else { &mut self.notes };
        *said += 1;
        if *said > MOST {
            return;
        }
        self.remarks.push(Remark { row, column: column.to_owned(), code, detail: detail.into(), fatal });
    }

    /// Whether something wrong was said of a cell.
    pub fn is_wrong(&self, row: u64, column: &str) -> bool {
        self.wrong.contains(&(row, column.to_owned()))
    }

    /// The title that the file has for a field of ours, of the given one of several; none where it has no such
    /// column.
    pub fn title(&self, group: &str, number: usize, field: &str) -> Option<String> {
        let mut columns = self.columns.iter();
        let is = |column: &&Column| {
            column.group.ours == group && column.number == number && column.field.ours == field
        };
        columns.find(is).map(|column| column.title.clone())
    }

    /// Whether this is a text at all, and one with commas.
    fn legible(&mut self, bytes: &[u8]) -> bool {
        let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let count = |wanted: u8| first.iter().filter(|byte| **byte == wanted).count();
        if bytes.starts_with(b"PK")
            || bytes.starts_with(b"\xff\xfe")
            || bytes.starts_with(b"\xfe\xff")
            || bytes.contains(&0)
        {
            self.say(
                1,
                "",
                "not_text",
                true,
                "This is not text in UTF-8: save the sheet as `CSV UTF-8 (comma delimited)`.",
            );
        } else if count(b',') < count(b';').max(count(b'\t')) {
            self.say(
                1,
                "",
                "not_commas",
                true,
                "The columns are not separated by commas: save the sheet as `CSV UTF-8 (comma delimited)`.",
            );
        } else {
            return true;
        }
        false
    }

    fn rows(&mut self, bytes: &[u8]) -> Vec<Row> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
        let mut record = ByteRecord::new();
        let mut rows = vec![];
        let (mut row, mut titled) = (0, false);
        loop {
            let start = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX);
            // Reading from memory with rows of any width: there is nothing that could fail.
            if !reader.read_byte_record(&mut record).unwrap_or(false) {
                break;
            }
            row += 1 + empty_lines(bytes, start);
            if titled {
                rows.extend(self.row(row, &record));
            } else {
                titled = true;
                self.titles(row, &record);
            }
        }
        if bytes.iter().filter(|byte| **byte == b'"').count() % 2 == 1 {
            let detail = "A quotation mark is opened somewhere and not closed, and rows may have run together here: \
                          close it, and write two for one inside a text.";
            self.say(row, "", "open_quote", true, detail);
        }
        if rows.is_empty() && !self.remarks.iter().any(|remark| remark.fatal) {
            self.say(
                row.max(1),
                "",
                "no_grants",
                true,
                "There is no grant in this file: below the titles, one row each.",
            );
        }
        rows
    }

    fn titles(&mut self, row: u64, record: &ByteRecord) {
        self.width = record.len();
        let known: Vec<String> = all_fields().map(|(group, field)| group.column(field, None)).collect();
        for (at, cell) in record.iter().enumerate() {
            let title = String::from_utf8_lossy(cell).into_owned();
            match understood(&title) {
                Some((group, field, number)) => {
                    let same = |column: &&Column| {
                        std::ptr::eq(column.group, group)
                            && column.field.ours == field.ours
                            && column.number == number
                    };
                    if let Some(first) = self.columns.iter().find(same) {
                        let detail = format!(
                            "Column {} is `{}` already; take one of them out.",
                            first.at + 1,
                            first.title
                        );
                        self.say(row, &title, "duplicate_column", true, detail);
                    } else {
                        self.columns.push(Column { at, title, group, number, field });
                    }
                }
                None => self.unknown(row, at, &title, &known),
            }
        }
        for (group, field) in all_fields().filter(|(_, field)| field.required) {
            if self.title(group.ours, 0, field.ours).is_none() {
                let title = group.column(field, None);
                let detail = format!("There is no column `{title}`, which the standard requires.");
                self.say(row, &title, "missing_column", true, detail);
            }
        }
    }

    fn unknown(&mut self, row: u64, at: usize, title: &str, known: &[String]) {
        let first = title.split(':').next().unwrap_or_default().trim();
        let (code, detail) = if title.trim().is_empty() {
            ("unknown_column", format!("Column {} has no title; give it one, or take it out.", at + 1))
        } else if NOT_HELD.iter().any(|held| held.eq_ignore_ascii_case(first)) {
            (
                "not_held",
                "The standard names this, and a grant here has no place for it; take the column out."
                    .to_owned(),
            )
        } else {
            let near = nearest(title.trim(), known.iter().map(String::as_str));
            let near = near.map_or_else(|| ".".to_owned(), |near| format!("; did you mean `{near}`?"));
            (
                "unknown_column",
                format!("The standard's spreadsheet has no such column{near} Rename it, or take it out."),
            )
        };
        self.say(row, title, code, true, detail);
    }

    /// Reads a row; none where it is empty.
    fn row(&mut self, row: u64, record: &ByteRecord) -> Option<Row> {
        if record.iter().all(|cell| cell.trim_ascii().is_empty()) {
            self.say(row, "", "empty_row", false, "There is nothing in this row; it is passed over.");
            return None;
        }
        let beyond = record.iter().skip(self.width).any(|cell| !cell.is_empty());
        if record.len() < self.width || beyond {
            let detail = format!(
                "This row has {} cells where the titles have {}: a comma or quotation mark is missing or too many.",
                record.len(),
                self.width
            );
            self.say(row, "", "cells", true, detail);
        }
        let mut grant = Map::new();
        let mut remarks = vec![];
        for column in &self.columns {
            let cell = record.get(column.at).unwrap_or_default();
            let mut told = vec![];
            let value = value(column, cell, &mut told);
            remarks.extend(told.into_iter().map(|told| (column.title.clone(), told)));
            if let Some(value) = value {
                place(&mut grant, column, value);
            }
        }
        tidy(&mut grant);
        for (column, told) in remarks {
            self.say(row, &column, told.code, told.fatal, told.detail);
        }
        Some(Row { row, grant })
    }
}

/// The number of empty lines at a place: a spreadsheet counts them, and the reader passes over them.
fn empty_lines(bytes: &[u8], start: usize) -> u64 {
    let (before, after) = bytes.split_at_checked(start).unwrap_or((bytes, &[]));
    // After a row that ended with CR LF the reader stands between the two.
    let after = if before.ends_with(b"\r") { after.strip_prefix(b"\n").unwrap_or(after) } else { after };
    after.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).map(|byte| u64::from(*byte == b'\n')).sum()
}

fn all_fields() -> impl Iterator<Item = (&'static Group, &'static Field)> {
    GROUPS.iter().flat_map(|group| group.fields.iter().map(move |field| (group, field)))
}

/// What a title means: in any case, with blanks around, and with a number between group and field.
fn understood(title: &str) -> Option<(&'static Group, &'static Field, usize)> {
    let parts: Vec<&str> = title.split(':').map(str::trim).collect();
    let (bare, number) = match parts.as_slice() {
        [group, number, field] => (format!("{group}:{field}"), number.parse().ok()?),
        _ => (parts.join(":"), 0),
    };
    let same = |(group, field): &(&Group, &Field)| {
        group.column(field, None).to_lowercase() == bare.to_lowercase()
            && number < if group.several { 200 } else { 1 }
    };
    all_fields().find(same).map(|(group, field)| (group, field, number))
}

/// Reads a cell: nothing where it is empty, and said so where it must not be.
fn value(column: &Column, cell: &[u8], told: &mut Vec<cells::Told>) -> Option<Value> {
    let mut say = |code, detail: String, fatal| told.push(cells::Told { code, detail, fatal });
    let Ok(text) = std::str::from_utf8(cell) else {
        let shown = String::from_utf8_lossy(cell);
        say("encoding", format!("“{}” is not UTF-8: save the sheet as `CSV UTF-8`.", brief(&shown)), true);
        return None;
    };
    if text.trim().is_empty() {
        if column.field.required {
            let title = column.group.column(column.field, None);
            say("required", format!("The standard requires `{title}` of every grant; this is empty."), true);
        } else if !text.is_empty() {
            say("only_blanks", "There are only blanks here; they are taken as nothing.".to_owned(), false);
        }
        return None;
    }
    // Words are kept as they stand; a code or a number has no blanks around it.
    let kept = if matches!(column.field.form, Form::Text(_)) { text } else { text.trim() };
    if kept.len() != text.len() {
        say("blanks", "There are blanks around it; they are taken off.".to_owned(), false);
    }
    cells::read(column.field.form, kept, told)
}

/// Puts a value where it belongs in the grant. Places stand at their numbers until the row is read.
fn place(grant: &mut Map<String, Value>, column: &Column, value: Value) {
    if column.field.form == Form::Currency {
        return;
    }
    if column.group.title.is_empty() {
        grant.insert(column.field.ours.to_owned(), value);
        return;
    }
    let group = grant.entry(column.group.ours).or_insert_with(|| json!({}));
    let item = if column.group.several { &mut group[column.number.to_string()] } else { group };
    item[column.field.ours] = value;
}

/// Makes lists of what stands at numbers.
fn tidy(grant: &mut Map<String, Value>) {
    for group in GROUPS.iter().filter(|group| group.several) {
        if let Some(Value::Object(items)) = grant.remove(group.ours) {
            let mut items: Vec<(usize, Value)> =
                items.into_iter().filter_map(|(number, item)| Some((number.parse().ok()?, item))).collect();
            items.sort_by_key(|(number, _)| *number);
            let items: Vec<Value> = items.into_iter().map(|(_, item)| item).collect();
            grant.insert(group.ours.to_owned(), Value::Array(items));
        }
    }
}

/// Makes references of identifiers, each once.
#[derive(Default)]
struct References(HashSet<String>);

impl References {
    fn of(&mut self, identifier: &str) -> String {
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
        let plain: String =
            identifier.chars().map(|letter| if allowed(letter) { letter } else { '-' }).collect();
        let plain = plain.trim_start_matches(['.', '_', '-']);
        let plain = if plain.is_empty() { "unnamed" } else { plain };
        let mut reference: String = plain.chars().take(64).collect();
        let mut times = 1;
        while !self.0.insert(reference.to_lowercase()) {
            times += 1;
            let ending = format!("-{times}");
            reference = plain.chars().take(64 - ending.len()).chain(ending.chars()).collect();
        }
        reference
    }
}

/// The lines that rows give.
fn entries(rows: Vec<Row>, options: &Options, wrong: &HashSet<u64>) -> Giving {
    let mut giving = Giving::default();
    let mut organisations = Organisations::new(options);
    let mut references = References::default();
    for row in rows {
        if wrong.contains(&row.row) {
            continue;
        }
        let identifier = row.grant["identifier"].as_str().unwrap_or_default();
        let mut grant = Map::new();
        grant.insert("reference".to_owned(), json!(references.of(identifier)));
        grant.extend(options.grant.clone());
        grant.extend(row.grant);
        grant.entry("status").or_insert_with(|| json!("not_reported"));
        for member in ["recipient", "funder"] {
            if let Some(party) = grant.get_mut(member) {
                let reference = organisations.of(row.row, party);
                party["organisation"] = json!(reference);
            }
        }
        giving.grants.push(Entry { row: row.row, value: Value::Object(grant) });
    }
    giving.organisations = organisations.all;
    giving
}

/// The organisations that grants name.
struct Organisations<'a> {
    options: &'a Options,
    references: References,
    /// Where each stands, and what it is called.
    found: HashMap<String, (usize, String)>,
    all: Vec<Entry>,
}

impl<'a> Organisations<'a> {
    fn new(options: &'a Options) -> Organisations<'a> {
        let taken = options.known.values().map(|reference| reference.to_lowercase()).collect();
        Organisations { options, references: References(taken), found: HashMap::new(), all: vec![] }
    }

    /// The reference of a party's record, which is made at its first mention and learns from the later ones.
    fn of(&mut self, row: u64, party: &Value) -> String {
        let id = party["id"].as_str().unwrap_or_default();
        if let Some(reference) = self.options.known.get(id) {
            return reference.clone();
        }
        let identifiers = remarks::identifiers(party);
        if let Some((at, reference)) = self.found.get(id) {
            learn(&mut self.all[*at].value, identifiers);
            return reference.clone();
        }
        let reference = self.references.of(id);
        let mut record = Map::new();
        record.insert("reference".to_owned(), json!(reference));
        record.extend(self.options.organisation.clone());
        record.insert("name".to_owned(), party["name"].clone());
        record.insert("organisation_kind".to_owned(), json!(remarks::organisation_kind(&identifiers)));
        let mut record = Value::Object(record);
        learn(&mut record, identifiers);
        self.found.insert(id.to_owned(), (self.all.len(), reference.clone()));
        self.all.push(Entry { row, value: record });
        reference
    }
}

/// Adds identifiers that a record does not have yet.
fn learn(record: &mut Value, identifiers: Vec<(String, String)>) {
    let Some(record) = record.as_object_mut() else { return };
    let Some(known) = record.entry("identifiers").or_insert_with(|| json!([])).as_array_mut() else { return };
    for (scheme, id) in identifiers {
        let identifier = json!({"scheme": scheme, "id": id});
        if known.len() < 50 && !known.contains(&identifier) {
            known.push(identifier);
        }
    }
}
