//! Who took a step of the workflow last, and when: looked up in the audit trail.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types as st;
use serde_json::Value;

use super::event::Event;
use crate::clock::{Id, Ts};
use crate::problem::Problem;
use crate::store::types::{Tstz, Uid};
use crate::store::{Conn, Sql};

/// A step that somebody took.
#[derive(Clone, Debug)]
pub struct StepOf {
    /// The id of the person or client.
    pub actor: String,
    /// When.
    pub at: Ts,
    /// The details of the entry: roles, organisation, reason; null once they are redacted.
    pub detail: Value,
}

impl StepOf {
    /// Whether it was taken for that organisation, by reference.
    pub fn was_for(&self, organisation: &str) -> bool {
        self.detail["organisation"].as_str() == Some(organisation)
    }
}

/// The latest step of each version, by record and version.
pub type Steps = HashMap<(Id, i64), StepOf>;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Uid)]
    record: Id,
    #[diesel(sql_type = st::BigInt)]
    version: i64,
    #[diesel(sql_type = Tstz)]
    at: Ts,
    #[diesel(sql_type = st::Text)]
    actor: String,
    #[diesel(sql_type = st::Nullable<st::Text>)]
    detail: Option<String>,
}

/// The latest of these events of each version of some records. A version that is older than the audit trail has none.
pub fn of(conn: &mut Conn, records: &[Id], events: &[Event]) -> Result<Steps, Problem> {
    let mut steps = Steps::new();
    for records in records.chunks(500) {
        let rows: Vec<Row> = Sql::new(
            "SELECT a.record, a.version, a.at, a.actor, a.detail FROM audit a
             WHERE a.record IS NOT NULL AND a.version IS NOT NULL AND a.record IN (",
        )
        .bind_all(records.iter().copied())
        .text(") AND a.event IN (")
        .bind_all(events.iter().map(|event| event.name()))
        // Entries that are not sealed yet come last, in the order in which they will be sealed.
        .text(") ORDER BY a.seq IS NULL, a.seq, ")
        .text(if conn.is_pg() { "a.queue" } else { "a.rowid" })
        .one_off()
        .load(conn)?;
        for Row { record, version, at, actor, detail } in rows {
            let detail = detail.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
            steps.insert((record, version), StepOf { actor, at, detail });
        }
    }
    Ok(steps)
}
