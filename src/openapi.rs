//! The OpenAPI 3.1 document, written from the table of operations: what is routed is what is documented.
//!
//! Its examples are answers that the demo gave: the generator loads the demo into a scratch database, with a
//! clock that stands still, and asks it. Those of changes come from a [`story`] that it plays there.

pub mod story;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::access::Actor;
use crate::access::rule;
use crate::http::kinds;
use crate::http::limits::SEARCH;
use crate::http::operation::{Answer, Handler, Operation};
use crate::http::params::{ParamType, Params};
use crate::http::{Call, Headers, Reply, State};
use crate::problem::{self, Problem};
use crate::record::kind::object_schema;
use crate::record::thread::Thread;
use crate::resources;
use story::Story;

/// What every answer may carry, by the name of the header.
const HEADERS: &[(&str, &str, i64)] = &[
    (
        "Access-Control-Allow-Origin",
        "`*` on what is read; on a change the origin, where it is configured.",
        300,
    ),
    ("X-Request-Id", "The id of this request, as in the log.", 36),
    ("ETag", "The tag of this representation: `If-None-Match` on a read, `If-Match` on a change.", 80),
    ("Cache-Control", "How long it may be kept: never past the next whole minute.", 80),
    ("Link", "The next page, as `rel=\"next\"`.", 8000),
    ("Location", "Where the new record is.", 200),
    ("Allow", "The methods that the address takes.", 80),
    ("WWW-Authenticate", "How to authenticate.", 400),
    ("X-Licence", "Of CSV: the licences of the sources that its rows name, with ` | ` between.", 8000),
    ("X-Source", "Of CSV: the sources that its rows name, by reference.", 8000),
    ("X-Citation", "Of CSV: how to cite it.", 8000),
    ("X-Retrieved-At", "Of CSV: when it was read.", 40),
    ("Retry-After", "Seconds after which to try again.", 8),
    (
        "RateLimit",
        "What is left: the limit's name, `r` requests, and `t`, in how many seconds there will be more. Not sent where no limit is set.",
        100,
    ),
    ("RateLimit-Policy", "The limit: its name, `q` requests in `w` seconds.", 100),
];

/// The document.
pub fn generate(table: &'static [Operation], state: &Arc<State>, story: &Story) -> Result<Value, String> {
    let mut paths: Map<String, Value> = Map::new();
    for operation in table {
        let item = paths.entry(operation.path.clone()).or_insert_with(|| json!({}));
        item[operation.method.name().to_lowercase()] = describe(operation, state, story)?;
    }
    // What readers come for first, then what it stands on.
    let mut kinds: Vec<_> = state.kinds.iter().collect();
    kinds.sort_by_key(|kind| !kind.def.workflow);
    let mut tags: Vec<Value> =
        kinds.into_iter().map(|kind| json!({"name": kind.def.path, "description": kind.def.about})).collect();
    tags.push(json!({"name": "money", "description": "What funds, services and grants add up to."}));
    tags.push(json!({"name": "search", "description": "Records of every kind, by words."}));
    tags.push(
        json!({"name": "changes", "description": "What happened, in the order in which it was committed."}),
    );
    tags.push(json!({"name": "audit", "description": "Who did what; signed heads and proofs by which outsiders check that nothing of it was changed."}));
    tags.push(json!({"name": "bundles", "description": "The record as files: the whole of it out, new records in."}));
    tags.push(json!({"name": "access", "description": "Tokens, signing in, the keys that verify tokens; people, clients and what they belong to; who may do what."}));
    tags.push(json!({"name": "service", "description": "The service itself, and who is asking."}));
    Ok(json!({
        "openapi": "3.1.0",
        "info": {
            "title": "OnRecord",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "The open accountability record of a policing body",
            "description": "Plans, priorities, objectives and actions of a Police and Crime Commissioner (later a mayor or a board), each with its source, its versions and what it is linked with. The public reads what is published without a credential; partner agencies and the office use an access token from `POST /oauth/token`. Within v1 members may be added, never removed or retyped. Text that the record takes from elsewhere keeps the licence of its source, which each record names.",
            "contact": {"name": "The maintainers of OnRecord"},
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "This server, production or local.", "x-internal": false}],
        "security": [{}, {"apiKey": []}, {"bearer": []}],
        "tags": tags,
        "paths": paths,
        "components": {
            "securitySchemes": {"apiKey": {
                "type": "apiKey", "in": "header", "name": "X-API-Key",
                "description": "A key for open data: it reads what everyone reads, with higher limits. Ask the office for one; it goes in this header only.",
            }, "bearer": {
                "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                "description": "An access token from `POST /oauth/token` (OAuth 2.0 client credentials), good for ten minutes. A JWT by RFC 9068, handled as RFC8725 recommends: signed with EdDSA only.",
            }},
            "headers": components_headers(),
            "schemas": components_schemas(state),
            "responses": components_problems(),
        },
    }))
}

