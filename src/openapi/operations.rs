//! The operations of the document, from the table of operations.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::path::{OperationBuilder, Parameter, ParameterBuilder, ParameterIn, ParameterStyle};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::{
    ContentBuilder, HttpMethod, PathItem, Paths, Ref, RefOr, Required, Response, ResponseBuilder,
    ResponsesBuilder, Schema, SecurityRequirement,
};

use super::examples::Examples;
use super::headers::with_headers;
use super::schemas::typed;
use crate::access::{Role, rule_words};
use crate::http::call::AS_OF;
use crate::http::download::PARQUET_TYPE;
use crate::http::limits::SEARCH;
use crate::http::operation::{Answer, Handler, Method, Operation};
use crate::http::params::{Param, ParamType};
use crate::sheet::XLSX;

/// The schemes of an access token. The first fetches one by itself, in programs that can.
pub const TOKEN_SCHEMES: &[&str] = &["oauth2", "bearer"];

/// Whether the public may call it: then it needs no credential, and takes a key for open data.
fn is_public(operation: &Operation) -> bool {
    operation.rule.iter().any(|grant| grant.role == Role::Public)
}

/// Every path with its operations.
pub fn paths(table: &'static [Operation], examples: Option<&Examples<'_>>) -> Result<Paths, String> {
    let mut paths = Paths::new();
    for operation in table {
        let described =
            describe(operation, examples).map_err(|error| format!("{}: {error}", operation.id))?;
        let method = match operation.method {
            Method::Get => HttpMethod::Get,
            Method::Post => HttpMethod::Post,
            Method::Put => HttpMethod::Put,
            Method::Patch => HttpMethod::Patch,
        };
        let item = PathItem::new(method, described);
        match paths.paths.get_mut(&operation.path) {
            Some(known) => known.merge_operations(item),
            None => {
                paths.paths.insert(operation.path.clone(), item);
            }
        }
    }
    Ok(paths)
}

fn describe(operation: &Operation, examples: Option<&Examples<'_>>) -> Result<OperationBuilder, String> {
    let mut described = OperationBuilder::new()
        .operation_id(Some(operation.id.clone()))
        .summary(Some(operation.summary.clone()))
        .description(Some(format!(
            "{}{}\n\n{}",
            operation.description,
            counted(operation),
            rule_words::sentence(operation.rule)
        )))
        .tag(operation.tag)
        .extensions(Some(ExtensionsBuilder::new().add("x-access", access(operation)).build()))
        .responses(responses(operation, examples)?);
    for parameter in parameters(operation)? {
        described = described.parameter(parameter);
    }
    if operation.issues_token {
        described = described.security(SecurityRequirement::default());
    } else if !is_public(operation) {
        for scheme in TOKEN_SCHEMES {
            described = described.security(SecurityRequirement::new(*scheme, Vec::<String>::new()));
        }
    }
    if let Some(spec) = &operation.body {
        let required = if spec.required { Required::True } else { Required::False };
        let mut body = RequestBodyBuilder::new().required(Some(required));
        // A second name of the same form is left out: generators of clients stumble over a choice between equals.
        let documented = if spec.schema_of.is_some() { spec.media_types.len() } else { 1 };
        for (n, media) in spec.media_types.iter().take(documented).enumerate() {
            let content = ContentBuilder::new()
                .schema(Some(typed(spec.schema_in(media))?))
                .example((n == 0).then(|| spec.example.clone()));
            body = body.content(*media, content.build());
        }
        described = described.request_body(Some(body.build()));
    }
    Ok(described)
}

