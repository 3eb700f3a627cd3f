//! `PUT /v1/releases/{id}/observations`: hands figures in.
//!
//! First who may, what of, and whether it is what they read: without the writer, since reading 100,000 rows takes its
//! time. Then the rows, all faults of all of them. Last, in one transaction, the same questions again and the deed.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::summary::{Summary, summary};
use super::upload::{self, CodeShape, DimensionShape, Form, Found, Mapping, Shape, UploadRow};
use crate::access::Action;
use crate::clock::{Id, Ts};
use crate::http::kinds;
use crate::http::operation::{Answer, BodySpec, Handler, Method, Operation};
use crate::http::params::{Param, ParamType};
use crate::http::{Call, Reply};
use crate::problem::{self, Fault, Problem};
use crate::record::kind::KindDef;
use crate::record::read::{self, Name, Row};
use crate::resources::indicators::{Dimension, DimensionCode, IndicatorContent, MeasureType, Unit};
use crate::resources::series::{self, Handed, NewCell, Wanted};
use crate::stats::period::Frequency;
use crate::store::Conn;

/// How many bytes a body may have: 100,000 rows with words in each.
pub const LIMIT: usize = 32 * 1_048_576;
/// How many cells.
pub const CELLS: usize = 250_000;

const JSON: &str = "application/json";
const CSV: &str = "text/csv";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The row of the table.
pub fn operation(kind: &'static KindDef) -> Operation {
    let mut row = Operation::new(
        Method::Put,
        "/v1/releases/{id}/observations",
        "replace_release_observations",
        kind.rule(Action::Edit).unwrap_or(&[]),
        Handler::Blocking(put),
    );
    row.kind = Some(kind);
    row.tag = kind.def.path;
    row.path_params = vec![kinds::ID];
    row.params = vec![Param::new(
        "validate_only",
        ParamType::Bool,
        "With `true` everything is done and nothing is kept.",
    )];
    row.summary = "Hand in the figures of a release".to_owned();
    row.description = "Puts these figures in place of those that the release had, while it is a draft or has been handed in (which makes it a draft again): all of them or none. JSON or CSV with `series` or a column for each dimension by its code, then `TIME_PERIOD` (ISO 8601), `value`, `numerator`, `denominator`, `OBS_STATUS`, `CONF_STATUS`, `complete`, `reason`, `note`, and `ACTION` (`D` takes a cell away); `GET /v1/indicators/{id}/template.csv` is that form, to be filled. Any other CSV, or a sheet of a workbook (`.xlsx`), by the `mapping` of the release. Every fault of every row is counted and the first thousand are told, by row and column. The answer says how the figures change what is public. A release that was published keeps its figures: a correction is another release.".to_owned();
    row.body = Some(BodySpec {
        media_types: &[CSV, JSON, XLSX],
        schema: json!({"type": "string", "maxLength": LIMIT}),
        example: Value::String(
            "AREA,TIME_PERIOD,value,OBS_STATUS,note\nE23000018,2025-10,812,A,\nE23000018,2025-11,,O,not counted yet\n"
                .to_owned(),
        ),
        required: true,
        limit: Some(LIMIT),
        input: None,
    });
    row.answers = vec![Answer::named(200, "What was handed in.", "FiguresSummary")];
    row.problems = vec![403, 404, 409, 410, 412, 413, 422, 428];
    row.if_match = true;
    row.idempotent_by_key = true;
    row.cost = 10;
    row
}

/// What rows are measured against, and what they were read against when it is looked at again.
struct Measured {
    indicator: Row,
    shape: Shape,
    mapping: Option<Mapping>,
}

fn put(call: &Call) -> Result<Reply, Problem> {
    let kind = kinds::kind_of(call)?;
    let measured = call.state.db.read(|conn| look(call, conn, kind))?;
    let form = match call.headers.content_type.as_deref() {
        Some(CSV) => Form::Csv,
        Some(XLSX) => Form::Xlsx,
        _ => Form::Json,
    };
    let mut gathered = Gathered::new(&measured.shape);
    let found = upload::read(&call.body, form, measured.mapping.as_ref(), &measured.shape, &mut |row| {
        gathered.take(row)
    })?;
    refuse(&found)?;
    let validate_only = call.params.flag("validate_only");
    call.commit_much(!validate_only, |conn| {
        context(call, conn, &measured, &mut gathered, &found, validate_only)
    })
}

