//! Values that take long to read, by what they are of: each is used until anything is committed.

use std::any::Any;
use std::sync::Arc;

use crate::store::Generation;

/// The most values.
const MAX_VALUES: u64 = 64;

/// A value with the generation that it was read after.
#[derive(Clone)]
struct Entry {
    generation: Generation,
    value: Arc<dyn Any + Send + Sync>,
}

/// The values, by a name and a number in the database.
pub struct Memo {
    entries: moka::sync::Cache<(&'static str, i64), Entry>,
}

impl Default for Memo {
    fn default() -> Self {
        Memo { entries: moka::sync::Cache::new(MAX_VALUES) }
    }
}

impl Memo {
    /// The value of that name and number, if it was read in this generation.
    pub fn get<T: Any + Send + Sync>(
        &self,
        key: (&'static str, i64),
        generation: &Generation,
    ) -> Option<Arc<T>> {
        let entry = self.entries.get(&key).filter(|entry| entry.generation == *generation)?;
        entry.value.downcast().ok()
    }

    /// Remembers a value that was read after the generation.
    pub fn put<T: Any + Send + Sync>(&self, key: (&'static str, i64), generation: Generation, value: Arc<T>) {
        self.put_any(key, generation, value);
    }

    /// [`Memo::put`], whatever its type.
    pub fn put_any(
        &self,
        key: (&'static str, i64),
        generation: Generation,
        value: Arc<dyn Any + Send + Sync>,
    ) {
        self.entries.insert(key, Entry { generation, value });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::Memo;
    use crate::store::Generation;

    #[test]
    fn a_value_is_used_for_its_generation_and_its_type() {
        let memo = Memo::default();
        let generation = |text: &str| Generation::of(text);
        memo.put(("number", 1), generation("1"), Arc::new(5_i64));
        assert_eq!(memo.get::<i64>(("number", 1), &generation("1")), Some(Arc::new(5)));
        assert_eq!(memo.get::<i64>(("number", 1), &generation("2")), None);
        assert_eq!(memo.get::<i64>(("number", 2), &generation("1")), None);
        assert_eq!(memo.get::<String>(("number", 1), &generation("1")), None);
    }
}
