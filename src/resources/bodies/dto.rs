//! What goes in and out, with the bounds that are checked and documented from here.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What a policing body is.
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
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BodyContent {
    /// Its name.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// What it is.
    pub body_kind: BodyKind,
    /// The area that it polices.
    #[schema(min_length = 1, max_length = 150)]
    pub area: String,
    /// The bodies that it took over from.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub predecessors: Vec<String>,
    /// Since when it exists.
    #[schema(max_length = 10)]
    pub from: Option<NaiveDate>,
    /// Until when (that day no longer).
    #[schema(max_length = 10)]
    pub to: Option<NaiveDate>,
}

/// A body that `POST` takes.
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
