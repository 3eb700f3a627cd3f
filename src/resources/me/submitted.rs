//! What is on its way to publication, and what has been returned: who did it, when, what it changes.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_types as st;
use serde::Serialize;

use super::due::Listed;
use crate::access::{Who, who};
use crate::clock::{Id, Ts};
use crate::http::Call;
use crate::problem::Problem;
use crate::record::diff::Difference;
use crate::record::event::Event;
use crate::record::history;
use crate::record::latest_step::{self, StepOf, Steps};
use crate::record::visible::Visibility;
use crate::store::types::Tstz;
use crate::store::{Conn, Sql};

/// How many entries a list has.
const MOST: usize = 100;

/// A record that has been submitted and is not public yet.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HandedIn {
    /// The kind of record.
    #[schema(max_length = 64)]
    pub kind: String,
    /// The reference.
    #[schema(max_length = 64)]
    pub reference: String,
    /// The title.
    #[schema(max_length = 200)]
    pub title: String,
    /// The state: `published` for a publication at a later minute.
    #[schema(max_length = 32)]
    pub state: String,
    /// Until when the Panel must not disclose it; null for no embargo.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub embargo_until: Option<Ts>,
    /// When it becomes public; null if that is not set.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub published_at: Option<Ts>,
    /// The address of the record.
    #[serde(rename = "self")]
    #[schema(max_length = 200)]
    pub self_link: String,
}

impl HandedIn {
    /// The same record without its history.
    pub fn of(row: &Awaiting) -> HandedIn {
        HandedIn {
            kind: row.listed.kind.clone(),
            reference: row.listed.reference.clone(),
            title: row.listed.title.clone(),
            state: row.state.clone(),
            embargo_until: row.embargo_until,
            published_at: row.public_from,
            self_link: row.self_link.clone(),
        }
    }
}

/// A record that has been submitted and is not public yet, with who submitted it, when, and what it changes.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Submitted {
    /// The kind of record.
    #[schema(max_length = 64)]
    pub kind: String,
    /// The reference.
    #[schema(max_length = 64)]
    pub reference: String,
    /// The title.
    #[schema(max_length = 200)]
    pub title: String,
    /// The state: `published` for a publication at a later minute.
    #[schema(max_length = 32)]
    pub state: String,
    /// Who submitted it. The office and its auditors get id and label; others only roles and organisation.
    pub who: Who,
    /// When it was submitted.
    #[schema(value_type = String, format = "date-time", max_length = 32)]
    pub since: Ts,
    /// Whether nothing of the record has been published before: then `changed` is empty, and all of it is new.
    pub first_publication: bool,
    /// What differs from the version that was published last.
    #[schema(max_items = 10000)]
    pub changed: Vec<Difference>,
    /// Whether `changed` has everything. Very long changes are left out: compare the versions themselves.
    pub changed_complete: bool,
    /// Until when the Panel must not disclose it; null for no embargo.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub embargo_until: Option<Ts>,
    /// When it becomes public; null if that is not set.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub published_at: Option<Ts>,
    /// The address of the record.
    #[serde(rename = "self")]
    #[schema(max_length = 200)]
    pub self_link: String,
}

/// A record that was returned to its authors.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Returned {
    /// The kind of record.
    #[schema(max_length = 64)]
    pub kind: String,
    /// The reference.
    #[schema(max_length = 64)]
    pub reference: String,
    /// The title.
    #[schema(max_length = 200)]
    pub title: String,
    /// Why it was returned.
    #[schema(max_length = 2000)]
    pub reason: String,
    /// Who returned it. The office and its auditors get id and label; others only roles and organisation.
    pub who: Who,
    /// When it was returned.
    #[schema(value_type = String, format = "date-time", max_length = 32)]
    pub since: Ts,
    /// The address of the record.
    #[serde(rename = "self")]
    #[schema(max_length = 200)]
    pub self_link: String,
}

