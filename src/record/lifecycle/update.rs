//! The statements with which the steps change a record's rows.

use diesel::prelude::*;

use super::names::value_in_use;
use crate::clock::{Id, Ts};
use crate::problem::Problem;
use crate::record::commit::{self, Happened};
use crate::record::event::Event;
use crate::record::kind::{KindDef, LifecycleEvent, Step};
use crate::record::row::Row;
use crate::record::state::{HeadState, State};
use crate::record::write_context::WriteContext;
use crate::store::tables::{record, record_version};
use crate::store::{Conn, Sql};

/// Locks the record on PostgreSQL, so that two changes of it follow one another. SQLite has one writer anyway.
pub fn lock(conn: &mut Conn, record: Id) -> Result<(), Problem> {
    if let Conn::Pg(conn) = conn {
        record::table.find(record).select(record::id).for_no_key_update().execute(conn)?;
    }
    Ok(())
}

/// Moves the working version into a state.
pub(super) fn set_state(conn: &mut Conn, kind: &KindDef, head: &Row, state: State) -> Result<(), Problem> {
    diesel::update(record_version::table.find((head.record, head.version)))
        .set(record_version::state.eq(state.name()))
        .execute(conn)?;
    denormalise_head(conn, kind, head.record, HeadState::Is(state), head.assigned)
}

/// Changes columns that the visibility filter reads: `record_version` and the kind's own table both have them.
pub(super) fn update_both(
    conn: &mut Conn,
    kind: &KindDef,
    set: &Sql,
    condition: &Sql,
) -> Result<(), Problem> {
    for table in ["record_version", kind.def.table] {
        Sql::new("UPDATE ")
            .text(table)
            .text(" SET ")
            .append(set.clone())
            .text(" WHERE ")
            .append(condition.clone())
            .execute(conn)?;
    }
    Ok(())
}

/// The condition on one version.
pub(super) fn is_version(record: Id, version: i64) -> Sql {
    Sql::new("record = ").bind(record).text(" AND version = ").bind(version)
}

/// Repeats the working version's state and assignment in every listed row of the record, where the visibility filter
/// reads them.
pub fn denormalise_head(
    conn: &mut Conn,
    kind: &KindDef,
    record: Id,
    state: HeadState,
    assigned: Option<Id>,
) -> Result<(), Problem> {
    update_both(
        conn,
        kind,
        &Sql::new("head_state = ").bind(state).text(", assigned = ").bind(assigned),
        &Sql::new("record = ").bind(record).text(" AND listed"),
    )
}

/// Ends the interval of the version that is public, at the moment from which `version` replaces it.
pub(super) fn end_public_interval(
    conn: &mut Conn,
    kind: &KindDef,
    record: Id,
    version: i64,
    at: Ts,
) -> Result<(), Problem> {
    let public = Sql::new("record = ")
        .bind(record)
        .text(" AND version <> ")
        .bind(version)
        .text(" AND public_to = ")
        .bind(Ts::NEVER);
    update_both(conn, kind, &Sql::new("public_to = ").bind(at), &public)
}

/// Gives a version the next number among the record's publications.
pub(super) fn number_publication(conn: &mut Conn, record: Id, version: i64) -> Result<i64, Problem> {
    let earlier: i64 = record_version::table
        .filter(record_version::record.eq(record))
        .filter(record_version::version.ne(version))
        .filter(record_version::publication.is_not_null())
        .count()
        .get_result(conn)?;
    let publication = earlier + 1;
    diesel::update(record_version::table.find((record, version)))
        .set(record_version::publication.eq(publication))
        .execute(conn)?;
    Ok(publication)
}

/// 409 for a value that only one record may have.
pub(super) fn not_unique(kind: &KindDef, problem: Problem) -> Problem {
    match kind.def.columns.iter().find(|column| column.unique) {
        Some(column) if problem.kind.status == 409 => value_in_use(kind, column.name, column.path),
        _ => problem,
    }
}

/// Lets the kind's own tables follow a step.
pub(super) fn run_hook(
    conn: &mut Conn,
    context: &WriteContext<'_>,
    kind: &KindDef,
    head: &Row,
    step: Step,
) -> Result<(), Problem> {
    let content = head.content_value()?;
    kind.run_hook(conn, &LifecycleEvent { record: head.record, content, step, now: context.now })
}

/// Records a step of the working version that the public does not see.
pub(super) fn record_hidden(
    conn: &mut Conn,
    context: &WriteContext<'_>,
    kind: &KindDef,
    head: &Row,
    event: Event,
    detail: serde_json::Value,
) -> Result<(), Problem> {
    let happened = Happened::hidden(event, context.now);
    commit::record(conn, context, kind, &head.subject(), &happened, detail)
}
