//! The content of a term of office: its fields, with the bounds that are checked and documented from here.

#![warn(missing_docs)]

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use validator::{Validate, ValidationError};

use crate::resources::rules;

/// An elected or appointed office.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Office {
    /// Police and Crime Commissioner.
    PoliceAndCrimeCommissioner,
    /// Deputy Police and Crime Commissioner.
    DeputyPoliceAndCrimeCommissioner,
    /// A mayor who is the policing body.
    Mayor,
    /// Chair of a policing and crime board.
    PolicingAndCrimeBoardChair,
    /// Chief constable.
    ChiefConstable,
}

/// A term of office.
#[derive(Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[validate(schema(function = "dates", skip_on_field_errors = false))]
pub struct OfficeTermContent {
    /// The person who holds the office.
    #[schema(min_length = 1, max_length = 200)]
    pub holder: String,
    /// The office.
    pub office: Office,
    /// The first day of the term.
    #[schema(max_length = 10)]
    pub from: Option<NaiveDate>,
    /// The last day of the term.
    #[schema(max_length = 10)]
    pub to: Option<NaiveDate>,
    /// The date of the election that the term follows from.
    #[schema(max_length = 10)]
    pub elected_on: Option<NaiveDate>,
    /// The term before this one.
    #[schema(min_length = 1, max_length = 150)]
    pub predecessor: Option<String>,
}

fn dates(content: &OfficeTermContent) -> Result<(), ValidationError> {
    rules::dates_in_order(content.from, content.to)
}

/// An example body for `POST`.
pub fn example() -> Value {
    json!({
        "reference": "TERM-PCC-2028",
        "holder": "The commissioner elected in 2028",
        "office": "police_and_crime_commissioner",
        "from": "2028-05-11",
        "to": "2032-05-12",
        "elected_on": "2028-05-04",
        "predecessor": "derbyshire-pcc:TERM-PCC-2024"
    })
}
