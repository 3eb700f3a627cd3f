//! What all kinds of record share: the envelope, who sees it, its workflow, its history, its links, its changes.
//!
//! A kind adds a table and its rules (see [`kind::Kind`]). Nothing here knows a kind by name but the two that the
//! envelope itself refers to: the policing body and the organisation.

pub mod answer_types;
pub mod audited_state;
pub mod changes;
pub mod circles;
mod column;
pub mod commit;
mod computed;
mod definition;
pub mod derived;
pub mod diff;
pub mod due;
pub mod erasure;
pub mod event;
pub mod history;
pub mod kind;
pub mod kind_checks;
pub mod latest_step;
pub mod lifecycle;
pub mod link;
pub mod links;
pub mod money;
mod name;
pub use name::is_reference;
pub mod read;
pub mod redaction;
pub mod related;
pub mod represent;
pub mod resolve;
pub mod row;
pub mod rows;
mod schema;
pub mod search;
pub mod shown;
pub mod state;
pub mod thread;
pub mod trail;
pub mod verify;
pub mod version;
pub mod visible;
pub mod words;
pub mod write_context;

/// The kind of policing bodies: no reach goes beyond the actor's body.
pub const BODY: &str = "policing_body";
/// The kind of organisations, which own records and are assigned to them.
pub const ORGANISATION: &str = "organisation";
