//! `GET /v1/indicators/{id}/template.csv`: a CSV to fill in, with a row for each series of an indicator and its next period.

use std::collections::HashMap;

use serde_json::Value;

use super::cell::DimensionInfo;
use super::queries::days::day;
use super::queries::keys::{self, Measure, SeriesRow};
use super::queries::reading;
use super::row_context;
use crate::access::Action;
use crate::http::kinds;
use crate::http::operation::{Answer, ExampleCall, Handler, Method, Operation};
use crate::http::params::{Param, ParamType};
use crate::http::{Call, Reply, csv};
use crate::problem::{Fault, Problem};
use crate::record::kind::KindDef;
use crate::resources::indicators::{IndicatorContent, MeasureType};
use crate::stats::period::{Frequency, Period};
use crate::store::Conn;

/// The most rows of a template.
const MAX_ROWS: usize = 10_000;

/// The operation.
pub fn operation(kind: &'static KindDef) -> Operation {
    let mut operation = Operation::new(
        Method::Get,
        "/v1/indicators/{id}/template.csv",
        "get_indicator_template",
        kind.rule(Action::Read).unwrap_or(&[]),
        Handler::Read(get),
    );
    operation.kind = Some(kind);
    operation.tag = "series";
    operation.path_params = vec![kinds::ID];
    operation.params = vec![Param::new(
        "period",
        ParamType::Text(40),
        "The period of every row, in ISO 8601. Without it, each series has the period after its last one.",
    )];
    operation.summary = "Get a template for the observations of an indicator".to_owned();
    operation.description = "Returns a CSV with a row for each series that has observations, or, if there are none, for each combination of the codes in use. The period is filled in; fill in the value. The names of codes and the periods in words are for the reader and are ignored. Send the file with `PUT /v1/releases/{id}/observations`. For a value that is not known, give `OBS_STATUS` O (missing) or M (cannot exist), or remove the row.".to_owned();
    operation.answers = vec![Answer::bytes(200, "The template.", "text/csv").with_headers(&["Disposition"])];
    operation.problems = vec![404, 410, 422];
    operation.example = Some(ExampleCall {
        path: "/v1/indicators/derbyshire-pcc:IND-HOTSPOT-PATROLS/template.csv".to_owned(),
    });
    operation
}

/// A row of the template: its codes, its frequency and its period, if there is a next one.
struct TemplateRow {
    codes: Vec<String>,
    frequency: Frequency,
    period: Option<Period>,
}

fn get(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let kind = kinds::kind_of(call)?;
    let row = kinds::find(call, conn, kind, &call.visibility())?;
    let content: IndicatorContent = row.content()?;
    let dimensions = dimensions_in_use(&content, call);
    let frequency = content.frequency.of_periods();
    let period = requested_period(call, frequency)?;
    let measure = keys::measure_of_indicator(conn, row.record)?;
    let public = |measure: &Measure| keys::public_series(conn, measure.number, call.now());
    let mut series = measure.as_ref().map_or(Ok(vec![]), public)?;
    call.state.wide.note(call.indicator_or_address(), series.len());
    series.retain(|row| has_codes_of(row, &dimensions));
    if series.len() > MAX_ROWS {
        let detail = format!(
            "This indicator has {} series, and a template has at most {MAX_ROWS} rows. Submit a file of your own with a `mapping` of the release.",
            series.len()
        );
        return Err(Problem::unprocessable(vec![Fault::pointer("", "too_many", detail)]));
    }
    let last_periods = match (&measure, period) {
        (Some(measure), None) => reading::last_periods(conn, measure.number, call.now())?,
        _ => HashMap::new(),
    };
    let next = |number: i64, frequency: Frequency| {
        let (starts, ends) = last_periods.get(&number)?;
        Period::new(day(*starts)?, day(*ends)?)?.next(frequency)
    };
    let mut rows: Vec<TemplateRow> = series
        .iter()
        .filter_map(|row| {
            let frequency = Frequency::parse(&row.frequency)?;
            let codes = row.codes.split('.').map(str::to_owned).collect();
            Some(TemplateRow { codes, frequency, period: period.or_else(|| next(row.number, frequency)) })
        })
        .collect();
    if rows.is_empty() {
        let row = |codes| TemplateRow { codes, frequency, period };
        rows = combinations(&dimensions)?.into_iter().map(row).collect();
    }
    let mut reply = Reply::json(write(&content, &dimensions, &rows, kinds::audience(call))?);
    reply.content_type = "text/csv; charset=utf-8";
    let disposition = format!("attachment; filename=\"{}.csv\"", content.slug);
    Ok(reply.header("Content-Disposition", disposition))
}

