//! The one error type: RFC 9457 problem details.
//!
//! Every failure, from the router to the database, is returned as `application/problem+json` with a stable `type` under
//! `/problems/…` (each resolves to a page), and with *all* the faults of a request, not only the first. No SQL, path or
//! stack trace is returned: the database's message goes to the log, with the id of the request.

mod database;
mod names;
mod schema;
mod trouble;

pub use names::{first_names, nearest, unknown_name};

use std::collections::HashSet;
use std::fmt;

use serde::Serialize;
use serde_json::{Value, json};

/// A kind of problem, with the text of its page.
#[derive(Debug, PartialEq, Eq)]
pub struct Type {
    /// The last segment of the `type` URI.
    pub slug: &'static str,
    /// The HTTP status of every problem of this type.
    pub status: u16,
    /// A short summary, the same for every occurrence.
    pub title: &'static str,
    /// What happened and what to do about it.
    pub meaning: &'static str,
}

macro_rules! types {
    ($($name:ident $status:literal $slug:literal $title:literal $meaning:literal;)*) => {
        $(#[doc = $meaning] pub const $name: Type = Type { slug: $slug, status: $status, title: $title, meaning: $meaning };)*
        /// Every kind of problem that this API returns.
        pub const TYPES: &[&Type] = &[$(&$name),*];
    };
}

types! {
    BAD_REQUEST 400 "bad-request" "The request could not be understood" "The syntax of the body, of a parameter or of a header is wrong. Each fault is listed with what would be right.";
    UNAUTHENTICATED 401 "unauthenticated" "Credentials are needed" "No valid access token came with the request, and one could help. Get one at /oauth/token.";
    FORBIDDEN 403 "forbidden" "You may not do that" "You can see the record, but no rule lets you do this to it. GET /v1/me lists what you may do.";
    NOT_FOUND 404 "not-found" "There is nothing here" "No such address, or nothing there that you may see: the response is the same for both.";
    METHOD_NOT_ALLOWED 405 "method-not-allowed" "This method is not allowed here" "The address exists; the Allow header lists the methods that it takes.";
    NOT_ACCEPTABLE 406 "not-acceptable" "None of the formats that you accept is available" "Ask for application/json, or for text/csv or a workbook on a list.";
    TIMEOUT 408 "request-timeout" "The request took too long to arrive" "The body did not come in within the time allowed. Send it again.";
    CONFLICT 409 "conflict" "The record is not in a state that allows this" "The detail says which state it is in and which it would have to be in.";
    GONE 410 "gone" "The record was withdrawn" "It was public and has been withdrawn. The tombstone says when, by whose office and why.";
    PRECONDITION_FAILED 412 "precondition-failed" "The record has changed since you read it" "If-Match does not hold the current ETag. Read the record again, apply your change to what it is now, and send that.";
    TOO_LARGE 413 "content-too-large" "The body is too large" "The detail says how large a body may be.";
    URI_TOO_LONG 414 "uri-too-long" "The address is too long" "Shorten the query.";
    UNSUPPORTED_MEDIA_TYPE 415 "unsupported-media-type" "This type of body is not accepted" "Send application/json (application/merge-patch+json for PATCH), uncompressed, in UTF-8.";
    RANGE_NOT_SATISFIABLE 416 "range-not-satisfiable" "The response has no such bytes" "The Range begins after the end of the response. Content-Range says how many bytes it has. If you have as many, you have all of it.";
    UNPROCESSABLE 422 "unprocessable" "The request has errors" "Each fault is listed with its place in the body, or its parameter, and with what would be right.";
    PRECONDITION_REQUIRED 428 "precondition-required" "If-Match is required" "A change names the version that it changes: send the record's ETag as If-Match.";
    TOO_MANY 429 "too-many-requests" "Too many requests" "The limit of this address or this credential is spent. Try again after the time in Retry-After; RateLimit-Policy says what the limit is.";
    HEADERS_TOO_LARGE 431 "headers-too-large" "The headers are too large" "Send fewer or shorter headers.";
    INTERNAL 500 "internal-error" "Something went wrong on our side" "The log has it under the id in `instance`. Nothing of the request was carried out.";
    UNAVAILABLE 503 "unavailable" "The service cannot answer now" "The database is out of reach, busy or full, or the service is stopping. Try again after the time in Retry-After.";
}

/// Where in the request a fault is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum At {
    /// A JSON Pointer (RFC 6901) into the body; `""` is the whole body.
    Pointer(String),
    /// The name of a query or path parameter.
    Parameter(String),
    /// The name of a header.
    Header(String),
    /// The title of a column of a file.
    Column(String),
}

