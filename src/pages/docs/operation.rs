//! An operation of the API in words: its address, who may call it, what it takes and returns, and how to call it.

use serde_json::Value;

use super::examples::{self, Request};
use super::markdown;
use crate::access::{Role, rule_words};
use crate::http::operation::OperationSpec;
use crate::problem;
use crate::resources;

/// The longest example of an answer that is shown, in bytes.
const LONGEST_ANSWER: usize = 1_500;
/// The most values of a parameter that are listed.
const MOST_VALUES: usize = 60;

/// A parameter of the path or of the query.
pub struct Parameter {
    pub name: String,
    pub place: String,
    pub form: String,
    pub about: String,
    pub is_required: bool,
}

/// A header that a request can have.
pub struct Header {
    pub name: String,
    pub is_required: bool,
}

/// A status with what it means.
pub struct Answer {
    pub status: String,
    pub about: String,
    pub media_types: String,
}

/// A status of a problem, with the page that explains it.
pub struct Refusal {
    pub status: String,
    pub address: String,
    pub title: &'static str,
}

/// How to call it with a tool.
pub struct Example {
    pub tool: &'static str,
    pub code: String,
}

/// An operation.
pub struct Operation {
    pub id: String,
    pub method: String,
    pub path: String,
    pub summary: String,
    pub about: String,
    pub who: String,
    pub parameters: Vec<Parameter>,
    pub headers: Vec<Header>,
    /// The media types and the name of the body.
    pub body: Option<String>,
    pub answers: Vec<Answer>,
    pub refusals: Vec<Refusal>,
    pub examples: Vec<Example>,
    /// What the demo answers, where that is short.
    pub answer: Option<String>,
}

/// An operation in an index.
pub struct OperationLine {
    pub id: String,
    pub method: String,
    pub path: String,
    pub summary: String,
    /// What is searched.
    pub words: String,
}

/// The paths, methods and operations of a group, in the order of the document.
fn of_tag<'d>(document: &'d Value, tag: &str) -> impl Iterator<Item = (&'d String, &'d String, &'d Value)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let all = paths.flat_map(|(path, item)| {
        item.as_object().into_iter().flatten().map(move |(method, operation)| (path, method, operation))
    });
    all.filter(move |(.., operation)| operation["tags"][0] == tag)
}

/// The operations of a group.
pub fn of_group(document: &Value, tag: &str) -> Vec<Operation> {
    of_tag(document, tag)
        .filter_map(|(path, method, operation)| read(document, path, method, operation))
        .collect()
}

/// The operations of a group for an index.
pub fn lines(document: &Value, tag: &str) -> Vec<OperationLine> {
    let line = |(path, method, operation): (&String, &String, &Value)| {
        let id = operation["operationId"].as_str()?.to_owned();
        let (summary, description) = (text(&operation["summary"]), text(&operation["description"]));
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let names: Vec<String> = parameters
            .map(|one| resolve(document, one))
            .filter(|one| one["in"] != "header")
            .map(|one| text(&one["name"]))
            .collect();
        Some(OperationLine {
            words: format!("{id} {method} {path} {summary} {description} {}", names.join(" ")),
            method: method.to_uppercase(),
            path: path.clone(),
            summary,
            id,
        })
    };
    of_tag(document, tag).filter_map(line).collect()
}

/// What a reference leads to.
fn resolve<'d>(document: &'d Value, part: &'d Value) -> &'d Value {
    let path = part["$ref"].as_str().and_then(|path| path.strip_prefix('#'));
    path.and_then(|path| document.pointer(path)).unwrap_or(part)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn read(document: &Value, path: &str, method: &str, operation: &Value) -> Option<Operation> {
    let id = operation["operationId"].as_str()?.to_owned();
    let spec = resources::operations().iter().find(|spec| spec.id == id)?;
    let who = rule_words::sentence(spec.rule);
    let description = text(&operation["description"]);
    let about = description.strip_suffix(&who).unwrap_or(&description).trim_end();
    let all: Vec<&Value> =
        operation["parameters"].as_array().into_iter().flatten().map(|one| resolve(document, one)).collect();
    let is_header = |parameter: &&Value| parameter["in"] == "header";
    let parameters: Vec<Parameter> =
        all.iter().filter(|one| !is_header(one)).map(|one| parameter(document, one)).collect();
    let header = |one: &&Value| Header { name: text(&one["name"]), is_required: one["required"] == true };
    let (answers, refusals) = statuses(document, operation);
    Some(Operation {
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: text(&operation["summary"]),
        about: markdown::sentences(about),
        who: markdown::sentences(&who),
        headers: all.iter().copied().filter(is_header).map(|one| header(&one)).collect(),
        parameters,
        body: body(document, operation),
        answer: answer(document, operation),
        answers,
        refusals,
        examples: examples_of(document, path, method, operation, spec),
        id,
    })
}

fn parameter(document: &Value, parameter: &Value) -> Parameter {
    Parameter {
        name: text(&parameter["name"]),
        place: text(&parameter["in"]),
        form: form(resolve(document, &parameter["schema"])),
        about: markdown::sentences(parameter["description"].as_str().unwrap_or_default()),
        is_required: parameter["required"] == true,
    }
}

/// The form of a value in words.
fn form(schema: &Value) -> String {
    if let Some(values) = schema["enum"].as_array() {
        let mut shown: Vec<String> = values.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        // A sort key stands here once; its description says what a minus does.
        shown.retain(|value| !value.starts_with('-'));
        let more = shown.len().saturating_sub(MOST_VALUES);
        shown.truncate(MOST_VALUES);
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        return format!("{}{rest}", shown.join(", "));
    }
    let bounds = match (schema["minimum"].as_i64(), schema["maximum"].as_i64()) {
        (Some(least), Some(most)) => format!(", {least} to {most}"),
        _ => String::new(),
    };
    match schema["type"].as_str() {
        Some("array") => format!("several of: {}", form(&schema["items"])),
        Some("integer") => format!("a whole number{bounds}"),
        Some("boolean") => "true or false".to_owned(),
        Some("object") => "a value for each name in brackets".to_owned(),
        _ => match schema["format"].as_str() {
            Some("date") => "a day, such as 2024-01-15".to_owned(),
            Some("date-time") => "a moment (RFC 3339) or a day".to_owned(),
            Some(other) => other.to_owned(),
            None => "text".to_owned(),
        },
    }
}

/// The name of the schema at the end of a reference.
fn name_of(schema: &Value) -> String {
    schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()).unwrap_or_default().to_owned()
}

