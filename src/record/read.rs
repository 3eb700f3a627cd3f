//! Reading records: one, some, a page of a list. Always through a [`Visibility`].

use diesel::prelude::*;
use diesel::sql_types as st;

use super::kind::KindDef;
pub use super::name::{Name, is_reference};
pub use super::row::{COLUMNS, Row};
use super::visible::Visibility;
use crate::clock::{Id, Ts};
use crate::problem::Problem;
use crate::store::types::{Tstz, Uid};
use crate::store::{Conn, Count, Sql};

/// The version of a record that the caller sees, if any. If records of several owners have the name, it is that of the one
/// that was published; 409 if none of them was.
pub fn one(
    conn: &mut Conn,
    kind: &KindDef,
    name: &Name,
    visibility: &Visibility,
) -> Result<Option<Row>, Problem> {
    let sql = Sql::new("SELECT ")
        .text(COLUMNS)
        .text(" FROM record_version v WHERE ")
        .append(name.is(kind, "v.record"))
        // As an expression: SQLite must find the versions by the record, and not read all of the kind by its index.
        .text(" AND v.kind || '' = ")
        .bind(kind.def.name)
        .text(" AND ")
        .append(visibility.filter_of(kind.def.name, "v"));
    if !name.can_be_several(kind) {
        return Ok(sql.get_result(conn).optional()?);
    }
    let mut rows: Vec<Row> = sql.load(conn)?;
    if rows.len() > 1 {
        let ids: Vec<Id> = rows.iter().map(|row| row.record).collect();
        let published = published_of(conn, &ids)?.ok_or_else(|| ambiguous(kind))?;
        rows.retain(|row| row.record == published);
    }
    Ok(rows.pop())
}

/// The one of some records of one name that is published, scheduled or withdrawn after its publication.
fn published_of(conn: &mut Conn, ids: &[Id]) -> Result<Option<Id>, Problem> {
    #[derive(QueryableByName)]
    struct Published {
        #[diesel(sql_type = Uid)]
        record: Id,
    }
    let published: Option<Published> =
        Sql::new("SELECT p.record FROM record_version p WHERE p.publication IS NOT NULL AND p.record IN (")
            .bind_all(ids.iter().copied())
            .text(") ORDER BY p.record LIMIT 1")
            .one_off()
            .get_result(conn)
            .optional()?;
    Ok(published.map(|one| one.record))
}

/// 409: several records have the name, and nothing says which is meant.
pub fn ambiguous(kind: &KindDef) -> Problem {
    Problem::conflict(format!(
        "Several {} of different organisations have this reference, and none of them is published. Give the id.",
        kind.def.many
    ))
}

/// The version that the caller sees of the record with a name, as text; none if the text is no name.
pub fn by_name(
    conn: &mut Conn,
    kind: &KindDef,
    name: &str,
    visibility: &Visibility,
) -> Result<Option<Row>, Problem> {
    match Name::parse(kind, name) {
        Some(name) => one(conn, kind, &name, visibility),
        None => Ok(None),
    }
}

/// The versions of some records that the caller sees, in no order.
pub fn many(conn: &mut Conn, ids: &[Id], visibility: &Visibility) -> Result<Vec<Row>, Problem> {
    let mut rows = vec![];
    for chunk in ids.chunks(500) {
        rows.extend(
            Sql::new("SELECT ")
                .text(COLUMNS)
                .text(" FROM record_version v WHERE v.record IN (")
                .bind_all(chunk.iter().copied())
                .text(") AND ")
                .append(visibility.filter("v"))
                .one_off()
                .load::<Row>(conn)?,
        );
    }
    Ok(rows)
}

/// The versions that the caller sees of records by kind and name, in one statement, in no order.
pub fn named(
    conn: &mut Conn,
    names: &[(&KindDef, Name)],
    visibility: &Visibility,
) -> Result<Vec<Row>, Problem> {
    if names.is_empty() {
        return Ok(vec![]);
    }
    let mut sql = Sql::new("SELECT ").text(COLUMNS).text(" FROM record_version v WHERE v.record IN (");
    for (n, (kind, name)) in names.iter().enumerate() {
        let before = if n > 0 { " UNION ALL " } else { "" };
        sql = sql
            .text(before)
            .text("SELECT r.id FROM record r WHERE ")
            .append(name.is(kind, "r.id"))
            .text(" AND r.kind = ")
            .bind(kind.def.name);
    }
    Ok(sql.text(") AND ").append(visibility.filter("v")).one_off().load(conn)?)
}

