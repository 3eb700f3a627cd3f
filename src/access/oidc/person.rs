//! People who sign in with an OpenID provider: an id of ours for each, and the account that an administrator can revoke.

use aws_lc_rs::digest::{SHA256, digest};
use diesel::prelude::*;

use crate::access::person::PREFIX;
use crate::clock::{Id, Ts};
use crate::hex::hex;
use crate::problem::Problem;
use crate::store::tables::person;
use crate::store::{Conn, Db, in_dialect};

/// What is stored of a person's account.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = person)]
pub struct Account {
    issuer: Option<String>,
    external_subject: Option<String>,
    body: Option<Id>,
    revoked_at: Option<Ts>,
}

impl Account {
    /// Whether the account is that person's: two people could have the same id, which is 64 bits of a digest.
    pub fn is_of(&self, issuer: &str, subject: &str) -> bool {
        self.issuer.as_deref() == Some(issuer) && self.external_subject.as_deref() == Some(subject)
    }

    /// Whether a body's administrators manage the account.
    pub fn has_body(&self) -> bool {
        self.body.is_some()
    }

    pub fn is_revoked(&self) -> bool {
        self.revoked_at.is_some()
    }
}

/// Our id for the person whom that issuer calls by that subject.
pub fn id(issuer: &str, subject: &str) -> String {
    // Neither contains U+0000, so no two pairs make the same text.
    let digest = digest(&SHA256, format!("{issuer}\0{subject}").as_bytes());
    format!("{PREFIX}{}", hex(&digest.as_ref()[..8]))
}

fn find(conn: &mut Conn, id: &str) -> Result<Option<Account>, Problem> {
    Ok(person::table.find(id).select(Account::as_select()).first(conn).optional()?)
}

/// The person whom a token names.
pub struct Identity<'a> {
    /// Our id.
    pub id: &'a str,
    pub issuer: &'a str,
    /// The provider's name for them.
    pub subject: &'a str,
    /// What people call them.
    pub label: &'a str,
    /// The policing body that the grants name: its administrators may revoke the account.
    pub body: Option<Id>,
}

/// The person's account. It is created when they first sign in, and put under a body with their first grant.
pub fn account(db: &Db, identity: &Identity<'_>, now: Ts) -> Result<Account, Problem> {
    let found = db.read(|conn| find(conn, identity.id))?;
    if let Some(account) = found.filter(|account| account.has_body() || identity.body.is_none()) {
        return Ok(account);
    }
    db.write(|conn| {
        create_or_update(conn, identity, now)?;
        find(conn, identity.id)?.ok_or_else(|| Problem::internal("a person's row is missing"))
    })
}

/// Of two first requests at the same time, one creates the row.
fn create_or_update(conn: &mut Conn, identity: &Identity<'_>, now: Ts) -> Result<(), Problem> {
    let inserted = in_dialect!(conn, |conn| {
        diesel::insert_into(person::table)
            .values((
                person::id.eq(identity.id),
                person::label.eq(identity.label),
                person::must_change.eq(false),
                person::issuer.eq(identity.issuer),
                person::external_subject.eq(identity.subject),
                person::body.eq(identity.body),
                person::created_at.eq(now),
                person::created_by.eq(identity.id),
            ))
            .on_conflict_do_nothing()
            .execute(conn)
    })?;
    if inserted == 0 && identity.body.is_some() {
        let without_body = person::table
            .find(identity.id)
            .filter(person::body.is_null())
            .filter(person::issuer.eq(identity.issuer))
            .filter(person::external_subject.eq(identity.subject));
        diesel::update(without_body).set(person::body.eq(identity.body)).execute(conn)?;
    }
    Ok(())
}
