//! The client of the bench of series: runs scripts in either database, and asks for figures as directly as can be.
//!
//! It speaks to the very SQLite and the very libpq that the product is linked with, by their own functions, with none of the
//! product between: one prepared statement, its rows stepped through and every column of them read. `benches/series`
//! starts it; without arguments (as `cargo bench` calls it) it says so and ends.
//!
//! ```text
//! direct exec DATABASE FILE                       each statement of a script; the rows of the last, with | between
//! direct points DATABASE FILE SECONDS [MICROS]    one series after another (FILE: a measure and a series a line), now or as of
//!                                                 a moment: queries, rows, then of a query the mean, p50 and p99 in nanoseconds
//! direct whole DATABASE MEASURE TIMES             a whole indicator, by COPY or by stepping: rows, bytes, then the least and the
//!                                                 median time in microseconds
//! ```
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a bench prints what it measured")]
#![expect(unsafe_code, reason = "two libraries of C, spoken to directly")]

use std::ffi::{CStr, CString, c_char, c_int};
use std::process::ExitCode;
use std::ptr::{null, null_mut};
use std::time::{Duration, Instant};

use libsqlite3_sys as lite;

type Outcome<T> = Result<T, String>;

/// The statement of the product for one series, as `src/resources/series/queries/reading.rs` has it.
const POINTS: &str = "SELECT o.series, o.starts, o.ends, o.valid_from, o.valid_to, o.release, o.revision, o.flags, o.value, o.numerator,
     o.denominator, o.reason, o.note FROM observation o WHERE o.measure = $1 AND o.series = $2 AND o.flags & 256 <> 256
     AND o.valid_from <= $3 AND (o.valid_to IS NULL OR o.valid_to > $3) ORDER BY o.series, o.starts, o.ends, o.valid_from";

/// What is valid of an indicator, in order: for SQLite.
const WHOLE: &str = "SELECT o.series, o.starts, o.ends, o.valid_from, o.release, o.revision, o.flags, o.value, o.numerator,
     o.denominator, o.reason, o.note FROM observation o WHERE o.measure = $1 AND o.flags & 256 <> 256 AND o.valid_to IS NULL
     ORDER BY o.series, o.starts, o.ends, o.valid_from";

/// A moment behind all publications.
const NOW: i64 = 4_000_000_000_000_000;

fn text(value: &str) -> Outcome<CString> {
    CString::new(value).map_err(|error| error.to_string())
}

/// A text of C's, which lives until the next call at most.
fn said(pointer: *const c_char) -> String {
    if pointer.is_null() {
        return String::new();
    }
    // SAFETY: both libraries end their texts with a zero.
    unsafe { CStr::from_ptr(pointer) }.to_string_lossy().trim().to_owned()
}

struct Lite(*mut lite::sqlite3);

impl Lite {
    fn open(path: &str) -> Outcome<Lite> {
        let mut db = null_mut();
        // SAFETY: the path ends with a zero, and the handle is used by this thread alone.
        let code = unsafe { lite::sqlite3_open(text(path)?.as_ptr(), &mut db) };
        let this = Lite(db);
        if code != lite::SQLITE_OK {
            return Err(this.fault());
        }
        // SAFETY: the option takes an int and a pointer that may be null. Counting scans costs time; the product does not.
        unsafe {
            lite::sqlite3_db_config(
                db,
                lite::SQLITE_DBCONFIG_STMT_SCANSTATUS,
                0 as c_int,
                null_mut::<c_int>(),
            );
        }
        Ok(this)
    }

    fn fault(&self) -> String {
        // SAFETY: the handle is open, or that of a failed opening, which may be asked.
        said(unsafe { lite::sqlite3_errmsg(self.0) })
    }

    fn prepare(&self, sql: &str) -> Outcome<*mut lite::sqlite3_stmt> {
        let mut statement = null_mut();
        // SAFETY: the text ends with a zero and is copied.
        let code =
            unsafe { lite::sqlite3_prepare_v2(self.0, text(sql)?.as_ptr(), -1, &mut statement, null_mut()) };
        if code == lite::SQLITE_OK { Ok(statement) } else { Err(format!("{}: {sql}", self.fault())) }
    }