/// Whether all codes of a series are still in use.
fn has_codes_of(series: &SeriesRow, dimensions: &[DimensionInfo]) -> bool {
    let mut codes = series.codes.split('.').zip(dimensions);
    codes.all(|(code, dimension)| dimension.codes.iter().any(|known| known.code == code))
}

/// The dimensions with the codes whose last day is not past.
fn dimensions_in_use(content: &IndicatorContent, call: &Call) -> Vec<DimensionInfo> {
    let today = call.now().0.date_naive();
    let mut dimensions = row_context::dimensions(content);
    for (dimension, declared) in dimensions.iter_mut().zip(&content.dimensions) {
        let has_ended = |code: &str| {
            let last_day = declared.codes.iter().find(|known| known.code == code).and_then(|code| code.to);
            last_day.is_some_and(|last_day| last_day < today)
        };
        dimension.codes.retain(|code| !has_ended(&code.code));
    }
    dimensions
}

/// The period that the query names.
fn requested_period(call: &Call, frequency: Frequency) -> Result<Option<Period>, Problem> {
    let Some(text) = call.params.text("period") else { return Ok(None) };
    let period = Period::parse(text).and_then(|period| frequency.fits(period).map(|()| period));
    match period {
        Ok(period) => Ok(Some(period)),
        Err(fault) => {
            Err(Problem::bad_request(vec![Fault::parameter("period", fault.code(), fault.to_string())]))
        }
    }
}

/// Every combination of codes.
fn combinations(dimensions: &[DimensionInfo]) -> Result<Vec<Vec<String>>, Problem> {
    let count = dimensions.iter().fold(1_usize, |count, one| count.saturating_mul(one.codes.len()));
    if count > MAX_ROWS {
        let detail = format!(
            "The codes of this indicator combine to {count} rows, and a template has at most {MAX_ROWS}. Submit observations of the series that exist; the template then has these series only."
        );
        return Err(Problem::unprocessable(vec![Fault::pointer("", "too_many", detail)]));
    }
    let mut all: Vec<Vec<String>> = vec![vec![]];
    for dimension in dimensions {
        all = all
            .iter()
            .flat_map(|codes| {
                dimension.codes.iter().map(move |code| {
                    let mut codes = codes.clone();
                    codes.push(code.code.clone());
                    codes
                })
            })
            .collect();
    }
    Ok(all)
}

fn write(
    content: &IndicatorContent,
    dimensions: &[DimensionInfo],
    rows: &[TemplateRow],
    audience: csv::Audience,
) -> Result<Vec<u8>, Problem> {
    let usual = content.frequency.of_periods();
    let is_mixed = rows.iter().any(|row| row.frequency != usual);
    let codes: Vec<String> = dimensions.iter().map(|dimension| dimension.code.clone()).collect();
    // The names are for the person who fills in the template; they are ignored when the file is submitted.
    let name_column = |code: &String| Some(format!("{code}_NAME")).filter(|name| !codes.contains(name));
    let mut columns: Vec<String> =
        codes.iter().flat_map(|code| std::iter::once(code.clone()).chain(name_column(code))).collect();
    if is_mixed {
        columns.push("FREQ".to_owned());
    }
    columns.extend(["TIME_PERIOD", "PERIOD_WORDS", "value"].map(str::to_owned));
    if content.measure_type == MeasureType::Ratio {
        columns.extend(["numerator", "denominator"].map(str::to_owned));
    }
    columns.extend(["OBS_STATUS", "reason", "note"].map(str::to_owned));
    let values: Vec<Value> = rows
        .iter()
        .map(|row| {
            let mut cells = serde_json::Map::new();
            for (dimension, code) in dimensions.iter().zip(&row.codes) {
                if let Some(column) = name_column(&dimension.code) {
                    let known = dimension.codes.iter().find(|known| known.code == *code);
                    cells.insert(column, known.map(|known| known.name.as_str()).into());
                }
                cells.insert(dimension.code.clone(), code.as_str().into());
            }
            let frequency = row.frequency;
            cells.insert("FREQ".to_owned(), frequency.code().into());
            cells.insert("TIME_PERIOD".to_owned(), row.period.map(|period| period.text(frequency)).into());
            cells.insert("PERIOD_WORDS".to_owned(), row.period.map(|period| period.words(frequency)).into());
            Value::Object(cells)
        })
        .collect();
    csv::write(&csv::Columns::exactly(&columns), &values, audience)
}
