//! The digest of a record's complete state, to which the audit trail commits with each change.
//!
//! It covers every row of the record, rendered as text: its row of `record`, its versions (with the digest of each
//! content in place of the content), the rows of its kind's own tables, its links, its approvals, its scheduled
//! publication. The workflow state of a version (draft, published, …) is one of these columns; see `state.rs`.
//!
//! The digests of records that are already on record must stay what they are, so this text never changes: neither a table,
//! nor a column, nor an order listed here. What is added later is added in one of three ways:
//!
//! - A column of a kind's table that follows from the content is declared `added` ([`Column::added`]) and is not part of
//!   the state. The state has the digest of the content, and `verify` compares the column with the content.
//! - Another column is listed under `added` of its table, and the migration leaves it null. It is part of the state where
//!   it is not null.
//! - A table that the migration leaves empty is listed as usual: a record without rows in it has the same state as before.
//!
//! [`Column::added`]: super::kind::Column::added

use std::collections::HashMap;

use aws_lc_rs::digest::{Context, SHA256};
use diesel::prelude::*;
use diesel::sql_types as st;

use super::derived;
use super::kind::KindDef;
use crate::access::audit::Digest;
use crate::clock::Id;
use crate::problem::Problem;
use crate::store::canonical::{Shape, piece, row};
use crate::store::types::Uid;
use crate::store::{Conn, Sql};

/// A column and how it is rendered.
type Columns = Vec<(&'static str, Shape)>;

/// A table with rows of records: its name, the column with the record's id, the order of a record's rows, its columns, and
/// those that were added since a release.
struct Table {
    name: &'static str,
    record: &'static str,
    order: &'static str,
    columns: Columns,
    added: &'static [(&'static str, Shape)],
}

const RECORD: &[(&str, Shape)] = &[
    ("id", Shape::Id),
    ("kind", Shape::Text),
    ("body", Shape::Id),
    ("owner", Shape::Id),
    ("reference", Shape::Text),
    ("head_version", Shape::Int),
    ("created_at", Shape::Moment),
    ("withdrawn_at", Shape::Moment),
    ("withdrawn_by", Shape::Text),
    ("withdrawn_reason", Shape::Text),
    ("was_public", Shape::Bool),
    ("redacted_at", Shape::Moment),
];

/// The columns that the visibility filter reads, in `record_version` and in each kind's own table.
const VISIBILITY: &[(&str, Shape)] = &[
    ("listed", Shape::Bool),
    ("is_head", Shape::Bool),
    ("head_state", Shape::Text),
    ("body", Shape::Id),
    ("assigned", Shape::Id),
    ("public_from", Shape::Moment),
    ("public_to", Shape::Moment),
];

const VERSION: &[(&str, Shape)] = &[
    ("record", Shape::Id),
    ("version", Shape::Int),
    ("kind", Shape::Text),
    ("reference", Shape::Text),
    ("body_reference", Shape::Text),
    ("owner_reference", Shape::Text),
    ("state", Shape::Text),
    ("title", Shape::Text),
    ("digest", Shape::Bytes),
    ("contributors", Shape::Text),
    ("reason", Shape::Text),
    ("author", Shape::Text),
    ("authored_at", Shape::Moment),
    ("returned_reason", Shape::Text),
    ("publication", Shape::Int),
    ("published_by", Shape::Text),
    ("embargo_until", Shape::Moment),
    ("redacted_at", Shape::Moment),
];

const LINK: &[(&str, Shape)] = &[
    ("record", Shape::Id),
    ("version", Shape::Int),
    ("member", Shape::Text),
    ("position", Shape::Int),
    ("rel", Shape::Text),
    ("inverse", Shape::Bool),
    ("other", Shape::Id),
];

const APPROVAL: &[(&str, Shape)] = &[
    ("record", Shape::Id),
    ("version", Shape::Int),
    ("role", Shape::Text),
    ("person", Shape::Text),
    ("digest", Shape::Bytes),
    ("at", Shape::Moment),
];

const SCHEDULED: &[(&str, Shape)] =
    &[("record", Shape::Id), ("version", Shape::Int), ("due_at", Shape::Moment)];

