//! What every change of a record leaves behind, written last in its transaction: a row of the change feed, an entry of
//! the audit trail, and the watermark.
//!
//! The feed is written here and nowhere else, so a change that the feed reports also has its entry in the audit
//! trail, and has advanced the watermark where it changed what is public. After the commit [`Db`] wakes the sealer.
//!
//! [`Db`]: crate::store::Db

use serde_json::Value;

use super::changes::advance_watermark;
use super::event::{Event, Subject};
use super::kind::KindDef;
use super::rows::Rows;
use super::trail;
use super::write_context::WriteContext;
use crate::clock::{Clock, Id, Ts};
use crate::problem::Problem;
use crate::store::Conn;

/// Something that happened to a record.
pub struct Happened {
    /// What happened.
    pub event: Event,
    /// Whether the public sees this row of the feed.
    pub public: bool,
    /// The moment from which it holds.
    pub at: Ts,
}

impl Happened {
    /// A step that the public does not see.
    pub fn hidden(event: Event, at: Ts) -> Happened {
        Happened { event, public: false, at }
    }

    /// A step that the public sees.
    pub fn public(event: Event, at: Ts) -> Happened {
        Happened { event, public: true, at }
    }
}

/// Records a change of a record, when all its other rows are written.
pub fn record(
    conn: &mut Conn,
    context: &WriteContext<'_>,
    kind: &KindDef,
    subject: &Subject<'_>,
    happened: &Happened,
    detail: Value,
) -> Result<(), Problem> {
    let mut rows = Rows::default();
    feed_row(&mut rows, context.clock, subject, happened);
    rows.write(conn)?;
    trail::write(conn, context, kind, subject, happened.event, detail)?;
    // The date of downloads shows the watermark: what happens to a draft must not move it.
    if happened.public {
        advance_watermark(conn, happened.at.min(context.now))?;
    }
    Ok(())
}

/// Records a verdict that is no news and has no row in the feed: the first on a statement, or that there is none any more.
pub fn judged(conn: &mut Conn, at: Ts) -> Result<(), Problem> {
    advance_watermark(conn, at)
}

/// Records a redaction, when all its other rows are written: one entry of the trail about the record, a row of the feed
/// for each subject, with whether the public sees it.
pub fn record_redaction(
    conn: &mut Conn,
    context: &WriteContext<'_>,
    kind: &KindDef,
    record: Id,
    redacted: &[(Subject<'_>, bool)],
    detail: Value,
) -> Result<(), Problem> {
    let current = trail::current(conn, record)?;
    trail::write(conn, context, kind, &current.about(None), Event::Redacted, detail)?;
    let mut rows = Rows::default();
    for (subject, public) in redacted {
        let happened = Happened { event: Event::Redacted, public: *public, at: context.now };
        feed_row(&mut rows, context.clock, subject, &happened);
    }
    rows.write(conn)?;
    let is_public = redacted.iter().any(|(_, public)| *public);
    if is_public { advance_watermark(conn, context.now) } else { Ok(()) }
}

/// Records an import: its rows of the feed go in batches with the import's other rows, its entries of the trail and the
/// watermark at the end.
#[derive(Debug, Default)]
pub struct ImportLog {
    /// Whether it changes what is public.
    is_public: bool,
}

impl ImportLog {
    /// Adds a row of the feed to those that will be written.
    pub fn add(&mut self, rows: &mut Rows, clock: &Clock, subject: &Subject<'_>, happened: &Happened) {
        feed_row(rows, clock, subject, happened);
        if happened.public {
            self.is_public = true;
        }
    }

    /// Writes the entries of the trail about these records, by kind, and advances the watermark.
    pub fn finish(
        &self,
        conn: &mut Conn,
        context: &WriteContext<'_>,
        records: &[(&KindDef, Vec<Id>)],
    ) -> Result<(), Problem> {
        for (kind, records) in records {
            trail::write_all_versions(conn, context, kind, records, "imported")?;
        }
        // Now, even if all of it was published earlier, elsewhere: here it becomes public now.
        if self.is_public { advance_watermark(conn, context.now) } else { Ok(()) }
    }
}

/// A row of the feed, not yet numbered: the sealer does that.
fn feed_row(rows: &mut Rows, clock: &Clock, subject: &Subject<'_>, happened: &Happened) {
    rows.push(
        "change",
        &[
            "id",
            "record",
            "version",
            "kind",
            "reference",
            "body",
            "assigned",
            "event",
            "public",
            "publication",
            "at",
        ],
        vec![
            clock.new_id().into(),
            subject.record.into(),
            subject.version.into(),
            subject.kind.into(),
            subject.reference.into(),
            subject.body.into(),
            subject.assigned.into(),
            happened.event.name().into(),
            happened.public.into(),
            subject.publication.into(),
            happened.at.into(),
        ],
    );
}
