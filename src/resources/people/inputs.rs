//! The bodies of requests about people and memberships.

use serde::Deserialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::{Array, ArrayBuilder, ObjectBuilder, Type};
use validator::Validate;

use crate::access::Role;
use crate::clock::Ts;

/// What a membership gives: roles in an organisation, from when to when.
#[derive(Debug, Deserialize, ToSchema)]
pub struct MembershipTerms {
    /// The organisation, by reference or id.
    #[schema(min_length = 1, max_length = 64)]
    pub organisation: String,
    #[schema(schema_with = member_roles)]
    pub roles: Vec<Role>,
    /// The first moment at which the roles hold, by RFC 3339, not in the past; now when left out.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 40)]
    pub valid_from: Option<Ts>,
    /// The moment at which the roles end, by RFC 3339; no end when left out.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 40)]
    pub valid_to: Option<Ts>,
}

/// The body of `POST /v1/people`.
#[derive(Debug, Deserialize, ToSchema, Validate)]
pub struct NewPerson {
    /// What they will sign in with, in any case; an e-mail address works well. Never reused for another person.
    #[schema(min_length = 3, max_length = 100, pattern = "^[A-Za-z0-9][A-Za-z0-9._@+-]+$")]
    pub login: String,
    /// What people call them.
    #[schema(min_length = 1, max_length = 200)]
    pub label: String,
    #[serde(flatten)]
    pub membership: MembershipTerms,
}

/// The body of `POST /v1/memberships`.
#[derive(Debug, Deserialize, ToSchema, Validate)]
pub struct NewMembership {
    /// The person or client, by id.
    #[schema(min_length = 1, max_length = 128)]
    pub subject: String,
    #[serde(flatten)]
    pub membership: MembershipTerms,
}

/// The body of `POST /v1/memberships/{membership}/end`.
#[derive(Debug, Deserialize, ToSchema, Validate)]
pub struct MembershipEnd {
    /// When it ends, by RFC 3339, not in the past; now when left out.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 40)]
    pub valid_to: Option<Ts>,
}

fn member_roles() -> Array {
    let roles: Vec<&str> =
        Role::ALL.iter().filter(|role| role.needs_membership()).map(|role| role.name()).collect();
    let most = roles.len();
    role_list("The roles; no role includes another.", roles, most)
}

/// The schema of a list of these roles, each at most once.
pub fn role_list(description: &str, roles: Vec<&str>, most: usize) -> Array {
    ArrayBuilder::new()
        .items(ObjectBuilder::new().schema_type(Type::String).enum_values(Some(roles)))
        .min_items(Some(1))
        .max_items(Some(most))
        .unique_items(true)
        .description(Some(description))
        .build()
}
