//! Import: reads a bundle in two passes, and writes all of it or nothing.
//!
//! The first pass collects the names: each record's id, its body and owner, the number of its publications. So a line may
//! name any other, before or after it. The second pass checks each line as a `POST` is checked, and writes it. A file whose
//! records are checked against the records that they name (grants against their fund) is read a third time when all lines
//! are written. Then the files of single records are imported. All of it is in the caller's one transaction, which a fault
//! anywhere rolls back, after every line has been checked. The names and a hundred records are in memory meanwhile.

pub mod changes;
mod circles;
mod contents;
mod envelope;
mod faults;
mod foreign;
mod list_line;
mod names;
mod permissions;
mod record_files;

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Serialize;
use serde_json::{Value, json};

use super::files::Bundle;
use super::own_name::OwnName;
use super::part::{Contents, Converted};
use crate::access::Actor;
use crate::access::audit::{self, Entry};
use crate::allowance::{Allowance, amount};
use crate::clock::{Id, Ts};
use crate::http::{Call, State};
use crate::problem::{Fault, Problem};
use crate::record::answer_types::Counts;
use crate::record::commit::ImportLog;
use crate::record::erasure;
use crate::record::kind::KindDef;
use crate::record::rows::Rows;
use crate::record::visible::Visibility;
use crate::record::write_context::WriteContext;
use crate::store::{Conn, planner};

/// The most faults that are listed; further ones are counted.
const MOST_LISTED: usize = 10_000;
/// From how many lines on PostgreSQL counts the values of its tables afterwards.
const MANY_LINES: u64 = 1_000;
/// How many names one statement looks up.
const CHUNK: usize = 200;
/// How many names of records outside the bundle are cached.
const MOST_CACHED: usize = 50_000;

/// Who imports.
pub enum Who<'a> {
    /// The operator of the database, who may state when a record was published, whose it is and its id. These values apply
    /// to lines that state none.
    Operator {
        /// The policing body, by reference.
        body: Option<String>,
        /// The organisation that owns the records, by reference.
        owner: Option<String>,
        /// When the records were published; without it the records of an office are drafts.
        published_at: Option<Ts>,
    },
    /// A caller of the API, who may import drafts of its own body, of the kinds that its roles permit it to create, and
    /// change the records that it may change.
    Caller {
        /// The request.
        call: &'a Call,
        /// The verified caller.
        actor: &'a Actor,
        /// The records that it may name.
        visibility: Visibility,
    },
}

/// How far an import is.
#[derive(Clone, Copy, Debug)]
pub enum Progress {
    /// The number of lines in all.
    Lines(u64),
    /// The number of lines that are done.
    Done(u64),
}

/// What an import wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Summary {
    /// True when everything was checked and nothing was stored.
    pub dry_run: bool,
    /// The number of records, by the path of their kind.
    #[schema(value_type = Counts)]
    pub records: BTreeMap<&'static str, u64>,
    /// The number of records that are on record already as the file has them, by the path of their kind.
    #[schema(value_type = Counts)]
    pub unchanged: BTreeMap<&'static str, u64>,
    /// The records on record that were changed, with the line of each, the number of the new edit, and the fields that it
    /// changes.
    #[schema(max_items = 10000)]
    pub changed: Vec<ChangedRecord>,
    /// The number of publications and drafts in all.
    #[schema(minimum = 0, maximum = 1_000_000_000, format = "int64")]
    pub versions: u64,
    /// Imported values that someone should check, by file and line.
    #[schema(max_items = 10000)]
    pub remarks: Vec<Fault>,
    /// How the files of records change what is public, where their kind reports it.
    #[serde(skip)]
    #[schema(ignore)]
    pub changes: Vec<Value>,
}

/// A record on record that a line changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ChangedRecord {
    /// The file of the bundle.
    #[schema(max_length = 300)]
    pub file: String,
    /// The line of that file.
    #[schema(minimum = 1, maximum = 1_000_000_000, format = "int64")]
    pub line: u64,
    /// The record.
    #[schema(value_type = String, format = "uuid", max_length = 36)]
    pub id: Id,
    /// Its name.
    #[schema(max_length = 64)]
    pub reference: String,
    /// The number of the new edit.
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub edit: i64,
    /// The fields that the line changes.
    #[schema(max_items = 200)]
    pub fields: Vec<String>,
}

