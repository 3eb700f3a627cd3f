//! Every answer that the tests get is checked against the document that the code builds: its status, its media type, its
//! headers and its body. What does not match is a fault of the document or of the server, and fails the test.
//!
//! The document is stricter here than for clients: an answer must have no field and no header that it does not name.
//! Without `fields`, an answer must be a whole record; with `fields`, a part.
//!
//! This is the client inside the application. Answers that tests read from a socket (`process::ask`, `http.rs`, attacks) stay
//! apart: some are no whole HTTP, and the same application gives the others. Bodies in a content coding are not decoded here;
//! `http/codings.rs` compares each with the body without one.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use jsonschema::{Registry, Validator};
use onrecord::clock::{Ts, parse_day};
use onrecord::{openapi, resources};
use serde_json::{Value, json};

use super::Answer;

/// Headers that are HTTP's own, or are on every answer for the sake of browsers: the document does not name them.
const UNNAMED: &[&str] = &[
    "access-control-expose-headers",
    "content-encoding",
    "content-length",
    "content-security-policy",
    "content-type",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "date",
    "permissions-policy",
    "referrer-policy",
    "strict-transport-security",
    "transfer-encoding",
    // Only where there are replicas.
    "x-position",
    "vary",
    "x-content-type-options",
    "x-frame-options",
    "x-permitted-cross-domain-policies",
];

/// The pages of the documentation, which are for people.
const PAGES: &[&str] = &["/", "/docs"];

/// A request, as far as its answer depends on it.
#[derive(Clone, Copy)]
pub struct Sent<'a> {
    pub method: &'a str,
    /// The path, with its query.
    pub target: &'a str,
}

impl<'a> Sent<'a> {
    fn path(&self) -> &'a str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// Whether it chooses `fields`.
    fn chooses_fields(&self) -> bool {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        query.split('&').any(|pair| pair.split('=').next() == Some("fields"))
    }
}

struct Document {
    value: Value,
    /// The document where no answer is a choice of `fields`, and where every one is.
    whole: Registry<'static>,
    chosen: Registry<'static>,
    /// Paths by their number of segments.
    paths: HashMap<usize, Vec<String>>,
    compiled: Mutex<HashMap<(bool, String), Arc<Validator>>>,
}

/// The document, as the tests check against it.
fn document() -> &'static Document {
    static DOCUMENT: OnceLock<Document> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let mut value = value().clone();
        let registry = |value: Value| Registry::new().add(BASE, value).unwrap().prepare().unwrap();
        close(&mut value);
        let (mut whole, mut chosen) = (value.clone(), value.clone());
        choose_options(&mut whole, false);
        choose_options(&mut chosen, true);
        let mut paths: HashMap<usize, Vec<String>> = HashMap::new();
        for path in value["paths"].as_object().unwrap().keys() {
            paths.entry(path.split('/').count()).or_default().push(path.clone());
        }
        Document {
            whole: registry(whole),
            chosen: registry(chosen),
            value,
            paths,
            compiled: Mutex::default(),
        }
    })
}

const BASE: &str = "urn:onrecord:document";

/// Closes every object of the document that names its fields: an answer has no other field.
fn close(document: &mut Value) {
    let mut parts = BTreeSet::new();
    find_parts(document, &mut parts);
    for (name, schema) in document["components"]["schemas"].as_object_mut().unwrap() {
        close_schema(schema, parts.contains(name), &parts);
    }
    for operation in document["paths"].as_object_mut().unwrap().values_mut() {
        close_contents(operation, &parts);
    }
    close_contents(&mut document["components"]["responses"], &parts);
}

/// The names of the schemas that are parts of others, by `allOf`.
fn find_parts(value: &Value, parts: &mut BTreeSet<String>) {
    for part in value.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        if let Some(name) = part["$ref"].as_str().and_then(|place| place.rsplit('/').next()) {
            parts.insert(name.to_owned());
        }
    }
    match value {
        Value::Object(fields) => fields.values().for_each(|part| find_parts(part, parts)),
        Value::Array(items) => items.iter().for_each(|part| find_parts(part, parts)),
        _ => {}
    }
}

fn close_contents(value: &mut Value, parts: &BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, part) in fields {
                if name == "content" {
                    for media in part.as_object_mut().into_iter().flat_map(|all| all.values_mut()) {
                        close_schema(&mut media["schema"], false, parts);
                    }
                } else {
                    close_contents(part, parts);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| close_contents(item, parts)),
        _ => {}
    }
}