impl At {
    /// The place as a text.
    pub fn place(&self) -> &str {
        match self {
            At::Pointer(place) | At::Parameter(place) | At::Header(place) | At::Column(place) => place,
        }
    }
}

/// A part of a text, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Span {
    /// The first character, counted from 0.
    pub from: usize,
    /// The character after the last.
    pub to: usize,
}

/// One thing that is wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The file of the bundle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The line of that file, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// The row of a submitted table: the line of a CSV file, the row of a sheet, the element of a list; from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<u64>,
    /// The place in the request or file.
    #[serde(flatten)]
    pub at: At,
    /// Which part of the text at that place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
    /// A stable word for programs.
    pub code: &'static str,
    /// A sentence for people: what is wrong and what would be right.
    pub detail: String,
}

impl Fault {
    /// A fault in the body.
    pub fn pointer(pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Fault {
        // A field's name can be as long as a body; the beginning of the pointer is enough to find it.
        let pointer: String = pointer.into().chars().take(300).collect();
        Fault::at(At::Pointer(pointer), code, detail)
    }

    /// A fault at a place.
    pub fn at(at: At, code: &'static str, detail: impl Into<String>) -> Fault {
        Fault { file: None, line: None, row: None, at, span: None, code, detail: detail.into() }
    }

    /// Adds the file of a bundle, and the line.
    pub fn in_file(mut self, file: &str, line: Option<u64>) -> Fault {
        self.file = Some(file.to_owned());
        self.line = line;
        self
    }

    /// Adds the row of a submitted table.
    pub fn in_row(mut self, row: u64) -> Fault {
        self.row = Some(row);
        self
    }

    /// A fault in a parameter.
    pub fn parameter(name: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Fault {
        Fault::at(At::Parameter(name.into()), code, detail)
    }

    /// A fault in a header.
    pub fn header(name: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Fault {
        Fault::at(At::Header(name.into()), code, detail)
    }
}

/// How many faults a problem lists at most.
pub const FAULTS: usize = 100;

/// A field's name as a step of a JSON Pointer (RFC 6901, section 3).
pub fn step(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Adds the faults of a further check, except at places that already have a fault.
pub fn add_elsewhere(faults: &mut Vec<Fault>, more: Vec<Fault>) {
    let known: HashSet<At> = faults.iter().map(|fault| fault.at.clone()).collect();
    faults.extend(more.into_iter().filter(|fault| !known.contains(&fault.at)));
}

/// A failure, as it is returned.
#[derive(Debug)]
pub struct Problem {
    pub kind: &'static Type,
    /// What happened this time. For 404 always the same text, since a difference would tell what is hidden.
    pub detail: String,
    /// Every fault found.
    pub errors: Vec<Fault>,
    /// Further fields, such as the tombstone of a withdrawn record.
    pub extra: Vec<(&'static str, Value)>,
    /// Headers of the response (`Allow`, `WWW-Authenticate`, `Retry-After`).
    pub headers: Vec<(&'static str, String)>,
    /// For the log only.
    pub cause: Option<String>,
    /// For its page only: the name of the office that has withdrawn the record.
    pub office: Option<String>,
    /// Whether the database cannot be written at present, whatever is written: its disk is full, or it is out of reach.
    pub unwritable: bool,
}

impl Problem {
    /// A problem of that kind.
    pub fn new(kind: &'static Type, detail: impl Into<String>) -> Problem {
        Problem {
            kind,
            detail: detail.into(),
            errors: vec![],
            extra: vec![],
            headers: vec![],
            cause: None,
            office: None,
            unwritable: false,
        }
    }

    /// Adds the faults; of very many only the first [`FAULTS`].
    pub fn with(mut self, mut errors: Vec<Fault>) -> Problem {
        if errors.len() > FAULTS {
            errors.truncate(FAULTS);
            self.detail.push_str(&format!(" The first {FAULTS} are listed."));
        }
        self.errors = errors;
        self
    }

    /// Adds a header.
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Problem {
        self.headers.push((name, value.into()));
        self
    }

    /// 404, always with the same text.
    pub fn not_found() -> Problem {
        Problem::new(
            &NOT_FOUND,
            "There is nothing at this address that you may see. A record of a policing body is named by its id or as `body:REFERENCE`, reference data by its id or its reference.",
        )
    }

    /// 400 with these faults.
    pub fn bad_request(errors: Vec<Fault>) -> Problem {
        let detail = match errors.len() {
            1 => "There is a fault in the request.".to_owned(),
            n => format!("There are {n} faults in the request."),
        };
        Problem::new(&BAD_REQUEST, detail).with(errors)
    }

    /// 422 with these faults.
    pub fn unprocessable(errors: Vec<Fault>) -> Problem {
        let is_parameter = |fault: &Fault| matches!(fault.at, At::Parameter(_));
        let detail = match (errors.len(), errors.iter().all(is_parameter)) {
            (1, true) => "There is a fault in a parameter.".to_owned(),
            (n, true) => format!("There are {n} faults in the parameters."),
            (1, false) => "There is a fault in the body; nothing has been changed.".to_owned(),
            (n, false) => format!("There are {n} faults in the body; nothing has been changed."),
        };
        Problem::new(&UNPROCESSABLE, detail).with(errors)
    }

    /// 409.
    pub fn conflict(detail: impl Into<String>) -> Problem {
        Problem::new(&CONFLICT, detail)
    }

    /// 500; the cause goes to the log only.
    pub fn internal(cause: impl fmt::Display) -> Problem {
        let mut problem = Problem::new(&INTERNAL, "The log has it under the id in `instance`.");
        problem.cause = Some(cause.to_string());
        problem
    }

    /// 503, with the advice to try again shortly.
    pub fn unavailable(cause: impl fmt::Display) -> Problem {
        let mut problem = Problem::new(&UNAVAILABLE, "The service cannot answer now; try again shortly.")
            .header("Retry-After", "1");
        problem.cause = Some(cause.to_string());
        problem
    }

    /// 503 where the database cannot be written, or cannot be reached, until its operator has mended that.
    pub fn unwritable(cause: impl fmt::Display) -> Problem {
        let detail = "The database cannot be written now, and nothing of the request was carried out. What is on record can still be read. Try again later.";
        let cause = cause.to_string();
        let problem =
            Problem::new(&UNAVAILABLE, detail).header("Retry-After", trouble::seconds_to_wait(&cause));
        Problem { cause: Some(cause), unwritable: true, ..problem }
    }

    /// 503 where the database failed during the commit, as when the connection ended. PostgreSQL may have carried it out.
    pub fn unconfirmed(cause: impl fmt::Display) -> Problem {
        let detail = "The database failed while the change was committed: whether it was carried out is not known. Repeat the request with the same `Idempotency-Key`; it is then carried out once at most. Without a key, read the record first.";
        let mut problem = Problem::unwritable(cause);
        problem.detail = detail.to_owned();
        problem
    }

    /// The text for a command line, where there is no log to look into.
    pub fn detail_or_cause(&self) -> String {
        self.cause.clone().unwrap_or_else(|| self.detail.clone())
    }

    /// The response's body, for the request of that id.
    pub fn body(&self, request_id: &str) -> Value {
        let mut body = json!({
            "type": format!("/problems/{}", self.kind.slug),
            "title": self.kind.title,
            "status": self.kind.status,
            "detail": self.detail,
            "instance": format!("urn:uuid:{request_id}"),
        });
        if let Value::Object(fields) = &mut body {
            if !self.errors.is_empty() {
                fields.insert("errors".to_owned(), json!(self.errors));
            }
            for (name, value) in &self.extra {
                fields.insert((*name).to_owned(), value.clone());
            }
        }
        body
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.kind.status, self.kind.slug, self.detail)?;
        if let Some(cause) = &self.cause {
            write!(f, " ({cause})")?;
        }
        for fault in &self.errors {
            write!(f, "; {:?} {}: {}", fault.at, fault.code, fault.detail)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}

/// How long to wait, in words.
pub fn in_seconds(seconds: impl fmt::Display) -> String {
    let seconds = seconds.to_string();
    if seconds == "1" { "1 second".to_owned() } else { format!("{seconds} seconds") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_second_is_one() {
        assert_eq!((in_seconds(1), in_seconds(2)), ("1 second".to_owned(), "2 seconds".to_owned()));
    }

    #[test]
    fn slugs_are_unique() {
        let mut slugs: Vec<_> = TYPES.iter().map(|kind| kind.slug).collect();
        slugs.sort_unstable();
        slugs.dedup();
        assert_eq!(slugs.len(), TYPES.len());
    }
}
