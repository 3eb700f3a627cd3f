//! API keys for open data: a holder reads what everyone reads, at a higher rate.
//!
//! A key is `ork_<id>_<secret>`. The secret has 256 random bits and cannot be guessed, so a plain SHA-256 of it is stored.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use diesel::prelude::*;

use super::actor::Actor;
use super::role::Role;
use crate::clock::{Clock, Id, Ts};
use crate::hex::hex;
use crate::problem::Problem;
use crate::store::tables::api_key;
use crate::store::{Conn, Sql};

/// A key as it is stored.
#[derive(Clone, Debug, Queryable, QueryableByName, Selectable, Insertable)]
#[diesel(table_name = api_key)]
pub struct ApiKey {
    /// The id that the key's text contains.
    pub id: String,
    /// What the key is for, in words.
    pub label: String,
    /// The body whose administrators manage the key; none for a key made on the command line.
    pub body: Option<Id>,
    /// SHA-256 of the key's whole text.
    pub key_digest: Vec<u8>,
    pub created_at: Ts,
    pub created_by: String,
    pub revoked_at: Option<Ts>,
}

impl ApiKey {
    /// The key of that id, revoked or not.
    pub fn find(conn: &mut Conn, id: &str) -> Result<Option<ApiKey>, Problem> {
        Ok(api_key::table.find(id).select(ApiKey::as_select()).first(conn).optional()?)
    }

    /// All keys, the oldest first.
    pub fn all(conn: &mut Conn) -> Result<Vec<ApiKey>, Problem> {
        Ok(api_key::table.order((api_key::created_at, api_key::id)).select(ApiKey::as_select()).load(conn)?)
    }

    /// A page of the keys that a body's administrators manage, the oldest first, after the given one.
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
        let mut sql = Sql::new(
            "SELECT k.id, k.label, k.body, k.key_digest, k.created_at, k.created_by, k.revoked_at
             FROM api_key k WHERE k.body = ",
        )
        .bind(body);
        if let Some((created, id)) = after {
            sql = sql.text(" AND (k.created_at, k.id) > (").bind(created).text(", ").bind(id).text(")");
        }
        sql.text(" ORDER BY k.created_at, k.id LIMIT ").bind(limit)
    }

    /// Whether this is the key's text. Takes the same time wherever the texts differ.
    pub fn matches(&self, text: &str) -> bool {
        let computed = digest(&SHA256, text.as_bytes());
        verify_slices_are_equal(computed.as_ref(), &self.key_digest).is_ok()
    }

    /// As whom the key's holder acts.
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

/// The name of a key's holder in the log and on record.
pub fn subject(id: &str) -> String {
    format!("key-{id}")
}

/// The id in a key's text, if the text has the form of a key.
pub fn id_in(text: &str) -> Option<&str> {
    let (id, secret) = text.strip_prefix("ork_")?.split_once('_')?;
    let is_well_formed = id.len() == 16
        && id.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        && secret.len() == 43
        && secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    is_well_formed.then_some(id)
}

/// Creates a key; returns its id and its text, which is not stored and cannot be read again.
pub fn create(
    conn: &mut Conn,
    clock: &Clock,
    label: &str,
    body: Option<Id>,
    created_by: &str,
) -> Result<(String, String), Problem> {
    let id = hex(&clock.random::<8>());
    let text = format!("ork_{id}_{}", B64.encode(clock.random::<32>()));
    let row = ApiKey {
        id: id.clone(),
        label: label.to_owned(),
        body,
        key_digest: digest(&SHA256, text.as_bytes()).as_ref().to_vec(),
        created_at: clock.now(),
        created_by: created_by.to_owned(),
        revoked_at: None,
    };
    diesel::insert_into(api_key::table).values(&row).execute(conn)?;
    Ok((id, text))
}

/// Revokes a key. False if there is none of that id, or it is revoked already.
pub fn revoke(conn: &mut Conn, id: &str, now: Ts) -> Result<bool, Problem> {
    let revoked = diesel::update(api_key::table.find(id).filter(api_key::revoked_at.is_null()))
        .set(api_key::revoked_at.eq(now))
        .execute(conn)?;
    Ok(revoked == 1)
}
