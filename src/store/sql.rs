//! Statements assembled at run time.
//!
//! The filters, sort keys and visibility of a list are known only when it is requested, so its statement is assembled from
//! string literals of this crate (`&'static str`, so that no caller's text can get in) and bound values. It runs through
//! Diesel on either database, which writes its own placeholders.

use chrono::NaiveDate;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types as st;
use serde::{Deserialize, Serialize};

use super::connection::{Conn, MultiBackend};
use super::types::{Tstz, Uid};
use crate::clock::{Id, Ts};

/// A value bound to a statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Val {
    /// Text.
    Text(String),
    /// Text or null.
    OptText(Option<String>),
    /// An integer.
    Int(i64),
    /// An integer or null.
    OptInt(Option<i64>),
    /// A boolean.
    Bool(bool),
    /// A boolean or null.
    OptBool(Option<bool>),
    /// A day.
    Date(NaiveDate),
    /// A day or null.
    OptDate(Option<NaiveDate>),
    /// An id.
    Id(Id),
    /// An id or null.
    OptId(Option<Id>),
    /// A moment.
    Ts(Ts),
    /// A moment or null.
    OptTs(Option<Ts>),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Bytes or null.
    OptBytes(Option<Vec<u8>>),
}

macro_rules! from {
    ($($rust:ty => $variant:ident,)*) => { $(
        impl From<$rust> for Val {
            fn from(value: $rust) -> Val { Val::$variant(value) }
        }
    )* };
}
from! {
    String => Text, Option<String> => OptText, i64 => Int, Option<i64> => OptInt, bool => Bool, Option<bool> => OptBool, NaiveDate => Date,
    Option<NaiveDate> => OptDate, Id => Id, Option<Id> => OptId, Ts => Ts, Option<Ts> => OptTs, Vec<u8> => Bytes, Option<Vec<u8>> => OptBytes,
}
impl From<&str> for Val {
    fn from(value: &str) -> Val {
        Val::Text(value.to_owned())
    }
}
impl From<i32> for Val {
    fn from(value: i32) -> Val {
        Val::Int(i64::from(value))
    }
}

#[derive(Clone, Debug)]
enum Part {
    Text(&'static str),
    Bind(Val),
}

/// A statement under construction.
#[derive(Clone, Debug, Default)]
pub struct Sql {
    parts: Vec<Part>,
    one_off: bool,
}

impl Sql {
    /// Begins a statement.
    pub fn new(text: &'static str) -> Sql {
        Sql { parts: vec![Part::Text(text)], one_off: false }
    }

    /// Adds text.
    pub fn text(mut self, text: &'static str) -> Sql {
        self.push(text);
        self
    }

    /// Adds a value.
    pub fn bind(mut self, value: impl Into<Val>) -> Sql {
        self.push_bind(value);
        self
    }

    /// Adds another statement's text and values.
    pub fn append(mut self, other: Sql) -> Sql {
        self.parts.extend(other.parts);
        self.one_off |= other.one_off;
        self
    }

    /// Adds text, in place.
    pub fn push(&mut self, text: &'static str) {
        self.parts.push(Part::Text(text));
    }

    /// Adds a value, in place.
    pub fn push_bind(&mut self, value: impl Into<Val>) {
        self.parts.push(Part::Bind(value.into()));
    }

    /// Adds the values, with commas between.
    pub fn bind_all<V: Into<Val>>(mut self, values: impl IntoIterator<Item = V>) -> Sql {
        for (n, value) in values.into_iter().enumerate() {
            if n > 0 {
                self.push(", ");
            }
            self.push_bind(value);
        }
        self
    }

    /// The condition on what stands before that it is one of these ids, each of which is looked up. PostgreSQL would rather read a whole
    /// table than look up some hundred rows of it; of a list that it does not see it expects ten.
    pub fn one_of(self, pg: bool, ids: impl IntoIterator<Item = Id>) -> Sql {
        if !pg {
            return self.text(" IN (").bind_all(ids).text(")").one_off();
        }
        let ids: Vec<String> = ids.into_iter().map(|id| id.to_string()).collect();
        self.text(" = ANY (ARRAY(SELECT unnest(string_to_array(").bind(ids.join(",")).text(", ','))::uuid))")
    }

    /// Keeps the statement out of the cache of prepared statements, which callers could otherwise fill with combinations of
    /// filters.
    pub fn one_off(mut self) -> Sql {
        self.one_off = true;
        self
    }

    /// The text with numbered placeholders, and the values, for EXPLAIN in tests.
    pub fn explain(&self) -> (String, Vec<Val>) {
        let mut text = String::new();
        let mut values = vec![];
        for part in &self.parts {
            match part {
                Part::Text(part) => text.push_str(part),
                Part::Bind(value) => {
                    values.push(value.clone());
                    text.push_str(&format!("${}", values.len()));
                }
            }
        }
        (text, values)
    }
}

impl QueryFragment<MultiBackend> for Sql {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        if self.one_off {
            out.unsafe_to_cache_prepared();
        }
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_sql(text),
                Part::Bind(value) => match value {
                    Val::Text(v) => out.push_bind_param::<st::Text, _>(v)?,
                    Val::OptText(v) => out.push_bind_param::<st::Nullable<st::Text>, _>(v)?,
                    Val::Int(v) => out.push_bind_param::<st::BigInt, _>(v)?,
                    Val::OptInt(v) => out.push_bind_param::<st::Nullable<st::BigInt>, _>(v)?,
                    Val::Bool(v) => out.push_bind_param::<st::Bool, _>(v)?,
                    Val::OptBool(v) => out.push_bind_param::<st::Nullable<st::Bool>, _>(v)?,
                    Val::Date(v) => out.push_bind_param::<st::Date, _>(v)?,
                    Val::OptDate(v) => out.push_bind_param::<st::Nullable<st::Date>, _>(v)?,
                    Val::Id(v) => out.push_bind_param::<Uid, _>(v)?,
                    Val::OptId(v) => out.push_bind_param::<st::Nullable<Uid>, _>(v)?,
                    Val::Ts(v) => out.push_bind_param::<Tstz, _>(v)?,
                    Val::OptTs(v) => out.push_bind_param::<st::Nullable<Tstz>, _>(v)?,
                    Val::Bytes(v) => out.push_bind_param::<st::Binary, _>(v)?,
                    Val::OptBytes(v) => out.push_bind_param::<st::Nullable<st::Binary>, _>(v)?,
                },
            }
        }
        Ok(())
    }
}

impl QueryId for Sql {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Sql {
    type SqlType = st::Untyped;
}

impl diesel::RunQueryDsl<Conn> for Sql {}

/// A statement whose columns are read by position and not by name, which is faster for tens of thousands of rows.
#[derive(Clone, Debug)]
pub struct Typed<T> {
    sql: Sql,
    types: std::marker::PhantomData<T>,
}

impl<T> Typed<T> {
    /// The statement, whose columns have these types.
    pub fn new(sql: Sql) -> Typed<T> {
        Typed { sql, types: std::marker::PhantomData }
    }
}

impl<T> QueryFragment<MultiBackend> for Typed<T> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        self.sql.walk_ast(out)
    }
}

impl<T> QueryId for Typed<T> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<T> Query for Typed<T> {
    type SqlType = T;
}

impl<T> diesel::RunQueryDsl<Conn> for Typed<T> {}
