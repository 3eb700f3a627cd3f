//! Reading records: one, some, a page of a list. Always through a [`Visibility`].

use diesel::prelude::*;
use diesel::sql_types as st;

use super::kind::KindDef;
pub use super::row::{COLUMNS, Row};
use super::visible::Visibility;
use crate::clock::{Id, Ts};
use crate::problem::Problem;
use crate::store::types::{Tstz, Uid};
use crate::store::{Conn, Count, Sql};

/// The name of a record, as paths and fields give it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name {
    /// Its id.
    Id(Id),
    /// Its body's reference and its own.
    InBody(String, String),
    /// The reference of reference data.
    Shared(String),
}

impl Name {
    /// Parses an id, `body:REFERENCE` (kinds with a body) or `reference` (reference data); `None` for any other text.
    pub fn parse(kind: &KindDef, text: &str) -> Option<Name> {
        Name::parse_as(kind.def.workflow, text)
    }

    /// [`Name::parse`] for a kind of which only `workflow` is known.
    pub fn parse_as(workflow: bool, text: &str) -> Option<Name> {
        if let Some(id) = Id::parse(text) {
            return Some(Name::Id(id));
        }
        if !workflow {
            return is_reference(text).then(|| Name::Shared(text.to_owned()));
        }
        let (body, reference) = text.split_once(':')?;
        (is_reference(body) && is_reference(reference))
            .then(|| Name::InBody(body.to_owned(), reference.to_owned()))
    }

    /// The SQL expression of the record's id.
    pub fn id(&self, kind: &KindDef) -> Sql {
        match self {
            Name::Id(id) => Sql::new("").bind(*id),
            Name::InBody(body, reference) => Sql::new("(SELECT r.id FROM record r WHERE r.kind = ")
                .bind(kind.def.name)
                .text(" AND r.reference = ")
                .bind(reference.as_str())
                .text(" AND r.body = (SELECT b.id FROM record b WHERE b.body IS NULL AND b.kind = ")
                .bind(super::BODY)
                .text(" AND b.reference = ")
                .bind(body.as_str())
                .text("))"),
            Name::Shared(reference) => {
                Sql::new("(SELECT r.id FROM record r WHERE r.body IS NULL AND r.kind = ")
                    .bind(kind.def.name)
                    .text(" AND r.reference = ")
                    .bind(reference.as_str())
                    .text(")")
            }
        }
    }
}

/// Whether a text can be a reference: it must fit into a URL and into `body:reference`.
pub fn is_reference(text: &str) -> bool {
    let mut chars = text.chars();
    text.len() <= 64
        && Id::parse(text).is_none()
        && chars.next().is_some_and(|first| first.is_ascii_alphanumeric())
        && chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
}

/// The version of a record that the caller sees, if any.
pub fn one(
    conn: &mut Conn,
    kind: &KindDef,
    name: &Name,
    visibility: &Visibility,
) -> Result<Option<Row>, Problem> {
    Ok(Sql::new("SELECT ")
        .text(COLUMNS)
        .text(" FROM record_version v WHERE v.record = ")
        .append(name.id(kind))
        .text(" AND v.kind = ")
        .bind(kind.def.name)
        .text(" AND ")
        .append(visibility.filter_of(kind.def.name, "v"))
        .get_result(conn)
        .optional()?)
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
    own_body: Option<Id>,
) -> Result<Option<Tombstone>, Problem> {
    Ok(Sql::new(
        "SELECT w.id AS record, w.withdrawn_at, o.reference AS office, w.withdrawn_reason AS reason, w.redacted_at
         FROM record w LEFT JOIN record o ON o.id = w.owner WHERE w.id = ",
    )
    .append(name.id(kind))
    .text(" AND w.kind = ")
    .bind(kind.def.name)
    .text(" AND w.withdrawn_at IS NOT NULL AND (w.was_public OR w.body = ")
    .bind(own_body)
    .text(")")
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
        let mut sql = self.selection(Sql::new("SELECT ").text(COLUMNS), kind, visibility, true);
        if let Some(after) = &self.after {
            sql = sql.text(" AND ").append(after.clone());
        }
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

    /// The statement that counts the whole list.
    pub fn total(&self, kind: &KindDef, visibility: &Visibility) -> Sql {
        self.selection(Sql::new("SELECT count(*) AS n"), kind, visibility, false)
    }

    fn selection(&self, select: Sql, kind: &KindDef, visibility: &Visibility, joined: bool) -> Sql {
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
        let bound = self.bound.iter().filter(|_| !joined || self.after.is_none());
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
