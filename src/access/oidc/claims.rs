//! A provider's token, checked strictly: its header, its claims, its times.

use jsonwebtoken::Algorithm;
use serde_json::{Map, Value};

use super::settings::Settings;
use crate::access::challenge::invalid;
use crate::access::jwt::{Jwt, TimeError};
use crate::clock::Ts;
use crate::problem::Problem;

/// The longest life of a token that is accepted, in seconds. Entra's live up to 90 minutes, with continuous access
/// evaluation up to 28 hours, which is too long for us.
const LONGEST_LIFE: i64 = 24 * 3_600;
/// The longest name of a key, and of a subject, in bytes.
const LONGEST_NAME: usize = 255;
/// Fields of a header that bring a key along, or ask for an extension that we do not support.
const REFUSED_IN_HEADER: &[&str] = &["jku", "jwk", "x5u", "x5c", "crit", "b64", "zip", "enc"];
/// Claims that only other kinds of token have: an ID token, a logout token.
const NOT_FOR_ACCESS: &[&str] = &["at_hash", "c_hash", "s_hash", "events"];

/// A token whose header and claims have been checked. Its signature has not: that needs the provider's keys.
pub struct Token<'a> {
    pub jwt: Jwt<'a>,
    /// The key that the header names.
    pub kid: String,
    pub algorithm: Algorithm,
    /// The person, as the provider names them.
    pub subject: String,
}

fn altered() -> Problem {
    invalid("The access token is not one of its provider's for this API, or has been altered.")
}

impl<'a> Token<'a> {
    /// Parses the text and checks everything that needs no key, so that a refused token costs the provider nothing.
    pub fn read(text: &'a str, settings: &Settings, now: Ts) -> Result<Token<'a>, Problem> {
        let jwt = Jwt::parse(text).ok_or_else(altered)?;
        let (kid, algorithm) = check_header(&jwt.header, settings).ok_or_else(altered)?;
        if !is_for_us(&jwt.claims, settings) {
            return Err(altered());
        }
        jwt.check_times(now, LONGEST_LIFE).map_err(|error| match error {
            TimeError::Malformed => altered(),
            TimeError::Expired => invalid("The access token has expired."),
            TimeError::NotYetValid => invalid("The access token is not valid yet."),
            TimeError::LivesTooLong => {
                invalid("The access token lives longer than a day, which is not accepted here.")
            }
        })?;
        if is_machine(&jwt.claims) {
            return Err(invalid(
                "This access token is a machine's: machines have clients of their own here.",
            ));
        }
        let subject = settings.subject.of(&jwt.claims).and_then(Value::as_str).unwrap_or_default();
        // PostgreSQL does not accept a text with U+0000.
        if subject.is_empty() || subject.len() > LONGEST_NAME || subject.contains(char::is_control) {
            return Err(altered());
        }
        let subject = subject.to_owned();
        Ok(Token { jwt, kid, algorithm, subject })
    }
}

/// The key's name and the algorithm, if the header has what it must have and nothing that is refused.
fn check_header(header: &Map<String, Value>, settings: &Settings) -> Option<(String, Algorithm)> {
    if REFUSED_IN_HEADER.iter().any(|name| header.contains_key(*name)) {
        return None;
    }
    let text = |name: &str| header.get(name).and_then(Value::as_str);
    let kind = text("typ")?.to_ascii_lowercase();
    // RFC 7515, section 4.1.9: `application/` may be left out.
    let kind = kind.strip_prefix("application/").unwrap_or(&kind);
    let named = text("alg")?;
    let algorithm = *settings.algorithms.iter().find(|known| name_of(**known) == named)?;
    let kid = text("kid")?;
    let is_right = settings.types.iter().any(|known| known == kind)
        && (1..=LONGEST_NAME).contains(&kid.len())
        && !kid.contains(char::is_control);
    is_right.then(|| (kid.to_owned(), algorithm))
}

/// The name of an algorithm in headers and keys.
pub fn name_of(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::EdDSA => "EdDSA",
        Algorithm::RS256 => "RS256",
        Algorithm::ES256 => "ES256",
        // The settings allow no other.
        _ => "",
    }
}

/// Whether it is an access token of this issuer for this API.
fn is_for_us(claims: &Map<String, Value>, settings: &Settings) -> bool {
    let audience = match claims.get("aud") {
        Some(Value::String(one)) => *one == settings.audience,
        Some(Value::Array(all)) => {
            all.iter().all(Value::is_string)
                && all.iter().any(|one| one.as_str() == Some(settings.audience.as_str()))
        }
        _ => false,
    };
    // Keycloak names the kind of token in the claims, since its headers all say `JWT`.
    let is_access = claims.get("typ").is_none_or(|kind| kind == "Bearer");
    audience
        && claims.get("iss").and_then(Value::as_str) == Some(settings.issuer.as_str())
        && !NOT_FOR_ACCESS.iter().any(|name| claims.contains_key(*name))
        && is_access
        // Bound to a key that the caller would have to prove possession of, which we cannot check.
        && !claims.contains_key("cnf")
}

/// Whether the token is a machine's and no person signed in. RFC 9068, section 2.2: without a person, `sub` is the
/// client. Providers have signs of their own: Entra has the optional `idtyp`, and the same `oid` and `sub` for an
/// application.
fn is_machine(claims: &Map<String, Value>) -> bool {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let is_subject = |name: &str| text(name).is_some() && text(name) == text("sub");
    ["client_id", "azp", "appid"].iter().any(|name| is_subject(name))
        || (claims.contains_key("tid") && is_subject("oid"))
        || text("idtyp") == Some("app")
        || text("gty") == Some("client-credentials")
        || text("preferred_username").is_some_and(|name| name.starts_with("service-account-"))
}
