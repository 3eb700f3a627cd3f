//! Serialises rows for the caller, and reads what `include=` adds: a fixed number of queries for a page, whatever its
//! size.

use std::borrow::Cow;
use std::collections::BTreeSet;

use diesel::prelude::*;
use serde_json::{Map, Value};

use super::forms::included_kind;
use crate::clock::Id;
use crate::http::Call;
use crate::problem::{Fault, Problem};
use crate::record::kind::{ComputedFields, Include, KindDef};
use crate::record::links;
use crate::record::read::{self, COLUMNS, Row};
use crate::record::related::Related;
use crate::record::represent;
use crate::record::shown;
use crate::record::visible::{Audience, Visibility};
use crate::store::{Conn, Sql};

/// How many records can be included in a page.
const INCLUDE_LIMIT: usize = 1_000;

/// One record as JSON, with all computed fields.
pub fn render_one(
    conn: &mut Conn,
    kind: &KindDef,
    row: &Row,
    visibility: &Visibility,
) -> Result<String, Problem> {
    let text = serialise(conn, kind, std::slice::from_ref(row), visibility)?.pop().unwrap_or_default();
    add_computed_one(conn, kind, text, row, visibility)
}

/// Appends the computed fields to one record's JSON.
pub fn add_computed_one(
    conn: &mut Conn,
    kind: &KindDef,
    text: String,
    row: &Row,
    visibility: &Visibility,
) -> Result<String, Problem> {
    let Some(computed) = kind.computed else { return Ok(text) };
    let mut texts = add_computed(conn, computed, vec![text], std::slice::from_ref(row), visibility)?;
    Ok(texts.pop().unwrap_or_default())
}

/// The rows of a list as JSON, with the computed fields that lists have.
pub fn render(
    conn: &mut Conn,
    kind: &KindDef,
    rows: &[Row],
    visibility: &Visibility,
) -> Result<Vec<String>, Problem> {
    let texts = serialise(conn, kind, rows, visibility)?;
    match kind.computed.filter(|computed| computed.in_lists && !rows.is_empty()) {
        Some(computed) => add_computed(conn, computed, texts, rows, visibility),
        None => Ok(texts),
    }
}

fn add_computed(
    conn: &mut Conn,
    computed: ComputedFields,
    texts: Vec<String>,
    rows: &[Row],
    visibility: &Visibility,
) -> Result<Vec<String>, Problem> {
    let values = (computed.read)(conn, rows, visibility)?;
    if values.len() != rows.len() {
        return Err(Problem::internal("the computed fields are not one object for each row"));
    }
    Ok(texts.iter().zip(values).map(|(text, value)| represent::splice(text, &value.to_string())).collect())
}

/// Rows as JSON without computed fields, each for the caller's audience.
fn serialise(
    conn: &mut Conn,
    kind: &KindDef,
    rows: &[Row],
    visibility: &Visibility,
) -> Result<Vec<String>, Problem> {
    // The query has decided that the caller sees each of them; the public's form is the least.
    let rows: Vec<(&Row, Audience)> =
        rows.iter().map(|row| (row, visibility.audience(row).unwrap_or(Audience::Public))).collect();
    let related = Related::read(conn, &rows, visibility)?;
    let shown = shown::to_reader(conn, &rows, visibility)?;
    let text = |(row, (_, audience)): (Cow<'_, Row>, &(&Row, Audience))| {
        represent::to_json(kind, &row, *audience, visibility.moment(), &related)
    };
    shown.into_iter().zip(&rows).map(text).collect()
}

/// The records that `include=` requests for a page, by the names in `include=`.
pub fn included(
    call: &Call,
    conn: &mut Conn,
    kind: &KindDef,
    rows: &[Row],
    visibility: &Visibility,
) -> Result<Option<Map<String, Value>>, Problem> {
    let requested = call.params.names("include");
    if requested.is_empty() {
        return Ok(None);
    }
    let mut included = Map::new();
    for (name, _) in requested {
        let Some(include) = kind.def.includes.iter().find(|include| include.name() == name) else {
            continue;
        };
        let other = included_kind(kind, include).and_then(|other| call.state.kind(other));
        let mut found = match include {
            Include::Named { path, .. } => named(conn, rows, path, visibility)?,
            Include::Naming { kind: other, path, .. } => naming(conn, rows, other, path, visibility)?,
        };
        if found.len() > INCLUDE_LIMIT {
            return Err(Problem::bad_request(vec![Fault::parameter(
                "include",
                "too_many",
                format!(
                    "More than {INCLUDE_LIMIT} `{name}` belong to this page; request their own list, or a smaller page."
                ),
            )]));
        }
        let other = other.ok_or_else(|| Problem::internal("an include of an unknown kind"))?;
        found.sort_by(|a, b| (&a.reference, a.record).cmp(&(&b.reference, b.record)));
        let texts = render(conn, other, &found, visibility)?;
        let values: Result<Vec<Value>, _> = texts.iter().map(|text| serde_json::from_str(text)).collect();
        included.insert(name.clone(), Value::Array(values.map_err(Problem::internal)?));
    }
    Ok(Some(included))
}

/// The records that the rows of a page name at a path, as far as the caller sees them.
pub fn named(
    conn: &mut Conn,
    rows: &[Row],
    path: &str,
    visibility: &Visibility,
) -> Result<Vec<Row>, Problem> {
    let versions: Vec<(Id, i64)> = rows.iter().map(|row| (row.record, row.version)).collect();
    let others: BTreeSet<Id> = links::of(conn, &versions)?
        .into_iter()
        .filter(|link| link.member == path)
        .map(|link| link.other)
        .collect();
    read::many(conn, &others.into_iter().collect::<Vec<_>>(), visibility)
}

fn naming(
    conn: &mut Conn,
    rows: &[Row],
    kind: &'static str,
    path: &'static str,
    visibility: &Visibility,
) -> Result<Vec<Row>, Problem> {
    if rows.is_empty() {
        return Ok(vec![]);
    }
    let limit = i64::try_from(INCLUDE_LIMIT + 1).unwrap_or(i64::MAX);
    let found: Vec<Row> = Sql::new("SELECT ")
        .text(COLUMNS)
        .text(" FROM link l JOIN record_version v ON v.record = l.record AND v.version = l.version WHERE l.other IN (")
        .bind_all(rows.iter().map(|row| row.record))
        .text(") AND l.member = ")
        .bind(path)
        .text(" AND v.kind = ")
        .bind(kind)
        .text(" AND ")
        .append(visibility.filter_of(kind, "v"))
        .text(" ORDER BY v.reference, v.record LIMIT ")
        .bind(limit)
        .one_off()
        .load(conn)?;
    let mut seen = BTreeSet::new();
    Ok(found.into_iter().filter(|row| seen.insert(row.record)).collect())
}
