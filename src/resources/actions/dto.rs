//! The content of an action: its fields, with the bounds that are checked and documented from here.

#![warn(missing_docs)]

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use validator::{Validate, ValidationErrors};

use crate::problem::Fault;
use crate::resources::rules;
use crate::resources::shared::WordingKind;
use crate::validation;

/// What an action consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActionVerb {
    /// Support the work of others.
    Support,
    /// Examine a subject.
    Examine,
    /// Monitor a subject over time.
    Monitor,
    /// Commission a service.
    Commission,
    /// Coordinate several parties.
    Coordinate,
    /// Engage with people and organisations.
    Engage,
    /// Improve something that exists.
    Improve,
    /// Prevent harm or crime.
    Prevent,
    /// Analyse data.
    Analyse,
    /// Hold the chief constable to account.
    HoldToAccount,
    /// Consider a question before a decision.
    Consider,
    /// Anything else.
    Other,
}

/// The progress of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActionStatus {
    /// No status has been reported.
    NotReported,
    /// Work has not started.
    NotStarted,
    /// Work is in progress.
    InProgress,
    /// The action is complete.
    Completed,
    /// Work stopped before the action was complete.
    Discontinued,
}

/// Evidence for the status of an action.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActionEvidence {
    /// The date of the evidence.
    #[schema(max_length = 10)]
    pub date: NaiveDate,
    /// What was done or found.
    #[schema(min_length = 1, max_length = 4000)]
    pub summary: String,
    /// The address of the evidence.
    #[schema(format = "uri", min_length = 8, max_length = 2000, pattern = "^https?://")]
    pub url: Option<String>,
}

/// An action.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ActionContent {
    /// The objective that the action belongs to.
    #[schema(min_length = 1, max_length = 150)]
    pub objective: String,
    /// The number of the action within its objective.
    #[schema(minimum = 1, maximum = 1000, format = "int64")]
    pub number: i64,
    /// The text of the action.
    #[schema(min_length = 1, max_length = 4000)]
    pub wording: String,
    /// `verbatim` if the wording is quoted from the source, `paraphrase` if it is not.
    pub wording_kind: WordingKind,
    /// The type of action.
    pub verb: ActionVerb,
    /// The office that leads the action. A person is named only if they are a commissioner or a chief constable.
    #[schema(min_length = 1, max_length = 200)]
    pub lead: Option<String>,
    /// The organisations that take part.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub partners: Vec<String>,
    /// The organisation that reports on the action. It may change `status` and `status_evidence`.
    #[schema(min_length = 1, max_length = 150)]
    pub assigned_organisation: Option<String>,
    /// The date by which the action is due.
    #[schema(max_length = 10)]
    pub due: Option<NaiveDate>,
    /// The progress of the action.
    pub status: ActionStatus,
    /// The evidence for the status, in order of date, the latest last.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub status_evidence: Vec<ActionEvidence>,
}

impl Validate for ActionContent {
    fn validate(&self) -> Result<(), ValidationErrors> {
        let mut faults = vec![];
        let dates = self.status_evidence.iter().map(|evidence| evidence.date);
        rules::check_ascending("Evidence", dates, |n| format!("/status_evidence/{n}/date"), &mut faults);
        if self.status == ActionStatus::Completed && self.status_evidence.is_empty() {
            faults.push(Fault::pointer(
                "/status_evidence",
                "required",
                "A completed action needs evidence. Give at least one item, with its date.",
            ));
        }
        validation::result(faults)
    }
}

/// An example body for `POST`.
pub fn example() -> Value {
    json!({
        "reference": "ACT-2-5",
        "objective": "derbyshire-pcc:OBJ-2",
        "number": 5,
        "wording": "Meet every community safety partnership once a year.",
        "wording_kind": "paraphrase",
        "verb": "engage",
        "lead": "Police and Crime Commissioner",
        "partners": ["safer-derbyshire-partnership"],
        "assigned_organisation": "victim-support",
        "due": "2027-03-31",
        "status": "in_progress",
        "status_evidence": [{"date": "2026-10-01", "summary": "Five of nine partnerships met."}],
    })
}
