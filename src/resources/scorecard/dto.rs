//! The fields of a scorecard.

#![warn(missing_docs)]

use std::collections::BTreeMap;

use serde::Serialize;

use crate::clock::{Id, Ts};
use crate::resources::changes::Change;
use crate::resources::control_charts::ControlTarget;
use crate::resources::money::{FundsMoney, GrantsMoney, MoneyRow, Stages};

/// A record on a scorecard.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct ScorecardRecord {
    /// The id of the record.
    #[schema(value_type = String, format = "uuid", max_length = 36)]
    pub id: Id,
    /// The kind of the record.
    #[schema(max_length = 64)]
    pub kind: String,
    /// The reference of the record.
    #[schema(max_length = 64)]
    pub reference: String,
    /// The address of the record.
    #[serde(rename = "self")]
    #[schema(max_length = 200)]
    pub self_link: String,
}

/// The actions of a row: of an objective its own, of a priority those of its objectives.
#[derive(Clone, Debug, Default, Serialize, utoipa::ToSchema)]
pub struct ScorecardActions {
    /// The number of actions.
    #[schema(minimum = 0, maximum = 1000000000, format = "int64")]
    pub total: i64,
    /// The actions by status.
    pub by_status: ActionsByStatus,
    /// The actions that are overdue today, or on the day of `as_of`.
    #[schema(minimum = 0, maximum = 1000000000, format = "int64")]
    pub overdue: i64,
}

/// The number of actions of each status.
#[derive(Clone, Debug, Default, Serialize, utoipa::ToSchema)]
pub struct ActionsByStatus {
    /// No status has been reported.
    #[schema(minimum = 0, maximum = 1000000000, format = "int64")]
    pub not_reported: i64,
    /// Work has not started.
    #[schema(minimum = 0, maximum = 1000000000, format = "int64")]
    pub not_started: i64,
    /// Work is in progress.
    #[schema(minimum = 0, maximum = 1000000000, format = "int64")]
    pub in_progress: i64,
    /// The action is complete.
    #[schema(minimum = 0, maximum = 1000000000, format = "int64")]
    pub completed: i64,
    /// Work stopped before the action was complete.
    #[schema(minimum = 0, maximum = 1000000000, format = "int64")]
    pub discontinued: i64,
}

impl ActionsByStatus {
    /// The number of a status.
    pub fn of(&mut self, status: &str) -> Option<&mut i64> {
        Some(match status {
            "not_reported" => &mut self.not_reported,
            "not_started" => &mut self.not_started,
            "in_progress" => &mut self.in_progress,
            "completed" => &mut self.completed,
            "discontinued" => &mut self.discontinued,
            _ => return None,
        })
    }
}

/// The money of a row, by stage, as `GET /v1/money` adds it up.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ScorecardMoney {
    /// The amounts of funds.
    pub funds: FundsMoney,
    /// The values of services. What a fund pays for is in the fund's amount too: do not add them.
    pub services: Stages,
    /// The amounts of grants. What is awarded from a fund is in the fund's amount too: do not add them.
    pub grants: GrantsMoney,
    /// False when any of the amounts is approximate, a minimum or a maximum.
    pub exact: bool,
}

impl From<MoneyRow> for ScorecardMoney {
    fn from(row: MoneyRow) -> ScorecardMoney {
        ScorecardMoney { funds: row.funds, services: row.services, grants: row.grants, exact: row.exact }
    }
}

/// A pledge that the row fulfils, with the latest ratings of the office and of the Panel.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct ScorecardPledge {
    /// The pledge.
    pub record: ScorecardRecord,
    /// The text of the pledge.
    #[schema(max_length = 4000)]
    pub wording: String,
    /// The rating of the office's latest assessment.
    #[schema(max_length = 40)]
    pub rating: String,
    /// The date of that assessment.
    #[schema(value_type = Option<String>, format = "date", max_length = 10)]
    pub rated_on: Option<String>,
    /// The rating of the Panel's latest counter-assessment; null if there is none.
    #[schema(max_length = 40)]
    pub panel_rating: Option<String>,
    /// The date of that counter-assessment.
    #[schema(value_type = Option<String>, format = "date", max_length = 10)]
    pub panel_rated_on: Option<String>,
}

/// The series that stands for an indicator.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct HeadlineSeries {
    /// The key of the series.
    #[schema(max_length = 400)]
    pub key: String,
    /// The names of its codes: `Derbyshire, Theft offences`.
    #[schema(max_length = 4200)]
    pub words: String,
    /// The code of each dimension.
    pub codes: BTreeMap<String, String>,
    /// The address of the series.
    #[serde(rename = "self")]
    #[schema(max_length = 420)]
    pub self_link: String,
}

