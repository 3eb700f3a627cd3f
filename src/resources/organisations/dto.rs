//! What goes in and out, with the bounds that are checked and documented from here.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::resources::shared::Identifier;

/// What an organisation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
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
    /// A partnership of several.
    Partnership,
    /// Courts, prosecution, probation.
    CriminalJustice,
    /// The health service.
    Health,
    /// A fire and rescue service.
    FireAndRescue,
    /// An inspectorate.
    Inspectorate,
    /// A department or agency of government.
    CentralGovernment,
    /// A charity or voluntary organisation.
    Charity,
    /// A professional body.
    ProfessionalBody,
    /// A newspaper, station or publisher.
    Media,
    /// Anything else.
    Other,
}

/// An organisation.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct OrganisationContent {
    /// Its name.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// What it is.
    pub organisation_kind: OrganisationKind,
    /// Its identifiers.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub identifiers: Vec<Identifier>,
    /// The area that it serves.
    #[schema(min_length = 1, max_length = 150)]
    pub area: Option<String>,
}

/// A body that `POST` takes.
pub fn example() -> Value {
    json!({
        "reference": "derbyshire-wildlife-trust",
        "name": "Derbyshire Wildlife Trust",
        "organisation_kind": "charity",
        "area": "E23000018",
    })
}
