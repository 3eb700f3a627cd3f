//! The content of a policing body: its fields, with the bounds that are checked and documented from here.

#![warn(missing_docs)]

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use validator::{Validate, ValidationError};

use crate::resources::rules;

/// The type of a policing body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BodyKind {
    /// A Police and Crime Commissioner.
    Commissioner,
    /// A mayor with policing powers.
    Mayor,
    /// A policing and crime board.
    PolicingAndCrimeBoard,
    /// A police authority (until 2012).
    PoliceAuthority,
}

/// A policing body.
#[derive(Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[validate(schema(function = "dates", skip_on_field_errors = false))]
pub struct BodyContent {
    /// The name of the body.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// The type of the body.
    pub body_kind: BodyKind,
    /// The area that the body polices.
    #[schema(min_length = 1, max_length = 150)]
    pub area: String,
    /// The bodies that this one replaced.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub predecessors: Vec<String>,
    /// The day from which the body exists.
    #[schema(max_length = 10)]
    pub from: Option<NaiveDate>,
    /// The day from which the body no longer exists.
    #[schema(max_length = 10)]
    pub to: Option<NaiveDate>,
}

fn dates(content: &BodyContent) -> Result<(), ValidationError> {
    rules::dates_in_order(content.from, content.to)
}

/// An example body for `POST`.
pub fn example() -> Value {
    json!({
        "reference": "derbyshire-policing-board",
        "name": "Derbyshire Policing and Crime Board",
        "body_kind": "policing_and_crime_board",
        "area": "E23000018",
        "predecessors": ["derbyshire-pcc"],
        "from": "2028-05-08",
    })
}
