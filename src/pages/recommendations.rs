//! Recommendations in a table: to whom they were made and when, what is due, and what became of them.

use serde_json::Value;

use super::block::{Block, Grid, items, link, text, words};
use super::clocks::{day, state};
use super::codes::Tone;
use super::labels::code_in;
use super::shown::Shown;
use super::words::word;

/// What is said where nobody can know whether anything is late.
pub const CANNOT_SAY: &str = "The public record cannot say whether any is overdue.";

/// States of what is due of which nobody can know whether it is late.
pub const UNKNOWN: &[&str] = &["not_on_record", "not_public"];

/// Whether these records are recommendations: they are made to somebody, are open or closed, and have what is due.
pub fn are(rows: &[Value]) -> bool {
    let is_one =
        |row: &Value| row["addressed_to"].is_array() && row["clocks"].is_array() && row["open"].is_boolean();
    !rows.is_empty() && rows.iter().all(is_one)
}

/// How many of them are open, how many overdue, of how many nobody can know it, and the table.
pub fn blocks(rows: &[Value]) -> Vec<Block> {
    let open = rows.iter().filter(|row| row["open"] == true).count();
    let late = late(rows);
    let mut grid =
        Grid::new("Recommendations", &["Recommendation", "To", "Made", "Due", "What became of it"]);
    grid.rows = rows.iter().map(row).collect();
    let are = if open == 1 { "is" } else { "are" };
    let lead = format!("Of the {} recommendations here {open} {are} open. {late}", rows.len());
    vec![Block::Lead(words(lead)), Block::Grid(grid)]
}

/// How many are overdue. Of those that could be met without being on record, or being public, nobody can know it.
fn late(rows: &[Value]) -> String {
    let any = |row: &Value, is: fn(&Value) -> bool| items(&row["clocks"]).iter().any(is);
    let is_overdue = |row: &Value| any(row, |clock| clock["state"] == "overdue");
    let is_unknown =
        |row: &Value| !is_overdue(row) && any(row, |clock| UNKNOWN.contains(&text(&clock["state"])));
    let count = |is: &dyn Fn(&Value) -> bool| rows.iter().filter(|row| is(row)).count();
    let with_day = count(&|row| any(row, |clock| clock["due"].is_string()));
    let (overdue, unknown) = (count(&is_overdue), count(&is_unknown));
    let have = match with_day {
        0 => return "None has a due date on record, so nobody can say whether any is late.".to_owned(),
        1 => "1 has a due date on record.".to_owned(),
        many => format!("{many} have a due date on record."),
    };
    let are = if overdue == 1 { "is" } else { "are" };
    match (overdue, unknown) {
        (_, 0) => format!("{have} {overdue} {are} overdue."),
        (0, unknown) if unknown == with_day => format!("{have} {CANNOT_SAY}"),
        (0, unknown) => {
            format!("{have} {CANNOT_SAY} It cannot be known of {unknown}; none of the others is.")
        }
        (_, unknown) => {
            format!("{have} {overdue} {are} overdue. Of {unknown} more the public record cannot say it.")
        }
    }
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_cannot_be_known_is_not_counted_as_in_time() {
        let one = |states: &[&str]| {
            let clocks: Vec<Value> =
                states.iter().map(|state| json!({"state": state, "due": "2026-07-01"})).collect();
            json!({"clocks": clocks})
        };
        let overdue = || one(&["met", "overdue"]);
        let (running, unknown) = (|| one(&["running"]), || one(&["not_on_record", "not_public"]));
        for (rows, words) in [
            (
                vec![json!({"clocks": []})],
                "None has a due date on record, so nobody can say whether any is late.",
            ),
            (vec![running(), running()], "2 have a due date on record. 0 are overdue."),
            (vec![overdue(), one(&["overdue", "not_public"])], "2 have a due date on record. 2 are overdue."),
            (
                vec![unknown()],
                "1 has a due date on record. The public record cannot say whether any is overdue.",
            ),
            (
                vec![unknown(), running(), unknown()],
                "3 have a due date on record. The public record cannot say whether any is overdue. It cannot be known of 2; none of the others is.",
            ),
            (
                vec![unknown(), overdue()],
                "2 have a due date on record. 1 is overdue. Of 1 more the public record cannot say it.",
            ),
        ] {
            assert_eq!(late(&rows), words);
        }
    }
}
