//! One page for a meeting about a plan, good on paper.

use serde_json::Value;

use super::block::{Block, text, words};
use super::reading::Reading;
use super::shown::{Shown, address_of, day_in_words, day_of};
use super::{clocks, scorecard, statement};
use crate::problem::Problem;
use crate::record::BODY;

/// The page of a meeting.
pub fn page(reading: &mut Reading<'_>, value: &Value) -> Result<(String, Vec<Block>), Problem> {
    let call = reading.call;
    let card = &value["scorecard"];
    let plan = text(&card["title"]);
    let mut about = vec![words(format!("The record as of {}.", day_in_words(call.now().day())))];
    if let Some(since) = day_of(&card["since"]) {
        about.push(words(format!("Changes since {since}.")));
    }
    // On paper nothing else says whose plan it is.
    let mut kind = vec![words("For the meeting")];
    let plan_of = reading.other("get_plan", &[("id", text(&card["plan"]["id"]))], "")?;
    if let (Some(body), Some(bodies)) = (plan_of["body"].as_str(), call.state.kind(BODY)) {
        kind.push(words("·"));
        kind.push(Shown::Link { address: address_of(bodies, body), words: body.to_owned() });
    }
    let mut blocks = vec![
        Block::Kind(Shown::Line(kind)),
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
    Ok((format!("For the meeting: {plan}"), blocks))
}
