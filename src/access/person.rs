//! People: their accounts, and as whom they act.
//!
//! A person has a local account (a login and a password) or signs in with an OpenID provider (an issuer and the
//! provider's name for them). A local account's roles are in its membership; an OpenID provider's claims name the roles
//! of its people.

use diesel::prelude::*;

use super::actor::Actor;
use super::membership::{self, Holder, Membership, NewMembership};
use super::role::Role;
use crate::clock::{Clock, Id, Ts};
use crate::hex::hex;
use crate::problem::Problem;
use crate::store::tables::person;
use crate::store::{Conn, Sql, in_dialect};

/// The prefix of every person's id: a token's subject is either a person or a client.
pub const PREFIX: &str = "person-";

/// A person as they are stored.
#[derive(Clone, Debug, Queryable, QueryableByName, Selectable)]
#[diesel(table_name = person)]
pub struct Person {
    pub id: String,
    /// What people call them.
    pub label: String,
    /// What they sign in with, in lower case.
    pub login: Option<String>,
    /// Argon2id, in PHC form.
    pub password_hash: Option<String>,
    /// Whether the password was set by an administrator and must be changed at the next sign-in.
    pub must_change: bool,
    /// The OpenID provider with which they sign in; none for a local account.
    pub issuer: Option<String>,
    /// The policing body whose administrators manage the account.
    pub body: Option<Id>,
    pub created_at: Ts,
    pub created_by: String,
    pub revoked_at: Option<Ts>,
}

impl Person {
    /// The hash to check a password against: none without a local account, or once it is revoked.
    pub fn hash(&self) -> Option<&str> {
        let is_active = self.revoked_at.is_none() && self.issuer.is_none();
        self.password_hash.as_deref().filter(|_| is_active)
    }
}

/// A login as it is stored: in lower case.
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
    Ok(person::table.find(id).select(Person::as_select()).first(conn).optional()?)
}

/// The person with that login.
pub fn find_login(conn: &mut Conn, login: &str) -> Result<Option<Person>, Problem> {
    Ok(person::table.filter(person::login.eq(login)).select(Person::as_select()).first(conn).optional()?)
}

/// The person of that id, with their row locked until the transaction ends.
pub fn find_for_update(conn: &mut Conn, id: &str) -> Result<Option<Person>, Problem> {
    let row = person::table.find(id);
    Ok(match conn {
        Conn::Pg(conn) => row.select(Person::as_select()).for_update().first(conn),
        // SQLite has one writer at a time.
        Conn::Lite(conn) => row.select(Person::as_select()).first(conn),
    }
    .optional()?)
}

/// A page of the people whom a body's administrators manage, the oldest account first, after the given one.
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
    let mut sql = Sql::new(
        "SELECT p.id, p.label, p.login, p.password_hash, p.must_change, p.issuer, p.body, p.created_at, p.created_by,
         p.revoked_at FROM person p WHERE p.body = ",
    )
    .bind(body);
    if let Some((at, id)) = after {
        sql = sql.text(" AND (p.created_at, p.id) > (").bind(at).text(", ").bind(id).text(")");
    }
    sql.text(" ORDER BY p.created_at, p.id LIMIT ").bind(limit)
}

/// All people, the oldest account first.
pub fn all(conn: &mut Conn) -> Result<Vec<Person>, Problem> {
    Ok(person::table.order((person::created_at, person::id)).select(Person::as_select()).load(conn)?)
}

/// A local account to create, with its first membership.
pub struct NewPerson<'a> {
    /// As [`login`] returns it.
    pub login: &'a str,
    pub label: &'a str,
    /// The first password, hashed.
    pub hash: &'a str,
    /// The policing body.
    pub body: Id,
    pub organisation: Id,
    pub roles: &'a [Role],
    pub valid_from: Ts,
    /// `None` for a membership without an end.
    pub valid_to: Option<Ts>,
    pub created_by: &'a str,
}

/// Creates a local account with its first membership; returns its id. The password must be changed at the first sign-in.
/// 409 if the login is taken.
pub fn create(conn: &mut Conn, clock: &Clock, new: &NewPerson<'_>) -> Result<String, Problem> {
    let id = format!("{PREFIX}{}", hex(&clock.random::<8>()));
    let inserted = in_dialect!(conn, |conn| {
        diesel::insert_into(person::table)
            .values((
                person::id.eq(&id),
                person::label.eq(new.label),
                person::login.eq(new.login),
                person::password_hash.eq(new.hash),
                person::must_change.eq(true),
                person::body.eq(new.body),
                person::created_at.eq(clock.now()),
                person::created_by.eq(new.created_by),
            ))
            .on_conflict(person::login)
            .do_nothing()
            .execute(conn)
    })?;
    if inserted == 0 {
        return Err(Problem::conflict(format!(
            "The login `{}` is taken; a login is never reused for another person. Choose another login.",
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

/// Revokes a person for good. False if there is none of that id, or they are revoked already.
pub fn revoke(conn: &mut Conn, id: &str, now: Ts) -> Result<bool, Problem> {
    let revoked = diesel::update(person::table.find(id).filter(person::revoked_at.is_null()))
        .set((person::password_hash.eq(None::<&str>), person::revoked_at.eq(now)))
        .execute(conn)?;
    Ok(revoked == 1)
}

/// Sets the password of a local account. With `replaced` only if that is still the stored hash. False if there is no
/// such account, it is revoked, or its password has been changed meanwhile.
pub fn set_password(
    conn: &mut Conn,
    id: &str,
    hash: &str,
    must_change: bool,
    replaced: Option<&str>,
) -> Result<bool, Problem> {
    let account =
        person::table.find(id).filter(person::issuer.is_null()).filter(person::revoked_at.is_null());
    let password = (person::password_hash.eq(hash), person::must_change.eq(must_change));
    let updated = match replaced {
        Some(replaced) => {
            diesel::update(account.filter(person::password_hash.eq(replaced))).set(password).execute(conn)?
        }
        None => diesel::update(account).set(password).execute(conn)?,
    };
    Ok(updated == 1)
}

/// As whom a person with a local account acts, with the membership that holds now. Without a membership they see what
/// the public sees. `None` if they are revoked or have no local account.
pub fn actor(conn: &mut Conn, id: &str, now: Ts) -> Result<Option<(Actor, Option<Membership>)>, Problem> {
    let person = find(conn, id)?.filter(|person| person.revoked_at.is_none() && person.issuer.is_none());
    let Some(person) = person else {
        return Ok(None);
    };
    let public = Actor { subject: Some(person.id), ..Actor::public() };
    let Some(membership) = membership::of(conn, id, now)? else {
        return Ok(Some((public, None)));
    };
    let actor = Actor {
        roles: membership.roles(),
        body: Some(membership.body()),
        organisation: Some(membership.organisation()),
        ..public
    };
    Ok(Some((actor, Some(membership))))
}
