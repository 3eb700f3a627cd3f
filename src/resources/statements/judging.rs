//! Judges statements again after each publication that can change the verdict on them: of the statement, of its indicator
//! or figures of it, of areas (which have the populations).
//!
//! The feed says what was published. What is to be judged is put on a list in the transaction that notes how far the feed
//! was read, so a process that ends in between loses nothing.

use std::time::Duration;

use diesel::prelude::*;
use serde_json::json;

use super::check::{StatementVerdict, check};
use super::model::Statement;
use crate::access::Actor;
use crate::clock::{Id, Ts};
use crate::http::{Call, kinds};
use crate::problem::Problem;
use crate::record::commit::{self, Happened};
use crate::record::due;
use crate::record::event::Event;
use crate::record::kind::Kind;
use crate::record::read;
use crate::record::row::Row;
use crate::record::visible::Visibility;
use crate::record::write_context::WriteContext;
use crate::resources::areas::Area;
use crate::resources::indicators::Indicator;
use crate::store::tables::{judged_feed, statement_verdict, statement_waiting};
use crate::store::{Conn, Count, Sql};

/// How many statements one transaction judges: few enough that no other writer waits long for it.
const SOME: i64 = 20;
/// How long to wait for a writing connection before it is left for the next time.
const PATIENCE: Duration = Duration::from_millis(500);

/// Judges some of the statements that wait, as the public that makes this call sees them; returns whether none waits any
/// more.
pub fn judge_some(call: &Call) -> Result<bool, Problem> {
    let state = &call.state;
    if state.db.read(unread)?.is_some() {
        let read = state.db.write_within(PATIENCE, |conn| {
            due::alone(conn)?;
            read_feed(conn)
        })?;
        if read.is_none() {
            return Ok(false);
        }
    }
    let waiting: Vec<Id> = state.db.read(|conn| {
        let waiting = statement_waiting::table.order(statement_waiting::record).limit(SOME);
        Ok(waiting.select(statement_waiting::record).load(conn)?)
    })?;
    if waiting.is_empty() {
        return Ok(true);
    }
    // A publication after this read puts its statements on the list again.
    let judged = state.db.snapshot(|conn| judged(call, conn, &waiting))?;
    state.db.write_within(PATIENCE, |conn| {
        due::alone(conn)?;
        call.catch_up(conn)?;
        for (statement, found) in &judged {
            keep(call, conn, *statement, found.as_ref())?;
        }
        diesel::delete(statement_waiting::table.filter(statement_waiting::record.eq_any(&waiting)))
            .execute(conn)?;
        Ok(())
    })?;
    state.refresh_watermark()?;
    Ok(false)
}

/// The number of the last row of the feed, if the list does not have all that it says yet.
fn unread(conn: &mut Conn) -> Result<Option<i64>, Problem> {
    let last: Count = Sql::new("SELECT coalesce(max(seq), 0) AS n FROM change").get_result(conn)?;
    let read: i64 = judged_feed::table.find(1).select(judged_feed::seq).first(conn)?;
    Ok((last.n > read).then_some(last.n))
}

/// Puts the statements that the new rows of the feed concern on the list.
fn read_feed(conn: &mut Conn) -> Result<(), Problem> {
    let Some(last) = unread(conn)? else { return Ok(()) };
    let published = |kind: &'static str| {
        Sql::new("SELECT c.record FROM change c CROSS JOIN judged_feed f WHERE c.seq > f.seq AND c.public AND c.kind = ")
            .bind(kind)
            .text(" AND c.event <> ")
            .bind(Event::VerdictChanged)
    };
    Sql::new("INSERT INTO statement_waiting (record) SELECT DISTINCT t.record FROM statement t WHERE t.record IN (")
        .append(published(Statement::DEFINITION.name))
        .text(") OR t.indicator IN (")
        .append(published(Indicator::DEFINITION.name))
        .text(") OR t.indicator IN (SELECT r.indicator FROM data_release r WHERE r.record IN (")
        .append(published("release"))
        .text(")) OR EXISTS (")
        .append(published(Area::DEFINITION.name))
        .text(") ON CONFLICT DO NOTHING")
        .execute(conn)?;
    diesel::update(judged_feed::table).set(judged_feed::seq.eq(last)).execute(conn)?;
    Ok(())
}

/// A statement as it is public, with the verdict on it.
type Judged = (Row, StatementVerdict);

/// The verdicts on the statements that are public.
fn judged(call: &Call, conn: &mut Conn, statements: &[Id]) -> Result<Vec<(Id, Option<Judged>)>, Problem> {
    let public = Visibility::as_of(call.now());
    let rows = read::many(conn, statements, &public)?;
    let mut all: Vec<(Id, Option<Judged>)> = vec![];
    for statement in statements {
        let row = rows.iter().find(|row| row.record == *statement);
        let found = match row {
            Some(row) => Some((row.clone(), check(call, conn, row)?.verdict)),
            None => None,
        };
        all.push((*statement, found));
    }
    Ok(all)
}

/// Keeps the verdict, if it is another than the one in force.
fn keep(call: &Call, conn: &mut Conn, statement: Id, found: Option<&Judged>) -> Result<(), Problem> {
    let in_force = statement_verdict::table
        .filter(statement_verdict::record.eq(statement).and(statement_verdict::until.is_null()));
    let before: Option<(Ts, String)> =
        in_force.select((statement_verdict::since, statement_verdict::verdict)).first(conn).optional()?;
    let code = found.map(|(_, verdict)| verdict.code());
    if before.as_ref().map(|(_, verdict)| verdict.as_str()) == code {
        return Ok(());
    }
    let now = before.as_ref().map_or(call.now(), |(since, _)| call.now().max(since.next()));
    diesel::update(in_force).set(statement_verdict::until.eq(now)).execute(conn)?;
    let Some((row, verdict)) = found else { return commit::judged(conn, now) };
    let new = (
        statement_verdict::record.eq(statement),
        statement_verdict::since.eq(now),
        statement_verdict::verdict.eq(verdict.code()),
    );
    diesel::insert_into(statement_verdict::table).values(new).execute(conn)?;
    match before {
        // That it was judged for the first time is no news.
        None => commit::judged(conn, now),
        Some((_, before)) => note(call, conn, row, now, &before, verdict.code()),
    }
}

/// Notes in the feed and in the audit trail that a verdict changed.
fn note(call: &Call, conn: &mut Conn, row: &Row, now: Ts, before: &str, after: &str) -> Result<(), Problem> {
    let kind = kinds::kind_of(call)?;
    let actor = Actor::clock();
    let context =
        WriteContext { actor: &actor, now, clock: &call.state.clock, request: None, operation: "clock" };
    let happened = Happened::public(Event::VerdictChanged, now);
    commit::record(conn, &context, kind, &row.subject(), &happened, json!({"before": before, "after": after}))
}