/// The headers by which a caller gets only what it has not.
const CONDITIONS: &[(&str, &str)] = &[
    ("If-None-Match", "The ETag of what you have: 304 if it is still right."),
    (
        "If-Modified-Since",
        "The `Last-Modified` of what you have: 304 if nothing has changed since. Without effect beside `If-None-Match`.",
    ),
    (
        "Range",
        "The bytes that you want of the response without a content coding: `bytes=1000-`, `bytes=0-999` or `bytes=-500`. Several ranges return the whole.",
    ),
    (
        "If-Range",
        "The ETag (without the suffix of a coding) or the `Last-Modified` of the parts that you have: if it is no longer right, the response is the whole.",
    ),
];

fn parameters(operation: &Operation) -> Result<Vec<Parameter>, String> {
    let mut parameters = vec![];
    for (name, about) in &operation.path_params {
        let schema = json!({"type": "string", "minLength": 1, "maxLength": 150, "pattern": "^[A-Za-z0-9][A-Za-z0-9._:-]*$"});
        parameters.push(parameter(name, ParameterIn::Path, true, about, schema)?.build());
    }
    for param in &operation.params {
        parameters.push(query_parameter(param)?);
        parameters.extend(second_spelling(param)?);
    }
    let text = |most: i64| json!({"type": "string", "minLength": 1, "maxLength": most});
    if operation.is_download() {
        for (name, about) in CONDITIONS {
            parameters.push(parameter(name, ParameterIn::Header, false, about, text(1_000))?.build());
        }
    }
    if operation.if_match {
        let about = "The ETag of the record as you read it: your change is refused if somebody else changed the record first.";
        parameters.push(parameter("If-Match", ParameterIn::Header, true, about, text(200))?.build());
    }
    if operation.idempotent_by_key {
        let key = json!({"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$"});
        let about = "Any text of yours, such as a UUID: within 24 hours the same request with the same key is carried out once.";
        parameters.push(parameter("Idempotency-Key", ParameterIn::Header, false, about, key)?.build());
    }
    Ok(parameters)
}

fn parameter(
    name: &str,
    place: ParameterIn,
    required: bool,
    about: &str,
    schema: Value,
) -> Result<ParameterBuilder, String> {
    Ok(ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(if required { Required::True } else { Required::False })
        .description(Some(about))
        .schema(Some(typed(schema)?)))
}

fn query_parameter(param: &Param) -> Result<Parameter, String> {
    let described =
        parameter(&param.name, ParameterIn::Query, param.required, &param.description, param.ty.schema())?;
    Ok(match param.ty {
        ParamType::Some { .. } | ParamType::Codes(_) => {
            described.style(Some(ParameterStyle::Form)).explode(Some(false))
        }
        ParamType::Each(_) => described.style(Some(ParameterStyle::DeepObject)).explode(Some(true)),
        _ => described,
    }
    .build())
}