/// The tables with rows of a record of this kind.
fn tables(kind: &KindDef) -> Vec<Table> {
    let table = |name, record, order, columns: &[(&'static str, Shape)]| Table {
        name,
        record,
        order,
        columns: columns.to_vec(),
        added: &[],
    };
    let version = [VERSION, VISIBILITY].concat();
    let mut tables = vec![
        table("record", "id", "id", RECORD),
        table("record_version", "record", "version", &version),
        table(kind.def.table, "record", "version", &own_columns(kind)),
        table("link", "record", "version, member, position", LINK),
        table("approval", "record", "version, role, person", APPROVAL),
        table("scheduled", "record", "version", SCHEDULED),
    ];
    tables.extend(
        kind.def
            .companions
            .iter()
            .map(|one| Table { added: one.added, ..table(one.table, "record", "record", one.columns) }),
    );
    tables
}

/// The columns of the kind's own table, as `record/version.rs` writes them.
fn own_columns(kind: &KindDef) -> Columns {
    let mut columns = vec![("record", Shape::Id), ("version", Shape::Int)];
    columns.extend_from_slice(VISIBILITY);
    columns.push(("reference", Shape::Text));
    columns.extend(kind.def.columns.iter().filter(|column| !column.added).flat_map(derived::stored));
    columns
}

/// What the state of a record of this kind consists of, a line for each table: for the test that it stays the same.
pub fn describe(kind: &KindDef) -> Vec<String> {
    let line = |table: Table| {
        let columns: Vec<String> =
            table.columns.iter().map(|(name, shape)| format!("{name} {shape:?}")).collect();
        format!("{} by {}: {}", table.name, table.order, columns.join(", "))
    };
    tables(kind).into_iter().map(line).collect()
}

#[derive(QueryableByName)]
struct Line {
    /// The place of its table.
    #[diesel(sql_type = st::BigInt)]
    place: i64,
    #[diesel(sql_type = Uid)]
    record: Id,
    #[diesel(sql_type = st::Binary)]
    text: Vec<u8>,
}

/// The digests of the states of some records of one kind, with a few statements, however many records there are.
pub fn of(conn: &mut Conn, kind: &KindDef, records: &[Id]) -> Result<HashMap<Id, Digest>, Problem> {
    let tables = tables(kind);
    let mut states: HashMap<Id, Context> = HashMap::new();
    let mut add = |table: &Table, line: Line| {
        let state = states.entry(line.record).or_insert_with(|| Context::new(&SHA256));
        state.update(&piece(Some(table.name.as_bytes())));
        state.update(&piece(Some(&line.text)));
    };
    match records {
        [] => {}
        // Each change asks for one record, and on PostgreSQL each statement is a round trip.
        [record] if tables.len() <= PLACES.len() => {
            for line in at_once(conn.is_pg(), &tables, *record).load::<Line>(conn)? {
                if let Some(table) = usize::try_from(line.place).ok().and_then(|place| tables.get(place)) {
                    add(table, line);
                }
            }
        }
        _ => {
            for table in &tables {
                let sql = Sql::new("SELECT CAST(0 AS bigint) AS place, t.")
                    .append(rows_of(conn.is_pg(), table, records))
                    .text(" ORDER BY ")
                    .text(table.order);
                let sql = if records.len() == BATCH { sql } else { sql.one_off() };
                for line in sql.load::<Line>(conn)? {
                    add(table, line);
                }
            }
        }
    }
    Ok(states.into_iter().map(|(record, state)| (record, finish(state))).collect())
}

/// The places of tables in one statement.
const PLACES: [&str; 9] = ["0", "1", "2", "3", "4", "5", "6", "7", "8"];

/// What is read of a table for these records, after `SELECT … t.`.
fn rows_of(pg: bool, table: &Table, records: &[Id]) -> Sql {
    Sql::new(table.record)
        .text(" AS record, ")
        .append(row(pg, "t.", &table.columns, table.added))
        .text(" AS text FROM ")
        .text(table.name)
        .text(" t WHERE t.")
        .text(table.record)
        .text(" IN (")
        .bind_all(records.iter().copied())
        .text(")")
}

/// The rows of one record in all tables, in order.
fn at_once(pg: bool, tables: &[Table], record: Id) -> Sql {
    let mut sql = Sql::default();
    for (n, (table, place)) in tables.iter().zip(PLACES).enumerate() {
        if n > 0 {
            sql.push(" UNION ALL ");
        }
        sql = sql
            .text("SELECT CAST(")
            .text(place)
            .text(" AS bigint) AS place, row_number() OVER (ORDER BY ")
            .text(table.order)
            .text(") AS line, t.")
            .append(rows_of(pg, table, &[record]));
    }
    sql.text(" ORDER BY place, line")
}

/// How many records to ask for at a time, so that a prepared statement serves.
pub const BATCH: usize = 100;

fn finish(state: Context) -> Digest {
    let mut digest = [0; 32];
    digest.copy_from_slice(state.finish().as_ref());
    digest
}
