//! The page of a record.

use serde_json::{Map, Value};

use super::block::{Block, text};
use super::labels::{label_within, says_nothing, title_of};
use super::layout::with;
use super::names;
use super::reading::Reading;
use super::shown::{Shower, Shown, address_of, day_in_words, ended, is_empty, label, segment};
use super::{belonging, clocks, questions, scorecard, series_of, sources, statement, words};
use crate::http::Call;
use crate::problem::Problem;
use crate::record::kind::KindDef;
use crate::resources;

/// The fields of a record that belong to its envelope.
const ENVELOPE: &[&str] =
    &["id", "kind", "reference", "body", "owner", "self", "state", "version", "published_at"];

/// How many parts an object may have that is not folded, and how many elements a list.
const LONG: usize = 6;
const LONG_LIST: usize = 30;
/// How many values the objects of a list may have together, where they make no table.
const MANY_VALUES: usize = 24;

/// What only those need who take the figures into a program.
const TECHNICAL: &[&str] = &["slug", "decimals", "definition_version", "figures_publishable"];

/// What a reader would look for, so that it is said where it is not on record.
const LOOKED_FOR: &[&str] = &[
    "amount",
    "areas",
    "doc",
    "due",
    "held_on",
    "made_on",
    "minutes",
    "outcome",
    "providers",
    "published_on",
    "reasons",
    "recipient",
    "recording",
    "said_on",
    "success_measure",
    "summary",
    "targets",
    "term",
    "value",
    "venue",
    "vote",
];

/// Fields that are computed and name records of a kind by their references.
const NAMING: &[(&str, &str, &str)] = &[("report", "unanswered", "recommendation")];

/// Readings of the same thing by two sides: the fields of each are shown side by side.
const SIDES: &[(&str, &str)] = &[("rating", "The office"), ("panel_rating", "The Panel")];

