//! What every request shares, above the record: parameters, bodies, paging, conditions, formats, the cache,
//! the table of operations, and the operations that are the same for every kind.

pub mod accept;
pub mod body;
pub mod cache;
pub mod conditional;
pub mod csv;
pub mod idempotency;
pub mod input;
pub mod kinds;
pub mod limits;
pub mod operation;
pub mod paging;
pub mod params;
pub mod schema;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use crate::access::Actor;
use crate::access::audit::{self, Refusals};
use crate::access::keys::Keys;
use crate::access::oidc::Oidc;
use crate::access::password::Waits;
use crate::access::token::Tokens;
use crate::clock::{Clock, Id, Ts};
use crate::config::Limits;
use serde_json::Value;

use crate::problem::{Fault, Problem};
use crate::record::kind::KindDef;
use crate::record::visible::Visibility;
use crate::store::{Conn, Db};

/// How many long operations run at a time.
const LONG: usize = 8;
/// How many heavy operations run at a time.
const HEAVY: usize = 2;

/// What lives as long as the server.
pub struct State {
    /// The database.
    pub db: Db,
    /// Time and randomness.
    pub clock: Clock,
    /// The keys.
    pub keys: Arc<Keys>,
    /// The tokens.
    pub tokens: Tokens,
    /// Who has to wait before the next attempt to sign in.
    pub waits: Waits,
    /// The OpenID providers whose people are let in.
    pub oidc: Oidc,
    /// Every kind of record.
    pub kinds: Vec<&'static KindDef>,
    /// What bodies are checked against.
    pub schemas: schema::Schemas,
    /// Public answers, ready made.
    pub cache: cache::Cache,
    /// Sizes and times.
    pub limits: Limits,
    /// What each address and each credential may still ask for.
    pub budgets: limits::Budgets,
    /// Origins that may write from a browser.
    pub cors_origins: Vec<String>,
    /// The server's public address.
    pub public_url: String,
    /// Counters.
    pub metrics: crate::metrics::Metrics,
    /// What was refused and is not on record yet.
    pub refusals: Refusals,
    /// Lets a few heavy operations in at a time.
    pub heavy: Arc<tokio::sync::Semaphore>,
    /// Lets a few long ones in: who reads an export slowly keeps nobody from a token.
    pub long: Arc<tokio::sync::Semaphore>,
    /// Lets in as many changes as there are connections for: who waits for one holds no thread.
    pub writers: Arc<tokio::sync::Semaphore>,
    mark: AtomicI64,
    scrub: AtomicBool,
}

impl State {
    /// Puts the state together.
    pub fn new(
        db: Db,
        clock: Clock,
        keys: Arc<Keys>,
        kinds: Vec<&'static KindDef>,
        config: StateConfig,
    ) -> State {
        State {
            tokens: Tokens::new(keys.clone(), config.public_url.clone()),
            schemas: schema::Schemas::new(&kinds),
            waits: Waits::default(),
            cache: cache::Cache::new(config.limits.cache_bytes),
            budgets: limits::Budgets::new(config.limits.rates),
            metrics: crate::metrics::Metrics::default(),
            refusals: Refusals::default(),
            heavy: Arc::new(tokio::sync::Semaphore::new(HEAVY)),
            long: Arc::new(tokio::sync::Semaphore::new(LONG)),
            writers: Arc::new(tokio::sync::Semaphore::new(config.limits.connections.max(1) as usize)),
            mark: AtomicI64::new(0),
            scrub: AtomicBool::new(false),
            oidc: config.oidc,
            db,
            clock,
            keys,
            kinds,
            limits: config.limits,
            cors_origins: config.cors_origins,
            public_url: config.public_url,
        }
    }

    /// The request-time now: the clock's, but never earlier than the latest publication or withdrawal.
    pub fn now(&self) -> Ts {
        let mark = Ts::from_micros(self.mark.load(Ordering::Acquire)).unwrap_or(Ts::NEVER);
        self.clock.now().max(mark)
    }

