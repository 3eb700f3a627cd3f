//! The golden thread: the graph of typed links between records, as far as the reader sees them.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_types as st;
use serde::Serialize;

use super::read;
use super::row::Row;
use super::visible::Visibility;
use crate::clock::Id;
use crate::problem::Problem;
use crate::store::types::Uid;
use crate::store::{Conn, Sql};

/// How many links a walk follows when the request does not say.
pub const DEFAULT_DEPTH: i64 = 2;
/// How many links a walk can follow.
pub const MAX_DEPTH: i64 = 6;
/// How many records a walk returns at most.
pub const LIMIT: usize = 500;

/// A record on the thread.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Node {
    /// The record's id (UUIDv7).
    #[schema(value_type = String, format = "uuid", max_length = 36)]
    pub id: Id,
    /// The record's kind.
    #[schema(max_length = 64)]
    pub kind: String,
    /// What people call the record.
    #[schema(max_length = 64)]
    pub reference: String,
    /// The title.
    #[schema(max_length = 200)]
    pub title: String,
    /// The number of links from the record where the thread begins.
    #[schema(minimum = 0, maximum = 6, format = "int64")]
    pub distance: i64,
    /// The canonical address.
    #[serde(rename = "self")]
    #[schema(max_length = 200)]
    pub self_link: String,
}

/// A link on the thread.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
pub struct Edge {
    /// The id of the record from which the relation points.
    #[schema(value_type = String, format = "uuid", max_length = 36)]
    pub from: Id,
    /// The relation's name.
    #[schema(max_length = 64)]
    pub rel: String,
    /// The id of the record to which the relation points.
    #[schema(value_type = String, format = "uuid", max_length = 36)]
    pub to: Id,
}

/// The part of the golden thread around a record.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Thread {
    /// The records, the nearest first.
    #[schema(max_items = 500)]
    pub nodes: Vec<Node>,
    /// The links between them.
    #[schema(max_items = 10000)]
    pub edges: Vec<Edge>,
    /// The greatest number of links that were followed.
    #[schema(minimum = 1, maximum = 6, format = "int64")]
    pub depth: i64,
    /// True if more than 500 records were found: the response leaves the rest out.
    pub truncated: bool,
}

#[derive(QueryableByName)]
struct FoundLink {
    #[diesel(sql_type = Uid)]
    record: Id,
    #[diesel(sql_type = st::Text)]
    rel: String,
    #[diesel(sql_type = st::Bool)]
    inverse: bool,
    #[diesel(sql_type = Uid)]
    other: Id,
}

/// Walks the thread from a version that the reader sees. `rels` are the relations of the thread; `path_of` returns a
/// kind's path.
///
/// Two queries for each distance: the links to and from the records of the last distance, then the versions at their
/// other ends. A link counts only if the reader sees both the version that declares it and the record that it names.
pub fn walk(
    conn: &mut Conn,
    start: &Row,
    visibility: &Visibility,
    depth: i64,
    rels: &[&'static str],
    path_of: &dyn Fn(&str) -> Option<&'static str>,
) -> Result<Thread, Problem> {
    let mut seen: BTreeMap<Id, (Row, i64)> = BTreeMap::from([(start.record, (start.clone(), 0))]);
    let mut hidden: BTreeSet<Id> = BTreeSet::new();
    let mut links: Vec<FoundLink> = vec![];
    let mut last = vec![start.record];
    let mut truncated = false;
    for distance in 1..=depth {
        if last.is_empty() {
            break;
        }
        let found = links_of(conn, &last, visibility, rels)?;
        let mut next: Vec<Id> = found
            .iter()
            .flat_map(|link| [link.record, link.other])
            .filter(|id| !seen.contains_key(id) && !hidden.contains(id))
            .collect();
        next.sort_unstable();
        next.dedup();
        if seen.len() + next.len() > LIMIT {
            truncated = true;
            next.truncate(LIMIT - seen.len());
        }
        links.extend(found);
        let rows = read::many(conn, &next, visibility)?;
        last = rows.iter().map(|row| row.record).collect();
        hidden.extend(next.iter().filter(|id| !last.contains(id)));
        seen.extend(rows.into_iter().map(|row| (row.record, (row, distance))));
    }
    let edges: BTreeSet<Edge> = links
        .into_iter()
        .filter(|link| seen.contains_key(&link.record) && seen.contains_key(&link.other))
        .map(|link| match link.inverse {
            false => Edge { from: link.record, rel: link.rel, to: link.other },
            true => Edge { from: link.other, rel: link.rel, to: link.record },
        })
        .collect();
    let mut nodes: Vec<Node> = seen
        .into_values()
        .filter_map(|(row, distance)| {
            let path = path_of(&row.kind)?;
            Some(Node {
                id: row.record,
                self_link: format!("/v1/{path}/{}", row.record),
                kind: row.kind,
                reference: row.reference,
                title: row.title,
                distance,
            })
        })
        .collect();
    nodes.sort_by(|a, b| {
        (a.distance, &a.kind, &a.reference, a.id).cmp(&(b.distance, &b.kind, &b.reference, b.id))
    });
    Ok(Thread { nodes, edges: edges.into_iter().collect(), depth, truncated })
}

/// The links from and to some records, declared by versions that the reader sees.
fn links_of(
    conn: &mut Conn,
    records: &[Id],
    visibility: &Visibility,
    rels: &[&'static str],
) -> Result<Vec<FoundLink>, Problem> {
    let mut links = vec![];
    for chunk in records.chunks(500) {
        for side in ["l.record", "l.other"] {
            links.extend(
                Sql::new(
                    "SELECT l.record, l.rel, l.inverse, l.other FROM link l
                     JOIN record_version v ON v.record = l.record AND v.version = l.version WHERE ",
                )
                .text(side)
                .text(" IN (")
                .bind_all(chunk.iter().copied())
                .text(") AND l.rel IN (")
                .bind_all(rels.iter().copied())
                .text(") AND ")
                .append(visibility.filter("v"))
                .text(" ORDER BY l.record, l.member, l.position LIMIT 5000")
                .one_off()
                .load::<FoundLink>(conn)?,
            );
        }
    }
    Ok(links)
}
