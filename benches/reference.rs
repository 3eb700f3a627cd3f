//! The reference of the work bench: what actix-web and rusqlite give for the same work when nothing else is done.
//!
//! One handler for each kind of work, prepared statements, the same SQLite with the same settings, and none of the product:
//! no visibility, no versions of records, no ETag, no headers, no limits, no trail. `benches/work` starts it beside the product
//! and prints the ratio of the two, which is what everything that is ours costs.
//!
//! ```text
//! reference ADDRESS DATABASE GRANTS FIGURES   GRANTS: pages of grants; FIGURES: the product's SQLite file
//!
//! GET  /grants/{id}                           the grant
//! GET  /grants?fund=REFERENCE                 its fifty largest
//! GET  /figures/{measure}/{series}[?at=MICROS] the figures of a series, now or as of a moment
//! GET  /whole/{measure}                       all figures of an indicator, as CSV
//! POST /grants                                parses JSON and stores it; answers when it is synced
//! PUT  /rows/{measure}                        stores the figures of a CSV file in one transaction
//! ```
//!
//! Without arguments (as `cargo bench` calls it) it says so and ends.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a bench prints what it measured")]

use std::cell::RefCell;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use actix_web::http::header;
use actix_web::{App, HttpResponse, HttpServer, web};
use onrecord::config::Limits;
use rusqlite::{Connection, OpenFlags, params};
use serde::Deserialize;
use serde_json::Value;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const SETTINGS: &str = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
     PRAGMA cache_size = -4096; PRAGMA temp_store = MEMORY; PRAGMA secure_delete = ON;";

const TABLES: &str = "CREATE TABLE grant_award (id TEXT PRIMARY KEY, fund TEXT, amount TEXT, text TEXT NOT NULL);
     CREATE INDEX grant_award_amount ON grant_award (fund, amount DESC, id);
     CREATE TABLE series (measure INTEGER NOT NULL, number INTEGER NOT NULL, codes TEXT NOT NULL, PRIMARY KEY (measure, number));
     CREATE TABLE figure (measure INTEGER NOT NULL, series INTEGER NOT NULL, starts INTEGER NOT NULL, valid_from INTEGER NOT NULL,
         valid_to INTEGER, flags INTEGER NOT NULL, value INTEGER, PRIMARY KEY (measure, series, starts, valid_from)) WITHOUT ROWID;";

/// A moment after all publications.
const NOW: i64 = 4_000_000_000_000_000;

/// How many grants were made, for their ids.
static MADE: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// The connection of a worker, opened for its first request.
    static READER: RefCell<Option<Connection>> = const { RefCell::new(None) };
}

struct Shared {
    database: String,
    writer: Mutex<Connection>,
}

fn open(database: &str) -> rusqlite::Result<Connection> {
    let connection = Connection::open(database)?;
    connection.execute_batch(SETTINGS)?;
    Ok(connection)
}

/// Fills an empty database with the product's own grants and figures.
fn load(database: &str, grants: &str, figures: &str) -> Outcome<Connection> {
    let connection = open(database)?;
    connection.execute_batch(TABLES)?;
    connection.execute_batch("BEGIN")?;
    for page in std::fs::read_dir(grants)? {
        let page: Value = serde_json::from_slice(&std::fs::read(page?.path())?)?;
        for grant in page["data"].as_array().ok_or("a page has no data")? {
            store(&connection, grant, &serde_json::to_string(grant)?)?;
        }
    }
    connection.execute_batch("COMMIT")?;
    connection.execute("ATTACH DATABASE ?1 AS product", [figures])?;
    connection.execute_batch(
        "INSERT INTO series SELECT measure, number, codes FROM product.series WHERE measure IN (SELECT number FROM product.measure WHERE slug LIKE 'bench-%');
         INSERT INTO figure SELECT measure, series, starts, valid_from, valid_to, flags, value FROM product.observation
             WHERE measure IN (SELECT number FROM product.measure WHERE slug LIKE 'bench-%') ORDER BY measure, series, starts, valid_from;
         DETACH DATABASE product; ANALYZE;",
    )?;
    Ok(connection)
}

fn store(connection: &Connection, grant: &Value, text: &str) -> rusqlite::Result<usize> {
    let field = |name: &str| grant[name].as_str().unwrap_or_default();
    // Amounts of the same width sort as numbers do.
    let amount = format!("{:>20}", grant["amount_awarded"]["amount"].as_str().unwrap_or_default());
    connection.prepare_cached("INSERT INTO grant_award VALUES (?1, ?2, ?3, ?4)")?.execute(params![
        field("id"),
        grant["fund"]["reference"].as_str().unwrap_or(field("fund")),
        amount,
        text
    ])
}