fn close_schema(schema: &mut Value, is_part: bool, parts: &BTreeSet<String>) {
    let Some(fields) = schema.as_object_mut() else { return };
    // A part of other schemas is closed where it is the whole.
    let refers = fields.get("$ref").and_then(Value::as_str).and_then(|place| place.rsplit('/').next());
    if !is_part && refers.is_some_and(|name| parts.contains(name)) {
        *schema = json!({"allOf": [schema.take()], "unevaluatedProperties": false});
        return;
    }
    let names_fields = fields.contains_key("properties") || fields.contains_key("allOf");
    for (keyword, value) in fields.iter_mut() {
        let within: Vec<&mut Value> = match keyword.as_str() {
            "properties" => value.as_object_mut().unwrap().values_mut().collect(),
            "items" | "additionalProperties" => vec![value],
            "anyOf" | "oneOf" | "allOf" => value.as_array_mut().unwrap().iter_mut().collect(),
            _ => vec![],
        };
        within.into_iter().for_each(|one| close_schema(one, keyword == "allOf", parts));
    }
    if names_fields && !is_part && !fields.contains_key("additionalProperties") {
        fields.insert("unevaluatedProperties".to_owned(), json!(false));
    }
}

/// Where a schema is a choice between whole records and parts of them (`…Part`), leaves only the ones or the others.
fn choose_options(value: &mut Value, parts: bool) {
    if let Some(options) = value.get_mut("anyOf").and_then(Value::as_array_mut) {
        let is_part = |one: &Value| one["$ref"].as_str().is_some_and(|place| place.ends_with("Part"));
        if options.iter().any(is_part) {
            options.retain(|one| is_part(one) == parts);
        }
    }
    match value {
        Value::Object(fields) => fields.values_mut().for_each(|one| choose_options(one, parts)),
        Value::Array(items) => items.iter_mut().for_each(|one| choose_options(one, parts)),
        _ => {}
    }
}

/// The document that the code builds, without its examples of answers.
pub fn value() -> &'static Value {
    static VALUE: OnceLock<Value> = OnceLock::new();
    VALUE.get_or_init(|| openapi::generate(resources::operations(), &resources::kinds(), None).unwrap())
}

/// A part of the document, or what it refers to; and where in the document that is, if it was referred to.
pub fn resolved<'d>(document: &'d Value, part: &'d Value) -> (Option<&'d str>, &'d Value) {
    let (mut place, mut part) = (None, part);
    while let Some(reference) = part["$ref"].as_str() {
        let pointer = reference.trim_start_matches('#');
        place = Some(pointer);
        part = document.pointer(pointer).unwrap_or_else(|| panic!("nothing at {reference}"));
    }
    (place, part)
}

/// What is at a place of the document, given as a JSON pointer, and the place where that is after all references.
fn at(document: &Value, place: String) -> (String, &Value) {
    let part = document.pointer(&place).unwrap_or_else(|| panic!("nothing at {place}"));
    let (other, part) = resolved(document, part);
    (other.map_or(place, str::to_owned), part)
}

