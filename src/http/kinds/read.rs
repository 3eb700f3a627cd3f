//! One record: get, versions, thread.

use serde::Serialize;
use serde_json::{Value, json};

use super::include::{included, render_one};
use super::list_reply::{fields, list_reply, select};
use crate::access::client::hex;
use crate::clock::{Id, Ts};
use crate::http::paging::Page;
use crate::http::{Call, Reply};
use crate::problem::{self, Fault, Problem};
use crate::record::kind::KindDef;
use crate::record::read::{self, Name, Row, Tombstone};
use crate::record::redaction;
use crate::record::represent;
use crate::record::thread;
use crate::record::visible::{Audience, Visibility};
use crate::store::Conn;

/// The members of a record's public form, in order, with all that stands beside it.
pub fn public_members(kind: &KindDef) -> Vec<String> {
    const ENVELOPE: &[&str] =
        &["id", "kind", "reference", "body", "owner", "self", "state", "version", "published_at"];
    let names = ENVELOPE.iter().copied().chain(kind.member_names()).chain(kind.computed_names());
    names.map(str::to_owned).collect()
}

/// The same, as lists show it.
pub fn list_members(kind: &KindDef) -> Vec<String> {
    let mut names = public_members(kind);
    if kind.computed.is_some_and(|computed| !computed.in_lists) {
        names.truncate(names.len() - kind.computed_names().len());
    }
    names
}

/// What the caller sees, now or at `as_of`.
pub fn sight_of(call: &Call) -> Result<Visibility, Problem> {
    match call.params.moment("as_of") {
        None => Ok(call.visibility()),
        Some(moment) if moment <= call.now() => Ok(Visibility::as_of(moment)),
        Some(_) => Err(Problem::bad_request(vec![Fault::parameter(
            "as_of",
            "out_of_range",
            format!("What will be public is not on record; give a moment up to now ({}).", call.now()),
        )])),
    }
}

/// The kind that the operation works on.
pub fn kind_of(call: &Call) -> Result<&'static KindDef, Problem> {
    call.operation.kind.ok_or_else(|| Problem::internal("an operation without a kind"))
}

/// The version of the record in the path that is seen; 410 for what was withdrawn from who could see it, 404
/// for anything else. The same queries for a record that is hidden and for one that never was.
pub fn find(call: &Call, conn: &mut Conn, kind: &KindDef, visibility: &Visibility) -> Result<Row, Problem> {
    let name = Name::parse(kind, call.segment("id")).ok_or_else(Problem::not_found)?;
    if let Some(row) = read::one(conn, kind, &name, visibility)? {
        return Ok(row);
    }
    if let Some(tombstone) = read::tombstone(conn, kind, &name, visibility.office_body(kind.def.name))? {
        return Err(gone(kind, &tombstone));
    }
    match redaction::gone_at(conn, kind, name.id(kind), visibility.moment())? {
        Some(row) => Err(version_gone(kind, &row)),
        None => Err(Problem::not_found()),
    }
}

/// 410, with what is left to say.
pub fn gone(kind: &KindDef, tombstone: &Tombstone) -> Problem {
    let mut problem = Problem::new(
        &problem::GONE,
        format!("This {} was withdrawn on {}.", kind.def.one, tombstone.withdrawn_at.0.date_naive()),
    );
    problem.extra.push(("tombstone", tombstone_value(kind, tombstone)));
    problem
}

/// 410 for a version whose content was destroyed, while its record lives.
fn version_gone(kind: &KindDef, row: &Row) -> Problem {
    let day = row.redacted_at.unwrap_or(row.authored_at).0.date_naive();
    let mut problem =
        Problem::new(&problem::GONE, format!("This version of the {} was redacted on {day}.", kind.def.one));
    let tombstone = json!({
        "id": row.record,
        "kind": kind.def.name,
        "withdrawn_at": row.redacted_at,
        "withdrawn_by": row.owner_reference,
        "reason": "Redacted for data protection; other versions of the record stand.",
        "redacted_at": row.redacted_at,
    });
    problem.extra.push(("tombstone", tombstone));
    problem
}

/// A tombstone, written out.
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
    let visibility = sight_of(call)?;
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

