//! What an operation is, to the router, the limits, the OpenAPI document and the handler that is called.

use serde_json::Value;

use super::accept::{HTML, PROBLEM};
use super::download::PARQUET_TYPE;
use super::form::FORM as FORM_TYPE;
use super::input::{Input, InputType};
use super::limits::SEARCH;
use super::params::{Param, decode};
use super::places::Queue;
use super::schema::schema_ref;
use crate::access::{Action, Rule};
use crate::record::kind::KindDef;
use crate::sheet::XLSX;

/// An HTTP method of an operation. HEAD follows GET; every path has OPTIONS.
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
    /// The method's name.
    pub fn name(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
        }
    }
}

/// How large a body may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodySize {
    /// A login or a client's id with its secret, which anybody may send: [`CREDENTIALS`].
    Credentials,
    /// A question that anybody may put: [`QUESTION`].
    Question,
    /// A few fields: [`FORM`].
    Form,
    /// A record: what the setting `BODY_LIMIT` says.
    Record,
    /// A file of that many bytes.
    File(usize),
}

/// The most bytes of a body with credentials.
pub const CREDENTIALS: usize = 8 * 1024;
/// The most bytes of a body with a question: 1,000 characters of which each takes twelve, and what is put with it.
pub const QUESTION: usize = 16 * 1024;
/// The most bytes of a body with a few fields.
pub const FORM: usize = 64 * 1024;

impl BodySize {
    /// The most bytes, where `record` are the most of a record.
    pub fn bytes(self, record: usize) -> usize {
        match self {
            BodySize::Credentials => CREDENTIALS.min(record),
            BodySize::Question => QUESTION.min(record),
            BodySize::Form => FORM.min(record),
            BodySize::Record => record,
            BodySize::File(bytes) => bytes,
        }
    }

    /// Whether it does not count towards what is in memory: it is small, and its sender is not known.
    pub fn is_uncounted(self) -> bool {
        matches!(self, BodySize::Credentials | BodySize::Question)
    }
}

/// The body that an operation takes.
#[derive(Clone, Debug)]
pub struct BodySpec {
    /// The accepted media types; clients should send the first.
    pub media_types: &'static [&'static str],
    /// The schema of the body, in the first of the media types.
    pub schema: Value,
    /// The schema in each of the other media types; none where it is the same in all of them.
    pub schema_of: Option<fn(&str) -> Value>,
    /// An example of the body, in the first of the media types.
    pub example: Value,
    /// False when the body may be left out.
    pub required: bool,
    /// How large it may be.
    pub size: BodySize,
    /// The type as which the handler reads the body, with [`Call::input`](super::Call::input).
    pub input: Option<InputType>,
}

impl BodySpec {
    /// A required body of JSON, read as `T`.
    pub fn of<T: Input>(example: Value) -> BodySpec {
        let input = InputType::of::<T>();
        BodySpec {
            media_types: &["application/json"],
            schema: input.schema().clone(),
            schema_of: None,
            example,
            required: true,
            size: BodySize::Form,
            input: Some(input),
        }
    }

    /// The schema of the body in one of its media types.
    pub fn schema_in(&self, media_type: &str) -> Value {
        match self.schema_of {
            Some(schema_of) if self.media_types.first() != Some(&media_type) => schema_of(media_type),
            _ => self.schema.clone(),
        }
    }

    /// The body of who has not signed in yet, or changes a password.
    pub fn credentials(mut self) -> BodySpec {
        self.size = BodySize::Credentials;
        self
    }

    /// A question that anybody may put, as JSON or as a form.
    pub fn question(mut self) -> BodySpec {
        self.size = BodySize::Question;
        self.media_types = &["application/json", FORM_TYPE];
        self
    }

    /// An optional body of JSON, read as `T`; no body is the same as `{}`.
    pub fn optional_of<T: Input>(example: Value) -> BodySpec {
        BodySpec { required: false, ..BodySpec::of::<T>(example) }
    }
}

/// A response that an operation can return.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The meaning of the response.
    pub description: String,
    /// The schema of the body, if it has one.
    pub schema: Option<Value>,
    /// Whether it is also available as CSV.
    pub csv: bool,
    /// Whether it is also available as a workbook, which is made from its CSV.
    pub workbook: bool,
    /// Whether it is also available as Parquet, which is made from its CSV.
    pub parquet: bool,
    /// Also available as a page for people, which `src/pages` makes of the JSON.
    pub page: bool,
    /// The media type of the body.
    pub media_type: &'static str,
    /// More media types in which it is available, each with the name of its schema in the document, if it has one.
    pub others: Vec<(&'static str, Option<&'static str>)>,
    /// Headers of its own, by their names in the document's components.
    pub headers: Vec<&'static str>,
    /// Whether it has an ETag.
    pub tagged: bool,
}

impl Answer {
    /// A response without a body.
    pub fn empty(status: u16, description: &str) -> Answer {
        Answer {
            status,
            description: description.to_owned(),
            schema: None,
            csv: false,
            workbook: false,
            parquet: false,
            page: false,
            media_type: "application/json",
            others: vec![],
            headers: vec![],
            tagged: true,
        }
    }

    /// A response with a JSON body of that schema.
    pub fn json(status: u16, description: &str, schema: Value) -> Answer {
        Answer {
            status,
            description: description.to_owned(),
            schema: Some(schema),
            csv: false,
            workbook: false,
            parquet: false,
            page: false,
            media_type: "application/json",
            others: vec![],
            headers: vec![],
            tagged: true,
        }
    }

    /// A response with a JSON body of the schema of that name in the document.
    pub fn named(status: u16, description: &str, schema: &str) -> Answer {
        Answer::json(status, description, schema_ref(schema))
    }

