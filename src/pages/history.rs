//! The versions of a record, and what changed between two of them, word by word.

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use super::block::{Block, Grid, items, link, text};
use super::labels::label_within;
use super::record::record_of_version;
use super::shown::{Cut, Shower, Shown, is_empty, label};
use super::words::of;
use crate::http::Call;

/// The history of a record.
pub fn versions(call: &Call, value: &Value) -> (String, Vec<Block>) {
    let rows = items(&value["data"]);
    let title = rows.first().map(|row| text(&row["title"])).unwrap_or_default();
    let record = call.raw_path.trim_end_matches("/versions").to_owned();
    let mut grid = Grid::new("Versions", &["Version", "Published", "Replaced", "What changed"]);
    for row in rows {
        let day = |name: &str| match row[name].as_str().and_then(super::shown::moment) {
            Some(words) => Shown::Moment { machine: text(&row[name]).to_owned(), words },
            None => Shown::Nothing,
        };
        let address = text(&row["self"]);
        let earlier = rows.iter().filter_map(|other| other["version"].as_i64());
        let earlier = row["version"].as_i64().and_then(|own| earlier.filter(|other| *other < own).max());
        let changed = match (earlier, address.rsplit_once('/')) {
            (Some(earlier), Some((versions, own))) => Shown::Link {
                address: format!("{versions}/{earlier}/diff/{own}"),
                words: format!("Changes from version {earlier}"),
            },
            _ => Shown::Soft("The first version".to_owned()),
        };
        let number = row["version"].as_i64().map(|number| number.to_string()).unwrap_or_default();
        grid.rows.push(vec![
            Shown::Line(vec![
                link(&row["self"], &Value::from(format!("Version {number}"))),
                Shown::Soft(of(text(&row["state"]))),
            ]),
            day("published_at"),
            day("superseded_at"),
            changed,
        ]);
    }
    let blocks = vec![
        Block::Kind(Shown::Link { address: record, words: title.to_owned() }),
        Block::Title("History".to_owned()),
        Block::Grid(grid),
    ];
    (format!("History: {title}"), blocks)
}

/// What changed between two versions.
pub fn difference(shower: &Shower<'_>, value: &Value) -> (String, Vec<Block>) {
    let number = |name: &str| text(&value[name]).rsplit('/').next().unwrap_or_default().to_owned();
    let (from, to) = (number("from"), number("to"));
    let title = format!("From version {from} to version {to}");
    let record = record_of_version(text(&value["to"]));
    let mut blocks = vec![
        Block::Kind(Shown::Line(vec![
            Shown::Link { address: record.clone(), words: "The record".to_owned() },
            Shown::Link { address: format!("{record}/versions"), words: "History".to_owned() },
        ])),
        Block::Title(title.clone()),
        Block::Links(vec![
            (text(&value["from"]).to_owned(), format!("Version {from}")),
            (text(&value["to"]).to_owned(), format!("Version {to}")),
        ]),
    ];
    if items(&value["changed"]).is_empty() {
        blocks.push(Block::text("Nothing differs."));
        return (title, blocks);
    }
    let mut fields = vec![];
    for change in items(&value["changed"]) {
        let steps: Vec<&str> = text(&change["pointer"]).split('/').skip(1).collect();
        let places: Vec<String> = steps.iter().enumerate().map(|(n, step)| place(step, n == 0)).collect();
        let is_index = |step: &str| step.bytes().all(|byte| byte.is_ascii_digit());
        let path: Vec<&str> = steps.iter().map(|step| if is_index(step) { "*" } else { *step }).collect();
        let shown = compared(shower, &path.join("/"), &change["before"], &change["after"]);
        fields.push((places.join(", "), shown));
    }
    blocks.push(Block::Value(Shown::Fields(fields)));
    blocks.push(Block::note("Underlined: inserted. Struck through: deleted."));
    (title, blocks)
}

