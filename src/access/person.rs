//! People: who has an account, and as whom they act.
//!
//! A person has a local account (a login and a password) or is vouched for by an OpenID provider (an issuer and what
//! it calls them). What a local account may do stands in its membership; a provider's claims say it of the others.

use diesel::prelude::*;
use diesel::sql_types as st;

use super::actor::Actor;
use super::client::hex;
use super::membership::{self, Holder, Membership, NewMembership};
use super::role::Role;
use crate::clock::{Clock, Id, Ts};
use crate::problem::Problem;
use crate::store::types::{Tstz, Uid};
use crate::store::{Conn, Sql, Val};

/// What every person's id begins with: a token's subject is a person or a client, and never both.
pub const PREFIX: &str = "person-";

/// A person as they are stored.
#[derive(Clone, Debug, QueryableByName)]
pub struct Person {
    /// Our id.
    #[diesel(sql_type = st::Text)]
    pub id: String,
    /// What people call them.
    #[diesel(sql_type = st::Text)]
    pub label: String,
    /// What they sign in with, in lower case.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub login: Option<String>,
    /// Argon2id, in PHC form.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub password_hash: Option<String>,
    /// Whether the password was given by an administrator.
    #[diesel(sql_type = st::Bool)]
    pub must_change: bool,
    /// The OpenID provider that vouches for them.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub issuer: Option<String>,
    /// The policing body whose administrator looks after the account.
    #[diesel(sql_type = st::Nullable<Uid>)]
    pub body: Option<Id>,
    /// Since when.
    #[diesel(sql_type = Tstz)]
    pub created_at: Ts,
    /// By whom.
    #[diesel(sql_type = st::Text)]
    pub created_by: String,
    /// Until when.
    #[diesel(sql_type = st::Nullable<Tstz>)]
    pub revoked_at: Option<Ts>,
}

const SELECT: &str = "SELECT p.id, p.label, p.login, p.password_hash, p.must_change, p.issuer, p.body,
    p.created_at, p.created_by, p.revoked_at FROM person p WHERE ";

impl Person {
    /// The hash to check a password against: none for who has no password here, or is revoked.
    pub fn hash(&self) -> Option<&str> {
        let local = self.revoked_at.is_none() && self.issuer.is_none();
        self.password_hash.as_deref().filter(|_| local)
    }
}

/// A login as it is stored: in one case.
pub fn login(text: &str) -> String {
    text.trim().to_lowercase()
}

/// Whether a text can be a login.
pub fn is_login(text: &str) -> bool {
    let mut letters = text.chars();
    (3..=100).contains(&text.len())
        && letters.next().is_some_and(|first| first.is_ascii_alphanumeric())
        && letters.all(|one| one.is_ascii_alphanumeric() || matches!(one, '.' | '_' | '@' | '+' | '-'))
}

/// The person of that id.
pub fn find(conn: &mut Conn, id: &str) -> Result<Option<Person>, Problem> {
    Ok(Sql::new(SELECT).text("p.id = ").bind(id).get_result(conn).optional()?)
}

/// The person with that login.
pub fn find_login(conn: &mut Conn, login: &str) -> Result<Option<Person>, Problem> {
    Ok(Sql::new(SELECT).text("p.login = ").bind(login).get_result(conn).optional()?)
}

/// The person of that id, whose row is held until the transaction ends: what is decided by it stays true.
pub fn hold(conn: &mut Conn, id: &str) -> Result<Option<Person>, Problem> {
    let lock = if conn.is_pg() { " FOR UPDATE" } else { "" };
    Ok(Sql::new(SELECT).text("p.id = ").bind(id).text(lock).get_result(conn).optional()?)
}

/// A page of the people whom a body's administrator looks after, the oldest account first, behind this one.
pub fn page(
    conn: &mut Conn,
    body: Id,
    after: Option<(Ts, String)>,
    limit: i64,
) -> Result<Vec<Person>, Problem> {
    Ok(of_body(body, after, limit).load(conn)?)
}

/// The statement of that page.
pub fn of_body(body: Id, after: Option<(Ts, String)>, limit: i64) -> Sql {
    let mut sql = Sql::new(SELECT).text("p.body = ").bind(body);
    if let Some((at, id)) = after {
        sql = sql.text(" AND (p.created_at, p.id) > (").bind(at).text(", ").bind(id).text(")");
    }
    sql.text(" ORDER BY p.created_at, p.id LIMIT ").bind(limit)
}

