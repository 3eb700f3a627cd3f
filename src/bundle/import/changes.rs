//! Lines that change records that are on record: a list as it was downloaded, with some of its values changed, comes in as
//! drafts.
//!
//! A line names its record and the version that it was made from (`id`, then `edit` or `version`), as lists show them. A
//! plain sheet names records by `reference`; then the request says since when none of them may have been changed. A line
//! that says what is on record is unchanged. A line whose record has changed since is refused. All else is checked and
//! written as a `PATCH` of that record is.

use serde_json::{Map, Value};

use super::list_line::ListLine;
pub use super::list_line::UNCHANGED_SINCE;
use super::{ChangedRecord, MOST_LISTED, Run, Who};
use crate::access::Action;
use crate::bundle::cells::CellNote;
use crate::bundle::files::Bundle;
use crate::bundle::lines::{Line, LineScope};
use crate::bundle::part::Part;
use crate::http::Call;
use crate::http::kinds::{self, LoadedRecord};
use crate::problem::{self, Fault, Problem};
use crate::record::kind::KindDef;
use crate::record::lifecycle;
use crate::record::read::{self, Name};
use crate::record::row::Row;
use crate::record::visible::Visibility;
use crate::store::Conn;

/// The most records that one request changes.
const MOST_CHANGED: usize = 2_000;

impl Run<'_> {
    /// Makes the changes of a file, and notes its lines that are no new records.
    pub(super) fn change_records(
        &mut self,
        conn: &mut Conn,
        bundle: &mut Bundle,
        part: &Part,
        n: usize,
    ) -> Result<(), Problem> {
        let Who::Caller { call, .. } = self.import.who else { return Ok(()) };
        let kind = self.kinds[n];
        let since = call.params.moment(UNCHANGED_SINCE);
        if part.included || (part.is_converted() && !part.listed) {
            return Ok(());
        }
        bundle.each_line(part, Some(kind), LineScope::Whole, &mut |line: Line| {
            let Some(line) = ListLine::new(kind, line, part.form.is_table(), since) else { return Ok(()) };
            let row = match line.record(kind, call) {
                Some(name) => read::one(conn, kind, &name, &call.visibility())?,
                None => None,
            };
            let Some(row) = row else {
                // A list in JSON has records that are on record; other files may have new ones.
                if part.listed || line.is_of_list() {
                    self.changes.insert((n, line.number));
                    self.add_fault(part, line.number, line.not_found(kind));
                }
                return Ok(());
            };
            self.changes.insert((n, line.number));
            if !self.changed_records.insert(row.record) {
                let detail = "An earlier line has the same record; give each record one line.";
                self.add_fault(part, line.number, Fault::pointer("", "duplicate", detail));
                return Ok(());
            }
            self.change(conn, call, part, n, &line, row)
        })
    }

    fn change(
        &mut self,
        conn: &mut Conn,
        call: &Call,
        part: &Part,
        n: usize,
        line: &ListLine,
        row: Row,
    ) -> Result<(), Problem> {
        let kind = self.kinds[n];
        lifecycle::lock(conn, row.record)?;
        let row = read::one(conn, kind, &Name::Id(row.record), &call.visibility())?.unwrap_or(row);
        let rule = kind.rule(Action::Edit).unwrap_or(&[]);
        let permitted = Visibility::under(&call.actor, &kind.def, rule, call.now());
        let record = LoadedRecord::read(conn, kind, row, &call.visibility(), &permitted)?;
        let as_read = record.as_read()?;
        let stale = line.is_stale(as_read, &record.row);
        let mut faults = line.read_only(kind, as_read, stale.is_some());
        let patch = line.patch(kind, as_read);
        let changes = is_change(kind, &record, &patch)?;
        let (fatal, notes): (Vec<CellNote>, Vec<CellNote>) =
            line.notes_of(&patch).into_iter().partition(|note| note.fatal);
        faults.extend(fatal.into_iter().map(|note| note.fault));
        if faults.is_empty() && !changes {
            *self.summary.unchanged.entry(kind.def.path).or_default() += 1;
            return Ok(());
        }
        faults.extend(stale);
        if faults.is_empty() && !may_edit(call, kind, &record.row, &permitted) {
            let detail =
                "Your roles do not permit you to change this record; leave the line as it was, or out.";
            faults.push(Fault::pointer("", "forbidden", detail));
        }
        if faults.is_empty() && self.summary.changed.len() >= MOST_CHANGED {
            let detail =
                format!("One request changes at most {MOST_CHANGED} records. Send the rest in another.");
            faults.push(Fault::pointer("", "too_many", detail));
        }
        if !faults.is_empty() {
            self.add_faults(part, line.number, faults);
            return Ok(());
        }
        self.add_remarks(part, line.number, notes);
        self.write_change(conn, call, part, n, line, &record, patch)
    }

    /// A remark that a change comes from what nobody sees in its workbook.
    fn remark_hidden(&mut self, part: &Part, line: &ListLine, names: &[String]) {
        let column = names.iter().find(|name| line.hidden.columns.contains(name));
        let what = match (line.hidden.row, column) {
            (true, _) => "The row of this change is hidden in the workbook.".to_owned(),
            (false, Some(name)) => {
                format!("The column `{name}` is hidden in the workbook, and changes the record.")
            }
            (false, None) => return,
        };
        self.add_remark(
            part,
            line.number,
            Fault::pointer("", "hidden", format!("{what} See that it is meant.")),
        );
    }

    #[expect(clippy::too_many_arguments, reason = "the record, and where the change to it comes from")]
    fn write_change(
        &mut self,
        conn: &mut Conn,
        call: &Call,
        part: &Part,
        n: usize,
        line: &ListLine,
        record: &LoadedRecord,
        patch: Map<String, Value>,
    ) -> Result<(), Problem> {
        let kind = self.kinds[n];
        let names: Vec<String> = patch.keys().cloned().collect();
        let before = self.faults.len();
        let content = kinds::with_fields(record, patch.clone())?;
        if let Ok(content) = kind.canonical(content) {
            self.check_unique(conn, part, n, &line.number, (record.row.record, record.row.body), &content)?;
        }
        if self.faults.len() > before {
            return Ok(());
        }
        match kinds::change_fields(call, conn, record, patch) {
            Ok(()) => {}
            Err(problem) if (400..500).contains(&problem.kind.status) => {
                self.add_faults(part, line.number, faults_of(problem));
                return Ok(());
            }
            Err(problem) => return Err(problem),
        }
        self.remark_hidden(part, line, &names);
        let edit = read::head(conn, record.row.record)?.version;
        *self.summary.records.entry(kind.def.path).or_default() += 1;
        self.summary.versions += 1;
        if self.summary.changed.len() < MOST_LISTED {
            self.summary.changed.push(ChangedRecord {
                file: part.name.clone(),
                line: line.number,
                id: record.row.record,
                reference: record.row.reference.clone(),
                edit,
                fields: names,
            });
        }
        Ok(())
    }
}

