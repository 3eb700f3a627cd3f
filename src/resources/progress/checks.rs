//! What other records require of progress.

use diesel::prelude::*;

use crate::clock::Id;
use crate::problem::{Fault, Problem};
use crate::record::kind::CrossRecordCheck;
use crate::record::lifecycle;
use crate::resources::fixed;
use crate::store::{Conn, Found, Sql};

/// Checks that an organisation reports once on a recommendation or a report, and stays the one that reports.
pub fn cross_check(
    conn: &mut Conn,
    this: &CrossRecordCheck<'_>,
    faults: &mut Vec<Fault>,
) -> Result<(), Problem> {
    let fields = [("by", "by_organisation"), ("recommendation", "recommendation"), ("report", "report")];
    fixed::once_public(conn, this, "progress", &fields, faults)?;
    let Some(by) = this.named.get("by").copied() else { return Ok(()) };
    for (subject, what) in [("recommendation", "this recommendation"), ("report", "this report")] {
        let Some(named) = this.named.get(subject).copied() else { continue };
        if this.publishing {
            // One publication after the other.
            lifecycle::lock(conn, named)?;
        }
        if reports_already(conn, this, (subject, named), by)? {
            let detail = format!(
                "This organisation's progress on {what} is on record already. Add an entry to that, and do not make another one."
            );
            faults.push(Fault::pointer("/by", "duplicate", detail));
        }
    }
    Ok(())
}

/// Whether other progress of the same organisation on the same subject is public. A publication also counts what is scheduled: as
/// with references, whoever publishes may learn of that.
fn reports_already(
    conn: &mut Conn,
    this: &CrossRecordCheck<'_>,
    (subject, named): (&'static str, Id),
    by: Id,
) -> Result<bool, Problem> {
    let mut sql = Sql::new("SELECT EXISTS (SELECT 1 FROM progress t WHERE t.")
        .text(subject)
        .text(" = ")
        .bind(named)
        .text(" AND t.by_organisation = ")
        .bind(by)
        .text(" AND t.record <> ")
        .bind(this.record)
        .text(" AND t.body = ")
        .bind(this.body)
        .text(" AND t.listed AND t.public_from IS NOT NULL AND t.public_to > ")
        .bind(this.now);
    if !this.publishing {
        sql = sql.text(" AND t.public_from <= ").bind(this.now);
    }
    Ok(sql.text(") AS found").get_result::<Found>(conn)?.found)
}
