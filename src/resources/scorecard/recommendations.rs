//! The recommendations that concern a plan: how many are open, overdue and unanswered, and the first of them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::dto::{ScorecardRecommendation, ScorecardRecommendations};
use super::queries::{self, Members};
use super::records::record_of;
use crate::clock::Id;
use crate::http::Call;
use crate::problem::Problem;
use crate::record::visible::Visibility;
use crate::resources::clocks::{self, Clock, ClockState};
use crate::resources::recommendations::RecommendationContent;
use crate::resources::tracking;
use crate::store::{Conn, Sql};

/// How many are listed.
const LISTED: usize = 5;

/// The open ones of the recommendations that name a priority or an objective: eight statements, however many there are, and
/// none where there are none.
pub fn open(
    call: &Call,
    conn: &mut Conn,
    members: &Members,
    visibility: &Visibility,
) -> Result<BTreeMap<Id, ScorecardRecommendation>, Problem> {
    let mut all = BTreeMap::new();
    if members.recommendations.is_empty() {
        return Ok(all);
    }
    let rows = queries::rows(conn, members.recommendations.values(), visibility)?;
    let pg = conn.is_pg();
    let among = |_| Sql::new("").one_of(pg, rows.keys().copied());
    let facts = tracking::facts(conn, visibility, &among)?;
    let chosen = |alias: &'static str| Sql::new(alias).text(".record").append(among(""));
    let reader = clocks::reader(conn, visibility)?;
    let clocks = clocks::by_record(clocks::of_recommendations_with(conn, &reader, &chosen, &facts)?);
    let today = visibility.moment().day();
    for (id, row) in &rows {
        let content = RecommendationContent::deserialize(row.content_value()?).map_err(Problem::internal)?;
        if content.closed_on.is_some_and(|day| day <= today) {
            continue;
        }
        let of = || clocks.get(id).into_iter().flatten();
        let is_to_come = |clock: &&Clock| clock.met_on.is_none();
        let entry = ScorecardRecommendation {
            record: record_of(call, row),
            wording: row.title.clone(),
            due: of().filter(is_to_come).filter_map(|clock| clock.due).min(),
            overdue: overdue(of().map(|clock| clock.state)),
            answered: facts.get(id).is_some_and(|facts| facts.answer(today).is_some()),
        };
        all.insert(*id, entry);
    }
    Ok(all)
}

/// Whether one of these clocks is overdue; none where one is due, and the caller cannot know whether it was met.
fn overdue(states: impl Iterator<Item = ClockState>) -> Option<bool> {
    let mut known = Some(false);
    for state in states {
        match state {
            ClockState::Overdue => return Some(true),
            ClockState::NotPublic | ClockState::NotOnRecord => known = None,
            _ => {}
        }
    }
    known
}

/// What a row says of these recommendations, or the plan of all: each counts once.
pub fn summary<'a>(
    ids: impl IntoIterator<Item = &'a Id>,
    open: &BTreeMap<Id, ScorecardRecommendation>,
) -> ScorecardRecommendations {
    let ids: BTreeSet<&Id> = ids.into_iter().collect();
    let mut own: Vec<&ScorecardRecommendation> = ids.into_iter().filter_map(|id| open.get(id)).collect();
    let count = |is: fn(&ScorecardRecommendation) -> bool| {
        i64::try_from(own.iter().filter(|one| is(one)).count()).unwrap_or(i64::MAX)
    };
    // One that the caller cannot know of may be overdue too: then no number is right.
    let overdue = own.iter().all(|one| one.overdue.is_some()).then(|| count(|one| one.overdue == Some(true)));
    let unanswered = count(|one| !one.answered);
    let open = count(|_| true);
    own.sort_by_key(|one| {
        (one.overdue != Some(true), one.due.is_none(), one.due, one.record.reference.as_str())
    });
    let first = own.into_iter().take(LISTED).cloned().collect();
    ScorecardRecommendations { open, overdue, unanswered, first }
}
