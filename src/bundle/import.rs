//! Import: a bundle is read twice and goes in whole or not at all. A file whose records are measured against ones that they
//! name (grants against their fund) is read once more, when all is written.
//!
//! The first reading takes the names: every record's id, where it belongs, how often it was published. After it a
//! line may name any other, before or behind it. The second reading checks each line as a `POST` is checked and
//! writes it. All of it happens in the caller's one transaction; a fault anywhere undoes it, after every line has
//! been looked at. What is held meanwhile is the names and a hundred records. When the lines are all right, the files that
//! go with single records are taken in, one after the other.

mod contents;
mod front;
mod names;
mod tables;

use std::collections::{BTreeMap, HashMap, HashSet};

use diesel::RunQueryDsl;
use serde::Serialize;
use serde_json::{Value, json};

use super::files::{Bundle, Holds, Part};
use crate::access::audit::{self, Entry};
use crate::access::{Action, Actor};
use crate::clock::{Id, Ts};
use crate::http::State;
use crate::problem::{self, Fault, Problem};
use crate::record::commit::ImportLog;
use crate::record::kind::KindDef;
use crate::record::rows::Rows;
use crate::record::visible::Visibility;
use crate::record::write_context::WriteContext;
use crate::store::{Conn, Sql};

/// How many faults are listed at most; more are counted.
const LISTED: usize = 10_000;
/// How many names are looked up in the database at a time.
const CHUNK: usize = 200;
/// How many names of records outside the bundle are remembered.
const REMEMBERED: usize = 50_000;

/// Who imports.
pub enum Who<'a> {
    /// Who has the database itself: may say when a record was published, whose it is and what its id is. Lines
    /// that do not say so take what stands here.
    Operator {
        /// The policing body, by reference.
        body: Option<String>,
        /// The organisation that owns the records, by reference.
        owner: Option<String>,
        /// When they were published; a record of an office without it is a draft.
        published_at: Option<Ts>,
    },
    /// A caller: drafts of its own body, as far as its roles let it make them one by one.
    Caller {
        /// As verified.
        actor: &'a Actor,
        /// What it may name.
        visibility: Visibility,
    },
}

