//! Grants in the 360Giving standard: what the shared lists and imports need to write and read it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::threesixty_giving::{self, Entry, Meta, Options, Publisher, Remark};
use crate::http::csv::Audience;
use crate::problem::{At, Fault, Problem};
use crate::record::kind::{Converted, Facts};

/// Titles that the standard's spreadsheet has and no file of ours.
pub const TITLES: &[&str] = &["Identifier", "Amount Awarded", "Award Date"];

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
    let audience = if facts.for_spreadsheet { Audience::Spreadsheet } else { Audience::Program };
    threesixty_giving::spreadsheet(Some(facts.base), grants, audience).map_err(Problem::internal)
}

/// Reads the standard's spreadsheet for import: the organisations that it names and the grants.
pub fn read(input: &mut dyn std::io::Read, known: &BTreeMap<String, String>) -> Result<Converted, Problem> {
    let unreadable = |error: std::io::Error| {
        let detail = format!("The file cannot be read: {error}.");
        Problem::unprocessable(vec![Fault::pointer("", "unreadable", detail)])
    };
    let options = Options { known: known.clone(), ..Options::default() };
    let imported = threesixty_giving::read(input, &options).map_err(unreadable)?;
    let records = |entries: Vec<Entry>| entries.into_iter().map(|entry| (entry.row, entry.value)).collect();
    let (errors, warnings): (Vec<Remark>, Vec<Remark>) =
        imported.remarks.into_iter().partition(|remark| remark.fatal);
    Ok(Converted {
        records: vec![("organisation", records(imported.organisations)), ("grant", records(imported.grants))],
        faults: errors.into_iter().map(fault).collect(),
        remarks: warnings.into_iter().map(fault).collect(),
    })
}

fn fault(remark: Remark) -> Fault {
    let at = if remark.column.is_empty() { At::Pointer(String::new()) } else { At::Column(remark.column) };
    let mut fault = Fault::at(at, remark.code, remark.detail);
    fault.line = Some(remark.row);
    fault
}
