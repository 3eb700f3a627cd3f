//! The series of an indicator: what its page shows of them, and their list.

use serde_json::{Map, Value};

use super::block::{Block, items, link, text};
use super::reading::Reading;
use super::series::{all_of, name};
use super::statement;
use super::words::of;
use crate::problem::Problem;
use crate::resources::IndicatorContent;

/// How many statements, and how many other series, an indicator without figures shows.
const ALIKE: usize = 10;

/// What an indicator's page shows besides its fields: its only series or that of its headline whole, and its other series.
pub fn of_indicator(
    reading: &mut Reading<'_>,
    indicator: &Map<String, Value>,
) -> Result<Vec<Block>, Problem> {
    let field = |name: &str| indicator.get(name).and_then(Value::as_str);
    let id = field("id").unwrap_or_default();
    let list = reading.other("list_series", &[], &format!("indicator={id}&limit=200"))?;
    let all = items(&list["data"]);
    if all.is_empty() {
        return without_figures(reading, id, field("title").unwrap_or_default());
    }
    let headline = match all {
        [only] => Some(text(&only["key"]).to_owned()),
        _ => headline(reading, id, indicator)?,
    };
    let mut blocks = vec![];
    let heading = |words: &str| Block::heading(2, words);
    if let Some(key) = &headline {
        let series = reading.other("get_series", &[("key", key)], "")?;
        blocks.push(heading(&match name(&series).as_str() {
            "" => "Figures".to_owned(),
            name => format!("Figures: {name}"),
        }));
        blocks.extend(all_of(reading, &series, field("headline_comparison"))?);
    }
    let others: Vec<_> =
        all.iter().filter(|series| series["key"].as_str() != headline.as_deref()).map(line).collect();
    if others.is_empty() {
        return Ok(blocks);
    }
    blocks.push(heading(if headline.is_some() { "Other series" } else { "Figures" }));
    let (many, is_short) = (others.len(), others.len() <= 10);
    let mut list_of = vec![Block::Items(others)];
    if !list["page"]["next"].is_null() {
        list_of.push(Block::Links(vec![(format!("/v1/series?indicator={id}"), "All series".to_owned())]));
    }
    match is_short {
        true => blocks.extend(list_of),
        false => {
            blocks.push(Block::Folded { summary: format!("{many} series of figures"), blocks: list_of });
        }
    }
    let every = |format: &str| format!("/v1/observations?indicator={id}&{format}");
    blocks.push(Block::Links(vec![
        (every("format=csv&for=spreadsheet"), "The values of all series as CSV".to_owned()),
        (every("format=xlsx"), "The values of all series as a spreadsheet (XLSX)".to_owned()),
    ]));
    Ok(blocks)
}

/// The key of the series that stands for an indicator, as the scorecard has it; none where none does.
fn headline(
    reading: &mut Reading<'_>,
    id: &str,
    indicator: &Map<String, Value>,
) -> Result<Option<String>, Problem> {
    let Ok(content) = serde_json::from_value::<IndicatorContent>(Value::Object(indicator.clone())) else {
        return Ok(None);
    };
    let body = indicator.get("body").and_then(Value::as_str).unwrap_or_default();
    let body = reading.other("get_policing_body", &[("id", body)], "")?;
    let area = text(&body["area"]).to_owned();
    let ons = reading.other("get_area", &[("id", &area)], "")?;
    let names: Vec<&str> = [Some(area.as_str()), ons["ons_code"].as_str()].into_iter().flatten().collect();
    let Ok(codes) = content.headline_codes(&names) else { return Ok(None) };
    let chosen = content.dimensions.iter().zip(&codes);
    let filter: String = chosen.map(|(dimension, code)| format!("&c[{}]={code}", dimension.code)).collect();
    let found = reading.other("list_series", &[], &format!("indicator={id}{filter}&limit=1"))?;
    Ok(found["data"][0]["key"].as_str().map(str::to_owned))
}

/// What an indicator without figures shows instead: what was said of it, and the figures of others with its words.
fn without_figures(reading: &mut Reading<'_>, id: &str, title: &str) -> Result<Vec<Block>, Problem> {
    let mut blocks = vec![Block::note("No figures are on record for this indicator.")];
    let limit = ALIKE;
    let said = reading.other("list_statements", &[], &format!("indicator={id}&limit={limit}"))?;
    let lines: Vec<_> = items(&said["data"]).iter().map(statement::line).collect();
    if !lines.is_empty() {
        blocks.push(Block::heading(2, "What was said of it"));
        blocks.push(Block::Items(lines));
    }
    let mut alike = vec![];
    let indicators = reading.other("list_indicators", &[], "limit=200")?;
    for other in items(&indicators["data"]).iter().filter(|other| other["id"] != id) {
        for dimension in items(&other["dimensions"]) {
            for code in items(&dimension["codes"]).iter().filter(|code| has_words(text(&code["name"]), title))
            {
                let address = format!(
                    "/v1/series?indicator={}&c[{}]={}",
                    text(&other["id"]),
                    text(&dimension["code"]),
                    text(&code["code"])
                );
                let words = format!("{}: {}", text(&other["title"]), text(&code["name"]));
                alike.push(link(&Value::from(address), &Value::from(words)));
            }
        }
    }
    alike.truncate(ALIKE);
    if !alike.is_empty() {
        blocks.push(Block::heading(2, "Figures of others with the same words"));
        blocks.push(Block::Items(alike));
    }
    Ok(blocks)
}

/// Whether a name has all words of another, in any order.
fn has_words(name: &str, words: &str) -> bool {
    let split = |text: &str| -> Vec<String> {
        text.to_lowercase().split(|letter: char| !letter.is_alphanumeric()).map(str::to_owned).collect()
    };
    let own = split(name);
    !words.is_empty() && split(words).iter().all(|word| own.contains(word))
}

fn line(series: &Value) -> super::shown::Shown {
    let often = of(text(&series["frequency"]));
    let words = match name(series).as_str() {
        "" => often,
        name => format!("{name}, {often}"),
    };
    link(&series["self"], &Value::from(words))
}

/// The list of the series of an indicator.
pub fn list(
    reading: &mut Reading<'_>,
    value: &Value,
    next: Option<String>,
) -> Result<(String, Vec<Block>), Problem> {
    let requested = super::layout::query_value(reading.call, "indicator");
    let indicator = reading.other("get_indicator", &[("id", &requested)], "")?;
    let title = match indicator["title"].as_str() {
        Some(title) => format!("Series of figures: {title}"),
        None => "Series of figures".to_owned(),
    };
    let lines: Vec<_> = items(&value["data"]).iter().map(line).collect();
    let mut blocks =
        vec![Block::Kind(link(&indicator["self"], &indicator["title"])), Block::Title(title.clone())];
    if lines.is_empty() {
        blocks.push(Block::text("No figures are on record."));
        let mut ways = vec![("/v1/indicators".to_owned(), "All figures".to_owned())];
        if let Some(address) = indicator["self"].as_str() {
            ways.insert(0, (address.to_owned(), "The indicator, and what was said of it".to_owned()));
        }
        blocks.push(Block::Links(ways));
    } else {
        blocks.push(Block::Items(lines));
    }
    blocks.extend(Block::next(next));
    Ok((title, blocks))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_compared_whole() {
        for (name, words, has) in [
            ("Residential burglary", "Burglary", true),
            ("Burglary: home", "home burglary", true),
            ("Burglaries", "Burglary", false),
            ("Theft", "", false),
        ] {
            assert_eq!(has_words(name, words), has, "{name}, {words}");
        }
    }
}
