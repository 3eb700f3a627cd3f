//! What a list costs where there is much: 200,000 records of a kind, a tenth of them public.
//!
//! Every kind, every filter alone and none, every sort both ways, every sight that a role gives, the first page
//! and one in the middle: the statement that `GET` runs, and how many rows its plan examines. SQLite tells by
//! the scan status of the statement, PostgreSQL by EXPLAIN ANALYZE. A kind, a filter or a sort that is added
//! is examined here without a word.

use std::collections::BTreeMap;
use std::ffi::{CStr, CString};
use std::fmt::Write as _;
use std::time::Instant;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types as st;
use onrecord::access::actor::Named;
use onrecord::access::api_key::ApiKey;
use onrecord::access::{Actor, Role, membership, person};
use onrecord::clock::{Id, Ts};
use onrecord::http::kinds::{Given, order, query_for};
use onrecord::http::paging::{self, Position};
use onrecord::record::BODY;
use onrecord::record::kind::{Column, Filter, KindDef, Sort, Ty};
use onrecord::record::read::Row;
use onrecord::record::redaction::{self, Which};
use onrecord::record::search;
use onrecord::record::version::instead_of_null;
use onrecord::record::visible::Visibility;
use onrecord::record::words::Query;
use onrecord::resources::{AuditWanted, audit_page};
use onrecord::store::{Conn, Count, Sql, Target, Val};
use serde_json::Value;

use crate::support::{START, TestApp, at, on_postgres};

/// How many records there are of the kind that is examined.
const RECORDS: u64 = 200_000;
/// How many a page has.
const LIMIT: i64 = 50;
/// How many rows may be examined for it.
const MOST: i64 = 20 * LIMIT;
/// The same for a partner in its own body: whose a record is that is not public, and whom it names, is looked up in
/// two more tables.
const MOST_OF_OWN: i64 = 2 * MOST;
/// A prime, above the number of records: what scatters values among them.
const PRIME: u64 = 1_000_003;
/// How many records are named where few name many (bodies and plans), and where many name few.
const FEW: u64 = 20;
const MANY: u64 = 2_000;

