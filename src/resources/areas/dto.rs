//! What goes in and out, with the bounds that are checked and documented from here.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What an area is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AreaKind {
    /// A country, or countries taken together.
    Country,
    /// A region of England.
    Region,
    /// The area of a police force.
    PoliceForceArea,
    /// A county.
    County,
    /// A unitary authority.
    UnitaryAuthority,
    /// A district or borough.
    District,
    /// A division of the force.
    PoliceDivision,
    /// A section of a division.
    PoliceSection,
    /// A town.
    Town,
    /// A community safety partnership's area.
    Partnership,
    /// Anything else.
    Other,
}

/// An area that this one lies in, and when.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Parent {
    /// The area, by reference or id.
    #[schema(min_length = 1, max_length = 150)]
    pub area: String,
    /// Since when.
    #[schema(max_length = 10)]
    pub from: Option<NaiveDate>,
    /// Until when (that day no longer).
    #[schema(max_length = 10)]
    pub to: Option<NaiveDate>,
}

/// How many people live there.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Population {
    /// The year of the estimate or census.
    #[schema(minimum = 1801, maximum = 2200, format = "int64")]
    pub year: i64,
    /// People.
    #[schema(minimum = 0, maximum = 10000000000_i64, format = "int64")]
    pub people: i64,
}

/// An area.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AreaContent {
    /// Its name.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// What it is.
    pub area_kind: AreaKind,
    /// Its ONS code (GSS), where one exists.
    #[schema(min_length = 9, max_length = 9, pattern = "^[EWKSNJ][0-9]{8}$")]
    pub ons_code: Option<String>,
    /// The areas that it lies in.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub parents: Vec<Parent>,
    /// Its population, by year.
    #[serde(default)]
    #[schema(max_items = 300)]
    pub population: Vec<Population>,
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
        "reference": "buxton",
        "name": "Buxton",
        "area_kind": "town",
        "parents": [{"area": "E07000037"}],
    })
}