/// An import.
pub struct Import<'a> {
    /// The server's state: kinds, schemas, clock.
    pub state: &'a State,
    /// Who imports.
    pub who: Who<'a>,
    /// The moment of the import.
    pub now: Ts,
    /// The request that imports; none on the command line.
    pub request: Option<Id>,
    /// Called with the progress.
    pub progress: &'a mut dyn FnMut(Progress),
}

impl Import<'_> {
    fn context<'b>(&'b self, actor: &'b Actor) -> WriteContext<'b> {
        WriteContext {
            actor,
            now: self.now,
            clock: &self.state.clock,
            request: self.request,
            operation: if self.request.is_some() { "create_import" } else { "import" },
        }
    }
}

/// A record of the bundle.
#[derive(Clone, Copy)]
struct Known {
    id: Id,
    public: bool,
    versions: i64,
}

/// The envelope of a line.
struct Envelope {
    id: Option<Id>,
    version: Option<i64>,
    published_at: Option<Ts>,
    reference: String,
    body: Option<(Id, String)>,
    owner: Option<(Id, String)>,
}

impl Envelope {
    /// The name by which other records name this one.
    fn name(&self) -> String {
        match &self.body {
            Some((_, body)) => format!("{body}:{}", self.reference),
            None => self.reference.clone(),
        }
    }
}

/// A line of the second pass that waits for the next one, which may supersede it.
struct PendingLine {
    line: u64,
    name: String,
    envelope: Envelope,
    content: Value,
    version: i64,
}

/// A record of the first pass that waits to be compared with those on record.
struct NewRecord {
    line: u64,
    name: String,
    envelope: Envelope,
    id: Id,
    versions: i64,
    last: Option<Ts>,
}

/// Reads a bundle and writes it, inside the caller's transaction.
pub fn import(conn: &mut Conn, bundle: &mut Bundle, import: Import<'_>) -> Result<Summary, Problem> {
    planner::plan_for_many(conn)?;
    Run::new(bundle, import).import(conn, bundle)
}

/// Converts what is in the form of another standard. It takes long, and of the record it needs only the organisations by their
/// identifiers: so it is done before the transaction that imports.
pub fn convert(conn: &mut Conn, bundle: &mut Bundle, import: Import<'_>) -> Result<(), Problem> {
    let mut run = Run::new(bundle, import);
    run.convert(conn, bundle)?;
    bundle.converted = Some(Converted { files: run.files, faults: run.faults, remarks: run.summary.remarks });
    Ok(())
}

