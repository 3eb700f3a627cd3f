//! The first pass of an import: the records of the bundle, their bodies and owners, and how often each was published.

use diesel::prelude::*;
use serde_json::Value;

use super::changes::UNCHANGED_SINCE;
use super::envelope::home;
use super::{CHUNK, Envelope, Known, NewRecord, Run, Who};
use crate::bundle::WITHDRAWN;
use crate::bundle::files::Bundle;
use crate::bundle::lines::{Line, LineScope};
use crate::bundle::part::Part;
use crate::clock::{Id, Ts};
use crate::problem::{self, At, Fault, Problem};
use crate::record::commit::Happened;
use crate::record::event::{Event, Subject};
use crate::record::kind::KindDef;
use crate::record::read::{self, Name};
use crate::record::version;
use crate::store::tables::record;
use crate::store::types::Uid;
use crate::store::{Conn, Sql};

impl Run<'_> {
    pub(super) fn read_names(
        &mut self,
        conn: &mut Conn,
        bundle: &mut Bundle,
        part: &Part,
        n: usize,
    ) -> Result<u64, Problem> {
        let kind = self.kinds[n];
        let mut waiting: Vec<NewRecord> = vec![];
        let mut count = 0;
        bundle.each_line(part, Some(kind), LineScope::Envelope, &mut |line: Line| {
            count += 1;
            if self.changes.contains(&(n, line.number)) {
                return Ok(());
            }
            let Ok(mut fields) = line.fields else { return Ok(()) };
            let envelope = match self.envelope(conn, kind, &mut fields)? {
                Ok(envelope) => envelope,
                Err(faults) => {
                    self.add_faults(part, line.number, faults);
                    return Ok(());
                }
            };
            let name = envelope.name();
            match waiting.last_mut().filter(|last| last.name == name) {
                Some(last) => {
                    if let Err(fault) = next_publication(last, &envelope) {
                        self.add_fault(part, line.number, fault);
                    }
                    last.versions += 1;
                    last.last = envelope.published_at;
                    if let Some(known) = self.names.get_mut(&(n, name)) {
                        known.versions += 1;
                    }
                }
                None => {
                    if waiting.len() >= CHUNK {
                        self.compare(conn, part, n, &mut waiting)?;
                    }
                    self.add_name(part, n, line.number, name, envelope, &mut waiting)?;
                }
            }
            Ok(())
        })?;
        self.compare(conn, part, n, &mut waiting)?;
        Ok(count)
    }

    pub(super) fn add_name(
        &mut self,
        part: &Part,
        n: usize,
        line: u64,
        name: String,
        envelope: Envelope,
        waiting: &mut Vec<NewRecord>,
    ) -> Result<(), Problem> {
        self.remember(&name)?;
        if envelope.version.is_some_and(|version| version != 1) {
            let detail = "The publications of a record must begin with version 1 and be on successive lines.";
            self.add_fault(part, line, Fault::pointer("/version", "order", detail));
        }
        let id = envelope.id.unwrap_or_else(|| self.import.state.clock.new_id());
        let known = Known { id, public: envelope.published_at.is_some(), versions: 1 };
        if self.names.contains_key(&(n, name.clone())) {
            let detail = "An earlier line has the same reference; put the lines of one record directly after each other.";
            self.add_fault(part, line, Fault::pointer("/reference", "duplicate", detail));
            return Ok(());
        }
        self.names.insert((n, name.clone()), known);
        let last = envelope.published_at;
        waiting.push(NewRecord { line, name, envelope, id, versions: 1, last });
        Ok(())
    }

    /// Compares new records with those on record, and writes the rows of the new ones.
    pub(super) fn compare(
        &mut self,
        conn: &mut Conn,
        part: &Part,
        n: usize,
        waiting: &mut Vec<NewRecord>,
    ) -> Result<(), Problem> {
        let kind = self.kinds[n];
        let existing = on_record(conn, kind, waiting)?;
        for new in waiting.drain(..) {
            let body = new.envelope.body.as_ref().map(|(id, _)| *id);
            let same = existing.iter().find(|one| {
                one.reference == new.envelope.reference && one.body == body && one.kind == kind.def.name
            });
            if let Some(one) = same {
                if part.included {
                    let key = (n, new.name);
                    self.names
                        .insert(key.clone(), Known { id: one.id, public: true, versions: new.versions });
                    self.on_record.insert(key);
                } else {
                    let fault = self.on_record_already(conn, part, n, &new, one.id)?;
                    self.add_fault(part, new.line, fault);
                    self.is_no_new_record(part, n, new.line);
                }
                continue;
            }
            if !self.may_create(n) {
                self.add_fault(part, new.line, absent(part, kind, &new));
                self.is_no_new_record(part, n, new.line);
                continue;
            }
            if existing.iter().any(|one| one.id == new.id) {
                let detail = "A record of this id exists already.";
                self.add_fault(part, new.line, Fault::pointer("/id", "taken", detail));
                continue;
            }
            if !self.faults.is_empty() {
                continue;
            }
            let home = home(new.id, new.envelope);
            let public = new.last.is_some();
            let context = self.import.context(&self.actor);
            version::record_row(&mut self.rows, &context, kind, &home, new.versions, public);
        }
        // Before any version, since a version may name any record.
        self.rows.write(conn)
    }

    /// Leaves out what else is wrong with a line: what a new record would need is no fault of a line that can be none.
    fn is_no_new_record(&mut self, part: &Part, n: usize, line: u64) {
        // A row of another standard has several records.
        if !part.is_converted() {
            self.changes.insert((n, line));
        }
    }

    /// The fault of a line whose reference a record on record has.
    fn on_record_already(
        &self,
        conn: &mut Conn,
        part: &Part,
        n: usize,
        new: &NewRecord,
        id: Id,
    ) -> Result<Fault, Problem> {
        let kind = self.kinds[n];
        let Who::Caller { call, .. } = &self.import.who else {
            let detail = "A record of this reference exists already, and the command line changes none. Leave the line out.";
            return Ok(Fault::pointer("/reference", "taken", detail));
        };
        // Who cannot create one is not told of a record that it cannot see.
        if !self.may_create(n) && read::one(conn, kind, &Name::Id(id), &call.visibility())?.is_none() {
            return Ok(absent(part, kind, new));
        }
        let detail = format!(
            "A record of this reference exists already. To change it by a list, download `/v1/{}?format=csv` as you are signed in, and keep its columns `reference` and `edit`. To change it by a sheet of your own, add `{UNCHANGED_SINCE}` to the request, with the day of your sheet: a line whose record was changed later is then refused. Otherwise leave the line out.",
            kind.def.path
        );
        Ok(Fault::pointer("/reference", "taken", detail))
    }

    pub(super) fn read_withdrawn(
        &mut self,
        conn: &mut Conn,
        bundle: &mut Bundle,
        part: &Part,
    ) -> Result<u64, Problem> {
        let mut count = 0;
        bundle.each_line(part, None, LineScope::Whole, &mut |line: Line| {
            count += 1;
            let mut fields = match line.fields {
                Ok(fields) => fields,
                Err(faults) => {
                    self.add_faults(part, line.number, faults);
                    return Ok(());
                }
            };
            let kind_name = fields.shift_remove("kind");
            let kind_name = kind_name.as_ref().and_then(Value::as_str).unwrap_or_default();
            let Some(n) = self.kinds.iter().position(|kind| kind.def.name == kind_name) else {
                let known: Vec<&str> = self.kinds.iter().map(|kind| kind.def.name).collect();
                let detail = problem::unknown_name("kind", kind_name, &known);
                self.add_fault(part, line.number, Fault::pointer("/kind", "unknown_code", detail));
                return Ok(());
            };
            let kind = self.kinds[n];
            if !kind.def.workflow {
                let detail = format!("{} cannot be withdrawn; leave this line out.", kind.def.many);
                self.add_fault(part, line.number, Fault::pointer("/kind", "not_taken", detail));
                return Ok(());
            }
            let at = fields.get("withdrawn_at").and_then(Value::as_str).and_then(Ts::parse);
            let at = at.filter(|at| *at <= self.import.now);
            let Some(at) = at else {
                let detail = "Give the moment of the withdrawal by RFC 3339; it must not be in the future.";
                self.add_fault(part, line.number, Fault::pointer("/withdrawn_at", "format", detail));
                return Ok(());
            };
            let Some(reason) = fields.get("reason").and_then(Value::as_str).map(str::to_owned) else {
                let detail = "Give the reason for the withdrawal.";
                self.add_fault(part, line.number, Fault::pointer("/reason", "required", detail));
                return Ok(());
            };
            let envelope = match self.envelope(conn, kind, &mut fields)? {
                Ok(envelope) => envelope,
                Err(faults) => {
                    self.add_faults(part, line.number, faults);
                    return Ok(());
                }
            };
            let mut waiting = vec![];
            let name = envelope.name();
            self.add_name(part, n, line.number, name.clone(), envelope, &mut waiting)?;
            let Some(id) = waiting.first().map(|new| new.id) else { return Ok(()) };
            self.compare(conn, part, n, &mut waiting)?;
            if let Some(known) = self.names.get_mut(&(n, name)) {
                // It was public, so records may still name it.
                known.public = true;
            }
            if self.faults.is_empty() {
                self.withdraw(conn, kind, id, at, &reason)?;
            }
            Ok(())
        })?;
        Ok(count)
    }

    pub(super) fn withdraw(
        &mut self,
        conn: &mut Conn,
        kind: &KindDef,
        id: Id,
        at: Ts,
        reason: &str,
    ) -> Result<(), Problem> {
        let row = record::table.find(id);
        diesel::update(row)
            .set((
                record::was_public.eq(true),
                record::withdrawn_at.eq(at),
                record::withdrawn_by.eq(self.actor.name()),
                record::withdrawn_reason.eq(reason),
            ))
            .execute(conn)?;
        let (reference, body): (String, Option<Id>) =
            row.select((record::reference, record::body)).first(conn)?;
        let subject = Subject {
            record: id,
            version: 1,
            kind: kind.def.name,
            reference: &reference,
            body,
            assigned: None,
            publication: None,
        };
        let happened = Happened::public(Event::Withdrawn, at);
        self.log.add(&mut self.rows, &self.import.state.clock, &subject, &happened);
        *self.summary.records.entry(WITHDRAWN).or_default() += 1;
        Ok(())
    }
}

