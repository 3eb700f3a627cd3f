//! The fields of comparisons.

#![warn(missing_docs)]

use serde::Serialize;

use crate::resources::receipts::Receipt;

/// One of the two that are compared.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ComparedSide {
    /// Its period in words, or what it is.
    #[schema(max_length = 400)]
    pub label: String,
    /// Its value, rounded; null if there is none.
    #[schema(max_length = 40)]
    pub value: Option<String>,
    /// Why there is none.
    #[schema(max_length = 40)]
    pub reason: Option<&'static str>,
}

/// A comparison of a figure, with its receipt.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ComparisonResult {
    /// The key of the series.
    #[schema(max_length = 400)]
    pub series: String,
    /// The method.
    #[schema(max_length = 20)]
    pub method: &'static str,
    /// The period that is compared, in ISO 8601.
    #[serde(rename = "TIME_PERIOD")]
    #[schema(max_length = 40)]
    pub time_period: String,
    /// The period in words.
    #[schema(max_length = 60)]
    pub period: String,
    /// The unit of the two values: that of the indicator, and `RATE_1000` for counts divided by people.
    #[schema(max_length = 20)]
    pub unit: &'static str,
    /// The value that is compared; of `rate`, the rate.
    pub current: ComparedSide,
    /// What it is compared with. Null for `rate` and `peer_rank`, which have no base.
    pub base: Option<ComparedSide>,
    /// The difference: current less base. Null for percentages, which have `change_pp`.
    #[schema(max_length = 40)]
    pub change: Option<String>,
    /// The difference in per cent of the base. Null for percentages, which have `relative_change_pct`.
    #[schema(max_length = 40)]
    pub change_pct: Option<String>,
    /// The difference of two percentages, in percentage points.
    #[schema(max_length = 40)]
    pub change_pp: Option<String>,
    /// The difference of two percentages, in per cent of the base.
    #[schema(max_length = 40)]
    pub relative_change_pct: Option<String>,
    /// Whether the result is for the better. Null if nothing changed, or if neither direction is better by itself.
    pub favourable: Option<bool>,
    /// `on_target` or `below_target`, of `against_target`. `below_target` means short of the target, also where lower is better.
    #[schema(max_length = 20)]
    pub target_status: Option<&'static str>,
    /// The place among the areas, from 1, of `peer_rank`.
    #[schema(minimum = 1, maximum = 10000, format = "int64")]
    pub rank: Option<usize>,
    /// The number of areas that are ranked.
    #[schema(minimum = 1, maximum = 10000, format = "int64")]
    pub rank_of: Option<usize>,
    /// How many areas share the place, this one included.
    #[schema(minimum = 1, maximum = 10000, format = "int64")]
    pub rank_shared_by: Option<usize>,
    /// Which value has rank 1: `lowest` or `highest`.
    #[schema(max_length = 10)]
    pub rank_1_is: Option<&'static str>,
    /// Why the result, or a part of it, is null.
    #[schema(max_length = 40)]
    pub reason: Option<&'static str>,
    /// The reason in a sentence.
    #[schema(max_length = 500)]
    pub reason_words: Option<String>,
    /// The areas without a value to compute with, of `peer_rank` and `peer_mean`.
    #[schema(max_items = 2000)]
    pub areas_without_value: Vec<String>,
    /// How the result was obtained.
    pub receipt: Receipt,
}
