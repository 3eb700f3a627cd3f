//! The examples of reads: what the demo answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::access::Actor;
use crate::http::operation::{Answer, BulkReply, Handler, Operation};
use crate::http::params::Params;
use crate::http::{Call, Reply, State};
use crate::resources;

/// The answers of a kind's operations that change something, by operation id: the generator creates the kind's example
/// in its scratch database and takes it through its life, as the demo's people would.
pub type Story = BTreeMap<String, Value>;

/// Where the examples of the document come from.
pub struct Examples<'a> {
    /// The demo, which answers the reads.
    pub demo: &'a Arc<State>,
    /// What changes answered.
    pub story: &'a Story,
}

impl Examples<'_> {
    /// An example of an answer.
    pub fn of_answer(&self, operation: &Operation, answer: &Answer) -> Result<Option<Value>, String> {
        Ok(match example(operation, answer, self.demo, None)? {
            None if answer.status < 300 => self.of_change(operation).cloned(),
            shown => shown,
        })
    }

    /// What a change answered. One example serves all that answer alike, which keeps the document short: a `PUT` and a
    /// `PATCH` of a kind, its steps before publication, and the redactions and withdrawals of all kinds.
    fn of_change(&self, operation: &Operation) -> Option<&Value> {
        let alike =
            |verb: &str| self.story.iter().find(|(name, _)| name.starts_with(verb)).map(|(_, answer)| answer);
        let is_of_kind = operation.kind.is_some();
        let shown = match operation.id.split_once('_') {
            Some(("replace", kind)) => self.story.get(&format!("update_{kind}")),
            Some(("return" | "approve" | "share", kind)) => self.story.get(&format!("submit_{kind}")),
            Some(("redact", _)) => alike("redact_"),
            Some(("withdraw", _)) if is_of_kind => alike("withdraw_"),
            _ => None,
        };
        shown.or_else(|| self.story.get(&operation.id))
    }

    /// An example of an answer as CSV.
    pub fn as_csv(&self, operation: &Operation, answer: &Answer) -> Result<Option<Value>, String> {
        example(operation, answer, self.demo, Some("text/csv"))
    }
}

/// The demo's answer to the operation's example request, where it has one and the status is 200.
fn example(
    operation: &Operation,
    answer: &Answer,
    state: &Arc<State>,
    accept: Option<&str>,
) -> Result<Option<Value>, String> {
    if answer.status != 200 {
        return Ok(None);
    }
    let Some(request) = &operation.example else {
        return Ok(None);
    };
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let segments = operation.path.split('/').zip(path.split('/'));
    let names = segments
        .filter_map(|(name, value)| {
            // A name can have an ending: `{name}.svg`.
            let (name, ending) = name.strip_prefix('{')?.split_once('}')?;
            let value = value.strip_suffix(ending)?;
            let known = operation.path_params.iter().find(|(known, _)| *known == name)?;
            Some((known.0, value.to_owned()))
        })
        .collect();
    let table = resources::operations();
    let row = table.iter().find(|row| row.id == operation.id).ok_or("an operation outside the table")?;
    let mut call = Call::bare(state, &row.spec, &Actor::public());
    call.path = names;
    call.params = Params::parse(query, &operation.params).map_err(|problem| problem.to_string())?;
    call.headers.accept = accept.map(str::to_owned);
    call.raw_path = path.to_owned();
    call.query = query.to_owned();
    let reply = match &row.handler {
        Handler::Read(handler) => state.db.read(|conn| handler(&call, conn)),
        Handler::Inline(handler) | Handler::Blocking(handler) => handler(&call),
        Handler::Bulk(handler) => handler(&call).and_then(|reply| match reply {
            BulkReply::Whole(reply) => Ok(reply),
            BulkReply::InPieces(mut reply) => {
                let mut body = vec![];
                while reply.pieces.next(&call, &mut body)? {}
                Ok(Reply::json(body))
            }
        }),
        Handler::Write(_) | Handler::Upload(_) => {
            return Err("an example that cannot be shown".to_owned());
        }
    };
    let reply = reply.map_err(|problem| format!("{}: {problem}", operation.id))?;
    // A picture in pixels cannot be shown.
    let Ok(text) = String::from_utf8(reply.body.to_vec()) else { return Ok(None) };
    Ok(Some(match accept {
        None if answer.media_type.ends_with("json") => {
            serde_json::from_str(&text).map_err(|error| error.to_string())?
        }
        _ => Value::String(text),
    }))
}
