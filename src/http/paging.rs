//! Keyset paging behind encrypted cursors.
//!
//! A cursor holds the sort keys and the id of the last row shown, nothing else. It is bound to its list
//! (kind, filters, order, moment, caller) and expires after a day; the hour of its making is rounded up, so
//! that the same page has the same cursor, and the same ETag, for an hour.

use serde::{Deserialize, Serialize};

use crate::access::keys::Keys;
use crate::clock::{Id, Ts};
use crate::problem::{Fault, Problem};
use crate::store::{Sql, Val};

/// How many hours a cursor is good for.
const HOURS: i64 = 24;
const HOUR: i64 = 3_600_000_000;

#[derive(Serialize, Deserialize)]
struct Sealed {
    /// The hour after which it was made; none for a cursor that never expires.
    h: Option<i64>,
    /// The position.
    p: Position,
}

/// Where a page ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The values of the sort keys.
    pub keys: Vec<Val>,
    /// The record, or for the change feed its row.
    pub id: Option<Id>,
}

/// Seals a position.
pub fn seal(keys: &Keys, context: &str, position: &Position, now: Option<Ts>) -> Result<String, Problem> {
    let sealed = Sealed { h: now.map(|now| now.micros().div_euclid(HOUR) + 1), p: position.clone() };
    let mut plain = serde_json::to_vec(&sealed).map_err(Problem::internal)?;
    // Of one length for all of about the same: the number of digits would tell of rows that are not shown.
    plain.resize(plain.len().next_multiple_of(64), b' ');
    keys.seal(context.as_bytes(), &plain).ok_or_else(|| Problem::internal("a cursor could not be sealed"))
}

/// Opens a cursor that came back.
pub fn open(keys: &Keys, context: &str, cursor: &str, now: Ts) -> Result<Position, Problem> {
    let wrong = || {
        Problem::bad_request(vec![Fault::parameter(
            "cursor",
            "invalid",
            "This is not a cursor of this list with these filters, this order and this credential; begin again without one.",
        )])
    };
    let plain = keys.unseal(context.as_bytes(), cursor).ok_or_else(wrong)?;
    let sealed: Sealed = serde_json::from_slice(&plain).map_err(|_| wrong())?;
    if sealed.h.is_some_and(|hour| now.micros() >= (hour + HOURS) * HOUR) {
        return Err(Problem::bad_request(vec![Fault::parameter(
            "cursor",
            "expired",
            "The cursor is more than a day old; begin again without one.",
        )]));
    }
    Ok(sealed.p)
}

/// The condition for the rows behind a position: `(k1, k2, …, record)` after it, in the order's directions.
///
/// Where all keys go the same way this is one comparison of rows, which an index serves; else it is written
/// out key by key.
pub fn after(order: &[(&'static str, bool)], position: &Position) -> Option<Sql> {
    let id = position.id?;
    if position.keys.len() != order.len() {
        return None;
    }
    let last = order.last().is_some_and(|(_, descending)| *descending);
    let mut columns: Vec<(&'static str, bool, Val)> = order
        .iter()
        .zip(&position.keys)
        .map(|((column, descending), key)| (*column, *descending, key.clone()))
        .collect();
    columns.push(("record", last, Val::Id(id)));
    if columns.iter().all(|(_, descending, _)| *descending == last) {
        let mut sql = Sql::new("(");
        for (n, (column, _, _)) in columns.iter().enumerate() {
            sql.push(if n == 0 { "t." } else { ", t." });
            sql.push(column);
        }
        sql.push(if last { ") < (" } else { ") > (" });
        return Some(sql.bind_all(columns.into_iter().map(|(_, _, key)| key)).text(")"));
    }
    let mut sql = Sql::new("(");
    for n in 0..columns.len() {
        sql.push(if n == 0 { "(" } else { " OR (" });
        for (column, _, key) in &columns[..n] {
            sql.push("t.");
            sql.push(column);
            sql.push(" = ");
            sql.push_bind(key.clone());
            sql.push(" AND ");
        }
        let (column, descending, key) = &columns[n];
        sql.push("t.");
        sql.push(column);
        sql.push(if *descending { " < " } else { " > " });
        sql.push_bind(key.clone());
        sql.push(")");
    }
    Some(sql.text(")"))
}
