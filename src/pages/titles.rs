//! The titles of records that a page names only by their references: what the same caller reads in those records.

use std::collections::HashMap;

use serde_json::Value;

use super::block::Block;
use super::reading::Reading;
use super::record::title_of;
use super::shown::{Shown, address_of};
use crate::http::State;
use crate::http::operation::Method;
use crate::http::table::find_path;
use crate::problem::Problem;
use crate::record::kind::KindDef;

/// How many titles one page reads at most. Other records keep their references.
const MOST: usize = 40;

/// Puts titles where links have only references.
pub fn fill(reading: &mut Reading<'_>, blocks: &mut [Block]) -> Result<(), Problem> {
    let state = reading.call.state.clone();
    let mut titles: HashMap<String, Option<String>> = HashMap::new();
    let mut found: Vec<(String, &'static KindDef, String)> = vec![];
    each(blocks, &mut |shown| {
        if let Shown::Link { address, words } = shown
            && let Some(kind) = named(&state, address, words)
            && found.len() < MOST
            && !found.iter().any(|(known, _, _)| known == address)
        {
            found.push((address.clone(), kind, words.clone()));
        }
    });
    let at = reading.same(&["as_of", "asOf"]);
    for (address, kind, name) in found {
        let title = title(reading, kind, &name, &at)?;
        titles.insert(address, title);
    }
    each(blocks, &mut |shown| {
        if let Shown::Link { address, words } = shown
            && let Some(Some(title)) = titles.get(address)
            && named(&state, address, words).is_some()
        {
            words.clone_from(title);
        }
    });
    Ok(())
}

/// The kind of the record that a link names by its reference.
fn named(state: &State, address: &str, name: &str) -> Option<&'static KindDef> {
    let path = address.strip_prefix("/v1/")?.split('/').next()?;
    let kind = state.kinds.iter().copied().find(|kind| kind.def.path == path)?;
    (address == address_of(kind, name)).then_some(kind)
}

fn title(reading: &mut Reading<'_>, kind: &KindDef, name: &str, at: &str) -> Result<Option<String>, Problem> {
    let path = format!("/v1/{}/{{id}}", kind.def.path);
    let Some(operation) = find_path(Method::Get, &path) else { return Ok(None) };
    // The parameters of a page about a series do not all apply to a record.
    let query = if at.starts_with("asOf") { at.replacen("asOf", "as_of", 1) } else { at.to_owned() };
    let record = reading.other(&operation.id, &[("id", name)], &query)?;
    let field = |name: &str| record[name].as_str().unwrap_or_default().to_owned();
    let title = if record == Value::Null { String::new() } else { title_of(kind, field) };
    Ok(Some(title).filter(|title| !title.is_empty()))
}

fn each(blocks: &mut [Block], work: &mut dyn FnMut(&mut Shown)) {
    for block in blocks {
        match block {
            Block::Kind(shown) | Block::Lead(shown) | Block::Text(shown) | Block::Note(shown) => {
                within(shown, work);
            }
            Block::Value(shown)
            | Block::Heading { words: shown, .. }
            | Block::Figure { words: shown, .. } => {
                within(shown, work);
            }
            Block::Grid(grid) => grid.rows.iter_mut().flatten().for_each(|shown| within(shown, work)),
            Block::Items(items) => items.iter_mut().for_each(|shown| within(shown, work)),
            Block::Folded { blocks, .. } | Block::Part { blocks, .. } => each(blocks, work),
            Block::Title(_) | Block::Links(_) | Block::Form(_) => {}
        }
    }
}

fn within(shown: &mut Shown, work: &mut dyn FnMut(&mut Shown)) {
    work(shown);
    match shown {
        Shown::List(items) | Shown::Line(items) | Shown::Stack(items) => {
            items.iter_mut().for_each(|item| within(item, work));
        }
        Shown::Table { rows, .. } => rows.iter_mut().flatten().for_each(|cell| within(cell, work)),
        Shown::Fields(fields) => fields.iter_mut().for_each(|(_, field)| within(field, work)),
        _ => {}
    }
}
