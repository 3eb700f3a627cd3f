//! A single comparison of a single series, for what else is computed from it.

use std::sync::Arc;

use super::dto::ComparisonResult;
use super::reading::{Reading, SeriesFigures};
use super::request::{ComparisonRequest, Periods};
use crate::clock::Ts;
use crate::http::Call;
use crate::problem::Problem;
use crate::resources::areas::Areas;
use crate::resources::receipts::ReceiptContext;
use crate::resources::series::Figures;
use crate::stats::comparison::{Comparison, Mean, Method, Options};
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

/// A comparison of the latest figure of a series, as the answer to its own request shows it.
pub struct LatestComparison {
    pub shown: ComparisonResult,
    /// The address of that answer, without the host; none if the comparison makes no sense for the series.
    pub address: Option<String>,
}

/// The comparisons of the latest complete figure of the first series of the figures, by some methods in their order. Empty if
/// there is no such figure.
pub fn of_latest(
    context: &ReceiptContext,
    figures: Figures,
    areas: Arc<Areas>,
    read: &SeriesFigures,
    methods: Vec<Method>,
    as_of: Option<Ts>,
) -> Vec<LatestComparison> {
    let request = ComparisonRequest {
        methods,
        periods: Periods::Latest,
        base: None,
        peers: None,
        with_self: false,
        mean: Mean::OfRates,
        options: Options::default(),
        at: figures.at,
        as_of,
        csv: None,
    };
    let reading = Reading::unchecked(request, figures, areas);
    let Some(series) = reading.figures.requested.first() else { return vec![] };
    let latest = |compared: super::compute::Compared| {
        let (path, query) = reading.address_of(series, &compared);
        let shown = reading.view(context, read, series, &compared);
        let address = compared.result.is_ok().then(|| context.address(&path, &query));
        LatestComparison { shown, address }
    };
    reading.compare(read, series).into_iter().map(latest).collect()
}
