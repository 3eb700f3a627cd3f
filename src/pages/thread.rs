//! What a record is linked with: a list of links, the nearest first.

use serde_json::Value;

use super::block::{Block, items, link, text};
use super::shown::{Shown, label};
use crate::http::Call;

/// The page of a thread.
pub fn page(call: &Call, value: &Value) -> (String, Vec<Block>) {
    let nodes = items(&value["nodes"]);
    let start = nodes.iter().find(|node| node["distance"] == 0).unwrap_or(&Value::Null);
    let title = text(&start["title"]);
    let mut blocks = vec![
        Block::Kind(link(&start["self"], &start["title"])),
        Block::Title("What it is linked with".to_owned()),
    ];
    let depth = nodes.iter().filter_map(|node| node["distance"].as_i64()).max().unwrap_or_default();
    if depth == 0 {
        blocks.push(Block::text("Nothing on record is linked with it."));
    }
    for distance in 1..=depth {
        blocks.push(Block::heading(
            2,
            &match distance {
                1 => "Linked with it directly".to_owned(),
                2 => "Linked through those".to_owned(),
                more => format!("Linked by {more} steps"),
            },
        ));
        let own: Vec<&Value> = nodes.iter().filter(|node| node["distance"] == distance).collect();
        let mut kinds: Vec<&str> = own.iter().map(|node| text(&node["kind"])).collect();
        kinds.dedup();
        for name in kinds {
            let many = call.state.kind(name).map_or(name, |kind| kind.def.many);
            blocks.push(Block::heading(3, &label(many)));
            let of_kind = own.iter().filter(|node| node["kind"] == name);
            let line = |node: &&Value| {
                let reference = Shown::Soft(text(&node["reference"]).to_owned());
                Shown::Line(vec![link(&node["self"], &node["title"]), reference])
            };
            blocks.push(Block::Items(of_kind.map(line).collect()));
        }
    }
    if value["truncated"] == true {
        blocks.push(Block::note("More is linked with it than one page can show."));
    }
    (format!("What it is linked with: {title}"), blocks)
}
