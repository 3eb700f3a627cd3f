//! One page for a meeting about a plan, good on paper.

use serde_json::Value;

use super::block::{Block, text, words};
use super::shown::{Shown, day_in_words, day_of};
use super::{clocks, scorecard, statement};
use crate::http::Call;

/// The page of a meeting.
pub fn page(call: &Call, value: &Value) -> (String, Vec<Block>) {
    let card = &value["scorecard"];
    let plan = text(&card["title"]);
    let mut about = vec![words("The record as of".to_owned())];
    about.push(words(day_of(&card["as_of"]).unwrap_or_else(|| day_in_words(call.now().day())) + "."));
    if let Some(since) = day_of(&card["since"]) {
        about.push(words(format!("Changes since {since}.")));
    }
    let mut blocks = vec![
        Block::Kind(words("For the meeting")),
        Block::Title(plan.to_owned()),
        Block::Lead(Shown::Line(about)),
        scorecard::since_form(call, &call.raw_path, card),
        Block::Grid(scorecard::brief(card, true)),
    ];
    blocks.push(Block::heading(2, "What is due and not met"));
    blocks.extend(clocks::blocks(&value["clocks"]));
    blocks.push(Block::heading(2, "What was said, and what the figures say"));
    let statements = super::block::items(&value["statements"]);
    match statements.is_empty() {
        true => blocks.push(Block::note(match card["since"].is_null() {
            true => "No statement is on record.",
            false => "No statement of this time is on record.",
        })),
        false => blocks.push(Block::Grid(statement::table(statements))),
    }
    if value["more_statements"] == true {
        blocks.push(Block::Note(Shown::Link {
            address: "/v1/statements?sort=-said_on".to_owned(),
            words: "More statements".to_owned(),
        }));
    }
    blocks.push(Block::Part { name: "aims", blocks: scorecard::rows(card, true) });
    (format!("For the meeting: {plan}"), blocks)
}
