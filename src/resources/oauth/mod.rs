//! Access tokens: OAuth 2.0 client credentials (RFC 6749, section 4.4), and the keys that verify them.

mod dto;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as B64;
use serde_json::{Value, json};

use self::dto::Credentials;
pub use self::dto::{OauthMetadata, Token, TokenError, TokenRequest};
use crate::access::client::Client;
use crate::access::keys::LIFETIME;
use crate::access::rule::READ_PUBLIC;
use crate::access::secret;
use crate::access::{Actor, Role};
use crate::http::accept::PROBLEM;
use crate::http::limits::Policy;
use crate::http::operation::{Answer, BodySize, BodySpec, ExampleCall, Handler, Method, Operation, Queue};
use crate::http::params::decode;
use crate::http::schema::schema_ref;
use crate::http::{Call, Reply, form};
use crate::problem::Problem;
use crate::validation;

const TOKEN: &str = "/oauth/token";
const JWKS: &str = "/.well-known/jwks.json";

/// The codes of RFC 6749, section 5.2, that are used here more than once.
const INVALID_REQUEST: &str = "invalid_request";
const INVALID_CLIENT: &str = "invalid_client";

/// The same words whether the client is unknown or revoked, or its secret is wrong.
const UNKNOWN_CLIENT: &str = "The client is unknown, revoked, or its secret is wrong.";

pub fn operations() -> Vec<Operation> {
    let mut token =
        Operation::new(Method::Post, TOKEN, "create_token", READ_PUBLIC, Handler::Blocking(issue));
    token.tag = "access";
    // Each request hashes a secret in 19 MiB, even for a client that does not exist.
    token.queue = Queue::Heavy;
    token.issues_token = true;
    token.problems = vec![503];
    token.summary = "Get an access token".to_owned();
    token.description = "OAuth 2.0 client credentials. Send the client's id and secret by HTTP Basic or in the form, not in both. Errors are those of RFC 6749, section 5.2. The token is valid for ten minutes; send it as `Authorization: Bearer …`.".to_owned();
    token.body = Some(BodySpec {
        media_types: &["application/x-www-form-urlencoded"],
        schema: schema_ref("TokenRequest"),
        schema_of: None,
        example: json!({"grant_type": "client_credentials", "client_id": "client-0123456789abcdef", "client_secret": "the secret"}),
        required: true,
        size: BodySize::Credentials,
        // It is a form, whose faults are no problems but errors of the standard: `form::read` reads it.
        input: None,
    });
    token.answers = vec![
        Answer::named(200, "The token.", "Token").untagged().with_headers(&["Pragma"]),
        Answer::named(400, "The request is wrong.", "TokenError")
            .or_as(PROBLEM, "Problem")
            .with_headers(&["Pragma"]),
        Answer::named(401, "The client is unknown, or its secret is wrong.", "TokenError")
            .with_headers(&["Authenticate", "Pragma"]),
    ];

    let mut jwks = Operation::new(Method::Get, JWKS, "get_jwks", READ_PUBLIC, Handler::Inline(jwks));
    jwks.tag = "access";
    jwks.summary = "Get the public keys".to_owned();
    jwks.description =
        "The keys that verify this server's access tokens, as a JWK Set (RFC 7517).".to_owned();
    jwks.example = Some(ExampleCall { path: JWKS.to_owned() });
    jwks.answers = vec![Answer::named(200, "The keys.", "JwkSet")];
    let mut metadata = Operation::new(
        Method::Get,
        "/.well-known/oauth-authorization-server",
        "get_oauth_metadata",
        READ_PUBLIC,
        Handler::Inline(metadata),
    );
    metadata.tag = "access";
    metadata.summary = "Get what this server offers by OAuth 2.0".to_owned();
    metadata.description =
        "The metadata of the authorization server (RFC 8414): where tokens and keys are, the grant, and how clients authenticate.".to_owned();
    metadata.example = Some(ExampleCall { path: metadata.path.clone() });
    metadata.answers = vec![Answer::named(200, "The metadata.", "OauthMetadata")];
    vec![token, jwks, metadata]
}

/// The schema of the key set: what a key has is the standard's.
pub fn key_set_schema() -> Value {
    let text = |most: u32, about: &str| json!({"type": "string", "maxLength": most, "description": about});
    json!({"type": "object", "required": ["keys"], "properties": {"keys": {
        "type": "array", "maxItems": 100, "description": "The signing key, and for a quarter of an hour after a rotation the previous one.",
        "items": {"type": "object", "required": ["kty", "kid", "alg", "use"], "properties": {
            "kty": text(8, "The kind of key."), "crv": text(16, "The curve."), "use": text(8, "What for."),
            "alg": text(16, "The algorithm."), "kid": text(100, "Its name in a token's header."), "x": text(100, "The public key."),
        }},
    }}})
}

