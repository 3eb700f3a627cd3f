//! The titles of records that a page names only by their references: what the same caller reads in those records.

use std::collections::HashMap;

use serde_json::Value;

use super::block::Block;
use super::reading::Reading;
use super::shown::{Shown, address_of};
use crate::http::State;
use crate::problem::Problem;
use crate::record::kind::KindDef;
use crate::record::read::{self, Name, Row};

/// How many titles one page reads at most. Other records keep their references.
const MOST: usize = 40;

/// Puts titles where links have only references. One statement reads all of them.
pub fn fill(reading: &mut Reading<'_>, blocks: &mut [Block]) -> Result<(), Problem> {
    let visibility = reading.visibility();
    let Some(conn) = reading.conn.as_deref_mut() else { return Ok(()) };
    let state = reading.call.state.clone();
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
    let names: Vec<(&KindDef, Name)> =
        found.iter().filter_map(|(_, kind, name)| Some((*kind, Name::parse(kind, name)?))).collect();
    let rows = read::named(conn, &names, &visibility)?;
    let mut titles: HashMap<String, String> = HashMap::new();
    for (address, kind, name) in &found {
        let Some(parsed) = Name::parse(kind, name) else { continue };
        let mut own = rows.iter().filter(|row| row.kind == kind.def.name && is_named(row, &parsed));
        // Where records of several owners have the name, the reference says as much.
        if let (Some(row), None) = (own.next(), own.next())
            && let Some(title) = title(kind, row)
        {
            titles.insert(address.clone(), title);
        }
    }
    each(blocks, &mut |shown| {
        if let Shown::Link { address, words } = shown
            && let Some(title) = titles.get(address)
            && named(&state, address, words).is_some()
        {
            words.clone_from(title);
        }
    });
    Ok(())
}

/// Whether a record has a name.
fn is_named(row: &Row, name: &Name) -> bool {
    match name {
        Name::Id(id) => row.record == *id,
        Name::InBody(body, reference) => {
            row.body_reference.as_ref() == Some(body) && row.reference == *reference
        }
        Name::Shared(reference) => row.reference == *reference,
    }
}

/// The whole title of a record; none where it has none.
fn title(kind: &KindDef, row: &Row) -> Option<String> {
    let content: Value = serde_json::from_str(&row.content).ok()?;
    content[kind.def.title].as_str().filter(|title| !title.is_empty()).map(str::to_owned)
}

/// The kind of the record that a link names by its reference.
fn named(state: &State, address: &str, name: &str) -> Option<&'static KindDef> {
    let path = address.strip_prefix("/v1/")?.split('/').next()?;
    let kind = state.kinds.iter().copied().find(|kind| kind.def.path == path)?;
    (address == address_of(kind, name)).then_some(kind)
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