/// The first look: who may, at what, and with which form.
fn look(call: &Call, conn: &mut Conn, kind: &'static KindDef) -> Result<Measured, Problem> {
    // Whoever sends the same again with its key has read the release as it was before.
    let repeated = call.headers.idempotency_key.is_some();
    let row = match kinds::looked_at(call, conn, kind) {
        Err(problem) if repeated && matches!(problem.kind.status, 412) => kinds::permitted(call, conn, kind)?,
        other => other?.row,
    };
    let content: Value = serde_json::from_str(&row.content).map_err(Problem::internal)?;
    if !repeated {
        open(conn, &row, call.now())?;
    }
    let indicator = indicator_of(call, conn, &content)?;
    let mapping = match &content["mapping"] {
        Value::Null => None,
        mapping => Some(serde_json::from_value(mapping.clone()).map_err(Problem::internal)?),
    };
    let mut shape = shape(&serde_json::from_str(&indicator.content).map_err(Problem::internal)?);
    shape.today = Some(call.now().0.date_naive());
    Ok(Measured { indicator, shape, mapping })
}

/// Figures are handed in until they are published.
fn open(conn: &mut Conn, row: &Row, now: Ts) -> Result<(), Problem> {
    let scheduled = row.public_from.is_some_and(|from| from > now);
    let published = series::figures_of(conn, row.record)?.is_some_and(|figures| figures.valid_from.is_some());
    match (scheduled, published) {
        (true, _) => {
            Err(Problem::conflict("This release is scheduled; return it before you change its figures."))
        }
        (false, true) => Err(Problem::conflict(
            "The figures of this release are published, and stay as they are; open another release for the correction.",
        )),
        (false, false) => Ok(()),
    }
}

/// The indicator that the release names, as the caller sees it.
fn indicator_of(call: &Call, conn: &mut Conn, content: &Value) -> Result<Row, Problem> {
    let kind = call.state.kind("indicator").ok_or_else(|| Problem::internal("no indicators"))?;
    let name = content["indicator"].as_str().and_then(|name| Name::parse(kind, name));
    let name = name.ok_or_else(|| Problem::internal("a release names no indicator"))?;
    read::one(conn, kind, &name, &call.visibility())?.ok_or_else(|| {
        Problem::conflict("The indicator of this release has been withdrawn, or you do not see it any more.")
    })
}

/// What an indicator asks of its rows.
pub fn shape(indicator: &IndicatorContent) -> Shape {
    let code = |code: &DimensionCode| CodeShape {
        code: code.code.clone(),
        name: code.name.clone(),
        from: code.from,
        to: code.to,
    };
    let dimension = |one: &Dimension| {
        DimensionShape::new(one.code.clone(), one.name.clone(), one.codes.iter().map(code).collect())
    };
    Shape {
        slug: indicator.slug.clone(),
        dimensions: indicator.dimensions.iter().map(dimension).collect(),
        frequency: indicator.frequency.of_periods(),
        decimals: u32::try_from(indicator.decimals).unwrap_or(0),
        counts: indicator.unit == Unit::Count && indicator.measure_type != MeasureType::Mean,
        ratio: indicator.measure_type == MeasureType::Ratio,
        percent: indicator.unit == Unit::Percent,
        today: None,
    }
}

/// The rows that were read, as they are stored.
pub struct Gathered<'a> {
    shape: &'a Shape,
    places: HashMap<(Vec<u32>, Frequency), u32>,
    /// The series, in the order in which they were first read.
    pub series: Vec<Wanted>,
    /// The cells.
    pub cells: Vec<NewCell>,
}

