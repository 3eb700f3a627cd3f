//! Reads the change feed, and holds the watermark.
//!
//! A change writes its row of the feed in its own transaction (`commit.rs`), without a number: transactions can end in
//! another order than they began, and a reader who has read number 7 must never miss a 6 that is committed later. One
//! sealer at a time numbers the committed rows (`due.rs`). Readers see numbered rows only.

use diesel::prelude::*;
use diesel::sql_types as st;

use super::event::Event;
use super::visible::Visibility;
use crate::access::{Actor, Reach};
use crate::clock::{Id, Ts};
use crate::problem::Problem;
use crate::store::tables::{clock_mark, scheduled};
use crate::store::types::{Tstz, Uid};
use crate::store::{Conn, Sql};

/// Advances the watermark: the service's time never goes back before it.
pub(super) fn advance_watermark(conn: &mut Conn, at: Ts) -> Result<(), Problem> {
    diesel::update(clock_mark::table.filter(clock_mark::at.lt(at)))
        .set(clock_mark::at.eq(at))
        .execute(conn)?;
    Ok(())
}

/// The latest moment at which anything became public or ceased to be.
pub fn latest_watermark(conn: &mut Conn) -> Result<Ts, Problem> {
    Ok(clock_mark::table.find(1).select(clock_mark::at).first(conn)?)
}

/// The latest moment up to `now` at which anything became public or ceased to be, also if the feed does not say so yet. None
/// if that moment is after `now`: then `now` looks at the past.
pub fn last_public_change(conn: &mut Conn, now: Ts) -> Result<Option<Ts>, Problem> {
    let watermark = latest_watermark(conn)?;
    let due: Option<Ts> = scheduled::table
        .filter(scheduled::due_at.le(now))
        .order(scheduled::due_at.desc())
        .select(scheduled::due_at)
        .first(conn)
        .optional()?;
    Ok((watermark <= now).then(|| due.map_or(watermark, |due| due.max(watermark))))
}

/// A numbered row of the feed.
#[derive(Clone, Debug, QueryableByName)]
pub struct ChangeRow {
    /// The number of the row, only for the cursor: gaps would reveal hidden rows.
    #[diesel(sql_type = st::BigInt)]
    pub seq: i64,
    /// The id of the row.
    #[diesel(sql_type = Uid)]
    pub id: Id,
    /// The record's id.
    #[diesel(sql_type = Uid)]
    pub record: Id,
    /// The record's kind.
    #[diesel(sql_type = st::Text)]
    pub kind: String,
    /// The record's reference.
    #[diesel(sql_type = st::Text)]
    pub reference: String,
    /// The policing body's reference.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub body_reference: Option<String>,
    /// What happened.
    #[diesel(sql_type = st::Text)]
    pub event: Event,
    /// Whether the public sees this row.
    #[diesel(sql_type = st::Bool)]
    pub public: bool,
    /// The number of the publication, if the version is one.
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    pub publication: Option<i64>,
    /// When it happened.
    #[diesel(sql_type = Tstz)]
    pub at: Ts,
    /// Why the record was withdrawn.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub withdrawn_reason: Option<String>,
    /// The reference of the organisation that owns the record.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub office: Option<String>,
    /// Whether the record was withdrawn, or destroyed as a whole.
    #[diesel(sql_type = st::Bool)]
    pub is_withdrawn: bool,
    /// The title of the version, if the actor reads that version and the record was not withdrawn. Empty after a redaction.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub title: Option<String>,
    /// Whether the record was public before [`Selection::since`]; false without it.
    #[diesel(sql_type = st::Bool)]
    pub was_public: bool,
}

/// Which rows of the feed a reader requests.
#[derive(Clone, Copy, Debug, Default)]
pub struct Selection<'a> {
    /// Only rows of what happened at this moment or later.
    pub since: Option<Ts>,
    /// Only rows of what happened at this moment or earlier, as if nothing had happened later.
    pub until: Option<Ts>,
    /// Only rows of records of this policing body.
    pub body: Option<Id>,
    /// Only rows of records of these kinds; of all kinds if empty.
    pub kinds: &'a [&'a str],
    /// Only the last public row of each record; the last about a verdict only if nothing else happened.
    pub net: bool,
    /// Only rows of records for which this condition on a row `c` is true.
    pub records: Option<&'a Sql>,
    /// The last rows, the newest first; otherwise the first after a number.
    pub newest_first: bool,
}

impl Selection<'_> {
    /// And another row `d` had happened by the moment up to which rows are read.
    fn other_until(&self) -> Sql {
        match self.until {
            Some(until) => Sql::new(" AND d.at <= ").bind(until),
            None => Sql::new(""),
        }
    }
}

