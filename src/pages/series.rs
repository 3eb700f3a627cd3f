//! A series: its picture, what it says in a sentence, its values and its revisions; and the series of an indicator.

use serde_json::Value;

use super::block::{Block, Grid, items, link, text, words};
use super::codes::Tone;
use super::figures::{CAVEATS, comparison_words};
use super::reading::Reading;
use super::shown::Shown;
use super::words::{certainty, figure};
use crate::problem::Problem;

/// How many values a table shows before the others are folded.
const SHOWN: usize = 12;
/// The most values on a page; the downloads have all.
const VALUES: usize = 240;

/// The page of a series.
pub fn page(reading: &mut Reading<'_>, series: &Value) -> Result<(String, Vec<Block>), Problem> {
    let at = reading.same(&["asOf", "as_of"]);
    let indicator = reading.other("get_indicator", &[("id", text(&series["indicator"]))], &at)?;
    let title = title(series);
    let mut blocks = vec![
        Block::Kind(Shown::Line(vec![
            words("Series of figures"),
            link(&indicator["self"], &indicator["reference"]),
        ])),
        Block::Title(title.clone()),
    ];
    blocks.extend(all_of(reading, series, indicator["headline_comparison"].as_str())?);
    Ok((title, blocks))
}

/// What a series is called: the title of its indicator with the names of its codes.
fn title(series: &Value) -> String {
    match name(series).as_str() {
        "" => text(&series["title"]).to_owned(),
        place => format!("{}: {place}", text(&series["title"])),
    }
}

/// All that is shown of a series: its sentence, chart, receipts, values, revisions and downloads.
pub fn all_of(
    reading: &mut Reading<'_>,
    series: &Value,
    method: Option<&str>,
) -> Result<Vec<Block>, Problem> {
    let key = text(&series["key"]);
    let at = reading.same(&["asOf", "as_of"]);
    let path = [("key", key)];
    let method = method.unwrap_or("yoy");
    let compared =
        reading.other("list_series_comparisons", &path, &joined(&[&at, &format!("method={method}")]))?;
    let (chart, refusal) = reading.other_or_reason("get_series_control_chart", &path, &at)?;
    let observations = reading.other("list_series_observations", &path, &joined(&[&at, "limit=10000"]))?;
    let vintages = reading.other("list_series_vintages", &path, "")?;
    let unit = text(&series["unit"]);
    let mut blocks = sentence(series, unit, &compared["data"][0], &chart, refusal.as_deref());
    // Limits without a verdict would be read as one.
    let kind = match chart["variation"].as_str() {
        None | Some("insufficient_data") => "line",
        Some(_) => "spc",
    };
    let below = format!("/v1/series/{key}");
    let with = |rest: &str, query: &str| match joined(&[query, &at]).as_str() {
        "" => format!("{below}/{rest}"),
        query => format!("{below}/{rest}?{query}"),
    };
    let picture = |rest: &str, more: &str| with(rest, &format!("kind={kind}{more}"));
    blocks.push(Block::Figure {
        // The page has its title, which the picture by itself has too.
        picture: Shown::Chart {
            address: picture("chart.svg", "&untitled=true"),
            words: format!("{}. The table below has the values.", title(series)),
        },
        words: Shown::Soft(match kind {
            "spc" => "Control chart: values between the two limits are ordinary ups and downs.".to_owned(),
            _ => "All values on record.".to_owned(),
        }),
    });
    blocks.extend(receipt("How the change was computed", &compared["data"][0]["receipt"]));
    blocks.extend(receipt("How the limits of the control chart were computed", &chart["receipt"]));
    blocks.extend(values(&observations, unit));
    blocks.push(Block::heading(2, "Publications and revisions"));
    blocks.push(Block::Grid(publications(&vintages)));
    blocks.push(Block::heading(2, "Take the figures with you"));
    let mut links = vec![
        (with("observations", "format=csv&for=spreadsheet"), "All values as CSV".to_owned()),
        (with("observations", "format=xlsx"), "All values as a spreadsheet (XLSX)".to_owned()),
        (with("observations", "format=json"), "All values for programs (JSON)".to_owned()),
        (picture("chart.svg", ""), "The chart as a picture (SVG)".to_owned()),
        (picture("chart.png", ""), "The chart as a picture (PNG)".to_owned()),
        (with("comparisons", "method=previous,yoy"), "Comparisons with earlier periods".to_owned()),
    ];
    if !chart.is_null() {
        links.push((with("spc", ""), "The control chart in numbers".to_owned()));
    }
    blocks.push(Block::Links(links));
    Ok(blocks)
}

