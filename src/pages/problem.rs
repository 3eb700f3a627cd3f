//! The page of a problem: what happened and what to do, in a reader's words. What only a program needs is folded.

use serde_json::Value;

use super::block::{Block, html};
use super::layout::{Around, page};
use super::search;
use super::shown::{Shown, day_of, is_empty, label};
use crate::http::State;
use crate::problem::{At, Fault, Problem, in_seconds};

/// What the problems of a status say to a reader, where their title and detail are for those who write programs.
const WORDS: &[(u16, &str, &str)] = &[
    (400, "This page cannot be shown as asked", ""),
    (401, "This page is not public", "Whoever may see it signs in first."),
    (404, "There is nothing here", "The address may be mistyped, or what it names is not public."),
    (410, "The record was withdrawn", ""),
    (414, "The address is too long", "Shorten it."),
    (429, "Too many requests", "Too many pages were requested in a short time."),
    (
        500,
        "Something went wrong on our side",
        "Nothing of the request was carried out. Please try again later.",
    ),
    (503, "This page cannot be shown now", "Please try again shortly."),
];

/// The page of a problem. `list` is the address of the list that was requested, if it was one.
pub fn of_problem(
    problem: &Problem,
    instance: &str,
    list: Option<&str>,
    state: &State,
) -> Result<String, Problem> {
    let words = WORDS.iter().find(|(status, ..)| *status == problem.kind.status);
    let heading = words.map_or(problem.kind.title, |(_, heading, _)| heading).to_owned();
    let mut blocks = vec![Block::Title(heading.clone())];
    let detail = match words {
        Some((.., words)) => (*words).to_owned(),
        None => without_marks(&problem.detail),
    };
    let again = problem.headers.iter().find(|(name, _)| *name == "Retry-After");
    let again = again.filter(|_| problem.kind.status == 429);
    let again = again.map(|(_, seconds)| format!(" Try again in {}.", in_seconds(seconds)));
    let detail = detail + &again.unwrap_or_default();
    if !detail.is_empty() {
        blocks.push(Block::Lead(Shown::Text(detail)));
    }
    let tombstone = problem.extra.iter().find(|(name, _)| *name == "tombstone");
    if let Some((_, tombstone)) = tombstone {
        blocks.extend(withdrawn(problem, tombstone));
    }
    match problem.errors.as_slice() {
        [] => {}
        [fault] => blocks.push(Block::Lead(Shown::Text(sentence(fault)))),
        faults => {
            blocks.push(Block::Items(faults.iter().map(|fault| Shown::Text(sentence(fault))).collect()));
        }
    }
    let list = list.map(|list| (list.to_owned(), "The whole list".to_owned()));
    blocks.push(Block::Links(
        list.into_iter().chain([("/".to_owned(), "Go to the first page".to_owned())]).collect(),
    ));
    if problem.kind.status < 500 && problem.kind.status != 429 {
        blocks.push(search::form(state, "", ""));
        blocks.push(Block::heading(2, "Or look through"));
        blocks.push(search::ways());
    }
    blocks.push(Block::Folded { summary: "For programs".to_owned(), blocks: vec![facts(problem, instance)] });
    let around = Around { title: &heading, json: None, feeds: &[], site: &state.site };
    page(around, html(&blocks).map_err(Problem::internal)?)
}

/// When a record was withdrawn, by whom and why.
fn withdrawn(problem: &Problem, tombstone: &Value) -> Vec<Block> {
    let mut parts = vec![Shown::Text("It was public".to_owned())];
    if let Some(day) = day_of(&tombstone["withdrawn_at"]) {
        parts.push(Shown::Text(format!("and was withdrawn on {day}")));
    }
    if let Some(office) = tombstone["withdrawn_by"].as_str() {
        let words = problem.office.clone().unwrap_or_else(|| office.to_owned());
        parts.push(Shown::Text("by".to_owned()));
        parts.push(Shown::Link { address: format!("/v1/organisations/{office}"), words });
    }
    let mut blocks = vec![Block::Lead(Shown::Line(parts))];
    if let Some(reason) = tombstone["reason"].as_str() {
        blocks.push(Block::text(&format!("Reason: {reason}")));
    }
    blocks
}

/// What is wrong, for a reader: without what a program could send instead.
fn sentence(fault: &Fault) -> String {
    let name = match &fault.at {
        At::Parameter(name) => name.as_str(),
        _ => "",
    };
    let known = label(name.split('[').next().unwrap_or_default());
    if fault.detail.contains("is not a known parameter") {
        return format!(
            "The address has “{name}”, which this page does not know. Remove it from the address."
        );
    }
    // A day is all that a reader gives.
    if fault.detail.contains("YYYY-MM-DD") {
        return format!("“{known}” needs a day, such as 2024-03-21.");
    }
    if fault.code == "no_word" {
        return without_marks(&fault.detail);
    }
    let detail = fault.detail.split(" Known are:").next().unwrap_or(&fault.detail);
    match known.as_str() {
        "" => without_marks(detail),
        known => format!("“{known}”: {}", without_marks(detail)),
    }
}

/// A sentence without the marks around what a program sends.
fn without_marks(text: &str) -> String {
    let mut plain = String::new();
    for (n, part) in text.split('`').enumerate() {
        if n > 0 {
            plain.push(if n % 2 == 1 { '“' } else { '”' });
        }
        plain.push_str(part);
    }
    plain
}

/// All facts of the JSON.
fn facts(problem: &Problem, instance: &str) -> Block {
    let mut body = problem.body(instance);
    let facts = body.as_object_mut().map(std::mem::take).unwrap_or_default();
    let shown = facts.iter().filter(|(_, value)| !is_empty(value));
    Block::Value(Shown::Fields(shown.map(|(name, value)| (label(name), plain(value))).collect()))
}

/// The page that takes the place of a problem, if there is one: a search without words is a form to search with.
pub fn instead(problem: &Problem, operation: &str, state: &State) -> Option<Result<String, Problem>> {
    let is_only_empty = matches!(problem.errors.as_slice(), [fault] if fault.code == "required");
    (operation == "search_records" && is_only_empty).then(|| {
        let (title, blocks) = search::empty(state);
        let around = Around { title: &title, json: None, feeds: &[], site: &state.site };
        page(around, html(&blocks).map_err(Problem::internal)?)
    })
}

/// A value without a kind: no field of it names a record.
fn plain(value: &Value) -> Shown {
    match value {
        Value::Array(items) => Shown::List(items.iter().map(plain).collect()),
        Value::Object(fields) => Shown::Fields(
            fields
                .iter()
                .filter(|(_, value)| !is_empty(value))
                .map(|(name, value)| (label(name), plain(value)))
                .collect(),
        ),
        Value::String(text) => Shown::Text(text.clone()),
        Value::Null => Shown::Nothing,
        other => Shown::Text(other.to_string()),
    }
}
