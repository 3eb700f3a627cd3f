//! The questions that residents have put, as they are stored. Until one is accepted it is no record: no version, search,
//! feed or export has it. What is left of one that was emptied is counted.

mod counts;
mod draft;
mod expiry;
mod hook;
mod row;

pub use counts::counts;
pub use draft::{destroy_draft, is_published};
pub use expiry::{TABLES, destroy_old};
pub use hook::lifecycle_hook;
pub use row::{
    Received, ReceivedState, RefusalReason, digest_of, empty, find, of_receipt, original_of, page, room,
};