fn body(document: &Value, operation: &Value) -> Option<String> {
    let body = resolve(document, operation.get("requestBody")?);
    let contents = body["content"].as_object()?;
    let one = |(media_type, content): (&String, &Value)| match name_of(&content["schema"]) {
        name if name.is_empty() => media_type.clone(),
        name => format!("{media_type} ({name})"),
    };
    let all: Vec<String> = contents.iter().map(one).collect();
    let required = if body["required"] == true { "required" } else { "may be left out" };
    Some(format!("{}; {required}", all.join(" or ")))
}

fn statuses(document: &Value, operation: &Value) -> (Vec<Answer>, Vec<Refusal>) {
    let (mut answers, mut refusals) = (vec![], vec![]);
    for (status, response) in operation["responses"].as_object().into_iter().flatten() {
        let response = resolve(document, response);
        let known = problem::TYPES.iter().find(|kind| kind.status.to_string() == *status);
        match known {
            Some(kind) => refusals.push(Refusal {
                status: status.clone(),
                address: format!("/problems/{}", kind.slug),
                title: kind.title,
            }),
            None => answers.push(Answer {
                status: status.clone(),
                about: markdown::sentences(response["description"].as_str().unwrap_or_default()),
                media_types: media_types(response),
            }),
        }
    }
    (answers, refusals)
}

fn media_types(response: &Value) -> String {
    let names = response["content"].as_object().into_iter().flat_map(|contents| contents.keys());
    names.map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// The example in a content of the document.
fn example<'d>(document: &'d Value, content: &'d Value) -> Option<&'d Value> {
    let own = content.get("example");
    own.or_else(|| resolve(document, content.pointer("/examples/example")?).get("value"))
}

/// What the demo answers, if it is short enough to be read here.
fn answer(document: &Value, operation: &Value) -> Option<String> {
    let responses = operation["responses"].as_object()?;
    let (_, response) = responses.iter().find(|(status, _)| status.starts_with('2'))?;
    let content = resolve(document, response)["content"].as_object()?.get("application/json")?;
    let text = serde_json::to_string_pretty(example(document, content)?).ok()?;
    (text.len() <= LONGEST_ANSWER).then_some(text)
}

fn examples_of(
    document: &Value,
    path: &str,
    method: &str,
    operation: &Value,
    spec: &OperationSpec,
) -> Vec<Example> {
    let body = resolve(document, &operation["requestBody"]);
    let content = body["content"].as_object().and_then(|contents| contents.iter().next());
    let has_header = |name: &str| {
        let all = operation["parameters"].as_array().into_iter().flatten();
        all.map(|one| resolve(document, one)).any(|one| one["name"] == name && one["required"] == true)
    };
    let request = Request {
        method: method.to_uppercase(),
        // That of the demo, or with names in capitals for what the caller has to put there.
        path: spec.example.as_ref().map_or_else(|| in_capitals(path), |example| example.path.clone()),
        body: content.map(|(media_type, content)| {
            (media_type.clone(), example(document, content).cloned().unwrap_or(Value::Null))
        }),
        needs_token: !spec.issues_token && !spec.rule.iter().any(|grant| grant.role == Role::Public),
        needs_tag: has_header("If-Match"),
        is_json: first_media_type(document, operation).starts_with("application/json"),
    };
    vec![
        Example { tool: "curl", code: examples::curl(&request) },
        Example { tool: "Python", code: examples::python(&request) },
        Example { tool: "TypeScript", code: examples::typescript(&request) },
    ]
}

/// A path with the names of its parameters in capitals.
fn in_capitals(path: &str) -> String {
    let mut parts = vec![];
    for part in path.split('/') {
        let name = part.strip_prefix('{').and_then(|part| part.split_once('}'));
        parts.push(name.map_or_else(|| part.to_owned(), |(name, ending)| name.to_uppercase() + ending));
    }
    parts.join("/")
}

/// The first media type of a success.
fn first_media_type(document: &Value, operation: &Value) -> String {
    let responses = operation["responses"].as_object().into_iter().flatten();
    let mut successes = responses.filter(|(status, _)| status.starts_with('2'));
    let first = successes.next().map(|(_, response)| media_types(resolve(document, response)));
    first.unwrap_or_default()
}
