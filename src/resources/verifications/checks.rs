//! Who may verify progress.

use diesel::prelude::*;
use diesel::sql_types as st;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::Error;

use super::dto::VerificationContent;
use crate::problem::{Fault, Problem};
use crate::record::kind::CrossRecordCheck;
use crate::resources::fixed;
use crate::resources::named::Seen;
use crate::resources::organisations::OrganisationKind;
use crate::resources::progress::ProgressContent;
use crate::store::{Conn, Sql};

#[derive(QueryableByName)]
struct Verifier {
    #[diesel(sql_type = st::Text)]
    organisation_kind: String,
}

impl Verifier {
    /// Whether its own verifications are for itself to record.
    fn keeps_its_own(&self) -> bool {
        let kind: Result<_, Error> =
            OrganisationKind::deserialize(self.organisation_kind.as_str().into_deserializer());
        kind.is_ok_and(|kind| {
            matches!(kind, OrganisationKind::PoliceAndCrimePanel | OrganisationKind::PolicingBodyOffice)
        })
    }
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
    let by = VerificationContent::deserialize(this.content).map_err(Problem::internal)?.verified_by;
    if let Some(progress) = seen.content::<ProgressContent>(progress)?
        && by == progress.by
    {
        let detail = "This organisation reported the progress, and nobody verifies their own. Name the organisation that checked it.";
        faults.push(Fault::pointer("/verified_by", "same_organisation", detail));
    }
    let Some(verifier) = this.named.get("verified_by").filter(|_| Some(by.as_str()) != this.owner) else {
        return Ok(());
    };
    let verifier: Option<Verifier> =
        Sql::new("SELECT o.organisation_kind FROM organisation o WHERE o.is_head AND o.record = ")
            .bind(*verifier)
            .get_result(conn)
            .optional()?;
    if verifier.is_some_and(|one| one.keeps_its_own()) {
        let detail = "Only the Panel can record a verification by the Panel, and only an office one by that office. Name another organisation in `verified_by`, or let the one that checked it record it.";
        faults.push(Fault::pointer("/verified_by", "other_owner", detail));
    }
    Ok(())
}
