//! What the proposal that is revised requires of its revision.

use diesel::RunQueryDsl;
use diesel::sql_types as st;
use serde::Deserialize;

use super::dto::{ProposalContent, ProposedPrecept};
use crate::clock::{Id, Ts};
use crate::problem::{Fault, Problem};
use crate::record::kind::CrossRecordCheck;
use crate::resources::named::Seen;
use crate::resources::panel_decisions::{Direction, PanelDecisionContent, PanelOutcome};
use crate::resources::rules;
use crate::store::{Conn, Sql};

/// Checks that a revision is of the same year as what it revises, and follows the Panel's veto.
pub fn cross_check(
    conn: &mut Conn,
    this: &CrossRecordCheck<'_>,
    faults: &mut Vec<Fault>,
) -> Result<(), Problem> {
    let Some(revised) = this.named.get("revises").copied() else { return Ok(()) };
    // That it does not name itself is checked for every kind.
    if revised == this.record {
        return Ok(());
    }
    let content = ProposalContent::deserialize(this.content).map_err(Problem::internal)?;
    let seen = Seen::read(conn, this, [revised])?;
    let Some(before) = seen.content::<ProposalContent>(Some(revised))? else { return Ok(()) };
    if before.revises.is_some() {
        let detail =
            "This proposal is a revision itself, and a revision is not revised. Name the first proposal.";
        faults.push(Fault::pointer("/revises", "no_second_veto", detail));
    }
    let (Some(precept), Some(earlier)) = (&content.precept, &before.precept) else {
        let detail = "This proposal is not of a precept. Name the proposal of the precept that was vetoed.";
        faults.push(Fault::pointer("/revises", "mismatch", detail));
        return Ok(());
    };
    if precept.financial_year != earlier.financial_year {
        let detail = "The proposal that this revises is of another financial year. Give that year, or name another one.";
        faults.push(Fault::pointer("/precept/financial_year", "mismatch", detail));
    }
    let first_is = "the day on which the Panel was notified of the proposal that this revises";
    rules::check_not_before("/notified_on", content.notified_on, Some(before.notified_on), first_is, faults);
    let band_before =
        |precept: &ProposedPrecept| precept.previous_band_d.as_ref().and_then(|money| money.pence());
    if band_before(precept).zip(band_before(earlier)).is_some_and(|(now, before)| now != before) {
        let detail = "The proposal that this revises states another Band D of the year before. Give the same amount here, or correct it in that proposal.";
        faults.push(Fault::pointer("/precept/previous_band_d/amount", "mismatch", detail));
    }
    let direction = vetoed(conn, revised, this.now)?;
    if let Some((code, detail)) = direction.and_then(|direction| precept.against(direction, earlier)) {
        faults.push(Fault::pointer("/precept/band_d/amount", code, detail));
    }
    Ok(())
}

#[derive(diesel::QueryableByName)]
struct Content {
    #[diesel(sql_type = st::Text)]
    content: String,
}

/// The direction of the veto of a proposal that is public, if there is one.
fn vetoed(conn: &mut Conn, proposal: Id, now: Ts) -> Result<Option<Direction>, Problem> {
    let rows: Vec<Content> = Sql::new(
        "SELECT v.content FROM panel_decision t JOIN record_version v ON v.record = t.record AND v.version = t.version
         WHERE t.outcome = 'veto' AND t.on_proposal = ",
    )
    .bind(proposal)
    .text(" AND t.listed AND t.public_from <= ")
    .bind(now)
    .text(" AND t.public_to > ")
    .bind(now)
    .text(" ORDER BY t.decided_on DESC, t.record")
    .load(conn)?;
    for row in rows {
        let content: PanelDecisionContent = serde_json::from_str(&row.content).map_err(Problem::internal)?;
        if content.outcome == PanelOutcome::Veto && content.direction.is_some() {
            return Ok(content.direction);
        }
    }
    Ok(None)
}
