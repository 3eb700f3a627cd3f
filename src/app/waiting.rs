//! Where a request waits for its turn.

use std::time::Duration;

use crate::http::operation::Handler;
use crate::http::places::{Holder, Place};
use crate::http::{Call, State};
use crate::problem::Problem;

/// How long a request waits for its turn where only some run at a time.
pub const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Waits for a place where only some operations of a sort run at a time. A request that waits holds no database connection
/// and no thread; one that waits too long fails.
pub async fn take_place(call: &Call, handler: &Handler, holder: &Holder) -> Result<Option<Place>, Problem> {
    let (state, operation) = (&call.state, call.operation);
    let places = match handler {
        _ if operation.heavy => &state.heavy,
        Handler::Write(_) => &state.writers,
        // An import takes one of the connections that write, like any change.
        Handler::Blocking(_) if operation.writes() => &state.writers,
        // A file is read before it takes the place of a change.
        Handler::Inline(_) | Handler::Upload(_) => return Ok(None),
        // Who watches over the service gets an answer in any case.
        _ if operation.exempt_from_limits => return Ok(None),
        Handler::Read(_) | Handler::Blocking(_) => &state.readers,
        Handler::Bulk(_) => return take_place_and_room(state, holder).await.map(Some),
    };
    places.take(holder, LONGEST_WAIT).await.map(Some)
}

/// Waits for a place among the readers, and until the caller has taken enough of its earlier responses: a large one is not
/// made before.
async fn take_place_and_room(state: &State, holder: &Holder) -> Result<Place, Problem> {
    let end = tokio::time::Instant::now() + LONGEST_WAIT;
    loop {
        let left = || end.saturating_duration_since(tokio::time::Instant::now());
        state.unsent.room(holder, left()).await?;
        let place = state.readers.take(holder, left()).await?;
        // Others that waited for the place may have filled the room meanwhile.
        if state.unsent.check(holder).is_ok() {
            return Ok(place);
        }
    }
}
