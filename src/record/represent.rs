//! A version as JSON: an envelope for each audience, followed by the content.
//!
//! The public's type has no field for what the public must not see, so no code has to remember to leave it out. The
//! content is stored as canonical JSON and follows the envelope unchanged.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::Value;

use super::kind::KindDef;
use super::related::{ApprovalView, Related};
use super::row::{Audience, Row};
use crate::access::Who;
use crate::clock::{Id, Ts};
use crate::problem::Problem;

/// The envelope of a published version, for everyone.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PublicEnvelope<'a> {
    /// The record's id (UUIDv7).
    #[schema(value_type = String, format = "uuid", max_length = 36)]
    id: Id,
    /// The record's kind.
    #[schema(max_length = 64)]
    kind: &'a str,
    /// What people call the record; unique in its body and kind.
    #[schema(max_length = 64, pattern = "^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    reference: &'a str,
    /// The reference of the policing body that the record belongs to; null for reference data.
    #[schema(max_length = 64)]
    body: Option<&'a str>,
    /// The reference of the organisation that owns the record; null for reference data.
    #[schema(max_length = 64)]
    owner: Option<&'a str>,
    /// The canonical address.
    #[serde(rename = "self")]
    #[schema(max_length = 200)]
    self_link: String,
    /// `published`, or `superseded` for a version that another has replaced.
    #[schema(max_length = 16)]
    state: &'a str,
    /// The number of this publication of the record, from 1. Cite this number.
    #[schema(minimum = 1, maximum = 1000000)]
    version: Option<i64>,
    /// The moment from which this version is public.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    published_at: Option<Ts>,
}

/// The envelope of a working version, for the organisation that the record is assigned to.
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
    /// Why the version was returned to its authors, if it was. The organisation that a record is assigned to learns it of
    /// what it has submitted.
    #[schema(max_length = 2000)]
    returned_reason: Option<&'a str>,
}

/// The envelope of a version that was shared, for the Police and Crime Panel.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PanelEnvelope<'a> {
    #[serde(flatten)]
    public: PublicEnvelope<'a>,
    /// The number of this edit, from 1.
    #[schema(minimum = 1, maximum = 1000000)]
    edit: i64,
    /// The Panel must not pass the version on before this moment; null for no embargo.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    embargo_until: Option<Ts>,
}

/// The envelope of a working version, for the office and its auditors.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OfficeEnvelope<'a> {
    #[serde(flatten)]
    partner: PartnerEnvelope<'a>,
    /// Who made this edit.
    #[schema(max_length = 128)]
    author: &'a str,
    /// Who has worked on the record since its last publication. None of them can publish it.
    #[schema(max_items = 1000)]
    contributors: Vec<&'a str>,
    /// Why the change was made, in its author's words.
    #[schema(max_length = 2000)]
    edit_reason: Option<&'a str>,
    /// The Panel, with which the version was shared, must not pass it on before this moment.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    embargo_until: Option<Ts>,
    /// The people and clients among author, contributors and approvals, by id, with label and roles. The label is only
    /// for the office and its auditors.
    #[schema(max_items = 1000)]
    people: Vec<Who>,
    /// The approvals of this version.
    #[schema(max_items = 100)]
    approvals: Vec<ApprovalView>,
}

/// A version as an audience sees it at a moment, as JSON. Its `self` is the record's address.
pub fn to_json(
    kind: &KindDef,
    row: &Row,
    audience: Audience,
    moment: Ts,
    related: &Related,
) -> Result<String, Problem> {
    serialise(kind, row, kind.self_link(row.record), audience, moment, related)
}

/// A version as an audience sees it at a moment, as JSON. Its `self` is the version's own address.
pub fn version_to_json(
    kind: &KindDef,
    row: &Row,
    audience: Audience,
    moment: Ts,
    related: &Related,
) -> Result<String, Problem> {
    serialise(kind, row, version_link(kind, row), audience, moment, related)
}

