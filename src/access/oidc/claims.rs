//! What a provider's token says, read strictly: its header, its claims, its times.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use jsonwebtoken::Algorithm;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::settings::Settings;
use crate::access::token::{LEEWAY, invalid};
use crate::clock::Ts;
use crate::problem::Problem;

/// The longest life of a token that is accepted, in seconds. Entra's live up to 90 minutes, with continuous access
/// evaluation up to 28 hours, which is too long for us.
const LONGEST_LIFE: i64 = 24 * 3_600;
/// The longest name of a key, and of a person.
const LONGEST_NAME: usize = 255;
/// Members by which a header brings a key along, or asks for what we do not know.
const BROUGHT_ALONG: &[&str] = &["jku", "jwk", "x5u", "x5c", "crit", "b64", "zip", "enc"];
/// Claims that only tokens of other kinds have: an ID token, a logout token.
const NOT_FOR_ACCESS: &[&str] = &["at_hash", "c_hash", "s_hash", "events"];

/// A token, taken apart and checked but for its signature.
pub struct Token<'a> {
    /// Header and claims, as they were signed.
    pub message: &'a str,
    /// The signature, as it came.
    pub signature: &'a str,
    /// The key that its header names.
    pub kid: String,
    /// How it is signed.
    pub algorithm: Algorithm,
    /// What it says.
    pub claims: Map<String, Value>,
    /// Whom it is about, in the provider's words.
    pub subject: String,
}

fn altered() -> Problem {
    invalid("The access token is not one of its provider's for this API, or has been altered.")
}

/// A header, or claims: an object that names each member once (RFC 7515 and RFC 7519, section 4). Of two of one name
/// the provider, or whoever stands between, may go by the other.
struct Members(Map<String, Value>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(given: D) -> Result<Members, D::Error> {
        given.deserialize_map(Once).map(Members)
    }
}

/// Reads the members, each name once.
struct Once;

impl<'de> Visitor<'de> for Once {
    type Value = Map<String, Value>;

    fn expecting(&self, words: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        words.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut given: A) -> Result<Map<String, Value>, A::Error> {
        let mut members = Map::new();
        while let Some((name, value)) = given.next_entry()? {
            if members.insert(name, value).is_some() {
                return Err(serde::de::Error::custom("a member is given twice"));
            }
        }
        Ok(members)
    }
}

fn object(encoded: &str) -> Option<Map<String, Value>> {
    let Members(members) = serde_json::from_slice(&B64.decode(encoded).ok()?).ok()?;
    Some(members)
}

/// The issuer that a token names, unproven: for choosing who verifies it.
pub fn issuer(token: &str) -> Option<String> {
    let mut claims = object(token.split('.').nth(1)?)?;
    match claims.remove("iss") {
        Some(Value::String(issuer)) => Some(issuer),
        _ => None,
    }
}

impl<'a> Token<'a> {
    /// Takes it apart and checks all that needs no key. So a token that is no good costs the provider nothing.
    pub fn read(text: &'a str, settings: &Settings, now: Ts) -> Result<Token<'a>, Problem> {
        let (message, signature) = text.rsplit_once('.').ok_or_else(altered)?;
        let (header, claims) = message.split_once('.').ok_or_else(altered)?;
        if claims.contains('.') {
            return Err(altered());
        }
        let header = object(header).ok_or_else(altered)?;
        let (kid, algorithm) = check_header(&header, settings).ok_or_else(altered)?;
        let claims = object(claims).ok_or_else(altered)?;
        if !is_for_us(&claims, settings) {
            return Err(altered());
        }
        check_times(&claims, now)?;
        if is_machine(&claims) {
            return Err(invalid(
                "This access token is a machine's: machines have clients of their own here.",
            ));
        }
        let subject = settings.subject.of(&claims).and_then(Value::as_str).unwrap_or_default();
        // PostgreSQL cannot even be asked for a text with U+0000.
        if subject.is_empty() || subject.len() > LONGEST_NAME || subject.contains(char::is_control) {
            return Err(altered());
        }
        let subject = subject.to_owned();
        Ok(Token { message, signature, kid, algorithm, claims, subject })
    }
}

/// The key's name and the algorithm, where the header says what it has to and nothing that it must not.
fn check_header(header: &Map<String, Value>, settings: &Settings) -> Option<(String, Algorithm)> {
    if BROUGHT_ALONG.iter().any(|name| header.contains_key(*name)) {
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
        // The settings let none other in.
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
    // Keycloak says in the claims what a token is for, since its headers all say `JWT`.
    let is_access = claims.get("typ").is_none_or(|kind| kind == "Bearer");
    audience
        && claims.get("iss").and_then(Value::as_str) == Some(settings.issuer.as_str())
        && !NOT_FOR_ACCESS.iter().any(|name| claims.contains_key(*name))
        && is_access
        // Bound to a key that the caller would have to show: we cannot ask for it, so it is not ours to take.
        && !claims.contains_key("cnf")
}

/// Times are whole seconds since 1970; text in their place is refused.
fn check_times(claims: &Map<String, Value>, now: Ts) -> Result<(), Problem> {
    let moment = |name: &str| claims.get(name).map(|value| value.as_i64().ok_or_else(altered)).transpose();
    let expires = moment("exp")?.ok_or_else(altered)?;
    let issued = moment("iat")?.ok_or_else(altered)?;
    let not_before = moment("nbf")?.unwrap_or(issued);
    let now = now.micros() / 1_000_000;
    if expires.saturating_add(LEEWAY) <= now {
        return Err(invalid("The access token has expired."));
    }
    if issued > now + LEEWAY || not_before > now + LEEWAY {
        return Err(invalid("The access token is not valid yet."));
    }
    if expires.saturating_sub(issued) > LONGEST_LIFE {
        return Err(invalid("The access token lives longer than a day, which is not accepted here."));
    }
    Ok(())
}

/// Whether nobody signed in for it. RFC 9068, section 2.2: without a person, `sub` is the client. Others have marks of
/// their own; of Entra's the optional `idtyp`, and that an application is one thing by `oid` and by `sub`.
fn is_machine(claims: &Map<String, Value>) -> bool {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let is_subject = |name: &str| text(name).is_some() && text(name) == text("sub");
    ["client_id", "azp", "appid"].iter().any(|name| is_subject(name))
        || (claims.contains_key("tid") && is_subject("oid"))
        || text("idtyp") == Some("app")
        || text("gty") == Some("client-credentials")
        || text("preferred_username").is_some_and(|name| name.starts_with("service-account-"))
}
