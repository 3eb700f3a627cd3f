//! The page of a list of records.

use serde_json::Value;

use super::block::{Block, Field, Form, text};
use super::record::title_of;
use super::shown::{Shower, Shown, is_empty, label};
use super::{recommendations, statement, words};
use crate::http::Call;
use crate::record::kind::KindDef;

/// How many fields of a record stand below its title.
const BESIDE: usize = 4;

/// The page of a list: its title and its parts.
pub fn page(call: &Call, kind: &KindDef, rows: &[Value], next: Option<String>) -> (String, Vec<Block>) {
    let heading = label(kind.def.many);
    let q = call.params.text("q").unwrap_or_default();
    let mut blocks = vec![Block::Title(heading.clone())];
    if call.operation.params.iter().any(|param| param.name == "q") {
        blocks.push(Block::Form(Form {
            action: call.raw_path.clone(),
            is_search: true,
            fields: vec![Field {
                name: "q",
                label: "Words",
                input: "search",
                value: q.to_owned(),
                ..Field::default()
            }],
            button: "Search",
            ..Form::default()
        }));
    }
    if rows.is_empty() {
        blocks.push(Block::Lead(Shown::Text(match q {
            "" => "Nothing is on record here.".to_owned(),
            q => format!("Nothing here has all of these words: {q}"),
        })));
        blocks.push(Block::Links(vec![
            (call.raw_path.clone(), "The whole list".to_owned()),
            ("/v1/search".to_owned(), "Search the whole record".to_owned()),
        ]));
        return (heading, blocks);
    }
    match recommendations::are(rows) {
        true => blocks.extend(recommendations::blocks(rows)),
        false => blocks.push(Block::Items(rows.iter().map(|row| line(call, kind, row)).collect())),
    }
    blocks.extend(Block::next(next));
    (heading, blocks)
}

/// A record in a list: its title, and what its kind filters by.
fn line(call: &Call, kind: &KindDef, row: &Value) -> Shown {
    let shower = Shower { state: &call.state, kind: Some(kind) };
    let field = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let mut title = vec![Shown::Link { address: field("self"), words: title_of(kind, field) }];
    if row["panel_rating"].is_string() {
        title.push(Shown::Soft("Office:".to_owned()));
    }
    title.extend(statement::word_in_list(row));
    if let Some(panel) = row["panel_rating"].as_str() {
        title.push(Shown::Soft("Panel:".to_owned()));
        title.push(words::word(panel));
    }
    // The columns of the kind that a reader filters by say most in a line.
    let columns = kind.def.columns.iter().filter(|column| column.name != kind.def.title);
    let beside = columns
        .filter_map(|column| Some((column.name, row.get(column.name)?)))
        .filter(|(name, value)| *name != "slug" && **value != "none")
        .filter(|(_, value)| !is_empty(value) && !value.is_object() && !value.is_array())
        .take(BESIDE);
    let mut below = vec![Shown::Soft(text(&row["reference"]).to_owned())];
    for (name, value) in beside {
        below.push(Shown::Soft(format!("· {}:", label(name))));
        below.push(shower.value(name, value));
    }
    Shown::Stack(vec![Shown::Line(title), Shown::Line(below)])
}
