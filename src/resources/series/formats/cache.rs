//! Text that was rendered once and is needed again.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

/// The most texts of a cache: enough for a century of months in several frequencies.
const MAX_TEXTS: usize = 4_096;

/// Rendered texts, by what they were made from: one for each key, or several.
pub struct TextCache<K, T = String> {
    texts: HashMap<K, T>,
}

impl<K, T> Default for TextCache<K, T> {
    fn default() -> Self {
        TextCache { texts: HashMap::new() }
    }
}

impl<K: Eq + Hash, T> TextCache<K, T> {
    /// The text for this key; rendered now if it is not cached. A full cache is emptied.
    pub fn get(&mut self, key: K, render: impl FnOnce() -> T) -> &T {
        if self.texts.len() >= MAX_TEXTS && !self.texts.contains_key(&key) {
            self.texts.clear();
        }
        self.texts.entry(key).or_insert_with(render)
    }
}

/// The most caches of a pool: as many responses as are usually written at the same time.
const MAX_CACHES: usize = 4;

/// Caches that pass from one response to the next. A response takes one at its beginning and returns it at its end, so that
/// no cell waits for another response.
pub struct Pool<K>(Mutex<Vec<TextCache<K>>>);

impl<K> Pool<K> {
    pub const fn new() -> Pool<K> {
        Pool(Mutex::new(vec![]))
    }

    /// A cache that no other response uses; an empty one, if all are in use.
    pub fn take(&self) -> TextCache<K> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    /// Returns a cache.
    pub fn put(&self, cache: TextCache<K>) {
        let mut caches = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if caches.len() < MAX_CACHES {
            caches.push(cache);
        }
    }
}