    /// Has the housekeeping clear away what the database still holds of destroyed content.
    pub fn scrub(&self) {
        self.scrub.store(true, Ordering::Release);
    }

    /// Clears it away, if something was destroyed since.
    pub fn scrub_if_asked(&self) -> Result<(), Problem> {
        if self.scrub.swap(false, Ordering::AcqRel) {
            let tables_of = |kind: &&'static KindDef| {
                std::iter::once(kind.def.table).chain(kind.def.scrubbed.iter().copied())
            };
            let tables: Vec<&'static str> = self.kinds.iter().flat_map(tables_of).collect();
            let done = self.db.scrub(&tables);
            if !matches!(done, Ok(true)) {
                self.scrub();
            }
            done?;
        }
        Ok(())
    }

    /// Takes over a later mark.
    pub fn raise_watermark(&self, mark: Ts) {
        self.mark.fetch_max(mark.micros(), Ordering::AcqRel);
    }

    /// Reads the mark that other processes may have raised.
    pub fn refresh_watermark(&self) -> Result<(), Problem> {
        let mark = self.db.read(crate::record::changes::latest_watermark)?;
        self.raise_watermark(mark);
        Ok(())
    }

    /// The kind of that name.
    pub fn kind(&self, name: &str) -> Option<&'static KindDef> {
        self.kinds.iter().copied().find(|kind| kind.def.name == name)
    }

    /// Whether a kind, by name, has bodies.
    pub fn has_workflow(&self, name: &str) -> bool {
        self.kind(name).is_some_and(|kind| kind.def.workflow)
    }

    /// A kind's path, by its name.
    pub fn path_of(&self, name: &str) -> Option<&'static str> {
        self.kind(name).map(|kind| kind.def.path)
    }
}

/// What the state takes from the configuration.
pub struct StateConfig {
    /// The server's public address: issuer and audience of its tokens.
    pub public_url: String,
    /// Origins that may write from a browser.
    pub cors_origins: Vec<String>,
    /// The OpenID providers whose people are let in.
    pub oidc: Oidc,
    /// Sizes and times.
    pub limits: Limits,
}

/// The headers that operations look at.
#[derive(Clone, Debug, Default)]
pub struct Headers {
    /// `If-Match`.
    pub if_match: Option<String>,
    /// `If-None-Match`.
    pub if_none_match: Option<String>,
    /// `Accept`.
    pub accept: Option<String>,
    /// `Idempotency-Key`.
    pub idempotency_key: Option<String>,
    /// The media type of the body, without its parameters.
    pub content_type: Option<String>,
    /// `Authorization`, for the token endpoint only.
    pub authorization: Option<String>,
}

/// A body, read.
pub type Parsed = Result<(Value, Vec<Fault>), Problem>;

/// A request, checked and authenticated.
pub struct Call {
    /// The server.
    pub state: Arc<State>,
    /// The request's id.
    pub request: Id,
    /// The operation called.
    pub operation: &'static operation::Operation,
    /// Who calls.
    pub actor: Actor,
    /// The request's moment.
    pub moment: Cell<Ts>,
    /// What stood in the path.
    pub path: BTreeMap<&'static str, String>,
    /// What stood in the query, checked against the operation's parameters.
    pub params: params::Params,
    /// Headers.
    pub headers: Headers,
    /// The body, as it came.
    pub body: Vec<u8>,
    /// The body, read: a large one takes its time, and no other writer is to wait for it.
    pub parsed: Cell<Option<Parsed>>,
    /// The path, as it came.
    pub target: String,
    /// The query, as it came.
    pub query: String,
}

impl Call {
    /// What the caller sees now.
    pub fn visibility(&self) -> Visibility {
        Visibility::new(&self.actor, self.state.kinds.iter().map(|kind| &kind.def), self.now())
    }

    /// The request's one moment.
    pub fn now(&self) -> Ts {
        self.moment.get()
    }

