//! Access tokens: JWTs by RFC 9068, signed with our Ed25519 key, ten minutes long.
//!
//! The token says only who holds it. Roles and memberships are read from the database at each request (two
//! seconds' cache), so a revocation does not wait for the token's end.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::{Deserialize, Deserializer, Serialize};

use super::actor::Actor;
use super::api_key::{self, ApiKey};
use super::client::Client;
use super::keys::Keys;
use super::person;
use super::role::Role;
use crate::clock::{Clock, Ts};
use crate::problem::{self, Problem};
use crate::store::{Conn, Db};

/// How long a token is good for, in seconds.
pub const LIFETIME: i64 = 600;
/// How far two machines' clocks may be apart, in seconds.
pub(super) const LEEWAY: i64 = 5;
/// How long a client's standing is remembered: the longest that a revocation can take.
const REMEMBERED: Duration = Duration::from_secs(2);

/// What a token says (RFC 9068, section 2.2). Times are whole seconds; text in their place is refused.
#[derive(Debug, Serialize, Deserialize)]
pub struct Claims {
    /// Who issued it.
    pub iss: String,
    /// For whom.
    pub aud: String,
    /// The client, or the person with a local account.
    pub sub: String,
    /// The same: people sign in here, through no client of their own.
    pub client_id: String,
    /// When.
    pub iat: i64,
    /// Not before. May be left out, but null is no moment.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub nbf: Option<i64>,
    /// Until when.
    pub exp: i64,
    /// This token.
    pub jti: String,
    /// The roles at the time, for the holder's information.
    pub scope: String,
}

fn present<'de, D: Deserializer<'de>>(given: D) -> Result<Option<i64>, D::Error> {
    i64::deserialize(given).map(Some)
}

/// What is remembered of a subject: who it is, and from when to when.
#[derive(Clone)]
struct Standing {
    actor: Actor,
    from: Ts,
    until: Option<Ts>,
}

/// The standing of a subject at that moment, if it has one.
fn standing(conn: &mut Conn, subject: &str, at: Ts) -> Result<Option<Standing>, Problem> {
    if subject.starts_with(person::PREFIX) {
        let found = person::actor(conn, subject, at)?;
        return Ok(found.map(|(actor, held)| Standing {
            actor,
            from: held.as_ref().map_or(at, |held| held.valid_from),
            until: held.and_then(|held| held.valid_to),
        }));
    }
    let Some(client) = Client::find(conn, subject, at)? else {
        return Ok(None);
    };
    let actor = client.actor(at);
    Ok(actor.zip(client.membership).map(|(actor, membership)| Standing {
        actor,
        from: membership.valid_from,
        until: membership.valid_to,
    }))
}

/// Issues and verifies.
pub struct Tokens {
    keys: std::sync::Arc<Keys>,
    issuer: String,
    known: moka::sync::Cache<String, Standing>,
    known_keys: moka::sync::Cache<String, ApiKey>,
}

impl Tokens {
    /// For this issuer, which is the server's public address and its audience too.
    pub fn new(keys: std::sync::Arc<Keys>, issuer: String) -> Tokens {
        let known = moka::sync::Cache::builder().max_capacity(1_000).time_to_live(REMEMBERED).build();
        let known_keys = moka::sync::Cache::builder().max_capacity(1_000).time_to_live(REMEMBERED).build();
        Tokens { keys, issuer, known, known_keys }
    }

