//! Who may verify progress.

use crate::problem::{Fault, Problem};
use crate::record::kind::CrossRecordCheck;
use crate::resources::named::Seen;
use crate::resources::progress::ProgressContent;
use crate::store::Conn;

/// Checks that nobody verifies their own progress.
pub fn cross_check(
    conn: &mut Conn,
    this: &CrossRecordCheck<'_>,
    faults: &mut Vec<Fault>,
) -> Result<(), Problem> {
    let progress = this.named.get("progress").copied();
    let seen = Seen::read(conn, this, progress)?;
    if let Some(progress) = seen.content::<ProgressContent>(progress)?
        && this.content["verified_by"] == progress.by
    {
        let detail = "This organisation reported the progress, and nobody verifies their own. Name the organisation that checked it.";
        faults.push(Fault::pointer("/verified_by", "same_organisation", detail));
    }
    Ok(())
}
