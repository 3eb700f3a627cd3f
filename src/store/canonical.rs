//! The canonical text of rows, from which digests are computed.
//!
//! The text of a row is the text of its columns in order: each as its length in bytes, a colon, the text and a comma, or
//! a dash if it is null. So no text can move from one column to the next. Both databases produce the same text, whatever
//! the session's settings: ids and bytes as hexadecimal digits, moments as microseconds since 1970, booleans as 1 and 0,
//! days as `YYYY-MM-DD`.
//!
//! Columns that were added to a table later follow, each with its name, and only where they are not null. So a row that
//! was written before has the same text as ever.

use super::{Sql, Val};
use crate::hex::hex;

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Text,
    Int,
    Bool,
    Day,
    Id,
    Moment,
    Bytes,
}

/// The SQL expression of a row's text, as bytes, from these columns of a table and those that were added to it later. The
/// alias ends with a dot.
pub fn row(
    pg: bool,
    alias: &'static str,
    columns: &[(&'static str, Shape)],
    added: &[(&'static str, Shape)],
) -> Sql {
    let mut sql = Sql::new(if pg { "convert_to(" } else { "CAST(" });
    for (n, (column, shape)) in columns.iter().enumerate() {
        if n > 0 {
            sql.push(" || ");
        }
        sql = sql
            .text("coalesce(octet_length(")
            .append(text(pg, alias, column, *shape))
            .text(") || ':' || ")
            .append(text(pg, alias, column, *shape))
            .text(" || ',', '-')");
    }
    for (column, shape) in added {
        sql = sql
            .text(" || coalesce('")
            .text(column)
            .text(":' || octet_length(")
            .append(text(pg, alias, column, *shape))
            .text(") || ':' || ")
            .append(text(pg, alias, column, *shape))
            .text(" || ',', '')");
    }
    sql.text(if pg { ", 'UTF8')" } else { " AS BLOB)" })
}

fn text(pg: bool, alias: &'static str, column: &'static str, shape: Shape) -> Sql {
    let (before, after) = match (pg, shape) {
        (_, Shape::Text) | (false, Shape::Day) => ("", ""),
        (_, Shape::Int) => ("CAST(", " AS text)"),
        (false, Shape::Bool | Shape::Moment) => ("CAST(", " AS TEXT)"),
        (false, Shape::Id | Shape::Bytes) => ("lower(hex(", "))"),
        (true, Shape::Bool) => ("CAST(CAST(", " AS integer) AS text)"),
        (true, Shape::Day) => ("to_char(", ", 'YYYY-MM-DD')"),
        (true, Shape::Id) => ("replace(CAST(", " AS text), '-', '')"),
        (true, Shape::Moment) => ("CAST(CAST(extract(epoch FROM ", ") * 1000000 AS bigint) AS text)"),
        (true, Shape::Bytes) => ("encode(", ", 'hex')"),
    };
    let sql = Sql::new(before).text(alias).text(column).text(after);
    match (pg, shape) {
        // SQLite's hex() of null is not null.
        (false, Shape::Id | Shape::Bytes) => Sql::new("CASE WHEN ")
            .text(alias)
            .text(column)
            .text(" IS NOT NULL THEN ")
            .append(sql)
            .text(" END"),
        _ => sql,
    }
}

/// The text of a value, as the databases render it; none for null.
pub fn text_of(value: &Val) -> Option<String> {
    match value {
        Val::Text(text) => Some(text.clone()),
        Val::OptText(text) => text.clone(),
        Val::Int(number) => Some(number.to_string()),
        Val::OptInt(number) => number.map(|number| number.to_string()),
        Val::Bool(is) => Some(u8::from(*is).to_string()),
        Val::OptBool(is) => is.map(|is| u8::from(is).to_string()),
        Val::Date(day) => Some(day.format("%Y-%m-%d").to_string()),
        Val::OptDate(day) => day.map(|day| day.format("%Y-%m-%d").to_string()),
        Val::Id(id) => Some(id.0.simple().to_string()),
        Val::OptId(id) => id.map(|id| id.0.simple().to_string()),
        Val::Ts(at) => Some(at.micros().to_string()),
        Val::OptTs(at) => at.map(|at| at.micros().to_string()),
        Val::Bytes(bytes) => Some(hex(bytes)),
        Val::OptBytes(bytes) => bytes.as_deref().map(hex),
    }
}

/// The text of one column, built in Rust.
pub fn piece(bytes: Option<&[u8]>) -> Vec<u8> {
    match bytes {
        None => b"-".to_vec(),
        Some(bytes) => [format!("{}:", bytes.len()).as_bytes(), bytes, b","].concat(),
    }
}
