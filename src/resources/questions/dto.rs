//! The content of a question: its fields, with the bounds that are checked and documented from here.

#![warn(missing_docs)]

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use validator::Validate;

/// What kind of person or organisation asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AskedBy {
    /// A resident.
    Resident,
    /// A business.
    Business,
    /// A charity.
    Charity,
    /// A councillor.
    Councillor,
    /// A journalist.
    Journalist,
    /// The Police and Crime Panel.
    Panel,
    /// Somebody else.
    Other,
}

/// Whether the meeting took the question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Handling {
    /// It was taken in the meeting.
    Yes,
    /// It is answered in writing only.
    WrittenOnly,
    /// It was not taken.
    No,
}

/// An answer to a question.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuestionAnswer {
    /// The organisation that answers.
    #[schema(min_length = 1, max_length = 150)]
    pub by: String,
    /// The role of whoever answers.
    #[schema(min_length = 1, max_length = 200)]
    pub role: String,
    /// The day of the answer.
    #[schema(max_length = 10)]
    pub on: NaiveDate,
    /// The answer.
    #[schema(min_length = 1, max_length = 4000)]
    pub text: String,
    /// Whether it was given in the meeting.
    pub in_meeting: bool,
}

/// A question.
#[derive(Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
pub struct QuestionContent {
    /// The meeting to which it was put.
    #[schema(min_length = 1, max_length = 150)]
    pub meeting: String,
    /// What kind of person or organisation asked. No name is recorded.
    pub asked_by: AskedBy,
    /// The area that it is about.
    #[schema(min_length = 1, max_length = 150)]
    pub area: Option<String>,
    /// The question.
    #[schema(min_length = 1, max_length = 1000)]
    pub text: String,
    /// Whether it was reworded.
    pub edited: bool,
    /// The organisation that is to answer. It may change `answers`.
    #[schema(min_length = 1, max_length = 150)]
    pub assigned_organisation: Option<String>,
    /// The answers.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub answers: Vec<QuestionAnswer>,
    /// Whether the meeting took it.
    #[serde(rename = "taken")]
    pub handling: Handling,
    /// The objectives that it concerns.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub objectives: Vec<String>,
    /// The priorities that it concerns.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub priorities: Vec<String>,
}

/// An example body for `POST`.
pub fn example() -> Value {
    json!({
        "reference": "QUESTION-EXAMPLE-1",
        "meeting": "derbyshire-pcc:PSM-2024-03",
        "asked_by": "resident",
        "text": "How many officers work in the neighbourhood teams of the county?",
        "edited": false,
        "assigned_organisation": "derbyshire-constabulary",
        "answers": [{"by": "derbyshire-constabulary", "role": "Chief Constable", "on": "2026-10-20", "text": "The figure is published in the report to the meeting.", "in_meeting": false}],
        "taken": "written_only",
        "priorities": ["derbyshire-pcc:PRI-1"]
    })
}
