//! What was seen to have many series: a read of it takes long, however few rows it returns.

use moka::sync::Cache;

/// So many series take some milliseconds to find.
pub const MANY: usize = 2_000;
/// How many names are remembered.
const MOST: u64 = 1_000;

/// The names of indicators, and the addresses, whose reads go through many series.
pub struct Wide(Cache<String, ()>);

impl Default for Wide {
    fn default() -> Wide {
        Wide(Cache::new(MOST))
    }
}

impl Wide {
    /// Notes how many series a read goes through.
    pub fn note(&self, name: &str, series: usize) {
        if series > MANY {
            self.0.insert(name.to_owned(), ());
        }
    }

    /// Whether an earlier read of the same went through many.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}
