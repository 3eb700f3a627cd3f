//! What the organisation submits that a record is assigned to: its own report, and nobody else's text.

use std::collections::HashSet;

use diesel::prelude::*;
use serde_json::Value;

use super::checks::with_article;
use crate::access::actor::Named;
use crate::problem::{self, Problem};
use crate::record::diff::{Difference, diff};
use crate::record::event::Event;
use crate::record::kind::KindDef;
use crate::record::latest_step;
use crate::record::read;
use crate::record::row::{COLUMNS, Row};
use crate::record::write_context::WriteContext;
use crate::store::{Conn, Sql};

/// 409 unless the working version differs from what is published by nothing but the fields that the assigned
/// organisation may change, and by nothing that somebody else wrote there.
pub(super) fn only_its_own(
    conn: &mut Conn,
    context: &WriteContext<'_>,
    kind: &KindDef,
    head: &Row,
) -> Result<(), Problem> {
    let organisation =
        context.actor.organisation.as_ref().ok_or_else(|| Problem::new(&problem::FORBIDDEN, NOT_ASSIGNED))?;
    let Some(published) = last_published(conn, context, head)? else {
        return Err(Problem::conflict(format!(
            "{} that has never been published is submitted by its owner; your change is saved in its draft.",
            with_article(kind.def.one)
        )));
    };
    let changes = diff(published.content_value()?, head.content_value()?);
    if changes.is_empty() {
        return Err(Problem::conflict(
            "The working version says the same as what is published; there is nothing to submit.",
        ));
    }
    let is_assigned = |change: &Difference| kind.def.assigned_fields.contains(&change.field.as_str());
    if !changes.iter().all(is_assigned) || holds_others_text(conn, organisation, &published, head, &changes)?
    {
        // Names no field: what the office changed there can be hidden from the organisation.
        return Err(Problem::conflict(format!(
            "The working version also has changes that others made and have not submitted, and you submit only your own ({}). Your change is saved. Ask its owner to submit the working version, or to undo its changes; then submit yours.",
            kind.def.assigned_fields.join(", ")
        )));
    }
    Ok(())
}

const NOT_ASSIGNED: &str = "Only a member of the organisation that a record is assigned to reports on it.";

/// The version that was published last, before the working version.
fn last_published(conn: &mut Conn, context: &WriteContext<'_>, head: &Row) -> Result<Option<Row>, Problem> {
    Ok(Sql::new("SELECT ")
        .text(COLUMNS)
        .text(" FROM record_version v WHERE v.record = ")
        .bind(head.record)
        .text(" AND v.version < ")
        .bind(head.version)
        .text(" AND v.publication IS NOT NULL AND v.public_from <= ")
        .bind(context.now)
        .text(" ORDER BY v.version DESC LIMIT 1")
        .get_result(conn)
        .optional()?)
}

/// Whether something that others wrote since the publication is still among the changes.
fn holds_others_text(
    conn: &mut Conn,
    organisation: &Named,
    published: &Row,
    head: &Row,
    changes: &[Difference],
) -> Result<bool, Problem> {
    let edits = latest_step::of(conn, &[head.record], &[Event::Created, Event::Edited])?;
    // An edit whose entry was redacted may be anybody's.
    let is_own = |version: i64| {
        edits.get(&(head.record, version)).is_some_and(|edit| edit.was_for(&organisation.reference))
    };
    if (published.version + 1..=head.version).all(is_own) {
        return Ok(false);
    }
    let mut others = Others::default();
    let mut before = published.clone();
    let mut is_own_step = true;
    // One version after the other is in memory, however many there are.
    for version in published.version + 1..=head.version {
        is_own_step &= is_own(version);
        let row = read::version(conn, head.record, version)?;
        if row.redacted_at.is_some() {
            // What it changed is part of the next difference.
            continue;
        }
        for change in diff(before.content_value()?, row.content_value()?) {
            others.follow(&change, is_own_step);
        }
        is_own_step = true;
        before = row;
    }
    Ok(changes.iter().any(|change| others.wrote(change)))
}