/// The page of a record: its title and its parts.
pub fn page(
    reading: &mut Reading<'_>,
    kind: &KindDef,
    fields: &Map<String, Value>,
) -> Result<(String, Vec<Block>), Problem> {
    let call = reading.call;
    let shower = Shower { state: &call.state, kind: Some(kind) };
    let value = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let reference = value("reference");
    let heading = title_of(kind, value);
    let address = value("self");
    // An earlier version is below its record, and nothing is below it.
    let is_whole = address.matches('/').count() == 3;
    let mut blocks = vec![
        Block::Kind(Shown::Line(vec![Shown::Text(label(kind.def.one)), Shown::Reference(reference.clone())])),
        Block::Title(heading.clone()),
    ];
    if !is_whole {
        let record = record_of_version(&address);
        blocks.push(Block::Note(Shown::Line(vec![
            Shown::Text("This is one version of the record.".to_owned()),
            Shown::Link { address: record, words: "The record as it is now".to_owned() },
        ])));
    }
    if is_whole {
        blocks.extend(above(reading, kind, fields)?);
    }
    blocks.extend(sides(fields));
    let sources = sources::table(reading, fields)?;
    let clocks = fields.get("clocks").and_then(clocks::of_record);
    let own = fields.iter().filter(|(name, _)| {
        let is_in_table = match name.as_str() {
            "sources" => sources.is_some(),
            "clocks" => clocks.is_some(),
            // It stands above, in its sentence.
            "verdict" => is_whole && kind.def.name == "statement",
            // The field beside it says the same.
            "open" => fields.contains_key("closing"),
            _ => false,
        };
        !is_in_table
            && !ENVELOPE.contains(&name.as_str())
            && name.as_str() != kind.def.title
            && !is_side(fields, name)
    });
    let (stated, unstated): (Vec<_>, Vec<_>) = own.partition(|(name, value)| !says_nothing(name, value));
    let (technical, stated): (Vec<_>, Vec<_>) =
        stated.into_iter().partition(|(name, _)| TECHNICAL.contains(&name.as_str()));
    // What has many parts would keep the reader from the rest.
    let (long, short): (Vec<_>, Vec<_>) = stated.into_iter().partition(|(_, value)| is_long(value));
    let codes = statement::codes(reading, kind, fields)?;
    let shown = |(name, value): (&String, &Value)| match &codes {
        Some(codes) if name == "codes" => ("What it is about".to_owned(), codes.clone()),
        _ => (label(name), naming(&shower, fields, name).unwrap_or_else(|| shower.value(name, value))),
    };
    blocks.push(Block::Value(Shown::Fields(short.into_iter().map(shown).collect())));
    blocks.extend(clocks);
    blocks.extend(sources);
    for (name, value) in long {
        let summary = match value.as_array() {
            Some(items) => format!("{} ({})", label(name), items.len()),
            None => label(name),
        };
        let value = naming(&shower, fields, name).unwrap_or_else(|| shower.value(name, value));
        blocks.push(Block::Folded { summary, blocks: vec![Block::Value(value)] });
    }
    if !technical.is_empty() {
        let fields = technical.into_iter().map(shown).collect();
        let blocks_of = vec![Block::Value(Shown::Fields(fields))];
        blocks.push(Block::Folded { summary: "For programs".to_owned(), blocks: blocks_of });
    }
    let is_looked_for = |name: &str| LOOKED_FOR.contains(&name) && kind.field_names().contains(&name);
    let unstated: Vec<String> = unstated
        .into_iter()
        .filter(|(name, _)| is_looked_for(name))
        .map(|(name, _)| label_within(name))
        .collect();
    if !unstated.is_empty() {
        blocks.push(Block::note(&format!("Not on record: {}.", unstated.join(", "))));
    }
    if is_whole {
        blocks.extend(below(reading, kind, fields)?);
    }
    blocks.push(Block::heading(2, "About this record"));
    blocks.push(Block::Value(Shown::Fields(envelope(&shower, fields))));
    if is_whole {
        blocks.push(Block::heading(2, "More"));
        blocks.push(Block::Links(ways(kind, &address)));
    }
    blocks.push(Block::heading(2, "Cite this"));
    // The address of a record shows another version tomorrow.
    let version = fields.get("version").map(Value::to_string).unwrap_or_default();
    blocks.push(Block::Note(Shown::Text(format!(
        "{} {} {reference}, version {version}. OnRecord, {}{}/versions/{version}. Retrieved {}.",
        ended(&heading),
        label(kind.def.one),
        call.state.public_url,
        record_of_version(&address),
        day_in_words(call.now().day()),
    ))));
    blocks.push(Block::Links(downloads(call, kind, &reference, &value("body"), is_whole)));
    Ok((heading, blocks))
}

/// Whether the parts of a value are so many that it is folded.
fn is_long(value: &Value) -> bool {
    match value {
        Value::Object(fields) => {
            fields.iter().filter(|(name, value)| !says_nothing(name, value)).count() > LONG
        }
        Value::Array(items) => {
            let are_nested = items.iter().any(|item| item.as_object().is_some_and(has_objects));
            items.len() > LONG_LIST || (are_nested && values_of(value) > MANY_VALUES)
        }
        _ => false,
    }
}

fn has_objects(fields: &Map<String, Value>) -> bool {
    let is_one = |value: &Value| value.as_array().is_some_and(|items| items.iter().any(Value::is_object));
    fields.values().any(is_one)
}

/// How many values there are within a value.
fn values_of(value: &Value) -> usize {
    match value {
        Value::Object(fields) => fields.values().map(values_of).sum(),
        Value::Array(items) => items.iter().map(values_of).sum(),
        value => usize::from(!is_empty(value)),
    }
}

