//! Pages for people: the answers of the API as HTML. A page is made from the JSON of the same request and holds no rule of its
//! own, so it shows nothing that the same caller's JSON does not.

mod shown;

use std::sync::OnceLock;

use askama::Template;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as B64;
use serde_json::{Map, Value};

use self::shown::{Shower, Shown, address_of, is_empty, label};
use crate::http::accept::{HTML, choose};
use crate::http::operation::Answer;
use crate::http::reply::Body;
use crate::http::{Call, Reply};
use crate::problem::Problem;
use crate::record::kind::KindDef;
use crate::resources;

/// The style of all pages. It is in each page, so that a saved page keeps it.
const STYLE: &str = include_str!("style.css");

/// The media type of a page as its header has it.
pub const CONTENT_TYPE: &str = "text/html; charset=utf-8";

/// The parts of the record that every page names.
const PARTS: &[(&str, &str)] = &[
    ("/v1/plans", "Plans"),
    ("/v1/pledges", "Pledges"),
    ("/v1/indicators", "Figures"),
    ("/v1/statements", "Statements"),
    ("/v1/grants", "Grants"),
    ("/v1/changes", "Changes"),
    ("/v1/search", "Search"),
];

/// The fields of a record that belong to its envelope.
const ENVELOPE: &[&str] =
    &["id", "kind", "reference", "body", "owner", "self", "state", "version", "published_at"];

/// The policy of a page: nothing but its own style, pictures of this server, and forms that this server answers.
pub fn policy() -> &'static str {
    static POLICY: OnceLock<String> = OnceLock::new();
    POLICY.get_or_init(|| {
        let hash = B64.encode(digest(&SHA256, STYLE.as_bytes()));
        format!(
            "default-src 'none'; style-src 'sha256-{hash}'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        )
    })
}

#[derive(Template)]
#[template(path = "page.html")]
struct Page<'a> {
    title: &'a str,
    style: &'a str,
    /// The address of the same as JSON.
    json: Option<&'a str>,
    parts: &'a [(&'a str, &'a str)],
    main: String,
}

#[derive(Template)]
#[template(path = "record.html")]
struct RecordPage {
    kind: String,
    reference: String,
    heading: String,
    fields: Shown,
    /// The labels of the fields without a value.
    unstated: String,
    envelope: Shown,
    ways: Vec<(String, String)>,
    citation: String,
}

#[derive(Template)]
#[template(path = "list.html")]
struct ListPage {
    heading: String,
    searchable: bool,
    words: String,
    /// The list without any filter.
    whole: String,
    rows: Vec<ListRow>,
    next: Option<String>,
    csv: String,
}

struct ListRow {
    address: String,
    title: String,
    reference: String,
    beside: Vec<(String, Shown)>,
}

#[derive(Template)]
#[template(path = "other.html")]
struct OtherPage {
    heading: String,
    value: Shown,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    status: u16,
    heading: String,
    detail: String,
    more: Shown,
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    lists: Vec<(String, String)>,
}

/// Whether a request is answered with a page: its caller prefers HTML, and the operation has pages.
pub fn is_requested(call: &Call) -> bool {
    let types: Vec<(&str, ())> =
        call.operation.answers.iter().flat_map(Answer::media_types).map(|name| (name, ())).collect();
    let preferred = || choose(call.headers.accept.as_deref(), &types);
    call.operation.has_page()
        && !call.params.has("format")
        && preferred().is_some_and(|(name, ())| name == HTML)
}

/// The reply as a page.
pub fn of_reply(call: &Call, reply: Reply) -> Result<Reply, Problem> {
    if reply.status != 200 || reply.content_type != "application/json" {
        return Ok(reply);
    }
    let value: Value = serde_json::from_slice(&reply.body).map_err(Problem::internal)?;
    let (title, main) = content(call, &value)?;
    let json = with(call, "format", None);
    let page = page(&title, Some(&json), main)?;
    let mut headers = reply.headers;
    headers.push(("Content-Security-Policy", policy().to_owned()));
    Ok(Reply { content_type: CONTENT_TYPE, body: Body::Own(page.into_bytes()), headers, tag: None, ..reply })
}

