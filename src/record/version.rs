//! A version on its way into the tables: where it belongs, where it stands among the others, the rows that it makes.

use aws_lc_rs::digest::{SHA256, digest};
use chrono::NaiveDate;
use serde_json::Value;

use super::kind::{Column, KindDef, Sort, Ty};
use super::links;
use super::money;
use super::represent;
use super::resolve::Resolved;
use super::rows::Rows;
use super::search;
use super::state::{HeadState, State};
use super::write_context::WriteContext;
use crate::clock::{Id, Ts};
use crate::problem::Problem;
use crate::store::Val;

/// A version about to be stored.
pub struct Draft {
    /// Its content, canonical.
    pub content: Value,
    /// The records that it names.
    pub resolved: Resolved,
    /// Why it is made.
    pub reason: Option<String>,
}

/// Where a new record belongs.
pub struct Home {
    /// Its id.
    pub id: Id,
    /// What people will call it.
    pub reference: String,
    /// Its body, by id and reference; none for reference data.
    pub body: Option<(Id, String)>,
    /// The organisation that owns it.
    pub owner: Option<Id>,
    /// That organisation's reference.
    pub owner_reference: Option<String>,
}

/// Where a version stands among those of its record.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The number of the edit.
    pub version: i64,
    /// The number of the publication, where it is one already.
    pub publication: Option<i64>,
    /// When it is public.
    pub public: Option<(Ts, Ts)>,
    /// Whether it is the working version.
    pub is_head: bool,
}

impl Place {
    /// A working version: a draft, or public from a moment on.
    pub fn head(version: i64, public_from: Option<Ts>, publication: Option<i64>) -> Place {
        let public = public_from.map(|from| (from, Ts::NEVER));
        Place { version, publication, public, is_head: true }
    }
}

/// The organisation that a content assigns its record to.
pub fn assigned(kind: &KindDef, resolved: &Resolved) -> Option<Id> {
    kind.def.assigned.and_then(|member| resolved.single.get(member).copied())
}

/// The row of a new record.
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

/// The rows of a version: its own, that of the kind's table, those of its links, that of its words.
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
    // What visibility looks at: in the table of versions and in the kind's own.
    let slices: [(&str, Val); 7] = [
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
    version.extend(slices.iter().cloned());
    let mut own: Vec<(&'static str, Val)> =
        vec![("record", home.id.into()), ("version", place.version.into())];
    own.extend(slices);
    own.push(("reference", home.reference.as_str().into()));
    for column in kind.def.columns {
        let value = column_value(column, draft)?;
        if let Sort::Nullable { asc, desc } = column.sort {
            own.extend([(asc, instead_of_null(&value, false)), (desc, instead_of_null(&value, true))]);
        }
        own.push((column.column, value));
    }
    for (table, row) in [("record_version", version), (kind.def.table, own)] {
        let (columns, values): (Vec<&'static str>, Vec<Val>) = row.into_iter().unzip();
        rows.push(table, &columns, values);
    }
    links::rows(rows, home.id, place.version, &draft.resolved.links);
    search::row(rows, kind, home.id, place.version, &home.reference, &draft.content);
    Ok(())
}

fn column_value(column: &Column, draft: &Draft) -> Result<Val, Problem> {
    let value = column.member(&draft.content);
    let odd = || Problem::internal(format!("the member {} does not fit its column", column.path));
    Ok(match column.ty {
        Ty::Ref(_) => Val::OptId(draft.resolved.single.get(column.path).copied()),
        _ if value.is_null() => match column.ty {
            Ty::Int | Ty::Money => Val::OptInt(None),
            Ty::Bool => Val::OptBool(None),
            Ty::Date => Val::OptDate(None),
            Ty::Text | Ty::Ref(_) => Val::OptText(None),
        },
        Ty::Text => Val::Text(value.as_str().ok_or_else(odd)?.to_owned()),
        Ty::Int => Val::Int(value.as_i64().ok_or_else(odd)?),
        Ty::Bool => Val::Bool(value.as_bool().ok_or_else(odd)?),
        Ty::Money => Val::Int(money::pence_of(value).ok_or_else(odd)?),
        Ty::Date => Val::Date(value.as_str().and_then(|text| text.parse().ok()).ok_or_else(odd)?),
    })
}

/// The least or the greatest value of a column's type, in place of null.
pub fn instead_of_null(value: &Val, descending: bool) -> Val {
    let date = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default();
    match (value, descending) {
        (Val::OptDate(None), false) => Val::Date(date(9999, 12, 31)),
        (Val::OptDate(None), true) => Val::Date(date(1, 1, 1)),
        (Val::OptInt(None), false) => Val::Int(i64::MAX),
        (Val::OptInt(None), true) => Val::Int(i64::MIN),
        // U+10FFFF sorts behind every text that a person would write.
        (Val::OptBool(None), descending) => Val::Bool(!descending),
        (Val::OptText(None), false) => Val::Text("\u{10ffff}".to_owned()),
        (Val::OptText(None), true) => Val::Text(String::new()),
        (value, _) => value.clone(),
    }
}
