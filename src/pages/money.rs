//! Money: by fund, priority, objective, organisation or year, down to the awards.

use serde_json::Value;

use super::block::{Block, Column, Grid, items, link, text, words};
use super::layout::with;
use super::shown::{Shown, label, money};
use super::words;
use crate::http::{Call, table};

/// By what the sums can be grouped.
const GROUPS: &[(&str, &str)] = &[
    ("priority", "By priority"),
    ("fund", "By fund"),
    ("organisation", "By organisation"),
    ("year", "By year"),
    ("objective", "By objective"),
];

/// The groups of sums in an answer, and what they are.
const SUMS: &[(&str, &str)] =
    &[("/funds/in", "income"), ("/funds/out", "funds"), ("/services", "services"), ("/grants", "grants")];

/// The page of money.
pub fn page(call: &Call, value: &Value, next: Option<String>) -> (String, Vec<Block>) {
    let by = call.params.text("by").unwrap_or("fund");
    let chosen = GROUPS.iter().find(|(name, _)| *name == by).map_or("Money", |(_, words)| *words);
    let title = format!("Money {}", chosen.to_lowercase());
    let ways = GROUPS.iter().filter(|(name, _)| *name != by);
    let rows = items(&value["data"]);
    let mut blocks = vec![
        Block::Title(title.clone()),
        Block::Links(ways.map(|(name, words)| (with(call, "by", Some(name)), (*words).to_owned())).collect()),
    ];
    if rows.is_empty() {
        blocks.push(Block::text("No money is on record here."));
    } else {
        blocks.push(Block::Grid(grid(by, rows)));
    }
    if rows.iter().any(|row| row["exact"] == false) {
        blocks.push(Block::note("≈: some of the amounts are approximate, a minimum or a maximum."));
    }
    let mut notes: Vec<&str> = rows.iter().filter_map(|row| row["note"].as_str()).collect();
    notes.sort_unstable();
    notes.dedup();
    blocks.extend(notes.into_iter().map(Block::note));
    blocks.push(Block::note(
        "Planned, awarded, committed and paid are stages of the same money: do not add them up.",
    ));
    blocks.extend(Block::next(next));
    (title, blocks)
}

/// A line for each group and a column for each sum that some group has.
fn grid(by: &str, rows: &[Value]) -> Grid {
    let mut columns: Vec<(String, String)> = vec![];
    for (path, what) in SUMS {
        for row in rows {
            for (stage, figure) in row.pointer(path).and_then(Value::as_object).into_iter().flatten() {
                let column = (format!("{path}/{stage}"), label(&format!("{what} {}", words::of(stage))));
                if !figure["sum"].is_null() && !columns.contains(&column) {
                    columns.push(column);
                }
            }
        }
    }
    let mut grid = Grid::new("Sums on record", &[&label(by)]);
    grid.columns.extend(columns.iter().map(|(_, title)| Column { title: title.clone(), is_number: true }));
    grid.columns.push(Column { title: "Look closer".to_owned(), is_number: false });
    for row in rows {
        let name = row["title"].as_str().or_else(|| row["key"].as_str()).unwrap_or(match by {
            "year" => "Without a year",
            _ => "Not linked with any",
        });
        let mut cells = vec![link(&row["self"], &Value::from(name))];
        for (path, _) in &columns {
            let figure = row.pointer(path).unwrap_or(&Value::Null);
            let about = if row["exact"] == false { "≈ " } else { "" };
            cells.push(match figure["sum"].as_object().and_then(money) {
                Some(sum) => Shown::Stack(vec![words(format!("{about}{sum}")), Shown::Soft(records(figure))]),
                None => Shown::Nothing,
            });
        }
        let closer = closer(by, row);
        cells.push(if closer.is_empty() { Shown::Nothing } else { Shown::Line(closer) });
        grid.rows.push(cells);
    }
    grid
}

fn records(figure: &Value) -> String {
    match figure["records"].as_i64() {
        Some(1) => "1 amount".to_owned(),
        Some(many) => format!("{many} amounts"),
        None => String::new(),
    }
}

/// The lists from which the sums of a row come, where these lists have such a filter.
fn closer(by: &str, row: &Value) -> Vec<Shown> {
    let Some(key) = row["key"].as_str().filter(|_| row["self"].is_string()) else { return vec![] };
    let filters: &[&str] = match by {
        "organisation" => &["recipient", "provider", "giver"],
        _ => &[by],
    };
    let mut links = vec![];
    for (id, path, words) in [
        ("list_grants", "/v1/grants", "Grants"),
        ("list_services", "/v1/services", "Services"),
        ("list_funds", "/v1/funds", "Funds"),
    ] {
        let params = table::find(id).map(|operation| operation.params.as_slice()).unwrap_or_default();
        let filter = filters.iter().find(|filter| params.iter().any(|param| param.name == **filter));
        if let Some(filter) = filter {
            links.push(Shown::Link {
                address: format!("{path}?{filter}={}", text(&Value::from(key))),
                words: words.to_owned(),
            });
        }
    }
    links
}
