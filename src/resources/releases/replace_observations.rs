//! `PUT /v1/releases/{id}/observations`: submits the observations of a release.
//!
//! First the handler checks what the caller may do, without holding the writing connection, since reading 100,000 rows takes
//! time. Then it reads the rows and collects their faults. Last, in one transaction, it repeats the checks and stores the
//! observations.

use std::sync::Arc;

use serde_json::{Value, json};

use super::collector::Collector;
use super::dto::ReleaseContent;
use super::indicator_shape::indicator_shape;
use super::lifecycle_hook::moment_of_publication;
use super::summary::Summary;
use super::upload::{self, Form, IndicatorShape, Mapping, Report};
use crate::access::Action;
use crate::allowance::Allowance;
use crate::clock::{Id, Ts};
use crate::http::accept::SDMX_CSV;
use crate::http::kinds;
use crate::http::operation::{Answer, BodySize, BodySpec, Handler, Method, Operation, Store};
use crate::http::params::{Param, ParamType};
use crate::http::{Call, Reply};
use crate::problem::{self, Fault, Problem};
use crate::record::kind::KindDef;
use crate::record::read::{self, Name};
use crate::record::row::Row;
use crate::resources::series::ReleaseObservations;
use crate::resources::statements::VerdictPreview;
use crate::resources::{disclosure, series, statements};
use crate::sheet::{ODS, XLSX};
use crate::store::Conn;

/// The most bytes of a body: 100,000 rows with reasons and notes.
const MAX_BODY: usize = 32 * 1_048_576;

const JSON: &str = "application/json";
const CSV: &str = "text/csv";
/// The largest number of an observation in JSON, of 15 digits.
const LARGEST: i64 = 999_999_999_999_999;

/// The operation.
pub fn operation(kind: &'static KindDef) -> Operation {
    let mut operation = Operation::new(
        Method::Put,
        "/v1/releases/{id}/observations",
        "replace_release_observations",
        kind.rule(Action::Edit).unwrap_or(&[]),
        Handler::Upload(put),
    );
    operation.kind = Some(kind);
    operation.tag = kind.def.path;
    operation.path_params = vec![kinds::ID];
    operation.params = vec![Param::new(
        "validate_only",
        ParamType::Bool,
        "With `true`, does everything but stores nothing.",
    )];
    operation.summary = "Submit the observations of a release".to_owned();
    operation.description = "Replaces the observations of a release that is a draft or submitted (then a draft again): all or none. The canonical form is JSON or CSV with `series` or a column for each dimension, named by its code, then `TIME_PERIOD` (ISO 8601), `value`, `numerator`, `denominator`, `OBS_STATUS`, `CONF_STATUS`, `complete`, `reason`, `note` and `ACTION` (`D` deletes a cell). `GET /v1/indicators/{id}/template.csv` returns this form, to be filled in. Any other CSV, or a sheet of a workbook (`.xlsx` or `.ods`), is read by the `mapping` of the release; a workbook of one sheet in the canonical form needs none. If there are errors, the response counts all of them and lists the first thousand, by row and column. Otherwise it says how the observations change what is public, and shows the first of each series in words (`understood`). A published release keeps its observations: a correction is another release.".to_owned();
    operation.body = Some(BodySpec {
        media_types: &[CSV, JSON, XLSX, ODS, SDMX_CSV],
        schema: json!({"type": "string", "maxLength": MAX_BODY}),
        schema_of: Some(|media_type| match media_type {
            JSON => json!({
                "type": "object", "required": ["observations"], "additionalProperties": false,
                "properties": {"observations": {
                    "type": "array", "maxItems": 500_000, "items": {
                        "type": "object",
                        "description": "An observation, with the columns of the canonical form as fields. Numbers are texts, or integers.",
                        "additionalProperties": {
                            "type": ["string", "integer", "boolean", "null"], "maxLength": 2000,
                            "format": "int64", "minimum": -LARGEST, "maximum": LARGEST,
                        },
                    },
                }},
            }),
            _ => json!({"type": "string", "format": "binary", "maxLength": MAX_BODY}),
        }),
        example: Value::String(
            "AREA,TIME_PERIOD,value,OBS_STATUS,note\nE23000018,2025-10,812,A,\nE23000018,2025-11,,O,not counted yet\n"
                .to_owned(),
        ),
        required: true,
        size: BodySize::File(MAX_BODY),
        input: None,
    });
    operation.answers = vec![
        Answer::named(200, "What was submitted.", "FiguresSummary"),
        Answer::problem(422, "The observations have errors; nothing was changed.", "FiguresProblem"),
    ];
    operation.problems = vec![403, 404, 409, 410, 412, 413, 422, 428];
    operation.if_match = true;
    operation.before_body = Some(kinds::before_change);
    operation.idempotent_by_key = true;
    operation.cost = 10;
    operation
}

