//! What happens to a record, and which record it happens to.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::sql_types as st;

use crate::clock::Id;
use crate::store::Val;

/// What happened to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromSqlRow)]
pub enum Event {
    /// It was created.
    Created,
    /// A new working version was made.
    Edited,
    /// The working version was submitted.
    Submitted,
    /// The working version was returned to its authors.
    Returned,
    /// The working version was approved.
    Approved,
    /// The working version was shared with the Panel.
    Shared,
    /// The publication of the working version was scheduled.
    Scheduled,
    /// A version became public.
    Published,
    /// The record was withdrawn.
    Withdrawn,
    /// Content was destroyed.
    Redacted,
    /// Other figures changed the verdict on a statement.
    VerdictChanged,
}

impl Event {
    const ALL: [Event; 11] = [
        Event::Created,
        Event::Edited,
        Event::Submitted,
        Event::Returned,
        Event::Approved,
        Event::Shared,
        Event::Scheduled,
        Event::Published,
        Event::Withdrawn,
        Event::Redacted,
        Event::VerdictChanged,
    ];

    /// The events that the change feed shows to those who see submitted versions.
    pub const FROM_SUBMISSION: [Event; 5] =
        [Event::Submitted, Event::Returned, Event::Approved, Event::Shared, Event::Scheduled];

    /// The event's name in the feed and in the audit trail.
    pub fn name(self) -> &'static str {
        match self {
            Event::Created => "created",
            Event::Edited => "edited",
            Event::Submitted => "submitted",
            Event::Returned => "returned",
            Event::Approved => "approved",
            Event::Shared => "shared",
            Event::Scheduled => "scheduled",
            Event::Published => "published",
            Event::Withdrawn => "withdrawn",
            Event::Redacted => "redacted",
            Event::VerdictChanged => "verdict_changed",
        }
    }
}

impl<DB: Backend> FromSql<st::Text, DB> for Event
where
    String: FromSql<st::Text, DB>,
{
    fn from_sql(value: DB::RawValue<'_>) -> deserialize::Result<Event> {
        let text = String::from_sql(value)?;
        let event = Event::ALL.into_iter().find(|event| event.name() == text);
        event.ok_or_else(|| format!("`{text}` is no event of a record").into())
    }
}

impl From<Event> for Val {
    fn from(event: Event) -> Val {
        Val::Text(event.name().to_owned())
    }
}

/// What a row of the feed or an entry of the trail is about.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    /// The record.
    pub record: Id,
    /// The number of the edit.
    pub version: i64,
    /// The record's kind.
    pub kind: &'a str,
    /// The record's reference.
    pub reference: &'a str,
    /// The policing body.
    pub body: Option<Id>,
    /// The organisation that the record is assigned to.
    pub assigned: Option<Id>,
    /// The number of the publication, where the version has one.
    pub publication: Option<i64>,
}
