//! The page of a problem.

use askama::Template;
use serde_json::Value;

use super::layout::{Around, page};
use super::shown::{Shown, is_empty, label};
use crate::config::Site;
use crate::problem::Problem;

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    status: u16,
    heading: String,
    detail: String,
    more: Shown,
}

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
    let main = ProblemPage {
        status: problem.kind.status,
        heading: heading.clone(),
        detail: text("detail"),
        more: Shown::Fields(more),
    };
    let main = main.render().map_err(Problem::internal)?;
    page(Around { title: &heading, json: None, feeds: &[], site }, main)
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
