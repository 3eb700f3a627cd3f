//! Grants in the 360Giving standard: what the shared lists and imports need to write and read it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::threesixty_giving::{self, Columns, Entry, Inseparable, Meta, Options, Publisher, Remark};
use crate::http::csv::Audience;
use crate::problem::{At, Fault, Problem};
use crate::record::kind::{Converted, ConvertedRecord, Facts, ForeignFile, KnownParty};

/// The media type of a package: JSON as every client reads it, with the profile (RFC 6906) that tells it from a list.
pub const PACKAGE: &str = "application/json;profile=\"https://standard.threesixtygiving.org\"";

/// The schema of a package: what a grant has is the standard's.
pub fn package_schema() -> Value {
    let text = |most: u32, about: &str| json!({"type": "string", "maxLength": most, "description": about});
    json!({
        "type": "object", "required": ["version", "grants"],
        "description": "A package of the 360Giving Data Standard.",
        "properties": {
            "version": text(10, "The version of the standard."),
            "title": text(200, "What it is."),
            "description": text(1000, "What it holds."),
            "identifier": text(200, "The identifier of the package."),
            "publisher": {"type": "object", "additionalProperties": true, "description": "The publisher, as the standard has it."},
            "issued": text(40, "When the latest of its grants was published."),
            "modified": text(40, "When the latest of its grants was published."),
            "downloadURL": text(8000, "The address that it came from."),
            "accessURL": text(1000, "The address of the documentation."),
            "license": text(1000, "The licence, where all sources have the same."),
            "grants": {
                "type": "array", "maxItems": 10_000, "description": "The grants, as the standard has them.",
                "items": {"type": "object", "additionalProperties": true},
            },
        },
    })
}

/// A package of these grants.
pub fn package(facts: &Facts<'_>, grants: &[Value]) -> Result<Vec<u8>, Problem> {
    let modified = grants.iter().filter_map(|grant| grant["published_at"].as_str()).max();
    let license = match facts.licences {
        [only] if only.starts_with("http") => Some(only.clone()),
        _ => None,
    };
    let meta = Meta {
        title: Some("Grants on record".to_owned()),
        description: Some(
            "Awards of grants as they are published; each keeps the licence of the source that it names."
                .to_owned(),
        ),
        identifier: None,
        publisher: facts.publisher.map(publisher),
        issued: modified.map(str::to_owned),
        modified: modified.map(str::to_owned),
        download_url: Some(facts.address.to_owned()),
        access_url: Some(format!("{}/docs", facts.base)),
        license,
        base: Some(facts.base.to_owned()),
    };
    threesixty_giving::package(&meta, grants).map_err(Problem::internal)
}

fn publisher(organisation: &Value) -> Publisher {
    let first = &organisation["identifiers"][0];
    let identifier = first["scheme"].as_str().zip(first["id"].as_str());
    Publisher {
        identifier: identifier.map(|(scheme, id)| format!("{scheme}-{id}")),
        name: organisation["name"].as_str().unwrap_or_default().to_owned(),
        website: None,
        logo: None,
    }
}

/// The standard's spreadsheet of these grants.
pub fn spreadsheet(facts: &Facts<'_>, grants: &[Value]) -> Result<Vec<u8>, Problem> {
    if let Some(Inseparable { identifier, title, value }) = threesixty_giving::inseparable(grants) {
        let detail = format!(
            "The grant `{identifier}` has `{value}` in `{title}`. A 360Giving spreadsheet separates the values of a list by semicolons and cannot hold this one. Use `format=360giving`, or leave the grant out by a filter."
        );
        return Err(Problem::bad_request(vec![Fault::parameter("format", "semicolon", detail)]));
    }
    let audience = if facts.for_spreadsheet { Audience::Spreadsheet } else { Audience::Program };
    threesixty_giving::spreadsheet(Some(facts.base), grants, audience).map_err(Problem::internal)
}

/// Whether the titles are those of the standard: more of them than are our own and not the standard's.
pub fn recognises(titles: &[String], own: &[&str]) -> bool {
    let columns = Columns::of("", 1, titles.iter().map(String::as_str));
    let only_standard = columns.columns.iter().filter(|column| !own.contains(&column.title.trim())).count();
    let is_standard = |title: &str| columns.columns.iter().any(|column| column.title.trim() == title);
    let only_own =
        titles.iter().filter(|title| own.contains(&title.trim()) && !is_standard(title.trim())).count();
    only_standard > only_own
}

/// Whether the document is a package of the standard.
pub fn recognises_json(bytes: &[u8]) -> bool {
    threesixty_giving::is_package(bytes)
}

/// The fields in which the grant on record differs, in the standard, from what the file says. Exports derive what a grant
/// does not state from its record, such as the data source; a file has it or has it not.
pub fn differences(on_record: &Value, imported: &Value, base: &str) -> Result<Vec<String>, Problem> {
    let differ = |on_record: &Value| {
        threesixty_giving::differences(on_record, imported, base).map_err(Problem::internal)
    };
    let derived = differ(on_record)?;
    let mut stated = on_record.clone();
    if let Some(fields) = stated.as_object_mut() {
        fields.shift_remove("self");
        fields.shift_remove("published_at");
    }
    let stated = differ(&stated)?;
    Ok(if stated.len() < derived.len() { stated } else { derived })
}

/// Reads a file of the standard for import: the organisations that it names and the grants.
pub fn read(file: ForeignFile<'_>, known: BTreeMap<String, KnownParty>) -> Converted {
    let imported = threesixty_giving::read(file, &Options { known, ..Options::default() });
    let (is_package, tables) = (file.is_package(), imported.tables);
    let records = |entries: Vec<Entry>| -> Vec<ConvertedRecord> {
        entries.into_iter().map(|entry| record(entry, is_package)).collect()
    };
    let (errors, warnings): (Vec<Remark>, Vec<Remark>) =
        imported.remarks.into_iter().partition(|remark| remark.fatal);
    Converted {
        records: vec![("organisation", records(imported.organisations)), ("grant", records(imported.grants))],
        faults: errors.into_iter().map(|remark| fault(remark, is_package, &tables)).collect(),
        remarks: warnings.into_iter().map(|remark| fault(remark, is_package, &tables)).collect(),
    }
}

fn record(entry: Entry, is_package: bool) -> ConvertedRecord {
    ConvertedRecord {
        line: entry.row,
        value: entry.value,
        at: Some(at(&entry.column, entry.row, is_package)),
        name: Some(entry.named.identifier),
        hint: entry.named.hint,
    }
}

/// The place of a remark: a column, or a field of a package.
fn at(column: &str, row: u64, is_package: bool) -> At {
    match column {
        _ if is_package && row == 0 => At::Pointer(String::new()),
        "" if is_package => At::Pointer(format!("/grants/{}", row - 1)),
        field if is_package => At::Pointer(format!("/grants/{}/{field}", row - 1)),
        "" => At::Pointer(String::new()),
        title => At::Column(title.to_owned()),
    }
}

fn fault(remark: Remark, is_package: bool, tables: &[String]) -> Fault {
    // Where only one sheet is read, its rows need no name.
    let sheet = tables.get(remark.table).filter(|_| tables.len() > 1 && remark.row > 0);
    let detail = match sheet {
        Some(name) => format!("On the sheet `{name}`: {}", remark.detail),
        None => remark.detail,
    };
    let mut fault = Fault::at(at(&remark.column, remark.row, is_package), remark.code, detail);
    fault.line = Some(remark.row).filter(|row| *row > 0);
    fault
}