/// Queries as one.
fn joined(parts: &[&str]) -> String {
    parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join("&")
}

/// What a series is of: the names of its codes.
pub fn name(series: &Value) -> String {
    let names =
        items(&series["codes"]).iter().map(|code| code["name"].as_str().unwrap_or(text(&code["code"])));
    names.collect::<Vec<_>>().join(", ")
}

/// The latest value, what changed and whether it is real, in a sentence.
fn sentence(
    series: &Value,
    unit: &str,
    compared: &Value,
    chart: &Value,
    refusal: Option<&str>,
) -> Vec<Block> {
    let mut parts = vec![];
    if let Some(value) = compared["current"]["value"].as_str() {
        parts.push(Shown::Word { words: figure(value, unit), tone: Tone::Plain });
        parts.push(words(format!("{}.", when(text(&compared["period"])))));
    } else if let Some(period) = series["last_period_words"].as_str() {
        parts.push(words(format!("Latest period: {period}.")));
    }
    // An only value is compared with nothing.
    if compared.is_object() && series["first_period"] != series["last_period"] {
        parts.extend(comparison_words(compared, text(&compared["base"]["label"]), unit, &chart["variation"]));
    }
    match chart["variation"].as_str() {
        Some(variation) => {
            parts.push(words(format!("Over the longer run, by the control chart{}:", baseline(chart))));
            parts.push(ended(variation));
        }
        None => parts.extend(refusal.map(|reason| Shown::Soft(format!("No control chart: {reason}")))),
    }
    parts.extend(chart["assurance"].as_str().map(ended));
    parts.extend(caveats(chart));
    if parts.is_empty() { vec![] } else { vec![Block::Lead(Shown::Line(parts))] }
}

/// The words of a code at the end of a sentence.
pub fn ended(code: &str) -> Shown {
    Shown::Word { words: format!("{}.", super::words::of(code)), tone: super::codes::tone(code) }
}

/// When something was, in a sentence: on a day, or in a longer period.
fn when(period: &str) -> String {
    let is_day = period.split(' ').count() == 3 && period.starts_with(|letter: char| letter.is_ascii_digit());
    if is_day { format!("on {period}") } else { format!("in {period}") }
}

/// What makes the verdict of a control chart say little; it stands beside the verdict.
pub fn caveats(chart: &Value) -> Vec<Shown> {
    let is_caveat = |warning: &&Value| CAVEATS.contains(&text(&warning["code"]));
    let warnings = items(&chart["receipt"]["warnings"]).iter().filter(is_caveat);
    warnings.map(|one| Shown::Soft(text(&one["detail"]).to_owned())).collect()
}

/// From how many values the limits of the last phase of a control chart are computed, and its period where those are all.
pub fn baseline(chart: &Value) -> String {
    let Some(phase) = items(&chart["phases"]).last() else { return String::new() };
    let points = items(&chart["points"]);
    // The words of a period are beside its values.
    let period = |day: &Value| {
        let point = points.iter().find(|point| point["TIME_PERIOD"] == *day);
        point.map_or(text(day), |point| text(&point["period"])).to_owned()
    };
    let (first, last) = (period(&phase["first_period"]), period(&phase["last_period"]));
    match (phase["values_of_limits"].as_i64(), phase["values"].as_i64()) {
        (Some(many), Some(all)) if 1 < many && many < all => {
            format!(" (limits from the first {many} of {all} values, {first} until {last})")
        }
        (Some(many), _) if many > 1 => format!(" (limits from {many} values, {first} until {last})"),
        (Some(1), _) => " (limits from one value)".to_owned(),
        _ => String::new(),
    }
}

