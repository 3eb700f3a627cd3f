//! Reads entries of the change feed: for its list, for feeds, and for what changed since a moment.

use super::entry::{self, Change, Details};
use crate::clock::{Id, Ts};
use crate::http::Call;
use crate::problem::Problem;
use crate::record::changes::{self, ChangeRow, Selection};
use crate::record::due;
use crate::record::event::Event;
use crate::record::visible::Visibility;
use crate::resources::{series, statements};
use crate::store::Conn;

/// Committed changes get their numbers, and scheduled versions that have become public their entries. Where the database
/// cannot be written now, what is numbered already is served.
pub fn catch_up(call: &Call) -> Result<(), Problem> {
    let state = &call.state;
    // Who reads a replica does not wait for a primary that is away.
    if call.db.reads_replicas() && state.db.writable.check().is_err() {
        return Ok(());
    }
    match due::catch_up(&call.db, &state.clock, &state.kinds, call.now()) {
        Err(problem) if problem.kind.status != 503 => Err(problem),
        _ => Ok(()),
    }
}

/// A page of the feed, with what its entries say besides their rows.
pub fn page(
    call: &Call,
    conn: &mut Conn,
    visibility: &Visibility,
    selection: &Selection,
    after: i64,
    limit: i64,
) -> Result<(Vec<ChangeRow>, Details), Problem> {
    let sql = changes::page(&call.actor, visibility, selection, after, limit);
    let rows: Vec<ChangeRow> = diesel::RunQueryDsl::load(sql, conn)?;
    let releases: Vec<Id> =
        rows.iter().filter(|row| entry::changes_observations(call, row)).map(|row| row.record).collect();
    let figures = series::public_of_releases(conn, &releases, call.now())?;
    let judged = rows.iter().filter(|row| row.event == Event::VerdictChanged);
    let judged: Vec<(Id, Ts)> = judged.map(|row| (row.record, row.at)).collect();
    let verdicts = statements::changes_of(conn, &judged, selection.since.filter(|_| selection.net))?;
    Ok((rows, Details { figures, verdicts }))
}

/// The latest entries of the feed as the caller sees it, the newest first.
pub fn latest(call: &Call, limit: i64) -> Result<Vec<Change>, Problem> {
    catch_up(call)?;
    let selection = Selection { kinds: &[], newest_first: true, ..Selection::default() };
    let visibility = call.visibility();
    let (rows, details) = call.db.read(|conn| page(call, conn, &visibility, &selection, 0, limit))?;
    Ok(rows.iter().filter_map(|row| entry::change(call, row, &details, false)).collect())
}
