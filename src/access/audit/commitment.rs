//! Salted commitments: digests that tell nothing to a reader who does not have the salt.
//!
//! Three further salts derive from an entry's `salt`, one for each commitment, so that opening one commitment to an
//! outsider opens no other:
//!
//! - `content_digest`: for a version that became public, its record, the number of its publication and its digest;
//! - `detail_digest`: the entry's `detail`;
//! - `state_digest`: the record with all its versions as they were after the event (`record/audited_state.rs`).
//!
//! A second random value, `blind`, is never destroyed. It hides the actor and the record in what an outsider sees.

use aws_lc_rs::hmac;

use crate::clock::Id;
use crate::hex::hex;

/// A SHA-256 digest.
pub type Digest = [u8; 32];

/// The label from which the salt of `content_digest` derives.
pub const CONTENT: &str = "content";
/// The label from which the salt of `detail_digest` derives.
pub const DETAIL: &str = "detail";
/// The label from which the salt of `state_digest` derives.
pub const STATE: &str = "state";

/// The salt for a label, derived from an entry's salt.
pub fn derived(salt: &[u8], label: &str) -> Digest {
    keyed(salt, label.as_bytes())
}

/// The commitment to a message.
pub fn commit(salt: &[u8], label: &str, message: &[u8]) -> Digest {
    keyed(&derived(salt, label), message)
}

/// HMAC-SHA-256.
pub fn keyed(key: &[u8], message: &[u8]) -> Digest {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message);
    let mut digest = [0; 32];
    digest.copy_from_slice(tag.as_ref());
    digest
}

/// The message that `content_digest` commits to. The number of the edit is not in it, since it would tell an outsider
/// how often the version was changed before it was public.
pub fn content_text(record: Id, publication: i64, digest: &[u8]) -> Vec<u8> {
    format!("{record}\n{publication}\n{}\n", hex(digest)).into_bytes()
}
