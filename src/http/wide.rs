//! What was seen to have many series: a read of it takes long, however few rows it returns.

use moka::sync::Cache;

use super::Call;

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
    pub fn note(&self, call: &Call, series: usize) {
        if series > MANY {
            self.0.insert(name(call).to_owned(), ());
        }
    }

    /// Whether an earlier read of the same went through many.
    pub fn has(&self, call: &Call) -> bool {
        self.0.contains_key(name(call))
    }
}

/// The indicator that a call names, otherwise its address: the other parameters are as many as a caller likes.
fn name(call: &Call) -> &str {
    call.params.text("indicator").unwrap_or(&call.raw_path)
}
