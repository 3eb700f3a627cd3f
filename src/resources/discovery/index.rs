//! `/v1`: a link to each list and each document, from the table of operations.

use std::sync::OnceLock;

use serde::Serialize;

use super::addresses::{INDEX, SECURITY};
use crate::access::Rule;
use crate::http::operation::{Answer, Method, Operation};
use crate::http::{Call, Reply};
use crate::problem::Problem;
use crate::record::kind::KindDef;
use crate::resources::groups::GROUPS;

/// A licence.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct IndexLicence {
    /// The identifier by SPDX.
    #[schema(max_length = 100)]
    pub id: String,
    /// The name.
    #[schema(max_length = 300)]
    pub name: String,
    /// The address of its text.
    #[schema(max_length = 300)]
    pub url: String,
}

/// A link to what one operation returns.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct IndexLink {
    /// What it is.
    #[schema(max_length = 200)]
    pub title: &'static str,
    /// The address. What has to be added to it stands in braces, as by RFC 6570: `/v1/search{?q}`.
    #[schema(max_length = 300)]
    pub href: &'static str,
    /// Whether something has to be added to the address.
    pub templated: bool,
    /// The id of the operation in the OpenAPI document.
    #[schema(max_length = 100)]
    pub operation: &'static str,
    /// The media types in which it is available, the default first.
    #[schema(max_items = 20)]
    pub media_types: Vec<&'static str>,
}

/// The links of one subject.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct IndexGroup {
    /// The subject, as the OpenAPI document has it among its tags.
    #[schema(max_length = 64)]
    pub name: &'static str,
    /// What it is about.
    #[schema(max_length = 1000)]
    pub about: &'static str,
    /// The links.
    #[schema(max_items = 100)]
    pub links: Vec<IndexLink>,
}

/// Everything that the caller may read, as links.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Index {
    /// What this is.
    #[schema(max_length = 200)]
    pub title: &'static str,
    /// The address of this index.
    #[serde(rename = "self")]
    #[schema(max_length = 200)]
    pub self_link: &'static str,
    /// The address of the documentation.
    #[schema(max_length = 200)]
    pub documentation: &'static str,
    /// The licence of what the office publishes. What comes from a source has the licence of that source.
    pub licence: IndexLicence,
    /// The links, by subject.
    #[schema(max_items = 100)]
    pub groups: Vec<IndexGroup>,
}

/// A row of the table, as far as the index needs it.
struct Entry {
    tag: &'static str,
    rule: Rule,
    cost: u32,
    path: String,
    id: String,
    href: String,
    summary: String,
    media_types: Vec<&'static str>,
}

static ENTRIES: OnceLock<Vec<Entry>> = OnceLock::new();

/// Stores what the index needs of the whole table. Called once, when the table is complete.
pub fn keep_links(operations: &[Operation]) {
    ENTRIES.get_or_init(|| {
        let read = operations.iter().filter(|one| one.method == Method::Get && one.path_params.is_empty());
        read.map(entry).collect()
    });
}

fn entry(operation: &Operation) -> Entry {
    let required: Vec<&str> =
        operation.params.iter().filter(|one| one.required).map(|one| one.name.as_str()).collect();
    let href = match required.is_empty() {
        true => operation.path.clone(),
        false => format!("{}{{?{}}}", operation.path, required.join(",")),
    };
    let successes = operation.answers.iter().filter(|answer| answer.status == 200);
    Entry {
        tag: operation.tag,
        rule: operation.rule,
        cost: operation.cost,
        path: operation.path.clone(),
        id: operation.id.clone(),
        href,
        summary: operation.summary.clone(),
        media_types: successes.flat_map(Answer::media_types).collect(),
    }
}

fn entries() -> &'static [Entry] {
    ENTRIES.get().map_or(&[], Vec::as_slice)
}

/// The addresses that cost as much as many requests.
pub fn costly() -> impl Iterator<Item = &'static str> {
    entries().iter().filter(|entry| entry.cost >= 50).map(|entry| entry.path.as_str())
}

/// `GET /v1`.
pub fn get(call: &Call) -> Result<Reply, Problem> {
    let mut kinds: Vec<&'static KindDef> = call.state.kinds.clone();
    // What readers come for first, then what it rests on, as in the document.
    kinds.sort_by_key(|kind| !kind.def.workflow);
    let names = kinds.iter().map(|kind| (kind.def.path, kind.def.about)).chain(GROUPS.iter().copied());
    let group = |(name, about): (&'static str, &'static str)| {
        let is_there = |entry: &&Entry| entry.path != SECURITY || call.state.site.security_contact.is_some();
        let own = entries().iter().filter(|entry| entry.tag == name).filter(is_there);
        let links = own.filter(|entry| !call.actor.reach(entry.rule).is_empty()).map(|entry| IndexLink {
            title: &entry.summary,
            href: &entry.href,
            templated: entry.href != entry.path,
            operation: &entry.id,
            media_types: entry.media_types.clone(),
        });
        IndexGroup { name, about, links: links.collect() }
    };
    let licence = &call.state.site.licence;
    Reply::value(&Index {
        title: "OnRecord: the open accountability record of a policing body",
        self_link: INDEX,
        documentation: "/docs/",
        licence: IndexLicence {
            id: licence.id.clone(),
            name: licence.name.clone(),
            url: licence.url.clone(),
        },
        groups: names.map(group).filter(|group| !group.links.is_empty()).collect(),
    })
}
