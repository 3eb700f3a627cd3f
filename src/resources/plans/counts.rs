//! How much hangs on a plan, in numbers.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use diesel::prelude::*;
use diesel::sql_types as st;
use serde_json::{Map, Value, json};

use super::orphans::{Facts, PARTS};
use crate::problem::Problem;
use crate::record::kind::{Kind, object_schema};
use crate::record::read::Row;
use crate::record::visible::Visibility;
use crate::resources::actions::Action;
use crate::resources::pledges::ratings;
use crate::resources::ties;
use crate::store::{Conn, Sql};

/// Every status that an action can have.
static STATUSES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let schema = object_schema::<<Action as Kind>::Content>();
    let codes = schema["properties"]["status"]["enum"].as_array().cloned().unwrap_or_default();
    codes.iter().filter_map(Value::as_str).map(str::to_owned).collect()
});

static RATINGS: LazyLock<Vec<String>> = LazyLock::new(ratings::ratings);

/// The Panel has said nothing.
const NONE: &str = "none";

/// The members, in order: each a number, or numbers by code.
fn members() -> Vec<(&'static str, Vec<String>, &'static str)> {
    let panel = RATINGS.iter().cloned().chain([NONE.to_owned()]).collect();
    let orphans = ["pledges", "objectives", "priorities", "money"].map(str::to_owned).to_vec();
    vec![
        ("priorities", vec![], "Its priorities."),
        ("objectives", vec![], "Its objectives."),
        ("actions", vec![], "The actions of its objectives."),
        ("actions_by_status", STATUSES.clone(), "The same by how far they have come."),
        ("pledges", vec![], "The pledges of its term of office."),
        ("pledges_by_rating", RATINGS.clone(), "The same by the office's latest assessment."),
        (
            "pledges_by_panel_rating",
            panel,
            "The same by the Panel's latest reading; `none` where it has none.",
        ),
        ("indicators", vec![], "The indicators that measure one of its objectives or priorities."),
        ("services", vec![], "The services that deliver one."),
        ("grants", vec![], "The grants that deliver one."),
        ("funds", vec![], "The funds that deliver one."),
        ("orphans", orphans, "What `/orphans` of it lists."),
    ]
}

/// What stands beside a plan.
pub fn schema() -> Value {
    let number = || json!({"type": "integer", "format": "int64", "minimum": 0, "maximum": 1_000_000_000});
    let closed = |properties: Map<String, Value>| {
        let required: Vec<&String> = properties.keys().collect();
        json!({"type": "object", "required": required, "properties": properties, "additionalProperties": false})
    };
    let mut all = Map::new();
    for (name, codes, about) in members() {
        let mut schema = match codes.is_empty() {
            true => number(),
            false => closed(codes.into_iter().map(|code| (code, number())).collect()),
        };
        schema["description"] = json!(about);
        all.insert(name.to_owned(), schema);
    }
    let mut counts = closed(all);
    counts["readOnly"] = json!(true);
    counts["description"] = json!("How much hangs on it, as the caller sees it. Not in lists.");
    json!({"type": "object", "properties": {"counts": counts}})
}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = st::Text)]
    name: String,
    #[diesel(sql_type = st::Nullable<st::Text>)]
    code: Option<String>,
    #[diesel(sql_type = st::BigInt)]
    n: i64,
}

/// Reads it: one query for a plan. Lists do not show it.
pub fn computed(conn: &mut Conn, rows: &[Row], visibility: &Visibility) -> Result<Vec<Value>, Problem> {
    rows.iter().map(|row| Ok(json!({"counts": counts(conn, row, visibility)?}))).collect()
}

