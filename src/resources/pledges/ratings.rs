//! The current ratings of pledges: the office's latest assessment and the Panel's latest counter-assessment.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types as st;
use serde_json::{Value, json};

use crate::clock::Id;
use crate::problem::Problem;
use crate::record::kind::FilterOn;
use crate::record::row::Row;
use crate::record::visible::Visibility;
use crate::resources::assessments::RATINGS;
use crate::resources::assessments::dto::{AssessmentContent, Rating};
use crate::store::types::Uid;
use crate::store::{Conn, Sql};

/// The kind of the office's assessments.
pub const OFFICE: &str = "assessment";
/// The kind of the Panel's assessments.
pub const PANEL: &str = "counter_assessment";

/// The schema of the computed fields of a pledge.
pub fn schema() -> Value {
    let text = |max: i64, about: &str| json!({"type": ["string", "null"], "maxLength": max, "readOnly": true, "description": about});
    let date = |about: &str| json!({"type": ["string", "null"], "format": "date", "maxLength": 10, "readOnly": true, "description": about});
    let codes = json!(*RATINGS);
    let codes_or_null: Vec<Value> = RATINGS.iter().map(|code| json!(code)).chain([Value::Null]).collect();
    json!({"type": "object", "properties": {
        "rating": {"type": "string", "enum": codes, "readOnly": true, "description": "The rating of the latest assessment by the office, or by an independent assessor whose assessment the office records."},
        "rated_on": date("The date of that assessment."),
        "rated_by": text(200, "The assessor."),
        "rated_by_relation": {"type": ["string", "null"], "enum": ["own_office", "independent", null], "readOnly": true, "description": "How the assessor relates to the maker of the pledge."},
        "rating_assessment": text(150, "The assessment, by reference."),
        "panel_rating": {"type": ["string", "null"], "enum": codes_or_null, "readOnly": true, "description": "The rating of the latest counter-assessment by the Police and Crime Panel; null if there is none."},
        "panel_rated_on": date("The date of that counter-assessment."),
        "panel_rated_by": text(200, "The assessor for the Panel."),
        "panel_assessment": text(150, "The counter-assessment, by reference."),
    }})
}

/// The ratings of each pledge, with two statements for all of them.
pub fn computed(conn: &mut Conn, rows: &[Row], visibility: &Visibility) -> Result<Vec<Value>, Problem> {
    let office = latest_of(conn, rows, visibility, OFFICE, "assessment")?;
    let panel = latest_of(conn, rows, visibility, PANEL, "counter_assessment")?;
    let ratings = |row: &Row| {
        let (office, panel) = (office.get(&row.record), panel.get(&row.record));
        json!({
            "rating": office.map_or(Rating::NotYetRated, |latest| latest.content.rating),
            "rated_on": office.map(|latest| latest.content.assessed_on),
            "rated_by": office.map(|latest| &latest.content.assessor),
            "rated_by_relation": office.map(|latest| latest.content.assessor_relation),
            "rating_assessment": office.map(|latest| &latest.reference),
            "panel_rating": panel.map(|latest| latest.content.rating),
            "panel_rated_on": panel.map(|latest| latest.content.assessed_on),
            "panel_rated_by": panel.map(|latest| &latest.content.assessor),
            "panel_assessment": panel.map(|latest| &latest.reference),
        })
    };
    Ok(rows.iter().map(ratings).collect())
}

/// The condition on a pledge `t` whose rating by the office is one of these.
pub fn rated(on: &FilterOn<'_>) -> Sql {
    let rated = has_latest(on.visibility, OFFICE, "assessment", Some(on.values));
    let unrated = json!(Rating::NotYetRated);
    if !on.values.iter().any(|value| unrated == *value) {
        return rated;
    }
    // A pledge without an assessment is shown as not yet rated.
    Sql::new("(")
        .append(rated)
        .text(" OR NOT ")
        .append(has_latest(on.visibility, OFFICE, "assessment", None))
        .text(")")
}

/// The condition on a pledge `t` whose rating by the Panel is one of these.
pub fn rated_by_panel(on: &FilterOn<'_>) -> Sql {
    has_latest(on.visibility, PANEL, "counter_assessment", Some(on.values))
}

/// The condition on a pledge `t` that has an assessment of a kind, the latest with one of these ratings.
fn has_latest(visibility: &Visibility, kind: &str, table: &'static str, ratings: Option<&[&str]>) -> Sql {
    let of_pledge = Sql::new(" AND a.pledge = t.record");
    let sql = Sql::new("EXISTS (SELECT 1 FROM (")
        .append(latest(visibility, kind, table, of_pledge))
        .text(") x WHERE x.nth = 1");
    match ratings {
        None => sql.text(")"),
        Some(ratings) => sql.text(" AND x.rating IN (").bind_all(ratings.iter().copied()).text("))"),
    }
}

/// The latest assessment of a pledge.
struct Latest {
    /// With its body: `body:REFERENCE`.
    reference: String,
    content: AssessmentContent,
}

#[derive(QueryableByName)]
struct AssessmentRow {
    #[diesel(sql_type = Uid)]
    pledge: Id,
    #[diesel(sql_type = st::Nullable<st::Text>)]
    body_reference: Option<String>,
    #[diesel(sql_type = st::Text)]
    reference: String,
    #[diesel(sql_type = st::Text)]
    content: String,
}

/// The latest assessment of each pledge.
fn latest_of(
    conn: &mut Conn,
    pledges: &[Row],
    visibility: &Visibility,
    kind: &str,
    table: &'static str,
) -> Result<BTreeMap<Id, Latest>, Problem> {
    if pledges.is_empty() {
        return Ok(BTreeMap::new());
    }
    let among = Sql::new(" AND a.pledge IN (").bind_all(pledges.iter().map(|row| row.record)).text(")");
    let rows: Vec<AssessmentRow> =
        Sql::new("SELECT x.pledge, v.body_reference, v.reference, v.content FROM (")
            .append(latest(visibility, kind, table, among))
            .text(
                ") x JOIN record_version v ON v.record = x.record AND v.version = x.version WHERE x.nth = 1",
            )
            .one_off()
            .load(conn)?;
    rows.into_iter()
        .map(|row| {
            let body = row.body_reference.map(|body| format!("{body}:")).unwrap_or_default();
            let content = serde_json::from_str(&row.content).map_err(Problem::internal)?;
            Ok((row.pledge, Latest { reference: format!("{body}{}", row.reference), content }))
        })
        .collect()
}

/// The assessments in a kind's table that the reader sees, each with its rank among those of its pledge: 1 is the
/// latest by date and, of two on one date, by publication. Assessments that are not yet published rank as later than
/// published ones. Assessments by another body are left out.
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
