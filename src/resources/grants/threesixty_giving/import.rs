//! Reads the standard's spreadsheet: the lines that the importer takes, and the remarks about the file.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{self, Read};

use serde_json::{Map, Value, json};

use super::cross_checks;
use super::identifiers;
use super::sheet::{Remark, Row, Sheet};

/// What the caller knows and the file does not say.
#[derive(Debug, Default)]
pub struct Options {
    /// Fields that every grant gets, such as `body`, `sources` or `fund`. Without a `status` it is `not_reported`.
    pub grant: Map<String, Value>,
    /// Fields that every organisation gets, such as `sources`.
    pub organisation: Map<String, Value>,
    /// The references of the organisations on record, by org-id. No line is made for these.
    pub known: BTreeMap<String, String>,
}

/// What was read from a file.
#[derive(Debug, Default)]
pub struct Imported {
    /// One organisation for each org-id that is not known, in order of appearance.
    pub organisations: Vec<Entry>,
    /// One grant for each row without errors.
    pub grants: Vec<Entry>,
    /// All remarks, by row and column.
    pub remarks: Vec<Remark>,
}

impl Imported {
    /// Whether there are errors, so that the file cannot be imported.
    pub fn fatal(&self) -> bool {
        self.remarks.iter().any(|remark| remark.fatal)
    }
}

/// A line for the importer.
#[derive(Debug)]
pub struct Entry {
    /// The row that the line comes from, as a spreadsheet counts: the titles are row 1.
    pub row: u64,
    /// The body that `POST` takes, with the fields of `Options`.
    pub value: Value,
}

/// Reads a file. The result is an error only if the file cannot be read; errors in the file are remarks.
pub fn read(mut input: impl Read, options: &Options) -> io::Result<Imported> {
    let mut bytes = vec![];
    input.read_to_end(&mut bytes)?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let (mut sheet, rows) = Sheet::read(bytes);
    cross_checks::check(&mut sheet, &rows);
    let mut imported = match sheet.has_required_columns() {
        true => entries(rows, options, &sheet.wrong_rows()),
        false => Imported::default(),
    };
    imported.remarks = sheet.into_remarks();
    Ok(imported)
}

fn entries(rows: Vec<Row>, options: &Options, wrong: &HashSet<u64>) -> Imported {
    let mut grants = vec![];
    let mut organisations = Organisations::new(options);
    let mut references = References::default();
    for row in rows.into_iter().filter(|row| !wrong.contains(&row.number)) {
        let identifier = row.grant["identifier"].as_str().unwrap_or_default();
        let mut grant = Map::new();
        grant.insert("reference".to_owned(), json!(references.unique(identifier)));
        grant.extend(options.grant.clone());
        grant.extend(row.grant);
        grant.entry("status").or_insert_with(|| json!("not_reported"));
        for field in ["recipient", "funder"] {
            if let Some(party) = grant.get_mut(field) {
                party["organisation"] = json!(organisations.reference_of(row.number, party));
            }
        }
        grants.push(Entry { row: row.number, value: Value::Object(grant) });
    }
    Imported { organisations: organisations.entries, grants, remarks: vec![] }
}

/// Unique references, made from identifiers. Compared in lower case.
#[derive(Default)]
struct References(HashSet<String>);

impl References {
    fn unique(&mut self, identifier: &str) -> String {
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
        let plain: String =
            identifier.chars().map(|letter| if allowed(letter) { letter } else { '-' }).collect();
        let plain = plain.trim_start_matches(['.', '_', '-']);
        let plain = if plain.is_empty() { "unnamed" } else { plain };
        let mut reference: String = plain.chars().take(64).collect();
        let mut n = 1;
        while !self.0.insert(reference.to_lowercase()) {
            n += 1;
            let suffix = format!("-{n}");
            reference = plain.chars().take(64 - suffix.len()).chain(suffix.chars()).collect();
        }
        reference
    }
}

/// The organisations that the grants name.
struct Organisations<'a> {
    options: &'a Options,
    references: References,
    /// The index of each entry and its reference, by org-id.
    by_id: HashMap<String, (usize, String)>,
    entries: Vec<Entry>,
}

impl<'a> Organisations<'a> {
    fn new(options: &'a Options) -> Organisations<'a> {
        let known = options.known.values().map(|reference| reference.to_lowercase()).collect();
        Organisations { options, references: References(known), by_id: HashMap::new(), entries: vec![] }
    }

    /// The reference of a party's organisation. Its entry is made at its first mention; later mentions add identifiers.
    fn reference_of(&mut self, row: u64, party: &Value) -> String {
        let id = party["id"].as_str().unwrap_or_default();
        if let Some(reference) = self.options.known.get(id) {
            return reference.clone();
        }
        let identifiers = identifiers::of_party(party);
        if let Some((index, reference)) = self.by_id.get(id) {
            add_identifiers(&mut self.entries[*index].value, identifiers);
            return reference.clone();
        }
        let reference = self.references.unique(id);
        let mut record = Map::new();
        record.insert("reference".to_owned(), json!(reference));
        record.extend(self.options.organisation.clone());
        record.insert("name".to_owned(), party["name"].clone());
        record.insert("organisation_kind".to_owned(), json!(identifiers::organisation_kind(&identifiers)));
        let mut record = Value::Object(record);
        add_identifiers(&mut record, identifiers);
        self.by_id.insert(id.to_owned(), (self.entries.len(), reference.clone()));
        self.entries.push(Entry { row, value: record });
        reference
    }
}

/// Adds the identifiers that a record does not have yet.
fn add_identifiers(record: &mut Value, identifiers: Vec<(String, String)>) {
    let Some(record) = record.as_object_mut() else { return };
    let Some(known) = record.entry("identifiers").or_insert_with(|| json!([])).as_array_mut() else { return };
    for (scheme, id) in identifiers {
        let identifier = json!({"scheme": scheme, "id": id});
        if known.len() < 50 && !known.contains(&identifier) {
            known.push(identifier);
        }
    }
}