/// How far it has come.
#[derive(Clone, Copy, Debug)]
pub enum Progress {
    /// So many lines there are.
    Lines(u64),
    /// So many are done.
    Done(u64),
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Summary {
    /// True when everything was done and nothing was kept.
    pub dry_run: bool,
    /// How many records, by the path of their kind.
    #[schema(value_type = Object)]
    pub records: BTreeMap<&'static str, u64>,
    /// How many publications and drafts in all.
    #[schema(minimum = 0, maximum = 1_000_000_000, format = "int64")]
    pub versions: u64,
    /// What went in and is worth a look, by file and line.
    #[schema(value_type = Vec<Object>, max_items = 10000)]
    pub remarks: Vec<Fault>,
    /// How the files that go with records change what is on record, where that is told.
    #[serde(skip)]
    #[schema(ignore)]
    pub changes: Vec<Value>,
}

/// A bundle on its way in.
pub struct Import<'a> {
    /// The server: kinds, schemas, clock.
    pub state: &'a State,
    /// Who does it.
    pub who: Who<'a>,
    /// When.
    pub now: Ts,
    /// In which request.
    pub request: Option<Id>,
    /// Told how far it has come.
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

/// A record that the bundle brings.
#[derive(Clone, Copy)]
struct Known {
    id: Id,
    public: bool,
    versions: i64,
}

/// What stands in front of a line's content.
struct Header {
    id: Option<Id>,
    version: Option<i64>,
    published_at: Option<Ts>,
    reference: String,
    body: Option<(Id, String)>,
    owner: Option<(Id, String)>,
}

impl Header {
    /// How the record is named by others.
    fn name(&self) -> String {
        match &self.body {
            Some((_, body)) => format!("{body}:{}", self.reference),
            None => self.reference.clone(),
        }
    }
}

/// A line of the second reading that waits for the next, which may supersede it.
struct Waiting {
    line: u64,
    name: String,
    header: Header,
    content: Value,
    version: i64,
}

/// A record of the first reading that waits to be compared with what is on record.
struct New {
    line: u64,
    name: String,
    header: Header,
    id: Id,
    versions: i64,
    last: Option<Ts>,
}

/// Reads a bundle and writes it, inside the caller's transaction.
pub fn import(conn: &mut Conn, bundle: &mut Bundle, import: Import<'_>) -> Result<Summary, Problem> {
    let actor = match &import.who {
        Who::Operator { .. } => Actor { subject: Some("import".to_owned()), ..Actor::public() },
        Who::Caller { actor, .. } => (*actor).clone(),
    };
    let mut run = Run {
        kinds: &import.state.kinds,
        import,
        actor,
        names: HashMap::new(),
        left: HashSet::new(),
        outside: HashMap::new(),
        values: HashMap::new(),
        rows: Rows::default(),
        files: bundle.parts.iter().map(|part| part.name.clone()).collect(),
        faults: vec![],
        more: 0,
        done: 0,
        lines: 0,
        log: ImportLog::default(),
        summary: Summary::default(),
    };
    plan_for_many(conn)?;
    run.all(conn, bundle)
}

/// PostgreSQL keeps the plan that it made for a statement when there were few records, and then walks through all that
/// have come since, again and again. In this transaction it forgets such plans and looks up by indexes.
fn plan_for_many(conn: &mut Conn) -> Result<(), Problem> {
    if conn.is_pg() {
        Sql::new("DISCARD PLANS").one_off().execute(conn)?;
        Sql::new("SET LOCAL enable_seqscan = off").one_off().execute(conn)?;
    }
    Ok(())
}

struct Run<'a> {
    import: Import<'a>,
    kinds: &'a [&'static KindDef],
    actor: Actor,
    /// What the bundle brings, by kind and name.
    names: HashMap<(usize, String), Known>,
    /// What it brings along and is on record already.
    left: HashSet<(usize, String)>,
    /// What is named and not in the bundle.
    outside: HashMap<(&'static str, String), Option<(Id, String)>>,
    /// What only one record may have, and which has it.
    values: HashMap<(usize, &'static str, String), Id>,
    rows: Rows,
    /// The names of the files, in the order in which they are read.
    files: Vec<String>,
    faults: Vec<Fault>,
    more: usize,
    done: u64,
    lines: u64,
    log: ImportLog,
    summary: Summary,
}

impl Run<'_> {
    fn all(&mut self, conn: &mut Conn, bundle: &mut Bundle) -> Result<Summary, Problem> {
        self.permitted(bundle)?;
        let known = match bundle.parts.iter().any(|part| part.may_be_foreign(self.kinds)) {
            true => self.identified(conn)?,
            false => BTreeMap::new(),
        };
        bundle.convert(self.kinds, &known, &mut self.faults, &mut self.summary.remarks)?;
        let parts = bundle.parts.clone();
        for part in &parts {
            self.lines += match part.holds {
                Holds::Kind(n) => self.take_names(conn, bundle, part, n)?,
                Holds::Withdrawn => self.take_withdrawn(conn, bundle, part)?,
            };
        }
        (self.import.progress)(Progress::Lines(self.lines));
        for part in &parts {
            if let Holds::Kind(n) = part.holds {
                self.take_contents(conn, bundle, part, n)?;
            }
        }
        if self.faults.is_empty() {
            self.rows.write(conn)?;
            for part in &parts {
                if let Holds::Kind(n) = part.holds {
                    self.ask_others(conn, bundle, part, n)?;
                }
            }
        }
        if self.faults.is_empty() {
            self.files.extend(bundle.tables.iter().map(|table| table.name.clone()));
            self.take_tables(conn, bundle)?;
        }
        if let Some(problem) = self.wrong() {
            return Err(problem);
        }
        self.put_on_record(conn)?;
        Ok(std::mem::take(&mut self.summary))
    }

    /// The audit trail: an entry for each version, with the state of each record when all is written, and one for the
    /// whole.
    fn put_on_record(&self, conn: &mut Conn) -> Result<(), Problem> {
        let context = self.import.context(&self.actor);
        let mut imported: Vec<(&KindDef, Vec<Id>)> = vec![];
        for (n, kind) in self.kinds.iter().enumerate() {
            let ours = self.names.iter().filter(|(name, _)| name.0 == n && !self.left.contains(*name));
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

    /// A caller imports what it could make one by one.
    fn permitted(&self, bundle: &Bundle) -> Result<(), Problem> {
        let Who::Caller { .. } = &self.import.who else { return Ok(()) };
        let mut faults = vec![];
        for part in &bundle.parts {
            let may = match part.holds {
                Holds::Kind(n) => self.may_make(n),
                Holds::Withdrawn => false,
            };
            if !may {
                let detail = "Your roles do not allow you to make records of this kind.";
                faults.push(Fault::pointer("", "forbidden", detail).in_file(&part.name, None));
            }
        }
        if faults.is_empty() {
            return Ok(());
        }
        Err(Problem::new(&problem::FORBIDDEN, "Nothing has been changed.").with(faults))
    }

    /// True when who imports may make records of that kind.
    fn may_make(&self, n: usize) -> bool {
        match &self.import.who {
            Who::Operator { .. } => true,
            Who::Caller { actor, .. } => {
                let rule = self.kinds[n].rule(Action::Create).unwrap_or(&[]);
                !actor.reach(rule).is_empty() && !self.kinds[n].bars(actor)
            }
        }
    }

    /// All that is wrong with a line.
    fn tell(&mut self, part: &Part, line: u64, faults: Vec<Fault>) {
        faults.into_iter().for_each(|fault| self.fault(part, line, fault));
    }

    fn fault(&mut self, part: &Part, line: u64, fault: Fault) {
        self.fault_in(&part.name, Some(line), fault);
    }

    /// What is wrong with a file, or with a line of it.
    fn fault_in(&mut self, file: &str, line: Option<u64>, fault: Fault) {
        if self.faults.len() < LISTED {
            self.faults.push(Fault { row: None, ..fault.in_file(file, line) });
        } else {
            self.more += 1;
        }
    }

    /// All that is wrong, in the order of the files and their lines.
    fn wrong(&mut self) -> Option<Problem> {
        if self.faults.is_empty() {
            return None;
        }
        let known: HashMap<&str, usize> =
            self.files.iter().enumerate().rev().map(|(n, name)| (name.as_str(), n)).collect();
        let place = |file: &Option<String>| file.as_deref().and_then(|name| known.get(name)).copied();
        let mut faults = std::mem::take(&mut self.faults);
        faults.sort_by_cached_key(|fault| (place(&fault.file), fault.line));
        let count = faults.len() + self.more;
        faults.truncate(LISTED);
        let mut detail = match count {
            1 => "There is a fault in the bundle; nothing has been imported.".to_owned(),
            count => format!("There are {count} faults in the bundle; nothing has been imported."),
        };
        if count > LISTED {
            detail.push_str(&format!(" The first {LISTED} are listed."));
        }
        let mut problem = Problem::new(&problem::UNPROCESSABLE, detail);
        problem.errors = faults;
        Some(problem)
    }
}
