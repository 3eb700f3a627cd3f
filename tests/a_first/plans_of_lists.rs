//! What a list costs where there is much: 40,000 records of a kind (200,000 by `tests/run --full`), a tenth of them
//! public, in pages of a size that is in proportion to them.
//!
//! Every kind, every filter alone and none, every sort both ways, for each role that sees another part of the records, the first page
//! and one in the middle: the statement that `GET` runs, and how many rows its plan examines. SQLite tells by
//! the scan status of the statement, PostgreSQL by EXPLAIN ANALYZE. A kind, a filter or a sort that is added
//! is examined without a change here.

use std::collections::BTreeMap;
use std::ffi::{CStr, CString};
use std::fmt::Write as _;
use std::sync::LazyLock;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types as st;
use onrecord::access::actor::Named;
use onrecord::access::api_key::ApiKey;
use onrecord::access::{Actor, Role, membership, person};
use onrecord::clock::{Id, Ts};
use onrecord::http::kinds::{ColumnFilter, order, query_for};
use onrecord::http::paging::{self, Position};
use onrecord::record::BODY;
use onrecord::record::derived::or_extreme;
use onrecord::record::kind::{Column, Filter, KindDef, Sort, Ty};
use onrecord::record::read::Row;
use onrecord::record::redaction::{self, Which};
use onrecord::record::search;
use onrecord::record::visible::Visibility;
use onrecord::record::words::Query;
use onrecord::resources::{AuditFilter, audit_page};
use onrecord::store::{Conn, Count, Sql, Target, Val};
use serde_json::Value;

use self::records::scattered;
use crate::support::{START, TestApp, at, on_postgres};

mod cases;
mod cost;
mod others;
mod records;
mod searches;

/// How many records there are of the kind that is examined: 40,000, and 200,000 where `tests/run --full` asks for it.
fn records() -> u64 {
    static RECORDS: LazyLock<u64> = LazyLock::new(|| match std::env::var("TEST_FULL").as_deref() {
        Ok("1") => 200_000,
        Err(_) => 40_000,
        Ok(other) => panic!("TEST_FULL is {other}: 1 for all records, or leave it out"),
    });
    *RECORDS
}

/// How many a page has: one of 4,000 records. PostgreSQL weighs what a walk along an index for one page costs against what
/// sorting a part of the table costs. In this proportion it chooses for 40,000 records what it chooses for 200,000 and
/// pages of 50; of larger pages it would sort what small tables have, whatever the indexes.
fn limit() -> i64 {
    i64::try_from(records() / 4_000).unwrap()
}

/// How many rows may be examined for it: twenty times as many for a page of 50. One of ten records is public, and how many
/// of a few in a row are varies the more: a page of 10 may have forty times as many. A list whose index is missing examines
/// a twentieth of all records at least, two hundred times a page.
fn most() -> i64 {
    limit() * if limit() < 50 { 40 } else { 20 }
}

/// The same for a partner in its own body: whose a record is that is not public, and whom it names, is looked up in
/// two more tables.
fn most_of_own() -> i64 {
    2 * most()
}

/// A prime, above the number of records: what scatters values among them.
const PRIME: u64 = 1_000_003;
/// How many records are named where few name many (bodies and plans), and where many name few.
const FEW: u64 = 20;
const MANY: u64 = 2_000;

#[actix_web::test]
async fn no_list_examines_many_times_its_limit() {
    let app = TestApp::new().await;
    let mut base = Base::open(&app);
    let mut table = String::new();
    let mut wrong = vec![];
    for kind in &app.state.kinds {
        base.load(kind);
        let (mut count, mut largest) = (0, 0);
        for case in base.cases(kind) {
            let (examined, plan) = base.examine(&app, &case);
            let line = format!(
                "{:<14} {:<28} {:<12} {:<14} {:<6} {examined:>7}  {plan}",
                kind.def.name, case.filter, case.sort, case.visible_to, case.page
            );
            writeln!(table, "{line}").unwrap();
            let own = case.filter.ends_with("(own)")
                || !kind.def.own.is_empty() && case.visible_to == Role::PartnerReader.name();
            // Two values of a code are two pages, merged.
            let pages = if case.filter.ends_with("(two)") { 2 } else { 1 };
            if examined > pages * if own { most_of_own() } else { most() } {
                wrong.push(line);
            }
            count += 1;
            largest = largest.max(examined);
        }
        writeln!(
            table,
            "{}: {count} lists, {largest} rows at most
",
            kind.def.name
        )
        .unwrap();
    }
    println!("kind, filter, sort, visible to, page, rows examined, plan\n{table}");
    let database = if on_postgres() { "postgres" } else { "sqlite" };
    let place = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"))
        .with_file_name(format!("plans-of-lists-{database}.txt"));
    std::fs::write(place, &table).unwrap();
    assert!(
        wrong.is_empty(),
        "{} lists of {} examine more than {} rows:\n{}",
        wrong.len(),
        limit(),
        most(),
        wrong.join("\n")
    );
}

/// A list to examine.
pub struct Case {
    filter: String,
    sort: String,
    visible_to: String,
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
pub struct Base {
    conn: Conn,
    /// SQLite only: counts the rows that a statement visits.
    counter: Option<cost::Counter>,
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
