//! Search by words: what is indexed, and the statements that search.
//!
//! Each stored version has a row in `search_doc` with the words of its title and all its words. The database indexes
//! them: in FTS5's `search_words` (SQLite), or in a `tsvector` in the same row (PostgreSQL). The index has hidden
//! versions too; the visibility filter decides who sees a match.

use diesel::prelude::*;
use diesel::sql_types as st;
use serde_json::Value;

use super::kind::KindDef;
use super::read::Matches;
use super::represent;
use super::row::{COLUMNS, Row};
use super::rows::Rows;
use super::visible::Visibility;
use super::words::{self, Query};
use crate::clock::Id;
use crate::problem::Problem;
use crate::store::types::Uid;
use crate::store::{Conn, Db, Sql};

/// How many versions [`backfill`] indexes in one transaction.
const BATCH: i64 = 500;

/// Adds the row of a version's words.
pub fn row(rows: &mut Rows, kind: &KindDef, record: Id, version: i64, reference: &str, content: &Value) {
    let fields = kind.words();
    let texts = fields.iter().flat_map(|field| texts(content, field));
    let all = words::distinct(std::iter::once(reference).chain(texts));
    let title = words::spaced(&represent::title(kind, content));
    rows.push(
        "search_doc",
        &["record", "version", "title", "words"],
        vec![record.into(), version.into(), title.into(), all.into()],
    );
}

/// The texts at a path: the field itself, or the items of a list; a `*` is each item.
pub fn texts<'a>(content: &'a Value, path: &str) -> Vec<&'a str> {
    let mut found = vec![content];
    for step in path.split('/') {
        found = match step {
            "*" => found.into_iter().filter_map(Value::as_array).flatten().collect(),
            field => found.into_iter().filter_map(|value| value.get(field)).collect(),
        };
    }
    let of = |value: &'a Value| match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        text => Vec::from_iter(text.as_str()),
    };
    found.into_iter().flat_map(of).collect()
}

#[derive(QueryableByName)]
struct Missing {
    #[diesel(sql_type = Uid)]
    record: Id,
    #[diesel(sql_type = st::BigInt)]
    version: i64,
    #[diesel(sql_type = st::Text)]
    kind: String,
    #[diesel(sql_type = st::Text)]
    reference: String,
    #[diesel(sql_type = st::Text)]
    content: String,
}

