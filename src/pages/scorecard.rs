//! The scorecard of a plan, whole and in brief.

use serde_json::Value;

use super::block::{Block, Field, Form, Grid, items, link, text, words};
use super::codes::Tone;
use super::figures::figures;
use super::layout::query_value;
use super::recommendations::CANNOT_SAY;
use super::shown::{Shown, label, money};
use super::words::{self, word};
use crate::http::Call;

/// The page of the scorecard.
pub fn page(call: &Call, card: &Value) -> (String, Vec<Block>) {
    let title = format!("Scorecard: {}", text(&card["title"]));
    let mut blocks = vec![
        Block::Kind(Shown::Line(vec![words("Scorecard of the plan"), reference(&card["plan"])])),
        Block::Title(text(&card["title"]).to_owned()),
        since_form(call, &call.raw_path, card),
        Block::Grid(brief(card, true)),
    ];
    let of_plan = recommendations(&card["recommendations"], "Recommendations that concern the plan");
    blocks.extend((!of_plan.is_empty()).then(|| Block::note(COUNTED)));
    blocks.extend(of_plan);
    blocks.extend(rows(card, false));
    blocks.push(Block::heading(2, "More"));
    let plan = text(&card["plan"]["self"]);
    let day = call.params.text("since").map_or_else(String::new, |_| since_query(card));
    blocks.push(Block::Links(vec![
        (plan.to_owned(), "The plan".to_owned()),
        (panel_address(card, &day), "One page for a meeting, to print".to_owned()),
    ]));
    (title, blocks)
}

/// The address of the page for a meeting.
fn panel_address(card: &Value, query: &str) -> String {
    let plan = text(&card["plan"]["self"]).rsplit('/').next().unwrap_or_default();
    format!("/panel/{plan}{query}")
}

fn since_query(card: &Value) -> String {
    card["since"].as_str().map(|since| format!("?since={since}")).unwrap_or_default()
}

fn reference(record: &Value) -> Shown {
    link(&record["self"], &record["reference"])
}

/// The form that chooses since when changes are shown.
pub fn since_form(call: &Call, action: &str, card: &Value) -> Block {
    let as_of = call.params.has("as_of").then(|| ("as_of".to_owned(), query_value(call, "as_of")));
    let since = card["since"].as_str().map(|since| since.chars().take(10).collect());
    Block::Form(Form {
        action: action.to_owned(),
        hidden: as_of.into_iter().collect(),
        fields: vec![Field {
            name: "since",
            label: "What has changed since",
            input: "date",
            value: since.unwrap_or_default(),
            is_required: true,
            ..Field::default()
        }],
        button: "Show changes",
        ..Form::default()
    })
}

/// The plan in one table: a line for each priority and objective.
pub fn brief(card: &Value, is_on_page: bool) -> Grid {
    let mut grid = Grid::new(
        "The plan in brief",
        &["Aim", "Pledges", "#Figures on record", "#Actions", "#Overdue", "#Money"],
    );
    for row in items(&card["rows"]) {
        let name = format!("{}{}", number(row), text(&row["title"]));
        let address = match is_on_page {
            true => format!("#{}", anchor(row)),
            false => text(&row["record"]["self"]).to_owned(),
        };
        let measured = items(&row["indicators"]).iter().filter(|one| !one["latest"].is_null()).count();
        let indicators = match items(&row["indicators"]).len() {
            0 => Shown::Nothing,
            all => words(format!("{measured} of {all}")),
        };
        let overdue = row["actions"]["overdue"].as_i64().unwrap_or_default();
        grid.rows.push(vec![
            Shown::Link { address, words: name },
            ratings(items(&row["pledges"])),
            indicators,
            count(&row["actions"]["total"]),
            if overdue > 0 {
                Shown::Word { words: overdue.to_string(), tone: Tone::Bad }
            } else {
                Shown::Nothing
            },
            stack(
                sums(&row["money"])
                    .into_iter()
                    .map(|(sum, what)| Shown::Line(vec![words(sum), Shown::Soft(what)]))
                    .collect(),
            ),
        ]);
    }
    grid.without_empty_columns()
}

/// Values one below the other; nothing where there are none.
fn stack(items: Vec<Shown>) -> Shown {
    if items.is_empty() { Shown::Nothing } else { Shown::Stack(items) }
}

fn count(value: &Value) -> Shown {
    match value.as_i64() {
        None | Some(0) => Shown::Nothing,
        Some(number) => words(number.to_string()),
    }
}

fn number(row: &Value) -> String {
    row["number"].as_i64().map(|number| format!("{number}. ")).unwrap_or_default()
}

fn anchor(row: &Value) -> String {
    text(&row["record"]["reference"]).to_owned()
}

