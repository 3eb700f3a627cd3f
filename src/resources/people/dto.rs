//! Responses about people and memberships.

use serde::Serialize;

use crate::access::Role;
use crate::access::membership::Membership;
use crate::access::person;
use crate::clock::{Id, Ts};

/// A person with an account.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Person {
    /// The person's id. The record names what they did by it.
    #[schema(max_length = 64)]
    pub id: String,
    /// What they sign in with; null for a person who signs in with an OpenID provider.
    #[schema(max_length = 100)]
    pub login: Option<String>,
    /// What people call them.
    #[schema(max_length = 200)]
    pub label: String,
    /// The OpenID provider with which they sign in; null for a local account.
    #[schema(max_length = 2000)]
    pub issuer: Option<String>,
    /// Whether an administrator set the password, so that it must be changed at the next sign-in.
    pub must_change: bool,
    /// The current organisation, by reference.
    #[schema(max_length = 64)]
    pub organisation: Option<String>,
    /// The current roles.
    #[schema(max_items = 20)]
    pub roles: Vec<String>,
    /// When the current roles began.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub valid_from: Option<Ts>,
    /// When they end; null for no end.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub valid_to: Option<Ts>,
    /// When the account was created.
    #[schema(value_type = String, format = "date-time", max_length = 32)]
    pub created_at: Ts,
    /// Who created it.
    #[schema(max_length = 128)]
    pub created_by: String,
    /// When the account was revoked; null for an active account.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub revoked_at: Option<Ts>,
    /// The address of this resource.
    #[serde(rename = "self")]
    #[schema(max_length = 200)]
    pub self_link: String,
}

/// A person with their new first password.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PersonAccount {
    #[serde(flatten)]
    pub person: Person,
    /// The password for the first sign-in, which must set a new one. It is not stored and cannot be read again.
    #[schema(max_length = 64)]
    pub first_password: String,
}

/// The fields of a person, in the order of the columns of CSV.
pub const PERSON: &[&str] = &[
    "id",
    "login",
    "label",
    "issuer",
    "must_change",
    "organisation",
    "roles",
    "valid_from",
    "valid_to",
    "created_at",
    "created_by",
    "revoked_at",
    "self",
];

impl Person {
    /// A person, with the membership that holds now.
    pub fn of(person: &person::Person, current: Option<&Membership>) -> Person {
        let current = current.filter(|_| person.revoked_at.is_none());
        Person {
            id: person.id.clone(),
            login: person.login.clone(),
            label: person.label.clone(),
            issuer: person.issuer.clone(),
            must_change: person.must_change,
            organisation: current.map(|one| one.organisation_reference.clone()),
            roles: current.map(|one| names(&one.roles())).unwrap_or_default(),
            valid_from: current.map(|one| one.valid_from),
            valid_to: current.and_then(|one| one.valid_to),
            created_at: person.created_at,
            created_by: person.created_by.clone(),
            revoked_at: person.revoked_at,
            self_link: format!("/v1/people/{}", person.id),
        }
    }
}

/// A membership.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Member {
    /// The membership's id.
    #[schema(value_type = String, format = "uuid", max_length = 36)]
    pub id: Id,
    /// The person or client.
    #[schema(max_length = 128)]
    pub subject: String,
    /// The policing body, by reference.
    #[schema(max_length = 64)]
    pub body: String,
    /// The organisation, by reference.
    #[schema(max_length = 64)]
    pub organisation: String,
    /// The roles.
    #[schema(max_items = 20)]
    pub roles: Vec<String>,
    /// When it begins.
    #[schema(value_type = String, format = "date-time", max_length = 32)]
    pub valid_from: Ts,
    /// When they end; null for no end.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub valid_to: Option<Ts>,
    /// Whether it holds now.
    pub current: bool,
    /// When it was created.
    #[schema(value_type = String, format = "date-time", max_length = 32)]
    pub created_at: Ts,
    /// Who created it.
    #[schema(max_length = 128)]
    pub created_by: String,
    /// The address of this resource.
    #[serde(rename = "self")]
    #[schema(max_length = 200)]
    pub self_link: String,
}

/// The fields of a membership, in the order of the columns of CSV.
pub const MEMBER: &[&str] = &[
    "id",
    "subject",
    "body",
    "organisation",
    "roles",
    "valid_from",
    "valid_to",
    "current",
    "created_at",
    "created_by",
    "self",
];

impl Member {
    /// A membership, as it is at this moment.
    pub fn of(membership: &Membership, now: Ts) -> Member {
        Member {
            id: membership.id,
            subject: membership.subject.clone(),
            body: membership.body_reference.clone(),
            organisation: membership.organisation_reference.clone(),
            roles: names(&membership.roles()),
            valid_from: membership.valid_from,
            valid_to: membership.valid_to,
            current: membership.holds(now),
            created_at: membership.created_at,
            created_by: membership.created_by.clone(),
            self_link: format!("/v1/memberships/{}", membership.id),
        }
    }
}

fn names(roles: &[Role]) -> Vec<String> {
    roles.iter().map(|role| role.name().to_owned()).collect()
}
