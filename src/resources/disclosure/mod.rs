//! Disclosure control of the figures of protected indicators: what the public sees of a release, and the audit that tries to
//! work out what is hidden from everything that is public.

mod finding;
mod indicator;
mod plan;
mod record;
mod rows;
mod stage;

pub use finding::Finding;
pub use indicator::{check as check_indicator, is_unprotected, public_content};
pub use plan::why;
pub use record::{RecordAudit, audit_record};
pub use stage::{Hits, Review, before_publication, hits, hits_of, protect_staged};
