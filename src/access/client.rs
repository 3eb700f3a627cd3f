//! Machine clients: who they are, their secrets, what they may be.

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use diesel::prelude::*;
use diesel::sql_types as st;

use super::actor::{Actor, Named};
use super::role::Role;
use crate::clock::{Clock, Id, Ts};
use crate::problem::Problem;
use crate::store::types::{Tstz, Uid};
use crate::store::{Conn, Sql};

/// A client as it is stored.
#[derive(Clone, Debug, QueryableByName)]
pub struct Client {
    /// Its public name, chosen by us.
    #[diesel(sql_type = st::Text)]
    pub id: String,
    /// What it is for, in words.
    #[diesel(sql_type = st::Text)]
    pub label: String,
    /// Argon2id, in PHC form.
    #[diesel(sql_type = st::Text)]
    pub secret_hash: String,
    /// Its policing body.
    #[diesel(sql_type = st::Nullable<Uid>)]
    pub body: Option<Id>,
    /// That body's reference.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub body_reference: Option<String>,
    /// Its organisation.
    #[diesel(sql_type = st::Nullable<Uid>)]
    pub organisation: Option<Id>,
    /// That organisation's reference.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub organisation_reference: Option<String>,
    /// Its roles, with spaces between.
    #[diesel(sql_type = st::Text)]
    pub roles: String,
    /// The demo's clients that publish, approve and administer.
    #[diesel(sql_type = st::Bool)]
    pub stands_for_person: bool,
    /// Since when.
    #[diesel(sql_type = Tstz)]
    pub created_at: Ts,
    /// Until when.
    #[diesel(sql_type = st::Nullable<Tstz>)]
    pub revoked_at: Option<Ts>,
}

const SELECT: &str =
    "SELECT c.id, c.label, c.secret_hash, c.body, b.reference AS body_reference, c.organisation,
    o.reference AS organisation_reference, c.roles, c.stands_for_person, c.created_at, c.revoked_at
    FROM client c LEFT JOIN record b ON b.id = c.body LEFT JOIN record o ON o.id = c.organisation";

impl Client {
    /// The client of that id, revoked or not.
    pub fn find(conn: &mut Conn, id: &str) -> Result<Option<Client>, Problem> {
        Ok(Sql::new(SELECT).text(" WHERE c.id = ").bind(id).get_result(conn).optional()?)
    }

    /// All clients.
    pub fn all(conn: &mut Conn) -> Result<Vec<Client>, Problem> {
        Ok(Sql::new(SELECT).text(" ORDER BY c.created_at, c.id").load(conn)?)
    }

    /// Its roles.
    pub fn roles(&self) -> Vec<Role> {
        self.roles.split(' ').filter_map(Role::parse).collect()
    }

    /// Who it is when it asks; `None` once it is revoked.
    pub fn actor(&self) -> Option<Actor> {
        if self.revoked_at.is_some() {
            return None;
        }
        let named = |id: Option<Id>, reference: &Option<String>| {
            id.zip(reference.clone()).map(|(id, reference)| Named { id, reference })
        };
        Some(Actor {
            subject: Some(self.id.clone()),
            roles: self.roles(),
            body: named(self.body, &self.body_reference),
            organisation: named(self.organisation, &self.organisation_reference),
            stands_for_person: self.stands_for_person,
        })
    }
}

/// What a new client is to be.
pub struct NewClient<'a> {
    /// What it is for.
    pub label: &'a str,
    /// Its policing body.
    pub body: Option<Id>,
    /// Its organisation.
    pub organisation: Option<Id>,
    /// Its roles.
    pub roles: &'a [Role],
    /// Only `demo` sets this.
    pub stands_for_person: bool,
}

/// Makes a client; gives its id and its secret, which is not stored and cannot be had again.
pub fn create(conn: &mut Conn, clock: &Clock, new: &NewClient<'_>) -> Result<(String, String), Problem> {
    let id = format!("client-{}", hex(&clock.random::<8>()));
    let secret = B64.encode(clock.random::<32>());
    let hash = hash(&secret, &clock.random::<16>())?;
    let roles: Vec<_> = new.roles.iter().map(|role| role.name()).collect();
    Sql::new("INSERT INTO client (id, label, secret_hash, body, organisation, roles, stands_for_person, created_at) VALUES (")
        .bind_all([
            id.clone().into(),
            new.label.into(),
            hash.into(),
            new.body.into(),
            new.organisation.into(),
            roles.join(" ").into(),
            new.stands_for_person.into(),
            crate::store::Val::Ts(clock.now()),
        ])
        .text(")")
        .execute(conn)?;
    Ok((id, secret))
}

/// Revokes a client. False when there is none of that id that could still be revoked.
pub fn revoke(conn: &mut Conn, id: &str, now: Ts) -> Result<bool, Problem> {
    let n = Sql::new("UPDATE client SET revoked_at = ")
        .bind(now)
        .text(" WHERE id = ")
        .bind(id)
        .text(" AND revoked_at IS NULL")
        .execute(conn)?;
    Ok(n == 1)
}

/// How many clients that stand for a person are not revoked: `serve` refuses a database with one.
pub fn standing_for_persons(conn: &mut Conn) -> Result<i64, Problem> {
    let row: crate::store::Count =
        Sql::new("SELECT count(*) AS n FROM client WHERE stands_for_person AND revoked_at IS NULL")
            .get_result(conn)?;
    Ok(row.n)
}

fn hash(secret: &str, salt: &[u8]) -> Result<String, Problem> {
    Argon2::default()
        .hash_password_with_salt(secret.as_bytes(), salt)
        .map(|hash| hash.to_string())
        .map_err(Problem::internal)
}

/// Checks a secret. `None` for an unknown client does the same work, so that time does not tell.
pub fn verify(stored: Option<&str>, secret: &str) -> bool {
    const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$\
        AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let right = Argon2::default().verify_password(secret.as_bytes(), stored.unwrap_or(NOBODY)).is_ok();
    right && stored.is_some()
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