fn step(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

impl Document {
    /// The template of a path. Of several the one that names more of it.
    fn template(&self, path: &str) -> Option<&str> {
        // The index has two addresses.
        let path = if path == "/v1/" { "/v1" } else { path };
        let segments: Vec<&str> = path.split('/').collect();
        let named = |template: &str| template.split('/').filter(|part| !part.starts_with('{')).count();
        self.paths
            .get(&segments.len())?
            .iter()
            .filter(|template| {
                template.split('/').zip(&segments).all(|(known, segment)| match known.starts_with('{') {
                    true => {
                        let rest = known.rsplit('}').next().unwrap_or_default();
                        segment.len() > rest.len() && segment.ends_with(rest)
                    }
                    false => known == *segment,
                })
            })
            .max_by_key(|template| named(template))
            .map(String::as_str)
    }

    fn validator(&self, chosen: bool, place: &str) -> Arc<Validator> {
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        let compile = || {
            let validator = jsonschema::options()
                .with_draft(jsonschema::Draft::Draft202012)
                .should_validate_formats(true)
                // The same days and moments as the server's.
                .with_format("date", |text: &str| parse_day(text).is_some())
                .with_format("date-time", |text: &str| Ts::parse(text).is_some())
                .with_registry(if chosen { &self.chosen } else { &self.whole })
                .build(&json!({"$ref": format!("{BASE}#{}", in_fragment(place))}))
                .unwrap_or_else(|error| panic!("{place}: {error}"));
            Arc::new(validator)
        };
        compiled.entry((chosen, place.to_owned())).or_insert_with(compile).clone()
    }

    /// The response that the document has for an answer: its place and its value. None where the address or the method is
    /// none of the document's: then it is a problem.
    fn response(&self, sent: &Sent<'_>, status: u16) -> Result<(String, &Value), String> {
        let method = if sent.method == "HEAD" { "get".to_owned() } else { sent.method.to_lowercase() };
        let template = self.template(sent.path());
        let operation = template
            .map(|template| format!("/paths/{}/{method}", step(template)))
            .filter(|place| self.value.pointer(place).is_some());
        let place = match operation {
            Some(operation) => format!("{operation}/responses/{status}"),
            None if status >= 400 => format!("/components/responses/{status}"),
            None => return Err("it is no operation of the document, and no error".to_owned()),
        };
        match self.value.pointer(&place) {
            Some(_) => Ok(at(&self.value, place)),
            None => Err(format!("{place} is not in the document")),
        }
    }

    fn check(&self, sent: &Sent<'_>, answer: &Answer) -> Vec<String> {
        let (place, response) = match self.response(sent, answer.status) {
            Ok(found) => found,
            Err(fault) => return vec![fault],
        };
        let mut faults = self.check_headers(&place, response, answer);
        faults.extend(self.check_body(sent, &place, response, answer));
        faults
    }

    fn check_headers(&self, place: &str, response: &Value, answer: &Answer) -> Vec<String> {
        let mut faults = vec![];
        let named: BTreeMap<String, &String> = response["headers"]
            .as_object()
            .into_iter()
            .flat_map(|all| all.keys())
            .map(|name| (name.to_lowercase(), name))
            .collect();
        for name in answer.headers.keys().map(|name| name.as_str()) {
            if !named.contains_key(name) && !UNNAMED.contains(&name) {
                faults.push(format!("the header {name} is not in the document"));
            }
        }
        for (lower, name) in named {
            let (place, described) = at(&self.value, format!("{place}/headers/{}", step(name)));
            let mut values = answer.headers.get_all(lower).map(|value| value.to_str().unwrap()).peekable();
            if values.peek().is_none() && described["required"] == json!(true) {
                faults.push(format!("the header {name} is missing"));
            }
            for value in values {
                let validator = self.validator(false, &format!("{place}/schema"));
                faults.extend(validator.iter_errors(&json!(value)).map(|error| format!("{name}: {error}")));
            }
        }
        faults
    }

    fn check_body(&self, sent: &Sent<'_>, place: &str, response: &Value, answer: &Answer) -> Vec<String> {
        let Some(content) = response["content"].as_object() else {
            let empty = answer.body.is_empty() && answer.header("content-type").is_none();
            return if empty { vec![] } else { vec!["the document has no body here".to_owned()] };
        };
        let Some(media_type) = answer.header("content-type") else {
            return vec!["it has no media type".to_owned()];
        };
        // Its own parameter is that it is text.
        let bare = media_type.trim_end_matches("; charset=utf-8");
        // The document says once, in its description, that browsers get pages.
        if bare == "text/html" && !content.contains_key(bare) {
            return vec![];
        }
        let Some(described) = content.get(bare) else {
            return vec![format!("the media type {media_type} is not in the document")];
        };
        // What is coded has been looked at where it was not: the coding is HTTP's.
        // A part is no document of its media type.
        if sent.method == "HEAD" || answer.status == 206 || answer.header("content-encoding").is_some() {
            return vec![];
        }
        let body: Value = if bare.split(';').next().is_some_and(|name| name.ends_with("json")) {
            match serde_json::from_slice(&answer.body) {
                Ok(body) => body,
                Err(error) => return vec![format!("no JSON: {error}")],
            }
        } else if resolved(&self.value, &described["schema"]).1["format"] == json!("binary") {
            return vec![];
        } else {
            match std::str::from_utf8(&answer.body) {
                Ok(text) => json!(text),
                Err(error) => return vec![format!("no text: {error}")],
            }
        };
        let (place, _) = at(&self.value, format!("{place}/content/{}/schema", step(bare)));
        let validator = self.validator(sent.chooses_fields(), &place);
        if validator.is_valid(&body) {
            return vec![];
        }
        validator
            .iter_errors(&body)
            .map(|error| {
                let text: String = error.to_string().chars().take(600).collect();
                format!("{} ({}): {text}", error.instance_path(), error.schema_path())
            })
            .collect()
    }
}

/// Fails the test where an answer is not what the document says.
#[track_caller]
pub fn check(sent: Sent<'_>, answer: &Answer) {
    let path = sent.path();
    let is_page = PAGES.contains(&path) || path.starts_with("/docs/");
    // OPTIONS is HTTP's question, what an address takes, and no operation.
    if sent.method == "OPTIONS" || (is_page && answer.status < 400) {
        return;
    }
    let faults = document().check(&sent, answer);
    assert!(
        faults.is_empty(),
        "{} {} is answered with {} otherwise than the document says: {:#?}",
        sent.method,
        sent.target,
        answer.status,
        faults.iter().take(10).collect::<Vec<_>>()
    );
}

/// A place as a fragment of an address: media types with parameters have quotes and spaces.
fn in_fragment(place: &str) -> String {
    let mut fragment = place.to_owned();
    for (letter, code) in [('{', "%7B"), ('}', "%7D"), ('"', "%22"), (' ', "%20")] {
        fragment = fragment.replace(letter, code);
    }
    fragment
}
