//! What goes in and out, with the bounds that are checked and documented from here.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::resources::shared::WordingKind;

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// Support somebody's work.
    Support,
    /// Look into something.
    Examine,
    /// Keep an eye on something.
    Monitor,
    /// Pay for a service.
    Commission,
    /// Bring parties together.
    Coordinate,
    /// Listen and take part.
    Engage,
    /// Make something better.
    Improve,
    /// Keep something from happening.
    Prevent,
    /// Work through figures.
    Analyse,
    /// Hold the chief constable to account.
    HoldToAccount,
    /// Weigh something.
    Consider,
    /// Anything else.
    Other,
}

/// How far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nobody has said.
    NotReported,
    /// It has not begun.
    NotStarted,
    /// It is under way.
    InProgress,
    /// It is done.
    Completed,
    /// It was given up.
    Discontinued,
}

/// What shows a status.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// The day that it is about.
    #[schema(max_length = 10)]
    pub date: NaiveDate,
    /// What was done or found.
    #[schema(min_length = 1, max_length = 4000)]
    pub summary: String,
    /// Where it can be seen.
    #[schema(format = "uri", min_length = 8, max_length = 2000, pattern = "^https?://")]
    pub url: Option<String>,
}

/// An action.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ActionContent {
    /// The objective that it is part of.
    #[schema(min_length = 1, max_length = 150)]
    pub objective: String,
    /// Its number in the objective.
    #[schema(minimum = 1, maximum = 1000, format = "int64")]
    pub number: i64,
    /// What is to be done.
    #[schema(min_length = 1, max_length = 4000)]
    pub wording: String,
    /// Whose words these are.
    pub wording_kind: WordingKind,
    /// What kind of doing it is.
    pub verb: Verb,
    /// Who leads: an office or, for a commissioner or chief constable, a person.
    #[schema(min_length = 1, max_length = 200)]
    pub lead: Option<String>,
    /// The organisations that take part.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub partners: Vec<String>,
    /// The organisation that reports on it: it may change `status` and `status_evidence`.
    #[schema(min_length = 1, max_length = 150)]
    pub assigned_organisation: Option<String>,
    /// Until when it is to be done.
    #[schema(max_length = 10)]
    pub due: Option<NaiveDate>,
    /// How far it has come.
    pub status: Status,
    /// What shows that, the latest last.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub status_evidence: Vec<Evidence>,
}

/// A body that `POST` takes.
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
