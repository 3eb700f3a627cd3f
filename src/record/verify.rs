//! Checks that the records still are what the audit trail says, and that what is derived from their contents follows from
//! them.

use std::collections::HashMap;

use aws_lc_rs::digest::{SHA256, digest};
use diesel::prelude::*;
use diesel::sql_types as st;
use serde_json::Value;

use super::audited_state;
use super::derived::{self, Named};
use super::kind::{KindDef, Ty};
use super::links;
use crate::access::audit::verify::{Stop, covered};
use crate::access::audit::{self, STATE};
use crate::clock::Id;
use crate::hex::hex;
use crate::problem::Problem;
use crate::store::canonical::{self, Shape, piece, text_of};
use crate::store::types::Uid;
use crate::store::{Conn, Db, Sql};

/// How much was checked and found unchanged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// The number of records.
    pub records: u64,
    /// The number of versions.
    pub versions: u64,
    /// The number of versions whose content was redacted.
    pub redacted: u64,
}

#[derive(QueryableByName)]
struct RecordOfKind {
    #[diesel(sql_type = Uid)]
    id: Id,
    #[diesel(sql_type = st::Binary)]
    kind: Vec<u8>,
}

#[derive(QueryableByName)]
struct Content {
    #[diesel(sql_type = Uid)]
    record: Id,
    #[diesel(sql_type = st::BigInt)]
    version: i64,
    #[diesel(sql_type = st::Binary)]
    content: Vec<u8>,
    #[diesel(sql_type = st::Binary)]
    digest: Vec<u8>,
}

#[derive(QueryableByName)]
struct LastState {
    #[diesel(sql_type = Uid)]
    record: Id,
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    seq: Option<i64>,
    #[diesel(sql_type = st::Nullable<st::Binary>)]
    salt: Option<Vec<u8>>,
    #[diesel(sql_type = st::Binary)]
    state_digest: Vec<u8>,
}

