//! A scorecard as CSV: a line for each indicator of a row, and one for a row without indicators.

use serde_json::{Map, Value, json};

use super::dto::{Scorecard, ScorecardRow};
use crate::problem::Problem;
use crate::resources::money;

/// The columns of a row, each with the JSON Pointer of its value.
const OF_ROW: &[(&str, &str)] = &[
    ("kind", "/record/kind"),
    ("reference", "/record/reference"),
    ("self", "/record/self"),
    ("number", "/number"),
    ("priority", "/priority"),
    ("title", "/title"),
    ("lead", "/lead"),
    ("actions", "/actions/total"),
    ("actions_not_reported", "/actions/by_status/not_reported"),
    ("actions_not_started", "/actions/by_status/not_started"),
    ("actions_in_progress", "/actions/by_status/in_progress"),
    ("actions_completed", "/actions/by_status/completed"),
    ("actions_discontinued", "/actions/by_status/discontinued"),
    ("actions_overdue", "/actions/overdue"),
    ("services", "/services"),
    ("grants", "/grants"),
    ("recommendations_open", "/recommendations/open"),
    ("recommendations_overdue", "/recommendations/overdue"),
    ("recommendations_unanswered", "/recommendations/unanswered"),
];

/// The columns of an indicator.
const OF_INDICATOR: &[(&str, &str)] = &[
    ("indicator", "/record/reference"),
    ("indicator_title", "/title"),
    ("unit", "/unit"),
    ("series", "/headline/key"),
    ("series_words", "/headline/words"),
    ("series_reason", "/headline_reason"),
    ("period", "/latest/period"),
    ("period_words", "/latest/words"),
    ("value", "/latest/value"),
    ("status", "/latest/status"),
    ("stale", "/stale"),
    ("target", "/target/value"),
    ("target_operator", "/target/operator"),
    ("target_status", "/target_status"),
    ("method", "/comparison/method"),
    ("base", "/comparison/base"),
    ("base_value", "/comparison/base_value"),
    ("change", "/comparison/change"),
    ("change_pct", "/comparison/change_pct"),
    ("change_pp", "/comparison/change_pp"),
    ("relative_change_pct", "/comparison/relative_change_pct"),
    ("favourable", "/comparison/favourable"),
    ("reason", "/comparison/reason"),
    ("warnings", "/comparison/warnings"),
    ("receipt", "/comparison/receipt"),
    ("variation", "/variation"),
    ("variation_reason", "/variation_reason"),
    ("variation_warnings", "/variation_warnings"),
    ("assurance", "/assurance"),
    ("assurance_reason", "/assurance_reason"),
    ("spc", "/spc"),
    ("chart", "/chart"),
];

/// The columns of money, each with the JSON Pointer of its value in the money of a row.
fn of_money() -> Vec<(String, String)> {
    let is_sum = |name: &str| ["funds_", "services_", "grants_"].iter().any(|start| name.starts_with(start));
    let columns = money::columns().into_iter().filter(|(name, _)| is_sum(name) || name == "exact");
    columns.map(|(name, pointer)| (format!("money_{name}"), pointer)).collect()
}

/// The names of all columns.
pub fn names() -> Vec<String> {
    let of_row = OF_ROW.iter().map(|(name, _)| (*name).to_owned());
    let of_money = of_money().into_iter().map(|(name, _)| name);
    let of_indicator = OF_INDICATOR.iter().map(|(name, _)| (*name).to_owned());
    let lists = ["pledges", "changed"].map(str::to_owned);
    of_row.chain(of_money).chain(lists).chain(of_indicator).collect()
}

/// The lines.
pub fn lines(scorecard: &Scorecard) -> Result<Vec<Value>, Problem> {
    let of_money = of_money();
    let mut lines = vec![];
    for row in &scorecard.rows {
        let shared = of_row(row, &of_money)?;
        if row.indicators.is_empty() {
            lines.push(Value::Object(shared.clone()));
        }
        for indicator in &row.indicators {
            let value = serde_json::to_value(indicator).map_err(Problem::internal)?;
            let mut line = shared.clone();
            for (name, pointer) in OF_INDICATOR {
                line.insert((*name).to_owned(), value.pointer(pointer).cloned().unwrap_or(Value::Null));
            }
            lines.push(Value::Object(line));
        }
    }
    Ok(lines)
}

fn of_row(row: &ScorecardRow, of_money: &[(String, String)]) -> Result<Map<String, Value>, Problem> {
    let value = serde_json::to_value(row).map_err(Problem::internal)?;
    let at = |pointer: &str| value.pointer(pointer).cloned().unwrap_or(Value::Null);
    let mut cells: Map<String, Value> =
        OF_ROW.iter().map(|(name, pointer)| ((*name).to_owned(), at(pointer))).collect();
    for (name, pointer) in of_money {
        cells.insert(name.clone(), at(&format!("/money{pointer}")));
    }
    let pledges = row.pledges.iter().map(|pledge| {
        let panel = pledge.panel_rating.as_deref().unwrap_or("none");
        format!("{}: {}; Panel: {panel}", pledge.record.reference, pledge.rating)
    });
    cells.insert("pledges".to_owned(), pledges.collect());
    let sentences = row.changed.iter().flatten().map(|change| json!(change.sentence));
    cells.insert("changed".to_owned(), Value::Array(sentences.collect()));
    Ok(cells)
}
