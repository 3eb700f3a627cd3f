//! The content of a recommendation: its fields, with the bounds that are checked and documented from here.

#![warn(missing_docs)]

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use validator::{Validate, ValidationErrors};

use crate::problem::Fault;
use crate::resources::rules;
use crate::resources::shared::WordingKind;
use crate::validation;

/// The type of a recommendation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecommendationKind {
    /// A cause of concern.
    CauseOfConcern,
    /// A recommendation.
    Recommendation,
    /// An area for improvement.
    AreaForImprovement,
    /// An area that a source only names, without the words of a recommendation.
    AreaNamed,
}

/// Whether a recommendation is closed, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Closing {
    /// It is open.
    Open,
    /// It was carried out.
    Implemented,
    /// Another recommendation took its place.
    Superseded,
    /// It no longer applies.
    NoLongerRelevant,
    /// Its maker withdrew it.
    Withdrawn,
}

/// A recommendation.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RecommendationContent {
    /// The report that it is part of.
    #[schema(min_length = 1, max_length = 150)]
    pub report: String,
    /// The organisation that made it: the maker of the report.
    #[schema(min_length = 1, max_length = 150)]
    pub made_by: String,
    /// Its number in the report, as the report writes it.
    #[schema(min_length = 1, max_length = 20)]
    pub number: String,
    /// The type of recommendation.
    pub rec_kind: RecommendationKind,
    /// The recommendation or cause of concern of the same report that it belongs to.
    #[schema(min_length = 1, max_length = 150)]
    pub under: Option<String>,
    /// The text of the recommendation.
    #[schema(min_length = 1, max_length = 4000)]
    pub wording: String,
    /// `verbatim` if the wording is quoted from the source, `paraphrase` if it is not.
    pub wording_kind: WordingKind,
    /// The organisations that it is addressed to.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub addressed_to: Vec<String>,
    /// The day on which it was made.
    #[schema(max_length = 10)]
    pub made_on: Option<NaiveDate>,
    /// The day by which it must be answered, if its maker set one.
    #[schema(max_length = 10)]
    pub respond_by: Option<NaiveDate>,
    /// The day by which it must be carried out, if its maker set one.
    #[schema(max_length = 10)]
    pub act_by: Option<NaiveDate>,
    /// Whether it is closed, and why. A rejection closes nothing.
    pub closing: Closing,
    /// The day on which it was closed.
    #[schema(max_length = 10)]
    pub closed_on: Option<NaiveDate>,
    /// Why it was closed.
    #[schema(min_length = 1, max_length = 4000)]
    pub closed_why: Option<String>,
    /// The document in which its maker closed it, with that organisation as its publisher. Required where the maker is not the owner
    /// of this record.
    #[schema(min_length = 1, max_length = 150)]
    pub closed_source: Option<String>,
    /// The objectives that it concerns.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub objectives: Vec<String>,
    /// The priorities that it concerns.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub priorities: Vec<String>,
}

impl Validate for RecommendationContent {
    fn validate(&self) -> Result<(), ValidationErrors> {
        let mut faults = vec![];
        self.check_closing(&mut faults);
        let days = [("respond_by", self.respond_by), ("act_by", self.act_by), ("closed_on", self.closed_on)];
        for (field, day) in days {
            if let (Some(day), Some(made_on)) = (day, self.made_on)
                && day < made_on
            {
                let detail = format!("This is before `made_on` ({made_on}). Give that day or a later one.");
                faults.push(Fault::pointer(format!("/{field}"), "out_of_range", detail));
            }
        }
        let addressed = self.addressed_to.iter().map(String::as_str);
        rules::check_distinct(addressed, |n| format!("/addressed_to/{n}"), &mut faults);
        validation::result(faults)
    }
}

impl RecommendationContent {
    fn check_closing(&self, faults: &mut Vec<Fault>) {
        let closed = self.closing != Closing::Open;
        let fields = [
            ("closed_on", self.closed_on.is_some(), closed, "the day on which it was closed"),
            ("closed_why", self.closed_why.is_some(), closed, "why it was closed"),
            ("closed_source", self.closed_source.is_some(), false, ""),
        ];
        for (field, there, required, what) in fields {
            let pointer = format!("/{field}");
            if required && !there {
                faults.push(Fault::pointer(pointer, "required", format!("Give {what}.")));
            } else if there && !closed {
                let detail = "An open recommendation has no closing. Remove it, or say in `closing` how it was closed.";
                faults.push(Fault::pointer(pointer, "not_here", detail));
            }
        }
    }
}

/// An example body for `POST`.
pub fn example() -> Value {
    json!({
        "reference": "REC-EXAMPLE-1",
        "report": "derbyshire-pcc:REP-CHILD-PROTECTION-2021",
        "made_by": "hmicfrs",
        "number": "5",
        "rec_kind": "area_named",
        "wording": "The supervision of cases of missing children.",
        "wording_kind": "paraphrase",
        "addressed_to": ["derbyshire-constabulary"],
        "made_on": "2021-11-16",
        "act_by": "2022-05-16",
        "closing": "open",
        "objectives": ["derbyshire-pcc:OBJ-2"]
    })
}