/// The latest figure of a series.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct LatestFigure {
    /// The period, in ISO 8601.
    #[schema(max_length = 40)]
    pub period: String,
    /// The period in words.
    #[schema(max_length = 60)]
    pub words: String,
    /// The value, an exact decimal; null if it is suppressed.
    #[schema(max_length = 24)]
    pub value: Option<String>,
    /// SDMX's status of the observation.
    #[schema(max_length = 1)]
    pub status: &'static str,
}

/// How the latest figure compares, in the way that the indicator declares.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct ScorecardComparison {
    /// The method, as `GET /v1/series/{key}/comparisons` takes it.
    #[schema(max_length = 20)]
    pub method: &'static str,
    /// What the figure is compared with, in words.
    #[schema(max_length = 400)]
    pub base: Option<String>,
    /// The value that it is compared with, rounded.
    #[schema(max_length = 40)]
    pub base_value: Option<String>,
    /// The difference. Null for percentages, which have `change_pp`.
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
    /// Whether the change is for the better. Null if nothing changed, or if neither direction is better by itself.
    pub favourable: Option<bool>,
    /// Why the result, or a part of it, is null.
    #[schema(max_length = 40)]
    pub reason: Option<&'static str>,
    /// The reason in a sentence.
    #[schema(max_length = 500)]
    pub reason_words: Option<String>,
    /// The codes of what a reader must know; the receipt has a sentence for each.
    #[schema(max_items = 20)]
    pub warnings: Vec<&'static str>,
    /// The address of the same result with its receipt; null if nothing could be compared.
    #[schema(max_length = 1000)]
    pub receipt: Option<String>,
}

/// A value of a series.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct ScorecardPoint {
    /// The period, in ISO 8601.
    #[schema(max_length = 40)]
    pub period: String,
    /// The value, an exact decimal.
    #[schema(max_length = 24)]
    pub value: String,
}

/// An indicator that measures the row.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct ScorecardIndicator {
    /// The indicator.
    pub record: ScorecardRecord,
    /// The title of the indicator.
    #[schema(max_length = 200)]
    pub title: String,
    /// The unit of the values.
    #[schema(max_length = 20)]
    pub unit: &'static str,
    /// The series that stands for the indicator: that of its `headline`. Null with the reason.
    pub headline: Option<HeadlineSeries>,
    /// Why there is no headline: `no_area`, `no_total`, `no_figures` or `not_published`.
    #[schema(max_length = 40)]
    pub headline_reason: Option<&'static str>,
    /// The reason in a sentence.
    #[schema(max_length = 500)]
    pub headline_reason_words: Option<&'static str>,
    /// The latest complete figure of the series; null if there is none.
    pub latest: Option<LatestFigure>,
    /// Whether the next figure is more than two periods late. Null without a figure or without fixed periods.
    pub stale: Option<bool>,
    /// The target in force in the latest period.
    pub target: Option<ControlTarget>,
    /// `on_target` or `below_target`; null without a target or a value. `below_target` means short of the target, also where lower is better.
    #[schema(max_length = 20)]
    pub target_status: Option<&'static str>,
    /// The comparison of the latest figure; null without a headline.
    pub comparison: Option<ScorecardComparison>,
    /// The verdict of the control chart on the latest value: `common_cause` (ordinary variation), `improvement`, `concern`, `neutral_high`, `neutral_low`; null with the reason.
    #[schema(max_length = 20)]
    pub variation: Option<&'static str>,
    /// Why there is no such verdict: `insufficient_data`, or why the series has no control chart.
    #[schema(max_length = 40)]
    pub variation_reason: Option<&'static str>,
    /// The codes of what a reader must know of that verdict; the receipt of `spc` has a sentence for each.
    #[schema(max_items = 20)]
    pub variation_warnings: Vec<&'static str>,
    /// Whether ordinary variation meets the target: `consistent_pass`, `consistent_fail` or `hit_or_miss`; null with the reason.
    #[schema(max_length = 20)]
    pub assurance: Option<&'static str>,
    /// Why there is none: `insufficient_data` or `no_target`.
    #[schema(max_length = 20)]
    pub assurance_reason: Option<&'static str>,
    /// The latest complete values, the last 24 at most, in order.
    #[schema(max_items = 24)]
    pub points: Vec<ScorecardPoint>,
    /// The address of the control chart with its receipt; null where the series has none.
    #[schema(max_length = 1000)]
    pub spc: Option<String>,
    /// The address of the control chart as a picture, where it has a verdict.
    #[schema(max_length = 1000)]
    pub chart: Option<String>,
}

