//! Bad input: each kind of it is a 4xx problem that names every fault with its place and says what would be
//! right, and nothing has changed. What can be is asked of every kind, so that a new one is covered at once.

use actix_web::http::Method;
use diesel::RunQueryDsl;
use onrecord::config::Limits;
use onrecord::http::params::ParamType;
use onrecord::record::kind::{Filter, KindDef, Ty};
use onrecord::store::{Count, Sql};
use serde_json::{Value, json};

use crate::support::{Answer, Request, TestApp, address_of, caller, publisher, writer};

mod bodies;
mod changes;
mod many_faults;
mod queries;
mod unknown_names;
mod values;

/// What must not move: the rows of the tables, and the tags of these addresses and of their lists.
#[derive(Debug, PartialEq)]
struct Marks {
    rows: Vec<(&'static str, i64)>,
    tags: Vec<(String, u16, String)>,
}

async fn marks(app: &TestApp, addresses: &[&str]) -> Marks {
    const TABLES: &[(&str, &str)] = &[
        ("record", "SELECT count(*) AS n FROM record"),
        ("record_version", "SELECT count(*) AS n FROM record_version"),
        ("change", "SELECT count(*) AS n FROM change"),
        ("link", "SELECT count(*) AS n FROM link"),
        ("idempotency", "SELECT count(*) AS n FROM idempotency"),
        ("approval", "SELECT count(*) AS n FROM approval"),
        ("scheduled", "SELECT count(*) AS n FROM scheduled"),
        ("client", "SELECT count(*) AS n FROM client"),
    ];
    let rows = TABLES
        .iter()
        .map(|(name, text)| {
            let row: Count = app.state.db.read(|conn| Ok(Sql::new(text).get_result(conn)?)).unwrap();
            (*name, row.n)
        })
        .collect();
    let mut paths: Vec<String> = addresses.iter().map(|address| (*address).to_owned()).collect();
    for kind in &app.state.kinds {
        paths.push(format!("/v1/{}", kind.def.path));
    }
    let mut tags = vec![];
    for path in paths {
        for who in [None, Some("editor")] {
            let answer = app.get(who, &path).await;
            let tag = answer.header("etag").unwrap_or_default().to_owned();
            tags.push((format!("{path} for {who:?}"), answer.status, tag));
        }
    }
    Marks { rows, tags }
}

/// Where a fault is said to be: a pointer as it is, a parameter behind `?`, a header behind `#`.
fn place(error: &Value) -> String {
    if let Some(parameter) = error["parameter"].as_str() {
        format!("?{parameter}")
    } else if let Some(header) = error["header"].as_str() {
        format!("#{}", header.to_lowercase())
    } else {
        error["pointer"].as_str().unwrap().to_owned()
    }
}

/// The faults of a problem: place, code, detail.
#[track_caller]
fn faults(answer: &Answer, status: u16) -> Vec<(String, String, String)> {
    answer.problem(status);
    answer.json()["errors"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|error| {
            let text = |member: &str| error[member].as_str().unwrap().to_owned();
            (place(error), text("code"), text("detail"))
        })
        .collect()
}

/// Asserts that exactly these faults are named, each with its place and code and with these words.
#[track_caller]
fn names(answer: &Answer, status: u16, expected: &[(&str, &str, &str)]) {
    let mut found = faults(answer, status);
    found.sort();
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    let found_pairs: Vec<(&str, &str)> =
        found.iter().map(|(place, code, _)| (place.as_str(), code.as_str())).collect();
    let expected_pairs: Vec<(&str, &str)> = expected.iter().map(|(place, code, _)| (*place, *code)).collect();
    assert_eq!(found_pairs, expected_pairs, "{}", answer.text());
    for ((_, _, detail), (place, _, words)) in found.iter().zip(&expected) {
        assert!(detail.contains(words), "at {place} the detail does not say `{words}`: {detail}");
    }
}

/// Asserts that every fault is at this place, and that one of them has this code and these words.
#[track_caller]
fn names_at(answer: &Answer, status: u16, at: &str, code: &str, words: &str) {
    let found = faults(answer, status);
    assert!(found.iter().all(|(place, _, _)| place == at), "{}", answer.text());
    assert!(
        found.iter().any(|(_, one, detail)| one == code && detail.contains(words)),
        "no `{code}` with `{words}`: {}",
        answer.text()
    );
}

fn list(kind: &KindDef) -> String {
    format!("/v1/{}", kind.def.path)
}

/// The kind's example under a reference of its own.
fn example(app: &TestApp, kind: &KindDef) -> Value {
    app.fresh(kind)
}

/// The members of a kind's content with their schemas.
fn members(kind: &KindDef) -> Vec<(String, Value)> {
    kind.schema["properties"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, schema)| (name.clone(), schema.clone()))
        .collect()
}

fn is_a(schema: &Value, ty: &str) -> bool {
    schema["type"] == ty || schema["type"].as_array().is_some_and(|all| all.contains(&json!(ty)))
}

/// The same name with its last two letters changed over; twice where it has one.
fn misspelt(name: &str) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    // The last two letters that differ change places.
    let Some(place) = (1..letters.len()).rev().find(|place| letters[*place] != letters[place - 1]) else {
        return name.repeat(2);
    };
    letters.swap(place, place - 1);
    letters.into_iter().collect()
}

/// The fields that a body of a kind must have: those that its schema requires, and the first of several of which one must be
/// there.
fn required(kind: &KindDef) -> Vec<String> {
    let required = kind.schema["required"].as_array().unwrap().iter();
    let mut required: Vec<String> = required.map(|name| name.as_str().unwrap().to_owned()).collect();
    let one_of = [("progress", "recommendation"), ("response", "report"), ("panel_decision", "on_proposal")];
    required
        .extend(one_of.iter().filter(|(of, _)| *of == kind.def.name).map(|(_, field)| (*field).to_owned()));
    required
}

/// Names this record at that path (`themes/*`, `sources/*/source`): the first of a list, and the only one; what
/// stands beside it stays.
fn name_at(value: &mut Value, path: &str, name: &str) {
    let (step, rest) = path.split_once('/').unwrap_or((path, ""));
    match step {
        "" => *value = json!(name),
        "*" => {
            let mut first = value.get(0).cloned().unwrap_or(Value::Null);
            name_at(&mut first, rest, name);
            *value = json!([first]);
        }
        member => {
            if !value.is_object() {
                *value = json!({});
            }
            name_at(&mut value[member], rest, name);
        }
    }
}

/// A path of the table with its places filled in by what the demo has.
fn filled(operation: &onrecord::http::operation::Operation) -> String {
    let id = match operation.kind {
        Some(kind) if kind.def.workflow => "derbyshire-pcc:NOTHING",
        _ => "nothing",
    };
    address_of(&operation.path, id)
}

fn with_payload<'a>(request: Request<'a>, text: &str) -> Request<'a> {
    request.body("application/json", text.as_bytes())
}
