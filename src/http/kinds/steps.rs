//! The steps of the workflow: submit, return, approve, share, publish, withdraw.

use super::inputs::{Publication, Reason, Sharing, require_future};
use super::load::{ForUpdate, LoadedRecord, load_for_update, tombstone_reply, write_context};
use super::write::reply_after;
use crate::http::idempotency;
use crate::http::input::Empty;
use crate::http::{Call, Reply};
use crate::problem::Problem;
use crate::record::lifecycle;
use crate::record::read::{self, Name};
use crate::record::related::{self, ApprovalView};
use crate::record::row::Row;
use crate::store::Conn;

/// Loads the record, takes the step, and returns the working version after it.
fn take_step(
    call: &Call,
    conn: &mut Conn,
    step: impl FnOnce(&mut Conn, &LoadedRecord) -> Result<(), Problem>,
) -> Result<Reply, Problem> {
    let record = match load_for_update(call, conn)? {
        ForUpdate::Record(record) => record,
        ForUpdate::Replayed(reply) => return Ok(reply),
    };
    step(conn, &record)?;
    reply_after(call, conn, &record)
}

/// `POST /v1/{kind}/{id}/submit`.
pub fn submit(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    take_step(call, conn, |conn, record| {
        call.input::<Empty>()?;
        lifecycle::submit(conn, &write_context(call), record.kind, &record.row, record.is_partners())
    })
}

/// `POST /v1/{kind}/{id}/return`.
pub fn return_version(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    take_step(call, conn, |conn, record| {
        let Reason { reason } = call.input()?;
        lifecycle::return_version(conn, &write_context(call), record.kind, &record.row, &reason)
    })
}

/// `POST /v1/{kind}/{id}/approve`.
pub fn approve(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    take_step(call, conn, |conn, record| {
        call.input::<Empty>()?;
        let approvals = approvals_of(conn, &record.row)?;
        lifecycle::approve(conn, &write_context(call), record.kind, &record.row, &approvals)
    })
}

/// `POST /v1/{kind}/{id}/share`.
pub fn share(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    take_step(call, conn, |conn, record| {
        let (Sharing { embargo_until }, ()) = call.input_with(|body: &Sharing, faults| {
            require_future(body.embargo_until, "/embargo_until", call.now(), faults);
            Ok(())
        })?;
        lifecycle::share(conn, &write_context(call), record.kind, &record.row, embargo_until)
    })
}

/// `POST /v1/{kind}/{id}/publish`.
pub fn publish(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    take_step(call, conn, |conn, record| {
        let (Publication { publish_at }, ()) = call.input_with(|body: &Publication, faults| {
            require_future(body.publish_at, "/publish_at", call.now(), faults);
            Ok(())
        })?;
        let approvals = approvals_of(conn, &record.row)?;
        let named = (record.kind, &record.row);
        let contradictions = |conn: &mut Conn| match publish_at {
            // What is public by then is not known.
            Some(_) => Ok(vec![]),
            None => lifecycle::contradictions(conn, &call.state.kinds, named, call.now()),
        };
        let before = contradictions(conn)?;
        lifecycle::publish(conn, &write_context(call), record.kind, &record.row, &approvals, publish_at)?;
        lifecycle::refuse_new(&before, contradictions(conn)?)
    })
}

fn approvals_of(conn: &mut Conn, row: &Row) -> Result<Vec<ApprovalView>, Problem> {
    Ok(related::approvals(conn, &[row.record])?.remove(&(row.record, row.version)).unwrap_or_default())
}

/// `POST /v1/{kind}/{id}/withdraw`.
pub fn withdraw(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let record = match load_for_update(call, conn)? {
        ForUpdate::Record(record) => record,
        ForUpdate::Replayed(reply) => return Ok(reply),
    };
    let (kind, row) = (record.kind, &record.row);
    let Reason { reason } = call.input()?;
    let publications = read::publications(conn, row.record, call.now())?;
    let was_public = !publications.is_empty();
    let latest = publications.first().unwrap_or(row);
    let publishers: Vec<String> = latest.published_by.iter().cloned().collect();
    lifecycle::withdraw(conn, &write_context(call), kind, row, &publishers, was_public, &reason)?;
    idempotency::done(call, conn, row.record, row.version)?;
    let tombstone = read::tombstone(conn, kind, &Name::Id(row.record), &call.visibility())?
        .ok_or_else(|| Problem::internal("a withdrawn record has no tombstone"))?;
    tombstone_reply(kind, &tombstone)
}
