//! Import: a bundle is read twice and goes in whole or not at all.
//!
//! The first reading takes the names: every record's id, where it belongs, how often it was published. After it a
//! line may name any other, before or behind it. The second reading checks each line as a `POST` is checked and
//! writes it. All of it happens in the caller's one transaction; a fault anywhere undoes it, after every line has
//! been looked at. What is held meanwhile is the names and a hundred records.

use std::collections::{BTreeMap, HashMap, HashSet};

use diesel::prelude::*;
use serde::Serialize;
use serde_json::{Map, Value};

use super::files::{Bundle, Holds, Part};
use super::lines::{Line, Much};
use super::{ENVELOPE, WITHDRAWN};
use crate::access::{Action, Actor};
use crate::clock::{Id, Ts};
use crate::http::State;
use crate::problem::{self, Fault, Problem};
use crate::record::changes::{self, Event, Subject};
use crate::record::kind::{Against, KindDef};
use crate::record::lifecycle::{self, Deed, Draft, Home, Place};
use crate::record::read::is_reference;
use crate::record::resolve::{self, Found, Resolved};
use crate::record::rows::Rows;
use crate::record::visible::Sight;
use crate::record::{BODY, ORGANISATION};
use crate::store::types::Uid;
use crate::store::{Conn, Count, Sql};

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
        sight: Sight,
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
}

/// A bundle on its way in.
pub struct Import<'a> {
    /// The server: kinds, schemas, clock.
    pub state: &'a State,
    /// Who does it.
    pub who: Who<'a>,
    /// When.
    pub now: Ts,
    /// Told how far it has come.
    pub progress: &'a mut dyn FnMut(Progress),
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
        faults: vec![],
        more: 0,
        done: 0,
        latest: None,
        summary: Summary::default(),
    };
    run.all(conn, bundle)
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
    values: HashMap<(usize, String), Id>,
    rows: Rows,
    faults: Vec<Fault>,
    more: usize,
    done: u64,
    latest: Option<Ts>,
    summary: Summary,
}

