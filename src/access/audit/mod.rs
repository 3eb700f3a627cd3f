//! The audit trail: who did what, when, with which credential, to which version, why; in a chain of hashes.
//!
//! An entry is written in the transaction of the event, without a number ([`entry`]). One sealer then numbers the
//! entries and chains them ([`seal`]). What an entry says is in salted commitments ([`commitment`]): after a redaction
//! has destroyed salt and detail ([`redact`]), the chain can still be verified ([`verify`]).

pub mod commitment;
pub mod entry;
pub mod heads;
pub mod refusals;
pub mod seal;
pub mod tree;
pub mod verify;

pub use commitment::{CONTENT, DETAIL, Digest, STATE, commit, content_text, derived};
pub use entry::{
    BACKUP_MADE, EVENTS, Entry, OPERATOR, Published, REDACTED, canonical, latest, note_of_operator, record,
    record_all, redact, with_actor,
};
pub use refusals::{Note, Refusals};
