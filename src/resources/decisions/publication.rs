//! How long it took to publish a decision.

use std::collections::HashMap;

use diesel::prelude::*;
use serde_json::{Value, json};

use super::dto::DecisionContent;
use crate::clock::{Id, Ts};
use crate::problem::Problem;
use crate::record::row::Row;
use crate::record::visible::Visibility;
use crate::stats::calendar::days_between;
use crate::store::types::{Tstz, Uid};
use crate::store::{Conn, Sql};

/// The schema of the computed fields of a decision.
pub fn schema() -> Value {
    json!({"type": "object", "properties": {
        "days_to_publication": {"type": ["integer", "null"], "format": "int64", "minimum": -10_000_000, "maximum": 10_000_000, "readOnly": true, "description": "The days from the decision to its first publication here; null before that, or if the day of the decision is not known."},
    }})
}

#[derive(QueryableByName)]
struct First {
    #[diesel(sql_type = Uid)]
    record: Id,
    #[diesel(sql_type = Tstz)]
    first: Ts,
}

/// The fields of each decision, with one statement for all of them.
pub fn computed(conn: &mut Conn, rows: &[Row], visibility: &Visibility) -> Result<Vec<Value>, Problem> {
    if rows.is_empty() {
        return Ok(vec![]);
    }
    let first: Vec<First> =
        Sql::new("SELECT v.record, min(v.public_from) AS first FROM record_version v WHERE v.record IN (")
            .bind_all(rows.iter().map(|row| row.record))
            .text(") AND v.public_from <= ")
            .bind(visibility.moment())
            .text(" GROUP BY v.record")
            .one_off()
            .load(conn)?;
    let first: HashMap<Id, Ts> = first.into_iter().map(|row| (row.record, row.first)).collect();
    rows.iter()
        .map(|row| {
            let decided_on = row.content::<DecisionContent>()?.decided_on;
            let published_on = first.get(&row.record).map(|first| first.day());
            let days =
                decided_on.zip(published_on).map(|(decided, published)| days_between(decided, published));
            Ok(json!({"days_to_publication": days}))
        })
        .collect()
}
