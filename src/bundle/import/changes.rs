//! Lines that change records that are on record: a list as it was downloaded, with some of its values changed, comes in as
//! drafts.
//!
//! A line names its record and the version that it was made from (`id`, then `edit` or `version`), as lists show them. A
//! plain sheet names records by `reference`; then the request says since when none of them may have been changed. A line
//! that says what is on record is unchanged. A line whose record has changed since is refused. All else is checked and
//! written as a `PATCH` of that record is.

use serde_json::{Map, Value};

use super::{ChangedRecord, MOST_LISTED, Run, Who};
use crate::access::Action;
use crate::bundle::EDIT;
use crate::bundle::files::Bundle;
use crate::bundle::lines::{Hidden, Line, LineScope};
use crate::bundle::part::Part;
use crate::clock::{Id, Ts};
use crate::http::Call;
use crate::http::kinds::{self, LoadedRecord};
use crate::problem::{self, Fault, Problem};
use crate::record::kind::{KindDef, READ_ONLY};
use crate::record::lifecycle;
use crate::record::read::{self, Name};
use crate::record::row::Row;
use crate::record::visible::Visibility;
use crate::store::Conn;

/// The parameter of a request whose lines name no version.
pub const UNCHANGED_SINCE: &str = "unchanged_since";

/// The most records that one request changes.
const MOST_CHANGED: usize = 2_000;

/// The fields of the envelope that a spreadsheet leaves as they are. Others, such as times, it may write in another way.
const COMPARED_IN_CSV: &[&str] = &["id", "kind", "reference", "body", "owner", "state"];

/// The fields of the envelope that are the same in every version.
const OF_THE_RECORD: &[&str] = &["id", "kind", "reference", "body", "owner"];

/// A line of a list: what it names and what it says.
struct ListLine {
    number: u64,
    fields: Map<String, Value>,
    /// The fields of the envelope, and those that only lists have.
    envelope: Map<String, Value>,
    from_csv: bool,
    /// Since when its record must not have been changed, if the line does not name a version.
    unchanged_since: Option<Ts>,
    /// What nobody sees of it in its workbook.
    hidden: Hidden,
}

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
            let Ok(fields) = line.fields else { return Ok(()) };
            let line =
                ListLine::new(kind, line.number, fields, line.empty, line.shown, part.form.is_table(), since)
                    .hidden_as(line.hidden);
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
        if self.summary.remarks.len() < MOST_LISTED {
            let detail = format!("{what} See that it is meant.");
            let remark = Fault::pointer("", "hidden", detail).in_file(&part.name, Some(line.number));
            self.summary.remarks.push(remark);
        }
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

impl ListLine {
    fn new(
        kind: &KindDef,
        number: u64,
        mut fields: Map<String, Value>,
        empty: Vec<String>,
        shown: Map<String, Value>,
        from_csv: bool,
        unchanged_since: Option<Ts>,
    ) -> ListLine {
        let mut envelope = shown;
        for name in READ_ONLY.iter().copied().chain(["reference"]) {
            if let Some(value) = fields.shift_remove(name) {
                envelope.insert(name.to_owned(), value);
            }
        }
        for name in kind.computed_names().into_iter().chain(["included"]) {
            fields.shift_remove(name);
        }
        let known = kind.field_names();
        for name in empty {
            if known.contains(&name.as_str()) {
                fields.insert(name, Value::Null);
            }
        }
        // Blanks that a spreadsheet shows to nobody are no part of a name.
        for name in ["id", "reference", "body"] {
            if let Some(Value::String(text)) = envelope.get_mut(name).filter(|_| from_csv) {
                *text = text.trim().to_owned();
            }
        }
        ListLine { number, fields, envelope, from_csv, unchanged_since, hidden: Hidden::default() }
    }

    fn hidden_as(self, hidden: Hidden) -> ListLine {
        ListLine { hidden, ..self }
    }

    /// Whether the line is of records that are on record: the request says since when, or the line has what only a list has.
    fn is_of_list(&self) -> bool {
        self.unchanged_since.is_some() || self.envelope.get(EDIT).is_some_and(Value::is_number)
    }

    /// The fault of a line whose record is not on record.
    fn not_found(&self, kind: &KindDef) -> Fault {
        let text =
            |name: &str| self.envelope.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let one = kind.def.one;
        let Some(name) = text("reference").or_else(|| text("id")) else {
            let detail = format!("Give the `reference` of the {one} that this line changes.");
            return Fault::pointer("/reference", "required", detail);
        };
        let name: String = name.chars().take(100).collect();
        let new = match self.unchanged_since {
            Some(_) => format!(" Correct it; send new {} without `{UNCHANGED_SINCE}`.", kind.def.many),
            None => String::new(),
        };
        let detail = format!("There is no {one} `{name}` that you may see.{new}");
        Fault::pointer("/reference", "not_found", detail)
    }

