//! What changed, in sentences.

use serde_json::Value;

use super::block::{Block, Field, Form, items, link, text};
use super::layout::{query_value, with};
use super::shown::{Shown, day, day_of, label};
use super::words;
use crate::http::Call;
use crate::problem::Problem;
use crate::resources::latest_changes;

/// How many changes are shown to a reader who names no day.
const LATEST: i64 = 50;

/// The page of the change feed.
///
/// A reader who names no day gets the latest changes first, as the feeds have them; the list itself begins with the first.
pub fn page(call: &Call, value: &Value) -> Result<(String, Vec<Block>), Problem> {
    let since = query_value(call, "since");
    let is_latest = !["since", "cursor", "kind", "limit"].iter().any(|name| call.params.has(name));
    let latest = match is_latest {
        true => serde_json::to_value(latest_changes(call, LATEST)?).map_err(Problem::internal)?,
        false => Value::Null,
    };
    let net = if call.params.flag("net") || since.is_empty() { "true" } else { "false" };
    let form = Form {
        action: call.raw_path.clone(),
        fields: vec![
            Field {
                name: "since",
                label: "Changes since",
                input: "date",
                value: since.get(..10).unwrap_or_default().to_owned(),
                is_required: true,
                ..Field::default()
            },
            Field {
                name: "net",
                label: "Show",
                value: net.to_owned(),
                options: vec![
                    ("true".to_owned(), "One line for each record that changed".to_owned()),
                    ("false".to_owned(), "Every change".to_owned()),
                ],
                ..Field::default()
            },
        ],
        button: "Show changes",
        ..Form::default()
    };
    let heading = match since.get(..10).and_then(day) {
        Some(day) => format!("What has changed since {day}"),
        None if is_latest => "What has changed lately".to_owned(),
        None => "What has changed".to_owned(),
    };
    let rows = items(if is_latest { &latest } else { &value["data"] });
    let mut blocks = vec![Block::Title(heading.clone()), Block::Form(form)];
    // A line for each day, so that the day is read once.
    let mut from = 0;
    while let Some(first) = rows.get(from) {
        let of_day = |row: &&Value| text(&row["at"]).get(..10) == text(&first["at"]).get(..10);
        let many = rows.iter().skip(from).take_while(of_day).count();
        let heading = day_of(&first["at"]).unwrap_or_default();
        blocks.push(Block::heading(2, &heading));
        blocks.push(Block::Items(rows.iter().skip(from).take(many).map(sentence).collect()));
        from += many;
    }
    if rows.is_empty() {
        blocks.push(Block::text("Nothing has changed since then. Choose an earlier day."));
    }
    let full = i64::try_from(rows.len()).is_ok_and(|rows| rows >= call.params.int("limit").unwrap_or(50));
    if is_latest {
        if full {
            blocks.push(Block::note("These are the latest changes. For earlier ones, choose a day above."));
        }
        blocks.push(Block::Links(vec![
            (with(call, "limit", Some("50")), "All changes, from the first one on".to_owned()),
            ("/v1/changes.atom".to_owned(), "Follow the changes in a feed reader (Atom)".to_owned()),
        ]));
    } else if let Some(next) = value["page"]["next"].as_str().filter(|_| full) {
        blocks.push(Block::Links(vec![(with(call, "cursor", Some(next)), "Later changes".to_owned())]));
    }
    Ok((heading, blocks))
}

/// A change with its day.
pub fn line(change: &Value) -> Shown {
    let when = day_of(&change["at"]).unwrap_or_default();
    Shown::Line(vec![sentence(change), Shown::Soft(when)])
}

/// Changes in few lines: the first publications of a kind in one, any other change in its own.
pub fn in_short(all: &[Value]) -> Vec<Shown> {
    let is_first = |change: &Value| change["event"] == "published" && change["version"] == 1;
    let mut lines: Vec<Shown> = all.iter().filter(|change| !is_first(change)).map(line).collect();
    let mut kinds: Vec<&str> =
        all.iter().filter(|change| is_first(change)).map(|change| text(&change["kind"])).collect();
    kinds.sort_unstable();
    kinds.dedup();
    for kind in kinds {
        let of_kind: Vec<&Value> =
            all.iter().filter(|change| is_first(change) && change["kind"] == kind).collect();
        let mut parts = vec![Shown::Text(format!("New, {} ({}):", words::of(kind), of_kind.len()))];
        let last = of_kind.len().saturating_sub(1);
        for (n, change) in of_kind.into_iter().enumerate() {
            let title = change["title"].as_str().unwrap_or(text(&change["reference"]));
            let end = if n == last { "" } else { ";" };
            parts.push(link(&change["self"], &Value::from(format!("{title}{end}"))));
        }
        lines.push(Shown::Line(parts));
    }
    lines
}

/// A change in a sentence: the name of the record, which leads to it, then what it is and what happened.
fn sentence(change: &Value) -> Shown {
    let sentence = match change["sentence"].as_str() {
        Some(sentence) => sentence.to_owned(),
        None => {
            let kind = label(&words::of(text(&change["kind"])));
            format!("{kind} {}: {}", text(&change["reference"]), words::of(text(&change["event"])))
        }
    };
    let address = change["self"].as_str().filter(|address| address.starts_with("/v1/"));
    let linked = |words: &str| match address {
        Some(address) => Shown::Link { address: address.to_owned(), words: words.to_owned() },
        None => Shown::Text(words.to_owned()),
    };
    let title = text(&change["title"]);
    let judged = (change["verdict"]["before"].as_str(), change["verdict"]["after"].as_str());
    let rest = sentence.strip_prefix(&format!("“{title}” ")).and_then(|rest| rest.split_once(") "));
    let mut parts = match (judged, rest) {
        ((Some(before), Some(after)), _) if !title.is_empty() => vec![
            linked(title),
            Shown::Soft(format!("({} {})", words::of(text(&change["kind"])), text(&change["reference"]))),
            Shown::Text(match before == after {
                true => format!("was judged anew, and is again: {}.", words::of(after)),
                false => {
                    format!("was judged anew. Before: {}. Now: {}.", words::of(before), words::of(after))
                }
            }),
        ],
        (_, Some((named, happened))) => {
            vec![linked(title), Shown::Soft(format!("{named})")), Shown::Text(happened.to_owned())]
        }
        _ => vec![linked(&sentence)],
    };
    if let Some(reason) = change["reason"].as_str() {
        parts.push(Shown::Soft(format!("Reason: {reason}")));
    }
    Shown::Line(parts)
}
