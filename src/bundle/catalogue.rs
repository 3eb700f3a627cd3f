//! The description of an export: its files by DCAT, and the sources with their licences.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::written::Written;
use crate::http::csv::Audience;
use crate::problem::Problem;

/// The sources with their licences, as a table.
pub(super) fn licence_table(licences: &BTreeMap<String, Value>) -> Result<Vec<u8>, Problem> {
    let columns = ["source", "title", "publisher", "url", "licence"].map(str::to_owned);
    let rows: Vec<Value> = licences
        .iter()
        .map(|(reference, content)| {
            let mut row = content.clone();
            row["source"] = json!(reference);
            row
        })
        .collect();
    crate::http::csv::write(&columns, &rows, Audience::Program)
}

/// The description of the bundle by DCAT, version 3.
pub(super) fn catalogue(files: &[Written], licences: &BTreeMap<String, Value>) -> Value {
    let latest = files.iter().filter_map(|file| file.latest).max();
    let datasets: Vec<Value> = files.iter().map(|file| dataset(file, licences)).collect();
    json!({
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#",
            "dct": "http://purl.org/dc/terms/",
            "spdx": "http://spdx.org/rdf/terms#",
        },
        "@id": "",
        "@type": "dcat:Catalog",
        "dct:title": "OnRecord: the public record",
        "dct:description": "Everything that is public, with every publication of it. Each record names its sources; content from a source has that source's licence.",
        "dct:modified": latest,
        "dcat:dataset": datasets,
    })
}

fn dataset(file: &Written, licences: &BTreeMap<String, Value>) -> Value {
    let sources: Vec<Value> = file
        .sources
        .iter()
        .map(|reference| json!({"dct:identifier": reference, "dct:license": licences.get(reference).map(|source| &source["licence"])}))
        .collect();
    let mut dataset = json!({
        "@id": file.name.trim_end_matches(".jsonl").trim_end_matches(".csv"),
        "@type": "dcat:Dataset",
        "dct:title": file.title,
        "dct:description": file.about,
        "dct:modified": file.latest,
        "dct:source": sources,
        "dcat:distribution": [{
            "@type": "dcat:Distribution",
            "dct:title": file.name,
            "dcat:downloadURL": {"@id": file.name},
            "dcat:mediaType": file.media_type,
            "dcat:byteSize": file.bytes,
            "spdx:checksum": {
                "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
                "spdx:checksumValue": file.digest,
            },
        }],
    });
    if let Some(licence) = &file.licence {
        dataset["dct:license"] = json!(licence);
    }
    dataset
}
