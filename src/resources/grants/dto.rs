//! The content of a grant: its fields, with the bounds that are checked and documented from here.

#![warn(missing_docs)]

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use validator::{Validate, ValidationError};

use super::threesixty_giving::is_country;
use crate::resources::rules;
use crate::resources::shared::{Decimal, Identifier, Money, PartialDate};
use crate::validation;

/// The progress of a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GrantStatus {
    /// The grant has been awarded.
    Awarded,
    /// The grant is in use.
    Active,
    /// The grant has ended.
    Completed,
    /// The grant was withdrawn or given up.
    Cancelled,
    /// No status has been reported.
    NotReported,
}

/// The planned dates of the funded work.
#[derive(Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[validate(schema(function = "planned_dates", skip_on_field_errors = false))]
#[serde(deny_unknown_fields)]
pub struct PlannedDates {
    /// The first day of the work; its year, or year and month, if the rest is not known.
    pub from: Option<PartialDate>,
    /// The last day of the work; its year, or year and month, if the rest is not known.
    pub to: Option<PartialDate>,
    /// The length of the work in months.
    #[schema(minimum = 0, maximum = 1200, format = "int64")]
    pub duration_months: Option<i64>,
}

/// A recipient or funder, as defined by the 360Giving standard.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantParty {
    /// The organisation on this record, if it is here.
    #[schema(min_length = 1, max_length = 150)]
    pub organisation: Option<String>,
    /// An identifier as described by org-id.guide, such as `GB-CHC-1234567`.
    #[schema(min_length = 1, max_length = 200)]
    pub id: String,
    /// The name of the organisation.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// The identifiers of the organisation in public registers.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub identifiers: Vec<Identifier>,
    /// The charity number.
    #[schema(min_length = 1, max_length = 40)]
    pub charity_number: Option<String>,
    /// The company number.
    #[schema(min_length = 1, max_length = 40)]
    pub company_number: Option<String>,
    /// The street address.
    #[schema(min_length = 1, max_length = 500)]
    pub street_address: Option<String>,
    /// The town or city.
    #[schema(min_length = 1, max_length = 200)]
    pub city: Option<String>,
    /// The county.
    #[schema(min_length = 1, max_length = 200)]
    pub county: Option<String>,
    /// The country.
    #[schema(min_length = 1, max_length = 200)]
    pub country: Option<String>,
    /// The postal code.
    #[schema(min_length = 1, max_length = 20)]
    pub postal_code: Option<String>,
    /// What the organisation does.
    #[schema(min_length = 1, max_length = 4000)]
    pub description: Option<String>,
    /// The website.
    #[schema(format = "uri", min_length = 8, max_length = 2000, pattern = "^https?://")]
    pub url: Option<String>,
    /// The department of the organisation that is meant.
    #[schema(min_length = 1, max_length = 200)]
    pub department: Option<String>,
}

/// A place that benefits from a grant.
#[derive(Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[validate(schema(function = "country_is_known", skip_on_field_errors = false))]
#[serde(deny_unknown_fields)]
pub struct BeneficiaryLocation {
    /// The area on this record, if it is here.
    #[schema(min_length = 1, max_length = 150)]
    pub area: Option<String>,
    /// The name of the place.
    #[schema(min_length = 1, max_length = 200)]
    pub name: Option<String>,
    /// The country, as an ISO 3166-1 code of two letters.
    #[schema(min_length = 1, max_length = 2, pattern = "^[A-Z]{2}$")]
    pub country_code: Option<String>,
    /// The latitude in degrees; north is positive.
    pub latitude: Option<Decimal>,
    /// The longitude in degrees; east is positive.
    pub longitude: Option<Decimal>,
    /// A geographic code, such as an ONS code.
    #[schema(min_length = 1, max_length = 40)]
    pub geo_code: Option<String>,
    /// The type of the geographic code.
    #[schema(min_length = 1, max_length = 40)]
    pub geo_code_type: Option<String>,
}

/// The grant programme.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantProgramme {
    /// The code of the programme.
    #[schema(min_length = 1, max_length = 100)]
    pub code: Option<String>,
    /// The title of the programme.
    #[schema(min_length = 1, max_length = 200)]
    pub title: Option<String>,
    /// The address of a page about the programme.
    #[schema(format = "uri", min_length = 8, max_length = 2000, pattern = "^https?://")]
    pub url: Option<String>,
}

