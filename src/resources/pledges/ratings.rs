//! How pledges stand: the latest assessment of their office, and beside it the Panel's.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types as st;
use serde_json::{Value, json};

use crate::clock::Id;
use crate::problem::Problem;
use crate::record::kind::{Kind, object_schema};
use crate::record::read::Row;
use crate::record::visible::Visibility;
use crate::resources::assessments::Assessment;
use crate::store::types::Uid;
use crate::store::{Conn, Sql};

/// The kind of the office's assessments.
pub const OFFICE: &str = "assessment";
/// The kind of the Panel's.
pub const PANEL: &str = "counter_assessment";

/// What a pledge is called that nobody has rated.
const NOT_YET: &str = "not_yet_rated";

/// Every rating that there is.
pub fn ratings() -> Vec<String> {
    let schema = object_schema::<<Assessment as Kind>::Content>();
    let codes = schema["properties"]["rating"]["enum"].as_array().cloned().unwrap_or_default();
    codes.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// What stands beside a pledge.
pub fn schema() -> Value {
    let text = |most: i64, about: &str| json!({"type": ["string", "null"], "maxLength": most, "readOnly": true, "description": about});
    let day = |about: &str| json!({"type": ["string", "null"], "format": "date", "maxLength": 10, "readOnly": true, "description": about});
    let (codes, mut or_none) = (json!(ratings()), json!(ratings()));
    if let Some(codes) = or_none.as_array_mut() {
        codes.push(Value::Null);
    }
    json!({"type": "object", "properties": {
        "rating": {"type": "string", "enum": codes, "readOnly": true, "description": "How it stands by the latest assessment of the office, or of somebody independent whom the office records."},
        "rated_on": day("The day of that assessment."),
        "rated_by": text(200, "Who made it."),
        "rated_by_relation": {"type": ["string", "null"], "enum": ["own_office", "independent", null], "readOnly": true, "description": "How who made it stands to whoever made the pledge."},
        "rating_assessment": text(150, "The assessment, by reference."),
        "panel_rating": {"type": ["string", "null"], "enum": or_none, "readOnly": true, "description": "How it stands by the latest reading of the Police and Crime Panel; null without one."},
        "panel_rated_on": day("The day of that reading."),
        "panel_rated_by": text(200, "Who made it."),
        "panel_assessment": text(150, "The Panel's counter-assessment, by reference."),
    }})
}

/// Reads it: two queries, however many pledges.
pub fn computed(conn: &mut Conn, rows: &[Row], visibility: &Visibility) -> Result<Vec<Value>, Problem> {
    let office = of(conn, rows, visibility, OFFICE, "assessment")?;
    let panel = of(conn, rows, visibility, PANEL, "counter_assessment")?;
    let one = |row: &Row| {
        let (office, panel) = (office.get(&row.record), panel.get(&row.record));
        json!({
            "rating": office.map_or(json!(NOT_YET), |one| one.content["rating"].clone()),
            "rated_on": office.map(|one| one.content["assessed_on"].clone()),
            "rated_by": office.map(|one| one.content["assessor"].clone()),
            "rated_by_relation": office.map(|one| one.content["assessor_relation"].clone()),
            "rating_assessment": office.map(|one| one.name.clone()),
            "panel_rating": panel.map(|one| one.content["rating"].clone()),
            "panel_rated_on": panel.map(|one| one.content["assessed_on"].clone()),
            "panel_rated_by": panel.map(|one| one.content["assessor"].clone()),
            "panel_assessment": panel.map(|one| one.name.clone()),
        })
    };
    Ok(rows.iter().map(one).collect())
}

/// An assessment that counts.
struct Latest {
    name: String,
    content: Value,
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Uid)]
    pledge: Id,
    #[diesel(sql_type = st::Nullable<st::Text>)]
    body_reference: Option<String>,
    #[diesel(sql_type = st::Text)]
    reference: String,
    #[diesel(sql_type = st::Text)]
    content: String,
}

/// The latest of each pledge.
fn of(
    conn: &mut Conn,
    rows: &[Row],
    visibility: &Visibility,
    kind: &str,
    table: &'static str,
) -> Result<BTreeMap<Id, Latest>, Problem> {
    if rows.is_empty() {
        return Ok(BTreeMap::new());
    }
    let among = Sql::new(" AND a.pledge IN (").bind_all(rows.iter().map(|row| row.record)).text(")");
    let found: Vec<Found> = Sql::new("SELECT x.pledge, v.body_reference, v.reference, v.content FROM (")
        .append(latest(visibility, kind, table, among))
        .text(") x JOIN record_version v ON v.record = x.record AND v.version = x.version WHERE x.nth = 1")
        .one_off()
        .load(conn)?;
    found
        .into_iter()
        .map(|found| {
            let body = found.body_reference.map(|body| format!("{body}:")).unwrap_or_default();
            let content = serde_json::from_str(&found.content).map_err(Problem::internal)?;
            Ok((found.pledge, Latest { name: format!("{body}{}", found.reference), content }))
        })
        .collect()
}

/// The assessments in a kind's table that the reader sees, with their place among those of their pledge: 1 for the
/// latest by its day, and of two of one day by its publication. What is not published yet is later than what is.
/// Another body's say nothing of this body's pledges.
pub fn latest(visibility: &Visibility, kind: &str, table: &'static str, among: Sql) -> Sql {
    Sql::new(
        "SELECT a.pledge, a.record, a.version, a.rating, row_number() OVER (PARTITION BY a.pledge
         ORDER BY a.assessed_on DESC, CASE WHEN a.public_from IS NULL THEN 1 ELSE 0 END DESC, a.public_from DESC, a.record DESC) AS nth
         FROM ",
    )
    .text(table)
    .text(" a JOIN record p ON p.id = a.pledge AND p.body = a.body WHERE ")
    .append(visibility.filter_of(kind, "a"))
    .append(among)
}
