//! What goes in and out, with the bounds that are checked and documented from here.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// An elected or appointed office.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Office {
    /// The commissioner.
    PoliceAndCrimeCommissioner,
    /// Their deputy.
    DeputyPoliceAndCrimeCommissioner,
    /// A mayor who is the policing body.
    Mayor,
    /// The chair of a policing and crime board.
    PolicingAndCrimeBoardChair,
    /// The chief constable.
    ChiefConstable,
}

/// A term of office.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct OfficeTermContent {
    /// Who holds the office.
    #[schema(min_length = 1, max_length = 200)]
    pub holder: String,
    /// Which office it is.
    pub office: Office,
    /// Its first day.
    #[schema(max_length = 10)]
    pub from: Option<NaiveDate>,
    /// Its last day.
    #[schema(max_length = 10)]
    pub to: Option<NaiveDate>,
    /// The day of the election that it follows from.
    #[schema(max_length = 10)]
    pub elected_on: Option<NaiveDate>,
    /// The term before it.
    #[schema(min_length = 1, max_length = 150)]
    pub predecessor: Option<String>,
}

/// A body that `POST` takes.
pub fn example() -> Value {
    json!({
        "reference": "TERM-PCC-2016",
        "holder": "The commissioner elected in 2016",
        "office": "police_and_crime_commissioner",
        "from": "2016-05-12",
        "to": "2021-05-12",
        "elected_on": "2016-05-05",
        "predecessor": "derbyshire-pcc:TERM-PCC-2012"
    })
}