/// Single values that others have brought to a field since the publication, or have taken out of it, as far as the
/// organisation has not changed them since. Where a value stands does not matter: items may have been added before it.
#[derive(Default)]
struct Others {
    brought: HashSet<(String, String)>,
    removed: HashSet<(String, String)>,
}

impl Others {
    fn follow(&mut self, change: &Difference, is_own: bool) {
        for value in values(&change.field, &change.before) {
            let undone = self.brought.remove(&value);
            if !is_own && !undone {
                self.removed.insert(value);
            }
        }
        for value in values(&change.field, &change.after) {
            let undone = self.removed.remove(&value);
            if !is_own && !undone {
                self.brought.insert(value);
            }
        }
    }

    /// Whether a change is theirs: by the new value, or where there is none by what was removed.
    fn wrote(&self, change: &Difference) -> bool {
        match change.after.is_null() {
            true => values(&change.field, &change.before).iter().any(|value| self.removed.contains(value)),
            false => values(&change.field, &change.after).iter().any(|value| self.brought.contains(value)),
        }
    }
}

/// The single values in a value of a field: texts, numbers, yes and no.
fn values(field: &str, value: &Value) -> Vec<(String, String)> {
    match value {
        Value::Null => vec![],
        Value::Array(items) => items.iter().flat_map(|item| values(field, item)).collect(),
        Value::Object(fields) => fields.values().flat_map(|item| values(field, item)).collect(),
        single => vec![(field.to_owned(), single.to_string())],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Whether others' text is in the last of these contents; each says whether it is the organisation's own edit.
    fn others_in(contents: &[(bool, Value)]) -> bool {
        let mut others = Others::default();
        for pair in contents.windows(2) {
            for change in diff(&pair[0].1, &pair[1].1) {
                others.follow(&change, pair[1].0);
            }
        }
        let (first, last) = (&contents[0].1, &contents[contents.len() - 1].1);
        diff(first, last).iter().any(|change| others.wrote(change))
    }

    fn content(status: &str, evidence: &[(&str, &str)]) -> Value {
        let items: Vec<Value> =
            evidence.iter().map(|(day, text)| json!({"date": day, "summary": text, "url": null})).collect();
        json!({"status": status, "status_evidence": items})
    }

    #[test]
    fn what_others_wrote_stays_theirs_until_the_organisation_changes_it() {
        let public = || (true, content("not_reported", &[]));
        let own = |content| (true, content);
        let others = |content| (false, content);
        let report = content("in_progress", &[("2026-11-02", "Briefed.")]);
        assert!(!others_in(&[public(), own(report.clone())]));
        // A status that others set, and evidence that they added, changed or removed.
        assert!(others_in(&[
            public(),
            others(content("in_progress", &[])),
            own(content("in_progress", &[("2026-11-02", "Briefed.")])),
        ]));
        assert!(!others_in(&[public(), others(content("completed", &[])), own(report.clone())]));
        let two = content("in_progress", &[("2026-11-01", "Theirs."), ("2026-11-02", "Ours.")]);
        let theirs = content("not_reported", &[("2026-11-01", "Theirs.")]);
        assert!(others_in(&[public(), others(theirs.clone()), own(two)]));
        let reworded = content("in_progress", &[("2026-11-02", "Told them.")]);
        assert!(others_in(&[public(), own(report.clone()), others(reworded.clone())]));
        // The organisation words it again: then it is its own.
        let again = content("in_progress", &[("2026-11-02", "We told them.")]);
        assert!(!others_in(&[public(), own(report.clone()), others(reworded), own(again)]));
        // What others have undone themselves is nobody's.
        assert!(!others_in(&[public(), others(theirs), others(public().1), own(report.clone())]));
        let with_evidence = (true, content("in_progress", &[("2026-10-01", "Begun.")]));
        let without = content("completed", &[]);
        assert!(others_in(&[with_evidence.clone(), others(content("in_progress", &[])), own(without)]));
    }
}
