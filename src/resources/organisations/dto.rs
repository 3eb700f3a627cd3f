//! The content of an organisation: its fields, with the bounds that are checked and documented from here.

#![warn(missing_docs)]

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use validator::Validate;

use crate::resources::shared::Identifier;

/// The type of an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, Hash)]
#[serde(rename_all = "snake_case")]
pub enum OrganisationKind {
    /// The office of a policing body.
    PolicingBodyOffice,
    /// A police force.
    PoliceForce,
    /// A Police and Crime Panel.
    PoliceAndCrimePanel,
    /// An audit committee.
    AuditCommittee,
    /// A council.
    LocalAuthority,
    /// A partnership of several organisations.
    Partnership,
    /// A court, the prosecution service or the probation service.
    CriminalJustice,
    /// A health service.
    Health,
    /// A fire and rescue service.
    FireAndRescue,
    /// An inspectorate.
    Inspectorate,
    /// A government department or agency.
    CentralGovernment,
    /// A charity or voluntary organisation.
    Charity,
    /// A professional body.
    ProfessionalBody,
    /// A newspaper, broadcaster or publisher.
    Media,
    /// Anything else.
    Other,
}

/// An organisation.
#[derive(Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
pub struct OrganisationContent {
    /// The name of the organisation.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// The type of the organisation.
    pub organisation_kind: OrganisationKind,
    /// The identifiers of the organisation in public registers.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub identifiers: Vec<Identifier>,
    /// The area that the organisation serves.
    #[schema(min_length = 1, max_length = 150)]
    pub area: Option<String>,
}

/// An example body for `POST`.
pub fn example() -> Value {
    json!({
        "reference": "derbyshire-wildlife-trust",
        "name": "Derbyshire Wildlife Trust",
        "organisation_kind": "charity",
        "area": "E23000018",
    })
}