/// The page of a problem: its facts are those of the JSON.
pub fn of_problem(problem: &Problem, instance: &str) -> Result<String, Problem> {
    let mut body = problem.body(instance);
    let facts = body.as_object_mut().map(std::mem::take).unwrap_or_default();
    let more: Vec<(String, Shown)> = facts
        .iter()
        .filter(|(name, value)| {
            !["type", "title", "status", "detail"].contains(&name.as_str()) && !is_empty(value)
        })
        .map(|(name, value)| (label(name), plain(value)))
        .collect();
    let text = |name: &str| facts.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let heading = text("title");
    let main = ProblemPage {
        status: problem.kind.status,
        heading: heading.clone(),
        detail: text("detail"),
        more: Shown::Fields(more),
    };
    page(&heading, None, main.render().map_err(Problem::internal)?)
}

/// The first page.
pub fn home() -> Result<String, Problem> {
    let kinds = resources::kinds();
    let lists = kinds.iter().map(|kind| (format!("/v1/{}", kind.def.path), label(kind.def.many)));
    let main = HomePage { lists: lists.collect() }.render().map_err(Problem::internal)?;
    page("The open accountability record", None, main)
}

fn page(title: &str, json: Option<&str>, main: String) -> Result<String, Problem> {
    Page { title, style: STYLE, json, parts: PARTS, main }.render().map_err(Problem::internal)
}

/// A value without a kind: no field of it names a record.
fn plain(value: &Value) -> Shown {
    match value {
        Value::Array(items) => Shown::List(items.iter().map(plain).collect()),
        Value::Object(fields) => Shown::Fields(
            fields
                .iter()
                .filter(|(_, value)| !is_empty(value))
                .map(|(name, value)| (label(name), plain(value)))
                .collect(),
        ),
        Value::String(text) => Shown::Text(text.clone()),
        Value::Null => Shown::Nothing,
        other => Shown::Text(other.to_string()),
    }
}

/// The title and the main part of a page.
fn content(call: &Call, value: &Value) -> Result<(String, String), Problem> {
    let kind = call.operation.kind;
    let fields = value.as_object();
    let is_record = |fields: &&Map<String, Value>| {
        kind.is_some_and(|kind| fields.get("kind").and_then(Value::as_str) == Some(kind.def.name))
    };
    if let (Some(kind), Some(fields)) = (kind, fields.filter(is_record)) {
        return record(call, kind, fields);
    }
    let next = value["page"]["next"].as_str().map(|cursor| with(call, "cursor", Some(cursor)));
    let rows = value["data"].as_array();
    if let (Some(kind), Some(rows)) = (kind, rows)
        && rows.iter().all(|row| row["kind"] == kind.def.name && row["self"].is_string())
    {
        return list(call, kind, rows, next);
    }
    let shower = Shower { state: &call.state, kind: None };
    let heading = call.operation.summary.clone();
    let shown = shower.value("", rows.map_or(value, |_| &value["data"]));
    let other = OtherPage { heading: heading.clone(), value: shown, next };
    Ok((heading, other.render().map_err(Problem::internal)?))
}

