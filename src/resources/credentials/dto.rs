//! What goes in and out.

use serde::Serialize;
use serde_json::{Value, json};

use crate::access::Role;
use crate::access::api_key;
use crate::access::client;
use crate::access::membership::Membership;
use crate::access::secret::LONGEST_OVERLAP;
use crate::clock::Ts;
use crate::record::kind::object_schema;

/// A machine client.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Client {
    /// Its id: what it asks for a token by, and what the record names it by.
    #[schema(max_length = 64)]
    pub id: String,
    /// What it is for.
    #[schema(max_length = 200)]
    pub label: String,
    /// The organisation that it belongs to, or belonged to last, by reference.
    #[schema(max_length = 64)]
    pub organisation: Option<String>,
    /// The roles that it holds there, or held last.
    #[schema(max_items = 20)]
    pub roles: Vec<String>,
    /// Since when it belongs there.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub valid_from: Option<Ts>,
    /// Until when, if an end is set.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub valid_to: Option<Ts>,
    /// Since when it exists.
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

impl Client {
    /// As it is told.
    pub fn of(client: &client::Client) -> Client {
        let membership = client.membership.as_ref();
        Client {
            id: client.id.clone(),
            label: client.label.clone(),
            organisation: membership.map(|held| held.organisation_reference.clone()),
            roles: membership
                .map(Membership::roles)
                .iter()
                .flatten()
                .map(|role| role.name().to_owned())
                .collect(),
            valid_from: membership.map(|held| held.valid_from),
            valid_to: membership.and_then(|held| held.valid_to),
            created_at: client.created_at,
            created_by: client.created_by.clone(),
            revoked_at: client.revoked_at,
            self_link: format!("/v1/clients/{}", client.id),
        }
    }
}

/// The members of a client, in the order of the columns of CSV.
pub const CLIENT: &[&str] = &[
    "id",
    "label",
    "organisation",
    "roles",
    "valid_from",
    "valid_to",
    "created_at",
    "created_by",
    "revoked_at",
    "self",
];

/// A client and its new secret.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ClientSecret {
    /// The client.
    #[schema(max_length = 64)]
    pub client_id: String,
    /// The secret: it is not stored and cannot be had again.
    #[schema(max_length = 256)]
    pub client_secret: String,
    /// Until when the secret before is good; null where there is none.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub previous_until: Option<Ts>,
}

/// A key for open data.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ApiKey {
    /// Its id: the part between the two underscores.
    #[schema(max_length = 64)]
    pub id: String,
    /// What it is for, and for whom.
    #[schema(max_length = 200)]
    pub label: String,
    /// Since when it exists.
    #[schema(value_type = String, format = "date-time", max_length = 32)]
    pub created_at: Ts,
    /// Who made it.
    #[schema(max_length = 128)]
    pub created_by: String,
    /// Since when it is revoked.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub revoked_at: Option<Ts>,
}

impl ApiKey {
    /// As it is told.
    pub fn of(key: &api_key::ApiKey) -> ApiKey {
        ApiKey {
            id: key.id.clone(),
            label: key.label.clone(),
            created_at: key.created_at,
            created_by: key.created_by.clone(),
            revoked_at: key.revoked_at,
        }
    }
}

/// The members of a key, in the order of the columns of CSV.
pub const API_KEY: &[&str] = &["id", "label", "created_at", "created_by", "revoked_at"];

/// A key and its text.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct NewApiKey {
    /// Its id.
    #[schema(max_length = 64)]
    pub id: String,
    /// What to send as `X-API-Key`: it is not stored and cannot be had again.
    #[schema(max_length = 100)]
    pub api_key: String,
}

fn label() -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[^\\u0000]*$", "description": "What it is for, and for whom."})
}

/// What makes a client.
pub fn new_client() -> Value {
    let roles: Vec<&str> = Role::ALL
        .iter()
        .filter(|role| role.needs_membership() && !role.needs_person())
        .map(|role| role.name())
        .collect();
    json!({
        "type": "object", "additionalProperties": false, "required": ["label", "organisation", "roles"],
        "properties": {
            "label": label(),
            "organisation": {"type": "string", "minLength": 1, "maxLength": 64, "description": "The organisation whose slice it has, by reference or id."},
            "roles": {
                "type": "array", "minItems": 1, "maxItems": 10, "uniqueItems": true,
                "description": "What it holds there. Deciding, publishing, paying and administering are for people.",
                "items": {"type": "string", "enum": roles},
            },
        },
    })
}

/// What gives a client another secret.
pub fn rotation() -> Value {
    json!({
        "type": "object", "additionalProperties": false,
        "properties": {"overlap_hours": {
            "type": "integer", "format": "int64", "minimum": 0, "maximum": LONGEST_OVERLAP,
            "description": "How many hours the secret before stays good; 24 when left out.",
        }},
    })
}

/// What makes a key.
pub fn new_api_key() -> Value {
    json!({
        "type": "object", "additionalProperties": false, "required": ["label"],
        "properties": {"label": label()},
    })
}

/// The schemas that only these rooms use.
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
    vec![
        ("Client", open(object_schema::<Client>())),
        ("ClientList", list("Client")),
        ("ClientSecret", open(object_schema::<ClientSecret>())),
        ("ApiKey", open(object_schema::<ApiKey>())),
        ("ApiKeyList", list("ApiKey")),
        ("NewApiKey", open(object_schema::<NewApiKey>())),
    ]
}
