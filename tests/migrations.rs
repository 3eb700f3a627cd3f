//! The two trees of migrations, and what they make of an empty database.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use diesel::prelude::*;
use diesel::sql_types as st;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use onrecord::clock::Clock;
use onrecord::record::kind::{Column, Filter, KindDef, Sort, Ty};
use onrecord::resources;
use onrecord::store::migrations::{MigrationStatus, foreign_message, own, run, status};
use onrecord::store::{Conn, Db, Sql, Target};

use crate::support::{TestApp, on_postgres, postgres_url};

const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

/// A database with nothing in it, taken away at the end.
struct Empty {
    db: Option<Db>,
    name: String,
    directory: PathBuf,
}

impl Empty {
    fn new() -> Empty {
        let name = format!("m{}", Clock::system().new_id().0.simple());
        let directory = std::env::temp_dir().join(format!("onrecord-test-{name}"));
        let address = if on_postgres() {
            on_server(&format!("CREATE SCHEMA {name}"));
            let url = postgres_url();
            let joint = if url.contains('?') { '&' } else { '?' };
            format!("{url}{joint}options=-csearch_path%3D{name}")
        } else {
            fs::create_dir_all(&directory).unwrap();
            directory.join("empty.sqlite").to_string_lossy().into_owned()
        };
        let db = Db::create(Target::parse(&address), 2).unwrap();
        Empty { db: Some(db), name, directory }
    }

    /// Works on the connection that writes, outside a transaction.
    fn work<T>(&self, work: impl FnOnce(&mut Conn) -> T) -> T {
        let mut result = None;
        self.db.as_ref().unwrap().on_writer(|conn| result = Some(work(conn))).unwrap();
        result.unwrap()
    }
}

impl Drop for Empty {
    fn drop(&mut self) {
        self.db = None;
        if on_postgres() {
            on_server(&format!("DROP SCHEMA {} CASCADE", self.name));
        } else {
            let _ = fs::remove_dir_all(&self.directory);
        }
    }
}

fn on_server(text: &str) {
    let mut conn = PgConnection::establish(&postgres_url()).unwrap();
    diesel::sql_query(text).execute(&mut conn).unwrap();
}

fn execute(conn: &mut Conn, text: &str) -> QueryResult<usize> {
    match conn {
        Conn::Pg(conn) => diesel::sql_query(text).execute(conn),
        Conn::Lite(conn) => diesel::sql_query(text).execute(conn),
    }
}

#[derive(QueryableByName)]
struct Words {
    #[diesel(sql_type = st::Text)]
    a: String,
    #[diesel(sql_type = st::Text)]
    b: String,
    #[diesel(sql_type = st::Text)]
    c: String,
}

/// The rows of a statement whose columns are `a`, `b` and `c`, all text.
fn words(conn: &mut Conn, text: &str) -> Vec<[String; 3]> {
    let rows: Vec<Words> = match conn {
        Conn::Pg(conn) => diesel::sql_query(text).load(conn),
        Conn::Lite(conn) => diesel::sql_query(text).load(conn),
    }
    .unwrap_or_else(|error| panic!("{error}: {text}"));
    rows.into_iter().map(|row| [row.a, row.b, row.c]).collect()
}

