//! The secrets of machine clients: random, stored as an Argon2id hash, at most two valid at a time.
//!
//! A secret's text begins with the id of its row. So one row is read and one hash is computed whatever is sent: an
//! unknown client, an unknown secret, an expired secret and the right one take the same time.

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use diesel::prelude::*;

use crate::clock::{Clock, Ts};
use crate::hex::hex;
use crate::problem::Problem;
use crate::store::Conn;
use crate::store::tables::{client, client_secret};

/// A secret as it is stored.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = client_secret)]
pub struct Secret {
    /// The id with which the text begins. The first secret of a client from before secrets had ids has the client's id.
    pub id: String,
    /// Argon2id of the whole text, in PHC form.
    pub secret_hash: String,
    pub created_at: Ts,
    /// Set once there is a newer secret.
    pub expires_at: Option<Ts>,
}

/// A secret that is not stored yet. Hashing takes time and 19 MiB, so it is done before a transaction begins.
pub struct NewSecret {
    id: String,
    /// What the holder is shown, once.
    pub text: String,
    hash: String,
}

impl NewSecret {
    /// Generates a secret.
    pub fn generate(clock: &Clock) -> Result<NewSecret, Problem> {
        let id = hex(&clock.random::<8>());
        let text = format!("{id}.{}", B64.encode(clock.random::<32>()));
        let hash = Argon2::default()
            .hash_password_with_salt(text.as_bytes(), &clock.random::<16>())
            .map(|hash| hash.to_string())
            .map_err(Problem::internal)?;
        Ok(NewSecret { id, text, hash })
    }

    /// Stores it for a client.
    pub fn store(&self, conn: &mut Conn, client: &str, now: Ts) -> Result<(), Problem> {
        diesel::insert_into(client_secret::table)
            .values((
                client_secret::id.eq(&self.id),
                client_secret::client.eq(client),
                client_secret::secret_hash.eq(&self.hash),
                client_secret::created_at.eq(now),
            ))
            .execute(conn)?;
        Ok(())
    }
}

/// The condition that a secret is valid at that moment.
#[diesel::dsl::auto_type(no_type_alias)]
fn is_valid_at(now: Ts) -> _ {
    client_secret::expires_at.is_null().or(client_secret::expires_at.gt(now))
}

/// The secrets of a client that are valid at that moment, the newest first.
pub fn live(conn: &mut Conn, client: &str, now: Ts) -> Result<Vec<Secret>, Problem> {
    Ok(client_secret::table
        .filter(client_secret::client.eq(client))
        .filter(is_valid_at(now))
        .order((client_secret::created_at.desc(), client_secret::id))
        .select(Secret::as_select())
        .load(conn)?)
}

/// The hash that this text must match, if the client has a secret with the text's id that is valid now.
pub fn stored_hash(conn: &mut Conn, client: &str, text: &str, now: Ts) -> Result<Option<String>, Problem> {
    let id = text.split_once('.').map_or(client, |(id, _)| id);
    Ok(client_secret::table
        .find(id)
        .filter(client_secret::client.eq(client))
        .filter(is_valid_at(now))
        .select(client_secret::secret_hash)
        .first(conn)
        .optional()?)
}

/// Checks a text against the stored hash. Without a hash it does the same work, so that the time taken tells nothing.
pub fn verify(stored_hash: Option<&str>, text: &str) -> bool {
    const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$\
        AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let matches = Argon2::default().verify_password(text.as_bytes(), stored_hash.unwrap_or(NOBODY)).is_ok();
    matches && stored_hash.is_some()
}

/// The longest time for which two secrets are valid together, in hours.
pub const LONGEST_OVERLAP: i64 = 30 * 24;

/// Gives a client a new secret. The current one stays valid for this many hours; one that was already due to expire is
/// deleted at once, so that never more than two are valid. False if there is no such client, or it is revoked.
pub fn rotate(
    conn: &mut Conn,
    client: &str,
    new: &NewSecret,
    overlap_hours: i64,
    now: Ts,
) -> Result<bool, Problem> {
    // Locks the client's row, so that of two concurrent rotations one waits.
    let locked = diesel::update(client::table.find(client).filter(client::revoked_at.is_null()))
        .set(client::revoked_at.eq(None::<Ts>))
        .execute(conn)?;
    if locked == 0 {
        return Ok(false);
    }
    let secrets = client_secret::table.filter(client_secret::client.eq(client));
    diesel::delete(secrets.filter(client_secret::expires_at.is_not_null())).execute(conn)?;
    diesel::update(secrets)
        .set(client_secret::expires_at.eq(now.plus_seconds(overlap_hours * 3_600)))
        .execute(conn)?;
    new.store(conn, client, now)?;
    Ok(true)
}
