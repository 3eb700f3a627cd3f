//! Every `table!` of src/store/tables.rs is what the migrations make: names, types, nullability, on both databases.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_types as st;
use onrecord::store::{Conn, Sql};

use crate::support::{TestApp, on_postgres};

const SOURCE: &str = include_str!("../src/store/tables.rs");

/// Columns that only one of the two databases has, so that no `table!` can name them.
const OF_ONE_DATABASE: &[(&str, &str)] = &[("audit", "queue")];

/// A column's type in the database, and whether it may be null.
type Columns = BTreeMap<String, (String, bool)>;

/// The tables as src/store/tables.rs declares them, in Diesel's types.
fn declared() -> BTreeMap<String, Columns> {
    let mut tables: BTreeMap<String, Columns> = BTreeMap::new();
    let mut table = None;
    for line in SOURCE.lines().map(str::trim) {
        if let Some((name, _)) = line.split_once(" (").filter(|_| line.ends_with(") {")) {
            table = Some(name.to_owned());
        } else if let Some((column, diesel)) = line.trim_end_matches(',').split_once(" -> ") {
            let nullable = diesel.strip_prefix("Nullable<").and_then(|inner| inner.strip_suffix('>'));
            let column_type = (nullable.unwrap_or(diesel).to_owned(), nullable.is_some());
            let name = table.clone().expect("a column belongs to a table");
            tables.entry(name).or_default().insert(column.to_owned(), column_type);
        }
    }
    tables
}

/// What the database has for a type of Diesel or of src/store/types.rs.
fn in_database(diesel: &str, postgres: bool) -> &'static str {
    match (diesel, postgres) {
        ("Text", true) => "text",
        ("BigInt", true) => "bigint",
        ("Integer", true) => "integer",
        ("SmallInt", true) => "smallint",
        ("Bool", true) => "boolean",
        ("Binary", true) => "bytea",
        ("Date", true) => "date",
        ("Uid", true) => "uuid",
        ("Tstz", true) => "timestamp with time zone",
        ("Text" | "Date", false) => "TEXT",
        ("BigInt" | "Integer" | "SmallInt" | "Bool" | "Tstz", false) => "INTEGER",
        ("Binary" | "Uid", false) => "BLOB",
        _ => panic!("{diesel} is not in this test's table of types"),
    }
}

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = st::Text)]
    name: String,
    #[diesel(sql_type = st::Text)]
    column_type: String,
    #[diesel(sql_type = st::Bool)]
    nullable: bool,
}

fn migrated(conn: &mut Conn, table: &str) -> Columns {
    let statement = match conn {
        Conn::Pg(_) => Sql::new(
            "SELECT column_name::text AS name, data_type::text AS column_type, is_nullable = 'YES' AS nullable
             FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = ",
        )
        .bind(table),
        Conn::Lite(_) => {
            Sql::new("SELECT name, type AS column_type, NOT \"notnull\" AS nullable FROM pragma_table_info(")
                .bind(table)
                .text(")")
        }
    };
    let columns: Vec<Column> = statement.load(conn).unwrap();
    columns
        .into_iter()
        .filter(|column| !OF_ONE_DATABASE.contains(&(table, column.name.as_str())))
        .map(|column| (column.name, (column.column_type, column.nullable)))
        .collect()
}

#[actix_web::test]
async fn every_declared_table_is_what_the_migrations_make() {
    let app = TestApp::empty().await;
    let declared = declared();
    assert_eq!(declared.len(), SOURCE.matches("table! {").count(), "{:?}", declared.keys());
    app.write(|conn| {
        for (table, columns) in &declared {
            let expected: Columns = columns
                .iter()
                .map(|(name, (diesel, nullable))| {
                    (name.clone(), (in_database(diesel, on_postgres()).to_owned(), *nullable))
                })
                .collect();
            let found = migrated(conn, table);
            let names: BTreeSet<_> = found.keys().collect();
            assert_eq!(names, expected.keys().collect(), "the columns of {table}");
            assert_eq!(found, expected, "the types of {table}");
        }
    });
}

#[test]
fn the_declaration_is_read_as_it_is_written() {
    let tables = declared();
    assert_eq!(tables["clock_mark"]["at"], ("Tstz".to_owned(), false));
    assert_eq!(tables["client"]["revoked_at"], ("Tstz".to_owned(), true));
}