/// The fault of a record that the file names, that is not on record and that the importer may not create: as the file
/// names it, where it does.
fn absent(part: &Part, kind: &KindDef, new: &NewRecord) -> Fault {
    let converted = part.converted(new.line, &new.envelope.reference);
    let name = converted.and_then(|record| record.name.as_deref()).unwrap_or(&new.name);
    let hint = converted.map(|record| record.hint.as_str()).unwrap_or_default();
    let detail = format!(
        "There is no {} `{name}` on record, and your roles do not permit you to create it; have an administrator add it first.{hint}",
        kind.def.one
    );
    let at = converted.and_then(|record| record.at.clone());
    Fault::at(at.unwrap_or_else(|| At::Pointer(String::new())), "not_yours", detail)
}

/// Checks a further publication of the record on the line before.
fn next_publication(last: &NewRecord, envelope: &Envelope) -> Result<(), Fault> {
    let fault = |field: &str, code, detail: &str| Err(Fault::pointer(format!("/{field}"), code, detail));
    if envelope.version.is_some_and(|version| version != last.versions + 1) {
        return fault("version", "order", "The publications of a record must be in order, without a gap.");
    }
    if envelope.id.is_some_and(|id| id != last.id) {
        return fault(
            "id",
            "other",
            "The line before has the same reference but another id; all lines of a record have one id.",
        );
    }
    match (last.last, envelope.published_at) {
        (Some(before), Some(now)) if before < now => Ok(()),
        (Some(_), Some(_)) => {
            fault("published_at", "order", "A publication must be later than the one that it supersedes.")
        }
        _ => fault(
            "published_at",
            "required",
            "Where a record has several lines, each must state when it was published.",
        ),
    }
}

