//! What other records require of progress.

use diesel::prelude::*;
use serde::Deserialize;

use super::dto::ProgressContent;
use crate::clock::Id;
use crate::problem::{Fault, Problem};
use crate::record::kind::CrossRecordCheck;
use crate::record::lifecycle;
use crate::resources::fixed;
use crate::resources::named::Seen;
use crate::resources::recommendations::RecommendationContent;
use crate::resources::reports::ReportContent;
use crate::resources::rules;
use crate::store::{Conn, Found, Sql};

/// Checks that an organisation reports once on a recommendation or a report, stays the one that reports, and reports nothing
/// that was before it.
pub fn cross_check(
    conn: &mut Conn,
    this: &CrossRecordCheck<'_>,
    faults: &mut Vec<Fault>,
) -> Result<(), Problem> {
    let fields = [("by", "by_organisation"), ("recommendation", "recommendation"), ("report", "report")];
    fixed::once_public(conn, this, "progress", &fields, faults)?;
    check_days(conn, this, faults)?;
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

/// Checks that no entry is dated before the recommendation or, of a report, before its inspection.
fn check_days(conn: &mut Conn, this: &CrossRecordCheck<'_>, faults: &mut Vec<Fault>) -> Result<(), Problem> {
    let content = ProgressContent::deserialize(this.content).map_err(Problem::internal)?;
    let [recommendation, report] = ["recommendation", "report"].map(|field| this.named.get(field).copied());
    let seen = Seen::read(conn, this, recommendation.into_iter().chain(report))?;
    let made_on = seen.content::<RecommendationContent>(recommendation)?.and_then(|one| one.made_on);
    let inspected =
        seen.content::<ReportContent>(report)?.and_then(|one| one.visited_from.or(one.published_on));
    for (n, entry) in content.entries.iter().enumerate() {
        let pointer = format!("/entries/{n}/on");
        for (first, first_is) in [
            (made_on, "the day on which the recommendation was made"),
            (inspected, "the first day of the inspection, or the day of the report"),
        ] {
            rules::check_not_before(&pointer, entry.on, first, first_is, faults);
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
