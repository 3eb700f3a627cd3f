//! The rows of a scorecard.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::changed::{self, Belonging};
use super::dto::{Scorecard, ScorecardActions, ScorecardIndicator, ScorecardPledge, ScorecardRow};
use super::indicators::IndicatorFigures;
use super::queries::{self, ActionCount, AimKind, AimRow, MOST, Members};
use super::recommendations;
use super::records::record_of;
use crate::clock::{Id, Ts};
use crate::http::Call;
use crate::problem::Problem;
use crate::record::read;
use crate::record::row::Row;
use crate::record::visible::Visibility;
use crate::resources::bodies::BodyContent;
use crate::resources::money;
use crate::resources::plans::PlanScope;
use crate::resources::pledges::ratings;
use crate::resources::priorities::PriorityContent;
use crate::store::Conn;

/// Reads the scorecard of a plan. The number of statements depends neither on that of the rows nor on that of the indicators.
pub fn read(
    call: &Call,
    conn: &mut Conn,
    plan: &Row,
    visibility: &Visibility,
    since: Option<Ts>,
) -> Result<Scorecard, Problem> {
    let scope = PlanScope::of(plan)?;
    let mut priorities = queries::aims(conn, &scope, visibility, AimKind::Priority)?;
    let mut objectives = queries::aims(conn, &scope, visibility, AimKind::Objective)?;
    let mut is_truncated = priorities.len().max(objectives.len()) > MOST;
    priorities.truncate(MOST);
    objectives.truncate(MOST);
    // Objectives name no office that leads them.
    let lead = |aim: &AimRow| Ok((aim.stored.record, aim.stored.content::<PriorityContent>()?.lead));
    let mut leads = priorities.iter().map(lead).collect::<Result<HashMap<Id, Option<String>>, Problem>>()?;
    let aims = in_order(priorities, objectives);
    let ids: Vec<Id> = aims.iter().map(|aim| aim.stored.record).collect();
    let actions = queries::actions(conn, &scope, visibility)?;
    let mut money = money::of_plan(conn, scope.record, scope.body, visibility)?;
    let members = queries::members(conn, &scope, visibility, &ids)?;
    is_truncated |= members.is_truncated;
    let pledges = pledges(call, conn, &members, visibility)?;
    let indicators = indicators(call, conn, &scope, &members, visibility)?;
    let open = recommendations::open(call, conn, &members, visibility)?;
    let mut changed = match since {
        Some(since) => {
            let belonging = belonging(&aims, &members);
            Some(changed::read(call, conn, &scope, visibility, since, &belonging)?)
        }
        None => None,
    };
    is_truncated |= changed.as_ref().is_some_and(|changed| changed.is_truncated);
    let references: HashMap<Id, String> =
        aims.iter().map(|aim| (aim.stored.record, aim.stored.reference.clone())).collect();
    let mut rows = vec![];
    for (n, aim) in aims.iter().enumerate() {
        let id = aim.stored.record;
        rows.push(ScorecardRow {
            record: record_of(call, &aim.stored),
            title: aim.stored.title.clone(),
            number: aim.number,
            priority: aim.priority.and_then(|priority| references.get(&priority).cloned()),
            lead: leads.remove(&id).flatten(),
            actions: actions_of(id, &aims, &actions),
            money: money.remove(&id).unwrap_or_else(money::none).into(),
            services: members.services.get(&id).copied().unwrap_or(0),
            grants: members.grants.get(&id).copied().unwrap_or(0),
            pledges: listed(members.pledges.get(&id), &pledges),
            indicators: listed(members.indicators.get(&id), &indicators),
            recommendations: recommendations::summary(
                members.recommendations.get(&id).into_iter().flatten(),
                &open,
            ),
            changed: changed
                .as_mut()
                .map(|changed| changed.of_rows.get_mut(n).map(std::mem::take).unwrap_or_default()),
        });
    }
    Ok(Scorecard {
        plan: record_of(call, plan),
        title: plan.title.clone(),
        as_of: call.as_of.get(),
        since,
        rows,
        recommendations: recommendations::summary(members.recommendations.values().flatten(), &open),
        changed: changed.map(|changed| changed.of_plan),
        truncated: is_truncated,
    })
}

