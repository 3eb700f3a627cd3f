//! A cache of public responses.
//!
//! A response to an anonymous caller depends on the request, on what is committed, and on the minute (publications
//! come at whole minutes). It is reused only while all three are the same, so nobody is ever shown what has
//! been withdrawn, corrected or replaced: each request checks in the database whether anything was committed
//! since (see [`Generation`]), which costs a fraction of reading the response.

use std::sync::Arc;

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
        self.entries.insert(key, Entry { generation, minute, reply });
    }
}
