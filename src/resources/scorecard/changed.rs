//! What changed of a scorecard's rows since a moment.

use std::collections::{BTreeSet, HashMap};

use super::queries::{self, Named};
use crate::clock::{Id, Ts};
use crate::http::Call;
use crate::problem::Problem;
use crate::record::visible::Visibility;
use crate::resources::changes::{self, Change};
use crate::resources::plans::PlanScope;
use crate::store::Conn;

/// The kinds through which another record hangs on a row.
const THROUGH: [&str; 5] = ["indicator", "pledge", "recommendation", "report", "progress"];
/// Those of them that themselves name what the row does: a verification names progress, and that a recommendation.
const FOLLOWED: [&str; 3] = ["recommendation", "report", "progress"];
/// How many steps it is from a verification to what has a row.
const STEPS: usize = 2;

/// The most records that changed.
const MOST: usize = 5_000;

/// The rows of a scorecard, and what hangs on them.
#[derive(Default)]
pub struct Hanging {
    /// The position of the row of each priority and objective.
    pub rows: HashMap<Id, usize>,
    /// The rows on which a pledge or an indicator hangs: a release hangs on them by its indicator, an assessment by its pledge.
    pub members: HashMap<Id, BTreeSet<usize>>,
}

/// What changed, by the rows on which it hangs.
pub struct Changed {
    pub of_rows: Vec<Vec<Change>>,
    /// What hangs on no row, but on the plan.
    pub of_plan: Vec<Change>,
    pub is_truncated: bool,
}

/// Reads what changed since a moment: one entry for each record.
pub fn read(
    call: &Call,
    conn: &mut Conn,
    plan: &PlanScope,
    visibility: &Visibility,
    since: Ts,
    hanging: &Hanging,
) -> Result<Changed, Problem> {
    let limit = i64::try_from(MOST + 1).unwrap_or(i64::MAX);
    let mut entries = changes::net_of_body(call, conn, visibility, plan.body, since, limit)?;
    let is_truncated = entries.len() > MOST;
    entries.truncate(MOST);
    let ids: Vec<Id> = entries.iter().map(|entry| entry.record).collect();
    let named = followed(conn, &ids, visibility.moment())?;
    let places: Vec<(BTreeSet<usize>, bool)> = entries
        .iter()
        .map(|entry| {
            let is_of_plan = entry.record == plan.record
                || named.get(&entry.record).into_iter().flatten().any(|named| named.other == plan.record);
            (rows_of(entry.record, hanging, &named, STEPS), is_of_plan)
        })
        .collect();
    let mut changed = Changed { of_rows: vec![vec![]; hanging.rows.len()], of_plan: vec![], is_truncated };
    for (entry, (rows, is_of_plan)) in entries.into_iter().zip(places) {
        if rows.is_empty() && is_of_plan {
            changed.of_plan.push(entry);
            continue;
        }
        for row in rows {
            if let Some(list) = changed.of_rows.get_mut(row) {
                list.push(entry.clone());
            }
        }
    }
    Ok(changed)
}

/// What these records name, and what is named by the recommendations, reports and progress that they name.
fn followed(conn: &mut Conn, records: &[Id], moment: Ts) -> Result<HashMap<Id, Vec<Named>>, Problem> {
    let mut all = queries::named_in_public(conn, records, moment)?;
    for _ in 0..STEPS {
        let is_next =
            |named: &&Named| FOLLOWED.contains(&named.kind.as_str()) && !all.contains_key(&named.other);
        let next: BTreeSet<Id> = all.values().flatten().filter(is_next).map(|named| named.other).collect();
        let next: Vec<Id> = next.into_iter().collect();
        all.extend(queries::named_in_public(conn, &next, moment)?);
    }
    Ok(all)
}

/// The rows on which a record hangs: its own row; otherwise those of what it names, and of the pledges, indicators,
/// recommendations, reports and progress that it names, also if these have been withdrawn.
fn rows_of(record: Id, hanging: &Hanging, named: &HashMap<Id, Vec<Named>>, steps: usize) -> BTreeSet<usize> {
    if let Some(row) = hanging.rows.get(&record) {
        return BTreeSet::from([*row]);
    }
    let mut rows = BTreeSet::new();
    for Named { other, kind } in named.get(&record).into_iter().flatten() {
        rows.extend(hanging.rows.get(other).copied());
        rows.extend(hanging.members.get(other).into_iter().flatten().copied());
        if steps > 0 && THROUGH.contains(&kind.as_str()) {
            rows.extend(rows_of(*other, hanging, named, steps - 1));
        }
    }
    rows
}
