//! Access tokens: JWTs by RFC 9068, signed with our Ed25519 key, valid for ten minutes.
//!
//! A token says only who its holder is. Roles and memberships are read from the database at each request (cached for
//! two seconds), so a revocation does not wait for the token to expire.

use std::time::Duration;

use jsonwebtoken::{Algorithm, DecodingKey};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::actor::Actor;
use super::api_key::{self, ApiKey};
pub use super::challenge::{invalid, invalid_key, missing};
use super::client::Client;
use super::jwt::{Jwt, TimeError};
use super::keys::{Keys, LIFETIME};
use super::person;
use super::role::Role;
use crate::clock::{Clock, Ts};
use crate::problem::Problem;
use crate::store::{Conn, Db};

/// How long a subject's actor is cached: the longest time that a revocation takes.
pub const CACHED_FOR: Duration = Duration::from_secs(2);
/// How many subjects, and how many API keys, are cached.
const CACHED_SUBJECTS: u64 = 1_000;

/// The claims of our tokens (RFC 9068, section 2.2). Times are whole seconds.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    /// The client, or the person with a local account.
    sub: String,
    /// The same as `sub`: people sign in here, through no client of their own.
    client_id: String,
    iat: i64,
    exp: i64,
    jti: String,
    /// The roles when the token was issued, for the holder's information.
    scope: String,
}

/// An actor, and the interval in which it is valid.
#[derive(Clone)]
struct CachedActor {
    actor: Actor,
    from: Ts,
    until: Option<Ts>,
}

impl CachedActor {
    fn is_valid(&self, at: Ts) -> bool {
        self.from <= at && self.until.is_none_or(|until| at < until)
    }
}

/// As whom a subject acts at that moment; `None` for a subject that is unknown or revoked.
fn actor_of(conn: &mut Conn, subject: &str, at: Ts) -> Result<Option<CachedActor>, Problem> {
    if subject.starts_with(person::PREFIX) {
        let found = person::actor(conn, subject, at)?;
        return Ok(found.map(|(actor, membership)| CachedActor {
            actor,
            from: membership.as_ref().map_or(at, |membership| membership.valid_from),
            until: membership.and_then(|membership| membership.valid_to),
        }));
    }
    let Some(client) = Client::find(conn, subject, at)? else {
        return Ok(None);
    };
    let actor = client.actor(at);
    Ok(actor.zip(client.membership).map(|(actor, membership)| CachedActor {
        actor,
        from: membership.valid_from,
        until: membership.valid_to,
    }))
}

/// Issues access tokens, and verifies access tokens and API keys.
pub struct Tokens {
    keys: std::sync::Arc<Keys>,
    issuer: String,
    actors: moka::sync::Cache<String, CachedActor>,
    api_keys: moka::sync::Cache<String, ApiKey>,
}

impl Tokens {
    /// `issuer` is the server's public address. It is the audience too.
    pub fn new(keys: std::sync::Arc<Keys>, issuer: String) -> Tokens {
        let actors =
            moka::sync::Cache::builder().max_capacity(CACHED_SUBJECTS).time_to_live(CACHED_FOR).build();
        let api_keys =
            moka::sync::Cache::builder().max_capacity(CACHED_SUBJECTS).time_to_live(CACHED_FOR).build();
        Tokens { keys, issuer, actors, api_keys }
    }

    /// A token for this client or person.
    pub fn issue(&self, subject: &str, roles: &[Role], clock: &Clock) -> Result<String, Problem> {
        let now = clock.now().micros() / 1_000_000;
        let scope: Vec<_> = roles.iter().map(|role| role.name()).collect();
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.issuer.clone(),
            sub: subject.to_owned(),
            client_id: subject.to_owned(),
            iat: now,
            exp: now + LIFETIME,
            jti: clock.new_id().to_string(),
            scope: scope.join(" "),
        };
        self.keys.sign("at+jwt", &claims)
    }

    /// As whom the token's holder acts, if the token is ours and valid now.
    pub fn verify(&self, token: &str, db: &Db, now: Ts) -> Result<Actor, Problem> {
        let subject = self.subject_of(token, now)?;
        if let Some(cached) = self.actors.get(&subject).filter(|cached| cached.is_valid(now)) {
            return Ok(cached.actor);
        }
        // Only subjects that exist are cached, so that made-up names cannot fill the cache.
        let found = db.read(|conn| actor_of(conn, &subject, now))?;
        let cached =
            found.ok_or_else(|| invalid("The client has been revoked, or has no membership now."))?;
        self.actors.insert(subject, cached.clone());
        Ok(cached.actor)
    }

    /// As whom the holder of this API key acts, if the key is ours and not revoked.
    pub fn verify_key(&self, text: &str, db: &Db) -> Result<Actor, Problem> {
        let unknown = || invalid_key("The API key is not one of ours, or has been revoked.");
        let id = api_key::id_in(text).ok_or_else(unknown)?;
        let key = match self.api_keys.get(id) {
            Some(key) => key,
            None => {
                // A replica will do. One that lags does not have a new key yet.
                let found = match db.for_public(None).read(|conn| ApiKey::find(conn, id))? {
                    None if db.has_replicas() => db.read(|conn| ApiKey::find(conn, id))?,
                    found => found,
                };
                let key = found.filter(|key| key.revoked_at.is_none()).ok_or_else(unknown)?;
                self.api_keys.insert(id.to_owned(), key.clone());
                key
            }
        };
        if key.matches(text) { Ok(key.actor()) } else { Err(unknown()) }
    }

    /// The subject of a token that is ours and valid now.
    fn subject_of(&self, token: &str, now: Ts) -> Result<String, Problem> {
        let jwt = Jwt::parse(token).ok_or_else(not_ours)?;
        let key = self.key_of(&jwt.header, now).ok_or_else(not_ours)?;
        if !jwt.is_signed_by(&key, Algorithm::EdDSA) {
            return Err(not_ours());
        }
        // We sign none that lives longer than LIFETIME: one that does is not ours.
        jwt.check_times(now, LIFETIME).map_err(|error| match error {
            TimeError::Expired => invalid("The access token has expired."),
            TimeError::NotYetValid => invalid("The access token is not valid yet."),
            TimeError::Malformed | TimeError::LivesTooLong => not_ours(),
        })?;
        let claims: Claims = serde_json::from_value(Value::Object(jwt.claims)).map_err(|_| not_ours())?;
        // PostgreSQL does not accept a text with U+0000.
        let is_ours = claims.iss == self.issuer
            && claims.aud == self.issuer
            && claims.sub == claims.client_id
            && !claims.sub.contains('\0');
        if is_ours { Ok(claims.sub) } else { Err(not_ours()) }
    }

    /// The key that the header names, if it is one of ours. The header must be exactly what we write: no other algorithm,
    /// no key inside.
    fn key_of(&self, header: &Map<String, Value>, now: Ts) -> Option<DecodingKey> {
        let is = |name: &str, value: &str| header.get(name).and_then(Value::as_str) == Some(value);
        if header.len() != 3 || !is("alg", "EdDSA") || !is("typ", "at+jwt") {
            return None;
        }
        self.keys.verifying(header.get("kid")?.as_str()?, now)
    }
}

fn not_ours() -> Problem {
    invalid("The access token is not one of ours, or has been altered.")
}