    /// Steps through a statement, and reads every column of each row; gives their number.
    fn step(&self, statement: *mut lite::sqlite3_stmt, numbers: &[i64]) -> Outcome<u64> {
        let (mut rows, mut sum) = (0, 0_u64);
        // SAFETY: the statement is this connection's, and what a column points to is read before the next step.
        unsafe {
            for (n, number) in (1..).zip(numbers) {
                lite::sqlite3_bind_int64(statement, n, *number);
            }
            loop {
                match lite::sqlite3_step(statement) {
                    lite::SQLITE_ROW => {}
                    lite::SQLITE_DONE => break,
                    _ => return Err(self.fault()),
                }
                rows += 1;
                for column in 0..lite::sqlite3_column_count(statement) {
                    let value = match lite::sqlite3_column_type(statement, column) {
                        lite::SQLITE_NULL => 0,
                        lite::SQLITE_TEXT => i64::from(lite::sqlite3_column_bytes(statement, column)),
                        _ => lite::sqlite3_column_int64(statement, column),
                    };
                    sum = sum.wrapping_add(value.cast_unsigned());
                }
            }
            lite::sqlite3_reset(statement);
        }
        std::hint::black_box(sum);
        Ok(rows)
    }

    fn rows(&self, sql: &str) -> Outcome<Vec<String>> {
        let statement = self.prepare(sql)?;
        let mut rows = vec![];
        // SAFETY: as above; a column's text lives until the next step.
        unsafe {
            loop {
                match lite::sqlite3_step(statement) {
                    lite::SQLITE_ROW => {}
                    lite::SQLITE_DONE => break,
                    _ => return Err(format!("{}: {sql}", self.fault())),
                }
                let column = |n| said(lite::sqlite3_column_text(statement, n).cast());
                let columns: Vec<String> = (0..lite::sqlite3_column_count(statement)).map(column).collect();
                rows.push(columns.join("|"));
            }
            lite::sqlite3_finalize(statement);
        }
        Ok(rows)
    }
}

struct Pg(*mut pq_sys::PGconn);

impl Pg {
    fn open(url: &str) -> Outcome<Pg> {
        // SAFETY: the address ends with a zero, and the connection is used by this thread alone.
        let this = Pg(unsafe { pq_sys::PQconnectdb(text(url)?.as_ptr()) });
        // SAFETY: libpq gives a connection always, and tells of a failed one.
        if unsafe { pq_sys::PQstatus(this.0) } != pq_sys::ConnStatusType::CONNECTION_OK {
            return Err(this.fault());
        }
        this.rows("SET timezone = 'UTC'")?;
        this.rows("SET jit = off")?;
        Ok(this)
    }

    fn fault(&self) -> String {
        // SAFETY: the connection is there, in whatever state.
        said(unsafe { pq_sys::PQerrorMessage(self.0) })
    }

    fn done(&self, result: *mut pq_sys::PGresult, sql: &str) -> Outcome<*mut pq_sys::PGresult> {
        use pq_sys::ExecStatusType::{PGRES_COMMAND_OK, PGRES_COPY_OUT, PGRES_TUPLES_OK};
        // SAFETY: a result may be asked, also none.
        match unsafe { pq_sys::PQresultStatus(result) } {
            PGRES_COMMAND_OK | PGRES_COPY_OUT | PGRES_TUPLES_OK => Ok(result),
            _ => Err(format!("{}: {sql}", self.fault())),
        }
    }

    fn rows(&self, sql: &str) -> Outcome<Vec<String>> {
        // SAFETY: the text ends with a zero; the result is asked for what it has, and cleared.
        unsafe {
            let result = self.done(pq_sys::PQexec(self.0, text(sql)?.as_ptr()), sql)?;
            let row = |n| {
                let column = |m| said(pq_sys::PQgetvalue(result, n, m));
                (0..pq_sys::PQnfields(result)).map(column).collect::<Vec<_>>().join("|")
            };
            let rows = (0..pq_sys::PQntuples(result)).map(row).collect();
            pq_sys::PQclear(result);
            Ok(rows)
        }
    }

