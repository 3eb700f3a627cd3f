//! The people whom a provider vouches for: our own id for each, and the row that says whether they are still let in.

use aws_lc_rs::digest::{SHA256, digest};
use diesel::prelude::*;
use diesel::sql_types as st;

use crate::access::client::hex;
use crate::access::person::PREFIX;
use crate::clock::{Id, Ts};
use crate::problem::Problem;
use crate::store::types::{Tstz, Uid};
use crate::store::{Conn, Db, Sql, Val};

/// A person as the table has them.
#[derive(Clone, Debug, QueryableByName)]
pub struct Standing {
    #[diesel(sql_type = st::Nullable<st::Text>)]
    issuer: Option<String>,
    #[diesel(sql_type = st::Nullable<st::Text>)]
    external_subject: Option<String>,
    #[diesel(sql_type = st::Nullable<Uid>)]
    body: Option<Id>,
    #[diesel(sql_type = st::Nullable<Tstz>)]
    revoked_at: Option<Ts>,
}

impl Standing {
    /// Whether the row is of that person: the id has 64 bits, which two people could share.
    pub fn is_of(&self, issuer: &str, subject: &str) -> bool {
        self.issuer.as_deref() == Some(issuer) && self.external_subject.as_deref() == Some(subject)
    }

    /// Whether there is an administrator who looks after them.
    pub fn has_body(&self) -> bool {
        self.body.is_some()
    }

    /// Whether they are not let in any more.
    pub fn is_revoked(&self) -> bool {
        self.revoked_at.is_some()
    }
}

/// Our id for whoever that issuer calls that.
pub fn id(issuer: &str, subject: &str) -> String {
    // Neither has a U+0000, so no two pairs make one text.
    let digest = digest(&SHA256, format!("{issuer}\0{subject}").as_bytes());
    format!("{PREFIX}{}", hex(&digest.as_ref()[..8]))
}

fn find(conn: &mut Conn, id: &str) -> Result<Option<Standing>, Problem> {
    Ok(Sql::new("SELECT issuer, external_subject, body, revoked_at FROM person WHERE id = ")
        .bind(id)
        .get_result(conn)
        .optional()?)
}

/// Who comes with a token.
pub struct Comer<'a> {
    /// Our id.
    pub id: &'a str,
    /// The provider.
    pub issuer: &'a str,
    /// The provider's word for them.
    pub subject: &'a str,
    /// What people know them by.
    pub label: &'a str,
    /// The policing body that the grants name: its administrator may revoke them.
    pub body: Option<Id>,
}

/// How a person stands; on first sight they are put on file, and with the first grant under a body.
pub fn standing(db: &Db, who: &Comer<'_>, now: Ts) -> Result<Standing, Problem> {
    let found = db.read(|conn| find(conn, who.id))?;
    if let Some(standing) = found.filter(|standing| standing.has_body() || who.body.is_none()) {
        return Ok(standing);
    }
    db.write(|conn| {
        put_on_file(conn, who, now)?;
        find(conn, who.id)?.ok_or_else(|| Problem::internal("a person's row is missing"))
    })
}

/// The one place where a person of a provider comes on file. Two first requests at once write one row.
fn put_on_file(conn: &mut Conn, who: &Comer<'_>, now: Ts) -> Result<(), Problem> {
    let text = |text: &str| Val::OptText(Some(text.to_owned()));
    let made = Sql::new("INSERT INTO person (id, label, must_change, failures, issuer, external_subject, body, created_at, created_by) VALUES (")
        .bind_all([
            who.id.into(),
            who.label.into(),
            false.into(),
            0.into(),
            text(who.issuer),
            text(who.subject),
            who.body.into(),
            Val::Ts(now),
            who.id.into(),
        ])
        .text(") ON CONFLICT DO NOTHING")
        .execute(conn)?;
    if made == 0 && who.body.is_some() {
        Sql::new("UPDATE person SET body = ")
            .bind(who.body)
            .text(" WHERE body IS NULL AND id = ")
            .bind(who.id)
            .text(" AND issuer = ")
            .bind(who.issuer)
            .text(" AND external_subject = ")
            .bind(who.subject)
            .execute(conn)?;
    }
    Ok(())
}