fn string(most: i64, about: &str) -> Value {
    json!({"type": "string", "maxLength": most, "description": about})
}

fn components_headers() -> Value {
    let headers: Map<String, Value> = HEADERS
        .iter()
        .map(|(name, about, most)| {
            (
                (*name).to_owned(),
                json!({"description": about, "schema": {"type": "string", "maxLength": most}}),
            )
        })
        .collect();
    Value::Object(headers)
}

fn headers(names: &[&str]) -> Value {
    let all =
        ["Access-Control-Allow-Origin", "X-Request-Id", "RateLimit", "RateLimit-Policy"].iter().chain(names);
    let map: Map<String, Value> = all
        .map(|name| ((*name).to_owned(), json!({"$ref": format!("#/components/headers/{name}")})))
        .collect();
    Value::Object(map)
}

fn components_schemas(state: &State) -> Value {
    let mut schemas: BTreeMap<String, Value> = BTreeMap::new();
    for kind in &state.kinds {
        schemas.extend(kinds::schemas(kind));
    }
    let mut add = |name: &str, schema: Value| schemas.insert(name.to_owned(), schema);
    add("Thread", open(object_schema::<Thread>()));
    add("Me", open(object_schema::<resources::Me>()));
    add("AccessRow", open(object_schema::<resources::AccessRow>()));
    add("AccessWords", open(object_schema::<resources::AccessWords>()));
    add("PlanOrphans", open(object_schema::<resources::PlanOrphans>()));
    add("Redaction", open(object_schema::<crate::http::kinds::RedactionView>()));
    add("MoneyRow", open(object_schema::<resources::MoneyRow>()));
    add("ServiceTotal", open(object_schema::<resources::ServiceTotal>()));
    add("ImportSummary", open(object_schema::<crate::bundle::Summary>()));
    add("Change", open(object_schema::<resources::Change>()));
    add("AuditEntry", open(object_schema::<resources::AuditEntry>()));
    add("AuditHead", open(object_schema::<resources::HeadLine>()));
    add("AuditConsistency", open(object_schema::<resources::Consistency>()));
    add("AuditInclusion", open(object_schema::<resources::Inclusion>()));
    add("FiguresSummary", open(object_schema::<resources::FiguresSummary>()));
    add("Hit", open(object_schema::<resources::Hit>()));
    add("VersionLine", open(object_schema::<kinds::VersionLine>()));
    for (name, schema) in resources::token_schemas()
        .into_iter()
        .chain(resources::people_schemas())
        .chain(resources::credential_schemas())
        .chain(resources::series_schemas())
        .chain(resources::release_schemas())
    {
        add(name, schema);
    }
    let list = |of: &str, most: i64| {
        json!({"type": "object", "required": ["data", "page"], "properties": {
            "data": {"type": "array", "maxItems": most, "items": {"$ref": format!("#/components/schemas/{of}")}},
            "page": {"$ref": "#/components/schemas/Page"},
        }})
    };
    let mut access = list("AccessRow", 1000);
    access["properties"]["included"] = json!({"$ref": "#/components/schemas/AccessWords"});
    add("AccessList", access);
    add("ChangeList", list("Change", 200));
    add("AuditEntryList", list("AuditEntry", 200));
    add("AuditHeadList", list("AuditHead", 200));
    // A group has a row for each unit.
    add("ServiceTotalList", list("ServiceTotal", 2000));
    add("RedactionList", list("Redaction", 200));
    add("MoneyList", list("MoneyRow", 200));
    add("HitList", list("Hit", 200));
    add("VersionList", list("VersionLine", 1000));
    add(
        "Page",
        json!({"type": "object", "required": ["limit", "next"], "properties": {
            "limit": {"type": "integer", "format": "int64", "minimum": 1, "maximum": 1000, "description": "How many a page has."},
            "next": {"type": ["string", "null"], "maxLength": 4000, "description": "`cursor` of the next page; null on the last."},
            "total": {"type": "integer", "format": "int64", "minimum": 0, "maximum": 1_000_000_000, "description": "How many there are in all, when asked with `count=true`."},
        }}),
    );
    add(
        "Tombstone",
        json!({"type": "object", "required": ["id", "kind", "withdrawn_at"], "properties": {
            "id": {"type": "string", "format": "uuid", "maxLength": 36, "description": "The record."},
            "kind": string(64, "Its kind."),
            "withdrawn_at": {"type": "string", "format": "date-time", "maxLength": 32, "description": "When."},
            "withdrawn_by": {"type": ["string", "null"], "maxLength": 64, "description": "By whose office, by reference."},
            "reason": {"type": ["string", "null"], "maxLength": 2000, "description": "The reason given."},
            "redacted_at": {"type": ["string", "null"], "format": "date-time", "maxLength": 32, "description": "When its content was destroyed for data protection; null where it was not."},
        }}),
    );
    add(
        "ServiceStatus",
        json!({"type": "object", "required": ["status"], "properties": {
            "status": {"type": "string", "enum": ["ok", "ready"], "description": "How it is."},
        }}),
    );
    add(
        "ProblemType",
        json!({"type": "object", "required": ["type", "title", "status", "meaning"], "properties": {
            "type": string(100, "Its URI."), "title": string(200, "Its title."),
            "status": {"type": "integer", "format": "int64", "minimum": 400, "maximum": 599, "description": "The HTTP status."},
            "meaning": string(1000, "What happened and what to do."),
        }}),
    );
    add("Problem", problem_schema());
    json!(schemas)
}