    /// A response of another media type.
    pub fn bytes(status: u16, description: &str, media_type: &'static str) -> Answer {
        let schema =
            serde_json::json!({"type": "string", "format": "binary", "maxLength": 1_000_000_000_000_i64});
        Answer { media_type, ..Answer::json(status, description, schema) }
    }

    /// Without an ETag.
    pub fn untagged(mut self) -> Answer {
        self.tagged = false;
        self
    }

    /// With headers of its own, by their names in the document's components.
    pub fn with_headers(mut self, keys: &[&'static str]) -> Answer {
        self.headers.extend(keys);
        self
    }

    /// Also available in this media type, whose schema has that name in the document.
    pub fn or_as(mut self, media_type: &'static str, schema: &'static str) -> Answer {
        self.others.push((media_type, Some(schema)));
        self
    }

    /// A problem that says more than others: its schema has that name in the document.
    pub fn problem(status: u16, description: &str, schema: &str) -> Answer {
        Answer { media_type: PROBLEM, ..Answer::named(status, description, schema) }
    }

    /// Also available as CSV.
    pub fn or_csv(mut self) -> Answer {
        self.csv = true;
        self
    }

    /// Every media type in which it is available, the default first.
    pub fn media_types(&self) -> impl Iterator<Item = &'static str> {
        let csv = self.csv.then_some("text/csv");
        let workbook = self.workbook.then_some(XLSX);
        let parquet = self.parquet.then_some(PARQUET_TYPE);
        let page = self.page.then_some(HTML);
        let others = self.others.iter().map(|(name, _)| *name);
        std::iter::once(self.media_type).chain(csv).chain(others).chain(workbook).chain(parquet).chain(page)
    }
}

/// A request to the demo; its response is the example in the document.
#[derive(Clone, Debug)]
pub struct ExampleCall {
    /// The path, with its query.
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
    /// The summary, one line.
    pub summary: String,
    /// The description.
    pub description: String,
    /// The tag in the document.
    pub tag: &'static str,
    /// The rule of who may call it.
    pub rule: Rule,
    /// The query parameters.
    pub params: Vec<Param>,
    /// The path parameters: names and descriptions.
    pub path_params: Vec<(&'static str, &'static str)>,
    /// The body that it takes.
    pub body: Option<BodySpec>,
    /// The successful responses.
    pub answers: Vec<Answer>,
    /// The statuses of the problems that do not follow from the other fields.
    pub problems: Vec<u16>,
    /// The kind of the records that it reads or changes.
    pub kind: Option<&'static KindDef>,
    /// The step of the workflow that it takes, if it is one.
    pub action: Option<Action>,
    /// True when it changes an existing record, and so requires `If-Match`.
    pub if_match: bool,
    /// True when it takes an `Idempotency-Key`.
    pub idempotent_by_key: bool,
    /// The GET of the demo that gives the example.
    pub example: Option<ExampleCall>,
    /// Whether public responses may be cached.
    pub cached: bool,
    /// Whether public responses change only when something becomes public or ceases to be, or another day begins: then they
    /// have a date.
    pub dated: bool,
    /// Whether the handler reports the faults of the parameters, together with those that it finds.
    pub own_faults: bool,
    /// The queue in which its calls wait.
    pub queue: Queue,
    /// How many requests a call counts as towards the rate limits.
    pub cost: u32,
    /// True when it reads one record: so few rows that handing the work to another thread would take longer.
    pub of_one: bool,
    /// True when it issues a token: it takes no token, and a call counts as a sign-in.
    pub issues_token: bool,
    /// True when calls count towards no rate limit.
    pub exempt_from_limits: bool,
    /// True when whoever calls it stays unknown: it changes something without a token, and the log has neither the address
    /// nor what the path names.
    pub unnamed: bool,
    /// True when it is there only where the office has turned residents' questions on.
    pub optional: bool,
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
            dated: true,
            own_faults: false,
            queue: Queue::ByCost,
            cost: 1,
            of_one: false,
            issues_token: false,
            exempt_from_limits: false,
            unnamed: false,
            optional: false,
        }
    }

    /// True when its answer can be a file to save, or a page of one: not only JSON. Only such answers can be requested in
    /// parts.
    pub fn is_download(&self) -> bool {
        let others =
            |answer: &Answer| answer.media_types().any(|name| ![HTML, "application/json"].contains(&name));
        self.method == Method::Get && self.answers.iter().any(|answer| answer.status == 200 && others(answer))
    }

    /// Whether it returns what is on record: what is public of that has the licence of the record.
    pub fn is_of_record(&self) -> bool {
        let of_record = |path: &str| path == "/v1" || path.starts_with("/v1/") || path.ends_with(".jsonld");
        self.method == Method::Get && of_record(&self.path)
    }

    /// Whether browsers get a page.
    pub fn has_page(&self) -> bool {
        self.answers.iter().any(|answer| answer.page)
    }

    /// True when nobody can call it without a token, whatever its rule says.
    pub fn needs_token(&self) -> bool {
        self.writes() && !self.issues_token && !self.unnamed
    }

    /// True when it changes something.
    pub fn writes(&self) -> bool {
        self.method != Method::Get
    }

    /// How many requests a call with that query counts as, whatever it finds.
    pub fn cost_of(&self, query: &str) -> u32 {
        // Decoded like any parameter: `%71` is `q`.
        let searches =
            |pair: &str| decode(pair.split('=').next().unwrap_or(pair)).is_some_and(|name| name == "q");
        match query.split('&').any(searches) {
            true => self.cost.max(SEARCH),
            false => self.cost,
        }
    }
}
