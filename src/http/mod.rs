//! What every request shares, above the record: parameters, bodies, paging, conditions, formats, the cache,
//! the table of operations, and the operations that are the same for every kind.

pub mod accept;
pub mod address;
pub mod arriving;
pub mod body;
pub mod body_files;
pub mod cache;
pub mod call;
pub mod coded;
pub mod conditional;
pub mod csv;
pub mod download;
pub mod form;
pub mod idempotency;
pub mod input;
pub mod kinds;
pub mod lengths;
pub mod limits;
pub mod memo;
pub mod modified;
pub mod often;
pub mod operation;
pub mod operation_spec;
pub mod paging;
mod param_type;
pub mod params;
pub mod patterns;
pub mod places;
pub mod range;
pub mod reply;
pub mod schema;
pub mod state;
pub mod table;
pub mod wide;

pub use call::{Call, Headers};
pub use reply::Reply;
pub use state::{State, StateConfig};
