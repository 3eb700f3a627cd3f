//! A request, checked and authenticated, as handlers see it.

use std::any::{Any, type_name};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::accept::{HTML, PAGE, PARQUET, WORKBOOK, prefers};
use super::address;
use super::arriving::Held;
use super::body;
use super::download::PARQUET_TYPE;
use super::input::Input;
use super::operation_spec::{Answer, OperationSpec};
use super::params::Params;
use super::state::State;
use crate::access::Actor;
use crate::access::audit;
use crate::clock::{Id, Ts};
use crate::problem::{Fault, Problem, add_elsewhere};
use crate::record::changes;
use crate::record::visible::Visibility;
use crate::sheet::XLSX;
use crate::store::{Conn, Db, Generation};
use crate::validation;

/// What writes Parquet: the bytes depend on it.
const WRITER: &str = concat!("onrecord ", env!("CARGO_PKG_VERSION"), ", parquet 60.1");

/// The request headers that operations read.
#[derive(Clone, Debug, Default)]
pub struct Headers {
    /// `If-Match`.
    pub if_match: Option<String>,
    /// `If-Unmodified-Since`.
    pub if_unmodified_since: Option<String>,
    /// `If-None-Match`.
    pub if_none_match: Option<String>,
    /// `If-Modified-Since`.
    pub if_modified_since: Option<String>,
    /// `Range`.
    pub range: Option<String>,
    /// `If-Range`.
    pub if_range: Option<String>,
    /// `Accept`.
    pub accept: Option<String>,
    /// `Idempotency-Key`.
    pub idempotency_key: Option<String>,
    /// The media type of the body, without its parameters.
    pub content_type: Option<String>,
    /// `Sec-Fetch-Site`: whether a browser sends the request for a page of another site.
    pub fetch_site: Option<String>,
    /// `Origin`: the site of the page that sends the request.
    pub origin: Option<String>,
    /// `Authorization`, at the token endpoint only.
    pub authorization: Option<String>,
}

/// The parameter that gives a past moment. Its second spelling is SDMX's.
pub const AS_OF: &str = "as_of";

/// A parsed JSON body, with the faults in spite of which it can be read.
pub type Parsed = Result<(Value, Vec<Fault>), Problem>;

