//! The content of a proposal: its fields, with the bounds that are checked and documented from here.

#![warn(missing_docs)]

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use validator::{Validate, ValidationErrors};

use crate::problem::Fault;
use crate::resources::panel_decisions::Direction;
use crate::resources::shared::{FinancialYear, Money};
use crate::validation;

/// What is proposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProposalKind {
    /// The precept of a financial year.
    Precept,
    /// An appointment. Who is to be appointed is not recorded.
    Appointment,
}

/// A precept that is proposed.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProposedPrecept {
    /// The financial year.
    pub financial_year: FinancialYear,
    /// The precept as a whole.
    pub amount: Option<Money>,
    /// The council tax for policing in Band D.
    pub band_d: Money,
    /// The same in the year before.
    pub previous_band_d: Option<Money>,
}

impl ProposedPrecept {
    /// The code and the sentence of a revision that does not go where the veto of the earlier precept points.
    pub fn against(
        &self,
        direction: Direction,
        earlier: &ProposedPrecept,
    ) -> Option<(&'static str, &'static str)> {
        let (now, before) = (self.band_d.pence()?, earlier.band_d.pence()?);
        match direction {
            Direction::TooHigh if now >= before => {
                Some(("not_lower", "The Panel found the precept too high. Propose less than before."))
            }
            Direction::TooLow if now <= before => {
                Some(("not_higher", "The Panel found the precept too low. Propose more than before."))
            }
            _ => None,
        }
    }
}

/// Days that are not counted: the time of an election.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IgnoredDays {
    /// The first of them.
    #[schema(max_length = 10)]
    pub from: NaiveDate,
    /// The last of them.
    #[schema(max_length = 10)]
    pub to: NaiveDate,
}

/// An appointment that is proposed.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProposedAppointment {
    /// The office to be filled.
    #[schema(min_length = 1, max_length = 200)]
    pub office: String,
    /// The criteria of the choice.
    #[schema(min_length = 1, max_length = 4000)]
    pub criteria: String,
    /// Why the candidate meets them, without the name.
    #[schema(min_length = 1, max_length = 4000)]
    pub why: String,
    /// The terms of the appointment.
    #[schema(min_length = 1, max_length = 4000)]
    pub terms: String,
    /// The days that do not count towards the three weeks of the Panel.
    pub ignored: Option<IgnoredDays>,
}

/// A proposal.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ProposalContent {
    /// What is proposed.
    pub proposal_kind: ProposalKind,
    /// The title of the proposal.
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// The day on which the Panel was notified.
    #[schema(max_length = 10)]
    pub notified_on: NaiveDate,
    /// The proposal that this one revises after a veto.
    #[schema(min_length = 1, max_length = 150)]
    pub revises: Option<String>,
    /// The reasons.
    #[schema(min_length = 1, max_length = 8000)]
    pub reasons: String,
    /// The precept, where that is proposed.
    pub precept: Option<ProposedPrecept>,
    /// The appointment, where that is proposed.
    pub appointment: Option<ProposedAppointment>,
}

impl Validate for ProposalContent {
    fn validate(&self) -> Result<(), ValidationErrors> {
        let mut faults = vec![];
        let parts = [
            ("precept", self.precept.is_some(), ProposalKind::Precept),
            ("appointment", self.appointment.is_some(), ProposalKind::Appointment),
        ];
        for (field, there, kind) in parts {
            let pointer = format!("/{field}");
            match (self.proposal_kind == kind, there) {
                (true, false) => {
                    faults.push(Fault::pointer(pointer, "required", "Give what is proposed."));
                }
                (false, true) => {
                    let detail = "This is not what is proposed. Remove it, or correct `proposal_kind`.";
                    faults.push(Fault::pointer(pointer, "not_here", detail));
                }
                _ => {}
            }
        }
        if self.revises.is_some() && self.proposal_kind != ProposalKind::Precept {
            let detail = "Only a precept is revised. Remove it, or make a proposal of its own.";
            faults.push(Fault::pointer("/revises", "not_here", detail));
        }
        let ignored = self.appointment.as_ref().and_then(|appointment| appointment.ignored.as_ref());
        if let Some(ignored) = ignored.filter(|days| days.to < days.from) {
            let detail = format!("This is before `from` ({}). Give that day or a later one.", ignored.from);
            faults.push(Fault::pointer("/appointment/ignored/to", "out_of_range", detail));
        }
        validation::result(faults)
    }
}

/// An example body for `POST`.
pub fn example() -> Value {
    json!({
        "reference": "PROP-EXAMPLE-1",
        "proposal_kind": "precept",
        "title": "Precept 2027/28",
        "notified_on": "2027-01-29",
        "reasons": "Costs have risen.",
        "precept": {
            "financial_year": "2027-04-01/P1Y",
            "band_d": {"amount": "319.60", "currency": "GBP"},
            "previous_band_d": {"amount": "305.60", "currency": "GBP"}
        }
    })
}
