//! The documentation as pages: the reference of the API, a page for each group of operations, and the guides of `docs/`.
//!
//! The reference is made from the OpenAPI document, and a guide from its Markdown: each page when it is requested first, once
//! in a process. What is around them is that of all pages.

mod examples;
mod guides;
mod markdown;
mod operation;
mod part;

use std::sync::OnceLock;

use askama::Template;
use serde_json::Value;

use self::guides::Guide;
use self::operation::Operation;
use self::part::{DOCS, GUIDES, Part, SERVER};
use super::block::{Block, Field, Form, html};
use super::layout::{Around, page};
use super::shown::{Shown, label, segment};
use crate::http::State;
use crate::http::params::decode;
use crate::problem::Problem;
use crate::resources::DOCUMENT;

/// The address of the document.
const OPENAPI: &str = "/openapi.json";
/// The longest text that is searched for.
const LONGEST_QUERY: usize = 200;
/// The most finds on a page.
const MOST_FOUND: usize = 100;

/// What can be found: an operation, or a guide.
struct Entry {
    address: String,
    title: String,
    /// The method and the path of an operation.
    call: String,
    /// What is searched, in small letters.
    text: String,
    is_guide: bool,
}

/// A page that is made when it is requested first.
type Made = OnceLock<Part>;

/// A group of operations.
struct Group {
    name: String,
    about: String,
    part: Made,
}

/// All of the documentation.
struct Docs {
    index: Made,
    groups: Vec<Group>,
    guides: Vec<(&'static Guide, Made)>,
    entries: OnceLock<Vec<Entry>>,
}

static ALL: OnceLock<Docs> = OnceLock::new();

/// The page at a path below `/docs/`, with the query of its request. None where there is none.
pub fn docs(state: &State, path: &str, query: &str) -> Result<Option<String>, Problem> {
    let docs = all()?;
    if path == DOCS
        && let Some(words) = search_words(query)?
    {
        return found(state, docs, &words).map(Some);
    }
    let part = match path.strip_prefix(GUIDES) {
        Some(name) => docs.guide(name)?,
        None if path == DOCS => Some(docs.index()?),
        None => docs.group(path.strip_prefix(DOCS).unwrap_or_default())?,
    };
    let Some(part) = part else { return Ok(None) };
    let main = part.main.replace(SERVER, &state.public_url);
    around(state, &part.title, main).map(Some)
}

/// Whether all is made that the page at a path needs.
pub fn are_made(path: &str, query: &str) -> bool {
    let Some(docs) = ALL.get() else { return false };
    if path == DOCS {
        let is_search = search_words(query).is_ok_and(|words| words.is_some());
        return if is_search { docs.entries.get().is_some() } else { docs.index.get().is_some() };
    }
    let part = match path.strip_prefix(GUIDES) {
        Some(name) => docs.guides.iter().find(|(guide, _)| guide.name == name).map(|(_, part)| part),
        None => {
            let name = path.strip_prefix(DOCS).unwrap_or_default();
            docs.groups.iter().find(|group| group.name == name).map(|group| &group.part)
        }
    };
    // What is not there needs nothing.
    part.is_none_or(|part| part.get().is_some())
}

/// The addresses of all pages.
pub fn addresses() -> Result<Vec<String>, Problem> {
    let docs = all()?;
    let groups = docs.groups.iter().map(|group| format!("{DOCS}{}", group.name));
    let guides = docs.guides.iter().map(|(guide, _)| format!("{GUIDES}{}", guide.name));
    Ok(std::iter::once(DOCS.to_owned()).chain(groups).chain(guides).collect())
}

fn around(state: &State, title: &str, main: String) -> Result<String, Problem> {
    page(Around { title, json: Some(OPENAPI), feeds: &[], site: &state.site }, main)
}

/// The documentation, of which no page is made yet.
fn all() -> Result<&'static Docs, Problem> {
    made(&ALL, unmade)
}