/// A step of a pointer; places in lists are counted from one.
fn place(step: &str, is_first: bool) -> String {
    let step = step.replace("~1", "/").replace("~0", "~");
    match step.parse::<u32>() {
        Ok(number) => number.saturating_add(1).to_string(),
        Err(_) if is_first => label(&step),
        Err(_) => label_within(&step),
    }
}

/// Two values: texts word by word, others one after the other.
fn compared(shower: &Shower<'_>, path: &str, before: &Value, after: &Value) -> Shown {
    if let (Some(before), Some(after)) = (before.as_str(), after.as_str())
        && (before.contains(' ') || after.contains(' '))
    {
        return Shown::Cuts(words_between(before, after));
    }
    let one = |value: &Value, cut: Cut| -> Option<Shown> {
        if is_empty(value) {
            return None;
        }
        Some(match shower.value(path, value) {
            Shown::Text(text)
            | Shown::Word { words: text, .. }
            | Shown::Moment { words: text, .. }
            | Shown::Link { words: text, .. } => Shown::Cuts(vec![(cut, text)]),
            other => Shown::Stack(vec![
                Shown::Cuts(vec![(cut, if cut == Cut::Deleted { "Before:" } else { "After:" }.to_owned())]),
                other,
            ]),
        })
    };
    Shown::Stack([one(before, Cut::Deleted), one(after, Cut::Inserted)].into_iter().flatten().collect())
}

/// The words of both texts, with those that were inserted and deleted.
pub fn words_between(before: &str, after: &str) -> Vec<(Cut, String)> {
    let diff = TextDiff::from_words(before, after);
    let mut cuts: Vec<(Cut, String)> = vec![];
    for change in diff.iter_all_changes() {
        let cut = match change.tag() {
            ChangeTag::Equal => Cut::Same,
            ChangeTag::Insert => Cut::Inserted,
            ChangeTag::Delete => Cut::Deleted,
        };
        match cuts.last_mut().filter(|(last, _)| *last == cut) {
            Some((_, text)) => text.push_str(change.value()),
            None => cuts.push((cut, change.value().to_owned())),
        }
    }
    cuts
}

/// A text with the words that a search found: `<mark>` is the only markup in it.
pub fn highlighted(html: &str) -> Shown {
    let plain = |text: &str| {
        let entities =
            [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&#x27;", "'"), ("&amp;", "&")];
        entities.iter().fold(text.to_owned(), |text, (entity, letter)| text.replace(entity, letter))
    };
    let mut cuts = vec![];
    let mut parts = html.split("<mark>");
    cuts.push((Cut::Same, plain(parts.next().unwrap_or_default())));
    for part in parts {
        let (found, rest) = part.split_once("</mark>").unwrap_or((part, ""));
        cuts.push((Cut::Found, plain(found)));
        cuts.push((Cut::Same, plain(rest)));
    }
    Shown::Cuts(cuts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_compared_one_by_one() {
        let cuts = words_between("Cut burglary by a tenth.", "Cut burglary by a fifth, now.");
        let of = |cut: Cut| {
            cuts.iter().filter(|(own, _)| *own == cut).map(|(_, text)| text.trim()).collect::<Vec<_>>()
        };
        assert_eq!((of(Cut::Deleted), of(Cut::Inserted)), (vec!["tenth."], vec!["fifth, now."]));
        let after: String =
            cuts.iter().filter(|(cut, _)| *cut != Cut::Deleted).map(|(_, text)| text.as_str()).collect();
        assert_eq!(after, "Cut burglary by a fifth, now.");
    }

    #[test]
    fn highlights_are_text_again() {
        let shown = highlighted("a &lt;b&gt; <mark>burglary</mark> &amp;lt;");
        let html = shown.html().unwrap();
        assert!(html.contains("<mark>burglary</mark>") && !html.contains("<b>"), "{html}");
        assert_eq!(
            shown,
            Shown::Cuts(vec![
                (Cut::Same, "a <b> ".into()),
                (Cut::Found, "burglary".into()),
                (Cut::Same, " &lt;".into())
            ])
        );
    }
}