/// How many pledges have which ratings, both of them.
fn ratings(pledges: &[Value]) -> Shown {
    let mut found: Vec<(&str, &str, usize)> = vec![];
    for pledge in pledges {
        let pair = (text(&pledge["rating"]), text(&pledge["panel_rating"]));
        match found.iter_mut().find(|(office, panel, _)| (*office, *panel) == pair) {
            Some((_, _, count)) => *count += 1,
            None => found.push((pair.0, pair.1, 1)),
        }
    }
    let line = |(office, panel, count): (&str, &str, usize)| {
        let mut parts = vec![words(count.to_string()), word(office)];
        if !panel.is_empty() {
            parts.push(Shown::Soft("Panel:".to_owned()));
            parts.push(word(panel));
        }
        Shown::Line(parts)
    };
    if found.is_empty() { Shown::Nothing } else { Shown::Stack(found.into_iter().map(line).collect()) }
}

/// The sums of money that are on record, each with what it is.
fn sums(all: &Value) -> Vec<(String, String)> {
    let groups = [
        (&all["funds"]["in"], "income"),
        (&all["funds"]["out"], "funds"),
        (&all["services"], "services"),
        (&all["grants"], "grants"),
    ];
    let mut found = vec![];
    for (stages, what) in groups {
        for (stage, figure) in stages.as_object().into_iter().flatten() {
            if let Some(sum) = figure["sum"].as_object().and_then(money) {
                let about = if figure["exact"] == false { "≈ " } else { "" };
                found.push((format!("{about}{sum}"), format!("{what} {}", words::of(stage))));
            }
        }
    }
    found
}

/// All that is on record of each priority and objective. On paper the changes are not folded.
pub fn rows(card: &Value, is_paper: bool) -> Vec<Block> {
    let mut all: Vec<Block> = items(&card["rows"]).iter().map(|row| aim(row, is_paper)).collect();
    if !items(&card["changed"]).is_empty() {
        let mut blocks = vec![Block::heading(2, "The plan itself and what belongs to no priority")];
        blocks.extend(changes(&card["changed"], is_paper));
        all.push(Block::Part { name: "aim", blocks });
    }
    if card["truncated"] == true {
        all.push(Block::note("There is more than one page can show. The downloads below have the rest."));
    }
    all
}

fn aim(row: &Value, is_paper: bool) -> Block {
    let title = Shown::Line(vec![Shown::Link {
        address: text(&row["record"]["self"]).to_owned(),
        words: format!("{}{}", number(row), text(&row["title"])),
    }]);
    let mut blocks = vec![Block::Heading { level: 2, id: anchor(row), words: title }];
    let mut about = vec![label(&words::of(text(&row["record"]["kind"])))];
    about.extend(row["priority"].as_str().map(|priority| format!("of priority {priority}")));
    about.extend(row["lead"].as_str().map(|lead| format!("led by {lead}")));
    blocks.push(Block::note(&format!("{}.", about.join(", "))));
    blocks.extend(figures(items(&row["indicators"])));
    if !items(&row["pledges"]).is_empty() {
        blocks.push(Block::Grid(pledges(items(&row["pledges"]))));
    }
    blocks.extend(actions(&row["actions"]));
    let sums = sums(&row["money"]);
    let many = sums.len();
    if many > 0 {
        let mut grid = Grid::new("Money", &["Stage", "#Sum"]);
        grid.rows = sums.into_iter().map(|(sum, what)| vec![words(label(&what)), words(sum)]).collect();
        blocks.push(Block::Grid(grid));
        if many > 1 {
            blocks.push(Block::note(super::money::TWICE));
        }
        if row["money"]["exact"] == false {
            blocks.push(Block::note("≈: some of these amounts are approximate, a minimum or a maximum."));
        }
    }
    let others: Vec<String> = [("services", "service"), ("grants", "grant")]
        .iter()
        .filter_map(|(name, one)| match row[name].as_i64()? {
            0 => None,
            1 => Some(format!("1 {one}")),
            many => Some(format!("{many} {name}")),
        })
        .collect();
    if !others.is_empty() {
        blocks.push(Block::note(&format!("Linked with it: {}.", others.join(" and "))));
    }
    blocks.extend(recommendations(&row["recommendations"], "Recommendations"));
    if let Some(changed) = row.get("changed").filter(|changed| !changed.is_null()) {
        blocks.extend(changes(changed, is_paper));
    }
    Block::Part { name: "aim", blocks }
}

