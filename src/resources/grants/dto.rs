//! What goes in and out, with the bounds that are checked and documented from here.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::resources::shared::{Decimal, Identifier, Money};

/// How far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GrantStatus {
    /// It has been awarded.
    Awarded,
    /// It is being used.
    Active,
    /// It has ended.
    Completed,
    /// It was taken back or given up.
    Cancelled,
    /// Nobody has said.
    NotReported,
}

/// When the work is planned for.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlannedDates {
    /// Its first day.
    #[schema(max_length = 10)]
    pub from: Option<NaiveDate>,
    /// Its last day.
    #[schema(max_length = 10)]
    pub to: Option<NaiveDate>,
    /// How many months it takes.
    #[schema(minimum = 0, maximum = 1200, format = "int64")]
    pub duration_months: Option<i64>,
}

/// A recipient or funder, in the terms of 360Giving.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// Its record here, where there is one.
    #[schema(min_length = 1, max_length = 150)]
    pub organisation: Option<String>,
    /// Its id by org-id.guide, such as `GB-CHC-1234567`.
    #[schema(min_length = 1, max_length = 200)]
    pub id: String,
    /// Its name.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// Its identifiers in registers.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub identifiers: Vec<Identifier>,
    /// Its charity number.
    #[schema(min_length = 1, max_length = 40)]
    pub charity_number: Option<String>,
    /// Its company number.
    #[schema(min_length = 1, max_length = 40)]
    pub company_number: Option<String>,
    /// Its street and number.
    #[schema(min_length = 1, max_length = 500)]
    pub street_address: Option<String>,
    /// Its town.
    #[schema(min_length = 1, max_length = 200)]
    pub city: Option<String>,
    /// Its county.
    #[schema(min_length = 1, max_length = 200)]
    pub county: Option<String>,
    /// Its country.
    #[schema(min_length = 1, max_length = 200)]
    pub country: Option<String>,
    /// Its postal code.
    #[schema(min_length = 1, max_length = 20)]
    pub postal_code: Option<String>,
    /// What it does.
    #[schema(min_length = 1, max_length = 4000)]
    pub description: Option<String>,
    /// Its website.
    #[schema(format = "uri", min_length = 8, max_length = 2000, pattern = "^https?://")]
    pub url: Option<String>,
    /// The part of it that is meant.
    #[schema(min_length = 1, max_length = 200)]
    pub department: Option<String>,
}

/// A place that benefits.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BeneficiaryLocation {
    /// Its record here, where there is one.
    #[schema(min_length = 1, max_length = 150)]
    pub area: Option<String>,
    /// Its name.
    #[schema(min_length = 1, max_length = 200)]
    pub name: Option<String>,
    /// Its country, by ISO 3166-1.
    #[schema(min_length = 1, max_length = 2, pattern = "^[A-Z]{2}$")]
    pub country_code: Option<String>,
    /// Degrees north.
    pub latitude: Option<Decimal>,
    /// Degrees east.
    pub longitude: Option<Decimal>,
    /// Its code, such as that of the ONS.
    #[schema(min_length = 1, max_length = 40)]
    pub geo_code: Option<String>,
    /// What kind of code that is.
    #[schema(min_length = 1, max_length = 40)]
    pub geo_code_type: Option<String>,
}

/// The programme that a grant is part of.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Programme {
    /// Its code.
    #[schema(min_length = 1, max_length = 100)]
    pub code: Option<String>,
    /// Its title.
    #[schema(min_length = 1, max_length = 200)]
    pub title: Option<String>,
    /// Where it is described.
    #[schema(format = "uri", min_length = 8, max_length = 2000, pattern = "^https?://")]
    pub url: Option<String>,
}

/// A grant.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct GrantContent {
    /// Its id by 360Giving, such as `360G-prefix-1`.
    #[schema(min_length = 1, max_length = 200)]
    pub identifier: String,
    /// Its title.
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// What it is for.
    #[schema(min_length = 1, max_length = 4000)]
    pub description: String,
    /// How much was asked for.
    pub amount_applied_for: Option<Money>,
    /// How much was awarded.
    pub amount_awarded: Money,
    /// How much has been paid.
    pub amount_disbursed: Option<Money>,
    /// The day on which it was awarded.
    #[schema(max_length = 10)]
    pub award_date: NaiveDate,
    /// Where it is described.
    #[schema(format = "uri", min_length = 8, max_length = 2000, pattern = "^https?://")]
    pub url: Option<String>,
    /// When the work is planned for.
    pub planned_dates: Option<PlannedDates>,
    /// Who receives it.
    pub recipient: Party,
    /// Who gives it.
    pub funder: Party,
    /// The places that benefit.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub beneficiary_locations: Vec<BeneficiaryLocation>,
    /// The programme that it is part of.
    pub programme: Option<Programme>,
    /// Whether anyone could apply.
    pub from_open_call: Option<bool>,
    /// Ids of what it is connected with.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub related_activity: Vec<String>,
    /// When the publisher last changed it.
    #[schema(format = "date-time", min_length = 1, max_length = 40)]
    pub last_modified: Option<String>,
    /// Where its data were published.
    #[schema(format = "uri", min_length = 8, max_length = 2000, pattern = "^https?://")]
    pub data_source: Option<String>,
    /// The fund that it is paid from.
    #[schema(min_length = 1, max_length = 150)]
    pub fund: Option<String>,
    /// What it is tied to.
    #[schema(min_length = 1, max_length = 4000)]
    pub conditions: Option<String>,
    /// Why it was awarded.
    #[schema(min_length = 1, max_length = 4000)]
    pub reason: Option<String>,
    /// How far it has come.
    pub status: GrantStatus,
    /// The objectives that it serves.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub objectives: Vec<String>,
    /// The priorities that it serves.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub priorities: Vec<String>,
}

/// A body that `POST` takes.
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
