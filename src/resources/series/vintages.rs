//! `GET /v1/series/{key}/vintages`: the publications of a series.

use super::dto::Vintage;
use super::indicator::public_indicator;
use super::observations::{KEY, requested_series};
use super::queries::reading::{self, PublishedRelease};
use super::releases::Releases;
use crate::access::rule::READ_PUBLIC;
use crate::http::kinds::{self, list_reply, values};
use crate::http::operation::{Answer, ExampleCall, Handler, Method, Operation};
use crate::http::paging::PageRequest;
use crate::http::{Call, Reply};
use crate::problem::Problem;
use crate::store::{Conn, Val};

const FIELDS: &[&str] = &["release", "reference", "published_at", "withdrawn_at", "cells", "observations"];

/// The operation.
pub fn operation() -> Operation {
    let mut operation = Operation::new(
        Method::Get,
        "/v1/series/{key}/vintages",
        "list_series_vintages",
        READ_PUBLIC,
        Handler::Read(list),
    );
    operation.tag = "series";
    operation.path_params = vec![KEY];
    operation.params = vec![kinds::cursor_param(), kinds::limit_param(), kinds::format_param()];
    operation.summary = "List the publications of a series".to_owned();
    operation.description = "Returns the releases that have observations of the series, the latest first, by the time of publication. For a release that was first published elsewhere, that is the time of that publication.".to_owned();
    operation.answers = vec![Answer::named(200, "The vintages.", "VintageList").or_csv()];
    operation.problems = vec![404, 410];
    operation.example = Some(ExampleCall {
        path: "/v1/series/recorded-crime-rolling-year.E23000020.violence-with-injury.P1Y-P3M/vintages"
            .to_owned(),
    });
    operation.cached = true;
    operation
}

fn list(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let series = requested_series(call, conn)?;
    public_indicator(call, conn, series.indicator)?;
    let cells = reading::cells_by_release(conn, series.measure, series.number, call.now())?;
    let releases = Releases::of(call, conn, series.measure)?;
    let page_request = PageRequest::public(call, &format!("vintages of {}", series.series_key));
    let after = page_request.after(|keys| match keys {
        [Val::Ts(published), Val::Int(number)] => Some((*published, *number)),
        _ => None,
    })?;
    let is_after = |release: &&PublishedRelease| {
        after.is_none_or(|position| (release.valid_from, release.number) < position)
    };
    let of_series = |release: &&PublishedRelease| cells.contains_key(&release.number);
    let mut vintages: Vec<&PublishedRelease> =
        releases.until(call.now()).iter().rev().filter(of_series).filter(is_after).collect();
    let page =
        page_request.truncate(&mut vintages, |last| vec![last.valid_from.into(), last.number.into()])?;
    let lines = vintages.iter().filter_map(|release| {
        Some(Vintage {
            release: release.record,
            reference: release.full_reference(),
            published_at: release.valid_from,
            withdrawn_at: release.ended_at,
            cells: *cells.get(&release.number)?,
            observations: format!(
                "/v1/series/{}/observations?asOf={}",
                series.series_key, release.valid_from
            ),
        })
    });
    list_reply(call, FIELDS, &values(lines)?, &page)
}
