//! The figures of an aim: each with its latest value, its trend, its change, its verdict and its target.

use serde_json::Value;

use super::block::{Block, Grid, items, link, text, words};
use super::codes::Tone;
use super::shown::Shown;
use super::words::{self, certainty, figure, signed, word, word_of};

/// The indicators with a figure as a table, and the others in a sentence.
pub fn figures(indicators: &[Value]) -> Vec<Block> {
    let (with, without): (Vec<&Value>, Vec<&Value>) =
        indicators.iter().partition(|indicator| !indicator["latest"].is_null());
    let mut blocks = vec![];
    if !with.is_empty() {
        let mut grid =
            Grid::new("Figures", &["Figure", "#Latest", "Trend", "Change", "Real or noise?", "Target"]);
        grid.is_wide = true;
        grid.rows = with.into_iter().map(indicator).collect();
        blocks.push(Block::Grid(grid));
    }
    if !without.is_empty() {
        let mut parts = vec![Shown::Soft("No figure on record:".to_owned())];
        let last = without.len() - 1;
        for (n, one) in without.into_iter().enumerate() {
            let end = if n == last { "." } else { "," };
            parts.push(Shown::Link {
                address: text(&one["record"]["self"]).to_owned(),
                words: format!("{}{end}", text(&one["title"])),
            });
        }
        blocks.push(Block::Note(Shown::Line(parts)));
    }
    blocks
}

fn indicator(one: &Value) -> Vec<Shown> {
    let unit = text(&one["unit"]);
    let mut name = vec![link(&one["record"]["self"], &one["title"])];
    if let Some(of) = one["headline"]["words"].as_str() {
        name.push(Shown::Soft(of.to_owned()));
    }
    let latest = &one["latest"];
    let mut value = vec![words(figure(text(&latest["value"]), unit))];
    let period = text(&latest["words"]);
    match certainty(text(&latest["status"])) {
        Some(certainty) => value.push(Shown::Soft(format!("{period}, {certainty}"))),
        None => value.push(Shown::Soft(period.to_owned())),
    }
    if one["stale"] == true {
        value.push(Shown::Word { words: "out of date".to_owned(), tone: Tone::Bad });
    }
    vec![
        Shown::Stack(name),
        Shown::Stack(value),
        sparkline(one),
        change(one, unit),
        verdict(one),
        target(one, unit),
    ]
}

/// The picture of the last values, where there are some, with a link to the large one.
fn sparkline(one: &Value) -> Shown {
    let values = items(&one["points"]).iter().filter(|point| !point["value"].is_null()).count();
    let chart = one["spc"].as_str().filter(|_| values > 1);
    let Some(address) = chart.and_then(|spc| {
        let (series, query) = spc.split_once("/spc?")?;
        Some(format!("{series}/chart.svg?kind=sparkline&{query}"))
    }) else {
        return Shown::Nothing;
    };
    let words = format!("The last {values} values of {}", text(&one["title"]));
    Shown::Picture { dark: format!("{address}&theme=dark"), address, words, width: 160, height: 40 }
}

/// What changed against the base that the indicator declares, with its receipt. An only value has no change.
fn change(one: &Value, unit: &str) -> Shown {
    let comparison = &one["comparison"];
    let is_only = comparison["change"].is_null()
        && comparison["change_pp"].is_null()
        && items(&one["points"]).len() < 2;
    if comparison.is_null() || is_only {
        return Shown::Nothing;
    }
    Shown::Stack(comparison_words(comparison, text(&comparison["base"]), unit, &one["variation"]))
}

/// What a comparison says: the change, whether it is good news, and what it is compared with. `variation` is the verdict of
/// the control chart on the same value: only a change that it calls real has the colours of good and bad news.
pub fn comparison_words(comparison: &Value, base: &str, unit: &str, variation: &Value) -> Vec<Shown> {
    let points =
        comparison["change_pp"].as_str().map(|change| format!("{} percentage points", signed(change, "")));
    let Some(change) = comparison["change"].as_str().map(|change| signed(change, unit)).or(points) else {
        let reason = comparison["reason_words"].as_str().unwrap_or("No comparison.");
        return vec![Shown::Soft(match base {
            "" => reason.to_owned(),
            base => format!("Against {base}: {}", lower(reason)),
        })];
    };
    let by = match comparison["change_pct"].as_str() {
        Some(percent) => format!("{change} ({})", signed(percent, "PERCENT")),
        None => change,
    };
    let mut parts = vec![match comparison["receipt"].as_str() {
        Some(receipt) => Shown::Link { address: receipt.to_owned(), words: by },
        None => words(by),
    }];
    let is_real = variation.as_str().is_some_and(|code| REAL.contains(&code));
    let word = comparison["favourable"].as_bool().map(|good| match (good, is_real) {
        (true, true) => Shown::Word { words: "better".to_owned(), tone: Tone::Good },
        (false, true) => Shown::Word { words: "worse".to_owned(), tone: Tone::Bad },
        (true, false) => Shown::Soft("better".to_owned()),
        (false, false) => Shown::Soft("worse".to_owned()),
    });
    parts.extend(word);
    let mut all = vec![Shown::Line(parts), Shown::Soft(format!("against {base}."))];
    if let Some(reason) = comparison["reason_words"].as_str() {
        all.push(Shown::Soft(reason.to_owned()));
    }
    all
}

fn lower(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

/// The verdicts of a control chart that a change is more than the usual ups and downs.
const REAL: &[&str] = &["improvement", "concern", "neutral_high", "neutral_low"];

/// Warnings of a control chart without which its verdict would say more than it can.
pub const CAVEATS: &[&str] = &["unstable_phase", "few_for_limits", "latest_without_value"];

/// What the control chart says.
fn verdict(one: &Value) -> Shown {
    let mut parts = vec![match one["variation"].as_str() {
        Some(variation) => word(variation),
        None => match one["variation_reason"].as_str() {
            Some(reason) => Shown::Soft(words::of(reason)),
            None => Shown::Nothing,
        },
    }];
    // Without a verdict there is nothing to limit.
    let codes = items(&one["variation_warnings"]).iter().filter_map(Value::as_str);
    let caveats = codes.filter(|code| one["variation"].is_string() && CAVEATS.contains(code));
    parts.extend(caveats.map(|code| Shown::Soft(words::of(code))));
    if let Some(address) = one["chart"].as_str() {
        parts.push(Shown::Link { address: address.to_owned(), words: "Control chart".to_owned() });
    }
    Shown::Stack(parts)
}

fn target(one: &Value, unit: &str) -> Shown {
    let Some(value) = one["target"]["value"].as_str() else { return Shown::Nothing };
    let operator = match text(&one["target"]["operator"]) {
        "le" => "at most",
        _ => "at least",
    };
    let mut parts = vec![words(format!("{operator} {}", figure(value, unit)))];
    if !one["target_status"].is_null() {
        parts.push(word_of(&one["target_status"]));
    }
    if one["assurance"].is_string() {
        parts.push(word_of(&one["assurance"]));
    }
    Shown::Stack(parts)
}
