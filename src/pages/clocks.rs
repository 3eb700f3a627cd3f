//! What is due: by whom, by when, and whether it was met.

use serde_json::Value;

use super::block::{Block, Field, Form, Grid, items, link, text};
use super::codes::Tone;
use super::layout::query_value;
use super::shown::{Shown, label};
use super::words::{self, word_of};
use crate::http::Call;

/// The page of what is due.
pub fn page(call: &Call, value: &Value) -> (String, Vec<Block>) {
    let (chosen, options) = states(&query_value(call, "state"));
    let form = Form {
        action: call.raw_path.clone(),
        fields: vec![Field { name: "state", label: "Show", value: chosen, options, ..Field::default() }],
        button: "Show",
        ..Form::default()
    };
    let mut blocks = vec![
        Block::Title("What is due".to_owned()),
        Block::note(
            "What must be done by which day: answers to inspectors, to recommendations and to questions, and the steps of a precept. Whether something is overdue follows from the days on record; nobody enters it.",
        ),
        Block::Form(form),
    ];
    blocks.extend(self::blocks(value));
    ("What is due".to_owned(), blocks)
}

/// What the form offers: states, and what they say together.
const STATES: &[(&str, &str)] = &[
    ("", "Everything"),
    ("overdue", "Overdue"),
    ("running", "Not due yet"),
    ("met,met_late", "Met"),
    ("not_on_record,not_public", "Cannot be known"),
];

/// The choice of states that the form shows, with all that it offers: what was asked for is among it, in whatever order.
fn states(requested: &str) -> (String, Vec<(String, String)>) {
    let sorted = |list: &str| {
        let mut codes: Vec<String> = list.split(',').map(str::to_owned).collect();
        codes.sort_unstable();
        codes.dedup();
        codes
    };
    let mut options: Vec<(String, String)> =
        STATES.iter().map(|(codes, words)| ((*codes).to_owned(), (*words).to_owned())).collect();
    if let Some((codes, _)) = options.iter().find(|(codes, _)| sorted(codes) == sorted(requested)) {
        return (codes.clone(), options);
    }
    let words: Vec<String> = sorted(requested).iter().map(|code| words::of(code)).collect();
    options.push((requested.to_owned(), label(&words.join(", "))));
    (requested.to_owned(), options)
}

/// The clocks in a table.
pub fn blocks(value: &Value) -> Vec<Block> {
    let rows = items(&value["data"]);
    if rows.is_empty() {
        return vec![Block::text("Nothing is due.")];
    }
    let mut grid = Grid::new("What is due", &["What", "By whom", "Since", "Due", "State"]);
    grid.rows = rows.iter().map(row).collect();
    let mut blocks = vec![Block::Grid(grid)];
    if rows.iter().any(|row| row["state"] == "not_on_record") {
        blocks.push(Block::note("“The record cannot tell”: the body does not claim that its record is complete for that day, so a missing entry does not mean that the duty was missed."));
    }
    if rows.iter().any(|row| row["state"] == "not_public") {
        blocks.push(Block::note("“Not public”: the day has passed, but this could be met without being published. Those concerned see whether it was."));
    }
    if value["truncated"] == true {
        blocks.push(Block::note("There are more. Use the form above to show fewer."));
    }
    blocks
}

/// What is due of one record, in a table; nothing where nothing is.
pub fn of_record(clocks: &Value) -> Option<Block> {
    let mut grid = Grid::new("What is due", &["What", "By whom", "Since", "Due", "State"]);
    let row = |clock: &Value| {
        let what = label(&words::of(text(&clock["clock"])));
        let basis = clock["basis"].as_str().map(|basis| Shown::Soft(basis.to_owned()));
        vec![
            Shown::Stack(std::iter::once(Shown::Text(what)).chain(basis).collect()),
            organisation(clock),
            day(&clock["starts"]),
            day(&clock["due"]),
            Shown::Stack(state(clock)),
        ]
    };
    grid.rows = items(clocks).iter().map(row).collect();
    (!grid.rows.is_empty()).then(|| Block::Grid(grid.without_empty_columns()))
}

/// Who has to do it.
fn organisation(clock: &Value) -> Shown {
    clock["organisation"].as_str().map_or(Shown::Nothing, |name| Shown::Link {
        address: format!("/v1/organisations/{name}"),
        words: name.to_owned(),
    })
}

/// A day.
pub fn day(value: &Value) -> Shown {
    match value.as_str().and_then(super::shown::day) {
        Some(words) => Shown::Moment { machine: text(value).to_owned(), words },
        None => Shown::Nothing,
    }
}

/// The state of a clock: whether it was met, and by how many days.
pub fn state(clock: &Value) -> Vec<Shown> {
    let mut state = vec![word_of(&clock["state"])];
    if let Some(days) = clock["days"].as_i64() {
        let (words, tone) = match clock["state"].as_str() {
            Some("overdue") => (format!("{days} days late"), Tone::Bad),
            Some("met_late") => (format!("{days} days late"), Tone::Plain),
            _ => (format!("{days} days"), Tone::Plain),
        };
        state.push(Shown::Word { words, tone });
    }
    if let Some(met) = clock["met_on"].as_str().and_then(super::shown::day) {
        state.push(Shown::Soft(format!("on {met}")));
    }
    state
}

fn row(row: &Value) -> Vec<Shown> {
    vec![
        Shown::Stack(vec![
            link(&row["self"], &row["title"]),
            Shown::Soft(format!("{}. {}", label(&words::of(text(&row["clock"]))), text(&row["basis"]))),
        ]),
        organisation(row),
        day(&row["starts"]),
        day(&row["due"]),
        Shown::Stack(state(row)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_shows_the_states_that_were_asked_for() {
        for (requested, value, words) in [
            ("", "", "Everything"),
            ("met_late,met", "met,met_late", "Met"),
            ("not_public,not_on_record", "not_on_record,not_public", "Cannot be known"),
            ("not_on_record", "not_on_record", "The record cannot tell"),
            ("overdue,not_public", "overdue,not_public", "Not public, overdue"),
        ] {
            let (chosen, options) = states(requested);
            let shown: Vec<&str> =
                options.iter().filter(|(code, _)| *code == chosen).map(|(_, words)| words.as_str()).collect();
            assert_eq!((chosen.as_str(), shown), (value, vec![words]), "{requested}");
        }
    }
}
