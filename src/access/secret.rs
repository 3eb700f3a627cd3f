//! The secrets of machine clients: random, stored as an Argon2id hash, at most two good at a time.
//!
//! A secret's text begins with the id of its row, so that one row is looked for and one hash is computed whatever comes
//! in: an unknown client, an unknown secret, a secret that has expired and the right one cost the same.

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use diesel::prelude::*;
use diesel::sql_types as st;

use super::client::hex;
use crate::clock::{Clock, Ts};
use crate::problem::Problem;
use crate::store::types::Tstz;
use crate::store::{Conn, Sql, Val};

/// A secret as it is stored.
#[derive(Clone, Debug, QueryableByName)]
pub struct Secret {
    /// Its id, which its text begins with. The first secret of a client from before secrets had ids has the client's.
    #[diesel(sql_type = st::Text)]
    pub id: String,
    /// Argon2id of the whole text, in PHC form.
    #[diesel(sql_type = st::Text)]
    pub secret_hash: String,
    /// Since when.
    #[diesel(sql_type = Tstz)]
    pub created_at: Ts,
    /// Until when, once there is another.
    #[diesel(sql_type = st::Nullable<Tstz>)]
    pub expires_at: Option<Ts>,
}

/// A secret that is not stored yet. Hashing takes its time and 19 MiB: it is done before a transaction begins.
pub struct Fresh {
    id: String,
    /// What its holder is told, once.
    pub text: String,
    hash: String,
}

impl Fresh {
    /// Makes one.
    pub fn new(clock: &Clock) -> Result<Fresh, Problem> {
        let id = hex(&clock.random::<8>());
        let text = format!("{id}.{}", B64.encode(clock.random::<32>()));
        let hash = Argon2::default()
            .hash_password_with_salt(text.as_bytes(), &clock.random::<16>())
            .map(|hash| hash.to_string())
            .map_err(Problem::internal)?;
        Ok(Fresh { id, text, hash })
    }

    /// Stores it for a client.
    pub fn store(&self, conn: &mut Conn, client: &str, now: Ts) -> Result<(), Problem> {
        Sql::new("INSERT INTO client_secret (id, client, secret_hash, created_at) VALUES (")
            .bind_all([Val::Text(self.id.clone()), client.into(), self.hash.clone().into(), now.into()])
            .text(")")
            .execute(conn)?;
        Ok(())
    }
}

/// The secrets of a client that are good at that moment, the newest first.
pub fn live(conn: &mut Conn, client: &str, now: Ts) -> Result<Vec<Secret>, Problem> {
    Ok(Sql::new("SELECT id, secret_hash, created_at, expires_at FROM client_secret WHERE client = ")
        .bind(client)
        .text(" AND (expires_at IS NULL OR expires_at > ")
        .bind(now)
        .text(") ORDER BY created_at DESC, id")
        .load(conn)?)
}

/// The hash that this text has to fit, where the client has a secret of its id that is good now.
pub fn stored(conn: &mut Conn, client: &str, text: &str, now: Ts) -> Result<Option<String>, Problem> {
    let id = text.split_once('.').map_or(client, |(id, _)| id);
    let found: Option<Secret> =
        Sql::new("SELECT id, secret_hash, created_at, expires_at FROM client_secret WHERE id = ")
            .bind(id)
            .text(" AND client = ")
            .bind(client)
            .text(" AND (expires_at IS NULL OR expires_at > ")
            .bind(now)
            .text(")")
            .get_result(conn)
            .optional()?;
    Ok(found.map(|secret| secret.secret_hash))
}

/// Checks a secret against what is stored. `None` does the same work, so that time does not tell.
pub fn verify(stored: Option<&str>, text: &str) -> bool {
    const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$\
        AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let right = Argon2::default().verify_password(text.as_bytes(), stored.unwrap_or(NOBODY)).is_ok();
    right && stored.is_some()
}

/// The longest overlap of two secrets, in hours.
pub const LONGEST_OVERLAP: i64 = 30 * 24;

/// Gives a client another secret. The one in use is good for so many hours more; one that was on its way out already
/// goes at once, so that never more than two are good. False when there is no such client, or it is revoked.
pub fn rotate(
    conn: &mut Conn,
    client: &str,
    fresh: &Fresh,
    overlap_hours: i64,
    now: Ts,
) -> Result<bool, Problem> {
    // Takes the client's row, so that of two rotations at a time one waits.
    let held = Sql::new("UPDATE client SET revoked_at = NULL WHERE id = ")
        .bind(client)
        .text(" AND revoked_at IS NULL")
        .execute(conn)?;
    if held == 0 {
        return Ok(false);
    }
    Sql::new("DELETE FROM client_secret WHERE client = ")
        .bind(client)
        .text(" AND expires_at IS NOT NULL")
        .execute(conn)?;
    Sql::new("UPDATE client_secret SET expires_at = ")
        .bind(now.plus_seconds(overlap_hours * 3_600))
        .text(" WHERE client = ")
        .bind(client)
        .execute(conn)?;
    fresh.store(conn, client, now)?;
    Ok(true)
}