fn problem_schema() -> Value {
    json!({"type": "object", "required": ["type", "title", "status", "detail", "instance"],
    "description": "Problem details (RFC 9457).",
    "properties": {
        "type": string(100, "A URI under /problems/ that answers with what it means."),
        "title": string(200, "The kind of problem."),
        "status": {"type": "integer", "format": "int64", "minimum": 400, "maximum": 599, "description": "The HTTP status."},
        "detail": string(1000, "What happened this time."),
        "instance": string(100, "The id of the request, as in the log."),
        "errors": {"type": "array", "maxItems": 10000, "description": "All the faults found.", "items": {
            "type": "object", "required": ["code", "detail"], "properties": {
                "file": string(300, "Which file of a bundle."),
                "line": {"type": "integer", "format": "int64", "minimum": 1, "maximum": 1_000_000_000, "description": "Which line of that file."},
                "row": {"type": "integer", "format": "int64", "minimum": 1, "maximum": 1_000_000_000, "description": "Which row of a table that was sent: the line of a CSV file, the row of a sheet, the element of a list."},
                "column": string(300, "Which column of that file or table."),
                "pointer": string(1000, "Where in the body (RFC 6901)."),
                "parameter": string(200, "Which parameter."),
                "header": string(200, "Which header."),
                "code": string(64, "What, for programs."),
                "detail": string(4000, "What, for people, and what would be right."),
            },
        }},
        "tombstone": {"$ref": "#/components/schemas/Tombstone"},
    }})
}

/// Answers may grow: their schemas are not closed.
fn open(mut schema: Value) -> Value {
    if let Some(object) = schema.as_object_mut() {
        object.remove("additionalProperties");
    }
    schema
}

fn components_problems() -> Value {
    let mut responses = Map::new();
    // Too large headers are refused before any operation is known.
    for kind in problem::TYPES.iter().filter(|kind| kind.status != 431) {
        let mut extra = vec![];
        match kind.status {
            401 => extra.push("WWW-Authenticate"),
            405 => extra.push("Allow"),
            429 | 503 => extra.push("Retry-After"),
            _ => {}
        }
        let example = Problem::new(kind, kind.meaning).body("01990000-0000-7000-8000-000000000000");
        responses.insert(
            format!("Problem{}", kind.status),
            json!({
                "description": kind.title,
                "headers": headers(&extra),
                "content": {"application/problem+json": {
                    "schema": {"$ref": "#/components/schemas/Problem"}, "example": example,
                }},
            }),
        );
    }
    Value::Object(responses)
}

