//! The first reading of a bundle: which records it brings, where they belong, how often they were published.

use diesel::prelude::*;
use serde_json::Value;

use super::contents::home;
use super::{CHUNK, Header, Known, New, Run};
use crate::bundle::WITHDRAWN;
use crate::bundle::files::{Bundle, Part};
use crate::bundle::lines::{Line, Much};
use crate::clock::{Id, Ts};
use crate::problem::{self, Fault, Problem};
use crate::record::commit::Happened;
use crate::record::event::{Event, Subject};
use crate::record::kind::KindDef;
use crate::record::version;
use crate::store::types::Uid;
use crate::store::{Conn, Sql};

impl Run<'_> {
    pub(super) fn take_names(
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
                    self.tell(part, line.number, faults);
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

    pub(super) fn take_name(
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
    pub(super) fn compare(
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
            let context = self.import.context(&self.actor);
            version::record_row(&mut self.rows, &context, kind, &home, new.versions, public);
        }
        // Before any version: what is named has to be there, whichever of two comes first.
        self.rows.write(conn)
    }

    pub(super) fn take_withdrawn(
        &mut self,
        conn: &mut Conn,
        bundle: &mut Bundle,
        part: &Part,
    ) -> Result<u64, Problem> {
        let mut count = 0;
        bundle.each_line(part, None, Much::Whole, &mut |line: Line| {
            count += 1;
            let mut members = match line.members {
                Ok(members) => members,
                Err(faults) => {
                    self.tell(part, line.number, faults);
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
                    self.tell(part, line.number, faults);
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

    pub(super) fn withdraw(
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
        let happened = Happened::public(Event::Withdrawn, at);
        self.log.add(&mut self.rows, &self.import.state.clock, &subject, &happened);
        *self.summary.records.entry(WITHDRAWN).or_default() += 1;
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

#[derive(QueryableByName)]
struct Withdrawn {
    #[diesel(sql_type = diesel::sql_types::Text)]
    reference: String,
    #[diesel(sql_type = diesel::sql_types::Nullable<Uid>)]
    body: Option<Id>,
}

#[derive(QueryableByName)]
struct FileImport {
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
fn on_record(conn: &mut Conn, kind: &KindDef, new: &[New]) -> Result<Vec<FileImport>, Problem> {
    if new.is_empty() {
        return Ok(vec![]);
    }
    let mut taken: Vec<FileImport> =
        Sql::new("SELECT r.id, r.kind, r.reference, r.body FROM record r WHERE r.kind = ")
            .bind(kind.def.name)
            .text(" AND r.reference IN (")
            .bind_all(new.iter().map(|new| new.header.reference.as_str()))
            .text(")")
            .one_off()
            .load(conn)?;
    let more: Vec<FileImport> =
        Sql::new("SELECT r.id, r.kind, r.reference, r.body FROM record r WHERE r.id IN (")
            .bind_all(new.iter().map(|new| new.id))
            .text(")")
            .one_off()
            .load(conn)?;
    taken.extend(more);
    Ok(taken)
}
