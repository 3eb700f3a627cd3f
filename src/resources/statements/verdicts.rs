//! The verdicts on statements that are kept: which was in force when.

use std::collections::HashMap;

use diesel::prelude::*;
use serde::Serialize;
use serde_json::{Value, json};

use super::check::{PastVerdict, StatementVerdict};
use crate::clock::{Id, Ts};
use crate::problem::Problem;
use crate::record::kind::FilterOn;
use crate::record::row::Row;
use crate::record::visible::Visibility;
use crate::resources::codes::codes_of;
use crate::store::tables::statement_verdict as stored;
use crate::store::{Conn, Sql};

/// The number of verdicts that a check shows.
const SHOWN: i64 = 200;

/// The schema of the computed field of a statement.
pub fn schema() -> Value {
    let codes: Vec<Value> =
        codes_of::<StatementVerdict>().into_iter().map(Value::from).chain([Value::Null]).collect();
    json!({"type": "object", "properties": {"verdict": {
        "type": ["string", "null"], "enum": codes, "readOnly": true,
        "description": "What the public figures say of the published statement. `checks` shows how. Null until it is published and, a second or so later, judged.",
    }}})
}

/// The verdict on each statement that was in force at the reader's moment, with one statement for all of them.
pub fn computed(conn: &mut Conn, rows: &[Row], visibility: &Visibility) -> Result<Vec<Value>, Problem> {
    let at = visibility.moment();
    let mut verdicts: HashMap<Id, String> = HashMap::new();
    let records: Vec<Id> = rows.iter().map(|row| row.record).collect();
    for some in records.chunks(500) {
        let in_force: Vec<(Id, String)> = stored::table
            .filter(stored::record.eq_any(some).and(stored::since.le(at)))
            .filter(stored::until.is_null().or(stored::until.gt(at)))
            .select((stored::record, stored::verdict))
            .load(conn)?;
        verdicts.extend(in_force);
    }
    Ok(rows.iter().map(|row| json!({"verdict": verdicts.get(&row.record)})).collect())
}

/// The condition on a statement `t` whose verdict is one of these.
pub fn judged(on: &FilterOn<'_>) -> Sql {
    let at = on.visibility.moment();
    Sql::new("EXISTS (SELECT 1 FROM statement_verdict j WHERE j.record = t.record AND j.since <= ")
        .bind(at)
        .text(" AND (j.until IS NULL OR j.until > ")
        .bind(at)
        .text(") AND j.verdict IN (")
        .bind_all(on.values.iter().copied())
        .text("))")
}

/// The verdicts on a statement up to a moment, the latest first.
pub fn of(conn: &mut Conn, statement: Id, at: Ts) -> Result<Vec<PastVerdict>, Problem> {
    let rows: Vec<(String, Ts, Option<Ts>)> = stored::table
        .filter(stored::record.eq(statement).and(stored::since.le(at)))
        .order(stored::since.desc())
        .limit(SHOWN)
        .select((stored::verdict, stored::since, stored::until))
        .load(conn)?;
    let seen = |(verdict, since, until): (String, Ts, Option<Ts>)| PastVerdict {
        verdict,
        since,
        until: until.filter(|until| *until <= at),
    };
    Ok(rows.into_iter().map(seen).collect())
}

/// How a verdict changed.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct VerdictChange {
    /// The verdict before.
    #[schema(max_length = 40)]
    pub before: String,
    /// The verdict now.
    #[schema(max_length = 40)]
    pub after: String,
}

/// How the verdicts on these statements changed at these moments: each from the one before it, or all since a moment from that which
/// was in force then.
pub fn changes_of(
    conn: &mut Conn,
    changes: &[(Id, Ts)],
    from: Option<Ts>,
) -> Result<HashMap<(Id, Ts), VerdictChange>, Problem> {
    let records: Vec<Id> = changes.iter().map(|(statement, _)| *statement).collect();
    if records.is_empty() {
        return Ok(HashMap::new());
    }
    // In their order, so that the one before is the one that a verdict replaced.
    let rows: Vec<(Id, Ts, String)> = stored::table
        .filter(stored::record.eq_any(records))
        .order((stored::record, stored::since))
        .select((stored::record, stored::since, stored::verdict))
        .load(conn)?;
    let changed = rows.windows(2).filter_map(|pair| match pair {
        [(of_before, _, before), (statement, since, after)] if of_before == statement => {
            let then =
                |row: &&(Id, Ts, String)| row.0 == *statement && from.is_some_and(|from| row.1 <= from);
            let before = rows.iter().rfind(then).map_or(before, |(_, _, verdict)| verdict);
            let change = VerdictChange { before: before.clone(), after: after.clone() };
            Some(((*statement, *since), change))
        }
        _ => None,
    });
    Ok(changed.collect())
}
