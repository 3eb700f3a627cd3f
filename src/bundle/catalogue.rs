//! The description of an export: its files by DCAT, and the sources with their licences.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::WITHDRAWN;
use super::written::Written;
use crate::config::Licence;
use crate::http::csv::{Audience, Columns};
use crate::http::download::ZIP;
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
    crate::http::csv::write(&Columns::exactly(&columns), &rows, Audience::Program)
}

/// A licence by its address, with its identifier and its address at SPDX.
fn of_licence(licence: &Licence) -> Value {
    let mut described = json!({
        "@id": licence.url,
        "@type": "dct:LicenseDocument",
        "dct:title": licence.name,
        "dct:identifier": licence.id,
    });
    if let Some(url) = licence.spdx_url() {
        described["owl:sameAs"] = json!({"@id": url});
    }
    described
}

/// The licence that a source names in words: the one of that name, where it is known.
fn in_words(words: &str) -> Value {
    match Licence::named(words) {
        Some(licence) => of_licence(&licence),
        None => json!({"@type": "dct:LicenseDocument", "dct:title": words}),
    }
}

/// What the description is made from.
pub(super) struct Described<'a> {
    /// The licence of the record.
    pub(super) licence: &'a Licence,
    pub(super) files: &'a [Written],
    /// The sources, by reference.
    pub(super) licences: &'a BTreeMap<String, Value>,
    /// The names of the policing bodies, by reference.
    pub(super) publishers: &'a BTreeMap<String, String>,
    /// The address of the service, if the description is at one. Without it, the files are beside the description.
    pub(super) service: Option<&'a str>,
}

impl Described<'_> {
    /// The description of the bundle by DCAT, version 3, with what DCAT-AP requires.
    pub(super) fn catalogue(&self) -> Value {
        let latest = self.files.iter().filter_map(|file| file.latest).max();
        let datasets: Vec<Value> = self.files.iter().map(|file| self.dataset(file)).collect();
        // By RDF a media type is an address at IANA, and its name is relative to that.
        let media_type = |id: &str| json!({"@id": id, "@type": "@id", "@context": {"@base": "https://www.iana.org/assignments/media-types/"}});
        let mut catalogue = json!({
            "@context": {
                "dcat": "http://www.w3.org/ns/dcat#",
                "dct": "http://purl.org/dc/terms/",
                "foaf": "http://xmlns.com/foaf/0.1/",
                "owl": "http://www.w3.org/2002/07/owl#",
                "spdx": "http://spdx.org/rdf/terms#",
                "xsd": "http://www.w3.org/2001/XMLSchema#",
                "dct:modified": {"@type": "xsd:dateTime"},
                "dcat:mediaType": media_type("dcat:mediaType"),
                "dcat:packageFormat": media_type("dcat:packageFormat"),
                "dcat:byteSize": {"@type": "xsd:nonNegativeInteger"},
                "spdx:checksumValue": {"@type": "xsd:hexBinary"},
            },
            "@id": self.address(super::CATALOGUE).unwrap_or_default(),
            "@type": "dcat:Catalog",
            "dct:title": "OnRecord: the public record",
            "dct:description": "Everything that is public, with every publication of it. Each record names its sources; content from a source has that source's licence.",
            "dct:publisher": self.publisher(),
            "dct:license": of_licence(self.licence),
            "dct:language": {"@id": "http://publications.europa.eu/resource/authority/language/ENG"},
            "dct:modified": latest,
            "dcat:dataset": datasets,
        });
        if let Some(service) = self.service {
            catalogue["foaf:homepage"] = json!({"@id": format!("{service}/")});
        }
        catalogue
    }

    fn address(&self, path: &str) -> Option<String> {
        self.service.map(|service| format!("{service}/{path}"))
    }

    /// The policing bodies whose record it is.
    fn publisher(&self) -> Value {
        let agent = |name: &str| json!({"@type": "foaf:Agent", "foaf:name": name});
        let mut agents: Vec<Value> = self.publishers.values().map(|name| agent(name)).collect();
        match (agents.pop(), agents.is_empty()) {
            (None, _) => agent("OnRecord"),
            (Some(one), true) => one,
            (Some(last), false) => {
                agents.push(last);
                json!(agents)
            }
        }
    }

    fn dataset(&self, file: &Written) -> Value {
        let licence = |reference: &String| Some(in_words(self.licences.get(reference)?["licence"].as_str()?));
        let sources: Vec<Value> = file
            .sources
            .iter()
            .map(|reference| json!({"dct:identifier": reference, "dct:license": licence(reference)}))
            .collect();
        // Figures that come from elsewhere keep the licence of where they come from.
        let licence = file.licence.as_deref().map_or_else(|| of_licence(self.licence), in_words);
        let name = file.name.trim_end_matches(".jsonl").trim_end_matches(".csv");
        let id = self.address(super::CATALOGUE).map(|address| format!("{address}#{name}"));
        let mut distributions = vec![self.in_archive(file)];
        distributions.extend(self.lists(file));
        for distribution in &mut distributions {
            distribution["dct:license"] = licence.clone();
        }
        json!({
            "@id": id.as_deref().unwrap_or(name),
            "@type": "dcat:Dataset",
            "dct:title": file.title,
            "dct:description": file.about,
            "dct:identifier": name,
            "dct:publisher": self.publisher(),
            "dct:modified": file.latest,
            "dct:source": sources,
            "dct:license": licence,
            "dcat:distribution": distributions,
        })
    }

    /// The file, beside the description or in the archive.
    fn in_archive(&self, file: &Written) -> Value {
        let archive = self.address("v1/export.zip");
        let mut distribution = json!({
            "@type": "dcat:Distribution",
            "dct:title": file.name,
            "dcat:accessURL": {"@id": archive.as_deref().unwrap_or(&file.name)},
            "dcat:downloadURL": {"@id": archive.as_deref().unwrap_or(&file.name)},
            "dcat:mediaType": file.media_type,
            "dcat:byteSize": file.bytes,
            "spdx:checksum": {
                "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
                "spdx:checksumValue": file.digest,
            },
        });
        if archive.is_some() {
            distribution["dcat:packageFormat"] = json!(ZIP);
        }
        distribution
    }

    /// The list of a kind, as it is now.
    fn lists(&self, file: &Written) -> Vec<Value> {
        let kind = file.name.strip_suffix(".jsonl").filter(|kind| *kind != WITHDRAWN);
        let Some(list) = kind.and_then(|kind| self.address(&format!("v1/{kind}"))) else { return vec![] };
        let one = |title: &str, address: &str, media_type: &str| {
            json!({
                "@type": "dcat:Distribution",
                "dct:title": title,
                "dcat:accessURL": {"@id": address},
                "dcat:mediaType": media_type,
            })
        };
        vec![
            one("Page by page, as JSON", &list, "application/json"),
            one("Page by page, as CSV", &format!("{list}?format=csv"), "text/csv"),
        ]
    }
}
