//! The content of a report: its fields, with the bounds that are checked and documented from here.

#![warn(missing_docs)]

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use validator::{Validate, ValidationError};

use crate::resources::documents::Document;
use crate::validation;

/// The type of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReportKind {
    /// An inspection of one force or office.
    Inspection,
    /// An inspection of a subject in several forces.
    Thematic,
    /// A report by the Police and Crime Panel.
    Panel,
    /// A report by an auditor or an audit committee.
    Audit,
    /// A review of one case, such as a domestic homicide review.
    CaseReview,
    /// A public or independent inquiry.
    Inquiry,
    /// An annual report.
    AnnualReport,
    /// A letter.
    Letter,
}

/// Who must answer a report, and by when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReportDuty {
    /// The policing body publishes its comments within 56 days, the day of publication counted (Police Act 1996, section
    /// 55).
    PoliceActS55,
    /// The maker of the report sets the days, on its recommendations.
    SetByMaker,
    /// Nobody has to answer.
    None,
}

/// A report.
#[derive(Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[validate(schema(function = "visit_in_order", skip_on_field_errors = false))]
pub struct ReportContent {
    /// The title of the report.
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// The type of the report.
    pub report_kind: ReportKind,
    /// The organisation that made the report.
    #[schema(min_length = 1, max_length = 150)]
    pub made_by: String,
    /// Whether the report is about policing in general, and not about one force or office.
    pub national: bool,
    /// The first day of the visit.
    #[schema(max_length = 10)]
    pub visited_from: Option<NaiveDate>,
    /// The last day of the visit.
    #[schema(max_length = 10)]
    pub visited_to: Option<NaiveDate>,
    /// The day on which the report was published; absent if the sources do not state it.
    #[schema(max_length = 10)]
    pub published_on: Option<NaiveDate>,
    /// The duty to answer the report.
    pub duty: ReportDuty,
    /// The report that this one follows, such as the inspection before a re-inspection.
    #[schema(min_length = 1, max_length = 150)]
    pub follows: Option<String>,
    /// A summary, in words written for this record.
    #[schema(min_length = 1, max_length = 4000)]
    pub summary: Option<String>,
    /// The report itself, on its publisher's site.
    pub doc: Document,
    /// The objectives that it concerns.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub objectives: Vec<String>,
    /// The priorities that it concerns.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub priorities: Vec<String>,
}

fn visit_in_order(content: &ReportContent) -> Result<(), ValidationError> {
    match (content.visited_from, content.visited_to) {
        (Some(from), Some(to)) if to < from => Err(validation::error(
            "/visited_to",
            "out_of_range",
            "This is before `visited_from`. Give that day or a later one.",
        )),
        _ => Ok(()),
    }
}

/// An example body for `POST`.
pub fn example() -> Value {
    json!({
        "reference": "REP-EXAMPLE-1",
        "title": "Roads policing: an inspection of Derbyshire Constabulary",
        "report_kind": "inspection",
        "made_by": "hmicfrs",
        "national": false,
        "visited_from": "2026-05-11",
        "visited_to": "2026-05-22",
        "published_on": "2026-09-07",
        "duty": "police_act_s55",
        "summary": "The inspectorate found that fewer drivers were stopped than in 2024.",
        "doc": {"title": "Roads policing: Derbyshire", "published_on": "2026-09-07"},
        "objectives": ["derbyshire-pcc:OBJ-2"]
    })
}