#[derive(QueryableByName)]
struct ExistingRecord {
    #[diesel(sql_type = Uid)]
    id: Id,
    #[diesel(sql_type = diesel::sql_types::Text)]
    kind: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    reference: String,
    #[diesel(sql_type = diesel::sql_types::Nullable<Uid>)]
    body: Option<Id>,
}

/// The records on record that have a reference or an id of the new ones.
fn on_record(conn: &mut Conn, kind: &KindDef, new: &[NewRecord]) -> Result<Vec<ExistingRecord>, Problem> {
    if new.is_empty() {
        return Ok(vec![]);
    }
    let mut existing: Vec<ExistingRecord> =
        Sql::new("SELECT r.id, r.kind, r.reference, r.body FROM record r WHERE r.kind = ")
            .bind(kind.def.name)
            .text(" AND r.reference IN (")
            .bind_all(new.iter().map(|new| new.envelope.reference.as_str()))
            .text(")")
            .one_off()
            .load(conn)?;
    let with_ids: Vec<ExistingRecord> =
        Sql::new("SELECT r.id, r.kind, r.reference, r.body FROM record r WHERE r.id IN (")
            .bind_all(new.iter().map(|new| new.id))
            .text(")")
            .one_off()
            .load(conn)?;
    existing.extend(with_ids);
    Ok(existing)
}
