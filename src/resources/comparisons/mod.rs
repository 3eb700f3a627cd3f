//! Comparisons of the figures of series: with other periods, a baseline, a target, a population, other areas. The arithmetic
//! is in `stats::comparison`; each result carries its receipt.

mod compute;
mod dto;
mod one;
mod parameters;
mod peers;
mod reading;
mod request;
mod view;
mod writing;

pub use compute::base_of;
pub use dto::ComparisonResult;
pub use one::{LatestComparison, OneComparison, of_latest, one};
pub use reading::{SeriesFigures, pinned_baselines, pinned_cells};
pub use request::{ComparisonRequest, PeerAreas, Periods};

use self::reading::Reading;
use self::writing::ComparisonPieces;
use crate::access::rule::READ_PUBLIC;
use crate::http::operation::{
    Answer, BulkReply, ExampleCall, Handler, Method, Operation, Pieces, StreamingReply,
};
use crate::http::{Call, Reply};
use crate::problem::Problem;
use crate::resources::receipts;
use crate::resources::series::{Figures, KEY, series_params};
use crate::store::Conn;

const ABOUT: &str = "Each result has a receipt: what was computed, in words with the numbers in it, and every figure that went into it. Results are exact, rounded once, half away from zero. A result that cannot be had is null, with the `reason`: never 0. The methods and their formulas are described in docs/statistics.md.";

/// The operations of this module.
pub fn operations() -> Vec<Operation> {
    vec![of_series_operation(), of_indicator_operation()]
}

fn with_shared_parts(mut operation: Operation) -> Operation {
    operation.tag = "series";
    operation.params.extend(parameters::params());
    operation.answers = vec![Answer::named(200, "The comparisons.", "ComparisonList").or_csv()];
    operation.problems = vec![404, 410, 422];
    operation
}

fn of_series_operation() -> Operation {
    let mut operation = Operation::new(
        Method::Get,
        "/v1/series/{key}/comparisons",
        "list_series_comparisons",
        READ_PUBLIC,
        Handler::Read(of_series),
    );
    operation.path_params = vec![KEY];
    operation.summary = "Compare the figures of a series".to_owned();
    operation.description = format!(
        "Compares the figure of a period with another period, a baseline, a target, a population or other areas, by one method or several. {ABOUT}"
    );
    operation.example = Some(ExampleCall {
        path: "/v1/series/recorded-crime-rolling-year.E23000018.robbery.P1Y-P3M/comparisons?method=yoy&period=2017-04-01/P1Y".to_owned(),
    });
    operation.cached = true;
    with_shared_parts(operation)
}

fn of_indicator_operation() -> Operation {
    let mut operation = Operation::new(
        Method::Get,
        "/v1/comparisons",
        "list_comparisons",
        READ_PUBLIC,
        Handler::Bulk(of_indicator),
    );
    operation.params = series_params();
    operation.summary = "Compare the figures of many series".to_owned();
    operation.description = format!(
        "Compares the figures of an indicator: of all its series or of those with the given codes, in the order of their keys. Without `period`, each series is compared at its own latest period. A comparison that makes no sense for one of the series is null for it, with the `reason`. With `peers`, one period only, and at most 200,000 figures of other areas. {ABOUT}"
    );
    operation.example = Some(ExampleCall {
        path: "/v1/comparisons?indicator=recorded-crime-rolling-year&c[AREA]=E23000018&c[OFFENCE]=robbery&method=yoy&period=2017-04-01/P1Y".to_owned(),
    });
    operation.cost = 5;
    with_shared_parts(operation)
}

fn of_series(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let request = ComparisonRequest::parse(call)?;
    let figures = Figures::of_path(call, conn, request.at, request.names_peers())?;
    let reading = Reading::new(call, conn, request, figures)?;
    let read = reading.read(conn, &reading.figures.requested)?;
    let mut pieces = ComparisonPieces::new(call, reading);
    let mut body = vec![];
    for series in pieces.reading.figures.requested.clone() {
        pieces.only(&read, &series, &mut body)?;
    }
    pieces.end(&mut body)?;
    let mut reply = Reply::json(body);
    reply.content_type = pieces.content_type();
    Ok(receipts::reply(call, &pieces.reading.figures, reply))
}

fn of_indicator(call: &Call) -> Result<BulkReply, Problem> {
    let reading = call.db.snapshot(|conn| {
        let request = ComparisonRequest::parse(call)?;
        let figures = Figures::of_query(call, conn, request.at)?;
        let reading = Reading::new(call, conn, request, figures)?;
        reading.refuse_too_many(conn)?;
        Ok(reading)
    })?;
    reading.refuse_too_many_peers(call)?;
    let tag = reading.tag(call);
    let pieces = ComparisonPieces::new(call, reading);
    Ok(BulkReply::InPieces(StreamingReply {
        content_type: pieces.content_type(),
        headers: receipts::headers(call, &pieces.reading.figures),
        tag,
        of_body: pieces.reading.figures.row.body_reference.clone(),
        latest: None,
        pieces: Box::new(pieces),
    }))
}

impl Pieces for ComparisonPieces {
    fn memory(&self) -> usize {
        self.reading.figures.memory()
    }

    fn next(&mut self, call: &Call, out: &mut Vec<u8>) -> Result<bool, Problem> {
        self.append(call, out)
    }
}
