//! The content of a policing body: its fields, with the bounds that are checked and documented from here.

#![warn(missing_docs)]

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use validator::{Validate, ValidationErrors};

use crate::problem::Fault;
use crate::resources::rules;
use crate::validation;

/// The type of a policing body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BodyKind {
    /// A Police and Crime Commissioner.
    Commissioner,
    /// A mayor with policing powers.
    Mayor,
    /// A policing and crime board.
    PolicingAndCrimeBoard,
    /// A police authority (until 2012).
    PoliceAuthority,
}

/// A kind of record that a body can claim to keep completely.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CoveredKind {
    /// Reports.
    Report,
    /// Recommendations.
    Recommendation,
    /// Responses to reports.
    Response,
    /// Progress on recommendations.
    Progress,
    /// Verifications of progress.
    Verification,
    /// Meetings.
    Meeting,
    /// Papers.
    Paper,
    /// Questions.
    Question,
    /// Decisions.
    Decision,
    /// Proposals to the Panel.
    Proposal,
    /// Decisions of the Panel.
    PanelDecision,
    /// Threats.
    Threat,
}

/// The kinds whose records meet a clock that counts only where they are complete.
const MEET_CLOCKS: &[CoveredKind] =
    &[CoveredKind::Response, CoveredKind::Progress, CoveredKind::Proposal, CoveredKind::PanelDecision];

/// Since when the record of one kind claims to be complete.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// The kind of record: one that meets what is due.
    pub kind: CoveredKind,
    /// The day since which nothing of that kind is missing; not one to come.
    #[schema(max_length = 10)]
    pub from: NaiveDate,
}

/// A policing body.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BodyContent {
    /// The name of the body.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// The type of the body.
    pub body_kind: BodyKind,
    /// The area that the body polices.
    #[schema(min_length = 1, max_length = 150)]
    pub area: String,
    /// The bodies that this one replaced.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub predecessors: Vec<String>,
    /// The day from which the body exists.
    #[schema(max_length = 10)]
    pub from: Option<NaiveDate>,
    /// The day from which the body no longer exists.
    #[schema(max_length = 10)]
    pub to: Option<NaiveDate>,
    /// Since when the record of a kind claims to be complete, once for each kind. Where nothing is claimed, silence is no
    /// sign that something is overdue.
    #[schema(max_items = 50)]
    pub coverage: Option<Vec<Coverage>>,
}

impl Validate for BodyContent {
    fn validate(&self) -> Result<(), ValidationErrors> {
        let mut faults: Vec<Fault> = rules::dates_fault(self.from, self.to).into_iter().collect();
        let mut seen = BTreeSet::new();
        for (n, coverage) in self.coverage.iter().flatten().enumerate() {
            if !MEET_CLOCKS.contains(&coverage.kind) {
                let detail = "No record of this kind meets what is due, so a claim of it would have no effect. Claim `response`, `progress`, `proposal` or `panel_decision`, or remove this one.";
                faults.push(Fault::pointer(format!("/coverage/{n}/kind"), "not_here", detail));
            }
            if !seen.insert(coverage.kind) {
                let detail = "This kind occurs more than once. Give one day for each kind.";
                faults.push(Fault::pointer(format!("/coverage/{n}/kind"), "duplicate", detail));
            }
        }
        validation::result(faults)
    }
}

/// An example body for `POST`.
pub fn example() -> Value {
    json!({
        "reference": "derbyshire-policing-board",
        "name": "Derbyshire Policing and Crime Board",
        "body_kind": "policing_and_crime_board",
        "area": "E23000018",
        "predecessors": ["derbyshire-pcc"],
        "from": "2028-05-08",
        "coverage": [{"kind": "response", "from": "2026-09-01"}],
    })
}
