//! The form to fill: a CSV with a row for each series of an indicator and its next period.

use std::collections::HashMap;

use serde_json::Value;

use super::cell::DimensionInfo;
use super::frame;
use super::queries::keys;
use super::queries::reading;
use super::queries::staging::day;
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

/// How many rows it has at most.
const ROWS: usize = 10_000;

/// The row of the table.
pub fn operation(kind: &'static KindDef) -> Operation {
    let mut row = Operation::new(
        Method::Get,
        "/v1/indicators/{id}/template.csv",
        "get_indicator_template",
        kind.rule(Action::Read).unwrap_or(&[]),
        Handler::Read(get),
    );
    row.kind = Some(kind);
    row.tag = "series";
    row.path_params = vec![kinds::ID];
    row.params = vec![Param::new(
        "period",
        ParamType::Text(40),
        "The period of every row, ISO 8601. Without it each series has the one after its last.",
    )];
    row.summary = "Get the form in which figures are handed in".to_owned();
    row.description = "A CSV with a row for each series that has figures (where there is none, for each combination of codes that are in use), its period filled in, its value to be filled in; the names of codes and the words of periods are for the reader and are not read. Sent back with `PUT /v1/releases/{id}/observations` it is taken as it is; a row whose value is not known gets the `OBS_STATUS` O (missing) or M (cannot exist), or is taken out.".to_owned();
    row.answers = vec![Answer::bytes(200, "The form.", "text/csv")];
    row.problems = vec![404, 410, 422];
    row.example = Some(ExampleCall {
        path: "/v1/indicators/derbyshire-pcc:IND-HOTSPOT-PATROLS/template.csv".to_owned(),
    });
    row
}

fn get(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let kind = kinds::kind_of(call)?;
    let row = kinds::find(call, conn, kind, &call.visibility())?;
    let content: IndicatorContent = serde_json::from_str(&row.content).map_err(Problem::internal)?;
    let dimensions = living(&content, call);
    let frequency = content.frequency.of_periods();
    let period = given(call, frequency)?;
    let measure = keys::measure_of(conn, row.record)?;
    let public = |measure: &keys::Measure| keys::all_public(conn, measure.number, call.now());
    let mut known = measure.as_ref().map_or(Ok(vec![]), public)?;
    // A code that has ended has nothing to come.
    known.retain(|row| {
        row.codes.split('.').zip(&dimensions).all(|(code, all)| all.codes.iter().any(|one| one.code == code))
    });
    let lasts = match (&measure, period) {
        (Some(measure), None) => reading::lasts(conn, measure.number, call.now())?,
        _ => HashMap::new(),
    };
    let next = |number: i64, frequency: Frequency| {
        let (starts, ends) = lasts.get(&number)?;
        Period::new(day(*starts)?, day(*ends)?)?.next(frequency)
    };
    let mut lines: Vec<(Vec<String>, Frequency, Option<Period>)> = known
        .iter()
        .filter_map(|row| {
            let frequency = Frequency::parse(&row.frequency)?;
            let codes = row.codes.split('.').map(str::to_owned).collect();
            Some((codes, frequency, period.or_else(|| next(row.number, frequency))))
        })
        .collect();
    if lines.is_empty() {
        lines = combinations(&dimensions)?.into_iter().map(|codes| (codes, frequency, period)).collect();
    }
    let mut reply = Reply::json(write(&content, &dimensions, frequency, &lines)?);
    reply.content_type = "text/csv; charset=utf-8";
    let name = format!("attachment; filename=\"{}.csv\"", content.slug);
    Ok(reply.header("Content-Disposition", name))
}

/// The dimensions with the codes that have not ended.
fn living(content: &IndicatorContent, call: &Call) -> Vec<DimensionInfo> {
    let today = call.now().0.date_naive();
    let mut dimensions = frame::dimensions(content);
    for (dimension, declared) in dimensions.iter_mut().zip(&content.dimensions) {
        let ended = |code: &str| {
            let declared = declared.codes.iter().find(|declared| declared.code == code);
            declared.and_then(|declared| declared.to).is_some_and(|to| to < today)
        };
        dimension.codes.retain(|code| !ended(&code.code));
    }
    dimensions
}

/// The period that the query names.
fn given(call: &Call, frequency: Frequency) -> Result<Option<Period>, Problem> {
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
    let many = dimensions.iter().fold(1_usize, |many, one| many.saturating_mul(one.codes.len()));
    if many > ROWS {
        let detail = format!(
            "The codes of this indicator combine to {many} rows; hand in those that there are, and the form has them."
        );
        return Err(Problem::unprocessable(vec![Fault::pointer("", "too_many", detail)]));
    }
    let mut all: Vec<Vec<String>> = vec![vec![]];
    for dimension in dimensions {
        all = all
            .iter()
            .flat_map(|before| {
                dimension.codes.iter().map(move |code| {
                    let mut codes = before.clone();
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
    usual: Frequency,
    lines: &[(Vec<String>, Frequency, Option<Period>)],
) -> Result<Vec<u8>, Problem> {
    let mixed = lines.iter().any(|(_, frequency, _)| *frequency != usual);
    let codes: Vec<String> = dimensions.iter().map(|dimension| dimension.code.clone()).collect();
    // A name is for who fills the form in; it is not read.
    let name = |code: &String| Some(format!("{code}_NAME")).filter(|name| !codes.contains(name));
    let mut members: Vec<String> =
        codes.iter().flat_map(|code| std::iter::once(code.clone()).chain(name(code))).collect();
    if mixed {
        members.push("FREQ".to_owned());
    }
    members.extend(["TIME_PERIOD", "PERIOD_WORDS", "value"].map(str::to_owned));
    if content.measure_type == MeasureType::Ratio {
        members.extend(["numerator", "denominator"].map(str::to_owned));
    }
    members.extend(["OBS_STATUS", "reason", "note"].map(str::to_owned));
    let rows: Vec<Value> = lines
        .iter()
        .map(|(codes, frequency, period)| {
            let mut row = serde_json::Map::new();
            for (dimension, code) in dimensions.iter().zip(codes) {
                if let Some(name) = name(&dimension.code) {
                    let told = dimension.codes.iter().find(|one| one.code == *code);
                    row.insert(name, told.map(|one| one.name.as_str()).into());
                }
                row.insert(dimension.code.clone(), code.as_str().into());
            }
            row.insert("FREQ".to_owned(), frequency.code().into());
            row.insert("TIME_PERIOD".to_owned(), period.map(|period| period.text(*frequency)).into());
            row.insert("PERIOD_WORDS".to_owned(), period.map(|period| period.words(*frequency)).into());
            Value::Object(row)
        })
        .collect();
    csv::write(&members, &rows)
}
