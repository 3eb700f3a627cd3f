//! The figures of a series, and of many series of an indicator.

use serde_json::{Value, json};

use super::answer::{self, Of};
use super::asked;
use super::queries::keys::{self, SeriesRow};
use crate::access::rule::READ_PUBLIC;
use crate::clock::Id;
use crate::http::operation::{Answer, ExampleCall, Handler, Method, Operation, StreamingReply};
use crate::http::params::{Param, ParamType};
use crate::http::{Call, Reply};
use crate::problem::{Fault, Problem};
use crate::record::read::{self, Name};
use crate::record::visible::Visibility;
use crate::store::Conn;

/// What stands in the path of a series.
pub const KEY: (&str, &str) = (
    "key",
    "The key of the series: the indicator's slug, a code for each dimension in their order, and the frequency, with dots between.",
);

/// The two rows of the table.
pub fn operations() -> Vec<Operation> {
    vec![of_series_row(), of_indicator_row()]
}

const ABOUT: &str = "Exact decimals as text, with SDMX's statuses: a value is null exactly where `OBS_STATUS` is M (cannot exist), O (missing) or Q (suppressed). A cell of a release that was withdrawn is `not_published`, whatever the moment asked for; what it replaced does not come back. A window without figures is an empty list.";

fn dressed(mut row: Operation) -> Operation {
    row.tag = "series";
    row.params.extend(asked::params());
    row.answers = vec![Answer::named(200, "The figures.", "ObservationList").or_csv()];
    row.problems = vec![404, 406, 410];
    row
}

fn of_series_row() -> Operation {
    let mut row = Operation::new(
        Method::Get,
        "/v1/series/{key}/observations",
        "list_series_observations",
        READ_PUBLIC,
        Handler::Read(of_series),
    );
    row.path_params = vec![KEY];
    row.summary = "Read the figures of a series".to_owned();
    row.description = format!("The figures of one series, now or as of a moment. {ABOUT}");
    row.example = Some(ExampleCall {
        path: "/v1/series/recorded-crime-rolling-year.E23000020.violence-with-injury.P1Y-P3M/observations?startPeriod=2017-04-01/P1Y&endPeriod=2018-03&includeHistory=true".to_owned(),
    });
    row.cached = true;
    dressed(row)
}

fn of_indicator_row() -> Operation {
    let mut row = Operation::new(
        Method::Get,
        "/v1/observations",
        "list_observations",
        READ_PUBLIC,
        Handler::CheckedStream(of_indicator),
    );
    row.params = vec![
        Param::new(
            "indicator",
            ParamType::Reference,
            "The indicator: by id, by `body:REFERENCE` or by its slug. It is needed.",
        ),
        Param::new(
            "c",
            ParamType::Each(4_000),
            "Only series with one of these codes of a dimension, with commas between: `c[AREA]=E23000018,E23000037`.",
        ),
    ];
    row.summary = "Read the figures of many series".to_owned();
    row.description = format!(
        "The figures of an indicator, of all its series or of those with the codes asked for, in the order of the series and their periods. Without `limit` it is written as it is read, whatever its length; what is published meanwhile under an earlier moment can be in one part of it and not in another. {ABOUT}"
    );
    row.example = Some(ExampleCall {
        path: "/v1/observations?indicator=recorded-crime-rolling-year&c[AREA]=E23000018,E23000020&c[OFFENCE]=homicide&lastNObservations=1".to_owned(),
    });
    row.long = true;
    row.cost = 5;
    dressed(row)
}

/// The series in the path, if figures of it are public.
pub fn series_of(call: &Call, conn: &mut Conn) -> Result<SeriesRow, Problem> {
    keys::public(conn, call.segment("key"), call.now())?.ok_or_else(Problem::not_found)
}

fn of_series(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let series = series_of(call, conn)?;
    let of = Of { indicator: series.indicator, measure: series.measure, series: Some(series) };
    answer::ready(call, conn, of)?.reply(call)
}

