//! Where the 360Giving standard meets the shared lists and imports.

use std::collections::BTreeMap;

use serde_json::Value;

use super::threesixty_giving::{self, Meta, Options, Publisher, Remark};
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
    threesixty_giving::spreadsheet(Some(facts.base), grants).map_err(Problem::internal)
}

/// The standard's spreadsheet, for import: the organisations that it names and the grants.
pub fn read(input: &mut dyn std::io::Read, known: &BTreeMap<String, String>) -> Result<Converted, Problem> {
    let unreadable = |error: std::io::Error| {
        Problem::unprocessable(vec![Fault::pointer(
            "",
            "unreadable",
            format!("The file cannot be read: {error}."),
        )])
    };
    let giving = threesixty_giving::read(input, &Options { known: known.clone(), ..Options::default() })
        .map_err(unreadable)?;
    let entries = |entries: Vec<threesixty_giving::Entry>| {
        entries.into_iter().map(|entry| (entry.row, entry.value)).collect()
    };
    let (faults, remarks): (Vec<Remark>, Vec<Remark>) =
        giving.remarks.into_iter().partition(|remark| remark.fatal);
    Ok(Converted {
        records: vec![("organisation", entries(giving.organisations)), ("grant", entries(giving.grants))],
        faults: faults.into_iter().map(told).collect(),
        remarks: remarks.into_iter().map(told).collect(),
    })
}

fn told(remark: Remark) -> Fault {
    let at = if remark.column.is_empty() { At::Pointer(String::new()) } else { At::Column(remark.column) };
    let mut fault = Fault::at(at, remark.code, remark.detail);
    fault.line = Some(remark.row);
    fault
}
