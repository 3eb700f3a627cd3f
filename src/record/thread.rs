//! The golden thread: typed links, walked both ways, within the reader's reach.

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

/// How far a walk goes when nothing is said, and at most.
pub const DEPTH: (i64, i64) = (2, 6);
/// How many records a walk brings back at most.
pub const LIMIT: usize = 500;

/// A record on the thread.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Node {
    /// Its id.
    #[schema(value_type = String, format = "uuid", max_length = 36)]
    pub id: Id,
    /// Its kind.
    #[schema(max_length = 64)]
    pub kind: String,
    /// What people call it.
    #[schema(max_length = 64)]
    pub reference: String,
    /// Its title.
    #[schema(max_length = 200)]
    pub title: String,
    /// How many links from where the walk began.
    #[schema(minimum = 0, maximum = 6, format = "int64")]
    pub distance: i64,
    /// Its address.
    #[serde(rename = "self")]
    #[schema(max_length = 200)]
    pub self_link: String,
}

/// A link on the thread.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
pub struct Edge {
    /// The record that the relation reads from.
    #[schema(value_type = String, format = "uuid", max_length = 36)]
    pub from: Id,
    /// The relation.
    #[schema(max_length = 64)]
    pub rel: String,
    /// The record that it reads to.
    #[schema(value_type = String, format = "uuid", max_length = 36)]
    pub to: Id,
}

/// What was walked.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Thread {
    /// The records, the nearest first.
    #[schema(max_items = 500)]
    pub nodes: Vec<Node>,
    /// The links between them.
    #[schema(max_items = 10000)]
    pub edges: Vec<Edge>,
    /// How far the walk went.
    #[schema(minimum = 1, maximum = 6, format = "int64")]
    pub depth: i64,
    /// True when there was more than 500 records to bring back.
    pub truncated: bool,
}

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Uid)]
    record: Id,
    #[diesel(sql_type = st::Text)]
    rel: String,
    #[diesel(sql_type = st::Bool)]
    inverse: bool,
    #[diesel(sql_type = Uid)]
    other: Id,
}

/// Walks from a row that is seen. `rels` are the relations of the thread, `path_of` gives a kind's path.
///
/// Two queries a step: the links of the seen versions that touch the last ring, then the versions at their
/// other ends. A link counts only when the version that declares it and the record that it names are both
/// seen.
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
    let mut steps: Vec<Step> = vec![];
    let mut ring = vec![start.record];
    let mut truncated = false;
    for distance in 1..=depth {
        if ring.is_empty() {
            break;
        }
        let found = touching(conn, &ring, visibility, rels)?;
        let mut next: Vec<Id> = found
            .iter()
            .flat_map(|step| [step.record, step.other])
            .filter(|id| !seen.contains_key(id) && !hidden.contains(id))
            .collect();
        next.sort_unstable();
        next.dedup();
        if seen.len() + next.len() > LIMIT {
            truncated = true;
            next.truncate(LIMIT - seen.len());
        }
        steps.extend(found);
        let rows = read::many(conn, &next, visibility)?;
        ring = rows.iter().map(|row| row.record).collect();
        hidden.extend(next.iter().filter(|id| !ring.contains(id)));
        seen.extend(rows.into_iter().map(|row| (row.record, (row, distance))));
    }
    let edges: BTreeSet<Edge> = steps
        .into_iter()
        .filter(|step| seen.contains_key(&step.record) && seen.contains_key(&step.other))
        .map(|step| match step.inverse {
            false => Edge { from: step.record, rel: step.rel, to: step.other },
            true => Edge { from: step.other, rel: step.rel, to: step.record },
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

/// The links that touch these records, declared by versions that are seen.
fn touching(
    conn: &mut Conn,
    ring: &[Id],
    visibility: &Visibility,
    rels: &[&'static str],
) -> Result<Vec<Step>, Problem> {
    let mut steps = vec![];
    for chunk in ring.chunks(500) {
        for side in ["l.record", "l.other"] {
            steps.extend(
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
                .load::<Step>(conn)?,
            );
        }
    }
    Ok(steps)
}