/// The documentation as it is before anybody requests a page.
fn unmade() -> Result<Docs, Problem> {
    let document = document()?;
    let tags = document["tags"].as_array().into_iter().flatten();
    let groups = tags.map(|tag| {
        let text = |name: &str| tag[name].as_str().unwrap_or_default().to_owned();
        Group { name: text("name"), about: text("description"), part: Made::new() }
    });
    Ok(Docs {
        index: Made::new(),
        groups: groups.collect(),
        guides: guides::all().iter().map(|guide| (guide, Made::new())).collect(),
        entries: OnceLock::new(),
    })
}

/// The OpenAPI document. It takes much memory, so it is kept only while a page is made.
fn document() -> Result<Value, Problem> {
    serde_json::from_str(DOCUMENT).map_err(Problem::internal)
}

/// A page that is made now unless it was made before.
fn made<T>(place: &OnceLock<T>, make: impl FnOnce() -> Result<T, Problem>) -> Result<&T, Problem> {
    if let Some(part) = place.get() {
        return Ok(part);
    }
    let part = make()?;
    Ok(place.get_or_init(|| part))
}

/// A line of the index.
struct Line {
    address: String,
    method: String,
    path: String,
    summary: String,
}

/// A group in the index.
struct IndexGroup {
    address: String,
    title: String,
    about: String,
    lines: Vec<Line>,
}

#[derive(Template)]
#[template(path = "docs_index.html")]
struct IndexPage<'a> {
    search: String,
    guides: &'a [(String, String, &'static str)],
    groups: &'a [IndexGroup],
    operations: usize,
}

#[derive(Template)]
#[template(path = "docs_group.html")]
struct GroupPage<'a> {
    title: &'a str,
    about: &'a str,
    search: String,
    operations: &'a [Operation],
}

impl Docs {
    fn guide(&self, name: &str) -> Result<Option<&Part>, Problem> {
        let found = self.guides.iter().find(|(guide, _)| guide.name == name);
        found.map(|(guide, part)| made(part, || Ok(guide.part()))).transpose()
    }

    fn group(&self, name: &str) -> Result<Option<&Part>, Problem> {
        let found = self.groups.iter().find(|group| group.name == name);
        found.map(|group| made(&group.part, || group.made())).transpose()
    }

    fn index(&self) -> Result<&Part, Problem> {
        made(&self.index, || self.made_index())
    }

    fn made_index(&self) -> Result<Part, Problem> {
        let document = document()?;
        let groups: Vec<IndexGroup> = self.groups.iter().map(|group| group.in_index(&document)).collect();
        let of_index = self
            .guides
            .iter()
            .map(|(guide, _)| guide)
            .filter(|guide| !guide.name.starts_with(guides::DECISION));
        let guides: Vec<(String, String, &'static str)> =
            of_index.map(|guide| (guide.address(), guide.title(), guide.about)).collect();
        let operations = groups.iter().map(|group| group.lines.len()).sum();
        let page = IndexPage { search: search_form("")?, guides: &guides, groups: &groups, operations };
        let main = page.render().map_err(Problem::internal)?;
        Ok(Part { title: "The API and the guides".to_owned(), main })
    }

    /// What can be found, the guides first.
    fn entries(&self) -> Result<&Vec<Entry>, Problem> {
        made(&self.entries, || {
            let document = document()?;
            let guides = self.guides.iter().map(|(guide, _)| Entry {
                address: guide.address(),
                title: guide.title(),
                call: String::new(),
                text: guide.text.to_lowercase(),
                is_guide: true,
            });
            let mut entries: Vec<Entry> = guides.collect();
            for group in &self.groups {
                let lines = operation::lines(&document, &group.name).into_iter();
                entries.extend(lines.map(|one| Entry {
                    address: format!("{DOCS}{}#{}", group.name, one.id),
                    call: format!("{} {}", one.method, one.path),
                    text: one.words.to_lowercase(),
                    title: one.summary,
                    is_guide: false,
                }));
            }
            Ok(entries)
        })
    }
}

impl Group {
    fn title(&self) -> String {
        label(&self.name.replace('-', " "))
    }

    fn in_index(&self, document: &Value) -> IndexGroup {
        let address = format!("{DOCS}{}", self.name);
        let lines = operation::lines(document, &self.name).into_iter().map(|one| Line {
            address: format!("{address}#{}", one.id),
            method: one.method,
            path: one.path,
            summary: one.summary,
        });
        IndexGroup {
            lines: lines.collect(),
            title: self.title(),
            about: markdown::in_line(&self.about),
            address,
        }
    }

