//! Access tokens: OAuth 2.0 client credentials (RFC 6749, section 4.4), and the keys that verify them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as B64;
use serde_json::{Value, json};

use crate::access::client::Client;
use crate::access::keys::LIFETIME;
use crate::access::rule::READ_PUBLIC;
use crate::access::secret;
use crate::http::limits::Policy;
use crate::http::operation::{Answer, BodySize, BodySpec, ExampleCall, Handler, Method, Operation};
use crate::http::params::decode;
use crate::http::{Call, Reply};
use crate::problem::Problem;

pub fn operations() -> Vec<Operation> {
    let mut token =
        Operation::new(Method::Post, "/oauth/token", "create_token", READ_PUBLIC, Handler::Blocking(issue));
    token.tag = "access";
    // Each request hashes a secret in 19 MiB, even for a client that does not exist.
    token.heavy = true;
    token.issues_token = true;
    token.problems = vec![503];
    token.summary = "Get an access token".to_owned();
    token.description = "OAuth 2.0 client credentials. Send the client's id and secret by HTTP Basic or in the form, not in both. Errors are those of RFC 6749, section 5.2. The token is valid for ten minutes; send it as `Authorization: Bearer …`.".to_owned();
    token.body = Some(BodySpec {
        media_types: &["application/x-www-form-urlencoded"],
        schema: json!({"$ref": "#/components/schemas/TokenRequest"}),
        example: json!({"grant_type": "client_credentials", "client_id": "client-0123456789abcdef", "client_secret": "the secret"}),
        required: true,
        size: BodySize::Credentials,
        input: None,
    });
    token.answers = vec![
        Answer::named(200, "The token.", "Token"),
        Answer::named(400, "The request is wrong.", "TokenError"),
        Answer::named(401, "The client is unknown, or its secret is wrong.", "TokenError"),
    ];

    let mut jwks =
        Operation::new(Method::Get, "/.well-known/jwks.json", "get_jwks", READ_PUBLIC, Handler::Inline(jwks));
    jwks.tag = "access";
    jwks.summary = "Get the public keys".to_owned();
    jwks.description =
        "The keys that verify this server's access tokens, as a JWK Set (RFC 7517).".to_owned();
    jwks.example = Some(ExampleCall { path: "/.well-known/jwks.json".to_owned() });
    jwks.answers = vec![Answer::named(200, "The keys.", "JwkSet")];
    vec![token, jwks]
}

/// The schemas of the requests and responses, by their names in the document.
pub fn schemas() -> Vec<(&'static str, Value)> {
    let text = |most: u32, about: &str| json!({"type": "string", "maxLength": most, "description": about});
    vec![
        (
            "TokenRequest",
            json!({"type": "object", "required": ["grant_type"], "properties": {
                "grant_type": {"type": "string", "enum": ["client_credentials"], "description": "Always this."},
                "client_id": text(128, "The client, if HTTP Basic is not used."),
                "client_secret": text(256, "The client's secret, if HTTP Basic is not used."),
                "scope": text(400, "Roles, separated by spaces. A client always receives all its roles, so this may only name those."),
            }}),
        ),
        (
            "Token",
            json!({"type": "object", "required": ["access_token", "token_type", "expires_in", "scope"], "properties": {
                "access_token": text(4000, "A JWT by RFC 9068."),
                "token_type": {"type": "string", "enum": ["Bearer"], "description": "How to send it."},
                "expires_in": {"type": "integer", "format": "int64", "minimum": 1, "maximum": 900, "description": "Seconds."},
                "scope": text(400, "The client's roles."),
            }}),
        ),
        (
            "TokenError",
            json!({"type": "object", "required": ["error"], "properties": {
                "error": {"type": "string", "enum": ["invalid_request", "invalid_client", "unsupported_grant_type", "invalid_scope"], "description": "What is wrong, by RFC 6749."},
                "error_description": text(400, "The error in words."),
            }}),
        ),
        (
            "JwkSet",
            json!({"type": "object", "required": ["keys"], "properties": {"keys": {
                "type": "array", "maxItems": 100, "description": "The signing key, and for a quarter of an hour after a rotation the previous one.",
                "items": {"type": "object", "required": ["kty", "kid", "alg", "use"], "properties": {
                    "kty": text(8, "The kind of key."), "crv": text(16, "The curve."), "use": text(8, "What for."),
                    "alg": text(16, "The algorithm."), "kid": text(100, "Its name in a token's header."), "x": text(100, "The public key."),
                }},
            }}}),
        ),
    ]
}

