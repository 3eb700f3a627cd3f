//! What was published of a series, and when.

use serde::Serialize;

use super::answer;
use super::observations::{KEY, series_of};
use super::queries::reading::{self, Source};
use crate::access::rule::READ_PUBLIC;
use crate::clock::{Id, Ts};
use crate::http::kinds::{self, list_reply, values};
use crate::http::operation::{Answer, ExampleCall, Handler, Method, Operation};
use crate::http::paging::PageRequest;
use crate::http::{Call, Reply};
use crate::problem::Problem;
use crate::store::{Conn, Val};

/// A publication of figures of a series.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Vintage {
    /// The release.
    #[schema(value_type = String, format = "uuid", max_length = 36)]
    pub release: Id,
    /// What people call it.
    #[schema(max_length = 150)]
    pub reference: String,
    /// Since when its figures are public: `asOf` this moment gives them.
    #[schema(value_type = String, format = "date-time", max_length = 32)]
    pub published_at: Ts,
    /// When it was withdrawn; its figures are then not published.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub withdrawn_at: Option<Ts>,
    /// How many cells of the series it has.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub cells: i64,
    /// The figures as of its publication.
    #[schema(max_length = 600)]
    pub observations: String,
}

const MEMBERS: &[&str] = &["release", "reference", "published_at", "withdrawn_at", "cells", "observations"];

/// The row of the table.
pub fn operation() -> Operation {
    let mut row = Operation::new(
        Method::Get,
        "/v1/series/{key}/vintages",
        "list_series_vintages",
        READ_PUBLIC,
        Handler::Read(list),
    );
    row.tag = "series";
    row.path_params = vec![KEY];
    row.params = vec![kinds::cursor_param(), kinds::limit_param("vintages"), kinds::format_param()];
    row.summary = "List what was published of a series and when".to_owned();
    row.description = "The releases that have figures of the series, the latest first, by the time of publication: that of a release first published elsewhere is when it was published there.".to_owned();
    row.answers = vec![Answer::named(200, "The vintages.", "VintageList").or_csv()];
    row.problems = vec![404, 410];
    row.example = Some(ExampleCall {
        path: "/v1/series/recorded-crime-rolling-year.E23000020.violence-with-injury.P1Y-P3M/vintages"
            .to_owned(),
    });
    row.cached = true;
    row
}

fn list(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let series = series_of(call, conn)?;
    answer::indicator(call, conn, series.indicator)?;
    let cells = reading::releases_of(conn, series.measure, series.number, call.now())?;
    let sources = reading::sources(conn, series.measure, call.now())?;
    let paged = PageRequest::public(call, &format!("vintages of {}", series.series_key));
    let behind = paged.after(|keys| match keys {
        [Val::Ts(published), Val::Int(number)] => Some((*published, *number)),
        _ => None,
    })?;
    let earlier = |source: &&Source| behind.is_none_or(|place| (source.valid_from, source.number) < place);
    let mut of_it: Vec<&Source> =
        sources.iter().rev().filter(|source| cells.contains_key(&source.number)).filter(earlier).collect();
    let page = paged.truncate(&mut of_it, |last| vec![last.valid_from.into(), last.number.into()])?;
    let lines = of_it.iter().filter_map(|source| {
        Some(Vintage {
            release: source.record,
            reference: source.name(),
            published_at: source.valid_from,
            withdrawn_at: source.ended_at,
            cells: *cells.get(&source.number)?,
            observations: format!("/v1/series/{}/observations?asOf={}", series.series_key, source.valid_from),
        })
    });
    let lines: Vec<Vintage> = lines.collect();
    list_reply(call, MEMBERS, &values(lines.iter())?, &page)
}