/// The records that a computed field names by their references, as links.
fn naming(shower: &Shower<'_>, fields: &Map<String, Value>, name: &str) -> Option<Shown> {
    let of = shower.kind?.def.name;
    let (.., kind) = NAMING.iter().find(|(own, field, _)| *own == of && *field == name)?;
    let (kind, body) = (shower.state.kind(kind)?, fields.get("body")?.as_str()?);
    let link = |reference: &Value| {
        let name = format!("{body}:{}", reference.as_str().unwrap_or_default());
        Shown::Link { address: address_of(kind, &name), words: name }
    };
    Some(Shown::List(fields.get(name)?.as_array()?.iter().map(link).collect()))
}

/// The other forms in which a record can be had: for spreadsheets as the one row of the list of its kind. An earlier version
/// is in no list.
fn downloads(
    call: &Call,
    kind: &KindDef,
    reference: &str,
    body: &str,
    is_whole: bool,
) -> Vec<(String, String)> {
    let mut all = vec![];
    if is_whole {
        let mut query = format!("reference={}", segment(reference));
        if kind.def.workflow {
            query.push_str(&format!("&body={}", segment(body)));
        }
        if let Some(at) =
            call.query.split('&').find(|pair| pair.starts_with("as_of=") || pair.starts_with("asOf="))
        {
            query.push_str(&format!("&{at}"));
        }
        let list = format!("/v1/{}?{query}", kind.def.path);
        all.push((format!("{list}&format=csv&for=spreadsheet"), "CSV".to_owned()));
        all.push((format!("{list}&format=xlsx"), "Spreadsheet (XLSX)".to_owned()));
    }
    all.push((with(call, "format", Some("json")), "For programs (JSON)".to_owned()));
    all
}

/// The address of the record that a version at this address is of.
pub fn record_of_version(address: &str) -> String {
    address.split("/versions/").next().unwrap_or_default().to_owned()
}

/// What a kind's page shows above its fields.
fn above(
    reading: &mut Reading<'_>,
    kind: &KindDef,
    fields: &Map<String, Value>,
) -> Result<Vec<Block>, Problem> {
    let id = fields.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    let path = [("id", id.as_str())];
    let at = reading.same(&["as_of", "asOf"]);
    Ok(match kind.def.name {
        "plan" => {
            let card = reading.other("get_plan_scorecard", &path, &at)?;
            if !card.is_object() {
                return Ok(vec![]);
            }
            let address = text(&card["plan"]["self"]).to_owned();
            let mut blocks = vec![Block::Grid(scorecard::brief(&card, false))];
            blocks.extend(scorecard::recommendations_of_plan(&card));
            blocks.push(Block::Links(vec![
                (format!("{address}/scorecard"), "The whole scorecard".to_owned()),
                (format!("/panel/{id}"), "One page for a meeting, to print".to_owned()),
                (format!("/v1/pledges?plan={id}"), "Its pledges".to_owned()),
                (format!("/v1/indicators?plan={id}"), "Its figures".to_owned()),
                (format!("/v1/money?by=priority&plan={id}"), "Its money".to_owned()),
            ]));
            blocks
        }
        "statement" => {
            let field = |name: &str| fields.get(name).and_then(Value::as_str);
            let unit = statement::unit_of(field("quantity"), field("unit"));
            statement::blocks(&reading.other("get_statement_checks", &path, "")?, &unit)
        }
        "indicator" => series_of::of_indicator(reading, fields)?,
        _ => vec![],
    })
}

/// What a kind's page shows below its fields.
fn below(
    reading: &mut Reading<'_>,
    kind: &KindDef,
    fields: &Map<String, Value>,
) -> Result<Vec<Block>, Problem> {
    let mut blocks = belonging::blocks(reading, kind, fields)?;
    if kind.def.name == "meeting" {
        blocks.extend(questions::form(reading.call, fields));
    }
    Ok(blocks)
}

