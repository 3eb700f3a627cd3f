//! The content of an indicator: its fields, with the bounds that are checked and documented from here.

#![warn(missing_docs)]

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use validator::{Validate, ValidationError};

use super::headline::{HeadlineComparison, IndicatorHeadline};
use crate::resources::rules;
use crate::resources::shared::{Decimal, Operator};
use crate::stats::period;

/// The unit of the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub enum Unit {
    /// A number of things.
    #[serde(rename = "COUNT")]
    Count,
    /// A percentage.
    #[serde(rename = "PERCENT")]
    Percent,
    /// A rate per 1,000.
    #[serde(rename = "RATE_1000")]
    Rate1000,
    /// A rate per 10,000.
    #[serde(rename = "RATE_10000")]
    Rate10000,
    /// A rate per 100,000.
    #[serde(rename = "RATE_100000")]
    Rate100000,
    /// Seconds.
    #[serde(rename = "SECONDS")]
    Seconds,
    /// Minutes.
    #[serde(rename = "MINUTES")]
    Minutes,
    /// Hours.
    #[serde(rename = "HOURS")]
    Hours,
    /// Days.
    #[serde(rename = "DAYS")]
    Days,
    /// Pounds sterling.
    #[serde(rename = "GBP")]
    Gbp,
    /// One number divided by another.
    #[serde(rename = "RATIO")]
    Ratio,
}

impl Unit {
    /// The code of the unit, as the API shows it.
    pub const fn code(self) -> &'static str {
        match self {
            Unit::Count => "COUNT",
            Unit::Percent => "PERCENT",
            Unit::Rate1000 => "RATE_1000",
            Unit::Rate10000 => "RATE_10000",
            Unit::Rate100000 => "RATE_100000",
            Unit::Seconds => "SECONDS",
            Unit::Minutes => "MINUTES",
            Unit::Hours => "HOURS",
            Unit::Days => "DAYS",
            Unit::Gbp => "GBP",
            Unit::Ratio => "RATIO",
        }
    }
}

/// How the values are obtained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MeasureType {
    /// Events are counted over a period.
    Count,
    /// One count is divided by another.
    Ratio,
    /// The mean of a set of values.
    Mean,
    /// The value that a given share of cases does not exceed.
    Percentile,
    /// The number on a given day.
    Stock,
}

/// Which direction of change is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Polarity {
    /// Lower values are better.
    LowerIsBetter,
    /// Higher values are better.
    HigherIsBetter,
    /// Neither direction is better by itself.
    Contextual,
}

/// How often values are published, as an ISO 8601 duration. Where periods overlap: the length of the period, then the interval between publications.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub enum Frequency {
    /// Every month.
    #[serde(rename = "P1M")]
    Monthly,
    /// Every quarter.
    #[serde(rename = "P3M")]
    Quarterly,
    /// Every half year.
    #[serde(rename = "P6M")]
    HalfYearly,
    /// Every year.
    #[serde(rename = "P1Y")]
    Yearly,
    /// A year, published every quarter.
    #[serde(rename = "P1Y-P3M")]
    YearByQuarter,
    /// A year, published every month.
    #[serde(rename = "P1Y-P1M")]
    YearByMonth,
    /// At no fixed times.
    #[serde(rename = "irregular")]
    Irregular,
}

impl Frequency {
    /// The frequency as the arithmetic of periods knows it.
    pub const fn of_periods(self) -> period::Frequency {
        match self {
            Frequency::Monthly => period::Frequency::Monthly,
            Frequency::Quarterly => period::Frequency::Quarterly,
            Frequency::HalfYearly => period::Frequency::HalfYearly,
            Frequency::Yearly => period::Frequency::Yearly,
            Frequency::YearByQuarter => period::Frequency::YearByQuarter,
            Frequency::YearByMonth => period::Frequency::YearByMonth,
            Frequency::Irregular => period::Frequency::Irregular,
        }
    }
}

