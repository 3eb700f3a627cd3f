//! How a version is written out: one form for each audience.
//!
//! What the public must not see is not a member of the public's form, so nothing has to be remembered and
//! left out. The content is stored as canonical JSON and is put behind the envelope as it stands.

use std::borrow::Cow;
use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types as st;
use serde::Serialize;
use serde_json::Value;

use super::kind::KindDef;
use super::row::{Audience, Row};
use crate::clock::{Id, Ts};
use crate::problem::Problem;
use crate::store::types::Tstz;
use crate::store::types::Uid;
use crate::store::{Conn, Sql};

/// What everyone sees of a published version.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PublicEnvelope<'a> {
    /// The record's id (UUIDv7).
    #[schema(value_type = String, format = "uuid", max_length = 36)]
    id: Id,
    /// Its kind.
    #[schema(max_length = 64)]
    kind: &'a str,
    /// What people call it; unique in its body and kind.
    #[schema(max_length = 64, pattern = "^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    reference: &'a str,
    /// The policing body that it belongs to, by reference; null for reference data.
    #[schema(max_length = 64)]
    body: Option<&'a str>,
    /// The organisation that owns it, by reference; null for reference data.
    #[schema(max_length = 64)]
    owner: Option<&'a str>,
    /// Its canonical address.
    #[serde(rename = "self")]
    #[schema(max_length = 200)]
    self_link: String,
    /// `published`; `superseded` for a version that another has replaced.
    #[schema(max_length = 16)]
    state: &'a str,
    /// Its number among the publications of this record, from 1: cite this.
    #[schema(minimum = 1, maximum = 1000000)]
    version: Option<i64>,
    /// Since when this version is public.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    published_at: Option<Ts>,
}

/// What the organisation that a record is assigned to sees of its working version.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PartnerEnvelope<'a> {
    #[serde(flatten)]
    public: PublicEnvelope<'a>,
    /// The number of this edit, from 1.
    #[schema(minimum = 1, maximum = 1000000)]
    edit: i64,
    /// When this edit was made.
    #[schema(value_type = String, format = "date-time", max_length = 32)]
    authored_at: Ts,
}

/// What the Police and Crime Panel sees of a version that was shared with it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PanelEnvelope<'a> {
    #[serde(flatten)]
    public: PublicEnvelope<'a>,
    /// The number of this edit, from 1.
    #[schema(minimum = 1, maximum = 1000000)]
    edit: i64,
    /// Until when it is to be kept within the Panel; null for no embargo.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    embargo_until: Option<Ts>,
}

/// What the office and its auditors see of a working version.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OfficeEnvelope<'a> {
    #[serde(flatten)]
    partner: PartnerEnvelope<'a>,
    /// Who made this edit.
    #[schema(max_length = 128)]
    author: &'a str,
    /// Who has written since the last publication: none of them may publish it.
    #[schema(max_items = 1000)]
    contributors: Vec<&'a str>,
    /// Why the change was made, as its author said.
    #[schema(max_length = 2000)]
    edit_reason: Option<&'a str>,
    /// Why it was handed back, if it was.
    #[schema(max_length = 2000)]
    returned_reason: Option<&'a str>,
    /// Until when the Panel, with which it was shared, keeps it to itself.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    embargo_until: Option<Ts>,
    /// Who approved this version.
    #[schema(max_items = 100)]
    approvals: Vec<ApprovalView>,
}

/// An approval.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct ApprovalView {
    /// In which role.
    #[schema(max_length = 64)]
    pub role: String,
    /// By whom.
    #[schema(max_length = 128)]
    pub person: String,
    /// When.
    #[schema(value_type = String, format = "date-time", max_length = 32)]
    pub at: Ts,
}

/// The approvals of versions, by record and version.
pub type Approvals = BTreeMap<(Id, i64), Vec<ApprovalView>>;

#[derive(QueryableByName)]
struct ApprovalRow {
    #[diesel(sql_type = Uid)]
    record: Id,
    #[diesel(sql_type = st::BigInt)]
    version: i64,
    #[diesel(sql_type = st::Text)]
    role: String,
    #[diesel(sql_type = st::Text)]
    person: String,
    #[diesel(sql_type = Tstz)]
    at: Ts,
}

/// Reads the approvals of these records' versions, in one query.
pub fn approvals(conn: &mut Conn, records: &[Id]) -> Result<Approvals, Problem> {
    let mut all = Approvals::new();
    for chunk in records.chunks(500) {
        let rows: Vec<ApprovalRow> = Sql::new(
            "SELECT a.record, a.version, a.role, a.person, a.at FROM approval a WHERE a.record IN (",
        )
        .bind_all(chunk.iter().copied())
        .text(") ORDER BY a.record, a.version, a.role, a.person")
        .one_off()
        .load(conn)?;
        for row in rows {
            all.entry((row.record, row.version)).or_default().push(ApprovalView {
                role: row.role,
                person: row.person,
                at: row.at,
            });
        }
    }
    Ok(all)
}

