//! What lives as long as the server.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use tokio::sync::Semaphore;

use super::arriving::Arriving;
use super::body_files::BodyFiles;
use super::cache::Cache;
use super::lengths::Lengths;
use super::limits::Budgets;
use super::memo::Memo;
use super::often::Often;
use super::places::{Places, Unsent};
use super::schema::Schemas;
use super::wide::Wide;
use crate::access::audit::Refusals;
use crate::access::keys::Keys;
use crate::access::oidc::Oidc;
use crate::access::password::Waits;
use crate::access::token::Tokens;
use crate::clock::{Clock, Ts};
use crate::config::{Limits, Site};
use crate::metrics::Metrics;
use crate::problem::Problem;
use crate::record::erasure;
use crate::record::kind::KindDef;
use crate::store::{Db, Target};

/// How many files are read at a time, and how many of them from one credential.
pub const FILES: usize = 2;
pub const FILES_SHARE: usize = 1;
/// How many changes at a time wait for one commit on SQLite, each on a thread.
const GROUP: usize = 16;
/// How many heavy operations run at a time.
const HEAVY: usize = 2;
/// How many workbooks and Parquet files of any length are made at a time: each fills a file until it is complete.
const MADE_FILES: usize = 4;
/// How many large responses are compressed at a time.
const COMPRESSING: usize = 2;
/// How many responses of any length can be open at a time, and how many of one caller.
const STREAMS: usize = 64;
const STREAMS_SHARE: usize = 8;
/// How many bytes of complete responses can wait for their readers, and how many of one caller.
const UNSENT: usize = 128 * 1_048_576;
const UNSENT_SHARE: usize = 32 * 1_048_576;

/// What lives as long as the server.
pub struct State {
    /// The database.
    pub db: Db,
    /// Time, ids and random bytes.
    pub clock: Clock,
    /// The keys that sign tokens and encrypt cursors.
    pub keys: Arc<Keys>,
    /// Issues and verifies access tokens.
    pub tokens: Tokens,
    /// The logins that must wait before the next attempt to sign in.
    pub waits: Waits,
    /// The OpenID providers whose users may sign in.
    pub oidc: Oidc,
    /// Every kind of record.
    pub kinds: Vec<&'static KindDef>,
    /// The compiled schemas of the contents of each kind.
    pub schemas: Schemas,
    /// Cached public responses.
    pub cache: Cache,
    /// Values that take long to read.
    pub memo: Memo,
    /// Limits of sizes and times.
    pub limits: Limits,
    /// What each address and each credential may still request.
    pub budgets: Budgets,
    /// Origins that may write from a browser.
    pub cors_origins: Vec<String>,
    /// The server's public address.
    pub public_url: String,
    /// What the office says about its record as a whole.
    pub site: Site,
    /// Counters for the operator.
    pub metrics: Metrics,
    /// Refusals and reads that the audit trail does not hold yet.
    pub refusals: Refusals,
    /// The bytes of bodies in memory.
    pub arriving: Arriving,
    /// Limits how many files are read at a time, until what was read is stored.
    pub files: Places,
    /// Limits how many heavy operations run at a time.
    pub heavy: Places,
    /// Limits reads to the number of connections, so that a request that waits for one holds no thread.
    pub readers: Places,
    /// Limits how many reads run at a time that take long, and pieces of responses of any length: half of the connections are
    /// for others.
    pub long: Places,
    /// [`State::readers`] and [`State::long`] of the public where it reads from replicas: a primary that is away keeps nobody
    /// from reading there.
    pub replica_readers: Places,
    pub replica_long: Places,
    /// What has so many series that reading it takes long.
    pub wide: Wide,
    /// Limits how many responses of any length are open.
    pub streams: Places,
    /// Limits how many workbooks and Parquet files of any length are made at a time.
    pub made_files: Places,
    /// The lengths of bodies that are made piece by piece.
    pub lengths: Lengths,
    /// Bodies that are kept in files for readers of their parts.
    pub body_files: BodyFiles,
    /// Lets one request at a time make what is made once in a process, such as a page of the documentation. Otherwise all
    /// requests that need it would make it, each on a thread.
    pub made_once: Arc<Semaphore>,
    /// Limits how many large responses are compressed at a time: they would take the processors from short reads.
    pub compressing: Arc<Semaphore>,
    /// Limits what is in memory until readers take it.
    pub unsent: Unsent,
    /// Limits writes, so that a request that waits holds no thread: on PostgreSQL to the number of connections, on SQLite to
    /// as many as usefully share a transaction.
    pub writers: Places,
    /// Counts connections that sent what is not HTTP, for the log.
    pub malformed: Often,
    watermark: AtomicI64,
    scrub_due: AtomicBool,
}

