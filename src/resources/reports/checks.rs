//! What its recommendations require of a report.

use diesel::RunQueryDsl;

use crate::problem::{Fault, Problem};
use crate::record::kind::CrossRecordCheck;
use crate::store::{Conn, Found, Sql};

/// Checks that the maker of the report is that of its public recommendations.
pub fn cross_check(
    conn: &mut Conn,
    this: &CrossRecordCheck<'_>,
    faults: &mut Vec<Fault>,
) -> Result<(), Problem> {
    let Some(made_by) = this.named.get("made_by").copied() else { return Ok(()) };
    let mut sql = Sql::new("SELECT EXISTS (SELECT 1 FROM recommendation t WHERE t.report = ")
        .bind(this.record)
        .text(" AND t.body = ")
        .bind(this.body)
        .text(" AND t.made_by <> ")
        .bind(made_by)
        .text(" AND t.listed AND t.public_from IS NOT NULL AND t.public_to > ")
        .bind(this.now);
    if !this.publishing {
        sql = sql.text(" AND t.public_from <= ").bind(this.now);
    }
    if sql.text(") AS found").get_result::<Found>(conn)?.found {
        let detail = "Recommendations of this report are on record with another maker. Restore `made_by`, or withdraw them first.";
        faults.push(Fault::pointer("/made_by", "mismatch", detail));
    }
    Ok(())
}
