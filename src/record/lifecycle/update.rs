//! The statements by which a step changes a record's rows.

use diesel::prelude::*;
use serde_json::Value;

use crate::clock::{Id, Ts};
use crate::problem::{self, Problem};
use crate::record::kind::{KindDef, LifecycleEvent, Step};
use crate::record::row::Row;
use crate::record::write_context::WriteContext;
use crate::store::{Conn, Sql};

/// Locks the record, so that two changes of it follow one another. SQLite has one writer anyway.
pub fn lock(conn: &mut Conn, record: Id) -> Result<(), Problem> {
    if conn.is_pg() {
        Sql::new("SELECT 1 FROM record WHERE id = ").bind(record).text(" FOR NO KEY UPDATE").execute(conn)?;
    }
    Ok(())
}

pub(super) fn set_state(conn: &mut Conn, kind: &KindDef, head: &Row, state: &str) -> Result<(), Problem> {
    update_version(conn, head.record, head.version, Sql::new("state = ").bind(state))?;
    denormalise_listed_slices(conn, kind, head.record, state, head.assigned)
}

/// Changes a version's own row.
pub(super) fn update_version(conn: &mut Conn, record: Id, version: i64, set: Sql) -> Result<(), Problem> {
    Sql::new("UPDATE record_version SET ")
        .append(set)
        .text(" WHERE ")
        .append(is(record, version))
        .execute(conn)?;
    Ok(())
}

/// Changes the slices, which stand in the table of versions and in the kind's own.
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
pub(super) fn is(record: Id, version: i64) -> Sql {
    Sql::new("record = ").bind(record).text(" AND version = ").bind(version)
}

/// The state of the head and the assignment belong to the record: every row that can be listed knows them.
pub fn denormalise_listed_slices(
    conn: &mut Conn,
    kind: &KindDef,
    record: Id,
    head_state: &str,
    assigned: Option<Id>,
) -> Result<(), Problem> {
    update_both(
        conn,
        kind,
        &Sql::new("head_state = ").bind(head_state).text(", assigned = ").bind(assigned),
        &Sql::new("record = ").bind(record).text(" AND listed"),
    )?;
    Ok(())
}

/// Ends the interval of the version that is public, where the next one's begins.
pub(super) fn supersede(conn: &mut Conn, kind: &KindDef, record: Id, by: i64, at: Ts) -> Result<(), Problem> {
    update_both(
        conn,
        kind,
        &Sql::new("public_to = ").bind(at),
        &Sql::new("record = ")
            .bind(record)
            .text(" AND version <> ")
            .bind(by)
            .text(" AND public_to = ")
            .bind(Ts::NEVER),
    )?;
    Ok(())
}

/// Gives a version the next number among the record's publications.
pub(super) fn number_publication(conn: &mut Conn, record: Id, version: i64) -> Result<i64, Problem> {
    let count: crate::store::Count =
        Sql::new("SELECT count(*) AS n FROM record_version WHERE publication IS NOT NULL AND version <> ")
            .bind(version)
            .text(" AND record = ")
            .bind(record)
            .get_result(conn)?;
    let publication = count.n + 1;
    update_version(conn, record, version, Sql::new("publication = ").bind(publication))?;
    Ok(publication)
}

/// 409 for a value that only one record may have.
pub(super) fn taken_value(kind: &KindDef, problem: Problem) -> Problem {
    match kind.def.columns.iter().find(|column| column.unique) {
        Some(column) if problem.kind.status == 409 => {
            let detail =
                format!("Another {} already has this `{}`; choose another.", kind.def.one, column.name);
            Problem::conflict(detail).with(vec![problem::Fault::pointer(
                format!("/{}", column.path),
                "taken",
                "This is already in use.",
            )])
        }
        _ => problem,
    }
}

pub(super) fn follow(
    conn: &mut Conn,
    context: &WriteContext<'_>,
    kind: &KindDef,
    head: &Row,
    step: Step,
) -> Result<(), Problem> {
    let content: Value = serde_json::from_str(&head.content).map_err(Problem::internal)?;
    kind.follow(conn, &LifecycleEvent { record: head.record, content: &content, step, now: context.now })
}
