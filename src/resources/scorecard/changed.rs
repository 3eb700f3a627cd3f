//! What changed of a scorecard's rows since a moment.

use std::collections::{BTreeSet, HashMap};

use super::queries::{self, Named};
use crate::clock::{Id, Ts};
use crate::http::Call;
use crate::problem::Problem;
use crate::record::kind::KindDef;
use crate::record::visible::Visibility;
use crate::resources::changes::{self, Change};
use crate::resources::indicators::Indicator;
use crate::resources::plans::PlanScope;
use crate::resources::pledges::Pledge;
use crate::resources::progress::Progress;
use crate::resources::recommendations::Recommendation;
use crate::resources::reports::Report;
use crate::store::Conn;

/// Whether other records belong to a row because they name one of this kind.
fn leads_to_rows(kind: &KindDef) -> bool {
    kind.is::<Indicator>() || kind.is::<Pledge>() || is_followed(kind)
}

/// Whether what a record of such a kind names is read too: a verification names progress, and that a recommendation.
fn is_followed(kind: &KindDef) -> bool {
    kind.is::<Recommendation>() || kind.is::<Report>() || kind.is::<Progress>()
}

/// How many steps it is from a verification to what has a row.
const STEPS: usize = 2;

/// The most records that changed.
const MOST: usize = 5_000;

/// The rows of a scorecard, and what belongs to them.
#[derive(Default)]
pub struct Belonging {
    /// The position of the row of each priority and objective.
    pub rows: HashMap<Id, usize>,
    /// The rows that a pledge or an indicator belongs to: a release belongs to them by its indicator, an assessment by its pledge.
    pub members: HashMap<Id, BTreeSet<usize>>,
}

/// What changed, by the rows that it belongs to.
pub struct Changed {
    pub of_rows: Vec<Vec<Change>>,
    /// What belongs to no row, but to the plan.
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
    belonging: &Belonging,
) -> Result<Changed, Problem> {
    let limit = i64::try_from(MOST + 1).unwrap_or(i64::MAX);
    let mut entries = changes::net_of_body(call, conn, visibility, plan.body, since, limit)?;
    let is_truncated = entries.len() > MOST;
    entries.truncate(MOST);
    let ids: Vec<Id> = entries.iter().map(|entry| entry.record).collect();
    let named = followed(call, conn, &ids, visibility.moment())?;
    let places: Vec<(BTreeSet<usize>, bool)> = entries
        .iter()
        .map(|entry| {
            let is_of_plan = entry.record == plan.record
                || named.get(&entry.record).into_iter().flatten().any(|named| named.other == plan.record);
            (rows_of(call, entry.record, belonging, &named, STEPS), is_of_plan)
        })
        .collect();
    let mut changed = Changed { of_rows: vec![vec![]; belonging.rows.len()], of_plan: vec![], is_truncated };
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
fn followed(
    call: &Call,
    conn: &mut Conn,
    records: &[Id],
    moment: Ts,
) -> Result<HashMap<Id, Vec<Named>>, Problem> {
    let mut all = queries::named_in_public(conn, records, moment)?;
    for _ in 0..STEPS {
        let is_next = |named: &&Named| {
            call.state.kind(&named.kind).is_some_and(is_followed) && !all.contains_key(&named.other)
        };
        let next: BTreeSet<Id> = all.values().flatten().filter(is_next).map(|named| named.other).collect();
        let next: Vec<Id> = next.into_iter().collect();
        all.extend(queries::named_in_public(conn, &next, moment)?);
    }
    Ok(all)
}

/// The rows that a record belongs to: its own row; otherwise those of what it names, and of the pledges, indicators,
/// recommendations, reports and progress that it names, also if these have been withdrawn.
fn rows_of(
    call: &Call,
    record: Id,
    belonging: &Belonging,
    named: &HashMap<Id, Vec<Named>>,
    steps: usize,
) -> BTreeSet<usize> {
    if let Some(row) = belonging.rows.get(&record) {
        return BTreeSet::from([*row]);
    }
    let mut rows = BTreeSet::new();
    for Named { other, kind } in named.get(&record).into_iter().flatten() {
        rows.extend(belonging.rows.get(other).copied());
        rows.extend(belonging.members.get(other).into_iter().flatten().copied());
        if steps > 0 && call.state.kind(kind).is_some_and(leads_to_rows) {
            rows.extend(rows_of(call, *other, belonging, named, steps - 1));
        }
    }
    rows
}