/// A line of a record's history.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct VersionLine {
    /// Its number among the publications; null for what was never public.
    #[schema(minimum = 1, maximum = 1000000)]
    version: Option<i64>,
    /// The number of the edit; only for the office.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 1000000)]
    edit: Option<i64>,
    /// Its state.
    #[schema(max_length = 16)]
    state: String,
    /// Its title at the time.
    #[schema(max_length = 200)]
    title: String,
    /// Since when it is, or was, public.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    published_at: Option<Ts>,
    /// Until when it was.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    superseded_at: Option<Ts>,
    /// SHA-256 of its content as canonical JSON, in hexadecimal.
    #[schema(max_length = 64)]
    digest: String,
    /// Its address: it always answers with this version.
    #[serde(rename = "self")]
    #[schema(max_length = 200)]
    self_link: String,
    /// Who made it; only for the office.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 128)]
    author: Option<String>,
    /// When; only for the office.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    authored_at: Option<Ts>,
    /// Why; only for the office.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 2000)]
    edit_reason: Option<String>,
}

/// The columns of a history in CSV.
const VERSION_MEMBERS: &[&str] = &[
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
    let lines: Result<Vec<Value>, _> =
        rows.iter().map(|row| serde_json::to_value(version_line(kind, row, call.now(), office))).collect();
    let members = if office {
        VERSION_MEMBERS.to_vec()
    } else {
        VERSION_MEMBERS
            .iter()
            .copied()
            .filter(|member| !["edit", "author", "authored_at", "edit_reason"].contains(member))
            .collect()
    };
    list_reply(
        call,
        &members,
        &lines.map_err(Problem::internal)?,
        &Page { limit: 1_000, next: None, total: None },
    )
}

fn version_line(kind: &KindDef, row: &Row, now: Ts, office: bool) -> VersionLine {
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
        authored_at: office.then_some(row.authored_at),
        edit_reason: row.reason.clone().filter(|_| office),
    }
}

/// `GET /v1/{kind}/{id}/versions/{n}`: `n` counts publications, the same for everyone; `e7` is the seventh
/// edit, for the office.
pub fn version(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let kind = kind_of(call)?;
    let visibility = call.visibility();
    let row = find(call, conn, kind, &visibility)?;
    // Only those who reach every draft see every edit; auditors see what was published.
    let office = row.body.is_some() && visibility.office_body(kind.def.name) == row.body;
    let number = |text: &str| text.parse::<i64>().ok().filter(|n| n.to_string() == text && *n > 0);
    let asked = call.segment("n");
    if let Some(edit) = asked.strip_prefix('e') {
        let edit = number(edit).filter(|_| office).ok_or_else(Problem::not_found)?;
        let found = read::versions(conn, row.record)?.into_iter().find(|row| row.version == edit);
        let found = found.ok_or_else(Problem::not_found)?;
        if found.redacted_at.is_some() {
            return Err(version_gone(kind, &found));
        }
        let approvals = represent::approvals(conn, &[found.record])?;
        let text = represent::write_version(kind, &found, Audience::Office, call.now(), Some(&approvals))?;
        return Ok(Reply::json(text));
    }
    let n = number(asked).ok_or_else(Problem::not_found)?;
    let found =
        read::publications(conn, row.record, call.now())?.into_iter().find(|row| row.publication == Some(n));
    let found = found.ok_or_else(Problem::not_found)?;
    if found.redacted_at.is_some() {
        return Err(version_gone(kind, &found));
    }
    Ok(Reply::json(represent::write_version(kind, &found, Audience::Public, call.now(), None)?))
}

/// `GET /v1/{kind}/{id}/thread`.
pub fn thread(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let kind = kind_of(call)?;
    let visibility = sight_of(call)?;
    let row = find(call, conn, kind, &visibility)?;
    let depth = call.params.int("depth").unwrap_or(thread::DEPTH.0);
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
    let walked = thread::walk(conn, &row, &visibility, depth, &rels, &|name| call.state.path_of(name))?;
    Reply::value(&walked)
}

/// The record and version of a deed, as its author reads it now.
pub fn made(call: &Call, conn: &mut Conn, kind: &KindDef, record: Id) -> Result<(String, Row), Problem> {
    let visibility = call.visibility();
    let row = read::one(conn, kind, &Name::Id(record), &visibility)?
        .ok_or_else(|| Problem::internal("a record that was just written is not seen by its writer"))?;
    let text = render_one(conn, kind, &row, &visibility)?;
    Ok((text, row))
}
