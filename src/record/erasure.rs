//! Removes from the database's files what redactions destroyed: a deleted row is no longer read, but its bytes stay in the
//! files until these are rewritten.

use diesel::dsl::exists;
use diesel::prelude::*;
use serde_json::json;

use super::kind::KindDef;
use crate::access::audit;
use crate::clock::Clock;
use crate::problem::Problem;
use crate::store::tables::redaction;
use crate::store::{Conn, Db};

/// The tables of the kinds with content that a redaction destroys.
pub fn tables(kinds: &[&'static KindDef]) -> Vec<&'static str> {
    let of_kind =
        |kind: &&'static KindDef| std::iter::once(kind.def.table).chain(kind.def.scrubbed.iter().copied());
    kinds.iter().flat_map(of_kind).collect()
}

/// Whether the files were not rewritten since some redaction.
pub fn is_due(conn: &mut Conn) -> Result<bool, Problem> {
    let waiting = redaction::table.filter(redaction::rewritten_at.is_null());
    Ok(diesel::select(exists(waiting)).get_result(conn)?)
}

/// Rewrites the files, and notes it with each redaction of which they now hold nothing. Returns how many these are; `None`
/// if others still use what was deleted: try again.
pub fn rewrite(db: &Db, kinds: &[&'static KindDef], clock: &Clock) -> Result<Option<usize>, Problem> {
    let start = clock.now();
    if !db.rewrite(&tables(kinds))? {
        return Ok(None);
    }
    db.write(|conn| {
        let waiting = redaction::table
            .filter(redaction::rewritten_at.is_null())
            .filter(redaction::redacted_at.le(start));
        let done = diesel::update(waiting).set(redaction::rewritten_at.eq(start)).execute(conn)?;
        audit::note_of_operator(conn, clock, "files_rewritten", &json!({"redactions": done}))?;
        Ok(Some(done))
    })
}
