//! Public answers, kept ready made.
//!
//! An answer to the anonymous depends on the request, on what is committed, and on the minute (publications
//! come at whole minutes). It is reused only while all three are the same, so nobody is ever shown what has
//! been withdrawn, corrected or replaced: the database is asked each time whether anything was committed
//! since (see [`Generation`]), which costs a fraction of asking it for the answer.

use std::sync::Arc;

use crate::store::Generation;

use super::Reply;

/// A kept answer, and what it was true for.
#[derive(Clone)]
struct Kept {
    generation: Generation,
    minute: i64,
    reply: Arc<Dressed>,
}

/// An answer with its tag.
pub struct Dressed {
    /// The answer.
    pub reply: Reply,
    /// Its ETag, without quotes and coding.
    pub tag: Option<String>,
}

/// The answers, by request; bounded in bytes.
pub struct Cache {
    kept: moka::sync::Cache<String, Kept>,
}

impl Cache {
    /// A cache of at most so many bytes.
    pub fn new(bytes: u64) -> Cache {
        let kept = moka::sync::Cache::builder()
            .max_capacity(bytes)
            .weigher(|key: &String, kept: &Kept| {
                u32::try_from(key.len() + kept.reply.reply.body.len() + 256).unwrap_or(u32::MAX)
            })
            .build();
        Cache { kept }
    }

    /// The answer, if it is still true.
    pub fn get(&self, key: &str, generation: &Generation, minute: i64) -> Option<Arc<Dressed>> {
        let kept = self.kept.get(key)?;
        (kept.minute == minute && kept.generation == *generation).then_some(kept.reply)
    }

    /// Keeps an answer that was read after the generation was asked for.
    pub fn put(&self, key: String, generation: Generation, minute: i64, reply: Arc<Dressed>) {
        self.kept.insert(key, Kept { generation, minute, reply });
    }
}
