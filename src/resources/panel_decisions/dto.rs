//! The content of a decision of the Panel: its fields, with the bounds that are checked and documented from here.

#![warn(missing_docs)]

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use validator::{Validate, ValidationErrors};

use crate::problem::Fault;
use crate::resources::rules;
use crate::validation;

/// What the Panel decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PanelOutcome {
    /// It supports what is before it.
    Supported,
    /// It supports it and makes recommendations.
    SupportedWithRecommendations,
    /// It does not support it, without a veto.
    NotSupported,
    /// It vetoes it: two thirds of all members at least.
    Veto,
}

/// Why a precept is vetoed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// It is too high.
    TooHigh,
    /// It is too low.
    TooLow,
}

/// How a seat voted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SeatVote {
    /// For the decision.
    For,
    /// Against it.
    Against,
    /// Neither.
    Abstained,
    /// Whoever has the seat was absent.
    Absent,
}

/// The vote of a seat, by the council that appoints to it: never by person.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Seat {
    /// The organisation that appoints to the seat.
    #[schema(min_length = 1, max_length = 150)]
    pub appointed_by: String,
    /// How it voted.
    pub vote: SeatVote,
}

/// The vote, by count.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PanelVote {
    /// How many members the Panel has at the time, present or not.
    #[schema(minimum = 1, maximum = 60, format = "int64")]
    pub members: i64,
    /// How many voted for the decision.
    #[schema(minimum = 0, maximum = 60, format = "int64")]
    #[serde(rename = "for")]
    pub in_favour: Option<i64>,
    /// How many voted against it.
    #[schema(minimum = 0, maximum = 60, format = "int64")]
    pub against: Option<i64>,
    /// How many abstained.
    #[schema(minimum = 0, maximum = 60, format = "int64")]
    pub abstained: Option<i64>,
    /// How many were absent.
    #[schema(minimum = 0, maximum = 60, format = "int64")]
    pub absent: Option<i64>,
    /// The votes by seat, where the minutes have them.
    #[serde(default)]
    #[schema(max_items = 60)]
    pub seats: Vec<Seat>,
}

impl PanelVote {
    /// How many votes a veto needs: two thirds of all members, rounded up.
    pub fn needed(&self) -> i64 {
        (2 * self.members + 2) / 3
    }

    /// Adds a fault for more seats than members, and for each way to vote with more seats than votes.
    fn check_seats(&self, faults: &mut Vec<Fault>) {
        let voted = |vote: SeatVote| {
            let seats = self.seats.iter().filter(|seat| seat.vote == vote);
            seats.fold(0, |all: i64, _| all + 1)
        };
        let counts = [
            ("for", self.in_favour, voted(SeatVote::For)),
            ("against", self.against, voted(SeatVote::Against)),
            ("abstained", self.abstained, voted(SeatVote::Abstained)),
            ("absent", self.absent, voted(SeatVote::Absent)),
        ];
        let all: i64 = counts.iter().map(|(_, _, seats)| seats).sum();
        if all > self.members {
            let detail = format!(
                "There are votes of {all} seats, and the Panel has {} members. Correct them.",
                self.members
            );
            faults.push(Fault::pointer("/vote/seats", "out_of_range", detail));
        }
        for (name, count, seats) in counts {
            if let Some(count) = count.filter(|count| seats > *count) {
                let detail = format!(
                    "`seats` has {seats} entries with `{name}`, but `{name}` is {count}. Correct one of them."
                );
                faults.push(Fault::pointer(format!("/vote/{name}"), "mismatch", detail));
            }
        }
    }
}

/// A decision of the Panel.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PanelDecisionContent {
    /// The proposal that it is on. Exactly one of the four.
    #[schema(min_length = 1, max_length = 150)]
    pub on_proposal: Option<String>,
    /// The plan that it is on.
    #[schema(min_length = 1, max_length = 150)]
    pub on_plan: Option<String>,
    /// The report that it is on.
    #[schema(min_length = 1, max_length = 150)]
    pub on_report: Option<String>,
    /// The decision of the policing body that it is on.
    #[schema(min_length = 1, max_length = 150)]
    pub on_decision: Option<String>,
    /// The day of the decision.
    #[schema(max_length = 10)]
    pub decided_on: NaiveDate,
    /// The day on which the Panel reported it to the policing body.
    #[schema(max_length = 10)]
    pub reported_on: Option<NaiveDate>,
    /// The meeting at which it was taken.
    #[schema(min_length = 1, max_length = 150)]
    pub meeting: Option<String>,
    /// What the Panel decided.
    pub outcome: PanelOutcome,
    /// Whether the precept is too high or too low, in the Panel's view: with the veto of a precept, and only there.
    pub direction: Option<Direction>,
    /// The vote. Required for a veto.
    pub vote: Option<PanelVote>,
    /// What the Panel decided and recommends, in words.
    #[schema(min_length = 1, max_length = 8000)]
    pub text: String,
}

