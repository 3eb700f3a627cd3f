//! Money: by fund, priority, objective, organisation or year, down to the awards.

use std::collections::HashMap;

use serde_json::Value;

use super::block::{Block, Grid, items, link, text, words};
use super::layout::with;
use super::reading::Reading;
use super::shown::{Shown, label, money};
use super::words;
use super::written::financial_year;
use crate::http::table;
use crate::problem::Problem;
use crate::record::read::{self, Name};

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

/// Why sums are not added up.
pub const TWICE: &str = "A fund already includes its services and grants, and may contain another fund; planned, awarded, committed and paid are stages of the same money: do not add these sums up.";

/// The page of money.
pub fn page(
    reading: &mut Reading<'_>,
    value: &Value,
    next: Option<String>,
) -> Result<(String, Vec<Block>), Problem> {
    let call = reading.call;
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
        blocks.push(Block::text(TWICE));
        let plans = plans(reading, by, rows)?;
        let mut grid = Grid::new("Sums on record", &[&label(by), "What", "#Amount", "Look closer"]);
        grid.rows = rows.iter().flat_map(|row| lines(by, row, &plans)).collect();
        blocks.push(Block::Grid(grid.without_empty_columns()));
    }
    if rows.iter().any(|row| row["exact"] == false) {
        blocks.push(Block::note("≈: some of the amounts are approximate, a minimum or a maximum."));
    }
    // The note of the row without a key stands in that row.
    let of_keys = rows.iter().filter(|row| !row["key"].is_null());
    let mut notes: Vec<&str> = of_keys.filter_map(|row| row["note"].as_str()).collect();
    notes.sort_unstable();
    notes.dedup();
    blocks.extend(notes.into_iter().map(Block::note));
    blocks.extend(Block::next(next));
    Ok((title, blocks))
}

/// The plans of the priorities or objectives of the rows, by the addresses of these. One statement reads all.
fn plans(reading: &mut Reading<'_>, by: &str, rows: &[Value]) -> Result<HashMap<String, String>, Problem> {
    let visibility = reading.visibility();
    let kind = reading.call.state.kind(by).filter(|_| ["priority", "objective"].contains(&by));
    let (Some(kind), Some(conn)) = (kind, reading.conn.as_deref_mut()) else { return Ok(HashMap::new()) };
    let of = |row: &Value| Name::parse(kind, text(&row["self"]).rsplit('/').next()?);
    let names: Vec<_> = rows.iter().filter_map(|row| Some((kind, of(row)?))).collect();
    let mut plans = HashMap::new();
    for row in read::named(conn, &names, &visibility)? {
        let content: Value = serde_json::from_str(&row.content).map_err(Problem::internal)?;
        if let Some(plan) = content["plan"].as_str() {
            plans.insert(format!("/v1/{}/{}", kind.def.path, row.record), plan.to_owned());
        }
    }
    Ok(plans)
}

/// A line for each sum of a group. Only the first names the group in full and has the ways to its records.
fn lines(by: &str, row: &Value, plans: &HashMap<String, String>) -> Vec<Vec<Shown>> {
    let name = name_of(by, row);
    let mut first = vec![link(&row["self"], &Value::from(name.as_str()))];
    if let Some(plan) = row["self"].as_str().and_then(|address| plans.get(address)) {
        let plan = Shown::Link { address: format!("/v1/plans/{plan}"), words: plan.clone() };
        first.push(Shown::Line(vec![Shown::Soft("of".to_owned()), plan]));
    }
    if let Some(note) = row["note"].as_str().filter(|_| row["key"].is_null()) {
        first.push(Shown::Soft(note.to_owned()));
    }
    let closer = closer(by, row);
    let mut closer = if closer.is_empty() { Shown::Nothing } else { Shown::Line(closer) };
    let mut lines: Vec<Vec<Shown>> = vec![];
    for (path, what) in SUMS {
        for (stage, figure) in row.pointer(path).and_then(Value::as_object).into_iter().flatten() {
            let Some(sum) = figure["sum"].as_object().and_then(money) else { continue };
            let name = match lines.is_empty() {
                true => Shown::Stack(std::mem::take(&mut first)),
                false => Shown::Soft(name.clone()),
            };
            let about = if figure["exact"] == false { "≈ " } else { "" };
            lines.push(vec![
                name,
                words(label(&format!("{what} {}", words::of(stage)))),
                Shown::Stack(vec![words(format!("{about}{sum}")), Shown::Soft(records(figure))]),
                std::mem::replace(&mut closer, Shown::Nothing),
            ]);
        }
    }
    lines
}

/// What a group is called.
fn name_of(by: &str, row: &Value) -> String {
    match (row["title"].as_str(), row["key"].as_str()) {
        (Some(title), _) => title.to_owned(),
        (None, Some(key)) if by == "year" => financial_year(key).unwrap_or_else(|| key.to_owned()),
        (None, Some(key)) => key.to_owned(),
        (None, None) if by == "year" => "Without a year".to_owned(),
        (None, None) => format!("Not linked with any {by}"),
    }
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