    fn prepare(&self, name: &CStr, sql: &str) -> Outcome<()> {
        // SAFETY: the texts end with a zero; the server is to work out the types of what is bound.
        unsafe {
            let result = pq_sys::PQprepare(self.0, name.as_ptr(), text(sql)?.as_ptr(), 0, null());
            pq_sys::PQclear(self.done(result, sql)?);
        }
        Ok(())
    }

    /// Runs a prepared statement with values as bytes, and reads every column of each row; gives their number.
    fn step(&self, name: &CStr, values: &[&[u8]]) -> Outcome<u64> {
        let pointers: Vec<*const c_char> = values.iter().map(|value| value.as_ptr().cast()).collect();
        let lengths: Vec<c_int> =
            values.iter().filter_map(|value| c_int::try_from(value.len()).ok()).collect();
        let formats = vec![1 as c_int; values.len()];
        let count = c_int::try_from(values.len()).map_err(|error| error.to_string())?;
        let (mut rows, mut sum) = (0, 0_u64);
        // SAFETY: as many pointers, lengths and formats as are told; the values live until the call has come back.
        unsafe {
            let result = pq_sys::PQexecPrepared(
                self.0,
                name.as_ptr(),
                count,
                pointers.as_ptr(),
                lengths.as_ptr(),
                formats.as_ptr(),
                1,
            );
            let result = self.done(result, "a prepared statement")?;
            for row in 0..pq_sys::PQntuples(result) {
                rows += 1;
                for column in 0..pq_sys::PQnfields(result) {
                    let length = usize::try_from(pq_sys::PQgetlength(result, row, column)).unwrap_or(0);
                    let bytes = std::slice::from_raw_parts(
                        pq_sys::PQgetvalue(result, row, column).cast::<u8>(),
                        length,
                    );
                    let value = bytes.iter().fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
                    sum = sum.wrapping_add(value);
                }
            }
            pq_sys::PQclear(result);
        }
        std::hint::black_box(sum);
        Ok(rows)
    }

    /// What COPY sends: rows and bytes.
    fn copy(&self, sql: &str) -> Outcome<(u64, u64)> {
        let (mut rows, mut bytes) = (0, 0);
        // SAFETY: each piece is given back before the next is asked for.
        unsafe {
            pq_sys::PQclear(self.done(pq_sys::PQexec(self.0, text(sql)?.as_ptr()), sql)?);
            loop {
                let mut piece: *mut c_char = null_mut();
                match pq_sys::PQgetCopyData(self.0, &mut piece, 0) {
                    -1 => break,
                    length if length > 0 => {
                        rows += 1;
                        bytes += u64::from(length.cast_unsigned());
                        pq_sys::PQfreemem(piece.cast());
                    }
                    _ => return Err(self.fault()),
                }
            }
            pq_sys::PQclear(self.done(pq_sys::PQgetResult(self.0), sql)?);
            pq_sys::PQgetResult(self.0);
        }
        Ok((rows, bytes))
    }
}

enum Database {
    Lite(Lite),
    Pg(Pg),
}

impl Database {
    fn open(url: &str) -> Outcome<Database> {
        match url.starts_with("postgres") {
            true => Pg::open(url).map(Database::Pg),
            false => Lite::open(url).map(Database::Lite),
        }
    }

    fn rows(&self, sql: &str) -> Outcome<Vec<String>> {
        match self {
            Database::Lite(lite) => lite.rows(sql),
            Database::Pg(pg) => pg.rows(sql),
        }
    }

    /// The settings of the product's readers.
    fn as_product(&self) -> Outcome<()> {
        if let Database::Lite(lite) = self {
            lite.rows("PRAGMA cache_size = -4096")?;
            lite.rows("PRAGMA query_only = ON")?;
        }
        Ok(())
    }
}

fn number<T: std::str::FromStr<Err: std::fmt::Display>>(word: &str) -> Outcome<T> {
    word.parse().map_err(|error| format!("{word}: {error}"))
}

