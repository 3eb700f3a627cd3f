//! By what a record of a bundle names another of its kind.

use crate::clock::Id;

/// A name by which a record of the bundle names another of its kind.
pub(super) struct OwnName {
    /// The number of the kind, in the order of imports.
    pub kind: usize,
    /// The file and its line.
    pub file: String,
    pub line: u64,
    /// The path of the reference, and the position.
    pub path: &'static str,
    pub position: i64,
    pub record: Id,
    pub other: Id,
}
