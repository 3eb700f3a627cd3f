//! `Idempotency-Key`: the same request sent twice is carried out once.
//!
//! The key is claimed in the deed's own transaction, so either both happened or neither. What is kept is the
//! hash of the body and a pointer to the version made, for 24 hours; no answer and no secret.

use aws_lc_rs::digest::{SHA256, digest};
use diesel::prelude::*;
use diesel::sql_types as st;

use super::Call;
use crate::clock::{Id, Ts};
use crate::problem::{self, Fault, Problem};
use crate::store::types::{Tstz, Uid};
use crate::store::{Conn, Sql, Val};

/// How long a key is remembered, in seconds.
pub const REMEMBERED: i64 = 24 * 60 * 60;

/// What a claim finds.
pub enum Claim {
    /// The key is new: do the deed, then call [`done`].
    First,
    /// It was done: this is the record and the version that it made.
    Again(Id, i64),
    /// It was done and made more than one record: so many versions.
    AgainMany(i64),
    /// No key came.
    None,
}

#[derive(QueryableByName)]
struct Stored {
    #[diesel(sql_type = st::Binary)]
    body_hash: Vec<u8>,
    #[diesel(sql_type = st::Nullable<Uid>)]
    record: Option<Id>,
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    version: Option<i64>,
    #[diesel(sql_type = Tstz)]
    created_at: Ts,
}

/// Claims the request's key.
pub fn claim(call: &Call, conn: &mut Conn) -> Result<Claim, Problem> {
    let Some(key) = &call.headers.idempotency_key else {
        return Ok(Claim::None);
    };
    let fits = (1..=128).contains(&key.len()) && key.bytes().all(|byte| (0x21..=0x7e).contains(&byte));
    if !fits {
        return Err(Problem::bad_request(vec![Fault::header(
            "Idempotency-Key",
            "length",
            "Give 1 to 128 visible ASCII characters, such as a UUID.",
        )]));
    }
    let hash = digest(&SHA256, &call.body).as_ref().to_vec();
    let route = route(call);
    let key_of = |sql: Sql| {
        sql.text(" WHERE credential = ")
            .bind(call.actor.name())
            .text(" AND route = ")
            .bind(route.as_str())
            .text(" AND idempotency_key = ")
            .bind(key.as_str())
    };
    // Where another request holds the same key, PostgreSQL waits here until that one has ended.
    let claimed = Sql::new(
        "INSERT INTO idempotency (credential, route, idempotency_key, body_hash, created_at) VALUES (",
    )
    .bind_all([
        call.actor.name().into(),
        route.as_str().into(),
        key.as_str().into(),
        hash.clone().into(),
        Val::Ts(call.now()),
    ])
    .text(") ON CONFLICT DO NOTHING")
    .execute(conn)
    .map_err(in_flight)?;
    if claimed == 1 {
        return Ok(Claim::First);
    }
    let stored: Stored = key_of(Sql::new("SELECT body_hash, record, version, created_at FROM idempotency"))
        .get_result(conn)
        .optional()?
        .ok_or_else(|| Problem::conflict("The first request with this key is still under way."))?;
    if stored.created_at.plus_seconds(REMEMBERED) <= call.now() {
        key_of(Sql::new("DELETE FROM idempotency")).execute(conn)?;
        return claim(call, conn);
    }
    if stored.body_hash != hash {
        return Err(Problem::new(
            &problem::UNPROCESSABLE,
            "This Idempotency-Key came with another body before; use a new key for a new request.",
        )
        .with(vec![Fault::header("Idempotency-Key", "reused", "The key belongs to another body.")]));
    }
    match (stored.record, stored.version) {
        (Some(record), Some(version)) => Ok(Claim::Again(record, version)),
        (None, Some(versions)) => Ok(Claim::AgainMany(versions)),
        _ => Err(Problem::conflict("The first request with this key is still under way.")),
    }
}

/// Remembers what the deed made: a record and its version, or no one record and how many versions.
pub fn done(
    call: &Call,
    conn: &mut Conn,
    record: impl Into<Option<Id>>,
    version: i64,
) -> Result<(), Problem> {
    let Some(key) = &call.headers.idempotency_key else {
        return Ok(());
    };
    Sql::new("UPDATE idempotency SET record = ")
        .bind(record.into())
        .text(", version = ")
        .bind(version)
        .text(" WHERE credential = ")
        .bind(call.actor.name())
        .text(" AND route = ")
        .bind(route(call))
        .text(" AND idempotency_key = ")
        .bind(key.as_str())
        .execute(conn)?;
    Ok(())
}

/// Forgets keys that are older than a day.
pub fn forget_old(conn: &mut Conn, now: Ts) -> Result<usize, Problem> {
    Ok(Sql::new("DELETE FROM idempotency WHERE created_at < ")
        .bind(now.plus_seconds(-REMEMBERED))
        .execute(conn)?)
}

fn route(call: &Call) -> String {
    let segments: Vec<&str> = call.path.values().map(String::as_str).collect();
    format!("{} {} {}", call.operation.method.name(), call.operation.path, segments.join("/"))
}

/// Waiting for the first request took too long.
fn in_flight(error: diesel::result::Error) -> Problem {
    let problem = Problem::from(error);
    if problem.kind.status == 503 {
        return Problem::conflict("The first request with this key is still under way; try again shortly.");
    }
    problem
}
