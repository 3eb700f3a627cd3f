//! Collects rows to be inserted, and inserts them with few statements.
//!
//! Rows are collected by table, in the order in which the tables refer to each other. An import of 200,000 records
//! would otherwise need a statement for each of its million rows.

use diesel::prelude::*;

use crate::problem::Problem;
use crate::store::{Conn, Sql, Val};

/// How many rows one statement inserts: with 23 columns well below the parameters that either database allows.
const BATCH: usize = 100;

/// Rows for one table.
#[derive(Debug)]
struct Pending {
    table: &'static str,
    columns: Vec<&'static str>,
    rows: Vec<Vec<Val>>,
}

/// Rows to be inserted together.
#[derive(Debug, Default)]
pub struct Rows(Vec<Pending>);

impl Rows {
    /// Adds a row. Tables are written in the order in which they first get a row.
    pub fn push(&mut self, table: &'static str, columns: &[&'static str], values: Vec<Val>) {
        let same_table =
            self.0.iter_mut().find(|pending| pending.table == table && pending.columns == columns);
        match same_table {
            Some(pending) => pending.rows.push(values),
            None => self.0.push(Pending { table, columns: columns.to_vec(), rows: vec![values] }),
        }
    }

    /// Whether there are enough rows for a full statement.
    pub fn full(&self) -> bool {
        self.0.iter().any(|pending| pending.rows.len() >= BATCH)
    }

    /// Inserts all rows.
    pub fn write(&mut self, conn: &mut Conn) -> Result<(), Problem> {
        self.0.retain(|pending| !pending.rows.is_empty());
        if conn.is_pg() && self.are_few() {
            // A caller chooses how many rows there are: only the usual shape is worth a prepared statement.
            let usual = self.0.iter().all(|pending| pending.rows.len() == 1);
            let statement = together(std::mem::take(&mut self.0));
            if usual { statement } else { statement.one_off() }.execute(conn)?;
            return Ok(());
        }
        for pending in &mut self.0 {
            let mut rows = std::mem::take(&mut pending.rows).into_iter();
            while rows.len() > 0 {
                let count = rows.len().min(BATCH);
                let statement = insert(pending.table, &pending.columns, rows.by_ref().take(BATCH));
                // Two shapes are worth a prepared statement: one row, and a full batch.
                let prepare = count == 1 || count == BATCH;
                if prepare { statement } else { statement.one_off() }.execute(conn)?;
            }
        }
        Ok(())
    }
}

/// Names for the statements of one statement, and so the most tables that it inserts into.
const NAMES: [&str; 8] = ["t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8"];
/// The most rows that are inserted into several tables with one statement: those of one change.
const FEW: usize = 12;

impl Rows {
    /// Whether one statement can insert the rows of all tables.
    fn are_few(&self) -> bool {
        (2..=NAMES.len()).contains(&self.0.len())
            && self.0.iter().map(|pending| pending.rows.len()).sum::<usize>() <= FEW
    }
}

/// Inserts into several tables with one statement: on PostgreSQL each statement is a round trip. References between the
/// rows are checked when all of them are there.
fn together(tables: Vec<Pending>) -> Sql {
    let last = tables.len().saturating_sub(1);
    let mut sql = Sql::default();
    for (n, (pending, name)) in tables.into_iter().zip(NAMES).enumerate() {
        let insert = insert(pending.table, &pending.columns, pending.rows.into_iter());
        sql = match n {
            0 => sql.text("WITH ").text(name).text(" AS (").append(insert).text(")"),
            _ if n == last => sql.text(" ").append(insert),
            _ => sql.text(", ").text(name).text(" AS (").append(insert).text(")"),
        };
    }
    sql
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
