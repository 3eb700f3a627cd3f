//! The content of a response: its fields, with the bounds that are checked and documented from here.

#![warn(missing_docs)]

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use validator::{Validate, ValidationErrors};

use crate::problem::Fault;
use crate::resources::documents::Document;
use crate::resources::rules;
use crate::validation;

/// The position on a recommendation. "Accepted in principle" is no position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResponsePosition {
    /// It is accepted.
    Accepted,
    /// A part of it is accepted.
    PartlyAccepted,
    /// It is rejected. That closes nothing.
    Rejected,
}

/// The answer to one recommendation.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResponseAnswer {
    /// The recommendation that is answered.
    #[schema(min_length = 1, max_length = 150)]
    pub recommendation: String,
    /// The position on it.
    pub position: ResponsePosition,
    /// The part that is accepted. Required where the position is `partly_accepted`.
    #[schema(min_length = 1, max_length = 4000)]
    pub accepted_part: Option<String>,
    /// What will be done. Required where the position is `accepted`.
    #[schema(min_length = 1, max_length = 4000)]
    pub action: Option<String>,
    /// The day by which it will be done.
    #[schema(max_length = 10)]
    pub action_by: Option<NaiveDate>,
    /// The reasons. Required where the position is `partly_accepted` or `rejected`.
    #[schema(min_length = 1, max_length = 4000)]
    pub reasons: Option<String>,
}

/// A response.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ResponseContent {
    /// The report that is answered. Either this or `panel_decision`.
    #[schema(min_length = 1, max_length = 150)]
    pub report: Option<String>,
    /// The decision of the Panel that is answered.
    #[schema(min_length = 1, max_length = 150)]
    pub panel_decision: Option<String>,
    /// The title of the response.
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// The day of the response.
    #[schema(max_length = 10)]
    pub responded_on: NaiveDate,
    /// The comments of the policing body.
    #[schema(min_length = 1, max_length = 8000)]
    pub comments: String,
    /// The comments of the chief officer. The organisation that `drafted_with` names may write them.
    #[schema(min_length = 1, max_length = 8000)]
    pub chief_officer_comments: Option<String>,
    /// What the policing body replies to the chief officer's comments.
    #[schema(min_length = 1, max_length = 4000)]
    pub reply_to_chief_officer: Option<String>,
    /// The organisation with which the response is drafted. It may change `chief_officer_comments`.
    #[schema(min_length = 1, max_length = 150)]
    pub drafted_with: Option<String>,
    /// The organisations to which the response was sent.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub sent_to: Vec<String>,
    /// The answers to single recommendations of the report.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub answers: Vec<ResponseAnswer>,
    /// The response itself, on its publisher's site.
    pub doc: Option<Document>,
}

impl Validate for ResponseContent {
    fn validate(&self) -> Result<(), ValidationErrors> {
        let mut faults = vec![];
        let subjects = [("report", &self.report), ("panel_decision", &self.panel_decision)];
        rules::check_exactly_one(&subjects, "Name what is answered", &mut faults);
        for (n, answer) in self.answers.iter().enumerate() {
            answer.check(n, &mut faults);
        }
        let answered = self.answers.iter().map(|answer| answer.recommendation.as_str());
        rules::check_distinct(answered, |n| format!("/answers/{n}/recommendation"), &mut faults);
        let sent_to = self.sent_to.iter().map(String::as_str);
        rules::check_distinct(sent_to, |n| format!("/sent_to/{n}"), &mut faults);
        validation::result(faults)
    }
}

impl ResponseAnswer {
    fn check(&self, n: usize, faults: &mut Vec<Fault>) {
        use ResponsePosition::{Accepted, PartlyAccepted, Rejected};
        let mut fault = |field: &str, code, detail: &str| {
            faults.push(Fault::pointer(format!("/answers/{n}/{field}"), code, detail));
        };
        if self.position == Accepted && self.action.is_none() {
            fault("action", "required", "An accepted recommendation needs an action. Say what will be done.");
        }
        if self.position == PartlyAccepted && self.accepted_part.is_none() {
            fault("accepted_part", "required", "Say which part of the recommendation is accepted.");
        }
        if self.position != PartlyAccepted && self.accepted_part.is_some() {
            let detail = "Only a recommendation that is partly accepted has an accepted part. Remove it, or change `position`.";
            fault("accepted_part", "not_here", detail);
        }
        if self.position != Accepted && self.reasons.is_none() {
            fault("reasons", "required", "A recommendation that is not accepted as a whole needs reasons.");
        }
        if self.position == Rejected && self.action.is_some() {
            let detail = "A rejected recommendation has no action. Remove it, or change `position`.";
            fault("action", "not_here", detail);
        }
        if self.action_by.is_some() && self.action.is_none() {
            let detail = "This is the day of an action. Give the action too, or remove the day.";
            fault("action_by", "not_here", detail);
        }
    }
}

/// An example body for `POST`.
pub fn example() -> Value {
    json!({
        "reference": "RESP-EXAMPLE-1",
        "report": "derbyshire-pcc:REP-CHILD-PROTECTION-2021",
        "title": "Response to the inspection of child protection",
        "responded_on": "2026-10-01",
        "comments": "The Commissioner accepts the findings of the inspectorate.",
        "drafted_with": "derbyshire-constabulary",
        "sent_to": ["hmicfrs", "home-office"],
        "answers": [
            {
                "recommendation": "derbyshire-pcc:REC-CHILD-PROTECTION-2021-1",
                "position": "accepted",
                "action": "Agree on one form for referrals with all partners.",
                "action_by": "2027-03-31"
            },
            {
                "recommendation": "derbyshire-pcc:REC-CHILD-PROTECTION-2021-2",
                "position": "rejected",
                "reasons": "Other training takes its place."
            }
        ]
    })
}
