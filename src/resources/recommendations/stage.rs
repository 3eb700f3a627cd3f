//! How far a recommendation has come, and what was answered.

use serde::Deserialize;
use serde_json::{Value, json};

use super::dto::RecommendationContent;
use crate::problem::Problem;
use crate::record::row::Row;
use crate::record::visible::Visibility;
use crate::resources::clocks;
use crate::resources::codes::codes_of;
use crate::resources::responses::ResponsePosition;
use crate::resources::tracking::{self, Facts, STAGES};
use crate::store::{Conn, Sql};

/// The schema of the computed fields of a recommendation.
pub fn schema() -> Value {
    let positions: Vec<Value> =
        codes_of::<ResponsePosition>().into_iter().map(Value::from).chain([Value::Null]).collect();
    json!({"type": "object", "properties": {
        "open": {"type": "boolean", "readOnly": true, "description": "Whether it is not closed: a rejection, a claim or a verification closes nothing."},
        "stage": {"type": "string", "enum": *STAGES, "readOnly": true, "description": "How far it has come: `made`; `answered`, whatever the position; `in_progress`, once an organisation reports work; `claimed`, when each that it is addressed to, and each other that reports on it, claims to have done it; `verified`, when another organisation has found that; `closed`."},
        "position": {"type": ["string", "null"], "enum": positions, "readOnly": true, "description": "The position of the latest response; null before the first."},
        "verified_on": {"type": ["string", "null"], "format": "date", "maxLength": 10, "readOnly": true, "description": "The day on which it was verified, while it is."},
        "verified_by": {"type": ["string", "null"], "maxLength": 150, "readOnly": true, "description": "The organisation that verified it, by reference."},
        "clocks": clocks::schema(),
    }})
}

/// The fields of each recommendation, with seven statements for all of them.
pub fn computed(conn: &mut Conn, rows: &[Row], visibility: &Visibility) -> Result<Vec<Value>, Problem> {
    if rows.is_empty() {
        return Ok(vec![]);
    }
    let pg = conn.is_pg();
    let among = |_| Sql::new("").one_of(pg, rows.iter().map(|row| row.record));
    let facts = tracking::facts(conn, visibility, &among)?;
    let chosen = |alias: &'static str| Sql::new(alias).text(".record").append(among(""));
    let reader = clocks::reader(conn, visibility)?;
    let clocks = clocks::by_record(clocks::of_recommendations_with(conn, &reader, &chosen, &facts)?);
    let (none, today) = (Facts::default(), visibility.moment().day());
    rows.iter()
        .map(|row| {
            let facts = facts.get(&row.record).unwrap_or(&none);
            let content =
                RecommendationContent::deserialize(row.content_value()?).map_err(Problem::internal)?;
            let stage = facts.stage(&content.addressed_to, content.closed_on, today);
            let verified = facts.verified(&content.addressed_to, today);
            Ok(json!({
                "open": content.closed_on.is_none_or(|day| day > today),
                "stage": stage,
                "position": facts.answer(today).and_then(|answer| answer.position),
                "verified_on": verified.map(|one| one.on),
                "verified_by": verified.map(|one| &one.by),
                "clocks": clocks.get(&row.record).unwrap_or(&vec![]),
            }))
        })
        .collect()
}
