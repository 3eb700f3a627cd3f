//! Statements: what was said, and what the figures say, then and now.

use serde_json::{Map, Value};

use super::block::{Block, Grid, items, link, text, words};
use super::codes::Tone;
use super::reading::Reading;
use super::series::source_link;
use super::shown::Shown;
use super::words::{figure, word};
use crate::problem::Problem;
use crate::record::kind::KindDef;

/// The verdict on a statement, and how it comes about.
///
/// `unit` is that of what was stated, where it is known.
pub fn blocks(check: &Value, unit: &str) -> Vec<Block> {
    if !check.is_object() {
        return vec![];
    }
    let mut blocks = vec![Block::heading(2, "What the figures say"), Block::Lead(verdict(check))];
    let (then, now) = (&check["then"], &check["now"]);
    // What is the same then and now is read once.
    let is_same = [then, now].iter().all(|side| side.is_object())
        && ["result", "holds", "reason"].iter().all(|name| then[*name] == now[*name])
        && then["receipt"]["formula"] == now["receipt"]["formula"];
    let sides = match is_same {
        true => vec![("When it was said, and now", now)],
        false => vec![("When it was said", then), ("Now", now)],
    };
    if sides.iter().any(|(_, side)| side.is_object()) {
        let mut grid =
            Grid::new("Results of the figures", &["When", "#Result", "Confirmed?", "How it is computed"]);
        for (name, side) in sides.iter().filter(|(_, side)| side.is_object()) {
            grid.rows.push(vec![
                words(*name),
                words(result(side, unit)),
                holds(side),
                words(text(&side["receipt"]["formula"])),
            ]);
        }
        blocks.push(Block::Grid(grid));
        let receipt = &check["now"]["receipt"];
        let sources: Vec<&str> = items(&receipt["source"]).iter().filter_map(Value::as_str).collect();
        blocks.extend(
            sources.into_iter().map(|source| Block::Note(source_link("Source of the figures:", source))),
        );
        let licence = receipt["licence"].as_str().map(|licence| format!("Licence: {licence}. "));
        blocks.push(Block::note(&format!("{}{}", licence.unwrap_or_default(), text(&receipt["rounding"]))));
    }
    if let Some(series) = check["compared"]["series"].as_str() {
        blocks.push(Block::Links(vec![(
            format!("/v1/series/{series}"),
            "The figures that it was compared with".to_owned(),
        )]));
    }
    for flag in items(&check["flags"]) {
        blocks.push(Block::note(text(&flag["detail"])));
    }
    if items(&check["verdicts"]).len() > 1 {
        let mut grid = Grid::new("Earlier verdicts", &["Verdict", "Since", "Until"]);
        let moment =
            |value: &Value| value.as_str().and_then(super::shown::moment).map_or(Shown::Nothing, words);
        grid.rows = items(&check["verdicts"])
            .iter()
            .map(|one| vec![word(text(&one["verdict"])), moment(&one["since"]), moment(&one["until"])])
            .collect();
        blocks.push(Block::Grid(grid));
    }
    blocks
}

/// The verdict in its sentence.
fn verdict(check: &Value) -> Shown {
    match (word(text(&check["verdict"])), check["verdict_words"].as_str()) {
        (Shown::Word { tone, .. }, Some(sentence)) => Shown::Word { words: sentence.to_owned(), tone },
        (other, _) => other,
    }
}

fn result(side: &Value, unit: &str) -> String {
    side["result"].as_str().map(|result| figure(result, unit)).unwrap_or_default()
}

/// The codes of a statement by the names that its indicator gives them; nothing where it has none.
pub fn codes(
    reading: &mut Reading<'_>,
    kind: &KindDef,
    fields: &Map<String, Value>,
) -> Result<Option<Shown>, Problem> {
    let field = |name: &str| fields.get(name).filter(|_| kind.def.name == "statement");
    let (Some(codes), Some(id)) =
        (field("codes").and_then(Value::as_object), field("indicator").and_then(Value::as_str))
    else {
        return Ok(None);
    };
    let indicator = reading.other("get_indicator", &[("id", id)], &reading.same(&["as_of", "asOf"]))?;
    let named = |list: &'_ Value, code: &str| {
        let found = items(list).iter().find(|one| one["code"] == code);
        found.and_then(|one| Some((one["name"].as_str()?.to_owned(), one["codes"].clone())))
    };
    let pair = |(dimension, code): (&String, &Value)| {
        let code = text(code);
        let (name, codes) =
            named(&indicator["dimensions"], dimension).unwrap_or((dimension.clone(), Value::Null));
        (name, words(named(&codes, code).map_or(code.to_owned(), |(name, _)| name)))
    };
    Ok((!codes.is_empty()).then(|| Shown::Fields(codes.iter().map(pair).collect())))
}

/// The unit of what a statement states: that of its value, or of a change in per cent.
pub fn unit_of(quantity: Option<&str>, unit: Option<&str>) -> String {
    match quantity {
        Some("value" | "change") => unit.unwrap_or_default().to_owned(),
        Some("change_pct") => "PERCENT".to_owned(),
        _ => String::new(),
    }
}

fn holds(side: &Value) -> Shown {
    match side["holds"].as_bool() {
        Some(true) => Shown::Word { words: "yes".to_owned(), tone: Tone::Good },
        Some(false) => Shown::Word { words: "no".to_owned(), tone: Tone::Bad },
        None => Shown::Soft(side["reason_words"].as_str().unwrap_or("cannot be told").to_owned()),
    }
}

/// A reference without its body, whose page it is.
fn reference(name: &str) -> String {
    name.rsplit(':').next().unwrap_or(name).to_owned()
}

/// Statements with their verdicts in a table.
pub fn table(checks: &[Value]) -> Grid {
    let mut grid = Grid::new("Statements", &["What was said", "By whom and when", "What the figures say"]);
    grid.rows = checks
        .iter()
        .map(|check| {
            let formula =
                check["now"]["receipt"]["formula"].as_str().map(|text| Shown::Soft(text.to_owned()));
            let mut by = vec![words(text(&check["said_by"]))];
            by.extend(check["said_on"].as_str().and_then(super::shown::day).map(Shown::Soft));
            let mut said = vec![verdict(check)];
            said.extend(formula);
            vec![
                Shown::Line(vec![
                    words(text(&check["claim"])),
                    Shown::Reference(reference(text(&check["statement"]))),
                ]),
                Shown::Stack(by),
                Shown::Stack(said),
            ]
        })
        .collect();
    grid
}

/// A statement in a list: what was said, with its verdict.
pub fn line(row: &Value) -> Shown {
    let mut first = vec![link(&row["self"], &row["claim"])];
    first.extend(word_in_list(row));
    let mut about = vec![text(&row["said_by"]).to_owned()];
    about.extend(row["said_on"].as_str().and_then(super::shown::day));
    Shown::Stack(vec![Shown::Line(first), Shown::Soft(about.join(", "))])
}

/// The words of the verdict of a statement in a list.
pub fn word_in_list(row: &Value) -> Option<Shown> {
    let names = ["verdict", "rating", "stage"];
    names.iter().find_map(|name| row[*name].as_str()).map(word)
}