fn record(call: &Call, kind: &KindDef, fields: &Map<String, Value>) -> Result<(String, String), Problem> {
    let shower = Shower { state: &call.state, kind: Some(kind) };
    let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let reference = text("reference");
    let heading = title_of(kind, text);
    let own = fields
        .iter()
        .filter(|(name, _)| !ENVELOPE.contains(&name.as_str()) && name.as_str() != kind.def.title);
    let (stated, unstated): (Vec<_>, Vec<_>) = own.partition(|(_, value)| !is_empty(value));
    let shown = stated.into_iter().map(|(name, value)| (label(name), shower.value(name, value)));
    let unstated: Vec<String> = unstated.into_iter().map(|(name, _)| name.replace('_', " ")).collect();
    let organisation = |name: &str, of: &str| {
        let text = fields.get(name).and_then(Value::as_str)?;
        let kind = call.state.kind(of)?;
        Some((label(name), Shown::Link { address: address_of(kind, text), words: text.to_owned() }))
    };
    let mut envelope: Vec<(String, Shown)> =
        [organisation("body", crate::record::BODY), organisation("owner", crate::record::ORGANISATION)]
            .into_iter()
            .flatten()
            .collect();
    for name in ["state", "version", "published_at"] {
        if let Some(value) = fields.get(name).filter(|value| !is_empty(value)) {
            envelope.push((label(name), shower.value("", value)));
        }
    }
    let address = text("self");
    let citation = format!(
        "{heading}. {} {reference}, version {}. OnRecord, {}{address}. Retrieved {}.",
        label(kind.def.one),
        fields.get("version").map(Value::to_string).unwrap_or_default(),
        call.state.public_url,
        call.now().day().format("%-d %B %Y"),
    );
    let page = RecordPage {
        kind: label(kind.def.one),
        reference,
        heading: heading.clone(),
        fields: Shown::Fields(shown.collect()),
        unstated: unstated.join(", "),
        envelope: Shown::Fields(envelope),
        // An earlier version is below its record, and nothing is below it.
        ways: if address.matches('/').count() == 3 { ways(kind, &address) } else { vec![] },
        citation,
    };
    Ok((heading, page.render().map_err(Problem::internal)?))
}

/// The title of a record, or its reference where it has none. `text` gives a field of it.
fn title_of(kind: &KindDef, text: impl Fn(&str) -> String) -> String {
    Some(text(kind.def.title)).filter(|title| !title.is_empty()).unwrap_or_else(|| text("reference"))
}

/// The other answers about a record: all that its kind has at addresses below the record's own, for those without further
/// parameters in the path.
fn ways(kind: &KindDef, address: &str) -> Vec<(String, String)> {
    let below = format!("/v1/{}/{{id}}/", kind.def.path);
    let own = resources::operations().iter().filter(|operation| operation.has_page());
    let way = |path: &str, summary: &str| {
        let rest = path.strip_prefix(&below)?;
        (!rest.contains('{')).then(|| (format!("{address}/{rest}"), summary.to_owned()))
    };
    own.filter_map(|operation| way(&operation.path, &operation.summary)).collect()
}

fn list(
    call: &Call,
    kind: &KindDef,
    rows: &[Value],
    next: Option<String>,
) -> Result<(String, String), Problem> {
    let shower = Shower { state: &call.state, kind: Some(kind) };
    let heading = label(kind.def.many);
    let row = |row: &Value| {
        let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        // The columns of the kind that a reader filters by say most in a line.
        let columns = kind.def.columns.iter().filter(|column| column.name != kind.def.title);
        let beside = columns
            .filter_map(|column| Some((column.name, row.get(column.name)?)))
            .filter(|(_, value)| !is_empty(value) && !value.is_object() && !value.is_array())
            .map(|(name, value)| (label(name), shower.value(name, value)));
        ListRow {
            address: text("self"),
            title: title_of(kind, text),
            reference: text("reference"),
            beside: beside.take(4).collect(),
        }
    };
    let page = ListPage {
        heading: heading.clone(),
        searchable: call.operation.params.iter().any(|param| param.name == "q"),
        words: call.params.text("q").unwrap_or_default().to_owned(),
        whole: call.raw_path.clone(),
        rows: rows.iter().map(row).collect(),
        next,
        csv: with(call, "format", Some("csv")),
    };
    Ok((heading, page.render().map_err(Problem::internal)?))
}

/// The address of the request with another value of a parameter, or without it.
fn with(call: &Call, name: &str, value: Option<&str>) -> String {
    let others =
        call.query.split('&').filter(|pair| !pair.is_empty() && pair.split('=').next() != Some(name));
    let own = value.map(|value| format!("{name}={value}"));
    let pairs: Vec<String> = others.map(str::to_owned).chain(own).collect();
    match pairs.is_empty() {
        true => call.raw_path.clone(),
        false => format!("{}?{}", call.raw_path, pairs.join("&")),
    }
}
