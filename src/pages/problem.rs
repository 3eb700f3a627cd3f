//! The page of a problem.

use serde_json::Value;

use super::block::{Block, html};
use super::layout::{Around, page};
use super::search;
use super::shown::{Shown, is_empty, label};
use crate::config::Site;
use crate::http::State;
use crate::problem::Problem;

/// The page of a problem: its facts are those of the JSON.
pub fn of_problem(problem: &Problem, instance: &str, site: &Site) -> Result<String, Problem> {
    let mut body = problem.body(instance);
    let facts = body.as_object_mut().map(std::mem::take).unwrap_or_default();
    let more: Vec<(String, Shown)> = facts
        .iter()
        .filter(|(name, value)| {
            !["type", "title", "status", "detail"].contains(&name.as_str()) && !is_empty(value)
        })
        .map(|(name, value)| (label(name), plain(value)))
        .collect();
    let text = |name: &str| facts.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let heading = text("title");
    let blocks = [
        Block::Kind(Shown::Text(problem.kind.status.to_string())),
        Block::Title(heading.clone()),
        Block::Lead(Shown::Text(text("detail"))),
        Block::Value(Shown::Fields(more)),
        Block::Links(vec![
            ("/".to_owned(), "Go to the first page".to_owned()),
            ("/v1/search".to_owned(), "Search the record".to_owned()),
        ]),
    ];
    let around = Around { title: &heading, json: None, feeds: &[], site };
    page(around, html(&blocks).map_err(Problem::internal)?)
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
