//! A version of a record as it is stored, and the audience that it is shown to.

use std::ops::Deref;
use std::sync::OnceLock;

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::prelude::*;
use diesel::sql_types as st;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::event::Subject;
use super::state::{HeadState, State};
use crate::clock::{Id, Ts};
use crate::problem::Problem;
use crate::store::types::{Tstz, Uid};

/// A version of a record, as stored.
#[derive(Clone, Debug, QueryableByName)]
pub struct Row {
    /// The record's id.
    #[diesel(sql_type = Uid)]
    pub record: Id,
    /// The number of the edit, from 1.
    #[diesel(sql_type = st::BigInt)]
    pub version: i64,
    /// The record's kind.
    #[diesel(sql_type = st::Text)]
    pub kind: String,
    /// What people call the record; unique in its body and kind.
    #[diesel(sql_type = st::Text)]
    pub reference: String,
    /// The policing body; none for reference data.
    #[diesel(sql_type = st::Nullable<Uid>)]
    pub body: Option<Id>,
    /// The policing body's reference.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub body_reference: Option<String>,
    /// The owning organisation's reference.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub owner_reference: Option<String>,
    /// The organisation that the record is assigned to.
    #[diesel(sql_type = st::Nullable<Uid>)]
    pub assigned: Option<Id>,
    /// The state of this version.
    #[diesel(sql_type = st::Text)]
    pub state: State,
    /// The title at the time.
    #[diesel(sql_type = st::Text)]
    pub title: String,
    /// The content.
    #[diesel(sql_type = st::Text)]
    pub content: Content,
    /// SHA-256 of the content.
    #[diesel(sql_type = st::Binary)]
    pub digest: Vec<u8>,
    /// Who has worked on the record since its last publication, separated by spaces.
    #[diesel(sql_type = st::Text)]
    pub contributors: String,
    /// Why the change was made.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub reason: Option<String>,
    /// Who made this version.
    #[diesel(sql_type = st::Text)]
    pub author: String,
    /// When it was made.
    #[diesel(sql_type = Tstz)]
    pub authored_at: Ts,
    /// Why it was returned.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub returned_reason: Option<String>,
    /// The number of the publication, from 1.
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    pub publication: Option<i64>,
    /// Who published it.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub published_by: Option<String>,
    /// Whether it is the working version.
    #[diesel(sql_type = st::Bool)]
    pub is_head: bool,
    /// The state of the record's working version.
    #[diesel(sql_type = st::Text)]
    pub head_state: HeadState,
    /// Until when the Panel must not pass it on.
    #[diesel(sql_type = st::Nullable<Tstz>)]
    pub embargo_until: Option<Ts>,
    /// Public from this moment.
    #[diesel(sql_type = st::Nullable<Tstz>)]
    pub public_from: Option<Ts>,
    /// Public before this moment.
    #[diesel(sql_type = st::Nullable<Tstz>)]
    pub public_to: Option<Ts>,
    /// When its content was destroyed.
    #[diesel(sql_type = st::Nullable<Tstz>)]
    pub redacted_at: Option<Ts>,
}

/// The columns of a [`Row`], from `record_version v`.
pub const COLUMNS: &str =
    "v.record, v.version, v.kind, v.reference, v.body, v.body_reference, v.owner_reference,
    v.assigned, v.state, v.title, v.content, v.digest, v.contributors, v.reason, v.author, v.authored_at,
    v.returned_reason, v.publication, v.published_by, v.is_head, v.head_state, v.embargo_until, v.public_from, v.public_to, v.redacted_at";

impl Row {
    /// The reference with that of its policing body, if it has one: `derbyshire-pcc:REL-1`.
    pub fn full_reference(&self) -> String {
        match &self.body_reference {
            Some(body) => format!("{body}:{}", self.reference),
            None => self.reference.clone(),
        }
    }

    /// The version, for the feed and the audit trail.
    pub fn subject(&self) -> Subject<'_> {
        Subject {
            record: self.record,
            version: self.version,
            kind: &self.kind,
            reference: &self.reference,
            body: self.body,
            assigned: self.assigned,
            publication: self.publication,
        }
    }

    /// The content as the type that its kind declares.
    pub fn content<C: DeserializeOwned>(&self) -> Result<C, Problem> {
        match self.content.value.get() {
            Some(value) => C::deserialize(value),
            None => serde_json::from_str(&self.content.text),
        }
        .map_err(Problem::internal)
    }

    /// The content as JSON, parsed at most once: for what works on every kind.
    pub fn content_value(&self) -> Result<&Value, Problem> {
        if self.content.value.get().is_none() {
            let value = serde_json::from_str(&self.content.text).map_err(Problem::internal)?;
            return Ok(self.content.value.get_or_init(|| value));
        }
        self.content.value.get().ok_or_else(|| Problem::internal("a parsed content is lost"))
    }

    /// Who has worked on the record since its last publication.
    pub fn contributors(&self) -> Vec<&str> {
        self.contributors.split(' ').filter(|name| !name.is_empty()).collect()
    }

    /// Whether the version names an organisation at one of these paths.
    pub fn names_at(&self, paths: &[&str], reference: &str) -> bool {
        let Ok(content) = self.content_value() else { return false };
        paths.iter().any(|path| match path.split_once("/*") {
            None => content.pointer(&format!("/{path}")).and_then(|name| name.as_str()) == Some(reference),
            Some((list, rest)) => {
                let items = content.pointer(&format!("/{list}")).and_then(|items| items.as_array());
                items
                    .into_iter()
                    .flatten()
                    .any(|item| item.pointer(rest).and_then(|name| name.as_str()) == Some(reference))
            }
        })
    }
}

/// The content of a version: canonical JSON. Dereferences to its text.
#[derive(Clone, Debug, FromSqlRow)]
pub struct Content {
    text: String,
    value: OnceLock<Value>,
}

impl From<String> for Content {
    fn from(text: String) -> Content {
        Content { text, value: OnceLock::new() }
    }
}

impl Deref for Content {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl<DB: Backend> FromSql<st::Text, DB> for Content
where
    String: FromSql<st::Text, DB>,
{
    fn from_sql(value: DB::RawValue<'_>) -> deserialize::Result<Content> {
        String::from_sql(value).map(Content::from)
    }
}

/// As whom a caller sees a version: each audience has its own envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Audience {
    /// Anyone: the published version.
    Public,
    /// The organisation that the record is assigned to, or whose service or award it is: the working version.
    Partner,
    /// The Police and Crime Panel, with which the working version was shared.
    Panel,
    /// The office and its auditors: the working version.
    Office,
}
