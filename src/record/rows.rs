//! Rows on their way into the tables: those of one deed, or of many at a time.
//!
//! They are collected by table, in the order in which the tables refer to one another, and written with as few
//! statements as can be: an import of 200,000 records would otherwise take a statement for each of its million
//! rows.

use diesel::prelude::*;

use crate::problem::Problem;
use crate::store::{Conn, Sql, Val};

/// How many rows one statement writes: with 23 columns well below what either database can bind.
const BATCH: usize = 100;

/// The rows of one table.
#[derive(Debug)]
struct Pending {
    table: &'static str,
    columns: Vec<&'static str>,
    rows: Vec<Vec<Val>>,
}

/// Rows that are to be written together.
#[derive(Debug, Default)]
pub struct Rows(Vec<Pending>);

impl Rows {
    /// Adds a row; the first of a table says where the table stands among the others.
    pub fn push(&mut self, table: &'static str, columns: &[&'static str], values: Vec<Val>) {
        let known = self.0.iter_mut().find(|pending| pending.table == table && pending.columns == columns);
        match known {
            Some(pending) => pending.rows.push(values),
            None => self.0.push(Pending { table, columns: columns.to_vec(), rows: vec![values] }),
        }
    }

    /// Whether enough has come together to be written.
    pub fn full(&self) -> bool {
        self.0.iter().any(|pending| pending.rows.len() >= BATCH)
    }

    /// Writes everything.
    pub fn write(&mut self, conn: &mut Conn) -> Result<(), Problem> {
        for pending in &mut self.0 {
            let mut rows = std::mem::take(&mut pending.rows).into_iter();
            while rows.len() > 0 {
                let count = rows.len().min(BATCH);
                let statement = insert(pending.table, &pending.columns, rows.by_ref().take(BATCH));
                // Two shapes are worth keeping: of one row, and of a full batch.
                let kept = count == 1 || count == BATCH;
                if kept { statement } else { statement.one_off() }.execute(conn)?;
            }
        }
        Ok(())
    }
}

fn insert(table: &'static str, columns: &[&'static str], rows: impl Iterator<Item = Vec<Val>>) -> Sql {
    let mut sql = Sql::new("INSERT INTO ").text(table).text(" (");
    for (n, column) in columns.iter().enumerate() {
        if n > 0 {
            sql.push(", ");
        }
        sql.push(column);
    }
    sql.push(") VALUES (");
    for (n, row) in rows.enumerate() {
        if n > 0 {
            sql.push("), (");
        }
        sql = sql.bind_all(row);
    }
    sql.text(")")
}