/// How a result was computed.
pub fn receipt(summary: &str, receipt: &Value) -> Option<Block> {
    let formula = receipt["formula"].as_str()?;
    let mut blocks = vec![Block::text(formula), Block::note(text(&receipt["rounding"]))];
    for warning in items(&receipt["warnings"]) {
        blocks.push(Block::note(text(&warning["detail"])));
    }
    let sources: Vec<&str> = items(&receipt["source"]).iter().filter_map(Value::as_str).collect();
    blocks.extend(sources.into_iter().map(|source| Block::Text(source_link("Source:", source))));
    if let Some(licence) = receipt["licence"].as_str() {
        blocks.push(Block::note(&format!("Licence: {licence}.")));
    }
    blocks.push(Block::note(text(&receipt["citation"])));
    Some(Block::Folded { summary: summary.to_owned(), blocks })
}

/// A source of figures, which is shown with its title.
pub fn source_link(before: &str, source: &str) -> Shown {
    let link = Shown::Link { address: format!("/v1/sources/{source}"), words: source.to_owned() };
    Shown::Line(vec![words(before), link])
}

/// The values, the latest first.
pub fn values(observations: &Value, unit: &str) -> Vec<Block> {
    let usual = &observations["usual"];
    let mut rows = vec![];
    for cell in items(&observations["data"]).iter().flat_map(|series| items(&series["observations"])).rev() {
        let field = |name: &str| if cell[name].is_null() { &usual[name] } else { &cell[name] };
        let mut notes = vec![];
        notes.extend(certainty(text(field("OBS_STATUS"))).map(str::to_owned));
        if field("revised") == true {
            notes.push("revised".to_owned());
        }
        if field("complete") == false {
            notes.push("does not cover its whole period".to_owned());
        }
        notes.extend(
            ["reason", "not_published", "note"]
                .iter()
                .filter_map(|name| field(name).as_str().map(super::words::of)),
        );
        let value = cell["value"].as_str().map_or(Shown::Nothing, |value| words(figure(value, unit)));
        let period = cell["period"].as_str().unwrap_or(text(&cell["TIME_PERIOD"]));
        let notes = if notes.is_empty() { Shown::Nothing } else { Shown::Soft(notes.join("; ")) };
        rows.push(vec![words(period), value, notes]);
    }
    if rows.is_empty() {
        return vec![Block::note("No values are on record.")];
    }
    let is_long = rows.len() > VALUES;
    rows.truncate(VALUES);
    let rest = rows.split_off(SHOWN.min(rows.len()));
    let grid = |caption: &str, rows| {
        Grid { rows, ..Grid::new(caption, &["Period", "#Value", "Notes"]) }.without_empty_columns()
    };
    let mut blocks = vec![Block::heading(2, "Values"), Block::Grid(grid("Values, the latest first", rows))];
    if !rest.is_empty() {
        let summary = format!("{} earlier values", rest.len());
        blocks.push(Block::Folded { summary, blocks: vec![Block::Grid(grid("Earlier values", rest))] });
    }
    if is_long {
        blocks.push(Block::note("The downloads have all values."));
    }
    blocks
}

pub fn publications(vintages: &Value) -> Grid {
    let mut grid = Grid::new("Publications of these figures", &["Published", "Release", "#Values"]);
    grid.rows = items(&vintages["data"])
        .iter()
        .map(|vintage| {
            let mut published = vec![
                vintage["published_at"].as_str().and_then(super::shown::moment).map_or(Shown::Nothing, words),
            ];
            if let Some(day) = vintage["withdrawn_at"].as_str().and_then(super::shown::moment) {
                published.push(Shown::Word { words: format!("withdrawn {day}"), tone: Tone::Bad });
            }
            let reference = text(&vintage["reference"]);
            let release =
                Shown::Link { address: format!("/v1/releases/{reference}"), words: reference.to_owned() };
            let cells = vintage["cells"].as_i64().map(|cells| cells.to_string()).unwrap_or_default();
            vec![Shown::Stack(published), release, words(super::words::figure(&cells, "COUNT"))]
        })
        .collect();
    grid
}
