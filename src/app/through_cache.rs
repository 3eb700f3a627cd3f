//! Replies, and reads through the cache of public ones.

use std::sync::Arc;

use super::made_of_csv;
use crate::clock::Ts;
use crate::http::reply::TaggedReply;
use crate::http::{Call, Reply};
use crate::pages;
use crate::problem::Problem;
use crate::record::changes;
use crate::store::{Conn, Generation};

/// The reply with what it says about the request.
pub fn finished(call: &Call, mut reply: Reply, conn: Option<&mut Conn>) -> Result<TaggedReply, Problem> {
    reply.headers.extend(call.past_header());
    reply.as_of = call.as_of.get();
    let reply = match call.is_for_page() {
        true => pages::of_reply(call, reply, conn)?,
        false => made_of_csv::of_reply(call, reply)?,
    };
    Ok(reply.into())
}

/// When what a public response shows changed last, where it has a date. What is overdue changes with the day.
fn changed_last(call: &Call, conn: &mut Conn) -> Result<Option<Ts>, Problem> {
    if !(call.operation.dated && call.operation.is_download()) {
        return Ok(None);
    }
    let today = Ts::start_of_day(call.now().day());
    Ok(changes::last_public_change(conn, call.now())?.map(|changed| changed.max(today)))
}

/// Reads through the cache, where the response may be cached.
pub fn read(
    call: &Call,
    key: Option<String>,
    handler: fn(&Call, &mut Conn) -> Result<Reply, Problem>,
) -> Result<Arc<TaggedReply>, Problem> {
    let state = &call.state;
    let Some(key) = key else {
        return call.db.read(|conn| {
            let reply = handler(call, conn)?;
            Ok(Arc::new(finished(call, reply, Some(conn))?))
        });
    };
    let minute = call.now().minute();
    let ready_made = |generation: &Generation| {
        let reply = state.cache.get(&key, generation, minute)?;
        state.metrics.cache_hit();
        Some((reply, None))
    };
    let read = call.db.read_unless_kept(ready_made, |conn, generation| {
        call.begins(generation);
        // Before anything else is read, so that what changes meanwhile shows.
        let changed = changed_last(call, conn)?;
        let reply = handler(call, conn)?;
        let reply = Arc::new(TaggedReply { changed, ..finished(call, reply, Some(conn))? });
        // A request from before the latest publication is answered as of its own moment, and not cached. Nor is the reply to who
        // has the body already: it has none, and the next reader would get an empty answer.
        let is_whole = !reply.reply.body.is_empty();
        let is_kept = is_whole && call.now() >= changes::latest_watermark(conn)?;
        Ok((reply, is_kept.then(|| generation.clone())))
    })?;
    let (reply, generation) = read.value;
    if read.is_of_one {
        call.keep_remembered();
        if let Some(generation) = generation {
            state.cache.put(key, generation, minute, reply.clone());
        }
    }
    Ok(reply)
}
