//! What changed of a scorecard's rows since a moment.

use std::collections::{BTreeSet, HashMap};

use super::queries;
use crate::clock::{Id, Ts};
use crate::http::Call;
use crate::problem::Problem;
use crate::record::visible::Visibility;
use crate::resources::changes::{self, Change};
use crate::resources::plans::PlanScope;
use crate::store::Conn;

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
    let named = queries::named_in_public(conn, &ids, visibility.moment())?;
    let through: HashMap<Id, &str> = entries
        .iter()
        .filter(|entry| ["indicator", "pledge"].contains(&entry.kind.as_str()))
        .map(|entry| (entry.record, entry.kind.as_str()))
        .collect();
    let places: Vec<(BTreeSet<usize>, bool)> = entries
        .iter()
        .map(|entry| {
            let is_of_plan = entry.record == plan.record
                || named.get(&entry.record).is_some_and(|named| named.contains(&plan.record));
            (rows_of(entry.record, hanging, &named, &through), is_of_plan)
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

/// The rows on which a record hangs: its own row; otherwise those of what it names, and of the pledges and indicators that it
/// names, also if these have been withdrawn.
fn rows_of(
    record: Id,
    hanging: &Hanging,
    named: &HashMap<Id, Vec<Id>>,
    through: &HashMap<Id, &str>,
) -> BTreeSet<usize> {
    if let Some(row) = hanging.rows.get(&record) {
        return BTreeSet::from([*row]);
    }
    let direct = |record: Id| {
        let others = named.get(&record).into_iter().flatten();
        others.filter_map(|other| hanging.rows.get(other).copied())
    };
    let mut rows: BTreeSet<usize> = direct(record).collect();
    for other in named.get(&record).into_iter().flatten() {
        rows.extend(hanging.members.get(other).into_iter().flatten().copied());
        if through.contains_key(other) {
            rows.extend(direct(*other));
        }
    }
    rows
}
