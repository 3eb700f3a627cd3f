//! Drafts of what residents put: where one never becomes public, it ends with what was put.

use diesel::prelude::*;

use crate::clock::Id;
use crate::problem::Problem;
use crate::record::kind::KindDef;
use crate::record::redaction::{self, Scope};
use crate::record::write_context::WriteContext;
use crate::store::{Conn, Count, Sql};

/// Whether a question on record was ever public, or has a moment at which it will be.
pub fn is_published(conn: &mut Conn, question: Id) -> Result<bool, Problem> {
    let count: Count =
        Sql::new("SELECT count(*) AS n FROM record_version WHERE public_from IS NOT NULL AND record = ")
            .bind(question)
            .get_result(conn)?;
    Ok(count.n > 0)
}

/// Destroys a draft in all its versions and places, as a redaction of the whole record does, which it is. False if it is destroyed
/// already. The caller must have locked it, and seen that it was never published.
pub fn destroy_draft(
    conn: &mut Conn,
    context: &WriteContext<'_>,
    kind: &KindDef,
    question: Id,
    reason: &str,
) -> Result<bool, Problem> {
    let versions = redaction::all_versions(conn, question)?;
    if versions.iter().all(|row| row.redacted_at.is_some()) {
        return Ok(false);
    }
    redaction::redact(conn, context, kind, &versions, &Scope::Record, reason)?;
    Ok(true)
}