fn counts(conn: &mut Conn, row: &Row, visibility: &Visibility) -> Result<Value, Problem> {
    let counted: Vec<Counted> = statement(&Facts::of(row)?, visibility).load(conn)?;
    let mut found: BTreeMap<(String, Option<String>), i64> = BTreeMap::new();
    for one in counted {
        *found.entry((one.name, one.code)).or_default() += one.n;
    }
    let mut number = |name: &str, code: Option<String>| found.remove(&(name.to_owned(), code)).unwrap_or(0);
    let mut all = Map::new();
    for (name, codes, _) in members() {
        let value = match name {
            "actions" | "pledges" => Value::Null,
            _ if codes.is_empty() => json!(number(name, None)),
            _ => {
                let by: Map<String, Value> =
                    codes.into_iter().map(|code| (code.clone(), json!(number(name, Some(code))))).collect();
                // The whole stands before its parts.
                let whole = match name {
                    "actions_by_status" => Some("actions"),
                    "pledges_by_rating" => Some("pledges"),
                    _ => None,
                };
                if let Some(whole) = whole {
                    let sum: i64 = by.values().filter_map(Value::as_i64).sum();
                    all.insert(whole.to_owned(), json!(sum));
                }
                Value::Object(by)
            }
        };
        all.insert(name.to_owned(), value);
    }
    Ok(Value::Object(all))
}

fn statement(plan: &Facts, visibility: &Visibility) -> Sql {
    let mut sql = Sql::new("");
    for (n, part) in [
        of_the_plan(plan, visibility, "SELECT 'priorities' AS name, CAST(NULL AS TEXT) AS code, count(*) AS n FROM priority t WHERE ", "priority"),
        of_the_plan(plan, visibility, "SELECT 'objectives', NULL, count(*) FROM objective t WHERE ", "objective"),
        actions(plan, visibility),
        pledges(plan, visibility, "SELECT 'pledges_by_rating', x.rating, count(*) FROM (SELECT coalesce(r.rating, 'not_yet_rated') AS rating", ratings::OFFICE, "assessment"),
        pledges(plan, visibility, "SELECT 'pledges_by_panel_rating', x.rating, count(*) FROM (SELECT coalesce(r.rating, 'none') AS rating", ratings::PANEL, "counter_assessment"),
        aiming(plan, visibility, "SELECT 'indicators', NULL, count(*) FROM indicator t WHERE ", "indicator"),
        aiming(plan, visibility, "SELECT 'services', NULL, count(*) FROM service t WHERE ", "service"),
        aiming(plan, visibility, "SELECT 'grants', NULL, count(*) FROM grant_award t WHERE ", "grant"),
        aiming(plan, visibility, "SELECT 'funds', NULL, count(*) FROM fund t WHERE ", "fund"),
    ]
    .into_iter()
    .enumerate()
    {
        sql = sql.text(if n == 0 { "" } else { " UNION ALL " }).append(part);
    }
    for part in PARTS {
        sql = sql
            .text(" UNION ALL SELECT 'orphans', '")
            .text(part.list)
            .text("', h.n FROM (")
            .append(part.count(plan, visibility))
            .text(") h");
    }
    sql
}

fn of_the_plan(plan: &Facts, visibility: &Visibility, select: &'static str, kind: &str) -> Sql {
    Sql::new(select).append(plan.own(kind, visibility)).text(" AND t.plan = ").bind(plan.record)
}

fn actions(plan: &Facts, visibility: &Visibility) -> Sql {
    Sql::new("SELECT 'actions_by_status', t.status, count(*) FROM action t JOIN objective o ON o.record = t.objective WHERE ")
        .append(plan.own("action", visibility))
        .text(" AND o.body = t.body AND o.plan = ")
        .bind(plan.record)
        .text(" AND ")
        .append(visibility.filter_of("objective", "o"))
        .text(" GROUP BY t.status")
}

/// The pledges of the term, by the latest of the assessments in a table.
fn pledges(
    plan: &Facts,
    visibility: &Visibility,
    select: &'static str,
    kind: &str,
    table: &'static str,
) -> Sql {
    Sql::new(select)
        .text(" FROM pledge t LEFT JOIN (")
        .append(ratings::latest(visibility, kind, table, Sql::new(" AND a.body = ").bind(plan.body)))
        .text(") r ON r.pledge = t.record AND r.nth = 1 WHERE ")
        .append(plan.own("pledge", visibility))
        .text(" AND ")
        .append(plan.of_its_term(visibility))
        .text(") x GROUP BY x.rating")
}

fn aiming(plan: &Facts, visibility: &Visibility, select: &'static str, kind: &str) -> Sql {
    Sql::new(select)
        .append(plan.own(kind, visibility))
        .text(" AND ")
        .append(ties::names_an_aim(visibility, Some(plan.record)))
}