/// A value that takes long to read, with its name and number.
pub type Remembered = ((&'static str, i64), Arc<dyn Any + Send + Sync>);

/// A request, checked and authenticated.
pub struct Call {
    /// The server.
    pub state: Arc<State>,
    /// The request's id.
    pub request: Id,
    /// The operation that it calls.
    pub operation: &'static OperationSpec,
    /// The caller.
    pub actor: Actor,
    /// The address that the request counts for; none where the server itself calls.
    pub from: Option<IpAddr>,
    /// The request's one moment; see [`Call::now`].
    pub moment: Cell<Ts>,
    /// The past moment that the request looks at, once it is read.
    pub as_of: Cell<Option<Ts>>,
    /// The database, as this call reads it: what the public reads may come from a replica.
    pub db: Db,
    /// The database's generation before the request read anything, where a read of one reply asked for it.
    pub generation: RefCell<Option<Generation>>,
    /// What the call read for others to use, if nothing was committed while it was read.
    pub remembered: RefCell<Vec<Remembered>>,
    /// The decoded path parameters.
    pub path: BTreeMap<&'static str, String>,
    /// The query parameters, checked against the operation's.
    pub params: Params,
    /// The headers that operations read.
    pub headers: Headers,
    /// The body, as received. Empty while the operation's `before_body` runs.
    pub body: Arc<Vec<u8>>,
    /// What this request holds in memory of it.
    pub held: Held,
    /// The parsed body. Writes parse it before their transaction begins, so that no other writer waits for a large one.
    pub parsed: Cell<Option<Parsed>>,
    /// The path, as received.
    pub raw_path: String,
    /// The query, as received.
    pub query: String,
}

impl Call {
    /// Whether the answer is a page: the operation has pages, and the caller prefers HTML or has `format=html`.
    pub fn is_for_page(&self) -> bool {
        self.operation.has_page() && self.prefers((PAGE, HTML))
    }

    /// The indicator that the call names, otherwise its address: the other parameters are as many as a caller likes.
    pub fn indicator_or_address(&self) -> &str {
        self.params.text("indicator").unwrap_or(&self.raw_path)
    }

    /// Whether the answer is a workbook: the operation has them, and the caller prefers one or has `format=xlsx`.
    pub fn is_for_workbook(&self) -> bool {
        self.operation.answers.iter().any(|answer| answer.workbook) && self.prefers((WORKBOOK, XLSX))
    }

    /// Whether the answer is Parquet: the operation has it, and the caller prefers it or has `format=parquet`.
    pub fn is_for_parquet(&self) -> bool {
        self.operation.answers.iter().any(|answer| answer.parquet) && self.prefers((PARQUET, PARQUET_TYPE))
    }

    /// Whether the answer is a file that is made from the CSV of the same request.
    pub fn is_made_of_csv(&self) -> bool {
        self.is_for_workbook() || self.is_for_parquet()
    }

    /// Whether the caller prefers a format, by its name in `format=` or by its media type.
    fn prefers(&self, format: (&str, &str)) -> bool {
        let types = self.operation.answers.iter().flat_map(Answer::media_types);
        prefers(format, self.headers.accept.as_deref(), self.params.text("format"), types)
    }

    /// What the tag of a CSV follows from besides its rows. A workbook is another body, and says its day and whether everybody
    /// may read it; Parquet says its address and its licence, and another version of the program may write it in another way.
    pub fn tag_of_form(&self) -> String {
        if self.is_for_workbook() {
            return format!("{WORKBOOK} {} {}", self.now().day(), self.actor.is_public());
        }
        match self.is_for_parquet() {
            true => format!("{PARQUET} {WRITER} {} {:?}", self.state.public_url, self.state.site.licence),
            false => String::new(),
        }
    }

    /// A call of an operation without path, query, headers or body.
    pub fn bare(state: &Arc<State>, operation: &'static OperationSpec, actor: &Actor) -> Call {
        Call {
            state: state.clone(),
            db: state.db.clone(),
            request: state.clock.new_id(),
            operation,
            actor: actor.clone(),
            from: None,
            moment: Cell::new(state.now()),
            parsed: Cell::new(None),
            as_of: Cell::new(None),
            generation: RefCell::default(),
            remembered: RefCell::default(),
            path: BTreeMap::new(),
            params: Params::default(),
            headers: Headers::default(),
            body: Arc::default(),
            held: state.arriving.request(actor.name()),
            raw_path: String::new(),
            query: String::new(),
        }
    }

    /// What the caller sees now.
    pub fn visibility(&self) -> Visibility {
        Visibility::new(&self.actor, self.state.kinds.iter().map(|kind| &kind.def), self.now())
    }

    /// The moment of the request: all that it reads and writes is of this moment.
    pub fn now(&self) -> Ts {
        self.moment.get()
    }

    /// The past moment that `as_of` gives, if the request has it. The response says which it is.
    pub fn past(&self) -> Result<Option<Ts>, Fault> {
        let past = self.params.moment_up_to(AS_OF, self.now())?;
        self.as_of.set(past);
        Ok(past)
    }

    /// A value that takes long to read, by a name and a number; read now unless it was read since the last commit. It can
    /// be newer than the request's generation, and older than what the request reads later.
    pub fn remembered<T: Any + Send + Sync>(
        &self,
        conn: &mut Conn,
        key: (&'static str, i64),
        read: impl FnOnce(&mut Conn) -> Result<T, Problem>,
    ) -> Result<Arc<T>, Problem> {
        let Some(generation) = self.generation.borrow().clone() else { return Ok(Arc::new(read(conn)?)) };
        if let Some(value) = self.state.memo.get(key, &generation) {
            return Ok(value);
        }
        let value = Arc::new(read(conn)?);
        match self.db.reads_replicas() {
            // Two reads can be from different servers: values are shared only if nothing changed between them.
            true => self.remembered.borrow_mut().push((key, value.clone())),
            false => self.state.memo.put(key, generation, value.clone()),
        }
        Ok(value)
    }

    /// The call begins to read at this generation.
    pub fn begins(&self, generation: &Generation) {
        self.remembered.borrow_mut().clear();
        *self.generation.borrow_mut() = Some(generation.clone());
    }

    /// Lets others use what was remembered: nothing was committed while it was read.
    pub fn keep_remembered(&self) {
        let Some(generation) = self.generation.borrow().clone() else { return };
        for (key, value) in self.remembered.take() {
            self.state.memo.put_any(key, generation.clone(), value);
        }
    }

    /// The header that says at which past moment the response looks, if it does.
    pub fn past_header(&self) -> Option<(&'static str, String)> {
        self.as_of.get().map(|moment| ("X-As-Of", moment.to_string()))
    }

    /// Moves the request's moment to the present, inside the transaction of a write: the body took time to arrive, other
    /// writers had to finish, and a scheduled version may have become public meanwhile.
    pub fn catch_up(&self, conn: &mut Conn) -> Result<(), Problem> {
        let watermark = changes::latest_watermark(conn)?;
        self.moment.set(self.state.now().max(watermark).max(self.now()));
        Ok(())
    }

    /// Runs `work` in one transaction. Afterwards this process's `now` is never earlier than the call's; the store wakes
    /// the sealer. What changes a record also records it with [`crate::record::commit`], which advances the watermark.
    pub fn commit<T>(&self, work: impl FnOnce(&mut Conn) -> Result<T, Problem>) -> Result<T, Problem> {
        let result = self.state.db.write(work)?;
        self.state.raise_watermark(self.now());
        Ok(result)
    }

    /// [`Call::commit`] for very much work; with `keep: false` everything is undone at the end.
    pub fn commit_much<T>(
        &self,
        keep: bool,
        work: impl FnOnce(&mut Conn) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let result = self.state.db.write_bulk(keep, work)?;
        if keep {
            self.state.raise_watermark(self.now());
        }
        Ok(result)
    }

    /// The body as JSON, with the faults in spite of which it can be read.
    pub fn json(&self) -> Result<(Value, Vec<Fault>), Problem> {
        self.parsed.take().unwrap_or_else(|| body::parse(&self.body))
    }

    /// The body of the request, checked. 422 names every fault.
    pub fn input<T: Input>(&self) -> Result<T, Problem> {
        self.input_with(|_, _| Ok(())).map(|(input, ())| input)
    }

    /// The body of the request, checked together with what `more` finds: the rules that need the time or the database.
    ///
    /// `more` also sees bodies in which the schema has found faults, so that one answer names them all; it may be called
    /// twice and must change nothing. Its result comes back only where nothing is wrong.
    pub fn input_with<T: Input, R>(
        &self,
        more: impl Fn(&T, &mut Vec<Fault>) -> Result<R, Problem>,
    ) -> Result<(T, R), Problem> {
        let declared = self.operation.body.as_ref().and_then(|body| body.input.as_ref());
        let Some(declared) = declared.filter(|declared| declared.is::<T>()) else {
            let read = type_name::<T>();
            let operation = &self.operation.id;
            return Err(Problem::internal(format!("{operation} declares {declared:?} and reads {read}")));
        };
        let (body, mut faults) = match self.body.is_empty() {
            true => (Value::Object(Map::new()), vec![]),
            false => self.json()?,
        };
        add_elsewhere(&mut faults, declared.faults(&body));
        match validation::read(body, declared.schema(), &mut faults, more)? {
            Some(read) if faults.is_empty() => Ok(read),
            _ => Err(Problem::unprocessable(faults)),
        }
    }

    /// Adds an event that concerns no record to the audit trail.
    pub fn note(&self, conn: &mut Conn, event: &str, detail: Value) -> Result<(), Problem> {
        audit::record(conn, &self.state.clock, &self.entry(event, &self.actor, detail))
    }

    /// [`Call::note`] for an actor that the body of the request identifies, not a credential.
    pub fn note_of(&self, conn: &mut Conn, event: &str, actor: &Actor, detail: Value) -> Result<(), Problem> {
        audit::record(conn, &self.state.clock, &self.entry(event, actor, detail))
    }

    /// [`Call::note_of`] without waiting for a writer: the housekeeping writes the entry.
    pub fn note_later(&self, event: &'static str, actor: &Actor, detail: Value) {
        self.state.refusals.later(audit::Note {
            at: self.now(),
            event,
            actor: actor.clone(),
            request: Some(self.request),
            detail: self.with_operation(detail),
        });
    }

    fn with_operation(&self, mut detail: Value) -> Value {
        if let Some(fields) = detail.as_object_mut() {
            fields.insert("operation".to_owned(), self.operation.id.as_str().into());
        }
        detail
    }

    fn entry<'a>(&'a self, event: &'a str, actor: &'a Actor, detail: Value) -> audit::Entry<'a> {
        let detail = audit::with_actor(self.with_operation(detail), actor);
        audit::Entry {
            request: Some(self.request),
            body: actor.body.as_ref().map(|body| body.id),
            ..audit::Entry::new(self.now(), event, actor.name(), &detail)
        }
    }

    /// The path parameter of that name; empty where the path has none.
    pub fn segment(&self, name: &str) -> &str {
        self.path.get(name).map(String::as_str).unwrap_or_default()
    }

    /// The address of the next page: this query with that cursor.
    pub fn next_link(&self, cursor: &str) -> String {
        address::with(&self.raw_path, &self.query, "cursor", Some(cursor))
    }
}
