//! How many records belong to a plan.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types as st;
use serde_json::{Map, Value, json};

use super::scope::PlanScope;
use super::unlinked::{CANDIDATES, List};
use crate::problem::Problem;
use crate::record::row::Row;
use crate::record::visible::Visibility;
use crate::resources::actions::STATUSES;
use crate::resources::assessments::RATINGS;
use crate::resources::link_conditions;
use crate::resources::pledges::ratings;
use crate::store::{Conn, Sql};

/// The code for pledges that the Panel has not assessed.
const NOT_ASSESSED: &str = "none";

/// A field of `counts`: a number, or a number for each code.
struct CountField {
    name: &'static str,
    codes: Vec<String>,
    description: &'static str,
    /// The field with the sum of the codes. It comes before this one and has no statement of its own.
    sum: Option<(&'static str, &'static str)>,
}

/// The fields in their order in the reply.
fn fields() -> Vec<CountField> {
    let number = |name, description| CountField { name, codes: vec![], description, sum: None };
    let by_code = |name, codes: Vec<String>, description| CountField { name, codes, description, sum: None };
    let lists = [List::Pledges, List::Objectives, List::Priorities, List::Money, List::Recommendations];
    let panel = RATINGS.iter().cloned().chain([NOT_ASSESSED.to_owned()]).collect();
    vec![
        number("priorities", "The priorities of the plan."),
        number("objectives", "The objectives of the plan."),
        CountField {
            sum: Some(("actions", "The actions of the plan's objectives.")),
            ..by_code("actions_by_status", STATUSES.clone(), "The actions by status.")
        },
        CountField {
            sum: Some(("pledges", "The pledges of the plan's term of office.")),
            ..by_code(
                "pledges_by_rating",
                RATINGS.clone(),
                "The pledges by the rating of the office's latest assessment.",
            )
        },
        by_code(
            "pledges_by_panel_rating",
            panel,
            "The pledges by the rating of the Panel's latest counter-assessment; `none` if there is none.",
        ),
        number("indicators", "The indicators that measure an objective or a priority of the plan."),
        number("services", "The services that deliver an objective or a priority of the plan."),
        number("grants", "The grants that deliver an objective or a priority of the plan."),
        number("funds", "The funds that deliver an objective or a priority of the plan."),
        by_code(
            "orphans",
            lists.map(|list| list.name().to_owned()).to_vec(),
            "The unlinked records of the plan, by their list in `/orphans`.",
        ),
    ]
}

/// The schema of the computed field `counts`.
pub fn schema() -> Value {
    let number = || json!({"type": "integer", "format": "int64", "minimum": 0, "maximum": 1_000_000_000});
    let closed = |properties: Map<String, Value>| {
        let required: Vec<&String> = properties.keys().collect();
        json!({"type": "object", "required": required, "properties": properties, "additionalProperties": false})
    };
    let mut properties = Map::new();
    let mut add = |name: &str, mut schema: Value, description: &str| {
        schema["description"] = json!(description);
        properties.insert(name.to_owned(), schema);
    };
    for field in fields() {
        if let Some((name, description)) = field.sum {
            add(name, number(), description);
        }
        let schema = match field.codes.is_empty() {
            true => number(),
            false => closed(field.codes.into_iter().map(|code| (code, number())).collect()),
        };
        add(field.name, schema, field.description);
    }
    let mut counts = closed(properties);
    counts["readOnly"] = json!(true);
    counts["description"] =
        json!("The number of records that belong to the plan, as the caller sees them. Not in lists.");
    json!({"type": "object", "properties": {"counts": counts}})
}

#[derive(QueryableByName)]
struct CountRow {
    #[diesel(sql_type = st::Text)]
    name: String,
    #[diesel(sql_type = st::Nullable<st::Text>)]
    code: Option<String>,
    #[diesel(sql_type = st::BigInt)]
    n: i64,
}

/// The counts of each plan, with one statement for each. Lists do not show them.
pub fn computed(conn: &mut Conn, rows: &[Row], visibility: &Visibility) -> Result<Vec<Value>, Problem> {
    rows.iter().map(|row| Ok(json!({"counts": counts(conn, row, visibility)?}))).collect()
}