/// The recommendations that concern a priority or an objective, or any of a plan.
#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
pub struct ScorecardRecommendations {
    /// How many are not closed.
    #[schema(minimum = 0, maximum = 1000000000, format = "int64")]
    pub open: i64,
    /// How many of these are overdue: an answer or an action. Null if the caller cannot know it of one: its clock is `not_public` or `not_on_record`.
    #[schema(minimum = 0, maximum = 1000000000, format = "int64")]
    pub overdue: Option<i64>,
    /// How many of these no response answers.
    #[schema(minimum = 0, maximum = 1000000000, format = "int64")]
    pub unanswered: i64,
    /// The first of these, at most 5: those that are overdue, then by the day on which they are due.
    #[schema(max_items = 5)]
    pub first: Vec<ScorecardRecommendation>,
}

/// An open recommendation.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct ScorecardRecommendation {
    /// The recommendation.
    pub record: ScorecardRecord,
    /// Its wording.
    #[schema(max_length = 4000)]
    pub wording: String,
    /// The first day on which something is due of it that is not done; null if no day is set.
    #[schema(value_type = Option<String>, format = "date", max_length = 10)]
    pub due: Option<chrono::NaiveDate>,
    /// Whether something of it is overdue; null if the caller cannot know it.
    pub overdue: Option<bool>,
    /// Whether a response answers it.
    pub answered: bool,
}

/// A priority or an objective of the plan, with what is on record about it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ScorecardRow {
    /// The priority or the objective.
    pub record: ScorecardRecord,
    /// The title.
    #[schema(max_length = 200)]
    pub title: String,
    /// The rank of a priority, or the number of an objective.
    #[schema(minimum = 1, maximum = 1000, format = "int64")]
    pub number: i64,
    /// The reference of the priority that an objective supports, if it is one of the plan.
    #[schema(max_length = 64)]
    pub priority: Option<String>,
    /// The office that leads.
    #[schema(max_length = 200)]
    pub lead: Option<String>,
    /// The actions.
    pub actions: ScorecardActions,
    /// The money that delivers it; a priority also through its objectives. Money counts in full under each that it delivers: do not add rows.
    pub money: ScorecardMoney,
    /// The number of services that name it.
    #[schema(minimum = 0, maximum = 1000000000, format = "int64")]
    pub services: i64,
    /// The number of grants that name it.
    #[schema(minimum = 0, maximum = 1000000000, format = "int64")]
    pub grants: i64,
    /// The pledges that it fulfils.
    #[schema(max_items = 500)]
    pub pledges: Vec<ScorecardPledge>,
    /// The indicators that measure it.
    #[schema(max_items = 500)]
    pub indicators: Vec<ScorecardIndicator>,
    /// The recommendations that concern it.
    pub recommendations: ScorecardRecommendations,
    /// With `since`: what was published, revised or withdrawn since then, of this record and of what belongs to it; one entry for each record.
    #[schema(max_items = 5000)]
    pub changed: Option<Vec<Change>>,
}

/// The scorecard of a plan.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Scorecard {
    /// The plan.
    pub plan: ScorecardRecord,
    /// The title of the plan.
    #[schema(max_length = 200)]
    pub title: String,
    /// The moment that `as_of` names.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub as_of: Option<Ts>,
    /// The moment that `since` names.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub since: Option<Ts>,
    /// The priorities by rank, each followed by its objectives by number; then the objectives of no priority.
    #[schema(max_items = 1000)]
    pub rows: Vec<ScorecardRow>,
    /// The recommendations that concern any of these, each counted once.
    pub recommendations: ScorecardRecommendations,
    /// With `since`: what changed of the plan itself, and of its records that are no longer in a row.
    #[schema(max_items = 5000)]
    pub changed: Option<Vec<Change>>,
    /// `true` if the plan has more than 500 priorities, objectives, pledges, indicators or recommendations, or more than 5,000 records changed; the rest is left out.
    pub truncated: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::actions::STATUSES;

    #[test]
    fn every_status_of_an_action_is_counted() {
        let mut counts = ActionsByStatus::default();
        for status in STATUSES.iter() {
            *counts.of(status).unwrap_or_else(|| panic!("{status}")) += 1;
        }
        let fields = serde_json::to_value(&counts).unwrap();
        let fields = fields.as_object().unwrap();
        assert_eq!(fields.keys().collect::<Vec<_>>(), STATUSES.iter().collect::<Vec<_>>());
        assert!(fields.values().all(|count| count == 1), "{fields:?}");
    }
}
