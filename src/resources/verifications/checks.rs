//! Who may verify progress.

use diesel::prelude::*;
use diesel::sql_types as st;

use crate::problem::{Fault, Problem};
use crate::record::kind::CrossRecordCheck;
use crate::resources::fixed;
use crate::resources::named::Seen;
use crate::resources::progress::ProgressContent;
use crate::store::{Conn, Sql};

#[derive(QueryableByName)]
struct Verifier {
    #[diesel(sql_type = st::Text)]
    organisation_kind: String,
}

/// Checks that nobody verifies their own progress, and that nobody records a verification of those who keep their own here: the
/// Panel's is the Panel's to record, and the office's the office's.
pub fn cross_check(
    conn: &mut Conn,
    this: &CrossRecordCheck<'_>,
    faults: &mut Vec<Fault>,
) -> Result<(), Problem> {
    fixed::once_public(conn, this, "verification", &[("progress", "progress")], faults)?;
    let progress = this.named.get("progress").copied();
    let seen = Seen::read(conn, this, progress)?;
    let by = this.content["verified_by"].as_str();
    if let Some(progress) = seen.content::<ProgressContent>(progress)?
        && by == Some(progress.by.as_str())
    {
        let detail = "This organisation reported the progress, and nobody verifies their own. Name the organisation that checked it.";
        faults.push(Fault::pointer("/verified_by", "same_organisation", detail));
    }
    let Some(verifier) = this.named.get("verified_by").filter(|_| by != this.owner) else { return Ok(()) };
    let verifier: Option<Verifier> =
        Sql::new("SELECT o.organisation_kind FROM organisation o WHERE o.is_head AND o.record = ")
            .bind(*verifier)
            .get_result(conn)
            .optional()?;
    let keeps_its_own = ["police_and_crime_panel", "policing_body_office"];
    if verifier.is_some_and(|one| keeps_its_own.contains(&one.organisation_kind.as_str())) {
        let detail = "Only the Panel can record a verification by the Panel, and only an office one by that office. Name another organisation in `verified_by`, or let the one that checked it record it.";
        faults.push(Fault::pointer("/verified_by", "other_owner", detail));
    }
    Ok(())
}
