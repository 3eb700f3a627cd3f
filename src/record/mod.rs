//! What all kinds of record share: the envelope, who sees it, its life, its history, its links, its changes.
//!
//! A kind adds a table and its rules (see [`kind::Kind`]); nothing here knows any of them by name but the two
//! that the envelope itself stands on, the policing body and the organisation.

pub mod changes;
mod column;
mod computed;
mod definition;
pub mod kind;
pub mod lifecycle;
pub mod links;
pub mod money;
pub mod read;
pub mod redaction;
pub mod represent;
pub mod resolve;
pub mod rows;
mod schema;
pub mod search;
pub mod state;
pub mod thread;
pub mod trail;
pub mod version;
pub mod visible;
pub mod words;

/// The kind that every reach ends at.
pub const BODY: &str = "policing_body";
/// The kind that owns records and is assigned them.
pub const ORGANISATION: &str = "organisation";
