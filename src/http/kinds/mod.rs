//! The operations that are the same for every kind.
//!
//! [`operations`] returns a kind's rows of the table of operations: route, rule, documentation and handler together. A
//! kind that needs something else has an operation of its own in its resource module; no flag is added here for it.

mod content;
mod document;
mod filters;
mod forms;
mod include;
mod inputs;
mod list;
mod list_params;
mod list_reply;
mod load;
mod read;
mod redact;
mod steps;
mod versions;
mod wording;
mod write;

pub use document::operations;
pub use filters::{ColumnFilter, record_filter, require_order};
pub use forms::{envelopes, schemas};
pub use include::{render, render_one};
pub use inputs::Review;
pub use list::{Key, order, query_for};
pub use list_params::{
    as_of_param, cursor_param, for_param, format_param, limit_param, search_param, search_query,
};
pub use list_reply::{
    NEEDED_BY_PAGES, audience, list_reply, list_reply_with, plain, provenance, values, wants_csv,
};
pub use load::{
    ForUpdate, LoadedRecord, before_change, load_for_update, load_if_match, load_permitted, write_context,
};
pub use read::public_fields;
pub use read::{find, gone, kind_of, visibility_of};
pub use redact::{RedactionView, redactions_seen, reply_with as redaction_reply};
pub use versions::{VersionDifference, VersionLine};
pub use wording::ID;
pub use write::{change_fields, create_as, touch, with_fields};