/// Writes the version of a record out that an audience sees, as it stands at `moment`.
pub fn write(
    kind: &KindDef,
    row: &Row,
    audience: Audience,
    moment: Ts,
    approvals: Option<&Approvals>,
) -> Result<String, Problem> {
    written(kind, row, kind.self_link(row.record), audience, moment, approvals)
}

/// The same of one version for good: its `self` is the version's own address.
pub fn write_version(
    kind: &KindDef,
    row: &Row,
    audience: Audience,
    moment: Ts,
    approvals: Option<&Approvals>,
) -> Result<String, Problem> {
    written(kind, row, version_link(kind, row), audience, moment, approvals)
}

/// The address of one version: by its publication's number, or by its edit's.
pub fn version_link(kind: &KindDef, row: &Row) -> String {
    let number = row.publication.map_or_else(|| format!("e{}", row.version), |n| n.to_string());
    format!("{}/versions/{number}", kind.self_link(row.record))
}

fn written(
    kind: &KindDef,
    row: &Row,
    self_link: String,
    audience: Audience,
    moment: Ts,
    approvals: Option<&Approvals>,
) -> Result<String, Problem> {
    let started = row.public_from.is_some_and(|from| from <= moment);
    let state = row.state.shown(row.public_to, moment);
    let public = PublicEnvelope {
        id: row.record,
        kind: kind.def.name,
        reference: &row.reference,
        body: row.body_reference.as_deref(),
        owner: row.owner_reference.as_deref(),
        self_link,
        state,
        version: row.publication.filter(|_| started || audience != Audience::Public),
        published_at: row.public_from,
    };
    let partner = |public| PartnerEnvelope { public, edit: row.version, authored_at: row.authored_at };
    let envelope = match audience {
        Audience::Public => serde_json::to_string(&public),
        Audience::Partner => serde_json::to_string(&partner(public)),
        Audience::Panel => serde_json::to_string(&PanelEnvelope {
            public,
            edit: row.version,
            embargo_until: row.embargo_until,
        }),
        Audience::Office => serde_json::to_string(&OfficeEnvelope {
            partner: partner(public),
            author: &row.author,
            contributors: contributors(row),
            edit_reason: row.reason.as_deref(),
            returned_reason: row.returned_reason.as_deref(),
            embargo_until: row.embargo_until,
            approvals: approvals
                .and_then(|all| all.get(&(row.record, row.version)))
                .cloned()
                .unwrap_or_default(),
        }),
    }
    .map_err(Problem::internal)?;
    Ok(splice(&envelope, &with_added(&row.content, kind.def.added)))
}

/// A stored content, with all the members that its kind has by now, in their order.
pub fn content<'a>(kind: &KindDef, row: &'a Row) -> Result<Cow<'a, str>, Problem> {
    if let Cow::Borrowed(content) = with_added(&row.content, kind.def.added) {
        return Ok(Cow::Borrowed(content));
    }
    let value = row.content_value()?.clone();
    let whole =
        kind.canonical(value).map_err(|_| Problem::internal("a stored content is not one any more"))?;
    Ok(Cow::Owned(whole.to_string()))
}

/// The content with null for each member that it is too old to have.
fn with_added<'a>(content: &'a str, added: &[&str]) -> Cow<'a, str> {
    let mut content = Cow::Borrowed(content);
    for name in added {
        // Inside a text the quote behind the name would be escaped, so this is a member or nothing.
        if !content.contains(&format!("\"{name}\":")) {
            content = Cow::Owned(splice(&content, &format!("{{\"{name}\":null}}")));
        }
    }
    content
}

/// Who has written since the last publication.
pub fn contributors(row: &Row) -> Vec<&str> {
    row.contributors.split(' ').filter(|name| !name.is_empty()).collect()
}

/// Puts the members of the second object behind those of the first.
pub fn splice(first: &str, second: &str) -> String {
    match (first.strip_suffix('}'), second.strip_prefix('{')) {
        (Some(first), Some(second)) if second != "}" => format!("{first},{second}"),
        _ => first.to_owned(),
    }
}

/// The title that a content gives its record.
pub fn title(kind: &KindDef, content: &Value) -> String {
    content[kind.def.title].as_str().unwrap_or_default().chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::{splice, with_added};

    #[test]
    fn content_stands_behind_the_envelope() {
        assert_eq!(splice(r#"{"a":1}"#, r#"{"b":2}"#), r#"{"a":1,"b":2}"#);
        assert_eq!(splice(r#"{"a":1}"#, "{}"), r#"{"a":1}"#);
    }

    #[test]
    fn a_content_of_old_has_the_members_that_came_later() {
        let told = r#"{"title":"It says \"term\":1","note":null}"#;
        assert_eq!(with_added(told, &["term"]), r#"{"title":"It says \"term\":1","note":null,"term":null}"#);
        for whole in [r#"{"term":null}"#, r#"{"title":"A","term":"b:T-1","note":null}"#] {
            assert_eq!(with_added(whole, &["term"]), whole);
        }
        assert_eq!(with_added(told, &[]), told);
    }
}
