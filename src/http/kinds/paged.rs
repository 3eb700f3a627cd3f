//! A page of a list that is of no kind: where it begins, which rows it has, where the next begins.

use serde::Serialize;
use serde_json::Value;

use super::list_reply::Page;
use crate::clock::Ts;
use crate::http::Call;
use crate::http::paging::{self, Position};
use crate::problem::Problem;
use crate::store::Val;

/// How many rows a page has where nothing is said: what [`super::limit_param`] tells.
const LIMIT: i64 = 50;

/// The page of a list that a call asks for.
pub struct Paged<'a> {
    call: &'a Call,
    context: String,
    limit: i64,
}

impl<'a> Paged<'a> {
    /// Of a list that everybody sees alike. `list` names it: a cursor of another is refused.
    pub fn public(call: &'a Call, list: &str) -> Paged<'a> {
        let context = format!("{list} with {}", call.params.canonical(&["cursor", "limit", "format"]));
        Paged { call, context, limit: call.params.int("limit").unwrap_or(LIMIT) }
    }

    /// Of a list that the caller sees in their own way: nor is a cursor of somebody else taken.
    pub fn own(call: &'a Call, list: &str) -> Paged<'a> {
        Paged::public(call, &format!("{list} for {}", call.actor.name()))
    }

    /// The keys of the row behind which it begins, as `read` knows them; none for the first page.
    pub fn behind<K>(&self, read: impl FnOnce(&[Val]) -> Option<K>) -> Result<Option<K>, Problem> {
        let Some(cursor) = self.call.params.text("cursor") else { return Ok(None) };
        let position = paging::open(&self.call.state.keys, &self.context, cursor, self.call.now())?;
        let keys =
            read(&position.keys).ok_or_else(|| Problem::internal("a cursor of another list was opened"));
        keys.map(Some)
    }

    /// The same for a list by when its things were made, and by their ids where these are texts.
    pub fn behind_made(&self) -> Result<Option<(Ts, String)>, Problem> {
        self.behind(|keys| match keys {
            [Val::Ts(made), Val::Text(id)] => Some((*made, id.clone())),
            _ => None,
        })
    }

    /// The same for a list by one text.
    pub fn behind_text(&self) -> Result<Option<String>, Problem> {
        self.behind(|keys| match keys {
            [Val::Text(key)] => Some(key.clone()),
            _ => None,
        })
    }

    /// How many rows to read: one more than it has, which tells whether there is a next.
    pub fn to_read(&self) -> i64 {
        self.limit + 1
    }

    /// Cuts off that one more, and says where the next page begins: behind the keys of the last row that stays.
    pub fn cut<T>(&self, rows: &mut Vec<T>, keys: impl FnOnce(&T) -> Vec<Val>) -> Result<Page, Problem> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = match rows.last().filter(|_| more) {
            None => None,
            Some(last) => {
                let position = Position { keys: keys(last), id: None };
                let now = Some(self.call.now());
                Some(paging::seal(&self.call.state.keys, &self.context, &position, now)?)
            }
        };
        Ok(Page { limit: self.limit, next, total: None })
    }

    /// The same for a list by when its things were made.
    pub fn cut_made<T>(
        &self,
        rows: &mut Vec<T>,
        made: impl FnOnce(&T) -> (Ts, &String),
    ) -> Result<Page, Problem> {
        self.cut(rows, |last| {
            let (at, id) = made(last);
            vec![Val::Ts(at), Val::Text(id.clone())]
        })
    }
}

/// The rows of a list as they are given out.
pub fn values<T: Serialize>(rows: impl IntoIterator<Item = T>) -> Result<Vec<Value>, Problem> {
    let rows: Result<_, _> = rows.into_iter().map(serde_json::to_value).collect();
    rows.map_err(Problem::internal)
}
