//! A series: its picture, what it says in a sentence, its values and its revisions; and the series of an indicator.

use serde_json::{Map, Value};

use super::block::{Block, Grid, items, link, text, words};
use super::codes::Tone;
use super::figures::comparison_words;
use super::reading::Reading;
use super::shown::Shown;
use super::words::{certainty, figure, word};
use crate::problem::Problem;

/// How many values a table shows before the others are folded.
const SHOWN: usize = 12;
/// The most values on a page; the downloads have all.
const VALUES: usize = 240;

/// The page of a series.
pub fn page(reading: &mut Reading<'_>, series: &Value) -> Result<(String, Vec<Block>), Problem> {
    let key = reading.call.segment("key").to_owned();
    let at = reading.same(&["asOf", "as_of"]);
    let indicator = reading.other("get_indicator", &[("id", text(&series["indicator"]))], &at)?;
    let place = name(series);
    let title = match place.as_str() {
        "" => text(&series["title"]).to_owned(),
        place => format!("{}: {place}", text(&series["title"])),
    };
    let mut blocks = vec![
        Block::Kind(Shown::Line(vec![
            words("Series of figures"),
            link(&indicator["self"], &indicator["reference"]),
        ])),
        Block::Title(title.clone()),
    ];
    let path = [("key", key.as_str())];
    let method = indicator["headline_comparison"].as_str().unwrap_or("yoy");
    let compared =
        reading.other("list_series_comparisons", &path, &joined(&[&at, &format!("method={method}")]))?;
    let (chart, refusal) = reading.other_or_reason("get_series_control_chart", &path, &at)?;
    let unit = text(&series["unit"]);
    blocks.extend(sentence(series, unit, &compared["data"][0], &chart, refusal.as_deref()));
    let kind = if chart.is_null() { "line" } else { "spc" };
    let address = |kind: &str, more: &str| {
        format!("/v1/series/{key}/chart.svg?{}", joined(&[&format!("kind={kind}"), &at, more]))
    };
    blocks.push(Block::Figure {
        picture: Shown::Picture {
            address: address(kind, "width=800"),
            dark: address(kind, "width=800&theme=dark"),
            words: format!("{title}. The table below has the values."),
            width: 800,
            height: 420,
        },
        words: Shown::Soft(match kind {
            "spc" => "Control chart: values between the two limits are ordinary ups and downs.".to_owned(),
            _ => "All values on record.".to_owned(),
        }),
    });
    blocks.extend(receipt("How the change was computed", &compared["data"][0]["receipt"]));
    blocks.extend(receipt("How the limits of the control chart were computed", &chart["receipt"]));
    let observations = reading.other("list_series_observations", &path, &joined(&[&at, "limit=10000"]))?;
    blocks.extend(values(&observations, unit));
    let vintages = reading.other("list_series_vintages", &path, "")?;
    blocks.push(Block::heading(2, "Publications and revisions"));
    blocks.push(Block::Grid(publications(&vintages)));
    let below = format!("/v1/series/{key}");
    let with = |rest: &str| format!("{below}/{rest}");
    blocks.push(Block::heading(2, "Take the figures with you"));
    let mut links = vec![
        (with("observations?format=csv&for=spreadsheet"), "All values as CSV".to_owned()),
        (with("observations?format=xlsx"), "All values as a spreadsheet (XLSX)".to_owned()),
        (with("observations"), "All values for programs (JSON)".to_owned()),
        (with("chart.svg?kind=line"), "The chart as a picture (SVG)".to_owned()),
        (with("chart.png?kind=line"), "The chart as a picture (PNG)".to_owned()),
        (with("comparisons?method=previous,yoy"), "Comparisons with earlier periods".to_owned()),
    ];
    if !chart.is_null() {
        links.push((with("spc"), "The control chart in numbers".to_owned()));
    }
    blocks.push(Block::Links(links));
    Ok((title, blocks))
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
        parts.push(words(format!("in {}.", text(&compared["period"]))));
    } else if let Some(period) = series["last_period_words"].as_str() {
        parts.push(words(format!("Latest period: {period}.")));
    }
    if compared.is_object() {
        parts.extend(comparison_words(compared, text(&compared["base"]["label"]), unit));
    }
    match chart["variation"].as_str() {
        Some(variation) => {
            parts.push(words(format!("Over the longer run, by the control chart{}:", baseline(chart))));
            parts.push(word(variation));
        }
        None => parts.extend(refusal.map(|reason| Shown::Soft(format!("No control chart: {reason}")))),
    }
    if let Some(assurance) = chart["assurance"].as_str() {
        parts.push(word(assurance));
    }
    // What makes the verdict say little stands beside it.
    let mut warnings = items(&chart["receipt"]["warnings"]).iter();
    let unstable = warnings.find(|warning| warning["code"] == "unstable_phase");
    parts.extend(unstable.and_then(|one| one["detail"].as_str()).map(|one| Shown::Soft(one.to_owned())));
    if parts.is_empty() { vec![] } else { vec![Block::Lead(Shown::Line(parts))] }
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

