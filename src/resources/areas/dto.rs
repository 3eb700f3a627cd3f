//! The content of an area: its fields, with the bounds that are checked and documented from here.

#![warn(missing_docs)]

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use validator::{Validate, ValidationError, ValidationErrors};

use crate::problem::Fault;
use crate::resources::rules;
use crate::validation;

/// The type of an area.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AreaKind {
    /// A country, or several countries together.
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
    /// A division of a police force.
    PoliceDivision,
    /// A section of a police division.
    PoliceSection,
    /// A town.
    Town,
    /// The area of a community safety partnership.
    Partnership,
    /// Anything else.
    Other,
}

/// An area that contains this one, and the dates between which it does.
#[derive(Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[validate(schema(function = "parent_dates", skip_on_field_errors = false))]
#[serde(deny_unknown_fields)]
pub struct AreaParent {
    /// The containing area, by reference or id.
    #[schema(min_length = 1, max_length = 150)]
    pub area: String,
    /// The first day on which it contains this area.
    #[schema(max_length = 10)]
    pub from: Option<NaiveDate>,
    /// The day from which it no longer contains this area.
    #[schema(max_length = 10)]
    pub to: Option<NaiveDate>,
}

/// The population of an area in one year.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AreaPopulation {
    /// The year of the estimate or census.
    #[schema(minimum = 1801, maximum = 2200, format = "int64")]
    pub year: i64,
    /// The number of people.
    #[schema(minimum = 0, maximum = 10000000000_i64, format = "int64")]
    pub people: i64,
}

/// An area.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AreaContent {
    /// The name of the area.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// The type of the area.
    pub area_kind: AreaKind,
    /// The ONS (GSS) code of the area, if it has one.
    #[schema(min_length = 9, max_length = 9, pattern = "^[EWKSNJ][0-9]{8}$")]
    pub ons_code: Option<String>,
    /// The areas that contain this one.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub parents: Vec<AreaParent>,
    /// The population by year.
    #[serde(default)]
    #[schema(max_items = 300)]
    pub population: Vec<AreaPopulation>,
    /// The day from which the area exists.
    #[schema(max_length = 10)]
    pub from: Option<NaiveDate>,
    /// The day from which the area no longer exists.
    #[schema(max_length = 10)]
    pub to: Option<NaiveDate>,
}

fn parent_dates(parent: &AreaParent) -> Result<(), ValidationError> {
    rules::dates_in_order(parent.from, parent.to)
}

impl Validate for AreaContent {
    fn validate(&self) -> Result<(), ValidationErrors> {
        let mut faults = vec![];
        faults.extend(rules::dates_fault(self.from, self.to));
        rules::check_parts("/parents", &self.parents, &mut faults);
        for (n, population) in self.population.iter().enumerate() {
            let year = population.year;
            if self.population[..n].iter().any(|earlier| earlier.year == year) {
                faults.push(Fault::pointer(
                    format!("/population/{n}/year"),
                    "duplicate",
                    format!("The year {year} is given more than once. Give one population for each year."),
                ));
            }
        }
        validation::result(faults)
    }
}

/// An example body for `POST`.
pub fn example() -> Value {
    json!({
        "reference": "buxton",
        "name": "Buxton",
        "area_kind": "town",
        "parents": [{"area": "E07000037"}],
    })
}
