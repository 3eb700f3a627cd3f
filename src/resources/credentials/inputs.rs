//! The bodies of requests about clients and API keys.

use serde::Deserialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::{Array, KnownFormat, Object, ObjectBuilder, SchemaFormat, Type};
use validator::Validate;

use crate::access::Role;
use crate::access::secret::LONGEST_OVERLAP;
use crate::resources::people::inputs::role_list;

/// The body of `POST /v1/clients`.
#[derive(Debug, Deserialize, ToSchema, Validate)]
pub struct NewClient {
    /// What it is for, and for whom.
    #[schema(min_length = 1, max_length = 200, pattern = "^[^\\u0000]*$")]
    pub label: String,
    /// The organisation that it acts for, by reference or id.
    #[schema(min_length = 1, max_length = 64)]
    pub organisation: String,
    #[schema(schema_with = machine_roles)]
    pub roles: Vec<Role>,
}

/// The body of `POST /v1/clients/{client}/rotate`.
#[derive(Debug, Deserialize, ToSchema, Validate)]
pub struct Rotation {
    #[schema(schema_with = overlap_hours)]
    pub overlap_hours: Option<i64>,
}

/// The body of `POST /v1/api-keys`.
#[derive(Debug, Deserialize, ToSchema, Validate)]
pub struct NewApiKey {
    /// What it is for, and for whom.
    #[schema(min_length = 1, max_length = 200, pattern = "^[^\\u0000]*$")]
    pub label: String,
}

fn machine_roles() -> Array {
    let roles = Role::ALL.iter().filter(|role| role.needs_membership() && !role.needs_person());
    let description = "Its roles there. Publishing, approving, paying and administering need a person.";
    role_list(description, roles.map(|role| role.name()).collect(), 10)
}

fn overlap_hours() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .minimum(Some(0))
        .maximum(Some(LONGEST_OVERLAP))
        .description(Some("How many hours the previous secret stays valid; 24 when left out."))
        .build()
}