/// What an indicator's page shows besides its fields: its headline and its series.
pub fn of_indicator(
    reading: &mut Reading<'_>,
    indicator: &Map<String, Value>,
) -> Result<Vec<Block>, Problem> {
    let id = indicator.get("id").and_then(Value::as_str).unwrap_or_default();
    let list = reading.other("list_series", &[], &format!("indicator={id}&limit=200"))?;
    let all = items(&list["data"]);
    let Some(first) = all.first() else {
        return Ok(vec![Block::note("No figures are on record for this indicator.")]);
    };
    let mut blocks = vec![Block::heading(2, "Figures")];
    let every = |format: &str| format!("/v1/observations?indicator={id}&{format}");
    let downloads = Block::Links(vec![
        (every("format=csv&for=spreadsheet"), "All values as CSV".to_owned()),
        (every("format=xlsx"), "All values as a spreadsheet (XLSX)".to_owned()),
    ]);
    if all.len() == 1 {
        let address = format!("{}/chart.svg?kind=line&width=800", text(&first["self"]));
        blocks.push(Block::Figure {
            picture: Shown::Picture {
                dark: format!("{address}&theme=dark"),
                address,
                words: format!(
                    "{}, {}",
                    text(&indicator.get("title").cloned().unwrap_or_default()),
                    name(first)
                ),
                width: 800,
                height: 420,
            },
            words: link(&first["self"], &Value::from("Values, verdict and downloads")),
        });
        blocks.push(downloads);
        return Ok(blocks);
    }
    let lines: Vec<Shown> = all
        .iter()
        .map(|series| link(&series["self"], &Value::from(format!("{}, {}", name(series), frequency(series)))))
        .collect();
    let more = !list["page"]["next"].is_null();
    let mut list = vec![Block::Items(lines)];
    if more {
        list.push(Block::Links(vec![(format!("/v1/series?indicator={id}"), "All series".to_owned())]));
    }
    match all.len() {
        0..=10 => blocks.extend(list),
        many => blocks.push(Block::Folded { summary: format!("{many} series of figures"), blocks: list }),
    }
    blocks.push(downloads);
    Ok(blocks)
}

fn frequency(series: &Value) -> String {
    super::words::of(text(&series["frequency"]))
}

/// The list of the series of an indicator.
pub fn list(value: &Value, next: Option<String>) -> (String, Vec<Block>) {
    let lines = items(&value["data"]).iter().map(|series| {
        link(&series["self"], &Value::from(format!("{}, {}", name(series), frequency(series))))
    });
    let mut blocks = vec![Block::Title("Series of figures".to_owned()), Block::Items(lines.collect())];
    if items(&value["data"]).is_empty() {
        blocks.push(Block::text("No figures are on record."));
    }
    blocks.extend(Block::next(next));
    ("Series of figures".to_owned(), blocks)
}
