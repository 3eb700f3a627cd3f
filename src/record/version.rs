//! The rows that a new version adds to the tables.

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::Value;

use super::derived;
use super::kind::KindDef;
use super::links;
use super::represent;
use super::resolve::Resolved;
use super::rows::Rows;
use super::search;
use super::state::{HeadState, State};
use super::write_context::WriteContext;
use crate::clock::{Id, Ts};
use crate::problem::Problem;
use crate::store::Val;

/// A new version, checked and ready to be stored.
pub struct Draft {
    /// The canonical content.
    pub content: Value,
    /// The records that the content names.
    pub resolved: Resolved,
    /// Why the change is made.
    pub reason: Option<String>,
}

/// A record's id, reference and owner.
pub struct Home {
    /// The id.
    pub id: Id,
    /// What people call the record.
    pub reference: String,
    /// The policing body's id and reference; none for reference data.
    pub body: Option<(Id, String)>,
    /// The owning organisation's id.
    pub owner: Option<Id>,
    /// The owning organisation's reference.
    pub owner_reference: Option<String>,
}

/// A version's number and public interval.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The number of the edit, from 1.
    pub version: i64,
    /// The number of the publication, if it is one already.
    pub publication: Option<i64>,
    /// The interval in which it is public.
    pub public: Option<(Ts, Ts)>,
    /// Whether it is the working version.
    pub is_head: bool,
}

impl Place {
    /// Of a working version: a draft, or public from a moment on.
    pub fn head(version: i64, public_from: Option<Ts>, publication: Option<i64>) -> Place {
        let public = public_from.map(|from| (from, Ts::NEVER));
        Place { version, publication, public, is_head: true }
    }
}

/// The organisation to which a content assigns its record.
pub fn assigned(kind: &KindDef, resolved: &Resolved) -> Option<Id> {
    kind.def.assigned.and_then(|member| resolved.single.get(member).copied())
}

/// Adds the row of a new record.
pub fn record_row(
    rows: &mut Rows,
    context: &WriteContext<'_>,
    kind: &KindDef,
    home: &Home,
    head_version: i64,
    was_public: bool,
) {
    rows.push(
        "record",
        &["id", "kind", "body", "owner", "reference", "head_version", "created_at", "was_public"],
        vec![
            home.id.into(),
            kind.def.name.into(),
            home.body.as_ref().map(|(id, _)| *id).into(),
            home.owner.into(),
            home.reference.as_str().into(),
            head_version.into(),
            context.now.into(),
            was_public.into(),
        ],
    );
}

/// Adds the rows of a new version: in `record_version`, in the kind's table, its links, and its words for the search.
pub fn version_rows(
    rows: &mut Rows,
    context: &WriteContext<'_>,
    kind: &KindDef,
    home: &Home,
    draft: &Draft,
    place: &Place,
    contributors: &str,
) -> Result<(), Problem> {
    let text = serde_json::to_string(&draft.content).map_err(Problem::internal)?;
    let state = if place.public.is_some() { State::Published } else { State::Draft };
    // The columns that the visibility filter reads, in `record_version` and in the kind's table.
    let visibility: [(&str, Val); 7] = [
        ("listed", true.into()),
        ("is_head", place.is_head.into()),
        ("head_state", HeadState::Is(state).into()),
        ("body", home.body.as_ref().map(|(id, _)| *id).into()),
        ("assigned", assigned(kind, &draft.resolved).into()),
        ("public_from", place.public.map(|(from, _)| from).into()),
        ("public_to", place.public.map(|(_, to)| to).into()),
    ];
    let mut version: Vec<(&'static str, Val)> = vec![
        ("record", home.id.into()),
        ("version", place.version.into()),
        ("kind", kind.def.name.into()),
        ("reference", home.reference.as_str().into()),
        ("body_reference", home.body.as_ref().map(|(_, reference)| reference.clone()).into()),
        ("owner_reference", home.owner_reference.clone().into()),
        ("state", state.into()),
        ("title", represent::title(kind, &draft.content).into()),
        ("content", text.as_str().into()),
        ("digest", digest(&SHA256, text.as_bytes()).as_ref().to_vec().into()),
        ("contributors", contributors.into()),
        ("reason", draft.reason.clone().into()),
        ("author", context.actor.name().into()),
        ("authored_at", context.now.into()),
        ("publication", place.publication.into()),
        ("published_by", place.public.map(|_| context.actor.name().to_owned()).into()),
    ];
    version.extend(visibility.iter().cloned());
    let mut own: Vec<(&'static str, Val)> =
        vec![("record", home.id.into()), ("version", place.version.into())];
    own.extend(visibility);
    own.push(("reference", home.reference.as_str().into()));
    for column in kind.def.columns {
        own.extend(derived::values(column, &draft.content, &draft.resolved.single)?);
    }
    for (table, row) in [("record_version", version), (kind.def.table, own)] {
        let (columns, values): (Vec<&'static str>, Vec<Val>) = row.into_iter().unzip();
        rows.push(table, &columns, values);
    }
    links::rows(rows, kind, &draft.content, home.id, place.version, &draft.resolved.links);
    search::row(rows, kind, home.id, place.version, &home.reference, &draft.content);
    Ok(())
}
