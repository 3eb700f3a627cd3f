//! The operations that are the same for every kind, written once.
//!
//! [`operations`] gives a kind's rows of the table: route, rule, document and handler together. A kind that
//! needs another way for one of them brings its own row in its room; nothing here grows a flag for it.

mod document;
mod forms;
mod include;
mod inputs;
mod list;
mod list_params;
mod list_reply;
mod read;
mod redact;
mod write;

pub use document::{ID, operations};
pub use forms::{envelopes, pascal, schemas};
pub use include::{render, render_one};
pub use inputs::Review;
pub use list::{ColumnFilter, Key, order, query_for};
pub use list_params::{as_of_param, cursor_param, format_param, limit_param, search_param, search_query};
pub use list_reply::{list_reply, list_reply_with, plain, provenance, values, wants_csv};
pub use read::public_fields;
pub use read::{VersionLine, find, gone, kind_of, visibility_of};
pub use redact::{RedactionView, redactions_seen, shown as shown_redaction};
pub use write::{Target, context as write_deed, looked_at, permitted, target, touch};
