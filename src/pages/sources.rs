//! The sources of a record, each with its licence and its link.

use serde_json::{Map, Value};

use super::block::{Block, Grid, items, text, words};
use super::reading::Reading;
use super::shown::{Shown, address_of};
use crate::problem::Problem;
use crate::record::kind::SOURCES;
use crate::record::read::{self, Name};

/// The sources that a record names, in a table; nothing where it names none, or none can be read.
pub fn table(reading: &mut Reading<'_>, fields: &Map<String, Value>) -> Result<Option<Block>, Problem> {
    let uses = fields.get("sources").map(items).unwrap_or_default();
    let visibility = reading.visibility();
    let (Some(kind), Some(conn)) = (reading.call.state.kind(SOURCES.kind), reading.conn.as_deref_mut())
    else {
        return Ok(None);
    };
    let name_of = |one: &Value| Name::parse(kind, text(&one["source"]));
    let names: Vec<_> = uses.iter().filter_map(|one| Some((kind, name_of(one)?))).collect();
    let rows = read::named(conn, &names, &visibility)?;
    if uses.is_empty() || rows.is_empty() {
        return Ok(None);
    }
    let mut grid = Grid::new("Sources", &["Source", "Place in it", "Licence", "Where it is"]);
    for one in uses {
        let name = text(&one["source"]);
        let row = rows.iter().find(|row| row.reference == name || row.record.to_string() == name);
        let content =
            row.and_then(|row| serde_json::from_str::<Value>(&row.content).ok()).unwrap_or_default();
        let title = content["title"].as_str().unwrap_or(name).to_owned();
        let publisher = content["publisher"].as_str();
        let address = content["url"].as_str();
        grid.rows.push(vec![
            Shown::Link { address: address_of(kind, name), words: title },
            one["locator"].as_str().map_or(Shown::Nothing, words),
            content["licence"].as_str().map_or(Shown::Nothing, words),
            match (address, publisher) {
                (Some(address), publisher) => Shown::Link {
                    address: address.to_owned(),
                    words: publisher.unwrap_or(address).to_owned(),
                },
                (None, Some(publisher)) => words(publisher),
                (None, None) => Shown::Nothing,
            },
        ]);
    }
    Ok(Some(Block::Grid(grid.without_empty_columns())))
}
