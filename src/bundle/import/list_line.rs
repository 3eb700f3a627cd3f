//! A line of a list: which record it names, from which version it was made, and what it says otherwise than the record.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde_json::{Map, Value};

use crate::bundle::EDIT;
use crate::bundle::cells::{self, CellNote};
use crate::bundle::lines::{Hidden, Line};
use crate::clock::{Id, Ts};
use crate::http::Call;
use crate::problem::Fault;
use crate::record::kind::{KindDef, READ_ONLY};
use crate::record::read::Name;
use crate::record::row::Row;

/// The parameter of a request whose lines name no version.
pub const UNCHANGED_SINCE: &str = "unchanged_since";

/// The fields of the envelope that a list in CSV has, but for `edit`, which says what the line was made from.
const COMPARED_IN_CSV: &[&str] =
    &["id", "kind", "reference", "body", "owner", "state", "self", "version", "published_at"];

/// The fields of the envelope that are the same in every version.
const OF_THE_RECORD: &[&str] = &["id", "kind", "reference", "body", "owner"];

/// A line of a list: what it names and what it says.
pub(super) struct ListLine {
    pub number: u64,
    fields: Map<String, Value>,
    /// The fields of the envelope, and those that only lists have.
    envelope: Map<String, Value>,
    from_csv: bool,
    /// Since when its record must not have been changed, if the line does not name a version.
    unchanged_since: Option<Ts>,
    /// What is odd about its cells.
    notes: Vec<CellNote>,
    /// What nobody sees of it in its workbook.
    pub hidden: Hidden,
}

impl ListLine {
    /// What a line says; none if it cannot be read.
    pub(super) fn new(
        kind: &KindDef,
        line: Line,
        from_csv: bool,
        unchanged_since: Option<Ts>,
    ) -> Option<ListLine> {
        let Line { number, fields, empty, shown: mut envelope, notes, hidden } = line;
        let mut fields = fields.ok()?;
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
        Some(ListLine { number, fields, envelope, from_csv, unchanged_since, notes, hidden })
    }

    /// Whether the line is of records that are on record: the request says since when, or the line has what only a list has.
    pub(super) fn is_of_list(&self) -> bool {
        self.unchanged_since.is_some() || self.envelope.get(EDIT).is_some_and(Value::is_number)
    }

    /// The fault of a line whose record is not on record.
    pub(super) fn not_found(&self, kind: &KindDef) -> Fault {
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
    pub(super) fn record(&self, kind: &KindDef, call: &Call) -> Option<Name> {
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
    pub(super) fn read_only(&self, kind: &KindDef, as_read: &Value, is_stale: bool) -> Vec<Fault> {
        let compared = |name: &&String| {
            let of_record = READ_ONLY.contains(&name.as_str()) || *name == "reference";
            let may_differ = *name == EDIT || (is_stale && !OF_THE_RECORD.contains(&name.as_str()));
            of_record && !may_differ && (!self.from_csv || COMPARED_IN_CSV.contains(&name.as_str()))
        };
        let differs = |name: &&String| match (as_read.get(name.as_str()), self.envelope.get(name.as_str())) {
            (Some(value), Some(cell)) => !is_same(name, cell, value),
            (Some(_), None) | (None, _) => false,
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
    pub(super) fn patch(&self, kind: &KindDef, as_read: &Value) -> Map<String, Value> {
        let known = kind.field_names();
        let is_nothing = |value: Option<&Value>| {
            value.is_none_or(|value| value.is_null() || value.as_array().is_some_and(Vec::is_empty))
        };
        let mut patch = Map::new();
        for (name, value) in &self.fields {
            let before = as_read.get(name.as_str());
            let says_the_same =
                |before| self.from_csv && cells::says_the_same(value, before, cells::is_short(kind, name));
            let same = before == Some(value)
                || (is_nothing(before) && is_nothing(Some(value)))
                || before.is_some_and(says_the_same);
            // What the kind does not have stays, so that it is refused.
            if !same || !known.contains(&name.as_str()) {
                let value = if self.from_csv { cells::with_ends_of(value, before) } else { value.clone() };
                patch.insert(name.clone(), value);
            }
        }
        patch
    }

    /// What is odd about the cells from which a change is made.
    pub(super) fn notes_of(&self, patch: &Map<String, Value>) -> Vec<CellNote> {
        self.notes.iter().filter(|note| patch.contains_key(&note.name)).cloned().collect()
    }

    /// The fault of a line that was made from another version than the present one.
    pub(super) fn is_stale(&self, as_read: &Value, row: &Row) -> Option<Fault> {
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

/// Whether a line gives a field of the envelope as the record has it, if perhaps in another way.
fn is_same(name: &str, cell: &Value, value: &Value) -> bool {
    if cell == value {
        return true;
    }
    let texts = cell.as_str().zip(value.as_str());
    match name {
        // A list in CSV has the whole address, and one of an earlier moment that of the version.
        "self" => texts.is_some_and(|(cell, value)| {
            cell.rsplit_once(value).is_some_and(|(_, rest)| rest.is_empty() || rest.starts_with("/versions/"))
        }),
        "published_at" => {
            texts.is_some_and(|(cell, value)| moment(cell).is_some_and(|at| Some(at) == moment(value)))
        }
        _ => false,
    }
}

/// A moment as spreadsheets write it, too: with a blank in the place of the `T`, and without the `Z`.
fn moment(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text.trim()) {
        return Some(at.to_utc());
    }
    let text = text.trim().trim_end_matches(['Z', 'z']).replacen('T', " ", 1);
    ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(&text, form).ok())
        .map(|at| at.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_field_that_a_spreadsheet_writes_in_another_way_is_the_same() {
        let (day, record) = ("2026-11-02T15:00:00Z", "/v1/plans/0198");
        let address = |rest: &str| format!("https://record.example{record}{rest}");
        for (name, cell, value, right) in [
            ("published_at", "2026-11-02 15:00:00", day, true),
            ("published_at", "2026-11-02 15:00", day, true),
            ("published_at", "2026-11-02T16:00:00+01:00", day, true),
            ("published_at", "2026-11-02T15:00:01Z", day, false),
            ("published_at", "2025-11-02T15:00:00Z", day, false),
            ("published_at", "soon", day, false),
            ("self", &address(""), record, true),
            ("self", &address("/versions/3"), record, true),
            ("self", &address("9"), record, false),
            ("self", "https://record.example/v1/plans/0199", record, false),
            ("body", "other", "demo", false),
        ] {
            assert_eq!(is_same(name, &json!(cell), &json!(value)), right, "{name} {cell}");
        }
        assert!(!is_same("version", &json!(2), &json!(1)) && is_same("version", &json!(1), &json!(1)));
    }
}
