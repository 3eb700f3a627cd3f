//! What an operation is, to the router, the limits, the OpenAPI document and the handler that is called.

use serde_json::{Value, json};

use super::input::{Input, InputType};
use super::limits::SEARCH;
use super::params::{Param, decode};
use crate::access::{Action, Rule};
use crate::record::kind::KindDef;

/// An HTTP method that is served (HEAD follows GET, OPTIONS is everywhere).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// GET.
    Get,
    /// POST.
    Post,
    /// PUT.
    Put,
    /// PATCH.
    Patch,
}

impl Method {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
        }
    }
}

/// What kind of body an operation takes.
#[derive(Clone, Debug)]
pub struct BodySpec {
    /// Its media types; the first is the one to send.
    pub media_types: &'static [&'static str],
    /// Its schema.
    pub schema: Value,
    /// An example.
    pub example: Value,
    /// False when it may be left out.
    pub required: bool,
    /// How many bytes it may have, where that is not the limit of all bodies.
    pub limit: Option<usize>,
    /// The type that the handler reads it as, with [`Call::input`].
    pub input: Option<InputType>,
}

impl BodySpec {
    /// JSON of that schema, which has to be sent.
    pub fn json(schema: Value, example: Value) -> BodySpec {
        let media_types: &[&str] = &["application/json"];
        BodySpec { media_types, schema, example, required: true, limit: None, input: None }
    }

    /// JSON of the type `T`, which has to be sent.
    pub fn of<T: Input>(example: Value) -> BodySpec {
        let input = InputType::of::<T>();
        BodySpec { input: Some(input.clone()), ..BodySpec::json(input.schema().clone(), example) }
    }

    /// JSON of the type `T`; no body is the same as `{}`.
    pub fn optional_of<T: Input>(example: Value) -> BodySpec {
        BodySpec { required: false, ..BodySpec::of::<T>(example) }
    }

    /// The same where it may be left out.
    pub fn optional(schema: Value, example: Value) -> BodySpec {
        BodySpec { required: false, ..BodySpec::json(schema, example) }
    }
}

/// An answer that an operation can give.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// What it means.
    pub description: String,
    /// The name of its schema in the document, if it has a body; JSON.
    pub schema: Option<Value>,
    /// Whether CSV can be had instead.
    pub csv: bool,
    /// Its media type.
    pub media_type: &'static str,
}

impl Answer {
    /// An answer without a body.
    pub fn empty(status: u16, description: &str) -> Answer {
        Answer {
            status,
            description: description.to_owned(),
            schema: None,
            csv: false,
            media_type: "application/json",
        }
    }

    /// An answer with a JSON body of that schema.
    pub fn json(status: u16, description: &str, schema: Value) -> Answer {
        Answer {
            status,
            description: description.to_owned(),
            schema: Some(schema),
            csv: false,
            media_type: "application/json",
        }
    }

    /// An answer with a JSON body of the schema that has this name in the document.
    pub fn named(status: u16, description: &str, schema: &str) -> Answer {
        Answer::json(status, description, json!({"$ref": format!("#/components/schemas/{schema}")}))
    }

    /// An answer of another media type.
    pub fn bytes(status: u16, description: &str, media_type: &'static str) -> Answer {
        let schema =
            serde_json::json!({"type": "string", "format": "binary", "maxLength": 1_000_000_000_000_i64});
        Answer { media_type, ..Answer::json(status, description, schema) }
    }

    /// The same, also to be had as CSV.
    pub fn or_csv(mut self) -> Answer {
        self.csv = true;
        self
    }
}

/// A request that the demo answers: from it comes the example in the document.
#[derive(Clone, Debug)]
pub struct ExampleCall {
    /// The address, with its query.
    pub path: String,
}

/// What an operation is: all of its row of the table but the handler.
pub struct OperationSpec {
    /// The method.
    pub method: Method,
    /// The path, with `{names}`.
    pub path: String,
    /// The operation id: `<verb>_<resource>`.
    pub id: String,
    /// One line.
    pub summary: String,
    /// What it does.
    pub description: String,
    /// The group in the document.
    pub tag: &'static str,
    /// Who may call it.
    pub rule: Rule,
    /// Its query parameters.
    pub params: Vec<Param>,
    /// Its path parameters: name and meaning.
    pub path_params: Vec<(&'static str, &'static str)>,
    /// Its body.
    pub body: Option<BodySpec>,
    /// Its answers, but for problems, which follow from the rest.
    pub answers: Vec<Answer>,
    /// The problems it can give beyond those that follow from the rest.
    pub problems: Vec<u16>,
    /// The kind that it works on.
    pub kind: Option<&'static KindDef>,
    /// The step of the workflow that it takes, if it is one.
    pub action: Option<Action>,
    /// True when it changes an existing record, and so needs `If-Match`.
    pub if_match: bool,
    /// True when it may be repeated safely with an `Idempotency-Key`.
    pub idempotent_by_key: bool,
    /// A GET that the demo answers, for the example.
    pub example: Option<ExampleCall>,
    /// Whether public responses may be cached.
    pub cached: bool,
    /// Whether the handler answers for the faults of its parameters, together with those that it finds.
    pub own_faults: bool,
    /// True when it costs so much that only a few run at a time.
    pub heavy: bool,
    /// True when it can take long: only a few of these run at a time, too.
    pub long: bool,
    /// How many requests it counts as towards the limits.
    pub cost: u32,
    /// True when it issues a token: it takes no token itself, and counts as a sign-in.
    pub issues_token: bool,
    /// True when it counts towards no limit.
    pub exempt_from_limits: bool,
}

impl OperationSpec {
    /// An operation with nothing but its route and rule; the rest is added by name.
    pub fn new(method: Method, path: impl Into<String>, id: impl Into<String>, rule: Rule) -> OperationSpec {
        OperationSpec {
            method,
            path: path.into(),
            id: id.into(),
            summary: String::new(),
            description: String::new(),
            tag: "service",
            rule,
            params: vec![],
            path_params: vec![],
            body: None,
            answers: vec![],
            problems: vec![],
            kind: None,
            action: None,
            if_match: false,
            idempotent_by_key: false,
            example: None,
            cached: false,
            own_faults: false,
            heavy: false,
            long: false,
            cost: 1,
            issues_token: false,
            exempt_from_limits: false,
        }
    }

    /// True when it changes something.
    pub fn writes(&self) -> bool {
        self.method != Method::Get
    }

    /// How many requests it counts as with that query: by what it is, never by what it finds.
    pub fn cost_of(&self, query: &str) -> u32 {
        // As the name is read afterwards: `%71` is `q`.
        let searches =
            |pair: &str| decode(pair.split('=').next().unwrap_or(pair)).is_some_and(|name| name == "q");
        match query.split('&').any(searches) {
            true => self.cost.max(SEARCH),
            false => self.cost,
        }
    }
}