/// The priorities by rank, each followed by its objectives by number; then the objectives of no priority of the plan.
fn in_order(priorities: Vec<AimRow>, objectives: Vec<AimRow>) -> Vec<AimRow> {
    let known: BTreeSet<Id> = priorities.iter().map(|aim| aim.stored.record).collect();
    let mut by_priority: BTreeMap<Option<Id>, Vec<AimRow>> = BTreeMap::new();
    for objective in objectives {
        let priority = objective.priority.filter(|priority| known.contains(priority));
        by_priority.entry(priority).or_default().push(objective);
    }
    let mut all = vec![];
    for priority in priorities {
        let own = by_priority.remove(&Some(priority.stored.record));
        all.push(priority);
        all.extend(own.unwrap_or_default());
    }
    all.extend(by_priority.remove(&None).unwrap_or_default());
    all
}

/// The actions of an objective, or of all objectives of a priority.
fn actions_of(aim: Id, aims: &[AimRow], counted: &[ActionCount]) -> ScorecardActions {
    let objectives: BTreeSet<Id> = aims
        .iter()
        .filter(|other| other.stored.record == aim || other.priority == Some(aim))
        .map(|other| other.stored.record)
        .collect();
    let mut actions = ScorecardActions::default();
    for count in counted.iter().filter(|count| objectives.contains(&count.objective)) {
        actions.total += count.n;
        actions.overdue += count.overdue;
        if let Some(number) = actions.by_status.of(&count.status) {
            *number += count.n;
        }
    }
    actions
}

fn listed<T: Clone>(ids: Option<&Vec<Id>>, all: &BTreeMap<Id, T>) -> Vec<T> {
    ids.into_iter().flatten().filter_map(|id| all.get(id).cloned()).collect()
}

fn pledges(
    call: &Call,
    conn: &mut Conn,
    members: &Members,
    visibility: &Visibility,
) -> Result<BTreeMap<Id, ScorecardPledge>, Problem> {
    let rows: Vec<Row> = queries::rows(conn, members.pledges.values(), visibility)?.into_values().collect();
    let ratings = ratings::computed(conn, &rows, visibility)?;
    let pledge = |(row, ratings): (&Row, serde_json::Value)| {
        let text = |field: &str| ratings[field].as_str().map(str::to_owned);
        let pledge = ScorecardPledge {
            record: record_of(call, row),
            wording: row.title.clone(),
            rating: text("rating").unwrap_or_default(),
            rated_on: text("rated_on"),
            panel_rating: text("panel_rating"),
            panel_rated_on: text("panel_rated_on"),
        };
        (row.record, pledge)
    };
    Ok(rows.iter().zip(ratings).map(pledge).collect())
}

fn indicators(
    call: &Call,
    conn: &mut Conn,
    scope: &PlanScope,
    members: &Members,
    visibility: &Visibility,
) -> Result<BTreeMap<Id, ScorecardIndicator>, Problem> {
    let rows = queries::rows(conn, members.indicators.values(), visibility)?;
    let bodies: Vec<Id> = scope.body.into_iter().collect();
    let body = read::many(conn, &bodies, &Visibility::as_of(call.now()))?.pop();
    let area = body.map(|body| body.content::<BodyContent>()).transpose()?.map(|body| body.area);
    let figures = IndicatorFigures::read(call, conn, area.as_deref(), &rows, visibility)?;
    rows.iter().map(|(id, row)| Ok((*id, figures.entry(row, record_of(call, row))?))).collect()
}

fn belonging(aims: &[AimRow], members: &Members) -> Belonging {
    let mut belonging = Belonging::default();
    for (n, aim) in aims.iter().enumerate() {
        belonging.rows.insert(aim.stored.record, n);
        let lists = [members.pledges.get(&aim.stored.record), members.indicators.get(&aim.stored.record)];
        for member in lists.into_iter().flatten().flatten() {
            belonging.members.entry(*member).or_default().insert(n);
        }
    }
    belonging
}