impl Run<'_> {
    fn all(&mut self, conn: &mut Conn, bundle: &mut Bundle) -> Result<Summary, Problem> {
        self.permitted(bundle)?;
        bundle.convert(self.kinds, &mut self.faults, &mut self.summary.remarks)?;
        let parts = bundle.parts.clone();
        let mut lines = 0;
        for part in &parts {
            lines += match part.holds {
                Holds::Kind(n) => self.take_names(conn, bundle, part, n)?,
                Holds::Withdrawn => self.take_withdrawn(conn, bundle, part)?,
            };
        }
        (self.import.progress)(Progress::Lines(lines));
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
        if let Some(problem) = self.wrong(&parts) {
            return Err(problem);
        }
        if let Some(latest) = self.latest {
            changes::mark(conn, latest.min(self.import.now))?;
        }
        Ok(std::mem::take(&mut self.summary))
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

    fn fault(&mut self, part: &Part, line: u64, fault: Fault) {
        if self.faults.len() < LISTED {
            self.faults.push(fault.in_file(&part.name, Some(line)));
        } else {
            self.more += 1;
        }
    }

    /// All that is wrong, in the order of the files and their lines.
    fn wrong(&mut self, parts: &[Part]) -> Option<Problem> {
        if self.faults.is_empty() {
            return None;
        }
        let place = |file: &Option<String>| parts.iter().position(|part| Some(&part.name) == file.as_ref());
        let mut faults = std::mem::take(&mut self.faults);
        faults.sort_by_key(|fault| (place(&fault.file), fault.line));
        let count = faults.len() + self.more;
        let mut detail = format!("There are {count} faults in the bundle; nothing has been imported.");
        if self.more > 0 {
            detail.push_str(&format!(" The first {LISTED} are listed."));
        }
        let mut problem = Problem::new(&problem::UNPROCESSABLE, detail);
        problem.errors = faults;
        Some(problem)
    }

    // ---- the first reading ------------------------------------------------------------------------------

    fn take_names(
        &mut self,
        conn: &mut Conn,
        bundle: &mut Bundle,
        part: &Part,
        n: usize,
    ) -> Result<u64, Problem> {
        let kind = self.kinds[n];
        let mut waiting: Vec<New> = vec![];
        let mut count = 0;
        bundle.each_line(part, Some(kind), Much::Front, &mut |line: Line| {
            count += 1;
            let Ok(mut members) = line.members else { return Ok(()) };
            let header = match self.header(conn, kind, &mut members)? {
                Ok(header) => header,
                Err(faults) => {
                    faults.into_iter().for_each(|fault| self.fault(part, line.number, fault));
                    return Ok(());
                }
            };
            let name = header.name();
            match waiting.last_mut().filter(|last| last.name == name) {
                Some(last) => {
                    if let Err(fault) = next_publication(last, &header) {
                        self.fault(part, line.number, fault);
                    }
                    last.versions += 1;
                    last.last = header.published_at;
                    if let Some(known) = self.names.get_mut(&(n, name)) {
                        known.versions += 1;
                    }
                }
                None => {
                    if waiting.len() >= CHUNK {
                        self.compare(conn, part, n, &mut waiting)?;
                    }
                    self.take_name(part, n, line.number, name, header, &mut waiting);
                }
            }
            Ok(())
        })?;
        self.compare(conn, part, n, &mut waiting)?;
        Ok(count)
    }

    fn take_name(
        &mut self,
        part: &Part,
        n: usize,
        line: u64,
        name: String,
        header: Header,
        waiting: &mut Vec<New>,
    ) {
        if header.version.is_some_and(|version| version != 1) {
            let detail = "The publications of a record begin with version 1 and stand one behind the other.";
            self.fault(part, line, Fault::pointer("/version", "order", detail));
        }
        let id = header.id.unwrap_or_else(|| self.import.state.clock.new_id());
        let known = Known { id, public: header.published_at.is_some(), versions: 1 };
        if self.names.contains_key(&(n, name.clone())) {
            let detail = "A line before this one has the same reference, and does not stand right before it.";
            self.fault(part, line, Fault::pointer("/reference", "duplicate", detail));
            return;
        }
        self.names.insert((n, name.clone()), known);
        let last = header.published_at;
        waiting.push(New { line, name, header, id, versions: 1, last });
    }

    /// Compares new records with those on record, and writes their rows.
    fn compare(
        &mut self,
        conn: &mut Conn,
        part: &Part,
        n: usize,
        waiting: &mut Vec<New>,
    ) -> Result<(), Problem> {
        let kind = self.kinds[n];
        let taken = on_record(conn, kind, waiting)?;
        for new in waiting.drain(..) {
            let body = new.header.body.as_ref().map(|(id, _)| *id);
            let same = taken.iter().find(|one| {
                one.reference == new.header.reference && one.body == body && one.kind == kind.def.name
            });
            if let Some(one) = same {
                if part.brought_along {
                    let key = (n, new.name);
                    self.names
                        .insert(key.clone(), Known { id: one.id, public: true, versions: new.versions });
                    self.left.insert(key);
                } else {
                    let detail = "A record of this reference is on record already; an import adds records, it changes none.";
                    self.fault(part, new.line, Fault::pointer("/reference", "taken", detail));
                }
                continue;
            }
            if part.brought_along && !self.may_make(n) {
                let detail = format!(
                    "There is no {} `{}` on record, and your roles do not allow you to make it; have an administrator add it first.",
                    kind.def.one, new.name
                );
                self.fault(part, new.line, Fault::pointer("", "not_yours", detail));
                continue;
            }
            if taken.iter().any(|one| one.id == new.id) {
                let detail = "A record of this id is on record already.";
                self.fault(part, new.line, Fault::pointer("/id", "taken", detail));
                continue;
            }
            if !self.faults.is_empty() {
                continue;
            }
            let home = home(new.id, new.header);
            let public = new.last.is_some();
            let deed = Deed { actor: &self.actor, now: self.import.now, clock: &self.import.state.clock };
            lifecycle::record_row(&mut self.rows, &deed, kind, &home, new.versions, public);
        }
        // Before any version: what is named has to be there, whichever of two comes first.
        self.rows.write(conn)
    }

    /// Takes the envelope's members off a line.
    fn header(
        &mut self,
        conn: &mut Conn,
        kind: &'static KindDef,
        members: &mut Map<String, Value>,
    ) -> Result<Result<Header, Vec<Fault>>, Problem> {
        let mut faults = vec![];
        let mut given: HashMap<&str, Value> = HashMap::new();
        for name in ENVELOPE {
            if let Some(value) = members.shift_remove(*name).filter(|value| !value.is_null()) {
                given.insert(name, value);
            }
        }
        let mut text = |name: &'static str| match given.get(name) {
            Some(Value::String(text)) => Some(text.clone()),
            Some(_) if name != "version" => {
                faults.push(Fault::pointer(format!("/{name}"), "type", "This has to be of type string."));
                None
            }
            _ => None,
        };
        let (id, published_at) = (text("id"), text("published_at"));
        let (reference, body, owner) = (text("reference"), text("body"), text("owner"));
        let version = given.get("version").map(Value::as_i64);
        let mut wrong = |name: &str, code: &'static str, detail: &str| {
            faults.push(Fault::pointer(format!("/{name}"), code, detail));
        };
        let id = match id.as_deref().map(Id::parse) {
            Some(None) => {
                wrong("id", "format", "An id is a UUID of version 7, in lower case with hyphens.");
                None
            }
            id => id.flatten(),
        };
        let published_at = match published_at.as_deref().map(Ts::parse) {
            Some(None) => {
                wrong("published_at", "format", "Give a moment by RFC 3339, such as `2024-03-21T00:00:00Z`.");
                None
            }
            Some(Some(at)) if at > self.import.now => {
                wrong(
                    "published_at",
                    "out_of_range",
                    "This is still to come; import a draft and publish it.",
                );
                None
            }
            at => at.flatten(),
        };
        if version == Some(None) || version.flatten().is_some_and(|version| version < 1) {
            wrong("version", "type", "The number of a publication is a whole number from 1.");
        }
        let reference = reference.unwrap_or_default();
        if reference.is_empty() {
            wrong("reference", "required", "`reference` is required here.");
        } else if !is_reference(&reference) {
            wrong(
                "reference",
                "pattern",
                "A reference is at most 64 letters, digits, `.`, `_` and `-`, the first a letter or a digit, and not of the form of an id.",
            );
        }
        let mut header =
            Header { id, version: version.flatten(), published_at, reference, body: None, owner: None };
        match &self.import.who {
            Who::Caller { .. } => self.of_caller(kind, &mut header, &given, &mut faults),
            Who::Operator { body: all, owner: owners, published_at: at } => {
                let (all, owners, at) = (all.clone(), owners.clone(), *at);
                header.published_at = header.published_at.or(at);
                if !kind.def.workflow {
                    header.published_at = header.published_at.or(Some(self.import.now));
                }
                let places = [("body", BODY, body, all), ("owner", ORGANISATION, owner, owners)];
                for (member, of, own, all) in places {
                    let found = self.belongs(conn, kind, member, of, own, all, &mut faults)?;
                    if member == "body" { header.body = found } else { header.owner = found }
                }
            }
        }
        Ok(if faults.is_empty() { Ok(header) } else { Err(faults) })
    }

    /// The body or the owner that a line of the operator's names.
    #[expect(clippy::too_many_arguments, reason = "what is said in two places of a line")]
    fn belongs(
        &mut self,
        conn: &mut Conn,
        kind: &KindDef,
        member: &'static str,
        of: &'static str,
        own: Option<String>,
        all: Option<String>,
        faults: &mut Vec<Fault>,
    ) -> Result<Option<(Id, String)>, Problem> {
        if !kind.def.workflow {
            if own.is_some() {
                let detail = format!("{} belongs to all; leave `{member}` out.", kind.def.many);
                faults.push(Fault::pointer(format!("/{member}"), "not_taken", detail));
            }
            return Ok(None);
        }
        let Some(name) = own.or(all) else {
            let detail =
                format!("`{member}` is required here: the reference of the {}.", of.replace('_', " "));
            faults.push(Fault::pointer(format!("/{member}"), "required", detail));
            return Ok(None);
        };
        let inside = self.kinds.iter().position(|kind| kind.def.name == of);
        let inside = inside.and_then(|n| self.names.get(&(n, name.clone()))).map(|known| known.id);
        let found = match inside {
            Some(id) => Some((id, name)),
            None => self.outside(conn, of, &name)?,
        };
        if found.is_none() {
            let detail = resolve::no_such(of, false);
            faults.push(Fault::pointer(format!("/{member}"), "not_found", detail));
        }
        Ok(found)
    }

    /// A caller's membership says where its records belong, and its roles that they are drafts.
    fn of_caller(
        &self,
        kind: &KindDef,
        header: &mut Header,
        given: &HashMap<&str, Value>,
        faults: &mut Vec<Fault>,
    ) {
        for name in ["id", "version", "published_at"] {
            if given.contains_key(name) {
                let detail = format!(
                    "Leave `{name}` out: what is imported here is new, and published by a second person."
                );
                faults.push(Fault::pointer(format!("/{name}"), "not_taken", detail));
            }
        }
        let own = |named: &Option<crate::access::actor::Named>| {
            let named = named.as_ref().filter(|_| kind.def.workflow);
            named.map(|named| (named.id, named.reference.clone()))
        };
        header.body = own(&self.actor.body);
        header.owner = own(&self.actor.organisation);
        header.published_at = (!kind.def.workflow).then_some(self.import.now);
        for (name, mine) in [("body", &header.body), ("owner", &header.owner)] {
            let other = given
                .get(name)
                .is_some_and(|text| text.as_str() != mine.as_ref().map(|(_, name)| name.as_str()));
            if other {
                let detail = format!("Leave `{name}` out: your membership says where your records belong.");
                faults.push(Fault::pointer(format!("/{name}"), "not_yours", detail));
            }
        }
    }

    fn take_withdrawn(&mut self, conn: &mut Conn, bundle: &mut Bundle, part: &Part) -> Result<u64, Problem> {
        let mut count = 0;
        bundle.each_line(part, None, Much::Whole, &mut |line: Line| {
            count += 1;
            let mut members = match line.members {
                Ok(members) => members,
                Err(faults) => {
                    faults.into_iter().for_each(|fault| self.fault(part, line.number, fault));
                    return Ok(());
                }
            };
            let kind_name = members.shift_remove("kind");
            let kind_name = kind_name.as_ref().and_then(Value::as_str).unwrap_or_default();
            let Some(n) = self.kinds.iter().position(|kind| kind.def.name == kind_name) else {
                let known: Vec<&str> = self.kinds.iter().map(|kind| kind.def.name).collect();
                let detail = problem::unknown_name("kind", kind_name, &known);
                self.fault(part, line.number, Fault::pointer("/kind", "unknown_code", detail));
                return Ok(());
            };
            let kind = self.kinds[n];
            if !kind.def.workflow {
                let detail = format!("{} are not withdrawn; leave this line out.", kind.def.many);
                self.fault(part, line.number, Fault::pointer("/kind", "not_taken", detail));
                return Ok(());
            }
            let at = members.get("withdrawn_at").and_then(Value::as_str).and_then(Ts::parse);
            let at = at.filter(|at| *at <= self.import.now);
            let Some(at) = at else {
                let detail = "Give the moment of the withdrawal by RFC 3339; not in the future.";
                self.fault(part, line.number, Fault::pointer("/withdrawn_at", "format", detail));
                return Ok(());
            };
            let Some(reason) = members.get("reason").and_then(Value::as_str).map(str::to_owned) else {
                let detail = "Say in words why it was withdrawn.";
                self.fault(part, line.number, Fault::pointer("/reason", "required", detail));
                return Ok(());
            };
            let header = match self.header(conn, kind, &mut members)? {
                Ok(header) => header,
                Err(faults) => {
                    faults.into_iter().for_each(|fault| self.fault(part, line.number, fault));
                    return Ok(());
                }
            };
            let mut waiting = vec![];
            let name = header.name();
            self.take_name(part, n, line.number, name.clone(), header, &mut waiting);
            let Some(id) = waiting.first().map(|new| new.id) else { return Ok(()) };
            self.compare(conn, part, n, &mut waiting)?;
            if let Some(known) = self.names.get_mut(&(n, name)) {
                // It was public, and may stay named.
                known.public = true;
            }
            if self.faults.is_empty() {
                self.withdraw(conn, kind, id, at, &reason)?;
            }
            Ok(())
        })?;
        Ok(count)
    }

    fn withdraw(
        &mut self,
        conn: &mut Conn,
        kind: &KindDef,
        id: Id,
        at: Ts,
        reason: &str,
    ) -> Result<(), Problem> {
        Sql::new("UPDATE record SET was_public = ")
            .bind(true)
            .text(", withdrawn_at = ")
            .bind(at)
            .text(", withdrawn_by = ")
            .bind(self.actor.name())
            .text(", withdrawn_reason = ")
            .bind(reason)
            .text(" WHERE id = ")
            .bind(id)
            .execute(conn)?;
        let row: Withdrawn =
            Sql::new("SELECT r.reference, r.body FROM record r WHERE r.id = ").bind(id).get_result(conn)?;
        let subject = Subject {
            record: id,
            version: 1,
            kind: kind.def.name,
            reference: &row.reference,
            body: row.body,
            assigned: None,
            publication: None,
        };
        changes::row(&mut self.rows, &self.import.state.clock, &subject, Event::Withdrawn, true, at);
        self.latest = self.latest.max(Some(at));
        *self.summary.records.entry(WITHDRAWN).or_default() += 1;
        Ok(())
    }

    // ---- the second reading -----------------------------------------------------------------------------

    fn take_contents(
        &mut self,
        conn: &mut Conn,
        bundle: &mut Bundle,
        part: &Part,
        n: usize,
    ) -> Result<(), Problem> {
        let kind = self.kinds[n];
        let mut before: Option<Waiting> = None;
        bundle.each_line(part, Some(kind), Much::Whole, &mut |line: Line| {
            self.done += 1;
            if self.done.is_multiple_of(500) {
                (self.import.progress)(Progress::Done(self.done));
            }
            let mut members = match line.members {
                Ok(members) => members,
                Err(faults) => {
                    faults.into_iter().for_each(|fault| self.fault(part, line.number, fault));
                    return Ok(());
                }
            };
            let header = self.header(conn, kind, &mut members)?;
            let content = Value::Object(members);
            let Ok(header) = header else {
                // The first reading has said what is wrong in front; what is wrong behind it is said now.
                self.content(conn, part, kind, line.number, content, false)?;
                return Ok(());
            };
            let name = header.name();
            if self.left.contains(&(n, name.clone())) {
                return Ok(());
            }
            let version = before.as_ref().filter(|last| last.name == name).map_or(1, |last| last.version + 1);
            let next = Waiting { line: line.number, name, header, content, version };
            if let Some(last) = before.replace(next) {
                let until = before.as_ref().filter(|next| next.name == last.name);
                let until = until.and_then(|next| next.header.published_at);
                self.take_content(conn, part, n, last, until)?;
            }
            Ok(())
        })?;
        match before {
            Some(last) => self.take_content(conn, part, n, last, None),
            None => Ok(()),
        }
    }

    fn take_content(
        &mut self,
        conn: &mut Conn,
        part: &Part,
        n: usize,
        line: Waiting,
        until: Option<Ts>,
    ) -> Result<(), Problem> {
        let kind = self.kinds[n];
        let public = line.header.published_at;
        let Some((content, resolved)) =
            self.content(conn, part, kind, line.line, line.content, public.is_some())?
        else {
            return Ok(());
        };
        let Some(known) = self.names.get(&(n, line.name)).copied() else { return Ok(()) };
        if kind.looks_at_others && kind.against_by.is_none() {
            self.rows.write(conn)?;
            self.ask(conn, part, kind, line.line, known.id, &line.header, &content, &resolved)?;
        }
        self.only_one(conn, part, n, &line.line, known.id, &content)?;
        if !self.faults.is_empty() {
            return Ok(());
        }
        let publication = public.map(|_| line.version);
        let is_head = line.version == known.versions;
        let place = Place {
            version: line.version,
            publication,
            public: public.map(|from| (from, until.unwrap_or(Ts::NEVER))),
            is_head,
        };
        let home = home(known.id, line.header);
        let draft = Draft { content, resolved, reason: None };
        let deed = Deed { actor: &self.actor, now: self.import.now, clock: &self.import.state.clock };
        lifecycle::version_rows(&mut self.rows, &deed, kind, &home, &draft, &place, deed.actor.name())?;
        let assigned = lifecycle::assigned(kind, &draft.resolved);
        let subject = Subject {
            record: home.id,
            version: line.version,
            kind: kind.def.name,
            reference: &home.reference,
            body: home.body.as_ref().map(|(id, _)| *id),
            assigned,
            publication,
        };
        let event = if public.is_some() { Event::Published } else { Event::Created };
        let at = public.unwrap_or(self.import.now);
        changes::row(&mut self.rows, deed.clock, &subject, event, public.is_some(), at);
        self.latest = self.latest.max(public);
        self.summary.versions += 1;
        if is_head {
            *self.summary.records.entry(kind.def.path).or_default() += 1;
        }
        if self.rows.full() {
            self.rows.write(conn)?;
        }
        if is_head && line.version > 1 && kind.def.assigned.is_some() {
            self.rows.write(conn)?;
            lifecycle::slices_of_listed(conn, kind, home.id, "published", assigned)?;
        }
        Ok(())
    }

    /// What only one record may have, neither another of the bundle nor one on record has.
    fn only_one(
        &mut self,
        conn: &mut Conn,
        part: &Part,
        n: usize,
        line: &u64,
        record: Id,
        content: &Value,
    ) -> Result<(), Problem> {
        let kind = self.kinds[n];
        for column in kind.def.columns.iter().filter(|column| column.unique) {
            let Some(text) = column.member(content).as_str() else { continue };
            let holder = *self.values.entry((n, text.to_owned())).or_insert(record);
            let others: Count = Sql::new("SELECT count(*) AS n FROM ")
                .text(kind.def.table)
                .text(" t WHERE t.is_head AND t.record <> ")
                .bind(record)
                .text(" AND t.")
                .text(column.column)
                .text(" = ")
                .bind(text)
                .get_result(conn)?;
            if holder != record || others.n > 0 {
                let detail =
                    format!("Another {} already has this `{}`; choose another.", kind.def.one, column.name);
                self.fault(part, *line, Fault::pointer(format!("/{}", column.path), "taken", detail));
            }
        }
        Ok(())
    }

    /// Checks a content as that of a `POST`, and gives it as it is stored.
    fn content(
        &mut self,
        conn: &mut Conn,
        part: &Part,
        kind: &'static KindDef,
        line: u64,
        mut content: Value,
        public: bool,
    ) -> Result<Option<(Value, Resolved)>, Problem> {
        let mut faults = self.import.state.schemas.replace_faults(kind, &content);
        let found = resolve::names(kind, &content);
        self.look_up(conn, &found)?;
        let mut unresolved = vec![];
        let resolved =
            resolve::settle(&mut content, found, &|place| self.named(place, public), &mut unresolved);
        problem::add_elsewhere(&mut faults, unresolved);
        if faults.is_empty() {
            match kind.canonical(content) {
                Ok(content) => return Ok(Some((content, resolved))),
                Err(more) => faults = more,
            }
        }
        faults.into_iter().for_each(|fault| self.fault(part, line, fault));
        Ok(None)
    }

    /// The record that a name means: one of the bundle, or one on record.
    fn named(&self, place: &Found, public: bool) -> Result<(Id, String), Fault> {
        let n = self.kinds.iter().position(|kind| kind.def.name == place.reference.kind);
        let inside = n.and_then(|n| self.names.get(&(n, place.text.clone())));
        if let Some(known) = inside {
            if public && !known.public {
                let detail =
                    "What is published names only what is public; this line of the bundle is a draft.";
                return Err(Fault::pointer(place.pointer.clone(), "not_public", detail));
            }
            return Ok((known.id, place.text.clone()));
        }
        let outside = self.outside.get(&(place.reference.kind, place.text.clone())).cloned().flatten();
        outside.ok_or_else(|| resolve::not_found(place, &|name| self.import.state.has_workflow(name)))
    }

    /// Looks up what is named and not in the bundle, and remembers it.
    fn look_up(&mut self, conn: &mut Conn, found: &[Found]) -> Result<(), Problem> {
        // Before it is asked what is known: what this line names has to be there afterwards.
        if self.outside.len() > REMEMBERED {
            self.outside.clear();
        }
        let unknown: Vec<Found> = found
            .iter()
            .filter(|place| {
                let n = self.kinds.iter().position(|kind| kind.def.name == place.reference.kind);
                let inside = n.is_some_and(|n| self.names.contains_key(&(n, place.text.clone())));
                !inside && !self.outside.contains_key(&(place.reference.kind, place.text.clone()))
            })
            .cloned()
            .collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let public = Sight::as_of(self.import.now);
        let sight = match &self.import.who {
            Who::Operator { .. } => &public,
            Who::Caller { sight, .. } => sight,
        };
        let targets = resolve::look_up(conn, &unknown, sight, &|name| self.import.state.has_workflow(name))?;
        for place in unknown {
            let key = (place.reference.kind, place.text);
            // It stays there: a line may name one record in several places.
            let target = targets.get(&key).map(|target| (target.id, target.name()));
            self.outside.insert(key, target);
        }
        Ok(())
    }

    /// A body or an organisation on record.
    fn outside(
        &mut self,
        conn: &mut Conn,
        kind: &'static str,
        name: &str,
    ) -> Result<Option<(Id, String)>, Problem> {
        let reference = crate::record::kind::shared(kind);
        let place = Found { reference, pointer: String::new(), text: name.to_owned() };
        self.look_up(conn, std::slice::from_ref(&place))?;
        Ok(self.outside.get(&(kind, name.to_owned())).cloned().flatten())
    }

    // ---- what other records say -------------------------------------------------------------------------

    #[expect(clippy::too_many_arguments, reason = "what a content is checked with")]
    fn ask(
        &mut self,
        conn: &mut Conn,
        part: &Part,
        kind: &KindDef,
        line: u64,
        record: Id,
        header: &Header,
        content: &Value,
        resolved: &Resolved,
    ) -> Result<(), Problem> {
        let mut faults = vec![];
        let body = header.body.as_ref().map(|(id, _)| *id);
        let this = Against { record, body, before: None, content, named: &resolved.single };
        kind.against(conn, &this, &mut faults)?;
        faults.into_iter().for_each(|fault| self.fault(part, line, fault));
        Ok(())
    }

    /// Where many records are measured against one that they name, they are when all are written: once for each
    /// that is named, and it is the last that names it which is told.
    fn ask_others(
        &mut self,
        conn: &mut Conn,
        bundle: &mut Bundle,
        part: &Part,
        n: usize,
    ) -> Result<(), Problem> {
        let kind = self.kinds[n];
        let Some(path) = kind.against_by else { return Ok(()) };
        let mut last: HashMap<Id, (u64, Header, Value, Resolved)> = HashMap::new();
        bundle.each_line(part, Some(kind), Much::Whole, &mut |line: Line| {
            let Ok(mut members) = line.members else { return Ok(()) };
            let Ok(header) = self.header(conn, kind, &mut members)? else { return Ok(()) };
            let content = Value::Object(members);
            if content.pointer(&format!("/{path}")).is_none_or(Value::is_null) {
                return Ok(());
            }
            if let Some((content, resolved)) = self.content(conn, part, kind, line.number, content, false)?
                && let Some(other) = resolved.single.get(path).copied()
            {
                last.insert(other, (line.number, header, content, resolved));
            }
            Ok(())
        })?;
        for (line, header, content, resolved) in last.into_values() {
            let known = self.names.get(&(n, header.name())).copied();
            if let Some(known) = known {
                self.ask(conn, part, kind, line, known.id, &header, &content, &resolved)?;
            }
        }
        Ok(())
    }
}