/// How small numbers are protected so that no person can be identified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DisclosureProfile {
    /// Numbers are shown as they are.
    None,
    /// Numbers below five are suppressed.
    T5,
    /// Numbers below five are suppressed, and all others are rounded to the nearest five.
    #[serde(rename = "t5_r5")]
    T5R5,
}

/// Why values before and after a break cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BreakReason {
    /// The definition changed.
    DefinitionChange,
    /// The base changed.
    Rebase,
    /// The recording practice changed.
    RecordingChange,
    /// The boundary of the area changed.
    BoundaryChange,
    /// Anything else.
    Other,
}

/// A code of a dimension.
#[derive(Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[validate(schema(function = "code_dates", skip_on_field_errors = false))]
#[serde(deny_unknown_fields)]
pub struct DimensionCode {
    /// The code.
    #[schema(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9_-]+$")]
    pub code: String,
    /// The name that the code stands for.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// The code of the same dimension that this one is a part of. A code is the sum of all its parts.
    #[schema(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9_-]+$")]
    pub parent: Option<String>,
    /// The first day on which the code is used.
    #[schema(max_length = 10)]
    pub from: Option<NaiveDate>,
    /// The last day on which the code is used.
    #[schema(max_length = 10)]
    pub to: Option<NaiveDate>,
}

/// A dimension by which values are broken down.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Dimension {
    /// The code of the dimension.
    #[schema(min_length = 1, max_length = 40, pattern = "^[A-Z][A-Z0-9_]*$")]
    pub code: String,
    /// The name of the dimension.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// The codes of the dimension.
    #[serde(default)]
    #[schema(max_items = 2000)]
    pub codes: Vec<DimensionCode>,
}

/// A target.
#[derive(Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[validate(schema(function = "target_dates", skip_on_field_errors = false))]
#[serde(deny_unknown_fields)]
pub struct IndicatorTarget {
    /// The value to reach.
    pub value: Decimal,
    /// `le` if values at or below the target meet it, `ge` if values at or above it do.
    pub operator: Operator,
    /// The first day on which the target applies.
    #[schema(max_length = 10)]
    pub from: Option<NaiveDate>,
    /// The last day on which the target applies.
    #[schema(max_length = 10)]
    pub to: Option<NaiveDate>,
    /// A note on the target.
    #[schema(min_length = 1, max_length = 1000)]
    pub note: Option<String>,
}

/// A baseline with which values are compared.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// The period of the baseline: a year, a month, a quarter or an ISO 8601 interval.
    #[schema(
        min_length = 1,
        max_length = 40,
        pattern = "^[12][0-9]{3}(-(0[1-9]|1[0-2])|-Q[1-4])?$|^[12][0-9]{3}-[0-9]{2}-[0-9]{2}/P([0-9]+[YMD])$"
    )]
    pub period: String,
    /// The name of the baseline.
    #[schema(min_length = 1, max_length = 200)]
    pub label: Option<String>,
    /// The value of the baseline, if it is fixed.
    pub value: Option<Decimal>,
    /// The date of the publication from which the baseline is taken.
    #[schema(max_length = 10)]
    pub pinned_to: Option<NaiveDate>,
}

/// A break in the series.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SeriesBreak {
    /// The day from which values cannot be compared with earlier values.
    #[schema(max_length = 10)]
    pub date: NaiveDate,
    /// The reason for the break.
    pub reason: BreakReason,
    /// What changed, in words written for this record.
    #[schema(min_length = 1, max_length = 1000)]
    pub summary: Option<String>,
}

