//! Text that was rendered once and is needed again.

use std::collections::HashMap;
use std::hash::Hash;

/// The most texts of a cache: enough for a century of months in several frequencies.
const MAX_TEXTS: usize = 4_096;

/// Rendered texts, by what they were made from.
pub struct TextCache<K> {
    texts: HashMap<K, String>,
}

impl<K> Default for TextCache<K> {
    fn default() -> Self {
        TextCache { texts: HashMap::new() }
    }
}

impl<K: Eq + Hash> TextCache<K> {
    /// The text for this key; rendered now if it is not cached. A full cache is emptied.
    pub fn get(&mut self, key: K, render: impl FnOnce() -> String) -> &str {
        if self.texts.len() >= MAX_TEXTS && !self.texts.contains_key(&key) {
            self.texts.clear();
        }
        self.texts.entry(key).or_insert_with(render)
    }
}

/// The text for the series whose cells are being written.
#[derive(Default)]
pub struct CurrentSeries {
    number: Option<i64>,
    text: String,
}

impl CurrentSeries {
    /// The text for the series with this number; rendered now if the last call was for another series.
    pub fn get(&mut self, number: i64, render: impl FnOnce() -> String) -> &str {
        if self.number != Some(number) {
            self.text = render();
            self.number = Some(number);
        }
        &self.text
    }
}
