//! What a list shows of a record besides its line: the fields that a reader chose, what an answer promises, what was reported
//! last.

use serde_json::Value;

use super::block::{items, text};
use super::labels::code_in;
use super::shown::{Shower, Shown, day, label};
use super::words::word_of;
use crate::http::Call;
use crate::http::kinds::NEEDED_BY_PAGES;
use crate::record::kind::KindDef;
use crate::record::represent::short_title;

/// How many answers of a response stand below its line.
const ANSWERS: usize = 10;

/// A record in a list of which the reader chose the fields.
pub fn chosen(call: &Call, kind: &KindDef, row: &Value) -> Shown {
    let shower = Shower { state: &call.state, kind: Some(kind) };
    let words = short_title(text(&row[kind.def.title]));
    let words = if words.is_empty() { text(&row["reference"]).to_owned() } else { words };
    let title = Shown::Link { address: text(&row["self"]).to_owned(), words };
    let mut line = vec![Shown::Reference(text(&row["reference"]).to_owned())];
    let mut below = vec![];
    for (name, _) in call.params.names("fields") {
        if name == kind.def.title || NEEDED_BY_PAGES.contains(&name.as_str()) {
            continue;
        }
        let (name_of, value) = (label(name), shower.value(name, &row[name.as_str()]));
        match value {
            Shown::Table { .. } | Shown::Fields(_) | Shown::List(_) => {
                below.push(Shown::Fields(vec![(name_of, value)]));
            }
            value => line.extend([Shown::Soft(format!("· {name_of}:")), value]),
        }
    }
    Shown::Stack([vec![title, Shown::Line(line)], below].concat())
}

/// What a record says besides its line: each answer of a response with what is promised by when, and the last entry of a
/// report on progress.
pub fn said(kind: &KindDef, row: &Value) -> Vec<Shown> {
    match kind.def.name {
        "response" => answers(items(&row["answers"])),
        "progress" => items(&row["entries"]).last().map(entry).into_iter().collect(),
        _ => vec![],
    }
}

fn answers(all: &[Value]) -> Vec<Shown> {
    let answer = |answer: &Value| {
        let name = text(&answer["recommendation"]);
        let reference = name.split_once(':').map_or(name, |(_, reference)| reference);
        let mut parts = vec![Shown::Reference(reference.to_owned()), word_of(&answer["position"])];
        for field in ["accepted_part", "action", "reasons"] {
            parts.extend(answer[field].as_str().map(|words| Shown::Text(short_title(words))));
        }
        parts.extend(answer["action_by"].as_str().and_then(day).map(|day| Shown::Soft(format!("by {day}"))));
        Shown::Line(parts)
    };
    let mut shown: Vec<Shown> = all.iter().take(ANSWERS).map(answer).collect();
    if let Some(more) = all.len().checked_sub(ANSWERS).filter(|more| *more > 0) {
        shown.push(Shown::Soft(format!("and {more} more")));
    }
    shown
}

fn entry(entry: &Value) -> Shown {
    let day = entry["on"].as_str().and_then(day).map(|day| Shown::Soft(format!("{day}:")));
    let status = code_in("status", text(&entry["status"]));
    let status = status.map_or_else(|| word_of(&entry["status"]), |words| Shown::Text(words.to_owned()));
    let words = Shown::Text(short_title(text(&entry["summary"])));
    Shown::Line(day.into_iter().chain([status, words]).collect())
}
