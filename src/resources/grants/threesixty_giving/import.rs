//! Reads the standard's spreadsheet or package: the lines that the importer takes, and the remarks about the file.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::{Map, Value, json};

use super::sheet::{Grant, Place, Remark, Sheet};
use super::{cross_checks, identifiers, package, table, workbook};
use crate::record::kind::{ForeignFile, KnownParty};

/// What the caller knows and the file does not say.
#[derive(Debug, Default)]
pub struct Options {
    /// Fields that every grant gets, such as `body`, `sources` or `fund`. Without a `status` it is `not_reported`.
    pub grant: Map<String, Value>,
    /// Fields that every organisation gets, such as `sources`.
    pub organisation: Map<String, Value>,
    /// The organisations on record, by org-id. No line is made for these.
    pub known: BTreeMap<String, KnownParty>,
}

/// What was read from a file.
#[derive(Debug, Default)]
pub struct Imported {
    /// One organisation for each org-id that is not known, in order of appearance.
    pub organisations: Vec<Entry>,
    /// One grant for each row without errors.
    pub grants: Vec<Entry>,
    /// All remarks, by table, row and column.
    pub remarks: Vec<Remark>,
    /// The names of the sheets, by the numbers in the remarks; empty for what has no sheets.
    pub tables: Vec<String>,
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
    /// The row that the line comes from, as a spreadsheet counts: the titles are row 1. In a package, the number of the
    /// grant.
    pub row: u64,
    /// The body that `POST` takes, with the fields of `Options`.
    pub value: Value,
    /// The title of the column that names it, or the place in the grant of a package.
    pub column: String,
    /// How the file names it, and what is odd about that, for the case that it is not on record.
    pub named: Named,
}

/// How a file names a record.
#[derive(Clone, Debug, Default)]
pub struct Named {
    /// The identifier as it is written.
    pub identifier: String,
    /// What is odd about it.
    pub hint: String,
}

/// Reads a file.
pub fn read(file: ForeignFile<'_>, options: &Options) -> Imported {
    let mut sheet = match file {
        ForeignFile::Csv(bytes) => table::read_csv(bytes),
        ForeignFile::Package(bytes) => package::read(bytes),
        ForeignFile::Workbook(tables) => workbook::read(tables),
    };
    let unreadable = sheet.has_errors() && sheet.tables.is_empty();
    if !unreadable {
        sheet.finish();
    }
    let grants = std::mem::take(&mut sheet.grants);
    if grants.is_empty() && !sheet.has_errors() {
        let row = sheet.tables.first().map_or(1, |table| table.titles_row.max(1));
        let detail = "This file has no grants. Give one row for each grant, below the titles.";
        sheet.error(Place { table: 0, row }, "", "no_grants", detail);
    }
    let tables = sheet.tables.iter().map(|table| table.name.clone()).collect();
    cross_checks::check(&mut sheet, &grants, &options.known);
    let mut made = vec![];
    let mut imported = match sheet.has_required_columns() {
        true => entries(grants, options, &sheet, &mut made),
        false => Imported::default(),
    };
    for (place, column, detail) in made {
        sheet.warning(place, &column, "reference_made", detail);
    }
    imported.remarks = sheet.into_remarks();
    imported.tables = tables;
    imported
}

/// The remarks that say what is odd about an identifier.
const ODD_IDENTIFIER: [&str; 4] = ["odd_characters", "org_id_form", "malformed_number", "other_register"];

/// The remark about a reference that is not the identifier that it is made from.
fn made_reference(what: &str, reference: &str) -> String {
    format!(
        "The reference of the {what} is `{reference}`: a reference has at most 64 letters from A to Z, digits, `.`, `_` and `-`, begins \
         with a letter or a digit, and is that of one {what}. The identifier is imported unchanged."
    )
}

/// A remark about a cell: its place, the title of its column, a sentence.
type CellNote = (Place, String, String);

fn entries(all: Vec<Grant>, options: &Options, sheet: &Sheet, made: &mut Vec<CellNote>) -> Imported {
    let wrong = sheet.wrong_rows();
    let odd = sheet.details(&ODD_IDENTIFIER);
    let mut grants = vec![];
    let mut organisations = Organisations::new(options);
    let mut references = References::default();
    // The organisations whose references have their remark.
    let mut with_remark = HashSet::new();
    for read in all {
        let is_wrong = read.places().any(|place| wrong.contains(&place));
        let identifier = read.fields.get("identifier").and_then(Value::as_str).unwrap_or_default();
        let reference = references.unique(identifier);
        let named = Named { identifier: identifier.to_owned(), hint: String::new() };
        let column = sheet.place_of(&read, "", "identifier").map(|(_, title)| title).unwrap_or_default();
        if reference != identifier {
            made.push((read.place, column.clone(), made_reference("grant", &reference)));
        }
        let mut grant = Map::new();
        grant.insert("reference".to_owned(), json!(reference));
        grant.extend(options.grant.clone());
        grant.extend(read.fields.clone());
        grant.entry("status").or_insert_with(|| json!("not_reported"));
        for field in ["recipient", "funder"] {
            let Some(party) = grant.get_mut(field).filter(|party| party["id"].is_string()) else { continue };
            let place = sheet.place_of(&read, field, "id");
            let (place, column) = place.unwrap_or((read.place, String::new()));
            let hint = odd.get(&(place, column.as_str())).cloned().unwrap_or_default();
            // The organisations of a row with errors are looked up all the same, so that all that is wrong is said at
            // once.
            let reference = organisations.reference_of(place.row, &column, hint, party);
            let id = party["id"].as_str().unwrap_or_default();
            if reference != id && !options.known.contains_key(id) && with_remark.insert(id.to_owned()) {
                made.push((place, column.clone(), made_reference("organisation", &reference)));
            }
            party["organisation"] = json!(reference);
        }
        if !is_wrong {
            grants.push(Entry { row: read.place.row, value: Value::Object(grant), column, named });
        }
    }
    Imported { organisations: organisations.entries, grants, ..Imported::default() }
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
        let known = options.known.values().map(|known| known.reference.to_lowercase()).collect();
        Organisations { options, references: References(known), by_id: HashMap::new(), entries: vec![] }
    }

    /// The reference of a party's organisation. Its entry is made at its first mention; later mentions add identifiers.
    fn reference_of(&mut self, row: u64, column: &str, hint: String, party: &Value) -> String {
        let id = party["id"].as_str().unwrap_or_default();
        if let Some(known) = self.options.known.get(id) {
            return known.reference.clone();
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
        let named = Named { identifier: id.to_owned(), hint: self.hint(id, hint) };
        self.entries.push(Entry { row, value: record, column: column.to_owned(), named });
        reference
    }

    /// What is odd about an identifier, and the organisation on record that it may be.
    fn hint(&self, id: &str, mut hint: String) -> String {
        let meant = identifiers::normalised(id);
        if let Some(known) = self.options.known.get(&meant) {
            hint.push_str(&format!(" Did you mean `{meant}`, “{}”?", known.name));
        }
        hint
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