/// A grant.
#[derive(Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
pub struct GrantContent {
    /// The 360Giving identifier, such as `360G-prefix-1`.
    #[schema(min_length = 1, max_length = 200)]
    pub identifier: String,
    /// The title of the grant.
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// The purpose of the grant.
    #[schema(min_length = 1, max_length = 4000)]
    pub description: String,
    /// The amount that was applied for.
    pub amount_applied_for: Option<Money>,
    /// The amount that was awarded.
    pub amount_awarded: Money,
    /// The amount that has been paid.
    pub amount_disbursed: Option<Money>,
    /// The date of the award.
    #[schema(max_length = 10)]
    pub award_date: NaiveDate,
    /// The address of a page about the grant.
    #[schema(format = "uri", min_length = 8, max_length = 2000, pattern = "^https?://")]
    pub url: Option<String>,
    /// The planned dates of the funded work.
    #[validate(nested)]
    pub planned_dates: Option<PlannedDates>,
    /// The organisation that receives the grant.
    pub recipient: GrantParty,
    /// The organisation that awards the grant.
    pub funder: GrantParty,
    /// The places that benefit.
    #[serde(default)]
    #[schema(max_items = 200)]
    #[validate(nested)]
    pub beneficiary_locations: Vec<BeneficiaryLocation>,
    /// The programme that the grant belongs to.
    pub programme: Option<GrantProgramme>,
    /// `true` if anyone could apply.
    pub from_open_call: Option<bool>,
    /// The identifiers of related activities.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub related_activity: Vec<String>,
    /// The date and time at which the publisher last changed the grant.
    #[schema(format = "date-time", min_length = 1, max_length = 40)]
    pub last_modified: Option<String>,
    /// The address at which the publisher published the data.
    #[schema(format = "uri", min_length = 8, max_length = 2000, pattern = "^https?://")]
    pub data_source: Option<String>,
    /// The fund that pays for the grant.
    #[schema(min_length = 1, max_length = 150)]
    pub fund: Option<String>,
    /// The conditions of the grant.
    #[schema(min_length = 1, max_length = 4000)]
    pub conditions: Option<String>,
    /// The reason for the award.
    #[schema(min_length = 1, max_length = 4000)]
    pub reason: Option<String>,
    /// The progress of the grant.
    pub status: GrantStatus,
    /// The objectives that the grant supports.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub objectives: Vec<String>,
    /// The priorities that the grant supports.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub priorities: Vec<String>,
}

fn planned_dates(dates: &PlannedDates) -> Result<(), ValidationError> {
    // A year and a month in it are in order, whichever is first.
    let from = dates.from.as_ref().and_then(PartialDate::first_day);
    let to = dates.to.as_ref().and_then(PartialDate::last_day);
    rules::dates_in_order(from, to)
}

/// The standard has a closed list of countries: a package with any other code would be rejected as a whole.
fn country_is_known(location: &BeneficiaryLocation) -> Result<(), ValidationError> {
    match location.country_code.as_deref() {
        Some(code) if !is_country(code) => Err(validation::error(
            "/country_code",
            "unknown_code",
            format!("`{code}` is not an ISO 3166-1 country code. The United Kingdom is `GB`."),
        )),
        _ => Ok(()),
    }
}

/// An example body for `POST`.
pub fn example() -> Value {
    json!({
        "reference": "GRANT-9",
        "identifier": "360G-derbyshirepcc-9",
        "title": "Boxing for young people",
        "description": "Two evenings a week of boxing and mentoring for young people at risk.",
        "amount_applied_for": {
            "amount": "3000.00",
            "currency": "GBP"
        },
        "amount_awarded": {
            "amount": "2500.00",
            "currency": "GBP"
        },
        "award_date": "2022-06-01",
        "planned_dates": {
            "from": "2022-07-01",
            "to": "2023-06-30",
            "duration_months": 12
        },
        "recipient": {
            "organisation": "victim-support",
            "id": "GB-CHC-298028",
            "name": "Victim Support"
        },
        "funder": {
            "organisation": "opcc-derbyshire",
            "id": "GB-LAE-DERBYSHIRE-PCC",
            "name": "Police and Crime Commissioner for Derbyshire"
        },
        "beneficiary_locations": [
            {
                "area": "E23000018",
                "country_code": "GB",
                "latitude": "53.1",
                "longitude": "-1.5"
            }
        ],
        "programme": {
            "title": "Community grants"
        },
        "from_open_call": true,
        "fund": "derbyshire-pcc:FUND-COMMUNITY-GRANTS",
        "status": "awarded",
        "priorities": [
            "derbyshire-pcc:PRI-3"
        ]
    })
}