/// The recommendations of each aim and of the plan itself, in one table: open, overdue and unanswered; nothing where none is
/// open.
pub fn recommendations_of_plan(card: &Value) -> Vec<Block> {
    let mut grid =
        Grid::new("Open recommendations", &["Aim", "#Open", "#Overdue", "#Unanswered", "The first of them"]);
    let of = |name: Shown, value: &Value| {
        value["open"].as_i64().filter(|open| *open > 0)?;
        let overdue = match value["overdue"].as_i64() {
            Some(number) if number > 0 => Shown::Word { words: number.to_string(), tone: Tone::Bad },
            Some(_) => Shown::Nothing,
            None => Shown::Soft("cannot be known".to_owned()),
        };
        let first = items(&value["first"]).first();
        let first = first.map_or(Shown::Nothing, |one| link(&one["record"]["self"], &one["wording"]));
        Some(vec![name, count(&value["open"]), overdue, count(&value["unanswered"]), first])
    };
    grid.rows.extend(items(&card["rows"]).iter().filter_map(|row| {
        let name = Value::from(format!("{}{}", number(row), text(&row["title"])));
        of(link(&row["record"]["self"], &name), &row["recommendations"])
    }));
    grid.rows.extend(of(words("The plan itself"), &card["recommendations"]));
    if grid.rows.is_empty() { vec![] } else { vec![Block::Grid(grid), Block::note(COUNTED)] }
}

/// What is counted of recommendations: the unlinked records of the plan say something else of the same name.
pub const COUNTED: &str = "Counted are the open recommendations that name a priority or an objective of the plan, whenever they were made. The unlinked records of the plan list others: those made within its dates that no response answers.";

/// The open recommendations: how many, and the first of them; nothing where there are none.
fn recommendations(value: &Value, title: &str) -> Vec<Block> {
    let number = |name: &str| value[name].as_i64().unwrap_or_default();
    if number("open") == 0 {
        return vec![];
    }
    let mut parts =
        vec![words(format!("{title}: {} open, {} unanswered.", number("open"), number("unanswered")))];
    if number("overdue") > 0 {
        parts.push(Shown::Word { words: format!("{} overdue", number("overdue")), tone: Tone::Bad });
    }
    if value["overdue"].is_null() {
        parts.push(Shown::Soft(CANNOT_SAY.to_owned()));
    }
    let line = |one: &Value| {
        let mut parts = vec![link(&one["record"]["self"], &one["wording"])];
        let day = one["due"].as_str().and_then(super::shown::day);
        parts.extend(day.map(|day| Shown::Soft(format!("due {day}"))));
        if one["overdue"] == true {
            parts.push(Shown::Word { words: "overdue".to_owned(), tone: Tone::Bad });
        }
        Shown::Line(parts)
    };
    let first = items(&value["first"]).iter().map(line).collect();
    vec![Block::Text(Shown::Line(parts)), Block::Items(first)]
}

/// The pledges with both ratings side by side.
pub fn pledges(pledges: &[Value]) -> Grid {
    let mut grid = Grid::new("Pledges", &["Pledge", "The office says", "The Panel says"]);
    let rating = |pledge: &Value, rating: &str, day: &str| {
        let Some(code) = pledge[rating].as_str() else { return Shown::Soft("has not rated it".to_owned()) };
        let day = pledge[day].as_str().and_then(super::shown::day);
        Shown::Stack([Some(word(code)), day.map(Shown::Soft)].into_iter().flatten().collect())
    };
    let row = |pledge: &Value| {
        vec![
            link(&pledge["record"]["self"], &pledge["wording"]),
            rating(pledge, "rating", "rated_on"),
            rating(pledge, "panel_rating", "panel_rated_on"),
        ]
    };
    grid.rows = pledges.iter().map(row).collect();
    grid
}

fn actions(actions: &Value) -> Option<Block> {
    let total = actions["total"].as_i64().filter(|total| *total > 0)?;
    let mut parts: Vec<Shown> = vec![words(format!("Actions: {total}."))];
    for (status, count) in actions["by_status"].as_object().into_iter().flatten() {
        if let Some(count) = count.as_i64().filter(|count| *count > 0) {
            parts.push(words(format!("{}: {count}.", label(&words::of(status)))));
        }
    }
    if let Some(overdue) = actions["overdue"].as_i64().filter(|overdue| *overdue > 0) {
        parts.push(Shown::Word { words: format!("{overdue} overdue"), tone: Tone::Bad });
    }
    Some(Block::Text(Shown::Line(parts)))
}

/// What changed: each in a sentence, on paper the first publications of a kind in one.
pub fn changes(changed: &Value, is_paper: bool) -> Vec<Block> {
    let all = items(changed);
    if all.is_empty() {
        return vec![Block::note("Nothing has changed here since that day.")];
    }
    let summary = match all.len() {
        1 => "What has changed: 1 record".to_owned(),
        many => format!("What has changed: {many} records"),
    };
    let lines = match is_paper {
        true => super::changes::in_short(all),
        false => all.iter().map(super::changes::line).collect(),
    };
    let list = Block::Items(lines);
    match is_paper {
        true => vec![Block::Part { name: "small", blocks: vec![Block::heading(3, &summary), list] }],
        false => vec![Block::Folded { summary, blocks: vec![list] }],
    }
}
