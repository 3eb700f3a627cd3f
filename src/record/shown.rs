//! Contents as their readers see them: before its publication a version can name records that only its office sees. What was
//! public and is withdrawn stays named for everybody: its tombstone is public.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::links;
use super::read;
use super::resolve;
use super::row::{Audience, Row};
use super::visible::Visibility;
use crate::clock::Id;
use crate::problem::Problem;
use crate::store::Conn;

/// These versions as a reader sees them: without the names of records that are hidden from the reader.
pub fn to_reader<'a>(
    conn: &mut Conn,
    rows: &[(&'a Row, Audience)],
    visibility: &Visibility,
) -> Result<Vec<Cow<'a, Row>>, Problem> {
    let partner: Vec<(Id, i64)> = rows
        .iter()
        .filter(|(row, audience)| *audience != Audience::Public && !visibility.reads_drafts_of(row))
        .map(|(row, _)| (row.record, row.version))
        .collect();
    let hidden = if partner.is_empty() { BTreeMap::new() } else { hidden_names(conn, &partner, visibility)? };
    let shown = |(row, _): &(&'a Row, Audience)| {
        Ok(match hidden.get(&(row.record, row.version)) {
            Some(places) => Cow::Owned(Row { content: without(row, places)?.into(), ..(*row).clone() }),
            None => Cow::Borrowed(*row),
        })
    };
    rows.iter().map(shown).collect()
}

/// The paths and positions at which a version names records that the reader cannot see.
type Places = Vec<(String, i64)>;

fn hidden_names(
    conn: &mut Conn,
    versions: &[(Id, i64)],
    visibility: &Visibility,
) -> Result<BTreeMap<(Id, i64), Places>, Problem> {
    let rows = links::of(conn, versions)?;
    let others: BTreeSet<Id> = rows.iter().map(|link| link.other).collect();
    let others: Vec<Id> = others.into_iter().collect();
    let seen: BTreeSet<Id> =
        read::many(conn, &others, visibility)?.into_iter().map(|row| row.record).collect();
    let unseen: Vec<Id> = others.into_iter().filter(|other| !seen.contains(other)).collect();
    let unknown: BTreeSet<Id> =
        resolve::not_public(conn, &unseen, visibility.moment())?.into_iter().collect();
    let mut hidden: BTreeMap<(Id, i64), Places> = BTreeMap::new();
    for link in rows.into_iter().filter(|link| unknown.contains(&link.other)) {
        hidden.entry((link.record, link.version)).or_default().push((link.member, link.position));
    }
    Ok(hidden)
}

/// A content without the names at these paths and positions.
fn without(row: &Row, places: &[(String, i64)]) -> Result<String, Problem> {
    let mut value = row.content_value()?.clone();
    let mut places = places.to_vec();
    // From the end, so that the earlier positions stay right.
    places.sort_by_key(|(_, position)| -position);
    for (path, position) in places {
        match path.split_once("/*") {
            None => {
                if let Some(name) = value.pointer_mut(&format!("/{path}")) {
                    *name = Value::Null;
                }
            }
            Some((list, _)) => {
                // A name in a list that is in a list is removed from the inner one.
                let place = match path.rsplit_once("/*") {
                    Some((inner, "")) if inner.contains('*') => links::pointer(&path, position),
                    _ => format!("/{list}/{position}"),
                };
                let (list, index) = place.rsplit_once('/').unwrap_or_default();
                if let (Some(Value::Array(items)), Ok(index)) = (value.pointer_mut(list), index.parse()) {
                    let index: usize = index;
                    if index < items.len() {
                        items.remove(index);
                    }
                }
            }
        }
    }
    serde_json::to_string(&value).map_err(Problem::internal)
}
