//! The records that fill the database, each column an expression over its number.

use super::*;

impl Base {
    pub fn open(app: &TestApp) -> Base {
        let conn = match app.state.db.location() {
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
        Base { pg: conn.is_pg(), conn, counter: None, places, loaded: None }
    }

    pub fn run(&mut self, text: &str) {
        match &mut self.conn {
            Conn::Pg(conn) => conn.batch_execute(text),
            Conn::Lite(conn) => conn.batch_execute(text),
        }
        .unwrap_or_else(|error| panic!("{error}: {text}"));
    }

    /// The rows of a statement whose columns are `a` and `b`, both text.
    pub fn words(&mut self, text: &str) -> Vec<(Option<String>, Option<String>)> {
        let rows: Vec<Words> = match &mut self.conn {
            Conn::Pg(conn) => diesel::sql_query(text).load(conn),
            Conn::Lite(conn) => diesel::sql_query(text).load(conn),
        }
        .unwrap_or_else(|error| panic!("{error}: {text}"));
        rows.into_iter().map(|row| (row.a, row.b)).collect()
    }

    /// Puts the records of one kind into the database, which is emptied before. What all kinds have in common is
    /// left as it stands when the kind before had the same: no list asks it for its kind.
    pub fn load(&mut self, kind: &KindDef) {
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
    pub fn fill(&mut self, table: &str, all: &[Columns]) {
        if !self.pg {
            self.run(&format!("DELETE FROM {table}"));
        } else if table != "record" {
            self.run(&format!("TRUNCATE {table} CASCADE"));
        }
        if !all.is_empty() {
            self.add(table, records(), all);
        }
    }

    /// Adds to a table so many rows for each of the sets of columns.
    pub fn add(&mut self, table: &str, rows: u64, all: &[Columns]) {
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

    /// What the record `n` and its version have in every kind, as expressions over `n`.
    pub fn slices(&self, workflow: bool) -> Columns {
        let text = |text: &str| format!("'{text}'");
        let public = public();
        let if_public = |yes: String, no: &str| format!("CASE WHEN {public} THEN {yes} ELSE {no} END");
        let body =
            if workflow { self.id(BODY, &format!("{} % {FEW}", scattered(2))) } else { self.null("uuid") };
        let begin = self.literal(&Val::Ts(at(START).plus_seconds(-365 * 86_400)));
        let statement = format!(
            "CASE WHEN {0} % 10 < 6 THEN 'draft' WHEN {0} % 10 < 9 THEN 'submitted' ELSE 'panel_shared' END",
            scattered(5)
        );
        vec![
            ("record", self.id(ANY, "n")),
            ("version", "1".to_owned()),
            ("reference", format!("'T-' || {}", self.padded("n"))),
            ("listed", "true".to_owned()),
            ("is_head", "true".to_owned()),
            ("head_state", if_public(text("published"), &statement)),
            ("body", body),
            ("public_from", if_public(begin, "NULL")),
            ("public_to", if_public(self.literal(&Val::Ts(Ts::NEVER)), "NULL")),
        ]
    }

    /// What goes into `record` and `record_version`.
    pub fn common(&self, kind: &KindDef) -> [Columns; 2] {
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
    pub fn row(&mut self, kind: &KindDef) -> Columns {
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
                    let instead = self.literal(&or_extreme(&null, descending));
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
    pub fn link(&self, member: &str) -> Columns {
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
    pub fn value(&self, kind: &KindDef, column: &Column, salt: u64) -> String {
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
    pub fn id(&self, kind: &str, number: &str) -> String {
        let place = self.places[kind];
        if self.pg {
            format!("('0190' || lpad(to_hex({number}), 8, '0') || '7{place:03x}8000000000000000')::uuid")
        } else {
            format!("unhex(printf('0190%08x7{place:03x}8000000000000000', {number}))")
        }
    }

    pub fn id_of(&self, kind: &str, number: u64) -> Id {
        let place = self.places[kind];
        let text = format!("0190{number:08x}7{place:03x}8000000000000000");
        Id(text.parse().unwrap())
    }

    pub fn padded(&self, number: &str) -> String {
        if self.pg { format!("lpad(({number})::text, 7, '0')") } else { format!("printf('%07d', {number})") }
    }

    pub fn null(&self, ty: &str) -> String {
        if self.pg { format!("NULL::{ty}") } else { "NULL".to_owned() }
    }

    pub fn nullable(&mut self, table: &str) -> Vec<String> {
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
    pub fn literal(&self, value: &Val) -> String {
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
}

/// A number below [`PRIME`] for the record `n`, that looks drawn by lot and is the same each time; another one
/// for another salt.
pub fn scattered(salt: u64) -> String {
    scattered_by("n", salt)
}

pub fn scattered_by(n: &str, salt: u64) -> String {
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
