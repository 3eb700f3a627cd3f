//! What goes in and out, with the bounds that are checked and documented from here.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::resources::shared::{Decimal, Operator};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub enum Unit {
    /// A number of things.
    #[serde(rename = "COUNT")]
    Count,
    /// Parts of a hundred.
    #[serde(rename = "PERCENT")]
    Percent,
    /// For each thousand.
    #[serde(rename = "RATE_1000")]
    Rate1000,
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
    /// One number for each of another.
    #[serde(rename = "RATIO")]
    Ratio,
}

/// How its values come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MeasureType {
    /// Events are counted over a period.
    Count,
    /// One count is divided by another.
    Ratio,
    /// An average.
    Mean,
    /// The value that a share of cases stays within.
    Percentile,
    /// What there is on a day.
    Stock,
}

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Polarity {
    /// Down.
    LowerIsBetter,
    /// Up.
    HigherIsBetter,
    /// Neither by itself.
    Contextual,
}

/// How often it is published, as an ISO 8601 duration; a window and its step where they overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub enum Frequency {
    /// Each month.
    #[serde(rename = "P1M")]
    Monthly,
    /// Each quarter.
    #[serde(rename = "P3M")]
    Quarterly,
    /// Each half year.
    #[serde(rename = "P6M")]
    HalfYearly,
    /// Each year.
    #[serde(rename = "P1Y")]
    Yearly,
    /// A year, each quarter.
    #[serde(rename = "P1Y-P3M")]
    YearByQuarter,
    /// A year, each month.
    #[serde(rename = "P1Y-P1M")]
    YearByMonth,
    /// At no fixed times.
    #[serde(rename = "irregular")]
    Irregular,
}

/// How small numbers are kept from telling of persons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DisclosureProfile {
    /// They are shown as they are.
    None,
    /// Numbers below five are left out.
    T5,
    /// The same, and all are rounded to five.
    #[serde(rename = "t5_r5")]
    T5R5,
}

/// Why values before and after cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BreakReason {
    /// What is counted changed.
    DefinitionChange,
    /// The base changed.
    Rebase,
    /// The way of recording changed.
    RecordingChange,
    /// The area changed.
    BoundaryChange,
    /// Anything else.
    Other,
}

/// A code of a dimension.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// The code.
    #[schema(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9_-]+$")]
    pub code: String,
    /// What it stands for.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// Since when it is used.
    #[schema(max_length = 10)]
    pub from: Option<NaiveDate>,
    /// Until when.
    #[schema(max_length = 10)]
    pub to: Option<NaiveDate>,
}

/// A dimension that values are broken down by.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Dimension {
    /// Its code.
    #[schema(min_length = 1, max_length = 40, pattern = "^[A-Z][A-Z0-9_]*$")]
    pub code: String,
    /// Its name.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// The codes that it takes.
    #[serde(default)]
    #[schema(max_items = 2000)]
    pub codes: Vec<Code>,
}

/// A target.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IndicatorTarget {
    /// The value to be reached.
    pub value: Decimal,
    /// Whether that or less, or that or more, meets it.
    pub operator: Operator,
    /// Since when it holds.
    #[schema(max_length = 10)]
    pub from: Option<NaiveDate>,
    /// Until when.
    #[schema(max_length = 10)]
    pub to: Option<NaiveDate>,
    /// A remark.
    #[schema(min_length = 1, max_length = 1000)]
    pub note: Option<String>,
}

/// What values are compared with.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// Its period: a year, month, quarter or ISO 8601 interval.
    #[schema(
        min_length = 1,
        max_length = 40,
        pattern = "^[0-9]{4}(-(0[1-9]|1[0-2])|-Q[1-4])?$|^[0-9]{4}-[0-9]{2}-[0-9]{2}/P([0-9]+[YMD])$"
    )]
    pub period: String,
    /// What it is called.
    #[schema(min_length = 1, max_length = 200)]
    pub label: Option<String>,
    /// Its value, where it is fixed.
    pub value: Option<Decimal>,
    /// The day of the publication that it is taken from.
    #[schema(max_length = 10)]
    pub pinned_to: Option<NaiveDate>,
}

/// A break in the series.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Break {
    /// Since when values cannot be compared with those before.
    #[schema(max_length = 10)]
    pub date: NaiveDate,
    /// Why.
    pub reason: BreakReason,
    /// What changed, in our words.
    #[schema(min_length = 1, max_length = 1000)]
    pub summary: Option<String>,
}

/// An indicator.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct IndicatorContent {
    /// Its short name in addresses; unique among all indicators.
    #[schema(min_length = 1, max_length = 64, pattern = "^[a-z0-9][a-z0-9-]*$")]
    pub slug: String,
    /// Its title.
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// What exactly is measured.
    #[schema(min_length = 1, max_length = 4000)]
    pub definition: String,
    /// What is counted.
    pub unit: Unit,
    /// How many decimals its values are shown with.
    #[schema(minimum = 0, maximum = 6, format = "int64")]
    pub decimals: i64,
    /// How its values come about.
    pub measure_type: MeasureType,
    /// What stands above the line; a ratio has it.
    #[schema(min_length = 1, max_length = 1000)]
    pub numerator: Option<String>,
    /// What stands below the line; a ratio has it.
    #[schema(min_length = 1, max_length = 1000)]
    pub denominator: Option<String>,
    /// Which way is better.
    pub polarity: Polarity,
    /// How often it is published.
    pub frequency: Frequency,
    /// How small numbers are kept from telling of persons.
    pub disclosure_profile: DisclosureProfile,
    /// The licence of its values.
    #[schema(min_length = 1, max_length = 200)]
    pub licence: Option<String>,
    /// The number of its definition, from 1.
    #[schema(minimum = 1, maximum = 1000, format = "int64")]
    pub definition_version: i64,
    /// What its values are broken down by.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub dimensions: Vec<Dimension>,
    /// Its targets.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub targets: Vec<IndicatorTarget>,
    /// What its values are compared with.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub baselines: Vec<Baseline>,
    /// Its breaks, the latest last.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub breaks: Vec<Break>,
    /// The objectives that it measures.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub objectives: Vec<String>,
    /// The priorities that it measures.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub priorities: Vec<String>,
}

/// A body that `POST` takes.
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
                "codes": [
                    {
                        "code": "E23000018",
                        "name": "Derbyshire"
                    }
                ]
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
        "objectives": [
            "derbyshire-pcc:OBJ-2"
        ]
    })
}