    fn made(&self) -> Result<Part, Problem> {
        let title = self.title();
        let operations = operation::of_group(&document()?, &self.name);
        let page = GroupPage {
            title: &title,
            about: &markdown::in_line(&self.about),
            search: search_form("")?,
            operations: &operations,
        };
        let main = page.render().map_err(Problem::internal)?;
        Ok(Part { title: format!("{title}: the API"), main })
    }
}

fn search_form(words: &str) -> Result<String, Problem> {
    let form = Block::Form(Form {
        action: DOCS.to_owned(),
        is_search: true,
        fields: vec![Field {
            name: "q",
            label: "Search operations and guides",
            input: "search",
            value: words.to_owned(),
            ..Field::default()
        }],
        button: "Search",
        ..Form::default()
    });
    form.html().map_err(Problem::internal)
}

/// The words that a query searches for. 400 for what is no text.
fn search_words(query: &str) -> Result<Option<String>, Problem> {
    let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let Some((_, value)) = pairs.rev().find(|(name, _)| *name == "q") else { return Ok(None) };
    let refused =
        |detail: &str| Problem::bad_request(vec![crate::problem::Fault::parameter("q", "invalid", detail)]);
    let words = decode(value).ok_or_else(|| refused("Give words in percent-encoded UTF-8."))?;
    if words.chars().count() > LONGEST_QUERY {
        return Err(refused("Give at most 200 characters."));
    }
    Ok(Some(words.trim().to_owned()))
}

/// What has all words: operations first, those with all words in their names before the others.
fn found(state: &State, docs: &Docs, words: &str) -> Result<String, Problem> {
    let lower = words.to_lowercase();
    let terms: Vec<&str> = lower.split_whitespace().collect();
    let has_all = |text: &str| !terms.is_empty() && terms.iter().all(|term| text.contains(term));
    let named = |entry: &Entry| has_all(&format!("{} {}", entry.title, entry.call).to_lowercase());
    let mut all: Vec<&Entry> =
        docs.entries()?.iter().filter(|entry| has_all(&entry.text) || named(entry)).collect();
    all.sort_by_key(|entry| (!named(entry), entry.is_guide));
    let mut blocks = vec![
        Block::Kind(Shown::Link { address: DOCS.to_owned(), words: "The API and the guides".to_owned() }),
        Block::Title(if words.is_empty() { "Search".to_owned() } else { format!("Search: {words}") }),
    ];
    let mut main = html(&blocks).map_err(Problem::internal)?;
    main.push_str(&search_form(words)?);
    blocks.clear();
    if !words.is_empty() {
        // Whoever searches for burglary wants what is on record of it.
        let record =
            (format!("/v1/search?q={}", segment(words)), format!("Search the record itself for “{words}”"));
        blocks.push(Block::Links(vec![record]));
    }
    let count = all.len();
    all.truncate(MOST_FOUND);
    if all.is_empty() {
        let detail = match words {
            "" => "Give one word or more.",
            _ => "No operation and no guide has all of these words. Try fewer or other ones.",
        };
        blocks.push(Block::Lead(Shown::Text(detail.to_owned())));
        blocks.push(Block::Links(vec![(DOCS.to_owned(), "All operations and guides".to_owned())]));
    } else {
        let line = |entry: &&Entry| {
            let link = Shown::Link { address: entry.address.clone(), words: entry.title.clone() };
            let soft = if entry.is_guide { "Guide" } else { entry.call.as_str() };
            Shown::Stack(vec![link, Shown::Soft(soft.to_owned())])
        };
        blocks.push(Block::note(&match count {
            1 => "1 find".to_owned(),
            count if count > MOST_FOUND => format!("{count} finds, of which the first {MOST_FOUND} are here"),
            count => format!("{count} finds"),
        }));
        blocks.push(Block::Items(all.iter().map(line).collect()));
    }
    main.push_str(&html(&blocks).map_err(Problem::internal)?);
    around(state, &format!("Search: {words}"), main)
}

#[cfg(test)]
mod tests;