    /// Takes the moment anew, inside the transaction of a deed: since the request came in its body had to
    /// arrive and other writers had to end, and what was scheduled may have become public.
    pub fn catch_up(&self, conn: &mut Conn) -> Result<(), Problem> {
        let mark = crate::record::changes::latest_watermark(conn)?;
        self.moment.set(self.state.now().max(mark).max(self.now()));
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
        let result = self.state.db.write_much(keep, work)?;
        if keep {
            self.state.raise_watermark(self.now());
        }
        Ok(result)
    }

    /// The body as JSON, with the faults that it can be read in spite of. Read before the transaction begins.
    pub fn json(&self) -> Result<(Value, Vec<Fault>), Problem> {
        self.parsed.take().unwrap_or_else(|| body::parse(&self.body))
    }

    /// Puts something on record that was done to no record.
    pub fn note(&self, conn: &mut Conn, event: &str, detail: Value) -> Result<(), Problem> {
        audit::record(conn, &self.state.clock, &self.entry(event, &self.actor, detail))
    }

    /// The same where the request itself carries no credential, and what it brings has told who did it.
    pub fn note_of(&self, conn: &mut Conn, event: &str, actor: &Actor, detail: Value) -> Result<(), Problem> {
        audit::record(conn, &self.state.clock, &self.entry(event, actor, detail))
    }

    /// The same where the answer waits for no writer: the housekeeping writes it.
    pub fn note_later(&self, event: &'static str, actor: &Actor, detail: Value) {
        self.state.refusals.later(audit::Note {
            at: self.now(),
            event,
            actor: actor.clone(),
            request: Some(self.request),
            detail: self.told(detail),
        });
    }

    fn told(&self, mut detail: Value) -> Value {
        if let Some(members) = detail.as_object_mut() {
            members.insert("operation".to_owned(), self.operation.id.as_str().into());
        }
        detail
    }

    fn entry<'a>(&'a self, event: &'a str, actor: &'a Actor, detail: Value) -> audit::Entry<'a> {
        let detail = audit::with_actor(self.told(detail), actor);
        audit::Entry {
            request: Some(self.request),
            body: actor.body.as_ref().map(|body| body.id),
            ..audit::Entry::new(self.now(), event, actor.name(), &detail)
        }
    }

    /// What stood in the path under that name.
    pub fn segment(&self, name: &str) -> &str {
        self.path.get(name).map(String::as_str).unwrap_or_default()
    }

    /// The address of the next page: the same query with that cursor.
    pub fn next_link(&self, cursor: &str) -> String {
        let mut pairs: Vec<String> = self
            .query
            .split('&')
            .filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="))
            .map(str::to_owned)
            .collect();
        pairs.push(format!("cursor={cursor}"));
        format!("{}?{}", self.target, pairs.join("&"))
    }
}

/// A successful answer, before it is dressed for HTTP.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The media type of the body.
    pub content_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
    /// Headers of its own.
    pub headers: Vec<(&'static str, String)>,
    /// Whether it carries an ETag (and can answer 304).
    pub tagged: bool,
    /// The ETag, where it is known without a look at the body.
    pub tag: Option<String>,
}

impl Reply {
    /// 200 with JSON.
    pub fn json(body: impl Into<Vec<u8>>) -> Reply {
        Reply {
            status: 200,
            content_type: "application/json",
            body: body.into(),
            headers: vec![],
            tagged: true,
            tag: None,
        }
    }

    /// 200 with a value as JSON.
    pub fn value(value: &impl serde::Serialize) -> Result<Reply, Problem> {
        serde_json::to_vec(value).map(Reply::json).map_err(Problem::internal)
    }

    /// The same with a header.
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Reply {
        self.headers.push((name, value.into()));
        self
    }

    /// The same with another status.
    pub fn status(mut self, status: u16) -> Reply {
        self.status = status;
        self
    }
}
