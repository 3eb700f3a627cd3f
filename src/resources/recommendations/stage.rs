//! How far a recommendation has come.

use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::{Value, json};

use super::dto::RecommendationContent;
use crate::problem::Problem;
use crate::record::row::Row;
use crate::record::visible::Visibility;
use crate::store::{Conn, Sql};

/// The schema of the computed fields of a recommendation.
pub fn schema() -> Value {
    json!({"type": "object", "properties": {
        "open": {"type": "boolean", "readOnly": true, "description": "Whether it is not closed: a rejection, a claim or a verification closes nothing."},
    }})
}

/// The fields of each recommendation.
pub fn computed(_: &mut Conn, rows: &[Row], visibility: &Visibility) -> Result<Vec<Value>, Problem> {
    let today = visibility.moment().day();
    rows.iter()
        .map(|row| {
            let content =
                RecommendationContent::deserialize(row.content_value()?).map_err(Problem::internal)?;
            Ok(json!({"open": content.closed_on.is_none_or(|day| day > today)}))
        })
        .collect()
}

/// The condition on a recommendation `t` that is not closed on a day.
pub fn is_open(today: NaiveDate) -> Sql {
    Sql::new("(t.closed_on IS NULL OR t.closed_on > ").bind(today).text(")")
}