/// The address of one version, by the number of the publication or of the edit.
pub fn version_link(kind: &KindDef, row: &Row) -> String {
    let number = row.publication.map_or_else(|| format!("e{}", row.version), |n| n.to_string());
    format!("{}/versions/{number}", kind.self_link(row.record))
}

fn serialise(
    kind: &KindDef,
    row: &Row,
    self_link: String,
    audience: Audience,
    moment: Ts,
    related: &Related,
) -> Result<String, Problem> {
    let is_public = row.public_from.is_some_and(|from| from <= moment);
    let state = row.state.shown(row.public_to, moment);
    let public = PublicEnvelope {
        id: row.record,
        kind: kind.def.name,
        reference: &row.reference,
        body: row.body_reference.as_deref(),
        owner: row.owner_reference.as_deref(),
        self_link,
        state,
        version: row.publication.filter(|_| is_public || audience != Audience::Public),
        published_at: row.public_from,
    };
    let returned_reason = row
        .returned_reason
        .as_deref()
        .filter(|_| audience != Audience::Partner || related.submitted_own(row));
    let partner =
        |public| PartnerEnvelope { public, edit: row.version, authored_at: row.authored_at, returned_reason };
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
            contributors: row.contributors(),
            edit_reason: row.reason.as_deref(),
            embargo_until: row.embargo_until,
            people: related.people(row),
            approvals: related.approvals(row).to_vec(),
        }),
    }
    .map_err(Problem::internal)?;
    Ok(splice(&envelope, &with_added(&row.content, kind.def.added)))
}

/// A stored content, with all the fields that its kind has now, in their order.
pub fn content<'a>(kind: &KindDef, row: &'a Row) -> Result<Cow<'a, str>, Problem> {
    if let Cow::Borrowed(content) = with_added(&row.content, kind.def.added) {
        return Ok(Cow::Borrowed(content));
    }
    let value = row.content_value()?.clone();
    let complete =
        kind.canonical(value).map_err(|_| Problem::internal("a stored content is not valid any more"))?;
    Ok(Cow::Owned(complete.to_string()))
}

/// The content, with null for each field that was added after it was stored.
fn with_added<'a>(content: &'a str, added: &[&str]) -> Cow<'a, str> {
    let mut content = Cow::Borrowed(content);
    for name in added {
        // Inside a text the quotes would be escaped, so this is the name of a field.
        if !content.contains(&format!("\"{name}\":")) {
            content = Cow::Owned(splice(&content, &format!("{{\"{name}\":null}}")));
        }
    }
    content
}

/// Appends the fields of the second object to those of the first.
pub fn splice(first: &str, second: &str) -> String {
    match (first.strip_suffix('}'), second.strip_prefix('{')) {
        (Some(first), Some(second)) if second != "}" => format!("{first},{second}"),
        _ => first.to_owned(),
    }
}

/// How many characters of a title are stored beside the content.
const TITLE: usize = 200;

/// The title that a content gives its record.
pub fn title(kind: &KindDef, content: &Value) -> String {
    short_title(content[kind.def.title].as_str().unwrap_or_default())
}

/// A title of the length that is stored. One that is cut ends in `…`.
pub fn short_title(whole: &str) -> String {
    match whole.char_indices().nth(TITLE) {
        None => whole.to_owned(),
        Some(_) => whole.chars().take(TITLE - 1).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::{splice, with_added};

    #[test]
    fn the_content_follows_the_envelope() {
        assert_eq!(splice(r#"{"a":1}"#, r#"{"b":2}"#), r#"{"a":1,"b":2}"#);
        assert_eq!(splice(r#"{"a":1}"#, "{}"), r#"{"a":1}"#);
    }

    #[test]
    fn an_old_content_has_the_fields_that_were_added_later() {
        let old = r#"{"title":"It says \"term\":1","note":null}"#;
        assert_eq!(with_added(old, &["term"]), r#"{"title":"It says \"term\":1","note":null,"term":null}"#);
        for complete in [r#"{"term":null}"#, r#"{"title":"A","term":"b:T-1","note":null}"#] {
            assert_eq!(with_added(complete, &["term"]), complete);
        }
        assert_eq!(with_added(old, &[]), old);
    }
}
