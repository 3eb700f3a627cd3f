//! A single comparison of a single series, for what else is computed from it.

use super::dto::ComparisonResult;
use super::reading::Reading;
use super::request::ComparisonRequest;
use crate::http::Call;
use crate::problem::Problem;
use crate::resources::receipts::ReceiptContext;
use crate::resources::series::Figures;
use crate::stats::comparison::Comparison;
use crate::store::Conn;

/// A comparison, and how it is shown.
pub struct OneComparison {
    /// None if the comparison makes no sense for the series: `shown` says why.
    pub comparison: Option<Comparison>,
    pub shown: ComparisonResult,
}

/// The first comparison of a request, of the first series of the figures. None if there is no series, or no period.
pub fn one(
    call: &Call,
    conn: &mut Conn,
    request: ComparisonRequest,
    figures: Figures,
) -> Result<Option<OneComparison>, Problem> {
    let reading = Reading::new(call, conn, request, figures)?;
    let Some(series) = reading.figures.requested.first().cloned() else { return Ok(None) };
    let read = reading.read(conn, std::slice::from_ref(&series))?;
    let Some(compared) = reading.compare(&read, &series).into_iter().next() else { return Ok(None) };
    let context = ReceiptContext::new(call, &reading.figures);
    let shown = reading.view(&context, &read, &series, &compared);
    Ok(Some(OneComparison { comparison: compared.result.ok(), shown }))
}