/// What is wrong with a further publication of the record on the line before.
fn next_publication(last: &New, header: &Header) -> Result<(), Fault> {
    let fault = |member: &str, code, detail: &str| Err(Fault::pointer(format!("/{member}"), code, detail));
    if header.version.is_some_and(|version| version != last.versions + 1) {
        return fault("version", "order", "The publications of a record stand in order, without a gap.");
    }
    if header.id.is_some_and(|id| id != last.id) {
        return fault("id", "other", "The line before has the same reference and another id.");
    }
    match (last.last, header.published_at) {
        (Some(before), Some(now)) if before < now => Ok(()),
        (Some(_), Some(_)) => {
            fault("published_at", "order", "A publication is later than the one that it supersedes.")
        }
        _ => fault(
            "published_at",
            "required",
            "Where a record stands on several lines, each says when it was published.",
        ),
    }
}

fn home(id: Id, header: Header) -> Home {
    let (owner, owner_reference) = header.owner.unzip();
    Home { id, reference: header.reference, body: header.body, owner, owner_reference }
}

#[derive(QueryableByName)]
struct Withdrawn {
    #[diesel(sql_type = diesel::sql_types::Text)]
    reference: String,
    #[diesel(sql_type = diesel::sql_types::Nullable<Uid>)]
    body: Option<Id>,
}

#[derive(QueryableByName)]
struct Taken {
    #[diesel(sql_type = Uid)]
    id: Id,
    #[diesel(sql_type = diesel::sql_types::Text)]
    kind: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    reference: String,
    #[diesel(sql_type = diesel::sql_types::Nullable<Uid>)]
    body: Option<Id>,
}

/// The records that have a reference or an id that the new ones want.
fn on_record(conn: &mut Conn, kind: &KindDef, new: &[New]) -> Result<Vec<Taken>, Problem> {
    if new.is_empty() {
        return Ok(vec![]);
    }
    let mut taken: Vec<Taken> =
        Sql::new("SELECT r.id, r.kind, r.reference, r.body FROM record r WHERE r.kind = ")
            .bind(kind.def.name)
            .text(" AND r.reference IN (")
            .bind_all(new.iter().map(|new| new.header.reference.as_str()))
            .text(")")
            .one_off()
            .load(conn)?;
    let more: Vec<Taken> = Sql::new("SELECT r.id, r.kind, r.reference, r.body FROM record r WHERE r.id IN (")
        .bind_all(new.iter().map(|new| new.id))
        .text(")")
        .one_off()
        .load(conn)?;
    taken.extend(more);
    Ok(taken)
}
