//! Rows as text that never changes: what digests are made of.
//!
//! The text of a row is that of its columns, one behind the other: each as its length in bytes, a colon, itself and a
//! comma, or a dash where it is null. So nothing can be moved from one column to the next. Both databases give the
//! same: ids and bytes as hexadecimal digits, moments as microseconds since 1970, yes and no as 1 and 0, days as
//! `YYYY-MM-DD`; no setting of a session has a part in it.

use super::Sql;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Text.
    Text,
    /// A whole number.
    Int,
    /// Yes or no.
    Bool,
    /// A day.
    Day,
    /// An id.
    Id,
    /// A moment.
    Moment,
    /// Bytes.
    Bytes,
}

/// The expression of a row's text, as bytes: of these columns of the table with that alias (with its dot).
pub fn row(pg: bool, alias: &'static str, columns: &[(&'static str, Shape)]) -> Sql {
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

/// A piece of such a text, made here.
pub fn piece(bytes: Option<&[u8]>) -> Vec<u8> {
    match bytes {
        None => b"-".to_vec(),
        Some(bytes) => [format!("{}:", bytes.len()).as_bytes(), bytes, b","].concat(),
    }
}
