//! The content of a statement: its fields, with the bounds that are checked and documented from here.

#![warn(missing_docs)]

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::resources::shared::{Decimal, PeriodText};

/// What is compared with what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StatementMethod {
    /// Nothing: the value of one period is stated.
    Level,
    /// With the period before.
    Previous,
    /// With the same period a year before.
    Yoy,
    /// April to the last complete month, with the same months of the year before.
    Ytd,
    /// Twelve months, with the twelve before them.
    Rolling12,
    /// With the baseline that the indicator declares.
    Baseline,
    /// With the base period that is stated.
    Since,
    /// Per head of the population.
    Rate,
    /// With the target that the indicator declares.
    AgainstTarget,
    /// The rank among areas.
    PeerRank,
    /// With the mean of areas.
    PeerMean,
    /// The source does not say.
    Unstated,
}

/// What the stated value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StatedQuantity {
    /// The value of the period.
    Value,
    /// The difference between the values.
    Change,
    /// The difference in per cent of the base.
    ChangePct,
    /// The difference of two percentages, in percentage points.
    ChangePp,
    /// A place among areas, from 1.
    Rank,
}

/// How the stated value is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StatementQualifier {
    /// This value, to the place to which it is rounded.
    Exact,
    /// About this value.
    Approx,
    /// This or more.
    AtLeast,
    /// This or less.
    AtMost,
    /// More than this.
    MoreThan,
    /// Less than this.
    LessThan,
    /// From `value` to `value_to`.
    Range,
    /// Only that it rose.
    Rose,
    /// Only that it fell.
    Fell,
    /// Only that it stayed the same.
    Unchanged,
}

impl StatementQualifier {
    /// Whether only a direction is stated, and no value.
    pub const fn is_of_direction(self) -> bool {
        matches!(self, StatementQualifier::Rose | StatementQualifier::Fell | StatementQualifier::Unchanged)
    }
}

/// What an editor assumes where the source leaves it open.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StatementAssumption {
    /// The method, if the source does not state it.
    pub method: Option<StatementMethod>,
    /// The period, if the source does not state it.
    pub period: Option<PeriodText>,
    /// The period of the base, if the source does not state it.
    pub base_period: Option<PeriodText>,
    /// Why this is assumed.
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: String,
}

/// A statement.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct StatementContent {
    /// What was claimed, in brief words written for this record.
    #[schema(min_length = 1, max_length = 1000)]
    pub claim: String,
    /// Who said it, as the source names them: an office, an office-holder or an outlet.
    #[schema(min_length = 1, max_length = 200)]
    pub said_by: String,
    /// The term of office of whoever said it, if it is on record.
    #[schema(min_length = 1, max_length = 150)]
    pub term: Option<String>,
    /// The day on which it was said, if the source states it.
    #[schema(max_length = 10)]
    pub said_on: Option<NaiveDate>,
    /// Where it was said: a meeting, a publication or a page.
    #[schema(min_length = 1, max_length = 300)]
    #[serde(rename = "where")]
    pub said_where: Option<String>,
    /// The indicator that measures what was claimed.
    #[schema(min_length = 1, max_length = 150)]
    pub indicator: Option<String>,
    /// The code of each dimension of that indicator, such as `{"AREA": "E23000018"}`. A dimension with a single code can be left out.
    #[serde(default)]
    pub codes: BTreeMap<String, String>,
    /// What is compared with what, as stated; `unstated` if the source does not say.
    pub method: StatementMethod,
    /// The period of the value, as stated; absent if the source does not say.
    pub period: Option<PeriodText>,
    /// The period of the base, as stated; absent if the source does not say.
    pub base_period: Option<PeriodText>,
    /// The codes of the areas with which a rank or a mean compares, if the source names them.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub peers: Vec<String>,
    /// What the stated value is; absent if no figure is claimed.
    pub quantity: Option<StatedQuantity>,
    /// How the stated value is meant; absent if no figure is claimed.
    pub qualifier: Option<StatementQualifier>,
    /// The stated value. A fall is negative.
    pub value: Option<Decimal>,
    /// The upper end of a range.
    pub value_to: Option<Decimal>,
    /// The place to which the stated value is rounded, such as `0.1`, `1` or `1000`. If absent, its last digit.
    pub rounded_to: Option<Decimal>,
    /// The unit of the stated value, in words.
    #[schema(min_length = 1, max_length = 100)]
    pub unit: Option<String>,
    /// What an editor assumes where the source leaves it open.
    pub assumption: Option<StatementAssumption>,
    /// The meeting at which it was said.
    #[schema(min_length = 1, max_length = 150)]
    pub meeting: Option<String>,
    /// The pledges that it is about.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub pledges: Vec<String>,
    /// The objectives that it is about.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub objectives: Vec<String>,
    /// The priorities that it is about.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub priorities: Vec<String>,
}

/// An example body for `POST`.
pub fn example() -> Value {
    json!({
        "reference": "ST-EXAMPLE-1",
        "claim": "Criminal damage fell by more than a third.",
        "said_by": "Chief Constable",
        "said_on": "2013-03-31",
        "where": "Police and Crime Plan 2013",
        "indicator": "derbyshire-pcc:IND-CRIMINAL-DAMAGE",
        "codes": {"AREA": "E23000018"},
        "method": "since",
        "period": "2011-04-01/P1Y",
        "base_period": "2002-04-01/P1Y",
        "quantity": "change_pct",
        "qualifier": "less_than",
        "value": "-33.3",
        "unit": "per cent",
        "objectives": ["derbyshire-pcc:OBJ-3"]
    })
}