/// Whether a patch changes the content: another way of writing the same value changes nothing.
fn is_change(kind: &KindDef, record: &LoadedRecord, patch: &Map<String, Value>) -> Result<bool, Problem> {
    if patch.is_empty() {
        return Ok(false);
    }
    let before = record.row.content_value()?.clone();
    let merged = kinds::with_fields(record, patch.clone())?;
    let canonical = |content: Value| kind.canonical(content).ok();
    Ok(match (canonical(before), canonical(merged)) {
        (Some(before), Some(after)) => before != after,
        _ => true,
    })
}

/// Whether the caller may change a record, one by one or in a list.
fn may_edit(call: &Call, kind: &KindDef, row: &Row, permitted: &Visibility) -> bool {
    let covered = match kind.def.workflow {
        true => permitted.covers(row),
        false => permitted.audience(row).is_some(),
    };
    covered && !kind.bars(&call.actor)
}

/// The faults of a change that was refused.
fn faults_of(problem: Problem) -> Vec<Fault> {
    if !problem.errors.is_empty() {
        return problem.errors;
    }
    let code = match problem.kind.status {
        status if status == problem::FORBIDDEN.status => "forbidden",
        status if status == problem::CONFLICT.status => "conflict",
        _ => "refused",
    };
    vec![Fault::pointer("", code, problem.detail)]
}
