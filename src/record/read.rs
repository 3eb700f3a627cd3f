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

/// How a path or a member names a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name {
    /// By id.
    Id(Id),
    /// By its body's reference and its own.
    InBody(String, String),
    /// By its reference, for reference data.
    Shared(String),
}

impl Name {
    /// Reads an id, `body:REFERENCE` (kinds with a body) or `reference` (reference data). `None` for what
    /// can name nothing.
    pub fn parse(kind: &KindDef, text: &str) -> Option<Name> {
        Name::parse_as(kind.def.workflow, text)
    }

    /// The same, for a kind known only by whether it has a workflow.
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

    /// The id, as an expression.
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

/// Whether a text has the form of a reference: what can stand in a URL and in "body:reference".
pub fn is_reference(text: &str) -> bool {
    let mut chars = text.chars();
    text.len() <= 64
        && Id::parse(text).is_none()
        && chars.next().is_some_and(|first| first.is_ascii_alphanumeric())
        && chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
}

/// The version of that record that is seen, if any.
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

/// Those of the records that are seen, in no order.
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

/// A record that was withdrawn: what is left to say.
#[derive(Clone, Debug, QueryableByName)]
pub struct Tombstone {
    /// The record.
    #[diesel(sql_type = Uid)]
    pub record: Id,
    /// When.
    #[diesel(sql_type = Tstz)]
    pub withdrawn_at: Ts,
    /// By whose office.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub office: Option<String>,
    /// Why.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub reason: Option<String>,
    /// When its content was destroyed, where it was.
    #[diesel(sql_type = st::Nullable<Tstz>)]
    pub redacted_at: Option<Ts>,
}

/// The tombstone of a record, to those who could see it: everyone if it was public, else its own body.
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

/// The rows `d` of `search_doc` that have all the words, as parts of a statement.
#[derive(Clone, Debug)]
pub struct Matches {
    /// What stands before a table that is joined with them.
    pub from: &'static str,
    /// The condition.
    pub condition: Sql,
}

/// A list, put together: the condition on the kind's table `t` and its order.
#[derive(Clone, Debug)]
pub struct ListQuery {
    /// The condition, without visibility.
    pub condition: Option<Sql>,
    /// The part of the condition that says where the order begins. Behind a position all is within it, and
    /// it is not said: SQLite would walk to the position from there.
    pub bound: Option<Sql>,
    /// Where the page begins.
    pub after: Option<Sql>,
    /// The order, as `t.column` and whether it descends; the record's id follows.
    pub order: Vec<(&'static str, bool)>,
    /// How many rows.
    pub limit: i64,
    /// The words that all rows have.
    pub words: Option<Matches>,
}

impl ListQuery {
    /// The same list, of what fulfils this condition on its row `t` too.
    pub fn with_condition(mut self, more: Sql) -> ListQuery {
        self.condition = Some(match self.condition.take() {
            None => more,
            Some(all) => all.text(" AND ").append(more),
        });
        self
    }

    /// The same list, of what has these words.
    pub fn with_words(mut self, words: Matches) -> ListQuery {
        self.words = Some(words);
        self
    }

    /// The statement of the page.
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

    /// The statement of the count.
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

    /// Reads the page.
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

/// Every version of a record that the public has seen by this moment, the latest first.
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

/// Every version of a record, the latest first.
pub fn versions(conn: &mut Conn, record: Id) -> Result<Vec<Row>, Problem> {
    Ok(Sql::new("SELECT ")
        .text(COLUMNS)
        .text(" FROM record_version v WHERE v.record = ")
        .bind(record)
        .text(" ORDER BY v.version DESC LIMIT 1000")
        .load(conn)?)
}
