//! The pages below a series: its values, comparisons, publications and control chart.

use serde_json::Value;

use super::block::{Block, Grid, items, link, text, words};
use super::figures::comparison_words;
use super::names;
use super::reading::Reading;
use super::series::{baseline, caveats, ended, name, publications as publications_table, receipt, values};
use super::shown::Shown;
use super::words::{certainty, figure, of};
use crate::problem::Problem;

/// What each of these pages begins with, and the series.
fn begun(reading: &mut Reading<'_>) -> Result<(String, Vec<Block>, Value), Problem> {
    let key = reading.call.segment("key").to_owned();
    let series = reading.other("get_series", &[("key", &key)], "")?;
    let heading = names::heading(reading.call.operation);
    let title = [text(&series["title"]).to_owned(), name(&series)];
    let title: Vec<String> = title.into_iter().filter(|part| !part.is_empty()).collect();
    let blocks = vec![
        Block::Kind(link(&series["self"], &Value::from(title.join(": ")))),
        Block::Title(heading.clone()),
    ];
    Ok((format!("{heading}: {}", title.join(": ")), blocks, series))
}

/// The page of the values.
pub fn observations(
    reading: &mut Reading<'_>,
    value: &Value,
    next: Option<String>,
) -> Result<(String, Vec<Block>), Problem> {
    let (title, mut blocks, series) = begun(reading)?;
    // The heading of the values is that of the page.
    blocks.extend(values(value, text(&series["unit"])).into_iter().skip(1));
    if items(&value["data"]).is_empty() {
        blocks.push(Block::note("No values are on record."));
    }
    blocks.extend(Block::next(next));
    Ok((title, blocks))
}

/// The page of comparisons with earlier periods.
pub fn comparisons(reading: &mut Reading<'_>, value: &Value) -> Result<(String, Vec<Block>), Problem> {
    let (title, mut blocks, _) = begun(reading)?;
    let rows = items(&value["data"]);
    let mut grid = Grid::new("Comparisons", &["How it is compared", "Period", "#Value", "#Before", "Change"]);
    for row in rows {
        let unit = text(&row["unit"]);
        let value = |side: &Value| match side["value"].as_str() {
            Some(value) => words(figure(value, unit)),
            None => Shown::Nothing,
        };
        grid.rows.push(vec![
            words(of(text(&row["method"]))),
            words(text(&row["period"])),
            value(&row["current"]),
            value(&row["base"]),
            Shown::Stack(comparison_words(row, text(&row["base"]["label"]), unit, &Value::Null)),
        ]);
    }
    match rows.is_empty() {
        true => blocks.push(Block::note("Nothing can be compared.")),
        false => blocks.push(Block::Grid(grid)),
    }
    for row in rows.iter().take(12) {
        let summary =
            format!("How this was computed: {}, {}", text(&row["period"]), of(text(&row["method"])));
        blocks.extend(receipt(&summary, &row["receipt"]));
    }
    Ok((title, blocks))
}

/// The page of the publications.
pub fn publications(reading: &mut Reading<'_>, value: &Value) -> Result<(String, Vec<Block>), Problem> {
    let (title, mut blocks, _) = begun(reading)?;
    blocks.push(Block::Grid(publications_table(value)));
    Ok((title, blocks))
}

/// The page of a control chart in numbers.
pub fn control_chart(reading: &mut Reading<'_>, chart: &Value) -> Result<(String, Vec<Block>), Problem> {
    let (title, mut blocks, series) = begun(reading)?;
    let unit = text(&series["unit"]);
    let mut lead = vec![words(format!("By the control chart{}:", baseline(chart)))];
    lead.extend(chart["variation"].as_str().map(ended));
    lead.extend(chart["assurance"].as_str().map(ended));
    lead.extend(caveats(chart));
    blocks.push(Block::Lead(Shown::Line(lead)));
    let number = |value: &Value| match value.as_str() {
        Some(value) => words(figure(value, unit)),
        None => Shown::Nothing,
    };
    let period = |day: &Value| {
        let point = items(&chart["points"]).iter().find(|point| point["TIME_PERIOD"] == *day);
        words(point.map_or(text(day), |point| text(&point["period"])))
    };
    let mut limits = Grid::new("Limits", &["From", "To", "#Values", "#Lower limit", "#Mean", "#Upper limit"]);
    for phase in items(&chart["phases"]) {
        limits.rows.push(vec![
            period(&phase["first_period"]),
            period(&phase["last_period"]),
            words(phase["values"].as_i64().map(|many| many.to_string()).unwrap_or_default()),
            number(&phase["limits"]["lower_limit"]),
            number(&phase["limits"]["centre"]),
            number(&phase["limits"]["upper_limit"]),
        ]);
    }
    blocks.push(Block::Grid(limits));
    let mut points = Grid::new("Values, the latest first", &["Period", "#Value", "What is unusual"]);
    for point in items(&chart["points"]).iter().rev() {
        let mut notes: Vec<String> =
            certainty(text(&point["OBS_STATUS"])).map(str::to_owned).into_iter().collect();
        notes.extend(point["reason"].as_str().map(of));
        notes.extend(items(&point["signals"]).iter().filter_map(signal));
        let notes = if notes.is_empty() { Shown::Nothing } else { Shown::Soft(notes.join("; ")) };
        points.rows.push(vec![words(text(&point["period"])), number(&point["value"]), notes]);
    }
    blocks.push(Block::Grid(points.without_empty_columns()));
    blocks.extend(receipt("How the limits were computed", &chart["receipt"]));
    Ok((title, blocks))
}

/// A rule that a value breaks, in words.
fn signal(signal: &Value) -> Option<String> {
    let code = signal.as_str().or_else(|| signal["rule"].as_str())?;
    Some(of(code))
}