/// What responses say of a withdrawn record.
#[derive(Clone, Debug, QueryableByName)]
pub struct Tombstone {
    /// The record's id.
    #[diesel(sql_type = Uid)]
    pub record: Id,
    /// When it was withdrawn.
    #[diesel(sql_type = Tstz)]
    pub withdrawn_at: Ts,
    /// The reference of the organisation that owned it.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub office: Option<String>,
    /// Why it was withdrawn.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub reason: Option<String>,
    /// When its content was destroyed, if it was.
    #[diesel(sql_type = st::Nullable<Tstz>)]
    pub redacted_at: Option<Ts>,
}

/// The tombstone of a withdrawn record, for those who could see the record: everyone if it was public, else its body.
pub fn tombstone(
    conn: &mut Conn,
    kind: &KindDef,
    name: &Name,
    visibility: &Visibility,
) -> Result<Option<Tombstone>, Problem> {
    Ok(Sql::new(
        "SELECT w.id AS record, w.withdrawn_at, o.reference AS office, w.withdrawn_reason AS reason, w.redacted_at
         FROM record w LEFT JOIN record o ON o.id = w.owner WHERE ",
    )
    .append(name.is(kind, "w.id"))
    .text(" AND w.kind = ")
    .bind(kind.def.name)
    .text(" AND w.withdrawn_at IS NOT NULL AND (w.was_public OR ")
    .append(visibility.drafts_of(kind.def.name, "w"))
    .text(") ORDER BY CASE WHEN w.was_public THEN 0 ELSE 1 END, w.id LIMIT 1")
    .get_result(conn)
    .optional()?)
}

/// The rows `d` of `search_doc` that have all the words of a search, as parts of a statement.
#[derive(Clone, Debug)]
pub struct Matches {
    /// The tables, up to and including `JOIN`: the table to be joined follows.
    pub from: &'static str,
    /// The condition that the words are there.
    pub condition: Sql,
}

/// The query of a list: conditions on the kind's table `t`, and its order.
#[derive(Clone, Debug)]
pub struct ListQuery {
    /// The conditions of the filters, without visibility.
    pub condition: Option<Sql>,
    /// The filter that bounds the beginning of the order. A page after a cursor leaves it out, since all its rows fulfil
    /// it: SQLite would walk the index from the bound to the cursor.
    pub bound: Option<Sql>,
    /// The condition that the row comes after the cursor.
    pub after: Option<Sql>,
    /// The order: columns of `t`, and whether each descends. The record's id follows.
    pub order: Vec<(&'static str, bool)>,
    /// How many rows to read.
    pub limit: i64,
    /// The words that all rows must have.
    pub words: Option<Matches>,
    /// Conditions of which each row must fulfil one, and none fulfils two: several values of one column.
    pub either: Vec<Sql>,
}

impl ListQuery {
    /// Adds a condition on the row `t`.
    pub fn with_condition(mut self, condition: Sql) -> ListQuery {
        self.condition = Some(match self.condition.take() {
            None => condition,
            Some(others) => others.text(" AND ").append(condition),
        });
        self
    }

    /// Only rows that have these words.
    pub fn with_words(mut self, words: Matches) -> ListQuery {
        self.words = Some(words);
        self
    }

    /// The statement that reads a page.
    pub fn page(&self, kind: &KindDef, visibility: &Visibility) -> Sql {
        if self.either.len() > 1 && self.words.is_none() {
            return self.merged_page(kind, visibility);
        }
        let sql =
            self.selection(Sql::new("SELECT ").text(COLUMNS), kind, visibility, true, self.bound_of_page());
        self.ordered(self.with_either(sql))
    }

    /// The page of a list in which a column has one of several values: the pages of each value, merged. So each is read
    /// along its index; one condition on all of them would sort the whole list.
    fn merged_page(&self, kind: &KindDef, visibility: &Visibility) -> Sql {
        let mut sql = Sql::new("SELECT ").text(COLUMNS).text(" FROM (");
        for (n, one) in self.either.iter().enumerate() {
            let mut columns = Sql::new("SELECT t.record, t.version");
            for (column, _) in &self.order {
                columns = columns.text(", t.").text(column);
            }
            let rows = self
                .selection(columns, kind, visibility, false, self.bound_of_page())
                .text(" AND ")
                .append(one.clone());
            sql = sql
                .text(if n > 0 { " UNION ALL SELECT * FROM (" } else { "SELECT * FROM (" })
                .append(self.ordered(rows))
                .text(") one");
        }
        let sql = sql.text(") t JOIN record_version v ON v.record = t.record AND v.version = t.version");
        self.in_order(sql)
    }