/// What is stored of a submitted version.
#[derive(QueryableByName)]
struct AwaitingRow {
    #[diesel(embed)]
    listed: Listed,
    #[diesel(sql_type = st::BigInt)]
    version: i64,
    #[diesel(sql_type = st::Text)]
    author: String,
    #[diesel(sql_type = Tstz)]
    authored_at: Ts,
    #[diesel(sql_type = st::Text)]
    state: String,
    #[diesel(sql_type = st::Nullable<Tstz>)]
    embargo_until: Option<Ts>,
    #[diesel(sql_type = st::Nullable<Tstz>)]
    public_from: Option<Ts>,
}

/// A submitted version, with the address of its record.
pub struct Awaiting {
    listed: Listed,
    edit: Edit,
    state: String,
    embargo_until: Option<Ts>,
    public_from: Option<Ts>,
    self_link: String,
}

/// A version, and who made it: the answer where the audit trail does not say who took the step.
struct Edit {
    version: (Id, i64),
    author: String,
    authored_at: Ts,
}

/// What is submitted in the caller's body and not public yet. The states are written as in the index, so that the
/// database uses it.
pub fn awaiting(call: &Call, conn: &mut Conn) -> Result<Vec<Awaiting>, Problem> {
    let Some(body) = &call.actor.body else {
        return Ok(vec![]);
    };
    let visibility = call.visibility();
    let rows: Vec<AwaitingRow> = Sql::new(
        "SELECT v.record, v.kind, v.reference, v.title, v.version, v.author, v.authored_at, v.state, v.embargo_until,
         v.public_from FROM record_version v
         WHERE v.listed AND v.is_head AND v.head_state IN ('submitted', 'panel_shared', 'scheduled', 'scheduled_shared')
         AND v.body = ",
    )
    .bind(body.id)
    .text(" AND (v.public_from IS NULL OR v.public_from > ")
    .bind(visibility.moment())
    .text(") AND ")
    .append(visibility.filter("v"))
    .text(" ORDER BY v.kind, v.reference, v.record LIMIT 100")
    .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|row| Awaiting {
            self_link: row.listed.link(call),
            edit: Edit {
                version: (row.listed.record, row.version),
                author: row.author,
                authored_at: row.authored_at,
            },
            listed: row.listed,
            state: row.state,
            embargo_until: row.embargo_until,
            public_from: row.public_from,
        })
        .collect())
}

/// These versions, with who submitted each, when, and what it changes.
pub fn submitted(call: &Call, conn: &mut Conn, rows: &[Awaiting]) -> Result<Vec<Submitted>, Problem> {
    let visibility = call.visibility();
    let versions: Vec<(Id, i64)> = rows.iter().map(|row| row.edit.version).collect();
    let records: Vec<Id> = versions.iter().map(|(record, _)| *record).collect();
    let steps = steps(conn, &records, Event::Submitted)?;
    let edits: Vec<&Edit> = rows.iter().map(|row| &row.edit).collect();
    let people = people(conn, &edits, &steps, &visibility)?;
    let pairs = history::since_publication(conn, &versions, visibility.moment())?;
    let compared: Vec<history::Pair> =
        versions.iter().filter_map(|version| pairs.get(version).copied()).collect();
    let mut changed = history::changed(conn, &compared, &visibility)?;
    let line = |(row, (who, since)): (&Awaiting, (Who, Ts))| {
        let pair = pairs.get(&row.edit.version);
        // What cannot be compared, because the publication was redacted, is not complete.
        let changed = pair.and_then(|pair| changed.remove(pair)).unwrap_or_default();
        Submitted {
            kind: row.listed.kind.clone(),
            reference: row.listed.reference.clone(),
            title: row.listed.title.clone(),
            state: row.state.clone(),
            who,
            since,
            first_publication: pair.is_none(),
            changed: changed.differences,
            changed_complete: changed.complete || pair.is_none(),
            embargo_until: row.embargo_until,
            published_at: row.public_from,
            self_link: row.self_link.clone(),
        }
    };
    Ok(rows.iter().zip(people).map(line).collect())
}

fn steps(conn: &mut Conn, records: &[Id], event: Event) -> Result<Steps, Problem> {
    if records.is_empty() { Ok(Steps::new()) } else { latest_step::of(conn, records, &[event]) }
}

