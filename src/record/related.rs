//! What accompanies the versions of records when they are shown before their publication: approvals, who the people
//! are, and which versions the reader's organisation has submitted.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use diesel::prelude::*;
use diesel::sql_types as st;
use serde::Serialize;

use super::event::Event;
use super::latest_step;
use super::row::{Audience, Row};
use super::visible::Visibility;
use crate::access::{Who, who};
use crate::clock::{Id, Ts};
use crate::problem::Problem;
use crate::store::types::{Tstz, Uid};
use crate::store::{Conn, Sql};

/// An approval of a version.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct ApprovalView {
    /// The role in which the person approved it.
    #[schema(max_length = 64)]
    pub role: String,
    /// Who approved it.
    #[schema(max_length = 128)]
    pub person: String,
    /// What people call them; only for the office and its auditors.
    #[schema(max_length = 200)]
    pub label: Option<String>,
    /// When it was approved.
    #[schema(value_type = String, format = "date-time", max_length = 32)]
    pub at: Ts,
}

/// The approvals of versions, by record and version.
pub type Approvals = BTreeMap<(Id, i64), Vec<ApprovalView>>;

#[derive(QueryableByName)]
struct ApprovalRow {
    #[diesel(sql_type = Uid)]
    record: Id,
    #[diesel(sql_type = st::BigInt)]
    version: i64,
    #[diesel(sql_type = st::Text)]
    role: String,
    #[diesel(sql_type = st::Text)]
    person: String,
    #[diesel(sql_type = Tstz)]
    at: Ts,
}

/// Reads the approvals of some records' versions, in one query. Nobody is named.
pub fn approvals(conn: &mut Conn, records: &[Id]) -> Result<Approvals, Problem> {
    let mut all = Approvals::new();
    for chunk in records.chunks(500) {
        let rows: Vec<ApprovalRow> = Sql::new(
            "SELECT a.record, a.version, a.role, a.person, a.at FROM approval a WHERE a.record IN (",
        )
        .bind_all(chunk.iter().copied())
        .text(") ORDER BY a.record, a.version, a.role, a.person")
        .one_off()
        .load(conn)?;
        for row in rows {
            all.entry((row.record, row.version)).or_default().push(ApprovalView {
                role: row.role,
                person: row.person,
                label: None,
                at: row.at,
            });
        }
    }
    Ok(all)
}

/// What accompanies some versions.
#[derive(Debug, Default)]
pub struct Related {
    approvals: Approvals,
    people: HashMap<String, Who>,
    submitted_own: HashSet<(Id, i64)>,
}

impl Related {
    /// Reads it for versions that are shown to these audiences: a fixed number of queries, and none for the public.
    pub fn read(
        conn: &mut Conn,
        rows: &[(&Row, Audience)],
        visibility: &Visibility,
    ) -> Result<Related, Problem> {
        let mut related = Related::default();
        let of = |audience| rows.iter().filter(move |(_, one)| *one == audience).map(|(row, _)| *row);
        let office: Vec<&Row> = of(Audience::Office).collect();
        if let (Some(body), false) = (visibility.body(), office.is_empty()) {
            let records: Vec<Id> = office.iter().map(|row| row.record).collect();
            related.approvals = approvals(conn, &records)?;
            let mut ids: BTreeSet<&str> = BTreeSet::new();
            ids.extend(office.iter().flat_map(|row| row.contributors()));
            ids.extend(office.iter().map(|row| row.author.as_str()));
            ids.extend(related.approvals.values().flatten().map(|one| one.person.as_str()));
            related.people = who::of(conn, &ids, body, visibility.moment())?;
            if !visibility.names_people() {
                related.people.values_mut().for_each(|one| one.label = None);
            }
            for approval in related.approvals.values_mut().flatten() {
                approval.label = related.people.get(&approval.person).and_then(|one| one.label.clone());
            }
        }
        let returned: Vec<Id> =
            of(Audience::Partner).filter(|row| row.returned_reason.is_some()).map(|row| row.record).collect();
        if let (Some(organisation), false) = (visibility.organisation(), returned.is_empty()) {
            let steps = latest_step::of(conn, &returned, &[Event::Submitted])?;
            let own = steps.into_iter().filter(|(_, step)| step.was_for(&organisation.reference));
            related.submitted_own = own.map(|(version, _)| version).collect();
        }
        Ok(related)
    }

    /// The approvals of a version.
    pub fn approvals(&self, row: &Row) -> &[ApprovalView] {
        self.approvals.get(&(row.record, row.version)).map(Vec::as_slice).unwrap_or_default()
    }

    /// The people and clients that a version names, by id.
    pub fn people(&self, row: &Row) -> Vec<Who> {
        let approvers = self.approvals(row).iter().map(|approval| approval.person.as_str());
        let ids: BTreeSet<&str> =
            row.contributors().into_iter().chain([row.author.as_str()]).chain(approvers).collect();
        ids.into_iter().filter_map(|id| self.people.get(id).cloned()).collect()
    }

    /// The person or client of that id, if a version names them.
    pub fn person(&self, id: &str) -> Option<Who> {
        self.people.get(id).cloned()
    }

    /// Whether the reader's organisation submitted the version last.
    pub fn submitted_own(&self, row: &Row) -> bool {
        self.submitted_own.contains(&(row.record, row.version))
    }
}
