//! What goes in and out.

use serde::Serialize;
use serde_json::{Value, json};

use crate::access::Role;
use crate::access::membership::Membership;
use crate::access::person;
use crate::clock::{Id, Ts};
use crate::record::kind::object_schema;

/// Somebody with an account.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Person {
    /// Their id, by which the record names what they did.
    #[schema(max_length = 64)]
    pub id: String,
    /// What they sign in with; null for who signs in elsewhere.
    #[schema(max_length = 100)]
    pub login: Option<String>,
    /// What people call them.
    #[schema(max_length = 200)]
    pub label: String,
    /// The OpenID provider that vouches for them; null for a local account.
    #[schema(max_length = 2000)]
    pub issuer: Option<String>,
    /// Whether their password was given by an administrator and is to be changed with the next sign-in.
    pub must_change: bool,
    /// The organisation that they belong to now, by reference.
    #[schema(max_length = 64)]
    pub organisation: Option<String>,
    /// The roles that they hold now.
    #[schema(max_items = 20)]
    pub roles: Vec<String>,
    /// Since when they hold these.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub valid_from: Option<Ts>,
    /// Until when, if an end is set.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub valid_to: Option<Ts>,
    /// Since when the account exists.
    #[schema(value_type = String, format = "date-time", max_length = 32)]
    pub created_at: Ts,
    /// Who made it.
    #[schema(max_length = 128)]
    pub created_by: String,
    /// Since when it is revoked.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub revoked_at: Option<Ts>,
    /// Its address.
    #[serde(rename = "self")]
    #[schema(max_length = 200)]
    pub self_link: String,
}

/// The members of a person, in the order of the columns of CSV.
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
    pub fn of(person: &person::Person, held: Option<&Membership>) -> Person {
        let held = held.filter(|_| person.revoked_at.is_none());
        Person {
            id: person.id.clone(),
            login: person.login.clone(),
            label: person.label.clone(),
            issuer: person.issuer.clone(),
            must_change: person.must_change,
            organisation: held.map(|held| held.organisation_reference.clone()),
            roles: held.map(|held| names(&held.roles())).unwrap_or_default(),
            valid_from: held.map(|held| held.valid_from),
            valid_to: held.and_then(|held| held.valid_to),
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
    /// Its id.
    #[schema(value_type = String, format = "uuid", max_length = 36)]
    pub id: Id,
    /// The person or client.
    #[schema(max_length = 128)]
    pub subject: String,
    /// The policing body that every reach ends at, by reference.
    #[schema(max_length = 64)]
    pub body: String,
    /// The organisation whose slice it gives, by reference.
    #[schema(max_length = 64)]
    pub organisation: String,
    /// The roles.
    #[schema(max_items = 20)]
    pub roles: Vec<String>,
    /// Since when it holds.
    #[schema(value_type = String, format = "date-time", max_length = 32)]
    pub valid_from: Ts,
    /// Until when, if an end is set.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub valid_to: Option<Ts>,
    /// Whether it holds now.
    pub current: bool,
    /// When it was made.
    #[schema(value_type = String, format = "date-time", max_length = 32)]
    pub created_at: Ts,
    /// Who made it.
    #[schema(max_length = 128)]
    pub created_by: String,
    /// Its address.
    #[serde(rename = "self")]
    #[schema(max_length = 200)]
    pub self_link: String,
}

/// The members of a membership, in the order of the columns of CSV.
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

/// The roles that a body names, which its schema has looked at.
pub fn roles(body: &Value) -> Vec<Role> {
    body["roles"].as_array().into_iter().flatten().filter_map(|name| Role::parse(name.as_str()?)).collect()
}

fn held(mut properties: Value, required: &[&str]) -> Value {
    let known: Vec<&str> =
        Role::ALL.iter().filter(|role| role.needs_membership()).map(|role| role.name()).collect();
    properties["organisation"] = json!({"type": "string", "minLength": 1, "maxLength": 64, "description": "The organisation, by reference or id."});
    properties["roles"] = json!({"type": "array", "minItems": 1, "maxItems": known.len(), "uniqueItems": true,
        "description": "The roles; none contains another.", "items": {"type": "string", "enum": known}});
    properties["valid_from"] = json!({"type": ["string", "null"], "format": "date-time", "maxLength": 40, "description": "Since when they are held: a moment to come, by RFC 3339; from now on when left out."});
    properties["valid_to"] = json!({"type": ["string", "null"], "format": "date-time", "maxLength": 40, "description": "Until when, by RFC 3339; without an end when left out."});
    json!({"type": "object", "additionalProperties": false, "required": required, "properties": properties})
}

/// What makes a person.
pub fn new_person() -> Value {
    held(
        json!({
            "login": {"type": "string", "minLength": 3, "maxLength": 100, "pattern": "^[A-Za-z0-9][A-Za-z0-9._@+-]+$",
                "description": "What they will sign in with, in any case; an e-mail address does well. Never given to somebody else."},
            "label": {"type": "string", "minLength": 1, "maxLength": 200, "description": "What people call them."},
        }),
        &["login", "label", "organisation", "roles"],
    )
}

/// What makes a membership.
pub fn new_membership() -> Value {
    held(
        json!({"subject": {"type": "string", "minLength": 1, "maxLength": 128, "description": "The person or client, by id."}}),
        &["subject", "organisation", "roles"],
    )
}

/// What ends a membership.
pub fn end_body() -> Value {
    json!({"type": "object", "additionalProperties": false, "properties": {
        "valid_to": {"type": ["string", "null"], "format": "date-time", "maxLength": 40,
            "description": "When it ends: a moment to come, by RFC 3339; at once when left out."},
    }})
}

/// The schemas of these rooms' answers.
pub fn schemas() -> Vec<(&'static str, Value)> {
    let open = |mut schema: Value| {
        if let Some(object) = schema.as_object_mut() {
            object.remove("additionalProperties");
        }
        schema
    };
    let list = |of: &str| {
        json!({"type": "object", "required": ["data", "page"], "properties": {
            "data": {"type": "array", "maxItems": 200, "items": {"$ref": format!("#/components/schemas/{of}")}},
            "page": {"$ref": "#/components/schemas/Page"},
        }})
    };
    let person = open(object_schema::<Person>());
    let mut account = person.clone();
    account["properties"]["first_password"] = json!({"type": "string", "maxLength": 64,
        "description": "The password for the first sign-in, which sets another. It is not stored and cannot be had again."});
    if let Some(required) = account["required"].as_array_mut() {
        required.push(json!("first_password"));
    }
    vec![
        ("Person", person),
        ("PersonAccount", account),
        ("PersonList", list("Person")),
        ("Membership", open(object_schema::<Member>())),
        ("MembershipList", list("Membership")),
    ]
}
