//! Other answers to the same caller, for a page that is made of several.

use serde_json::Value;

use crate::http::Call;
use crate::http::table::other;
use crate::problem::Problem;
use crate::record::visible::Visibility;
use crate::store::Conn;

/// Reads other answers as the caller of a request would get them. Without a connection there are none.
pub struct Reading<'a> {
    pub call: &'a Call,
    pub conn: Option<&'a mut Conn>,
}

impl Reading<'_> {
    /// Another answer; null where the caller would be refused, with the reason.
    pub fn other_or_reason(
        &mut self,
        id: &str,
        path: &[(&'static str, &str)],
        query: &str,
    ) -> Result<(Value, Option<String>), Problem> {
        let Some(conn) = self.conn.as_deref_mut() else { return Ok((Value::Null, None)) };
        match other(self.call, conn, id, path, query) {
            Ok(value) => Ok((value, None)),
            Err(problem) if problem.kind.status < 500 => {
                let first = problem.errors.first().map(|fault| fault.detail.clone());
                Ok((Value::Null, Some(first.unwrap_or_else(|| problem.detail.clone()))))
            }
            Err(problem) => Err(problem),
        }
    }

    /// Another answer; null where the caller would be refused.
    pub fn other(&mut self, id: &str, path: &[(&'static str, &str)], query: &str) -> Result<Value, Problem> {
        self.other_or_reason(id, path, query).map(|(value, _)| value)
    }

    /// What the caller sees, at the moment that the request looks at.
    pub fn visibility(&self) -> Visibility {
        match self.call.as_of.get() {
            Some(moment) => Visibility::as_of(moment),
            None => self.call.visibility(),
        }
    }

    /// Those of the request's parameters, for another answer about the same moment.
    pub fn same(&self, names: &[&str]) -> String {
        let pairs = self.call.query.split('&');
        let is_named = |pair: &&str| names.contains(&pair.split('=').next().unwrap_or_default());
        pairs.filter(is_named).collect::<Vec<_>>().join("&")
    }
}