/// Checks that every record is as its last entry left it, that every content has its digest, and that the columns of the
/// kinds' tables follow from the contents. Calls `progress` with
/// the number of records after each hundred. The trail itself is checked by [`audit::verify::trail`].
pub fn check_records(
    db: &Db,
    kinds: &[&'static KindDef],
    mut progress: impl FnMut(u64),
) -> Result<Checked, Stop> {
    let mut checked = Checked::default();
    let mut after: Option<Id> = None;
    loop {
        let mut broken = None;
        // Reads all of these records at one moment: others may write in the meantime.
        let last = db.snapshot(|conn| {
            let records = next_records(conn, after)?;
            match check_batch(conn, kinds, &records, &mut checked) {
                Ok(()) => Ok(records.last().map(|record| record.id)),
                Err(Stop::Failed(problem)) => Err(problem),
                Err(stop) => {
                    broken = Some(stop);
                    Ok(None)
                }
            }
        })?;
        if let Some(stop) = broken {
            return Err(stop);
        }
        let Some(last) = last else { return Ok(checked) };
        after = Some(last);
        progress(checked.records);
    }
}

fn next_records(conn: &mut Conn, after: Option<Id>) -> Result<Vec<RecordOfKind>, Problem> {
    let mut sql = Sql::new("SELECT r.id, ")
        .text(if conn.is_pg() { "convert_to(r.kind, 'UTF8')" } else { "CAST(r.kind AS BLOB)" })
        .text(" AS kind FROM record r");
    if let Some(after) = after {
        sql = sql.text(" WHERE r.id > ").bind(after);
    }
    Ok(sql.text(" ORDER BY r.id LIMIT ").bind(audited_state::BATCH as i64).load(conn)?)
}

fn check_batch(
    conn: &mut Conn,
    kinds: &[&'static KindDef],
    records: &[RecordOfKind],
    checked: &mut Checked,
) -> Result<(), Stop> {
    let mut by_kind: HashMap<&'static str, Vec<Id>> = HashMap::new();
    for record in records {
        let kind = kinds.iter().find(|kind| kind.def.name.as_bytes() == record.kind);
        let Some(kind) = kind else {
            let name = String::from_utf8_lossy(&record.kind);
            return Err(Stop::Broken(format!(
                "the record {} is of the kind `{name}`, which does not exist",
                record.id
            )));
        };
        by_kind.entry(kind.def.name).or_default().push(record.id);
    }
    for kind in kinds {
        let Some(ids) = by_kind.get(kind.def.name) else { continue };
        let contents = check_contents(conn, kind, ids, checked)?;
        check_states(conn, kind, ids)?;
        check_columns(conn, kind, ids, &contents)?;
        check_days(conn, kind, ids, &contents)?;
        checked.records += ids.len() as u64;
    }
    Ok(())
}

/// The contents that were not redacted, by record and version.
type Contents = HashMap<(Id, i64), Vec<u8>>;

fn check_contents(
    conn: &mut Conn,
    kind: &KindDef,
    ids: &[Id],
    checked: &mut Checked,
) -> Result<Contents, Stop> {
    let mut contents = HashMap::new();
    let rows: Vec<Content> = Sql::new("SELECT v.record, v.version, ")
        .text(if conn.is_pg() { "convert_to(v.content, 'UTF8')" } else { "CAST(v.content AS BLOB)" })
        .text(" AS content, v.digest FROM record_version v WHERE v.record IN (")
        .bind_all(ids.iter().copied())
        .text(") ORDER BY v.record, v.version")
        .one_off()
        .load(conn)?;
    for row in rows {
        checked.versions += 1;
        if digest(&SHA256, &row.content).as_ref() == row.digest {
            contents.insert((row.record, row.version), row.content);
            continue;
        }
        // A redaction replaces the content by an empty object.
        if row.content == b"{}" && covered(conn, Some(row.record), Some(row.version), 0)? {
            checked.redacted += 1;
            continue;
        }
        return Err(Stop::Broken(format!(
            "the content of edit {} of the {} {} does not have its digest {}",
            row.version,
            kind.def.one,
            row.record,
            hex(&row.digest)
        )));
    }
    Ok(contents)
}

fn check_states(conn: &mut Conn, kind: &KindDef, ids: &[Id]) -> Result<(), Stop> {
    let states = audited_state::of(conn, kind, ids)?;
    let rows: Vec<LastState> = Sql::new(
        "SELECT a.record, a.seq, a.salt, a.state_digest FROM audit a WHERE a.state_digest IS NOT NULL AND a.record IN (",
    )
    .bind_all(ids.iter().copied())
    // Entries that are not sealed yet come last, in the order in which they will be sealed.
    .text(") ORDER BY a.seq IS NULL, a.seq, ")
    .text(if conn.is_pg() { "a.queue" } else { "a.rowid" })
    .one_off()
    .load(conn)?;
    let last: HashMap<Id, LastState> = rows.into_iter().map(|row| (row.record, row)).collect();
    for id in ids {
        let broken = |what: String| Err(Stop::Broken(format!("the {} {id}: {what}", kind.def.one)));
        let Some(entry) = last.get(id) else {
            return broken("the audit trail has no entry with its state".to_owned());
        };
        let named =
            entry.seq.map_or_else(|| "an entry not sealed yet".to_owned(), |seq| format!("entry {seq}"));
        let Some(salt) = &entry.salt else {
            return broken(format!(
                "{named}, the last about it, was redacted, and no entry after it has its state"
            ));
        };
        let state = states.get(id).copied().unwrap_or_default();
        if audit::commit(salt, STATE, &state)[..] != entry.state_digest[..] {
            return broken(format!("it is not as {named}, the last about it, left it"));
        }
    }
    Ok(())
}

#[derive(QueryableByName)]
struct Columns {
    #[diesel(sql_type = Uid)]
    record: Id,
    #[diesel(sql_type = st::BigInt)]
    version: i64,
    #[diesel(sql_type = st::Binary)]
    text: Vec<u8>,
}

/// Checks that the columns of the kind's table follow from the contents. The state that the trail commits to has those
/// columns that the kind had from the beginning, but none that was added later.
fn check_columns(conn: &mut Conn, kind: &KindDef, ids: &[Id], contents: &Contents) -> Result<(), Stop> {
    let columns: Vec<_> = kind.def.columns.iter().flat_map(derived::stored).collect();
    if columns.is_empty() {
        return Ok(());
    }
    let named = named_records(conn, kind, ids)?;
    let rows: Vec<Columns> = Sql::new("SELECT t.record, t.version, ")
        .append(canonical::row(conn.is_pg(), "t.", &columns, &[]))
        .text(" AS text FROM ")
        .text(kind.def.table)
        .text(" t WHERE t.record IN (")
        .bind_all(ids.iter().copied())
        .text(") ORDER BY t.record, t.version")
        .one_off()
        .load(conn)?;
    let none = Named::new();
    for row in rows {
        let broken = |what: &str| {
            Err(Stop::Broken(format!("edit {} of the {} {}: {what}", row.version, kind.def.one, row.record)))
        };
        let key = (row.record, row.version);
        let content = contents.get(&key).and_then(|content| serde_json::from_slice::<Value>(content).ok());
        let Some(content) = content else {
            return broken("it has a row in the table of its kind but no content");
        };
        let named = named.get(&key).unwrap_or(&none);
        match derived::first_difference(kind, &content, named, &row.text) {
            Ok(None) => {}
            Ok(Some(column)) => {
                return broken(&format!(
                    "the column `{column}` of `{}` does not follow from the content",
                    kind.def.table
                ));
            }
            Err(problem) => return broken(&problem.detail_or_cause()),
        }
    }
    Ok(())
}

#[derive(QueryableByName)]
struct DayOfLink {
    #[diesel(sql_type = Uid)]
    record: Id,
    #[diesel(sql_type = st::BigInt)]
    version: i64,
    #[diesel(sql_type = st::BigInt)]
    position: i64,
    #[diesel(sql_type = st::Binary)]
    text: Vec<u8>,
}

/// Checks that the days of links follow from the contents. The trail commits to the links themselves, but not to their days.
fn check_days(conn: &mut Conn, kind: &KindDef, ids: &[Id], contents: &Contents) -> Result<(), Stop> {
    for reference in kind.references().filter(|reference| reference.day.is_some()) {
        let rows: Vec<DayOfLink> = Sql::new("SELECT l.record, l.version, l.position, ")
            .append(canonical::row(conn.is_pg(), "l.", &[("day", Shape::Day)], &[]))
            .text(" AS text FROM link l WHERE l.member = ")
            .bind(reference.path)
            .text(" AND l.record IN (")
            .bind_all(ids.iter().copied())
            .text(") ORDER BY l.record, l.version, l.position")
            .one_off()
            .load(conn)?;
        let mut last: Option<((Id, i64), Value)> = None;
        for row in rows {
            let key = (row.record, row.version);
            if last.as_ref().is_none_or(|(of, _)| *of != key) {
                let content = contents.get(&key).and_then(|content| serde_json::from_slice(content).ok());
                last = content.map(|content| (key, content));
            }
            let day = last
                .as_ref()
                .and_then(|(_, content)| links::day(kind, content, reference.path, row.position));
            let expected = text_of(&day.into());
            if piece(expected.as_deref().map(str::as_bytes)) != row.text {
                return Err(Stop::Broken(format!(
                    "edit {} of the {} {}: the day of a link does not follow from the content",
                    row.version, kind.def.one, row.record
                )));
            }
        }
    }
    Ok(())
}

#[derive(QueryableByName)]
struct FirstName {
    #[diesel(sql_type = Uid)]
    record: Id,
    #[diesel(sql_type = st::BigInt)]
    version: i64,
    #[diesel(sql_type = Uid)]
    other: Id,
}

/// The records that each version names in the columns that are references, from its links, which the trail covers.
fn named_records(conn: &mut Conn, kind: &KindDef, ids: &[Id]) -> Result<HashMap<(Id, i64), Named>, Problem> {
    let mut named: HashMap<(Id, i64), Named> = HashMap::new();
    for column in kind.def.columns.iter().filter(|column| matches!(column.ty, Ty::Ref(_))) {
        let rows: Vec<FirstName> =
            Sql::new("SELECT l.record, l.version, l.other FROM link l WHERE l.member = ")
                .bind(column.path)
                .text(" AND l.record IN (")
                .bind_all(ids.iter().copied())
                .text(") ORDER BY l.record, l.version, l.position")
                .one_off()
                .load(conn)?;
        for row in rows {
            named.entry((row.record, row.version)).or_default().entry(column.path).or_insert(row.other);
        }
    }
    Ok(named)
}