    /// The record that the line names, if it is a line of a list: it says which version it was made from, or the request
    /// says since when the record is unchanged, or it names the record by its id.
    fn record(&self, kind: &KindDef, call: &Call) -> Option<Name> {
        let text = |name: &str| self.envelope.get(name).and_then(Value::as_str);
        if let Some(id) = text("id").and_then(Id::parse) {
            return Some(Name::Id(id));
        }
        let is_number = |name: &str| self.envelope.get(name).is_some_and(Value::is_number);
        let names_version = is_number(EDIT) || is_number("version") || self.unchanged_since.is_some();
        let reference = text("reference").filter(|_| names_version)?;
        let own = call.actor.body.as_ref().map(|body| body.reference.as_str());
        match kind.def.workflow {
            true => Name::parse(kind, &format!("{}:{reference}", text("body").or(own)?)),
            false => Name::parse(kind, reference),
        }
    }

    /// The faults of fields that nobody can set and that the line has otherwise than the record.
    /// A line of an earlier version has another state.
    fn read_only(&self, kind: &KindDef, as_read: &Value, is_stale: bool) -> Vec<Fault> {
        let compared = |name: &&String| {
            let of_record = READ_ONLY.contains(&name.as_str()) || *name == "reference";
            let names_version = [EDIT, "version", "self", "published_at"].contains(&name.as_str());
            let may_differ = names_version || (is_stale && !OF_THE_RECORD.contains(&name.as_str()));
            of_record && !may_differ && (!self.from_csv || COMPARED_IN_CSV.contains(&name.as_str()))
        };
        let differs = |name: &&String| {
            as_read.get(name.as_str()).is_some_and(|value| self.envelope.get(name.as_str()) != Some(value))
        };
        let fault = |name: &String| {
            let detail = match name.as_str() {
                "state" => format!(
                    "A list cannot change the state of {}; use the steps of its workflow.",
                    kind.def.many
                ),
                _ => format!("`{name}` cannot be changed; leave it as it was."),
            };
            Fault::pointer(format!("/{name}"), "read_only", detail)
        };
        self.envelope.keys().filter(compared).filter(differs).map(fault).collect()
    }

    /// The fields whose values differ from those of the record as the caller reads it.
    fn patch(&self, kind: &KindDef, as_read: &Value) -> Map<String, Value> {
        let known = kind.field_names();
        let is_nothing = |value: Option<&Value>| {
            value.is_none_or(|value| value.is_null() || value.as_array().is_some_and(Vec::is_empty))
        };
        let mut patch = Map::new();
        for (name, value) in &self.fields {
            let before = as_read.get(name.as_str());
            let same = before == Some(value) || (is_nothing(before) && is_nothing(Some(value)));
            // What the kind does not have stays, so that it is refused.
            if !same || !known.contains(&name.as_str()) {
                patch.insert(name.clone(), value.clone());
            }
        }
        patch
    }

    /// The fault of a line that was made from another version than the present one.
    fn is_stale(&self, as_read: &Value, row: &Row) -> Option<Fault> {
        let number = |name: &str| self.envelope.get(name).and_then(Value::as_i64);
        let place = |name: &str| format!("/{name}");
        if let Some(edit) = number(EDIT) {
            return (edit != row.version).then(|| {
                let detail = format!(
                    "This line was made from edit {edit}, and the record is at edit {} now. Download the list again, and make your change there.",
                    row.version
                );
                Fault::pointer(place(EDIT), "changed", detail)
            });
        }
        let Some(version) = number("version") else {
            if let Some(since) = self.unchanged_since {
                return (row.authored_at > since).then(|| {
                    let detail = format!(
                        "The record was changed at {}, after {since}, which `{UNCHANGED_SINCE}` gives. See what it says now, and make your change there.",
                        row.authored_at
                    );
                    Fault::pointer(place("reference"), "changed", detail)
                });
            }
            let detail = "The line does not say which version it was made from. Download the list as you are signed in, and keep its columns `id`, `version` and `edit`; or give the day of your sheet in the parameter `unchanged_since`.";
            return Some(Fault::pointer(place("version"), "required", detail));
        };
        let is_public_head = row.is_head && as_read["version"].as_i64() == Some(version);
        let in_progress = row.publication != Some(version) || row.public_from.is_none();
        if is_public_head && !in_progress {
            return None;
        }
        let detail = if row.publication.is_none() {
            format!(
                "This line was made from version {version}, and a draft of the next is in progress. Download the list as you are signed in, and make your change there."
            )
        } else {
            format!(
                "This line was made from version {version}, and the record has changed since. Download the list again, and make your change there."
            )
        };
        Some(Fault::pointer(place("version"), "changed", detail))
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