fn jwks(call: &Call) -> Result<Reply, Problem> {
    Reply::value(&call.state.keys.jwks(call.state.clock.now()))
}

/// An error by RFC 6749, section 5.2. Only here problems have another form, which clients of the standard expect.
fn refuse(status: u16, error: &str, description: &str) -> Result<Reply, Problem> {
    let mut reply = Reply::value(&json!({"error": error, "error_description": description}))?
        .status(status)
        .header("Pragma", "no-cache");
    reply.tagged = false;
    Ok(match status {
        401 => reply.header("WWW-Authenticate", "Basic realm=\"onrecord\", charset=\"UTF-8\""),
        _ => reply,
    })
}

/// The form, each name once.
fn form(body: &[u8]) -> Option<Vec<(String, String)>> {
    let text = std::str::from_utf8(body).ok()?;
    let mut pairs: Vec<(String, String)> = vec![];
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=')?;
        let (name, value) = (decode(name)?, decode(value)?);
        if pairs.iter().any(|(earlier, _)| *earlier == name) {
            return None;
        }
        pairs.push((name, value));
    }
    Some(pairs)
}

/// Id and secret from HTTP Basic; each is form-encoded inside it (RFC 6749, section 2.3.1).
fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(B64.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some((decode(id)?, decode(secret)?))
}

fn issue(call: &Call) -> Result<Reply, Problem> {
    let Some(form) = form(&call.body) else {
        return refuse(400, "invalid_request", "The body is not a form with each name once.");
    };
    let get = |name: &str| form.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let credentials = match (&call.headers.authorization, get("client_id"), get("client_secret")) {
        (Some(_), _, Some(_)) => {
            return refuse(
                400,
                "invalid_request",
                "Send the secret by HTTP Basic or in the form, not in both.",
            );
        }
        (Some(header), named, None) => {
            let pair = basic(header);
            if named.is_some_and(|named| pair.as_ref().is_some_and(|(id, _)| *id != named)) {
                return refuse(400, "invalid_request", "The form names another client than HTTP Basic.");
            }
            pair
        }
        (None, Some(id), Some(secret)) => Some((id, secret)),
        _ => None,
    };
    let Some((id, secret)) = credentials else {
        return refuse(
            401,
            "invalid_client",
            "Send the client's id and secret, by HTTP Basic or in the form.",
        );
    };
    match get("grant_type").as_deref() {
        Some("client_credentials") => {}
        None => {
            return refuse(400, "invalid_request", "grant_type is missing; send client_credentials.");
        }
        Some(_) => {
            return refuse(400, "unsupported_grant_type", "Only client_credentials is served.");
        }
    }
    if id.len() > 128 || secret.len() > 256 {
        return refuse(401, "invalid_client", "The client is unknown, revoked, or its secret is wrong.");
    }
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
        return refuse(401, "invalid_client", "The client is unknown, revoked, or its secret is wrong.");
    };
    if let Some(scope) = get("scope")
        && !scope.split(' ').all(|name| actor.roles.iter().any(|role| role.name() == name))
    {
        return refuse(400, "invalid_scope", "The client does not hold all of these roles.");
    }
    let token = state.tokens.issue(&id, &actor.roles, &state.clock)?;
    call.note_later("signed_in", &actor, json!({}));
    let scope: Vec<_> = actor.roles.iter().map(|role| role.name()).collect();
    let mut reply = Reply::value(&json!({
        "access_token": token, "token_type": "Bearer", "expires_in": LIFETIME, "scope": scope.join(" "),
    }))?
    .header("Pragma", "no-cache");
    reply.tagged = false;
    Ok(reply)
}