/// Both ratings side by side, where the record has two.
fn sides(fields: &Map<String, Value>) -> Option<Block> {
    if !SIDES.iter().all(|(name, _)| fields.contains_key(*name)) {
        return None;
    }
    let mut grid = super::block::Grid::new("Both ratings", &["Who", "Rating", "When", "By whom", "Why"]);
    for (name, who) in SIDES {
        let stem = name.trim_end_matches("rating");
        let field = |rest: &str| fields.get(&format!("{stem}{rest}")).unwrap_or(&Value::Null);
        let day = field("rated_on").as_str().and_then(super::shown::day);
        let why = if stem.is_empty() { "rating_assessment" } else { "panel_assessment" };
        let kind = if stem.is_empty() { "assessments" } else { "counter-assessments" };
        grid.rows.push(vec![
            Shown::Text((*who).to_owned()),
            match field("rating").as_str() {
                Some(code) => words::word(code),
                None => Shown::Soft("has not rated it".to_owned()),
            },
            day.map_or(Shown::Nothing, Shown::Text),
            match (field("rated_by").as_str(), field("rated_by_relation").as_str()) {
                (Some(by), Some(relation)) => {
                    Shown::Stack(vec![Shown::Text(by.to_owned()), Shown::Soft(words::of(relation))])
                }
                (Some(by), None) => Shown::Text(by.to_owned()),
                (None, _) => Shown::Nothing,
            },
            fields.get(why).and_then(Value::as_str).map_or(Shown::Nothing, |name| Shown::Link {
                address: format!("/v1/{kind}/{name}"),
                words: name.to_owned(),
            }),
        ]);
    }
    Some(Block::Grid(grid))
}

/// Whether a field is shown in the table of both readings.
fn is_side(fields: &Map<String, Value>, name: &str) -> bool {
    SIDES.iter().all(|(side, _)| fields.contains_key(*side))
        && [
            "rating",
            "rated_on",
            "rated_by",
            "rated_by_relation",
            "rating_assessment",
            "panel_rating",
            "panel_rated_on",
            "panel_rated_by",
            "panel_assessment",
        ]
        .contains(&name)
}

fn envelope(shower: &Shower<'_>, fields: &Map<String, Value>) -> Vec<(String, Shown)> {
    let organisation = |name: &str, of: &str| {
        let text = fields.get(name).and_then(Value::as_str)?;
        let kind = shower.state.kind(of)?;
        Some((label(name), Shown::Link { address: address_of(kind, text), words: text.to_owned() }))
    };
    let mut envelope: Vec<(String, Shown)> =
        [organisation("body", crate::record::BODY), organisation("owner", crate::record::ORGANISATION)]
            .into_iter()
            .flatten()
            .collect();
    for name in ["state", "version", "published_at"] {
        if let Some(value) = fields.get(name).filter(|value| !is_empty(value)) {
            let shown = match value.as_str().filter(|_| name == "state") {
                Some(state) => Shown::Text(words::of(state)),
                None => shower.value("", value),
            };
            envelope.push((label(name), shown));
        }
    }
    envelope
}

/// The other answers about a record: all that its kind has at addresses below the record's own, for those without further
/// parameters in the path.
fn ways(kind: &KindDef, address: &str) -> Vec<(String, String)> {
    let below = format!("/v1/{}/{{id}}/", kind.def.path);
    // What is sent by a form has no page of its own.
    let own = resources::operations().iter().filter(|operation| operation.has_page() && !operation.writes());
    own.filter_map(|operation| {
        let rest = operation.path.strip_prefix(&below).filter(|rest| !rest.contains('{'))?;
        Some((format!("{address}/{rest}"), names::way(&operation.spec)))
    })
    .collect()
}

/// How to cite a page that is no record, and the other forms in which its answer can be had.
pub fn foot(call: &Call, title: &str) -> Vec<Block> {
    let mut blocks = vec![Block::heading(2, "Cite and download")];
    let query = if call.query.is_empty() { String::new() } else { format!("?{}", call.query) };
    blocks.push(Block::note(&format!(
        "{} OnRecord, {}{}{query}. Retrieved {}.",
        ended(title),
        call.state.public_url,
        call.raw_path,
        day_in_words(call.now().day()),
    )));
    blocks.push(Block::Links(super::layout::downloads(call)));
    blocks
}
