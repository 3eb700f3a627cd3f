//! Where a request waits for its turn.

use std::time::Duration;

use tokio::time::Instant;

use crate::http::Call;
use crate::http::operation::Handler;
use crate::http::places::{Holder, Place, Queue, SHORT};
use crate::problem::Problem;

/// How long a request waits for its turn where only some run at a time.
pub const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// How long a request waits for its turn to make or to read a file: one of the largest takes some seconds.
pub const LONGEST_WAIT_OF_FILE: Duration = Duration::from_secs(30);

/// Waits for a place where only some operations of a sort run at a time. A request that waits holds no database connection
/// and no thread; one that waits too long fails.
pub async fn take_place(call: &Call, handler: &Handler, holder: &Holder) -> Result<Option<Place>, Problem> {
    let (state, operation) = (&call.state, call.operation);
    let places = match handler {
        _ if operation.queue == Queue::Heavy => &state.heavy,
        Handler::Write(_) => &state.writers,
        // An import takes one of the connections that write, like any change.
        Handler::Blocking(_) if operation.writes() => &state.writers,
        // A file is read before it takes the place of a change. What is of any length takes its places itself.
        Handler::Inline(_) | Handler::Upload(_) | Handler::Bulk(_) => return Ok(None),
        // Who watches over the service gets an answer in any case.
        _ if operation.exempt_from_limits => return Ok(None),
        Handler::Read(_) | Handler::Blocking(_) => return read(call, false, holder).await.map(Some),
    };
    places.take(holder, LONGEST_WAIT).await.map(Some)
}

/// Waits for a place to read what can be of any length.
pub async fn take_place_in_bulk(call: &Call, holder: &Holder) -> Result<Option<Place>, Problem> {
    if call.operation.exempt_from_limits {
        return Ok(None);
    }
    let is_short = call.params.int("limit").is_some_and(|limit| limit <= SHORT);
    match is_short {
        // It takes little room: who reads slowly keeps no others from it.
        true => read(call, true, holder).await.map(Some),
        false => take_place_and_room(call, holder).await.map(Some),
    }
}

/// Whether a read can take so long that those of a millisecond must not wait in the same line: it counts as several
/// requests, returns much, or goes through much.
fn takes_long(call: &Call, is_bulk: bool) -> bool {
    let limit = call.params.int("limit");
    let queue = call.operation.queue;
    let counts = match is_bulk {
        // They count as several requests whatever their length.
        true => limit.is_none(),
        _ if queue == Queue::ShortAlone && call.query.is_empty() => false,
        _ => queue == Queue::Long || call.operation.cost_of(&call.query) > 1,
    };
    let format = call.params.text("format").or(call.headers.accept.as_deref());
    // It has all cells at once, the empty ones too.
    let is_table = format.is_some_and(|format| format.contains("jsonstat") || format.contains("json-stat"));
    counts
        || limit.is_some_and(|limit| limit > SHORT)
        || is_table
        || call.is_made_of_csv()
        || call.state.wide.has(call.indicator_or_address())
}

/// Waits for a place among the readers. A read that takes long waits with its like: half of the places are for the others.
async fn read(call: &Call, is_bulk: bool, holder: &Holder) -> Result<Place, Problem> {
    let state = &call.state;
    let end = Instant::now() + LONGEST_WAIT;
    let (readers, long) = state.reading_places(&call.db);
    let long = match takes_long(call, is_bulk) {
        true => Some(long.take(holder, LONGEST_WAIT).await?),
        false => None,
    };
    let place = readers.take(holder, end.saturating_duration_since(Instant::now())).await?;
    Ok(place.with(long))
}

/// Waits for a place among the readers, and until the caller has taken enough of its earlier responses: a large one is not
/// made before.
async fn take_place_and_room(call: &Call, holder: &Holder) -> Result<Place, Problem> {
    let unsent = &call.state.unsent;
    let end = Instant::now() + LONGEST_WAIT;
    loop {
        unsent.room(holder, end.saturating_duration_since(Instant::now())).await?;
        let place = read(call, true, holder).await?;
        // Others that waited for the place may have filled the room meanwhile.
        if unsent.check(holder).is_ok() {
            return Ok(place);
        }
    }
}
