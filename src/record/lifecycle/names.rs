//! The names that only one public record may have: its reference in its body, and the values of unique columns.
//!
//! Among records that are not public, a name is unique only where everybody who writes them sees them all: references
//! among the records of one owner or of one body, other values in one body. "Taken" would tell others of a draft. What
//! cannot be told when a record is written is settled when it is published.

use diesel::prelude::*;

use super::super::kind::KindDef;
use super::super::visible::Visibility;
use crate::clock::{Id, Ts};
use crate::problem::{Fault, Problem};
use crate::store::{Conn, Found, Sql};

/// A record with the names that it has or is about to have.
pub(super) struct Names<'a> {
    pub record: Id,
    pub body: Option<Id>,
    pub reference: &'a str,
    pub content: &'a serde_json::Value,
}

/// 409 if another record has one of the names and is public: its content is on record for everybody.
pub(super) fn refuse_public(
    conn: &mut Conn,
    kind: &KindDef,
    names: &Names<'_>,
    now: Ts,
) -> Result<(), Problem> {
    if kind.def.named_by_owner() && reference_is_public(conn, kind, names, Some(now))? {
        return Err(reference_in_use(names.reference));
    }
    refuse_public_values(conn, kind, names, now)
}

/// The same before a publication, one publication of a name after the other. Of the records of the same body those count
/// whose publication is scheduled, since the person who publishes sees them.
pub(super) fn refuse_published(
    conn: &mut Conn,
    kind: &KindDef,
    names: &Names<'_>,
    now: Ts,
) -> Result<(), Problem> {
    if kind.def.named_by_owner() {
        lock(conn, kind, "reference", names.reference)?;
        if reference_is_public(conn, kind, names, None)? {
            return Err(Problem::conflict(format!(
                "Another {} with the reference `{}` is published or scheduled. Return this one; its owner must make a new one under another reference.",
                kind.def.one, names.reference
            ))
            .with(vec![Fault::pointer("/reference", "taken", "This reference is already in use.")]));
        }
    }
    for column in kind.def.columns.iter().filter(|column| column.unique) {
        if let Some(value) = column.value_in(names.content).as_str() {
            lock(conn, kind, column.name, value)?;
        }
    }
    refuse_public_values(conn, kind, names, now)
}

/// 409 for a reference that another record has.
pub(super) fn reference_in_use(reference: &str) -> Problem {
    Problem::conflict(format!(
        "The reference `{reference}` is already taken in this body and kind; choose another."
    ))
    .with(vec![Fault::pointer("/reference", "taken", "This reference is already in use.")])
}

/// Whether another record of the reference was published by a moment, or is at all, scheduled ones with it.
fn reference_is_public(
    conn: &mut Conn,
    kind: &KindDef,
    names: &Names<'_>,
    by: Option<Ts>,
) -> Result<bool, Problem> {
    let mut sql = Sql::new(
        "SELECT EXISTS (SELECT 1 FROM record r JOIN record_version v ON v.record = r.id AND v.publication IS NOT NULL
         WHERE r.kind = ",
    )
    .bind(kind.def.name)
    .text(" AND r.reference = ")
    .bind(names.reference)
    .text(" AND r.body = ")
    .bind(names.body)
    .text(" AND r.id <> ")
    .bind(names.record);
    if let Some(moment) = by {
        sql = sql.text(" AND v.public_from <= ").bind(moment);
    }
    Ok(sql.text(") AS found").get_result::<Found>(conn)?.found)
}

/// 409 if another public record has a value that only one may have.
pub(super) fn refuse_public_values(
    conn: &mut Conn,
    kind: &KindDef,
    names: &Names<'_>,
    now: Ts,
) -> Result<(), Problem> {
    for column in kind.def.columns.iter().filter(|column| column.unique) {
        let Some(value) = column.value_in(names.content).as_str() else { continue };
        let other: Found = Sql::new("SELECT EXISTS (SELECT 1 FROM ")
            .text(kind.def.table)
            .text(" t WHERE t.")
            .text(column.column)
            .text(" = ")
            .bind(value)
            .text(" AND t.record <> ")
            .bind(names.record)
            .text(" AND ")
            .append(Visibility::as_of(now).filter_of(kind.def.name, "t"))
            .text(") AS found")
            .get_result(conn)?;
        if other.found {
            return Err(value_in_use(kind, column.name, column.path));
        }
    }
    Ok(())
}

/// 409 for a value that another record has.
pub(super) fn value_in_use(kind: &KindDef, name: &str, path: &str) -> Problem {
    let detail = format!("Another {} already has this `{name}`; choose another.", kind.def.one);
    let fault = Fault::pointer(format!("/{path}"), "taken", "This is already in use.");
    Problem::conflict(detail).with(vec![fault])
}

/// Lets publications of records of one name run one after the other. SQLite has one writer anyway.
fn lock(conn: &mut Conn, kind: &KindDef, what: &str, name: &str) -> Result<(), Problem> {
    if conn.is_pg() {
        Sql::new("SELECT pg_advisory_xact_lock(hashtextextended(")
            .bind(format!("{} {what} {name}", kind.def.name))
            .text(", 0))")
            .execute(conn)?;
    }
    Ok(())
}
