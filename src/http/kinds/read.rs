//! Reads one record: get, versions, thread.

use serde::Serialize;
use serde_json::{Value, json};

use super::include::{included, render_one};
use super::list_reply::{fields, list_reply, select};
use crate::access::Who;
use crate::clock::{Id, Ts};
use crate::hex::hex;
use crate::http::paging::Page;
use crate::http::{Call, Reply};
use crate::problem::{self, Problem};
use crate::record::kind::KindDef;
use crate::record::read::{self, Name, Row, Tombstone};
use crate::record::redaction;
use crate::record::related::Related;
use crate::record::represent;
use crate::record::thread;
use crate::record::visible::{Audience, Visibility};
use crate::store::Conn;

/// The fields of a record as the public sees it, in order, with the computed fields.
pub fn public_fields(kind: &KindDef) -> Vec<String> {
    const ENVELOPE: &[&str] =
        &["id", "kind", "reference", "body", "owner", "self", "state", "version", "published_at"];
    let names = ENVELOPE.iter().copied().chain(kind.field_names()).chain(kind.computed_names());
    names.map(str::to_owned).collect()
}

/// The fields of a record as lists show it to the public.
pub fn list_fields(kind: &KindDef) -> Vec<String> {
    let mut names = public_fields(kind);
    if kind.computed.is_some_and(|computed| !computed.in_lists) {
        names.truncate(names.len() - kind.computed_names().len());
    }
    names
}

/// What the caller sees, now or at `as_of`.
pub fn visibility_of(call: &Call) -> Result<Visibility, Problem> {
    match call.past() {
        Ok(None) => Ok(call.visibility()),
        Ok(Some(moment)) => Ok(Visibility::as_of(moment)),
        Err(fault) => Err(Problem::bad_request(vec![fault])),
    }
}

/// The operation's kind.
pub fn kind_of(call: &Call) -> Result<&'static KindDef, Problem> {
    call.operation.kind.ok_or_else(|| Problem::internal("an operation without a kind"))
}

/// The version of the record in the path that the caller sees. 410 if the record was withdrawn and the caller could see
/// it, otherwise 404. A hidden record takes the same queries as one that never existed.
pub fn find(call: &Call, conn: &mut Conn, kind: &KindDef, visibility: &Visibility) -> Result<Row, Problem> {
    let name = Name::parse(kind, call.segment("id")).ok_or_else(Problem::not_found)?;
    if let Some(row) = read::one(conn, kind, &name, visibility)? {
        return Ok(row);
    }
    if let Some(tombstone) = read::tombstone(conn, kind, &name, visibility.office_body(kind.def.name))? {
        return Err(gone(kind, &tombstone));
    }
    match redaction::gone_at(conn, kind, &name, visibility.moment())? {
        Some(row) => Err(version_gone(kind, &row)),
        None => Err(Problem::not_found()),
    }
}

/// 410 with the record's tombstone.
pub fn gone(kind: &KindDef, tombstone: &Tombstone) -> Problem {
    let mut problem = Problem::new(
        &problem::GONE,
        format!("This {} was withdrawn on {}.", kind.def.one, tombstone.withdrawn_at.0.date_naive()),
    );
    problem.extra.push(("tombstone", tombstone_value(kind, tombstone)));
    problem
}

/// 410 with a tombstone for a version whose content was destroyed, while others of its record exist.
fn version_gone(kind: &KindDef, row: &Row) -> Problem {
    let day = row.redacted_at.unwrap_or(row.authored_at).0.date_naive();
    let mut problem =
        Problem::new(&problem::GONE, format!("This version of the {} was redacted on {day}.", kind.def.one));
    let tombstone = json!({
        "id": row.record,
        "kind": kind.def.name,
        "withdrawn_at": row.redacted_at,
        "withdrawn_by": row.owner_reference,
        "reason": "Redacted for data protection; other versions of the record still exist.",
        "redacted_at": row.redacted_at,
    });
    problem.extra.push(("tombstone", tombstone));
    problem
}

