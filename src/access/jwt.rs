//! Compact JWTs (RFC 7519), parsed strictly: our own access tokens and those of OpenID providers.
//!
//! A [`Jwt`] has been parsed but not verified. Who accepts it checks the header, the signature, the times and the
//! claims, in the order that suits the issuer.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::keys::LEEWAY;
use crate::clock::Ts;

/// A token's parts. Nothing in it is verified yet.
pub struct Jwt<'a> {
    /// Header and claims, as they were signed.
    message: &'a str,
    signature: &'a str,
    pub header: Map<String, Value>,
    pub claims: Map<String, Value>,
}

/// Why a token's times are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeError {
    /// `exp` or `iat` is missing, or a time is not a whole number of seconds.
    Malformed,
    Expired,
    NotYetValid,
    /// The token lives longer than the issuer is allowed to set.
    LivesTooLong,
}

impl<'a> Jwt<'a> {
    /// Parses the text; `None` unless it has three parts, of which the first two are JSON objects.
    pub fn parse(text: &'a str) -> Option<Jwt<'a>> {
        let (message, signature) = text.rsplit_once('.')?;
        let (header, claims) = message.split_once('.')?;
        if claims.contains('.') {
            return None;
        }
        Some(Jwt { message, signature, header: object(header)?, claims: object(claims)? })
    }

    /// Whether this key signed the token with this algorithm. The header must have been checked before: it does not
    /// choose the algorithm here.
    pub fn is_signed_by(&self, key: &DecodingKey, algorithm: Algorithm) -> bool {
        jsonwebtoken::crypto::verify(self.signature, self.message.as_bytes(), key, algorithm).unwrap_or(false)
    }

    /// Checks `exp`, `iat` and `nbf` against our clock, and the token's life in seconds. Times are whole seconds since
    /// 1970; text or null in their place is refused.
    pub fn check_times(&self, now: Ts, longest_life: i64) -> Result<(), TimeError> {
        let seconds = |name: &str| match self.claims.get(name) {
            Some(value) => value.as_i64().map(Some).ok_or(TimeError::Malformed),
            None => Ok(None),
        };
        let expires = seconds("exp")?.ok_or(TimeError::Malformed)?;
        let issued = seconds("iat")?.ok_or(TimeError::Malformed)?;
        let not_before = seconds("nbf")?.unwrap_or(issued);
        let now = now.micros() / 1_000_000;
        if expires.saturating_add(LEEWAY) <= now {
            return Err(TimeError::Expired);
        }
        if expires.saturating_sub(issued) > longest_life {
            return Err(TimeError::LivesTooLong);
        }
        if issued > now + LEEWAY || not_before > now + LEEWAY {
            return Err(TimeError::NotYetValid);
        }
        Ok(())
    }
}

/// The issuer that a token names, not verified: only for choosing who verifies it.
pub fn unverified_issuer(token: &str) -> Option<String> {
    let mut claims = object(token.split('.').nth(1)?)?;
    match claims.remove("iss") {
        Some(Value::String(issuer)) => Some(issuer),
        _ => None,
    }
}

fn object(encoded: &str) -> Option<Map<String, Value>> {
    let UniqueFields(fields) = serde_json::from_slice(&B64.decode(encoded).ok()?).ok()?;
    Some(fields)
}

/// A JSON object that names each field once (RFC 7515 and RFC 7519, section 4). With two fields of one name, the
/// issuer or a proxy could read another one than we do.
struct UniqueFields(Map<String, Value>);

impl<'de> Deserialize<'de> for UniqueFields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<UniqueFields, D::Error> {
        deserializer.deserialize_map(UniqueFieldsVisitor).map(UniqueFields)
    }
}

struct UniqueFieldsVisitor;

impl<'de> Visitor<'de> for UniqueFieldsVisitor {
    type Value = Map<String, Value>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Map<String, Value>, A::Error> {
        let mut fields = Map::new();
        while let Some((name, value)) = access.next_entry()? {
            if fields.insert(name, value).is_some() {
                return Err(serde::de::Error::custom("a field occurs twice"));
            }
        }
        Ok(fields)
    }
}