/// Runs a script: each statement ends with a semicolon at the end of a line.
fn exec(url: &str, file: &str) -> Outcome<()> {
    let script = std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
    let database = Database::open(url)?;
    let mut last = vec![];
    for statement in script.split(";\n").map(str::trim).filter(|statement| !statement.is_empty()) {
        last = database.rows(statement)?;
    }
    for row in last {
        println!("{row}");
    }
    Ok(())
}

/// The value below which so many of a hundred are.
fn below(sorted: &[u128], percent: usize) -> u128 {
    sorted.get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1))).copied().unwrap_or(0)
}

fn points(url: &str, file: &str, seconds: u64, at: i64) -> Outcome<()> {
    let list = std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
    let pair = |line: &str| match line.split_once('|') {
        Some((measure, series)) => Ok((number(measure)?, number(series)?)),
        None => Err(format!("{file}: `{line}` is not a measure and a series")),
    };
    let series: Vec<(i64, i64)> = list.lines().map(pair).collect::<Outcome<_>>()?;
    let database = Database::open(url)?;
    database.as_product()?;
    let name = c"points";
    let statement = match &database {
        Database::Lite(lite) => lite.prepare(POINTS)?,
        Database::Pg(pg) => {
            pg.prepare(name, &POINTS.replace("$1", "$1::bigint").replace("$2", "$2::bigint"))?;
            null_mut()
        }
    };
    let ask = |(measure, series): (i64, i64)| match &database {
        Database::Lite(lite) => lite.step(statement, &[measure, series, at]),
        // PostgreSQL counts its microseconds from the year 2000.
        Database::Pg(pg) => pg.step(
            name,
            &[&measure.to_be_bytes(), &series.to_be_bytes(), &(at - 946_684_800_000_000).to_be_bytes()],
        ),
    };
    for one in series.iter().take(200) {
        ask(*one)?;
    }
    let (mut times, mut rows) = (vec![], 0);
    let end = Instant::now() + Duration::from_secs(seconds);
    for one in series.iter().cycle() {
        let begun = Instant::now();
        rows += ask(*one)?;
        times.push(begun.elapsed().as_nanos());
        if Instant::now() > end {
            break;
        }
    }
    let mean = times.iter().sum::<u128>() / times.len().max(1) as u128;
    times.sort_unstable();
    println!("{} {rows} {mean} {} {}", times.len(), below(&times, 50), below(&times, 99));
    Ok(())
}

fn whole(url: &str, measure: i64, times: usize) -> Outcome<()> {
    let database = Database::open(url)?;
    database.as_product()?;
    let statement = match &database {
        Database::Lite(lite) => lite.prepare(WHOLE)?,
        Database::Pg(_) => null_mut(),
    };
    let copy = format!("COPY ({}) TO STDOUT (FORMAT csv)", WHOLE.replace("$1", &measure.to_string()));
    let mut timings = vec![];
    let (mut rows, mut bytes) = (0, 0);
    for _ in 0..=times {
        let begun = Instant::now();
        (rows, bytes) = match &database {
            Database::Lite(lite) => (lite.step(statement, &[measure])?, 0),
            Database::Pg(pg) => pg.copy(&copy)?,
        };
        timings.push(begun.elapsed().as_micros());
    }
    // The first one warms up.
    timings.remove(0);
    timings.sort_unstable();
    println!("{rows} {bytes} {} {}", timings.first().copied().unwrap_or(0), below(&timings, 50));
    Ok(())
}

fn run(arguments: &[&str]) -> Outcome<()> {
    match arguments {
        ["exec", url, file] => exec(url, file),
        ["points", url, file, seconds] => points(url, file, number(seconds)?, NOW),
        ["points", url, file, seconds, at] => points(url, file, number(seconds)?, number(at)?),
        ["whole", url, measure, times] => whole(url, number(measure)?, number(times)?),
        _ => Err("these are not its arguments; its source tells them".to_owned()),
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if arguments.is_empty() {
        println!("this is the client that benches/series measures with; run that");
        return ExitCode::SUCCESS;
    }
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("direct: {sentence}");
            ExitCode::FAILURE
        }
    }
}