fn describe(operation: &Operation, state: &Arc<State>, story: &Story) -> Result<Value, String> {
    let mut parameters = vec![];
    for (name, about) in &operation.path_params {
        parameters.push(json!({
            "name": name, "in": "path", "required": true, "description": about,
            "schema": {"type": "string", "minLength": 1, "maxLength": 150, "pattern": "^[A-Za-z0-9][A-Za-z0-9._:-]*$"},
        }));
    }
    for param in &operation.params {
        let mut value = json!({
            "name": param.name, "in": "query", "required": false, "description": param.description,
            "schema": param.schema(),
        });
        if matches!(param.ty, ParamType::Some { .. }) {
            value["style"] = json!("form");
            value["explode"] = json!(false);
        }
        if matches!(param.ty, ParamType::Each(_)) {
            value["style"] = json!("deepObject");
            value["explode"] = json!(true);
        }
        parameters.push(value);
    }
    let header = |name: &str, required: bool, about: &str, most: i64| {
        json!({"name": name, "in": "header", "required": required, "description": about,
            "schema": {"type": "string", "minLength": 1, "maxLength": most}})
    };
    if operation.if_match {
        parameters.push(header(
            "If-Match",
            true,
            "The ETag of the record as you read it: your change is refused when somebody else's came first.",
            200,
        ));
    }
    if operation.idempotent_by_key {
        parameters.push(header("Idempotency-Key", false, "Any text of yours, such as a UUID: within 24 hours the same request with the same key is carried out once.", 128));
    }
    let mut value = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "description": format!("{}{}\n\n{}", operation.description, counted(operation), rule::sentence(operation.rule)),
        "tags": [operation.tag],
        "x-access": access(operation),
    });
    if operation.writes() {
        value["security"] = if operation.gives_token() { json!([{}]) } else { json!([{"bearer": []}]) };
    }
    if !parameters.is_empty() {
        value["parameters"] = json!(parameters);
    }
    if let Some(spec) = &operation.body {
        // One media type, though a second may be taken: generators of clients stumble over a choice.
        let media = spec.media_types.first().copied().unwrap_or_default();
        let content = json!({media: {"schema": spec.schema, "example": spec.example}});
        value["requestBody"] = json!({"required": spec.required, "content": content});
    }
    value["responses"] = responses(operation, state, story)?;
    Ok(value)
}

/// What it counts as, where that is not one request.
fn counted(operation: &Operation) -> String {
    let by_words = operation.params.iter().any(|param| param.name == "q");
    match operation.cost {
        1 if by_words => format!(" With `q` it counts as {SEARCH} requests towards the limits."),
        1 => String::new(),
        more => format!(" It counts as {more} requests towards the limits."),
    }
}

fn access(operation: &Operation) -> Value {
    operation
        .rule
        .iter()
        .map(|grant| {
            json!({"role": grant.role.name(), "reach": grant.reach.iter().map(|reach| reach.name()).collect::<Vec<_>>()})
        })
        .collect()
}

fn responses(operation: &Operation, state: &Arc<State>, story: &Story) -> Result<Value, String> {
    let mut all: BTreeMap<u16, Value> = BTreeMap::new();
    for answer in &operation.answers {
        all.insert(answer.status, success(operation, answer, state, story)?);
    }
    let mut problems: Vec<u16> = vec![400, 406, 414, 429, 500, 503];
    problems.extend(&operation.problems);
    if operation.id != "create_token" {
        problems.push(401);
    }
    if operation.body.is_some() {
        problems.extend([408, 413, 415]);
    }
    if operation.method == crate::http::operation::Method::Get && !operation.path.ends_with('z') {
        all.insert(
            304,
            json!({"description": "It is as you have it: the tag in If-None-Match is still right."}),
        );
    }
    problems.push(405);
    for status in problems {
        all.entry(status)
            .or_insert_with(|| json!({"$ref": format!("#/components/responses/Problem{status}")}));
    }
    let map: Map<String, Value> =
        all.into_iter().map(|(status, value)| (status.to_string(), value)).collect();
    Ok(Value::Object(map))
}

