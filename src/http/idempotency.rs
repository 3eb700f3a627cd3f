//! `Idempotency-Key`: the same request sent twice is carried out once.
//!
//! The key is claimed in the same transaction as the change, so either both are stored or neither. Stored for 24 hours are
//! the hash of the body and the version that the request made; no response and no secret.

use aws_lc_rs::digest::{SHA256, digest};
use diesel::prelude::*;

use super::Call;
use crate::clock::{Id, Ts};
use crate::problem::{self, Fault, Problem};
use crate::store::tables::idempotency;
use crate::store::{Conn, in_dialect};

/// How long a key is stored, in seconds.
pub const LIFETIME: i64 = 24 * 60 * 60;

/// The result of claiming a key.
pub enum Claim {
    /// The key is new: make the change, then call [`done`].
    First,
    /// The request was carried out before and made this version of this record.
    Again(Id, i64),
    /// The request was carried out before and made this many versions of several records.
    AgainMany(i64),
    /// The request has no key.
    None,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = idempotency)]
struct Stored {
    body_hash: Vec<u8>,
    record: Option<Id>,
    version: Option<i64>,
    created_at: Ts,
}

/// Claims the request's key.
pub fn claim(call: &Call, conn: &mut Conn) -> Result<Claim, Problem> {
    let Some(key) = &call.headers.idempotency_key else {
        return Ok(Claim::None);
    };
    let valid = (1..=128).contains(&key.len()) && key.bytes().all(|byte| (0x21..=0x7e).contains(&byte));
    if !valid {
        return Err(Problem::bad_request(vec![Fault::header(
            "Idempotency-Key",
            "length",
            "Send 1 to 128 visible ASCII characters, such as a UUID.",
        )]));
    }
    let hash = digest(&SHA256, &call.body).as_ref().to_vec();
    let route = route(call);
    let row = idempotency::table.find((call.actor.name(), &route, key));
    // While another request holds the same key, PostgreSQL waits here until that one ends.
    let claimed = in_dialect!(conn, |conn| {
        diesel::insert_into(idempotency::table)
            .values((
                idempotency::credential.eq(call.actor.name()),
                idempotency::route.eq(&route),
                idempotency::idempotency_key.eq(key),
                idempotency::body_hash.eq(&hash),
                idempotency::created_at.eq(call.now()),
            ))
            .on_conflict_do_nothing()
            .execute(conn)
    })
    .map_err(in_flight)?;
    if claimed == 1 {
        return Ok(Claim::First);
    }
    let stored: Stored = row.select(Stored::as_select()).first(conn).optional()?.ok_or_else(|| {
        Problem::conflict("The first request with this key is still in progress; try again shortly.")
    })?;
    if stored.created_at.plus_seconds(LIFETIME) <= call.now() {
        diesel::delete(row).execute(conn)?;
        return claim(call, conn);
    }
    if stored.body_hash != hash {
        return Err(Problem::new(
            &problem::UNPROCESSABLE,
            "This Idempotency-Key was sent with another body before; use a new key for a new request.",
        )
        .with(vec![Fault::header("Idempotency-Key", "reused", "The key belongs to another body.")]));
    }
    match (stored.record, stored.version) {
        (Some(record), Some(version)) => Ok(Claim::Again(record, version)),
        (None, Some(versions)) => Ok(Claim::AgainMany(versions)),
        _ => {
            Err(Problem::conflict("The first request with this key is still in progress; try again shortly."))
        }
    }
}

/// Whether a request with this key was carried out before, whatever its body.
pub fn was_carried_out(call: &Call, conn: &mut Conn) -> Result<bool, Problem> {
    let Some(key) = &call.headers.idempotency_key else {
        return Ok(false);
    };
    let row = idempotency::table.find((call.actor.name(), route(call), key));
    let version: Option<Option<i64>> = row.select(idempotency::version).first(conn).optional()?;
    Ok(version.flatten().is_some())
}

/// Stores what the request made: a record and its version, or no single record and the number of versions.
pub fn done(
    call: &Call,
    conn: &mut Conn,
    record: impl Into<Option<Id>>,
    version: i64,
) -> Result<(), Problem> {
    let Some(key) = &call.headers.idempotency_key else {
        return Ok(());
    };
    diesel::update(idempotency::table.find((call.actor.name(), route(call), key)))
        .set((idempotency::record.eq(record.into()), idempotency::version.eq(version)))
        .execute(conn)?;
    Ok(())
}

/// Deletes keys that are older than a day.
pub fn forget_old(conn: &mut Conn, now: Ts) -> Result<usize, Problem> {
    let old = idempotency::table.filter(idempotency::created_at.lt(now.plus_seconds(-LIFETIME)));
    Ok(diesel::delete(old).execute(conn)?)
}

fn route(call: &Call) -> String {
    let segments: Vec<&str> = call.path.values().map(String::as_str).collect();
    format!("{} {} {}", call.operation.method.name(), call.operation.path, segments.join("/"))
}

/// 409 where the wait for the first request took too long.
fn in_flight(error: diesel::result::Error) -> Problem {
    let problem = Problem::from(error);
    if problem.kind.status == 503 {
        return Problem::conflict("The first request with this key is still in progress; try again shortly.");
    }
    problem
}