/// What a worker's own connection reads.
fn read<T>(shared: &Shared, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
    READER.with_borrow_mut(|reader| {
        if reader.is_none() {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let connection = Connection::open_with_flags(&shared.database, flags)?;
            connection.execute_batch("PRAGMA busy_timeout = 5000; PRAGMA cache_size = -4096;")?;
            *reader = Some(connection);
        }
        reader.as_ref().map_or(Err(rusqlite::Error::InvalidQuery), work)
    })
}

fn answer(found: rusqlite::Result<String>, content_type: &'static str) -> HttpResponse {
    match found {
        Ok(text) => HttpResponse::Ok().insert_header((header::CONTENT_TYPE, content_type)).body(text),
        Err(rusqlite::Error::QueryReturnedNoRows) => HttpResponse::NotFound().finish(),
        Err(error) => HttpResponse::InternalServerError().body(error.to_string()),
    }
}

async fn grant(shared: web::Data<Shared>, id: web::Path<String>) -> HttpResponse {
    let found = read(&shared, |connection| {
        let mut statement = connection.prepare_cached("SELECT text FROM grant_award WHERE id = ?1")?;
        statement.query_one([id.as_str()], |row| row.get(0))
    });
    answer(found, "application/json")
}

#[derive(Deserialize)]
struct Of {
    fund: String,
}

async fn grants(shared: web::Data<Shared>, of: web::Query<Of>) -> HttpResponse {
    let found = read(&shared, |connection| {
        let sql = "SELECT text FROM grant_award WHERE fund = ?1 ORDER BY amount DESC, id LIMIT 50";
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query([of.fund.as_str()])?;
        let mut text = String::from("{\"items\":[");
        let mut between = "";
        while let Some(row) = rows.next()? {
            text.push_str(between);
            text.push_str(row.get_ref(0)?.as_str()?);
            between = ",";
        }
        text.push_str("]}");
        Ok(text)
    });
    answer(found, "application/json")
}

#[derive(Deserialize)]
struct At {
    at: Option<i64>,
}

/// A month, from its first day as days since 1970.
fn month(text: &mut String, days: i64) {
    let date = chrono::DateTime::from_timestamp(days.saturating_mul(86_400), 0).unwrap_or_default();
    let _ = write!(text, "{}", date.format("%Y-%m"));
}

async fn figures(shared: web::Data<Shared>, of: web::Path<(i64, i64)>, at: web::Query<At>) -> HttpResponse {
    let found = read(&shared, |connection| {
        let sql = "SELECT starts, flags, value FROM figure WHERE measure = ?1 AND series = ?2
             AND valid_from <= ?3 AND (valid_to IS NULL OR valid_to > ?3) ORDER BY starts";
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![of.0, of.1, at.at.unwrap_or(NOW)])?;
        let mut text = String::from("{\"items\":[");
        let mut between = "";
        while let Some(row) = rows.next()? {
            let (starts, flags, value): (i64, i64, Option<i64>) = (row.get(0)?, row.get(1)?, row.get(2)?);
            text.push_str(between);
            text.push_str("{\"TIME_PERIOD\":\"");
            month(&mut text, starts);
            // Values are stored in millionths.
            let _ = write!(
                text,
                "\",\"value\":\"{}\",\"flags\":{flags}}}",
                value.unwrap_or_default() / 1_000_000
            );
            between = ",";
        }
        text.push_str("]}");
        Ok(text)
    });
    answer(found, "application/json")
}

async fn whole(shared: web::Data<Shared>, measure: web::Path<i64>) -> HttpResponse {
    let found = read(&shared, |connection| {
        let sql = "SELECT s.codes, f.starts, f.flags, f.value FROM figure f JOIN series s ON s.measure = f.measure AND s.number = f.series
             WHERE f.measure = ?1 AND f.valid_to IS NULL ORDER BY f.series, f.starts";
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query([measure.into_inner()])?;
        let mut text = String::from("SERIES,TIME_PERIOD,OBS_VALUE,OBS_STATUS\r\n");
        while let Some(row) = rows.next()? {
            text.push_str(row.get_ref(0)?.as_str()?);
            text.push(',');
            month(&mut text, row.get(1)?);
            let (flags, value): (i64, Option<i64>) = (row.get(2)?, row.get(3)?);
            let _ = write!(text, ",{},{flags}\r\n", value.unwrap_or_default() / 1_000_000);
        }
        Ok(text)
    });
    answer(found, "text/csv; charset=utf-8")
}

