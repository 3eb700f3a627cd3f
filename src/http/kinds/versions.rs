//! The versions of a record: its history, one of them, and what differs between two.

use serde::Serialize;
use serde_json::Value;

use super::list_params::format_param;
use super::list_reply::{list_reply, wants_csv};
use super::read::{find, kind_of, version_gone};
use super::wording::{ID, article, shown};
use crate::access::{Rule, Who};
use crate::clock::Ts;
use crate::hex::hex;
use crate::http::operation::{Answer, Handler, Method, Operation};
use crate::http::paging::Page;
use crate::http::{Call, Reply};
use crate::problem::Problem;
use crate::record::diff::{self as difference, Difference};
use crate::record::kind::KindDef;
use crate::record::read::{self, Row};
use crate::record::related::Related;
use crate::record::represent;
use crate::record::visible::Audience;
use crate::store::Conn;

/// The operations on the versions of a kind's records. `content` is the schema of a version.
pub fn operations(kind: &'static KindDef, base: &str, rule: Rule, content: Value) -> [Operation; 3] {
    let one = kind.def.one;
    let mut history = Operation::new(
        Method::Get,
        format!("{base}/{{id}}/versions"),
        format!("list_{}_versions", kind.def.name),
        rule,
        Handler::Read(versions),
    );
    history.summary = format!("List the versions of {} {one}", article(one));
    history.description =
        "Every publication, the latest first, each with its permanent address. The office also gets every edit."
            .to_owned();
    history.path_params = vec![ID];
    history.params = vec![format_param()];
    history.answers = vec![Answer::named(200, "The versions.", "VersionList").or_csv()];
    history.problems = vec![404, 409, 410];
    history.example = shown(kind, "/versions");
    history.cached = true;

    let mut one_version = Operation::new(
        Method::Get,
        format!("{base}/{{id}}/versions/{{n}}"),
        format!("get_{}_version", kind.def.name),
        rule,
        Handler::Read(version),
    );
    one_version.summary = format!("Get one version of {} {one}", article(one));
    one_version.description =
        "The publication with this number: the same content for everyone, permanently. For the office `e7` is the seventh edit."
            .to_owned();
    one_version.path_params =
        vec![ID, ("n", "The number of the publication, or `e` and the number of the edit.")];
    one_version.answers = vec![Answer::json(200, "The version.", content)];
    one_version.problems = vec![404, 409, 410];
    one_version.example = shown(kind, "/versions/1");
    one_version.cached = true;

    let mut diff_of_two = Operation::new(
        Method::Get,
        format!("{base}/{{id}}/versions/{{n}}/diff/{{m}}"),
        format!("get_{}_version_difference", kind.def.name),
        rule,
        Handler::Read(diff),
    );
    diff_of_two.summary = format!("Compare two versions of {} {one}", article(one));
    diff_of_two.description =
        "What differs between two versions, field by field, with the value before and after. The versions are named as at `versions/{n}`."
            .to_owned();
    diff_of_two.path_params =
        vec![ID, ("n", "The version that is compared."), ("m", "The version that it is compared with.")];
    diff_of_two.params = vec![format_param()];
    diff_of_two.answers = vec![Answer::named(200, "What differs.", "VersionDifference").or_csv()];
    diff_of_two.problems = vec![404, 409, 410];
    diff_of_two.example = shown(kind, "/versions/1/diff/1");
    diff_of_two.cached = true;
    [history, one_version, diff_of_two]
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
    let office = visibility.reads_drafts_of(&row);
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
    let found = named_version(call, conn, kind, &row, call.segment("n"))?;
    let (audience, related) = match found.is_edit {
        true => {
            let related = Related::read(conn, &[(&found.row, Audience::Office)], &visibility)?;
            (Audience::Office, related)
        }
        false => (Audience::Public, Related::default()),
    };
    Ok(Reply::json(represent::version_to_json(kind, &found.row, audience, call.now(), &related)?))
}

/// A version that a path names.
struct NamedVersion {
    row: Row,
    /// Whether it is named by the number of its edit, as the office does.
    is_edit: bool,
}

/// The version with this name. 404 if the caller may not see it, 410 if its content was destroyed.
fn named_version(
    call: &Call,
    conn: &mut Conn,
    kind: &KindDef,
    row: &Row,
    name: &str,
) -> Result<NamedVersion, Problem> {
    let office = call.visibility().reads_drafts_of(row);
    let number = |text: &str| text.parse::<i64>().ok().filter(|n| n.to_string() == text && *n > 0);
    let (found, is_edit) = match name.strip_prefix('e') {
        Some(edit) => {
            let edit = number(edit).filter(|_| office).ok_or_else(Problem::not_found)?;
            (read::versions(conn, row.record)?.into_iter().find(|row| row.version == edit), true)
        }
        None => {
            let n = number(name).ok_or_else(Problem::not_found)?;
            let publications = read::publications(conn, row.record, call.now())?;
            (publications.into_iter().find(|row| row.publication == Some(n)), false)
        }
    };
    let found = found.ok_or_else(Problem::not_found)?;
    match found.redacted_at {
        Some(_) => Err(version_gone(kind, &found)),
        None => Ok(NamedVersion { row: found, is_edit }),
    }
}

/// What differs between two versions of a record.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct VersionDifference {
    /// The address of the version that is compared.
    #[schema(max_length = 200)]
    from: String,
    /// The address of the version that it is compared with.
    #[schema(max_length = 200)]
    to: String,
    /// The fields that differ, in the order of the record's fields. Empty if the content is the same.
    #[schema(max_items = 5000)]
    changed: Vec<Difference>,
}

/// The columns of the differences in CSV.
const DIFFERENCE_FIELDS: &[&str] = &["field", "pointer", "before", "after"];

/// `GET /v1/{kind}/{id}/versions/{n}/diff/{m}`: what differs between two versions, field by field.
pub fn diff(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let csv = wants_csv(call)?;
    let kind = kind_of(call)?;
    let row = find(call, conn, kind, &call.visibility())?;
    let from = named_version(call, conn, kind, &row, call.segment("n"))?;
    let to = named_version(call, conn, kind, &row, call.segment("m"))?;
    let content = |version: &NamedVersion| -> Result<Value, Problem> {
        let text = represent::content(kind, &version.row)?;
        serde_json::from_str(&text).map_err(Problem::internal)
    };
    let link = |version: &NamedVersion| match version.is_edit {
        true => format!("{}/versions/e{}", kind.self_link(version.row.record), version.row.version),
        false => represent::version_link(kind, &version.row),
    };
    let changed = difference::diff(&content(&from)?, &content(&to)?);
    if csv {
        let lines: Result<Vec<Value>, _> = changed.iter().map(serde_json::to_value).collect();
        let page = Page { limit: 5_000, next: None, total: None };
        return list_reply(call, DIFFERENCE_FIELDS, &lines.map_err(Problem::internal)?, &page);
    }
    Reply::value(&VersionDifference { from: link(&from), to: link(&to), changed })
}