fn of_indicator(call: &Call) -> Result<StreamingReply, Problem> {
    let ready = call.state.db.snapshot(|conn| {
        let indicator = named(call, conn)?;
        let measure = keys::measure_of(conn, indicator)?.map_or(0, |measure| measure.number);
        answer::ready(call, conn, Of { indicator, measure, series: None })
    })?;
    Ok(ready.begin(call))
}

/// The indicator that the query names.
pub fn named(call: &Call, conn: &mut Conn) -> Result<Id, Problem> {
    let fault = |code, detail: &str| Problem::bad_request(vec![Fault::parameter("indicator", code, detail)]);
    let Some(text) = call.params.text("indicator") else {
        return Err(fault(
            "required",
            "Say whose figures: `indicator=` and its id, `body:REFERENCE` or slug; GET /v1/indicators lists them.",
        ));
    };
    let kind = call.state.kind("indicator").ok_or_else(|| Problem::internal("no indicators"))?;
    let unknown =
        || fault("not_found", "No such indicator is public; GET /v1/indicators lists those that are.");
    let id = match Name::parse(kind, text) {
        Some(Name::Id(id)) => id,
        Some(name) => match read::one(conn, kind, &name, &Visibility::as_of(call.now()))? {
            Some(row) => row.record,
            None => return Err(unknown()),
        },
        None => keys::by_slug(conn, text)?.ok_or_else(unknown)?,
    };
    // What is not public is not told from what is not there.
    match read::one(conn, kind, &Name::Id(id), &Visibility::as_of(call.now()))? {
        Some(row) => Ok(row.record),
        None => match read::tombstone(conn, kind, &Name::Id(id), None)? {
            Some(_) => Ok(id),
            None => Err(unknown()),
        },
    }
}

/// The schema of an answer in JSON.
pub fn schema() -> Value {
    let text = |most: i64, about: &str| json!({"type": "string", "maxLength": most, "description": about});
    let nullable =
        |most: i64, about: &str| json!({"type": ["string", "null"], "maxLength": most, "description": about});
    let cell = json!({
        "type": "object",
        "description": "A cell. Beside these members it has one for each dimension, by the dimension's code.",
        "properties": {
            "series": text(400, "The key of its series."),
            "FREQ": text(20, "Its frequency."),
            "TIME_PERIOD": text(40, "Its period, ISO 8601."),
            "period": text(60, "The same in words."),
            "label": nullable(40, "How a financial year or quarter is called."),
            "value": nullable(24, "Its value, an exact decimal; null exactly where the status says so."),
            "numerator": nullable(24, "What stands above the line."),
            "denominator": nullable(24, "What stands below it."),
            "OBS_STATUS": text(1, "SDMX's status of the observation."),
            "CONF_STATUS": text(1, "SDMX's status of its confidentiality."),
            "complete": {"type": "boolean", "description": "Whether the period's figures are complete."},
            "revised": {"type": "boolean", "description": "Whether it is not the first revision."},
            "release": text(200, "The release that it came by."),
            "reason": text(1_000, "Why it is as it is."),
            "note": text(1_000, "A remark."),
        },
        "required": ["series", "TIME_PERIOD", "value", "OBS_STATUS"],
        "additionalProperties": true,
    });
    json!({
        "type": "object",
        "properties": {
            "data": {"type": "array", "maxItems": 100_000_000, "items": cell},
            "page": {"type": "object", "properties": {
                "limit": {"type": ["integer", "null"], "format": "int64", "minimum": 1, "maximum": 10_000},
                "next": nullable(4_000, "The cursor of the next page."),
            }},
            "indicator": {"type": "object", "additionalProperties": true},
            "licence": nullable(200, "The licence of the figures."),
            "as_of": nullable(40, "The moment asked for."),
        },
        "required": ["data", "page"],
    })
}