fn success(
    operation: &Operation,
    answer: &Answer,
    state: &Arc<State>,
    story: &Story,
) -> Result<Value, String> {
    let mut names = vec!["Cache-Control"];
    if answer.status < 300 && operation.method == crate::http::operation::Method::Get {
        names.push("ETag");
    }
    if answer.status == 201 {
        names.extend(["ETag", "Location"]);
    }
    if answer.csv {
        names.extend(["Link", "X-Licence", "X-Source", "X-Citation", "X-Retrieved-At"]);
    }
    let mut content = Map::new();
    if let Some(schema) = &answer.schema {
        let mut json_content = json!({"schema": schema});
        if let Some(example) = example(operation, answer, state, None)? {
            json_content["example"] = example;
        } else if answer.status < 300
            && let Some(example) = story.get(&operation.id)
        {
            json_content["example"] = example.clone();
        }
        content.insert(answer.media_type.to_owned(), json_content);
    }
    if answer.csv {
        let mut csv = json!({"schema": {"type": "string", "maxLength": 10_000_000, "description": "A header row, then one row each (RFC 4180)."}});
        if let Some(example) = example(operation, answer, state, Some("text/csv"))? {
            csv["example"] = example;
        }
        content.insert("text/csv".to_owned(), csv);
    }
    let mut value = json!({"description": answer.description, "headers": headers(&names)});
    if !content.is_empty() {
        value["content"] = Value::Object(content);
    }
    Ok(value)
}

/// A call of an operation with nothing in it.
fn bare_call(state: &Arc<State>, operation: &'static Operation, actor: &Actor) -> Call {
    Call {
        state: state.clone(),
        request: state.clock.new_id(),
        operation,
        actor: actor.clone(),
        moment: std::cell::Cell::new(state.now()),
        parsed: std::cell::Cell::new(None),
        path: BTreeMap::new(),
        params: Params::default(),
        headers: Headers::default(),
        body: vec![],
        target: String::new(),
        query: String::new(),
    }
}

/// What the demo answers to the operation's example request.
fn example(
    operation: &Operation,
    answer: &Answer,
    state: &Arc<State>,
    accept: Option<&str>,
) -> Result<Option<Value>, String> {
    if answer.status != 200 {
        return Ok(None);
    }
    let Some(wanted) = &operation.example else {
        return Ok(None);
    };
    let (path, query) = wanted.path.split_once('?').unwrap_or((&wanted.path, ""));
    let segments = operation.path.split('/').zip(path.split('/'));
    let names = segments
        .filter_map(|(name, value)| {
            let name = name.strip_prefix('{')?.strip_suffix('}')?;
            let known = operation.path_params.iter().find(|(known, _)| *known == name)?;
            Some((known.0, value.to_owned()))
        })
        .collect();
    let table = resources::operations();
    let row = table.iter().find(|row| row.id == operation.id).ok_or("an operation outside the table")?;
    let mut call = bare_call(state, row, &Actor::public());
    call.path = names;
    call.params = Params::parse(query, &operation.params).map_err(|problem| problem.to_string())?;
    call.headers.accept = accept.map(str::to_owned);
    call.target = path.to_owned();
    call.query = query.to_owned();
    let reply = match &row.handler {
        Handler::Read(handler) => state.db.read(|conn| handler(&call, conn)),
        Handler::Inline(handler) | Handler::Blocking(handler) => handler(&call),
        Handler::CheckedStream(handler) => handler(&call).and_then(|begun| {
            let mut body = vec![];
            (begun.write)(&call, &mut body)?;
            Ok(Reply::json(body))
        }),
        Handler::Write(_) | Handler::Stream(_) => return Err("an example that cannot be shown".to_owned()),
    };
    let reply = reply.map_err(|problem| format!("{}: {problem}", operation.id))?;
    let text = String::from_utf8(reply.body).map_err(|error| error.to_string())?;
    Ok(Some(match accept {
        None if answer.media_type.ends_with("json") => {
            serde_json::from_str(&text).map_err(|error| error.to_string())?
        }
        _ => Value::String(text),
    }))
}
