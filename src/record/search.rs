//! Search by words: what is indexed, and the statements that find it.
//!
//! Each stored version has a row in `search_doc` with the words of its title and all its words; the database puts
//! these into FTS5's `search_words` (SQLite) or into a `tsvector` beside them (PostgreSQL). The index holds what is hidden too: who
//! sees a match is decided by the one filter, behind it.

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

/// How many versions are indexed in one transaction, where many have to be.
const BATCH: i64 = 500;

/// The row of a version's words.
pub fn row(rows: &mut Rows, kind: &KindDef, record: Id, version: i64, reference: &str, content: &Value) {
    let members = kind.words();
    let texts = members.iter().flat_map(|member| texts(&content[*member]));
    let all = words::distinct(std::iter::once(reference).chain(texts));
    let title = words::spaced(&represent::title(kind, content));
    rows.push(
        "search_doc",
        &["record", "version", "title", "words"],
        vec![record.into(), version.into(), title.into(), all.into()],
    );
}

/// The texts of a member: itself, or the items of a list.
pub fn texts(member: &Value) -> Vec<&str> {
    match member {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        _ => vec![],
    }
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

/// Indexes the versions that were stored before there was an index: a migration cannot, words are made here.
/// Gives their number.
pub fn backfill(db: &Db, kinds: &[&'static KindDef]) -> Result<usize, Problem> {
    let (mut done, mut last) = (0, None);
    loop {
        // Most often there is none, and nobody is kept from writing to learn it.
        if db.read(|conn| missing(conn, last, 1))?.is_empty() {
            return Ok(done);
        }
        let (count, end) = db.write(|conn| {
            if conn.is_pg() {
                // Another process may have been started too; SQLite has one writer anyway.
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

/// The next versions that are not indexed, after one.
fn missing(conn: &mut Conn, after: Option<(Id, i64)>, limit: i64) -> Result<Vec<Missing>, Problem> {
    let mut sql = Sql::new(
        "SELECT v.record, v.version, v.kind, v.reference, v.content FROM record_version v WHERE NOT EXISTS
         (SELECT 1 FROM search_doc d WHERE d.record = v.record AND d.version = v.version) AND v.redacted_at IS NULL",
    );
    if let Some((record, version)) = after {
        sql = sql.text(" AND (v.record, v.version) > (").bind(record).text(", ").bind(version).text(")");
    }
    Ok(sql.text(" ORDER BY v.record, v.version LIMIT ").bind(limit).load(conn)?)
}

/// What has all the words. SQLite begins with these in any case, since it cannot know how many they are;
/// PostgreSQL estimates it, and goes through the list's order where nearly all have them.
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

/// A version that was found.
#[derive(Clone, Debug, QueryableByName)]
pub struct Hit {
    /// The version.
    #[diesel(embed)]
    pub found: Row,
    /// How many of the words are not in its title.
    #[diesel(sql_type = st::BigInt)]
    pub missed: i64,
}

/// The order of what is found, as columns of `t` that all ascend; the record's id follows.
pub const ORDER: &[(&str, bool)] = &[("missed", false), ("kind", false), ("reference", false)];

/// The statement of a page of what is found across kinds (all kinds, where none is named).
///
/// The rank is how many of the words the title has: a fact of the record itself. What the databases offer
/// (`bm25`, `ts_rank`) weighs a word by how many others have it, hidden ones too, and so would tell of them.
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
    // The keys first: what a page does not show is sorted without its content.
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
