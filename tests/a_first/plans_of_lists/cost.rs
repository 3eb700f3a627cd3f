//! How many rows a statement examines, as the database itself counts them.

use super::*;

impl Base {
    pub fn examine(&mut self, app: &TestApp, case: &Case) -> (i64, String) {
        self.examine_statement(app, &case.statement)
    }

    /// Lets PostgreSQL count what is in these tables, as it does by itself sooner or later.
    pub fn weigh(&mut self, tables: &[&str]) {
        if self.pg {
            self.run(&format!("ANALYZE {}", tables.join(", ")));
        }
    }

    pub fn examine_statement(&mut self, app: &TestApp, statement: &Sql) -> (i64, String) {
        let (text, values) = statement.explain();
        match app.state.db.location() {
            Target::Lite(path) => {
                self.counter.get_or_insert_with(|| Counter::open(path)).visited(&text, &values)
            }
            Target::Pg(_) => self.explained(&text, &values),
        }
    }

    /// The statement prepared, as the application does, without its limit of time. PostgreSQL plans
    /// the first five executions for their values and may then settle on one plan for all values: the first
    /// and the sixth are examined, the worse of the two counts.
    pub fn explained(&mut self, text: &str, values: &[Val]) -> (i64, String) {
        let types: Vec<&str> = values.iter().map(type_of).collect();
        let literals: Vec<String> = values.iter().map(|value| self.literal(value)).collect();
        let run = format!("EXECUTE list ({})", literals.join(", "));
        // What is between goes to the server at once: each journey there and back waits for its turn.
        self.run(&format!("DEALLOCATE ALL; PREPARE list ({}) AS {text}", types.join(", ")));
        let first = self.examined(&run);
        self.run(&format!("EXPLAIN {run};").repeat(4));
        let sixth = self.examined(&run);
        if sixth.0 > first.0 { sixth } else { first }
    }

    /// How many rows an execution examines, and its plan.
    fn examined(&mut self, run: &str) -> (i64, String) {
        let Conn::Pg(conn) = &mut self.conn else { unreachable!() };
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
        (examined, format!("{} ({pages} pages)", names.join("; ")))
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

/// A connection of SQLite's own interface, since Diesel does not give the scan status of a statement. It stays open: reading
/// the schema anew for each statement takes longer than most of them.
pub struct Counter {
    db: *mut libsqlite3_sys::sqlite3,
}

#[expect(unsafe_code, reason = "Diesel does not give the scan status of a statement")]
impl Counter {
    pub fn open(path: &str) -> Counter {
        use libsqlite3_sys as lite;
        let path = CString::new(path).unwrap();
        let mut db = std::ptr::null_mut();
        // SAFETY: the path outlives the call, the out-pointer has the type that the interface names, and the option takes an
        // int and a pointer to one, which may be null.
        unsafe {
            let opened =
                lite::sqlite3_open_v2(path.as_ptr(), &mut db, lite::SQLITE_OPEN_READONLY, std::ptr::null());
            assert_eq!(opened, lite::SQLITE_OK);
            // The application turns it off.
            let on: std::ffi::c_int = 1;
            let none = std::ptr::null_mut::<std::ffi::c_int>();
            let counts = lite::sqlite3_db_config(db, lite::SQLITE_DBCONFIG_STMT_SCANSTATUS, on, none);
            assert_eq!(counts, lite::SQLITE_OK);
        }
        Counter { db }
    }

    /// Runs a statement: how many rows its loops visited, and its plan.
    fn visited(&mut self, text: &str, values: &[Val]) -> (i64, String) {
        use libsqlite3_sys as lite;
        let text = CString::new(text).unwrap();
        let db = self.db;
        let mut statement = std::ptr::null_mut();
        // SAFETY: the handles come from SQLite, are used by this thread alone and are closed at the end; every
        // string passed outlives its call (bound values are copied: SQLITE_TRANSIENT), and each out-pointer
        // has the type that the interface names for it.
        unsafe {
            let prepared =
                lite::sqlite3_prepare_v2(db, text.as_ptr(), -1, &mut statement, std::ptr::null_mut());
            assert_eq!(prepared, lite::SQLITE_OK, "{:?}", CStr::from_ptr(lite::sqlite3_errmsg(db)));
            let bytes = |place, bytes: &[u8]| {
                let length = i32::try_from(bytes.len()).unwrap();
                lite::sqlite3_bind_blob(
                    statement,
                    place,
                    bytes.as_ptr().cast(),
                    length,
                    lite::SQLITE_TRANSIENT(),
                )
            };
            let words = |place, text: &str| {
                let length = i32::try_from(text.len()).unwrap();
                lite::sqlite3_bind_text(
                    statement,
                    place,
                    text.as_ptr().cast(),
                    length,
                    lite::SQLITE_TRANSIENT(),
                )
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
                    lite::sqlite3_stmt_scanstatus_v2(
                        statement,
                        loop_,
                        what,
                        lite::SQLITE_SCANSTAT_COMPLEX,
                        out,
                    )
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
            assert!(!plan.is_empty(), "SQLite was built without SQLITE_ENABLE_STMT_SCANSTATUS");
            (sum, plan.join("; "))
        }
    }
}

#[expect(unsafe_code, reason = "Diesel does not give the scan status of a statement")]
impl Drop for Counter {
    fn drop(&mut self) {
        // SAFETY: the handle comes from SQLite, all its statements are finalized, and nobody uses it any more.
        unsafe { libsqlite3_sys::sqlite3_close(self.db) };
    }
}