/// Everybody.
pub fn all(conn: &mut Conn) -> Result<Vec<Person>, Problem> {
    Ok(Sql::new(SELECT).text("p.id <> '' ORDER BY p.created_at, p.id").load(conn)?)
}

/// What a new local account is to be.
pub struct NewPerson<'a> {
    /// What they sign in with, as [`login`] gives it.
    pub login: &'a str,
    /// What people call them.
    pub label: &'a str,
    /// The first password, hashed.
    pub hash: &'a str,
    /// The policing body.
    pub body: Id,
    /// The organisation.
    pub organisation: Id,
    /// The roles.
    pub roles: &'a [Role],
    /// Since when they hold them.
    pub valid_from: Ts,
    /// Until when, if an end is set.
    pub valid_to: Option<Ts>,
    /// Who makes it.
    pub created_by: &'a str,
}

/// Makes a local account with its first membership; gives its id. Its password has to be changed with the first
/// sign-in. 409 where the login is taken.
pub fn create(conn: &mut Conn, clock: &Clock, new: &NewPerson<'_>) -> Result<String, Problem> {
    let id = format!("{PREFIX}{}", hex(&clock.random::<8>()));
    let made = Sql::new(
        "INSERT INTO person (id, label, login, password_hash, must_change, failures, body, created_at, created_by) VALUES (",
    )
    .bind_all([
        id.clone().into(),
        new.label.into(),
        new.login.into(),
        new.hash.into(),
        true.into(),
        0.into(),
        new.body.into(),
        Val::Ts(clock.now()),
        new.created_by.into(),
    ])
    .text(") ON CONFLICT (login) DO NOTHING")
    .execute(conn)?;
    if made == 0 {
        return Err(Problem::conflict(format!(
            "The login `{}` is taken; logins are never given to somebody else.",
            new.login
        )));
    }
    let membership = NewMembership {
        subject: &id,
        holder: Holder::Person,
        body: new.body,
        organisation: new.organisation,
        roles: new.roles,
        valid_from: new.valid_from,
        valid_to: new.valid_to,
        created_by: new.created_by,
    };
    membership::create(conn, clock, &membership)?;
    Ok(id)
}

/// Revokes a person for good. False when there is nobody of that id who could still be revoked.
pub fn revoke(conn: &mut Conn, id: &str, now: Ts) -> Result<bool, Problem> {
    let n = Sql::new("UPDATE person SET password_hash = NULL, revoked_at = ")
        .bind(now)
        .text(" WHERE id = ")
        .bind(id)
        .text(" AND revoked_at IS NULL")
        .execute(conn)?;
    Ok(n == 1)
}

/// Gives a local account a password. False when there is none of that id that is not revoked, or when its password
/// is no longer the one that was `replaced`.
pub fn set_password(
    conn: &mut Conn,
    id: &str,
    hash: &str,
    must_change: bool,
    replaced: Option<&str>,
) -> Result<bool, Problem> {
    let mut sql = Sql::new("UPDATE person SET password_hash = ")
        .bind(hash)
        .text(", must_change = ")
        .bind(must_change)
        .text(" WHERE id = ")
        .bind(id)
        .text(" AND issuer IS NULL AND revoked_at IS NULL");
    if let Some(replaced) = replaced {
        sql = sql.text(" AND password_hash = ").bind(replaced);
    }
    Ok(sql.execute(conn)? == 1)
}

/// As whom a person with a local account acts: by the membership that holds now, which is given with it. Who has none
/// sees what the public sees. `None` for who is revoked, or has no account here.
pub fn actor(conn: &mut Conn, id: &str, now: Ts) -> Result<Option<(Actor, Option<Membership>)>, Problem> {
    let person = find(conn, id)?.filter(|person| person.revoked_at.is_none() && person.issuer.is_none());
    let Some(person) = person else {
        return Ok(None);
    };
    let public = Actor { subject: Some(person.id), ..Actor::public() };
    let Some(held) = membership::of(conn, id, now)? else {
        return Ok(Some((public, None)));
    };
    let actor = Actor {
        roles: held.roles(),
        body: Some(held.body()),
        organisation: Some(held.organisation()),
        ..public
    };
    Ok(Some((actor, Some(held))))
}