/// The same parameter by its second spelling, if it has one.
fn second_spelling(param: &Param) -> Result<Option<Parameter>, String> {
    let Some(also) = param.also else { return Ok(None) };
    let about = format!("The same as `{}`. Give one of the two.", param.name);
    Ok(Some(parameter(also, ParameterIn::Query, false, &about, param.ty.schema())?.build()))
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

fn responses(operation: &Operation, examples: Option<&Examples<'_>>) -> Result<ResponsesBuilder, String> {
    let mut all: BTreeMap<u16, RefOr<Response>> = BTreeMap::new();
    for answer in &operation.answers {
        all.insert(answer.status, success(operation, answer, examples)?.into());
    }
    let mut problems: Vec<u16> = vec![400, 401, 405, 406, 414, 429, 500, 503];
    problems.extend(&operation.problems);
    if operation.body.is_some() {
        problems.extend([408, 413, 415]);
    }
    if operation.method == Method::Get && operation.answers.iter().any(|answer| answer.tagged) {
        let unchanged = ResponseBuilder::new()
            .description("Not changed: the tag in If-None-Match is still right, or nothing has changed since If-Modified-Since.");
        let unchanged = with_headers(unchanged, &["ETag", "Modified"]);
        all.insert(304, unchanged.build().into());
        // An If-Match or If-Unmodified-Since that does not hold.
        problems.push(412);
    }
    if operation.is_download() {
        for answer in operation.answers.iter().filter(|answer| answer.status == 200) {
            all.insert(206, part_of(operation, answer)?.into());
        }
        problems.push(416);
    }
    for status in problems {
        all.entry(status).or_insert_with(|| Ref::from_response_name(status.to_string()).into());
    }
    let all = all.into_iter().map(|(status, response)| (status.to_string(), response));
    Ok(ResponsesBuilder::new().responses_from_iter(all))
}

/// A part of a response. Its media types and schemas are those of the whole, so that generated clients have one type.
fn part_of(operation: &Operation, answer: &Answer) -> Result<Response, String> {
    let mut keys = header_keys(operation, answer);
    keys.push("ContentRange");
    let part = "The part that Range requests, with the headers of the whole.";
    let mut response = with_headers(ResponseBuilder::new().description(part), &keys);
    for (media_type, schema) in contents(answer)? {
        response = response.content(media_type, ContentBuilder::new().schema(Some(schema)).build());
    }
    Ok(response.build())
}

/// The headers of an answer besides those of every answer, by their names in the components.
fn header_keys(operation: &Operation, answer: &Answer) -> Vec<&'static str> {
    let mut keys = answer.headers.clone();
    if answer.status >= 300 {
        return keys;
    }
    let has_param = |name: &str| operation.params.iter().any(|param| param.name == name);
    let in_pieces = matches!(operation.handler, Handler::Bulk(_));
    if operation.is_download() {
        keys.extend(["Modified", "Ranges", "Disposition"]);
    }
    if answer.tagged && answer.schema.is_some() {
        // A change that is repeated has none, and what is sent in pieces need not.
        keys.push(if operation.writes() || in_pieces { "Tag" } else { "ETag" });
    }
    if operation.is_of_record() || operation.has_page() {
        keys.push("Link");
    }
    if has_param(AS_OF) {
        keys.push("AsOf");
    }
    if answer.csv {
        keys.extend(["Link", "Licence", "Source", "Citation", "Retrieved"]);
    }
    if answer.csv && has_param("count") {
        keys.push("Total");
    }
    if operation.idempotent_by_key {
        keys.push("Replayed");
    }
    keys
}

fn success(
    operation: &Operation,
    answer: &Answer,
    examples: Option<&Examples<'_>>,
) -> Result<Response, String> {
    let keys = header_keys(operation, answer);
    let mut response = with_headers(ResponseBuilder::new().description(answer.description.clone()), &keys);
    for (media_type, schema) in contents(answer)? {
        let shown = match examples {
            Some(examples) if media_type == answer.media_type => examples.of_answer(operation, answer)?,
            Some(examples) if answer.csv && media_type == "text/csv" => examples.as_csv(operation, answer)?,
            _ => None,
        };
        let content = ContentBuilder::new().schema(Some(schema)).example(shown);
        response = response.content(media_type, content.build());
    }
    Ok(response.build())
}

/// The media types of an answer, each with its schema; none where it has no body.
fn contents(answer: &Answer) -> Result<Vec<(&'static str, RefOr<Schema>)>, String> {
    let named = |name: &str| RefOr::Ref(Ref::from_schema_name(name));
    let mut all = vec![];
    if let Some(schema) = &answer.schema {
        all.push((answer.media_type, typed(schema.clone())?));
    }
    if answer.csv {
        all.push(("text/csv", named("Csv")));
    }
    if answer.workbook {
        all.push((XLSX, named("Workbook")));
    }
    if answer.parquet {
        all.push((PARQUET_TYPE, named("Parquet")));
    }
    for (media_type, schema) in &answer.others {
        all.push((
            *media_type,
            schema.map_or_else(
                || typed(json!({"type": "object", "additionalProperties": true})),
                |name| Ok(named(name)),
            )?,
        ));
    }
    Ok(all)
}
