//! What happens to a record, and which record it happens to.

use crate::clock::Id;

/// What happened to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// It was made.
    Created,
    /// A version was drafted.
    Edited,
    /// It was handed in.
    Submitted,
    /// It was handed back.
    Returned,
    /// It was approved.
    Approved,
    /// It was shown to the Panel.
    Shared,
    /// It will be public.
    Scheduled,
    /// It is public.
    Published,
    /// It was taken back.
    Withdrawn,
    /// Its content was destroyed.
    Redacted,
}

impl Event {
    /// Its name in the feed.
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
        }
    }
}

/// What a row of the feed is about.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    /// The record.
    pub record: Id,
    /// Its edit.
    pub version: i64,
    /// Its kind.
    pub kind: &'a str,
    /// Its reference.
    pub reference: &'a str,
    /// Its body.
    pub body: Option<Id>,
    /// The organisation that it is assigned to.
    pub assigned: Option<Id>,
    /// Its publication's number, if public.
    pub publication: Option<i64>,
}
