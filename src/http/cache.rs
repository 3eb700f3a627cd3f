//! A cache of public responses.
//!
//! A response to an anonymous caller depends on the request, on what is committed, and on the minute (publications
//! come at whole minutes). It is reused only while all three are the same, so nobody is ever shown what has
//! been withdrawn, corrected or replaced: each request checks in the database whether anything was committed
//! since (see [`Generation`]), which costs a fraction of reading the response.

use std::sync::Arc;

use moka::policy::EvictionPolicy;

use super::reply::TaggedReply;
use crate::store::Generation;

/// A cached reply, with the generation and the minute for which it is valid.
#[derive(Clone)]
struct Entry {
    generation: Generation,
    minute: i64,
    reply: Arc<TaggedReply>,
}

/// Replies by request, bounded in bytes.
pub struct Cache {
    entries: moka::sync::Cache<String, Entry>,
}

impl Cache {
    /// A cache of at most this many bytes.
    pub fn new(bytes: u64) -> Cache {
        let entries = moka::sync::Cache::builder()
            .max_capacity(bytes)
            // The library's own policy compares how often a new entry and those that it would replace were requested: a large
            // one, however popular, never replaced a hundred small ones that were requested once.
            .eviction_policy(EvictionPolicy::lru())
            .weigher(|key: &String, entry: &Entry| {
                let body = entry.reply.reply.body.len();
                // All compressed forms together have less than half the length of JSON.
                u32::try_from(key.len() + body + body / 2 + 256).unwrap_or(u32::MAX)
            })
            .build();
        Cache { entries }
    }

    /// The cached reply, if it is still valid.
    pub fn get(&self, key: &str, generation: &Generation, minute: i64) -> Option<Arc<TaggedReply>> {
        let entry = self.entries.get(key)?;
        (entry.minute == minute && entry.generation == *generation).then_some(entry.reply)
    }

    /// Caches a reply that was read after the generation.
    pub fn put(&self, key: String, generation: Generation, minute: i64, reply: Arc<TaggedReply>) {
        // One response does not take the place of hundreds.
        let most =
            usize::try_from(self.entries.policy().max_capacity().unwrap_or(0) / 4).unwrap_or(usize::MAX);
        if reply.reply.body.len() <= most {
            self.entries.insert(key, Entry { generation, minute, reply });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::Cache;
    use crate::http::Reply;
    use crate::http::reply::TaggedReply;
    use crate::store::Generation;

    const BYTES: u64 = 1_000_000;

    fn reply(length: usize) -> Arc<TaggedReply> {
        Arc::new(Reply::json("x".repeat(length)).into())
    }

    #[test]
    fn a_large_response_that_many_request_replaces_small_ones_that_were_requested_once() {
        let (cache, generation) = (Cache::new(BYTES), Generation::of("1"));
        for n in 0..2_000 {
            cache.put(format!("/v1/actions/{n}"), generation.clone(), 0, reply(1_000));
            cache.entries.run_pending_tasks();
        }
        assert!(cache.get("/v1/actions/1999", &generation, 0).is_some());
        for _ in 0..3 {
            assert!(cache.get("/v1/grants", &generation, 0).is_none());
        }
        cache.put("/v1/grants".to_owned(), generation.clone(), 0, reply(100_000));
        cache.entries.run_pending_tasks();
        assert!(
            cache.get("/v1/grants", &generation, 0).is_some(),
            "it was read again for each of its readers"
        );
        assert!(cache.entries.weighted_size() <= BYTES);
        cache.put("/v1/all".to_owned(), generation.clone(), 0, reply(300_000));
        assert!(cache.get("/v1/all", &generation, 0).is_none(), "it would take the place of hundreds");
    }
}