#[actix_web::test]
async fn no_list_examines_more_than_twenty_times_its_limit() {
    let app = TestApp::new().await;
    let mut base = Base::open(&app);
    let mut table = String::new();
    let mut wrong = vec![];
    let begun = Instant::now();
    for kind in &app.state.kinds {
        let start = Instant::now();
        base.load(kind);
        let loaded = start.elapsed();
        let (mut count, mut most) = (0, 0);
        for case in base.cases(kind) {
            let (examined, plan) = base.examine(&app, &case);
            let line = format!(
                "{:<14} {:<28} {:<12} {:<14} {:<6} {examined:>7}  {plan}",
                kind.def.name, case.filter, case.sort, case.sight_of, case.page
            );
            writeln!(table, "{line}").unwrap();
            let own = case.filter.ends_with("(own)")
                || !kind.def.own.is_empty() && case.sight_of == Role::PartnerReader.name();
            if examined > if own { MOST_OF_OWN } else { MOST } {
                wrong.push(line);
            }
            count += 1;
            most = most.max(examined);
        }
        writeln!(
            table,
            "{}: {count} lists, {most} rows at most, loaded in {loaded:.1?}, all in {:.1?}\n",
            kind.def.name,
            start.elapsed()
        )
        .unwrap();
    }
    writeln!(table, "all in {:.1?}", begun.elapsed()).unwrap();
    println!("kind, filter, sort, sight, page, rows examined, plan\n{table}");
    let database = if on_postgres() { "postgres" } else { "sqlite" };
    let place = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"))
        .with_file_name(format!("plans-of-lists-{database}.txt"));
    std::fs::write(place, &table).unwrap();
    assert!(
        wrong.is_empty(),
        "{} lists of {LIMIT} examine more than {MOST} rows:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[actix_web::test]
async fn no_list_of_what_is_no_record_examines_more_than_twenty_times_its_limit() {
    let app = TestApp::new().await;
    let mut base = Base::open(&app);
    base.load(app.state.kind("action").unwrap());
    base.load_others();
    let (mut table, mut wrong) = (String::new(), vec![]);
    for case in base.other_cases() {
        let (examined, plan) = base.examine(&app, &case);
        let line = format!(
            "{:<12} {:<16} {:<14} {:<6} {examined:>7}  {plan}",
            case.sort, case.filter, case.sight_of, case.page
        );
        writeln!(table, "{line}").unwrap();
        if examined > MOST {
            wrong.push(line);
        }
    }
    println!("list, filter, sight, page, rows examined, plan\n{table}");
    assert!(wrong.is_empty(), "{} lists examine more than {MOST} rows:\n{}", wrong.len(), wrong.join("\n"));
}

/// The words that are searched for, how many of the 200,000 records have them, and whether that is few: then few
/// rows may be examined. Else all that have them are looked at, within the time that a statement has.
const SEARCHES: &[(&str, &str, bool)] = &[
    ("rare7", "5", true),
    ("all rare7", "5", true),
    ("rare7777*", "55", true),
    ("nowhere", "none", true),
    ("all nowhere", "none", true),
    ("some3", "10,000", false),
    ("all", "all", false),
    ("a*", "all", false),
    ("all some3", "10,000", false),
    ("all title f*", "all", false),
    ("a* t* s* r* f* al* ti* ra*", "all", false),
];

/// How long a statement may take: what PostgreSQL gives it.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(5);

#[actix_web::test]
async fn no_search_for_rare_words_examines_many_rows_and_none_takes_long() {
    let app = TestApp::new().await;
    let mut base = Base::open(&app);
    let kind = app.state.kind("action").unwrap();
    base.load(kind);
    let start = Instant::now();
    base.load_words();
    let mut table = format!("words loaded in {:.1?}\n", start.elapsed());
    // What every start asks.
    let start = Instant::now();
    assert_eq!(search::backfill(&app.state.db, &app.state.kinds).unwrap(), 0);
    let asked = start.elapsed();
    writeln!(table, "that none is missing was found in {asked:.1?}").unwrap();
    assert!(asked < PATIENCE, "{asked:?}");
    let mut wrong = vec![];
    let reference = order(kind, &[]);
    let due = order(kind, &[("due".to_owned(), true)]);
    let middle = base.middle(kind, reference[0].0, reference[0].1);
    let status = base.filters(kind).into_iter().find(|(name, _)| name == "status").unwrap().1;
    for (who, visibility) in base.sights(kind) {
        for (words, having, few) in SEARCHES {
            let query = Query::parse(words).unwrap();
            let words_of = || search::matches(&query, base.pg);
            let list = |given: &[Given], order, position| {
                let list = query_for(given, order, position, LIMIT + 1).unwrap().with_words(words_of());
                list.page(kind, &visibility).one_off()
            };
            let across = |position: Option<&Position>| {
                let after = position.map(|position| paging::after(search::ORDER, position).unwrap());
                search::page(&query, base.pg, &visibility, &[], after, LIMIT + 1)
            };
            let count =
                query_for(&[], &reference, None, 1).unwrap().with_words(words_of()).total(kind, &visibility);
            let last = Position {
                keys: vec![Val::Int(1), Val::Text("action".to_owned()), middle.keys[0].clone()],
                id: middle.id,
            };
            for (what, statement) in [
                ("list", list(&[], &reference, None)),
                ("list, middle", list(&[], &reference, Some(&middle))),
                ("list by -due", list(&[], &due, None)),
                ("list of a status", list(&status, &reference, None)),
                ("count", count.one_off()),
                ("search", across(None)),
                ("search, middle", across(Some(&last))),
            ] {
                let start = Instant::now();
                let rows = app.state.db.read(|conn| Ok(run(what, &statement, conn))).unwrap();
                let took = start.elapsed();
                let (mut examined, mut plan) = (0, String::new());
                if *few {
                    let case = Case {
                        filter: String::new(),
                        sort: String::new(),
                        sight_of: who.clone(),
                        page: "first",
                        statement,
                    };
                    (examined, plan) = base.examine(&app, &case);
                }
                let line = format!(
                    "{who:<14} {words:<28} {having:<7} {what:<17} {rows:>6} rows, {took:>8.1?}, {examined:>7}  {plan}"
                );
                writeln!(table, "{line}").unwrap();
                if (*few && examined > MOST) || took > PATIENCE {
                    wrong.push(line);
                }
            }
        }
    }
    println!("sight, words, records that have them, statement, rows, time, rows examined, plan\n{table}");
    let database = if on_postgres() { "postgres" } else { "sqlite" };
    let place = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"))
        .with_file_name(format!("plans-of-search-{database}.txt"));
    std::fs::write(place, &table).unwrap();
    assert!(
        wrong.is_empty(),
        "{} searches examine too much or take too long:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// Runs a statement of a page, or of a count; gives the number of rows, or what was counted.
fn run(what: &str, statement: &Sql, conn: &mut Conn) -> i64 {
    let statement = statement.clone();
    match what.split(',').next().unwrap() {
        "count" => statement.get_result::<Count>(conn).unwrap().n,
        "search" => i64::try_from(statement.load::<search::Hit>(conn).unwrap().len()).unwrap(),
        _ => i64::try_from(statement.load::<Row>(conn).unwrap().len()).unwrap(),
    }
}

/// A list to examine.
struct Case {
    filter: String,
    sort: String,
    sight_of: String,
    page: &'static str,
    statement: Sql,
}

#[derive(QueryableByName)]
struct Words {
    #[diesel(sql_type = st::Nullable<st::Text>)]
    a: Option<String>,
    #[diesel(sql_type = st::Nullable<st::Text>)]
    b: Option<String>,
}

/// The database, by a connection of the test's own: without limits of time, and without foreign keys, which
/// the records that are made up here would break.
struct Base {
    conn: Conn,
    pg: bool,
    /// The kinds' places, from which the ids are made.
    places: BTreeMap<&'static str, usize>,
    /// Whether the records that are in it have a workflow, if any are.
    loaded: Option<bool>,
}

/// The columns of a table, each with an expression over `n`.
type Columns = Vec<(&'static str, String)>;

/// Where the ids of what is examined are, beside those of the kinds.
const ANY: &str = "any";

impl Base {
    fn open(app: &TestApp) -> Base {
        let conn = match app.state.db.target() {
            Target::Pg(url) => {
                let mut conn = PgConnection::establish(url).unwrap();
                conn.batch_execute(
                    "SET session_replication_role = replica; SET jit = off; SET timezone = 'UTC'",
                )
                .unwrap();
                Conn::Pg(conn)
            }
            Target::Lite(path) => {
                let mut conn = SqliteConnection::establish(path).unwrap();
                conn.batch_execute(
                    "PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -262144;
                     PRAGMA temp_store = MEMORY; PRAGMA busy_timeout = 5000",
                )
                .unwrap();
                Conn::Lite(conn)
            }
        };
        let names = app.state.kinds.iter().map(|kind| kind.def.name).chain([ANY]);
        let places = names.enumerate().map(|(place, name)| (name, place)).collect();
        Base { pg: conn.is_pg(), conn, places, loaded: None }
    }

    fn run(&mut self, text: &str) {
        match &mut self.conn {
            Conn::Pg(conn) => conn.batch_execute(text),
            Conn::Lite(conn) => conn.batch_execute(text),
        }
        .unwrap_or_else(|error| panic!("{error}: {text}"));
    }

    /// The rows of a statement whose columns are `a` and `b`, both text.
    fn words(&mut self, text: &str) -> Vec<(Option<String>, Option<String>)> {
        let rows: Vec<Words> = match &mut self.conn {
            Conn::Pg(conn) => diesel::sql_query(text).load(conn),
            Conn::Lite(conn) => diesel::sql_query(text).load(conn),
        }
        .unwrap_or_else(|error| panic!("{error}: {text}"));
        rows.into_iter().map(|row| (row.a, row.b)).collect()
    }

    // ---- the records ------------------------------------------------------------------------------------

    /// Puts the records of one kind into the database, which is emptied before. What all kinds have in common is
    /// left as it stands when the kind before had the same: no list asks it for its kind.
    fn load(&mut self, kind: &KindDef) {
        if self.loaded != Some(kind.def.workflow) {
            if self.pg {
                self.run("TRUNCATE record CASCADE");
            } else {
                // The words of these go with them.
                for table in ["search_doc", "change", "approval", "scheduled", "idempotency"] {
                    self.run(&format!("DELETE FROM {table}"));
                }
            }
            let [record, version] = self.common(kind);
            self.fill("record", &[record]);
            self.fill("record_version", &[version]);
            self.loaded = Some(kind.def.workflow);
        }
        let row = self.row(kind);
        self.fill(kind.def.table, &[row]);
        let links: Vec<Columns> = kind.def.own.iter().map(|member| self.link(member)).collect();
        self.fill("link", &links);
    }

    /// Empties a table and fills it, by a statement for each of the sets of columns.
    fn fill(&mut self, table: &str, all: &[Columns]) {
        if !self.pg {
            self.run(&format!("DELETE FROM {table}"));
        } else if table != "record" {
            self.run(&format!("TRUNCATE {table} CASCADE"));
        }
        if !all.is_empty() {
            self.add(table, RECORDS, all);
        }
    }

    /// Adds to a table so many rows for each of the sets of columns.
    fn add(&mut self, table: &str, rows: u64, all: &[Columns]) {
        // Indexes are quicker built than kept up. They come back in the order in which they were made.
        let indexes = self.words(&if self.pg {
            format!(
                "SELECT indexname::text AS a, indexdef AS b FROM pg_indexes JOIN pg_class c ON c.relname = indexname
                 AND c.relnamespace = current_schema()::regnamespace WHERE schemaname = current_schema()
                 AND tablename = '{table}'
                 AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = c.oid) ORDER BY c.oid"
            )
        } else {
            format!(
                "SELECT name AS a, sql AS b FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL
                 AND tbl_name = '{table}' ORDER BY rowid"
            )
        });
        for (name, _) in &indexes {
            self.run(&format!("DROP INDEX {}", name.as_deref().unwrap()));
        }
        for columns in all {
            let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
            let values: Vec<&str> = columns.iter().map(|(_, value)| value.as_str()).collect();
            let (names, values) = (names.join(", "), values.join(", "));
            self.run(&if self.pg {
                format!("INSERT INTO {table} ({names}) SELECT {values} FROM generate_series(1, {rows}::bigint) AS s (n) ORDER BY {}", scattered(4))
            } else {
                format!(
                    "INSERT INTO {table} ({names}) WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s
                     WHERE n < {rows}) SELECT {values} FROM s"
                )
            });
        }
        for (_, text) in &indexes {
            self.run(text.as_deref().unwrap());
        }
        if self.pg {
            self.run(&format!("ANALYZE {table}"));
        }
    }

    /// Gives the records words and a content of the usual length.
    fn load_words(&mut self) {
        let id = self.id(ANY, "n");
        let mut words = "'all title some' || (n % 20) || ' rare' || (n / 5)".to_owned();
        for salt in 200..210 {
            write!(words, " || ' f' || ({} % 5000)", scattered(salt)).unwrap();
        }
        let title = "' title all rare' || (n / 5) || ' '";
        if self.pg {
            let series = format!("generate_series(1, {RECORDS}::bigint) AS s (n)");
            let index = self.words("SELECT indexdef AS a, NULL AS b FROM pg_indexes WHERE indexname = 'search_words' AND schemaname = current_schema()");
            self.run("DROP INDEX search_words");
            self.run(&format!(
                "INSERT INTO search_doc (record, version, title, words) SELECT {id}, 1, {title}, {words} FROM {series}"
            ));
            self.run(index[0].0.as_deref().unwrap());
            self.run("UPDATE record_version SET content = '{\"x\":\"' || repeat('word ', 160) || '\"}'");
            self.run("VACUUM ANALYZE record_version");
            self.run("VACUUM ANALYZE search_doc");
        } else {
            let series = format!(
                "WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {RECORDS})"
            );
            self.run(&format!("INSERT INTO search_doc (record, version, title, words) {series} SELECT {id}, 1, {title}, {words} FROM s"));
            self.run("UPDATE record_version SET content = '{\"x\":\"' || hex(zeroblob(400)) || '\"}'");
        }
    }

    /// What the record `n` and its version have in every kind, as expressions over `n`.
    fn slices(&self, workflow: bool) -> Columns {
        let text = |text: &str| format!("'{text}'");
        let public = public();
        let if_public = |yes: String, no: &str| format!("CASE WHEN {public} THEN {yes} ELSE {no} END");
        let body =
            if workflow { self.id(BODY, &format!("{} % {FEW}", scattered(2))) } else { self.null("uuid") };
        let begin = self.literal(&Val::Ts(at(START).plus_seconds(-365 * 86_400)));
        let kept = format!(
            "CASE WHEN {0} % 10 < 6 THEN 'draft' WHEN {0} % 10 < 9 THEN 'submitted' ELSE 'panel_shared' END",
            scattered(5)
        );
        vec![
            ("record", self.id(ANY, "n")),
            ("version", "1".to_owned()),
            ("reference", format!("'T-' || {}", self.padded("n"))),
            ("listed", "true".to_owned()),
            ("is_head", "true".to_owned()),
            ("head_state", if_public(text("published"), &kept)),
            ("body", body),
            ("public_from", if_public(begin, "NULL")),
            ("public_to", if_public(self.literal(&Val::Ts(Ts::NEVER)), "NULL")),
        ]
    }

    /// What goes into `record` and `record_version`.
    fn common(&self, kind: &KindDef) -> [Columns; 2] {
        let text = |text: &str| format!("'{text}'");
        let mut version = self.slices(kind.def.workflow);
        let of = |name| version.iter().find(|(column, _)| *column == name).unwrap().1.clone();
        let owner = match kind.def.workflow {
            true => self.id("organisation", &format!("{} % {MANY}", scattered(3))),
            false => self.null("uuid"),
        };
        let begin = self.literal(&Val::Ts(at(START).plus_seconds(-365 * 86_400)));
        let record = vec![
            ("id", of("record")),
            ("kind", text(kind.def.name)),
            ("body", of("body")),
            ("owner", owner),
            ("reference", of("reference")),
            ("head_version", "1".to_owned()),
            ("created_at", begin.clone()),
            ("was_public", public()),
        ];
        let state = of("head_state");
        version.extend([
            ("kind", text(kind.def.name)),
            ("state", state),
            ("title", text("A title")),
            ("content", text("{}")),
            ("digest", self.literal(&Val::Bytes(vec![0; 32]))),
            ("contributors", text("editor")),
            ("author", text("editor")),
            ("authored_at", begin),
        ]);
        [record, version]
    }

    /// What goes into the kind's own table.
    fn row(&mut self, kind: &KindDef) -> Columns {
        let def = &kind.def;
        let mut row = self.slices(def.workflow);
        let nullable = self.nullable(def.table);
        let mut assigned = self.null("uuid");
        for (salt, column) in (10..).zip(def.columns) {
            let mut value = self.value(kind, column, salt);
            if nullable.iter().any(|name| name == column.column) {
                value = format!("CASE WHEN {} % 20 = 0 THEN NULL ELSE {value} END", scattered(salt + 100));
            }
            if let Sort::Nullable { asc, desc } = column.sort {
                for (name, descending) in [(asc, false), (desc, true)] {
                    let null = match column.ty {
                        Ty::Date => Val::OptDate(None),
                        Ty::Int | Ty::Money => Val::OptInt(None),
                        Ty::Bool => Val::OptBool(None),
                        Ty::Text | Ty::Ref(_) => Val::OptText(None),
                    };
                    let instead = self.literal(&instead_of_null(&null, descending));
                    row.push((name, format!("COALESCE({value}, {instead})")));
                }
            }
            if def.assigned == Some(column.name) {
                assigned.clone_from(&value);
            }
            row.push((column.column, value));
        }
        row.push(("assigned", assigned));
        row
    }

    /// What goes into `link` for a member that names organisations.
    fn link(&self, member: &str) -> Columns {
        vec![
            ("record", self.id(ANY, "n")),
            ("version", "1".to_owned()),
            ("member", format!("'{member}'")),
            ("position", "0".to_owned()),
            ("rel", "'of'".to_owned()),
            ("inverse", "false".to_owned()),
            ("other", self.id("organisation", &format!("{} % {MANY}", scattered(6)))),
        ]
    }

    /// A column's value in the record `n`.
    fn value(&self, kind: &KindDef, column: &Column, salt: u64) -> String {
        let any = scattered(salt);
        match (column.ty, kind.codes(column.name)) {
            (Ty::Text, Some(codes)) => {
                let mut text = format!("CASE {any} % {}", codes.len());
                for (n, code) in codes.iter().enumerate() {
                    write!(text, " WHEN {n} THEN '{code}'").unwrap();
                }
                text + " END"
            }
            // What filters and does not sort has few values, each with many records: the harder case.
            (Ty::Text, None) if column.filter != Filter::No && column.sort == Sort::No => {
                format!("'Of ' || ({any} % {FEW})")
            }
            (Ty::Text, None) => format!("'Text ' || {}", self.padded("n")),
            (Ty::Int, _) => format!("1 + {any} % 60"),
            (Ty::Money, _) => format!("{any} % 5000 * 1000"),
            (Ty::Bool, _) => format!("({any} % 2 = 0)"),
            (Ty::Date, _) if self.pg => format!("DATE '2016-01-01' + ({any} % 3650)::integer"),
            (Ty::Date, _) => format!("date('2016-01-01', '+' || ({any} % 3650) || ' days')"),
            (Ty::Ref(other), _) => {
                let targets = if [BODY, "plan"].contains(&other) { FEW } else { MANY };
                self.id(other, &format!("{any} % {targets}"))
            }
        }
    }

    /// The id of the kind's record of that number: a UUIDv7 whose time grows with the number.
    fn id(&self, kind: &str, number: &str) -> String {
        let place = self.places[kind];
        if self.pg {
            format!("('0190' || lpad(to_hex({number}), 8, '0') || '7{place:03x}8000000000000000')::uuid")
        } else {
            format!("unhex(printf('0190%08x7{place:03x}8000000000000000', {number}))")
        }
    }

    fn id_of(&self, kind: &str, number: u64) -> Id {
        let place = self.places[kind];
        let text = format!("0190{number:08x}7{place:03x}8000000000000000");
        Id(text.parse().unwrap())
    }

    fn padded(&self, number: &str) -> String {
        if self.pg { format!("lpad(({number})::text, 7, '0')") } else { format!("printf('%07d', {number})") }
    }

    fn null(&self, ty: &str) -> String {
        if self.pg { format!("NULL::{ty}") } else { "NULL".to_owned() }
    }

    fn nullable(&mut self, table: &str) -> Vec<String> {
        let rows = self.words(&if self.pg {
            format!(
                "SELECT column_name::text AS a, NULL AS b FROM information_schema.columns
                 WHERE table_schema = current_schema() AND table_name = '{table}' AND is_nullable = 'YES'"
            )
        } else {
            format!("SELECT name AS a, NULL AS b FROM pragma_table_info('{table}') WHERE \"notnull\" = 0")
        });
        rows.into_iter().filter_map(|(name, _)| name).collect()
    }

    /// A value as the database writes it.
    fn literal(&self, value: &Val) -> String {
        let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
        let typed = |text: String, ty: &str| match self.pg {
            true => format!("{}::{ty}", quoted(&text)),
            false => quoted(&text),
        };
        match value {
            Val::Text(text) => quoted(text),
            Val::Int(number) => number.to_string(),
            Val::Bool(yes) => yes.to_string(),
            Val::Date(day) => typed(day.to_string(), "date"),
            Val::Id(id) if self.pg => typed(id.to_string(), "uuid"),
            Val::Id(id) => format!("X'{}'", id.0.simple()),
            Val::Ts(moment) if self.pg => typed(moment.to_string(), "timestamptz"),
            Val::Ts(moment) => moment.micros().to_string(),
            Val::Bytes(bytes) if self.pg => format!("decode('{}', 'hex')", hex(bytes)),
            Val::Bytes(bytes) => format!("X'{}'", hex(bytes)),
            other => panic!("a list binds no {other:?}"),
        }
    }

    // ---- the lists --------------------------------------------------------------------------------------

    fn cases(&mut self, kind: &'static KindDef) -> Vec<Case> {
        let filters = self.filters(kind);
        let sorts: Vec<(String, bool)> = kind
            .def
            .all_columns()
            .filter(|column| column.sort != Sort::No)
            .flat_map(|column| [false, true].map(|descending| (column.name.to_owned(), descending)))
            .collect();
        let sights = self.sights(kind);
        let mut cases = vec![];
        for asked in sorts {
            let order = order(kind, std::slice::from_ref(&asked));
            let middle = self.middle(kind, order[0].0, order[0].1);
            for (filter, given) in &filters {
                for (who, visibility) in &sights {
                    for (page, position) in [("first", None), ("middle", Some(&middle))] {
                        let query = query_for(given, &order, position, LIMIT + 1).unwrap();
                        cases.push(Case {
                            filter: filter.clone(),
                            sort: format!("{}{}", if asked.1 { "-" } else { "" }, asked.0),
                            sight_of: who.clone(),
                            page,
                            statement: query.page(kind, visibility),
                        });
                    }
                }
            }
        }
        cases
    }

    /// No filter, then each alone, with a value that occurs; where it is a bound, three quarters are within.
    fn filters(&mut self, kind: &'static KindDef) -> Vec<(String, Vec<Given>)> {
        let mut all = vec![("-".to_owned(), vec![])];
        for column in kind.def.all_columns() {
            let table = kind.def.table;
            let given: &[(&str, &'static str)] = match column.filter {
                Filter::No => &[],
                Filter::Equal => &[("", "=")],
                Filter::Range => &[("", "="), ("[gte]", ">="), ("[lt]", "<")],
            };
            for (suffix, operator) in given {
                let value = self.given(table, column, operator);
                let name = format!("{}{suffix}", column.name);
                all.push((name, vec![(*column, *operator, value)]));
            }
            if column.ty == Ty::Ref(BODY) && column.filter != Filter::No {
                let own = Val::Id(self.id_of(BODY, 1));
                all.push((format!("{} (own)", column.name), vec![(*column, "=", own)]));
            }
        }
        all
    }

    /// A value that occurs: any, or the bound that three quarters of the records are within.
    fn given(&mut self, table: &str, column: &Column, operator: &str) -> Val {
        let shown = self.shown(column.column, column.ty);
        let (direction, offset) = match operator {
            ">=" => ("DESC", RECORDS * 3 / 4),
            "<" => ("ASC", RECORDS * 3 / 4),
            _ => ("ASC", RECORDS / 4),
        };
        let rows = self.words(&format!(
            "SELECT {shown} AS a, NULL AS b FROM {table} WHERE {0} IS NOT NULL ORDER BY {0} {direction}
             LIMIT 1 OFFSET {offset}",
            column.column
        ));
        read(rows[0].0.as_deref().unwrap(), column.ty)
    }

    /// The position of the row in the middle of that order.
    fn middle(&mut self, kind: &KindDef, column: &Column, stored: &str) -> Position {
        let shown = self.shown(stored, column.ty);
        let record = self.shown("record", Ty::Ref(kind.def.name));
        let rows = self.words(&format!(
            "SELECT {shown} AS a, {record} AS b FROM {} ORDER BY {stored}, record LIMIT 1 OFFSET {}",
            kind.def.table,
            RECORDS / 2
        ));
        let (Some(key), Some(record)) = &rows[0] else { panic!("{kind:?} has a null in {stored}") };
        Position { keys: vec![read(key, column.ty)], id: Some(Id(record.parse().unwrap())) }
    }

    fn shown(&self, column: &str, ty: Ty) -> String {
        match ty {
            _ if self.pg => format!("{column}::text"),
            Ty::Ref(_) => format!("hex({column})"),
            _ => format!("CAST({column} AS TEXT)"),
        }
    }

    /// What each role sees, each sight once, under the first role that has it.
    fn sights(&self, kind: &KindDef) -> Vec<(String, Visibility)> {
        let named = |kind: &str| Some(Named { id: self.id_of(kind, 1), reference: "own".to_owned() });
        let mut all: Vec<(String, Visibility)> = vec![];
        for role in Role::ALL {
            let actor = match role {
                Role::Public => Actor::public(),
                role => Actor {
                    subject: Some(role.name().to_owned()),
                    roles: vec![*role],
                    body: named(BODY),
                    organisation: named("organisation"),
                    stands_for_person: false,
                },
            };
            let visibility = Visibility::new(
                &actor,
                onrecord::resources::kinds().into_iter().map(|kind| &kind.def),
                at(START),
            );
            let filter = visibility.filter_of(kind.def.name, "t").explain();
            if all.iter().all(|(_, known)| known.filter_of(kind.def.name, "t").explain() != filter) {
                all.push((role.name().to_owned(), visibility));
            }
        }
        all
    }

    // ---- what is no record --------------------------------------------------------------------------------

    /// The moment of the row `n`: one every minute, a few in another order than that of the numbers.
    fn moment(&self) -> String {
        let begin = at(START).plus_seconds(-200 * 86_400);
        match self.pg {
            true => format!(
                "{} + ({} % 7 + n * 60) * interval '1 second'",
                self.literal(&Val::Ts(begin)),
                scattered(7)
            ),
            false => format!("{} + ({} % 7 + n * 60) * 1000000", begin.micros(), scattered(7)),
        }
    }

    /// Fills the tables behind the lists that are of no kind.
    fn load_others(&mut self) {
        let text = |text: &str| format!("'{text}'");
        let some = |salt, of, value: String| {
            format!("CASE WHEN {} % {of} = 0 THEN NULL ELSE {value} END", scattered(salt))
        };
        let body = self.id(BODY, &format!("{} % {FEW}", scattered(2)));
        let organisation = self.id("organisation", &format!("{} % {MANY}", scattered(3)));
        let (id, moment) = (self.id(ANY, "n"), self.moment());
        let digest = self.literal(&Val::Bytes(vec![1; 32]));
        for (kind, rows) in [(BODY, FEW), ("organisation", MANY)] {
            let named = vec![
                ("id", self.id(kind, "n - 1")),
                ("kind", text(kind)),
                ("reference", self.padded("n")),
                ("head_version", "1".to_owned()),
                ("created_at", moment.clone()),
                ("was_public", "true".to_owned()),
            ];
            self.add("record", rows, &[named]);
        }
        let mut audit = vec![
            ("id", id.clone()),
            // Behind those of the test's own application.
            ("seq", "n + 1000000".to_owned()),
            ("at", moment.clone()),
            ("event", format!("'event ' || ({} % {FEW})", scattered(8))),
            ("actor", format!("'actor ' || ({} % {MANY})", scattered(9))),
            ("record", some(10, 10, self.id(ANY, &format!("1 + {} % {}", scattered(11), RECORDS / 10)))),
            ("body", some(12, 10, body.clone())),
            ("detail", text("{}")),
            ("blind", digest.clone()),
            ("content_digest", format!("CASE WHEN {} % 4 = 0 THEN {digest} END", scattered(13))),
            ("detail_digest", digest.clone()),
        ];
        if self.pg {
            audit.push(("queue", "NULL".to_owned()));
        }
        self.add("audit", RECORDS, &[audit]);
        let redaction = vec![
            ("id", id.clone()),
            ("record", id.clone()),
            ("body", body.clone()),
            ("reason", text("A name.")),
            ("redacted_at", moment.clone()),
            ("redacted_by", text("actor")),
            ("review_due", moment.clone()),
            ("reviewed_at", format!("CASE WHEN {} % 100 > 0 THEN {moment} END", scattered(14))),
        ];
        self.add("redaction", RECORDS, &[redaction]);
        let named = format!("'subject ' || {}", self.padded("n"));
        let person = vec![
            ("id", named.clone()),
            ("label", text("Somebody")),
            ("must_change", "false".to_owned()),
            ("failures", "0".to_owned()),
            ("body", body.clone()),
            ("created_at", moment.clone()),
            ("created_by", text("actor")),
        ];
        self.add("person", RECORDS, &[person]);
        let key = vec![
            ("id", named.clone()),
            ("label", text("A key")),
            ("body", body.clone()),
            ("key_digest", digest),
            ("created_at", moment.clone()),
            ("created_by", text("actor")),
        ];
        self.add("api_key", RECORDS, &[key]);
        let membership = vec![
            ("id", id),
            ("subject", named),
            ("body", body),
            ("organisation", organisation),
            ("roles", text("editor")),
            ("valid_from", moment.clone()),
            ("valid_to", format!("CASE WHEN {} % 5 = 0 THEN {moment} END", scattered(15))),
            ("created_at", moment),
            ("created_by", text("actor")),
        ];
        self.add("membership", RECORDS, &[membership]);
    }

    /// These lists, for those who see different things of them.
    fn other_cases(&self) -> Vec<Case> {
        let begin = at(START).plus_seconds(-200 * 86_400);
        let middle = begin.plus_seconds(i64::try_from(RECORDS).unwrap() * 30);
        let now = at(START);
        let (body, id) = (self.id_of(BODY, 1), self.id_of(ANY, RECORDS / 2));
        let named = format!("subject {:07}", RECORDS / 2);
        let mut cases = vec![];
        let mut case = |list: &str, filter: &str, who: &str, page, statement| {
            cases.push(Case {
                sort: list.to_owned(),
                filter: filter.to_owned(),
                sight_of: who.to_owned(),
                page,
                statement,
            });
        };
        let filters = [
            ("-", AuditWanted::default()),
            ("event", AuditWanted { event: Some("event 3"), ..AuditWanted::default() }),
            ("actor", AuditWanted { actor: Some("actor 7"), ..AuditWanted::default() }),
            ("record", AuditWanted { record: Some(self.id_of(ANY, 77)), ..AuditWanted::default() }),
            ("at[gte]", AuditWanted { from: Some(middle), ..AuditWanted::default() }),
            ("at[lt]", AuditWanted { to: Some(middle), ..AuditWanted::default() }),
        ];
        for role in [Role::Auditor, Role::Publisher, Role::Admin, Role::Editor] {
            let named = |kind: &str| Some(Named { id: self.id_of(kind, 1), reference: "own".to_owned() });
            let actor = Actor {
                subject: Some("actor 1".to_owned()),
                roles: vec![role],
                body: named(BODY),
                organisation: named("organisation"),
                stands_for_person: false,
            };
            let visibility =
                Visibility::new(&actor, onrecord::resources::kinds().into_iter().map(|kind| &kind.def), now);
            for (filter, wanted) in &filters {
                for (page, before) in [("first", None), ("middle", Some((middle, 1_100_000)))] {
                    let wanted = AuditWanted { before, ..wanted.clone() };
                    let statement = audit_page(&actor, &visibility, &wanted, LIMIT + 1);
                    case("audit", filter, role.name(), page, statement);
                }
            }
        }
        for (page, behind) in [("first", false), ("middle", true)] {
            let after = behind.then_some((middle, id));
            let after_name = behind.then(|| (middle, named.clone()));
            let redactions = redaction::statement(body, Sql::new("1 = 1"), &Which::After(after), LIMIT + 1);
            case("redactions", "-", "body", page, redactions);
            case("people", "-", "body", page, person::of_body(body, after_name.clone(), LIMIT + 1));
            case("api_keys", "-", "body", page, ApiKey::of_body(body, after_name, LIMIT + 1));
            let wanted = membership::Wanted::default;
            for (filter, wanted) in [
                ("-", wanted()),
                ("subject", membership::Wanted { subject: Some(&named), ..wanted() }),
                (
                    "organisation",
                    membership::Wanted { organisation: Some(self.id_of("organisation", 1)), ..wanted() },
                ),
                ("current", membership::Wanted { current: Some(true), ..wanted() }),
                ("not current", membership::Wanted { current: Some(false), ..wanted() }),
            ] {
                let statement = membership::of_body(body, &wanted, after, LIMIT + 1, now);
                case("memberships", filter, "body", page, statement);
            }
        }
        case(
            "redactions",
            "unreviewed",
            "body",
            "first",
            redaction::statement(body, Sql::new("1 = 1"), &Which::Unreviewed, 100),
        );
        cases
    }

    // ---- what they cost ---------------------------------------------------------------------------------

    fn examine(&self, app: &TestApp, case: &Case) -> (i64, String) {
        let (text, values) = case.statement.explain();
        match app.state.db.target() {
            Target::Lite(path) => visited(path, &text, &values),
            Target::Pg(_) => app.state.db.read(|conn| Ok(self.explained(conn, &text, &values))).unwrap(),
        }
    }

    /// The statement prepared, as the application does, on a connection of the application. PostgreSQL plans
    /// the first five executions for their values and may then settle on one plan for all values: the first
    /// and the sixth are examined, the worse of the two counts.
    fn explained(&self, conn: &mut Conn, text: &str, values: &[Val]) -> (i64, String) {
        let Conn::Pg(conn) = conn else { unreachable!() };
        let types: Vec<&str> = values.iter().map(type_of).collect();
        let literals: Vec<String> = values.iter().map(|value| self.literal(value)).collect();
        conn.batch_execute(&format!("PREPARE list ({}) AS {text}", types.join(", ")))
            .unwrap_or_else(|error| panic!("{error}: {text}"));
        let run = format!("EXECUTE list ({})", literals.join(", "));
        let mut worst = (-1, String::new());
        for execution in 1..=6 {
            if (2..=5).contains(&execution) {
                conn.batch_execute(&format!("EXPLAIN {run}")).unwrap();
                continue;
            }
            let answer: Vec<Explained> =
                diesel::sql_query(format!("EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {run}"))
                    .load(conn)
                    .unwrap();
            let answer: Value = serde_json::from_str(&answer[0].plan).unwrap();
            let plan = &answer[0]["Plan"];
            let mut sum = 0.0;
            let mut names = vec![];
            add_up(plan, &mut sum, &mut names);
            let pages = whole(&plan["Shared Hit Blocks"]) + whole(&plan["Shared Read Blocks"]);
            #[expect(clippy::cast_possible_truncation, reason = "rows of a table of the test's own")]
            let examined = sum as i64;
            if examined > worst.0 {
                worst = (examined, format!("{} ({pages} pages)", names.join("; ")));
            }
        }
        conn.batch_execute("DEALLOCATE list").unwrap();
        worst
    }
}

/// A number below [`PRIME`] for the record `n`, that looks drawn by lot and is the same each time; another one
/// for another salt.
fn scattered(salt: u64) -> String {
    scattered_by("n", salt)
}

fn scattered_by(n: &str, salt: u64) -> String {
    let (a, b, c) = (7_919 * salt + 1, 104_729 * salt + 77, 15_485_863 * salt);
    format!("((({n}) * ({n}) % {PRIME} * {a} + ({n}) * {b} + {c}) % {PRIME})")
}

/// Whether the record `n` is public: one of every ten, evenly along the texts that a list is sorted by.
fn public() -> String {
    format!("n % 10 = {} % 10", scattered_by("n / 10", 1))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn read(text: &str, ty: Ty) -> Val {
    match ty {
        Ty::Text => Val::Text(text.to_owned()),
        Ty::Int | Ty::Money => Val::Int(text.parse().unwrap()),
        Ty::Bool => Val::Bool(["true", "1"].contains(&text)),
        Ty::Date => Val::Date(text.parse().unwrap()),
        Ty::Ref(_) => Val::Id(Id(text.parse().unwrap())),
    }
}

#[derive(QueryableByName)]
struct Explained {
    #[diesel(sql_type = st::Text, column_name = "QUERY PLAN")]
    plan: String,
}

/// The types that Diesel names when it prepares a statement.
fn type_of(value: &Val) -> &'static str {
    match value {
        Val::Text(_) | Val::OptText(_) => "text",
        Val::Int(_) | Val::OptInt(_) => "bigint",
        Val::Bool(_) | Val::OptBool(_) => "boolean",
        Val::Date(_) | Val::OptDate(_) => "date",
        Val::Id(_) | Val::OptId(_) => "uuid",
        Val::Ts(_) | Val::OptTs(_) => "timestamptz",
        Val::Bytes(_) | Val::OptBytes(_) => "bytea",
    }
}

fn whole(value: &Value) -> i64 {
    value.as_i64().unwrap_or_default()
}

/// Adds the rows that a plan's scans gave or threw away, in all their loops.
#[expect(
    clippy::float_arithmetic,
    reason = "rows are told as a mean of the loops, with decimals from version 18 on"
)]
fn add_up(plan: &Value, sum: &mut f64, names: &mut Vec<String>) {
    let node = plan["Node Type"].as_str().unwrap();
    let number = |member: &str| plan[member].as_f64().unwrap_or_default();
    if node.ends_with("Scan") {
        let rows = number("Actual Rows")
            + number("Rows Removed by Filter")
            + number("Rows Removed by Index Recheck");
        *sum += rows * number("Actual Loops");
        let place = ["Index Name", "Relation Name"].iter().find_map(|member| plan[*member].as_str());
        names.push(format!("{node} {}", place.unwrap_or_default()));
    } else if node.contains("Sort") {
        names.push(node.to_owned());
    }
    for inner in plan["Plans"].as_array().into_iter().flatten() {
        add_up(inner, sum, names);
    }
}

/// Runs a statement on a connection of SQLite's own interface: how many rows its loops visited, and its plan.
#[expect(unsafe_code, reason = "Diesel does not give the scan status of a statement")]
fn visited(path: &str, text: &str, values: &[Val]) -> (i64, String) {
    use libsqlite3_sys as lite;
    let path = CString::new(path).unwrap();
    let text = CString::new(text).unwrap();
    let (mut db, mut statement) = (std::ptr::null_mut(), std::ptr::null_mut());
    // SAFETY: the handles come from SQLite, are used by this thread alone and are closed at the end; every
    // string handed in outlives its call (bound values are copied: SQLITE_TRANSIENT), and each out-pointer
    // has the type that the interface names for it.
    unsafe {
        let opened =
            lite::sqlite3_open_v2(path.as_ptr(), &mut db, lite::SQLITE_OPEN_READONLY, std::ptr::null());
        assert_eq!(opened, lite::SQLITE_OK);
        // The application turns it off.
        let on: std::ffi::c_int = 1;
        let none = std::ptr::null_mut::<std::ffi::c_int>();
        let counts = lite::sqlite3_db_config(db, lite::SQLITE_DBCONFIG_STMT_SCANSTATUS, on, none);
        assert_eq!(counts, lite::SQLITE_OK);
        let prepared = lite::sqlite3_prepare_v2(db, text.as_ptr(), -1, &mut statement, std::ptr::null_mut());
        assert_eq!(prepared, lite::SQLITE_OK, "{:?}", CStr::from_ptr(lite::sqlite3_errmsg(db)));
        let bytes = |place, bytes: &[u8]| {
            let length = i32::try_from(bytes.len()).unwrap();
            lite::sqlite3_bind_blob(statement, place, bytes.as_ptr().cast(), length, lite::SQLITE_TRANSIENT())
        };
        let words = |place, text: &str| {
            let length = i32::try_from(text.len()).unwrap();
            lite::sqlite3_bind_text(statement, place, text.as_ptr().cast(), length, lite::SQLITE_TRANSIENT())
        };
        for (place, value) in (1..).zip(values) {
            let bound = match value {
                Val::Text(text) => words(place, text),
                Val::Date(day) => words(place, &day.to_string()),
                Val::Id(id) => bytes(place, id.0.as_bytes()),
                Val::Int(number) => lite::sqlite3_bind_int64(statement, place, *number),
                Val::Bool(yes) => lite::sqlite3_bind_int64(statement, place, i64::from(*yes)),
                Val::Ts(moment) => lite::sqlite3_bind_int64(statement, place, moment.micros()),
                other => panic!("a list binds no {other:?}"),
            };
            assert_eq!(bound, lite::SQLITE_OK);
        }
        while lite::sqlite3_step(statement) == lite::SQLITE_ROW {}
        let (mut sum, mut plan) = (0, vec![]);
        for loop_ in 0.. {
            let mut visits = 0_i64;
            let mut words = std::ptr::null::<std::ffi::c_char>();
            let ask = |what, out| {
                lite::sqlite3_stmt_scanstatus_v2(statement, loop_, what, lite::SQLITE_SCANSTAT_COMPLEX, out)
            };
            if ask(lite::SQLITE_SCANSTAT_NVISIT, (&raw mut visits).cast()) != 0 {
                break;
            }
            ask(lite::SQLITE_SCANSTAT_EXPLAIN, (&raw mut words).cast());
            // What is not a loop (a sorter) has no visits, which is told as -1.
            sum += visits.max(0);
            if !words.is_null() {
                plan.push(CStr::from_ptr(words).to_string_lossy().into_owned());
            }
        }
        assert_eq!(lite::sqlite3_finalize(statement), lite::SQLITE_OK);
        assert_eq!(lite::sqlite3_close(db), lite::SQLITE_OK);
        assert!(!plan.is_empty(), "SQLite was built without SQLITE_ENABLE_STMT_SCANSTATUS");
        (sum, plan.join("; "))
    }
}