/// What the rows are read with. The transaction checks that the indicator is still the same.
struct Preparation {
    indicator: Row,
    shape: Arc<IndicatorShape>,
    mapping: Option<Mapping>,
}

fn put(call: &Call) -> Result<Store, Problem> {
    let kind = kinds::kind_of(call)?;
    let preparation = call.state.db.read(|conn| prepare(call, conn, kind))?;
    let form = match call.headers.content_type.as_deref() {
        Some(CSV | SDMX_CSV) => Form::Csv,
        Some(XLSX | ODS) => Form::Workbook,
        _ => Form::Json,
    };
    let allowance = Allowance::of_file();
    let mut collector = Collector::new(&preparation.shape, &allowance);
    let (mapping, shape) = (preparation.mapping.as_ref(), &preparation.shape);
    let report = upload::read(&call.body, form, mapping, shape, &allowance, &mut |row| collector.add(row))?;
    refuse_faults(&report)?;
    let validate_only = call.params.flag("validate_only");
    Ok(Box::new(move |call: &Call| {
        call.commit_much(!validate_only, |conn| {
            store(call, conn, &preparation, &mut collector, &report, validate_only)
        })
    }))
}

/// Checks what the caller may do, and reads the mapping and the indicator.
fn prepare(call: &Call, conn: &mut Conn, kind: &'static KindDef) -> Result<Preparation, Problem> {
    // A client that repeats a request by its key sends the tag from before the first attempt.
    let is_repeated = call.headers.idempotency_key.is_some();
    let row = match kinds::load_if_match(call, conn, kind) {
        Err(problem) if is_repeated && problem.kind.status == problem::PRECONDITION_FAILED.status => {
            kinds::load_permitted(call, conn, kind)?
        }
        other => other?.row,
    };
    let content: ReleaseContent = row.content()?;
    if !is_repeated {
        refuse_published(conn, &row, call.now())?;
    }
    let indicator = indicator_of(call, conn, &content)?;
    let mut shape = indicator_shape(&indicator.content()?);
    shape.today = Some(call.now().0.date_naive());
    Ok(Preparation { indicator, shape: Arc::new(shape), mapping: content.mapping })
}

/// Observations can be submitted until they are published or scheduled.
fn refuse_published(conn: &mut Conn, row: &Row, now: Ts) -> Result<(), Problem> {
    if row.public_from.is_some_and(|from| from > now) {
        return Err(Problem::conflict(
            "This release is scheduled. Return it before you change its observations.",
        ));
    }
    let is_published =
        series::of_release(conn, row.record)?.is_some_and(|release| release.valid_from.is_some());
    if is_published {
        return Err(Problem::conflict(
            "The observations of this release are published and cannot change. Create another release for the correction.",
        ));
    }
    Ok(())
}

/// The indicator that the release names, as the caller sees it.
fn indicator_of(call: &Call, conn: &mut Conn, content: &ReleaseContent) -> Result<Row, Problem> {
    let kind =
        call.state.kind("indicator").ok_or_else(|| Problem::internal("there is no kind of indicators"))?;
    let name = Name::parse(kind, &content.indicator);
    let name = name.ok_or_else(|| Problem::internal("a release names no indicator"))?;
    read::one(conn, kind, &name, &call.visibility())?.ok_or_else(|| {
        Problem::conflict(
            "The indicator of this release was withdrawn, or you may no longer see it. Ask its owner, or name another indicator.",
        )
    })
}

/// 422 with all faults.
fn refuse_faults(report: &Report) -> Result<(), Problem> {
    if report.error_count == 0 {
        return match report.observations {
            0 => Err(Problem::unprocessable(vec![Fault::pointer("", "empty", NO_OBSERVATIONS)])),
            _ => Ok(()),
        };
    }
    let listed = report.errors.len();
    let mut detail = match report.error_count {
        1 => "The observations have an error. Nothing was changed.".to_owned(),
        count => format!("The observations have {count} errors. Nothing was changed."),
    };
    if report.error_count > listed as u64 {
        detail.push_str(&format!(" The first {listed} are listed."));
    }
    let mut problem = Problem::new(&problem::UNPROCESSABLE, detail);
    problem.errors = report.errors.clone();
    problem.extra.push(("error_count", json!(report.error_count)));
    problem.extra.push(("errors_by_code", json!(report.errors_by_code)));
    problem.extra.push(("warning_count", json!(report.warning_count)));
    problem.extra.push(("warnings", json!(report.warnings)));
    Err(problem)
}

