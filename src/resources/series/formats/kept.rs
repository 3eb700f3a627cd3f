//! What was rendered once and is needed again.

use std::collections::HashMap;
use std::hash::Hash;

/// How many are kept: a century of months in several frequencies, and yet bounded.
const MOST: usize = 4_096;

/// Pieces of text by what they were made of.
pub struct Kept<K> {
    pieces: HashMap<K, String>,
}

impl<K> Default for Kept<K> {
    fn default() -> Self {
        Kept { pieces: HashMap::new() }
    }
}

impl<K: Eq + Hash> Kept<K> {
    /// The piece for this, made now where it is not there.
    pub fn piece(&mut self, key: K, make: impl FnOnce() -> String) -> &str {
        if self.pieces.len() >= MOST && !self.pieces.contains_key(&key) {
            self.pieces.clear();
        }
        self.pieces.entry(key).or_insert_with(make)
    }
}

/// A piece of text that belongs to the number that was asked for last.
#[derive(Default)]
pub struct Current {
    number: Option<i64>,
    text: String,
}

impl Current {
    /// The piece for this number, made now where the last was another's.
    pub fn piece(&mut self, number: i64, make: impl FnOnce() -> String) -> &str {
        if self.number != Some(number) {
            self.text = make();
            self.number = Some(number);
        }
        &self.text
    }
}