/// An indicator.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct IndicatorContent {
    /// The short name used in addresses; unique among all indicators.
    #[schema(min_length = 1, max_length = 64, pattern = "^[a-z0-9][a-z0-9-]*$")]
    pub slug: String,
    /// The title of the indicator.
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// What exactly is measured.
    #[schema(min_length = 1, max_length = 4000)]
    pub definition: String,
    /// The unit of the values.
    pub unit: Unit,
    /// The number of decimal places shown.
    #[schema(minimum = 0, maximum = 6, format = "int64")]
    pub decimals: i64,
    /// How the values are obtained.
    pub measure_type: MeasureType,
    /// The numerator; required for a ratio.
    #[schema(min_length = 1, max_length = 1000)]
    pub numerator: Option<String>,
    /// The denominator; required for a ratio.
    #[schema(min_length = 1, max_length = 1000)]
    pub denominator: Option<String>,
    /// Which direction of change is better; `contextual` if neither is better by itself.
    pub polarity: Polarity,
    /// How often values are published, as an ISO 8601 duration. Where periods overlap: the length of the period, then the interval between publications (`P1Y-P3M`: a year, every quarter).
    pub frequency: Frequency,
    /// How small numbers are protected so that no person can be identified: `none` shows them, `t5` suppresses numbers below five, `t5_r5` also rounds all others to five.
    pub disclosure_profile: DisclosureProfile,
    /// The licence of the values.
    #[schema(min_length = 1, max_length = 200)]
    pub licence: Option<String>,
    /// The version of the definition, from 1.
    #[schema(minimum = 1, maximum = 1000, format = "int64")]
    pub definition_version: i64,
    /// The dimensions by which values are broken down.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub dimensions: Vec<Dimension>,
    /// The targets.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub targets: Vec<IndicatorTarget>,
    /// The baselines with which values are compared.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub baselines: Vec<Baseline>,
    /// The breaks in the series, in order of date, the latest last.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub breaks: Vec<SeriesBreak>,
    /// The series that stands for the indicator in an overview, such as the scorecard of a plan. Without it: the body's area and, of every other dimension, the code of which all others are parts, or its only one.
    pub headline: Option<IndicatorHeadline>,
    /// How the latest figure of the headline is compared; with the same period a year before (`yoy`) if absent.
    pub headline_comparison: Option<HeadlineComparison>,
    /// The objectives that the indicator measures.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub objectives: Vec<String>,
    /// The priorities that the indicator measures.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub priorities: Vec<String>,
}

fn code_dates(code: &DimensionCode) -> Result<(), ValidationError> {
    rules::dates_in_order(code.from, code.to)
}

fn target_dates(target: &IndicatorTarget) -> Result<(), ValidationError> {
    rules::dates_in_order(target.from, target.to)
}

/// An example body for `POST`.
pub fn example() -> Value {
    json!({
        "reference": "IND-SHOPLIFTING",
        "slug": "shoplifting",
        "title": "Shoplifting",
        "definition": "Offences of theft from a shop recorded by the police in the period.",
        "unit": "COUNT",
        "decimals": 0,
        "measure_type": "count",
        "polarity": "lower_is_better",
        "frequency": "P1M",
        "disclosure_profile": "none",
        "licence": "OGL-UK-3.0",
        "definition_version": 1,
        "dimensions": [
            {
                "code": "AREA",
                "name": "Area",
                "codes": [{"code": "E23000018", "name": "Derbyshire"}]
            }
        ],
        "baselines": [
            {
                "period": "2011-04-01/P1Y",
                "label": "The year before the term"
            }
        ],
        "breaks": [
            {
                "date": "2017-04-01",
                "reason": "definition_change",
                "summary": "Thefts from shops by staff count as theft by an employee."
            }
        ],
        "headline": {"codes": {"AREA": "E23000018"}},
        "headline_comparison": "rolling12",
        "objectives": [
            "derbyshire-pcc:OBJ-2"
        ]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_and_frequencies_have_the_codes_that_they_are_submitted_with() {
        for code in crate::resources::codes::codes_of::<Unit>() {
            let unit: Unit = serde_json::from_value(json!(code)).unwrap();
            assert_eq!(unit.code(), code);
        }
        let codes = crate::resources::codes::codes_of::<Frequency>();
        for code in &codes {
            let frequency: Frequency = serde_json::from_value(json!(code)).unwrap();
            assert_eq!(frequency.of_periods().code(), code);
        }
        assert_eq!(codes.len(), period::Frequency::ALL.len());
    }
}
