//! The search: a form, what was found, and ways on where nothing was.

use serde_json::Value;

use super::block::{Block, Field, Form, items, link, text, words};
use super::history::highlighted;
use super::layout::with;
use super::shown::{Shown, label};
use crate::http::Call;
use crate::http::State;

/// Where else a reader can look.
pub fn ways() -> Block {
    let all = [
        ("/v1/pledges", "All pledges"),
        ("/v1/plans", "All plans"),
        ("/v1/indicators", "All figures"),
        ("/v1/statements", "All statements"),
        ("/v1/changes", "What has changed"),
    ];
    Block::Links(all.iter().map(|(address, words)| ((*address).to_owned(), (*words).to_owned())).collect())
}

/// The form of the search.
pub fn form(state: &State, q: &str, kind: &str) -> Block {
    let mut options = vec![(String::new(), "Everything".to_owned())];
    options.extend(state.kinds.iter().map(|kind| (kind.def.name.to_owned(), label(kind.def.many))));
    Block::Form(Form {
        action: "/v1/search".to_owned(),
        is_search: true,
        fields: vec![
            Field {
                name: "q",
                label: "Words",
                input: "search",
                value: q.to_owned(),
                is_required: true,
                ..Field::default()
            },
            Field { name: "kind", label: "In", value: kind.to_owned(), options, ..Field::default() },
        ],
        button: "Search",
        ..Form::default()
    })
}

/// The page without any words yet.
pub fn empty(state: &State) -> (String, Vec<Block>) {
    let blocks = vec![
        Block::Title("Search the record".to_owned()),
        form(state, "", ""),
        Block::note(
            "A record is found if it has all the words. The beginning of a word is enough with a star: burglar* finds burglary and burglaries.",
        ),
        Block::heading(2, "Or look through"),
        ways(),
    ];
    ("Search the record".to_owned(), blocks)
}

/// What was found.
pub fn page(call: &Call, value: &Value) -> (String, Vec<Block>) {
    let q = call.params.text("q").unwrap_or_default();
    let chosen: Vec<&str> = call.params.names("kind").iter().map(|(name, _)| name.as_str()).collect();
    let title = format!("Search: {q}");
    let mut blocks = vec![
        Block::Title("Search the record".to_owned()),
        form(&call.state, q, if let [one] = chosen.as_slice() { one } else { "" }),
    ];
    let rows = items(&value["data"]);
    if rows.is_empty() {
        blocks.push(Block::Lead(words(format!("Nothing on record has all of these words: {q}"))));
        blocks.push(Block::text("Try fewer or other words, or the beginning of a word with a star: burglar* finds burglary and burglaries."));
        if !chosen.is_empty() {
            blocks.push(Block::Links(vec![(with(call, "kind", None), "Search everything".to_owned())]));
        }
        blocks.push(Block::heading(2, "Or look through"));
        blocks.push(ways());
        return (title, blocks);
    }
    let mut found: Vec<&str> = vec![];
    for row in rows {
        let kind = text(&row["kind"]);
        if !found.contains(&kind) {
            found.push(kind);
        }
    }
    if chosen.is_empty() && found.len() > 1 {
        let only = |name: &&str| {
            let kind = call.state.kind(name)?;
            Some((with(call, "kind", Some(name)), format!("Only {}", kind.def.many)))
        };
        blocks.push(Block::Links(found.iter().filter_map(only).collect()));
    }
    if !chosen.is_empty() {
        blocks.push(Block::Links(vec![(with(call, "kind", None), "Everything".to_owned())]));
    }
    blocks.push(Block::Items(rows.iter().map(|row| hit(call, row)).collect()));
    if let Some(next) = value["page"]["next"].as_str() {
        blocks.push(Block::Links(vec![(with(call, "cursor", Some(next)), "More results".to_owned())]));
    }
    (title, blocks)
}

fn hit(call: &Call, row: &Value) -> Shown {
    let kind = call.state.kind(text(&row["kind"])).map_or_else(String::new, |kind| label(kind.def.one));
    let title = call.state.kind(text(&row["kind"])).map_or("title", |kind| kind.def.title);
    let mut lines = vec![
        Shown::Line(vec![link(&row["self"], &row["title"])]),
        Shown::Soft(format!("{kind} {}", text(&row["reference"]))),
    ];
    // Where other words were found too, the title is not said again.
    let mut highlights: Vec<&Value> =
        items(&row["highlights"]).iter().filter(|highlight| highlight["member"] != "reference").collect();
    if highlights.iter().any(|highlight| highlight["member"] != title) {
        highlights.retain(|highlight| highlight["member"] != title);
    }
    let highlights = highlights.into_iter();
    lines.extend(highlights.take(3).map(|highlight| highlighted(text(&highlight["text"]))));
    Shown::Stack(lines)
}
