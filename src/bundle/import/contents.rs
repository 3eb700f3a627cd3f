//! The second pass of an import: every line is checked as a `POST` is, and written.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use diesel::prelude::*;
use serde_json::Value;

use super::envelope::home;
use super::{CHUNK, Envelope, MOST_CACHED, PendingLine, Progress, Run, Who};
use crate::bundle::files::Bundle;
use crate::bundle::lines::{Line, LineScope};
use crate::bundle::part::Part;
use crate::clock::{Id, Ts};
use crate::problem::{self, Fault, Problem};
use crate::record::ORGANISATION;
use crate::record::commit::Happened;
use crate::record::event::{Event, Subject};
use crate::record::kind::{CrossRecordCheck, KindDef, KnownParty};
use crate::record::lifecycle;
use crate::record::read::{COLUMNS, Row};
use crate::record::resolve::{self, NameInContent, Resolved};
use crate::record::state::{HeadState, State};
use crate::record::version::{self, Draft, Place};
use crate::record::visible::Visibility;
use crate::store::{Conn, Count, Sql};

impl Run<'_> {
    pub(super) fn write_contents(
        &mut self,
        conn: &mut Conn,
        bundle: &mut Bundle,
        part: &Part,
        n: usize,
    ) -> Result<(), Problem> {
        let kind = self.kinds[n];
        let mut before: Option<PendingLine> = None;
        bundle.each_line(part, Some(kind), LineScope::Whole, &mut |line: Line| {
            self.done += 1;
            if self.done.is_multiple_of(500) {
                (self.import.progress)(Progress::Done(self.done));
            }
            if self.changes.contains(&(n, line.number)) {
                return Ok(());
            }
            let number = line.number;
            let Some(mut fields) = self.fields_of(part, line) else { return Ok(()) };
            let envelope = self.envelope(conn, kind, &mut fields)?;
            let content = Value::Object(fields);
            let Ok(envelope) = envelope else {
                // The first pass reported the faults of the envelope; this reports those of the content.
                self.content(conn, part, kind, number, content, false)?;
                return Ok(());
            };
            let name = envelope.name();
            if self.on_record.contains(&(n, name.clone())) {
                return Ok(());
            }
            let version = before.as_ref().filter(|last| last.name == name).map_or(1, |last| last.version + 1);
            let next = PendingLine { line: number, name, envelope, content, version };
            if let Some(last) = before.replace(next) {
                let until = before.as_ref().filter(|next| next.name == last.name);
                let until = until.and_then(|next| next.envelope.published_at);
                self.write_content(conn, part, n, last, until)?;
            }
            Ok(())
        })?;
        match before {
            Some(last) => self.write_content(conn, part, n, last, None),
            None => Ok(()),
        }
    }

    pub(super) fn write_content(
        &mut self,
        conn: &mut Conn,
        part: &Part,
        n: usize,
        line: PendingLine,
        until: Option<Ts>,
    ) -> Result<(), Problem> {
        let kind = self.kinds[n];
        let public = line.envelope.published_at;
        let Some((content, resolved)) =
            self.content(conn, part, kind, line.line, line.content, public.is_some())?
        else {
            return Ok(());
        };
        let Some(known) = self.names.get(&(n, line.name)).copied() else {
            // Both passes read the same file, so a line that only the second has means that the file changed.
            return Err(Problem::internal(format!("{}:{} was not in the first pass", part.name, line.line)));
        };
        // What was corrected since agreed with the other records as they were then, and these may be corrected too.
        let is_head = line.version == known.versions;
        if is_head && kind.checks_other_records && kind.cross_check_by.is_none() {
            self.rows.write(conn)?;
            if self.has_all_named(conn, &resolved)? {
                self.cross_check(conn, part, kind, line.line, known.id, &line.envelope, &content, &resolved)?;
            }
        }
        let body = line.envelope.body.as_ref().map(|(id, _)| *id);
        self.check_unique(conn, part, n, &line.line, (known.id, body), &content)?;
        if !self.faults.is_empty() {
            return Ok(());
        }
        let publication = public.map(|_| line.version);
        let place = Place {
            version: line.version,
            publication,
            public: public.map(|from| (from, until.unwrap_or(Ts::NEVER))),
            is_head,
        };
        let home = home(known.id, line.envelope);
        let draft = Draft { content, resolved, reason: None };
        let context = self.import.context(&self.actor);
        version::version_rows(&mut self.rows, &context, kind, &home, &draft, &place, context.actor.name())?;
        let assigned = version::assigned(kind, &draft.resolved);
        let subject = Subject {
            record: home.id,
            version: line.version,
            kind: kind.def.name,
            reference: &home.reference,
            body: home.body.as_ref().map(|(id, _)| *id),
            assigned,
            publication,
        };
        let happened = match public {
            Some(from) => Happened::public(Event::Published, from),
            None => Happened::hidden(Event::Created, self.import.now),
        };
        self.log.add(&mut self.rows, &self.import.state.clock, &subject, &happened);
        self.summary.versions += 1;
        if is_head {
            *self.summary.records.entry(kind.def.path).or_default() += 1;
            self.note_own_names(part, n, line.line, home.id, &draft.resolved)?;
        }
        if self.rows.full() {
            self.rows.write(conn)?;
        }
        if is_head && line.version > 1 && kind.def.assigned.is_some() {
            self.rows.write(conn)?;
            lifecycle::denormalise_head(conn, kind, home.id, HeadState::Is(State::Published), assigned)?;
        }
        Ok(())
    }

    /// Checks that no other record, of the bundle or on record, has the values that only one may have.
    pub(super) fn check_unique(
        &mut self,
        conn: &mut Conn,
        part: &Part,
        n: usize,
        line: &u64,
        (record, body): (Id, Option<Id>),
        content: &Value,
    ) -> Result<(), Problem> {
        let kind = self.kinds[n];
        for column in kind.def.columns.iter().filter(|column| column.unique) {
            let Some(text) = column.value_in(content).as_str() else { continue };
            let owner = *self.unique_values.entry((n, column.name, text.to_owned())).or_insert(record);
            let others: Count = Sql::new("SELECT count(*) AS n FROM ")
                .text(kind.def.table)
                .text(" t WHERE (t.is_head AND t.body = ")
                .bind(body)
                .text(" OR ")
                .append(Visibility::as_of(self.import.now).filter_of(kind.def.name, "t"))
                .text(") AND t.record <> ")
                .bind(record)
                .text(" AND t.")
                .text(column.column)
                .text(" = ")
                .bind(text)
                .get_result(conn)?;
            if owner != record || others.n > 0 {
                let detail =
                    format!("Another {} already has this `{}`; choose another.", kind.def.one, column.name);
                self.add_fault(part, *line, Fault::pointer(format!("/{}", column.path), "taken", detail));
            }
        }
        Ok(())
    }

    /// Checks a content like that of a `POST`; returns it as it is stored.
    pub(super) fn content(
        &mut self,
        conn: &mut Conn,
        part: &Part,
        kind: &'static KindDef,
        line: u64,
        mut content: Value,
        public: bool,
    ) -> Result<Option<(Value, Resolved)>, Problem> {
        let mut faults = self.import.state.schemas.replace_faults(kind, &content);
        // The records in a list above its bound are not looked up, since the bound is there to save that cost.
        if faults.iter().any(|fault| fault.code == "too_many") {
            self.add_faults(part, line, faults);
            return Ok(None);
        }
        let found = resolve::names(kind, &content);
        self.look_up(conn, &found)?;
        let mut unresolved = vec![];
        let resolved =
            resolve::replace_names(&mut content, found, &|place| self.named(place, public), &mut unresolved);
        problem::add_elsewhere(&mut faults, unresolved);
        match kind.check_content(content, &mut faults) {
            Some(content) if faults.is_empty() => Ok(Some((content, resolved))),
            _ => {
                self.add_faults(part, line, faults);
                Ok(None)
            }
        }
    }

    /// The record of a name: one of the bundle, or one on record.
    pub(super) fn named(&self, place: &NameInContent, public: bool) -> Result<(Id, String), Fault> {
        let n = self.kinds.iter().position(|kind| place.reference.is_to(&kind.def));
        let inside = n.and_then(|n| self.names.get(&(n, place.text.clone())));
        if let Some(known) = inside {
            if public && !known.public {
                let detail =
                    "A published record may name only public records; this one is a draft in the bundle.";
                return Err(Fault::pointer(place.pointer.clone(), "not_public", detail));
            }
            return Ok((known.id, place.text.clone()));
        }
        let outside = self.outside.get(&(place.reference.kind, place.text.clone())).cloned().flatten();
        outside.ok_or_else(|| resolve::not_found(place, &|name| self.import.state.has_workflow(name)))
    }

    /// Looks up the named records outside the bundle, and caches them.
    pub(super) fn look_up(&mut self, conn: &mut Conn, found: &[NameInContent]) -> Result<(), Problem> {
        // Cleared before, since all names of this line must be in the cache afterwards.
        if self.outside.len() > MOST_CACHED {
            self.outside.clear();
        }
        let unknown: Vec<NameInContent> = found
            .iter()
            .filter(|place| {
                let n = self.kinds.iter().position(|kind| place.reference.is_to(&kind.def));
                let inside = n.is_some_and(|n| self.names.contains_key(&(n, place.text.clone())));
                !inside && !self.outside.contains_key(&(place.reference.kind, place.text.clone()))
            })
            .cloned()
            .collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let public = Visibility::as_of(self.import.now);
        let visibility = match &self.import.who {
            Who::Operator { .. } => &public,
            Who::Caller { visibility, .. } => visibility,
        };
        let records =
            resolve::look_up(conn, &unknown, visibility, &|name| self.import.state.has_workflow(name))?;
        for place in unknown {
            self.remember(&place.text)?;
            let key = (place.reference.kind, place.text);
            // Not removed from the result: a line may name one record in several places.
            let record = records.get(&key).map(|record| (record.id, record.name()));
            self.outside.insert(key, record);
        }
        Ok(())
    }

    /// The organisations on record, by their identifiers, and by references that can be identifiers.
    pub(super) fn organisations_by_identifier(
        &self,
        conn: &mut Conn,
    ) -> Result<BTreeMap<String, KnownParty>, Problem> {
        let mut known = BTreeMap::new();
        let rows: Vec<Row> = Sql::new("SELECT ")
            .text(COLUMNS)
            .text(" FROM record_version v WHERE v.kind = ")
            .bind(ORGANISATION)
            .text(" AND ")
            .append(Visibility::as_of(self.import.now).filter_of(ORGANISATION, "v"))
            .one_off()
            .load(conn)?;
        for row in rows {
            let content: Value = serde_json::from_str(&row.content).map_err(Problem::internal)?;
            let party = KnownParty { reference: row.reference.clone(), name: row.title.clone() };
            for identifier in content["identifiers"].as_array().into_iter().flatten() {
                if let (Some(scheme), Some(id)) = (identifier["scheme"].as_str(), identifier["id"].as_str()) {
                    known.insert(format!("{scheme}-{id}"), party.clone());
                }
            }
            known.entry(row.reference).or_insert(party);
        }
        Ok(known)
    }

    /// Whether the records that a content names are stored. After the first fault nothing more of the bundle is stored, and
    /// what is not stored can be compared with nothing.
    fn has_all_named(&self, conn: &mut Conn, resolved: &Resolved) -> Result<bool, Problem> {
        if self.faults.is_empty() {
            return Ok(true);
        }
        let links = resolved.links.iter().map(|link| link.other);
        let named: BTreeSet<Id> = resolved.single.values().copied().chain(links).collect();
        let mut stored = 0;
        for chunk in named.iter().copied().collect::<Vec<Id>>().chunks(CHUNK) {
            let count: Count =
                Sql::new("SELECT count(*) AS n FROM record_version v WHERE v.is_head AND v.record IN (")
                    .bind_all(chunk.iter().copied())
                    .text(")")
                    .one_off()
                    .get_result(conn)?;
            stored += usize::try_from(count.n).map_err(Problem::internal)?;
        }
        Ok(stored == named.len())
    }

    #[expect(clippy::too_many_arguments, reason = "everything that a content is checked against")]
    pub(super) fn cross_check(
        &mut self,
        conn: &mut Conn,
        part: &Part,
        kind: &KindDef,
        line: u64,
        record: Id,
        envelope: &Envelope,
        content: &Value,
        resolved: &Resolved,
    ) -> Result<(), Problem> {
        let mut faults = vec![];
        let body = envelope.body.as_ref().map(|(id, _)| *id);
        let owner = envelope.owner.as_ref().map(|(_, reference)| reference.as_str());
        let this = CrossRecordCheck {
            record,
            body,
            owner,
            before: None,
            content,
            named: &resolved.single,
            links: &resolved.links,
            now: self.import.now,
            drafts: true,
            publishing: false,
        };
        kind.cross_check(conn, &this, &mut faults)?;
        self.add_faults(part, line, faults);
        Ok(())
    }

    /// Checks records against the record that they name, when all are written: once for each named record. A fault is reported
    /// at the last line that names it. Versions that were corrected since are not checked.
    pub(super) fn cross_check_file(
        &mut self,
        conn: &mut Conn,
        bundle: &mut Bundle,
        part: &Part,
        n: usize,
    ) -> Result<(), Problem> {
        let kind = self.kinds[n];
        let Some(path) = kind.cross_check_by else { return Ok(()) };
        let mut last: HashMap<Id, (u64, Envelope, Value, Resolved)> = HashMap::new();
        // The lines of a record follow each other.
        let mut versions = (String::new(), 0);
        bundle.each_line(part, Some(kind), LineScope::Whole, &mut |line: Line| {
            if self.changes.contains(&(n, line.number)) {
                return Ok(());
            }
            let Ok(mut fields) = line.fields else { return Ok(()) };
            let Ok(envelope) = self.envelope(conn, kind, &mut fields)? else { return Ok(()) };
            let content = Value::Object(fields);
            let name = envelope.name();
            versions = if versions.0 == name { (name, versions.1 + 1) } else { (name, 1) };
            let all = self.names.get(&(n, versions.0.clone())).map(|known| known.versions);
            if all.is_some_and(|all| versions.1 < all) {
                return Ok(());
            }
            if content.pointer(&format!("/{path}")).is_none_or(Value::is_null) {
                return Ok(());
            }
            if let Some((content, resolved)) = self.content(conn, part, kind, line.number, content, false)?
                && let Some(other) = resolved.single.get(path).copied()
            {
                last.insert(other, (line.number, envelope, content, resolved));
            }
            Ok(())
        })?;
        for (line, envelope, content, resolved) in last.into_values() {
            let known = self.names.get(&(n, envelope.name())).copied();
            if let Some(known) = known {
                self.cross_check(conn, part, kind, line, known.id, &envelope, &content, &resolved)?;
            }
        }
        Ok(())
    }
}