    /// A token for this client or person.
    pub fn issue(&self, client: &str, roles: &[Role], clock: &Clock) -> Result<String, Problem> {
        let now = clock.now().micros() / 1_000_000;
        let scope: Vec<_> = roles.iter().map(|role| role.name()).collect();
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.issuer.clone(),
            sub: client.to_owned(),
            client_id: client.to_owned(),
            iat: now,
            nbf: None,
            exp: now + LIFETIME,
            jti: clock.new_id().to_string(),
            scope: scope.join(" "),
        };
        self.keys.sign("at+jwt", &claims)
    }

    /// Who holds this token, if it is ours and good now.
    pub fn verify(&self, token: &str, db: &Db, now: Ts) -> Result<Actor, Problem> {
        let claims = self.claims(token, now)?;
        let subject = claims.sub;
        let held = |known: &Standing| known.from <= now && known.until.is_none_or(|until| now < until);
        if let Some(known) = self.known.get(&subject).filter(held) {
            return Ok(known.actor);
        }
        // Only what has a standing is remembered: names cannot fill the cache.
        let found = db.read(|conn| standing(conn, &subject, now))?;
        let known =
            found.ok_or_else(|| invalid("The client has been revoked, or belongs to nothing now."))?;
        self.known.insert(subject, known.clone());
        Ok(known.actor)
    }

    /// Who holds this key for open data, if it is one of ours and not revoked.
    pub fn verify_key(&self, text: &str, db: &Db) -> Result<Actor, Problem> {
        let id = api_key::id_in(text).ok_or_else(|| invalid_key(UNKNOWN_KEY))?;
        let key = match self.known_keys.get(id) {
            Some(key) => key,
            None => {
                let found = db.read(|conn| ApiKey::find(conn, id))?;
                let key =
                    found.filter(|key| key.revoked_at.is_none()).ok_or_else(|| invalid_key(UNKNOWN_KEY))?;
                self.known_keys.insert(id.to_owned(), key.clone());
                key
            }
        };
        if key.fits(text) { Ok(key.actor()) } else { Err(invalid_key(UNKNOWN_KEY)) }
    }

    fn claims(&self, token: &str, now: Ts) -> Result<Claims, Problem> {
        let key = self.check_header(token, now)?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
        validation.set_audience(&[&self.issuer]);
        validation.set_issuer(&[&self.issuer]);
        // The library would ask the machine's clock; ours is injected, and checked below.
        validation.validate_exp = false;
        let claims = jsonwebtoken::decode::<Claims>(token, &key, &validation)
            .map_err(|_| invalid("The access token is not one of ours, or has been altered."))?
            .claims;
        let now = now.micros() / 1_000_000;
        if claims.exp.saturating_add(LEEWAY) <= now {
            return Err(invalid("The access token has expired."));
        }
        // We sign none that lives longer: one that does is not of our making.
        if claims.exp.saturating_sub(claims.iat) > LIFETIME {
            return Err(invalid("The access token is not one of ours, or has been altered."));
        }
        if claims.iat > now + LEEWAY || claims.nbf.is_some_and(|nbf| nbf > now + LEEWAY) {
            return Err(invalid("The access token is not valid yet."));
        }
        // PostgreSQL cannot even be asked for a text with U+0000.
        if claims.sub != claims.client_id || claims.sub.contains('\0') {
            return Err(invalid("The access token is not one of ours, or has been altered."));
        }
        Ok(claims)
    }

    /// The header must be exactly what we write: no other algorithm, no key brought along. Gives the key that it names,
    /// which is one of ours.
    fn check_header(&self, token: &str, now: Ts) -> Result<DecodingKey, Problem> {
        let refused = || invalid("The access token is not one of ours, or has been altered.");
        let encoded = token.split('.').next().unwrap_or_default();
        let bytes = B64.decode(encoded).map_err(|_| refused())?;
        let header: serde_json::Map<String, serde_json::Value> =
            serde_json::from_slice(&bytes).map_err(|_| refused())?;
        let is = |name: &str, value: &str| header.get(name).and_then(|v| v.as_str()) == Some(value);
        if header.len() != 3 || !is("alg", "EdDSA") || !is("typ", "at+jwt") {
            return Err(refused());
        }
        let kid = header.get("kid").and_then(|kid| kid.as_str()).ok_or_else(refused)?;
        self.keys.verifying(kid, now).ok_or_else(refused)
    }
}

/// 401 for a token that came and is no good (RFC 6750, section 3.1).
pub fn invalid(detail: &str) -> Problem {
    Problem::new(&problem::UNAUTHENTICATED, detail).header(
        "WWW-Authenticate",
        format!("Bearer realm=\"onrecord\", error=\"invalid_token\", error_description=\"{detail}\""),
    )
}

const UNKNOWN_KEY: &str = "The API key is not one of ours, or has been revoked.";

/// 401 for an API key that came and is no good.
pub fn invalid_key(detail: &str) -> Problem {
    Problem::new(&problem::UNAUTHENTICATED, detail)
        .header("WWW-Authenticate", "ApiKey realm=\"onrecord\", header=\"X-API-Key\"")
}

/// 401 for a request without a token that needs one.
pub fn missing() -> Problem {
    Problem::new(&problem::UNAUTHENTICATED, "This needs an access token; get one at /oauth/token.")
        .header("WWW-Authenticate", "Bearer realm=\"onrecord\"")
}