/// Indexes the versions that were stored before the index existed, and returns their number. A migration cannot do it:
/// the words are split here.
pub fn backfill(db: &Db, kinds: &[&'static KindDef]) -> Result<usize, Problem> {
    let (mut done, mut last) = (0, None);
    loop {
        // Mostly there is none, and finding that out must not block writers.
        if db.read(|conn| missing(conn, last, 1))?.is_empty() {
            return Ok(done);
        }
        let (count, end) = db.write(|conn| {
            if conn.is_pg() {
                // Another process may do the same at the same time; SQLite has one writer anyway.
                Sql::new("LOCK TABLE search_doc IN SHARE ROW EXCLUSIVE MODE").execute(conn)?;
            }
            let found = missing(conn, last, BATCH)?;
            let mut rows = Rows::default();
            for one in &found {
                let kind = kinds.iter().find(|kind| kind.def.name == one.kind).ok_or_else(|| {
                    Problem::internal(format!("a record of the kind {}, which there is not", one.kind))
                })?;
                let content = serde_json::from_str(&one.content).map_err(Problem::internal)?;
                row(&mut rows, kind, one.record, one.version, &one.reference, &content);
            }
            rows.write(conn)?;
            Ok((found.len(), found.last().map(|one| (one.record, one.version))))
        })?;
        done += count;
        last = end.or(last);
    }
}

/// The next versions that are not indexed, after a given one.
fn missing(conn: &mut Conn, after: Option<(Id, i64)>, limit: i64) -> Result<Vec<Missing>, Problem> {
    Ok(missing_from(after, limit).load(conn)?)
}

/// The statement that finds them.
pub fn missing_from(after: Option<(Id, i64)>, limit: i64) -> Sql {
    let mut sql = Sql::new(
        "SELECT v.record, v.version, v.kind, v.reference, v.content FROM record_version v WHERE NOT EXISTS
         (SELECT 1 FROM search_doc d WHERE d.record = v.record AND d.version = v.version) AND v.redacted_at IS NULL",
    );
    if let Some((record, version)) = after {
        sql = sql.text(" AND (v.record, v.version) > (").bind(record).text(", ").bind(version).text(")");
    }
    sql.text(" ORDER BY v.record, v.version LIMIT ").bind(limit)
}

/// The rows that have all the words. SQLite always begins with the index of words, since it cannot know how many rows
/// match. PostgreSQL estimates it, and walks the list's order where nearly all rows match.
pub fn matches(query: &Query, pg: bool) -> Matches {
    if pg {
        return Matches {
            from: "search_doc d JOIN ",
            condition: Sql::new("d.vector @@ CAST(").bind(query.for_postgres()).text(" AS tsquery)"),
        };
    }
    Matches {
        from: "search_words w CROSS JOIN search_doc d ON d.id = w.rowid CROSS JOIN ",
        condition: Sql::new("search_words MATCH ").bind(query.for_sqlite()),
    }
}

/// A version that matches.
#[derive(Clone, Debug, QueryableByName)]
pub struct Hit {
    /// The matching version.
    #[diesel(embed)]
    pub found: Row,
    /// How many of the words are not in its title.
    #[diesel(sql_type = st::BigInt)]
    pub missed: i64,
}

/// The order of matches, as columns of `t` that all ascend. The record's id follows.
pub const ORDER: &[(&str, bool)] = &[("missed", false), ("kind", false), ("reference", false)];

/// The statement that reads a page of matches among some kinds, or among all if none is named.
///
/// The rank is the number of words in the title, which depends on nothing but the record. The databases' own ranks
/// (`bm25`, `ts_rank`) depend on how many records have a word, including hidden ones, and so would reveal them.
pub fn page(
    query: &Query,
    pg: bool,
    visibility: &Visibility,
    kinds: &[&str],
    after: Option<Sql>,
    limit: i64,
) -> Sql {
    let matches = matches(query, pg);
    let mut missed = Sql::new("CAST(0");
    for term in &query.terms {
        let pattern = if term.beginning { format!("% {}%", term.word) } else { format!("% {} %", term.word) };
        missed = missed.text(" + CASE WHEN d.title LIKE ").bind(pattern).text(" THEN 0 ELSE 1 END");
    }
    let mut found = Sql::new("SELECT v.record, v.version, v.kind, v.reference, ")
        .append(missed)
        .text(" AS bigint) AS missed FROM ")
        .text(matches.from)
        .text("record_version v ON v.record = d.record AND v.version = d.version WHERE ")
        .append(matches.condition)
        .text(" AND ")
        .append(visibility.filter("v"));
    if !kinds.is_empty() {
        found = found.text(" AND v.kind IN (").bind_all(kinds.iter().copied()).text(")");
    }
    let mut page = Sql::new("SELECT t.record, t.version, t.missed FROM (").append(found).text(") t");
    if let Some(after) = after {
        page = page.text(" WHERE ").append(after);
    }
    // First only the sort keys, so that rows beyond the page are sorted without their contents.
    Sql::new("SELECT ")
        .text(COLUMNS)
        .text(", p.missed FROM (")
        .append(page)
        .text(" ORDER BY t.missed, t.kind, t.reference, t.record LIMIT ")
        .bind(limit)
        .text(
            ") p JOIN record_version v ON v.record = p.record AND v.version = p.version
             ORDER BY p.missed, v.kind, v.reference, v.record",
        )
        .one_off()
}