/// A tombstone as JSON.
pub fn tombstone_value(kind: &KindDef, tombstone: &Tombstone) -> Value {
    json!({
        "id": tombstone.record,
        "kind": kind.def.name,
        "withdrawn_at": tombstone.withdrawn_at,
        "withdrawn_by": tombstone.office,
        "reason": tombstone.reason,
        "redacted_at": tombstone.redacted_at,
    })
}

/// `GET /v1/{kind}/{id}`.
pub fn get(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let kind = kind_of(call)?;
    let visibility = visibility_of(call)?;
    let row = find(call, conn, kind, &visibility)?;
    let rows = [row];
    let mut text = render_one(conn, kind, &rows[0], &visibility)?;
    let fields = fields(call);
    if !fields.is_empty() {
        let value: Value = serde_json::from_str(&text).map_err(Problem::internal)?;
        text = select(&value, &fields).to_string();
    }
    if let Some(included) = included(call, conn, kind, &rows, &visibility)? {
        text.pop();
        if text.len() > 1 {
            text.push(',');
        }
        text.push_str("\"included\":");
        text.push_str(&Value::Object(included).to_string());
        text.push('}');
    }
    Ok(Reply::json(text))
}

/// A version in a record's history.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct VersionLine {
    /// The number of the publication, from 1; null if the version was never public.
    #[schema(minimum = 1, maximum = 1000000)]
    version: Option<i64>,
    /// The number of the edit, from 1; only for the office.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 1000000)]
    edit: Option<i64>,
    /// The state of this version, or `redacted`.
    #[schema(max_length = 16)]
    state: String,
    /// The title of this version.
    #[schema(max_length = 200)]
    title: String,
    /// The moment from which this version is or was public.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    published_at: Option<Ts>,
    /// The moment at which another publication replaced this one.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    superseded_at: Option<Ts>,
    /// The SHA-256 of the content as canonical JSON, in hexadecimal.
    #[schema(max_length = 64)]
    digest: String,
    /// The address of this version, which always returns it.
    #[serde(rename = "self")]
    #[schema(max_length = 200)]
    self_link: String,
    /// Who made this edit; only for the office.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 128)]
    author: Option<String>,
    /// The same with label and roles; only for the office.
    #[serde(skip_serializing_if = "Option::is_none")]
    who: Option<Who>,
    /// When this edit was made; only for the office.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    authored_at: Option<Ts>,
    /// Why this edit was made; only for the office.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 2000)]
    edit_reason: Option<String>,
}

/// The columns of a history in CSV.
const VERSION_FIELDS: &[&str] = &[
    "version",
    "edit",
    "state",
    "title",
    "published_at",
    "superseded_at",
    "digest",
    "self",
    "author",
    "authored_at",
    "edit_reason",
    "who",
];

/// `GET /v1/{kind}/{id}/versions`.
pub fn versions(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let kind = kind_of(call)?;
    let visibility = call.visibility();
    let row = find(call, conn, kind, &visibility)?;
    // Only those who reach every draft see every edit; auditors see what was published.
    let office = row.body.is_some() && visibility.office_body(kind.def.name) == row.body;
    let rows = match office {
        true => read::versions(conn, row.record)?,
        false => read::publications(conn, row.record, call.now())?,
    };
    let shown: Vec<(&Row, Audience)> =
        rows.iter().filter(|_| office).map(|row| (row, Audience::Office)).collect();
    let related = Related::read(conn, &shown, &visibility)?;
    let line = |row: &Row| serde_json::to_value(version_line(kind, row, call.now(), office, &related));
    let lines: Result<Vec<Value>, _> = rows.iter().map(line).collect();
    let fields = if office {
        VERSION_FIELDS.to_vec()
    } else {
        VERSION_FIELDS
            .iter()
            .copied()
            .filter(|field| !["edit", "author", "authored_at", "edit_reason", "who"].contains(field))
            .collect()
    };
    list_reply(
        call,
        &fields,
        &lines.map_err(Problem::internal)?,
        &Page { limit: 1_000, next: None, total: None },
    )
}

