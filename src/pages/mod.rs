//! Pages for people: the answers of the API as HTML. A page is made from the JSON of the same request and holds no rule of its
//! own, so it shows nothing that the same caller's JSON does not.

mod home;
mod layout;
mod list;
mod problem;
mod record;
mod shown;

use askama::Template;
use serde_json::{Map, Value};

pub use self::home::home;
pub use self::layout::{CONTENT_TYPE, policy};
pub use self::problem::of_problem;

use self::layout::{Around, page, with};
use self::shown::{Shower, Shown};
use crate::http::accept::{HTML, PAGE, choose};
use crate::http::operation::Answer;
use crate::http::reply::Body;
use crate::http::{Call, Reply};
use crate::problem::Problem;
use crate::resources::changes_feeds;

#[derive(Template)]
#[template(path = "other.html")]
struct OtherPage {
    heading: String,
    value: Shown,
    next: Option<String>,
}

/// Whether a request is answered with a page: its caller prefers HTML, and the operation has pages.
pub fn is_requested(call: &Call) -> bool {
    let types: Vec<(&str, ())> =
        call.operation.answers.iter().flat_map(Answer::media_types).map(|name| (name, ())).collect();
    let preferred = || choose(call.headers.accept.as_deref(), &types);
    let is_page = match call.params.text("format") {
        Some(format) => format == PAGE,
        None => preferred().is_some_and(|(name, ())| name == HTML),
    };
    call.operation.has_page() && is_page
}

/// The reply as a page.
pub fn of_reply(call: &Call, reply: Reply) -> Result<Reply, Problem> {
    if reply.status != 200 || reply.content_type != "application/json" {
        return Ok(reply);
    }
    let value: Value = serde_json::from_slice(&reply.body).map_err(Problem::internal)?;
    let (title, main) = content(call, &value)?;
    let json = with(call, "format", Some("json"));
    let feeds = changes_feeds(call.operation, &call.raw_path);
    let around = Around { title: &title, json: Some(&json), feeds: &feeds, site: &call.state.site };
    let page = page(around, main)?;
    let mut headers = reply.headers;
    headers.push(("Content-Security-Policy", policy().to_owned()));
    Ok(Reply { content_type: CONTENT_TYPE, body: Body::Own(page.into_bytes()), headers, tag: None, ..reply })
}

/// The title and the main part of a page.
fn content(call: &Call, value: &Value) -> Result<(String, String), Problem> {
    let kind = call.operation.kind;
    let fields = value.as_object();
    let is_record = |fields: &&Map<String, Value>| {
        kind.is_some_and(|kind| fields.get("kind").and_then(Value::as_str) == Some(kind.def.name))
    };
    if let (Some(kind), Some(fields)) = (kind, fields.filter(is_record)) {
        return record::record(call, kind, fields);
    }
    let next = value["page"]["next"].as_str().map(|cursor| with(call, "cursor", Some(cursor)));
    let rows = value["data"].as_array();
    if let (Some(kind), Some(rows)) = (kind, rows)
        && rows.iter().all(|row| row["kind"] == kind.def.name && row["self"].is_string())
    {
        return list::list(call, kind, rows, next);
    }
    let shower = Shower { state: &call.state, kind: None };
    let heading = call.operation.summary.clone();
    let shown = shower.value("", rows.map_or(value, |_| &value["data"]));
    let other = OtherPage { heading: heading.clone(), value: shown, next };
    Ok((heading, other.render().map_err(Problem::internal)?))
}
