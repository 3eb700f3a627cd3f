//! A link that a version declares.

use crate::clock::Id;

/// A link to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The path of the [`Reference`](super::definition::Reference).
    pub reference: &'static str,
    /// The position in the list, or lists, that name the record ([`super::links::position`]); 0 outside lists.
    pub position: i64,
    /// The relation's name.
    pub rel: &'static str,
    /// Whether the relation points from the other record to this one.
    pub inverse: bool,
    /// The record that is named.
    pub other: Id,
}