impl State {
    /// The state of a server that starts.
    pub fn new(
        db: Db,
        clock: Clock,
        keys: Arc<Keys>,
        kinds: Vec<&'static KindDef>,
        config: StateConfig,
    ) -> State {
        let connections = config.limits.connections.max(1) as usize;
        // Without limits by address one caller may have everything.
        let shared = config.limits.rates.address > 0;
        let places = |all: usize, share: usize| Places::new(all, if shared { share.max(1) } else { all });
        let writers = match db.location() {
            Target::Lite(_) => GROUP,
            Target::Pg(_) => connections,
        };
        State {
            tokens: Tokens::new(keys.clone(), config.public_url.clone()),
            schemas: Schemas::new(&kinds),
            waits: Waits::default(),
            cache: Cache::new(config.limits.cache_bytes),
            memo: Memo::default(),
            budgets: Budgets::new(config.limits.rates),
            metrics: Metrics::default(),
            refusals: Refusals::default(),
            arriving: Arriving::default(),
            files: Places::new(FILES, FILES_SHARE),
            heavy: places(HEAVY, HEAVY / 2),
            readers: places(connections, connections.div_ceil(2)),
            long: places((connections / 2).max(1), connections / 4),
            replica_readers: places(connections, connections.div_ceil(2)),
            replica_long: places((connections / 2).max(1), connections / 4),
            wide: Wide::default(),
            lengths: Lengths::default(),
            made_once: Arc::new(Semaphore::new(1)),
            compressing: Arc::new(Semaphore::new(COMPRESSING)),
            body_files: BodyFiles::default(),
            streams: places(STREAMS, STREAMS_SHARE),
            made_files: places(MADE_FILES, MADE_FILES / 2),
            unsent: Unsent::new(UNSENT, if shared { UNSENT_SHARE } else { UNSENT }),
            writers: places(writers, writers.div_ceil(2)),
            malformed: Often::default(),
            watermark: AtomicI64::new(0),
            scrub_due: AtomicBool::new(false),
            oidc: config.oidc,
            db,
            clock,
            keys,
            kinds,
            limits: config.limits,
            cors_origins: config.cors_origins,
            public_url: config.public_url,
            site: config.site,
        }
    }

    /// The moment of a request: the clock's, but never earlier than the latest publication or withdrawal.
    pub fn now(&self) -> Ts {
        let watermark = Ts::from_micros(self.watermark.load(Ordering::Acquire)).unwrap_or(Ts::NEVER);
        self.clock.now().max(watermark)
    }

    /// Has the housekeeping clear what the database's files still hold of destroyed content.
    pub fn scrub(&self) {
        self.scrub_due.store(true, Ordering::Release);
    }

    /// Clears it, if [`State::scrub`] was called since the last time.
    pub fn scrub_if_due(&self) -> Result<(), Problem> {
        if self.scrub_due.swap(false, Ordering::AcqRel) {
            let done = self.db.scrub(&erasure::tables(&self.kinds));
            if !matches!(done, Ok(true)) {
                self.scrub();
            }
            done?;
            self.body_files.clear();
        }
        Ok(())
    }

    /// Raises the watermark to a later moment.
    pub fn raise_watermark(&self, to: Ts) {
        self.watermark.fetch_max(to.micros(), Ordering::AcqRel);
    }

    /// Reads the watermark that other processes may have raised.
    pub fn refresh_watermark(&self) -> Result<(), Problem> {
        self.raise_watermark(self.db.read(crate::record::changes::latest_watermark)?);
        self.db.follow_primary()
    }

    /// The places of whoever reads through this handle: of all reads, and of those that take long.
    pub fn reading_places(&self, db: &Db) -> (&Places, &Places) {
        match db.reads_replicas() {
            true => (&self.replica_readers, &self.replica_long),
            false => (&self.readers, &self.long),
        }
    }

    /// The kind of that name.
    pub fn kind(&self, name: &str) -> Option<&'static KindDef> {
        self.kinds.iter().copied().find(|kind| kind.def.name == name)
    }

    /// Whether records of the kind of that name belong to a policing body and have a workflow.
    pub fn has_workflow(&self, name: &str) -> bool {
        self.kind(name).is_some_and(|kind| kind.def.workflow)
    }

    /// The path of the kind of that name.
    pub fn path_of(&self, name: &str) -> Option<&'static str> {
        self.kind(name).map(|kind| kind.def.path)
    }
}

/// The configuration that a state is made from.
pub struct StateConfig {
    /// What the office says about its record as a whole.
    pub site: Site,
    /// The server's public address: issuer and audience of its tokens.
    pub public_url: String,
    /// Origins that may write from a browser.
    pub cors_origins: Vec<String>,
    /// The OpenID providers whose users may sign in.
    pub oidc: Oidc,
    /// Limits of sizes and times.
    pub limits: Limits,
}
