//! The index of everything, for readers: each subject with its lists.

use serde_json::Value;

use super::block::{Block, items, text};
use super::names;
use super::shown::{Shown, label};
use crate::http::table::find;

/// The page of the index.
pub fn page(value: &Value) -> (String, Vec<Block>) {
    let title = "Everything on record".to_owned();
    let mut blocks = vec![Block::Title(title.clone())];
    for group in items(&value["groups"]) {
        let kind = items(&group["links"]).first().and_then(|one| find(text(&one["operation"]))?.kind);
        let name =
            kind.map_or_else(|| text(&group["name"]).replace('-', " "), |kind| kind.def.many.to_owned());
        blocks.push(Block::heading(2, &label(&name)));
        // What follows the first sentence is for those who write programs.
        let about = text(&group["about"]);
        let first = about.split_once(". ").map_or(about, |(first, _)| first).trim_end_matches('.');
        blocks.push(Block::note(&format!("{first}.")));
        let links = items(&group["links"]).iter();
        blocks.push(Block::Items(links.map(line).collect()));
    }
    (title, blocks)
}

/// A list or a document; one whose address needs more is named, not linked.
fn line(one: &Value) -> Shown {
    let operation = find(text(&one["operation"]));
    let words = operation.filter(|operation| operation.has_page()).map(|operation| {
        operation.kind.map_or_else(|| names::way(&operation.spec), |kind| label(kind.def.many))
    });
    let words = words.unwrap_or_else(|| text(&one["title"]).to_owned());
    let address = text(&one["href"]);
    match one["templated"] == true || !address.starts_with('/') {
        true => Shown::Line(vec![Shown::Text(words), Shown::Soft(address.to_owned())]),
        false => Shown::Link { address: address.to_owned(), words },
    }
}