fn counts(conn: &mut Conn, row: &Row, visibility: &Visibility) -> Result<Value, Problem> {
    let counted: Vec<CountRow> = statement(&PlanScope::of(row)?, visibility).load(conn)?;
    let mut numbers: BTreeMap<(String, Option<String>), i64> = BTreeMap::new();
    for row in counted {
        *numbers.entry((row.name, row.code)).or_default() += row.n;
    }
    let mut number = |name: &str, code: Option<String>| numbers.remove(&(name.to_owned(), code)).unwrap_or(0);
    let mut counts = Map::new();
    for field in fields() {
        if field.codes.is_empty() {
            counts.insert(field.name.to_owned(), json!(number(field.name, None)));
            continue;
        }
        let by_code: Vec<(String, i64)> =
            field.codes.into_iter().map(|code| (code.clone(), number(field.name, Some(code)))).collect();
        if let Some((name, _)) = field.sum {
            counts.insert(name.to_owned(), json!(by_code.iter().map(|(_, n)| n).sum::<i64>()));
        }
        let by_code: Map<String, Value> = by_code.into_iter().map(|(code, n)| (code, json!(n))).collect();
        counts.insert(field.name.to_owned(), Value::Object(by_code));
    }
    Ok(Value::Object(counts))
}

fn statement(plan: &PlanScope, visibility: &Visibility) -> Sql {
    let mut sql = Sql::new("");
    for (n, part) in [
        in_plan(plan, visibility, "SELECT 'priorities' AS name, CAST(NULL AS TEXT) AS code, count(*) AS n FROM priority t WHERE ", "priority"),
        in_plan(plan, visibility, "SELECT 'objectives', NULL, count(*) FROM objective t WHERE ", "objective"),
        actions(plan, visibility),
        pledges(plan, visibility, "SELECT 'pledges_by_rating', x.rating, count(*) FROM (SELECT coalesce(r.rating, 'not_yet_rated') AS rating", ratings::OFFICE, "assessment"),
        pledges(plan, visibility, "SELECT 'pledges_by_panel_rating', x.rating, count(*) FROM (SELECT coalesce(r.rating, 'none') AS rating", ratings::PANEL, "counter_assessment"),
        linked(plan, visibility, "SELECT 'indicators', NULL, count(*) FROM indicator t WHERE ", "indicator"),
        linked(plan, visibility, "SELECT 'services', NULL, count(*) FROM service t WHERE ", "service"),
        linked(plan, visibility, "SELECT 'grants', NULL, count(*) FROM grant_award t WHERE ", "grant"),
        linked(plan, visibility, "SELECT 'funds', NULL, count(*) FROM fund t WHERE ", "fund"),
    ]
    .into_iter()
    .enumerate()
    {
        sql = sql.text(if n == 0 { "" } else { " UNION ALL " }).append(part);
    }
    for candidate in CANDIDATES {
        sql = sql
            .text(" UNION ALL SELECT 'orphans', '")
            .text(candidate.list.name())
            .text("', h.n FROM (")
            .append(candidate.count(plan, visibility))
            .text(") h");
    }
    sql
}

/// The records of a kind that name the plan.
fn in_plan(plan: &PlanScope, visibility: &Visibility, select: &'static str, kind: &str) -> Sql {
    Sql::new(select).append(plan.same_body(kind, visibility)).text(" AND t.plan = ").bind(plan.record)
}

fn actions(plan: &PlanScope, visibility: &Visibility) -> Sql {
    Sql::new("SELECT 'actions_by_status', t.status, count(*) FROM action t JOIN objective o ON o.record = t.objective WHERE ")
        .append(plan.same_body("action", visibility))
        .text(" AND o.body = t.body AND o.plan = ")
        .bind(plan.record)
        .text(" AND ")
        .append(visibility.filter_of("objective", "o"))
        .text(" GROUP BY t.status")
}

/// The pledges of the plan's term, by the rating of the latest assessment in a table.
fn pledges(
    plan: &PlanScope,
    visibility: &Visibility,
    select: &'static str,
    kind: &str,
    table: &'static str,
) -> Sql {
    Sql::new(select)
        .text(" FROM pledge t LEFT JOIN (")
        .append(ratings::latest(visibility, kind, table, Sql::new(" AND a.body = ").bind(plan.body)))
        .text(") r ON r.pledge = t.record AND r.nth = 1 WHERE ")
        .append(plan.same_body("pledge", visibility))
        .text(" AND ")
        .append(plan.same_term(visibility))
        .text(") x GROUP BY x.rating")
}

/// The records of a kind that name an objective or a priority of the plan.
fn linked(plan: &PlanScope, visibility: &Visibility, select: &'static str, kind: &str) -> Sql {
    Sql::new(select)
        .append(plan.same_body(kind, visibility))
        .text(" AND ")
        .append(link_conditions::names_objective_or_priority(visibility, Some(plan.record)))
}
