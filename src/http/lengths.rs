//! The lengths of bodies that are made piece by piece, as far as they are known.

/// How many are remembered.
const MOST: u64 = 1_000;

/// Lengths by address and tag: what has one tag at one address always has the same bytes.
pub struct Lengths(moka::sync::Cache<String, u64>);

impl Default for Lengths {
    fn default() -> Lengths {
        Lengths(moka::sync::Cache::new(MOST))
    }
}

impl Lengths {
    /// The number of bytes of the body with a tag at an address.
    pub fn get(&self, address: &str, tag: &str) -> Option<u64> {
        self.0.get(&key(address, tag))
    }

    /// Remembers it.
    pub fn put(&self, address: &str, tag: &str, length: u64) {
        self.0.insert(key(address, tag), length);
    }
}

fn key(address: &str, tag: &str) -> String {
    format!("{tag} {address}")
}
