//! A version of a record as it is stored, and the audience that it is shown to.

use diesel::prelude::*;
use diesel::sql_types as st;

use crate::clock::{Id, Ts};
use crate::store::types::{Tstz, Uid};

/// A version of a record, as stored.
#[derive(Clone, Debug, QueryableByName)]
pub struct Row {
    /// The record.
    #[diesel(sql_type = Uid)]
    pub record: Id,
    /// Its edits, counted from 1.
    #[diesel(sql_type = st::BigInt)]
    pub version: i64,
    /// Its kind.
    #[diesel(sql_type = st::Text)]
    pub kind: String,
    /// What people call it.
    #[diesel(sql_type = st::Text)]
    pub reference: String,
    /// Its policing body; none for reference data.
    #[diesel(sql_type = st::Nullable<Uid>)]
    pub body: Option<Id>,
    /// That body's reference.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub body_reference: Option<String>,
    /// The owning organisation's reference.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub owner_reference: Option<String>,
    /// The organisation that it is assigned to.
    #[diesel(sql_type = st::Nullable<Uid>)]
    pub assigned: Option<Id>,
    /// Its state.
    #[diesel(sql_type = st::Text)]
    pub state: String,
    /// Its title.
    #[diesel(sql_type = st::Text)]
    pub title: String,
    /// Its content, canonical JSON.
    #[diesel(sql_type = st::Text)]
    pub content: String,
    /// SHA-256 of the content.
    #[diesel(sql_type = st::Binary)]
    pub digest: Vec<u8>,
    /// Who wrote since the last publication, with spaces between.
    #[diesel(sql_type = st::Text)]
    pub contributors: String,
    /// Why it was changed.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub reason: Option<String>,
    /// Who made this version.
    #[diesel(sql_type = st::Text)]
    pub author: String,
    /// When.
    #[diesel(sql_type = Tstz)]
    pub authored_at: Ts,
    /// Why it was handed back.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub returned_reason: Option<String>,
    /// Its number among the publications.
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    pub publication: Option<i64>,
    /// Who published it.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub published_by: Option<String>,
    /// Whether it is the working version.
    #[diesel(sql_type = st::Bool)]
    pub is_head: bool,
    /// The state of the working version.
    #[diesel(sql_type = st::Text)]
    pub head_state: String,
    /// Until when the Panel keeps it to itself.
    #[diesel(sql_type = st::Nullable<Tstz>)]
    pub embargo_until: Option<Ts>,
    /// Public from.
    #[diesel(sql_type = st::Nullable<Tstz>)]
    pub public_from: Option<Ts>,
    /// Public until.
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

/// As whom a row is shown: which type of answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Audience {
    /// The published version, to anyone.
    Public,
    /// The working version, to the organisation that it is assigned to, or whose service or award it is.
    Partner,
    /// The working version, to the Police and Crime Panel, with which it was shared.
    Panel,
    /// The working version, to the office and its auditors.
    Office,
}
