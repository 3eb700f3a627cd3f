//! The state of a clock on a day, from its days alone. Pure: it reads nothing.

use std::sync::LazyLock;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::resources::codes::codes_of;
use crate::stats::calendar::{days_between, last_of_days};

/// How many days the comments on a report may take, the day of its publication counted: Police Act 1996, section 55.
pub const S55_DAYS: u64 = 56;

/// The kinds of records that have clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockedKind {
    Report,
    Recommendation,
    Question,
    Proposal,
}

impl ClockedKind {
    /// All of them.
    pub const ALL: [ClockedKind; 4] =
        [ClockedKind::Report, ClockedKind::Recommendation, ClockedKind::Question, ClockedKind::Proposal];

    /// The name of the kind.
    pub const fn name(self) -> &'static str {
        match self {
            ClockedKind::Report => "report",
            ClockedKind::Recommendation => "recommendation",
            ClockedKind::Question => "question",
            ClockedKind::Proposal => "proposal",
        }
    }
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClockKind {
    /// The comments on a report of the inspectorate.
    S55Comments,
    /// The answer to a recommendation.
    RespondBy,
    /// The action on a recommendation.
    ActBy,
    /// The notification of the Panel of a precept.
    PreceptNotify,
    /// The Panel's report on a precept.
    PreceptReport,
    /// The revised precept after a veto.
    PreceptRevise,
    /// The Panel's report on the revised precept.
    PreceptReview,
    /// The answer to that report.
    PreceptAnswer,
    /// The Panel's report on an appointment.
    AppointmentReport,
    /// The answer to a question.
    Answer,
}

impl ClockKind {
    /// What is to be done, for the list of what is due from somebody.
    pub fn task(self) -> &'static str {
        match self {
            ClockKind::S55Comments => "Publish comments on the report",
            ClockKind::RespondBy => "Answer the recommendation",
            ClockKind::ActBy => "Act on the recommendation",
            ClockKind::PreceptNotify => "Notify the Panel of the precept",
            ClockKind::PreceptReport => "Report on the precept",
            ClockKind::PreceptRevise => "Revise the precept",
            ClockKind::PreceptReview => "Report on the revised precept",
            ClockKind::PreceptAnswer => "Answer the Panel's report on the revised precept",
            ClockKind::AppointmentReport => "Report on the appointment",
            ClockKind::Answer => "Answer the question",
        }
    }

    /// Whether the duty is to publish something, so that everybody can see whether it was met.
    pub fn is_to_publish(self) -> bool {
        matches!(self, ClockKind::S55Comments | ClockKind::Answer)
    }
}

/// The state of a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClockState {
    /// It was met in time.
    Met,
    /// It was met after the day on which it was due.
    MetLate,
    /// The day from which it is counted is not known.
    NotStarted,
    /// Nothing says by which day.
    NoDate,
    /// The record does not claim to be complete for that day, so silence says nothing.
    NotOnRecord,
    /// It is not due yet.
    Running,
    /// It is due, and on record nothing meets it.
    Overdue,
    /// It can be met without being published, and only those concerned see whether it is overdue.
    NotPublic,
}

/// The codes of the states.
pub static STATES: LazyLock<Vec<String>> = LazyLock::new(codes_of::<ClockState>);
/// The codes of the clocks.
pub static CLOCKS: LazyLock<Vec<String>> = LazyLock::new(codes_of::<ClockKind>);

/// When a clock is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// On this day.
    On(NaiveDate),
    /// So many days from a day that is not known.
    StartUnknown,
    /// Nothing says by which day.
    Unset,
}

impl Due {
    /// 56 days from the publication of a report.
    pub fn of_s55(published_on: Option<NaiveDate>) -> Due {
        published_on.and_then(|day| last_of_days(day, S55_DAYS)).map_or(Due::StartUnknown, Due::On)
    }

    /// The day, if there is one.
    pub fn day(self) -> Option<NaiveDate> {
        match self {
            Due::On(day) => Some(day),
            Due::StartUnknown | Due::Unset => None,
        }
    }
}

/// What a clock is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Judged {
    pub kind: ClockKind,
    pub due: Due,
    /// The stated day on which it was met, no later than today.
    pub met_on: Option<NaiveDate>,
    /// Since when the record of what meets it claims to be complete.
    pub covered_from: Option<NaiveDate>,
    /// Whether the reader is one of those concerned.
    pub is_party: bool,
    pub today: NaiveDate,
}

impl Judged {
    /// The state, with the days: how many it was late, are left, or have passed.
    pub fn state(&self) -> (ClockState, Option<i64>) {
        if let Some(met_on) = self.met_on {
            return match self.due.day().map(|due| days_between(due, met_on)).filter(|late| *late > 0) {
                Some(late) => (ClockState::MetLate, Some(late)),
                None => (ClockState::Met, None),
            };
        }
        let due = match self.due {
            Due::StartUnknown => return (ClockState::NotStarted, None),
            Due::Unset => return (ClockState::NoDate, None),
            Due::On(due) => due,
        };
        if self.covered_from.is_none_or(|from| due < from) {
            return (ClockState::NotOnRecord, None);
        }
        match days_between(due, self.today) {
            days if days <= 0 => (ClockState::Running, Some(-days)),
            _ if !self.is_party && !self.kind.is_to_publish() => (ClockState::NotPublic, None),
            days => (ClockState::Overdue, Some(days)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn comments_are_due_on_the_fifty_sixth_day() {
        for (published, due) in [
            ("2021-11-16", "2022-01-10"),
            ("2022-10-21", "2022-12-15"),
            ("2022-11-02", "2022-12-27"),
            ("2024-01-05", "2024-02-29"),
        ] {
            assert_eq!(Due::of_s55(Some(day(published))), Due::On(day(due)));
        }
        assert_eq!(Due::of_s55(None), Due::StartUnknown);
    }

    #[test]
    fn the_first_state_that_fits_is_the_state() {
        let judged = Judged {
            kind: ClockKind::ActBy,
            due: Due::On(day("2026-03-31")),
            met_on: None,
            covered_from: Some(day("2026-03-31")),
            is_party: true,
            today: day("2026-04-02"),
        };
        let on = |met: &str| Some(day(met));
        for (judged, expected) in [
            (judged, (ClockState::Overdue, Some(2))),
            (Judged { is_party: false, ..judged }, (ClockState::NotPublic, None)),
            (
                Judged { is_party: false, kind: ClockKind::S55Comments, ..judged },
                (ClockState::Overdue, Some(2)),
            ),
            (Judged { today: day("2026-03-31"), is_party: false, ..judged }, (ClockState::Running, Some(0))),
            (Judged { today: day("2026-03-01"), ..judged }, (ClockState::Running, Some(30))),
            (Judged { covered_from: on("2026-04-01"), ..judged }, (ClockState::NotOnRecord, None)),
            (Judged { covered_from: None, ..judged }, (ClockState::NotOnRecord, None)),
            (Judged { due: Due::Unset, ..judged }, (ClockState::NoDate, None)),
            (Judged { due: Due::StartUnknown, ..judged }, (ClockState::NotStarted, None)),
            (Judged { met_on: on("2026-03-31"), covered_from: None, ..judged }, (ClockState::Met, None)),
            (Judged { met_on: on("2026-04-01"), ..judged }, (ClockState::MetLate, Some(1))),
            (Judged { met_on: on("2026-04-01"), due: Due::StartUnknown, ..judged }, (ClockState::Met, None)),
        ] {
            assert_eq!(judged.state(), expected, "{judged:?}");
        }
    }
}