fn version_line(kind: &KindDef, row: &Row, now: Ts, office: bool, related: &Related) -> VersionLine {
    let superseded_at = row.public_to.filter(|to| *to <= now);
    VersionLine {
        version: row.publication,
        edit: office.then_some(row.version),
        state: match row.redacted_at {
            Some(_) => "redacted".to_owned(),
            None => row.state.shown(row.public_to, now).to_owned(),
        },
        title: row.title.clone(),
        published_at: row.public_from,
        superseded_at,
        digest: hex(&row.digest),
        self_link: represent::version_link(kind, row),
        author: office.then(|| row.author.clone()),
        who: related.person(&row.author).filter(|_| office),
        authored_at: office.then_some(row.authored_at),
        edit_reason: row.reason.clone().filter(|_| office),
    }
}

/// `GET /v1/{kind}/{id}/versions/{n}`: `n` is the number of a publication, the same for everyone; for the office, `e7`
/// is the seventh edit.
pub fn version(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let kind = kind_of(call)?;
    let visibility = call.visibility();
    let row = find(call, conn, kind, &visibility)?;
    // Only those who reach every draft see every edit; auditors see what was published.
    let office = row.body.is_some() && visibility.office_body(kind.def.name) == row.body;
    let number = |text: &str| text.parse::<i64>().ok().filter(|n| n.to_string() == text && *n > 0);
    let requested = call.segment("n");
    if let Some(edit) = requested.strip_prefix('e') {
        let edit = number(edit).filter(|_| office).ok_or_else(Problem::not_found)?;
        let found = read::versions(conn, row.record)?.into_iter().find(|row| row.version == edit);
        let found = found.ok_or_else(Problem::not_found)?;
        if found.redacted_at.is_some() {
            return Err(version_gone(kind, &found));
        }
        let related = Related::read(conn, &[(&found, Audience::Office)], &visibility)?;
        let text = represent::version_to_json(kind, &found, Audience::Office, call.now(), &related)?;
        return Ok(Reply::json(text));
    }
    let n = number(requested).ok_or_else(Problem::not_found)?;
    let found =
        read::publications(conn, row.record, call.now())?.into_iter().find(|row| row.publication == Some(n));
    let found = found.ok_or_else(Problem::not_found)?;
    if found.redacted_at.is_some() {
        return Err(version_gone(kind, &found));
    }
    Ok(Reply::json(represent::version_to_json(
        kind,
        &found,
        Audience::Public,
        call.now(),
        &Related::default(),
    )?))
}

/// `GET /v1/{kind}/{id}/thread`.
pub fn thread(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let kind = kind_of(call)?;
    let visibility = visibility_of(call)?;
    let row = find(call, conn, kind, &visibility)?;
    let depth = call.params.int("depth").unwrap_or(thread::DEFAULT_DEPTH);
    let mut rels: Vec<&'static str> = call
        .state
        .kinds
        .iter()
        .flat_map(|kind| kind.references())
        .filter(|reference| reference.thread)
        .map(|reference| reference.rel)
        .collect();
    rels.sort_unstable();
    rels.dedup();
    let thread = thread::walk(conn, &row, &visibility, depth, &rels, &|name| call.state.path_of(name))?;
    Reply::value(&thread)
}

/// The record after a change, as the caller now sees it: its JSON and its row.
pub fn after_change(
    call: &Call,
    conn: &mut Conn,
    kind: &KindDef,
    record: Id,
) -> Result<(String, Row), Problem> {
    let visibility = call.visibility();
    let row = read::one(conn, kind, &Name::Id(record), &visibility)?
        .ok_or_else(|| Problem::internal("the caller does not see the record that it has just written"))?;
    let text = render_one(conn, kind, &row, &visibility)?;
    Ok((text, row))
}
