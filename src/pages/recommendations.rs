//! Recommendations in a table: to whom they were made and when, what is due, and what became of them.

use serde_json::Value;

use super::block::{Block, Grid, items, link, text, words};
use super::clocks::{day, state};
use super::codes::Tone;
use super::labels::code_in;
use super::shown::Shown;
use super::words::word;

/// Whether these records are recommendations: they are made to somebody, are open or closed, and have what is due.
pub fn are(rows: &[Value]) -> bool {
    let is_one =
        |row: &Value| row["addressed_to"].is_array() && row["clocks"].is_array() && row["open"].is_boolean();
    !rows.is_empty() && rows.iter().all(is_one)
}

/// How many of them are open and how many overdue, and the table.
pub fn blocks(rows: &[Value]) -> Vec<Block> {
    let open = rows.iter().filter(|row| row["open"] == true).count();
    let overdue = rows.iter().filter(|row| is_overdue(row)).count();
    let mut grid =
        Grid::new("Recommendations", &["Recommendation", "To", "Made", "Due", "What became of it"]);
    grid.rows = rows.iter().map(row).collect();
    let has_day = |row: &Value| items(&row["clocks"]).iter().any(|clock| clock["due"].is_string());
    let with_day = rows.iter().filter(|row| has_day(row)).count();
    let late = match (with_day, overdue) {
        (0, _) => "None has a due date on record, so nobody can say whether any is late.".to_owned(),
        (_, 1) => format!("{} on record. 1 is overdue.", due_dates(with_day)),
        (_, many) => format!("{} on record. {many} are overdue.", due_dates(with_day)),
    };
    let are = if open == 1 { "is" } else { "are" };
    let lead = format!("Of the {} recommendations here {open} {are} open. {late}", rows.len());
    vec![Block::Lead(words(lead)), Block::Grid(grid)]
}

fn due_dates(many: usize) -> String {
    if many == 1 { "1 has a due date".to_owned() } else { format!("{many} have a due date") }
}

fn is_overdue(row: &Value) -> bool {
    items(&row["clocks"]).iter().any(|clock| clock["state"] == "overdue")
}

fn row(row: &Value) -> Vec<Shown> {
    let to = items(&row["addressed_to"]).iter().filter_map(Value::as_str).map(organisation);
    let by =
        row["made_by"].as_str().map(|by| Shown::Line(vec![Shown::Soft("by".to_owned()), organisation(by)]));
    let made_on = Some(day(&row["made_on"])).filter(|made_on| *made_on != Shown::Nothing);
    let made: Vec<Shown> = made_on.into_iter().chain(by).collect();
    let became = became(row);
    let due = items(&row["clocks"]).iter().map(|clock| {
        let what = Shown::Soft(format!("{}:", super::words::of(text(&clock["clock"]))));
        Shown::Line([vec![what, day(&clock["due"])], state(clock)].concat())
    });
    vec![
        Shown::Stack(vec![
            link(&row["self"], &row["wording"]),
            Shown::Reference(text(&row["reference"]).to_owned()),
        ]),
        Shown::Stack(to.collect()),
        stack(made),
        stack(due.collect()),
        became,
    ]
}

/// Whether it is open, and how far it has come.
fn became(row: &Value) -> Shown {
    let open = if row["open"] == true { "open" } else { "closed" };
    let stage = match text(&row["stage"]) {
        // It is the same word.
        "" | "closed" => None,
        stage => Some(match code_in("stage", stage) {
            Some(words) => Shown::Text(words.to_owned()),
            None => word(stage),
        }),
    };
    let open = open.to_owned() + if stage.is_some() { ";" } else { "" };
    let open = Shown::Word { words: open, tone: Tone::Plain };
    Shown::Line(std::iter::once(open).chain(stage).collect())
}

/// What stands below one another; a dash where that is nothing.
fn stack(all: Vec<Shown>) -> Shown {
    if all.is_empty() { Shown::Nothing } else { Shown::Stack(all) }
}

fn organisation(name: &str) -> Shown {
    Shown::Link { address: format!("/v1/organisations/{name}"), words: name.to_owned() }
}