/// The message about data without a single observation.
pub const NO_OBSERVATIONS: &str = "The data have no observation. Add at least one.";

/// Stores the observations and makes a new version of the release.
fn store(
    call: &Call,
    conn: &mut Conn,
    preparation: &Preparation,
    collector: &mut Collector,
    report: &Report,
    validate_only: bool,
) -> Result<Reply, Problem> {
    let release = match kinds::load_for_update(call, conn)? {
        kinds::ForUpdate::Record(release) => release,
        kinds::ForUpdate::Replayed(reply) => return replay(call, conn, report, &reply),
    };
    refuse_published(conn, &release.row, call.now())?;
    let content: ReleaseContent = release.row.content()?;
    let indicator = indicator_of(call, conn, &content)?;
    let before = &preparation.indicator;
    if (indicator.record, indicator.version) != (before.record, before.version) {
        return Err(Problem::conflict(
            "The indicator was changed while the observations were read. Send the request again.",
        ));
    }
    let at = content.publication_moment(call.now());
    let observations = collector.stage(conn, release.row.record, indicator.record, at)?;
    let (observations, hits) = disclosure::protect_staged(conn, observations, at, call.now())?;
    let mut record = kinds::touch(call, conn, &release, "observations submitted")?;
    if validate_only {
        // The transaction is rolled back, so the release and its tag stay as they were.
        record = Reply::json(release.text.clone().into_bytes());
    }
    let mut summary = Summary::new(conn, &observations, report, &record, at, validate_only)?;
    summary.disclosure = hits.map(Into::into);
    summary.verdicts = changed_verdicts(call, conn, &release.row, &observations)?;
    reply(&summary)
}

/// What the publication of the observations would change of the verdicts on statements; none if they cannot be published now, or
/// are published already.
fn changed_verdicts(
    call: &Call,
    conn: &mut Conn,
    release: &Row,
    observations: &ReleaseObservations,
) -> Result<Option<VerdictPreview>, Problem> {
    let indicator = observations.indicator;
    // As the public reads the series.
    let public = disclosure::public_content(conn, indicator, call.now())?;
    let Some(public) = public.filter(|_| observations.valid_from.is_none()) else { return Ok(None) };
    let content: ReleaseContent = release.content()?;
    statements::changed_verdicts(call, conn, (indicator, &public), release, |conn, codes| {
        let now = call.now();
        let at = moment_of_publication(conn, observations, &content, (now, false), now)?;
        if let Some(codes) = codes {
            series::keep_staged(conn, observations, codes)?;
        }
        series::publish(conn, observations, at)
    })
}

/// The reply to a request that was carried out before with the same idempotency key.
fn replay(call: &Call, conn: &mut Conn, report: &Report, record: &Reply) -> Result<Reply, Problem> {
    let value: Value = serde_json::from_slice(&record.body).map_err(Problem::internal)?;
    let id = value["id"].as_str().and_then(Id::parse);
    let id = id.ok_or_else(|| Problem::internal("a record without an id"))?;
    let first_published = value["first_published"].as_str().and_then(Ts::parse);
    let at = first_published.map_or(call.now(), |first| first.min(call.now()));
    let observations = series::of_release(conn, id)?
        .ok_or_else(|| Problem::internal("the observations of a release are missing"))?;
    let mut summary = Summary::new(conn, &observations, report, record, at, false)?;
    summary.disclosure = disclosure::hits_of(conn, &observations, at, call.now())?.map(Into::into);
    if let Some(release) = read::one(conn, kinds::kind_of(call)?, &Name::Id(id), &call.visibility())? {
        summary.verdicts = changed_verdicts(call, conn, &release, &observations)?;
    }
    let reply = reply(&summary)?;
    Ok(reply.header("Idempotency-Replayed", "true"))
}

fn reply(summary: &Summary) -> Result<Reply, Problem> {
    let mut reply = Reply::value(summary)?;
    reply.tagged = false;
    Ok(reply)
}