    fn bound_of_page(&self) -> Option<&Sql> {
        self.bound.as_ref().filter(|_| self.after.is_none())
    }

    /// The rows after the cursor, in order.
    fn ordered(&self, mut sql: Sql) -> Sql {
        if let Some(after) = &self.after {
            sql = sql.text(" AND ").append(after.clone());
        }
        self.in_order(sql)
    }

    fn in_order(&self, mut sql: Sql) -> Sql {
        sql.push(" ORDER BY ");
        let last = self.order.last().is_some_and(|(_, descending)| *descending);
        for (column, descending) in &self.order {
            sql.push("t.");
            sql.push(column);
            sql.push(if *descending { " DESC, " } else { ", " });
        }
        sql.push(if last { "t.record DESC LIMIT " } else { "t.record LIMIT " });
        sql.push_bind(self.limit);
        sql
    }

    fn with_either(&self, mut sql: Sql) -> Sql {
        for (n, one) in self.either.iter().enumerate() {
            sql = sql.text(if n > 0 { " OR " } else { " AND (" }).append(one.clone());
        }
        if self.either.is_empty() { sql } else { sql.text(")") }
    }

    /// The statement that counts the whole list.
    pub fn total(&self, kind: &KindDef, visibility: &Visibility) -> Sql {
        self.with_either(self.selection(
            Sql::new("SELECT count(*) AS n"),
            kind,
            visibility,
            false,
            self.bound.as_ref(),
        ))
    }

    /// The rows of the whole list, joined with their versions or not; without the bound that a page after a cursor leaves out.
    fn selection(
        &self,
        select: Sql,
        kind: &KindDef,
        visibility: &Visibility,
        joined: bool,
        bound: Option<&Sql>,
    ) -> Sql {
        let mut sql = select.text(" FROM ");
        if let Some(words) = &self.words {
            sql = sql.text(words.from);
        }
        sql = sql.text(kind.def.table).text(" t");
        if self.words.is_some() {
            sql.push(" ON t.record = d.record AND t.version = d.version");
        }
        if joined {
            sql.push(" JOIN record_version v ON v.record = t.record AND v.version = t.version");
        }
        sql = sql.text(" WHERE ").append(visibility.filter_of(kind.def.name, "t"));
        let words = self.words.iter().map(|words| &words.condition);
        for condition in self.condition.iter().chain(bound).chain(words) {
            sql = sql.text(" AND ").append(condition.clone());
        }
        sql
    }

    /// Reads a page.
    pub fn rows(
        &self,
        conn: &mut Conn,
        kind: &KindDef,
        visibility: &Visibility,
    ) -> Result<Vec<Row>, Problem> {
        Ok(self.page(kind, visibility).load(conn)?)
    }

    /// Counts the whole list.
    pub fn count(&self, conn: &mut Conn, kind: &KindDef, visibility: &Visibility) -> Result<i64, Problem> {
        Ok(self.total(kind, visibility).one_off().get_result::<Count>(conn)?.n)
    }
}

/// The versions of a record that were public by a moment, the latest first.
pub fn publications(conn: &mut Conn, record: Id, moment: Ts) -> Result<Vec<Row>, Problem> {
    Ok(Sql::new("SELECT ")
        .text(COLUMNS)
        .text(" FROM record_version v WHERE v.record = ")
        .bind(record)
        .text(" AND v.publication IS NOT NULL AND v.public_from <= ")
        .bind(moment)
        .text(" ORDER BY v.publication DESC LIMIT 1000")
        .load(conn)?)
}

/// All versions of a record, the latest first.
pub fn versions(conn: &mut Conn, record: Id) -> Result<Vec<Row>, Problem> {
    Ok(Sql::new("SELECT ")
        .text(COLUMNS)
        .text(" FROM record_version v WHERE v.record = ")
        .bind(record)
        .text(" ORDER BY v.version DESC LIMIT 1000")
        .load(conn)?)
}

/// The working version of a record.
pub fn head(conn: &mut Conn, record: Id) -> Result<Row, Problem> {
    Ok(Sql::new("SELECT ")
        .text(COLUMNS)
        .text(" FROM record_version v WHERE v.is_head AND v.record = ")
        .bind(record)
        .get_result(conn)?)
}

/// One version of a record, by the number of the edit.
pub fn version(conn: &mut Conn, record: Id, version: i64) -> Result<Row, Problem> {
    Ok(Sql::new("SELECT ")
        .text(COLUMNS)
        .text(" FROM record_version v WHERE v.record = ")
        .bind(record)
        .text(" AND v.version = ")
        .bind(version)
        .get_result(conn)?)
}
