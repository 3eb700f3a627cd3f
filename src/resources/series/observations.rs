//! `GET /v1/series/{key}/observations` and `GET /v1/observations`: the observations of one series, or of many series of an
//! indicator.

use super::formats::OTHER_TYPES;
use super::indicator::requested_indicator;
use super::queries::keys::{self, SeriesRow};
use super::request;
use super::response::ObservationResponse;
use super::scope::Scope;
use crate::access::rule::READ_PUBLIC;
use crate::http::operation::{Answer, BulkReply, ExampleCall, Handler, Method, Operation};
use crate::http::{Call, Reply};
use crate::problem::Problem;
use crate::store::Conn;

/// The path parameter of a series.
pub const KEY: (&str, &str) = (
    "key",
    "The key of the series: the indicator's slug, a code for each dimension in their order, and the frequency, separated by dots.",
);

/// The operations of this module.
pub fn operations() -> Vec<Operation> {
    vec![of_series_operation(), of_indicator_operation()]
}

const ABOUT_VALUES: &str = "In JSON, no value is repeated: a series has what its observations share, and an observation leaves out what its series or `usual` has. Values are exact decimals as text, with SDMX's statuses. A value is null exactly when `OBS_STATUS` is M (cannot exist), O (missing) or Q (suppressed). A cell of a withdrawn release is `not_published` at every moment; the value that it replaced does not come back. If there are no observations in the requested periods, the list is empty.";

fn with_shared_parts(mut operation: Operation) -> Operation {
    operation.tag = "series";
    operation.params.extend(request::params());
    let answer = Answer::named(200, "The observations.", "ObservationList").or_csv();
    operation.answers = vec![Answer { others: OTHER_TYPES.to_vec(), ..answer }];
    operation.problems = vec![404, 406, 410];
    operation
}

fn of_series_operation() -> Operation {
    let mut operation = Operation::new(
        Method::Get,
        "/v1/series/{key}/observations",
        "list_series_observations",
        READ_PUBLIC,
        Handler::Read(of_series),
    );
    operation.path_params = vec![KEY];
    operation.summary = "Read the observations of a series".to_owned();
    operation.description =
        format!("Returns the observations of one series, now or as of a past moment. {ABOUT_VALUES}");
    operation.example = Some(ExampleCall {
        path: "/v1/series/recorded-crime-rolling-year.E23000020.violence-with-injury.P1Y-P3M/observations?startPeriod=2017-04-01/P1Y&endPeriod=2018-03&includeHistory=true".to_owned(),
    });
    operation.cached = true;
    with_shared_parts(operation)
}

fn of_indicator_operation() -> Operation {
    let mut operation = Operation::new(
        Method::Get,
        "/v1/observations",
        "list_observations",
        READ_PUBLIC,
        Handler::Bulk(of_indicator),
    );
    operation.params = request::series_params();
    operation.summary = "Read the observations of many series".to_owned();
    operation.description = format!(
        "Returns the observations of an indicator, of all its series or of those with the given codes, in the order of series and period. Without `limit`, the response has all cells and is sent while they are read. If, in the meantime, a release is withdrawn or one is published for an earlier moment, the response breaks off: request it again. {ABOUT_VALUES}"
    );
    operation.example = Some(ExampleCall {
        path: "/v1/observations?indicator=recorded-crime-rolling-year&c[AREA]=E23000018,E23000020&c[OFFENCE]=homicide&lastNObservations=1".to_owned(),
    });
    operation.cost = 5;
    with_shared_parts(operation)
}

/// The series in the path. 404 if it has no public observations.
pub fn requested_series(call: &Call, conn: &mut Conn) -> Result<SeriesRow, Problem> {
    keys::public_series_by_key(conn, call.segment("key"), call.now())?.ok_or_else(Problem::not_found)
}

fn of_series(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let series = requested_series(call, conn)?;
    let scope = Scope { indicator: series.indicator, measure: series.measure, series: Some(series) };
    ObservationResponse::prepare(call, conn, scope)?.into_reply(call)
}

fn of_indicator(call: &Call) -> Result<BulkReply, Problem> {
    let response = call.db.snapshot(|conn| {
        let indicator = requested_indicator(call, conn)?;
        let measure = keys::measure_of_indicator(conn, indicator)?.map_or(0, |measure| measure.number);
        ObservationResponse::prepare(call, conn, Scope { indicator, measure, series: None })
    })?;
    response.into_bulk_reply(call)
}
