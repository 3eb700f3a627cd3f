//! The request for a token, and the responses.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};
use validator::{Validate, ValidationError};

use crate::validation;

/// The only grant.
pub const CLIENT_CREDENTIALS: &str = "client_credentials";

/// The form of a request for a token. The codes of its errors are those of RFC 6749, section 5.2.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[validate(schema(function = "is_of_the_grant"))]
pub struct TokenRequest {
    #[schema(schema_with = grant_type, required = true)]
    pub grant_type: Option<String>,
    /// The client, if HTTP Basic is not used.
    #[schema(value_type = String, required = false, max_length = 128)]
    pub client_id: Option<String>,
    /// The client's secret, if HTTP Basic is not used.
    #[schema(value_type = String, required = false, max_length = 256)]
    pub client_secret: Option<String>,
    /// Roles, separated by spaces. A client always receives all its roles, so this may only name those.
    #[schema(value_type = String, required = false, max_length = 400)]
    pub scope: Option<String>,
}

impl TokenRequest {
    /// The roles of the scope. A scope without a value is none (RFC 6749, section 3.2).
    pub fn roles(&self) -> impl Iterator<Item = &str> {
        self.scope.as_deref().filter(|scope| !scope.is_empty()).into_iter().flat_map(|scope| scope.split(' '))
    }
}

/// A client's id and secret, whether they come in the form or by HTTP Basic.
#[derive(Debug, Validate)]
pub struct Credentials {
    #[validate(length(max = 128))]
    pub id: String,
    #[validate(length(max = 256))]
    pub secret: String,
}

/// An access token.
#[derive(Debug, Serialize, ToSchema)]
pub struct Token {
    /// A JWT by RFC 9068.
    #[schema(max_length = 4000)]
    pub access_token: String,
    #[schema(schema_with = token_type)]
    pub token_type: &'static str,
    /// Seconds.
    #[schema(minimum = 1, maximum = 900)]
    pub expires_in: i64,
    /// The client's roles.
    #[schema(max_length = 400)]
    pub scope: String,
}

/// The metadata of the authorization server (RFC 8414).
#[derive(Debug, Serialize, ToSchema)]
pub struct OauthMetadata {
    /// The issuer of tokens: `iss`.
    #[schema(max_length = 300)]
    pub issuer: String,
    /// Where tokens are requested.
    #[schema(max_length = 300)]
    pub token_endpoint: String,
    /// Where the keys are that verify tokens.
    #[schema(max_length = 300)]
    pub jwks_uri: String,
    /// The roles that a client can have.
    #[schema(max_items = 100)]
    pub scopes_supported: Vec<&'static str>,
    /// None: there is no authorization endpoint.
    #[schema(value_type = Vec<String>, max_items = 0)]
    pub response_types_supported: [&'static str; 0],
    /// The grants.
    #[schema(value_type = Vec<String>, max_items = 1)]
    pub grant_types_supported: [&'static str; 1],
    /// How a client proves who it is.
    #[schema(value_type = Vec<String>, max_items = 2)]
    pub token_endpoint_auth_methods_supported: [&'static str; 2],
    /// Where the documentation is.
    #[schema(max_length = 300)]
    pub service_documentation: String,
}

/// Why there is no token: an error by RFC 6749, section 5.2.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenError<'a> {
    #[schema(schema_with = error_codes)]
    pub error: &'a str,
    /// The error in words.
    #[schema(value_type = String, required = false, max_length = 400)]
    pub error_description: &'a str,
}

fn is_of_the_grant(form: &TokenRequest) -> Result<(), ValidationError> {
    let error = |code, detail: &'static str| Err(validation::error("/grant_type", code, detail));
    // A field without a value counts as left out (RFC 6749, section 3.2).
    match form.grant_type.as_deref().filter(|grant| !grant.is_empty()) {
        Some(CLIENT_CREDENTIALS) => Ok(()),
        Some(_) => error("unsupported_grant_type", "Only client_credentials is served."),
        None => error("invalid_request", "grant_type is missing; send client_credentials."),
    }
}

fn codes(codes: &[&str], description: &str) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(codes.iter().copied()))
        .description(Some(description))
        .build()
}

fn grant_type() -> Object {
    codes(&[CLIENT_CREDENTIALS], "Always this.")
}

fn token_type() -> Object {
    codes(&["Bearer"], "How to send it.")
}

fn error_codes() -> Object {
    let all = ["invalid_request", "invalid_client", "unsupported_grant_type", "invalid_scope"];
    codes(&all, "What is wrong, by RFC 6749.")
}
