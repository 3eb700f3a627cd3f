//! Responses about clients and API keys.

use serde::Serialize;

use crate::access::api_key;
use crate::access::client;
use crate::access::membership::Membership;
use crate::clock::Ts;

/// A machine client.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Client {
    /// The client's id: `client_id` of token requests, and its name on record.
    #[schema(max_length = 64)]
    pub id: String,
    /// What it is for.
    #[schema(max_length = 200)]
    pub label: String,
    /// The organisation of the latest membership, by reference.
    #[schema(max_length = 64)]
    pub organisation: Option<String>,
    /// The roles of the latest membership.
    #[schema(max_items = 20)]
    pub roles: Vec<String>,
    /// When that membership began.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub valid_from: Option<Ts>,
    /// When it ends; null for no end.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub valid_to: Option<Ts>,
    /// When it was created.
    #[schema(value_type = String, format = "date-time", max_length = 32)]
    pub created_at: Ts,
    /// Who created it.
    #[schema(max_length = 128)]
    pub created_by: String,
    /// When it was revoked; null while it is active.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub revoked_at: Option<Ts>,
    /// The address of this resource.
    #[serde(rename = "self")]
    #[schema(max_length = 200)]
    pub self_link: String,
}

impl Client {
    pub fn of(client: &client::Client) -> Client {
        let membership = client.membership.as_ref();
        Client {
            id: client.id.clone(),
            label: client.label.clone(),
            organisation: membership.map(|one| one.organisation_reference.clone()),
            roles: membership
                .map(Membership::roles)
                .iter()
                .flatten()
                .map(|role| role.name().to_owned())
                .collect(),
            valid_from: membership.map(|one| one.valid_from),
            valid_to: membership.and_then(|one| one.valid_to),
            created_at: client.created_at,
            created_by: client.created_by.clone(),
            revoked_at: client.revoked_at,
            self_link: format!("/v1/clients/{}", client.id),
        }
    }
}

/// The fields of a client, in the order of the columns of CSV.
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
    /// The secret. It is not stored and cannot be read again.
    #[schema(max_length = 256)]
    pub client_secret: String,
    /// Until when the previous secret is valid; null if there is none.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub previous_until: Option<Ts>,
}

/// An API key for open data.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ApiKey {
    /// The key's id: the part between the two underscores.
    #[schema(max_length = 64)]
    pub id: String,
    /// What it is for, and for whom.
    #[schema(max_length = 200)]
    pub label: String,
    /// When it was created.
    #[schema(value_type = String, format = "date-time", max_length = 32)]
    pub created_at: Ts,
    /// Who created it.
    #[schema(max_length = 128)]
    pub created_by: String,
    /// When it was revoked; null while it is active.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub revoked_at: Option<Ts>,
}

impl ApiKey {
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

/// The fields of an API key, in the order of the columns of CSV.
pub const API_KEY: &[&str] = &["id", "label", "created_at", "created_by", "revoked_at"];

/// A new API key with its text.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct NewApiKey {
    /// The key's id.
    #[schema(max_length = 64)]
    pub id: String,
    /// The value of `X-API-Key`. It is not stored and cannot be read again.
    #[schema(max_length = 100)]
    pub api_key: String,
}