/// Who took the step of each version, and when, as far as the caller learns it.
fn people(
    conn: &mut Conn,
    edits: &[&Edit],
    steps: &Steps,
    visibility: &Visibility,
) -> Result<Vec<(Who, Ts)>, Problem> {
    let actor = |edit: &Edit| {
        steps.get(&edit.version).map_or_else(|| edit.author.clone(), |step: &StepOf| step.actor.clone())
    };
    let actors: Vec<String> = edits.iter().map(|edit| actor(edit)).collect();
    let ids: BTreeSet<&str> = actors.iter().map(String::as_str).collect();
    let known = match visibility.body() {
        Some(body) => who::of(conn, &ids, body, visibility.moment())?,
        None => Default::default(),
    };
    let shown = |(edit, actor): (&&Edit, &String)| {
        let who = known.get(actor).cloned();
        let who = who.unwrap_or_else(|| Who { id: Some(actor.clone()), ..Who::default() });
        let (who, at) = match steps.get(&edit.version) {
            Some(step) => (who.as_of(&step.detail), step.at),
            None => (who, edit.authored_at),
        };
        (if visibility.names_people() { who } else { who.unnamed() }, at)
    };
    Ok(edits.iter().zip(&actors).map(shown).collect())
}

#[derive(QueryableByName)]
struct ReturnedRow {
    #[diesel(embed)]
    listed: Listed,
    #[diesel(sql_type = st::BigInt)]
    version: i64,
    #[diesel(sql_type = st::Text)]
    author: String,
    #[diesel(sql_type = Tstz)]
    authored_at: Ts,
    #[diesel(sql_type = st::Nullable<st::Text>)]
    owner_reference: Option<String>,
    #[diesel(sql_type = st::Text)]
    reason: String,
}

/// What has been returned in the caller's body and is still as it was then.
pub fn returned(call: &Call, conn: &mut Conn) -> Result<Vec<Returned>, Problem> {
    let Some(body) = &call.actor.body else {
        return Ok(vec![]);
    };
    let visibility = call.visibility();
    let mut rows: Vec<ReturnedRow> = Sql::new(
        "SELECT v.record, v.kind, v.reference, v.title, v.version, v.author, v.authored_at, v.owner_reference,
         v.returned_reason AS reason FROM record_version v
         WHERE v.listed AND v.is_head AND v.head_state = 'draft' AND v.returned_reason IS NOT NULL AND v.body = ",
    )
    .bind(body.id)
    .text(" AND ")
    .append(visibility.filter("v"))
    .text(" ORDER BY v.kind, v.reference, v.record LIMIT 1000")
    .load(conn)?;
    let records: Vec<Id> = rows.iter().map(|row| row.listed.record).collect();
    let submitted = steps(conn, &records, Event::Submitted)?;
    let organisation = call.actor.organisation.as_ref().map(|own| own.reference.as_str());
    // As on the record itself: others learn the reason of what they have submitted.
    rows.retain(|row| {
        let own = row.owner_reference.as_deref().is_some_and(|owner| Some(owner) == organisation);
        let submission = submitted.get(&(row.listed.record, row.version));
        own || visibility.office_body(&row.listed.kind).is_some()
            || submission.is_some_and(|step| organisation.is_some_and(|own| step.was_for(own)))
    });
    rows.truncate(MOST);
    let records: Vec<Id> = rows.iter().map(|row| row.listed.record).collect();
    let steps = steps(conn, &records, Event::Returned)?;
    let edits: Vec<Edit> = rows
        .iter()
        .map(|row| Edit {
            version: (row.listed.record, row.version),
            author: row.author.clone(),
            authored_at: row.authored_at,
        })
        .collect();
    let edits: Vec<&Edit> = edits.iter().collect();
    let people = people(conn, &edits, &steps, &visibility)?;
    let line = |(row, (who, since)): (ReturnedRow, (Who, Ts))| Returned {
        self_link: row.listed.link(call),
        kind: row.listed.kind,
        reference: row.listed.reference,
        title: row.listed.title,
        reason: row.reason,
        who,
        since,
    };
    Ok(rows.into_iter().zip(people).map(line).collect())
}