/// Runs work of the one writer, away from the workers.
async fn write(
    shared: web::Data<Shared>,
    work: impl FnOnce(&Connection) -> Outcome<u64> + Send + 'static,
) -> HttpResponse {
    let done = web::block(move || {
        let writer = shared.writer.lock().unwrap_or_else(PoisonError::into_inner);
        work(&writer).map_err(|error| error.to_string())
    });
    match done.await {
        Ok(Ok(rows)) => HttpResponse::Created().body(rows.to_string()),
        Ok(Err(fault)) => HttpResponse::BadRequest().body(fault),
        Err(error) => HttpResponse::InternalServerError().body(error.to_string()),
    }
}

async fn create(shared: web::Data<Shared>, sent: web::Bytes) -> HttpResponse {
    let work = move |connection: &Connection| {
        let mut grant: Value = serde_json::from_slice(&sent)?;
        grant["id"] = format!("made-{}", MADE.fetch_add(1, Ordering::Relaxed)).into();
        let text = serde_json::to_string(&grant)?;
        // One statement is one transaction, and ends when it is synced.
        store(connection, &grant, &text)?;
        Ok(1)
    };
    write(shared, work).await
}

/// Stores lines of `AREA,GROUP,TIME_PERIOD,value,OBS_STATUS`.
async fn rows(shared: web::Data<Shared>, measure: web::Path<i64>, sent: web::Bytes) -> HttpResponse {
    let work = move |connection: &Connection| {
        let transaction = connection.unchecked_transaction()?;
        let mut known = std::collections::HashMap::<String, i64>::new();
        let mut count = 0;
        let mut file = csv::Reader::from_reader(&*sent);
        for line in file.records() {
            let line = line?;
            let field = |n: usize| line.get(n).unwrap_or_default();
            let codes = format!("{}.{}", field(0), field(1));
            let next = i64::try_from(known.len())?;
            let series = *known.entry(codes).or_insert(next);
            let day = chrono::NaiveDate::parse_from_str(&format!("{}-01", field(2)), "%Y-%m-%d")?;
            let days = day.signed_duration_since(chrono::NaiveDate::default()).num_days();
            let value: i64 = field(3).parse()?;
            transaction
                .prepare_cached("INSERT INTO figure VALUES (?1, ?2, ?3, 0, NULL, 0, ?4)")?
                .execute(params![*measure, series, days, value.saturating_mul(1_000_000)])?;
            count += 1;
        }
        for (codes, series) in &known {
            transaction
                .prepare_cached("INSERT INTO series VALUES (?1, ?2, ?3)")?
                .execute(params![*measure, series, codes])?;
        }
        transaction.commit()?;
        Ok(count)
    };
    write(shared, work).await
}

fn run(listen: &str, database: &str, grants_pages: &str, figures_file: &str) -> Outcome<()> {
    let listen: SocketAddr = listen.parse()?;
    let writer = Mutex::new(load(database, grants_pages, figures_file)?);
    let shared = web::Data::new(Shared { database: database.to_owned(), writer });
    let limits = Limits::default();
    actix_web::rt::System::new().block_on(async move {
        let server = HttpServer::new(move || {
            App::new()
                .app_data(shared.clone())
                .app_data(web::PayloadConfig::new(64 * 1_048_576))
                .route("/grants/{id}", web::get().to(grant))
                .route("/grants", web::get().to(grants))
                .route("/grants", web::post().to(create))
                .route("/figures/{measure}/{series}", web::get().to(figures))
                .route("/whole/{measure}", web::get().to(whole))
                .route("/rows/{measure}", web::put().to(rows))
        });
        server.workers(limits.workers).bind(listen)?.run().await
    })?;
    Ok(())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [listen, database, grants_pages, figures_file] = arguments.as_slice() else {
        println!("reference ADDRESS DATABASE GRANTS FIGURES: benches/work starts it");
        return ExitCode::SUCCESS;
    };
    match run(listen, database, grants_pages, figures_file) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("reference: {error}");
            ExitCode::FAILURE
        }
    }
}