/// The statement that reads the rows after a number, as far as the actor sees them.
pub fn page(actor: &Actor, visibility: &Visibility, selection: &Selection, after: i64, limit: i64) -> Sql {
    let seen = visibility.by_kind("c", |reach| seen(actor, reach));
    let was_public = match selection.since {
        Some(since) => Sql::new(
            "EXISTS (SELECT 1 FROM change d WHERE d.record = c.record AND d.seq < c.seq AND d.public AND d.at < ",
        )
        .bind(since)
        .text(")"),
        None => Sql::new("1 = 0"),
    };
    let mut page = Sql::new(
        "SELECT c.seq, c.id, c.record, c.kind, c.reference, b.reference AS body_reference, c.event,
         c.public, c.publication, c.at, r.withdrawn_reason, o.reference AS office,
         r.withdrawn_at IS NOT NULL AS is_withdrawn, CASE WHEN r.withdrawn_at IS NULL AND (c.public OR ",
    )
    .append(visibility.filter("v"))
    .text(" OR ")
    .append(reads_all(actor, visibility))
    .text(") THEN v.title END AS title, ")
    .append(was_public)
    .text(
        " AS was_public
         FROM change c JOIN record r ON r.id = c.record LEFT JOIN record b ON b.id = c.body
         LEFT JOIN record_version v ON v.record = c.record AND v.version = c.version
         LEFT JOIN record o ON o.id = r.owner WHERE c.seq > ",
    )
    .bind(after)
    .text(" AND ")
    .append(seen);
    if let Some(since) = selection.since {
        page = page.text(" AND c.at >= ").bind(since);
    }
    if let Some(until) = selection.until {
        page = page.text(" AND c.at <= ").bind(until);
    }
    if let Some(body) = selection.body {
        page = page.text(" AND c.body = ").bind(body);
    }
    if !selection.kinds.is_empty() {
        page = page.text(" AND c.kind IN (").bind_all(selection.kinds.iter().copied()).text(")");
    }
    if let Some(records) = selection.records {
        page = page.text(" AND ").append(records.clone());
    }
    if selection.net {
        // A verdict that changed is told where nothing else happened.
        let verdict = Event::VerdictChanged;
        page = page
            .text(
                " AND c.public AND NOT EXISTS
                 (SELECT 1 FROM change d WHERE d.record = c.record AND d.seq > c.seq AND d.public AND (d.event <> ",
            )
            .bind(verdict)
            .text(" OR c.event = ")
            .bind(verdict)
            .text(")")
            .append(selection.other_until())
            .text(")");
        if let Some(since) = selection.since {
            page = page
                .text(" AND NOT (c.event = ")
                .bind(verdict)
                .text(
                    " AND EXISTS
                     (SELECT 1 FROM change d WHERE d.record = c.record AND d.public AND d.event <> ",
                )
                .bind(verdict)
                .text(" AND d.at >= ")
                .bind(since)
                .append(selection.other_until())
                .text("))");
        }
    }
    page.text(if selection.newest_first { " ORDER BY c.seq DESC LIMIT " } else { " ORDER BY c.seq LIMIT " })
        .bind(limit)
}

/// The condition under which an actor reads all edits of the record of a row `c`.
fn reads_all(actor: &Actor, visibility: &Visibility) -> Sql {
    match &actor.body {
        Some(body) => {
            Sql::new("(c.body = ").bind(body.id).text(" AND ").append(visibility.drafts("c", "r")).text(")")
        }
        None => Sql::new("1 = 0"),
    }
}

/// The condition under which an actor with these reaches of a kind sees a row `c` of the feed.
fn seen(actor: &Actor, reach: &[Reach]) -> Sql {
    let mut seen = Sql::new("(c.public");
    let Some(body) = &actor.body else {
        return seen.text(")");
    };
    for reach in reach {
        let body = body.id;
        let also = match reach {
            Reach::Published => continue,
            Reach::All => Sql::new(" OR c.body = ").bind(body),
            // Not what would reveal a draft that was never submitted.
            Reach::Submitted => Sql::new(" OR (c.body = ")
                .bind(body)
                .text(" AND c.event IN (")
                .bind_all(Event::FROM_SUBMISSION)
                .text("))"),
            // The Panel was shown it and knows that. That it was returned is for the office to say.
            Reach::PanelShared => {
                Sql::new(" OR (c.body = ").bind(body).text(" AND c.event = ").bind(Event::Shared).text(")")
            }
            // Lists show these records once they are submitted; the feed does not.
            Reach::OwnArea => continue,
            Reach::OwnOrganisation => {
                let Some(organisation) = &actor.organisation else {
                    continue;
                };
                Sql::new(" OR (c.body = ").bind(body).text(" AND r.owner = ").bind(organisation.id).text(")")
            }
            Reach::Assigned => {
                let Some(organisation) = &actor.organisation else {
                    continue;
                };
                Sql::new(" OR (c.body = ")
                    .bind(body)
                    .text(" AND c.assigned = ")
                    .bind(organisation.id)
                    .text(")")
            }
        };
        seen = seen.append(also);
    }
    seen.text(")")
}
