//! Pages of lists: one way to read `limit` and `cursor`, and one way to make the next cursor.
//!
//! A cursor holds the sort keys of the last row shown, and its id, nothing else, encrypted. It is bound to its list
//! (kind, filters, order, moment, caller) and expires after a day. The hour in which it was made is rounded up, so
//! that the same page has the same cursor, and the same ETag, for an hour.

use serde::{Deserialize, Serialize};

use super::Call;
use crate::access::keys::Keys;
use crate::clock::{Id, Ts};
use crate::problem::{Fault, Problem};
use crate::store::{Sql, Val};

/// How many rows a page has when the request does not say.
const LIMIT: i64 = 50;
/// How many hours a cursor is valid.
const HOURS: i64 = 24;
const MICROSECONDS_OF_AN_HOUR: i64 = 3_600_000_000;

/// What a response says of its page, besides the rows.
pub struct Page {
    /// How many rows it can have.
    pub limit: i64,
    /// The cursor of the next page; none on the last.
    pub next: Option<String>,
    /// How many rows the whole list has, where the request has `count`.
    pub total: Option<i64>,
}

/// The page of a list that a call requests.
pub struct PageRequest<'a> {
    call: &'a Call,
    context: String,
    limit: i64,
    expires: bool,
}

impl<'a> PageRequest<'a> {
    /// A page of a list that everybody sees alike. A cursor of a list with another name, or of other filters, is
    /// refused.
    pub fn public(call: &'a Call, list: &str) -> PageRequest<'a> {
        let filters = call.params.canonical(&["cursor", "limit", "format", "for"]);
        PageRequest::in_context(call, format!("{list} with {filters}"))
    }

    /// A page of a list that depends on who the caller is. A cursor of another caller is refused too.
    pub fn own(call: &'a Call, list: &str) -> PageRequest<'a> {
        PageRequest::public(call, &format!("{list} for {}", call.actor.name()))
    }

    /// A page whose cursors are bound to this text, which has to name the list, its filters and its order.
    pub fn in_context(call: &'a Call, context: String) -> PageRequest<'a> {
        PageRequest { call, context, limit: call.params.int("limit").unwrap_or(LIMIT), expires: true }
    }

    /// Has this many rows when the request does not say how many.
    pub fn default_limit(mut self, limit: i64) -> PageRequest<'a> {
        self.limit = self.call.params.int("limit").unwrap_or(limit);
        self
    }

    /// A request for a page of a list whose cursors never expire.
    pub fn without_expiry(mut self) -> PageRequest<'a> {
        self.expires = false;
        self
    }

    /// How many rows the page can have.
    pub fn limit(&self) -> i64 {
        self.limit
    }

    /// The position after which the page begins; none for the first page.
    pub fn position(&self) -> Result<Option<Position>, Problem> {
        let Some(cursor) = self.call.params.text("cursor") else { return Ok(None) };
        open(&self.call.state.keys, &self.context, cursor, self.call.now()).map(Some)
    }

    /// The sort keys after which the page begins, as `read` takes them; none for the first page.
    pub fn after<K>(&self, read: impl FnOnce(&[Val]) -> Option<K>) -> Result<Option<K>, Problem> {
        let Some(position) = self.position()? else { return Ok(None) };
        let keys =
            read(&position.keys).ok_or_else(|| Problem::internal("a cursor of another list was opened"));
        keys.map(Some)
    }

    /// [`PageRequest::after`] in a list sorted by the time of creation and an id that is text.
    pub fn after_created(&self) -> Result<Option<(Ts, String)>, Problem> {
        self.after(|keys| match keys {
            [Val::Ts(created), Val::Text(id)] => Some((*created, id.clone())),
            _ => None,
        })
    }

    /// [`PageRequest::after`] in a list sorted by one text.
    pub fn after_text(&self) -> Result<Option<String>, Problem> {
        self.after(|keys| match keys {
            [Val::Text(key)] => Some(key.clone()),
            _ => None,
        })
    }

    /// How many rows to read: one more than the page has, which shows whether there is a next page.
    pub fn rows_to_read(&self) -> i64 {
        self.limit + 1
    }

    /// Removes the row beyond the page, and makes the cursor of the next page from the sort keys of the last row.
    pub fn truncate<T>(&self, rows: &mut Vec<T>, keys: impl FnOnce(&T) -> Vec<Val>) -> Result<Page, Problem> {
        self.truncate_at(rows, |last| Ok(Position { keys: keys(last), id: None }))
    }

    /// [`PageRequest::truncate`] in a list sorted by the time of creation and an id that is text.
    pub fn truncate_created<T>(
        &self,
        rows: &mut Vec<T>,
        created: impl FnOnce(&T) -> (Ts, &String),
    ) -> Result<Page, Problem> {
        self.truncate(rows, |last| {
            let (at, id) = created(last);
            vec![Val::Ts(at), Val::Text(id.clone())]
        })
    }

    /// [`PageRequest::truncate`] where the position needs more than the sort keys.
    pub fn truncate_at<T>(
        &self,
        rows: &mut Vec<T>,
        position: impl FnOnce(&T) -> Result<Position, Problem>,
    ) -> Result<Page, Problem> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = match rows.last().filter(|_| more) {
            Some(last) => Some(self.cursor(&position(last)?)?),
            None => None,
        };
        Ok(Page { limit: self.limit, next, total: None })
    }

    /// The cursor of the page that begins after a position.
    pub fn cursor(&self, position: &Position) -> Result<String, Problem> {
        let now = self.expires.then(|| self.call.now());
        seal(&self.call.state.keys, &self.context, position, now)
    }
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    /// The hour after which it was made; none for a cursor that never expires.
    h: Option<i64>,
    /// The position.
    p: Position,
}

/// Where a page ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The values of the sort keys.
    pub keys: Vec<Val>,
    /// The record, where the order ends with it.
    pub id: Option<Id>,
}

/// Encrypts a position; without `now` the cursor never expires.
pub fn seal(keys: &Keys, context: &str, position: &Position, now: Option<Ts>) -> Result<String, Problem> {
    let hour = now.map(|now| now.micros().div_euclid(MICROSECONDS_OF_AN_HOUR) + 1);
    let mut plain =
        serde_json::to_vec(&Sealed { h: hour, p: position.clone() }).map_err(Problem::internal)?;
    // Padded, so that nearly all have one length: the number of digits would reveal rows that are not shown.
    plain.resize(plain.len().next_multiple_of(64), b' ');
    keys.seal(context.as_bytes(), &plain).ok_or_else(|| Problem::internal("a cursor could not be sealed"))
}

/// Decrypts a cursor: 400 for one of another list, or of more than a day ago.
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
    if sealed.h.is_some_and(|hour| now.micros() >= (hour + HOURS) * MICROSECONDS_OF_AN_HOUR) {
        return Err(Problem::bad_request(vec![Fault::parameter(
            "cursor",
            "expired",
            "The cursor is more than a day old; begin again without one.",
        )]));
    }
    Ok(sealed.p)
}

/// The condition on the rows after a position: `(k1, k2, …, record)` compared in the order's directions.
///
/// Where all keys have the same direction this is one comparison of rows, which an index serves; else it is
/// written out key by key.
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
