//! The content of progress: its fields, with the bounds that are checked and documented from here.

#![warn(missing_docs)]

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use validator::{Validate, ValidationErrors};

use crate::problem::Fault;
use crate::resources::assessments::dto::AssessmentEvidence;
use crate::resources::rules;
use crate::validation;

/// How far the work is, as the organisation claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProgressStatus {
    /// Work has not started.
    NotStarted,
    /// Work is in progress.
    InProgress,
    /// The work is complete.
    Complete,
}

/// What was reported on a day.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProgressEntry {
    /// The day of the report.
    #[schema(max_length = 10)]
    pub on: NaiveDate,
    /// How far the work was on that day.
    pub status: ProgressStatus,
    /// What had been done.
    #[schema(min_length = 1, max_length = 4000)]
    pub summary: String,
    /// The evidence of it.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub evidence: Vec<AssessmentEvidence>,
}

/// Progress.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ProgressContent {
    /// What is being done, in a few words.
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// The recommendation that it is about. Either this or `report`.
    #[schema(min_length = 1, max_length = 150)]
    pub recommendation: Option<String>,
    /// The report that it is about, where it is about no single recommendation.
    #[schema(min_length = 1, max_length = 150)]
    pub report: Option<String>,
    /// The organisation that reports. It may change `status` and `entries`.
    #[schema(min_length = 1, max_length = 150)]
    pub by: String,
    /// How far the work is: the status of the last entry, or `not_started`.
    pub status: ProgressStatus,
    /// What was reported, in order of date, the latest last.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub entries: Vec<ProgressEntry>,
    /// The indicators that measure it.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub indicators: Vec<String>,
}

impl Validate for ProgressContent {
    fn validate(&self) -> Result<(), ValidationErrors> {
        let mut faults = vec![];
        match (&self.recommendation, &self.report) {
            (None, None) => {
                let detail = "Name the recommendation that this is about, or the report.";
                faults.push(Fault::pointer("/recommendation", "required", detail));
            }
            (Some(_), Some(_)) => {
                let detail = "This is about a recommendation, whose report is known. Name one of the two.";
                faults.push(Fault::pointer("/report", "not_here", detail));
            }
            _ => {}
        }
        let days = self.entries.iter().map(|entry| entry.on);
        rules::check_ascending("Entries", days, |n| format!("/entries/{n}/on"), &mut faults);
        let last = self.entries.last().map_or(ProgressStatus::NotStarted, |entry| entry.status);
        if self.status != last {
            let detail = "The status is that of the last entry, or `not_started` without entries. Add an entry that says so, or correct the status.";
            faults.push(Fault::pointer("/status", "mismatch", detail));
        }
        validation::result(faults)
    }
}

/// An example body for `POST`.
pub fn example() -> Value {
    json!({
        "reference": "PROG-EXAMPLE-1",
        "title": "One form for referrals",
        "recommendation": "derbyshire-pcc:REC-CHILD-PROTECTION-2021-1",
        "by": "derbyshire-constabulary",
        "status": "in_progress",
        "entries": [{"on": "2026-10-20", "status": "in_progress", "summary": "The form was agreed with the county."}],
        "indicators": ["derbyshire-pcc:IND-ALL-CRIME"]
    })
}