impl Validate for PanelDecisionContent {
    fn validate(&self) -> Result<(), ValidationErrors> {
        let mut faults = vec![];
        self.check_subject(&mut faults);
        if let Some(reported_on) = self.reported_on.filter(|day| *day < self.decided_on) {
            let detail = format!(
                "{reported_on} is before `decided_on` ({}). Give that day or a later one.",
                self.decided_on
            );
            faults.push(Fault::pointer("/reported_on", "out_of_range", detail));
        }
        if self.direction.is_some() && self.outcome != PanelOutcome::Veto {
            let detail = "Only the veto of a precept has a direction. Remove it, or correct the outcome.";
            faults.push(Fault::pointer("/direction", "not_here", detail));
        }
        self.check_vote(&mut faults);
        validation::result(faults)
    }
}

impl PanelDecisionContent {
    fn check_subject(&self, faults: &mut Vec<Fault>) {
        let subjects = [
            ("on_proposal", &self.on_proposal),
            ("on_plan", &self.on_plan),
            ("on_report", &self.on_report),
            ("on_decision", &self.on_decision),
        ];
        rules::check_exactly_one(&subjects, "Name what the decision is on", faults);
        if self.outcome == PanelOutcome::Veto && self.on_proposal.is_none() {
            let detail = "The Panel vetoes a precept or an appointment, nothing else. Correct the outcome, or name the proposal.";
            faults.push(Fault::pointer("/outcome", "no_veto_here", detail));
        }
    }

    fn check_vote(&self, faults: &mut Vec<Fault>) {
        let Some(vote) = &self.vote else {
            if self.outcome == PanelOutcome::Veto {
                let detail = "A veto needs two thirds of all members. Give the vote.";
                faults.push(Fault::pointer("/vote", "required", detail));
            }
            return;
        };
        let counts = [vote.in_favour, vote.against, vote.abstained, vote.absent];
        let sum: i64 = counts.iter().flatten().sum();
        if sum > vote.members {
            let detail =
                format!("The votes are {sum}, and the Panel has {} members. Correct them.", vote.members);
            faults.push(Fault::pointer("/vote/members", "out_of_range", detail));
        }
        vote.check_seats(faults);
        if self.outcome != PanelOutcome::Veto {
            return;
        }
        match vote.in_favour {
            None => faults.push(Fault::pointer("/vote/for", "required", "Give the votes for the veto.")),
            Some(votes) if votes < vote.needed() => {
                let detail = format!(
                    "A veto needs {} of {} members, present or not; {votes} voted for it. Correct the vote or the outcome.",
                    vote.needed(),
                    vote.members
                );
                faults.push(Fault::pointer("/vote/for", "not_enough", detail));
            }
            Some(_) => {}
        }
    }
}

/// An example body for `POST`.
pub fn example() -> Value {
    json!({
        "reference": "PANEL-EXAMPLE-1",
        "on_proposal": "derbyshire-pcc:PRECEPT-2024",
        "decided_on": "2024-01-25",
        "reported_on": "2024-01-26",
        "outcome": "supported_with_recommendations",
        "vote": {"members": 15, "for": 9, "against": 2, "abstained": 1, "absent": 3, "seats": [{"appointed_by": "derby-city-council", "vote": "for"}]},
        "text": "The Panel supports the precept and recommends an earlier consultation."
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_veto_needs_two_thirds_of_all_members() {
        for (members, needed) in [(13, 9), (14, 10), (15, 10), (16, 11), (1, 1), (60, 40)] {
            let vote = PanelVote {
                members,
                in_favour: None,
                against: None,
                abstained: None,
                absent: None,
                seats: vec![],
            };
            assert_eq!(vote.needed(), needed, "{members}");
        }
    }
}