impl<'a> Run<'a> {
    fn new(bundle: &Bundle, import: Import<'a>) -> Run<'a> {
        let actor = match &import.who {
            Who::Operator { .. } => Actor { subject: Some("import".to_owned()), ..Actor::public() },
            Who::Caller { actor, .. } => (*actor).clone(),
        };
        Run {
            kinds: &import.state.kinds,
            import,
            actor,
            names: HashMap::new(),
            on_record: HashSet::new(),
            outside: HashMap::new(),
            unique_values: HashMap::new(),
            changes: HashSet::new(),
            changed_records: HashSet::new(),
            own_names: vec![],
            rows: Rows::default(),
            allowance: bundle.allowance.clone(),
            files: bundle.parts.iter().map(|part| part.name.clone()).collect(),
            faults: vec![],
            unlisted: 0,
            done: 0,
            lines: 0,
            log: ImportLog::default(),
            summary: Summary::default(),
        }
    }
}

struct Run<'a> {
    import: Import<'a>,
    kinds: &'a [&'static KindDef],
    actor: Actor,
    /// The records of the bundle, by kind and name.
    names: HashMap<(usize, String), Known>,
    /// The included records of the bundle that are on record already.
    on_record: HashSet<(usize, String)>,
    /// The named records outside the bundle.
    outside: HashMap<(&'static str, String), Option<(Id, String)>>,
    /// The values that only one record may have, with the record that has each.
    unique_values: HashMap<(usize, &'static str, String), Id>,
    /// The lines that are no new records, by kind and number.
    changes: HashSet<(usize, u64)>,
    /// The records that lines change.
    changed_records: HashSet<Id>,
    /// By what new records name others of their own kind.
    own_names: Vec<OwnName>,
    rows: Rows,
    /// What the names may hold in memory.
    allowance: Allowance,
    /// The names of the files, in the order in which they are read.
    files: Vec<String>,
    faults: Vec<Fault>,
    unlisted: usize,
    done: u64,
    lines: u64,
    log: ImportLog,
    summary: Summary,
}

impl Run<'_> {
    fn import(&mut self, conn: &mut Conn, bundle: &mut Bundle) -> Result<Summary, Problem> {
        match bundle.converted.take() {
            Some(Converted { files, faults, remarks }) => {
                (self.files, self.faults, self.summary.remarks) = (files, faults, remarks);
            }
            None => self.convert(conn, bundle)?,
        }
        self.leave_out_known(conn, bundle)?;
        let parts = bundle.parts.clone();
        for part in &parts {
            if let Contents::Kind(n) = part.contents {
                self.change_records(conn, bundle, part, n)?;
            }
        }
        for part in &parts {
            self.lines += match part.contents {
                Contents::Kind(n) => self.read_names(conn, bundle, part, n)?,
                Contents::Withdrawn => self.read_withdrawn(conn, bundle, part)?,
            };
        }
        (self.import.progress)(Progress::Lines(self.lines));
        for part in &parts {
            if let Contents::Kind(n) = part.contents {
                self.write_contents(conn, bundle, part, n)?;
            }
        }
        if self.faults.is_empty() {
            self.rows.write(conn)?;
            for part in &parts {
                if let Contents::Kind(n) = part.contents {
                    self.cross_check_file(conn, bundle, part, n)?;
                }
            }
            self.refuse_circles(conn)?;
        }
        if self.faults.is_empty() {
            self.files.extend(bundle.record_files.iter().map(|file| file.name.clone()));
            self.import_record_files(conn, bundle)?;
        }
        if let Some(problem) = self.problem() {
            return Err(problem);
        }
        self.write_audit_entries(conn)?;
        if self.lines >= MANY_LINES || !bundle.record_files.is_empty() {
            planner::count_values(conn, &erasure::tables(self.kinds))?;
        }
        Ok(std::mem::take(&mut self.summary))
    }

    /// Converts, once the caller may import the files as they came: conversion adds the records that they name.
    fn convert(&mut self, conn: &mut Conn, bundle: &mut Bundle) -> Result<(), Problem> {
        self.authorise(bundle)?;
        let known = match bundle.parts.iter().any(|part| part.may_be_foreign(self.kinds)) {
            true => self.organisations_by_identifier(conn)?,
            false => BTreeMap::new(),
        };
        bundle.convert(self.kinds, &known, &mut self.faults, &mut self.summary.remarks)
    }

    /// Adds to the audit trail an entry for each version, with the state of each record after the import, and one for the
    /// import.
    fn write_audit_entries(&self, conn: &mut Conn) -> Result<(), Problem> {
        let context = self.import.context(&self.actor);
        let mut imported: Vec<(&KindDef, Vec<Id>)> = vec![];
        for (n, kind) in self.kinds.iter().enumerate() {
            let ours = self.names.iter().filter(|(name, _)| name.0 == n && !self.on_record.contains(*name));
            let mut records: Vec<Id> = ours.map(|(_, known)| known.id).collect();
            records.sort_unstable();
            imported.push((*kind, records));
        }
        self.log.finish(conn, &context, &imported)?;
        let detail = json!({
            "operation": context.operation, "records": self.summary.records, "versions": self.summary.versions,
        });
        let entry = Entry {
            request: context.request,
            body: self.actor.body.as_ref().map(|body| body.id),
            ..Entry::new(context.now, "import", self.actor.name(), &audit::with_actor(detail, &self.actor))
        };
        audit::record(conn, context.clock, &entry)
    }

    /// Draws what the import remembers of a name.
    fn remember(&self, name: &str) -> Result<(), Problem> {
        // The name in both indexes, the ids and the entry of the audit trail.
        Ok(self.allowance.hold(2 * amount(name.len()) + 320)?)
    }
}
