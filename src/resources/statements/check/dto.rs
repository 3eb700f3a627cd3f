//! The fields of the check of a statement.

#![warn(missing_docs)]

use chrono::NaiveDate;
use serde::Serialize;

use super::verdict::StatementVerdict;
use crate::clock::Ts;
use crate::resources::receipts::Receipt;

/// What is to be known of a verdict.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct StatementFlag {
    /// The code.
    #[schema(max_length = 40)]
    pub code: &'static str,
    /// What it means, in a sentence.
    #[schema(max_length = 2000)]
    pub detail: String,
}

/// What the figures of a moment say.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct StatementResult {
    /// The moment of the figures; null for now.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub as_of: Option<Ts>,
    /// The value, change or rank that was stated, as the figures give it: to at most one decimal more than stated. Null if there is none.
    #[schema(max_length = 40)]
    pub result: Option<String>,
    /// Whether the result is as stated. Null if there is no result, or its figures are too coarse to tell.
    pub holds: Option<bool>,
    /// Why there is no result.
    #[schema(max_length = 40)]
    pub reason: Option<&'static str>,
    /// The reason in a sentence.
    #[schema(max_length = 500)]
    pub reason_words: Option<String>,
    /// How the result was obtained. Null if nothing was computed.
    pub receipt: Option<Receipt>,
}

/// What is compared: as stated, or as an editor assumes where the source leaves it open.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct StatementComparison {
    /// The key of the series. Null if it is not on record.
    #[schema(max_length = 400)]
    pub series: Option<String>,
    /// The method.
    #[schema(max_length = 20)]
    pub method: &'static str,
    /// The period, in ISO 8601.
    #[schema(max_length = 40)]
    pub period: Option<String>,
    /// The period of the base.
    #[schema(max_length = 40)]
    pub base_period: Option<String>,
    /// Whether an editor has assumed any of these.
    pub assumed: bool,
}

/// A statement, checked against the figures of the day on which it was made and against those of now.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct StatementCheck {
    /// The statement, by its reference.
    #[schema(max_length = 150)]
    pub statement: String,
    /// What was claimed.
    #[schema(max_length = 1000)]
    pub claim: String,
    /// Who said it.
    #[schema(max_length = 200)]
    pub said_by: String,
    /// The day on which it was said, if it is on record.
    #[schema(max_length = 10)]
    pub said_on: Option<NaiveDate>,
    /// The verdict: `reproduced`, `reproduced_then_revised`, `not_reproduced`, `missing_baseline`, `ambiguous_period`, `not_like_for_like`, `not_published`, `suppressed`, `rounded`, `no_series`, `no_figure` or `only_source` (the figure on record is the statement itself).
    #[schema(value_type = String, max_length = 40)]
    pub verdict: StatementVerdict,
    /// The verdict in a sentence.
    #[schema(max_length = 1000)]
    pub verdict_words: String,
    /// What a reader must know about the verdict; there can be several.
    #[schema(max_items = 10)]
    pub flags: Vec<StatementFlag>,
    /// What is compared. Null if the source does not state enough.
    pub compared: Option<StatementComparison>,
    /// By the figures of the day on which it was made. Null if that day or its figures are not on record.
    pub then: Option<StatementResult>,
    /// By the figures of now.
    pub now: Option<StatementResult>,
    /// The value of the base from which the stated change would follow, where it does not.
    #[schema(max_length = 40)]
    pub base_that_would_give_it: Option<String>,
    /// The verdicts on the public statement since it is on record, the latest first: one for each time that a publication changed it. The server judges a second or so after a publication, so the first can be older than `verdict`.
    #[schema(max_items = 200)]
    pub verdicts: Vec<PastVerdict>,
}

/// A verdict, and when it was in force.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct PastVerdict {
    /// The verdict.
    #[schema(max_length = 40)]
    pub verdict: String,
    /// From this moment.
    #[schema(value_type = String, format = "date-time", max_length = 32)]
    pub since: Ts,
    /// Until this moment. Null if it is in force.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub until: Option<Ts>,
}