impl<'a> Gathered<'a> {
    /// Nothing yet.
    pub fn new(shape: &'a Shape) -> Gathered<'a> {
        Gathered { shape, places: HashMap::new(), series: vec![], cells: vec![] }
    }

    /// Takes a row.
    pub fn take(&mut self, row: UploadRow) -> Result<(), Problem> {
        if self.cells.len() >= CELLS {
            return Err(Problem::new(
                &problem::TOO_LARGE,
                format!("A release has at most {CELLS} cells at once; open several for more."),
            ));
        }
        let key = (row.codes, row.frequency);
        let series = match self.places.get(&key) {
            Some(place) => *place,
            None => self.add(key),
        };
        self.cells.push(NewCell {
            series,
            period: row.period,
            flags: series::flags(row.obs, row.conf, row.complete, row.delete),
            value: row.value,
            numerator: row.numerator,
            denominator: row.denominator,
            words: (row.reason.is_some() || row.note.is_some()).then(|| Box::new((row.reason, row.note))),
        });
        Ok(())
    }

    fn add(&mut self, key: (Vec<u32>, Frequency)) -> u32 {
        let known = key.0.iter().zip(&self.shape.dimensions);
        let codes: Vec<&str> = known
            .map(|(place, dimension)| dimension.at(*place).map_or("", |code| code.code.as_str()))
            .collect();
        let codes = codes.join(".");
        let frequency = key.1.code();
        self.series.push(Wanted {
            key: format!("{}.{codes}.{frequency}", self.shape.slug),
            codes,
            frequency,
        });
        let place = u32::try_from(self.series.len() - 1).unwrap_or(u32::MAX);
        self.places.insert(key, place);
        place
    }

    /// The codes of the dimensions, with dots between.
    pub fn dimensions(&self) -> String {
        self.shape.dimensions.iter().map(|dimension| dimension.code.as_str()).collect::<Vec<_>>().join(".")
    }
}

/// 422 with everything that was found.
fn refuse(found: &Found) -> Result<(), Problem> {
    if found.error_count == 0 {
        return match found.observations {
            0 => Err(Problem::unprocessable(vec![Fault::pointer("", "empty", "There is no figure in it.")])),
            _ => Ok(()),
        };
    }
    let told = found.errors.len();
    let mut detail = match found.error_count {
        1 => "There is a fault in the figures; nothing has been changed.".to_owned(),
        count => format!("There are {count} faults in the figures; nothing has been changed."),
    };
    if found.error_count > told as u64 {
        detail.push_str(&format!(" The first {told} are listed."));
    }
    let mut problem = Problem::new(&problem::UNPROCESSABLE, detail);
    problem.errors = found.errors.clone();
    problem.extra.push(("error_count", json!(found.error_count)));
    problem.extra.push(("errors_by_code", json!(found.errors_by_code)));
    problem.extra.push(("warning_count", json!(found.warning_count)));
    problem.extra.push(("warnings", json!(found.warnings)));
    Err(problem)
}

fn context(
    call: &Call,
    conn: &mut Conn,
    measured: &Measured,
    gathered: &mut Gathered<'_>,
    found: &Found,
    validate_only: bool,
) -> Result<Reply, Problem> {
    let target = match kinds::target(call, conn)? {
        Ok(target) => target,
        Err(repeated) => return again(call, conn, found, &repeated),
    };
    open(conn, &target.row, call.now())?;
    let content: Value = serde_json::from_str(&target.row.content).map_err(Problem::internal)?;
    let indicator = indicator_of(call, conn, &content)?;
    if (indicator.record, indicator.version) != (measured.indicator.record, measured.indicator.version) {
        return Err(Problem::conflict("The indicator was changed while this was read; send it again."));
    }
    let at = moment(&content, call.now());
    let figures = stage(conn, target.row.record, indicator.record, gathered, at)?;
    let mut record = kinds::touch(call, conn, &target, "figures handed in")?;
    if validate_only {
        // Nothing of it stays: the release is what it was, and so is its tag.
        record = Reply::json(target.text.into_bytes());
    }
    answer(conn, &figures, found, &record, at, validate_only)
}

/// Puts what was gathered in the place of the release's figures.
pub fn stage(
    conn: &mut Conn,
    release: Id,
    indicator: Id,
    gathered: &mut Gathered<'_>,
    at: Ts,
) -> Result<series::Figures, Problem> {
    let dimensions = gathered.dimensions();
    let Gathered { shape, series: known, cells, .. } = gathered;
    series::stage(
        conn,
        Handed { release, indicator, slug: &shape.slug, dimensions: &dimensions, series: known, cells, at },
    )
}

/// The moment at which figures of a release would be published: when they were first, or now.
pub fn moment(content: &Value, now: Ts) -> Ts {
    content["first_published"].as_str().and_then(Ts::parse).map_or(now, |first| first.min(now))
}

/// The answer to a request that was carried out before.
fn again(call: &Call, conn: &mut Conn, found: &Found, record: &Reply) -> Result<Reply, Problem> {
    let value: Value = serde_json::from_slice(&record.body).map_err(Problem::internal)?;
    let id = value["id"]
        .as_str()
        .and_then(Id::parse)
        .ok_or_else(|| Problem::internal("a record without an id"))?;
    let figures = series::figures_of(conn, id)?.ok_or_else(|| Problem::internal("figures that were lost"))?;
    let reply = answer(conn, &figures, found, record, moment(&value, call.now()), false)?;
    Ok(reply.header("Idempotency-Replayed", "true"))
}

fn answer(
    conn: &mut Conn,
    figures: &series::Figures,
    found: &Found,
    record: &Reply,
    at: Ts,
    validate_only: bool,
) -> Result<Reply, Problem> {
    let told: Summary = summary(conn, figures, found, record, at, validate_only)?;
    let mut reply = Reply::value(&told)?;
    reply.tagged = false;
    Ok(reply)
}