/// What this server offers by OAuth 2.0, to programs. People sign in in another way.
fn metadata(call: &Call) -> Result<Reply, Problem> {
    let base = &call.state.public_url;
    let roles = Role::ALL.iter().filter(|role| role.needs_membership() && !role.needs_person());
    Reply::value(&OauthMetadata {
        issuer: base.clone(),
        token_endpoint: format!("{base}{TOKEN}"),
        jwks_uri: format!("{base}{JWKS}"),
        scopes_supported: roles.map(|role| role.name()).collect(),
        response_types_supported: [],
        grant_types_supported: [dto::CLIENT_CREDENTIALS],
        token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
        service_documentation: format!("{base}/docs/"),
    })
}

fn jwks(call: &Call) -> Result<Reply, Problem> {
    Reply::value(&call.state.keys.jwks(call.state.clock.now()))
}

/// An error by RFC 6749, section 5.2. Only here problems have another form, which clients of the standard expect.
fn refuse(error: &str, error_description: &str) -> Result<Reply, Problem> {
    let reply = not_stored(Reply::value(&TokenError { error, error_description })?);
    Ok(match error {
        INVALID_CLIENT => {
            reply.status(401).header("WWW-Authenticate", "Basic realm=\"onrecord\", charset=\"UTF-8\"")
        }
        _ => reply.status(400),
    })
}

fn not_stored(mut reply: Reply) -> Reply {
    reply.tagged = false;
    reply.header("Pragma", "no-cache")
}

/// Id and secret from HTTP Basic; each is form-encoded inside it (RFC 6749, section 2.3.1).
fn basic(header: &str) -> Option<Credentials> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(B64.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some(Credentials { id: decode(id)?, secret: decode(secret)? })
}

/// The client's id and secret from the one place where they are; the fault in words if there are two places, none if they
/// are in neither.
fn credentials(header: Option<&str>, form: &TokenRequest) -> Result<Option<Credentials>, &'static str> {
    let Some(header) = header else {
        let id = form.client_id.clone();
        return Ok(id.zip(form.client_secret.clone()).map(|(id, secret)| Credentials { id, secret }));
    };
    if form.client_secret.is_some() {
        return Err("Send the secret by HTTP Basic or in the form, not in both.");
    }
    let by_basic = basic(header);
    let is_other =
        |credentials: &Credentials| form.client_id.as_ref().is_some_and(|id| *id != credentials.id);
    if by_basic.as_ref().is_some_and(is_other) {
        return Err("The form names another client than HTTP Basic.");
    }
    Ok(by_basic)
}

fn issue(call: &Call) -> Result<Reply, Problem> {
    let Some(form) = form::read::<TokenRequest>(&call.body) else {
        return refuse(INVALID_REQUEST, "The body is not a form with each name once.");
    };
    let Credentials { id, secret } = match credentials(call.headers.authorization.as_deref(), &form) {
        Err(detail) => return refuse(INVALID_REQUEST, detail),
        Ok(None) => {
            return refuse(INVALID_CLIENT, "Send the client's id and secret, by HTTP Basic or in the form.");
        }
        Ok(Some(credentials)) => {
            if let Some(fault) = validation::faults_of(&form).first() {
                return refuse(fault.code, &fault.detail);
            }
            if !validation::faults_of(&credentials).is_empty() {
                return refuse(INVALID_CLIENT, UNKNOWN_CLIENT);
            }
            credentials
        }
    };
    let state = &call.state;
    // Before the secret is checked, so that a client whose failures are used up costs no hash.
    let now = state.clock.now();
    if let Some(budget) = state.budgets.peek(Policy::Client, &id, 1, now) {
        budget.check()?;
    }
    let (found, stored) = state
        .db
        .read(|conn| Ok((Client::find(conn, &id, now)?, secret::stored_hash(conn, &id, &secret, now)?)))?;
    let matches = secret::verify(stored.as_deref(), &secret);
    let actor = found.as_ref().and_then(|client| client.actor(now)).filter(|_| matches);
    let Some(actor) = actor else {
        state.budgets.take(Policy::Client, &id, 1, now);
        return refuse(INVALID_CLIENT, UNKNOWN_CLIENT);
    };
    if !form.roles().all(|name| actor.roles.iter().any(|role| role.name() == name)) {
        return refuse("invalid_scope", "The client does not hold all of these roles.");
    }
    Ok(not_stored(issued(call, &id, &actor, json!({}))?))
}

/// The response with an access token for someone who has proved who they are.
pub fn issued(call: &Call, subject: &str, actor: &Actor, detail: Value) -> Result<Reply, Problem> {
    let access_token = call.state.tokens.issue(subject, &actor.roles, &call.state.clock)?;
    call.note_later("signed_in", actor, detail);
    let scope: Vec<_> = actor.roles.iter().map(|role| role.name()).collect();
    let token = Token { access_token, token_type: "Bearer", expires_in: LIFETIME, scope: scope.join(" ") };
    let mut reply = Reply::value(&token)?;
    reply.tagged = false;
    Ok(reply)
}