/// The tables, but for the one in which the migrations themselves stand.
fn tables(conn: &mut Conn) -> BTreeSet<String> {
    let text = match conn {
        Conn::Pg(_) => {
            "SELECT table_name::text AS a, '' AS b, '' AS c FROM information_schema.tables
             WHERE table_schema = current_schema()"
        }
        Conn::Lite(_) => {
            "SELECT name AS a, '' AS b, '' AS c FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        }
    };
    let names = words(conn, text).into_iter().map(|[name, ..]| name);
    names.filter(|name| name != "__diesel_schema_migrations").collect()
}

/// Everything that a database says of its tables, columns and indexes.
fn schema(conn: &mut Conn) -> Vec<[String; 3]> {
    match conn {
        Conn::Pg(_) => words(
            conn,
            "SELECT table_name::text AS a, column_name::text AS b,
                concat_ws(' ', ordinal_position, data_type, is_nullable, collation_name, column_default) AS c
             FROM information_schema.columns WHERE table_schema = current_schema()
             UNION ALL SELECT tablename::text, indexname::text, indexdef FROM pg_indexes WHERE schemaname = current_schema()
             UNION ALL SELECT conrelid::regclass::text, conname::text, pg_get_constraintdef(oid) FROM pg_constraint
                WHERE connamespace = current_schema()::regnamespace ORDER BY 1, 2, 3",
        ),
        Conn::Lite(_) => words(
            conn,
            "SELECT tbl_name AS a, name AS b, coalesce(sql, '') AS c FROM sqlite_master ORDER BY 1, 2",
        ),
    }
}

fn tree(database: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(database)
}

fn names(place: &Path) -> BTreeSet<String> {
    fs::read_dir(place).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

// ---- the trees ----------------------------------------------------------------------------------------------

#[test]
fn both_trees_have_the_same_migrations_each_with_a_way_up_and_a_way_down() {
    let (postgres, sqlite) = (tree("postgres"), tree("sqlite"));
    assert_eq!(names(&postgres), names(&sqlite));
    assert!(!names(&postgres).is_empty());
    for place in [postgres, sqlite] {
        for name in names(&place) {
            let mut files = names(&place.join(&name));
            // Says that a migration has to run outside a transaction.
            files.remove("metadata.toml");
            assert_eq!(
                files,
                BTreeSet::from(["up.sql".to_owned(), "down.sql".to_owned()]),
                "{place:?}/{name}"
            );
            for file in files {
                let text = fs::read_to_string(place.join(&name).join(&file)).unwrap();
                assert!(!text.trim().is_empty(), "{place:?}/{name}/{file} is empty");
            }
        }
    }
    assert_eq!(own_names(true), own_names(false));
    assert_eq!(own_names(true).into_iter().collect::<BTreeSet<_>>(), names(&tree("sqlite")));
}

#[test]
fn both_trees_make_the_same_tables_columns_and_indexes() {
    // Read from the text, so that each run sees both: a statement on each is alike but for the types.
    let heads = |database: &str| -> Vec<String> {
        let mut heads = vec![];
        for name in names(&tree(database)) {
            let text = fs::read_to_string(tree(database).join(name).join("up.sql")).unwrap();
            let (mut made_anew, mut index_again) = (false, false);
            for line in text.lines() {
                // What is made anew gets its indexes again.
                index_again |= line.starts_with("CREATE INDEX") && heads.iter().any(|known| known == line);
                if index_again {
                    index_again = !line.ends_with(';');
                    continue;
                }
                // SQLite cannot drop a constraint: the table is made anew without it.
                made_anew |= line.starts_with("CREATE TABLE") && line.contains("_new (");
                if made_anew {
                    made_anew = !line.starts_with(')');
                    continue;
                }
                // An index of words is no index like the others: SQLite has a table in its place.
                // Nor does SQLite divide a table.
                if line.contains(" USING gin ") || line.contains(" PARTITION OF ") {
                    continue;
                }
                if line.starts_with("CREATE INDEX") || line.starts_with("CREATE UNIQUE") {
                    heads.push(line.to_owned());
                } else if line.starts_with("CREATE TABLE") || line.starts_with("    ") {
                    let first: Vec<&str> = line.split_whitespace().take(1).collect();
                    let null = if line.contains("NOT NULL") { "not null" } else { "" };
                    heads.push(format!("{} {null}", first.join(" ")));
                }
            }
        }
        heads
    };
    assert_eq!(heads("postgres"), heads("sqlite"));
}

// ---- up and down --------------------------------------------------------------------------------------------

fn own_names(postgres: bool) -> Vec<String> {
    own(postgres).unwrap().into_iter().map(|one| one.name).collect()
}

fn revert_all(conn: &mut Conn) {
    match conn {
        Conn::Pg(conn) => conn.revert_all_migrations(POSTGRES).map(|_| ()),
        Conn::Lite(conn) => conn.revert_all_migrations(SQLITE).map(|_| ()),
    }
    .unwrap();
}

#[test]
fn up_down_to_nothing_and_up_again_ends_where_it_began() {
    let empty = Empty::new();
    empty.work(|conn| {
        let all = own_names(conn.is_pg());
        assert_eq!(run(conn).unwrap(), all);
        let first = schema(conn);
        assert!(tables(conn).len() > resources::kinds().len());
        assert_eq!(run(conn).unwrap(), Vec::<String>::new(), "nothing is left to run");
        revert_all(conn);
        assert_eq!(tables(conn), BTreeSet::new());
        assert_eq!(status(conn).unwrap(), MigrationStatus::Behind(all.clone()));
        assert_eq!(run(conn).unwrap(), all);
        assert_eq!(schema(conn), first);
    });
}

#[test]
fn a_database_is_behind_when_empty_current_when_migrated_and_foreign_with_an_unknown_version() {
    let empty = Empty::new();
    empty.work(|conn| {
        let all = own_names(conn.is_pg());
        assert_eq!(status(conn).unwrap(), MigrationStatus::Behind(all.clone()));
        assert_eq!(tables(conn), BTreeSet::new(), "looking writes nothing");
        run(conn).unwrap();
        assert_eq!(status(conn).unwrap(), MigrationStatus::Current);

        let last = all.last().unwrap();
        let version = own(conn.is_pg()).unwrap().pop().unwrap().version;
        let text = format!("DELETE FROM __diesel_schema_migrations WHERE version = '{version}'");
        execute(conn, &text).unwrap();
        assert_eq!(status(conn).unwrap(), MigrationStatus::Behind(vec![last.clone()]));

        execute(conn, "INSERT INTO __diesel_schema_migrations (version) VALUES ('99999999999999')").unwrap();
        let foreign = vec!["99999999999999".to_owned()];
        assert_eq!(status(conn).unwrap(), MigrationStatus::Foreign(foreign.clone()));
        let before = schema(conn);
        let error = run(conn).unwrap_err();
        assert_eq!(error, foreign_message(&foreign));
        assert!(error.contains("99999999999999"), "{error}");
        assert_eq!(schema(conn), before, "a refusal changes nothing");
    });
}

// ---- what the tables hold -----------------------------------------------------------------------------------

/// The columns of a table: type and whether null is refused, by name.
fn columns(conn: &mut Conn, table: &str) -> BTreeMap<String, (String, bool)> {
    let text = match conn {
        Conn::Pg(_) => format!(
            "SELECT column_name::text AS a, data_type::text AS b, is_nullable::text AS c FROM information_schema.columns
             WHERE table_schema = current_schema() AND table_name = '{table}'"
        ),
        Conn::Lite(_) => format!(
            "SELECT name AS a, type AS b, CASE \"notnull\" WHEN 1 THEN 'NO' ELSE 'YES' END AS c
             FROM pragma_table_info('{table}')"
        ),
    };
    words(conn, &text).into_iter().map(|[name, ty, null]| (name, (ty, null == "NO"))).collect()
}

/// How a type is called by either database.
fn called(pg: bool, ty: &str) -> String {
    let (postgres, sqlite) = match ty {
        "id" => ("uuid", "BLOB"),
        "int" => ("bigint", "INTEGER"),
        "bool" => ("boolean", "INTEGER"),
        "text" => ("text", "TEXT"),
        "moment" => ("timestamp with time zone", "INTEGER"),
        "date" => ("date", "TEXT"),
        other => panic!("no type {other}"),
    };
    (if pg { postgres } else { sqlite }).to_owned()
}

#[actix_web::test]
async fn every_kind_has_the_columns_of_the_envelope_and_those_that_it_declares() {
    const ENVELOPE: &[(&str, &str, bool)] = &[
        ("record", "id", true),
        ("version", "int", true),
        ("listed", "bool", true),
        ("is_head", "bool", true),
        ("head_state", "text", true),
        ("body", "id", false),
        ("assigned", "id", false),
        ("public_from", "moment", false),
        ("public_to", "moment", false),
        ("reference", "text", true),
    ];
    let app = TestApp::new().await;
    app.write(|conn| {
        let pg = conn.is_pg();
        for kind in resources::kinds() {
            let table = kind.def.table;
            let mut found = columns(conn, table);
            for (name, ty, not_null) in ENVELOPE {
                assert_eq!(found.remove(*name), Some((called(pg, ty), *not_null)), "{table}.{name}");
            }
            for column in kind.def.columns {
                let ty = called(
                    pg,
                    match column.ty {
                        Ty::Text => "text",
                        Ty::Int | Ty::Money => "int",
                        Ty::Bool => "bool",
                        Ty::Date => "date",
                        Ty::Ref(_) => "id",
                    },
                );
                let name = column.column;
                let own = found.remove(name).unwrap_or_else(|| panic!("{table} has no {name}"));
                assert_eq!(own.0, ty, "{table}.{name}");
                match column.sort {
                    Sort::No => {}
                    Sort::Yes => assert!(own.1, "{table}.{name} sorts, hence is never null"),
                    Sort::Nullable { asc, desc } => {
                        assert!(!own.1, "{table}.{name} has twins for its nulls");
                        for twin in [asc, desc] {
                            assert_eq!(found.remove(twin), Some((ty.clone(), true)), "{table}.{twin}");
                        }
                    }
                }
            }
            assert_eq!(found, BTreeMap::new(), "{table} has columns that nothing declares");
        }
    });
}

/// The columns of each index of a table, in order.
fn indexes(conn: &mut Conn, table: &str) -> Vec<Vec<String>> {
    let text = match conn {
        Conn::Pg(_) => format!(
            "SELECT i.relname::text AS a, a.attname::text AS b, k.place::text AS c FROM pg_index x
             JOIN pg_class i ON i.oid = x.indexrelid CROSS JOIN LATERAL unnest(x.indkey) WITH ORDINALITY AS k (number, place)
             JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.number
             WHERE x.indrelid = '{table}'::regclass ORDER BY i.relname, k.place"
        ),
        Conn::Lite(_) => format!(
            "SELECT l.name AS a, i.name AS b, CAST(i.seqno AS TEXT) AS c FROM pragma_index_list('{table}') l
             JOIN pragma_index_info(l.name) i ORDER BY l.name, i.seqno"
        ),
    };
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for [index, column, _] in words(conn, &text) {
        all.entry(index).or_default().push(column);
    }
    all.into_values().collect()
}

/// The columns by which a kind's lists are ordered, both twins where there are; with the column that is meant.
fn sort_columns(kind: &KindDef) -> Vec<(&'static str, &'static str)> {
    let of = |column: &Column| match column.sort {
        Sort::No => vec![],
        Sort::Yes => vec![(column.column, column.column)],
        Sort::Nullable { asc, desc } => vec![(asc, column.column), (desc, column.column)],
    };
    kind.def.all_columns().flat_map(of).collect()
}

#[actix_web::test]
async fn every_filter_has_an_index_with_every_sort() {
    let app = TestApp::new().await;
    app.write(|conn| {
        let mut missing = vec![];
        for kind in resources::kinds() {
            let indexes = indexes(conn, kind.def.table);
            let mut expect = |columns: Vec<&str>| {
                if !indexes
                    .iter()
                    .any(|index| index.iter().zip(&columns).filter(|(a, b)| a == b).count() == columns.len())
                {
                    missing.push(format!("{} ({})", kind.def.table, columns.join(", ")));
                }
            };
            for (sort, of) in sort_columns(kind) {
                expect(vec![sort, "record"]);
                for column in kind.def.all_columns().filter(|column| column.filter == Filter::Equal) {
                    // A reference names one record in each body: nothing is left to sort. And what is filtered by
                    // the key that it is sorted by is one stretch of that order.
                    if column.column != "reference" && column.column != of {
                        expect(vec![column.column, sort, "record"]);
                    }
                }
            }
            // A range is one stretch of an index; within it no other order can hold. One day is few records.
            for column in kind.def.all_columns().filter(|column| column.filter == Filter::Range) {
                match column.sort {
                    Sort::Nullable { asc, .. } => expect(vec![asc]),
                    Sort::No | Sort::Yes => expect(vec![column.column]),
                }
            }
        }
        assert_eq!(missing, Vec::<String>::new());
    });
}

// ---- what the databases keep ---------------------------------------------------------------------------------

#[actix_web::test]
async fn every_table_of_sqlite_is_strict() {
    if on_postgres() {
        return;
    }
    let app = TestApp::new().await;
    app.write(|conn| {
        let loose: Vec<_> = words(
            conn,
            "SELECT name AS a, '' AS b, '' AS c FROM pragma_table_list WHERE schema = 'main' AND type = 'table'
             AND NOT strict AND name NOT IN ('sqlite_schema', 'sqlite_sequence', '__diesel_schema_migrations')",
        );
        assert_eq!(loose, Vec::<[String; 3]>::new());
    });
}

#[actix_web::test]
async fn every_text_of_postgres_is_compared_by_code_point() {
    if !on_postgres() {
        return;
    }
    let app = TestApp::new().await;
    app.write(|conn| {
        let others = words(
            conn,
            "SELECT table_name::text AS a, column_name::text AS b, coalesce(collation_name, 'the default')::text AS c
             FROM information_schema.columns WHERE table_schema = current_schema()
             AND data_type IN ('text', 'character varying', 'character') AND collation_name IS DISTINCT FROM 'C'
             AND table_name <> '__diesel_schema_migrations'",
        );
        assert_eq!(others, Vec::<[String; 3]>::new());
    });
}

#[actix_web::test]
async fn a_row_that_names_nothing_is_refused() {
    let app = TestApp::new().await;
    let nobody = Clock::system().new_id();
    let broken = app.state.db.write(|conn| {
        Sql::new("INSERT INTO scheduled (record, version, due_at) VALUES (")
            .bind(nobody)
            .text(", 1, ")
            .bind(crate::support::at(crate::support::START))
            .text(")")
            .execute(conn)?;
        Ok(())
    });
    assert!(broken.is_err(), "a foreign key was broken");
    for kind in resources::kinds() {
        app.write(|conn| {
            let table = kind.def.table;
            let text = match conn {
                Conn::Pg(_) => format!(
                    "SELECT '' AS a, '' AS b, pg_get_constraintdef(oid) AS c FROM pg_constraint
                     WHERE conrelid = '{table}'::regclass AND contype = 'f'"
                ),
                Conn::Lite(_) => format!(
                    "SELECT '' AS a, '' AS b, \"from\" || ' REFERENCES ' || \"table\" AS c FROM pragma_foreign_key_list('{table}')"
                ),
            };
            let keys: Vec<String> = words(conn, &text).into_iter().map(|[.., key]| key).collect();
            let has = |column: &str, other: &str| {
                keys.iter().any(|key| {
                    key.contains(column) && key.contains(&format!("REFERENCES {other}"))
                })
            };
            assert!(has("record", "record_version"), "{table}: {keys:?}");
            for column in kind.def.columns.iter().filter(|column| matches!(column.ty, Ty::Ref(_))) {
                assert!(has(column.column, "record"), "{table}.{}: {keys:?}", column.column);
            }
        });
    }
}

#[actix_web::test]
async fn the_pool_that_reads_cannot_write() {
    let app = TestApp::new().await;
    let before = app.state.db.read(|conn| Ok(words(conn, CLOCK_MARK))).unwrap();
    for text in [
        "UPDATE clock_mark SET at = at",
        "INSERT INTO clock_mark (id, at) SELECT id, at FROM clock_mark",
        "CREATE TABLE intruder (id bigint)",
    ] {
        let text: &'static str = text;
        let result = app.state.db.read(|conn| Ok(Sql::new(text).execute(conn)));
        let error = result.unwrap().unwrap_err().to_string();
        assert!(error.contains("readonly") || error.contains("read-only"), "{text}: {error}");
    }
    assert_eq!(app.state.db.read(|conn| Ok(words(conn, CLOCK_MARK))).unwrap(), before);
}

const CLOCK_MARK: &str = "SELECT CAST(id AS TEXT) AS a, CAST(at AS TEXT) AS b, '' AS c FROM clock_mark";

#[actix_web::test]
async fn what_sqlite_has_answered_survives_a_power_cut() {
    if on_postgres() {
        return;
    }
    let app = TestApp::new().await;
    let pragma = |conn: &mut Conn, name: &str| {
        let text = format!("SELECT CAST({name} AS TEXT) AS a, '' AS b, '' AS c FROM pragma_{name}");
        words(conn, &text)[0][0].clone()
    };
    // Asked outside a transaction, as it stands for the next one.
    app.state
        .db
        .on_writer(|conn| {
            assert_eq!(pragma(conn, "journal_mode"), "wal");
            assert_eq!(pragma(conn, "synchronous"), "2", "FULL");
            assert_eq!(pragma(conn, "foreign_keys"), "1");
            assert_eq!(pragma(conn, "query_only"), "0");
        })
        .unwrap();
    app.state
        .db
        .read(|conn| {
            assert_eq!(pragma(conn, "journal_mode"), "wal");
            assert_eq!(pragma(conn, "query_only"), "1");
            Ok(())
        })
        .unwrap();
}
