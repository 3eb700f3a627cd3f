//! `GET /v1/series` and `GET /v1/series/{key}`: which series an indicator has, and what a series is.

use super::dto::{SeriesCode, SeriesLine, SeriesStep, SeriesView};
use super::indicator::{public_indicator, requested_indicator};
use super::observations::{KEY, requested_series};
use super::queries::keys::{self, SeriesRow};
use super::queries::periods::periods;
use super::queries::reading;
use super::releases::Releases;
use super::request;
use super::row_context;
use crate::access::rule::READ_PUBLIC;
use crate::http::kinds::{self, list_reply, values};
use crate::http::operation::{Answer, ExampleCall, Handler, Method, Operation};
use crate::http::paging::PageRequest;
use crate::http::{Call, Reply};
use crate::problem::Problem;
use crate::resources::indicators::Dimension;
use crate::stats::period::{self, Frequency};
use crate::store::Conn;

/// The operations of this module.
pub fn operations() -> Vec<Operation> {
    let mut list = Operation::new(Method::Get, "/v1/series", "list_series", READ_PUBLIC, Handler::Read(list));
    list.tag = "series";
    list.params = request::series_params();
    list.params.extend([kinds::cursor_param(), kinds::limit_param(), kinds::format_param()]);
    list.summary = "List the series of an indicator".to_owned();
    list.description =
        "Returns the series of an indicator that have public observations, in the order of their keys."
            .to_owned();
    list.answers = vec![Answer::named(200, "A page of series.", "SeriesList").or_csv()];
    list.problems = vec![410];
    list.example = Some(ExampleCall {
        path: "/v1/series?indicator=recorded-crime-rolling-year&c[AREA]=E23000018&limit=2".to_owned(),
    });
    list.cached = true;
    let mut get =
        Operation::new(Method::Get, "/v1/series/{key}", "get_series", READ_PUBLIC, Handler::Read(get));
    get.tag = "series";
    get.path_params = vec![KEY];
    get.summary = "Read what a series is".to_owned();
    get.description =
        "Returns what a series is, which periods it has, and when observations of it were last published."
            .to_owned();
    get.answers = vec![Answer::named(200, "The series.", "Series")];
    get.problems = vec![404, 410];
    get.example = Some(ExampleCall {
        path: "/v1/series/recorded-crime-rolling-year.E23000020.violence-with-injury.P1Y-P3M".to_owned(),
    });
    get.cached = true;
    vec![list, get]
}

const FIELDS: &[&str] = &["key", "self", "frequency", "codes"];

fn list(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let indicator = requested_indicator(call, conn)?;
    let (_, content) = public_indicator(call, conn, indicator)?;
    let dimensions = &content.content.dimensions;
    let filter = request::code_filter(call, dimensions)?;
    let page_request = PageRequest::public(call, "series");
    let after = page_request.after_text()?;
    let measure = keys::measure_of_indicator(conn, indicator)?;
    let public =
        measure.map_or(Ok(vec![]), |measure| keys::public_series(conn, measure.number, call.now()))?;
    call.state.wide.note(call.indicator_or_address(), public.len());
    let is_after = |row: &SeriesRow| after.as_ref().is_none_or(|after| row.series_key > *after);
    let mut rows = row_context::matching(public.into_iter().filter(is_after).collect(), &filter);
    let page = page_request.truncate(&mut rows, |last| vec![last.series_key.as_str().into()])?;
    let lines = values(rows.iter().map(|row| line(row, dimensions)))?;
    list_reply(call, FIELDS, &lines, &page)
}

fn line(row: &SeriesRow, dimensions: &[Dimension]) -> SeriesLine {
    let series_code = |(code, dimension): (&str, &Dimension)| SeriesCode {
        dimension: dimension.code.clone(),
        code: code.to_owned(),
        name: dimension
            .codes
            .iter()
            .find(|known| known.code == code)
            .map_or(String::new(), |known| known.name.clone()),
    };
    SeriesLine {
        key: row.series_key.clone(),
        self_link: format!("/v1/series/{}", row.series_key),
        frequency: row.frequency.clone(),
        codes: row.codes.split('.').zip(dimensions).map(series_code).collect(),
    }
}

fn get(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let series = requested_series(call, conn)?;
    let (row, indicator) = public_indicator(call, conn, series.indicator)?;
    let periods = periods(conn, &series, call.now())?;
    let frequency = Frequency::parse(&series.frequency)
        .ok_or_else(|| Problem::internal("a series has an unknown frequency"))?;
    let (first, last) = (periods.first(), periods.last());
    let step = |one: period::Step| SeriesStep {
        step: one.text(),
        first_period: one.first.text(frequency),
        last_period: one.last.text(frequency),
    };
    let cells = reading::cells_by_release(conn, series.measure, series.number, call.now())?;
    let releases = Releases::of(call, conn, series.measure)?;
    let of_series = releases.until(call.now()).iter().filter(|release| cells.contains_key(&release.number));
    Reply::value(&SeriesView {
        line: line(&series, &indicator.content.dimensions),
        indicator: row.record,
        title: row.title.clone(),
        unit: indicator.content.unit.code().to_owned(),
        cells: periods.len(),
        first_period: first.map(|period| period.text(frequency)),
        last_period: last.map(|period| period.text(frequency)),
        last_period_words: last.map(|period| period.words(frequency)),
        steps: period::steps(&periods).unwrap_or_default().into_iter().map(step).collect(),
        updated_at: of_series.map(|release| release.valid_from).max(),
    })
}
