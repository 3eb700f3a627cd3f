//! The fields of control charts.

#![warn(missing_docs)]

use serde::Serialize;

use crate::clock::Ts;
use crate::resources::receipts::Receipt;

/// The lines of a phase, rounded.
#[derive(Clone, Debug, Default, Serialize, utoipa::ToSchema)]
pub struct ControlLimits {
    /// The mean of the values; null if there are none.
    #[schema(max_length = 40)]
    pub centre: Option<String>,
    /// The mean of the moving ranges; null without two neighbouring values.
    #[schema(max_length = 40)]
    pub mean_moving_range: Option<String>,
    /// The lower limit; of a count it can lie below 0.
    #[schema(max_length = 40)]
    pub lower_limit: Option<String>,
    /// Two thirds of the way from the centre to the lower limit.
    #[schema(max_length = 40)]
    pub lower_near_limit: Option<String>,
    /// Two thirds of the way from the centre to the upper limit.
    #[schema(max_length = 40)]
    pub upper_near_limit: Option<String>,
    /// The upper limit.
    #[schema(max_length = 40)]
    pub upper_limit: Option<String>,
}

/// A stretch of the series between breaks on record.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ControlPhase {
    /// Its number, from 1.
    #[schema(minimum = 1, maximum = 10000, format = "int64")]
    pub phase: usize,
    /// Its first period, in ISO 8601.
    #[schema(max_length = 40)]
    pub first_period: String,
    /// Its last period, in ISO 8601.
    #[schema(max_length = 40)]
    pub last_period: String,
    /// The day of the break with which it begins; null for the first phase.
    #[schema(value_type = Option<String>, format = "date", max_length = 10)]
    pub break_on: Option<chrono::NaiveDate>,
    /// The number of its values.
    #[schema(minimum = 0, maximum = 10000, format = "int64")]
    pub values: usize,
    /// The number of values from which the limits were computed.
    #[schema(minimum = 0, maximum = 10000, format = "int64")]
    pub values_of_limits: usize,
    /// The periods whose moving range was left out as an outlier.
    #[schema(max_items = 10000)]
    pub screened: Vec<String>,
    /// Whether it has enough values for signals.
    pub has_signals: bool,
    /// Its lines.
    pub limits: ControlLimits,
}

/// A point of a control chart.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ControlPoint {
    /// The period, in ISO 8601.
    #[serde(rename = "TIME_PERIOD")]
    #[schema(max_length = 40)]
    pub time_period: String,
    /// The period in words.
    #[schema(max_length = 60)]
    pub period: String,
    /// The value, an exact decimal; null where there is none to compute with.
    #[schema(max_length = 24)]
    pub value: Option<String>,
    /// Why there is none: `suppressed`, `incomplete_window` or `not_published`.
    #[schema(max_length = 40)]
    pub reason: Option<&'static str>,
    /// SDMX's status of the observation.
    #[serde(rename = "OBS_STATUS")]
    #[schema(max_length = 1)]
    pub obs_status: &'static str,
    /// The number of its phase.
    #[schema(minimum = 1, maximum = 10000, format = "int64")]
    pub phase: usize,
    /// The distance from the value before; null after a gap and at the start of a phase.
    #[schema(max_length = 24)]
    pub moving_range: Option<String>,
    /// Its signals: `outside_limits`, `shift`, `trend`, `two_of_three`.
    #[schema(max_items = 4)]
    pub signals: Vec<&'static str>,
    /// The release that published it.
    #[schema(max_length = 200)]
    pub release: String,
    /// When it was published.
    #[schema(value_type = String, format = "date-time", max_length = 32)]
    pub valid_from: Ts,
}

/// The target that `assurance` is judged by.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct ControlTarget {
    /// The value, an exact decimal.
    #[schema(max_length = 24)]
    pub value: String,
    /// `le` if values at or below it meet it, `ge` if values at or above it do.
    #[schema(max_length = 2)]
    pub operator: &'static str,
}

/// A control chart.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ControlChart {
    /// The key of the series.
    #[schema(max_length = 400)]
    pub series: String,
    /// The verdict on the latest value: `common_cause` (ordinary variation), `improvement`, `concern`, `neutral_high`, `neutral_low` or `insufficient_data`.
    #[schema(max_length = 20)]
    pub variation: &'static str,
    /// Whether ordinary variation meets the target: `consistent_pass`, `consistent_fail` or `hit_or_miss`; null with the reason.
    #[schema(max_length = 20)]
    pub assurance: Option<&'static str>,
    /// Why there is no `assurance`: `insufficient_data` or `no_target`.
    #[schema(max_length = 20)]
    pub assurance_reason: Option<&'static str>,
    /// The target in force in the latest period with a value.
    pub target: Option<ControlTarget>,
    /// The phases, in order.
    #[schema(max_items = 10000)]
    pub phases: Vec<ControlPhase>,
    /// The points, in order.
    #[schema(max_items = 10000)]
    pub points: Vec<ControlPoint>,
    /// How the chart was computed. Its inputs are the points.
    pub receipt: Receipt,
}

/// What the control chart of one series says.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ControlChartLine {
    /// The key of the series.
    #[schema(max_length = 400)]
    pub series: String,
    /// The verdict on the latest value: `common_cause` (ordinary variation), `improvement`, `concern`, `neutral_high`, `neutral_low` or `insufficient_data`.
    #[schema(max_length = 20)]
    pub variation: &'static str,
    /// Whether ordinary variation meets the target: `consistent_pass`, `consistent_fail` or `hit_or_miss`; null with the reason.
    #[schema(max_length = 20)]
    pub assurance: Option<&'static str>,
    /// Why there is no `assurance`: `insufficient_data` or `no_target`.
    #[schema(max_length = 20)]
    pub assurance_reason: Option<&'static str>,
    /// The target in force in the latest period with a value.
    pub target: Option<ControlTarget>,
    /// Why the series has no chart; null if it has one.
    #[schema(max_length = 40)]
    pub reason: Option<&'static str>,
    /// The latest period with a value, in ISO 8601.
    #[serde(rename = "TIME_PERIOD")]
    #[schema(max_length = 40)]
    pub time_period: Option<String>,
    /// The period in words.
    #[schema(max_length = 60)]
    pub period: Option<String>,
    /// The latest value, an exact decimal.
    #[schema(max_length = 24)]
    pub value: Option<String>,
    /// The signals of the latest value.
    #[schema(max_items = 4)]
    pub signals: Vec<&'static str>,
    /// The lines of the phase of the latest value.
    pub limits: ControlLimits,
    /// How it was computed. Its input is the latest value; the chart of the series has all.
    pub receipt: Receipt,
}
