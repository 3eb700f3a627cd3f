//! Keys for open data: who has one reads what everyone reads, more often.
//!
//! `ork_<id>_<secret>`, the secret 256 random bits: nothing can be guessed, so a plain SHA-256 is what is kept of it.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use diesel::prelude::*;
use diesel::sql_types as st;

use super::actor::Actor;
use super::client::hex;
use super::role::Role;
use crate::clock::{Clock, Id, Ts};
use crate::problem::Problem;
use crate::store::types::{Tstz, Uid};
use crate::store::{Conn, Sql, Val};

/// A key as it is stored.
#[derive(Clone, Debug, QueryableByName)]
pub struct ApiKey {
    /// Its id, which its text names.
    #[diesel(sql_type = st::Text)]
    pub id: String,
    /// What it is for, in words.
    #[diesel(sql_type = st::Text)]
    pub label: String,
    /// The body whose administrators look after it; none for those who have the database.
    #[diesel(sql_type = st::Nullable<Uid>)]
    pub body: Option<Id>,
    /// SHA-256 of the key's whole text.
    #[diesel(sql_type = st::Binary)]
    pub key_digest: Vec<u8>,
    /// Since when.
    #[diesel(sql_type = Tstz)]
    pub created_at: Ts,
    /// Who made it.
    #[diesel(sql_type = st::Text)]
    pub created_by: String,
    /// Until when.
    #[diesel(sql_type = st::Nullable<Tstz>)]
    pub revoked_at: Option<Ts>,
}

const SELECT: &str =
    "SELECT k.id, k.label, k.body, k.key_digest, k.created_at, k.created_by, k.revoked_at FROM api_key k";

impl ApiKey {
    /// The key of that id, revoked or not.
    pub fn find(conn: &mut Conn, id: &str) -> Result<Option<ApiKey>, Problem> {
        Ok(Sql::new(SELECT).text(" WHERE k.id = ").bind(id).get_result(conn).optional()?)
    }

    /// All keys.
    pub fn all(conn: &mut Conn) -> Result<Vec<ApiKey>, Problem> {
        Ok(Sql::new(SELECT).text(" ORDER BY k.created_at, k.id").load(conn)?)
    }

    /// A page of the keys that a body's administrators look after, by when they were made, behind this one.
    pub fn page(
        conn: &mut Conn,
        body: Id,
        after: Option<(Ts, String)>,
        limit: i64,
    ) -> Result<Vec<ApiKey>, Problem> {
        Ok(ApiKey::of_body(body, after, limit).load(conn)?)
    }

    /// The statement of that page.
    pub fn of_body(body: Id, after: Option<(Ts, String)>, limit: i64) -> Sql {
        let mut sql = Sql::new(SELECT).text(" WHERE k.body = ").bind(body);
        if let Some((created, id)) = after {
            sql = sql.text(" AND (k.created_at, k.id) > (").bind(created).text(", ").bind(id).text(")");
        }
        sql.text(" ORDER BY k.created_at, k.id LIMIT ").bind(limit)
    }

    /// Whether this is the key's text. Takes the same time whatever it differs in.
    pub fn fits(&self, text: &str) -> bool {
        let given = digest(&SHA256, text.as_bytes());
        verify_slices_are_equal(given.as_ref(), &self.key_digest).is_ok()
    }

    /// Who its holder is.
    pub fn actor(&self) -> Actor {
        Actor {
            subject: Some(subject(&self.id)),
            roles: vec![Role::OpenData],
            body: None,
            organisation: None,
            stands_for_person: false,
        }
    }
}

/// How the log and the record name the holder of a key.
pub fn subject(id: &str) -> String {
    format!("key-{id}")
}

/// The id that a key's text names, if it has the form of one.
pub fn id_in(text: &str) -> Option<&str> {
    let (id, secret) = text.strip_prefix("ork_")?.split_once('_')?;
    let formed = id.len() == 16
        && id.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        && secret.len() == 43
        && secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    formed.then_some(id)
}

/// Makes a key; gives its id and its text, which is not stored and cannot be had again.
pub fn create(
    conn: &mut Conn,
    clock: &Clock,
    label: &str,
    body: Option<Id>,
    created_by: &str,
) -> Result<(String, String), Problem> {
    let id = hex(&clock.random::<8>());
    let text = format!("ork_{id}_{}", B64.encode(clock.random::<32>()));
    Sql::new("INSERT INTO api_key (id, label, body, key_digest, created_at, created_by) VALUES (")
        .bind_all([
            Val::Text(id.clone()),
            label.into(),
            body.into(),
            digest(&SHA256, text.as_bytes()).as_ref().to_vec().into(),
            clock.now().into(),
            created_by.into(),
        ])
        .text(")")
        .execute(conn)?;
    Ok((id, text))
}

/// Revokes a key. False when there is none of that id that could still be revoked.
pub fn revoke(conn: &mut Conn, id: &str, now: Ts) -> Result<bool, Problem> {
    let n = Sql::new("UPDATE api_key SET revoked_at = ")
        .bind(now)
        .text(" WHERE id = ")
        .bind(id)
        .text(" AND revoked_at IS NULL")
        .execute(conn)?;
    Ok(n == 1)
}
